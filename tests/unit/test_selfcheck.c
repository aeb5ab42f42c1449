/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include <shakencerts/selfcheck.h>

#include "pki.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define URL "https://cert.example.org/1.pem"

static const char *const names[] = { "key-match", "tnauthlist", "spc", "path",
	"expiry", "profile", "x5u-form", "x5u-answer", "x5u-chain",
	"x5u-publication" };

struct seen {			/* one letter a check: p, s, e (error), w */
	char	letters[N(names) + 1];
	size_t	n;
};

static void
on_item(void *arg, const struct certs_selfcheck_item *item)
{
	struct seen *s = arg;

	cr_assert_lt(s->n, N(names));
	cr_expect_str_eq(item->name, names[s->n]);
	cr_expect_gt(strlen(item->rule), 0);
	cr_expect_gt(strlen(item->hint), 0);
	cr_expect_not_null(item->detail);
	if (item->result == SHAKEN_FAIL)
		cr_expect_gt(strlen(item->detail), 0, "%s", item->name);
	s->letters[s->n++] = item->result == SHAKEN_PASS ? 'p' :
	    item->result == SHAKEN_SKIPPED ? 's' :
	    item->severity == SHAKEN_ERROR ? 'e' : 'w';
}

static struct test_pki pki;
static struct shaken_trust *trust;
static struct certs_fetch_res served;

static void
setup(void)
{
	test_pki_init(&pki);
}

static void
make(void)
{
	test_pki_make(&pki);
	cr_assert_eq(shaken_trust_new(&(struct shaken_trust_opts){
	    .size = sizeof(struct shaken_trust_opts),
	    .crl_policy = SHAKEN_CRL_SOFT }, &trust), SHAKEN_OK);
	cr_assert_eq(shaken_trust_add_anchors(trust,
	    shaken_sv_cstr(pki.root.pem), NULL, NULL), SHAKEN_OK);
	served = (struct certs_fetch_res){ .end = CERTS_FETCH_OK,
		.status = 200, .body = shaken_sv_cstr(pki.chain), .etag = "",
		.last_modified = "", .cache_control = "max-age=86400",
		.content_type = "application/pem-certificate-chain",
		.fresh_s = 86400 };
}

static void
teardown(void)
{
	shaken_trust_free(&trust);
	test_pki_free(&pki);
}

TestSuite(selfcheck, .init = setup, .fini = teardown);

static struct certs_selfcheck
request(void)
{
	return (struct certs_selfcheck){ .size = sizeof(struct certs_selfcheck),
	    .key = shaken_sv_cstr(pki.leaf.key),
	    .chain = shaken_sv_cstr(pki.chain),
	    .x5u = SHAKEN_SV_LIT(URL), .trust = trust, .now = TEST_NOW,
	    .answer = &served };
}

static void
expect(const char *name, const struct certs_selfcheck *in, const char *letters)
{
	struct seen s = { .n = 0 };
	struct shaken_diag diag;

	cr_expect_eq(certs_selfcheck(in, on_item, &s, &diag), SHAKEN_OK,
	    "%s: %s", name, diag.text);
	cr_expect_str_eq(s.letters, letters, "%s: %s", name, s.letters);
}

Test(selfcheck, all_is_well)
{
	struct certs_selfcheck in;

	make();
	in = request();
	expect("all", &in, "pppppppppp");
	in.key.n = 0;
	expect("key looked at before", &in, "sppppppppp");
	in.trust = NULL;
	expect("no roots", &in, "sppsp" "ppppp");
	in.answer = NULL;
	expect("not asked", &in, "sppsp" "ppsss");
	in.x5u.n = 0;
	expect("no URL", &in, "sppsp" "pssss");
}

/* */
Test(selfcheck, other_key)
{
	struct certs_selfcheck in;

	make();
	in = request();
	in.key = shaken_sv_cstr(pki.inter.key);
	expect("key of another", &in, "eppppppppp");
}

Test(selfcheck, no_tnauthlist)
{
	struct certs_selfcheck in;

	pki.leaf.spec.tnauthlist.n = 0;
	make();
	in = request();
	/* nor is it in the profile, nor trusted for calls */
	expect("no TNAuthList", &in, "pee" "ep" "wpppp");
}

