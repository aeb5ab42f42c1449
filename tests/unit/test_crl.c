/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "chain.h"
#include "pki.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

#define LEAF_SERIAL "5001"
#define INTER_SERIAL "5002"

/* The names of the issuers of leaf and intermediate, and of none of them. */
static const struct certs_name inter_name = {
	.c = "US", .o = "Test STI-CA", .cn = "SHAKEN Issuing CA"
};
static const struct certs_name root_name = {
	.c = "US", .o = "Test STI-CA", .cn = "SHAKEN Root CA"
};
static const struct certs_name other_name = {
	.c = "US", .o = "Other STI-CA", .cn = "SHAKEN Issuing CA"
};

static struct test_pki pki;

static void
setup(void)
{
	test_pki_init(&pki);
	pki.leaf.spec.serial = LEAF_SERIAL;
	pki.inter.spec.serial = INTER_SERIAL;
}

static void
teardown(void)
{
	test_pki_free(&pki);
}

TestSuite(crl, .init = setup, .fini = teardown);

static struct shaken_trust *
trust(enum shaken_crl_policy policy, bool crl_anchors)
{
	struct shaken_trust_opts o = {
		.size = sizeof(o), .crl_policy = policy
	};
	struct shaken_trust *t = NULL;

	test_pki_make(&pki);
	cr_assert_eq(shaken_trust_new(&o, &t), SHAKEN_OK);
	cr_assert_eq(shaken_trust_add_anchors(t, shaken_sv_cstr(pki.root.pem),
	    NULL, NULL), SHAKEN_OK);
	if (crl_anchors)
		cr_assert_eq(shaken_trust_add_crl_anchors(t,
		    shaken_sv_cstr(pki.pa.pem), NULL, NULL), SHAKEN_OK);
	return t;
}

/* Add a CRL, with its signer's certificate in front where signer is given. */
static enum shaken_err
add(struct shaken_trust *t, const struct certs_crl_spec *spec,
    const struct test_cert *issuer, const struct test_cert *signer,
    struct shaken_diag *diag)
{
	char *crl = test_crl_make(spec, issuer);
	char *file = test_concat(signer == NULL ? "" : signer->pem, crl);
	enum shaken_err err;

	err = shaken_trust_add_crl(t, shaken_sv_cstr(file), diag);
	free(file);
	free(crl);
	return err;
}

/* What the chain of pki is at a time, and why. */
static void
expect_at(const char *name, struct shaken_trust *t, int64_t at,
    enum shaken_result want, const char *why)
{
	struct shaken_diag diag = { "" };
	struct shaken_chain *c = NULL;
	enum shaken_result r;

	cr_assert_eq(shaken_chain_new(t, shaken_sv_cstr(pki.chain), &c, NULL),
	    SHAKEN_OK);
	r = shk_chain_revocation(c, at, &diag);
	cr_expect_eq(r, want, "%s: %d %s", name, r, diag.text);
	cr_expect(strstr(diag.text, why) != NULL && (why[0] != '\0' ||
	    diag.text[0] == '\0'), "%s: %s", name, diag.text);
	cr_expect_eq(shaken_chain_check(c, at, NULL), want == SHAKEN_FAIL ?
	    SHAKEN_E_CREDENTIAL : SHAKEN_OK, "%s", name);
	shaken_chain_free(&c);
}

static void
expect(const char *name, struct shaken_trust *t, enum shaken_result want,
    const char *why)
{
	expect_at(name, t, TEST_NOW, want, why);
}

