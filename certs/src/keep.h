/* SPDX-License-Identifier: Apache-2.0 */
/* keep.h - how long what a fetch brought is used.  Pure: the clock comes in. */
#ifndef CERTS_KEEP_H
#define CERTS_KEEP_H

#include "table.h"

struct certs_keep {		/* seconds; see struct certs_cache_opts */
	int64_t	negative_s, floor_s, ceiling_s, stale_s;
};

/* Until when a chain that came now is used without asking again: what its host
 * says (fresh_s, -1: nothing), not below the floor, nor above the ceiling, nor
 * past the leaf's notAfter.  A bad one is asked for again soon. */
int64_t certs_keep_until(const struct certs_keep *k, enum certs_kind kind,
    int64_t fresh_s, int64_t now, int64_t not_after);

/* The last fetch failed so recently that the next one is not due. */
bool certs_keep_is_failing(const struct certs_keep *k,
    const struct certs_entry *e, int64_t now);

/* The chain of e may be used: it is fresh, or its host fails and it may be used
 * a little longer (RFC 5861 section 4). */
bool certs_keep_is_usable(const struct certs_keep *k,
    const struct certs_entry *e, int64_t now);

/* The chain of e came so recently that another one is not to be expected. */
bool certs_keep_is_new(const struct certs_keep *k, const struct certs_entry *e,
    int64_t now);

/* The chain of e is in use and near its end: fetched anew now, no call will
 * have to wait for it. */
bool certs_keep_is_due(const struct certs_keep *k, const struct certs_entry *e,
    int64_t now);

#endif
