/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "chain.h"
#include "pki.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define TRUSTED SHK_CHAIN_STEPS	/* no step fails */

static const char *const policies[] = { "1.2.3", TEST_POLICY };
static const char *const other_policy[] = { "1.2.3.4" };

/* An extension that nobody knows. */
static const struct certs_ext unknown_critical = {
	.oid = "1.3.6.1.4.1.99999.1", .critical = true,
	.der = { "\x05\x00", 2 }
};
static const struct certs_ext unknown = {
	.oid = "1.3.6.1.4.1.99999.1", .der = { "\x05\x00", 2 }
};
static const struct certs_ext second_tnauthlist = {
	.oid = "1.3.6.1.5.5.7.1.26", .der = { "\x30\x08\xa0\x06\x16\x04" "1235",
	    10 }
};
static const struct certs_ext bad_basic = {
	.oid = "2.5.29.19", .critical = true, .der = { "\x04\x00", 2 }
};

/* mustInclude "a"; mustExclude "iat" */
#define INCLUDE_A SHAKEN_SV_LIT("\x30\x07\xa0\x05\x30\x03\x16\x01" "a")
#define EXCLUDE_IAT SHAKEN_SV_LIT("\x30\x09\xa2\x07\x30\x05\x16\x03" "iat")

/* What each row spoils, in the specs of a PKI that is good. */
static void
none(struct test_pki *p)
{
	(void)p;
}

static void
leaf_under_root(struct test_pki *p)
{
	test_cert_make(&p->root, NULL);
	test_cert_make(&p->leaf, &p->root);
}

static void
p384_ca(struct test_pki *p)
{
	p->inter.key_type = CERTS_KEY_P384;
	p->leaf.spec.digest = CERTS_SHA384;
}

static void
rsa_ca(struct test_pki *p)
{
	p->inter.key_type = CERTS_KEY_RSA2048;
}

static void
inter_no_ca(struct test_pki *p)
{
	p->inter.spec.basic = CERTS_BASIC_LEAF;
}

static void
inter_no_basic(struct test_pki *p)
{
	p->inter.spec.basic = CERTS_BASIC_NONE;
}

static void
inter_no_cert_sign(struct test_pki *p)
{
	p->inter.spec.key_usage = CERTS_KU_CRL_SIGN |
	    CERTS_KU_DIGITAL_SIGNATURE;
}

static void
inter_no_usage(struct test_pki *p)
{
	p->inter.spec.key_usage = 0;
}

static void
root_no_usage(struct test_pki *p)
{
	p->root.spec.key_usage = 0;
}

static void
root_no_basic(struct test_pki *p)
{
	p->root.spec.basic = CERTS_BASIC_NONE;
}

static void
inter_rsa1024(struct test_pki *p)
{
	p->inter.key_type = CERTS_KEY_RSA1024;
}

/* Seven are there already. */
static void
leaf_64_extensions(struct test_pki *p)
{
	static char oids[58][32];
	static struct certs_ext exts[58];

	for (size_t i = 0; i < N(exts); i++) {
		snprintf(oids[i], sizeof(oids[i]), "1.3.6.1.4.1.99999.%zu", i);
		exts[i] = unknown;
		exts[i].oid = oids[i];
	}
	p->leaf.spec.exts = exts;
	p->leaf.spec.n_exts = 57;
}

static void
leaf_65_extensions(struct test_pki *p)
{
	leaf_64_extensions(p);
	p->leaf.spec.n_exts++;
}

static void
path_len_0(struct test_pki *p)
{
	p->root.spec.has_path_len = true;
}

static void
path_len_1(struct test_pki *p)
{
	p->root.spec.has_path_len = true;
	p->root.spec.path_len = 1;
}

static void
leaf_no_signature(struct test_pki *p)
{
	p->leaf.spec.key_usage = CERTS_KU_CRL_SIGN;
}

static void
leaf_no_usage(struct test_pki *p)
{
	p->leaf.spec.key_usage = 0;
}

