/* SPDX-License-Identifier: Apache-2.0 */
/* Several values of one call: diversions linked, and one verdict (RFC 8946
 * section 4.2). */
#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include <shaken/verify.h>

#include "calls.h"
#include "forge.h"
#include "pki.h"
#include "vectors.h"

#define NOW "1700000000" /* TEST_NOW */
#define UUID "123e4567-e89b-12d3-a456-426655440000"
#define ORIG "12155550100"
#define TOKEN(orig, dest, more) "{\"dest\":{\"tn\":[" dest "]}," \
	"\"iat\":" NOW "," more "\"orig\":{\"tn\":\"" orig "\"}}"
#define SHAKEN(dest) TOKEN(ORIG, dest, "\"attest\":\"A\",\"origid\":\"" UUID \
	"\",")
#define DIV(div, dest) TOKEN(ORIG, dest, "\"div\":{\"tn\":\"" div "\"},")
#define A "12155550101"		/* the call was for A, */
#define B "12155550102"		/* who diverts to B, */
#define C "12155550103"		/* who diverts to C */
#define Q(number) "\"" number "\""

static struct test_pki pki;
static struct shaken_trust *trust;
static struct shaken_chain *chain;

static void
setup(void)
{
	test_calls_init(&pki, &trust, &chain);
}

static void
teardown(void)
{
	test_calls_free(&pki, &trust, &chain);
}

TestSuite(call, .init = setup, .fini = teardown);

#define PASSED SHAKEN_TN_VALIDATION_PASSED
#define NO SHAKEN_NO_TN_VALIDATION
#define FAILED SHAKEN_TN_VALIDATION_FAILED

/* One value of a call: "!" before its type means that another key signed it. */
struct value {
	const char *ppt, *payload;
	const char *check;	/* where it fails; NULL: it passes */
};
#define CALLER { "shaken", SHAKEN(Q(A)), NULL }
#define FIRST { "div", DIV(A, Q(B)), NULL }
#define SECOND { "div", DIV(B, Q(C)), NULL }

