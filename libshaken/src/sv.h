/* SPDX-License-Identifier: Apache-2.0 */
/* sv.h - cursor helpers over a borrowed view. */
#ifndef SHK_SV_H
#define SHK_SV_H

#include <stdbool.h>

#include <shaken/view.h>

/* Take one byte if it is c. */
static inline bool
shk_sv_eat(struct shaken_sv *in, char c)
{
	if (in->n == 0 || in->p[0] != c)
		return false;
	in->p++;
	in->n--;
	return true;
}

/* Take the longest run of bytes that ok() accepts, possibly empty.  Inlined, so
 * that ok() is too: a call for each byte of a token shows in a profile. */
__attribute__((always_inline))
static inline struct shaken_sv
shk_sv_span(struct shaken_sv *in, bool (*ok)(char))
{
	struct shaken_sv run = { in->p, 0 };
	const char *p = in->p;	/* locals, so that they stay in registers */
	size_t n = 0;

	while (n < in->n && ok(p[n]))
		n++;
	if (n > 0)		/* NULL + 0 is undefined in C11 */
		in->p += n;
	in->n -= n;
	run.n = n;
	return run;
}

/* The same bytes. */
static inline bool
shk_sv_equal(struct shaken_sv a, struct shaken_sv b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline char
shk_ascii_lower(char c)		/* not tolower(): no locale */
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* ASCII case-insensitive, for names only; values compare exactly. */
static inline bool
shk_sv_name_is(struct shaken_sv a, struct shaken_sv b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (shk_ascii_lower(a.p[i]) != shk_ascii_lower(b.p[i]))
			return false;
	return true;
}

#endif