static void
leaf_ca(struct test_pki *p)
{
	p->leaf.spec.basic = CERTS_BASIC_CA;
	p->leaf.spec.key_usage |= CERTS_KU_KEY_CERT_SIGN;
}

static void
leaf_no_basic(struct test_pki *p)
{
	p->leaf.spec.basic = CERTS_BASIC_NONE;
}

static void
leaf_no_tnauthlist(struct test_pki *p)
{
	p->leaf.spec.tnauthlist.n = 0;
}

static void
leaf_bad_tnauthlist(struct test_pki *p)
{
	p->leaf.spec.tnauthlist.n--;
}

static void
leaf_implicit_tnauthlist(struct test_pki *p)
{
	p->leaf.spec.tnauthlist = SHAKEN_SV_LIT("\x30\x06\x80\x04" "1234");
}

static void
leaf_two_tnauthlists(struct test_pki *p)
{
	p->leaf.spec.exts = &second_tnauthlist;
	p->leaf.spec.n_exts = 1;
}

static void
leaf_p384(struct test_pki *p)
{
	p->leaf.key_type = CERTS_KEY_P384;
}

static void
leaf_rsa(struct test_pki *p)
{
	p->leaf.key_type = CERTS_KEY_RSA2048;
}

static void
leaf_sha1(struct test_pki *p)
{
	p->leaf.spec.digest = CERTS_SHA1;
}

static void
inter_sha1(struct test_pki *p)
{
	p->inter.spec.digest = CERTS_SHA1;
}

static void
root_sha1(struct test_pki *p)
{
	p->root.spec.digest = CERTS_SHA1;
}

static void
leaf_critical(struct test_pki *p)
{
	p->leaf.spec.exts = &unknown_critical;
	p->leaf.spec.n_exts = 1;
}

static void
inter_critical(struct test_pki *p)
{
	p->inter.spec.exts = &unknown_critical;
	p->inter.spec.n_exts = 1;
}

static void
leaf_unknown(struct test_pki *p)
{
	p->leaf.spec.exts = &unknown;
	p->leaf.spec.n_exts = 1;
}

static void
inter_malformed(struct test_pki *p)
{
	p->inter.spec.basic = CERTS_BASIC_NONE;
	p->inter.spec.exts = &bad_basic;
	p->inter.spec.n_exts = 1;
}

static void
leaf_malformed(struct test_pki *p)
{
	p->leaf.spec.basic = CERTS_BASIC_NONE;
	p->leaf.spec.exts = &bad_basic;
	p->leaf.spec.n_exts = 1;
}

static void
leaf_no_policy(struct test_pki *p)
{
	p->leaf.spec.n_policies = 0;
}

static void
inter_no_policy(struct test_pki *p)
{
	p->inter.spec.n_policies = 0;
}

static void
inter_other_policy(struct test_pki *p)
{
	p->inter.spec.policies = other_policy;
}

static void
constraints(struct test_pki *p)
{
	p->leaf.spec.enhanced = INCLUDE_A;
}

static void
both_constraints(struct test_pki *p)
{
	p->leaf.spec.constraints = INCLUDE_A;
	p->leaf.spec.enhanced = INCLUDE_A;
}

static void
bad_constraints(struct test_pki *p)
{
	p->leaf.spec.constraints = SHAKEN_SV_LIT("\x30\x00");
}

static void
exclude_iat(struct test_pki *p)
{
	p->leaf.spec.enhanced = EXCLUDE_IAT;
}

/* Its issuer's name, and another's signature. */
static void
leaf_forged(struct test_pki *p)
{
	struct test_cert issuer;

	test_cert_make(&p->root, NULL);
	test_cert_make(&p->inter, &p->root);
	test_cert_make(&p->pa, NULL);
	issuer = p->inter;
	issuer.key = p->pa.key;
	test_cert_make(&p->leaf, &issuer);
}

/* lessons from others: a leaf without any CA is nobody's */
static void
leaf_self_signed(struct test_pki *p)
{
	test_cert_make(&p->leaf, NULL);
}

