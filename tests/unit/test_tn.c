/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <criterion/criterion.h>

#include <shaken/tn.h>

#define N(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char	*name, *in, *country;
	enum shaken_err	 err;
	const char	*want;
} cases[] = {
	{ "bare", "12155551212", NULL, SHAKEN_OK, "12155551212" },
	{ "R-018 all separators", "+1 (215) 555-1212", NULL, SHAKEN_OK,
	    "12155551212" },
	{ "dots", "1.215.555.1212", NULL, SHAKEN_OK, "12155551212" },
	{ "blanks around", "  +12155551212 ", NULL, SHAKEN_OK, "12155551212" },
	{ "R-055 911", "911", NULL, SHAKEN_OK, "911" },
	{ "R-055 *67", "*67", NULL, SHAKEN_OK, "*67" },
	{ "R-055 #31#", "#31#", NULL, SHAKEN_OK, "#31#" },
	{ "one digit", "0", NULL, SHAKEN_OK, "0" },
	{ "leading zeros stay", "00123", NULL, SHAKEN_OK, "00123" },
	{ "leading ones stay", "11115550100", NULL, SHAKEN_OK, "11115550100" },
	{ "R-057 empty", "", NULL, SHAKEN_E_TN, "" },
	{ "R-057 only a plus", "+", NULL, SHAKEN_E_TN, "" },
	{ "R-057 only separators", "+ (-.) ", NULL, SHAKEN_E_TN, "" },
	{ "R-057 letters", "1800FLOWERS", NULL, SHAKEN_E_TN, "" },
	{ "R-057 letter at the end", "12155551212x", NULL, SHAKEN_E_TN, "" },
	{ "R-057 15 digits", "123456789012345", NULL, SHAKEN_OK,
	    "123456789012345" },
	{ "R-057 16 digits", "1234567890123456", NULL, SHAKEN_E_LIMIT, "" },
	{ "R-057 16 digits, plus", "+1234567890123456", NULL,
	    SHAKEN_E_LIMIT, "" },
	{ "R-057 18 digits", "123456789012345678", NULL, SHAKEN_E_LIMIT, "" },
	{ "R-057 19 digits", "1234567890123456789", NULL, SHAKEN_E_LIMIT, "" },
	{ "R-057 too long and a letter", "12345678901234567890123x", NULL,
	    SHAKEN_E_TN, "" },
	{ "plus inside", "1+2155551212", NULL, SHAKEN_E_TN, "" },
	{ "two pluses", "++12155551212", NULL, SHAKEN_E_TN, "" },
	{ "tab", "1215\t5551212", NULL, SHAKEN_E_TN, "" },
	{ "line end", "12155551212\n", NULL, SHAKEN_E_TN, "" },
	{ "tel URI", "tel:+12155551212", NULL, SHAKEN_E_TN, "" },
	{ "parameter", "+12155551212;ext=5", NULL, SHAKEN_E_TN, "" },
	{ "high bit", "12155\xb2""51212", NULL, SHAKEN_E_TN, "" },
	{ "arabic digits", "+\xd9\xa1\xd9\xa2\xd9\xa3", NULL, SHAKEN_E_TN, "" },

	{ "R-056 ten digits, 1", "2155551212", "1", SHAKEN_OK, "12155551212" },
	{ "R-056 ten digits, none", "2155551212", NULL, SHAKEN_OK,
	    "2155551212" },
	{ "R-056 separators", "(215) 555-1212", "1", SHAKEN_OK,
	    "12155551212" },
	{ "R-056 has its 1", "12155551212", "1", SHAKEN_OK, "12155551212" },
	{ "R-056 plus", "+2155551212", "1", SHAKEN_OK, "2155551212" },
	{ "R-056 no area code begins with 1", "1155551212", "1", SHAKEN_OK,
	    "1155551212" },
	{ "R-056 nor with 0", "0155551212", "1", SHAKEN_OK, "0155551212" },
	{ "R-056 seven digits, 1", "5551212", "1", SHAKEN_OK, "5551212" },
	{ "R-056 011", "011442079460000", "1", SHAKEN_OK, "442079460000" },
	{ "R-056 011, the longest", "011123456789012345", "1", SHAKEN_OK,
	    "123456789012345" },
	{ "R-056 011, too long", "0111234567890123456", "1",
	    SHAKEN_E_LIMIT, "" },
	{ "R-056 011 and 7", "0111234567", "1", SHAKEN_OK, "1234567" },
	{ "R-056 011 and 6", "011123456", "1", SHAKEN_OK, "011123456" },
	{ "R-056 01144 without country", "011442079460000", NULL, SHAKEN_OK,
	    "011442079460000" },
	{ "R-056 0, 44", "02079460000", "44", SHAKEN_OK, "442079460000" },
	{ "R-056 00, 44", "00442079460000", "44", SHAKEN_OK, "442079460000" },
	{ "R-056 00 to elsewhere, 44", "0012155551212", "44", SHAKEN_OK,
	    "12155551212" },
	{ "R-056 global, 44", "442079460000", "44", SHAKEN_OK,
	    "442079460000" },
	{ "R-056 0, 353", "0112345678", "353", SHAKEN_OK, "353112345678" },
	{ "R-056 plus, 44", "+02079460000", "44", SHAKEN_OK, "02079460000" },
	{ "R-056 0, grows to 16", "01234567890123", "353", SHAKEN_E_LIMIT,
	    "" },
	{ "R-056 0, grows to 15", "0123456789012", "353", SHAKEN_OK,
	    "353123456789012" },
	{ "R-056 0 and 16 digits", "0123456789012345", "44", SHAKEN_E_LIMIT,
	    "" },
	{ "R-055 911, 1", "911", "1", SHAKEN_OK, "911" },
	{ "R-055 112, 44", "112", "44", SHAKEN_OK, "112" },
	{ "R-056 seven digits, 49", "0301234", "49", SHAKEN_OK, "49301234" },
	{ "R-055 six digits, 49", "011612", "49", SHAKEN_OK, "011612" },
	{ "R-055 star code, 1", "*2155551212", "1", SHAKEN_OK, "*2155551212" },
	{ "R-055 hash code, 44", "0207946000#", "44", SHAKEN_OK,
	    "0207946000#" },

	{ "country empty", "911", "", SHAKEN_E_ARG, "" },
	{ "country of 3", "911", "353", SHAKEN_OK, "911" },
	{ "country of 4", "911", "1242", SHAKEN_E_ARG, "" },
	{ "country with plus", "911", "+1", SHAKEN_E_ARG, "" },
	{ "country of letters", "911", "us", SHAKEN_E_ARG, "" },
	{ "country, then letters", "911", "1a", SHAKEN_E_ARG, "" },
};

