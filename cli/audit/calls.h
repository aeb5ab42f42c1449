/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calls.h - from messages to calls: one, however often its INVITE was seen.
 *
 * Two SIP requests are of one call when Call-ID and tag of From are the same
 * (RFC 3261 section 12): retransmissions, hops, an INVITE sent again with
 * credentials.  One with a tag in To is inside of a call, and makes none.  A
 * call is held back until AUDIT_HOLD_US later, or AUDIT_HOLD_MAX others, and is
 * then judged by the copy with the most Identity values, of those the first.
 * The last AUDIT_SEEN_MAX calls are remembered.  A line of JSON is a call.
 */
#ifndef AUDIT_CALLS_H
#define AUDIT_CALLS_H

#include "source.h"

#define AUDIT_HOLD_US INT64_C(32000000) /* 64 * T1, RFC 3261 section 17.1.1.2 */
#define AUDIT_HOLD_MAX 4096
#define AUDIT_HOLD_BYTES (32 * 1024 * 1024)
#define AUDIT_SEEN_MAX 65536

struct audit_call {
	enum audit_kind	 kind;
	const char	*file;	/* borrowed */
	uint64_t	 seq;	/* from 1, in the order of its first copy */
	uint64_t	 pos;
	int64_t		 time_us;
	char		 src[AUDIT_ENDPOINT_LEN], dst[AUDIT_ENDPOINT_LEN];
	unsigned	 copies; /* while it was held, this one too */
	bool		 differ;	/* as many Identity values, but others */
	size_t		 n_identity;
	unsigned char	 identity[16];	/* digest of the values */
	struct audit_call *next;
	uint32_t	 slot;	/* where it is remembered, plus 1; 0: nowhere */
	size_t		 n;
	char		*bytes;	/* of the call; owned */
};

struct audit_calls;

struct audit_calls *audit_calls_new(void); /* NULL: no memory */
/* Takes the address of the pointer and clears it. */
void audit_calls_free(struct audit_calls **c);
void audit_call_free(struct audit_call **c);

/* Only the call with this Call-ID; borrowed. */
void audit_calls_only(struct audit_calls *c, const char *call_id);

/* One item more.  False: no memory. */
bool audit_calls_put(struct audit_calls *c, const struct audit_item *item,
    const char *file);

/* The next call that is due, or NULL; end: all are.  The caller's. */
struct audit_call *audit_calls_take(struct audit_calls *c, bool end);

struct audit_calls_count {
	uint64_t	copies, in_dialog;
};

struct audit_calls_count audit_calls_count(const struct audit_calls *c);

#endif