static const struct {
	const char	*name, *target;
	struct value	 v[4];
	enum shaken_verstat verstat;
	size_t		 by;	/* value that decided */
	const char	*check, *detail;	/* of the call */
} calls[] = {
	/* passed */
	{ "not diverted", A, { CALLER }, PASSED, 0, NULL, "" },
	{ "once [R-146]", B, { CALLER, FIRST }, PASSED, 0, NULL, "" },
	{ "twice [R-146]", C, { CALLER, FIRST, SECOND }, PASSED, 0, NULL, "" },
	{ "in any order", C, { SECOND, FIRST, CALLER }, PASSED, 2, NULL, "" },
	{ "no target known", NULL, { CALLER, FIRST, SECOND }, PASSED, 0, NULL,
	    "" },
	{ "div from one of several dest", B, { { "shaken",
	    SHAKEN(Q(C) "," Q(A)), NULL }, FIRST }, PASSED, 0, NULL, "" },
	{ "numbers in other spellings", B, { CALLER, { "div",
	    DIV("+1-215-555-0101", Q("+1 215 555 0102")), NULL } }, PASSED, 0,
	    NULL, "" },
	{ "forked", C, { CALLER, FIRST, { "div", DIV(A, Q(C)), NULL } }, PASSED,
	    0, NULL, "" },
	{ "a second caller's token stands in", B, { { "!shaken",
	    SHAKEN(Q(A)), "signature" }, CALLER, FIRST }, PASSED, 1, NULL, "" },
	{ "the target was the first one: what else there is does not matter",
	    A, { CALLER, { "!div", DIV(A, Q(B)), "signature" } }, PASSED, 0,
	    NULL, "" },
	{ "priority and name beside it", B, { CALLER, FIRST, { "rph", TOKEN(ORIG,
	    Q(A), "\"rph\":{\"auth\":[\"ets.0\"]},"), NULL }, { "rcd",
	    TOKEN(ORIG, Q(A), "\"rcd\":{\"nam\":\"Bo\"},"), NULL } }, PASSED, 0,
	    NULL, "" },
	{ "a bad priority is its own", A, { CALLER, { "!rph", TOKEN(ORIG, Q(A),
	    "\"rph\":{\"auth\":[\"ets.0\"]},"), "signature" } }, PASSED, 0,
	    NULL, "" },

	/* a link is missing or bad */
	{ "diverted, and nobody says so", B, { CALLER }, NO, 0, "div-chain",
	    B ", which is in no good value's dest" },
	{ "the outermost leads elsewhere", C, { CALLER, FIRST }, NO, 0,
	    "div-chain", C ", which is in no good value's dest" },
	{ "a gap [R-145]", C, { CALLER, { "div", DIV(B, Q(C)), "div-chain" } },
	    NO, 1, "div-chain", B " was diverted, but is in no other value" },
	{ "a gap, no target known [R-145]", NULL, { CALLER, { "div",
	    DIV(B, Q(C)), "div-chain" } }, NO, 1, "div-chain", B },
	{ "another orig [R-147]", B, { CALLER, { "div", TOKEN("12155550199",
	    Q(B), "\"div\":{\"tn\":\"" A "\"},"), "orig-match" } }, NO, 1,
	    "orig-match", "the token says 12155550199" },
	{ "a signature in the middle [R-147]", C, { CALLER, { "!div",
	    DIV(A, Q(B)), "signature" }, { "div", DIV(B, Q(C)),
	    "div-chain" } }, FAILED, 1, "signature", "signature" },
	{ "the last signature [R-147]", C, { CALLER, FIRST, { "!div",
	    DIV(B, Q(C)), "signature" } }, FAILED, 2, "signature",
	    "signature" },
	{ "the first signature [R-147]", C, { { "!shaken", SHAKEN(Q(A)),
	    "signature" }, { "div", DIV(A, Q(B)), "div-chain" }, { "div",
	    DIV(B, Q(C)), "div-chain" } }, FAILED, 0, "signature",
	    "signature" },
	{ "a loop [R-147]", C, { CALLER, { "div", DIV(B, Q(C)), "div-chain" },
	    { "div", DIV(C, Q(B)), "div-chain" } }, NO, 1, "div-chain",
	    "leads back to no first token" },
	{ "a bad diversion, no target known", NULL, { CALLER, { "!div",
	    DIV(A, Q(B)), "signature" } }, FAILED, 1, "signature",
	    "signature" },
	{ "malformed", B, { CALLER, { "div", DIV(B, Q(B)), "claims" } }, NO, 1,
	    "claims", "nothing was diverted" },
	{ "onto an unsupported type: its chain is ignored", NULL, { CALLER,
	    { "foo", TOKEN(ORIG, Q(B), ""), "ppt-param" }, { "div",
	    DIV(B, Q(C)), "div-chain" } }, NO, 2, "div-chain",
	    "value 2, which was diverted, failed at ppt-param" },

	/* no value speaks for the caller */
	{ "priority alone", A, { { "rph", TOKEN(ORIG, Q(A),
	    "\"rph\":{\"auth\":[\"ets.0\"]},"), NULL } }, NO, 0,
	    "identity-present", "speaks for its calling number" },
	{ "a name alone", A, { { "rcd", TOKEN(ORIG, Q(A),
	    "\"rcd\":{\"nam\":\"Bo\"},"), NULL } }, NO, 0, "identity-present",
	    "speaks for its calling number" },
	{ "a message alone", A, { { "msg", TOKEN(ORIG, Q(A), ""), NULL } }, NO,
	    0, "identity-present", "speaks for its calling number" },
	{ "a diverted priority", B, { { "rph", TOKEN(ORIG, Q(A),
	    "\"rph\":{\"auth\":[\"ets.0\"]},"), NULL }, FIRST }, NO, 0,
	    "identity-present", "speaks for its calling number" },
	{ "a div alone", B, { { "div", DIV(A, Q(B)), "div-chain" } }, NO, 0,
	    "div-chain", "in no other value's dest" },
	{ "a bad priority alone", A, { { "!rph", TOKEN(ORIG, Q(A),
	    "\"rph\":{\"auth\":[\"ets.0\"]},"), "signature" } }, NO, 0,
	    "signature", "signature" },
};

