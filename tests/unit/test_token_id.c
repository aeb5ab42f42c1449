/* SPDX-License-Identifier: Apache-2.0 */
/* What tells one token from another, and that the caller's answer about it
 * counts (RFC 8224 section 12.1). */
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "es256.h"
#include "forge.h"
#include "pki.h"
#include "token_id.h"

#define X5U "https://cert.example.org/1234.pem"
#define HEADER "{\"alg\":\"ES256\",\"ppt\":\"shaken\",\"typ\":\"passport\"," \
	"\"x5u\":\"" X5U "\"}"
#define PARAMS ";info=<" X5U ">;alg=ES256;ppt=shaken"
#define CLAIMS(dest, iat, orig, origid) "{\"attest\":\"A\",\"dest\":{\"tn\":[" \
	dest "]},\"iat\":" iat ",\"orig\":{\"tn\":\"" orig "\"},\"origid\":\"" \
	origid "\"}"
#define UUID "123e4567-e89b-12d3-a456-426655440000"
#define GOOD CLAIMS("\"12155550131\"", "1700000000", "12155550121", UUID)

static struct test_pki pki;

static void
setup(void)
{
	test_pki_init(&pki);
	test_pki_make(&pki);
}

static void
teardown(void)
{
	test_pki_free(&pki);
}

TestSuite(token_id, .init = setup, .fini = teardown);

/* n - s in place of s. */
static void
turn_s(uint8_t sig[SHAKEN_ES256_SIG])
{
	static const uint8_t n[32] = {
		0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84,
		0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51 };
	int borrow = 0;

	for (int i = 31; i >= 0; i--) {
		int d = n[i] - sig[32 + i] - borrow;

		borrow = d < 0;
		sig[32 + i] = (uint8_t)(d + 256 * borrow);
	}
}

static void
id_of(const char *token, uint8_t id[SHAKEN_TOKEN_ID])
{
	struct shaken_passport p;

	cr_assert_eq(shk_passport_decode(&p, shaken_sv_cstr(token), 0, NULL),
	    SHAKEN_OK);
	cr_assert_eq(p.sig_len, SHAKEN_ES256_SIG);
	cr_assert_eq(shk_token_id(&p, id), SHAKEN_OK);
	shk_passport_clear(&p);
}

/* The same signature over other claims: what is not signed is in the id too. */
Test(token_id, claims)
{
	static const struct {
		const char *name, *claims;
		bool same;
	} table[] = {
		{ "the same", GOOD, true },
		{ "attest is not looked at, the signature is", "{\"attest\":"
		    "\"B\",\"dest\":{\"tn\":[\"12155550131\"]},\"iat\":"
		    "1700000000,\"orig\":{\"tn\":\"12155550121\"},\"origid\":\""
		    UUID "\"}", true },
		{ "another spelling of a number", CLAIMS("\"12155550131\"",
		    "1700000000", "+1 (215) 555-0121", UUID), true },
		{ "another dest", CLAIMS("\"12155550132\"", "1700000000",
		    "12155550121", UUID), false },
		{ "one dest more", CLAIMS("\"12155550131\",\"12155550132\"",
		    "1700000000", "12155550121", UUID), false },
		{ "another orig", CLAIMS("\"12155550131\"", "1700000000",
		    "12155550122", UUID), false },
		{ "another iat", CLAIMS("\"12155550131\"", "1700000001",
		    "12155550121", UUID), false },
		{ "another origid", CLAIMS("\"12155550131\"", "1700000000",
		    "12155550121", "123e4567-e89b-12d3-a456-426655440001"),
		    false },
	};
	char *good = test_forge(pki.leaf.key, HEADER, GOOD);
	uint8_t sig[SHAKEN_ES256_SIG], want[SHAKEN_TOKEN_ID];

	test_signature(good, sig);
	id_of(good, want);
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		char *other = test_forge(pki.leaf.key, HEADER, table[i].claims);
		char *token = test_with_signature(other, sig, sizeof(sig));
		uint8_t id[SHAKEN_TOKEN_ID];

		id_of(token, id);
		cr_expect_eq(memcmp(id, want, sizeof(id)) == 0, table[i].same,
		    "%s", table[i].name);
		free(token);
		free(other);
	}
	free(good);
}