static void
wrong_aki(struct test_pki *p)
{
	p->leaf.spec.aki = SHAKEN_SV_LIT("12345678901234567890");
}

#define POLICY 1u	/* configure policies */
#define IMPLICIT 2u	/* accept IMPLICIT tags */

static const struct {
	const char		*name;
	const char		*layout; /* L leaf, I intermediate, R root */
	void			(*spoil)(struct test_pki *);
	unsigned		 flags;
	enum shk_chain_step	 fails;	/* TRUSTED: none does */
	const char		*why;
} cases[] = {
	{ "R-101 intermediate", "LI", none, 0, TRUSTED, "" },
	{ "R-101 under the root", "L", leaf_under_root, 0, TRUSTED, "" },
	{ "R-101 root in the file", "LIR", none, 0, TRUSTED, "" },
	{ "wrong order", "IL", none, 0, TRUSTED, "" },
	{ "wrong order, root first", "RIL", none, 0, TRUSTED, "" },
	{ "one that has no part in it", "LRI", none, 0, TRUSTED, "" },
	{ "the same twice", "LII", none, 0, TRUSTED, "" },
	{ "leaf alone", "L", none, 0, SHK_CHAIN_PATH, "issuer" },
	{ "CAs alone", "IR", none, 0, SHK_CHAIN_LEAF, "CA" },
	{ "an anchor alone", "R", none, 0, SHK_CHAIN_LEAF, "CA" },
	{ "P-384 CA", "LI", p384_ca, 0, TRUSTED, "" },
	{ "RSA CA", "LI", rsa_ca, 0, TRUSTED, "" },

	{ "R-103 cA FALSE", "LI", inter_no_ca, 0, SHK_CHAIN_PATH,
	    "SHAKEN Issuing CA" },
	{ "R-103 no basicConstraints", "LI", inter_no_basic, 0,
	    SHK_CHAIN_PATH, "SHAKEN Issuing CA" },
	{ "R-103 no keyCertSign", "LI", inter_no_cert_sign, 0,
	    SHK_CHAIN_PATH, "SHAKEN Issuing CA" },
	{ "R-103 no keyUsage", "LI", inter_no_usage, 0, SHK_CHAIN_PATH,
	    "SHAKEN Issuing CA,O=Test STI-CA,C=US: RFC 5280 section 4.2.1.3" },
	{ "R-103 anchor without keyUsage", "LI", root_no_usage, 0,
	    SHK_CHAIN_PATH, "SHAKEN Root CA" },
	{ "R-103 anchor without basicConstraints", "LI", root_no_basic, 0,
	    SHK_CHAIN_PATH, "RFC 5280 section 4.2.1.9" },
	{ "RSA CA of 1024 bits", "LI", inter_rsa1024, 0, SHK_CHAIN_PATH,
	    "weak" },
	{ "R-103 pathLen exceeded", "LI", path_len_0, 0, SHK_CHAIN_PATH,
	    "path length" },
	{ "R-103 pathLen kept", "LI", path_len_1, 0, TRUSTED, "" },

	{ "R-104 no digitalSignature", "LI", leaf_no_signature, 0,
	    SHK_CHAIN_LEAF, "digitalSignature" },
	{ "R-104 no keyUsage", "LI", leaf_no_usage, 0, SHK_CHAIN_LEAF,
	    "digitalSignature" },
	{ "R-104 a CA", "LI", leaf_ca, 0, SHK_CHAIN_LEAF, "CA" },
	{ "no basicConstraints is no CA", "LI", leaf_no_basic, 0, TRUSTED,
	    "" },

	{ "R-105 no TNAuthList", "LI", leaf_no_tnauthlist, 0,
	    SHK_CHAIN_TNAUTHLIST, "RFC 8226 section 9" },
	{ "R-115 malformed", "LI", leaf_bad_tnauthlist, 0,
	    SHK_CHAIN_TNAUTHLIST, "RFC 8226 section 9" },
	{ "TNAuthList twice", "LI", leaf_two_tnauthlists, 0, SHK_CHAIN_LEAF,
	    "twice" },
	{ "R-116 IMPLICIT", "LI", leaf_implicit_tnauthlist, 0,
	    SHK_CHAIN_TNAUTHLIST, "EXPLICIT" },
	{ "R-116 IMPLICIT, allowed", "LI", leaf_implicit_tnauthlist, IMPLICIT,
	    TRUSTED, "" },

	{ "R-106 P-384 leaf", "LI", leaf_p384, 0, SHK_CHAIN_LEAF, "P-256" },
	{ "R-106 RSA leaf", "LI", leaf_rsa, 0, SHK_CHAIN_LEAF, "P-256" },
	{ "R-106 SHA-1 on the leaf", "LI", leaf_sha1, 0, SHK_CHAIN_LEAF,
	    "SHA1" },
	{ "R-106 SHA-1 on the intermediate", "LI", inter_sha1, 0,
	    SHK_CHAIN_PATH, "SHA1" },
	{ "SHA-1 on the anchor is nothing", "LI", root_sha1, 0, TRUSTED, "" },

	{ "R-107 unknown critical extension", "LI", leaf_critical, 0,
	    SHK_CHAIN_PATH, "critical" },
	{ "R-107 in the intermediate", "LI", inter_critical, 0,
	    SHK_CHAIN_PATH, "critical" },
	{ "R-107 not critical", "LI", leaf_unknown, 0, TRUSTED, "" },
	{ "64 extensions", "LI", leaf_64_extensions, 0, TRUSTED, "" },
	{ "65 extensions", "LI", leaf_65_extensions, 0, SHK_CHAIN_LEAF,
	    "65 extensions" },
	{ "malformed extension", "LI", leaf_malformed, 0, SHK_CHAIN_LEAF,
	    "malformed" },
	{ "malformed extension of a CA", "LI", inter_malformed, 0,
	    SHK_CHAIN_PATH, "issuer" },

	{ "R-108 policy there", "LI", none, POLICY, TRUSTED, "" },
	{ "R-108 none, none asked for", "LI", leaf_no_policy, 0, TRUSTED,
	    "" },
	{ "R-108 leaf without", "LI", leaf_no_policy, POLICY,
	    SHK_CHAIN_POLICY, "SHAKEN 1234" },
	{ "R-108 intermediate without", "LI", inter_no_policy, POLICY,
	    SHK_CHAIN_POLICY, "SHAKEN Issuing CA" },
	{ "R-108 intermediate with another", "LI", inter_other_policy, POLICY,
	    SHK_CHAIN_POLICY, "SHAKEN Issuing CA" },

	{ "constraints", "LI", constraints, 0, TRUSTED, "" },
	{ "R-119 both kinds", "LI", both_constraints, 0,
	    SHK_CHAIN_CONSTRAINTS, "RFC 9118 section 6" },
	{ "malformed constraints", "LI", bad_constraints, 0,
	    SHK_CHAIN_CONSTRAINTS, "RFC 8226 section 8" },
	{ "R-118 constraints to ignore", "LI", exclude_iat, 0, TRUSTED, "" },

	{ "forged", "LI", leaf_forged, 0, SHK_CHAIN_PATH, "signature" },
	{ "self-signed", "L", leaf_self_signed, 0, SHK_CHAIN_PATH,
	    "self" },
	{ "wrong AKI", "LI", wrong_aki, 0, SHK_CHAIN_PATH, "issuer" },
};

