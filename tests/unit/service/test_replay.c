/* SPDX-License-Identifier: Apache-2.0 */
/* Uses of tokens, over requests (RFC 8224 section 12.1). */
#include <string.h>

#include <criterion/criterion.h>

#include "replay.h"

#define NOW INT64_C(1700000000)

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

TestSuite(replay, .init = setup, .fini = teardown);

static struct svc_uses
request(unsigned allowed, bool reject)
{
	return (struct svc_uses){ .slots = slots, .allowed = allowed,
		.reject = reject, .now = NOW };
}

static bool
uses(struct svc_uses *u, uint8_t token)
{
	uint8_t id[SHAKEN_TOKEN_ID];
	struct shaken_diag why = { "" };
	bool replayed;

	memset(id, token, sizeof(id));
	replayed = svc_replayed(u, id, NOW + 60, &why);
	if (replayed)
		cr_expect_not_null(strstr(why.text, "allowed"));
	return replayed;
}

/* As many uses as are allowed, by as many requests; the next is one too many. */
Test(replay, forks)
{
	struct svc_uses u;

	for (int i = 0; i < 3; i++) {
		u = request(3, true);
		cr_expect_not(uses(&u, 1), "%d", i);
	}
	u = request(3, true);
	cr_expect(uses(&u, 1));
	cr_expect_eq(u.most, 4);
	cr_expect_not(uses(&u, 2), "another token");
}

/* Where nothing is rejected it is counted all the same. */
Test(replay, detected)
{
	struct svc_uses u = request(1, false);

	cr_expect_not(uses(&u, 1));
	u = request(1, false);
	cr_expect_not(uses(&u, 1));
	cr_expect_eq(u.most, 2);
}

/* A token that one request brings or judges twice was used once. */
Test(replay, within_a_request)
{
	struct svc_uses u = request(1, true);

	for (int i = 0; i < 100; i++)
		cr_expect_not(uses(&u, 1));
	cr_expect_eq(u.most, 1);
	for (uint8_t i = 2; i < 100; i++)
		cr_expect_not(uses(&u, i), "no more are looked at than a call "
		    "can have");
	cr_expect_eq(u.n, SHAKEN_VALUES_MAX);
	u = request(1, true);
	cr_expect(uses(&u, 1));
}
