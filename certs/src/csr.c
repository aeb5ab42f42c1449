/* SPDX-License-Identifier: Apache-2.0 */
/* csr.c - PKCS#10 (RFC 2986) with the names and extensions of an STI
 * certificate (ATIS-1000080 section 6.4.1). */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <shaken/cert.h>
#include <shakencerts/csr.h>

#include "readpem.h"

#define OID_TNAUTHLIST "1.3.6.1.5.5.7.1.26" /* RFC 8226 section 9 */
#define SPC_MAX 32
#define TNAUTHLIST_MAX 64 /* one such SPC with its headers has 38 */

static void
explain(struct shaken_diag *diag, const char *text)
{
	if (diag != NULL)
		snprintf(diag->text, sizeof(diag->text), "%s", text);
}

/* NULL when it is not on P-256 (RFC 8226 section 4). */
static EVP_PKEY *
read_p256(const char *pem)
{
	EVP_PKEY *key = certs_read_key(pem);
	char group[32];

	if (key != NULL && (!EVP_PKEY_is_a(key, "EC") ||
	    EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) != 1 ||
	    OBJ_sn2nid(group) != NID_X9_62_prime256v1)) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	return key;
}

/* PrintableString or UTF8String, as OpenSSL's table has it for the type. */
static bool
add_attribute(X509_NAME *name, const char *type, const char *value, size_t n)
{
	return n <= INT_MAX && X509_NAME_add_entry_by_txt(name, type,
	    MBSTRING_UTF8, (const unsigned char *)value, (int)n, -1, 0) == 1;
}

static bool
set_subject(X509_REQ *req, const struct certs_csr_spec *spec)
{
	X509_NAME *name = X509_REQ_get_subject_name(req); /* borrowed */
	char cn[sizeof("SHAKEN ") + SPC_MAX];

	snprintf(cn, sizeof(cn), "SHAKEN %s", spec->spc);
	return add_attribute(name, "C", spec->country, strlen(spec->country)) &&
	    add_attribute(name, "O", spec->org, strlen(spec->org)) &&
	    add_attribute(name, "CN", cn, strlen(cn));
}

/* "C=US, O=STI-PA, CN=CRL", encoded in that order. */
static X509_NAME *
parse_name(const char *text)
{
	static const char *const types[] = { "C", "ST", "L", "O", "OU", "CN" };
	X509_NAME *name = X509_NAME_new();
	bool ok = name != NULL;

	while (ok && *text != '\0') {
		size_t n, i, len;

		text += strspn(text, " ");
		n = strcspn(text, ",");
		len = strcspn(text, "=");
		for (i = 0; i < sizeof(types) / sizeof(*types); i++)
			if (len < n && strlen(types[i]) == len &&
			    strncmp(text, types[i], len) == 0)
				break;
		ok = i < sizeof(types) / sizeof(*types) &&
		    add_attribute(name, types[i], text + len + 1, n - len - 1);
		text += n;
		if (ok && *text == ',')
			ok = *++text != '\0';
	}
	if (!ok || X509_NAME_entry_count(name) == 0) {
		X509_NAME_free(name);
		return NULL;
	}
	return name;
}

/* One GeneralName, as a list; value is moved in, even on failure. */
static GENERAL_NAMES *
one_name(int type, void *value)
{
	GENERAL_NAMES *list = GENERAL_NAMES_new();
	GENERAL_NAME *one = GENERAL_NAME_new();

	if (list == NULL || one == NULL || value == NULL ||
	    sk_GENERAL_NAME_push(list, one) <= 0) {
		GENERAL_NAME_free(one);
		GENERAL_NAMES_free(list);
		if (type == GEN_URI)
			ASN1_IA5STRING_free(value);
		else
			X509_NAME_free(value);
		return NULL;
	}
	GENERAL_NAME_set0_value(one, type, value);
	return list;
}

static ASN1_IA5STRING *
ia5(const char *text)
{
	ASN1_IA5STRING *s = ASN1_IA5STRING_new();

	if (s != NULL && ASN1_STRING_set(s, text, -1) != 1) {
		ASN1_IA5STRING_free(s);
		s = NULL;
	}
	return s;
}

static X509_EXTENSION *
crl_distribution_point(const char *url, const char *issuer)
{
	CRL_DIST_POINTS *list = CRL_DIST_POINTS_new();
	DIST_POINT *point = DIST_POINT_new();
	X509_EXTENSION *ext = NULL;

	if (list == NULL || point == NULL ||
	    sk_DIST_POINT_push(list, point) <= 0) {
		DIST_POINT_free(point);
		goto out;
	}
	point->distpoint = DIST_POINT_NAME_new();
	if (point->distpoint == NULL)
		goto out;
	point->distpoint->type = 0; /* fullName */
	point->distpoint->name.fullname = one_name(GEN_URI, ia5(url));
	if (point->distpoint->name.fullname == NULL)
		goto out;
	if (issuer != NULL) {
		point->CRLissuer = one_name(GEN_DIRNAME, parse_name(issuer));
		if (point->CRLissuer == NULL)
			goto out;
	}
	ext = X509V3_EXT_i2d(NID_crl_distribution_points, 0, list);
out:
	CRL_DIST_POINTS_free(list);
	return ext;
}

