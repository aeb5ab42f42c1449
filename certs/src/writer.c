/* SPDX-License-Identifier: Apache-2.0 */
/* writer.c - a thread that writes to a store. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "thread.h"
#include "writer.h"

#define JOBS_MAX 1024		/* at most 70 MB, and as a rule 6 */

struct job {
	enum { PUT, TOUCH, REMOVE } what;
	struct certs_stored	 rec;	/* its pointers are owned */
	char			*url, *etag, *last_modified, *pem;
	TAILQ_ENTRY(job)	 link;
};
TAILQ_HEAD(jobs, job);

struct certs_writer {
	struct certs_store	*store;	/* borrowed */
	pthread_t		 thread;
	pthread_mutex_t		 lock;	/* of what follows */
	pthread_cond_t		 cond;
	struct jobs		 jobs;
	size_t			 n;
	uint64_t		 errors;
	bool			 stop;
};

static void
free_job(struct job *j)
{
	if (j == NULL)
		return;
	free(j->url);
	free(j->etag);
	free(j->last_modified);
	free(j->pem);
	free(j);
}

static bool
do_job(struct certs_writer *w, const struct job *j)
{
	switch (j->what) {
	case PUT:
		return certs_store_put(w->store, &j->rec, NULL) == SHAKEN_OK;
	case TOUCH:
		return certs_store_touch(w->store, j->url, j->rec.fetched,
		    j->rec.until);
	case REMOVE:
		(void)certs_store_remove(w->store, j->url);
		return true;
	}
	return false;
}

static void *
run(void *arg)
{
	struct certs_writer *w = arg;
	struct job *j;
	bool ok;

	pthread_mutex_lock(&w->lock);
	for (;;) {
		j = TAILQ_FIRST(&w->jobs);
		if (j == NULL && w->stop)
			break;
		if (j == NULL) {
			pthread_cond_wait(&w->cond, &w->lock);
			continue;
		}
		TAILQ_REMOVE(&w->jobs, j, link);
		w->n--;
		pthread_mutex_unlock(&w->lock);
		ok = do_job(w, j);
		free_job(j);
		pthread_mutex_lock(&w->lock);
		w->errors += !ok;
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

struct certs_writer *
certs_writer_new(struct certs_store *store)
{
	struct certs_writer *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->store = store;
	TAILQ_INIT(&w->jobs);
	if (pthread_mutex_init(&w->lock, NULL) != 0)
		goto no_lock;
	if (pthread_cond_init(&w->cond, NULL) != 0)
		goto no_cond;
	if (certs_thread_start(&w->thread, run, w))
		return w;
	pthread_cond_destroy(&w->cond);
no_cond:
	pthread_mutex_destroy(&w->lock);
no_lock:
	free(w);
	return NULL;
}

void
certs_writer_free(struct certs_writer **wp)
{
	struct certs_writer *w = *wp;

	if (w == NULL)
		return;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_signal(&w->cond);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->cond);
	pthread_mutex_destroy(&w->lock);
	free(w);
	*wp = NULL;
}

/* Takes j; NULL and a full queue are errors. */
static void
queue(struct certs_writer *w, struct job *j)
{
	pthread_mutex_lock(&w->lock);
	if (j != NULL && w->n < JOBS_MAX) {
		TAILQ_INSERT_TAIL(&w->jobs, j, link);
		w->n++;
		pthread_cond_signal(&w->cond);
		j = NULL;
	} else {
		w->errors++;
	}
	pthread_mutex_unlock(&w->lock);
	free_job(j);
}

static char *
copy(const char *s)
{
	return strdup(s == NULL ? "" : s);
}

void
certs_writer_put(struct certs_writer *w, const struct certs_stored *in)
{
	struct job *j = calloc(1, sizeof(*j));

	if (j != NULL) {
		j->what = PUT;
		j->rec = *in;
		j->rec.url = j->url = copy(in->url);
		j->rec.etag = j->etag = copy(in->etag);
		j->rec.last_modified = j->last_modified =
		    copy(in->last_modified);
		j->rec.pem.p = j->pem = malloc(in->pem.n);
		if (j->url == NULL || j->etag == NULL ||
		    j->last_modified == NULL || j->pem == NULL) {
			free_job(j);
			j = NULL;
		} else {
			memcpy(j->pem, in->pem.p, in->pem.n);
		}
	}
	queue(w, j);
}

/* A job that needs the URL only. */
static struct job *
new_job(const char *url)
{
	struct job *j = calloc(1, sizeof(*j));

	if (j != NULL)
		j->url = strdup(url);
	if (j == NULL || j->url != NULL)
		return j;
	free(j);
	return NULL;
}

void
certs_writer_touch(struct certs_writer *w, const char *url, int64_t fetched,
    int64_t until)
{
	struct job *j = new_job(url);

	if (j != NULL) {
		j->what = TOUCH;
		j->rec.fetched = fetched;
		j->rec.until = until;
	}
	queue(w, j);
}

void
certs_writer_remove(struct certs_writer *w, const char *url)
{
	struct job *j = new_job(url);

	if (j != NULL)
		j->what = REMOVE;
	queue(w, j);
}

uint64_t
certs_writer_errors(struct certs_writer *w)
{
	uint64_t n;

	pthread_mutex_lock(&w->lock);
	n = w->errors;
	pthread_mutex_unlock(&w->lock);
	return n;
}
