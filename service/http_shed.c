/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_shed.c - connections that come while no descriptor is left.
 *
 * libmicrohttpd cannot accept them then.  A worker without connections tries
 * again at once, and again; one with connections stops accepting until one of
 * them ends, which a busy proxy's never do.  Here who knocks is turned away, so
 * that he can ask another service, and accepting goes on afterwards.
 */
#include <unistd.h>

#include <sys/eventfd.h>
#include <sys/socket.h>

#include "http_int.h"

#define AT_ONCE 1024		/* a full queue of listen(2) */

static int
spare_fd(void)
{
	return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void
svc_shed_init(struct svc_http *h)
{
	pthread_mutex_init(&h->spare_lock, NULL);
	h->spare = spare_fd();
}

void
svc_shed_fini(struct svc_http *h)
{
	if (h->spare >= 0)
		close(h->spare);
	pthread_mutex_destroy(&h->spare_lock);
}

static bool
none_is_left(void)
{
	int fd = spare_fd();

	if (fd >= 0)
		close(fd);
	return fd < 0;
}

/* With the worker's lock: accept with the spare's number, and close. */
static void
turn_away(struct svc_worker *w)
{
	struct svc_http *h = w->http;

	pthread_mutex_lock(&h->spare_lock);
	if (h->spare >= 0)
		close(h->spare);
	for (int i = 0; i < AT_ONCE; i++) {
		int fd = accept4(w->listening, NULL, NULL, SOCK_CLOEXEC |
		    SOCK_NONBLOCK);

		if (fd < 0)
			break;
		close(fd);
		atomic_fetch_add(&h->n_refused, 1);
	}
	h->spare = spare_fd();
	pthread_mutex_unlock(&h->spare_lock);
}

/* With the worker's lock.  It accepts again once a connection has ended: one of
 * our own that does.  False: there is no descriptor for it yet. */
static bool
set_going(struct svc_worker *w)
{
	const struct sockaddr_storage nobody = { .ss_family = AF_UNIX };
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
	    fds) != 0)
		return false;
	close(fds[1]);
	return MHD_add_connection(w->daemon, fds[0],
	    (const struct sockaddr *)&nobody, sizeof(nobody)) == MHD_YES;
}

/* Not while the sweep does this: what it logs comes here too. */
void
svc_shed_at_once(struct svc_worker *w)
{
	if (!none_is_left())
		return;
	atomic_store(&w->starved, true);
	if (pthread_mutex_trylock(&w->lock) != 0)
		return;
	if (w->listening >= 0)
		turn_away(w);
	pthread_mutex_unlock(&w->lock);
}

void
svc_shed_sweep(struct svc_worker *w)
{
	if (!atomic_load(&w->starved) || w->listening < 0)
		return;
	if (none_is_left())
		turn_away(w);
	else if (set_going(w))
		atomic_store(&w->starved, false);
}