static char *
layout(const struct test_pki *p, const char *from)
{
	char *out = test_concat("", "");

	for (; *from != '\0'; from++) {
		char *more = test_concat(out, *from == 'L' ? p->leaf.pem :
		    *from == 'I' ? p->inter.pem : p->root.pem);

		free(out);
		out = more;
	}
	return out;
}

static struct shaken_trust *
trust_in(const char *root, unsigned flags)
{
	struct shaken_trust_opts o = {
		.size = sizeof(o),
		.crl_policy = SHAKEN_CRL_SOFT,
		.policies = policies,
		.n_policies = flags & POLICY ? N(policies) : 0,
		.implicit_tnauthlist = (flags & IMPLICIT) != 0,
	};
	struct shaken_trust *t = NULL;

	cr_assert_eq(shaken_trust_new(&o, &t), SHAKEN_OK);
	if (root != NULL)
		cr_assert_eq(shaken_trust_add_anchors(t, shaken_sv_cstr(root),
		    NULL, NULL), SHAKEN_OK);
	return t;
}

static struct shaken_chain *
chain_of(const char *root, const char *pem, unsigned flags)
{
	struct shaken_trust *t = trust_in(root, flags);
	struct shaken_chain *c = NULL;
	struct shaken_diag diag;

	cr_assert_eq(shaken_chain_new(t, shaken_sv_cstr(pem), &c, &diag),
	    SHAKEN_OK, "%s", diag.text);
	shaken_trust_free(&t);
	return c;
}

