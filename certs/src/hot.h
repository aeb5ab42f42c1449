/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hot.h - tables (shaken_chain_speed_up()) for the chains of the cache that are
 * used most, made in a thread of their own.
 *
 * A chain gets one when it has verified so many signatures, as long as there
 * are fewer than max.  When there are not, the one that was used least recently
 * gives its table up, but only after ten minutes without a use: making one
 * takes 20 ms of processor, so they must not push each other out.
 */
#ifndef CERTS_HOT_H
#define CERTS_HOT_H

#include <pthread.h>

#include "table.h"

struct certs_hot;

/* Work on t, whose lock that is; both must outlive it.  NULL: no memory. */
struct certs_hot *certs_hot_new(pthread_mutex_t *lock, struct certs_table *t,
    size_t max, uint64_t uses);

/* Stop and free; the lock is not held.  NULL and *h == NULL are fine. */
void certs_hot_free(struct certs_hot **h);

/*
 * With the lock held; h may be NULL, which does nothing.
 */

/* e, that has a chain, is used now. */
void certs_hot_used(struct certs_hot *h, struct certs_entry *e, int64_t now);

/* e has another chain. */
void certs_hot_replaced(struct certs_hot *h, struct certs_entry *e);

struct certs_hot_stats {
	uint64_t	made, failed;
	uint64_t	tables;	/* as of now */
};
struct certs_hot_stats certs_hot_stats(const struct certs_hot *h);

#endif
