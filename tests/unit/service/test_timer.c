/* SPDX-License-Identifier: Apache-2.0 */
#include <stdatomic.h>
#include <time.h>

#include <criterion/criterion.h>

#include "timer.h"

static void
sleep_ms(long ms)
{
	const struct timespec ts = { 0, ms * 1000000 };

	nanosleep(&ts, NULL);
}

struct ringing {
	atomic_int	 n;
	int		 order[10];
};

struct bell {
	struct svc_alarm alarm;
	struct ringing	*ringing;
	int		 id;
};

static void
on_ring(void *arg)
{
	struct bell *b = arg;

	b->ringing->order[atomic_fetch_add(&b->ringing->n, 1)] = b->id;
}

static void
on_other(void *arg)
{
	atomic_fetch_add((atomic_int *)arg, 100);
}

Test(timer, order)
{
	static const int delays[] = { 60, 20, 40, 20, 90 };
	static const int want[] = { 1, 3, 2, 0, 4 };
	struct svc_timer *t = svc_timer_new();
	struct ringing r = { .n = 0 };
	struct bell b[5] = { { .id = 0 } };
	int64_t start = svc_now_ms();

	cr_assert_not_null(t);
	for (int i = 0; i < 5; i++) {
		b[i].id = i;
		b[i].ringing = &r;
		b[i].alarm = (struct svc_alarm){ .at_ms = start + delays[i],
			.fn = on_ring, .arg = &b[i] };
		svc_timer_set(t, &b[i].alarm);
	}
	while (atomic_load(&r.n) < 5 && svc_now_ms() - start < 5000)
		sleep_ms(1);
	cr_expect_gt(svc_now_ms() - start, 89);
	for (int i = 0; i < 5; i++)
		cr_expect_eq(r.order[i], want[i]);
	svc_timer_free(&t);
	cr_expect(t == NULL);
}

Test(timer, cancel)
{
	struct svc_timer *t = svc_timer_new();
	atomic_int n = 0;
	struct svc_alarm a = { .at_ms = svc_now_ms() + 50, .fn = on_other,
		.arg = &n };

	svc_timer_set(t, &a);
	cr_expect(svc_timer_cancel(t, &a));
	cr_expect(!svc_timer_cancel(t, &a));
	sleep_ms(80);
	cr_expect_eq(atomic_load(&n), 0);
	a.at_ms = svc_now_ms();
	svc_timer_set(t, &a);
	sleep_ms(50);
	cr_expect_eq(atomic_load(&n), 100);
	cr_expect(!svc_timer_cancel(t, &a));
	svc_timer_free(&t);
}

Test(timer, ring_all)
{
	struct svc_timer *t = svc_timer_new();
	struct ringing r = { .n = 0 };
	atomic_int n = 0;
	struct bell b[3] = { { .id = 0 }, { .id = 1 }, { .id = 2 } };
	struct svc_alarm other = { .at_ms = svc_now_ms() + 50000,
		.fn = on_other, .arg = &n };

	svc_timer_set(t, &other);
	for (int i = 0; i < 3; i++) {
		b[i].ringing = &r;
		b[i].alarm = (struct svc_alarm){ .at_ms = svc_now_ms() + 60000,
			.fn = on_ring, .arg = &b[i] };
		svc_timer_set(t, &b[i].alarm);
	}
	svc_timer_ring_all(t, on_ring);
	cr_expect_eq(atomic_load(&r.n), 3);
	cr_expect_eq(atomic_load(&n), 0);
	cr_expect(svc_timer_cancel(t, &other));
	svc_timer_free(&t);
}