/* Steps before the one that fails pass or had nothing to look at, those after
 * it were not made. */
static void
expect_steps(const char *name, const struct shaken_chain *c,
    enum shk_chain_step fails, const char *why)
{
	struct shaken_diag diag;
	const char *detail;

	for (int i = 0; i < (int)SHK_CHAIN_STEPS; i++) {
		enum shaken_result r = shk_chain_step(c,
		    (enum shk_chain_step)i, &detail);

		if (i == (int)fails)
			cr_expect(r == SHAKEN_FAIL &&
			    strstr(detail, why) != NULL, "%s: %d %s", name, r,
			    detail);
		else
			cr_expect(r != SHAKEN_FAIL && detail[0] == '\0' &&
			    (i < (int)fails || r == SHAKEN_SKIPPED),
			    "%s: step %d is %d %s", name, i, r, detail);
	}
	cr_expect_eq(shaken_chain_check(c, TEST_NOW, &diag),
	    fails == TRUSTED ? SHAKEN_OK : SHAKEN_E_CREDENTIAL, "%s: %s",
	    name, diag.text);
	cr_expect(strstr(diag.text, why) != NULL, "%s: %s", name, diag.text);
	cr_expect_eq(shk_chain_key(c) != NULL, fails > SHK_CHAIN_LEAF, "%s",
	    name);
	cr_expect_eq(shk_chain_valid_at(c, TEST_NOW, NULL),
	    fails > SHK_CHAIN_PATH, "%s", name);
	if (fails <= SHK_CHAIN_PATH)
		cr_expect_eq(shk_chain_revocation(c, TEST_NOW, NULL),
		    SHAKEN_FAIL, "%s", name);
}

Test(chain, table)
{
	for (size_t i = 0; i < N(cases); i++) {
		struct shaken_chain *c;
		struct test_pki p;
		char *pem;

		test_pki_init(&p);
		cases[i].spoil(&p);
		test_pki_make(&p);
		pem = layout(&p, cases[i].layout);
		c = chain_of(p.root.pem, pem, cases[i].flags);
		expect_steps(cases[i].name, c, cases[i].fails, cases[i].why);
		cr_expect_eq(shaken_chain_n(c), strlen(cases[i].layout));
		shaken_chain_free(&c);
		free(pem);
		test_pki_free(&p);
	}
}

/* What there was nothing to look at is not passed. */
Test(chain, nothing_to_look_at)
{
	struct shaken_chain *c;
	struct test_pki p;
	const char *detail;

	test_pki_init(&p);
	test_pki_make(&p);
	c = chain_of(p.root.pem, p.chain, 0);
	cr_expect_eq(shk_chain_step(c, SHK_CHAIN_LEAF, &detail), SHAKEN_PASS);
	cr_expect_eq(shk_chain_step(c, SHK_CHAIN_TNAUTHLIST, &detail),
	    SHAKEN_PASS);
	cr_expect_eq(shk_chain_step(c, SHK_CHAIN_CONSTRAINTS, &detail),
	    SHAKEN_SKIPPED);
	cr_expect_eq(shk_chain_step(c, SHK_CHAIN_PATH, &detail), SHAKEN_PASS);
	cr_expect_eq(shk_chain_step(c, SHK_CHAIN_POLICY, &detail),
	    SHAKEN_SKIPPED);
	cr_expect_eq(shk_chain_step(c, SHK_CHAIN_SCOPE, &detail),
	    SHAKEN_SKIPPED);
	cr_expect_null(shk_chain_constraints(c));
	shaken_chain_free(&c);
	test_pki_free(&p);
}

