/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scan.h - read a JSON object in one pass, without allocation or recursion.
 *
 * A verification reads two small objects and wants a handful of their members;
 * building jansson's trees for that costs more than everything else that is not
 * the curve.  What is accepted is what shk_json_parse() accepts (a fuzz target
 * holds the two against each other), but for two things: the size of numbers is
 * not looked at, and there is a limit on the members of the objects that are
 * open at one time.
 */
#ifndef SHK_SCAN_H
#define SHK_SCAN_H

#include <shaken/err.h>
#include <shaken/view.h>

#include "buf.h"

/* Objects and arrays in one another; an rcd with a jCard nests 6 deep. */
#define SHK_JSON_DEPTH_MAX 16

/* Members of all objects from the outermost to the innermost; a PASSporT has a
 * dozen.  Bounds the search for duplicates. */
#define SHK_SCAN_MEMBERS_MAX 128

enum shk_json_type {
	SHK_JSON_ABSENT = 0,
	SHK_JSON_STRING,
	SHK_JSON_INTEGER,	/* no fraction, no exponent */
	SHK_JSON_REAL,
	SHK_JSON_OBJECT,
	SHK_JSON_ARRAY,
	SHK_JSON_LITERAL,	/* true, false, null */
};

struct shk_member {
	struct shaken_sv	name;	/* in: the member that is wanted */
	enum shk_json_type	type;	/* out: ABSENT where it is not there */
	struct shaken_sv	value;	/* out: a string's content, any other value's
					 * text; borrows from text or scratch */
};

/* Bytes of scratch that a text of n bytes can need: none when it has no
 * backslash, which is the usual case. */
size_t shk_scan_scratch(struct shaken_sv text);

/*
 * Scan one object and pick members of its outermost level.
 *
 *   wanted	n of them
 *   scratch	where strings with escapes are unescaped to; NULL when
 *		shk_scan_scratch() is 0
 *   *count	members of the outermost level; may be NULL
 *
 * SHAKEN_OK, SHAKEN_E_JSON, or SHAKEN_E_LIMIT; diag says what and at which byte.
 */
SHAKEN_MUST_USE enum shaken_err
shk_scan_object(struct shaken_sv text, struct shk_member *wanted, size_t n,
    struct shk_buf *scratch, size_t *count, struct shaken_diag *diag);

/*
 * Take the next element of an array that shk_scan_object() gave; list starts as
 * its text, and is empty when there is none left.  False: no more.
 */
bool shk_scan_next(struct shaken_sv *list, struct shk_member *element,
    struct shk_buf *scratch);

#endif
