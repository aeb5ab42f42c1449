/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream.c - SIP messages out of the segments of TCP connections (RFC 9293
 * section 3.4).
 *
 * Each direction is a stream of its own.  A segment waits in a list, sorted by
 * its place, until all before it is there; where too much waits, what is
 * missing will not come, and reading goes on behind the gap.  A stream whose
 * beginning was not captured begins where it is first seen.
 */
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1	/* shows in hh.tbl */
#include <uthash.h>
#include <utlist.h>

#include "framing.h"
#include "stream.h"

/* What waits behind a hole: more than a sender has in flight, mostly. */
#define PIECES_MAX 256
#define PIECES_BYTES_MAX (1024 * 1024)
/* Further off, it is another connection with the same ports. */
#define WINDOW_MAX (16 * 1024 * 1024)
#define TLS_PORT 5061		/* RFC 3261 section 19.1.2 */

struct piece {
	struct piece	*next;
	uint32_t	 seq;
	size_t		 n, lost;
	int64_t		 time_us;
	uint64_t	 pos;
	char		 bytes[];
};

struct stream_key {		/* no padding: it is hashed as bytes */
	struct frag_addr	src, dst;
	uint16_t		sport, dport;
};

struct stream {
	struct stream_key	 key;
	UT_hash_handle		 hh;
	struct stream		*prev, *next; /* least recently used first */
	struct segment		 seg;	/* whose it is */
	uint32_t		 at;	/* number of the next byte */
	bool			 has_fin, is_ending, is_flushed;
	bool			 at_gap; /* bytes are missing at this place */
	bool			 is_tls;
	uint32_t		 fin;	/* number of the byte behind the last */
	struct framing		 framing;
	struct piece		*pieces; /* owned */
	size_t			 n_pieces, piece_bytes;
	size_t			 kept;	/* counted in the table */
	int64_t			 time_us; /* of the piece read last */
	uint64_t		 pos;
};

struct stream_table {
	struct stream		*all;	/* owned */
	struct stream		*used;	/* the same, as a list */
	struct stream		*cur;	/* has something to be read */
	size_t			 max, max_bytes, bytes;
	struct audit_skips	*skips;	/* borrowed */
	bool			 is_ending;
};

struct stream_table *
stream_new(size_t max, size_t max_bytes, struct audit_skips *skips)
{
	struct stream_table *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->max = max;
	t->max_bytes = max_bytes;
	t->skips = skips;
	return t;
}

static struct piece *
take_piece(struct stream *s)
{
	struct piece *p = s->pieces;

	s->pieces = p->next;
	s->n_pieces--;
	s->piece_bytes -= p->n;
	return p;
}

static void
drop_pieces(struct stream *s)
{
	while (s->pieces != NULL)
		free(take_piece(s));
}

static void
forget(struct stream_table *t, struct stream *s)
{
	if (t->cur == s)
		t->cur = NULL;
	t->bytes -= s->kept;
	HASH_DEL(t->all, s);
	DL_DELETE(t->used, s);
	drop_pieces(s);
	framing_clear(&s->framing);
	free(s);
}

static bool
is_empty(const struct stream *s)
{
	return s->pieces == NULL && framing_is_empty(&s->framing);
}

/* Keep to the limits: the stream unused for longest goes, s stays. */
static void
make_room(struct stream_table *t, const struct stream *s, size_t max)
{
	while (t->used != NULL && t->used != s &&
	    (HASH_COUNT(t->all) > max || t->bytes > t->max_bytes)) {
		if (!is_empty(t->used))
			audit_skip(t->skips, AUDIT_SKIP_TCP_DROPPED);
		forget(t, t->used);
	}
}

/* Count anew what s keeps. */
static void
account(struct stream_table *t, struct stream *s)
{
	t->bytes -= s->kept;
	s->kept = s->framing.cap + s->piece_bytes +
	    s->n_pieces * sizeof(struct piece);
	t->bytes += s->kept;
}

static struct stream *
find(struct stream_table *t, const struct stream_key *key)
{
	struct stream *s;

	HASH_FIND(hh, t->all, key, sizeof(*key), s);
	if (s != NULL) {
		DL_DELETE(t->used, s);
		DL_APPEND(t->used, s);
	}
	return s;
}

static struct stream *
make(struct stream_table *t, const struct stream_key *key,
    const struct segment *seg)
{
	struct stream *s;

	make_room(t, NULL, t->max - 1);
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return NULL;
	s->key = *key;
	s->seg = *seg;
	s->seg.bytes = (struct shaken_sv){ NULL, 0 };
	s->at = seg->seq + ((seg->flags & TCP_SYN) != 0);
	HASH_ADD(hh, t->all, key, sizeof(s->key), s);
	if (s->hh.tbl == NULL) {
		free(s);
		return NULL;
	}
	DL_APPEND(t->used, s);
	return s;
}

/* Insert a piece behind those that begin before it or with it. */
static bool
add_piece(struct stream *s, const struct segment *seg, int64_t time_us,
    uint64_t pos)
{
	struct piece **at = &s->pieces, *p;

	if ((p = malloc(sizeof(*p) + seg->bytes.n)) == NULL)
		return false;
	*p = (struct piece){ .seq = seg->seq + ((seg->flags & TCP_SYN) != 0),
	    .n = seg->bytes.n, .lost = seg->lost, .time_us = time_us,
	    .pos = pos };
	if (p->n > 0)
		memcpy(p->bytes, seg->bytes.p, p->n);
	while (*at != NULL && (int32_t)((*at)->seq - p->seq) <= 0)
		at = &(*at)->next;
	p->next = *at;
	*at = p;
	s->n_pieces++;
	s->piece_bytes += p->n;
	return true;
}

