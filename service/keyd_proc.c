/* SPDX-License-Identifier: Apache-2.0 */
/* keyd_proc.c - one key process, as shakend sees it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/pidfd.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "keyd_main.h"
#include "keyd_proc.h"

#define LOAD_MS 10000		/* to read one key, from a slow disk */

extern char **environ;

struct lane {
	int		 fd;
	uint8_t		*buf;	/* owned; SVC_WIRE_MAX */
	struct svc_proc	*proc;
	pthread_t	 thread;
};
TAILQ_HEAD(asks, svc_ask);

struct svc_proc {
	int		 pidfd;	/* -1: it is no process of ours */
	long		 timeout_ms;
	struct lane	 lanes[SVC_KEYD_LANES_MAX];
	size_t		 n_lanes;
	pthread_mutex_t	 lock;	/* of all below */
	pthread_cond_t	 asked;	/* or dead, or leaving */
	bool		 dead, leaving;
	struct asks	 waiting;
	size_t		 n_waiting;
	uint64_t	 messages, signatures;
};

static void *run_lane(void *arg);

/* -- life --------------------------------------------------------------- */

/* For one message, to be sent or to come. */
static void
set_timeout(const struct svc_proc *p, long ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	for (size_t i = 0; i < p->n_lanes; i++) {
		(void)setsockopt(p->lanes[i].fd, SOL_SOCKET, SO_RCVTIMEO, &tv,
		    sizeof(tv));
		(void)setsockopt(p->lanes[i].fd, SOL_SOCKET, SO_SNDTIMEO, &tv,
		    sizeof(tv));
	}
}

/* Each lane with its thread; those that could be made are counted. */
static bool
start_lanes(struct svc_proc *p, const int *fds, size_t n)
{
	for (; p->n_lanes < n; p->n_lanes++) {
		struct lane *l = &p->lanes[p->n_lanes];

		l->fd = fds[p->n_lanes];
		l->proc = p;
		l->buf = malloc(SVC_WIRE_MAX);
		if (l->buf == NULL || pthread_create(&l->thread, NULL,
		    run_lane, l) != 0) {
			free(l->buf);
			return false;
		}
	}
	return true;
}

struct svc_proc *
svc_proc_over(const int *fds, size_t lanes, long timeout_ms)
{
	struct svc_proc *p = calloc(1, sizeof(*p));
	size_t made = 0;

	if (p != NULL) {
		pthread_mutex_init(&p->lock, NULL);
		pthread_cond_init(&p->asked, NULL);
		TAILQ_INIT(&p->waiting);
		p->pidfd = -1;
		p->timeout_ms = timeout_ms;
		if (start_lanes(p, fds, lanes)) {
			set_timeout(p, timeout_ms);
			return p;
		}
		made = p->n_lanes;
		svc_proc_free(&p);
	}
	for (; made < lanes; made++)
		close(fds[made]);
	return NULL;
}

/* With the lock: it is of no use any more.  A lane that waits for an answer falls
 * out, and whoever waits for a lane is told. */
static void
end(struct svc_proc *p)
{
	if (p->dead)
		return;
	p->dead = true;
	for (size_t i = 0; i < p->n_lanes; i++)
		(void)shutdown(p->lanes[i].fd, SHUT_RDWR);
	if (p->pidfd >= 0)
		(void)pidfd_send_signal(p->pidfd, SIGKILL, NULL, 0);
	pthread_cond_broadcast(&p->asked);
}

