/* SPDX-License-Identifier: Apache-2.0 */
/* x509.c - one predicate for each rule that a certificate must keep, and the
 * path to an anchor (RFC 5280 section 6). */
#include <stdio.h>
#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <shaken/chain.h>

#include "date.h"
#include "diag.h"
#include "es256.h"
#include "ossl.h"
#include "utf8.h"
#include "x509.h"

#define RSA_BITS_MIN 2048

int
shk_x509_pe(const X509 *x, enum shk_pe arc, struct shaken_sv *der)
{
	const unsigned char oid[] = {
		0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, (unsigned char)arc
	};
	int found = 0;

	*der = (struct shaken_sv){ NULL, 0 };
	for (int i = 0; i < X509_get_ext_count(x); i++) {
		X509_EXTENSION *e = X509_get_ext(x, i);
		const ASN1_OBJECT *o = X509_EXTENSION_get_object(e);
		const ASN1_OCTET_STRING *v = X509_EXTENSION_get_data(e);

		if (OBJ_length(o) != sizeof(oid) ||
		    memcmp(OBJ_get0_data(o), oid, sizeof(oid)) != 0)
			continue;
		der->p = (const char *)ASN1_STRING_get0_data(v);
		der->n = (size_t)ASN1_STRING_length(v);
		found++;
	}
	return found;
}

bool
shk_asn1_time(const ASN1_TIME *t, int64_t *out)
{
	struct tm tm;

	*out = 0;
	/* NULL would mean the present time to OpenSSL */
	if (t == NULL || ASN1_TIME_to_tm(t, &tm) != 1)
		return false;
	*out = shk_days((int64_t)tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday) *
	    86400 + tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec;
	return true;
}

void
shk_time_text(int64_t t, char out[SHK_TIME_TEXT])
{
	time_t when = (time_t)t;
	struct tm tm;

	if (OPENSSL_gmtime(&when, &tm) == NULL ||
	    snprintf(out, SHK_TIME_TEXT, "%04d-%02d-%02dT%02d:%02d:%02dZ",
	    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
	    tm.tm_min, tm.tm_sec) >= SHK_TIME_TEXT)
		snprintf(out, SHK_TIME_TEXT, "%lld", (long long)t);
}

/* UTF-8 without C1 controls, which some terminals obey; OpenSSL has escaped the
 * other controls. */
static bool
is_clean(struct shaken_sv v)
{
	for (size_t i = 0; i + 1 < v.n; i++)
		if ((unsigned char)v.p[i] == 0xc2 &&
		    (unsigned char)v.p[i + 1] < 0xa0)
			return false;
	return shk_utf8_ok(v);
}

static char *
name_text(const X509_NAME *name, unsigned long flags)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *p, *out = NULL;
	long n;

	if (bio != NULL && X509_NAME_print_ex(bio, name, 0, flags) >= 0) {
		n = BIO_get_mem_data(bio, &p);
		out = calloc(1, (size_t)n + 1);
		if (out != NULL && n > 0)
			memcpy(out, p, (size_t)n);
	}
	BIO_free(bio);
	return out;
}

char *
shk_x509_name_text(const X509_NAME *name)
{
	unsigned long flags = XN_FLAG_RFC2253 & ~(unsigned long)
	    ASN1_STRFLGS_ESC_MSB;
	char *text = name_text(name, flags);

	if (text != NULL && !is_clean(shaken_sv_cstr(text))) {
		free(text);
		text = name_text(name, XN_FLAG_RFC2253); /* \XX for all */
	}
	ERR_clear_error();
	return text;
}

bool
shk_x509_extensions_ok(X509 *x, struct shaken_diag *diag)
{
	int n = X509_get_ext_count(x);

	if (X509_check_purpose(x, -1, 0) != 1 ||
	    (X509_get_extension_flags(x) & EXFLAG_INVALID) != 0) {
		ERR_clear_error();
		shk_diag(diag, "an extension is malformed");
		return false;
	}
	if (n > SHK_EXTENSIONS_MAX) {
		shk_diag(diag, "%d extensions, %d allowed", n,
		    SHK_EXTENSIONS_MAX);
		return false;
	}
	for (int i = 1; i < n; i++) {
		const ASN1_OBJECT *o =
		    X509_EXTENSION_get_object(X509_get_ext(x, i));

		if (X509_get_ext_by_OBJ(x, o, -1) < i) {
			shk_diag(diag, "RFC 5280 section 4.2: an extension is "
			    "there twice");
			return false;
		}
	}
	return true;
}

