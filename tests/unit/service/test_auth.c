/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <jwt.h>
#include <openssl/evp.h>

#include "auth.h"

#define NOW 1700000000

/* K-8946: the key pair of RFC 8946 appendix A. */
static const char private_pem[] =
"-----BEGIN EC PRIVATE KEY-----\n"
"MHcCAQEEIFKCsFZ4Wsw3ZpBxgc4Z0sOjaXDdMk07Ny1fKg6OntAkoAoGCCqGSM49\n"
"AwEHoUQDQgAEmzGM1VsO+3IqbMF54rQMaYKQftO4hUYm9wv5wutLgEd9FsiTy3+4\n"
"+Wa2O7pffOXPC0QzO+yD8hGEXGP/2mZo6w==\n"
"-----END EC PRIVATE KEY-----\n";
static const char public_pem[] =
"-----BEGIN PUBLIC KEY-----\n"
"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEmzGM1VsO+3IqbMF54rQMaYKQftO4\n"
"hUYm9wv5wutLgEd9FsiTy3+4+Wa2O7pffOXPC0QzO+yD8hGEXGP/2mZo6w==\n"
"-----END PUBLIC KEY-----\n";

static struct svc_conf conf;
static struct svc_conf_tenant confs[3];
static struct svc_tenant tenants[3];
static struct svc_state state;
static uint8_t hashes[2][SVC_SHA256];
static char *subjects[] = { NULL, NULL };
static char *jwt_subjects[] = { NULL };

static void
setup(void)
{
	size_t len;

	EVP_Q_digest(NULL, "SHA256", NULL, "token-0", 7, hashes[0], &len);
	EVP_Q_digest(NULL, "SHA256", NULL, "token-1", 7, hashes[1], &len);
	subjects[0] = strdup("CN=sbc1,O=Example");
	jwt_subjects[0] = strdup("sbc2");
	for (size_t i = 0; i < 3; i++)
		tenants[i].conf = &confs[i];
	tenants[0].tokens = &hashes[0];
	tenants[0].n_tokens = 2;
	confs[1].client_subject = (struct svc_list){ subjects, 1 };
	confs[2].jwt_subject = (struct svc_list){ jwt_subjects, 1 };
	state.conf = &conf;
	state.tenants = tenants;
	state.n_tenants = 3;
	state.jwt_key = strdup(public_pem);
	state.jwt_key_len = strlen(public_pem);
}

TestSuite(auth, .init = setup);

static const struct svc_tenant *
ask(const char *authorization, const char *subject)
{
	const struct svc_credentials c = { authorization, subject };

	return svc_auth(&state, &c, NOW);
}

