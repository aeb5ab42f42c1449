/* SPDX-License-Identifier: Apache-2.0 */
/* stream.h - SIP messages out of the segments of TCP connections (RFC 9293
 * section 3.4). */
#ifndef AUDIT_STREAM_H
#define AUDIT_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "packet.h"
#include "skips.h"

struct stream_table;

struct stream_item {
	struct shaken_sv	bytes;	/* borrowed until the next call */
	const struct segment	*seg;	/* from whom to whom; the same */
	int64_t			time_us; /* of the packet that completed it */
	uint64_t		pos;
};

/* max: directions of connections; max_bytes: what is kept of all of them.
 * NULL: out of memory. */
struct stream_table *stream_new(size_t max, size_t max_bytes,
    struct audit_skips *skips);

/* Take a segment, when stream_next() has said false.  False: out of memory. */
bool stream_add(struct stream_table *t, const struct segment *s,
    int64_t time_us, uint64_t pos);

/* Nothing more will come: stream_next() gives what is left. */
void stream_end(struct stream_table *t);

/* The next message; false: there is none yet.  *failed: out of memory. */
bool stream_next(struct stream_table *t, struct stream_item *out,
    bool *failed);

void stream_free(struct stream_table **t);

#endif
