/* SPDX-License-Identifier: Apache-2.0 */
/* tn.c - telephone numbers in canonical form (RFC 8224 section 8.3). */
#include <shaken/tn.h>

#include "lex.h"

#define DIALLED_MAX	(SHAKEN_TN_MAX + 3)	/* after "011", E.164's most */
#define COUNTRY_MAX	3			/* ITU-T E.164 section 6.2.1 */
#define NATIONAL_MIN	7	/* fewer digits are a service number, or a part
				 * of a number that no country code completes */

static bool
is_separator(char c)	/* RFC 3966 section 3, and the blank people write */
{
	return c == '-' || c == '.' || c == '(' || c == ')' || c == ' ';
}

static bool
country_ok(const char *country)
{
	size_t n = 0;

	while (n < COUNTRY_MAX && shk_is_digit(country[n]))
		n++;
	return n >= 1 && country[n] == '\0';
}

/* Put code where the first cut of n digits were; returns the new length. */
static size_t
replace_prefix(char *digits, size_t n, size_t cut, const char *code)
{
	size_t len = strlen(code);

	memmove(digits + len, digits + cut, n - cut);
	memcpy(digits, code, len);
	return n - cut + len;
}

/* RFC 8224 section 8.3 step 2, as far as it is the same all over a country.
 * Returns the new length, COUNTRY_MAX more at most. */
static size_t
globalise(char *digits, size_t n, const char *country)
{
	if (n < NATIONAL_MIN)
		return n;
	if (strcmp(country, "1") == 0) {
		if (n >= 3 + NATIONAL_MIN && memcmp(digits, "011", 3) == 0)
			return replace_prefix(digits, n, 3, "");
		if (n == 10 && digits[0] >= '2')
			return replace_prefix(digits, n, 0, country);
		return n;
	}
	if (memcmp(digits, "00", 2) == 0)
		return replace_prefix(digits, n, 2, "");
	if (digits[0] == '0')
		return replace_prefix(digits, n, 1, country);
	return n;
}

enum shaken_err
shaken_tn_canon(struct shaken_sv in, const char *country,
    struct shaken_tn *out)
{
	char digits[DIALLED_MAX + COUNTRY_MAX];
	bool global, service = false;
	size_t n = 0;

	*out = (struct shaken_tn){ .len = 0 };
	if (country != NULL && !country_ok(country))
		return SHAKEN_E_ARG;

	while (shk_sv_eat(&in, ' '))
		;
	global = shk_sv_eat(&in, '+');
	for (size_t i = 0; i < in.n; i++) {
		char c = in.p[i];

		if (is_separator(c))
			continue;
		if (c == '#' || c == '*')
			service = true;
		else if (!shk_is_digit(c))
			return SHAKEN_E_TN;
		if (n < DIALLED_MAX)
			digits[n] = c;
		n++;
	}
	if (n == 0)
		return SHAKEN_E_TN;
	if (n > DIALLED_MAX)
		return SHAKEN_E_LIMIT;
	if (country != NULL && !global && !service)
		n = globalise(digits, n, country);
	if (n > SHAKEN_TN_MAX)
		return SHAKEN_E_LIMIT;

	memcpy(out->digits, digits, n);	/* the rest is zero already */
	out->len = n;
	return SHAKEN_OK;
}
