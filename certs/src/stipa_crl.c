/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stipa_crl.c - a certificate revocation list, fetched and kept.
 *
 * What the file is to hold is put together, checked as a verification would
 * (shaken_trust_add_crl), and only then put in place of the old one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/asn1.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <shaken/cert.h>
#include <shaken/trust.h>

#include "file.h"
#include "grab.h"
#include "readpem.h"
#include "text.h"

#define CRL_FILE "crl.pem"
#define FILE_MAX (SHAKEN_CRL_MAX + SHAKEN_PEM_MAX)
#define REFRESH_S (12 * 3600)
#define AFTER_NEXT_S 300
#define CERTS_MAX 10

/* The first CRL of a PEM text, or one in DER. */
static X509_CRL *
read_crl(const char *p, size_t n)
{
	const unsigned char *der = (const unsigned char *)p;
	BIO *bio = NULL;
	X509_CRL *crl;

	if (n == 0 || n > FILE_MAX)
		return NULL;
	crl = d2i_X509_CRL(NULL, &der, (long)n);
	if (crl == NULL) {
		bio = BIO_new_mem_buf(p, (int)n);
		if (bio != NULL)
			crl = PEM_read_bio_X509_CRL(bio, NULL,
			    certs_no_passphrase, NULL);
	}
	BIO_free(bio);
	ERR_clear_error();
	return crl;
}

/* Append the certificates of in, PEM or one DER, as PEM; false: none. */
static bool
add_certs(BIO *to, const char *p, size_t n)
{
	const unsigned char *der = (const unsigned char *)p;
	X509 *x = d2i_X509(NULL, &der, (long)n);
	BIO *bio = NULL;
	int count = 0;

	if (x == NULL)
		bio = BIO_new_mem_buf(p, (int)n);
	while (count < CERTS_MAX && (x != NULL || (bio != NULL && (x =
	    PEM_read_bio_X509(bio, NULL, certs_no_passphrase, NULL)) !=
	    NULL))) {
		count += PEM_write_bio_X509(to, x) == 1;
		X509_free(x);
		x = NULL;
	}
	BIO_free(bio);
	ERR_clear_error();
	return count > 0;
}

/* Where the certificates of its signer are, for free(); NULL: it does not say,
 * RFC 5280 section 5.2.7. */
static char *
signer_url(const X509_CRL *crl)
{
	AUTHORITY_INFO_ACCESS *aia = X509_CRL_get_ext_d2i(crl, NID_info_access,
	    NULL, NULL);
	char *url = NULL;

	for (int i = 0; url == NULL && i < sk_ACCESS_DESCRIPTION_num(aia);
	    i++) {
		const ACCESS_DESCRIPTION *d = sk_ACCESS_DESCRIPTION_value(aia,
		    i);
		const ASN1_IA5STRING *uri = d->location->d.ia5;

		if (OBJ_obj2nid(d->method) == NID_ad_ca_issuers &&
		    d->location->type == GEN_URI)
			url = strndup((const char *)ASN1_STRING_get0_data(uri),
			    (size_t)ASN1_STRING_length(uri));
	}
	AUTHORITY_INFO_ACCESS_free(aia);
	ERR_clear_error();
	return url;
}

/* The text of the new file: the CRL, and its signer's certificates. */
static bool
put_together(const struct certs_stipa_opts *o, const char *url, X509_CRL *crl,
    BIO *text, struct shaken_diag *diag)
{
	struct certs_fetch_req req = { .size = sizeof(req) };
	char *from = signer_url(crl), *certs;
	bool ok = PEM_write_bio_X509_CRL(text, crl) == 1;
	size_t n;

	if (!ok)
		certs_diag(diag, "out of memory");
	if (ok && from != NULL) {
		req.url = shaken_sv_cstr(from);
		certs = certs_grab(o, url, &req, &n, diag);
		ok = certs != NULL && add_certs(text, certs, n);
		if (certs != NULL && !ok)
			certs_diag(diag, "%s: no certificates", from);
		OPENSSL_free(certs);
	}
	free(from);
	return ok;
}

static bool
is_good(const struct certs_stipa_opts *o, struct shaken_sv text,
    struct shaken_diag *diag)
{
	struct shaken_trust *t = NULL;
	bool ok = shaken_trust_new(NULL, &t) == SHAKEN_OK &&
	    shaken_trust_add_crl_anchors(t, o->root, NULL, diag) ==
	    SHAKEN_OK && shaken_trust_add_crl(t, text, diag) == SHAKEN_OK;

	shaken_trust_free(&t);
	return ok;
}

