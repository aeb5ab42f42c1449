/* SPDX-License-Identifier: Apache-2.0 */
/* call.h - one verdict of all values, when each is judged for itself. */
#ifndef SHK_CALL_H
#define SHK_CALL_H

#include "verdict.h"

/* Link the diversions (RFC 8946 section 4.2). */
void shk_link(struct shaken_verify *v);

/* Say why x, a diversion with links == 0, is linked to none. */
void shk_explain_link(const struct shaken_verify *v, const struct shk_value *x,
    struct shaken_diag *why);

void shk_decide(struct shaken_verify *v);

#endif
