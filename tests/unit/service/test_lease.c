/* SPDX-License-Identifier: Apache-2.0 */
/* States are played by the test, which counts their references. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "lease.h"

#define WORKERS 4
#define ROUNDS 20000

static atomic_uint alive;

static struct svc_state *
state(void)
{
	struct svc_state *s = calloc(1, sizeof(*s));

	cr_assert_not_null(s);
	atomic_init(&s->refs, 1);
	atomic_fetch_add(&alive, 1);
	return s;
}

struct svc_state *
svc_state_ref(struct svc_state *s)
{
	cr_assert(atomic_fetch_add(&s->refs, 1) > 0);
	return s;
}

void
svc_state_unref(struct svc_state **sp)
{
	struct svc_state *s = *sp;

	*sp = NULL;
	if (s == NULL || atomic_fetch_sub(&s->refs, 1) != 1)
		return;
	atomic_fetch_sub(&alive, 1);
	free(s);
}

static void
replace(struct svc_leases *l)
{
	struct svc_state *s = state();

	cr_assert(svc_leases_replace(l, s));
	svc_state_unref(&s);
}

static struct svc_leases *
leases(void)
{
	struct svc_state *s = state();
	struct svc_leases *l = svc_leases_new(WORKERS, s);

	cr_assert_not_null(l);
	svc_state_unref(&s);
	cr_assert_eq(atomic_load(&alive), 1);
	return l;
}

/* A request ends with the state it began with, which is gone then. */
Test(lease, outlives_a_reload)
{
	struct svc_leases *l = leases();
	struct svc_share *a = svc_lease_take(l, 0), *b = svc_lease_take(l, 0);
	struct svc_share *c = svc_lease_take(l, 1), *d;
	struct svc_state *old = a->state;

	cr_expect_eq(b->state, old);
	cr_expect_eq(c->state, old);
	replace(l);
	cr_expect_eq(atomic_load(&alive), 2);
	d = svc_lease_take(l, 0);
	cr_expect(d->state != old);
	cr_expect_eq(b->state, old);
	svc_lease_give(l, 0, &b);
	svc_lease_give(l, 0, &d);
	svc_lease_give(l, 1, &c);
	cr_expect_eq(atomic_load(&alive), 2, "one request is left");
	svc_lease_give(l, 0, &a);
	cr_expect(a == NULL);
	cr_expect_eq(atomic_load(&alive), 1);
	svc_leases_free(&l);
	cr_expect(l == NULL);
	cr_expect_eq(atomic_load(&alive), 0);
	svc_leases_free(&l);
}

/* What nobody holds goes with the reload, whether its worker is busy or not. */
Test(lease, idle_workers_keep_nothing)
{
	struct svc_leases *l = leases();
	struct svc_share *s = svc_lease_take(l, 2);

	svc_lease_give(l, 2, &s);
	for (int i = 0; i < 3; i++)
		replace(l);
	cr_expect_eq(atomic_load(&alive), 1);
	svc_leases_free(&l);
	cr_expect_eq(atomic_load(&alive), 0);
}

static struct svc_leases *shared;

static void *
work(void *arg)
{
	size_t worker = *(const size_t *)arg;
	struct svc_share *held = NULL;

	for (int i = 0; i < ROUNDS; i++) {
		struct svc_share *s = svc_lease_take(shared, worker);

		cr_assert(atomic_load(&s->state->refs) > 0);
		if (held != NULL)
			svc_lease_give(shared, worker, &held);
		held = s;
	}
	svc_lease_give(shared, worker, &held);
	return NULL;
}

Test(lease, threads)
{
	pthread_t threads[WORKERS];
	size_t index[WORKERS];

	shared = leases();
	for (size_t i = 0; i < WORKERS; i++) {
		index[i] = i;
		cr_assert_eq(pthread_create(&threads[i], NULL, work,
		    &index[i]), 0);
	}
	for (int i = 0; i < 200; i++)
		replace(shared);
	for (size_t i = 0; i < WORKERS; i++)
		pthread_join(threads[i], NULL);
	cr_expect_eq(atomic_load(&alive), 1);
	svc_leases_free(&shared);
	cr_expect_eq(atomic_load(&alive), 0);
}