/* The entries of the STI-PA's CRL, and what becomes of the chain. */
static const struct {
	const char		*name;
	struct certs_crl_entry	 entries[3];
	enum shaken_result	 want;
	const char		*why;
} entries[] = {
	{ "none", { { NULL, NULL, NULL, 0 } }, SHAKEN_PASS, "" },
	{ "R-110 leaf", { { LEAF_SERIAL, &inter_name, NULL, 0 } },
	    SHAKEN_FAIL, "certificate CN=SHAKEN 1234,O=Test Provider,C=US is "
	    "revoked by the CRL of CN=STI-PA CRL,O=STI-PA" },
	{ "R-110 intermediate", { { INTER_SERIAL, &root_name, NULL, 0 } },
	    SHAKEN_FAIL, "SHAKEN Issuing CA" },
	{ "R-110 another's serial", { { LEAF_SERIAL, &other_name, NULL, 0 } },
	    SHAKEN_PASS, "" },
	{ "R-110 its parent's issuer", { { LEAF_SERIAL, &root_name, NULL,
	    0 } }, SHAKEN_PASS, "" },
	{ "R-110 other serial", { { "5003", &inter_name, NULL, 0 } },
	    SHAKEN_PASS, "" },
	{ "R-110 two issuers, second", { { LEAF_SERIAL, &other_name, NULL,
	    0 }, { LEAF_SERIAL, &inter_name, NULL, 0 } }, SHAKEN_FAIL,
	    "SHAKEN 1234" },
	{ "R-110 two issuers, first", { { LEAF_SERIAL, &inter_name, NULL, 0 },
	    { LEAF_SERIAL, &other_name, NULL, 0 } }, SHAKEN_FAIL,
	    "SHAKEN 1234" },
	{ "R-111 inherited", { { "77", &inter_name, NULL, 0 },
	    { LEAF_SERIAL, NULL, NULL, 0 } }, SHAKEN_FAIL, "SHAKEN 1234" },
	{ "R-111 inherited over two, serials falling",
	    { { "5009", &inter_name, NULL, 0 }, { "5008", NULL, NULL, 0 },
	    { LEAF_SERIAL, NULL, NULL, 0 } }, SHAKEN_FAIL, "SHAKEN 1234" },
	{ "R-111 inherited another", { { "77", &other_name, NULL, 0 },
	    { LEAF_SERIAL, NULL, NULL, 0 } }, SHAKEN_PASS, "" },
	{ "R-111 inherits the nearest", { { "77", &inter_name, NULL, 0 },
	    { "78", &other_name, NULL, 0 }, { LEAF_SERIAL, NULL, NULL, 0 } },
	    SHAKEN_PASS, "" },
	{ "R-111 first entry is the CRL issuer's",
	    { { LEAF_SERIAL, NULL, NULL, 0 } }, SHAKEN_PASS, "" },
	{ "R-111 what follows does not reach back",
	    { { LEAF_SERIAL, NULL, NULL, 0 }, { "77", &inter_name, NULL, 0 } },
	    SHAKEN_PASS, "" },
};

Test(crl, entries_table)
{
	for (size_t i = 0; i < N(entries); i++) {
		struct shaken_trust *t = trust(SHAKEN_CRL_HARD, true);
		struct certs_crl_spec spec = test_crl_spec();
		struct shaken_diag diag;

		spec.entries = entries[i].entries;
		while (spec.n_entries < 3 &&
		    entries[i].entries[spec.n_entries].serial != NULL)
			spec.n_entries++;
		cr_assert_eq(add(t, &spec, &pki.crl_signer, &pki.crl_signer,
		    &diag), SHAKEN_OK, "%s: %s", entries[i].name, diag.text);
		expect(entries[i].name, t, entries[i].want, entries[i].why);
		shaken_trust_free(&t);
	}
}

/* and where the CRL's issuer is the certificate's, the first entry does
 * mean it.  The distribution points then need no cRLIssuer. */
Test(crl, first_entry_is_the_crl_issuers)
{
	struct certs_crl_entry e = { .serial = LEAF_SERIAL };
	struct certs_crl_spec spec = test_crl_spec();
	struct shaken_trust *t;

	pki.leaf.spec.crl_issuer = NULL;
	t = trust(SHAKEN_CRL_SOFT, false);
	cr_assert_eq(add(t, &spec, &pki.inter, &pki.inter, NULL), SHAKEN_OK);
	expect("not listed", t, SHAKEN_SKIPPED, "SHAKEN Issuing CA");
	spec.entries = &e;
	spec.n_entries = 1;
	cr_assert_eq(add(t, &spec, &pki.inter, &pki.inter, NULL), SHAKEN_OK);
	expect("listed", t, SHAKEN_FAIL, "SHAKEN 1234");
	shaken_trust_free(&t);
}