Test(auth, tokens)
{
	static const struct {
		const char *authorization;
		bool ok;
	} rows[] = {
		{ "Bearer token-0", true }, { "Bearer token-1", true },
		{ "bearer  token-0", true }, { "BEARER token-1", true },
		{ "Bearer token-2", false }, { "Bearer token-", false },
		{ "Bearer token-00", false }, { "Bearer ", false },
		{ "Bearer", false }, { "", false }, { "token-0", false },
		{ "Basic token-0", false }, { "Bearer token-0 ", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		cr_expect_eq(ask(rows[i].authorization, NULL), rows[i].ok ?
		    &tenants[0] : NULL, "%s", rows[i].authorization);
}

Test(auth, subjects)
{
	cr_expect_eq(ask(NULL, "CN=sbc1,O=Example"), &tenants[1]);
	cr_expect_null(ask(NULL, "CN=sbc1"));
	cr_expect_null(ask(NULL, "")); /* a certificate that does not verify */
	/* A token that is shown counts, whatever certificate comes with it. */
	cr_expect_eq(ask("Bearer token-0", "CN=sbc1,O=Example"), &tenants[0]);
	cr_expect_null(ask("Bearer x", "CN=sbc1,O=Example"));
}

Test(auth, anonymous)
{
	cr_expect_null(ask(NULL, NULL));
	state.anonymous = &tenants[2];
	cr_expect_eq(ask(NULL, NULL), &tenants[2]);
	cr_expect_null(ask("Bearer x", NULL));
	cr_expect_null(ask(NULL, ""));
}

/* "Bearer " and a JWT; sub NULL: none; exp 0: none. */
static char *
make(jwt_alg_t alg, const char *key, const char *sub, long exp,
    const char *claims)
{
	jwt_t *jwt;
	char *text, *out;

	cr_assert_eq(jwt_new(&jwt), 0);
	if (sub != NULL)
		jwt_add_grant(jwt, "sub", sub);
	if (exp != 0)
		jwt_add_grant_int(jwt, "exp", exp);
	if (claims != NULL)
		cr_assert_eq(jwt_add_grants_json(jwt, claims), 0);
	cr_assert_eq(jwt_set_alg(jwt, alg, (const unsigned char *)key,
	    key == NULL ? 0 : (int)strlen(key)), 0);
	text = jwt_encode_str(jwt);
	cr_assert_not_null(text);
	out = malloc(strlen(text) + 8);
	sprintf(out, "Bearer %s", text);
	free(text);
	jwt_free(jwt);
	return out;
}

Test(auth, jwt)
{
	static const struct {
		const char *name;
		jwt_alg_t alg;
		const char *key, *sub;
		long exp;
		const char *claims;
		bool ok;
	} rows[] = {
		{ "good", JWT_ALG_ES256, private_pem, "sbc2", NOW + 60, NULL,
		    true },
		{ "just in time", JWT_ALG_ES256, private_pem, "sbc2", NOW - 9,
		    NULL, true },
		{ "expired", JWT_ALG_ES256, private_pem, "sbc2", NOW - 10,
		    NULL, false },
		{ "without exp", JWT_ALG_ES256, private_pem, "sbc2", 0, NULL,
		    false },
		{ "exp is text", JWT_ALG_ES256, private_pem, "sbc2", 0,
		    "{\"exp\": \"1900000000\"}", false },
		{ "not yet", JWT_ALG_ES256, private_pem, "sbc2", NOW + 60,
		    "{\"nbf\": 1700000011}", false },
		{ "nbf", JWT_ALG_ES256, private_pem, "sbc2", NOW + 60,
		    "{\"nbf\": 1700000010}", true },
		{ "nbf is text", JWT_ALG_ES256, private_pem, "sbc2", NOW + 60,
		    "{\"nbf\": \"0\"}", false },
		{ "nobody", JWT_ALG_ES256, private_pem, "sbc", NOW + 60, NULL,
		    false },
		{ "without sub", JWT_ALG_ES256, private_pem, NULL, NOW + 60,
		    NULL, false },
		/* The public key as a shared secret; no signature at all. */
		{ "HS256", JWT_ALG_HS256, public_pem, "sbc2", NOW + 60, NULL,
		    false },
		{ "none", JWT_ALG_NONE, NULL, "sbc2", NOW + 60, NULL, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *token = make(rows[i].alg, rows[i].key, rows[i].sub,
		    rows[i].exp, rows[i].claims);

		cr_expect_eq(ask(token, NULL), rows[i].ok ? &tenants[2] : NULL,
		    "%s", rows[i].name);
		free(token);
	}
}

Test(auth, jwt_audience)
{
	static const struct {
		const char *claims;
		bool ok;
	} rows[] = {
		{ "{\"aud\": \"us\", \"iss\": \"them\"}", true },
		{ "{\"aud\": [\"a\", \"us\"], \"iss\": \"them\"}", true },
		{ "{\"aud\": [\"a\"], \"iss\": \"them\"}", false },
		{ "{\"aud\": [], \"iss\": \"them\"}", false },
		{ "{\"aud\": 5, \"iss\": \"them\"}", false },
		{ "{\"aud\": {\"us\": 1}, \"iss\": \"them\"}", false },
		{ "{\"iss\": \"them\"}", false },
		{ "{\"aud\": \"us\", \"iss\": \"others\"}", false },
		{ "{\"aud\": \"us\"}", false },
	};

	conf.auth.jwt_audience = strdup("us");
	conf.auth.jwt_issuer = strdup("them");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *token = make(JWT_ALG_ES256, private_pem, "sbc2",
		    NOW + 60, rows[i].claims);

		cr_expect_eq(ask(token, NULL), rows[i].ok ? &tenants[2] : NULL,
		    "%s", rows[i].claims);
		free(token);
	}
}

/* Each character of a good token changed in turn. */
Test(auth, jwt_changed)
{
	char *token = make(JWT_ALG_ES256, private_pem, "sbc2", NOW + 60, NULL);
	size_t n = strlen(token);

	/* The last character has bits that are not of the signature. */
	for (size_t i = strlen("Bearer "); i < n - 1; i++) {
		char c = token[i];

		token[i] = c == 'A' ? 'B' : 'A';
		cr_expect_null(ask(token, NULL), "at %zu", i);
		token[i] = c;
	}
	cr_expect_eq(ask(token, NULL), &tenants[2]);
	free(state.jwt_key);
	state.jwt_key = NULL;
	cr_expect_null(ask(token, NULL));
	free(token);
}
