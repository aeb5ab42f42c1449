/* SPDX-License-Identifier: Apache-2.0 */
/* lease.c - the current state, counted by worker. */
#include <pthread.h>
#include <stdlib.h>

#include "cacheline.h"
#include "lease.h"

struct place {			/* of one worker */
	_Alignas(SVC_CACHE_LINE) pthread_mutex_t lock; /* of its shares */
	struct svc_share *share; /* owned; the current one */
};

struct svc_leases {
	size_t		 n;
	struct place	*places; /* owned, n */
};

static void
free_share(struct svc_share **sp)
{
	struct svc_share *s = *sp;

	*sp = NULL;
	if (s == NULL)
		return;
	svc_state_unref(&s->state);
	free(s);
}

/* A share in s for each worker; NULL: no memory. */
static struct svc_share **
make_shares(size_t n, struct svc_state *s)
{
	struct svc_share **v = calloc(n, sizeof(*v));
	size_t made = 0;

	if (v == NULL)
		return NULL;
	while (made < n && (v[made] = calloc(1, sizeof(**v))) != NULL) {
		v[made]->state = svc_state_ref(s);
		v[made]->is_current = true;
		made++;
	}
	if (made == n)
		return v;
	while (made > 0)
		free_share(&v[--made]);
	free(v);
	return NULL;
}

struct svc_leases *
svc_leases_new(size_t n, struct svc_state *s)
{
	struct svc_leases *l = calloc(1, sizeof(*l));
	struct svc_share **shares = make_shares(n, s);

	if (l != NULL)
		l->places = aligned_alloc(SVC_CACHE_LINE,
		    n * sizeof(*l->places));
	if (l == NULL || l->places == NULL || shares == NULL) {
		for (size_t i = 0; shares != NULL && i < n; i++)
			free_share(&shares[i]);
		free(shares);
		if (l != NULL)
			free(l->places);
		free(l);
		return NULL;
	}
	l->n = n;
	for (size_t i = 0; i < n; i++) {
		pthread_mutex_init(&l->places[i].lock, NULL);
		l->places[i].share = shares[i];
	}
	free(shares);
	return l;
}

void
svc_leases_free(struct svc_leases **lp)
{
	struct svc_leases *l = *lp;

	*lp = NULL;
	if (l == NULL)
		return;
	for (size_t i = 0; i < l->n; i++) {
		free_share(&l->places[i].share);
		pthread_mutex_destroy(&l->places[i].lock);
	}
	free(l->places);
	free(l);
}

bool
svc_leases_replace(struct svc_leases *l, struct svc_state *fresh)
{
	struct svc_share **shares = make_shares(l->n, fresh);

	if (shares == NULL)
		return false;
	for (size_t i = 0; i < l->n; i++) {
		struct place *p = &l->places[i];
		struct svc_share *old;

		pthread_mutex_lock(&p->lock);
		old = p->share;
		p->share = shares[i];
		old->is_current = false;
		if (old->n > 0)
			old = NULL;	/* its last request frees it */
		pthread_mutex_unlock(&p->lock);
		free_share(&old);
	}
	free(shares);
	return true;
}

struct svc_share *
svc_lease_take(struct svc_leases *l, size_t worker)
{
	struct place *p = &l->places[worker];
	struct svc_share *s;

	pthread_mutex_lock(&p->lock);
	s = p->share;
	s->n++;
	pthread_mutex_unlock(&p->lock);
	return s;
}

void
svc_lease_give(struct svc_leases *l, size_t worker, struct svc_share **sp)
{
	struct place *p = &l->places[worker];
	struct svc_share *s = *sp;
	bool last;

	*sp = NULL;
	pthread_mutex_lock(&p->lock);
	last = --s->n == 0 && !s->is_current;
	pthread_mutex_unlock(&p->lock);
	if (last)
		free_share(&s);
}
