/* SPDX-License-Identifier: Apache-2.0 */
/* frag.h - IP datagrams put together from fragments (RFC 791 section 3.2, RFC
 * 8200 section 4.5, RFC 5722). */
#ifndef AUDIT_FRAG_H
#define AUDIT_FRAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <shaken/view.h>

#include "skips.h"

struct frag_addr {
	uint8_t	is_v6;
	uint8_t	a[16];		/* the first 4 of IPv4, then zero */
};

/* Whose parts belong together.  No padding: it is hashed as bytes. */
struct frag_key {
	struct frag_addr	src, dst;
	uint8_t			proto;	/* IPv4; 0 of IPv6 */
	uint8_t			zero;
	uint32_t		id;
};

struct fragment {
	struct frag_key		 key;
	uint8_t			 proto;	/* of what is put together */
	size_t			 at;	/* where it belongs, a multiple of 8 */
	bool			 more;	/* others follow */
	const uint8_t		*p;	/* borrowed */
	size_t			 n;
	int64_t			 time_us;
};

struct frag_table;

/* max: datagrams at a time; the oldest goes.  NULL: out of memory. */
struct frag_table *frag_new(size_t max, struct audit_skips *skips);

/* Take a fragment; true when its datagram is complete.  *out and *proto are
 * the datagram's, borrowed until the next call.  What overlaps or does not
 * become complete is counted. */
bool frag_add(struct frag_table *t, const struct fragment *f,
    struct shaken_sv *out, uint8_t *proto);

/* Nothing more will come: count what is not complete. */
void frag_end(struct frag_table *t);

void frag_free(struct frag_table **t);

#endif
