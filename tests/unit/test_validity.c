/* SPDX-License-Identifier: Apache-2.0 */
/* When a chain is valid, as chain.c answers. */
#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "chain.h"
#include "pki.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* at the limits of each certificate in the path, the anchor included. */
Test(validity, limits)
{
	static const char *const names[] = {
		"CN=SHAKEN 1234,O=Test Provider,C=US",
		"CN=SHAKEN Issuing CA,O=Test STI-CA,C=US",
		"CN=SHAKEN Root CA,O=Test STI-CA,C=US",
	};

	for (size_t i = 0; i < N(names); i++) {
		struct shaken_diag diag;
		struct shaken_chain *c;
		struct test_cert *spoilt;
		struct test_pki p;
		char want[200];

		test_pki_init(&p);
		spoilt = i == 0 ? &p.leaf : i == 1 ? &p.inter : &p.root;
		spoilt->spec.not_before = 1700000000;
		spoilt->spec.not_after = 1700003600;
		test_pki_make(&p);
		c = test_chain_make(p.root.pem, p.chain);
		cr_expect(shk_chain_valid_at(c, 1700000000, NULL));
		cr_expect(shk_chain_valid_at(c, 1700003600, NULL));
		cr_expect_eq(shaken_chain_check(c, 1700003600, NULL),
		    SHAKEN_OK);

		cr_expect_not(shk_chain_valid_at(c, 1699999999, &diag));
		snprintf(want, sizeof(want), "certificate %s is not valid "
		    "before 2023-11-14T22:13:20Z", names[i]);
		cr_expect_str_eq(diag.text, want);
		cr_expect_not(shk_chain_valid_at(c, 1700003601, &diag));
		snprintf(want, sizeof(want), "certificate %s expired "
		    "2023-11-14T23:13:20Z", names[i]);
		cr_expect_str_eq(diag.text, want);
		cr_expect_eq(shaken_chain_check(c, 1700003601, &diag),
		    SHAKEN_E_CREDENTIAL);
		cr_expect_str_eq(diag.text, want);
		shaken_chain_free(&c);
		test_pki_free(&p);
	}
}

/* A root that was issued anew over its key: the old one is trusted still, and
 * listed first.  Likewise an intermediate in the file. */
Test(validity, renewed_ca)
{
	struct test_cert root, inter;
	struct shaken_chain *c;
	struct test_pki p;
	char *roots, *chain;

	test_pki_init(&p);
	p.root.spec.not_after = TEST_NOW - 1;
	p.inter.spec.not_after = TEST_NOW - 1;
	test_pki_make(&p);
	root = p.root;
	inter = p.inter;
	root.spec.not_after = inter.spec.not_after = TEST_NOW + TEST_DAY;
	root.pem = inter.pem = NULL;
	test_cert_make(&root, NULL);
	test_cert_make(&inter, &root);
	roots = test_concat(p.root.pem, root.pem);
	chain = test_concat(p.chain, inter.pem);

	c = test_chain_make(roots, chain);
	cr_expect_eq(shaken_chain_check(c, TEST_NOW, NULL), SHAKEN_OK);
	shaken_chain_free(&c);
	c = test_chain_make(roots, p.chain);
	cr_expect_eq(shaken_chain_check(c, TEST_NOW, NULL),
	    SHAKEN_E_CREDENTIAL);
	shaken_chain_free(&c);
	free(roots);
	free(chain);
	free(root.pem);
	free(inter.pem);
	test_pki_free(&p);
}
