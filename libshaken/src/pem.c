/* SPDX-License-Identifier: Apache-2.0 */
/* pem.c - certificates and CRLs out of a file (RFC 7468), or DER. */
#include <limits.h>
#include <stdbool.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "diag.h"
#include "ossl.h"
#include "pem.h"

#define BOM "\xef\xbb\xbf"

/* Where what starts in v, or v.n. */
static size_t
find(struct shaken_sv v, struct shaken_sv what)
{
	for (size_t i = 0; i + what.n <= v.n; i++) {
		const char *at = memchr(v.p + i, what.p[0],
		    v.n - what.n + 1 - i);

		if (at == NULL)
			break;
		i = (size_t)(at - v.p);
		if (memcmp(at, what.p, what.n) == 0)
			return i;
	}
	return v.n;
}

static struct shaken_sv
from(struct shaken_sv v, size_t at)
{
	return at == 0 ? v : (struct shaken_sv){ v.p + at, v.n - at };
}

/* A private key in PEM, whatever else is wrong with it: its owner must hear of
 * it even where the block would not decode. */
static bool
has_secret_pem(struct shaken_sv v)
{
	struct shaken_sv begin = SHAKEN_SV_LIT("-----BEGIN "), name;
	size_t at;

	while ((at = find(v, begin)) < v.n) {
		v = from(v, at + begin.n);
		name = (struct shaken_sv){ v.p,
		    find(v, SHAKEN_SV_LIT("-----")) };
		if (find(name, SHAKEN_SV_LIT("PRIVATE KEY")) < name.n)
			return true;
	}
	return false;
}

/* A private key in DER: RFC 5208, RFC 5915, RFC 8017 and PKCS #12 all start
 * with a version number, where certificates and CRLs have a SEQUENCE. */
static bool
is_secret_der(struct shaken_sv v)
{
	const unsigned char *p = (const unsigned char *)v.p;
	long len;
	int tag, class, n = v.n > INT_MAX ? INT_MAX : (int)v.n;

	if (ASN1_get_object(&p, &len, &tag, &class, n) != V_ASN1_CONSTRUCTED ||
	    tag != V_ASN1_SEQUENCE || len < 3)
		return false;
	return p[0] == V_ASN1_INTEGER && p[1] == 1;
}

static enum shaken_err
decode_error(void)
{
	return shk_ossl_no_memory() ? SHAKEN_E_NOMEM : SHAKEN_E_CERT;
}

static enum shaken_err
add_cert(struct shk_pem *to, struct shaken_sv der, size_t max,
    struct shaken_diag *diag)
{
	const unsigned char *p = (const unsigned char *)der.p;
	X509 *x;

	if ((size_t)sk_X509_num(to->certs) >= max) {
		shk_diag(diag, "more than %zu certificates", max);
		return SHAKEN_E_LIMIT;
	}
	x = d2i_X509(NULL, &p, (long)der.n);
	if (x == NULL || p != (const unsigned char *)der.p + der.n) {
		enum shaken_err err = x == NULL ? decode_error() :
		    SHAKEN_E_CERT;

		X509_free(x);
		shk_diag(diag, "certificate %d does not decode",
		    sk_X509_num(to->certs) + 1);
		return err;
	}
	if (sk_X509_push(to->certs, x) <= 0) {
		X509_free(x);
		return SHAKEN_E_NOMEM;
	}
	return SHAKEN_OK;
}

static enum shaken_err
add_crl(struct shk_pem *to, struct shaken_sv der, size_t max,
    struct shaken_diag *diag)
{
	const unsigned char *p = (const unsigned char *)der.p;
	X509_CRL *crl;

	if (max == 0)
		return SHAKEN_OK; /* nobody asked for CRLs */
	if ((size_t)sk_X509_CRL_num(to->crls) >= max) {
		shk_diag(diag, "more than %zu CRLs", max);
		return SHAKEN_E_LIMIT;
	}
	crl = d2i_X509_CRL(NULL, &p, (long)der.n);
	if (crl == NULL || p != (const unsigned char *)der.p + der.n) {
		enum shaken_err err = crl == NULL ? decode_error() :
		    SHAKEN_E_CERT;

		X509_CRL_free(crl);
		shk_diag(diag, "CRL %d does not decode",
		    sk_X509_CRL_num(to->crls) + 1);
		return err;
	}
	if (sk_X509_CRL_push(to->crls, crl) <= 0) {
		X509_CRL_free(crl);
		return SHAKEN_E_NOMEM;
	}
	return SHAKEN_OK;
}

