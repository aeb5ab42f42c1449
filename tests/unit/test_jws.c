/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <criterion/criterion.h>

#include <shaken/passport.h>

#include "jws.h"

/* */
static const struct {
	const char	*name, *in;
	enum shaken_err	 err;
	const char	*diag;	/* a word of it */
} cases[] = {
	{ "three parts", "h.p.s", SHAKEN_OK, "" },
	{ "no dot [R-028]", "h", SHAKEN_E_SYNTAX, "1 parts" },
	{ "two parts [R-028]", "h.p", SHAKEN_E_SYNTAX, "2 parts" },
	{ "four parts [R-028]", "h.p.s.x", SHAKEN_E_SYNTAX, "4 parts" },
	{ "five parts, a JWE [R-028]", "h.k.i.c.t", SHAKEN_E_SYNTAX, "5 parts" },
	{ "empty [R-028]", "", SHAKEN_E_SYNTAX, "1 parts" },
	{ "compact form, RFC 8225 7 [R-029]", "..s", SHAKEN_E_SYNTAX, "compact" },
	{ "no header", ".p.s", SHAKEN_E_SYNTAX, "part 1" },
	{ "no payload: detached", "h..s", SHAKEN_E_SYNTAX, "part 2" },
	{ "no signature: alg none", "h.p.", SHAKEN_E_SYNTAX, "part 3" },
	{ "only dots", "..", SHAKEN_E_SYNTAX, "compact" },
};

static bool
is(struct shaken_sv v, const char *s)
{
	return v.n == strlen(s) && memcmp(v.p, s, v.n) == 0;
}

Test(jws, split_table)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct shaken_diag d = { "" };
		struct shk_jws j;

		cr_expect_eq(shk_jws_split(shaken_sv_cstr(cases[i].in), &j, &d),
		    cases[i].err, "%s", cases[i].name);
		cr_expect_not_null(strstr(d.text, cases[i].diag), "%s: %s",
		    cases[i].name, d.text);
		if (cases[i].err != SHAKEN_OK)
			cr_expect_eq(j.header.n + j.payload.n + j.signature.n +
			    j.signed_bytes.n, 0, "%s", cases[i].name);
	}
}

Test(jws, parts)
{
	struct shk_jws j;

	cr_assert_eq(shk_jws_split(SHAKEN_SV_LIT("head.pay.sign"), &j, NULL),
	    SHAKEN_OK);
	cr_expect(is(j.header, "head"));
	cr_expect(is(j.payload, "pay"));
	cr_expect(is(j.signature, "sign"));
	cr_expect(is(j.signed_bytes, "head.pay"));
}

/* */
Test(jws, size_limit)
{
	char *big = malloc(SHAKEN_TOKEN_MAX + 1);
	struct shk_jws j;

	memset(big, 'A', SHAKEN_TOKEN_MAX + 1);
	big[10] = big[20] = '.';
	cr_expect_eq(shk_jws_split((struct shaken_sv){ big, SHAKEN_TOKEN_MAX },
	    &j, NULL), SHAKEN_OK);
	cr_expect_eq(shk_jws_split((struct shaken_sv){ big,
	    SHAKEN_TOKEN_MAX + 1 }, &j, NULL), SHAKEN_E_LIMIT);
	free(big);
}
