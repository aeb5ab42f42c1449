/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHAKEN_VIEW_H
#define SHAKEN_VIEW_H

#include <stddef.h>
#include <string.h>

/*
 * A borrowed run of bytes.  Not NUL-terminated, may hold NULs, owns nothing,
 * is passed by value, and dies with what it points into.  p may be NULL only
 * when n is 0.
 */
struct shaken_sv {
	const char	*p;
	size_t		 n;
};

#define SHAKEN_SV_LIT(s) ((struct shaken_sv){ (s), sizeof(s) - 1 })

static inline struct shaken_sv
shaken_sv_cstr(const char *s)
{
	struct shaken_sv v = { s, s == NULL ? 0 : strlen(s) };

	return v;
}

#endif
