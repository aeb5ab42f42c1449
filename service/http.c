/* SPDX-License-Identifier: Apache-2.0 */
/* http.c - listening sockets, workers and connections, on libmicrohttpd. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "http_int.h"

/* For header fields, a piece of the body and the answer's fields. */
#define CONN_MEMORY 16384
#define SWEEP_MS 500
/* How long connections that drain are given to hear "Connection: close". */
#define LINGER_MS 1000

/* -- connections -------------------------------------------------------- */

static enum MHD_Result
on_accept(void *cls, const struct sockaddr *sa, socklen_t len)
{
	struct svc_http *h = ((struct svc_worker *)cls)->http;

	(void)sa;
	(void)len;
	if (atomic_load(&h->n_conns) < h->max_connections)
		return MHD_YES;
	atomic_fetch_add(&h->n_refused, 1);
	return MHD_NO;
}

static void
conn_start(struct svc_worker *w, struct MHD_Connection *c, void **slot)
{
	const union MHD_ConnectionInfo *fd = MHD_get_connection_info(c,
	    MHD_CONNECTION_INFO_CONNECTION_FD);
	const union MHD_ConnectionInfo *peer = MHD_get_connection_info(c,
	    MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	struct svc_conn *conn = calloc(1, sizeof(*conn));

	atomic_fetch_add(&w->http->n_conns, 1);
	*slot = conn;
	if (conn == NULL)
		return; /* its requests will be refused */
	conn->fd = fd->connect_fd;
	conn->is_loopback = svc_addr_is_loopback(peer->client_addr);
	conn->has_address = svc_limit_key_of(peer->client_addr, conn->address);
	atomic_init(&conn->deadline_ms, svc_now_ms() + w->http->idle_ms +
	    w->http->request_ms);
	pthread_mutex_lock(&w->lock);
	conn->next = w->conns;
	if (conn->next != NULL)
		conn->next->prev = conn;
	w->conns = conn;
	pthread_mutex_unlock(&w->lock);
}

static void
conn_end(struct svc_worker *w, void **slot)
{
	struct svc_conn *conn = *slot;

	atomic_fetch_sub(&w->http->n_conns, 1);
	*slot = NULL;
	if (conn == NULL)
		return;
	pthread_mutex_lock(&w->lock); /* the descriptor is still open here */
	if (conn->prev != NULL)
		conn->prev->next = conn->next;
	else
		w->conns = conn->next;
	if (conn->next != NULL)
		conn->next->prev = conn->prev;
	pthread_mutex_unlock(&w->lock);
	free(conn->subject);
	free(conn);
}

static void
on_connection(void *cls, struct MHD_Connection *c, void **slot,
    enum MHD_ConnectionNotificationCode what)
{
	switch (what) {
	case MHD_CONNECTION_NOTIFY_STARTED:
		conn_start(cls, c, slot);
		break;
	case MHD_CONNECTION_NOTIFY_CLOSED:
		conn_end(cls, slot);
		break;
	}
}

/*
 * libmicrohttpd's timeout starts anew with every byte, so one byte a minute
 * would hold a connection for ever.  What has not come in time is cut off here;
 * the worker then sees the end of the connection and cleans up.
 */
static void
sweep(void *arg)
{
	struct svc_http *h = arg;
	int64_t now = svc_now_ms();

	for (size_t i = 0; i < h->n; i++) {
		struct svc_worker *w = &h->workers[i];

		pthread_mutex_lock(&w->lock);
		for (struct svc_conn *c = w->conns; c != NULL; c = c->next) {
			int64_t due = atomic_load(&c->deadline_ms);

			if (due == 0 || now < due)
				continue;
			shutdown(c->fd, SHUT_RDWR);
			atomic_store(&c->deadline_ms, 0);
		}
		svc_shed_sweep(w);
		pthread_mutex_unlock(&w->lock);
	}
	if (atomic_load(&h->stopping)) {
		atomic_store(&h->sweep_ended, true);
		return;
	}
	h->sweep.at_ms = now + SWEEP_MS;
	svc_timer_set(h->timer, &h->sweep);
}

/* -- workers ------------------------------------------------------------ */

__attribute__((format(printf, 2, 0)))
static void
on_mhd_log(void *cls, const char *fmt, va_list ap)
{
	struct svc_worker *w = cls;
	char line[256];

	vsnprintf(line, sizeof(line), fmt, ap);
	line[strcspn(line, "\n")] = '\0';
	w->http->log(w->http->ctx, line);
	svc_shed_at_once(w);
}

static bool
start_worker(struct svc_worker *w, const struct svc_http_conf *c)
{
	/* As MHD wants them: what it is, a number or function, a pointer. */
	struct MHD_OptionItem options[16];
	size_t n = 0;
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD |
	    MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;

#define OPTION(o, number, pointer) options[n++] = \
	(struct MHD_OptionItem){ (o), (intptr_t)(number), (pointer) }
#define TEXT(s) ((void *)(uintptr_t)(s))
	OPTION(MHD_OPTION_LISTEN_SOCKET, w->fd, NULL);
	OPTION(MHD_OPTION_NOTIFY_CONNECTION, on_connection, w);
	OPTION(MHD_OPTION_NOTIFY_COMPLETED, svc_on_completed, w);
	/* Never reached: on_accept() closes what is too much, while MHD would
	 * leave it waiting. */
	OPTION(MHD_OPTION_CONNECTION_LIMIT, c->max_connections + 1, NULL);
	OPTION(MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONN_MEMORY, NULL);
	OPTION(MHD_OPTION_CONNECTION_TIMEOUT, c->idle_timeout_s, NULL);
	OPTION(MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL);
	OPTION(MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, NULL);
	if (c->tls_cert != NULL) {
		flags |= MHD_USE_TLS;
		OPTION(MHD_OPTION_HTTPS_MEM_CERT, 0, TEXT(c->tls_cert));
		OPTION(MHD_OPTION_HTTPS_MEM_KEY, 0, TEXT(c->tls_key));
		OPTION(MHD_OPTION_HTTPS_PRIORITIES, 0, TEXT(
		    "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"));
	}
	if (c->client_ca != NULL)
		OPTION(MHD_OPTION_HTTPS_MEM_TRUST, 0, TEXT(c->client_ca));
	OPTION(MHD_OPTION_END, 0, NULL);
#undef OPTION
#undef TEXT
	w->daemon = MHD_start_daemon(flags, 0, on_accept, w, svc_on_request, w,
	    MHD_OPTION_EXTERNAL_LOGGER, on_mhd_log, w,
	    MHD_OPTION_ARRAY, options, MHD_OPTION_END);
	if (w->daemon == NULL)
		return false;
	pthread_mutex_lock(&w->lock);
	w->listening = w->fd;	/* the daemon's now */
	w->fd = -1;
	pthread_mutex_unlock(&w->lock);
	return true;
}

size_t
svc_http_workers(const struct svc_http_conf *c)
{
	return (c->n_addrs + c->n_sockets) * c->threads;
}

/* The sockets of all workers.  One that was given is shared: only its maker
 * could open more of them. */
static bool
open_sockets(struct svc_http *h, const struct svc_http_conf *c, char *why,
    size_t why_size)
{
	size_t threads = c->threads;
	int *fds = calloc(threads, sizeof(*fds));
	char text[SVC_ADDR_TEXT];
	bool ok = fds != NULL;

	for (size_t i = 0; ok && i < h->n_addrs; i++) {
		struct svc_addr *a = &h->addrs[i];

		if (i < c->n_addrs) {
			*a = c->addrs[i];
			ok = svc_addr_listen(a, fds, threads);
		} else {
			a->len = sizeof(a->ss);
			ok = getsockname(c->sockets[i - c->n_addrs],
			    (struct sockaddr *)&a->ss, &a->len) == 0;
			for (size_t j = 0; ok && j < threads; j++) {
				fds[j] = dup(c->sockets[i - c->n_addrs]);
				ok = fds[j] >= 0;
			}
		}
		svc_addr_format(a, text);
		if (!ok)
			snprintf(why, why_size, "%s: %s", text,
			    strerrordesc_np(errno));
		for (size_t j = 0; ok && j < threads; j++)
			h->workers[i * threads + j].fd = fds[j];
	}
	free(fds);
	return ok;
}

bool
svc_http_start(const struct svc_http_conf *c, struct svc_http **out, char *why,
    size_t why_size)
{
	struct svc_http *h = calloc(1, sizeof(*h));

	snprintf(why, why_size, "out of memory");
	*out = h;
	if (h == NULL)
		return false;
	h->n = svc_http_workers(c);
	h->n_addrs = c->n_addrs + c->n_sockets;
	h->workers = aligned_alloc(SVC_CACHE_LINE,
	    h->n * sizeof(*h->workers));
	if (h->workers != NULL)
		memset(h->workers, 0, h->n * sizeof(*h->workers));
	h->addrs = calloc(h->n_addrs, sizeof(*h->addrs));
	h->ops = c->ops;
	h->ctx = c->ctx;
	h->log = c->log;
	h->max_body = c->max_body;
	h->max_connections = c->max_connections;
	h->idle_ms = c->idle_timeout_s * INT64_C(1000);
	h->request_ms = c->request_timeout_s * INT64_C(1000);
	h->sees_waiting = c->sees_waiting;
	h->tls = c->tls_cert != NULL;
	h->client_certs = c->client_ca != NULL;
	h->timer = c->timer;
	svc_shed_init(h);
	for (size_t i = 0; h->workers != NULL && i < h->n; i++) {
		h->workers[i].http = h;
		h->workers[i].index = (unsigned)i;
		h->workers[i].fd = -1;
		h->workers[i].listening = -1;
		pthread_mutex_init(&h->workers[i].lock, NULL);
	}
	if (h->workers == NULL || h->addrs == NULL ||
	    !open_sockets(h, c, why, why_size))
		goto fail;
	for (size_t i = 0; i < h->n; i++)
		if (!start_worker(&h->workers[i], c)) {
			snprintf(why, why_size, "libmicrohttpd does not "
			    "start%s", h->tls ?
			    " (TLS certificate and key?)" : "");
			goto fail;
		}
	h->sweep = (struct svc_alarm){ .at_ms = svc_now_ms() + SWEEP_MS,
		.fn = sweep, .arg = h };
	svc_timer_set(h->timer, &h->sweep);
	return true;
fail:
	svc_http_stop(out);
	return false;
}

bool
svc_http_addr(const struct svc_http *h, size_t i, struct svc_addr *out)
{
	if (i >= h->n_addrs)
		return false;
	*out = h->addrs[i];
	return true;
}

static void
sleep_ms(long ms)
{
	struct timespec ts = { 0, ms * 1000000 };

	nanosleep(&ts, NULL);
}

static unsigned
count_requests(const struct svc_http *h)
{
	unsigned n = 0;

	for (size_t i = 0; i < h->n; i++)
		n += atomic_load(&h->workers[i].n_reqs);
	return n;
}

/* The worker's socket, or all of its daemon, will not be there any more. */
static void
stop_shedding(struct svc_worker *w)
{
	pthread_mutex_lock(&w->lock);
	w->listening = -1;
	pthread_mutex_unlock(&w->lock);
}

bool
svc_http_drain(struct svc_http *h, int64_t grace_ms)
{
	int64_t start = svc_now_ms(), now = start;

	atomic_store(&h->draining, true);
	for (size_t i = 0; i < h->n; i++) {
		MHD_socket fd;

		stop_shedding(&h->workers[i]);
		fd = MHD_quiesce_daemon(h->workers[i].daemon);
		if (fd != MHD_INVALID_SOCKET)
			close(fd);
	}
	while (now - start < grace_ms && (count_requests(h) > 0 ||
	    (atomic_load(&h->n_conns) > 0 && now - start < LINGER_MS))) {
		sleep_ms(10);
		now = svc_now_ms();
	}
	return count_requests(h) == 0;
}

void
svc_http_stop(struct svc_http **hp)
{
	struct svc_http *h = *hp;

	*hp = NULL;
	if (h == NULL)
		return;
	atomic_store(&h->stopping, true);
	for (size_t i = 0; h->workers != NULL && i < h->n; i++) {
		struct svc_worker *w = &h->workers[i];

		stop_shedding(w);
		if (w->daemon != NULL)
			MHD_stop_daemon(w->daemon);
		else if (w->fd >= 0)
			close(w->fd);
	}
	while (h->sweep.fn != NULL && !svc_timer_cancel(h->timer, &h->sweep) &&
	    !atomic_load(&h->sweep_ended))
		sleep_ms(1);
	for (size_t i = 0; h->workers != NULL && i < h->n; i++)
		pthread_mutex_destroy(&h->workers[i].lock);
	svc_shed_fini(h);
	free(h->workers);
	free(h->addrs);
	free(h);
}

unsigned
svc_http_suspended(const struct svc_http *h)
{
	return atomic_load(&h->n_suspended);
}

unsigned
svc_http_no_suspend(struct svc_http *h)
{
	atomic_store(&h->no_suspend, true);
	return atomic_load(&h->n_suspended);
}

void
svc_http_gauges(const struct svc_http *h, unsigned *connections,
    unsigned *requests, uint64_t *refused)
{
	*connections = atomic_load(&h->n_conns);
	*requests = count_requests(h);
	*refused = atomic_load(&h->n_refused);
}
