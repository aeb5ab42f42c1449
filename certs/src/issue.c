/* SPDX-License-Identifier: Apache-2.0 */
/* issue.c - keys, certificates and CRLs made from a description. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <shakencerts/issue.h>

#include "readpem.h"

#define SERIAL_BYTES 16

static const EVP_MD *
digest(enum certs_digest d)
{
	switch (d) {
	case CERTS_SHA256:
		return EVP_sha256();
	case CERTS_SHA384:
		return EVP_sha384();
	case CERTS_SHA1:
		return EVP_sha1();
	}
	return NULL;
}

/* The content of a memory BIO as a string for free(). */
static enum shaken_err
bio_text(BIO *bio, char **out)
{
	char *from;
	long n = BIO_get_mem_data(bio, &from);
	char *to;

	if (n <= 0)
		return SHAKEN_E_CRYPTO;
	to = malloc((size_t)n + 1);
	if (to == NULL)
		return SHAKEN_E_NOMEM;
	memcpy(to, from, (size_t)n);
	to[n] = '\0';
	*out = to;
	return SHAKEN_OK;
}

static X509_NAME *
make_name(const struct certs_name *from)
{
	const struct {
		int		 nid;
		const char	*value;
	} parts[] = {
		{ NID_countryName, from->c },
		{ NID_stateOrProvinceName, from->st },
		{ NID_localityName, from->l },
		{ NID_organizationName, from->o },
		{ NID_commonName, from->cn },
	};
	X509_NAME *name = X509_NAME_new();

	for (size_t i = 0; name != NULL && i < sizeof(parts) / sizeof(*parts);
	    i++) {
		if (parts[i].value == NULL)
			continue;
		if (X509_NAME_add_entry_by_NID(name, parts[i].nid,
		    MBSTRING_UTF8, (const unsigned char *)parts[i].value, -1,
		    -1, 0) != 1) {
			X509_NAME_free(name);
			name = NULL;
		}
	}
	return name;
}

/* GeneralNames with one directoryName or one URI; exactly one is given. */
static GENERAL_NAMES *
make_general_names(const struct certs_name *dir, const char *uri)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	GENERAL_NAME *one = GENERAL_NAME_new();
	ASN1_IA5STRING *text = NULL;

	if (names == NULL || one == NULL)
		goto fail;
	if (dir != NULL) {
		one->d.directoryName = make_name(dir);
		one->type = GEN_DIRNAME;
		if (one->d.directoryName == NULL)
			goto fail;
	} else {
		text = ASN1_IA5STRING_new();
		if (text == NULL || ASN1_STRING_set(text, uri, -1) != 1) {
			ASN1_IA5STRING_free(text);
			goto fail;
		}
		GENERAL_NAME_set0_value(one, GEN_URI, text);
	}
	if (sk_GENERAL_NAME_push(names, one) <= 0)
		goto fail;
	return names;
fail:
	GENERAL_NAME_free(one);
	GENERAL_NAMES_free(names);
	return NULL;
}

static DIST_POINT_NAME *
make_dist_point_name(const char *url)
{
	DIST_POINT_NAME *name = DIST_POINT_NAME_new();

	if (name == NULL)
		return NULL;
	name->type = 0; /* fullName */
	name->name.fullname = make_general_names(NULL, url);
	if (name->name.fullname == NULL) {
		DIST_POINT_NAME_free(name);
		return NULL;
	}
	return name;
}

static ASN1_INTEGER *
make_serial(const char *hex)
{
	unsigned char bytes[SERIAL_BYTES];
	ASN1_INTEGER *serial = NULL;
	BIGNUM *bn = NULL;

	if (hex == NULL) {
		if (RAND_bytes(bytes, sizeof(bytes)) != 1)
			return NULL;
		bytes[0] = (unsigned char)((bytes[0] & 0x7f) | 0x40);
		bn = BN_bin2bn(bytes, sizeof(bytes), NULL);
	} else if (BN_hex2bn(&bn, hex) != (int)strlen(hex)) {
		goto out; /* it stops at the first character that is no digit */
	}
	if (bn != NULL)
		serial = BN_to_ASN1_INTEGER(bn, NULL);
out:
	BN_free(bn);
	return serial;
}

