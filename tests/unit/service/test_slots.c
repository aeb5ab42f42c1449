/* SPDX-License-Identifier: Apache-2.0 */
/* What is remembered, what is forgotten, and that threads agree on it. */
#include <pthread.h>
#include <string.h>

#include <criterion/criterion.h>

#include "slots.h"

#define THREADS 8
#define ROUNDS 2000

static const uint8_t *
key(uint64_t n)
{
	static _Thread_local uint8_t k[SVC_SLOT_KEY];

	n *= UINT64_C(0x9e3779b97f4a7c15); /* spread, as digests are */
	memcpy(k, &n, sizeof(n));
	memcpy(k + sizeof(n), &n, sizeof(n));
	return k;
}

/* Use key n until a time; how often it was used, this time included. */
static uint64_t
use(struct svc_slots *s, uint64_t n, int64_t now, int64_t until)
{
	struct svc_slot *slot = svc_slots_hold(s, key(n), now);
	uint64_t times = ++slot->n;

	slot->until = until;
	svc_slots_release(s, slot);
	return times;
}

Test(slots, counts)
{
	struct svc_slots *s = svc_slots_new(100);

	cr_assert_not_null(s);
	cr_expect_eq(use(s, 1, 10, 70), 1);
	cr_expect_eq(use(s, 2, 10, 70), 1);
	cr_expect_eq(use(s, 1, 20, 70), 2);
	cr_expect_eq(use(s, 1, 69, 70), 3);
	cr_expect_eq(svc_slots_forgotten(s), 0);
	svc_slots_free(&s);
	cr_expect_null(s);
}

/* A clock that jumps forgets nothing by itself, in either direction. */
Test(slots, clock_jumps)
{
	struct svc_slots *s = svc_slots_new(100);

	cr_expect_eq(use(s, 1, 1000, 1060), 1);
	cr_expect_eq(use(s, 1, 1000 + 3600, 1060), 2);
	cr_expect_eq(use(s, 1, 1000 - 3600, 1060), 3);
	svc_slots_free(&s);
}

/* More than fit, all live: some are forgotten, and that is counted; the memory
 * does not grow. */
Test(slots, crowded)
{
	struct svc_slots *s = svc_slots_new(16);
	uint64_t again = 0;

	for (uint64_t i = 0; i < 160; i++)
		cr_expect_eq(use(s, i, 10, 70), 1);
	cr_expect_eq(svc_slots_forgotten(s), 160 - 16);
	for (uint64_t i = 0; i < 160; i++)
		again += use(s, i, 10, 70) > 1;
	cr_expect(again <= 16);
	svc_slots_free(&s);
}

/* What is past its time goes first, and is no loss. */
Test(slots, past_goes_first)
{
	struct svc_slots *s = svc_slots_new(16);
	const uint64_t lasting = 1000;

	use(s, lasting, 10, 100000);
	for (uint64_t i = 0; i < 500; i++)
		cr_expect_eq(use(s, i, 10 + (int64_t)i * 10, 11 + (int64_t)i *
		    10), 1);
	cr_expect_eq(svc_slots_forgotten(s), 0);
	cr_expect_eq(use(s, lasting, 6000, 100000), 2);
	svc_slots_free(&s);
}

static struct svc_slots *shared;

static void *
hammer(void *arg)
{
	(void)arg;
	for (uint64_t i = 0; i < ROUNDS; i++)
		use(shared, i % 64, 10, 70);
	return NULL;
}

/* No use is lost between threads. */
Test(slots, threads)
{
	pthread_t t[THREADS];
	uint64_t total = 0;

	shared = svc_slots_new(4096);
	for (int i = 0; i < THREADS; i++)
		cr_assert_eq(pthread_create(&t[i], NULL, hammer, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	for (uint64_t i = 0; i < 64; i++)
		total += use(shared, i, 10, 70) - 1;
	cr_expect_eq(total, (uint64_t)THREADS * ROUNDS);
	svc_slots_free(&shared);
}
