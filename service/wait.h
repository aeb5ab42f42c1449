/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wait.h - the chains that one request waits for, and until when.
 *
 *	w = svc_wait_new(n, req);
 *	svc_wait_get(w, i, ...) for those that are needed
 *	if (svc_wait_park(w, timer, at_ms)) return;	(resumed: go on here)
 *	svc_wait_close(w);
 *	svc_wait_chain(w, i), svc_wait_why(w, i)
 *	svc_wait_free(&w);
 *
 * The request is resumed once: when all chains are there, or by the alarm.
 * What comes later finds the wait closed and is dropped; the cache has it.
 */
#ifndef SVC_WAIT_H
#define SVC_WAIT_H

#include <shakencerts/cache.h>

#include "http.h"
#include "timer.h"

struct svc_wait;

/* NULL: no memory. */
struct svc_wait *svc_wait_new(size_t n, struct svc_req *req);

/* Ask for chain i; now is the wall clock. */
void svc_wait_get(struct svc_wait *w, size_t i, struct certs_cache *cache,
    struct shaken_trust *trust, struct shaken_sv url, int64_t now);
/* Ask for it past the cache.  False: it will not be had. */
bool svc_wait_refetch(struct svc_wait *w, size_t i, struct certs_cache *cache,
    struct shaken_trust *trust, struct shaken_sv url, int64_t now);

/* Whether something is still to come. */
bool svc_wait_is_pending(struct svc_wait *w);

/* Suspend the request until all is there, at most until at_ms (svc_now_ms()).
 * False: there is nothing to wait for, or the service ends. */
bool svc_wait_park(struct svc_wait *w, struct svc_timer *timer, int64_t at_ms);

/* No more answers: those that come from here on are dropped.  To be called in
 * the request's thread, before looking, when it was resumed or not parked. */
void svc_wait_close(struct svc_wait *w);

/* The chain borrows from w; NULL: none,
 * and why ("" when it did not come in time). */
struct shaken_chain *svc_wait_chain(const struct svc_wait *w, size_t i);
const char *svc_wait_why(const struct svc_wait *w, size_t i);
/* Whether the cache had it at once. */
bool svc_wait_was_hit(const struct svc_wait *w, size_t i);
bool svc_wait_is_late(const struct svc_wait *w);

void svc_wait_free(struct svc_wait **w);

/* The alarm's function: to ring all when the service ends. */
void svc_wait_alarm(void *w);

#endif