static X509_EXTENSION *
make_ext(const struct certs_ext *e)
{
	ASN1_OBJECT *oid = OBJ_txt2obj(e->oid, 1);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *ext = NULL;

	if (oid != NULL && value != NULL && e->der.n <= INT_MAX &&
	    ASN1_OCTET_STRING_set(value, (const unsigned char *)e->der.p,
	    (int)e->der.n) == 1)
		ext = X509_EXTENSION_create_by_OBJ(NULL, oid, e->critical,
		    value);
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(oid);
	return ext;
}

static bool
add_raw(X509 *x, const char *oid, bool critical, struct shaken_sv der)
{
	struct certs_ext e = { .oid = oid, .critical = critical, .der = der };
	X509_EXTENSION *ext = make_ext(&e);
	bool ok = ext != NULL && X509_add_ext(x, ext, -1) == 1;

	X509_EXTENSION_free(ext);
	return ok;
}

static bool
add_basic(X509 *x, const struct certs_spec *spec)
{
	BASIC_CONSTRAINTS *bc;
	bool ok = false;

	if (spec->basic == CERTS_BASIC_NONE)
		return true;
	bc = BASIC_CONSTRAINTS_new();
	if (bc == NULL)
		return false;
	bc->ca = spec->basic == CERTS_BASIC_CA ? 0xff : 0;
	if (spec->has_path_len) {
		bc->pathlen = ASN1_INTEGER_new();
		if (bc->pathlen == NULL ||
		    ASN1_INTEGER_set_uint64(bc->pathlen, spec->path_len) != 1)
			goto out;
	}
	ok = X509_add1_ext_i2d(x, NID_basic_constraints, bc, 1,
	    X509V3_ADD_APPEND) == 1;
out:
	BASIC_CONSTRAINTS_free(bc);
	return ok;
}

static bool
add_key_usage(X509 *x, unsigned bits)
{
	ASN1_BIT_STRING *ku;
	bool ok = true;

	if (bits == 0)
		return true;
	ku = ASN1_BIT_STRING_new();
	if (ku == NULL)
		return false;
	for (int i = 0; i < 8; i++)
		if (bits & (0x80u >> i))
			ok = ok && ASN1_BIT_STRING_set_bit(ku, i, 1) == 1;
	ok = ok && X509_add1_ext_i2d(x, NID_key_usage, ku, 1,
	    X509V3_ADD_APPEND) == 1;
	ASN1_BIT_STRING_free(ku);
	return ok;
}

/* RFC 5280 section 4.2.1.2 method (1), as ATIS-1000080 wants it. */
static bool
add_ski(X509 *x)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	ASN1_OCTET_STRING *id = ASN1_OCTET_STRING_new();
	bool ok;

	ok = id != NULL && X509_pubkey_digest(x, EVP_sha1(), md, &n) == 1 &&
	    ASN1_OCTET_STRING_set(id, md, (int)n) == 1 &&
	    X509_add1_ext_i2d(x, NID_subject_key_identifier, id, 0,
	    X509V3_ADD_APPEND) == 1;
	ASN1_OCTET_STRING_free(id);
	return ok;
}

static AUTHORITY_KEYID *
make_aki(const unsigned char *p, size_t n)
{
	AUTHORITY_KEYID *aki = AUTHORITY_KEYID_new();

	if (aki == NULL)
		return NULL;
	aki->keyid = ASN1_OCTET_STRING_new();
	if (aki->keyid == NULL || n > INT_MAX ||
	    ASN1_OCTET_STRING_set(aki->keyid, p, (int)n) != 1) {
		AUTHORITY_KEYID_free(aki);
		return NULL;
	}
	return aki;
}

static bool
add_aki(X509 *x, const struct certs_spec *spec, X509 *issuer)
{
	const ASN1_OCTET_STRING *id; /* borrowed from issuer */
	AUTHORITY_KEYID *aki = NULL;
	bool ok;

	if (spec->no_aki || issuer == NULL)
		return true;
	id = X509_get0_subject_key_id(issuer);
	if (spec->aki.n != 0)
		aki = make_aki((const unsigned char *)spec->aki.p, spec->aki.n);
	else if (id != NULL)
		aki = make_aki(ASN1_STRING_get0_data(id),
		    (size_t)ASN1_STRING_length(id));
	else
		return true; /* an issuer without an identifier */
	ok = aki != NULL && X509_add1_ext_i2d(x, NID_authority_key_identifier,
	    aki, 0, X509V3_ADD_APPEND) == 1;
	AUTHORITY_KEYID_free(aki);
	return ok;
}

