/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fetch.c - a thread that runs transfers: their queue, their turns, their ends.
 *
 * Other threads only append to the inbox, under the lock; all else belongs to
 * the thread.  A host has max_per_host turns at a time and a transfer waits in
 * the queue, its deadline running, until there is one: so a host that is slow
 * or dead keeps nobody waiting but those who ask for it.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include <shaken/cert.h>
#include <shaken/shaken.h>

#define HASH_NONFATAL_OOM 1	/* shows in hh.tbl */
#include <uthash.h>

#include "text.h"
#include "thread.h"
#include "transfer.h"

#define PORTS_MAX 16
#define TOTAL_MS 2000
#define CONNECT_MS 1000
#define PARALLEL 64
#define PER_HOST 4
#define QUEUED 4096
#define IDLE_MS 10000		/* longest sleep; anything wakes it earlier */
#define IDLE_CONNECTIONS 32L

struct certs_host {		/* one that transfers are under way to */
	char		 name[CERTS_HOST_MAX];
	unsigned	 n;
	UT_hash_handle	 hh;
};

struct certs_fetcher {
	struct certs_fetch_opts	 opts;	/* no zeros; strings and ports owned */
	char			*user_agent, *tls_ca;
	uint16_t		 ports[PORTS_MAX];
	CURLM			*multi;
	pthread_t		 thread;
	bool			 has_thread, has_lock, has_curl;

	pthread_mutex_t		 lock;	/* of what follows */
	struct certs_transfers	 inbox;
	unsigned		 n_waiting; /* in inbox and queue */
	bool			 stop;

	/* the thread's */
	struct certs_transfers	 queue, running;
	unsigned		 n_running;
	struct certs_host	*hosts;
};

const char *
certs_fetch_end_name(enum certs_fetch_end e)
{
	switch (e) {
#define X(name, text) case name: return text;
	CERTS_FETCH_MAP(X)
#undef X
	case CERTS_FETCH_ENDS: break;
	}
	return "unknown";
}

