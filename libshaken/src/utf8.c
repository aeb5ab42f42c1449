/* SPDX-License-Identifier: Apache-2.0 */
/* utf8.c - well-formed UTF-8 (RFC 3629). */
#include "utf8.h"

/* RFC 3629 section 4: how many continuation bytes follow lead byte c, and the
 * bounds of the first of them, which keep out overlong forms, surrogates and
 * what is beyond U+10FFFF.  -1: no lead byte. */
static int
utf8_tail(unsigned char c, unsigned char *lo, unsigned char *hi)
{
	*lo = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
	*hi = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
	if (c < 0x80)
		return 0;
	if (c < 0xc2 || c > 0xf4)
		return -1;
	return c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
}

bool
shk_utf8_ok(struct shaken_sv s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char lo, hi;
		int tail = utf8_tail((unsigned char)s.p[i], &lo, &hi);

		if (tail < 0 || s.p[i] == '\0')
			return false;
		for (; tail > 0; tail--, lo = 0x80, hi = 0xbf) {
			if (++i == s.n || (unsigned char)s.p[i] < lo ||
			    (unsigned char)s.p[i] > hi)
				return false;
		}
	}
	return true;
}
