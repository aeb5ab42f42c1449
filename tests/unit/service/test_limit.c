/* SPDX-License-Identifier: Apache-2.0 */
/* Token buckets, and whose they are. */
#include <string.h>

#include <arpa/inet.h>

#include <criterion/criterion.h>

#include "limit.h"

#define S INT64_C(1000000)	/* microseconds */

static struct svc_slots *slots;

static void
setup(void)
{
	slots = svc_slots_new(1024);
	cr_assert_not_null(slots);
}

static void
teardown(void)
{
	svc_slots_free(&slots);
}

TestSuite(limit, .init = setup, .fini = teardown);

static int64_t
take(const char *name, long per_s, long burst, int64_t now_us)
{
	uint8_t key[SVC_SLOT_KEY];

	cr_assert(svc_limit_key_of_name(name, key));
	return svc_limit_take(slots, key, (struct svc_rate){ per_s, burst },
	    now_us);
}

/* The burst at once, then one in each interval, and the wait is told. */
Test(limit, burst_then_rate)
{
	int64_t t = 1000 * S;

	for (int i = 0; i < 5; i++)
		cr_expect_eq(take("a", 10, 5, t), 0, "%d", i);
	cr_expect_eq(take("a", 10, 5, t), S / 10);
	cr_expect_eq(take("a", 10, 5, t + S / 20), S / 20);
	cr_expect_eq(take("a", 10, 5, t + S / 10), 0);
	cr_expect_gt(take("a", 10, 5, t + S / 10), 0);
	cr_expect_eq(take("b", 10, 5, t), 0, "another's bucket is full");
}

/* After a pause the burst is back, and no more than it. */
Test(limit, refills)
{
	int64_t t = 1000 * S;
	int granted = 0;

	for (int i = 0; i < 10; i++)
		granted += take("a", 10, 5, t) == 0;
	cr_expect_eq(granted, 5);
	for (int i = 0; i < 10; i++)
		granted += take("a", 10, 5, t + 3600 * S) == 0;
	cr_expect_eq(granted, 10);
}

/* Over a long time as many as the rate says: what is refused costs nothing. */
Test(limit, rate)
{
	int granted = 0;

	for (int64_t t = 0; t < 10 * S; t += 500) /* asks 2,000 a second */
		granted += take("a", 300, 10, t) == 0;
	cr_expect_geq(granted, 2990);
	cr_expect_leq(granted, 3010);
}

Test(limit, none)
{
	for (int i = 0; i < 1000; i++)
		cr_expect_eq(take("a", 0, 1, 5), 0);
}

static bool
key_of(const char *text, uint8_t key[SVC_SLOT_KEY])
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
		return svc_limit_key_of((const void *)&in, key);
	cr_assert_eq(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
	return svc_limit_key_of((const void *)&in6, key);
}

Test(limit, addresses)
{
	static const struct {
		const char *a, *b;
		bool same;
	} table[] = {
		{ "192.0.2.1", "192.0.2.1", true },
		{ "192.0.2.1", "192.0.2.2", false },
		{ "192.0.2.1", "::ffff:192.0.2.1", true },
		{ "2001:db8::1", "2001:db8::2", true },
		{ "2001:db8::1", "2001:db8:0:1::1", false },
		{ "c000:201::", "192.0.2.1", false },
	};
	const struct sockaddr un = { .sa_family = AF_UNIX };
	uint8_t a[SVC_SLOT_KEY], b[SVC_SLOT_KEY];

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		cr_assert(key_of(table[i].a, a));
		cr_assert(key_of(table[i].b, b));
		cr_expect_eq(memcmp(a, b, sizeof(a)) == 0, table[i].same,
		    "%s %s", table[i].a, table[i].b);
	}
	cr_expect_not(svc_limit_key_of(&un, a));
}