static int64_t
monotonic_ms(void)
{
	struct timespec ts = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Tell whoever asked.  t is in no list any more. */
static void
finish(struct certs_transfer *t)
{
	t->res.ms = (unsigned)(monotonic_ms() - t->submitted_ms);
	t->fn(t->arg, &t->res);
	certs_transfer_free(t);
}

static struct certs_host *
host_get(struct certs_fetcher *f, const char *name)
{
	struct certs_host *h;

	HASH_FIND_STR(f->hosts, name, h);
	if (h != NULL)
		return h;
	h = calloc(1, sizeof(*h));
	if (h == NULL)
		return NULL;
	snprintf(h->name, sizeof(h->name), "%s", name);
	HASH_ADD_STR(f->hosts, name, h);
	if (h->hh.tbl == NULL) {
		free(h);
		return NULL;
	}
	return h;
}

static void
host_put(struct certs_fetcher *f, struct certs_host *h)
{
	if (h->n > 0)
		return;
	HASH_DEL(f->hosts, h);
	free(h);
}

static void
leave_queue(struct certs_fetcher *f, struct certs_transfer *t)
{
	TAILQ_REMOVE(&f->queue, t, link);
	pthread_mutex_lock(&f->lock);
	f->n_waiting--;
	pthread_mutex_unlock(&f->lock);
}

/* A turn for t if it has one: then it is no longer in the queue. */
static void
try_start(struct certs_fetcher *f, struct certs_transfer *t, int64_t now_ms)
{
	struct certs_host *h;

	if (now_ms >= t->deadline_ms) {
		leave_queue(f, t);
		certs_transfer_fail(t, CERTS_FETCH_TIMEOUT,
		    "no turn came before the deadline");
		finish(t);
		return;
	}
	if (f->n_running >= (t->first ? f->opts.max_parallel :
	    f->opts.max_parallel - f->opts.max_parallel / 4))
		return;
	h = host_get(f, t->host);
	if (h != NULL && h->n >= f->opts.max_per_host)
		return;
	leave_queue(f, t);
	if (h == NULL || !certs_transfer_start(t, now_ms) ||
	    curl_multi_add_handle(f->multi, t->easy) != CURLM_OK) {
		if (h != NULL)
			host_put(f, h);
		certs_transfer_fail(t, CERTS_FETCH_INTERNAL, "out of memory");
		finish(t);
		return;
	}
	t->at = h;
	h->n++;
	f->n_running++;
	TAILQ_INSERT_TAIL(&f->running, t, link);
}

/* Give out turns, those that go first before the others.  Returns when the next
 * one in the queue runs out of time, in ms from now. */
static int
start_some(struct certs_fetcher *f)
{
	int64_t now_ms = monotonic_ms(), wait_ms = IDLE_MS;
	struct certs_transfer *t, *next;

	for (int pass = 0; pass < 2; pass++)
		for (t = TAILQ_FIRST(&f->queue); t != NULL; t = next) {
			next = TAILQ_NEXT(t, link);
			if (t->first == (pass == 0))
				try_start(f, t, now_ms);
		}
	TAILQ_FOREACH(t, &f->queue, link)
		if (t->deadline_ms - now_ms < wait_ms)
			wait_ms = t->deadline_ms - now_ms;
	return wait_ms > 0 ? (int)wait_ms : 0;
}

static void
leave_running(struct certs_fetcher *f, struct certs_transfer *t)
{
	curl_multi_remove_handle(f->multi, t->easy);
	TAILQ_REMOVE(&f->running, t, link);
	f->n_running--;
	t->at->n--;
	host_put(f, t->at);
}

static void
end(struct certs_fetcher *f, struct certs_transfer *t, CURLcode rc)
{
	leave_running(f, t);
	certs_transfer_done(t, rc);
	finish(t);
}

/* Those that curl has ended, and those that it would go on trying though an
 * address was refused.  Returns whether there were any. */
static bool
reap(struct certs_fetcher *f)
{
	struct certs_transfer *t, *next;
	struct CURLMsg *m;
	bool any = false;
	CURLcode rc;
	int left;

	while ((m = curl_multi_info_read(f->multi, &left)) != NULL) {
		if (m->msg != CURLMSG_DONE)
			continue;
		rc = m->data.result; /* m dies with the removal */
		if (curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t) !=
		    CURLE_OK)
			continue;
		end(f, t, rc);
		any = true;
	}
	for (t = TAILQ_FIRST(&f->running); t != NULL; t = next) {
		next = TAILQ_NEXT(t, link);
		if (t->stop == CERTS_FETCH_ADDRESS) {
			end(f, t, CURLE_COULDNT_CONNECT);
			any = true;
		}
	}
	return any;
}

static bool
take_inbox(struct certs_fetcher *f)
{
	bool stop;

	pthread_mutex_lock(&f->lock);
	TAILQ_CONCAT(&f->queue, &f->inbox, link);
	stop = f->stop;
	pthread_mutex_unlock(&f->lock);
	return !stop;
}

static void *
run(void *arg)
{
	struct certs_fetcher *f = arg;
	struct certs_transfer *t;
	int running, wait_ms;

	while (take_inbox(f)) {
		wait_ms = start_some(f);
		curl_multi_perform(f->multi, &running);
		if (reap(f))
			continue; /* there are turns again */
		if (curl_multi_poll(f->multi, NULL, 0, wait_ms, NULL) !=
		    CURLM_OK)
			nanosleep(&(struct timespec){ .tv_nsec = 10000000 },
			    NULL); /* no memory: others may give some back */
	}
	while ((t = TAILQ_FIRST(&f->running)) != NULL) {
		leave_running(f, t);
		certs_transfer_fail(t, CERTS_FETCH_STOPPED, "shutting down");
		finish(t);
	}
	while ((t = TAILQ_FIRST(&f->queue)) != NULL) {
		leave_queue(f, t);
		certs_transfer_fail(t, CERTS_FETCH_STOPPED, "shutting down");
		finish(t);
	}
	ERR_clear_error();
	OPENSSL_thread_stop();
	return NULL;
}