/* When a CRL is current: thisUpdate <= now < nextUpdate. */
Test(crl, window)
{
	struct certs_crl_spec spec = test_crl_spec();
	struct shaken_trust *hard = trust(SHAKEN_CRL_HARD, true);
	struct shaken_trust *soft = trust(SHAKEN_CRL_SOFT, true);

	spec.this_update = 1700000000;
	spec.next_update = 1700003600;
	cr_assert_eq(add(hard, &spec, &pki.crl_signer, &pki.crl_signer, NULL),
	    SHAKEN_OK);
	cr_assert_eq(add(soft, &spec, &pki.crl_signer, &pki.crl_signer, NULL),
	    SHAKEN_OK);
	expect_at("first second", hard, 1700000000, SHAKEN_PASS, "");
	expect_at("last second", hard, 1700003599, SHAKEN_PASS, "");
	expect_at("R-112 early", hard, 1699999999, SHAKEN_FAIL, "C=US is not "
	    "valid before 2023-11-14T22:13:20Z");
	expect_at("R-112 expired", hard, 1700003600, SHAKEN_FAIL, "certificate "
	    "CN=SHAKEN 1234,O=Test Provider,C=US: the CRL of CN=STI-PA CRL,"
	    "O=STI-PA,L=Bridgewater,ST=NJ,C=US expired 2023-11-14T23:13:20Z");
	expect_at("R-112 early, soft", soft, 1699999999, SHAKEN_SKIPPED,
	    "is not valid before");
	expect_at("R-112 expired, soft", soft, 1700003600, SHAKEN_SKIPPED,
	    "expired");
	shaken_trust_free(&hard);
	shaken_trust_free(&soft);
}

/* The newer of two counts while it is current, the older one when it is not. */
Test(crl, several)
{
	struct certs_crl_entry e = { .serial = LEAF_SERIAL,
	    .issuer = &inter_name };
	struct certs_crl_spec old = test_crl_spec(), new = old;
	struct shaken_trust *t = trust(SHAKEN_CRL_HARD, true);

	old.next_update = TEST_NOW;
	new.this_update = TEST_NOW - 10;
	new.entries = &e;
	new.n_entries = 1;
	cr_assert_eq(add(t, &old, &pki.crl_signer, &pki.crl_signer, NULL),
	    SHAKEN_OK);
	cr_assert_eq(add(t, &new, &pki.crl_signer, &pki.crl_signer, NULL),
	    SHAKEN_OK);
	expect_at("old", t, TEST_NOW - 11, SHAKEN_PASS, "");
	expect_at("both, one lists it", t, TEST_NOW - 1, SHAKEN_FAIL,
	    "revoked");
	expect_at("new", t, TEST_NOW, SHAKEN_FAIL, "revoked");
	shaken_trust_free(&t);
}

Test(crl, none)
{
	struct shaken_trust *hard = trust(SHAKEN_CRL_HARD, true);
	struct shaken_trust *soft = trust(SHAKEN_CRL_SOFT, true);

	expect("hard", hard, SHAKEN_FAIL, "SHAKEN 1234,O=Test Provider,C=US: "
	    "no CRL is loaded");
	expect("soft", soft, SHAKEN_SKIPPED, "no CRL is loaded");
	shaken_trust_free(&hard);
	shaken_trust_free(&soft);
}

