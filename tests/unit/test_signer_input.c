/* SPDX-License-Identifier: Apache-2.0 */
/* shaken_signer_sign_input(): what a key process signs for another, and what
 * not. */
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include <shaken/identity.h>
#include <shaken/sign.h>
#include <shaken/signer.h>

#include "pki.h"

#define X5U "https://cert.example.org/a.pem"

static struct test_pki pki;
static struct shaken_signer *keeper;	/* has the key */

static void
setup(void)
{
	struct shaken_signer_conf conf = { .size = sizeof(conf),
		.x5u = SHAKEN_SV_LIT(X5U) };

	test_pki_init(&pki);
	test_pki_make(&pki);
	cr_assert_eq(shaken_signer_from_pem(shaken_sv_cstr(pki.leaf.key), &conf,
	    &keeper, NULL), SHAKEN_OK);
}

static void
teardown(void)
{
	shaken_signer_free(&keeper);
	test_pki_free(&pki);
}

TestSuite(signer_input, .init = setup, .fini = teardown);

static enum shaken_err
ask(void *ctx, struct shaken_sv msg, uint8_t sig[SHAKEN_ES256_SIG])
{
	return shaken_signer_sign_input(ctx, msg, sig);
}

static enum shaken_err
asking(const char *x5u, const char *chain, struct shaken_signer **out)
{
	static const struct shaken_signer_ops ops = { .size = sizeof(ops),
		.sign = ask };
	struct shaken_signer_conf conf = { .size = sizeof(conf),
		.x5u = shaken_sv_cstr(x5u), .chain = shaken_sv_cstr(chain) };

	return shaken_signer_new(&ops, keeper, &conf, out, NULL);
}

static enum shaken_err
sign(const struct shaken_signer *s, const char *ppt, const char *attest)
{
	struct shaken_id orig, dest;
	struct shaken_sign_req req = { .size = sizeof(req),
		.ppt = shaken_sv_cstr(ppt), .orig = &orig, .dest = &dest,
		.n_dest = 1, .attest = shaken_sv_cstr(attest), .iat = TEST_NOW,
		.now = TEST_NOW, .origid = shaken_sv_cstr(*attest == '\0' ? "" :
		    "de305d54-75b4-431b-adb2-eb6b9e546014") };
	char out[SHAKEN_IDENTITY_MAX];
	size_t len;

	cr_assert_eq(shaken_id_from_tn(SHAKEN_SV_LIT("12155550121"), NULL,
	    &orig), SHAKEN_OK);
	dest = orig;
	return shaken_sign(s, &req, out, sizeof(out), &len, NULL);
}

Test(signer_input, types)
{
	struct shaken_signer *s = NULL;

	/* the probe passes, with the certificate of the key */
	cr_assert_eq(asking(X5U, pki.chain, &s), SHAKEN_OK);
	cr_expect_eq(sign(s, "shaken", "A"), SHAKEN_OK);
	cr_expect_eq(sign(s, "", ""), SHAKEN_OK, "base");
	shaken_signer_free(&s);
}

Test(signer_input, mismatch)			/* */
{
	struct shaken_signer *s = NULL;
	struct test_pki other;

	test_pki_init(&other);
	test_pki_make(&other);
	cr_expect_eq(asking(X5U, other.chain, &s), SHAKEN_E_MISMATCH);
	cr_expect_null(s);
	test_pki_free(&other);
}

Test(signer_input, another_x5u)
{
	struct shaken_signer *s = NULL;

	cr_assert_eq(asking("https://cert.example.org/b.pem", "", &s),
	    SHAKEN_OK);
	cr_expect_eq(sign(s, "shaken", "A"), SHAKEN_E_SYNTAX);
	shaken_signer_free(&s);
}

/* base64url of {"alg":"ES256","ppt":"shaken","typ":"passport","x5u":X5U} */
#define HEAD "eyJhbGciOiJFUzI1NiIsInBwdCI6InNoYWtlbiIsInR5cCI6InBhc3Nwb3J0IiwieD" \
	"V1IjoiaHR0cHM6Ly9jZXJ0LmV4YW1wbGUub3JnL2EucGVtIn0"

static const struct {
	const char	*name, *input;
	enum shaken_err	 err;
} inputs[] = {
	{ "header and payload", HEAD ".eyJhIjoxfQ", SHAKEN_OK },
	{ "every character", HEAD ".AZaz09-_", SHAKEN_OK },
	{ "probe", "shaken probe", SHAKEN_OK },
	{ "empty", "", SHAKEN_E_SYNTAX },
	{ "nearly the probe", "shaken probe ", SHAKEN_E_SYNTAX },
	{ "no payload", HEAD ".", SHAKEN_E_SYNTAX },
	{ "no dot", HEAD, SHAKEN_E_SYNTAX },
	{ "two dots", HEAD ".eyJhIjoxfQ.eyJh", SHAKEN_E_SYNTAX },
	{ "padding", HEAD ".eyJhIjoxfQ=", SHAKEN_E_SYNTAX },
	{ "base64", HEAD ".eyJh+/", SHAKEN_E_SYNTAX },
	{ "line end", HEAD ".eyJhIjoxfQ\n", SHAKEN_E_SYNTAX },
	/* {"alg":"ES256","typ":"JWT"}: a token for somebody else's API */
	{ "JWT", "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJhIjoxfQ",
	    SHAKEN_E_SYNTAX },
	{ "any text", "please sign this", SHAKEN_E_SYNTAX },
};

Test(signer_input, oracle)
{
	static const uint8_t untouched[SHAKEN_ES256_SIG];

	for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
		uint8_t sig[SHAKEN_ES256_SIG] = { 0 };

		cr_expect_eq(shaken_signer_sign_input(keeper,
		    shaken_sv_cstr(inputs[i].input), sig), inputs[i].err, "%s",
		    inputs[i].name);
		cr_expect_eq(memcmp(sig, untouched, sizeof(sig)) != 0,
		    inputs[i].err == SHAKEN_OK, "%s", inputs[i].name);
	}
}

Test(signer_input, arguments)
{
	struct shaken_sv bad = { NULL, 1 };
	uint8_t sig[SHAKEN_ES256_SIG];

	cr_expect_eq(shaken_signer_sign_input(NULL, SHAKEN_SV_LIT("x"), sig),
	    SHAKEN_E_ARG);
	cr_expect_eq(shaken_signer_sign_input(keeper, SHAKEN_SV_LIT("x"), NULL),
	    SHAKEN_E_ARG);
	cr_expect_eq(shaken_signer_sign_input(keeper, bad, sig), SHAKEN_E_ARG);
}
