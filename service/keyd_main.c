/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyd_main.c - the key process: it reads the private keys, gives up everything
 * but signing, and signs PASSporTs for shakend until that is gone.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#include "keyd_jail.h"
#include "keyd_main.h"
#include "keyd_wire.h"
#include "state.h"

#define KEYS_MAX 65536		/* numbers of the wire */
#define CANNOT 2

struct keyd {
	struct svc_keyd_keys	 keys;
	size_t			 lanes;
	uint8_t			*buf;	/* owned; SVC_WIRE_MAX */
};

struct lane {			/* for its thread */
	int				 fd;
	const struct svc_keyd_keys	*keys;
	sem_t				*started;
};

/* -- packets ------------------------------------------------------------ */

/* 0: the other end is closed; negative: it failed, or was too long. */
static ssize_t
receive(int fd, uint8_t *buf)
{
	ssize_t n;

	do
		n = recv(fd, buf, SVC_WIRE_MAX, MSG_TRUNC);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == ECONNRESET)
		return 0;
	return n > SVC_WIRE_MAX ? -1 : n;
}

static bool
answer(int fd, const uint8_t *buf, size_t len)
{
	ssize_t n;

	do
		n = send(fd, buf, len, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return len > 0 && n == (ssize_t)len;
}

/* -- signing ------------------------------------------------------------ */

static void
sign(const struct svc_keyd_keys *keys, const struct svc_wire_req *req,
    struct svc_wire_sig *out)
{
	out->err = req->key < keys->n ? shaken_signer_sign_input(
	    keys->v[req->key], req->input, out->sig) : SHAKEN_E_ARG;
}

bool
svc_keyd_serve(int fd, const struct svc_keyd_keys *keys)
{
	struct svc_wire_req reqs[SVC_WIRE_BATCH];
	struct svc_wire_sig sigs[SVC_WIRE_BATCH];
	uint8_t *buf = malloc(SVC_WIRE_MAX);
	bool ok = buf != NULL;
	ssize_t len;
	size_t n;

	while (ok && (len = receive(fd, buf)) != 0) {
		ok = len > 0 && svc_wire_get_reqs((struct shaken_sv){
		    (const char *)buf, (size_t)len }, reqs, &n);
		for (size_t i = 0; ok && i < n; i++)
			sign(keys, &reqs[i], &sigs[i]);
		ok = ok && answer(fd, buf, svc_wire_put_sigs(buf, SVC_WIRE_MAX,
		    sigs, n));
	}
	free(buf);
	return ok;
}

/* The lanes belong together: when one ends, all do. */
static void *
serve_lane(void *arg)
{
	const struct lane *l = arg;

	sem_post(l->started);
	_exit(svc_keyd_serve(l->fd, l->keys) ? 0 : CANNOT);
}

/* -- loading ------------------------------------------------------------ */

static bool
load(struct keyd *d, const struct svc_wire_load *l, FILE *diag)
{
	const struct shaken_signer_conf conf = { .size = sizeof(conf),
		.x5u = l->x5u };
	char *name = strndup(l->name.p, l->name.n);
	char *path = strndup(l->path.p, l->path.n);
	struct shaken_signer *s = NULL;
	char what[64];

	if (name != NULL && path != NULL && d->keys.n < d->keys.cap) {
		snprintf(what, sizeof(what), "[key %s]", name);
		s = svc_read_signer(what, path, l->group_ok, &conf, diag);
	} else {
		fputs("out of memory\n", diag);
	}
	free(name);
	free(path);
	if (s != NULL)
		d->keys.v[d->keys.n++] = s;
	return s != NULL;
}

/* A LOAD: read the key and tell.  False: no LOAD, or nobody is there. */
static bool
on_load(struct keyd *d, struct shaken_sv msg)
{
	struct svc_wire_load l;
	char *text = NULL;
	size_t len = 0;
	FILE *diag;
	bool ok;

	if (!svc_wire_get_load(msg, &l))
		return false;
	diag = open_memstream(&text, &len);
	if (diag == NULL)
		return false;
	ok = load(d, &l, diag);
	if (fclose(diag) != 0)
		len = 0;
	len = svc_wire_put_result(d->buf, SVC_WIRE_MAX, ok,
	    (struct shaken_sv){ text, len });
	free(text);
	return answer(SVC_KEYD_FD, d->buf, len);
}

/* Returns when all run: to begin takes system calls that are not allowed. */
static bool
start_threads(struct keyd *d)
{
	static struct lane lanes[SVC_KEYD_LANES_MAX];
	static sem_t started;

	if (sem_init(&started, 0, 0) != 0)
		return false;
	for (size_t i = 1; i < d->lanes; i++) {
		pthread_t t;

		lanes[i] = (struct lane){ SVC_KEYD_FD + (int)i, &d->keys,
			&started };
		if (pthread_create(&t, NULL, serve_lane, &lanes[i]) != 0)
			return false;
		pthread_detach(t);
	}
	for (size_t i = 1; i < d->lanes; i++)
		while (sem_wait(&started) != 0)
			;	/* EINTR */
	return true;
}

/* The LOCK: nothing can be read any more, and nothing is left to be read. */
static bool
on_lock(struct keyd *d)
{
	const char *why = "cannot make threads";
	bool ok = start_threads(d) && svc_jail_enter(&why);

	return answer(SVC_KEYD_FD, d->buf, svc_wire_put_result(d->buf,
	    SVC_WIRE_MAX, ok, shaken_sv_cstr(ok ? "" : why))) && ok;
}

static bool
run(struct keyd *d)
{
	for (;;) {
		ssize_t len = receive(SVC_KEYD_FD, d->buf);
		struct shaken_sv msg = { (const char *)d->buf,
			len > 0 ? (size_t)len : 0 };

		if (len == 0)
			return true; /* shakend will not have these keys */
		if (len < 0)
			return false;
		if (svc_wire_get_lock(msg))
			break;
		if (!on_load(d, msg))
			return false;
	}
	return on_lock(d) && svc_keyd_serve(SVC_KEYD_FD, &d->keys);
}

/* 1 to max, or 0. */
static size_t
number(const char *text, unsigned long max)
{
	char *end;
	unsigned long v;

	errno = 0;
	v = strtoul(text, &end, 10);
	return errno != 0 || *end != '\0' || v > max ? 0 : v;
}

int
svc_keyd_main(int argc, char **argv)
{
	struct keyd d = { .lanes = argc != 2 ? 0 :
		number(argv[0], SVC_KEYD_LANES_MAX) };
	const char *why = "it is started by shakend only";
	sigset_t all;
	bool ok;

	d.keys.cap = argc != 2 ? 0 : number(argv[1], KEYS_MAX);
	/* shakend is told to end, and then ends this. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	ok = d.lanes > 0 && d.keys.cap > 0 &&
	    svc_jail_prepare(d.keys.cap, &why);
	if (!ok) {
		fprintf(stderr, "shakend: key process: %s\n", why);
		return CANNOT;
	}
	d.buf = malloc(SVC_WIRE_MAX);
	d.keys.v = calloc(d.keys.cap, sizeof(struct shaken_signer *));
	/* Nothing is freed, and no handler runs: they are not allowed to. */
	_exit(d.buf != NULL && d.keys.v != NULL && run(&d) ? 0 : CANNOT);
}