static bool
add_policies(X509 *x, const char *const *oids, size_t n)
{
	CERTIFICATEPOLICIES *list;
	bool ok = false;

	if (n == 0)
		return true;
	list = CERTIFICATEPOLICIES_new();
	if (list == NULL)
		return false;
	for (size_t i = 0; i < n; i++) {
		POLICYINFO *one = POLICYINFO_new();

		if (one == NULL ||
		    sk_POLICYINFO_push(list, one) <= 0) {
			POLICYINFO_free(one);
			goto out;
		}
		one->policyid = OBJ_txt2obj(oids[i], 1);
		if (one->policyid == NULL)
			goto out;
	}
	ok = X509_add1_ext_i2d(x, NID_certificate_policies, list, 0,
	    X509V3_ADD_APPEND) == 1;
out:
	CERTIFICATEPOLICIES_free(list);
	return ok;
}

static bool
add_crldp(X509 *x, const char *url, const struct certs_name *crl_issuer)
{
	CRL_DIST_POINTS *list;
	DIST_POINT *one = NULL;
	bool ok = false;

	if (url == NULL && crl_issuer == NULL)
		return true;
	list = CRL_DIST_POINTS_new();
	one = DIST_POINT_new();
	if (list == NULL || one == NULL || sk_DIST_POINT_push(list, one) <= 0) {
		DIST_POINT_free(one);
		goto out;
	}
	if (url != NULL) {
		one->distpoint = make_dist_point_name(url);
		if (one->distpoint == NULL)
			goto out;
	}
	if (crl_issuer != NULL) {
		one->CRLissuer = make_general_names(crl_issuer, NULL);
		if (one->CRLissuer == NULL)
			goto out;
	}
	ok = X509_add1_ext_i2d(x, NID_crl_distribution_points, list, 0,
	    X509V3_ADD_APPEND) == 1;
out:
	CRL_DIST_POINTS_free(list);
	return ok;
}

static bool
add_extensions(X509 *x, const struct certs_spec *spec, X509 *issuer)
{
	const struct {
		const char		*oid;
		struct shaken_sv	 der;
	} stir[] = {
		{ "1.3.6.1.5.5.7.1.26", spec->tnauthlist },
		{ "1.3.6.1.5.5.7.1.27", spec->constraints },
		{ "1.3.6.1.5.5.7.1.33", spec->enhanced },
	};

	if (!add_basic(x, spec) || !add_key_usage(x, spec->key_usage) ||
	    (!spec->no_ski && !add_ski(x)) || !add_aki(x, spec, issuer) ||
	    !add_policies(x, spec->policies, spec->n_policies) ||
	    !add_crldp(x, spec->crl_url, spec->crl_issuer))
		return false;
	for (size_t i = 0; i < sizeof(stir) / sizeof(*stir); i++)
		if (stir[i].der.n != 0 &&
		    !add_raw(x, stir[i].oid, false, stir[i].der))
			return false;
	for (size_t i = 0; i < spec->n_exts; i++)
		if (!add_raw(x, spec->exts[i].oid, spec->exts[i].critical,
		    spec->exts[i].der))
			return false;
	return true;
}

/* All but the signature. */
static enum shaken_err
fill(X509 *x, const struct certs_spec *spec, EVP_PKEY *key, X509 *issuer)
{
	enum shaken_err err = SHAKEN_E_CRYPTO;
	ASN1_INTEGER *serial = make_serial(spec->serial);
	X509_NAME *subject = make_name(&spec->subject);

	if (serial == NULL || subject == NULL) {
		err = SHAKEN_E_ARG;
		goto out;
	}
	if (X509_set_version(x, X509_VERSION_3) != 1 ||
	    X509_set_serialNumber(x, serial) != 1 ||
	    X509_set_subject_name(x, subject) != 1 ||
	    X509_set_issuer_name(x, issuer == NULL ? subject :
	    X509_get_subject_name(issuer)) != 1 ||
	    ASN1_TIME_set(X509_getm_notBefore(x), spec->not_before) == NULL ||
	    ASN1_TIME_set(X509_getm_notAfter(x), spec->not_after) == NULL ||
	    X509_set_pubkey(x, key) != 1)
		goto out;
	if (!add_extensions(x, spec, issuer)) {
		err = SHAKEN_E_ARG;
		goto out;
	}
	err = SHAKEN_OK;
out:
	X509_NAME_free(subject);
	ASN1_INTEGER_free(serial);
	return err;
}