static char *
make_value(const struct value *v)
{
	bool foreign = v->ppt[0] == '!';

	return test_value(foreign ? pki.inter.key : pki.leaf.key,
	    v->ppt + foreign, v->payload);
}

static void
expect(const struct shaken_verdict *d, const char *name, const char *check)
{
	if (check == NULL)
		cr_expect_null(d->check, "%s: %s: %s", name, d->check,
		    d->detail.text);
	else
		cr_expect(d->check != NULL && strcmp(d->check, check) == 0,
		    "%s: %s instead of %s", name, d->check, check);
}

Test(call, table)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		struct test_call in = { .orig = ORIG, .dest = A,
			.target = calls[i].target };
		const struct shaken_verdict *d;
		struct shaken_verify *v;
		char *made[4];
		size_t n = 0;

		for (; n < 4 && calls[i].v[n].ppt != NULL; n++)
			in.identity[n] = made[n] = make_value(&calls[i].v[n]);
		v = test_call_run(trust, chain, &in);
		d = shaken_verify_verdict(v);
		cr_expect_eq(d->verstat, calls[i].verstat, "%s: %s, %s",
		    calls[i].name, shaken_verstat_name(d->verstat),
		    d->detail.text);
		cr_expect_eq(d->value, calls[i].by, "%s: value %zu",
		    calls[i].name, d->value);
		expect(d, calls[i].name, calls[i].check);
		cr_expect_not_null(strstr(d->detail.text, calls[i].detail),
		    "%s: %s", calls[i].name, d->detail.text);
		cr_expect(d->verstat == PASSED || d->code == 438 ||
		    d->code == 0, "%s: %d", calls[i].name, d->code);
		for (size_t k = 0; k < n; k++) {
			d = shaken_verify_verdict_of(v, k);
			expect(d, calls[i].name, calls[i].v[k].check);
			cr_expect_eq(d->verstat == PASSED,
			    calls[i].v[k].check == NULL, "%s: value %zu",
			    calls[i].name, k);
			cr_expect_eq(d->value, k);
			free(made[k]);
		}
		shaken_verify_free(&v);
	}
}

/* orig must be one all along the chain, also where the call's is not known
 * [R-147]. */
Test(call, orig_in_the_chain)
{
	struct value caller = CALLER;
	struct value other = { "div", TOKEN("12155550199", Q(B),
	    "\"div\":{\"tn\":\"" A "\"},"), NULL };
	char *a = make_value(&caller), *b = make_value(&other);
	struct test_call in = { .identity = { a, b }, .target = B };
	struct shaken_verify *v = test_call_run(trust, chain, &in);

	expect(shaken_verify_verdict(v), "orig", "div-chain");
	cr_expect_str_eq(shaken_verify_verdict(v)->detail.text, "orig is "
	    "12155550199, and " ORIG " in value 1, which was diverted");
	shaken_verify_free(&v);
	free(a);
	free(b);
}

/* 428 where a caller's token is required, and there are others. */
Test(call, required)
{
	struct value rcd = { "rcd", TOKEN(ORIG, Q(A), "\"crn\":\"x\","), NULL };
	char *value = make_value(&rcd);
	struct test_call in = { .identity = { value },
		.flags = SHAKEN_REQUIRE_IDENTITY };
	struct shaken_verify *v = test_call_run(trust, chain, &in);

	cr_expect_eq(shaken_verify_verdict(v)->code, 428);
	cr_expect_eq(shaken_verify_verdict(v)->verstat, NO);
	shaken_verify_free(&v);
	free(value);
}

/* Diversions to the limit and one beyond, from first to last and the other way
 * round. */
