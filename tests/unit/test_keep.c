/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "keep.h"
#include "pki.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define NOW TEST_NOW
#define DAY TEST_DAY

static const struct certs_keep keep = { .negative_s = 30, .floor_s = DAY,
    .ceiling_s = 7 * DAY, .stale_s = 3600 };

/* ATIS-1000074: 24 hours at least */
static const struct {
	const char	*name;
	enum certs_kind	 kind;
	int64_t		 fresh_s, not_after, want; /* less NOW */
} lives[] = {
	{ "R-094 nothing said", CERTS_GOOD, -1, 100 * DAY, DAY },
	{ "R-094 below the floor", CERTS_GOOD, DAY - 1, 100 * DAY, DAY },
	{ "R-094 zero", CERTS_GOOD, 0, 100 * DAY, DAY },
	{ "R-094 above the floor", CERTS_GOOD, DAY + 1, 100 * DAY, DAY + 1 },
	{ "R-094 at the ceiling", CERTS_GOOD, 7 * DAY, 100 * DAY, 7 * DAY },
	{ "R-094 above the ceiling", CERTS_GOOD, 7 * DAY + 1, 100 * DAY,
	    7 * DAY },
	{ "R-094 notAfter sooner", CERTS_GOOD, 2 * DAY, 3600, 3600 },
	{ "R-094 notAfter before the floor", CERTS_GOOD, -1, DAY - 1, DAY - 1 },
	{ "R-094 notAfter later", CERTS_GOOD, -1, DAY + 1, DAY },
	{ "bad", CERTS_BAD, 2 * DAY, 100 * DAY, 30 },
	{ "bad, expired", CERTS_BAD, -1, -DAY, 30 },
};

Test(keep, until)
{
	for (size_t i = 0; i < N(lives); i++)
		cr_expect_eq(certs_keep_until(&keep, lives[i].kind,
		    lives[i].fresh_s, NOW, NOW + lives[i].not_after) - NOW,
		    lives[i].want, "%s", lives[i].name);
}

/* A chain that came at NOW, fresh for a day, whose leaf ends after two days. */
static const struct {
	const char	*name;
	int64_t		 failed_at, now; /* less NOW; failed_at 0: it did not */
	unsigned	 hits;
	bool		 usable, failing, due, is_new;
} states[] = {
	{ "as it came", 0, 0, 0, true, false, false, true },
	{ "a second before the end", 0, DAY - 1, 0, true, false, false, false },
	{ "at its end", 0, DAY, 0, false, false, false, false },
	{ "no longer new", 0, 30, 0, true, false, false, false },
	{ "still new", 0, 29, 0, true, false, false, true },
	{ "clock set back", 0, -29, 0, true, false, false, true },
	{ "clock set back far", 0, -30, 0, true, false, false, false },
	{ "R-096 failed now", 100, 100, 0, true, true, false, false },
	{ "R-096 29 s ago", 100, 129, 0, true, true, false, false },
	{ "R-096 30 s ago", 100, 130, 0, true, false, false, false },
	{ "R-096 failed, clock set back", 100, 70, 0, true, false, false,
	    false },
	{ "stale, host fails", DAY, DAY, 0, true, true, false, false },
	{ "stale, failure forgotten", DAY, DAY + 30, 0, false, false, false,
	    false },
	{ "stale, last second", DAY + 3590, DAY + 3599, 0, true, true, false,
	    false },
	{ "too stale", DAY + 3590, DAY + 3600, 0, false, true, false, false },
	{ "in use, last tenth", 0, DAY - DAY / 10, 2, true, false, true,
	    false },
	{ "in use, before that", 0, DAY - DAY / 10 - 1, 2, true, false, false,
	    false },
	{ "little used, last tenth", 0, DAY - 1, 1, true, false, false, false },
	{ "in use, last tenth, fails", DAY - 2, DAY - 1, 9, true, true, false,
	    false },
};

Test(keep, states)
{
	char why[] = "failed";
	struct shaken_trust *trust;
	struct shaken_chain *chain;
	struct test_pki p;

	test_pki_init(&p);
	test_pki_make(&p);
	cr_assert_eq(shaken_trust_new(NULL, &trust), SHAKEN_OK);
	cr_assert_eq(shaken_chain_new(trust, shaken_sv_cstr(p.chain), &chain,
	    NULL), SHAKEN_OK);
	for (size_t i = 0; i < N(states); i++) {
		struct certs_entry e = { .chain = chain, .fetched = NOW,
		    .until = NOW + DAY, .not_after = NOW + 2 * DAY,
		    .hits = states[i].hits };
		int64_t now = NOW + states[i].now;

		if (states[i].failed_at != 0) {
			e.why = why;
			e.failed_at = NOW + states[i].failed_at;
		}
		cr_expect_eq(certs_keep_is_usable(&keep, &e, now),
		    states[i].usable, "usable: %s", states[i].name);
		cr_expect_eq(certs_keep_is_failing(&keep, &e, now),
		    states[i].failing, "failing: %s", states[i].name);
		cr_expect_eq(certs_keep_is_due(&keep, &e, now),
		    states[i].due, "due: %s", states[i].name);
		cr_expect_eq(certs_keep_is_new(&keep, &e, now),
		    states[i].is_new, "new: %s", states[i].name);
		/* without a chain there is nothing to use */
		e.chain = NULL;
		cr_expect(!certs_keep_is_usable(&keep, &e, now));
		cr_expect(!certs_keep_is_new(&keep, &e, now));
	}
	shaken_chain_free(&chain);
	shaken_trust_free(&trust);
	test_pki_free(&p);
}

/* Past notAfter a chain is not used, however much its host fails. */
Test(keep, stale_ends_with_not_after)
{
	static const struct certs_keep lax = { .negative_s = 30,
	    .stale_s = 100 * DAY };
	char why[] = "failed";
	struct certs_entry e = { .fetched = NOW, .until = NOW + 10,
	    .not_after = NOW + 20, .why = why, .failed_at = NOW + 15 };

	/* only whether there is one is looked at */
	e.chain = (struct shaken_chain *)(void *)&e;
	cr_expect(certs_keep_is_usable(&lax, &e, NOW + 19));
	cr_expect(!certs_keep_is_usable(&lax, &e, NOW + 20));
}

Test(keep, no_stale_by_default)
{
	static const struct certs_keep strict = { .negative_s = 30 };
	char why[] = "failed";
	struct certs_entry e = { .fetched = NOW, .until = NOW + 10,
	    .not_after = NOW + DAY, .why = why, .failed_at = NOW + 9 };

	e.chain = (struct shaken_chain *)(void *)&e;
	cr_expect(certs_keep_is_usable(&strict, &e, NOW + 9));
	cr_expect(!certs_keep_is_usable(&strict, &e, NOW + 10));
}
