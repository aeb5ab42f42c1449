/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyd_proc.h - one key process, as shakend sees it.
 *
 * A lane is a socket here and a thread there; one request is on it at a time.
 * Who finds a free lane asks at once, for himself.  Who does not waits, and is
 * asked for by who gets the next lane, in one message with others that wait: so
 * the busier it is, the fewer packets and wake-ups a signature takes.
 */
#ifndef SVC_KEYD_PROC_H
#define SVC_KEYD_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "keyd_wire.h"

struct svc_proc;		/* opaque, counted; immutable but for its end */

/*
 * Start one for n_keys keys, in the thread that lives longest: the process ends
 * with the thread that started it.  timeout_ms: how long it may take for one
 * message of signatures.  NULL after a line to diag; else one reference.
 */
struct svc_proc *svc_proc_spawn(size_t lanes, size_t n_keys, long timeout_ms,
    FILE *diag);

/* The same over sockets, moved in, whose other ends are served already. */
struct svc_proc *svc_proc_over(const int *fds, size_t lanes, long timeout_ms);

/* Before the first signature, by one thread.  False after a line to diag. */
bool svc_proc_load(struct svc_proc *p, const struct svc_wire_load *key,
    FILE *diag);
bool svc_proc_lock(struct svc_proc *p, FILE *diag);

/* For struct shaken_signer_ops.  SHAKEN_E_CRYPTO: the process is gone, or was
 * ended because it did not answer.  Thread-safe. */
enum shaken_err svc_proc_sign(struct svc_proc *p, uint16_t key,
    struct shaken_sv input, uint8_t sig[SHAKEN_ES256_SIG]);

/* Whether it runs and answers. */
bool svc_proc_is_up(struct svc_proc *p);

/* Messages that were sent for signatures, and signatures asked for in them. */
void svc_proc_counts(struct svc_proc *p, uint64_t *messages,
    uint64_t *signatures);

struct svc_proc *svc_proc_ref(struct svc_proc *p);
/* The last reference ends the process: it sees its sockets closed. */
void svc_proc_unref(struct svc_proc **p);

#endif