Test(call, length)
{
	for (int reverse = 0; reverse < 2; reverse++)
		for (int n = 10; n <= 11; n++) {
			struct test_call in = { .orig = ORIG, .dest = "0" };
			struct shaken_verify *v;
			char *made[12], target[8];
			struct value caller = { "shaken", SHAKEN("\"0\""),
				NULL };

			made[0] = make_value(&caller);
			for (int i = 1; i <= n; i++) {
				char *payload = test_text(TOKEN(ORIG, "\"%d\"",
				    "\"div\":{\"tn\":\"%d\"},"), i, i - 1);

				made[i] = test_value(pki.leaf.key, "div",
				    payload);
				free(payload);
			}
			for (int i = 0; i <= n; i++)
				in.identity[i] = made[reverse ? n - i : i];
			snprintf(target, sizeof(target), "%d", n);
			in.target = target;
			v = test_call_run(trust, chain, &in);
			cr_expect_eq(shaken_verify_verdict(v)->verstat,
			    n == 10 ? PASSED : NO, "%d", n);
			if (n > 10)
				cr_expect_str_eq(
				    shaken_verify_verdict(v)->detail.text,
				    "more than 10 diversions");
			shaken_verify_free(&v);
			for (int i = 0; i <= n; i++)
				free(made[i]);
		}
}

/* The tokens of RFC 8946: section 3's div names 12 digits, which are not in the
 * dest of section 5's token. */
Test(call, published)
{
	char *g3 = test_text("%s;info=<https://www.example.com/cert.cer>",
	    test_g3);
	char *g4 = test_text("%s;info=<https://www.example.com/cert.cer>;"
	    "ppt=\"div\"", test_g4);
	struct test_call in = { .identity = { g3, g4 }, .now = 1443208345,
		.flags = SHAKEN_ACCEPT_BASE | SHAKEN_EXPLAIN };
	struct shaken_verify *v;
	const struct shaken_check *c;

	/* their key is in no certificate: what goes before is good */
	v = test_call_run(trust, chain, &in);
	for (size_t i = 0; i < 2; i++) {
		cr_expect_str_eq(shaken_verify_verdict_of(v, i)->check,
		    "valid-now");
		cr_assert_gt(shaken_verify_checks(v, i, &c), 13);
		cr_expect_str_eq(c[13].name, "claims");
		cr_expect_eq(c[13].result, SHAKEN_PASS);
	}
	shaken_verify_free(&v);
	free(g3);
	free(g4);
}

/* The same claims, signed here: the gap is found. */
Test(call, published_gap)
{
	struct value v3 = { "", TOKEN("12155551212", Q("12155551213"), ""),
		NULL };
	struct value v4 = { "div", TOKEN("12155551212", Q("12155551214"),
	    "\"div\":{\"tn\":\"121555551213\"},"), NULL };
	char *a = make_value(&v3), *b = make_value(&v4);
	struct test_call in = { .identity = { a, b }, .target = "12155551214",
		.flags = SHAKEN_ACCEPT_BASE };
	struct shaken_verify *v = test_call_run(trust, chain, &in);

	cr_expect_null(shaken_verify_verdict_of(v, 0)->check);
	cr_expect_str_eq(shaken_verify_verdict(v)->check, "div-chain");
	cr_expect_str_eq(shaken_verify_verdict(v)->detail.text,
	    "121555551213 was diverted, but is in no other value's dest");
	shaken_verify_free(&v);
	free(a);
	free(b);
}

/* -- div-o -------------------------------------------------------------- */

/* The value of a div-o around token; frees token. */
static char *
wrap(char *token, const char *div, const char *dest, bool as_value)
{
	char *payload = test_text(TOKEN(ORIG, "\"%s\"",
	    "\"div\":{\"tn\":\"%s\"},\"opt\":\"%s\","), dest, div, token);
	char *out = as_value ? test_value(pki.leaf.key, "div-o", payload) :
	    test_token(pki.leaf.key, "div-o", payload);

	free(payload);
	free(token);
	return out;
}

