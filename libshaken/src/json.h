/* SPDX-License-Identifier: Apache-2.0 */
/* json.h - a strict front to jansson, and the serialization of RFC 8225
 * section 9. */
#ifndef SHK_JSON_H
#define SHK_JSON_H

#include <stdint.h>

#include <jansson.h>

#include <shaken/err.h>
#include <shaken/view.h>

#include "buf.h"
#include "scan.h"

/*
 * Parse one JSON object.  Refused: anything but an object, duplicate members
 * (RFC 8225 section 9), nesting beyond SHK_JSON_DEPTH_MAX (found before jansson
 * sees it: it recurses), NUL, invalid UTF-8, text after the object.
 * SHAKEN_E_JSON, SHAKEN_E_LIMIT (more than SHAKEN_TOKEN_MAX bytes), or
 * SHAKEN_E_NOMEM; diag, may be NULL, says what and at which byte.
 * *out is new, for json_decref().
 */
SHAKEN_MUST_USE enum shaken_err
shk_json_parse(struct shaken_sv in, json_t **out, struct shaken_diag *diag);

/* A string member; n 0 and p NULL where it is absent or no string.  Borrows
 * from obj. */
struct shaken_sv shk_json_string(const json_t *obj, const char *name);

/* Append v as RFC 8225 section 9 has it: no white space, members in code point
 * order, "/" and UTF-8 as they are, only mandatory escapes.  SHAKEN_E_JSON for a
 * number that is no integer, SHAKEN_E_NOMEM; b->full as ever. */
SHAKEN_MUST_USE enum shaken_err
shk_json_canonical(const json_t *v, struct shk_buf *b);

/* Append s with its quotes and the same escapes; no allocation.  s must be
 * UTF-8 (shk_utf8_ok()). */
void shk_json_add_string(struct shk_buf *b, struct shaken_sv s);

#endif
