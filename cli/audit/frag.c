/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frag.c - IP datagrams put together from fragments (RFC 791 section 3.2, RFC
 * 8200 section 4.5).
 *
 * Fragments that overlap spoil their datagram, for what it says depends on who
 * reads it (RFC 5722 section 3).  The same fragment twice is no overlap: a
 * capture on several interfaces has each packet more than once.
 */
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1	/* shows in hh.tbl */
#include <uthash.h>

#include "frag.h"

#define DATAGRAM_MAX 65535	/* bytes, of either version */
#define UNITS ((DATAGRAM_MAX + 7) / 8) /* offsets count in 8 bytes */
#define WAIT_US (INT64_C(30) * 1000000) /* an id comes back after that */

struct datagram {
	struct frag_key	 key;
	UT_hash_handle	 hh;	/* oldest first */
	int64_t		 time_us; /* of its first fragment */
	uint8_t		*buf;	/* owned; cap bytes */
	size_t		 cap;
	size_t		 total;	/* bytes; 0: the last is not here */
	size_t		 end;	/* of what is here, the furthest */
	size_t		 have;
	uint8_t		 proto;
	bool		 spoilt; /* an overlap; it is counted */
	uint64_t	 map[UNITS / 64 + 1]; /* a bit for 8 bytes here, */
	uint64_t	 first[UNITS / 64 + 1]; /* that begin a fragment */
};

struct frag_table {
	struct datagram		*all;	/* owned */
	size_t			 max;
	struct audit_skips	*skips;	/* borrowed */
	uint8_t			*whole;	/* owned; handed out last */
};

struct frag_table *
frag_new(size_t max, struct audit_skips *skips)
{
	struct frag_table *t = calloc(1, sizeof(*t));

	if (t != NULL) {
		t->max = max;
		t->skips = skips;
	}
	return t;
}

static void
forget(struct frag_table *t, struct datagram *d)
{
	HASH_DEL(t->all, d);
	free(d->buf);
	free(d);
}

/* Drop one that will not become complete. */
static void
give_up(struct frag_table *t, struct datagram *d)
{
	if (!d->spoilt)
		audit_skip(t->skips, AUDIT_SKIP_FRAG_INCOMPLETE);
	forget(t, d);
}

/* The datagram of a key, made where there is none; NULL: out of memory. */
static struct datagram *
get(struct frag_table *t, const struct fragment *f)
{
	struct datagram *d;

	while (t->all != NULL && (HASH_COUNT(t->all) > t->max ||
	    f->time_us - t->all->time_us > WAIT_US))
		give_up(t, t->all);
	HASH_FIND(hh, t->all, &f->key, sizeof(f->key), d);
	if (d != NULL)
		return d;
	if (HASH_COUNT(t->all) == t->max)
		give_up(t, t->all);
	if ((d = calloc(1, sizeof(*d))) == NULL)
		return NULL;
	d->key = f->key;
	d->time_us = f->time_us;
	HASH_ADD(hh, t->all, key, sizeof(d->key), d);
	if (d->hh.tbl == NULL) {
		free(d);
		return NULL;
	}
	return d;
}

static bool
grow(struct datagram *d, size_t n)
{
	uint8_t *p;

	if (n <= d->cap)
		return true;
	n = n < 2 * d->cap ? 2 * d->cap : n;
	if ((p = realloc(d->buf, n)) == NULL)
		return false;
	d->buf = p;
	d->cap = n;
	return true;
}

static bool
has_bit(const uint64_t *map, size_t u)
{
	return (map[u / 64] >> (u % 64) & 1) != 0;
}

static void
set_bit(uint64_t *map, size_t u)
{
	map[u / 64] |= UINT64_C(1) << (u % 64);
}

static size_t
end_unit(const struct fragment *f)
{
	return (f->at + f->n + 7) / 8;
}

/* Whether f is there already: these bytes, and as one fragment. */
static bool
is_again(const struct datagram *d, const struct fragment *f)
{
	size_t u = f->at / 8, end = end_unit(f);

	if (!has_bit(d->first, u) || f->at + f->n > d->end ||
	    f->more != (d->total != f->at + f->n))
		return false;
	for (u++; u < end; u++)
		if (!has_bit(d->map, u) || has_bit(d->first, u))
			return false;
	return (f->at + f->n == d->end || !has_bit(d->map, end) ||
	    has_bit(d->first, end)) &&
	    memcmp(d->buf + f->at, f->p, f->n) == 0;
}

/* Whether f can belong to d; if not d is spoilt. */
static bool
fits(const struct datagram *d, const struct fragment *f)
{
	size_t end = f->at + f->n;

	if (!f->more && (d->total > 0 || end < d->end))
		return false;	/* another end than it had */
	for (size_t u = f->at / 8; u < end_unit(f); u++)
		if (has_bit(d->map, u))
			return false;
	return d->total == 0 || end <= d->total;
}

bool
frag_add(struct frag_table *t, const struct fragment *f,
    struct shaken_sv *out, uint8_t *proto)
{
	struct datagram *d;

	*out = (struct shaken_sv){ NULL, 0 };
	free(t->whole);
	t->whole = NULL;
	/* Only the last may have a length that is no multiple of 8. */
	if (f->n == 0 || f->at + f->n > DATAGRAM_MAX ||
	    (f->more && f->n % 8 != 0)) {
		audit_skip(t->skips, AUDIT_SKIP_MALFORMED);
		return false;
	}
	if ((d = get(t, f)) == NULL || !grow(d, f->at + f->n)) {
		audit_skip(t->skips, AUDIT_SKIP_FRAG_INCOMPLETE);
		return false;
	}
	if (d->spoilt || is_again(d, f))
		return false;
	if (!fits(d, f)) {
		audit_skip(t->skips, AUDIT_SKIP_FRAG_OVERLAP);
		d->spoilt = true;
		return false;
	}
	memcpy(d->buf + f->at, f->p, f->n);
	set_bit(d->first, f->at / 8);
	for (size_t u = f->at / 8; u < end_unit(f); u++)
		set_bit(d->map, u);
	d->have += f->n;
	d->end = d->end < f->at + f->n ? f->at + f->n : d->end;
	if (f->at == 0)
		d->proto = f->proto;
	if (!f->more)
		d->total = f->at + f->n;
	if (d->total == 0 || d->have < d->total)
		return false;
	*out = (struct shaken_sv){ (const char *)d->buf, d->total };
	*proto = d->proto;
	t->whole = d->buf;
	d->buf = NULL;
	forget(t, d);
	return true;
}

void
frag_end(struct frag_table *t)
{
	while (t->all != NULL)
		give_up(t, t->all);
}

void
frag_free(struct frag_table **t)
{
	if (*t == NULL)
		return;
	while ((*t)->all != NULL)
		forget(*t, (*t)->all);
	free((*t)->whole);
	free(*t);
	*t = NULL;
}
