/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyd_proc.h - one key process, as shakend sees it.
 *
 * A lane is a socket and a thread here, and a thread there; one message is on it
 * at a time.  What is asked for while all lanes are busy waits, and goes with all
 * others that wait in the next message: so the busier it is, the fewer packets and
 * wake-ups a signature takes, and nobody's thread stands still for it.
 */
#ifndef SVC_KEYD_PROC_H
#define SVC_KEYD_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <sys/queue.h>

#include "keyd_wire.h"

#define SVC_ASK_INPUT_MAX (SVC_WIRE_MAX - 64) /* bytes to be signed */

struct svc_proc;		/* opaque; immutable but for its end */

struct svc_ask {		/* one signature; the caller's storage until
				 * done is called */
	struct svc_wire_req	 req;	/* input borrowed until then */
	void			(*done)(void *arg); /* by a thread of the
				 * process's, once; not to be kept waiting */
	void			*arg;
	enum shaken_err		 err;	/* filled in, as is sig when SHAKEN_OK;
				 * SHAKEN_E_CRYPTO: the process is gone, or
				 * was ended because it did not answer */
	uint8_t			 sig[SHAKEN_ES256_SIG];
	TAILQ_ENTRY(svc_ask)	 link;	/* not the caller's */
};

/*
 * Start one for n_keys keys, in the thread that lives longest: the process ends
 * with the thread that started it.  timeout_ms: how long it may take for one
 * message of signatures.  NULL after a line to diag.
 */
struct svc_proc *svc_proc_spawn(size_t lanes, size_t n_keys, long timeout_ms,
    FILE *diag);

/* The same over sockets, moved in, whose other ends are served already. */
struct svc_proc *svc_proc_over(const int *fds, size_t lanes, long timeout_ms);

/* Before the first signature, by one thread.  False after a line to diag. */
bool svc_proc_load(struct svc_proc *p, const struct svc_wire_load *key,
    FILE *diag);
bool svc_proc_lock(struct svc_proc *p, FILE *diag);

/* Ask for a signature.  False: the process has ended, done will not be called.
 * Thread-safe. */
bool svc_proc_ask(struct svc_proc *p, struct svc_ask *a);

/* Whether it runs and answers.  Thread-safe. */
bool svc_proc_is_up(struct svc_proc *p);

/* Messages that were sent for signatures, and signatures asked for in them.
 * Thread-safe. */
void svc_proc_counts(struct svc_proc *p, uint64_t *messages,
    uint64_t *signatures);

/* What was asked for is done with before this returns.  The process ends: it
 * sees its sockets closed. */
void svc_proc_free(struct svc_proc **p);

#endif