static enum shaken_err
add_block(struct shk_pem *to, const char *name, struct shaken_sv der,
    const struct shk_pem_limits *max, struct shaken_diag *diag)
{
	if (strcmp(name, PEM_STRING_X509) == 0 ||
	    strcmp(name, PEM_STRING_X509_OLD) == 0)
		return add_cert(to, der, max->certs, diag);
	if (strcmp(name, PEM_STRING_X509_CRL) == 0)
		return add_crl(to, der, max->crls, diag);
	return SHAKEN_OK;
}

static enum shaken_err
read_pem(struct shaken_sv in, const struct shk_pem_limits *max,
    struct shk_pem *to, struct shaken_diag *diag)
{
	enum shaken_err err = SHAKEN_OK;
	BIO *bio;

	if (in.n >= sizeof(BOM) - 1 && memcmp(in.p, BOM, sizeof(BOM) - 1) == 0)
		in = from(in, sizeof(BOM) - 1); /* it would hide a first line */
	if (in.n == 0)
		return SHAKEN_OK;
	bio = BIO_new_mem_buf(in.p, (int)in.n);
	if (bio == NULL)
		return SHAKEN_E_NOMEM;
	while (err == SHAKEN_OK) {
		char *name = NULL, *header = NULL;
		unsigned char *der = NULL;
		long n = 0;

		if (PEM_read_bio(bio, &name, &header, &der, &n) == 1) {
			err = add_block(to, name, (struct shaken_sv){
			    (const char *)der, (size_t)n }, max, diag);
		} else if (ERR_GET_REASON(ERR_peek_last_error()) ==
		    PEM_R_NO_START_LINE) {
			break; /* the end, or no PEM at all */
		} else {
			err = decode_error();
			shk_diag(diag, "a PEM block does not decode");
		}
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_free(der);
	}
	BIO_free(bio);
	return err;
}

static enum shaken_err
read_der(struct shaken_sv in, const struct shk_pem_limits *max,
    struct shk_pem *to, struct shaken_diag *diag)
{
	enum shaken_err err;

	if (is_secret_der(in))
		return SHAKEN_E_SECRET;
	if (max->crls > 0) {
		err = add_crl(to, in, max->crls, diag);
		if (err != SHAKEN_E_CERT)
			return err;
	}
	err = add_cert(to, in, max->certs, diag);
	if (err == SHAKEN_E_CERT && max->crls > 0)
		shk_diag(diag, "neither a CRL nor a certificate");
	return err;
}

/* 0x30 is also the digit 0, with which a text may begin. */
static bool
is_der(struct shaken_sv in)
{
	return in.n > 0 && in.p[0] == 0x30 &&
	    find(in, SHAKEN_SV_LIT("-----BEGIN ")) == in.n;
}

enum shaken_err
shk_pem_read(struct shaken_sv in, const struct shk_pem_limits *max,
    struct shk_pem *out, struct shaken_diag *diag)
{
	struct shk_pem p;
	enum shaken_err err;

	*out = (struct shk_pem){ NULL, NULL };
	shk_diag_clear(diag);
	ERR_clear_error(); /* what stands there is not ours */
	if (in.n > max->bytes || in.n > INT_MAX) {
		shk_diag(diag, "%zu bytes, %zu allowed", in.n, max->bytes);
		return SHAKEN_E_LIMIT;
	}
	p.certs = sk_X509_new_null();
	p.crls = sk_X509_CRL_new_null();
	if (p.certs == NULL || p.crls == NULL)
		err = SHAKEN_E_NOMEM;
	else if (is_der(in))
		err = read_der(in, max, &p, diag);
	else if (has_secret_pem(in))
		err = SHAKEN_E_SECRET;
	else
		err = read_pem(in, max, &p, diag);
	if (err == SHAKEN_E_SECRET)
		shk_diag(diag, "there is a private key in it");
	if (err == SHAKEN_OK)
		*out = p;
	else
		shk_pem_clear(&p);
	ERR_clear_error();
	return err;
}

void
shk_pem_clear(struct shk_pem *p)
{
	sk_X509_pop_free(p->certs, X509_free);
	sk_X509_CRL_pop_free(p->crls, X509_CRL_free);
	*p = (struct shk_pem){ NULL, NULL };
}