/* The ports were taken for another connection, or numbers jumped. */
static void
restart(struct stream_table *t, struct stream *s, uint32_t at)
{
	if (!is_empty(s))
		audit_skip(t->skips, AUDIT_SKIP_TCP_GAP);
	drop_pieces(s);
	framing_clear(&s->framing);
	s->at = at;
	s->at_gap = s->has_fin = s->is_tls = false;
}

bool
stream_add(struct stream_table *t, const struct segment *seg,
    int64_t time_us, uint64_t pos)
{
	const struct stream_key key = { seg->src, seg->dst, seg->sport,
	    seg->dport };
	uint32_t first = seg->seq + ((seg->flags & TCP_SYN) != 0);
	bool has_data = seg->bytes.n + seg->lost > 0;
	struct stream *s = find(t, &key);
	int32_t off;

	if (s == NULL && !has_data && (seg->flags & TCP_SYN) == 0)
		return true;	/* an ACK alone, or the end of nothing */
	if (s == NULL && (s = make(t, &key, seg)) == NULL)
		return false;
	off = (int32_t)(first - s->at);
	if (((seg->flags & TCP_SYN) != 0 && off != 0) ||
	    ((has_data || (seg->flags & TCP_FIN) != 0) &&
	    (off > WINDOW_MAX || off < -WINDOW_MAX)))
		restart(t, s, first);
	if (seg->lost > 0)
		audit_skip(t->skips, AUDIT_SKIP_SNAPLEN);
	if (has_data && !add_piece(s, seg, time_us, pos))
		return false;
	if ((seg->flags & TCP_FIN) != 0) {
		s->has_fin = true;
		s->fin = first + (uint32_t)(seg->bytes.n + seg->lost);
	}
	if ((seg->flags & TCP_RST) != 0)
		s->is_ending = true;
	t->cur = s;
	account(t, s);
	make_room(t, s, t->max);
	return true;
}

void
stream_end(struct stream_table *t)
{
	t->is_ending = true;
}

/* -- reading ------------------------------------------------------------ */

/* A TLS record (RFC 8446 section 5.1): a hello on any port, and anything on
 * the port of SIP over TLS, whose beginning may not be there. */
static bool
is_tls_record(struct shaken_sv v, const struct segment *seg)
{
	const unsigned char *p = (const unsigned char *)v.p;

	if (v.n < 6 || p[0] < 20 || p[0] > 23 || p[1] != 3 || p[2] > 4)
		return false;
	return (p[0] == 22 && (p[5] == 1 || p[5] == 2)) ||
	    seg->sport == TLS_PORT || seg->dport == TLS_PORT;
}

/* Read a piece that begins at the next byte or before it. */
static bool
read_piece(struct stream_table *t, struct stream *s)
{
	struct piece *p = take_piece(s);
	size_t old = (size_t)(s->at - p->seq);
	struct shaken_sv v = { p->bytes, p->n };
	bool ok = true;

	if (old < p->n + p->lost) {
		s->at = p->seq + (uint32_t)(p->n + p->lost);
		s->time_us = p->time_us;
		s->pos = p->pos;
		s->at_gap = p->lost > 0;
		v.p += old < v.n ? old : v.n;
		v.n -= old < v.n ? old : v.n;
		if (!s->is_tls && s->framing.messages == 0 &&
		    framing_is_empty(&s->framing) && is_tls_record(v, &s->seg)) {
			s->is_tls = true;
			audit_skip(t->skips, AUDIT_SKIP_TLS);
		}
		if (!s->is_tls)
			ok = framing_push(&s->framing, v);
	}
	free(p);
	return ok;
}

/* Go to where more may be read; *moved false: nothing of s can be.  False: out
 * of memory. */
static bool
go_on(struct stream_table *t, struct stream *s, bool *moved)
{
	*moved = true;
	if (s->at_gap) {
		framing_gap(&s->framing);
		s->at_gap = false;
	} else if (s->pieces != NULL && (int32_t)(s->pieces->seq - s->at) <= 0) {
		return read_piece(t, s);
	} else if (s->pieces != NULL && (s->is_ending ||
	    s->n_pieces > PIECES_MAX || s->piece_bytes > PIECES_BYTES_MAX)) {
		audit_skip(t->skips, AUDIT_SKIP_TCP_GAP);
		s->at_gap = true;
		s->at = s->pieces->seq;
	} else if (s->is_ending && !s->is_flushed) {
		s->is_flushed = s->at_gap = true;
	} else if (s->has_fin && (int32_t)(s->at - s->fin) >= 0 &&
	    !s->is_ending) {
		s->is_ending = true;
	} else {
		*moved = false;
	}
	return true;
}

bool
stream_next(struct stream_table *t, struct stream_item *out, bool *failed)
{
	*failed = false;
	for (;;) {
		struct stream *s = t->cur;
		bool moved;

		if (s == NULL && t->is_ending && t->used != NULL) {
			t->cur = s = t->used;
			s->is_ending = true;
		}
		if (s == NULL)
			return false;
		if (framing_next(&s->framing, s->at_gap, t->skips,
		    &out->bytes)) {
			out->seg = &s->seg;
			out->time_us = s->time_us;
			out->pos = s->pos;
			return true;
		}
		if (!go_on(t, s, &moved)) {
			*failed = true;
			return false;
		}
		if (moved)
			continue;
		if (s->is_ending) {
			forget(t, s);
		} else {
			account(t, s);
			t->cur = NULL;
		}
	}
}

void
stream_free(struct stream_table **t)
{
	if (*t == NULL)
		return;
	while ((*t)->used != NULL)
		forget(*t, (*t)->used);
	free(*t);
	*t = NULL;
}
