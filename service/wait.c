/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wait.c - the chains that one request waits for, and until when.
 *
 * Three threads meet here: the request's worker, the cache's, and the timer's.
 * All of a wait but its chains' use is under its lock.  References: the worker
 * has one, the alarm one while it is set, every get that is pending one.
 */
#include <pthread.h>
#include <stdlib.h>

#include "wait.h"

struct slot {
	struct svc_wait		*wait;
	struct shaken_chain	*chain;	/* owned reference */
	struct shaken_diag	 why;
	bool			 was_hit, is_done;
};

struct svc_wait {
	pthread_mutex_t		 lock;
	unsigned		 refs;
	struct svc_req		*req;	/* borrowed; not touched once resumed */
	struct svc_timer	*timer;
	struct svc_alarm	 alarm;
	size_t			 pending; /* gets whose callback is to come */
	bool			 is_parked, is_resumed, is_closed, is_late;
	size_t			 n;
	struct slot		 slots[];
};

struct svc_wait *
svc_wait_new(size_t n, struct svc_req *req)
{
	struct svc_wait *w = calloc(1, sizeof(*w) + n * sizeof(w->slots[0]));

	if (w == NULL)
		return NULL;
	pthread_mutex_init(&w->lock, NULL);
	w->refs = 1;
	w->req = req;
	w->n = n;
	for (size_t i = 0; i < n; i++)
		w->slots[i].wait = w;
	return w;
}

/* Drop a reference and the lock. */
static void
unref_unlock(struct svc_wait *w)
{
	bool last = --w->refs == 0;

	pthread_mutex_unlock(&w->lock);
	if (!last)
		return;
	for (size_t i = 0; i < w->n; i++)
		shaken_chain_free(&w->slots[i].chain);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

/* With the lock held: whether the caller is to resume the request. */
static bool
wants_resume(struct svc_wait *w)
{
	if (!w->is_parked || w->is_resumed)
		return false;
	w->is_resumed = true;
	return true;
}

/* The cache's callback, from its thread; perhaps before the get returns. */
static void
on_chain(void *arg, struct shaken_chain *chain, const struct shaken_diag *why)
{
	struct slot *s = arg;
	struct svc_wait *w = s->wait;
	struct svc_req *req = w->req;
	bool resume;

	pthread_mutex_lock(&w->lock);
	if (!w->is_closed) {
		if (chain != NULL)
			s->chain = shaken_chain_ref(chain);
		else
			s->why = *why;
		s->is_done = true;
	}
	w->pending--;
	resume = w->pending == 0 && wants_resume(w);
	unref_unlock(w);
	if (resume)	/* suspended until now, so it is still there */
		svc_req_resume(req);
}

void
svc_wait_alarm(void *arg)
{
	struct svc_wait *w = arg;
	struct svc_req *req = w->req;
	bool resume;

	pthread_mutex_lock(&w->lock);
	resume = wants_resume(w);
	if (resume)
		w->is_late = true;
	unref_unlock(w);
	if (resume)
		svc_req_resume(req);
}

/* Count a get as pending before it is made, so that its callback finds it. */
static void
expect(struct svc_wait *w)
{
	pthread_mutex_lock(&w->lock);
	w->pending++;
	w->refs++;
	pthread_mutex_unlock(&w->lock);
}

/* It came at once, and there will be no callback. */
static void
settle(struct svc_wait *w, size_t i, struct shaken_chain *chain)
{
	pthread_mutex_lock(&w->lock);
	w->pending--;
	w->slots[i].chain = chain;
	w->slots[i].was_hit = chain != NULL;
	w->slots[i].is_done = true;
	unref_unlock(w);	/* the worker has its own */
}

void
svc_wait_get(struct svc_wait *w, size_t i, struct certs_cache *cache,
    struct shaken_trust *trust, struct shaken_sv url, int64_t now)
{
	struct shaken_chain *chain = NULL;
	struct shaken_diag why;

	expect(w);
	if (certs_cache_get(cache, trust, url, now, on_chain, &w->slots[i],
	    &chain, &why) == CERTS_PENDING)
		return;
	if (chain == NULL)
		w->slots[i].why = why;
	settle(w, i, chain);
}

bool
svc_wait_refetch(struct svc_wait *w, size_t i, struct certs_cache *cache,
    struct shaken_trust *trust, struct shaken_sv url, int64_t now)
{
	struct shaken_diag why;

	expect(w);
	if (certs_cache_refetch(cache, trust, url, now, on_chain, &w->slots[i],
	    &why) == CERTS_PENDING)
		return true;
	settle(w, i, NULL);
	return false;
}

bool
svc_wait_is_pending(struct svc_wait *w)
{
	bool pending;

	pthread_mutex_lock(&w->lock);
	pending = w->pending > 0;
	pthread_mutex_unlock(&w->lock);
	return pending;
}

bool
svc_wait_park(struct svc_wait *w, struct svc_timer *timer, int64_t at_ms)
{
	bool park;

	pthread_mutex_lock(&w->lock);
	/* Suspended under the lock: nobody resumes before. */
	park = w->pending > 0 && svc_req_suspend(w->req);
	if (park) {
		w->is_parked = true;
		w->refs++;
		w->timer = timer;
		w->alarm = (struct svc_alarm){ .at_ms = at_ms,
			.fn = svc_wait_alarm, .arg = w };
		svc_timer_set(timer, &w->alarm);
	}
	pthread_mutex_unlock(&w->lock);
	return park;
}

struct shaken_chain *
svc_wait_chain(const struct svc_wait *w, size_t i)
{
	return w->slots[i].chain;
}

const char *
svc_wait_why(const struct svc_wait *w, size_t i)
{
	return w->slots[i].why.text;
}

bool
svc_wait_was_hit(const struct svc_wait *w, size_t i)
{
	return w->slots[i].was_hit;
}

bool
svc_wait_is_late(const struct svc_wait *w)
{
	return w->is_late;
}

void
svc_wait_close(struct svc_wait *w)
{
	pthread_mutex_lock(&w->lock);
	w->is_closed = true;
	pthread_mutex_unlock(&w->lock);
}

void
svc_wait_free(struct svc_wait **wp)
{
	struct svc_wait *w = *wp;

	*wp = NULL;
	if (w == NULL)
		return;
	pthread_mutex_lock(&w->lock);
	w->is_closed = true;
	if (w->timer != NULL && svc_timer_cancel(w->timer, &w->alarm))
		w->refs--;	/* the alarm's; never the last */
	unref_unlock(w);
}
