/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <criterion/criterion.h>

#include <shaken/chain.h>
#include <shaken/trust.h>

#include "pki.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

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

TestSuite(trust, .init = setup, .fini = teardown);

static struct shaken_trust *
make(void)
{
	struct shaken_trust_opts o = {
		.size = sizeof(o), .crl_policy = SHAKEN_CRL_SOFT
	};
	struct shaken_trust *t = NULL;

	cr_assert_eq(shaken_trust_new(&o, &t), SHAKEN_OK);
	return t;
}

/* Whether the chain of pki is trusted under t. */
static bool
trusts(struct shaken_trust *t)
{
	struct shaken_chain *c = NULL;
	enum shaken_err err;

	cr_assert_eq(shaken_chain_new(t, shaken_sv_cstr(pki.chain), &c, NULL),
	    SHAKEN_OK);
	err = shaken_chain_check(c, TEST_NOW, NULL);
	shaken_chain_free(&c);
	return err == SHAKEN_OK;
}

Test(trust, options)
{
	static const char *const good[] = { TEST_POLICY, "1.2.3" };
	static const char *const name[] = { TEST_POLICY, "anyPolicy" };
	static const char *const empty[] = { "" };
	static const char *const null[] = { NULL };
	static const char *const dots[] = { "1..2" };
	const struct {
		const char		*name;
		struct shaken_trust_opts o;
		enum shaken_err		 err;
	} rows[] = {
		{ "policies", { .size = sizeof(rows[0].o), .policies = good,
		    .n_policies = 2 }, SHAKEN_OK },
		{ "a newer caller", { .size = sizeof(rows[0].o) + 8 },
		    SHAKEN_OK },
		{ "no size", { .size = 0 }, SHAKEN_E_ARG },
		{ "crl_policy", { .size = sizeof(rows[0].o),
		    .crl_policy = (enum shaken_crl_policy)2 }, SHAKEN_E_ARG },
		{ "a name is no OID", { .size = sizeof(rows[0].o),
		    .policies = name, .n_policies = 2 }, SHAKEN_E_ARG },
		{ "empty OID", { .size = sizeof(rows[0].o),
		    .policies = empty, .n_policies = 1 }, SHAKEN_E_ARG },
		{ "NULL OID", { .size = sizeof(rows[0].o), .policies = null,
		    .n_policies = 1 }, SHAKEN_E_ARG },
		{ "dots", { .size = sizeof(rows[0].o), .policies = dots,
		    .n_policies = 1 }, SHAKEN_E_ARG },
		{ "no list", { .size = sizeof(rows[0].o), .n_policies = 1 },
		    SHAKEN_E_ARG },
	};
	struct shaken_trust *t;

	for (size_t i = 0; i < N(rows); i++) {
		t = (struct shaken_trust *)(uintptr_t)1;
		cr_expect_eq(shaken_trust_new(&rows[i].o, &t), rows[i].err,
		    "%s", rows[i].name);
		cr_expect_eq(t != NULL, rows[i].err == SHAKEN_OK, "%s",
		    rows[i].name);
		shaken_trust_free(&t);
	}
	cr_expect_eq(shaken_trust_new(NULL, NULL), SHAKEN_E_ARG);
	cr_expect_eq(shaken_trust_new(NULL, &t), SHAKEN_OK);
	shaken_trust_free(&t);
	cr_expect_null(t);
	shaken_trust_free(&t);
	shaken_trust_free(NULL);
}

/* A row names what is in the file, in order, as test_pem.c's layouts do: R, P
 * roots, I an intermediate, K a key, B a root whose signature is broken. */
static char *
bundle(const char *layout)
{
	char *out = test_concat("", "");

	for (const char *p = layout; *p != '\0'; p++) {
		struct test_cert broken = pki.root;
		char *more;

		if (*p == 'B') {	/* its own name, another's key */
			broken.pem = NULL;
			cr_assert_eq(certs_issue_cert(&broken.spec,
			    pki.root.key, NULL, pki.inter.key, &broken.pem),
			    SHAKEN_OK);
		}
		more = test_concat(out, *p == 'R' ? pki.root.pem : *p == 'P' ?
		    pki.pa.pem : *p == 'I' ? pki.inter.pem : *p == 'K' ?
		    pki.root.key : *p == 'B' ? broken.pem : "no PEM\n");
		if (*p == 'B')
			free(broken.pem);
		free(out);
		out = more;
	}
	return out;
}

static const struct {
	const char	*name, *layout;
	enum shaken_err	 err;
	size_t		 n;
	bool		 trusted;
} anchors[] = {
	{ "R-126 one root", "R", SHAKEN_OK, 1, true },
	{ "R-126 several, among text", "-P-R-", SHAKEN_OK, 2, true },
	{ "R-078 another root", "P", SHAKEN_OK, 1, false },
	{ "none", "-", SHAKEN_E_CERT, 0, false },
	{ "an intermediate", "I", SHAKEN_E_CERT, 0, false },
	{ "all or nothing", "RI", SHAKEN_E_CERT, 0, false },
	{ "broken signature", "B", SHAKEN_E_CERT, 0, false },
	{ "R-099 a private key", "RK", SHAKEN_E_SECRET, 0, false },
};

