/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trustlist.c - the STI-PA's list of trusted STI-CAs.
 *
 * libjwt takes the algorithm from the token and would take an HMAC keyed with
 * the public key's text, so the algorithm is compared before the key is shown
 * to it, and again afterwards.
 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <jwt.h>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <shaken/cert.h>
#include <shakencerts/trustlist.h>

#include "readpem.h"
#include "text.h"

#define ALG "ES256"
#define ROOTS_MAX 1000
#define CHAIN_MAX 10

struct certs_trustlist {
	int64_t	 sequence, exp;
	size_t	 n;
	char	*pem;		/* owned; NUL-terminated */
};

/* The certificates of a PEM text; NULL: none, or more than max. */
static STACK_OF(X509) *
read_certs(struct shaken_sv pem, int max)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	BIO *bio = pem.n > SHAKEN_PEM_MAX ? NULL :
	    BIO_new_mem_buf(pem.p, (int)pem.n);
	X509 *x = NULL;

	while (certs != NULL && bio != NULL && sk_X509_num(certs) <= max &&
	    (x = PEM_read_bio_X509(bio, NULL, certs_no_passphrase, NULL)) !=
	    NULL)
		if (sk_X509_push(certs, x) <= 0) {
			X509_free(x);
			break;
		}
	BIO_free(bio);
	ERR_clear_error();
	if (sk_X509_num(certs) > 0 && sk_X509_num(certs) <= max)
		return certs;
	sk_X509_pop_free(certs, X509_free);
	return NULL;
}

/* Whether a certificate's key is of one of these curves; b may be NULL. */
static bool
has_curve(const X509 *x, const char *a, const char *b)
{
	EVP_PKEY *key = X509_get0_pubkey(x);
	char curve[32];
	size_t n;

	return key != NULL && EVP_PKEY_get_group_name(key, curve,
	    sizeof(curve), &n) == 1 &&
	    (strcmp(curve, a) == 0 || (b != NULL && strcmp(curve, b) == 0));
}

/* The signer's public key as libjwt wants it, for BIO_free(). */
static BIO *
key_text(const X509 *signer)
{
	BIO *bio = BIO_new(BIO_s_mem());

	if (bio != NULL &&
	    PEM_write_bio_PUBKEY(bio, X509_get0_pubkey(signer)) == 1)
		return bio;
	BIO_free(bio);
	return NULL;
}

static enum shaken_err
refuse(enum shaken_err err, struct shaken_diag *diag, const char *why)
{
	certs_diag(diag, "trust list: %s", why);
	return err;
}

/* The header of a JWS whose signature nobody looked at. */
static enum shaken_err
read_header(const char *jws, jwt_t **out, struct shaken_diag *diag)
{
	const char *alg;

	*out = NULL;
	if (jwt_decode(out, jws, NULL, 0) != 0) {
		*out = NULL;
		return refuse(SHAKEN_E_SYNTAX, diag, "no JWS of type JWT");
	}
	alg = jwt_get_header(*out, "alg");
	if (alg != NULL && strcmp(alg, ALG) == 0)
		return SHAKEN_OK;
	jwt_free(*out);
	*out = NULL;
	return refuse(SHAKEN_E_CREDENTIAL, diag, "its alg is not " ALG);
}

/* jws as a string, for free(). */
static enum shaken_err
to_string(struct shaken_sv jws, char **out, struct shaken_diag *diag)
{
	*out = NULL;
	certs_diag(diag, "%s", "");
	if (jws.n > CERTS_TRUSTLIST_MAX)
		return refuse(SHAKEN_E_LIMIT, diag, "too long");
	if (jws.n == 0 || memchr(jws.p, '\0', jws.n) != NULL)
		return refuse(SHAKEN_E_SYNTAX, diag, "not a JWS");
	*out = strndup(jws.p, jws.n);
	return *out != NULL ? SHAKEN_OK : SHAKEN_E_NOMEM;
}

