/* SPDX-License-Identifier: Apache-2.0 */
/* keyd_proc.c - one key process, as shakend sees it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
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
	int	 fd;
	bool	 busy;
	uint8_t	*buf;		/* owned; SVC_WIRE_MAX; of who is on it */
};

struct ask {			/* one signature, on the stack of who waits */
	TAILQ_ENTRY(ask)	 link;
	struct svc_wire_req	 req;
	uint8_t			*sig;
	enum shaken_err		 err;
	struct lane		*lane;	/* handed over: ask for yourself */
	sem_t			 done;
};
TAILQ_HEAD(asks, ask);

struct svc_proc {
	atomic_uint	 refs;
	int		 pidfd;	/* -1: it is no process of ours */
	long		 timeout_ms;
	pthread_mutex_t	 lock;	/* of all below; lanes that are busy belong to
				 * one thread */
	bool		 dead;
	struct lane	 lanes[SVC_KEYD_LANES_MAX];
	size_t		 n_lanes;
	struct asks	 waiting;	/* empty while a lane is free */
	size_t		 n_waiting;
	uint64_t	 messages, signatures;
};

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

struct svc_proc *
svc_proc_over(const int *fds, size_t lanes, long timeout_ms)
{
	struct svc_proc *p = calloc(1, sizeof(*p));
	bool ok = p != NULL;

	for (size_t i = 0; i < lanes && ok; i++) {
		p->lanes[i].buf = malloc(SVC_WIRE_MAX);
		ok = p->lanes[i].buf != NULL;
	}
	if (!ok) {
		for (size_t i = 0; i < lanes; i++) {
			close(fds[i]);
			if (p != NULL)
				free(p->lanes[i].buf);
		}
		free(p);
		return NULL;
	}
	atomic_init(&p->refs, 1);
	pthread_mutex_init(&p->lock, NULL);
	TAILQ_INIT(&p->waiting);
	p->pidfd = -1;
	p->n_lanes = lanes;
	p->timeout_ms = timeout_ms;
	for (size_t i = 0; i < lanes; i++)
		p->lanes[i].fd = fds[i];
	set_timeout(p, timeout_ms);
	return p;
}

struct svc_proc *
svc_proc_ref(struct svc_proc *p)
{
	atomic_fetch_add(&p->refs, 1);
	return p;
}

void
svc_proc_unref(struct svc_proc **pp)
{
	struct svc_proc *p = *pp;

	*pp = NULL;
	if (p == NULL || atomic_fetch_sub(&p->refs, 1) != 1)
		return;
	for (size_t i = 0; i < p->n_lanes; i++) {
		close(p->lanes[i].fd);
		free(p->lanes[i].buf);
	}
	if (p->pidfd >= 0)
		close(p->pidfd);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

/* With the lock: it is of no use any more.  Who waits on a lane falls out. */
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

struct batch {			/* first is whose lane it is */
	struct ask		*v[SVC_WIRE_BATCH];
	struct svc_wire_req	 reqs[SVC_WIRE_BATCH];
	size_t			 n;
};

/* With the lock: a fair share of those that wait. */
static void
gather(struct svc_proc *p, struct batch *b, struct ask *first)
{
	size_t share = 1 + p->n_waiting / p->n_lanes;

	if (share > SVC_WIRE_BATCH)
		share = SVC_WIRE_BATCH;
	b->v[0] = first;
	b->reqs[0] = first->req;
	for (b->n = 1; b->n < share; b->n++) {
		struct ask *a = TAILQ_FIRST(&p->waiting);

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
			struct ask *a = b->v[done + i];

			a->err = sigs[i].err;
			if (a->err == SHAKEN_OK)
				memcpy(a->sig, sigs[i].sig, SHAKEN_ES256_SIG);
		}
		done += n;
	}
	return done;
}

/* With the lock: the lane to who has waited longest, or to nobody; when all is
 * over, everybody is told so. */
static void
pass_on(struct svc_proc *p, struct lane *lane)
{
	struct ask *a;

	while ((a = TAILQ_FIRST(&p->waiting)) != NULL) {
		TAILQ_REMOVE(&p->waiting, a, link);
		p->n_waiting--;
		if (!p->dead) {
			a->lane = lane;
			sem_post(&a->done);
			return;
		}
		sem_post(&a->done);
	}
	lane->busy = false;
}

/* With the lock, and a lane. */
static void
lead(struct svc_proc *p, struct lane *lane, struct ask *first)
{
	struct batch b;
	size_t done;

	gather(p, &b, first);
	pthread_mutex_unlock(&p->lock);
	done = ask_for(lane, &b);
	pthread_mutex_lock(&p->lock);
	p->messages++;
	p->signatures += b.n;
	if (done < b.n)
		end(p);
	for (size_t i = 1; i < b.n; i++)
		sem_post(&b.v[i]->done);
	pass_on(p, lane);
}

static struct lane *
free_lane(struct svc_proc *p)
{
	for (size_t i = 0; i < p->n_lanes; i++)
		if (!p->lanes[i].busy)
			return &p->lanes[i];
	return NULL;
}

static void
wait_for_it(struct svc_proc *p, struct ask *a)
{
	sem_init(&a->done, 0, 0);
	TAILQ_INSERT_TAIL(&p->waiting, a, link);
	p->n_waiting++;
	pthread_mutex_unlock(&p->lock);
	while (sem_wait(&a->done) != 0)
		;	/* EINTR */
	pthread_mutex_lock(&p->lock);
	sem_destroy(&a->done);
	if (a->lane != NULL)
		lead(p, a->lane, a);
}

enum shaken_err
svc_proc_sign(struct svc_proc *p, uint16_t key, struct shaken_sv input,
    uint8_t sig[SHAKEN_ES256_SIG])
{
	struct ask a = { .req = { key, input }, .sig = sig,
		.err = SHAKEN_E_CRYPTO };
	struct lane *lane;

	if (input.n > UINT16_MAX || input.n > SVC_WIRE_MAX - 64)
		return SHAKEN_E_LIMIT;
	pthread_mutex_lock(&p->lock);
	lane = p->dead ? NULL : free_lane(p);
	if (lane != NULL) {
		lane->busy = true;
		lead(p, lane, &a);
	} else if (!p->dead) {
		wait_for_it(p, &a);
	}
	pthread_mutex_unlock(&p->lock);
	return a.err;
}
