/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lease.h - the current state, handed to requests without a line of memory that
 * workers share.
 *
 * Each worker has a place of its own, with a lock that only a reload contends
 * for, and counts its requests there.  A state goes when the last request that
 * began with it has ended.
 */
#ifndef SVC_LEASE_H
#define SVC_LEASE_H

#include <stdbool.h>
#include <stddef.h>

#include "state.h"

struct svc_leases;	/* opaque; thread-safe */

struct svc_share {	/* of one worker in one state */
	struct svc_state	*state;	/* owned reference */
	size_t			 n;	/* requests that hold it */
	bool			 is_current;
};

/* n workers that begin with s, which is referenced.  NULL: no memory. */
struct svc_leases *svc_leases_new(size_t n, struct svc_state *s);
/* No request may be left.  NULL is fine. */
void svc_leases_free(struct svc_leases **l);

/* From now on requests begin with fresh, which is referenced.  False: no
 * memory, and nothing has changed. */
bool svc_leases_replace(struct svc_leases *l, struct svc_state *fresh);

/* The current state for a request of this worker (index below n); give it back
 * to the same worker, from any thread. */
struct svc_share *svc_lease_take(struct svc_leases *l, size_t worker);
void svc_lease_give(struct svc_leases *l, size_t worker,
    struct svc_share **share);

#endif