/* A good CRL that does not speak for the certificate. */
Test(crl, not_meant)	/* */
{
	static const struct {
		const char	*name, *url, *idp;
		bool		 indirect;
		enum shaken_result want;
		const char	*why;
	} rows[] = {
		{ "same URL", TEST_CRL_URL, TEST_CRL_URL, true, SHAKEN_PASS,
		    "" },
		{ "R-112 other URL in the IDP", TEST_CRL_URL,
		    "https://pa.example.com/crl2", true, SHAKEN_FAIL,
		    "no CRL speaks for it" },
		{ "R-112 host by case", TEST_CRL_URL,
		    "https://PA.example.com/crl", true, SHAKEN_FAIL,
		    "no CRL speaks for it" },
		{ "no URL in the IDP", TEST_CRL_URL, NULL, true, SHAKEN_PASS,
		    "" },
		{ "no URL in the certificate", NULL, TEST_CRL_URL, true,
		    SHAKEN_FAIL, "no CRL speaks for it" },
		{ "neither", NULL, NULL, true, SHAKEN_PASS, "" },
		{ "R-112 not indirect", TEST_CRL_URL, TEST_CRL_URL, false,
		    SHAKEN_FAIL, "no CRL speaks for it" },
	};

	for (size_t i = 0; i < N(rows); i++) {
		struct certs_crl_entry e = { .serial = LEAF_SERIAL,
		    .issuer = &inter_name };
		struct certs_crl_spec spec = test_crl_spec();
		struct shaken_trust *t;

		teardown();
		setup();
		pki.leaf.spec.crl_url = rows[i].url;
		pki.inter.spec.crl_url = rows[i].url;
		t = trust(SHAKEN_CRL_HARD, true);
		spec.idp_url = rows[i].idp;
		spec.indirect = rows[i].indirect;
		cr_assert_eq(add(t, &spec, &pki.crl_signer, &pki.crl_signer,
		    NULL), SHAKEN_OK);
		expect(rows[i].name, t, rows[i].want, rows[i].why);
		/* what does not speak for it does not revoke it either */
		spec.entries = &e;
		spec.n_entries = 1;
		cr_assert_eq(add(t, &spec, &pki.crl_signer, &pki.crl_signer,
		    NULL), SHAKEN_OK);
		expect(rows[i].name, t, SHAKEN_FAIL, rows[i].want ==
		    SHAKEN_PASS ? "is revoked" : rows[i].why);
		shaken_trust_free(&t);
	}
}

Test(crl, other_issuer_in_the_certificate)	/* */
{
	struct certs_crl_spec spec = test_crl_spec();
	struct shaken_trust *t;

	pki.leaf.spec.crl_issuer = &other_name;
	t = trust(SHAKEN_CRL_HARD, true);
	cr_assert_eq(add(t, &spec, &pki.crl_signer, &pki.crl_signer, NULL),
	    SHAKEN_OK);
	expect("other cRLIssuer", t, SHAKEN_FAIL, "SHAKEN 1234");
	shaken_trust_free(&t);
}

/* A certificate that points at no CRL: being on one still counts. */
Test(crl, no_distribution_point)
{
	struct certs_crl_entry e = { .serial = LEAF_SERIAL,
	    .issuer = &inter_name };
	struct certs_crl_spec spec = test_crl_spec();
	struct shaken_trust *t;

	pki.leaf.spec.crl_url = NULL;
	pki.leaf.spec.crl_issuer = NULL;
	t = trust(SHAKEN_CRL_SOFT, true);
	cr_assert_eq(add(t, &spec, &pki.crl_signer, &pki.crl_signer, NULL),
	    SHAKEN_OK);
	expect("not listed", t, SHAKEN_SKIPPED, "no CRL speaks for it");
	spec.entries = &e;
	spec.n_entries = 1;
	cr_assert_eq(add(t, &spec, &pki.crl_signer, &pki.crl_signer, NULL),
	    SHAKEN_OK);
	expect("listed", t, SHAKEN_FAIL, "is revoked");
	shaken_trust_free(&t);
}

/* CRLs that the CAs issue for what they issued themselves. */
static void
expect_direct(const char *name, const char *serial, const char *crl_key,
    enum shaken_result want, const char *why)
{
	struct certs_crl_entry e = { .serial = serial };
	struct certs_crl_spec spec = test_crl_spec();
	struct test_cert issuer;
	struct shaken_trust *t;

	t = trust(SHAKEN_CRL_HARD, false);
	issuer = pki.inter;
	if (crl_key != NULL)
		issuer.key = pki.pa.key;
	spec.indirect = false;
	spec.idp_url = NULL;
	cr_assert_eq(add(t, &spec, &pki.root, NULL, NULL), SHAKEN_OK);
	spec.entries = &e;
	spec.n_entries = serial != NULL;
	cr_assert_eq(add(t, &spec, &issuer, NULL, NULL), SHAKEN_OK);
	expect(name, t, want, why);
	shaken_trust_free(&t);
}

