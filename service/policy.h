/* SPDX-License-Identifier: Apache-2.0 */
/* policy.h - who may sign what.  Pure functions. */
#ifndef SVC_POLICY_H
#define SVC_POLICY_H

#include <api.h>

#include "state.h"

/*
 * The key that t signs with.  name: as the request has it, n 0 where it does
 * not say; then t must have exactly one.  A key of somebody else and one that
 * does not exist are the same answer.  NULL with *e set.
 */
const struct svc_key *svc_policy_key(const struct svc_tenant *t,
    struct shaken_sv name, struct api_error *e);

/* Whether t may sign this type ("rph" is not for everybody). */
bool svc_policy_ppt(const struct svc_tenant *t, const char *ppt,
    struct api_error *e);

/* Whether t may sign at this level ("A", "B" or "C"). */
bool svc_policy_attest(const struct svc_tenant *t, struct shaken_sv attest,
    struct api_error *e);

/* The iat to sign: that of the request (-1: none), or now.  A stale one stays
 * what it is where t's setting is to reject it; signing then refuses. */
int64_t svc_policy_iat(const struct svc_tenant *t, int64_t iat, int64_t now);

/* Whether the answer has the members of a dialect. */
bool svc_policy_speaks(const struct svc_tenant *t, enum svc_dialect d);

#endif