void
svc_proc_free(struct svc_proc **pp)
{
	struct svc_proc *p = *pp;

	*pp = NULL;
	if (p == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	p->leaving = true;
	pthread_cond_broadcast(&p->asked);
	pthread_mutex_unlock(&p->lock);
	for (size_t i = 0; i < p->n_lanes; i++)
		pthread_join(p->lanes[i].thread, NULL);
	for (size_t i = 0; i < p->n_lanes; i++) {
		close(p->lanes[i].fd);
		free(p->lanes[i].buf);
	}
	if (p->pidfd >= 0)
		close(p->pidfd);
	pthread_cond_destroy(&p->asked);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

bool
svc_proc_is_up(struct svc_proc *p)
{
	struct pollfd ended = { .fd = p->pidfd, .events = POLLIN };
	bool up;

	pthread_mutex_lock(&p->lock);
	if (poll(&ended, 1, 0) > 0) /* also when somebody has waited for it */
		end(p);
	up = !p->dead;
	pthread_mutex_unlock(&p->lock);
	return up;
}

void
svc_proc_counts(struct svc_proc *p, uint64_t *messages, uint64_t *signatures)
{
	pthread_mutex_lock(&p->lock);
	*messages = p->messages;
	*signatures = p->signatures;
	pthread_mutex_unlock(&p->lock);
}

/* -- start -------------------------------------------------------------- */

struct pairs {
	int	ours[SVC_KEYD_LANES_MAX], theirs[SVC_KEYD_LANES_MAX];
	size_t	n;
};

static void
close_all(const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
}

/* Their ends above where they will be: dup2() then destroys none of them. */
static bool
make_pairs(struct pairs *s, size_t n)
{
	for (s->n = 0; s->n < n; s->n++) {
		int fds[2], high;

		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
		    fds) != 0)
			return false;
		high = fcntl(fds[1], F_DUPFD_CLOEXEC,
		    SVC_KEYD_FD + SVC_KEYD_LANES_MAX);
		close(fds[1]);
		if (high < 0) {
			close(fds[0]);
			return false;
		}
		s->ours[s->n] = fds[0];
		s->theirs[s->n] = high;
	}
	return true;
}

/* This program once more, with nothing open but its lanes.  0, or errno. */
static int
start(const struct pairs *s, size_t n_keys, pid_t *pid)
{
	char lanes[8], keys[8], name[] = "shakend", role[] = "--role",
	    keyd[] = "keyd";
	char *argv[] = { name, role, keyd, lanes, keys, NULL };
	posix_spawn_file_actions_t fa;
	int rc = posix_spawn_file_actions_init(&fa);

	if (rc != 0)
		return rc;
	snprintf(lanes, sizeof(lanes), "%u", (unsigned)s->n);
	snprintf(keys, sizeof(keys), "%u", (unsigned)n_keys);
	for (size_t i = 0; rc == 0 && i < s->n; i++)
		rc = posix_spawn_file_actions_adddup2(&fa, s->theirs[i],
		    SVC_KEYD_FD + (int)i);
	if (rc == 0)
		rc = posix_spawn_file_actions_addclosefrom_np(&fa,
		    SVC_KEYD_FD + (int)s->n);
	if (rc == 0) /* what runs now, though another may be installed by now */
		rc = posix_spawn(pid, "/proc/self/exe", &fa, NULL, argv,
		    environ);
	posix_spawn_file_actions_destroy(&fa);
	return rc;
}

struct svc_proc *
svc_proc_spawn(size_t lanes, size_t n_keys, long timeout_ms, FILE *diag)
{
	struct pairs s;
	struct svc_proc *p = NULL;
	pid_t pid;
	int rc = make_pairs(&s, lanes) ? 0 : errno;

	if (rc == 0)
		rc = start(&s, n_keys, &pid);
	if (rc != 0) {
		fprintf(diag, "[keyd] the key process cannot be started: %s\n",
		    strerrordesc_np(rc));
		close_all(s.ours, s.n);
	} else {
		p = svc_proc_over(s.ours, s.n, timeout_ms);
		if (p == NULL)
			fputs("out of memory\n", diag);
		if (p != NULL) {
			set_timeout(p, LOAD_MS);
			/* still this one: nobody has waited for it yet */
			p->pidfd = pidfd_open(pid, 0);
		}
	}
	close_all(s.theirs, s.n);
	return p;
}

/* -- messages ----------------------------------------------------------- */

/* Send len bytes of the lane's buffer, and have the answer there.  False: it
 * did not come in time, or never will. */
