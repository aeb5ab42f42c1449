/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source.h - what "shaken audit" reads: a file to SIP messages or JSON lines.
 *
 * The kind of a file is told by its first bytes, never by its name: pcap,
 * pcapng, text of SIP messages, lines of JSON; each of them gzip'd (RFC 1952)
 * or not.  Memory is bounded whatever the file holds.  What is not handed out
 * is counted, by reason.
 */
#ifndef AUDIT_SOURCE_H
#define AUDIT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <shaken/err.h>
#include <shaken/view.h>

#include "skips.h"

enum audit_kind {		/* what the bytes are */
	AUDIT_SIP,
	AUDIT_JSON,
};

#define AUDIT_ENDPOINT_LEN 56

/*
 * One SIP request that is an INVITE or has an Identity field, or one line that
 * is not blank.  A message has all of its header, and of its body what there
 * was; from a packet or a file that ends too early that may be less than
 * Content-Length says.  An INVITE may be malformed: who judges it says so.
 */
struct audit_item {
	enum audit_kind	 kind;
	struct shaken_sv bytes;	/* borrowed until the next call */
	int64_t		 time_us; /* when captured, microseconds since 1970;
				   * 0: nobody said (text, JSON) */
	uint64_t	 pos;	/* number of the packet that completed it, or
				 * of its first line, from 1 */
	char		 src[AUDIT_ENDPOINT_LEN]; /* "192.0.2.1:5060", */
	char		 dst[AUDIT_ENDPOINT_LEN]; /* "[2001:db8::1]:5060"; ""
						   * where there is none */
};

struct audit_source_opts {	/* zero: the default of each */
	size_t	max_streams;	/* TCP directions followed at a time, 16384 */
	size_t	max_stream_bytes; /* kept of all of them, 64 MiB */
	size_t	max_fragments;	/* IP datagrams put together at a time, 1024 */
};

enum audit_next {
	AUDIT_FAIL,		/* audit_source_why() says why */
	AUDIT_END,
	AUDIT_ITEM,
};

struct audit_source;		/* one file; one thread at a time */

/*
 * Open a file.
 *
 *   path	"-" is stdin
 *   opts	may be NULL
 *   out	owned by the caller, NULL on failure
 *   why	what is wrong with which file, and what to do; may be NULL
 */
bool audit_source_open(const char *path, const struct audit_source_opts *opts,
    struct audit_source **out, struct shaken_diag *why);

/* The same of bytes in memory, borrowed until the source is closed. */
bool audit_source_open_bytes(struct shaken_sv bytes,
    const struct audit_source_opts *opts, struct audit_source **out,
    struct shaken_diag *why);

/* The next item.  After AUDIT_END or AUDIT_FAIL it says the same again. */
enum audit_next audit_source_next(struct audit_source *s,
    struct audit_item *item);

/* Why audit_source_next() failed; "" when it did not.  Borrowed. */
const char *audit_source_why(const struct audit_source *s);

/* "pcap", "pcapng", "SIP text", "JSON lines". */
const char *audit_source_kind(const struct audit_source *s);

/* Progress, in bytes of the file as stored; total 0: unknown (a pipe). */
uint64_t audit_source_done_bytes(const struct audit_source *s);
uint64_t audit_source_total_bytes(const struct audit_source *s);

/* What was not handed out so far; borrowed, it changes with each call. */
const struct audit_skips *audit_source_skips(const struct audit_source *s);

/* Takes the address of the pointer and clears it. */
void audit_source_close(struct audit_source **s);

#endif
