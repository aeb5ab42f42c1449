/* SPDX-License-Identifier: Apache-2.0 */
/* tn.h - telephone numbers in the canonical form of RFC 8224 section 8.3. */
#ifndef SHAKEN_TN_H
#define SHAKEN_TN_H

#include <stddef.h>

#include <shaken/err.h>
#include <shaken/view.h>

SHAKEN_BEGIN_DECLS

/* E.164 section 6: at most 15 digits. */
#define SHAKEN_TN_MAX 15

struct shaken_tn {
	char	digits[SHAKEN_TN_MAX + 1]; /* canonical, NUL-terminated */
	size_t	len;			   /* strlen(digits) */
};

/*
 * Canonicalise a telephone number: drop a leading '+', drop visual separators
 * (RFC 3966 section 3: "-", ".", "(", ")") and spaces, keep digits, '#' and
 * '*'.  Stricter than RFC 8224 section 8.3 in one point: any other byte is an
 * error and not dropped, so that no two different dialled strings collapse
 * into one signed number.
 *
 *   in		borrowed for the call; need not be NUL-terminated
 *   country	default country code as digits ("1"), or NULL for none; borrowed.
 *		A national number then becomes a global one (section 8.3 step 2):
 *		"1": 10 digits from 2 to 9 get it, "011" is cut; other codes: "00"
 *		is cut, one leading "0" is replaced.  A number with a leading '+',
 *		with '#' or '*', or of fewer than 7 digits (911, 112) stays as it is.
 *   out	filled on success; all zero on failure
 *
 * Returns SHAKEN_OK, SHAKEN_E_TN (empty, or a byte that is none of the above),
 * SHAKEN_E_LIMIT (more than SHAKEN_TN_MAX digits), or SHAKEN_E_ARG (country is
 * not 1 to 3 digits).  Allocates nothing.  Thread-safe.
 */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
shaken_tn_canon(struct shaken_sv in, const char *country,
    struct shaken_tn *out);

SHAKEN_END_DECLS

#endif