static const struct {
	const char	*name, *key_of, *inner, *ppt, *div, *target;
	enum shaken_verstat verstat;
	const char	*check, *inner_check;
} nested[] = {
	{ "good", "", SHAKEN(Q(A)), "shaken", A, B, PASSED, NULL, NULL },
	{ "div is not what the inner was for", "", SHAKEN(Q(A)), "shaken", C, B,
	    NO, "div-chain", NULL },
	{ "the inner is another's", "!", SHAKEN(Q(A)), "shaken", A, B, FAILED,
	    "signature", "signature" },
	{ "the inner of an unknown type", "", SHAKEN(Q(A)), "foo", A, B, NO,
	    "div-chain", "ppt" },
	{ "the inner for another caller", "", TOKEN("1", Q(A),
	    "\"attest\":\"A\",\"origid\":\"" UUID "\","), "shaken", A, B, NO,
	    "orig-match", "orig-match" },
	{ "the target is another", "", SHAKEN(Q(A)), "shaken", A, C, NO,
	    "div-chain", NULL },
};

Test(call, opt)
{
	for (size_t i = 0; i < sizeof(nested) / sizeof(nested[0]); i++) {
		char *value = wrap(test_token(nested[i].key_of[0] == '!' ?
		    pki.inter.key : pki.leaf.key, nested[i].ppt,
		    nested[i].inner), nested[i].div, B, true);
		struct test_call in = { .identity = { value }, .orig = ORIG,
			.dest = A, .target = nested[i].target };
		struct shaken_verify *v = test_call_run(trust, chain, &in);
		const struct shaken_verdict *d = shaken_verify_verdict(v);

		cr_assert_eq(shaken_verify_n(v), 2);
		cr_expect_eq(d->verstat, nested[i].verstat, "%s: %s",
		    nested[i].name, d->detail.text);
		expect(d, nested[i].name, nested[i].check);
		expect(shaken_verify_verdict_of(v, 1), nested[i].name,
		    nested[i].inner_check);
		shaken_verify_free(&v);
		free(value);
	}
}

/* What stands in opt is wanted by its own x5u, and has its checks. */
Test(call, opt_x5u)
{
	char *token = test_token(pki.leaf.key, "shaken", SHAKEN(Q(A)));
	char *value = wrap(token, A, B, true);
	struct shaken_sv sv = shaken_sv_cstr(value);
	struct shaken_call call = { .size = sizeof(call), .identity = &sv,
		.n_identity = 1 };
	struct shaken_verify_opts opts = { .size = sizeof(opts),
		.now = TEST_NOW };
	struct shaken_verify *v = NULL;

	cr_assert_eq(shaken_verify_begin(trust, &call, &opts, &v), SHAKEN_OK);
	cr_assert_eq(shaken_verify_n(v), 2);
	cr_expect_eq(shaken_verify_x5u(v, 1).n, strlen(TEST_X5U));
	shaken_verify_chain(v, 0, chain);	/* the inner one gets none */
	cr_assert_eq(shaken_verify_finish(v), SHAKEN_OK);
	cr_expect_eq(shaken_verify_verdict(v)->ecase, SHAKEN_E8);
	cr_expect_str_eq(shaken_verify_verdict_of(v, 0)->detail.text,
	    "value 2, which was diverted, failed at certificate");
	shaken_verify_free(&v);
	free(value);
}

/* opt in opt: five deep and one more. */
Test(call, opt_depth)
{
	for (int depth = 5; depth <= 6; depth++) {
		char *token = test_token(pki.leaf.key, "shaken",
		    SHAKEN("\"0\""));
		char div[8], dest[8];
		struct test_call in = { .orig = ORIG, .dest = "0",
			.target = dest };
		struct shaken_verify *v;

		for (int i = 1; i <= depth; i++) {
			snprintf(div, sizeof(div), "%d", i - 1);
			snprintf(dest, sizeof(dest), "%d", i);
			token = wrap(token, div, dest, i == depth);
		}
		in.identity[0] = token;
		v = test_call_run(trust, chain, &in);
		cr_expect_eq(shaken_verify_n(v), 6);
		cr_expect_eq(shaken_verify_verdict(v)->verstat,
		    depth == 5 ? PASSED : NO);
		if (depth > 5)
			cr_expect_str_eq(shaken_verify_verdict_of(v, 5)->
			    detail.text,
			    "tokens in opt are nested deeper than 5");
		shaken_verify_free(&v);
		free(token);
	}
}