/* Signed anew it is another token; with n - s for s it is the same. */
Test(token_id, signature)
{
	char *a = test_forge(pki.leaf.key, HEADER, GOOD), *turned, *b;
	uint8_t sig[SHAKEN_ES256_SIG], x[SHAKEN_TOKEN_ID], y[SHAKEN_TOKEN_ID];
	uint8_t low[SHAKEN_ES256_SIG];

	test_signature(a, sig);
	memcpy(low, sig, sizeof(low));
	turn_s(sig);
	turned = test_with_signature(a, sig, sizeof(sig));
	id_of(a, x);
	id_of(turned, y);
	cr_expect_arr_eq(x, y, sizeof(x));
	do {
		b = test_forge(pki.leaf.key, HEADER, GOOD);
		test_signature(b, sig);
	} while (memcmp(sig, low, sizeof(sig)) == 0 && (free(b), true));
	id_of(b, y);
	cr_expect_arr_neq(x, y, sizeof(x));
	free(b);
	free(turned);
	free(a);
}

/* Of s and n - s the smaller one; n/2 is between (n + 1)/2 and (n - 1)/2. */
Test(token_id, lower_s)
{
	uint8_t a[SHAKEN_ES256_SIG] = { 0 }, b[SHAKEN_ES256_SIG];

	a[63] = 1;
	memcpy(b, a, sizeof(b));
	turn_s(b);
	shk_es256_lower_s(b);
	cr_expect_arr_eq(b, a, sizeof(b), "n - 1 becomes 1");
	shk_es256_lower_s(a);
	cr_expect_arr_eq(a, b, sizeof(b), "1 stays");
}

struct memory {
	unsigned	asked;
	bool		answer;
	int64_t		until;
};

static bool
replayed(void *arg, const uint8_t *id, int64_t until, struct shaken_diag *why)
{
	struct memory *m = arg;
	uint8_t zero[SHAKEN_TOKEN_ID] = { 0 };

	cr_expect_arr_neq(id, zero, sizeof(zero));
	m->asked++;
	m->until = until;
	if (m->answer)
		strcpy(why->text, "seen before");
	return m->answer;
}

static struct shaken_verdict
judge(const char *token, struct memory *m, int64_t diverted_s)
{
	struct shaken_trust *trust = NULL;
	struct shaken_chain *chain;
	char *value = test_identity(token, PARAMS);
	struct shaken_sv field = shaken_sv_cstr(value);
	const struct shaken_call call = { .size = sizeof(call),
		.identity = &field, .n_identity = 1 };
	const struct shaken_verify_opts opts = { .size = sizeof(opts),
		.now = TEST_NOW, .diverted_freshness_s = diverted_s,
		.replayed = m == NULL ? NULL : replayed, .replayed_arg = m };
	struct shaken_verdict d;
	struct shaken_verify *v;

	chain = test_chain_make(pki.root.pem, pki.chain);
	trust = shaken_trust_ref((struct shaken_trust *)(uintptr_t)
	    shaken_chain_trust(chain));
	cr_assert_eq(shaken_verify_begin(trust, &call, &opts, &v), SHAKEN_OK);
	shaken_verify_chain(v, 0, chain);
	cr_assert_eq(shaken_verify_finish(v), SHAKEN_OK);
	d = *shaken_verify_verdict(v);
	shaken_verify_free(&v);
	shaken_chain_free(&chain);
	shaken_trust_free(&trust);
	free(value);
	return d;
}

/* The caller is asked of a token that has passed, and its answer counts. */
Test(token_id, asked)
{
	char *token = test_forge(pki.leaf.key, HEADER, GOOD);
	struct memory m = { .answer = false };
	struct shaken_verdict d = judge(token, &m, 0);

	cr_expect_eq(d.verstat, SHAKEN_TN_VALIDATION_PASSED, "%s",
	    d.detail.text);
	cr_expect_eq(m.asked, 1);
	cr_expect_eq(m.until, TEST_NOW + 60);
	m.answer = true;
	d = judge(token, &m, 3600);
	cr_expect_eq(d.verstat, SHAKEN_NO_TN_VALIDATION);
	cr_expect_eq(d.ecase, SHAKEN_E15);
	cr_expect_eq(d.code, 403);
	cr_expect_str_eq(d.check, "replay");
	cr_expect_str_eq(d.detail.text, "seen before");
	cr_expect_eq(m.until, TEST_NOW + 3600);
	d = judge(token, NULL, 0);
	cr_expect_eq(d.verstat, SHAKEN_TN_VALIDATION_PASSED);
	free(token);
}

/* What nobody signed is not asked about: it would fill the caller's memory. */
Test(token_id, forged)
{
	char *token = test_forge(pki.leaf.key, HEADER, GOOD), *bad;
	struct memory m = { .answer = true };
	uint8_t sig[SHAKEN_ES256_SIG];

	test_signature(token, sig);
	sig[40] ^= 1;
	bad = test_with_signature(token, sig, sizeof(sig));
	cr_expect_eq(judge(bad, &m, 0).ecase, SHAKEN_E18);
	cr_expect_eq(m.asked, 0);
	free(bad);
	free(token);
}
