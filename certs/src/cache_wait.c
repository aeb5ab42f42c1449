/* SPDX-License-Identifier: Apache-2.0 */
/* cache_wait.c - a get that waits. */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include <shakencerts/cache.h>

#include "text.h"

/* Between who waits and the callback, which may come after it gave up. */
struct wait {
	pthread_mutex_t		 lock;
	pthread_cond_t		 cond;
	unsigned		 refs;
	bool			 done;
	struct shaken_chain	*chain;	/* a reference */
	struct shaken_diag	 why;
};

static struct wait *
new_wait(void)
{
	struct wait *w = calloc(1, sizeof(*w));
	pthread_condattr_t attr;

	if (w == NULL)
		return NULL;
	w->refs = 2;
	if (pthread_condattr_init(&attr) != 0)
		goto no_attr;
	if (pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) != 0 ||
	    pthread_cond_init(&w->cond, &attr) != 0)
		goto no_cond;
	pthread_condattr_destroy(&attr);
	if (pthread_mutex_init(&w->lock, NULL) == 0)
		return w;
	pthread_cond_destroy(&w->cond);
	free(w);
	return NULL;
no_cond:
	pthread_condattr_destroy(&attr);
no_attr:
	free(w);
	return NULL;
}

/* Takes the lock's end with it. */
static void
leave(struct wait *w)
{
	bool last = --w->refs == 0;

	pthread_mutex_unlock(&w->lock);
	if (!last)
		return;
	pthread_cond_destroy(&w->cond);
	pthread_mutex_destroy(&w->lock);
	shaken_chain_free(&w->chain);
	free(w);
}

static void
on_chain(void *arg, struct shaken_chain *chain, const struct shaken_diag *why)
{
	struct wait *w = arg;

	pthread_mutex_lock(&w->lock);
	w->done = true;
	w->chain = chain == NULL ? NULL : shaken_chain_ref(chain);
	w->why = *why;
	pthread_cond_signal(&w->cond);
	leave(w);
}

enum certs_got
certs_cache_wait(struct certs_cache *c, struct shaken_trust *trust,
    struct shaken_sv url, int64_t now, unsigned timeout_ms,
    struct shaken_chain **chain, struct shaken_diag *why)
{
	struct wait *w = new_wait();
	struct timespec end;
	enum certs_got got;
	int rc = 0;

	*chain = NULL;
	if (w == NULL) {
		certs_diag(why, "%s", shaken_strerror(SHAKEN_E_NOMEM));
		return CERTS_FAILED;
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += timeout_ms / 1000;
	end.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
	if (end.tv_nsec >= 1000000000) {
		end.tv_nsec -= 1000000000;
		end.tv_sec++;
	}
	got = certs_cache_get(c, trust, url, now, on_chain, w, chain, why);
	pthread_mutex_lock(&w->lock);
	if (got != CERTS_PENDING) {
		w->refs--;	/* the callback will not come */
		leave(w);
		return got;
	}
	while (!w->done && rc == 0)
		rc = timeout_ms == 0 ? pthread_cond_wait(&w->cond, &w->lock) :
		    pthread_cond_timedwait(&w->cond, &w->lock, &end);
	if (w->done) {
		*chain = w->chain;
		w->chain = NULL;
		certs_diag(why, "%s", w->why.text);
	} else {
		certs_diag(why, "no answer within %u ms", timeout_ms);
	}
	leave(w);
	return *chain != NULL ? CERTS_HIT : CERTS_FAILED;
}
