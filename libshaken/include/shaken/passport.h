/* SPDX-License-Identifier: Apache-2.0 */
/*
 * passport.h - a PASSporT taken apart: JOSE header and claims (RFC 8225
 * sections 4 and 5, RFC 8588).
 *
 * This is for showing and searching.  Nothing here says that a token is
 * genuine: that is verify.h.  The bytes are those that were received.
 */
#ifndef SHAKEN_PASSPORT_H
#define SHAKEN_PASSPORT_H

#include <stdbool.h>
#include <stdint.h>

#include <shaken/err.h>
#include <shaken/id.h>
#include <shaken/lint.h>
#include <shaken/view.h>

SHAKEN_BEGIN_DECLS

/* Bytes of one compact JWS.  A shaken token has 400, one with rcd a few
 * thousand; beyond that it is an attack on our memory. */
#define SHAKEN_TOKEN_MAX (16 * 1024)

/* Numbers in one dest claim. */
#define SHAKEN_DEST_MAX 64

/* iat beyond this is not in seconds (it is the year 5138). */
#define SHAKEN_IAT_MAX INT64_C(100000000000)

struct shaken_passport; /* opaque; immutable; one owner */

/* Tolerances for decoding; 0 is strict. */
enum shaken_decode_flags {
	SHAKEN_DECODE_PADDING = 1,   /* accept "=" after base64url parts */
	SHAKEN_DECODE_DEST_STRING = 2, /* accept dest.tn that is no array */
};

/*
 * Decode one compact JWS (three base64url parts, RFC 7515 section 7.1) whose
 * header and payload are JSON objects.  Claims of the wrong type are reported
 * as absent; shaken_passport_lint() tells.
 *
 *   token	borrowed for the call
 *   flags	enum shaken_decode_flags
 *   *out	owned by the caller; NULL on failure
 *   diag	what was wrong and in which part; may be NULL
 *
 * Returns SHAKEN_OK, SHAKEN_E_SYNTAX (parts, base64url), SHAKEN_E_JSON,
 * SHAKEN_E_LIMIT, SHAKEN_E_NOMEM, SHAKEN_E_ARG.  Thread-safe.
 */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
shaken_passport_decode(struct shaken_sv token, unsigned flags,
    struct shaken_passport **out, struct shaken_diag *diag);

/* Free *p and set it to NULL; NULL and *p == NULL are fine. */
SHAKEN_API void shaken_passport_free(struct shaken_passport **p);

/* The decoded JSON texts, byte for byte as signed.  All views returned here
 * and below borrow from p; n is 0 where a member is absent or mistyped. */
SHAKEN_API struct shaken_sv shaken_passport_header(const struct shaken_passport *p);
SHAKEN_API struct shaken_sv shaken_passport_payload(const struct shaken_passport *p);

/* JOSE header members (RFC 8225 section 4). */
SHAKEN_API struct shaken_sv shaken_passport_alg(const struct shaken_passport *p);
SHAKEN_API struct shaken_sv shaken_passport_typ(const struct shaken_passport *p);
SHAKEN_API struct shaken_sv shaken_passport_ppt(const struct shaken_passport *p);
SHAKEN_API struct shaken_sv shaken_passport_x5u(const struct shaken_passport *p);

/* Claims (RFC 8225 section 5, RFC 8588 sections 4 and 5). */
SHAKEN_API struct shaken_sv shaken_passport_attest(const struct shaken_passport *p);
SHAKEN_API struct shaken_sv shaken_passport_origid(const struct shaken_passport *p);

/* Seconds since 1970-01-01 UTC, or -1: absent or not an acceptable integer. */
SHAKEN_API int64_t shaken_passport_iat(const struct shaken_passport *p);

/* In canonical form; kind SHAKEN_ID_NONE where absent or unreadable.  dest i
 * counts from 0, tn members first. */
SHAKEN_API const struct shaken_id *shaken_passport_orig(const struct shaken_passport *p);
SHAKEN_API size_t shaken_passport_n_dest(const struct shaken_passport *p);
SHAKEN_API const struct shaken_id *shaken_passport_dest(const struct shaken_passport *p, size_t i);

/* Whom the call was for before it was diverted (RFC 8946 section 3), in the
 * same form. */
SHAKEN_API const struct shaken_id *shaken_passport_div(const struct shaken_passport *p);

/* Whether header and payload are in the form of RFC 8225 section 9 (sorted
 * members, no white space, minimal escapes).  False also when out of memory. */
SHAKEN_API bool shaken_passport_is_canonical(const struct shaken_passport *p);

/* Report every departure from RFC 8225 and RFC 8588. */
SHAKEN_API void
shaken_passport_lint(const struct shaken_passport *p, shaken_finding_fn fn,
    void *ctx);

/* Bytes of a UUID in text form, with its NUL. */
#define SHAKEN_UUID_LEN 37

/*
 * Write a random (version 4) UUID for an origid, RFC 8588 section 5.
 *
 *   random	16 bytes from a cryptographic generator (the library has none)
 *   out	lower case, NUL-terminated
 */
SHAKEN_API void
shaken_uuid(const uint8_t random[16], char out[SHAKEN_UUID_LEN]);

SHAKEN_END_DECLS

#endif
