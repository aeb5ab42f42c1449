/* SPDX-License-Identifier: Apache-2.0 */
/* audit.h - all that a source gives, in one place; included by tests that are
 * linked with cli/audit/. */
#ifndef TEST_AUDIT_H
#define TEST_AUDIT_H

#include <err.h>
#include <stdio.h>
#include <string.h>

#include "source.h"
#include "wire.h"

struct got {
	size_t			n;	/* items */
	struct audit_item	first;	/* bytes not valid */
	struct audit_item	last;
	struct wire_file	text;	/* the bytes of all, and a 0x1e each */
	struct audit_skips	skips;
	bool			failed;
	char			why[SHAKEN_DIAG_MAX];
};

static inline void
got_free(struct got *g)
{
	wire_free(&g->text);
}

/* Read bytes as a file. */
static inline struct got
get_items(struct shaken_sv bytes, const struct audit_source_opts *opts)
{
	struct got g = { .n = 0 };
	struct audit_source *s;
	struct audit_item item;
	struct shaken_diag why;
	enum audit_next next;

	wire_append(&g.text, "", 0);
	if (!audit_source_open_bytes(bytes, opts, &s, &why)) {
		g.failed = true;
		(void)snprintf(g.why, sizeof(g.why), "%s", why.text);
		return g;
	}
	while ((next = audit_source_next(s, &item)) == AUDIT_ITEM) {
		wire_append(&g.text, item.bytes.p, item.bytes.n);
		wire_append(&g.text, "\x1e", 1);
		if (g.n++ == 0)
			g.first = item;
		g.last = item;
	}
	g.failed = next == AUDIT_FAIL;
	if (audit_source_next(s, &item) != next)
		errx(1, "the end is not the end");
	(void)snprintf(g.why, sizeof(g.why), "%s", audit_source_why(s));
	g.skips = *audit_source_skips(s);
	audit_source_close(&s);
	return g;
}

/* Skips of all reasons. */
static inline uint64_t
got_skips(const struct got *g)
{
	uint64_t n = 0;

	for (int i = 0; i < AUDIT_SKIP_N; i++)
		n += g->skips.n[i];
	return n;
}

#define INVITE \
    "INVITE sip:+12155550113@example.com SIP/2.0\r\n" \
    "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n" \
    "From: <sip:+12155550112@example.com>;tag=1\r\n" \
    "To: <sip:+12155550113@example.com>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n" \
    "Content-Length: 6\r\n\r\nv=0\r\n\n"
#define OPTIONS \
    "OPTIONS sip:example.com SIP/2.0\r\nFrom: <sip:a@example.com>;tag=1\r\n" \
    "To: <sip:example.com>\r\nCall-ID: 2\r\nCSeq: 1 OPTIONS\r\n" \
    "Content-Length: 0\r\n\r\n"
#define MESSAGE_IDENTITY \
    "MESSAGE sip:+12155550113@example.com SIP/2.0\r\ny: a.b.c;info=<x>\r\n" \
    "f: <sip:+12155550112@example.com>;tag=1\r\n" \
    "t: <sip:+12155550113@example.com>\r\ni: 3\r\nl: 2\r\n\r\nhi"
#define RINGING \
    "SIP/2.0 180 Ringing\r\nFrom: <sip:a@example.com>;tag=1\r\n" \
    "To: <sip:b@example.com>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n" \
    "Content-Length: 0\r\n\r\n"

#endif