Test(crl, direct)
{
	pki.leaf.spec.crl_url = pki.inter.spec.crl_url = NULL;
	pki.leaf.spec.crl_issuer = pki.inter.spec.crl_issuer = NULL;
	expect_direct("not listed", NULL, NULL, SHAKEN_PASS, "");
	expect_direct("another", "5003", NULL, SHAKEN_PASS, "");
	expect_direct("listed", LEAF_SERIAL, NULL, SHAKEN_FAIL, "SHAKEN 1234,"
	    "O=Test Provider,C=US is revoked by the CRL of CN=SHAKEN Issuing "
	    "CA");
	expect_direct("R-112 another's signature", LEAF_SERIAL, "pa",
	    SHAKEN_FAIL, "no CRL speaks for it");
}

/* With distribution points, of which a CA's own CRL is none. */
Test(crl, direct_beside_distribution_points)
{
	expect_direct("not listed", NULL, NULL, SHAKEN_PASS, "");
	expect_direct("listed", LEAF_SERIAL, NULL, SHAKEN_FAIL, "revoked");
}

Test(crl, direct_without_crl_sign)	/* */
{
	pki.inter.spec.key_usage = CERTS_KU_KEY_CERT_SIGN;
	expect_direct("no cRLSign", LEAF_SERIAL, NULL, SHAKEN_FAIL,
	    "no CRL speaks for it");
}

#define DER(s) { (s), sizeof(s) - 1 }

/* issuingDistributionPoint { onlyContainsUserCerts TRUE } and so on */
#define ONLY_USER "\x30\x03\x81\x01\xff"
#define ONLY_CA "\x30\x03\x82\x01\xff"
#define ONLY_ATTRIBUTE "\x30\x03\x85\x01\xff"
#define SOME_REASONS "\x30\x04\x83\x02\x06\x40"
#define USER_AND_CA "\x30\x06\x81\x01\xff\x82\x01\xff"
#define RELATIVE "\x30\x10\xa0\x0e\xa1\x0c\x30\x0a\x06\x03\x55\x04\x03" \
    "\x0c\x03" "abc"

/* Which scope the CRLs of root and intermediate have, and whom that leaves
 * uncovered. */
Test(crl, scope)
{
	static const struct {
		const char		*name;
		struct shaken_sv	 of_root, of_inter;
		const char		*uncovered; /* NULL: nobody */
	} rows[] = {
		{ "as is fit", DER(ONLY_CA), DER(ONLY_USER), NULL },
		{ "no leaves", DER(ONLY_CA), DER(ONLY_CA), "SHAKEN 1234" },
		{ "no CAs", DER(ONLY_USER), DER(ONLY_USER),
		    "SHAKEN Issuing CA" },
		{ "attributes", DER(ONLY_CA), DER(ONLY_ATTRIBUTE),
		    "SHAKEN 1234" },
	};

	for (size_t i = 0; i < N(rows); i++) {
		struct certs_ext idp = { .oid = "2.5.29.28",
		    .critical = true, .der = rows[i].of_root };
		struct certs_crl_spec spec = test_crl_spec();
		struct shaken_trust *t = trust(SHAKEN_CRL_HARD, false);

		spec.indirect = false;
		spec.idp_url = NULL;
		spec.exts = &idp;
		spec.n_exts = 1;
		cr_assert_eq(add(t, &spec, &pki.root, NULL, NULL), SHAKEN_OK);
		idp.der = rows[i].of_inter;
		cr_assert_eq(add(t, &spec, &pki.inter, NULL, NULL), SHAKEN_OK);
		expect(rows[i].name, t, rows[i].uncovered == NULL ?
		    SHAKEN_PASS : SHAKEN_FAIL, rows[i].uncovered == NULL ? "" :
		    rows[i].uncovered);
		shaken_trust_free(&t);
	}
}

