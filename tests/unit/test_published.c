/* SPDX-License-Identifier: Apache-2.0 */
/* The examples that RFCs print, judged whole.  That their signatures verify or
 * not is in test_es256.c, what decoding makes of them in test_passport.c. */
#include <stdlib.h>

#include <criterion/criterion.h>

#include "calls.h"
#include "forge.h"
#include "pki.h"
#include "vectors.h"

/* the check that decides.  The printed keys are in no
 * certificate, so what is sound gets as far as the dates of another's, which is
 * not valid in 2015. */
static const struct {
	const char	*name, *token, *params;
	unsigned	 flags;
	int64_t		 now;
	const char	*check;
	int		 code;
} printed[] = {
	{ "G1 RFC 8225 A: sound", test_g1,
	    ";info=<https://cert.example.org/passport.cer>",
	    SHAKEN_ACCEPT_BASE, 1471375418, "valid-now", 437 },
	{ "G1 where a base token is not accepted", test_g1,
	    ";info=<https://cert.example.org/passport.cer>", 0, 1471375418,
	    "header-claims", 436 },
	{ "G2 RFC 8225 7.1: iat is a string [R-021]", test_g2,
	    ";info=<https://cert.example.org/passport.cer>",
	    SHAKEN_ACCEPT_BASE, 1443208345, "claims", 438 },
	{ "G2 RFC 8225 7.1 in compact form [R-029]", "..rq3pjT1hoRwakEGjHCnWSwU"
	    "nshd0-zJ6F1VOgFWSjHBr8Qjpjlk-cpFYpFYsojNCpTzO3QfPOlckGaS6hEck7w",
	    ";info=<https://cert.example.org/passport.cer>",
	    SHAKEN_ACCEPT_BASE, 1443208345, "full-form", 438 },
	{ "G3 RFC 8946 5: sound", test_g3,
	    ";info=<https://www.example.com/cert.cer>", SHAKEN_ACCEPT_BASE,
	    1443208345, "valid-now", 437 },
	{ "G4 RFC 8946 4.1: quoted ppt, no alg", test_g4,
	    ";info=<https://www.example.com/cert.cer>;ppt=\"div\"", 0,
	    1443208345, "valid-now", 437 },
	{ "G5 RFC 8946 5: dest.tn is a string [R-023]", test_g5,
	    ";info=<https://www.example.com/cert.cer>;ppt=\"div-o\"", 0,
	    1443208345, "claims", 438 },
	{ "G6 RFC 8443 4.1: no JSON, and info is not x5u [R-024]", test_g6,
	    ";info=<https://www.example.org/cert.cer>;ppt=\"rph\"", 0,
	    1443208345, "x5u-is-info", 436 },
	{ "G6 with its x5u: no JSON [R-024]", test_g6,
	    ";info=<https://www.example.com/cert.cer>;ppt=\"rph\"", 0,
	    1443208345, "claims", 438 },
};

Test(published, verdicts)
{
	struct shaken_chain *chain = NULL;
	struct shaken_trust *trust = NULL;
	struct test_pki pki;

	test_pki_init(&pki);
	test_pki_make(&pki);
	cr_assert_eq(shaken_trust_new(NULL, &trust), SHAKEN_OK);
	cr_assert_eq(shaken_trust_add_anchors(trust,
	    shaken_sv_cstr(pki.root.pem), NULL, NULL), SHAKEN_OK);
	cr_assert_eq(shaken_chain_new(trust, shaken_sv_cstr(pki.chain), &chain,
	    NULL), SHAKEN_OK);
	for (size_t i = 0; i < sizeof(printed) / sizeof(printed[0]); i++) {
		char *value = test_text("%s%s", printed[i].token,
		    printed[i].params);
		struct test_call in = { .identity = { value },
			.flags = printed[i].flags, .now = printed[i].now };
		struct shaken_verify *v = test_call_run(trust, chain, &in);
		const struct shaken_verdict *d = shaken_verify_verdict_of(v, 0);

		cr_expect_str_eq(d->check == NULL ? "" : d->check,
		    printed[i].check, "%s: %s: %s", printed[i].name, d->check,
		    d->detail.text);
		cr_expect_eq(d->code, printed[i].code, "%s: %d",
		    printed[i].name, d->code);
		cr_expect_neq(d->verstat, SHAKEN_TN_VALIDATION_PASSED, "%s",
		    printed[i].name);
		shaken_verify_free(&v);
		free(value);
	}
	shaken_trust_free(&trust);
	shaken_chain_free(&chain);
	test_pki_free(&pki);
}