enum shaken_err
certs_issue_key(enum certs_key_type type, char **pem)
{
	enum shaken_err err = SHAKEN_E_CRYPTO;
	EVP_PKEY *key = NULL;
	BIO *bio = NULL;

	*pem = NULL;
	switch (type) {
	case CERTS_KEY_P256:
		key = EVP_EC_gen("P-256");
		break;
	case CERTS_KEY_P384:
		key = EVP_EC_gen("P-384");
		break;
	case CERTS_KEY_RSA2048:
		key = EVP_RSA_gen(2048);
		break;
	case CERTS_KEY_RSA1024:
		key = EVP_RSA_gen(1024);
		break;
	default:
		return SHAKEN_E_ARG;
	}
	bio = BIO_new(BIO_s_secmem()); /* wiped when freed */
	if (key == NULL || bio == NULL ||
	    PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL,
	    NULL) != 1)
		goto out;
	err = bio_text(bio, pem);
out:
	BIO_free(bio);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return err;
}

enum shaken_err
certs_issue_cert(const struct certs_spec *spec, const char *key,
    const char *issuer, const char *issuer_key, char **pem)
{
	enum shaken_err err = SHAKEN_E_ARG;
	EVP_PKEY *own = NULL, *signer = NULL;
	X509 *parent = NULL, *x = NULL;
	BIO *bio = NULL;

	*pem = NULL;
	if (spec == NULL || spec->size != sizeof(*spec) || key == NULL ||
	    digest(spec->digest) == NULL)
		return SHAKEN_E_ARG;
	own = certs_read_key(key);
	signer = certs_read_key(issuer_key == NULL ? key : issuer_key);
	if (issuer != NULL)
		parent = certs_read_cert(issuer);
	if (own == NULL || signer == NULL || (issuer != NULL && parent == NULL))
		goto out;

	err = SHAKEN_E_CRYPTO;
	x = X509_new();
	bio = BIO_new(BIO_s_mem());
	if (x == NULL || bio == NULL)
		goto out;
	err = fill(x, spec, own, parent);
	if (err != SHAKEN_OK)
		goto out;
	if (X509_sign(x, signer, digest(spec->digest)) <= 0 ||
	    PEM_write_bio_X509(bio, x) != 1)
		err = SHAKEN_E_CRYPTO;
	else
		err = bio_text(bio, pem);
out:
	BIO_free(bio);
	X509_free(x);
	X509_free(parent);
	EVP_PKEY_free(signer);
	EVP_PKEY_free(own);
	ERR_clear_error();
	return err;
}

static bool
add_crl_entry(X509_CRL *crl, const struct certs_crl_entry *e, int64_t date)
{
	ASN1_INTEGER *serial = e->serial == NULL ? NULL :
	    make_serial(e->serial);
	ASN1_TIME *when = ASN1_TIME_set(NULL, date);
	X509_REVOKED *entry = X509_REVOKED_new();
	GENERAL_NAMES *issuer = NULL;
	bool ok = false;

	if (serial == NULL || when == NULL || entry == NULL ||
	    X509_REVOKED_set_serialNumber(entry, serial) != 1 ||
	    X509_REVOKED_set_revocationDate(entry, when) != 1)
		goto out;
	if (e->issuer != NULL) {
		issuer = make_general_names(e->issuer, NULL);
		if (issuer == NULL || X509_REVOKED_add1_ext_i2d(entry,
		    NID_certificate_issuer, issuer, 1, X509V3_ADD_APPEND) != 1)
			goto out;
	}
	for (size_t i = 0; i < e->n_exts; i++) {
		X509_EXTENSION *ext = make_ext(&e->exts[i]);
		bool added = ext != NULL &&
		    X509_REVOKED_add_ext(entry, ext, -1) == 1;

		X509_EXTENSION_free(ext);
		if (!added)
			goto out;
	}
	ok = X509_CRL_add0_revoked(crl, entry) == 1;
	if (ok)
		entry = NULL; /* moved */
out:
	GENERAL_NAMES_free(issuer);
	X509_REVOKED_free(entry);
	ASN1_TIME_free(when);
	ASN1_INTEGER_free(serial);
	return ok;
}

