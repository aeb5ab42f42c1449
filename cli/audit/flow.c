/* SPDX-License-Identifier: Apache-2.0 */
/* flow.c - captured packets to SIP messages: a datagram is one, a segment of
 * TCP goes to its stream. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow.h"
#include "framing.h"
#include "stream.h"

#define STREAMS_DEFAULT 16384
#define STREAM_BYTES_DEFAULT ((size_t)64 * 1024 * 1024)
#define STREAM_BYTES_LEAST ((size_t)4 * 1024 * 1024) /* one at its limits */
#define FRAGMENTS_DEFAULT 1024

struct flow {
	struct frag_table	*frags;
	struct stream_table	*streams;
	struct audit_skips	*skips;	/* borrowed */
	struct segment		 seg;	/* of the packet */
	int64_t			 time_us;
	struct shaken_sv	 datagram; /* to be handed out; n 0: none */
};

struct flow *
flow_new(const struct audit_source_opts *opts, struct audit_skips *skips)
{
	struct flow *f = calloc(1, sizeof(*f));
	size_t bytes = opts->max_stream_bytes;

	if (f == NULL)
		return NULL;
	if (bytes == 0)
		bytes = STREAM_BYTES_DEFAULT;
	if (bytes < STREAM_BYTES_LEAST)
		bytes = STREAM_BYTES_LEAST;
	f->skips = skips;
	f->frags = frag_new(opts->max_fragments > 0 ? opts->max_fragments :
	    FRAGMENTS_DEFAULT, skips);
	f->streams = stream_new(opts->max_streams > 0 ? opts->max_streams :
	    STREAMS_DEFAULT, bytes, skips);
	if (f->frags == NULL || f->streams == NULL)
		flow_free(&f);
	return f;
}

/* A DTLS record (RFC 6347 section 4.1). */
static bool
is_dtls_record(struct shaken_sv v)
{
	const unsigned char *p = (const unsigned char *)v.p;

	return v.n >= 13 && p[0] >= 20 && p[0] <= 23 && p[1] == 0xfe &&
	    (p[2] == 0xff || p[2] == 0xfd);
}

bool
flow_add(struct flow *f, const struct packet *p)
{
	f->skips->packets++;
	f->time_us = p->time_us;
	if (!packet_parse(p, f->frags, f->skips, &f->seg))
		return true;
	if (f->seg.is_tcp)
		return stream_add(f->streams, &f->seg, p->time_us,
		    f->skips->packets);
	if (is_dtls_record(f->seg.bytes))
		audit_skip(f->skips, AUDIT_SKIP_DTLS);
	else
		(void)framing_datagram(f->seg.bytes, f->seg.lost > 0,
		    f->skips, &f->datagram);
	return true;
}

void
flow_end(struct flow *f)
{
	frag_end(f->frags);
	stream_end(f->streams);
}

static void
write_endpoint(const struct frag_addr *a, uint16_t port,
    char out[AUDIT_ENDPOINT_LEN])
{
	char text[INET6_ADDRSTRLEN] = "";

	(void)inet_ntop(a->is_v6 ? AF_INET6 : AF_INET, a->a, text,
	    sizeof(text));
	(void)snprintf(out, AUDIT_ENDPOINT_LEN, a->is_v6 ? "[%s]:%u" : "%s:%u",
	    text, port);
}

bool
flow_next(struct flow *f, struct audit_item *item, bool *failed)
{
	struct stream_item si = { .seg = &f->seg, .bytes = f->datagram,
	    .time_us = f->time_us, .pos = f->skips->packets };

	*failed = false;
	if (si.bytes.n == 0 && !stream_next(f->streams, &si, failed))
		return false;
	f->datagram.n = 0;
	*item = (struct audit_item){ .kind = AUDIT_SIP, .bytes = si.bytes,
	    .time_us = si.time_us, .pos = si.pos };
	write_endpoint(&si.seg->src, si.seg->sport, item->src);
	write_endpoint(&si.seg->dst, si.seg->dport, item->dst);
	return true;
}

void
flow_free(struct flow **f)
{
	if (*f == NULL)
		return;
	frag_free(&(*f)->frags);
	stream_free(&(*f)->streams);
	free(*f);
	*f = NULL;
}
