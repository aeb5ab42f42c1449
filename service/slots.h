/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slots.h - a memory of fixed size for what is of interest for a while: a key,
 * until when, and a count.
 *
 * A full set of slots gives up what is past its time, else what ends first.  What
 * is forgotten early is counted, so that it can be seen that a table is too
 * small.  Times are the caller's, in any unit, and may go back: a slot is
 * reused because room is needed, never because a clock says so.
 *
 * Thread-safe: sets are spread over many locks, each held for some ten
 * comparisons.  Keys are placed by a random multiplier, so that nobody can
 * choose keys that crowd out another's.
 */
#ifndef SVC_SLOTS_H
#define SVC_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SVC_SLOT_KEY 16		/* bytes; evenly spread ones */

struct svc_slot {
	uint8_t		key[SVC_SLOT_KEY];
	int64_t		until;
	uint64_t	n;	/* the caller's; 0 when new */
};

struct svc_slots;		/* opaque */

/* entries is rounded up to a power of two; 32 bytes each.  NULL: no memory. */
struct svc_slots *svc_slots_new(size_t entries);
void svc_slots_free(struct svc_slots **s);

/* The slot of key, made where there is none (until as now, n 0).  It is the
 * caller's alone until svc_slots_release(), which must follow soon. */
struct svc_slot *svc_slots_hold(struct svc_slots *s,
    const uint8_t key[SVC_SLOT_KEY], int64_t now);
void svc_slots_release(struct svc_slots *s, const struct svc_slot *slot);

/* How many were forgotten before their time. */
uint64_t svc_slots_forgotten(const struct svc_slots *s);

#endif
