/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keycheck.h - will calls signed with our keys verify elsewhere?  Asked when
 * keys are loaded; what is found goes to the log, and no key is refused for it.
 */
#ifndef SVC_KEYCHECK_H
#define SVC_KEYCHECK_H

#include <shakencerts/fetch.h>

#include "state.h"

struct svc_log;

/*
 * Look at every key's certificate now, and, where its check_x5u says so, at
 * what its x5u serves when that was fetched.
 *
 *   fetcher	borrowed; log and a reference to s are used until its callbacks
 *		were called, at the latest in certs_fetcher_free()
 */
void svc_keycheck(struct svc_state *s, struct certs_fetcher *fetcher,
    int64_t now, struct svc_log *log);

#endif