bool
shk_x509_is_ca(X509 *x)
{
	return (X509_get_extension_flags(x) & (EXFLAG_BCONS | EXFLAG_CA)) ==
	    (EXFLAG_BCONS | EXFLAG_CA);
}

/* keyUsage is there, and has the bit: to OpenSSL, none at all has all bits. */
static bool
has_usage(X509 *x, uint32_t bit)
{
	return (X509_get_extension_flags(x) & EXFLAG_KUSAGE) != 0 &&
	    (X509_get_key_usage(x) & bit) != 0;
}

static bool
is_strong(const EVP_PKEY *key)
{
	char group[32];

	if (key == NULL)
		return false;
	if (EVP_PKEY_is_a(key, "RSA"))
		return EVP_PKEY_get_bits(key) >= RSA_BITS_MIN;
	if (!EVP_PKEY_is_a(key, "EC") ||
	    EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) != 1)
		return false;
	switch (OBJ_sn2nid(group)) {
	case NID_X9_62_prime256v1:
	case NID_secp384r1:
	case NID_secp521r1:
		return true;
	default:
		return false;
	}
}

bool
shk_x509_may_issue(X509 *x, struct shaken_diag *diag)
{
	if (!shk_x509_is_ca(x))
		shk_diag(diag, "RFC 5280 section 4.2.1.9: it issues, and is "
		    "no CA");
	else if (!has_usage(x, KU_KEY_CERT_SIGN))
		shk_diag(diag, "RFC 5280 section 4.2.1.3: it issues, without "
		    "keyCertSign");
	else if (!is_strong(X509_get0_pubkey(x)))
		shk_diag(diag, "its key is weak, or of no accepted type");
	else
		return true;
	return false;
}

bool
shk_x509_may_sign(X509 *x, struct shaken_diag *diag)
{
	const EVP_PKEY *key = X509_get0_pubkey(x);

	if (key == NULL || !shk_es256_is_p256(key))
		shk_diag(diag, "RFC 8226 section 4: its key is not on P-256");
	else if (shk_x509_is_ca(x))
		shk_diag(diag, "ATIS-1000080 section 6.4.1: it is a CA");
	else if (!has_usage(x, KU_DIGITAL_SIGNATURE))
		shk_diag(diag, "RFC 5280 section 4.2.1.3: no digitalSignature "
		    "in keyUsage");
	else
		return true;
	return false;
}

bool
shk_x509_may_sign_crls(X509 *x, struct shaken_diag *diag)
{
	if (!has_usage(x, KU_CRL_SIGN))
		shk_diag(diag, "RFC 5280 section 4.2.1.3: no cRLSign in "
		    "keyUsage");
	else if (!is_strong(X509_get0_pubkey(x)))
		shk_diag(diag, "its key is weak, or of no accepted type");
	else
		return true;
	return false;
}

bool
shk_x509_digest_ok(int signature_nid, struct shaken_diag *diag)
{
	switch (signature_nid) {
	case NID_ecdsa_with_SHA256:
	case NID_ecdsa_with_SHA384:
	case NID_ecdsa_with_SHA512:
	case NID_sha256WithRSAEncryption:
	case NID_sha384WithRSAEncryption:
	case NID_sha512WithRSAEncryption:
		return true;
	default:
		shk_diag(diag, "signed with %s, which is not accepted",
		    OBJ_nid2sn(signature_nid));
		return false;
	}
}

