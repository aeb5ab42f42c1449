/* SPDX-License-Identifier: Apache-2.0 */
/* json_in.h - reading members strictly, and saying which one is wrong. */
#ifndef API_JSON_IN_H
#define API_JSON_IN_H

#include <jansson.h>

#include "api.h"

/* A 3GPP request nests 4 deep, an rcd claim with a jCard 8. */
#define API_JSON_DEPTH_MAX 16

bool api_sv_is(struct shaken_sv v, const char *s);

/* One JSON object.  *out is new. */
bool api_json_parse(struct shaken_sv body, json_t **out, struct api_error *e);
/* Whether v, parsed from text, has all of its strings: jansson may lose some of
 * them when memory is short.  No deeper than API_JSON_DEPTH_MAX. */
bool api_json_is_whole(struct shaken_sv text, json_t *v);

/* Whether all these members (a list that NULL ends) are there. */
bool api_json_need(const json_t *obj, const char *const *names,
    struct api_error *e);
/* The object that is member name, as the requests of the standard API are; NULL,
 * with e set, where there is none.  Borrows from doc. */
json_t *api_json_inner(json_t *doc, const char *name, struct api_error *e);
/* Whether nothing but these is there. */
bool api_json_only(json_t *obj, const char *const *names,
    struct api_error *e);

/* Optional members; n 0 where absent.  A string may not be empty. */
bool api_json_string(const json_t *obj, const char *name, struct shaken_sv *out,
    struct api_error *e);
/* Seconds since 1970-01-01 UTC; *out stays as it is where absent. */
bool api_json_time(const json_t *obj, const char *name, int64_t *out,
    struct api_error *e);

/* {"tn": ".."} or {"uri": ".."}, exactly one. */
bool api_json_id(const json_t *obj, const char *name, const char *country,
    struct shaken_id *out, struct api_error *e);
/* {"tn": [..], "uri": [..]}, at least one entry; a string for an array of one.
 * *out is new. */
bool api_json_ids(const json_t *obj, const char *name, const char *country,
    struct shaken_id **out, size_t *n, struct api_error *e);

/* Native: a string in any usual spelling, and a string or an array of them. */
bool api_json_any_id(const json_t *obj, const char *name, const char *country,
    struct shaken_id *out, struct api_error *e);
bool api_json_any_ids(const json_t *obj, const char *name, const char *country,
    struct shaken_id **out, size_t *n, struct api_error *e);

/* The text of v, compact; NULL: no memory.  Takes v. */
char *api_json_text(json_t *v);
/* {"tn": ..} or {"uri": ..}; new, null for nobody. */
json_t *api_json_of_id(const struct shaken_id *id);
/* A string; null where v is empty or no UTF-8; NULL: no memory. */
json_t *api_json_of(struct shaken_sv v);

#endif