/* What a CRL must not have, to be loaded at all. */
static const struct {
	const char		*name;
	struct certs_ext	 ext;	/* oid NULL: none */
	bool			 on_entry;
	const char		*why;	/* NULL: it is loaded */
} loads[] = {
	{ "nothing special", { .oid = NULL }, false, NULL },
	{ "unknown extension", { "1.3.6.1.4.1.99999.1", false,
	    DER("\x05\x00") }, false, NULL },
	{ "unknown critical extension", { "1.3.6.1.4.1.99999.1", true,
	    DER("\x05\x00") }, false, "RFC 5280 section 5.2" },
	{ "delta CRL", { "2.5.29.27", true, DER("\x02\x01\x01") }, false,
	    "delta" },
	{ "some reasons", { "2.5.29.28", true, DER(SOME_REASONS) },
	    false, "reasons" },
	{ "two scopes", { "2.5.29.28", true, DER(USER_AND_CA) },
	    false, "onlyContains" },
	{ "relative name", { "2.5.29.28", true, DER(RELATIVE) },
	    false, "relative" },
	{ "IDP not critical", { "2.5.29.28", false,
	    DER(ONLY_USER) }, false, "not critical" },
	{ "IDP malformed", { "2.5.29.28", true, DER("\x04\x00") }, false,
	    "malformed" },
	{ "reason of an entry", { "2.5.29.21", false, DER("\x0a\x01\x01") },
	    true, NULL },
	{ "unknown critical extension of an entry", { "1.3.6.1.4.1.99999.1",
	    true, DER("\x05\x00") }, true, "entry 1" },
	{ "certificateIssuer malformed", { "2.5.29.29", true,
	    DER("\x04\x00") }, true, "entry 1" },
	{ "certificateIssuer is no directory name", { "2.5.29.29", true,
	    DER("\x30\x03\x82\x01" "a") }, true, "entry 1" },
};

Test(crl, load_table)
{
	for (size_t i = 0; i < N(loads); i++) {
		const char *name = loads[i].name;
		struct certs_crl_entry e = { .serial = "77" };
		struct certs_crl_spec spec = test_crl_spec();
		struct shaken_trust *t = trust(SHAKEN_CRL_HARD, true);
		struct shaken_diag diag;
		enum shaken_err err;

		spec.indirect = false;
		spec.idp_url = NULL;
		spec.entries = &e;
		spec.n_entries = 1;
		if (loads[i].on_entry) {
			e.exts = &loads[i].ext;
			e.n_exts = 1;
		} else if (loads[i].ext.oid != NULL) {
			spec.exts = &loads[i].ext;
			spec.n_exts = 1;
		}
		err = add(t, &spec, &pki.root, NULL, &diag);
		cr_expect_eq(err, loads[i].why == NULL ? SHAKEN_OK :
		    SHAKEN_E_CERT, "%s: %s", name, diag.text);
		cr_expect(strstr(diag.text, loads[i].why == NULL ? "" :
		    loads[i].why) != NULL, "%s: %s", name, diag.text);
		cr_expect_eq(diag.text[0] == '\0', err == SHAKEN_OK, "%s",
		    name);
		shaken_trust_free(&t);
	}
}

Test(crl, load_errors)
{
	struct certs_crl_spec spec = test_crl_spec();
	struct shaken_trust *t = trust(SHAKEN_CRL_HARD, true);
	struct shaken_diag diag;

	spec.next_update = 0;
	cr_expect_eq(add(t, &spec, &pki.crl_signer, &pki.crl_signer, &diag),
	    SHAKEN_E_CERT);
	cr_expect(strstr(diag.text, "nextUpdate") != NULL, "%s", diag.text);
	spec = test_crl_spec();
	spec.digest = CERTS_SHA1;
	cr_expect_eq(add(t, &spec, &pki.crl_signer, &pki.crl_signer, &diag),
	    SHAKEN_E_CERT);
	cr_expect(strstr(diag.text, "SHA1") != NULL, "%s", diag.text);
	cr_expect_eq(shaken_trust_add_crl(t, shaken_sv_cstr(pki.chain),
	    &diag), SHAKEN_E_CERT);
	cr_expect_eq(shaken_trust_add_crl(t, shaken_sv_cstr(pki.leaf.key),
	    &diag), SHAKEN_E_SECRET);
	cr_expect_eq(shaken_trust_add_crl(t, SHAKEN_SV_LIT("\x30\x03\x02\x01"),
	    &diag), SHAKEN_E_CERT);
	shaken_trust_free(&t);
}

Test(crl, times_are_no_dates)
{
	struct certs_crl_spec spec = test_crl_spec();
	struct shaken_trust *t = trust(SHAKEN_CRL_HARD, true);
	char *pem = test_crl_make(&spec, &pki.pa);
	unsigned char der[2048];
	size_t n = test_pem_to_der(pem, der, sizeof(der)), at = 0;
	struct shaken_diag diag;

	while (at + 6 < n && memcmp(der + at, "231113", 6) != 0)
		at++;
	der[at + 2] = '9';	/* thisUpdate is 2023-11-13 */
	cr_expect_eq(shaken_trust_add_crl(t, (struct shaken_sv){ (char *)der,
	    n }, &diag), SHAKEN_E_CERT);
	cr_expect(strstr(diag.text, "dates") != NULL, "%s", diag.text);
	free(pem);
	shaken_trust_free(&t);
}

