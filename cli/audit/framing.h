/* SPDX-License-Identifier: Apache-2.0 */
/* framing.h - where a SIP message begins and ends (RFC 3261 sections 7.5 and
 * 18.3), in a datagram, a stream or a text. */
#ifndef AUDIT_FRAMING_H
#define AUDIT_FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <shaken/sip.h>
#include <shaken/view.h>

#include "skips.h"

/* Bytes of a body in a stream: SDP, ISUP, a picture; no more is kept. */
#define FRAMING_BODY_MAX (1024 * 1024)

/* Most bytes for a framing_push(). */
#define FRAMING_PUSH_MAX (64 * 1024)

struct framing {		/* one stream or text; zero is its start */
	bool		 is_text; /* set this after clearing */
	char		*buf;	/* owned */
	size_t		 at, n, cap; /* not done: buf[at] to buf[n] */
	size_t		 seen;	/* of that, searched for what comes next */
	size_t		 no_blank; /* of that, known to have no blank line */
	size_t		 head, body; /* of the message at buf[at]; head 0: its
				 * header has not ended */
	size_t		 done;	/* handed out, to be dropped next time */
	bool		 in_head; /* buf[at] is a start line */
	bool		 has_crlf; /* which ends like this */
	bool		 in_line; /* buf[at] is in the middle of a line */
	bool		 in_junk;
	bool		 deliver;
	uint64_t	 line;	/* line ends before buf[at] */
	uint64_t	 line_at; /* of the message handed out, from 1 */
	uint64_t	 messages; /* of any kind, seen so far */
};

/* Append up to FRAMING_PUSH_MAX bytes, when framing_next() has said false: so
 * memory stays bounded.  False: out of memory. */
bool framing_push(struct framing *f, struct shaken_sv bytes);

/*
 * The next message to judge; what is none is counted and dropped.  at_end: no
 * more will come, and a message of which the header is there is handed out.
 * Borrowed until the next call.  False: there is none yet.
 */
bool framing_next(struct framing *f, bool at_end, struct audit_skips *skips,
    struct shaken_sv *out);

/* Bytes were lost behind those pushed.  To be called when framing_next(at_end)
 * has said false: it goes on at the next start line. */
void framing_gap(struct framing *f);

/* Whether no bytes wait for more to come. */
bool framing_is_empty(const struct framing *f);

void framing_clear(struct framing *f);

/* The same of one datagram; is_cut: the capture did not keep all of it. */
bool framing_datagram(struct shaken_sv in, bool is_cut,
    struct audit_skips *skips, struct shaken_sv *out);

#endif