/* */
Test(selfcheck, expiry)
{
	const int64_t end = TEST_NOW + 365 * TEST_DAY;
	static const struct {
		const char	*name;
		int64_t		 before_end, horizon_s;
		char		 want;
	} row[] = {
		{ "31 days", 31 * TEST_DAY, 0, 'p' },
		{ "30 days", 30 * TEST_DAY, 0, 'p' },
		{ "a second less", 30 * TEST_DAY - 1, 0, 'w' },
		{ "horizon, exact", 90 * TEST_DAY, 90 * TEST_DAY, 'p' },
		{ "horizon, a second less", 90 * TEST_DAY - 1, 90 * TEST_DAY,
		    'w' },
		{ "last second", 0, 0, 'w' },
		{ "expired", -1, 0, 'e' },
		{ "not valid yet", 400 * TEST_DAY, 0, 'e' },
	};

	pki.leaf.spec.not_after = end;
	make();
	for (size_t i = 0; i < N(row); i++) {
		struct certs_selfcheck in = request();
		struct seen s = { .n = 0 };

		in.now = end - row[i].before_end;
		in.horizon_s = row[i].horizon_s;
		cr_expect_eq(certs_selfcheck(&in, on_item, &s, NULL),
		    SHAKEN_OK);
		cr_expect_eq(s.letters[4], row[i].want, "%s: %s", row[i].name,
		    s.letters);
	}
}

/* A certificate for a week is not to be renewed from its first day on. */
Test(selfcheck, expiry_of_a_short_life)
{
	struct certs_selfcheck in;

	pki.leaf.spec.not_before = TEST_NOW;
	pki.leaf.spec.not_after = TEST_NOW + 6 * TEST_DAY;
	make();
	in = request();
	in.now = TEST_NOW + 4 * TEST_DAY;
	expect("a third is left", &in, "pppppppppp");
	in.now++;
	expect("less is left", &in, "ppppwppppp");
}

/* */
Test(selfcheck, what_is_served)
{
	struct certs_selfcheck in;
	struct test_cert other;
	char *body;

	make();
	in = request();
	served.content_type = "text/plain";
	expect("type", &in, "pppppppppw");
	served.content_type = "application/pem-certificate-chain";

	served.body = shaken_sv_cstr(pki.leaf.pem);
	expect("leaf alone", &in, "ppppppppwp");
	body = test_concat(pki.chain, pki.root.pem);
	served.body = shaken_sv_cstr(body);
	expect("and the root", &in, "ppppppppwp");
	free(body);

	other = pki.leaf;
	other.key = other.pem = NULL;
	test_cert_make(&other, &pki.inter);
	body = test_concat(other.pem, pki.inter.pem);
	served.body = shaken_sv_cstr(body);
	expect("another leaf", &in, "ppppppppep");
	free(body);
	test_cert_free(&other);

	body = test_concat(pki.chain, pki.leaf.key);
	served.body = shaken_sv_cstr(body);
	expect("a private key", &in, "ppppppppee");
	free(body);

	served = (struct certs_fetch_res){ .end = CERTS_FETCH_TIMEOUT,
		.why = { "too late" } };
	expect("no answer", &in, "pppppppess");
	in.x5u = SHAKEN_SV_LIT("http://cert.example.org/1.pem");
	in.answer = NULL;
	expect("form", &in, "ppppppesss");
	in.x5u = SHAKEN_SV_LIT("https://cert.example.org/");
	expect("form, a warning", &in, "ppppppwsss");
}

Test(selfcheck, cannot)
{
	struct certs_selfcheck in;
	struct seen s = { .n = 0 };
	struct shaken_diag diag;
	char *body;

	make();
	in = request();
	in.key = SHAKEN_SV_LIT("x");
	cr_expect_eq(certs_selfcheck(&in, on_item, &s, &diag), SHAKEN_E_KEY);
	cr_expect_gt(strlen(diag.text), 0);
	in = request();
	in.chain = SHAKEN_SV_LIT("x");
	cr_expect_eq(certs_selfcheck(&in, on_item, &s, &diag), SHAKEN_E_CERT);
	in.chain.n = 0;
	cr_expect_eq(certs_selfcheck(&in, on_item, &s, NULL), SHAKEN_E_CERT);
	body = test_concat(pki.chain, pki.leaf.key);
	in.chain = shaken_sv_cstr(body);
	cr_expect_eq(certs_selfcheck(&in, on_item, &s, &diag),
	    SHAKEN_E_SECRET);
	free(body);
	in = request();
	in.horizon_s = -1;
	cr_expect_eq(certs_selfcheck(&in, on_item, &s, &diag), SHAKEN_E_ARG);
	in = request();
	in.size--;
	cr_expect_eq(certs_selfcheck(&in, on_item, &s, &diag), SHAKEN_E_ARG);
	cr_expect_eq(s.n, 0);
}