char *
certs_trustlist_x5u(struct shaken_sv jws, struct shaken_diag *diag)
{
	char *text, *url = NULL;
	const char *x5u;
	jwt_t *jwt;

	if (to_string(jws, &text, diag) != SHAKEN_OK)
		return NULL;
	if (read_header(text, &jwt, diag) == SHAKEN_OK) {
		x5u = jwt_get_header(jwt, "x5u");
		if (x5u != NULL)
			url = strdup(x5u);
		else
			(void)refuse(SHAKEN_E_SYNTAX, diag, "no x5u");
		jwt_free(jwt);
	}
	ERR_clear_error();
	free(text);
	return url;
}

/* Whether certs, signer first, lead to root at now (RFC 5280 section 6). */
static bool
is_anchored(STACK_OF(X509) *certs, X509 *root, int64_t now)
{
	X509 *signer = sk_X509_value(certs, 0);
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	bool ok = false;

	if (store == NULL || ctx == NULL ||
	    X509_STORE_add_cert(store, root) != 1 ||
	    X509_STORE_CTX_init(ctx, store, signer, certs) != 1)
		goto out;
	X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(ctx), now);
	X509_VERIFY_PARAM_set_depth(X509_STORE_CTX_get0_param(ctx), CHAIN_MAX);
	ok = X509_verify_cert(ctx) == 1 &&
	    /* all bits set where the extension is absent */
	    (X509_get_key_usage(signer) & KU_DIGITAL_SIGNATURE) != 0 &&
	    has_curve(signer, "prime256v1", NULL);
out:
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	return ok;
}

/* The payload of a JWS that this signer signed, for free(). */
static enum shaken_err
verify(const char *jws, const X509 *signer, char **payload,
    struct shaken_diag *diag)
{
	enum shaken_err err;
	BIO *bio = NULL;
	jwt_t *jwt;
	char *key;
	long n;

	*payload = NULL;
	err = read_header(jws, &jwt, diag);
	if (err != SHAKEN_OK)
		return err;
	jwt_free(jwt);
	bio = key_text(signer);
	if (bio == NULL)
		return SHAKEN_E_NOMEM;
	n = BIO_get_mem_data(bio, &key);
	if (jwt_decode(&jwt, jws, (const unsigned char *)key, (int)n) != 0) {
		jwt = NULL;
		err = refuse(SHAKEN_E_CREDENTIAL, diag,
		    "not signed by the certificate at its x5u");
	} else if (jwt_get_alg(jwt) != JWT_ALG_ES256) {
		err = refuse(SHAKEN_E_CREDENTIAL, diag, "its alg is not " ALG);
	} else {
		*payload = jwt_get_grants_json(jwt, NULL);
		err = *payload != NULL ? SHAKEN_OK : SHAKEN_E_NOMEM;
	}
	jwt_free(jwt);
	BIO_free(bio);
	return err;
}

/* One entry: exactly one root, which is appended to the bundle. */
static bool
add_root(BIO *bundle, const json_t *entry)
{
	STACK_OF(X509) *certs = NULL;
	bool ok = false;
	X509 *x;

	if (json_is_string(entry))
		certs = read_certs((struct shaken_sv){
		    json_string_value(entry), json_string_length(entry) }, 1);
	if (certs == NULL)
		return false;
	x = sk_X509_value(certs, 0);
	ok = X509_self_signed(x, 1) == 1 &&
	    has_curve(x, "prime256v1", "secp384r1") &&
	    PEM_write_bio_X509(bundle, x) == 1;
	sk_X509_pop_free(certs, X509_free);
	return ok;
}

static enum shaken_err
read_roots(const json_t *array, struct certs_trustlist *t,
    struct shaken_diag *diag)
{
	BIO *bundle = BIO_new(BIO_s_mem());
	enum shaken_err err = SHAKEN_OK;
	char *text;
	long n;

