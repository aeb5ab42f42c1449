/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>

#include <criterion/criterion.h>

#include "text.h"
#include "utf8.h"

Test(utf8, every_code_point)	/* RFC 3629 section 3 */
{
	char p[4];

	for (uint32_t c = 0; c < 0x200000; c++) {
		bool good = c != 0 && c < 0x110000 &&
		    (c < 0xd800 || c > 0xdfff);
		size_t n = test_put_utf8(c, p);

		cr_assert_eq(shk_utf8_ok((struct shaken_sv){ p, n }), good,
		    "U+%04X", c);
		cr_assert(n == 1 || !shk_utf8_ok((struct shaken_sv){ p,
		    n - 1 }), "U+%04X cut", c);
	}
}

static const struct {
	const char	*name, *in;
	bool		 good;
} cases[] = {
	{ "empty",			"",			true },
	{ "mixed",			"a\xc3\xa9z\xe2\x82\xac", true },
	{ "overlong of 2",		"\xc1\xbf",		false },
	{ "overlong of 3",		"\xe0\x9f\xbf",		false },
	{ "overlong of 4",		"\xf0\x8f\xbf\xbf",	false },
	{ "continuation alone",		"a\x80",		false },
	{ "lead, then ascii",		"\xc3""a",		false },
	{ "lead, then lead",		"\xe2\x82\xc3\xa9",	false },
	{ "five bytes",			"\xf8\x88\x80\x80\x80",	false },
	{ "0xff",			"\xff",			false },
};

Test(utf8, table)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_eq(shk_utf8_ok(shaken_sv_cstr(cases[i].in)),
		    cases[i].good, "%s", cases[i].name);
	cr_expect(shk_utf8_ok((struct shaken_sv){ NULL, 0 }));
}
