/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The orders in which a request's worker, the cache and the timer may meet.
 * The cache and the suspension of requests are played by the test: what is
 * linked here takes the place of the real ones.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include <criterion/criterion.h>

#include "pki.h"
#include "wait.h"

#define MANY 3

/* -- the cache, and the requests ---------------------------------------- */

static struct {
	enum certs_got		 got;
	bool			 at_once; /* called back before get returns */
	certs_cache_fn		 fn;
	void			*args[MANY];
	size_t			 n;	/* pending */
	struct shaken_chain	*chain;	/* what comes; NULL: none */
	unsigned		 suspended;
	bool			 may_not_suspend;
} play;
static atomic_uint resumed;

static void
call_back(void *arg)
{
	static const struct shaken_diag why = { "gone" }, none = { "" };

	play.fn(arg, play.chain, play.chain == NULL ? &why : &none);
}

enum certs_got
certs_cache_get(struct certs_cache *c, struct shaken_trust *trust,
    struct shaken_sv url, int64_t now, certs_cache_fn fn, void *arg,
    struct shaken_chain **chain, struct shaken_diag *why)
{
	(void)c, (void)trust, (void)url, (void)now;
	*chain = NULL;
	memset(why, 0, sizeof(*why));
	if (play.got == CERTS_HIT)
		*chain = shaken_chain_ref(play.chain);
	else if (play.got == CERTS_FAILED)
		strcpy(why->text, "known to fail");
	play.fn = fn;
	if (play.got == CERTS_PENDING && play.at_once)
		call_back(arg);
	else if (play.got == CERTS_PENDING)
		play.args[play.n++] = arg;
	return play.got;
}

enum certs_got
certs_cache_refetch(struct certs_cache *c, struct shaken_trust *trust,
    struct shaken_sv url, int64_t now, certs_cache_fn fn, void *arg,
    struct shaken_diag *why)
{
	struct shaken_chain *none;

	return certs_cache_get(c, trust, url, now, fn, arg, &none, why);
}

bool
svc_req_suspend(struct svc_req *r)
{
	(void)r;
	play.suspended += !play.may_not_suspend;
	return !play.may_not_suspend;
}

void
svc_req_resume(struct svc_req *r)
{
	(void)r;
	atomic_fetch_add(&resumed, 1);
}

/* -- the tests ---------------------------------------------------------- */

static struct svc_timer *timer;
static struct shaken_chain *chain;	/* made once */
static struct shaken_trust *trust;

static void
make_chain(void)
{
	struct test_pki pki;

	test_pki_init(&pki);
	test_pki_make(&pki);
	cr_assert_eq(shaken_trust_new(NULL, &trust), SHAKEN_OK);
	cr_assert_eq(shaken_chain_new(trust, shaken_sv_cstr(pki.chain), &chain,
	    NULL), SHAKEN_OK);
	test_pki_free(&pki);
}

/* n chains asked for, the cache answering each time with got. */
static struct svc_wait *
ask(enum certs_got got, bool at_once, size_t n)
{
	static struct svc_req req;
	struct svc_wait *w = svc_wait_new(MANY, &req);

	if (chain == NULL)
		make_chain();
	timer = svc_timer_new();
	cr_assert(w != NULL && timer != NULL);
	memset(&play, 0, sizeof(play));
	atomic_store(&resumed, 0);
	play.got = got;
	play.at_once = at_once;
	play.chain = chain;
	for (size_t i = 0; i < n; i++)
		svc_wait_get(w, i, NULL, trust, SHAKEN_SV_LIT("https://h/x"),
		    TEST_NOW);
	return w;
}

static bool
park(struct svc_wait *w)
{
	return svc_wait_park(w, timer, svc_now_ms() + 60000);
}

static bool
is_why(const struct svc_wait *w, size_t i, const char *why)
{
	return svc_wait_chain(w, i) == NULL &&
	    strcmp(svc_wait_why(w, i), why) == 0;
}

static void
end(struct svc_wait *w)
{
	svc_wait_free(&w);
	cr_expect(w == NULL);
	svc_timer_free(&timer);
}

Test(wait, nothing_asked)
{
	struct svc_wait *w = ask(CERTS_PENDING, false, 0);

	cr_expect(!park(w));
	svc_wait_close(w);
	cr_expect(is_why(w, 0, ""));
	end(w);
}

Test(wait, hits)
{
	struct svc_wait *w = ask(CERTS_HIT, false, 2);

	cr_expect(!park(w));
	svc_wait_close(w);
	cr_expect_eq(svc_wait_chain(w, 1), chain);
	cr_expect(svc_wait_was_hit(w, 1));
	cr_expect(!svc_wait_was_hit(w, 2));
	end(w);
}

Test(wait, known_failure)
{
	struct svc_wait *w = ask(CERTS_FAILED, false, 1);

	cr_expect(!park(w));
	svc_wait_close(w);
	cr_expect(is_why(w, 0, "known to fail"));
	cr_expect(!svc_wait_was_hit(w, 0));
	end(w);
}

/* Called back before the get returned: there is nothing to suspend for. */
Test(wait, at_once)
{
	struct svc_wait *w = ask(CERTS_PENDING, true, 2);

	cr_expect(!park(w));
	cr_expect_eq(play.suspended + atomic_load(&resumed), 0);
	svc_wait_close(w);
	cr_expect_eq(svc_wait_chain(w, 0), chain);
	cr_expect(!svc_wait_was_hit(w, 0));
	end(w);
}

