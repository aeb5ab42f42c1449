/* SPDX-License-Identifier: Apache-2.0 */
/* Delegate certificates (RFC 9060) and the scope of a TNAuthList, as chain.c
 * judges them. */
#include <stdlib.h>

#include <criterion/criterion.h>

#include "chain.h"
#include "pki.h"
#include "tnauthlist.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* why NULL: the chain is trusted; else it is not, for this reason alone. */
static void
expect_scope(const char *name, const struct shaken_chain *c, const char *why)
{
	const char *detail;
	enum shaken_result r;

	r = shk_chain_step(c, SHK_CHAIN_PATH, &detail);
	cr_expect_eq(r, SHAKEN_PASS, "%s: %s", name, detail);
	r = shk_chain_step(c, SHK_CHAIN_SCOPE, &detail);
	cr_expect_eq(r == SHAKEN_FAIL, why != NULL, "%s: %s", name, detail);
	cr_expect(strstr(detail, why == NULL ? "" : why) != NULL, "%s: %s",
	    name, detail);
	cr_expect_eq(shaken_chain_check(c, TEST_NOW, NULL), why == NULL ?
	    SHAKEN_OK : SHAKEN_E_CREDENTIAL, "%s", name);
}

/* "s1234", "r100+100" or "o100" as DER; NULL: none. */
static struct shaken_sv
tnauthlist(const char *from, uint8_t buf[64])
{
	struct shaken_tnauth e = { .count = 1 };
	size_t len;
	char *plus;

	if (from == NULL)
		return (struct shaken_sv){ NULL, 0 };
	e.kind = *from == 's' ? SHAKEN_TNAUTH_SPC : *from == 'r' ?
	    SHAKEN_TNAUTH_RANGE : SHAKEN_TNAUTH_ONE;
	e.value = (struct shaken_sv){ from + 1, strcspn(from + 1, "+") };
	plus = strchr(from, '+');
	if (plus != NULL)
		e.count = strtoull(plus + 1, NULL, 10);
	cr_assert_eq(shk_tnauthlist_encode(&e, 1, buf, 64, &len), SHAKEN_OK);
	return (struct shaken_sv){ (const char *)buf, len };
}

/* Root, a CA of a provider, a CA of a customer, a leaf, and their lists. */
static const struct {
	const char	*name;
	const char	*root, *upper, *lower, *leaf;
	const char	*order;	/* U upper, W lower, R root, L leaf */
	bool		 no_aki; /* of the lower CA */
	const char	*why;	/* NULL: passes */
} delegated[] = {
	{ "R-121 inside", NULL, "r1000+1000", "r1100+100", "r1110+10", "LWU",
	    false, NULL },
	{ "R-121 equal", NULL, "r1000+100", "r1000+100", "r1000+100", "LWU",
	    false, NULL },
	{ "R-121 leaf outside", NULL, "r1000+1000", "r1100+100", "r1200+10",
	    "LWU", false, "1200 is not within the TNAuthList of CN=lower" },
	{ "R-121 CA outside", NULL, "r1000+100", "r1100+100", "r1100+10",
	    "LWU", false, "1100 is not within the TNAuthList of CN=upper" },
	{ "R-121 a CA without a list between", NULL, "r1000+100", NULL,
	    "o1100", "LWU", false,
	    "1100 is not within the TNAuthList of CN=upper" },
	{ "R-121 a CA without a list between, inside", NULL, "r1000+100",
	    NULL, "o1099", "LWU", false, NULL },
	{ "R-121 numbers of a provider", NULL, "s1234", "r1100+100", "o1100",
	    "LWU", false, NULL },
	{ "R-121 provider under itself", NULL, "s583J", "s583j", "s583J",
	    "LWU", false, NULL },
	{ "R-121 provider under another", NULL, "s1234", "s1235", "o1100",
	    "LWU", false, "1235 is not within the TNAuthList of CN=upper" },
	{ "R-121 the anchor limits too", "r1000+10", "r1000+100", NULL,
	    "o1000", "LWU", false, "TNAuthList of CN=root" },
	{ "R-121 root at the end", NULL, "r1000+100", NULL, "o1000", "LWUR",
	    false, NULL },
	{ "R-121 order", NULL, "r1000+100", NULL, "o1000", "LUW", false,
	    "RFC 9060 section 7" },
	{ "R-121 leaf not first", NULL, "r1000+100", NULL, "o1000", "WUL",
	    false, "RFC 9060 section 7" },
	{ "R-121 no AKI", NULL, "r1000+100", NULL, "o1000", "LWU", true,
	    "RFC 9060 section 7" },
	{ "order does not matter without delegation", NULL, NULL, NULL,
	    "o1000", "LUW", true, NULL },
};

