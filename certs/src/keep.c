/* SPDX-License-Identifier: Apache-2.0 */
/* keep.c - how long what a fetch brought is used. */
#include "keep.h"

#define BUSY_HITS 2		/* since it was fetched */

int64_t
certs_keep_until(const struct certs_keep *k, enum certs_kind kind,
    int64_t fresh_s, int64_t now, int64_t not_after)
{
	int64_t life = fresh_s;

	if (kind == CERTS_BAD)	/* its owner may mend it at any time */
		return now + k->negative_s;
	if (life < k->floor_s)
		life = k->floor_s;
	if (life > k->ceiling_s)
		life = k->ceiling_s;
	return now + life < not_after ? now + life : not_after;
}

/* Both ways: a clock that was set back must not prolong anything. */
static bool
within(int64_t s, int64_t then, int64_t now)
{
	return now - then < s && then - now < s;
}

bool
certs_keep_is_failing(const struct certs_keep *k, const struct certs_entry *e,
    int64_t now)
{
	return e->why != NULL && within(k->negative_s, e->failed_at, now);
}

bool
certs_keep_is_new(const struct certs_keep *k, const struct certs_entry *e,
    int64_t now)
{
	return e->chain != NULL && within(k->negative_s, e->fetched, now);
}

bool
certs_keep_is_usable(const struct certs_keep *k, const struct certs_entry *e,
    int64_t now)
{
	if (e->chain == NULL)
		return false;
	return now < e->until || (certs_keep_is_failing(k, e, now) &&
	    now - e->until < k->stale_s && now < e->not_after);
}

bool
certs_keep_is_due(const struct certs_keep *k, const struct certs_entry *e,
    int64_t now)
{
	return e->hits >= BUSY_HITS && !certs_keep_is_failing(k, e, now) &&
	    now >= e->until - (e->until - e->fetched) / 10;
}
