/* SPDX-License-Identifier: Apache-2.0 */
/* slots.c - a memory of fixed size for what is of interest for a while. */
#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <sys/random.h>

#include "cacheline.h"
#include "slots.h"

#define WAYS 8			/* slots in a set */
#define LOCKS 64

struct lock {			/* each on a cache line of its own */
	alignas(SVC_CACHE_LINE) pthread_mutex_t	mutex;
};

struct svc_slots {
	struct lock		 locks[LOCKS];
	struct svc_slot		*slots;	/* owned, n_sets * WAYS */
	unsigned		 shift;	/* of a product, to a set's index */
	uint64_t		 multiplier; /* odd */
	_Atomic uint64_t	 forgotten;
};

struct svc_slots *
svc_slots_new(size_t entries)
{
	struct svc_slots *s = aligned_alloc(alignof(struct svc_slots),
	    sizeof(*s));
	unsigned bits = 1;	/* of a set's index; a shift by 64 is none */

	if (s == NULL)
		return NULL;
	memset(s, 0, sizeof(*s));
	while (bits < 40 && ((size_t)WAYS << bits) < entries)
		bits++;
	s->shift = 64 - bits;
	s->slots = calloc((size_t)WAYS << bits, sizeof(*s->slots));
	if (s->slots == NULL || getrandom(&s->multiplier,
	    sizeof(s->multiplier), 0) != sizeof(s->multiplier)) {
		free(s->slots);
		free(s);
		return NULL;
	}
	s->multiplier |= 1;
	for (size_t i = 0; i < LOCKS; i++)
		pthread_mutex_init(&s->locks[i].mutex, NULL);
	return s;
}

void
svc_slots_free(struct svc_slots **sp)
{
	struct svc_slots *s = *sp;

	*sp = NULL;
	if (s == NULL)
		return;
	for (size_t i = 0; i < LOCKS; i++)
		pthread_mutex_destroy(&s->locks[i].mutex);
	free(s->slots);
	free(s);
}

static pthread_mutex_t *
lock_of(struct svc_slots *s, const struct svc_slot *slot)
{
	size_t set = (size_t)(slot - s->slots) / WAYS;

	return &s->locks[set % LOCKS].mutex;
}

/* The one with this key; else one that was never used or is past its time; else
 * the one that ends first. */
static struct svc_slot *
choose(struct svc_slot *set, const uint8_t key[SVC_SLOT_KEY])
{
	struct svc_slot *first = set;

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].n > 0 && memcmp(set[i].key, key, SVC_SLOT_KEY) == 0)
			return &set[i];
		if (first->n > 0 && (set[i].n == 0 ||
		    set[i].until < first->until))
			first = &set[i];
	}
	return first;
}

struct svc_slot *
svc_slots_hold(struct svc_slots *s, const uint8_t key[SVC_SLOT_KEY],
    int64_t now)
{
	struct svc_slot *set, *slot;
	uint64_t head;

	memcpy(&head, key, sizeof(head));
	set = s->slots + (size_t)(head * s->multiplier >> s->shift) * WAYS;
	pthread_mutex_lock(lock_of(s, set));
	slot = choose(set, key);
	if (slot->n > 0 && memcmp(slot->key, key, SVC_SLOT_KEY) == 0)
		return slot;
	if (slot->n > 0 && slot->until >= now)
		atomic_fetch_add_explicit(&s->forgotten, 1,
		    memory_order_relaxed);
	memcpy(slot->key, key, SVC_SLOT_KEY);
	slot->until = now;
	slot->n = 0;
	return slot;
}

void
svc_slots_release(struct svc_slots *s, const struct svc_slot *slot)
{
	pthread_mutex_unlock(lock_of(s, slot));
}

uint64_t
svc_slots_forgotten(const struct svc_slots *s)
{
	return atomic_load_explicit(&s->forgotten, memory_order_relaxed);
}