/* -- freshness ---------------------------------------------------------- */

/* RFC 8946 section 4.2 step 4: what was diverted may be older, where allowed,
 * and only where it was diverted. */
Test(call, late)
{
	static const struct {
		const char *name; long age; int64_t allowed; bool div;
		const char *check;
	} cases[] = {
		{ "strict", 61, 0, true, "iat-fresh" },
		{ "allowed", 10800, 10800, true, NULL },
		{ "one second more", 10801, 10800, true, "iat-fresh" },
		{ "ahead of us", -61, 10800, true, "iat-fresh" },
		{ "not diverted", 61, 10800, false, "iat-fresh" },
		{ "fresh and not diverted", 60, 10800, false, NULL },
	};
	struct value first = FIRST;
	char *div = make_value(&first);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *payload = test_text("{\"attest\":\"A\",\"dest\":{\"tn\":["
		    "\"" A "\"]},\"iat\":%ld,\"orig\":{\"tn\":\"" ORIG "\"},"
		    "\"origid\":\"" UUID "\"}", (long)TEST_NOW - cases[i].age);
		char *value = test_value(pki.leaf.key, "shaken", payload);
		struct test_call in = { .identity = { value,
			cases[i].div ? div : NULL }, .orig = ORIG,
			.diverted_freshness = cases[i].allowed,
			.flags = SHAKEN_EXPLAIN };
		struct shaken_verify *v = test_call_run(trust, chain, &in);
		const struct shaken_check *c;

		expect(shaken_verify_verdict(v), cases[i].name,
		    cases[i].check);
		cr_expect_eq(shaken_verify_verdict(v)->code,
		    cases[i].check == NULL ? 0 : 403, "%s", cases[i].name);
		(void)shaken_verify_checks(v, 0, &c);
		cr_expect_eq(c[14].result, cases[i].check == NULL ?
		    SHAKEN_PASS : SHAKEN_FAIL, "%s", cases[i].name);
		shaken_verify_free(&v);
		free(value);
		free(payload);
	}
	free(div);
}

/* The diversion itself is as fresh as any token. */
Test(call, late_div)
{
	struct value caller = CALLER;
	char *value = make_value(&caller);
	char *div = test_value(pki.leaf.key, "div", "{\"dest\":{\"tn\":[\"" B
	    "\"]},\"div\":{\"tn\":\"" A "\"},\"iat\":1699999939,"
	    "\"orig\":{\"tn\":\"" ORIG "\"}}");
	struct test_call in = { .identity = { value, div }, .target = B,
		.diverted_freshness = 10800 };
	struct shaken_verify *v = test_call_run(trust, chain, &in);

	cr_expect_eq(shaken_verify_verdict(v)->ecase, SHAKEN_E15);
	cr_expect_eq(shaken_verify_verdict(v)->value, 1);
	shaken_verify_free(&v);
	free(value);
	free(div);
}

/* -- scope -------------------------------------------------------------- */

