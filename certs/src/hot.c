/* SPDX-License-Identifier: Apache-2.0 */
/* hot.c - a thread that makes tables for the chains that are used most. */
#include <stdlib.h>
#include <string.h>

#include "hot.h"
#include "thread.h"

#define IDLE_S 600		/* without a use, before a table may go */

struct certs_hot {
	pthread_mutex_t		*lock;	/* borrowed; of all here */
	struct certs_table	*table;	/* borrowed */
	size_t			 max;
	uint64_t		 uses;
	pthread_t		 thread;
	pthread_cond_t		 cond;
	uint64_t		 made, failed;
	bool			 stop;
};

static struct certs_entry *
next(const struct certs_hot *h)
{
	struct certs_entry *e = TAILQ_FIRST(&h->table->hot);

	while (e != NULL && e->heat == CERTS_HOT)
		e = TAILQ_NEXT(e, hot_link);
	return e;
}

/* The work on chain is done, and e has that one still.  What failed keeps its
 * place, so that it is not tried again with every use. */
static void
settle(struct certs_hot *h, struct certs_entry *e, struct shaken_chain **copy)
{
	struct shaken_chain *old = e->chain;
	bool cools = e->heat == CERTS_COOLING && *copy != NULL;

	certs_table_set_heat(h->table, e, cools ? CERTS_COLD : CERTS_HOT);
	if (cools) {
		e->chain = *copy;
		*copy = old; /* for the caller to free */
	}
}

/* Make the table that e wants, or the copy without one.  Gives up the lock
 * meanwhile. */
static void
work(struct certs_hot *h, const struct certs_entry *of)
{
	struct shaken_chain *chain = shaken_chain_ref(of->chain), *copy = NULL;
	bool makes = of->heat == CERTS_WANTED;
	struct certs_entry *e;
	uint8_t key[CERTS_KEY_LEN];
	enum shaken_err err;

	memcpy(key, of->key, sizeof(key));
	pthread_mutex_unlock(h->lock);
	err = makes ? shaken_chain_speed_up(chain) :
	    shaken_chain_slow_copy(chain, &copy);
	pthread_mutex_lock(h->lock);

	h->made += makes && err == SHAKEN_OK;
	h->failed += err != SHAKEN_OK;
	e = certs_table_find(h->table, key);
	if (e != NULL && e->chain == chain &&
	    e->heat == (makes ? CERTS_WANTED : CERTS_COOLING))
		settle(h, e, &copy);
	shaken_chain_free(&copy);
	shaken_chain_free(&chain);
}

static void *
run(void *arg)
{
	struct certs_hot *h = arg;

	pthread_mutex_lock(h->lock);
	while (!h->stop) {
		const struct certs_entry *e = next(h);

		if (e == NULL)
			pthread_cond_wait(&h->cond, h->lock);
		else
			work(h, e);
	}
	pthread_mutex_unlock(h->lock);
	return NULL;
}

struct certs_hot *
certs_hot_new(pthread_mutex_t *lock, struct certs_table *t, size_t max,
    uint64_t uses)
{
	struct certs_hot *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	h->lock = lock;
	h->table = t;
	h->max = max;
	h->uses = uses;
	if (pthread_cond_init(&h->cond, NULL) != 0) {
		free(h);
		return NULL;
	}
	if (certs_thread_start(&h->thread, run, h))
		return h;
	pthread_cond_destroy(&h->cond);
	free(h);
	return NULL;
}

void
certs_hot_free(struct certs_hot **hp)
{
	struct certs_hot *h;

	if (hp == NULL || (h = *hp) == NULL)
		return;
	*hp = NULL;
	pthread_mutex_lock(h->lock);
	h->stop = true;
	pthread_cond_signal(&h->cond);
	pthread_mutex_unlock(h->lock);
	pthread_join(h->thread, NULL);
	pthread_cond_destroy(&h->cond);
	free(h);
}

void
certs_hot_used(struct certs_hot *h, struct certs_entry *e, int64_t now)
{
	struct certs_entry *last;

	e->used = now;
	if (h == NULL || e->heat != CERTS_COLD ||
	    shaken_chain_uses(e->chain) < h->uses)
		return;
	if (h->table->n_hot < h->max) {
		certs_table_set_heat(h->table, e, CERTS_WANTED);
		pthread_cond_signal(&h->cond);
		return;
	}
	last = TAILQ_FIRST(&h->table->hot);
	if (last->heat != CERTS_HOT || now - last->used < IDLE_S)
		return;
	certs_table_set_heat(h->table, last, CERTS_COOLING);
	pthread_cond_signal(&h->cond);
}

void
certs_hot_replaced(struct certs_hot *h, struct certs_entry *e)
{
	if (h == NULL || e->heat == CERTS_COLD)
		return;
	certs_table_set_heat(h->table, e, CERTS_WANTED);
	pthread_cond_signal(&h->cond);
}

struct certs_hot_stats
certs_hot_stats(const struct certs_hot *h)
{
	struct certs_hot_stats s = { 0 };
	const struct certs_entry *e;

	if (h == NULL)
		return s;
	s.made = h->made;
	s.failed = h->failed;
	for (e = TAILQ_FIRST(&h->table->hot); e != NULL;
	    e = TAILQ_NEXT(e, hot_link))
		s.tables += shaken_chain_is_fast(e->chain);
	return s;
}
