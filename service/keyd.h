/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyd.h - private keys in a process of their own ([keyd] enable).
 *
 * shakend then never has them: the key process reads the files, and signs what
 * it is sent.  Each load of a configuration starts a process of its own, which
 * reads its keys, gives up all else (keyd_jail.h) and lives as long as the state
 * that it was started for: so a reload is whole or not at all with keys, too.
 */
#ifndef SVC_KEYD_H
#define SVC_KEYD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <shaken/signer.h>

#include "conf.h"
#include "keyd_proc.h"

struct svc_keyd;		/* opaque: the key process of one state */

/* Start one that has read all keys of the configuration, in their order.  By
 * the thread that lives longest.  NULL after lines to diag. */
struct svc_keyd *svc_keyd_new(const struct svc_conf *c, FILE *diag);

/*
 * A signer that asks it for key i; to be freed before it.  Also when the process
 * was replaced.  what: "[key NAME]".  NULL after a line to diag: as
 * shaken_signer_new(), which has a probe signed.
 */
struct shaken_signer *svc_keyd_signer(struct svc_keyd *k, size_t i,
    const char *what, const struct shaken_signer_conf *conf, FILE *diag);

/* Ask for a signature of key i, without waiting: as svc_proc_ask(), which fills
 * in the number of the key.  False: a->err says why.  Thread-safe. */
bool svc_keyd_ask(struct svc_keyd *k, size_t i, struct svc_ask *a);

/* Whether the process runs.  Thread-safe, as asking it is. */
bool svc_keyd_is_up(struct svc_keyd *k);

/* Go on with the process of fresh, which gets the old one.  Thread-safe. */
void svc_keyd_adopt(struct svc_keyd *k, struct svc_keyd *fresh);

/* Messages and signatures since the process was started. */
void svc_keyd_counts(struct svc_keyd *k, uint64_t *messages,
    uint64_t *signatures);

/* The process ends by itself. */
void svc_keyd_free(struct svc_keyd **k);

/* "[key a] the certificate's key is not on P-256", of what a signer refused. */
void svc_keyd_complain(const char *what, enum shaken_err err,
    const struct shaken_diag *why, FILE *diag);

#endif