static bool
add_idp(X509_CRL *crl, const struct certs_crl_spec *spec)
{
	ISSUING_DIST_POINT *idp;
	bool ok = false;

	if (!spec->indirect && spec->idp_url == NULL)
		return true;
	idp = ISSUING_DIST_POINT_new();
	if (idp == NULL)
		return false;
	idp->indirectCRL = spec->indirect ? 0xff : 0;
	if (spec->idp_url != NULL) {
		idp->distpoint = make_dist_point_name(spec->idp_url);
		if (idp->distpoint == NULL)
			goto out;
	}
	ok = X509_CRL_add1_ext_i2d(crl, NID_issuing_distribution_point, idp, 1,
	    X509V3_ADD_APPEND) == 1;
out:
	ISSUING_DIST_POINT_free(idp);
	return ok;
}

/* authorityKeyIdentifier and cRLNumber, RFC 5280 sections 5.2.1 and 5.2.3. */
static bool
add_crl_ids(X509_CRL *crl, const struct certs_crl_spec *spec, X509 *issuer)
{
	const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(issuer);
	ASN1_INTEGER *number = ASN1_INTEGER_new();
	AUTHORITY_KEYID *aki = NULL;
	bool ok;

	ok = number != NULL &&
	    ASN1_INTEGER_set_uint64(number, spec->number) == 1 &&
	    X509_CRL_add1_ext_i2d(crl, NID_crl_number, number, 0,
	    X509V3_ADD_APPEND) == 1;
	if (ok && id != NULL) {
		aki = make_aki(ASN1_STRING_get0_data(id),
		    (size_t)ASN1_STRING_length(id));
		ok = aki != NULL && X509_CRL_add1_ext_i2d(crl,
		    NID_authority_key_identifier, aki, 0,
		    X509V3_ADD_APPEND) == 1;
	}
	AUTHORITY_KEYID_free(aki);
	ASN1_INTEGER_free(number);
	return ok;
}

static bool
fill_crl(X509_CRL *crl, const struct certs_crl_spec *spec, X509 *issuer)
{
	ASN1_TIME *from = ASN1_TIME_set(NULL, spec->this_update);
	ASN1_TIME *until = spec->next_update == 0 ? NULL :
	    ASN1_TIME_set(NULL, spec->next_update);
	bool ok;

	ok = from != NULL && (spec->next_update == 0 || until != NULL) &&
	    X509_CRL_set_version(crl, X509_CRL_VERSION_2) == 1 &&
	    X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer)) == 1 &&
	    X509_CRL_set1_lastUpdate(crl, from) == 1 &&
	    (until == NULL || X509_CRL_set1_nextUpdate(crl, until) == 1) &&
	    add_crl_ids(crl, spec, issuer) && add_idp(crl, spec);
	for (size_t i = 0; ok && i < spec->n_entries; i++)
		ok = add_crl_entry(crl, &spec->entries[i], spec->this_update);
	for (size_t i = 0; ok && i < spec->n_exts; i++) {
		X509_EXTENSION *ext = make_ext(&spec->exts[i]);

		ok = ext != NULL && X509_CRL_add_ext(crl, ext, -1) == 1;
		X509_EXTENSION_free(ext);
	}
	ASN1_TIME_free(until);
	ASN1_TIME_free(from);
	return ok;
}

enum shaken_err
certs_issue_crl(const struct certs_crl_spec *spec, const char *issuer,
    const char *issuer_key, char **pem)
{
	enum shaken_err err = SHAKEN_E_ARG;
	EVP_PKEY *signer = NULL;
	X509_CRL *crl = NULL;
	X509 *parent = NULL;
	BIO *bio = NULL;

	*pem = NULL;
	if (spec == NULL || spec->size != sizeof(*spec) || issuer == NULL ||
	    issuer_key == NULL || digest(spec->digest) == NULL)
		return SHAKEN_E_ARG;
	parent = certs_read_cert(issuer);
	signer = certs_read_key(issuer_key);
	if (parent == NULL || signer == NULL)
		goto out;
	err = SHAKEN_E_CRYPTO;
	crl = X509_CRL_new();
	bio = BIO_new(BIO_s_mem());
	if (crl == NULL || bio == NULL)
		goto out;
	if (!fill_crl(crl, spec, parent)) {
		err = SHAKEN_E_ARG;
		goto out;
	}
	if (X509_CRL_sign(crl, signer, digest(spec->digest)) <= 0 ||
	    PEM_write_bio_X509_CRL(bio, crl) != 1)
		goto out;
	err = bio_text(bio, pem);
out:
	BIO_free(bio);
	X509_CRL_free(crl);
	EVP_PKEY_free(signer);
	X509_free(parent);
	ERR_clear_error();
	return err;
}