Test(trust, anchors_table)
{
	for (size_t i = 0; i < N(anchors); i++) {
		const char *name = anchors[i].name;
		struct shaken_trust *t = make();
		char *text = bundle(anchors[i].layout);
		struct shaken_diag diag;
		size_t n = 99;

		cr_expect_eq(shaken_trust_add_anchors(t, shaken_sv_cstr(text),
		    &n, &diag), anchors[i].err, "%s: %s", name, diag.text);
		cr_expect_eq(n, anchors[i].n, "%s", name);
		cr_expect_eq(diag.text[0] == '\0', anchors[i].err ==
		    SHAKEN_OK, "%s: %s", name, diag.text);
		cr_expect_eq(trusts(t), anchors[i].trusted, "%s", name);
		free(text);
		shaken_trust_free(&t);
	}
}

/* A failed addition leaves what was there; a later one adds to it. */
Test(trust, anchors_add_up)
{
	struct shaken_trust *t = make();
	size_t n;

	cr_expect_eq(shaken_trust_add_anchors(t, shaken_sv_cstr(pki.root.pem),
	    NULL, NULL), SHAKEN_OK);
	cr_expect_eq(shaken_trust_add_anchors(t, shaken_sv_cstr(pki.inter.pem),
	    &n, NULL), SHAKEN_E_CERT);
	cr_expect(trusts(t));
	cr_expect_eq(shaken_trust_add_anchors(t, shaken_sv_cstr(pki.pa.pem),
	    &n, NULL), SHAKEN_OK);
	cr_expect_eq(n, 1);
	cr_expect(trusts(t));
	shaken_trust_free(&t);
}

/* The STI-PA's root is no STI-CA: it anchors no call. */
Test(trust, crl_anchors_are_apart)
{
	struct shaken_trust *t = make();
	size_t n = 0;

	cr_expect_eq(shaken_trust_add_crl_anchors(t,
	    shaken_sv_cstr(pki.root.pem), &n, NULL), SHAKEN_OK);
	cr_expect_eq(n, 1);
	cr_expect_not(trusts(t));
	shaken_trust_free(&t);
}

Test(trust, der)
{
	unsigned char der[2048];
	size_t n = test_pem_to_der(pki.root.pem, der, sizeof(der));
	struct shaken_trust *t = make();

	cr_expect_eq(shaken_trust_add_anchors(t, (struct shaken_sv){
	    (char *)der, n }, NULL, NULL), SHAKEN_OK);
	cr_expect(trusts(t));
	shaken_trust_free(&t);
}

Test(trust, limits)
{
	struct shaken_trust *t = make();
	char *big = malloc(SHAKEN_CRL_MAX + 1);

	cr_assert_not_null(big);
	memset(big, '\n', SHAKEN_CRL_MAX + 1);
	memcpy(big, pki.root.pem, strlen(pki.root.pem));
	cr_expect_eq(shaken_trust_add_anchors(t, (struct shaken_sv){ big,
	    SHAKEN_ANCHORS_MAX + 1 }, NULL, NULL), SHAKEN_E_LIMIT);
	cr_expect_eq(shaken_trust_add_anchors(t, (struct shaken_sv){ big,
	    SHAKEN_ANCHORS_MAX }, NULL, NULL), SHAKEN_OK);
	cr_expect_eq(shaken_trust_add_crl(t, (struct shaken_sv){ big,
	    SHAKEN_CRL_MAX + 1 }, NULL), SHAKEN_E_LIMIT);
	cr_expect_eq(shaken_trust_add_crl(t, (struct shaken_sv){ big,
	    SHAKEN_CRL_MAX }, NULL), SHAKEN_E_CERT);
	free(big);
	shaken_trust_free(&t);
}

Test(trust, arguments)
{
	struct shaken_sv none = { NULL, 1 };
	struct shaken_trust *t = make();
	size_t n = 99;

	cr_expect_eq(shaken_trust_add_anchors(NULL, SHAKEN_SV_LIT(""), &n,
	    NULL), SHAKEN_E_ARG);
	cr_expect_eq(n, 0);
	cr_expect_eq(shaken_trust_add_anchors(t, none, NULL, NULL),
	    SHAKEN_E_ARG);
	cr_expect_eq(shaken_trust_add_crl_anchors(NULL, SHAKEN_SV_LIT(""),
	    NULL, NULL), SHAKEN_E_ARG);
	cr_expect_eq(shaken_trust_add_crl_anchors(t, none, NULL, NULL),
	    SHAKEN_E_ARG);
	cr_expect_eq(shaken_trust_add_crl(NULL, SHAKEN_SV_LIT(""), NULL),
	    SHAKEN_E_ARG);
	cr_expect_eq(shaken_trust_add_crl(t, none, NULL), SHAKEN_E_ARG);
	shaken_trust_free(&t);
}

Test(trust, references)
{
	struct shaken_trust *t = make(), *again = shaken_trust_ref(t);

	cr_expect_eq(again, t);
	shaken_trust_free(&t);
	cr_expect_null(t);
	cr_expect_eq(shaken_trust_add_anchors(again,
	    shaken_sv_cstr(pki.root.pem), NULL, NULL), SHAKEN_OK);
	shaken_trust_free(&again);
	cr_expect_null(shaken_trust_ref(NULL));
}