static X509_EXTENSION *
tnauthlist(const uint8_t *der, size_t n)
{
	ASN1_OBJECT *oid = OBJ_txt2obj(OID_TNAUTHLIST, 1);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *ext = NULL;

	if (oid != NULL && value != NULL &&
	    ASN1_OCTET_STRING_set(value, der, (int)n) == 1)
		ext = X509_EXTENSION_create_by_OBJ(NULL, oid, 0, value);
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(oid);
	return ext;
}

/* ext is moved in, even on failure. */
static bool
push(STACK_OF(X509_EXTENSION) *exts, X509_EXTENSION *ext)
{
	if (ext != NULL && sk_X509_EXTENSION_push(exts, ext) > 0)
		return true;
	X509_EXTENSION_free(ext);
	return false;
}

static bool
add_extensions(X509_REQ *req, const struct certs_csr_spec *spec,
    const uint8_t *der, size_t n)
{
	STACK_OF(X509_EXTENSION) *exts = sk_X509_EXTENSION_new_null();
	bool ok;

	ok = exts != NULL && push(exts, tnauthlist(der, n)) &&
	    (spec->crl_url == NULL || push(exts,
	    crl_distribution_point(spec->crl_url, spec->crl_issuer))) &&
	    X509_REQ_add_extensions(req, exts) == 1;
	sk_X509_EXTENSION_pop_free(exts, X509_EXTENSION_free);
	return ok;
}

static bool
is_country(const char *s)
{
	return strlen(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' &&
	    s[1] <= 'Z';
}

/* X.520: an organizationName has 1 to 64 characters; OpenSSL checks the end. */
static enum shaken_err
check_spec(const struct certs_csr_spec *spec, uint8_t *der, size_t *n,
    struct shaken_diag *diag)
{
	X509_NAME *name;

	if (spec == NULL || spec->size != sizeof(*spec)) {
		explain(diag, "not a struct certs_csr_spec of this version");
		return SHAKEN_E_ARG;
	}
	if (spec->spc == NULL || shaken_tnauthlist_encode_spc(
	    shaken_sv_cstr(spec->spc), der, TNAUTHLIST_MAX, n) != SHAKEN_OK) {
		explain(diag, "the service provider code is 1 to 32 of A-Z "
		    "0-9");
		return SHAKEN_E_ARG;
	}
	if (spec->org == NULL || spec->org[0] == '\0') {
		explain(diag, "the organization is the provider's legal name");
		return SHAKEN_E_ARG;
	}
	if (spec->country == NULL || !is_country(spec->country)) {
		explain(diag, "the country is two capital letters");
		return SHAKEN_E_ARG;
	}
	if (spec->crl_issuer == NULL)
		return SHAKEN_OK;
	name = parse_name(spec->crl_issuer);
	X509_NAME_free(name);
	if (name == NULL || spec->crl_url == NULL) {
		explain(diag, name == NULL ? "the CRL issuer is a name like "
		    "\"C=US, O=STI-PA, CN=STI-PA CRL\"" :
		    "a CRL issuer goes with a CRL URL");
		return SHAKEN_E_ARG;
	}
	return SHAKEN_OK;
}

static enum shaken_err
to_pem(X509_REQ *req, char **out)
{
	enum shaken_err err = SHAKEN_E_CRYPTO;
	BIO *bio = BIO_new(BIO_s_mem());
	char *p, *text;
	long n;

	if (bio == NULL || PEM_write_bio_X509_REQ(bio, req) != 1 ||
	    (n = BIO_get_mem_data(bio, &p)) <= 0)
		goto out;
	err = SHAKEN_E_NOMEM;
	text = malloc((size_t)n + 1);
	if (text == NULL)
		goto out;
	memcpy(text, p, (size_t)n);
	text[n] = '\0';
	*out = text;
	err = SHAKEN_OK;
out:
	BIO_free(bio);
	return err;
}

enum shaken_err
certs_csr(const struct certs_csr_spec *spec, const char *key, char **pem,
    struct shaken_diag *diag)
{
	uint8_t der[TNAUTHLIST_MAX];
	EVP_PKEY *own = NULL;
	X509_REQ *req = NULL;
	enum shaken_err err;
	size_t n = 0;

	explain(diag, "");
	if (pem == NULL)
		return SHAKEN_E_ARG;
	*pem = NULL;
	err = check_spec(spec, der, &n, diag);
	if (err != SHAKEN_OK)
		goto out;
	own = key == NULL ? NULL : read_p256(key);
	if (own == NULL) {
		err = SHAKEN_E_KEY;
		goto out;
	}
	req = X509_REQ_new();
	if (req == NULL || X509_REQ_set_version(req, X509_REQ_VERSION_1) != 1 ||
	    X509_REQ_set_pubkey(req, own) != 1) {
		err = SHAKEN_E_CRYPTO;
		goto out;
	}
	if (!set_subject(req, spec)) {
		explain(diag, "the organization is 1 to 64 characters of "
		    "UTF-8");
		err = SHAKEN_E_ARG;
		goto out;
	}
	if (!add_extensions(req, spec, der, n) ||
	    X509_REQ_sign(req, own, EVP_sha256()) <= 0)
		err = SHAKEN_E_CRYPTO;
	else
		err = to_pem(req, pem);
out:
	X509_REQ_free(req);
	EVP_PKEY_free(own);
	ERR_clear_error();
	return err;
}
