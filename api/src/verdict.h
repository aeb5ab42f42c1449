/* SPDX-License-Identifier: Apache-2.0 */
/* verdict.h - what the answers of all dialects are made of. */
#ifndef API_VERDICT_H
#define API_VERDICT_H

#include "json_in.h"

/* Add a member; v is moved in, NULL is no memory.  False: no memory. */
bool api_add(json_t *o, const char *name, json_t *v);

/* A string, null where s is NULL or "". */
json_t *api_of_text(const char *s);

bool api_has_passed(const struct shaken_verdict *d);

/* The type that value i names, in the token or else beside it. */
struct shaken_sv api_ppt_of(const struct api_verify *req,
    const struct shaken_verify *v, size_t i);

/* The claims of value i, none of them where a number of theirs is out of range;
 * NULL: it did not decode, or no memory. */
json_t *api_payload_of(const struct shaken_verify *v, size_t i);

/* Whether it is a value's own fault that the call does not pass: it is the one
 * at shaken_verify_verdict()->value. */
bool api_is_of_value(const struct shaken_verify *v);

/* The token of value i of the request, as far as there is one. */
struct shaken_sv api_token_of(const struct api_verify *req, size_t i);

#endif
