/* SPDX-License-Identifier: Apache-2.0 */
/* a chain that was made fast gives the same verdicts. */
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include <shaken/shaken.h>

#include "calls.h"
#include "forge.h"
#include "pki.h"

#ifdef SHAKEN_P256_TABLE
#define CAN true
#else
#define CAN false
#endif

#define PAYLOAD "{\"attest\":\"A\",\"dest\":{\"tn\":[\"12155550131\"]}," \
	"\"iat\":1700000000,\"orig\":{\"tn\":\"12155550121\"}," \
	"\"origid\":\"123e4567-e89b-12d3-a456-426655440000\"}"

static struct test_pki pki;
static struct shaken_chain *chain;
static char *good, *spoilt;

static void
setup(void)
{
	char *p;

	test_pki_init(&pki);
	test_pki_make(&pki);
	chain = test_chain_make(pki.root.pem, pki.chain);
	good = test_value(pki.leaf.key, "shaken", PAYLOAD);
	spoilt = strdup(good);
	p = strchr(spoilt, ';') - 40; /* in the signature */
	*p = *p == 'A' ? 'B' : 'A';
}

static void
teardown(void)
{
	free(good);
	free(spoilt);
	shaken_chain_free(&chain);
	test_pki_free(&pki);
}

TestSuite(chain_speed, .init = setup, .fini = teardown);

/* Verify a call with c: the verdict, and how the signature was verified. */
static enum shaken_verstat
verify(struct shaken_chain *c, const char *value, size_t *n, size_t *by_table)
{
	struct test_call call = { .identity = { value },
		.orig = "12155550121", .dest = "12155550131" };
	struct shaken_verify *v = test_call_run(NULL, c, &call);
	enum shaken_verstat s = shaken_verify_verdict(v)->verstat;

	*n = shaken_verify_signatures(v, by_table);
	shaken_verify_free(&v);
	return s;
}

static void
expect(struct shaken_chain *c, bool fast, const char *name)
{
	size_t n, by_table;

	cr_expect_eq(shaken_chain_is_fast(c), fast, "%s", name);
	cr_expect_eq(verify(c, good, &n, &by_table),
	    SHAKEN_TN_VALIDATION_PASSED, "%s", name);
	cr_expect_eq(n, 1, "%s", name);
	cr_expect_eq(by_table, fast ? 1 : 0, "%s", name);
	cr_expect_eq(verify(c, spoilt, &n, &by_table),
	    SHAKEN_TN_VALIDATION_FAILED, "%s", name);
	cr_expect_eq(n, 1, "%s", name);
}

Test(chain_speed, same_verdicts)
{
	cr_expect_eq(shaken_chain_uses(chain), 0);
	expect(chain, false, "before");
	cr_expect_eq(shaken_chain_uses(chain), 2);
	cr_expect_eq(shaken_chain_speed_up(chain),
	    CAN ? SHAKEN_OK : SHAKEN_E_CRYPTO);
	expect(chain, CAN, "after");
	cr_expect_eq(shaken_chain_uses(chain), 4);
	cr_expect_eq(shaken_chain_speed_up(chain),
	    CAN ? SHAKEN_OK : SHAKEN_E_CRYPTO, "again");
	expect(chain, CAN, "again");
}

/* Judged under another trust it keeps its table; a slow copy does not. */
Test(chain_speed, copies)
{
	struct shaken_trust_opts opts = { .size = sizeof(opts),
		.crl_policy = SHAKEN_CRL_SOFT };
	struct shaken_chain *judged = NULL, *slow = NULL;
	struct shaken_trust *t = NULL;

	cr_assert_eq(shaken_chain_speed_up(chain),
	    CAN ? SHAKEN_OK : SHAKEN_E_CRYPTO);
	expect(chain, CAN, "the first");
	cr_assert_eq(shaken_trust_new(&opts, &t), SHAKEN_OK);
	cr_assert_eq(shaken_trust_add_anchors(t, shaken_sv_cstr(pki.root.pem),
	    NULL, NULL), SHAKEN_OK);
	cr_assert_eq(shaken_chain_rejudge(chain, t, &judged), SHAKEN_OK);
	cr_assert_eq(shaken_chain_slow_copy(chain, &slow), SHAKEN_OK);
	cr_expect_eq(shaken_chain_trust(slow), shaken_chain_trust(chain));
	cr_expect_eq(shaken_chain_uses(slow), 0);
	cr_expect_eq(shaken_chain_uses(judged), 2);
	shaken_chain_free(&chain); /* the key lives on */
	expect(judged, CAN, "judged");
	expect(slow, false, "slow");
	shaken_chain_free(&judged);
	shaken_chain_free(&slow);
	shaken_trust_free(&t);
}

/* A table proves nothing: a chain that is not trusted stays so. */
Test(chain_speed, not_trusted)
{
	struct shaken_chain *c = test_chain_make(pki.pa.pem, pki.chain);
	size_t n, by_table;

	cr_expect_eq(shaken_chain_speed_up(c),
	    CAN ? SHAKEN_OK : SHAKEN_E_CRYPTO);
	cr_expect_eq(verify(c, good, &n, &by_table),
	    SHAKEN_TN_VALIDATION_FAILED);
	cr_expect_eq(n, 0, "no signature is looked at");
	cr_expect_eq(shaken_chain_uses(c), 0);
	shaken_chain_free(&c);
}

/* A leaf that may not sign has no key to be fast with. */
Test(chain_speed, no_key)
{
	struct shaken_chain *c = test_chain_make(pki.root.pem, pki.inter.pem);
	struct shaken_chain *none = NULL;

	cr_expect_eq(shaken_chain_speed_up(c), SHAKEN_E_CREDENTIAL);
	cr_expect_not(shaken_chain_is_fast(c));
	cr_expect_eq(shaken_chain_uses(c), 0);
	cr_expect_eq(shaken_chain_speed_up(NULL), SHAKEN_E_ARG);
	cr_expect_not(shaken_chain_is_fast(NULL));
	cr_expect_eq(shaken_chain_uses(NULL), 0);
	cr_expect_eq(shaken_chain_slow_copy(NULL, &none), SHAKEN_E_ARG);
	cr_expect_null(none);
	shaken_chain_free(&c);
}
