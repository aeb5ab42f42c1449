/* SPDX-License-Identifier: Apache-2.0 */
/* The test PKI is what it says: clean by the profile, and its revoked and
 * expired leaves are revoked and expired. */
#include <string.h>

#include <criterion/criterion.h>

#include <shaken/shaken.h>
#include <shakencerts/testpki.h>

#define NOW INT64_C(1700000000)
#define DAY INT64_C(86400)

static struct certs_testpki *
make(const char *spc, unsigned days)
{
	struct certs_testpki_opts opts = {
		.size = sizeof(opts), .spc = spc, .now = NOW, .days = days,
	};
	struct certs_testpki *p = NULL;

	cr_assert_eq(certs_testpki_new(&opts, &p), SHAKEN_OK);
	return p;
}

static struct shaken_sv
file(const struct certs_testpki *p, const char *name)
{
	struct certs_testpki_file f;

	for (size_t i = 0; certs_testpki_file(p, i, &f); i++)
		if (strcmp(f.name, name) == 0)
			return shaken_sv_cstr(f.pem);
	cr_assert_fail("no %s", name);
	return (struct shaken_sv){ NULL, 0 };
}

static struct shaken_trust *
trust(const struct certs_testpki *p)
{
	struct shaken_trust_opts opts = {
		.size = sizeof(opts), .crl_policy = SHAKEN_CRL_HARD,
	};
	struct shaken_trust *t = NULL;
	struct shaken_diag diag = { "" };

	cr_assert_eq(shaken_trust_new(&opts, &t), SHAKEN_OK);
	cr_assert_eq(shaken_trust_add_anchors(t, file(p, "root.pem"), NULL,
	    &diag), SHAKEN_OK, "%s", diag.text);
	cr_assert_eq(shaken_trust_add_crl(t, file(p, "crl.pem"), &diag),
	    SHAKEN_OK, "%s", diag.text);
	return t;
}

static const struct {
	const char	*chain;
	int64_t		 at;
	enum shaken_err	 want;
} rows[] = {
	{ "chain.pem", NOW, SHAKEN_OK },
	{ "chain.pem", NOW - 3601, SHAKEN_E_CREDENTIAL },
	{ "chain.pem", NOW + 10 * DAY - 1, SHAKEN_OK },
	{ "chain.pem", NOW + 10 * DAY + 1, SHAKEN_E_CREDENTIAL },
	{ "revoked.pem", NOW, SHAKEN_E_CREDENTIAL },
	{ "expired.pem", NOW, SHAKEN_E_CREDENTIAL },
};

/* judged with the CRL required. */
Test(testpki, chains)
{
	struct certs_testpki *p = make("709J", 10);
	struct shaken_trust *t = trust(p);

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct shaken_chain *c = NULL;
		struct shaken_diag diag = { "" };
		struct shaken_sv spc;

		cr_assert_eq(shaken_chain_new(t, file(p, rows[i].chain), &c,
		    &diag), SHAKEN_OK, "%s", diag.text);
		cr_expect_eq(shaken_chain_check(c, rows[i].at, &diag),
		    rows[i].want, "row %zu: %s", i, diag.text);
		cr_expect_eq(shaken_chain_n(c), 2);
		spc = shaken_cert_spc(shaken_chain_cert(c, 0));
		cr_expect_eq(spc.n, 4);
		cr_expect_eq(memcmp(spc.p, "709J", 4), 0);
		shaken_chain_free(&c);
	}
	shaken_trust_free(&t);
	certs_testpki_free(&p);
}

static void
complain(const struct shaken_finding *f, void *ctx)
{
	cr_expect_fail("%s: %s: %s", (const char *)ctx, f->id, f->text);
}

/* no finding on any of its STI certificates. */
Test(testpki, clean)
{
	static const char *const names[] = {
		"root.pem", "intermediate.pem", "chain.pem", "revoked.pem"
	};
	struct certs_testpki *p = make(NULL, 0);

	for (size_t i = 0; i < 4; i++) {
		char name[32];
		struct shaken_cert *c = NULL;

		strcpy(name, names[i]);
		cr_assert_eq(shaken_cert_parse(file(p, name), &c, NULL),
		    SHAKEN_OK);
		shaken_cert_lint(c, NOW, complain, name);
		shaken_cert_free(&c);
	}
	certs_testpki_free(&p);
}