/* Whether TLS can be verified with this file, before anything depends on it. */
static bool
is_ca_file(const char *path)
{
	X509_STORE *store = X509_STORE_new();
	bool ok = store != NULL && X509_STORE_load_file(store, path) == 1;

	X509_STORE_free(store);
	ERR_clear_error();
	return ok;
}

/* Fill in the defaults, and own what opts points to. */
static enum shaken_err
set_opts(struct certs_fetcher *f, const struct certs_fetch_opts *opts,
    struct shaken_diag *diag)
{
	struct certs_fetch_opts *o = &f->opts;
	char agent[64];

	if (opts != NULL)
		*o = *opts;
	if (o->total_ms == 0)
		o->total_ms = TOTAL_MS;
	if (o->connect_ms == 0)
		o->connect_ms = CONNECT_MS;
	if (o->max_bytes == 0)
		o->max_bytes = SHAKEN_PEM_MAX;
	if (o->max_parallel == 0)
		o->max_parallel = PARALLEL;
	if (o->max_per_host == 0)
		o->max_per_host = PER_HOST;
	if (o->max_queued == 0)
		o->max_queued = QUEUED;
	for (size_t i = 0; i < o->n_ports; i++)
		f->ports[i] = o->ports[i];
	o->ports = f->ports;
	snprintf(agent, sizeof(agent), "libshaken/%s", shaken_version());
	f->user_agent = strdup(o->user_agent != NULL ? o->user_agent : agent);
	if (f->user_agent == NULL)
		return SHAKEN_E_NOMEM;
	o->user_agent = f->user_agent;
	if (o->tls_ca == NULL)
		return SHAKEN_OK;
	f->tls_ca = strdup(o->tls_ca);
	if (f->tls_ca == NULL)
		return SHAKEN_E_NOMEM;
	o->tls_ca = f->tls_ca;
	if (is_ca_file(f->tls_ca))
		return SHAKEN_OK;
	certs_diag(diag, "%s: no CA certificates can be read from it",
	    f->tls_ca);
	return SHAKEN_E_ARG;
}

static bool
start_thread(struct certs_fetcher *f)
{
	f->has_thread = certs_thread_start(&f->thread, run, f);
	return f->has_thread;
}

enum shaken_err
certs_fetcher_new(const struct certs_fetch_opts *opts,
    struct certs_fetcher **out, struct shaken_diag *diag)
{
	struct certs_fetcher *f;
	enum shaken_err err;

	*out = NULL;
	certs_diag(diag, "%s", "");
	if (opts != NULL && (opts->size != sizeof(*opts) ||
	    opts->n_ports > PORTS_MAX ||
	    opts->total_ms > INT32_MAX || opts->connect_ms > INT32_MAX ||
	    opts->max_bytes > INT32_MAX)) {
		certs_diag(diag, "not the options of a fetch");
		return SHAKEN_E_ARG;
	}
	f = calloc(1, sizeof(*f));
	if (f == NULL)
		return SHAKEN_E_NOMEM;
	TAILQ_INIT(&f->inbox);
	TAILQ_INIT(&f->queue);
	TAILQ_INIT(&f->running);
	err = set_opts(f, opts, diag);
	if (err != SHAKEN_OK)
		goto fail;
	err = SHAKEN_E_NOMEM;
	f->has_curl = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
	f->has_lock = pthread_mutex_init(&f->lock, NULL) == 0;
	f->multi = f->has_curl ? curl_multi_init() : NULL;
	if (f->multi == NULL || !f->has_lock ||
	    curl_multi_setopt(f->multi, CURLMOPT_MAXCONNECTS,
	    IDLE_CONNECTIONS) != CURLM_OK || !start_thread(f))
		goto fail;
	*out = f;
	return SHAKEN_OK;
fail:
	certs_fetcher_free(&f);
	return err;
}

