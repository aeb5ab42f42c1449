/* SPDX-License-Identifier: Apache-2.0 */
/* cert.c - the facts of one certificate, read off it once. */
#include <stdatomic.h>
#include <stdlib.h>

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "cert.h"
#include "diag.h"
#include "pem.h"
#include "x509.h"

struct shaken_cert {		/* owns all that it points to */
	atomic_size_t		 refs;
	X509			*x509;
	char			*subject, *issuer, *serial;
	char			*crl_url;	/* NULL: none */
	int64_t			 not_before, not_after;
	bool			 is_ca;
	uint8_t			 sha256[32];
	struct shk_tnauthlist	*tnauthlist;	/* NULL: none, or a fault */
	struct shaken_diag	 tnauthlist_fault;
	struct shk_constraints	*constraints;	/* likewise */
	struct shaken_diag	 constraints_fault;
	char			*constraints_json; /* NULL: none */
};

static char *
serial_text(const X509 *x)
{
	BIGNUM *bn = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x), NULL);
	char *hex = bn == NULL ? NULL : BN_bn2hex(bn);
	char *out = hex == NULL ? NULL : strdup(hex);

	OPENSSL_free(hex);
	BN_free(bn);
	return out;
}

static bool
is_visible(const ASN1_STRING *s)
{
	const unsigned char *p = ASN1_STRING_get0_data(s);

	for (int i = 0; i < ASN1_STRING_length(s); i++)
		if (p[i] <= ' ' || p[i] > '~')
			return false;
	return ASN1_STRING_length(s) > 0;
}

/* The first URI of names; NULL: none. */
static const ASN1_STRING *
first_uri(const GENERAL_NAMES *names)
{
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		int type;
		const ASN1_STRING *s = GENERAL_NAME_get0_value(
		    sk_GENERAL_NAME_value(names, i), &type);

		if (type == GEN_URI && is_visible(s))
			return s;
	}
	return NULL;
}

/* The first URI of the distribution points; *out NULL where there is none. */
static enum shaken_err
crl_url(const X509 *x, char **out)
{
	CRL_DIST_POINTS *points = X509_get_ext_d2i(x,
	    NID_crl_distribution_points, NULL, NULL);
	const ASN1_STRING *uri = NULL;

	for (int i = 0; i < sk_DIST_POINT_num(points) && uri == NULL; i++) {
		const DIST_POINT_NAME *n =
		    sk_DIST_POINT_value(points, i)->distpoint;

		if (n != NULL && n->type == 0) /* fullName */
			uri = first_uri(n->name.fullname);
	}
	if (uri != NULL)
		*out = strndup((const char *)ASN1_STRING_get0_data(uri),
		    (size_t)ASN1_STRING_length(uri));
	CRL_DIST_POINTS_free(points);
	return uri != NULL && *out == NULL ? SHAKEN_E_NOMEM : SHAKEN_OK;
}

static enum shaken_err
read_tnauthlist(struct shaken_cert *c, bool implicit)
{
	struct shaken_sv der;
	enum shaken_err err;
	int n = shk_x509_pe(c->x509, SHK_PE_TNAUTHLIST, &der);

	if (n == 0)
		return SHAKEN_OK;
	if (n > 1) {
		shk_diag(&c->tnauthlist_fault, "RFC 5280 section 4.2: "
		    "TNAuthList is there twice");
		return SHAKEN_OK;
	}
	err = shk_tnauthlist_parse(der, implicit, &c->tnauthlist,
	    &c->tnauthlist_fault);
	return err == SHAKEN_E_NOMEM ? err : SHAKEN_OK;
}

static enum shaken_err
read_constraints(struct shaken_cert *c)
{
	enum shaken_err err = shk_constraints_read(c->x509, &c->constraints,
	    &c->constraints_fault);

	if (err == SHAKEN_E_NOMEM)
		return err;
	if (c->constraints == NULL)
		return SHAKEN_OK;
	c->constraints_json = shk_constraints_json(c->constraints);
	return c->constraints_json == NULL ? SHAKEN_E_NOMEM : SHAKEN_OK;
}

static enum shaken_err
read_facts(struct shaken_cert *c, bool implicit, struct shaken_diag *diag)
{
	X509 *x = c->x509;
	enum shaken_err err;
	unsigned n = sizeof(c->sha256);

	/* before anything else: getters compute lazily what this caches */
	(void)X509_check_purpose(x, -1, 0);
	c->is_ca = shk_x509_is_ca(x);
	if (!shk_asn1_time(X509_get0_notBefore(x), &c->not_before) ||
	    !shk_asn1_time(X509_get0_notAfter(x), &c->not_after)) {
		shk_diag(diag, "RFC 5280 section 4.1.2.5: validity is no date");
		return SHAKEN_E_CERT;
	}
	if (X509_digest(x, EVP_sha256(), c->sha256, &n) != 1)
		return SHAKEN_E_NOMEM;
	c->subject = shk_x509_name_text(X509_get_subject_name(x));
	c->issuer = shk_x509_name_text(X509_get_issuer_name(x));
	c->serial = serial_text(x);
	if (c->subject == NULL || c->issuer == NULL || c->serial == NULL)
		return SHAKEN_E_NOMEM;
	err = crl_url(x, &c->crl_url);
	if (err == SHAKEN_OK)
		err = read_tnauthlist(c, implicit);
	if (err == SHAKEN_OK)
		err = read_constraints(c);
	return err;
}

