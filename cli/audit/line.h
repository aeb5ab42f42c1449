/* SPDX-License-Identifier: Apache-2.0 */
/* line.h - a call as one line of JSON: identity, orig, dest, target, time,
 * call_id. */
#ifndef AUDIT_LINE_H
#define AUDIT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <shaken/err.h>
#include <shaken/view.h>

#define AUDIT_LINE_VALUES 64	/* of identity; of dest */

struct audit_line {		/* views borrow from the line */
	struct shaken_sv identity[AUDIT_LINE_VALUES];
	size_t		 n_identity;
	struct shaken_sv dest[AUDIT_LINE_VALUES];
	size_t		 n_dest;
	struct shaken_sv orig, call_id, target; /* n 0: not given */
	int64_t		 time;	/* seconds since 1970; -1: not given */
};

/*
 * Read a line, in one pass.  Members with other names are passed over, and so
 * is null; a member that comes twice is refused.
 *
 *   p, n	the line; its strings are unescaped where they stand
 *   out	what was read so far, on failure
 *   why	what is wrong, and at which byte
 */
bool audit_line_read(char *p, size_t n, struct audit_line *out,
    struct shaken_diag *why);

#endif
