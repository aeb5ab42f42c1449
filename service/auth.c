/* SPDX-License-Identifier: Apache-2.0 */
/* auth.c - from credentials to a tenant: bearer tokens (RFC 6750), opaque or
 * JWT (RFC 7519), and TLS client certificates. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <jwt.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "auth.h"

#define JWT_LEEWAY_S 10		/* of the issuer's clock and ours */
#define JWT_HEADER_MAX 512	/* {"alg":"ES256","typ":"JWT","kid":".."} */

/* An opaque token: every hash is compared, whole, whatever the others were. */
static const struct svc_tenant *
by_token(const struct svc_state *s, const char *token)
{
	const struct svc_tenant *found = NULL;
	uint8_t hash[SVC_SHA256];
	size_t len;

	if (EVP_Q_digest(NULL, "SHA256", NULL, token, strlen(token), hash,
	    &len) != 1 || len != sizeof(hash)) {
		ERR_clear_error();
		return NULL;
	}
	for (size_t i = 0; i < s->n_tenants; i++)
		for (size_t j = 0; j < s->tenants[i].n_tokens; j++)
			if (CRYPTO_memcmp(hash, s->tenants[i].tokens[j],
			    sizeof(hash)) == 0)
				found = &s->tenants[i];
	return found;
}

static bool
has(const struct svc_list *list, const char *text)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->v[i], text) == 0)
			return true;
	return false;
}

/* A claim as it is; new, NULL where absent.  libjwt's own getters make 0 of
 * what is no number. */
static json_t *
claim(jwt_t *jwt, const char *name)
{
	char *text = jwt_get_grants_json(jwt, name);
	json_t *v = text == NULL ? NULL :
	    json_loads(text, JSON_DECODE_ANY, NULL);

	free(text);
	return v;
}

/* aud is a string or an array of strings (RFC 7519 section 4.1.3). */
static bool
is_audience(jwt_t *jwt, const char *want)
{
	json_t *aud = claim(jwt, "aud");
	size_t n = json_is_array(aud) ? json_array_size(aud) : aud != NULL;
	bool ok = false;

	for (size_t i = 0; i < n && !ok; i++) {
		const char *one = json_string_value(json_is_array(aud) ?
		    json_array_get(aud, i) : aud);

		ok = one != NULL && strcmp(one, want) == 0;
	}
	json_decref(aud);
	return ok;
}

/* A time claim; 0: absent, -1: no whole number. */
static json_int_t
time_claim(jwt_t *jwt, const char *name)
{
	json_t *v = claim(jwt, name);
	json_int_t t = v == NULL ? 0 : !json_is_integer(v) ? -1 :
	    json_integer_value(v);

	json_decref(v);
	return t;
}

static bool
are_claims_ok(const struct svc_state *s, jwt_t *jwt, int64_t now)
{
	const struct svc_conf *c = s->conf;
	const char *iss = jwt_get_grant(jwt, "iss");
	json_int_t exp = time_claim(jwt, "exp");	/* mandatory here */
	json_int_t nbf = time_claim(jwt, "nbf");

	if (exp <= 0 || nbf < 0 || now - JWT_LEEWAY_S >= exp ||
	    now + JWT_LEEWAY_S < nbf)
		return false;
	if (c->auth.jwt_issuer != NULL &&
	    (iss == NULL || strcmp(iss, c->auth.jwt_issuer) != 0))
		return false;
	return c->auth.jwt_audience == NULL ||
	    is_audience(jwt, c->auth.jwt_audience);
}

/* base64url without padding into text, NUL-terminated; false: it is not. */
static bool
unbase64url(const char *in, size_t n, char *text, size_t cap)
{
	unsigned char block[4];
	size_t len = 0;

	if (n % 4 == 1 || n / 4 * 3 + 4 > cap)
		return false;
	for (size_t i = 0; i < n; i += 4) {
		for (size_t j = 0; j < 4; j++) {
			char c = i + j < n ? in[i + j] : 'A';

			block[j] = (unsigned char)(c == '-' ? '+' :
			    c == '_' ? '/' : c);
		}
		if (EVP_DecodeBlock((unsigned char *)text + len, block, 4) != 3)
			return false;
		len += n - i >= 4 ? 3 : n - i - 1;
	}
	text[len] = '\0';
	return true;
}

/*
 * libjwt takes the algorithm from the token, so a token that says HS256 would
 * be checked with our public key as the secret.  Look before a key is touched.
 */
static bool
is_es256(const char *token)
{
	char text[JWT_HEADER_MAX];
	const char *alg;
	json_t *head;
	bool ok;

	if (!unbase64url(token, strcspn(token, "."), text, sizeof(text)))
		return false;
	head = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	alg = json_string_value(json_object_get(head, "alg"));
	ok = alg != NULL && strcmp(alg, "ES256") == 0;
	json_decref(head);
	return ok;
}

static const struct svc_tenant *
by_jwt(const struct svc_state *s, const char *token, int64_t now)
{
	const struct svc_tenant *found = NULL;
	const char *sub = NULL;
	jwt_t *jwt = NULL;

	if (s->jwt_key != NULL && is_es256(token) &&
	    jwt_decode(&jwt, token, (const unsigned char *)s->jwt_key,
	    (int)s->jwt_key_len) == 0 && jwt_get_alg(jwt) == JWT_ALG_ES256 &&
	    are_claims_ok(s, jwt, now))
		sub = jwt_get_grant(jwt, "sub");
	for (size_t i = 0; sub != NULL && i < s->n_tenants; i++)
		if (has(&s->tenants[i].conf->jwt_subject, sub))
			found = &s->tenants[i];
	jwt_free(jwt);
	ERR_clear_error();
	return found;
}

static const struct svc_tenant *
by_subject(const struct svc_state *s, const char *subject)
{
	for (size_t i = 0; i < s->n_tenants; i++)
		if (has(&s->tenants[i].conf->client_subject, subject))
			return &s->tenants[i];
	return NULL;
}

static bool
is_bearer(const char *value)
{
	static const char scheme[] = "bearer ";

	for (size_t i = 0; i < sizeof(scheme) - 1; i++) {
		char c = value[i];

		if (c >= 'A' && c <= 'Z') /* no locale */
			c = (char)(c - 'A' + 'a');
		if (c != scheme[i])
			return false;
	}
	return true;
}

const struct svc_tenant *
svc_auth(const struct svc_state *s, const struct svc_credentials *c,
    int64_t now)
{
	const struct svc_tenant *t;
	const char *token;

	if (c->authorization != NULL) {
		if (!is_bearer(c->authorization))
			return NULL;
		token = c->authorization + strlen("bearer ");
		token += strspn(token, " ");
		t = by_token(s, token);
		return t != NULL ? t : by_jwt(s, token, now);
	}
	if (c->subject != NULL)
		return by_subject(s, c->subject);
	return s->anonymous;
}
