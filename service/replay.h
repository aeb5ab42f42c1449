/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay.h - tokens that were used before (RFC 8224 section 12.1).
 *
 * One call may be verified several times: it forks, its INVITE is sent again,
 * two proxies ask.  So a token is good for a number of uses; a thief's calls
 * come on top of them.
 */
#ifndef SVC_REPLAY_H
#define SVC_REPLAY_H

#include <shaken/verify.h>

#include "slots.h"

/* Uses of tokens by one request: a token that it brings twice, or that is judged
 * twice, was used once. */
struct svc_uses {
	struct svc_slots	*slots;
	unsigned		 allowed; /* uses of one token */
	bool			 reject; /* what is used more often */
	int64_t			 now;	/* seconds since 1970-01-01 UTC */
	uint64_t		 most;	/* uses of one of its tokens, this one
					 * included */
	size_t			 n;
	struct svc_use {
		uint8_t		key[SVC_SLOT_KEY];
		uint64_t	times;
	} of[SHAKEN_VALUES_MAX];
};

/* Whether one of its tokens was used more often than is allowed. */
bool svc_uses_exceed(const struct svc_uses *u);

/* A shaken_replayed_fn; arg is a struct svc_uses. */
bool svc_replayed(void *arg, const uint8_t *id, int64_t until,
    struct shaken_diag *why);

#endif