static struct certs_spec
delegate_spec(const char *cn, bool ca, struct shaken_sv list)
{
	return (struct certs_spec){
		.size = sizeof(struct certs_spec),
		.subject = { .cn = cn },
		.not_before = TEST_NOW, .not_after = TEST_NOW,
		.basic = ca ? CERTS_BASIC_CA : CERTS_BASIC_LEAF,
		.key_usage = ca ? CERTS_KU_KEY_CERT_SIGN :
		    CERTS_KU_DIGITAL_SIGNATURE,
		.tnauthlist = list,
	};
}

Test(delegation, table)
{
	for (size_t i = 0; i < N(delegated); i++) {
		struct test_cert root = { 0 }, upper = { 0 }, lower = { 0 },
		    leaf = { 0 };
		const char *why = delegated[i].why;
		uint8_t buf[4][64];
		struct shaken_chain *c;
		char *pem;

		root.spec = delegate_spec("root", true,
		    tnauthlist(delegated[i].root, buf[0]));
		upper.spec = delegate_spec("upper", true,
		    tnauthlist(delegated[i].upper, buf[1]));
		lower.spec = delegate_spec("lower", true,
		    tnauthlist(delegated[i].lower, buf[2]));
		leaf.spec = delegate_spec("leaf", false,
		    tnauthlist(delegated[i].leaf, buf[3]));
		lower.spec.no_aki = delegated[i].no_aki;
		test_cert_make(&root, NULL);
		test_cert_make(&upper, &root);
		test_cert_make(&lower, &upper);
		test_cert_make(&leaf, &lower);
		pem = test_concat("", "");
		for (const char *p = delegated[i].order; *p != '\0'; p++) {
			char *more = test_concat(pem, *p == 'L' ? leaf.pem :
			    *p == 'W' ? lower.pem : *p == 'U' ? upper.pem :
			    root.pem);

			free(pem);
			pem = more;
		}
		c = test_chain_make(root.pem, pem);
		expect_scope(delegated[i].name, c, why);
		shaken_chain_free(&c);
		free(pem);
		test_cert_free(&root);
		test_cert_free(&upper);
		test_cert_free(&lower);
		test_cert_free(&leaf);
	}
}

/* A CA's list that does not decode limits nothing we could know. */
Test(delegation, malformed_list_of_a_ca)	/* */
{
	struct shaken_chain *c;
	struct test_pki p;

	test_pki_init(&p);
	p.inter.spec.tnauthlist = SHAKEN_SV_LIT("\x30\x00");
	test_pki_make(&p);
	c = test_chain_make(p.root.pem, p.chain);
	expect_scope("malformed", c, "SHAKEN Issuing CA");
	shaken_chain_free(&c);
	test_pki_free(&p);
}

Test(delegation, covers)	/* */
{
	static const struct {
		const char		*list, *tn;
		enum shaken_result	 want;
	} rows[] = {
		{ "r1000+100", "1099", SHAKEN_PASS },
		{ "r1000+100", "1100", SHAKEN_FAIL },
		{ "s1234", "1100", SHAKEN_SKIPPED },
	};

	for (size_t i = 0; i < N(rows); i++) {
		struct shaken_id id = { .kind = SHAKEN_ID_TN, .len = 4 };
		struct shaken_diag diag = { "" };
		struct shaken_chain *c;
		struct test_pki p;
		uint8_t buf[64];

		test_pki_init(&p);
		p.leaf.spec.tnauthlist = tnauthlist(rows[i].list, buf);
		test_pki_make(&p);
		c = test_chain_make(p.root.pem, p.chain);
		memcpy(id.text, rows[i].tn, 5);
		cr_expect_eq(shk_chain_covers(c, &id, &diag), rows[i].want);
		cr_expect_eq(strstr(diag.text, "1100") != NULL, rows[i].want
		    == SHAKEN_FAIL, "%s", diag.text);
		shaken_chain_free(&c);
		test_pki_free(&p);
	}
}