bool
shk_x509_has_policy(X509 *x, ASN1_OBJECT *const *oids, size_t n)
{
	CERTIFICATEPOLICIES *list = X509_get_ext_d2i(x,
	    NID_certificate_policies, NULL, NULL);
	bool found = false;

	for (int i = 0; i < sk_POLICYINFO_num(list) && !found; i++)
		for (size_t j = 0; j < n && !found; j++)
			found = OBJ_cmp(sk_POLICYINFO_value(list, i)->policyid,
			    oids[j]) == 0;
	CERTIFICATEPOLICIES_free(list);
	ERR_clear_error();
	return found;
}

bool
shk_x509_ids_match(X509 *child, X509 *parent)
{
	const ASN1_OCTET_STRING *aki = X509_get0_authority_key_id(child);
	const ASN1_OCTET_STRING *ski = X509_get0_subject_key_id(parent);

	return aki != NULL && ski != NULL &&
	    ASN1_OCTET_STRING_cmp(aki, ski) == 0;
}

static int
later_first(const X509 *const *a, const X509 *const *b)
{
	int r = ASN1_TIME_compare(X509_get0_notAfter(*b),
	    X509_get0_notAfter(*a));

	return r == -2 ? 0 : r; /* -2: one is no date */
}

void
shk_x509_sort(STACK_OF(X509) *list)
{
	sk_X509_set_cmp_func(list, later_first);
	sk_X509_sort(list);
	sk_X509_set_cmp_func(list, NULL); /* it is no identity */
}

static void
blame(struct shaken_diag *diag, X509 *x, const char *why)
{
	char *name = x == NULL ? NULL :
	    shk_x509_name_text(X509_get_subject_name(x));

	shk_diag(diag, "certificate %.100s: %s", name == NULL ? "?" : name,
	    why);
	free(name);
}

/* What OpenSSL leaves to the application, or is laxer about. */
static bool
path_ok(STACK_OF(X509) *path, struct shaken_diag *diag)
{
	int last = sk_X509_num(path) - 1;

	for (int i = 0; i <= last; i++) {
		X509 *x = sk_X509_value(path, i);
		struct shaken_diag why;

		if (shk_x509_extensions_ok(x, &why) &&
		    (i == last || shk_x509_digest_ok(
		    X509_get_signature_nid(x), &why)) &&
		    (i == 0 || shk_x509_may_issue(x, &why)))
			continue;
		blame(diag, x, why.text);
		return false;
	}
	return true;
}

enum shaken_err
shk_x509_path(X509 *leaf, STACK_OF(X509) *others, STACK_OF(X509) *anchors,
    STACK_OF(X509) **out, struct shaken_diag *diag)
{
	enum shaken_err err = SHAKEN_E_NOMEM;
	STACK_OF(X509) *path = NULL;
	X509_STORE_CTX *ctx;
	int code;

	*out = NULL;
	ERR_clear_error(); /* what stands there is not ours */
	if (sk_X509_num(anchors) <= 0) {
		shk_diag(diag, "there are no trust anchors");
		return SHAKEN_E_CREDENTIAL;
	}
	ctx = X509_STORE_CTX_new();
	/* no store: nothing but our anchors is ever looked at */
	if (ctx == NULL || X509_STORE_CTX_init(ctx, NULL, leaf, others) != 1)
		goto out;
	X509_STORE_CTX_set0_trusted_stack(ctx, anchors);
	X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_NO_CHECK_TIME);
	X509_STORE_CTX_set_depth(ctx, SHAKEN_CHAIN_MAX);

	if (X509_verify_cert(ctx) != 1) {
		code = X509_STORE_CTX_get_error(ctx);
		if (code == X509_V_ERR_OUT_OF_MEM || shk_ossl_no_memory())
			goto out;
		blame(diag, X509_STORE_CTX_get_current_cert(ctx),
		    X509_verify_cert_error_string(code));
		err = SHAKEN_E_CREDENTIAL;
		goto out;
	}
	path = X509_STORE_CTX_get1_chain(ctx);
	if (path == NULL)
		goto out;
	if (!path_ok(path, diag)) {
		err = SHAKEN_E_CREDENTIAL;
		goto out;
	}
	*out = path;
	path = NULL; /* moved */
	err = SHAKEN_OK;
out:
	sk_X509_pop_free(path, X509_free);
	X509_STORE_CTX_free(ctx);
	ERR_clear_error();
	return err;
}
