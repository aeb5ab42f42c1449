/* SPDX-License-Identifier: Apache-2.0 */
/*
 * limit.h - how often a client may ask: a token bucket for each.
 *
 * Of a bucket one number is kept, when it will be full again; a full one is
 * forgotten without loss.
 */
#ifndef SVC_LIMIT_H
#define SVC_LIMIT_H

#include <sys/socket.h>

#include "slots.h"

struct svc_rate {
	long	per_s;		/* 0: as often as it likes */
	long	burst;		/* at once, after a pause; at least 1 */
};

/*
 * Take one from the bucket of key.
 *
 *   now_us	of a clock that does not go back (svc_now_us())
 *
 * Returns 0, or in how many microseconds there is one again.
 */
int64_t svc_limit_take(struct svc_slots *s, const uint8_t key[SVC_SLOT_KEY],
    struct svc_rate rate, int64_t now_us);

/* The key of a client's address: an IPv6 network of 64 bits is one client, as
 * it can have any address in it.  False: no network address. */
bool svc_limit_key_of(const struct sockaddr *sa, uint8_t key[SVC_SLOT_KEY]);

/* That of a tenant's name.  False: no memory. */
bool svc_limit_key_of_name(const char *name, uint8_t key[SVC_SLOT_KEY]);

#endif