Test(tn, canon_table)
{
	for (size_t i = 0; i < N(cases); i++) {
		struct shaken_tn tn;

		memset(&tn, 'x', sizeof(tn));
		cr_expect_eq(shaken_tn_canon(shaken_sv_cstr(cases[i].in),
		    cases[i].country, &tn), cases[i].err, "%s", cases[i].name);
		cr_expect_str_eq(tn.digits, cases[i].want, "%s",
		    cases[i].name);
		cr_expect_eq(tn.len, strlen(cases[i].want), "%s",
		    cases[i].name);
	}
}

Test(tn, every_byte)
{
	for (int c = 0; c < 256; c++) {
		char in[3] = { '1', (char)c, '2' };
		struct shaken_tn tn;
		bool good = (c >= '0' && c <= '9') ||
		    (c != 0 && strchr("#*-.() ", c) != NULL);

		cr_expect_eq(shaken_tn_canon((struct shaken_sv){ in, 3 }, NULL,
		    &tn), good ? SHAKEN_OK : SHAKEN_E_TN, "byte %d", c);
	}
}

/* A view need not end in NUL: put it flush against the end of a heap block so
 * that a sanitizer sees one byte too many. */
Test(tn, does_not_read_past_the_view)
{
	char *p = malloc(3);
	struct shaken_tn tn;

	cr_assert_not_null(p);
	memcpy(p, "411", 3);
	cr_expect_eq(shaken_tn_canon((struct shaken_sv){ p, 3 }, "1", &tn),
	    SHAKEN_OK);
	cr_expect_str_eq(tn.digits, "411");
	free(p);
	cr_expect_eq(shaken_tn_canon((struct shaken_sv){ NULL, 0 }, NULL, &tn),
	    SHAKEN_E_TN);
}
