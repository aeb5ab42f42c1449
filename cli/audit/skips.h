/* SPDX-License-Identifier: Apache-2.0 */
/* skips.h - what an audit reads and does not judge, counted by reason. */
#ifndef AUDIT_SKIPS_H
#define AUDIT_SKIPS_H

#include <stddef.h>
#include <stdint.h>

/* X(enum, name in reports, what is counted) */
#define AUDIT_SKIPS(X) \
	X(SIP_RESPONSE, "sip-response", "SIP responses") \
	X(SIP_REQUEST, "sip-request", \
	    "SIP requests other than INVITE, without Identity") \
	X(SIP_MALFORMED, "sip-malformed", \
	    "malformed SIP messages other than INVITE") \
	X(SIP_CUT, "sip-cut", "SIP messages whose header is not all there") \
	X(SIP_LONG, "sip-long", \
	    "SIP messages with more header or body than is read") \
	X(SIP_JUNK, "sip-junk", \
	    "runs of bytes in a stream or text that are no SIP message") \
	X(KEEP_ALIVE, "keep-alive", "UDP keep-alives") \
	X(NOT_SIP, "not-sip", "UDP datagrams that are no SIP message") \
	X(TLS, "tls", \
	    "directions of TLS connections: they cannot be read, capture " \
	    "where TLS ends") \
	X(DTLS, "dtls", "DTLS datagrams: they cannot be read") \
	X(LINK, "link", "packets of a link layer that is not read") \
	X(NOT_IP, "not-ip", "frames that hold no IP packet") \
	X(PROTOCOL, "protocol", "IP packets that are neither UDP nor TCP") \
	X(MALFORMED, "malformed", \
	    "packets whose headers contradict their lengths") \
	X(SNAPLEN, "snaplen", "packets that the capture cut: use -s 0") \
	X(FRAG_OVERLAP, "fragment-overlap", \
	    "IP datagrams with overlapping fragments (RFC 5722)") \
	X(FRAG_INCOMPLETE, "fragment-incomplete", \
	    "IP datagrams of which a fragment did not come") \
	X(TCP_GAP, "tcp-gap", "places where bytes of a TCP stream are missing") \
	X(TCP_DROPPED, "tcp-dropped", \
	    "TCP streams given up with bytes in them, for want of room") \
	X(LINE_LONG, "line-long", "lines longer than 1 MiB") \
	X(FILE_CUT, "file-cut", "files that end in the middle of a record")

enum audit_skip {
#define X(e, name, text) AUDIT_SKIP_##e,
	AUDIT_SKIPS(X)
#undef X
	AUDIT_SKIP_N
};

struct audit_skips {
	uint64_t	packets;	/* read, skipped or not */
	uint64_t	n[AUDIT_SKIP_N];
};

struct audit_skip_text {
	const char	*name, *text;
};

/* By enum audit_skip. */
extern const struct audit_skip_text audit_skip_texts[AUDIT_SKIP_N];

static inline void
audit_skip(struct audit_skips *s, enum audit_skip why)
{
	s->n[why]++;
}

#endif