/* RFC 8946 section 3: the diverter's certificate is for div, not for orig. */
Test(call, scope)
{
	static const char one[] = "\x30\x0f\xa2\x0d\x16\x0b" A;
	struct shaken_trust_opts opts = { .size = sizeof(opts),
		.crl_policy = SHAKEN_CRL_SOFT };
	struct shaken_trust *t = NULL;
	struct shaken_chain *own = NULL;
	struct value values[] = { CALLER, FIRST, { "div", DIV(B, Q(C)), NULL } };
	struct test_call in = { .orig = ORIG };
	struct shaken_verify *v;
	struct test_pki p;

	test_pki_init(&p);
	p.leaf.spec.tnauthlist = (struct shaken_sv){ one, sizeof(one) - 1 };
	test_pki_make(&p);
	cr_assert_eq(shaken_trust_new(&opts, &t), SHAKEN_OK);
	cr_assert_eq(shaken_trust_add_anchors(t, shaken_sv_cstr(p.root.pem),
	    NULL, NULL), SHAKEN_OK);
	cr_assert_eq(shaken_chain_new(t, shaken_sv_cstr(p.chain), &own, NULL),
	    SHAKEN_OK);
	for (size_t i = 0; i < 3; i++)
		in.identity[i] = test_value(p.leaf.key, values[i].ppt,
		    values[i].payload);
	v = test_call_run(t, own, &in);
	cr_expect_str_eq(shaken_verify_verdict_of(v, 0)->check, "orig-scope");
	cr_expect_str_eq(shaken_verify_verdict_of(v, 1)->check, "div-chain");
	cr_expect_str_eq(shaken_verify_verdict_of(v, 2)->check, "orig-scope");
	shaken_verify_free(&v);
	for (size_t i = 0; i < 3; i++)
		free((char *)(uintptr_t)in.identity[i]);
	shaken_chain_free(&own);
	shaken_trust_free(&t);
	test_pki_free(&p);
}

/* A caller of the first release has no target in its struct. */
Test(call, smaller_structs)
{
	struct value caller = CALLER;
	char *value = make_value(&caller);
	struct shaken_sv sv = shaken_sv_cstr(value);
	struct shaken_id other;
	struct shaken_call call = { .size = offsetof(struct shaken_call, target),
		.identity = &sv, .n_identity = 1, .target = &other };
	struct shaken_verify_opts opts = { .now = TEST_NOW,
		.size = offsetof(struct shaken_verify_opts,
		    diverted_freshness_s), .diverted_freshness_s = -1 };
	struct shaken_verify *v = NULL;

	cr_assert_eq(shaken_id_parse(SHAKEN_SV_LIT(B), NULL, &other),
	    SHAKEN_OK);
	cr_assert_eq(shaken_verify_begin(trust, &call, &opts, &v), SHAKEN_OK);
	shaken_verify_chain(v, 0, chain);
	cr_assert_eq(shaken_verify_finish(v), SHAKEN_OK);
	cr_expect_eq(shaken_verify_verdict(v)->verstat, PASSED);
	shaken_verify_free(&v);
	opts.size = sizeof(opts);
	cr_expect_eq(shaken_verify_begin(trust, &call, &opts, &v),
	    SHAKEN_E_ARG);
	free(value);
}

/* -- hostile calls ------------------------------------------------------ */

/* Sixty diversions that all lead to each other: looked at up to the limit, and
 * linked to nothing. */
Test(call, sixty_values)
{
	struct value caller = CALLER;
	struct test_call in = { .orig = ORIG, .target = C };
	struct shaken_verify *v;

	in.identity[0] = make_value(&caller);
	for (int i = 1; i < 60; i++) {
		char *payload = test_text(TOKEN(ORIG, "\"%d\"",
		    "\"div\":{\"tn\":\"%d\"},"), 100 + (i + 1) % 60, 100 + i);

		in.identity[i] = test_value(pki.leaf.key, "div", payload);
		free(payload);
	}
	v = test_call_run(trust, chain, &in);
	cr_expect_eq(shaken_verify_n(v), SHAKEN_VALUES_MAX);
	cr_expect_eq(shaken_verify_verdict(v)->verstat, NO);
	cr_expect_str_eq(shaken_verify_verdict(v)->check, "div-chain");
	cr_expect_null(shaken_verify_verdict_of(v, 0)->check);
	shaken_verify_free(&v);
	for (int i = 0; i < 60; i++)
		free((char *)(uintptr_t)in.identity[i]);
}