static bool
exchange(const struct lane *l, size_t len, struct shaken_sv *got)
{
	ssize_t n;

	do
		n = send(l->fd, l->buf, len, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (len == 0 || n != (ssize_t)len)
		return false;
	do
		n = recv(l->fd, l->buf, SVC_WIRE_MAX, MSG_TRUNC);
	while (n < 0 && errno == EINTR);
	if (n <= 0 || n > SVC_WIRE_MAX)
		return false;
	*got = (struct shaken_sv){ (const char *)l->buf, (size_t)n };
	return true;
}

/* One of the messages that are answered by RESULT.  When that does not come all
 * is over: it must not be taken for the answer to the next. */
static bool
command(struct svc_proc *p, size_t len, FILE *diag)
{
	struct shaken_sv got, why;
	bool ok;

	if (!exchange(&p->lanes[0], len, &got) ||
	    !svc_wire_get_result(got, &ok, &why)) {
		fputs("[keyd] the key process ended, or does not answer\n",
		    diag);
		pthread_mutex_lock(&p->lock);
		end(p);
		pthread_mutex_unlock(&p->lock);
		return false;
	}
	if (!ok)	/* lines already, of a key; else what went wrong */
		fprintf(diag, why.n > 0 && why.p[why.n - 1] == '\n' ? "%.*s" :
		    "[keyd] %.*s\n", (int)why.n, why.p);
	return ok;
}

bool
svc_proc_load(struct svc_proc *p, const struct svc_wire_load *key, FILE *diag)
{
	return command(p, svc_wire_put_load(p->lanes[0].buf, SVC_WIRE_MAX, key),
	    diag);
}

bool
svc_proc_lock(struct svc_proc *p, FILE *diag)
{
	if (!command(p, svc_wire_put_lock(p->lanes[0].buf, SVC_WIRE_MAX),
	    diag))
		return false;
	set_timeout(p, p->timeout_ms);
	return true;
}

/* -- signatures --------------------------------------------------------- */

struct batch {
	struct svc_ask		*v[SVC_WIRE_BATCH];
	struct svc_wire_req	 reqs[SVC_WIRE_BATCH];
	size_t			 n;
};

/* With the lock: a fair share of those that wait; of those that will wait in vain
 * all. */
static void
gather(struct svc_proc *p, struct batch *b)
{
	size_t share = p->dead ? p->n_waiting :
	    (p->n_waiting + p->n_lanes - 1) / p->n_lanes;

	for (b->n = 0; b->n < share && b->n < SVC_WIRE_BATCH; b->n++) {
		struct svc_ask *a = TAILQ_FIRST(&p->waiting);

		TAILQ_REMOVE(&p->waiting, a, link);
		p->n_waiting--;
		b->v[b->n] = a;
		b->reqs[b->n] = a->req;
	}
}

/* Ask for all of a batch; how many of them were answered. */
static size_t
ask_for(const struct lane *l, const struct batch *b)
{
	struct svc_wire_sig sigs[SVC_WIRE_BATCH];
	size_t done = 0, n, got_n;
	struct shaken_sv got;

	while (done < b->n) {
		n = b->n - done;
		if (!exchange(l, svc_wire_put_reqs(l->buf, SVC_WIRE_MAX,
		    b->reqs + done, &n), &got) ||
		    !svc_wire_get_sigs(got, sigs, &got_n) || got_n != n)
			break;
		for (size_t i = 0; i < n; i++) {
			struct svc_ask *a = b->v[done + i];

			a->err = sigs[i].err;
			if (a->err == SHAKEN_OK)
				memcpy(a->sig, sigs[i].sig, SHAKEN_ES256_SIG);
		}
		done += n;
	}
	return done;
}

/* Without the lock. */
static void
serve(struct lane *l, const struct batch *b, bool dead)
{
	struct svc_proc *p = l->proc;
	size_t done = dead ? 0 : ask_for(l, b);

	if (!dead) {
		pthread_mutex_lock(&p->lock);
		p->messages++;
		p->signatures += b->n;
		if (done < b->n)
			end(p);
		pthread_mutex_unlock(&p->lock);
	}
	for (size_t i = 0; i < b->n; i++) {
		if (i >= done)
			b->v[i]->err = SHAKEN_E_CRYPTO;
		b->v[i]->done(b->v[i]->arg); /* and is not ours any more */
	}
}

static void *
run_lane(void *arg)
{
	struct lane *l = arg;
	struct svc_proc *p = l->proc;
	struct batch b;
	bool dead;

	pthread_mutex_lock(&p->lock);
	for (;;) {
		while (p->n_waiting == 0 && !p->leaving)
			pthread_cond_wait(&p->asked, &p->lock);
		if (p->n_waiting == 0)
			break;
		gather(p, &b);
		dead = p->dead;
		pthread_mutex_unlock(&p->lock);
		serve(l, &b, dead);
		pthread_mutex_lock(&p->lock);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

bool
svc_proc_ask(struct svc_proc *p, struct svc_ask *a)
{
	bool dead;

	pthread_mutex_lock(&p->lock);
	dead = p->dead;
	if (!dead) {
		TAILQ_INSERT_TAIL(&p->waiting, a, link);
		p->n_waiting++;
		pthread_cond_signal(&p->asked);
	}
	pthread_mutex_unlock(&p->lock);
	return !dead;
}