	if (bundle == NULL)
		return SHAKEN_E_NOMEM;
	t->n = json_array_size(array);
	if (t->n == 0 || t->n > ROOTS_MAX)
		err = refuse(SHAKEN_E_JSON, diag, "no roots in it");
	for (size_t i = 0; err == SHAKEN_OK && i < t->n; i++)
		if (!add_root(bundle, json_array_get(array, i))) {
			certs_diag(diag, "trust list: entry %zu is not one "
			    "self-signed P-256 or P-384 certificate", i);
			err = SHAKEN_E_CERT;
		}
	if (err == SHAKEN_OK) {
		n = BIO_get_mem_data(bundle, &text);
		t->pem = strndup(text, (size_t)n);
		err = t->pem != NULL ? SHAKEN_OK : SHAKEN_E_NOMEM;
	}
	BIO_free(bundle);
	return err;
}

static enum shaken_err
read_payload(const char *payload, int64_t now, struct certs_trustlist *t,
    struct shaken_diag *diag)
{
	json_t *o = json_loads(payload, JSON_REJECT_DUPLICATES, NULL);
	const json_t *sequence = json_object_get(o, "sequence");
	const json_t *exp = json_object_get(o, "exp");
	const json_t *roots = json_object_get(o, "trustList");
	enum shaken_err err;

	if (!json_is_string(json_object_get(o, "version")) ||
	    !json_is_integer(sequence) || !json_is_integer(exp) ||
	    !json_is_array(roots)) {
		json_decref(o);
		return refuse(SHAKEN_E_JSON, diag, "no object with version, "
		    "sequence, exp and trustList");
	}
	t->sequence = json_integer_value(sequence);
	t->exp = json_integer_value(exp);
	err = t->exp <= now ? refuse(SHAKEN_E_STALE, diag, "it has expired") :
	    read_roots(roots, t, diag);
	json_decref(o);
	return err;
}

enum shaken_err
certs_trustlist_check(struct shaken_sv jws, struct shaken_sv chain,
    struct shaken_sv root, int64_t now, struct certs_trustlist **out,
    struct shaken_diag *diag)
{
	STACK_OF(X509) *certs = NULL, *anchor = NULL;
	struct certs_trustlist *t = NULL;
	char *text, *payload = NULL;
	enum shaken_err err;

	*out = NULL;
	err = to_string(jws, &text, diag);
	if (err != SHAKEN_OK)
		return err;
	certs = read_certs(chain, CHAIN_MAX);
	anchor = read_certs(root, 1);
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		err = SHAKEN_E_NOMEM;
	else if (certs == NULL || anchor == NULL)
		err = refuse(SHAKEN_E_CERT, diag, certs == NULL ?
		    "no certificates at its x5u" : "the STI-PA's root is not "
		    "one certificate");
	else if (!is_anchored(certs, sk_X509_value(anchor, 0), now))
		err = refuse(SHAKEN_E_CREDENTIAL, diag,
		    "its signer is not one of the STI-PA's");
	if (err == SHAKEN_OK)
		err = verify(text, sk_X509_value(certs, 0), &payload, diag);
	if (err == SHAKEN_OK)
		err = read_payload(payload, now, t, diag);
	if (err == SHAKEN_OK) {
		*out = t;
		t = NULL;
	}
	ERR_clear_error();
	certs_trustlist_free(&t);
	sk_X509_pop_free(certs, X509_free);
	sk_X509_pop_free(anchor, X509_free);
	free(payload);
	free(text);
	return err;
}

int64_t
certs_trustlist_sequence(const struct certs_trustlist *t)
{
	return t->sequence;
}

int64_t
certs_trustlist_exp(const struct certs_trustlist *t)
{
	return t->exp;
}

size_t
certs_trustlist_n(const struct certs_trustlist *t)
{
	return t->n;
}

struct shaken_sv
certs_trustlist_pem(const struct certs_trustlist *t)
{
	return shaken_sv_cstr(t->pem);
}

void
certs_trustlist_free(struct certs_trustlist **tp)
{
	struct certs_trustlist *t = *tp;

	if (t == NULL)
		return;
	free(t->pem);
	free(t);
	*tp = NULL;
}