static bool
seconds(const ASN1_TIME *t, int64_t *s)
{
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days, rest;
	bool ok = t != NULL && epoch != NULL &&
	    ASN1_TIME_diff(&days, &rest, epoch, t) == 1;

	*s = ok ? (int64_t)days * 86400 + rest : 0;
	ASN1_TIME_free(epoch);
	return ok;
}

/* What it says about itself; false: it is out of date, or not dated. */
static bool
read_facts(X509_CRL *crl, int64_t now, struct certs_crl_facts *f)
{
	int entries = sk_X509_REVOKED_num(X509_CRL_get_REVOKED(crl));

	if (!seconds(X509_CRL_get0_lastUpdate(crl), &f->this_update) ||
	    !seconds(X509_CRL_get0_nextUpdate(crl), &f->next_update))
		return false;
	f->n_revoked = entries > 0 ? (size_t)entries : 0;
	f->refresh_at = f->next_update - now < REFRESH_S - AFTER_NEXT_S ?
	    f->next_update + AFTER_NEXT_S : now + REFRESH_S;
	return f->this_update <= now && now < f->next_update;
}

/* The kept one is newer: somebody plays an old one back. */
static bool
is_rollback(const char *old, size_t n, int64_t this_update)
{
	X509_CRL *crl = old == NULL ? NULL : read_crl(old, n);
	int64_t had;
	bool yes = crl != NULL &&
	    seconds(X509_CRL_get0_lastUpdate(crl), &had) && had > this_update;

	X509_CRL_free(crl);
	return yes;
}

static enum certs_update
keep(const struct certs_stipa_opts *o, int dir, struct shaken_sv text,
    int64_t this_update, struct shaken_diag *diag)
{
	enum certs_update done = CERTS_UPDATE_FAILED;
	size_t n;
	char *old = certs_file_read(dir, CRL_FILE, FILE_MAX, &n);

	if (is_rollback(old, n, this_update))
		certs_diag(diag, "the CRL is older than the kept one");
	else if (old != NULL && n == text.n && memcmp(old, text.p, n) == 0)
		done = CERTS_UPDATE_SAME;
	else if (certs_file_replace(dir, CRL_FILE, text.p, text.n))
		done = CERTS_UPDATE_NEW;
	else
		certs_diag(diag, "%s/%s: %s", o->dir, CRL_FILE,
		    strerrordesc_np(errno));
	free(old);
	return done;
}

static enum certs_update
accept_crl(const struct certs_stipa_opts *o, int dir, const char *url,
    X509_CRL *crl, struct certs_crl_facts *facts, struct shaken_diag *diag)
{
	enum certs_update done = CERTS_UPDATE_FAILED;
	BIO *bio = BIO_new(BIO_s_mem());
	struct shaken_sv text;
	char *p;

	if (bio == NULL || !read_facts(crl, o->now, facts)) {
		certs_diag(diag, "the CRL is out of date, or has no dates");
	} else if (put_together(o, url, crl, bio, diag)) {
		text.n = (size_t)BIO_get_mem_data(bio, &p);
		text.p = p;
		if (is_good(o, text, diag))
			done = keep(o, dir, text, facts->this_update, diag);
	}
	BIO_free(bio);
	ERR_clear_error();
	return done;
}

enum certs_update
certs_stipa_crl(const struct certs_stipa_opts *o, const char *url,
    struct certs_crl_facts *facts, struct shaken_diag *diag)
{
	static const char *const headers[] = { "Accept: application/pkix-crl" };
	struct certs_fetch_req req = { .size = sizeof(req),
	    .url = shaken_sv_cstr(url), .headers = headers, .n_headers = 1,
	    .max_bytes = SHAKEN_CRL_MAX };
	enum certs_update done = CERTS_UPDATE_FAILED;
	struct certs_crl_facts f = { 0 };
	X509_CRL *crl = NULL;
	char *body = NULL;
	size_t n;
	int dir = certs_stipa_open(o, diag);

	if (facts != NULL)
		*facts = f;
	if (dir < 0)
		return CERTS_UPDATE_FAILED;
	body = certs_grab(o, NULL, &req, &n, diag);
	if (body != NULL) {
		crl = read_crl(body, n);
		if (crl == NULL)
			certs_diag(diag, "%s: not a CRL", url);
	}
	if (crl != NULL)
		done = accept_crl(o, dir, url, crl, &f, diag);
	if (facts != NULL && done != CERTS_UPDATE_FAILED)
		*facts = f;
	X509_CRL_free(crl);
	OPENSSL_free(body);
	close(dir);
	return done;
}