Test(chain, constraints_of_the_leaf)
{
	struct shaken_chain *c;
	struct test_pki p;
	const char *detail;

	test_pki_init(&p);
	constraints(&p);
	test_pki_make(&p);
	c = chain_of(p.root.pem, p.chain, 0);
	cr_expect_eq(shk_chain_step(c, SHK_CHAIN_CONSTRAINTS, &detail),
	    SHAKEN_PASS);
	cr_expect_not_null(shk_chain_constraints(c));
	shaken_chain_free(&c);
	test_pki_free(&p);
}

/* R-078, R-109: no anchors, no trust; and what the system trusts is nothing to
 * us, even when that is exactly the root in question. */
Test(chain, other_anchors)
{
	char file[] = "/tmp/shaken-test-XXXXXX";
	struct shaken_chain *c;
	struct test_pki p;
	int fd = mkstemp(file);

	test_pki_init(&p);
	test_pki_make(&p);
	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, p.root.pem, strlen(p.root.pem)),
	    (ssize_t)strlen(p.root.pem));
	close(fd);
	setenv("SSL_CERT_FILE", file, 1);
	c = chain_of(NULL, p.chain, 0);
	expect_steps("R-109 none", c, SHK_CHAIN_PATH, "no trust anchors");
	shaken_chain_free(&c);
	c = chain_of(p.pa.pem, p.chain, 0);
	expect_steps("R-078 another", c, SHK_CHAIN_PATH, "issuer");
	shaken_chain_free(&c);
	unlink(file);
	test_pki_free(&p);
}

Test(chain, certificates)
{
	struct shaken_chain *c, *again;
	struct test_pki p;
	char *swapped;

	test_pki_init(&p);
	test_pki_make(&p);
	swapped = layout(&p, "RIL");
	c = chain_of(p.root.pem, swapped, 0);
	cr_expect_eq(shaken_chain_n(c), 3);
	cr_expect(memcmp(shaken_cert_subject(shaken_chain_cert(c, 0)).p,
	    "CN=SHAKEN 1234", 14) == 0);
	cr_expect_null(shaken_chain_cert(c, 3));
	again = shaken_chain_ref(c);
	cr_expect_eq(again, c);
	shaken_chain_free(&c);
	cr_expect_null(c);
	cr_expect_eq(shaken_chain_check(again, TEST_NOW, NULL), SHAKEN_OK);
	shaken_chain_free(&again);
	shaken_chain_free(&again);
	shaken_chain_free(NULL);
	cr_expect_null(shaken_chain_ref(NULL));
	free(swapped);
	test_pki_free(&p);
}

Test(chain, rejudge)
{
	struct shaken_chain *c, *again = NULL;
	struct shaken_trust *t, *none_at_all = trust_in(NULL, 0);
	struct test_pki p;

	test_pki_init(&p);
	leaf_implicit_tnauthlist(&p);
	test_pki_make(&p);
	t = trust_in(p.root.pem, IMPLICIT);
	c = chain_of(p.root.pem, p.chain, 0);
	expect_steps("strict", c, SHK_CHAIN_TNAUTHLIST, "EXPLICIT");

	cr_assert_eq(shaken_chain_rejudge(c, t, &again), SHAKEN_OK);
	cr_expect_eq(shaken_chain_trust(again), t);
	shaken_chain_free(&c);
	expect_steps("tolerant", again, TRUSTED, "");
	cr_assert_eq(shaken_chain_rejudge(again, none_at_all, &c), SHAKEN_OK);
	expect_steps("no anchors", c, SHK_CHAIN_TNAUTHLIST, "EXPLICIT");
	shaken_chain_free(&again);
	shaken_chain_free(&c);

	again = (struct shaken_chain *)(uintptr_t)1;
	cr_expect_eq(shaken_chain_rejudge(NULL, t, &again), SHAKEN_E_ARG);
	cr_expect_null(again);
	cr_expect_eq(shaken_chain_rejudge(NULL, t, NULL), SHAKEN_E_ARG);
	shaken_trust_free(&t);
	shaken_trust_free(&none_at_all);
	test_pki_free(&p);
}