enum shaken_err
shk_cert_new(X509 *x, bool implicit, struct shaken_cert **out,
    struct shaken_diag *diag)
{
	struct shaken_cert *c;
	enum shaken_err err;

	*out = NULL;
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return SHAKEN_E_NOMEM;
	atomic_init(&c->refs, 1);
	if (X509_up_ref(x) != 1) {
		free(c);
		return SHAKEN_E_CRYPTO;
	}
	c->x509 = x;
	err = read_facts(c, implicit, diag);
	if (err == SHAKEN_OK) {
		*out = c;
		c = NULL; /* moved */
	}
	shaken_cert_free(&c);
	ERR_clear_error();
	return err;
}

enum shaken_err
shaken_cert_parse(struct shaken_sv in, struct shaken_cert **out,
    struct shaken_diag *diag)
{
	static const struct shk_pem_limits max = {
		.bytes = SHAKEN_PEM_MAX, .certs = SHAKEN_CHAIN_MAX
	};
	struct shk_pem p;
	enum shaken_err err;

	shk_diag_clear(diag);
	if (out == NULL)
		return SHAKEN_E_ARG;
	*out = NULL;
	if (in.p == NULL && in.n > 0)
		return SHAKEN_E_ARG;
	err = shk_pem_read(in, &max, &p, diag);
	if (err != SHAKEN_OK)
		return err;
	if (sk_X509_num(p.certs) == 0) {
		shk_diag(diag, "there is no certificate in it");
		err = SHAKEN_E_CERT;
	} else {
		err = shk_cert_new(sk_X509_value(p.certs, 0), false, out, diag);
	}
	shk_pem_clear(&p);
	return err;
}

struct shaken_cert *
shk_cert_ref(struct shaken_cert *c)
{
	atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
	return c;
}

void
shaken_cert_free(struct shaken_cert **cp)
{
	struct shaken_cert *c;

	if (cp == NULL || (c = *cp) == NULL)
		return;
	*cp = NULL;
	if (atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) != 1)
		return;
	free(c->constraints_json);
	shk_constraints_free(&c->constraints);
	shk_tnauthlist_free(&c->tnauthlist);
	free(c->crl_url);
	free(c->serial);
	free(c->issuer);
	free(c->subject);
	X509_free(c->x509);
	free(c);
}

X509 *
shk_cert_x509(const struct shaken_cert *c)
{
	return c->x509;
}

const struct shk_tnauthlist *
shk_cert_tnauthlist(const struct shaken_cert *c)
{
	return c->tnauthlist;
}

const char *
shk_cert_tnauthlist_fault(const struct shaken_cert *c)
{
	return c->tnauthlist_fault.text;
}

const struct shk_constraints *
shk_cert_claim_constraints(const struct shaken_cert *c)
{
	return c->constraints;
}

const char *
shk_cert_claim_constraints_fault(const struct shaken_cert *c)
{
	return c->constraints_fault.text;
}

struct shaken_sv
shaken_cert_subject(const struct shaken_cert *c)
{
	return shaken_sv_cstr(c->subject);
}

struct shaken_sv
shaken_cert_issuer(const struct shaken_cert *c)
{
	return shaken_sv_cstr(c->issuer);
}

struct shaken_sv
shaken_cert_serial(const struct shaken_cert *c)
{
	return shaken_sv_cstr(c->serial);
}

int64_t
shaken_cert_not_before(const struct shaken_cert *c)
{
	return c->not_before;
}

int64_t
shaken_cert_not_after(const struct shaken_cert *c)
{
	return c->not_after;
}

bool
shaken_cert_is_ca(const struct shaken_cert *c)
{
	return c->is_ca;
}

void
shaken_cert_sha256(const struct shaken_cert *c, uint8_t out[32])
{
	memcpy(out, c->sha256, sizeof(c->sha256));
}

struct shaken_sv
shaken_cert_spc(const struct shaken_cert *c)
{
	return shk_tnauthlist_spc(c->tnauthlist);
}

struct shaken_sv
shaken_cert_crl_url(const struct shaken_cert *c)
{
	return shaken_sv_cstr(c->crl_url);
}

struct shaken_sv
shaken_cert_constraints(const struct shaken_cert *c)
{
	return shaken_sv_cstr(c->constraints_json);
}

size_t
shaken_cert_n_tnauth(const struct shaken_cert *c)
{
	return shk_tnauthlist_n(c->tnauthlist);
}

bool
shaken_cert_tnauth(const struct shaken_cert *c, size_t i,
    struct shaken_tnauth *out)
{
	if (i >= shk_tnauthlist_n(c->tnauthlist)) {
		*out = (struct shaken_tnauth){ 0 };
		return false;
	}
	*out = *shk_tnauthlist_get(c->tnauthlist, i);
	return true;
}