/* a delegate below a CA with a list, its chain in order. */
Test(testpki, delegate)
{
	static const struct shaken_tnauth number = {
		.kind = SHAKEN_TNAUTH_ONE, .value = { "12155550112", 11 },
		.count = 1,
	};
	struct certs_testpki_opts opts = { .size = sizeof(opts), .now = NOW };
	static const enum shaken_err want[] = {
		SHAKEN_OK, SHAKEN_E_CREDENTIAL
	};
	uint8_t one[64], other[64];

	cr_assert_eq(shaken_tnauthlist_encode(&number, 1, one, sizeof(one),
	    &opts.delegate.n), SHAKEN_OK);
	opts.delegate.p = (const char *)one;
	for (size_t i = 0; i < 2; i++) {	/* within the CA's list, or not */
		struct shaken_tnauth up = number;
		struct shaken_chain *c = NULL;
		struct certs_testpki *p = NULL;
		struct shaken_trust *t;

		up.value = i == 0 ? number.value : SHAKEN_SV_LIT("12155550113");
		cr_assert_eq(shaken_tnauthlist_encode(&up, 1, other,
		    sizeof(other), &opts.delegate_ca.n), SHAKEN_OK);
		opts.delegate_ca.p = (const char *)other;
		cr_assert_eq(certs_testpki_new(&opts, &p), SHAKEN_OK);
		t = trust(p);
		cr_assert_eq(shaken_chain_new(t, file(p, "delegate-chain.pem"),
		    &c, NULL), SHAKEN_OK);
		cr_expect_eq(shaken_chain_n(c), 3);
		cr_expect_eq(shaken_chain_check(c, NOW, NULL), want[i], "%zu",
		    i);
		shaken_chain_free(&c);
		shaken_trust_free(&t);
		certs_testpki_free(&p);
	}
}

/* Each key is a secret, and its certificate none; each signs for its chain. */
Test(testpki, keys)
{
	static const char *const pairs[][2] = {
		{ "chain.pem", "key.pem" },
		{ "revoked.pem", "revoked-key.pem" },
		{ "expired.pem", "expired-key.pem" },
	};
	struct certs_testpki *p = make(NULL, 0);
	struct certs_testpki_file f;

	for (size_t i = 0; certs_testpki_file(p, i, &f); i++)
		cr_expect_eq(f.secret, strstr(f.pem, "PRIVATE KEY") != NULL,
		    "%s", f.name);
	for (size_t i = 0; i < 3; i++) {
		struct shaken_signer_conf conf = {
			.size = sizeof(conf),
			.x5u = SHAKEN_SV_LIT("https://cert.example.org/c.pem"),
			.chain = file(p, pairs[i][0]),
		};
		struct shaken_signer *s = NULL;

		cr_expect_eq(shaken_signer_from_pem(file(p, pairs[i][1]),
		    &conf, &s, NULL), SHAKEN_OK, "%s", pairs[i][0]);
		shaken_signer_free(&s);
		cr_expect_eq(shaken_signer_from_pem(file(p, "root-key.pem"),
		    &conf, &s, NULL), SHAKEN_E_MISMATCH, "%s", pairs[i][0]);
	}
	certs_testpki_free(&p);
	cr_expect_null(p);
	certs_testpki_free(&p);
}

Test(testpki, options)
{
	static const struct {
		const char	*spc;
		int64_t		 now;
		unsigned	 days;
		enum shaken_err	 want;
	} bad[] = {
		{ "a b", NOW, 0, SHAKEN_E_ARG },
		{ "", NOW, 0, SHAKEN_E_ARG },
		{ "012345678901234567890123456789012", NOW, 0, SHAKEN_E_ARG },
		{ NULL, NOW, 3651, SHAKEN_E_ARG },
		{ NULL, 0, 0, SHAKEN_E_ARG },
		{ NULL, INT64_MAX, 0, SHAKEN_E_ARG },
		{ NULL, NOW, 3650, SHAKEN_OK },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct certs_testpki_opts opts = {
			.size = sizeof(opts), .spc = bad[i].spc,
			.now = bad[i].now, .days = bad[i].days,
		};
		struct certs_testpki *p = NULL;

		cr_expect_eq(certs_testpki_new(&opts, &p), bad[i].want,
		    "row %zu", i);
		cr_expect_eq(p == NULL, bad[i].want != SHAKEN_OK);
		certs_testpki_free(&p);
	}
	cr_expect_eq(certs_testpki_new(NULL, NULL), SHAKEN_E_ARG);
}