/* 32 values whose tokens in opt would make more: those are not looked at. */
Test(call, opt_beyond_the_limit)
{
	char *token = test_token(pki.leaf.key, "shaken", SHAKEN(Q(A)));
	char *value = wrap(token, A, B, true);
	struct test_call in = { .orig = ORIG, .dest = A, .target = B };
	struct shaken_verify *v;

	for (int i = 0; i < 32; i++)
		in.identity[i] = value;
	v = test_call_run(trust, chain, &in);
	cr_expect_eq(shaken_verify_n(v), SHAKEN_VALUES_MAX);
	cr_expect_str_eq(shaken_verify_verdict(v)->detail.text,
	    "the token in opt was not looked at: the call has more than 32 "
	    "values");
	shaken_verify_free(&v);
	free(value);
}

/* By the parameter, or where it is left out by the token: {"alg":"ES256",
 * "ppt":"div","typ":"passport","x5u":"x"}. */
#define DIV_TOKEN "eyJhbGciOiJFUzI1NiIsInBwdCI6ImRpdiIsInR5cCI6InBhc3Nwb3J0I" \
    "iwieDV1IjoieCJ9.e30.AA;info=<x>"

Test(call, is_diverted)
{
	static const struct {
		const char	*name, *identity[2];
		bool		 diverted;
	} rows[] = {
		{ "none", { NULL }, false },
		{ "shaken", { "a;info=<x>;ppt=shaken" }, false },
		{ "div", { "a;info=<x>;ppt=div" }, true },
		{ "div-o, quoted", { "a;ppt=\"div-o\"" }, true },
		{ "begins like it", { "a;info=<x>;ppt=divx" }, false },
		{ "second field", { "a;ppt=shaken", "a;ppt=div" }, true },
		{ "second of a list", { "a;ppt=shaken, a;ppt=div" }, true },
		{ "the token says", { DIV_TOKEN }, true },
		{ "the parameter before the token", { DIV_TOKEN ";ppt=shaken" },
		    false },
		{ "no value", { ";;" }, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct shaken_sv fields[2];
		size_t n = 0;

		while (n < 2 && rows[i].identity[n] != NULL) {
			fields[n] = shaken_sv_cstr(rows[i].identity[n]);
			n++;
		}
		cr_expect_eq(shaken_is_diverted(fields, n), rows[i].diverted,
		    "%s", rows[i].name);
	}
}

/* Those past SHAKEN_VALUES_MAX are looked at by nobody. */
Test(call, is_diverted_beyond_the_limit)
{
	struct shaken_sv fields[SHAKEN_VALUES_MAX + 1];

	for (size_t i = 0; i < SHAKEN_VALUES_MAX; i++)
		fields[i] = SHAKEN_SV_LIT("a;ppt=shaken");
	fields[SHAKEN_VALUES_MAX] = SHAKEN_SV_LIT("a;ppt=div");
	cr_expect_not(shaken_is_diverted(fields, SHAKEN_VALUES_MAX + 1));
	cr_expect(shaken_is_diverted(fields + 1, SHAKEN_VALUES_MAX));
}

/* 64 KiB of rcd: refused by its length, before anything reads it. */
Test(call, large_rcd)
{
	struct value small = { "rcd", TOKEN(ORIG, Q(A), "\"crn\":\"x\","), NULL };
	char *value = make_value(&small), *dot = strchr(value, '.');
	char *rcd = malloc(64 * 1024 + 1), *large;
	struct test_call in = { .orig = ORIG };
	struct shaken_verify *v;

	memset(rcd, 'e', 64 * 1024);
	rcd[64 * 1024] = '\0';
	large = test_text("%.*s.%s%s", (int)(dot - value), value, rcd, dot);
	in.identity[0] = large;
	v = test_call_run(trust, chain, &in);
	cr_expect_eq(shaken_verify_verdict(v)->code, 438);
	cr_expect_str_eq(shaken_verify_verdict(v)->check, "identity-syntax");
	cr_expect_not_null(strstr(shaken_verify_verdict(v)->detail.text,
	    "20480 allowed"), "%s",
	    shaken_verify_verdict(v)->detail.text);
	shaken_verify_free(&v);
	free(large);
	free(rcd);
	free(value);
}