Test(chain, input_errors)
{
	struct shaken_trust *t = trust_in(NULL, 0);
	struct shaken_chain *c;
	struct test_pki p;
	char *ten, *eleven, *big, *key;

	test_pki_init(&p);
	test_pki_make(&p);
	ten = layout(&p, "LIIIIIIIII");
	eleven = layout(&p, "LIIIIIIIIII");
	key = test_concat(p.chain, p.leaf.key);
	big = calloc(1, SHAKEN_PEM_MAX + 1);
	cr_assert_not_null(big);
	memset(big, '\n', SHAKEN_PEM_MAX + 1);
	memcpy(big, p.chain, strlen(p.chain));

	const struct {
		const char		*name;
		struct shaken_sv	 in;
		enum shaken_err		 err;
	} rows[] = {
		{ "nothing", { NULL, 0 }, SHAKEN_E_CERT },
		{ "no view", { NULL, 1 }, SHAKEN_E_ARG },
		{ "a page", SHAKEN_SV_LIT("<html>404"), SHAKEN_E_CERT },
		{ "ten", shaken_sv_cstr(ten), SHAKEN_OK },
		{ "eleven", shaken_sv_cstr(eleven), SHAKEN_E_LIMIT },
		{ "R-099 key", shaken_sv_cstr(key), SHAKEN_E_SECRET },
		{ "largest", { big, SHAKEN_PEM_MAX }, SHAKEN_OK },
		{ "larger", { big, SHAKEN_PEM_MAX + 1 }, SHAKEN_E_LIMIT },
	};

	for (size_t i = 0; i < N(rows); i++) {
		c = (struct shaken_chain *)(uintptr_t)1;
		cr_expect_eq(shaken_chain_new(t, rows[i].in, &c, NULL),
		    rows[i].err, "%s", rows[i].name);
		cr_expect_eq(c != NULL, rows[i].err == SHAKEN_OK, "%s",
		    rows[i].name);
		shaken_chain_free(&c);
	}
	cr_expect_eq(shaken_chain_new(t, shaken_sv_cstr(p.chain), NULL, NULL),
	    SHAKEN_E_ARG);
	cr_expect_eq(shaken_chain_new(NULL, shaken_sv_cstr(p.chain), &c,
	    NULL), SHAKEN_E_ARG);
	cr_expect_eq(shaken_chain_check(NULL, TEST_NOW, NULL), SHAKEN_E_ARG);
	free(ten);
	free(eleven);
	free(key);
	free(big);
	shaken_trust_free(&t);
	test_pki_free(&p);
}

Test(chain, der)
{
	unsigned char der[2048];
	struct shaken_trust *t;
	struct shaken_chain *c = NULL;
	struct test_pki p;
	size_t n;

	test_pki_init(&p);
	leaf_under_root(&p);
	test_pki_make(&p);
	n = test_pem_to_der(p.leaf.pem, der, sizeof(der));
	t = trust_in(p.root.pem, 0);
	cr_assert_eq(shaken_chain_new(t, (struct shaken_sv){ (char *)der, n },
	    &c, NULL), SHAKEN_OK);
	expect_steps("DER", c, TRUSTED, "");
	shaken_chain_free(&c);
	shaken_trust_free(&t);
	test_pki_free(&p);
}