/* Called back between the get and the suspension. */
Test(wait, before_park)
{
	struct svc_wait *w = ask(CERTS_PENDING, false, 1);

	call_back(play.args[0]);
	cr_expect(!park(w));
	cr_expect_eq(play.suspended + atomic_load(&resumed), 0);
	svc_wait_close(w);
	cr_expect_eq(svc_wait_chain(w, 0), chain);
	end(w);
}

/* Resumed once, by the last one. */
Test(wait, all_come)
{
	struct svc_wait *w = ask(CERTS_PENDING, false, 3);

	cr_expect(park(w));
	cr_expect_eq(play.suspended, 1);
	call_back(play.args[1]);
	play.chain = NULL;
	call_back(play.args[0]);
	cr_expect_eq(atomic_load(&resumed), 0);
	call_back(play.args[2]);
	cr_expect_eq(atomic_load(&resumed), 1);
	svc_wait_close(w);
	cr_expect_eq(svc_wait_chain(w, 1), chain);
	cr_expect(is_why(w, 0, "gone"));
	cr_expect(!svc_wait_is_late(w));
	/* It would ring for nothing now. */
	svc_timer_ring_all(timer, svc_wait_alarm);
	cr_expect_eq(atomic_load(&resumed), 1);
	cr_expect(!svc_wait_is_late(w));
	end(w);
}

/* The alarm first; what comes after the worker has looked changes nothing. */
Test(wait, late)
{
	struct svc_wait *w = ask(CERTS_PENDING, false, 2);

	cr_expect(park(w));
	call_back(play.args[0]);
	svc_timer_ring_all(timer, svc_wait_alarm);
	cr_expect_eq(atomic_load(&resumed), 1);
	svc_wait_close(w);
	cr_expect(svc_wait_is_late(w));
	cr_expect_eq(svc_wait_chain(w, 0), chain);
	cr_expect(is_why(w, 1, ""));
	call_back(play.args[1]);
	cr_expect(is_why(w, 1, ""));
	cr_expect_eq(atomic_load(&resumed), 1);
	end(w);
}

/* Between the alarm and the worker: it still counts. */
Test(wait, late_but_in_time)
{
	struct svc_wait *w = ask(CERTS_PENDING, false, 1);

	cr_expect(park(w));
	svc_timer_ring_all(timer, svc_wait_alarm);
	call_back(play.args[0]);
	cr_expect_eq(atomic_load(&resumed), 1);
	svc_wait_close(w);
	cr_expect_eq(svc_wait_chain(w, 0), chain);
	end(w);
}

/* The request is gone before its chains come. */
Test(wait, freed_first)
{
	struct svc_wait *w = ask(CERTS_PENDING, false, 2);

	cr_expect(park(w));
	svc_timer_ring_all(timer, svc_wait_alarm);
	end(w);
	call_back(play.args[0]);
	call_back(play.args[1]);
	cr_expect_eq(atomic_load(&resumed), 1);
}

/* No request is suspended when the service ends. */
Test(wait, end)
{
	struct svc_wait *w = ask(CERTS_PENDING, false, 1);

	play.may_not_suspend = true;
	cr_expect(!park(w));
	svc_wait_close(w);
	cr_expect(is_why(w, 0, ""));
	call_back(play.args[0]);
	cr_expect_eq(atomic_load(&resumed), 0);
	end(w);
}

Test(wait, refetch)
{
	struct svc_wait *w = ask(CERTS_FAILED, false, 0);

	cr_expect(!svc_wait_refetch(w, 0, NULL, trust, SHAKEN_SV_LIT("u"),
	    TEST_NOW));
	cr_expect(!park(w));
	play.got = CERTS_PENDING;
	cr_expect(svc_wait_refetch(w, 0, NULL, trust, SHAKEN_SV_LIT("u"),
	    TEST_NOW));
	cr_expect(park(w));
	call_back(play.args[0]);
	cr_expect_eq(atomic_load(&resumed), 1);
	svc_wait_close(w);
	cr_expect_eq(svc_wait_chain(w, 0), chain);
	end(w);
}

static void *
calls_back(void *arg)
{
	call_back(arg);
	return NULL;
}

/* The three threads at a time, in whatever order they run. */
Test(wait, threads)
{
	for (int round = 0; round < 300; round++) {
		struct svc_wait *w = ask(CERTS_PENDING, false, 2);
		pthread_t threads[2];

		for (size_t i = 0; i < 2; i++)
			cr_assert_eq(pthread_create(&threads[i], NULL,
			    calls_back, play.args[i]), 0);
		if (svc_wait_park(w, timer, svc_now_ms()))
			cr_expect_eq(play.suspended, 1);
		for (size_t i = 0; i < 2; i++)
			pthread_join(threads[i], NULL);
		svc_wait_close(w);
		cr_expect_eq(svc_wait_chain(w, 0), chain);
		cr_expect_eq(svc_wait_chain(w, 1), chain);
		end(w);
		cr_expect_eq(atomic_load(&resumed), play.suspended);
	}
}
