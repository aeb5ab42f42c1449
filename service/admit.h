/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admit.h - which requests are let in when there are too many.
 *
 * What cannot be answered in time is refused at once and for little: a proxy
 * that hears 503 routes the call on, one that hears nothing loses it.
 */
#ifndef SVC_ADMIT_H
#define SVC_ADMIT_H

#include "route.h"

/* Before it is known whose it is: has it waited too long already, does this
 * address ask too often?  False after e. */
bool svc_admit(struct svc_task *t, struct api_error *e);

/* Does its tenant ask too often? */
bool svc_admit_tenant(struct svc_task *t, struct api_error *e);

/* May one more request wait, for "certificates" or "a signature"? */
bool svc_admit_waiting(struct svc_task *t, const char *what,
    struct api_error *e);

#endif