/* The signer of an indirect CRL. */
Test(crl, signer)
{
	struct certs_crl_spec spec = test_crl_spec();
	struct test_cert forged, sibling = { 0 };
	struct shaken_trust *t = trust(SHAKEN_CRL_HARD, true);
	struct shaken_diag diag;
	char *two;

	cr_expect_eq(add(t, &spec, &pki.crl_signer, NULL, &diag),
	    SHAKEN_E_CERT, "its certificate is missing");
	cr_expect(strstr(diag.text, "neither in the file nor an anchor") !=
	    NULL, "%s", diag.text);

	forged = pki.crl_signer;
	forged.key = pki.leaf.key;
	cr_expect_eq(add(t, &spec, &forged, &pki.crl_signer, &diag),
	    SHAKEN_E_CERT, "R-112 wrong signer");
	cr_expect(strstr(diag.text, "signature") != NULL, "%s", diag.text);

	/* of the same name, without a path to the CRL anchors */
	sibling.spec = pki.crl_signer.spec;
	test_cert_make(&sibling, &pki.root);
	cr_expect_eq(add(t, &spec, &sibling, &sibling, &diag), SHAKEN_E_CERT,
	    "R-112 anchored at an STI-CA only");
	test_cert_free(&sibling);

	/* two of that name in the file: the right one is found */
	sibling.spec = pki.crl_signer.spec;
	test_cert_make(&sibling, &pki.root);
	two = test_concat(sibling.pem, pki.crl_signer.pem);
	free(sibling.pem);
	sibling.pem = two;
	cr_expect_eq(add(t, &spec, &pki.crl_signer, &sibling, &diag),
	    SHAKEN_OK, "%s", diag.text);
	test_cert_free(&sibling);
	expect("two candidates", t, SHAKEN_PASS, "");
	shaken_trust_free(&t);
}

Test(crl, signer_without_crl_sign)	/* */
{
	struct certs_crl_spec spec = test_crl_spec();
	struct shaken_trust *t;
	struct shaken_diag diag;

	pki.crl_signer.spec.key_usage = CERTS_KU_DIGITAL_SIGNATURE;
	t = trust(SHAKEN_CRL_HARD, true);
	cr_expect_eq(add(t, &spec, &pki.crl_signer, &pki.crl_signer, &diag),
	    SHAKEN_E_CERT);
	cr_expect(strstr(diag.text, "cRLSign") != NULL, "%s", diag.text);
	shaken_trust_free(&t);
}

Test(crl, signer_with_a_weak_key)
{
	struct certs_crl_spec spec = test_crl_spec();
	struct shaken_trust *t;
	struct shaken_diag diag;

	pki.crl_signer.key_type = CERTS_KEY_RSA1024;
	t = trust(SHAKEN_CRL_HARD, true);
	cr_expect_eq(add(t, &spec, &pki.crl_signer, &pki.crl_signer, &diag),
	    SHAKEN_E_CERT);
	cr_expect(strstr(diag.text, "weak") != NULL, "%s", diag.text);
	shaken_trust_free(&t);
}

/* The anchor may sign itself; then no certificate need be in the file. */
Test(crl, signer_is_the_anchor)
{
	struct certs_crl_spec spec = test_crl_spec();
	struct shaken_trust *t;

	pki.leaf.spec.crl_issuer = &pki.pa.spec.subject;
	pki.inter.spec.crl_issuer = &pki.pa.spec.subject;
	t = trust(SHAKEN_CRL_HARD, true);
	cr_expect_eq(add(t, &spec, &pki.pa, NULL, NULL), SHAKEN_OK);
	expect("anchor", t, SHAKEN_PASS, "");
	shaken_trust_free(&t);
}

