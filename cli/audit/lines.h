/* SPDX-License-Identifier: Apache-2.0 */
/* lines.h - a file line by line. */
#ifndef AUDIT_LINES_H
#define AUDIT_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reader.h"
#include "skips.h"

/* Bytes of a line: an Identity has some 700, a call with 32 of them, each at
 * the limit of its parser, still fits. */
#define LINES_MAX (1024 * 1024)

struct lines {
	struct reader		*r;	/* borrowed */
	struct audit_skips	*skips;	/* borrowed */
	char			*buf;	/* owned */
	size_t			 at, n;	/* not handed out: buf[at] to buf[n] */
	uint64_t		 line;	/* the one handed out last, from 1 */
	bool			 end;
};

/* False: out of memory. */
bool lines_init(struct lines *l, struct reader *r, struct audit_skips *skips);
void lines_clear(struct lines *l);

/*
 * The next line that is not blank, without its end.  A line that is longer than
 * LINES_MAX is skipped and counted.  out->n is 0 at the end of the file.
 * Borrowed until the next call.  False: reader_why().
 */
bool lines_next(struct lines *l, struct shaken_sv *out);

#endif