void
certs_fetcher_free(struct certs_fetcher **fp)
{
	struct certs_fetcher *f = *fp;

	if (f == NULL)
		return;
	if (f->has_thread) {
		pthread_mutex_lock(&f->lock);
		f->stop = true;
		pthread_mutex_unlock(&f->lock);
		curl_multi_wakeup(f->multi);
		pthread_join(f->thread, NULL);
	}
	curl_multi_cleanup(f->multi);
	if (f->has_lock)
		pthread_mutex_destroy(&f->lock);
	if (f->has_curl)
		curl_global_cleanup();
	free(f->user_agent);
	free(f->tls_ca);
	free(f);
	*fp = NULL;
}

enum shaken_err
certs_fetcher_submit(struct certs_fetcher *f, const struct certs_fetch_req *req,
    certs_fetch_fn fn, void *arg, struct shaken_diag *diag)
{
	struct certs_transfer *t;
	enum shaken_err err;
	unsigned room = f->opts.max_queued, total_ms;

	certs_diag(diag, "%s", "");
	if (req->size != sizeof(*req) || req->total_ms > INT32_MAX ||
	    req->max_bytes > INT32_MAX || req->post.n > INT32_MAX)
		return SHAKEN_E_ARG;
	err = certs_transfer_new(&f->opts, req, &t, diag);
	if (err != SHAKEN_OK)
		return err;
	if (!req->first)
		room -= room / 4;
	total_ms = req->total_ms != 0 ? req->total_ms : f->opts.total_ms;
	t->fn = fn;
	t->arg = arg;
	t->submitted_ms = monotonic_ms();
	t->deadline_ms = t->submitted_ms + total_ms;

	pthread_mutex_lock(&f->lock);
	if (f->stop || f->n_waiting >= room)
		err = SHAKEN_E_LIMIT;
	if (err == SHAKEN_OK) {
		TAILQ_INSERT_TAIL(&f->inbox, t, link);
		f->n_waiting++;
	}
	pthread_mutex_unlock(&f->lock);

	if (err != SHAKEN_OK) {
		certs_diag(diag, "too many fetches are waiting");
		certs_transfer_free(t);
		return err;
	}
	curl_multi_wakeup(f->multi);
	return SHAKEN_OK;
}

enum shaken_err
certs_fetcher_check(const struct certs_fetcher *f, struct shaken_sv url,
    struct shaken_diag *diag)
{
	certs_diag(diag, "%s", "");
	return certs_url_check(&f->opts, url, NULL, diag);
}

struct wait {			/* for the one fetch of certs_fetch() */
	certs_fetch_fn	 fn;
	void		*arg;
	pthread_mutex_t	 lock;
	pthread_cond_t	 cond;
	bool		 done;
};

static void
on_waited(void *arg, const struct certs_fetch_res *res)
{
	struct wait *w = arg;

	w->fn(w->arg, res);
	pthread_mutex_lock(&w->lock);
	w->done = true;
	pthread_cond_signal(&w->cond);
	pthread_mutex_unlock(&w->lock);
}

enum shaken_err
certs_fetch(const struct certs_fetch_opts *opts,
    const struct certs_fetch_req *req, certs_fetch_fn fn, void *arg,
    struct shaken_diag *diag)
{
	struct wait w = { .fn = fn, .arg = arg,
	    .lock = PTHREAD_MUTEX_INITIALIZER,
	    .cond = PTHREAD_COND_INITIALIZER };
	struct certs_fetcher *f;
	enum shaken_err err;

	err = certs_fetcher_new(opts, &f, diag);
	if (err != SHAKEN_OK)
		return err;
	err = certs_fetcher_submit(f, req, on_waited, &w, diag);
	if (err == SHAKEN_OK) {
		pthread_mutex_lock(&w.lock);
		while (!w.done)
			pthread_cond_wait(&w.cond, &w.lock);
		pthread_mutex_unlock(&w.lock);
	}
	certs_fetcher_free(&f);	/* and with it, the last use of w */
	return err;
}
