/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "fresh.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

#define DATE "Tue, 14 Nov 2023 22:13:20 GMT"
#define DATE_10 "Tue, 14 Nov 2023 22:13:30 GMT"

/* RFC 9111 sections 4.2.1, 5.2, 5.3; all of it R-094 */
static const struct {
	const char	*name, *cache_control, *expires, *date, *age;
	long long	 want;
} cases[] = {
	{ "nothing", NULL, NULL, NULL, NULL, -1 },
	{ "nothing, Age", NULL, NULL, NULL, "10", -1 },
	{ "max-age", "max-age=60", NULL, NULL, NULL, 60 },
	{ "capitals, blanks", "public , Max-Age = 60 ", NULL, NULL, NULL, 60 },
	{ "quoted", "max-age=\"60\"", NULL, NULL, NULL, 60 },
	{ "zero", "max-age=0", NULL, NULL, NULL, 0 },
	{ "negative", "max-age=-1", NULL, NULL, NULL, 0 },
	{ "no number", "max-age=soon", NULL, NULL, NULL, 0 },
	{ "empty", "max-age=", NULL, NULL, NULL, 0 },
	{ "alone", "max-age", NULL, NULL, NULL, 0 },
	{ "the shorter of two", "max-age=60, max-age=30", NULL, NULL, NULL,
	    30 },
	{ "s-maxage first", "max-age=60, s-maxage=90", NULL, NULL, NULL, 90 },
	{ "too large", "max-age=99999999999999999999999", NULL, NULL, NULL,
	    2147483648 },
	{ "no-store", "max-age=60, no-store", NULL, NULL, NULL, 0 },
	{ "no-cache", "no-cache", NULL, NULL, NULL, 0 },
	{ "no-cache of a field", "no-cache=\"x\", max-age=60", NULL, NULL,
	    NULL, 0 },
	{ "other directives", "private, must-revalidate", NULL, NULL, NULL,
	    -1 },
	{ "only commas", ",,,", NULL, NULL, NULL, -1 },
	{ "name that contains it", "x-max-age=60", NULL, NULL, NULL, -1 },
	{ "less Age", "max-age=60", NULL, NULL, "25", 35 },
	{ "all of it Age", "max-age=60", NULL, NULL, "60", 0 },
	{ "more than Age", "max-age=60", NULL, NULL, "61", 0 },
	{ "Age that is none", "max-age=60", NULL, NULL, "-5", 60 },
	{ "Expires", NULL, DATE_10, DATE, NULL, 10 },
	{ "Expires is Date", NULL, DATE, DATE, NULL, 0 },
	{ "Expires before Date", NULL, DATE, DATE_10, NULL, 0 },
	{ "Expires: 0", NULL, "0", DATE, NULL, 0 },
	{ "Expires: 0, no Date", NULL, "0", NULL, NULL, 0 },
	{ "Expires, no Date", NULL, DATE_10, NULL, NULL, -1 },
	{ "Expires less Age", NULL, DATE_10, DATE, "4", 6 },
	{ "max-age goes before", "max-age=60", DATE_10, DATE, NULL, 60 },
	{ "a date too long", NULL, "Tue, 14 Nov 2023 22:13:30 GMT           "
	    "                                          ", DATE, NULL, 0 },
};

Test(fresh, cases)
{
	for (size_t i = 0; i < N(cases); i++) {
		struct certs_fresh f = {
			shaken_sv_cstr(cases[i].cache_control),
			shaken_sv_cstr(cases[i].expires),
			shaken_sv_cstr(cases[i].date),
			shaken_sv_cstr(cases[i].age),
		};

		cr_expect_eq(certs_fresh_s(&f), cases[i].want,
		    "R-094 %s: %lld", cases[i].name,
		    (long long)certs_fresh_s(&f));
	}
}