/* Without CRL anchors, the STI-CA roots anchor the signer. */
Test(crl, signer_under_the_call_anchors)
{
	struct certs_crl_spec spec = test_crl_spec();
	struct test_cert signer = { 0 };
	struct shaken_trust *t = trust(SHAKEN_CRL_HARD, false);

	cr_expect_eq(add(t, &spec, &pki.crl_signer, &pki.crl_signer, NULL),
	    SHAKEN_E_CERT);
	signer.spec = pki.crl_signer.spec;
	test_cert_make(&signer, &pki.root);
	cr_expect_eq(add(t, &spec, &signer, &signer, NULL), SHAKEN_OK);
	expect("call anchors", t, SHAKEN_PASS, "");
	test_cert_free(&signer);
	shaken_trust_free(&t);
}

/* A CRL counts no longer than its signer's path is valid. */
Test(crl, validity_of_the_signer)
{
	struct certs_crl_spec spec = test_crl_spec();
	struct shaken_trust *t;

	pki.crl_signer.spec.not_after = TEST_NOW + 100;
	pki.pa.spec.not_before = TEST_NOW - 100;
	t = trust(SHAKEN_CRL_HARD, true);
	cr_assert_eq(add(t, &spec, &pki.crl_signer, &pki.crl_signer, NULL),
	    SHAKEN_OK);
	expect_at("first", t, TEST_NOW - 100, SHAKEN_PASS, "");
	expect_at("last", t, TEST_NOW + 100, SHAKEN_PASS, "");
	expect_at("before", t, TEST_NOW - 101, SHAKEN_FAIL, "not valid before");
	expect_at("after", t, TEST_NOW + 101, SHAKEN_FAIL, "expired");
	shaken_trust_free(&t);
}

Test(crl, all_or_nothing)
{
	struct certs_crl_spec good = test_crl_spec(), bad = good;
	struct shaken_trust *t = trust(SHAKEN_CRL_HARD, true);
	char *one, *two, *both, *file;

	bad.next_update = 0;
	one = test_crl_make(&good, &pki.crl_signer);
	two = test_crl_make(&bad, &pki.crl_signer);
	both = test_concat(one, two);
	file = test_concat(pki.crl_signer.pem, both);
	cr_expect_eq(shaken_trust_add_crl(t, shaken_sv_cstr(file), NULL),
	    SHAKEN_E_CERT);
	expect("nothing was added", t, SHAKEN_FAIL, "no CRL is loaded");
	free(one);
	free(two);
	free(both);
	free(file);
	shaken_trust_free(&t);
}

Test(crl, der)
{
	struct certs_crl_spec spec = test_crl_spec();
	struct shaken_trust *t;
	unsigned char der[2048];
	char *pem;
	size_t n;

	pki.leaf.spec.crl_issuer = &pki.pa.spec.subject;
	pki.inter.spec.crl_issuer = &pki.pa.spec.subject;
	t = trust(SHAKEN_CRL_HARD, true);
	pem = test_crl_make(&spec, &pki.pa);
	n = test_pem_to_der(pem, der, sizeof(der));
	cr_expect_eq(shaken_trust_add_crl(t, (struct shaken_sv){ (char *)der,
	    n }, NULL), SHAKEN_OK);
	expect("DER", t, SHAKEN_PASS, "");
	free(pem);
	shaken_trust_free(&t);
}

/* The entries do not sit in the order of their serial numbers, and there are
 * more of them than a chance hit would find. */
Test(crl, many_entries)
{
	struct shaken_trust *t = trust(SHAKEN_CRL_HARD, true);
	struct certs_crl_spec spec = test_crl_spec();
	static struct certs_crl_entry e[1000];
	static char serials[N(e)][8];

	for (size_t i = 0; i < N(e); i++) {
		snprintf(serials[i], sizeof(serials[i]), "%04X",
		    (unsigned)(0x5001 + (i * 7919 + 500) % 1009));
		e[i].serial = serials[i];
		e[i].issuer = i == 0 ? &inter_name : NULL;
	}
	spec.entries = e;
	spec.n_entries = N(e);
	cr_assert_eq(add(t, &spec, &pki.crl_signer, &pki.crl_signer, NULL),
	    SHAKEN_OK);
	expect("one of a thousand", t, SHAKEN_FAIL, "SHAKEN 1234");
	shaken_trust_free(&t);
}
