/* SPDX-License-Identifier: Apache-2.0 */
/* b64url.h - base64url of RFC 4648 section 5, as JWS uses it (RFC 7515
 * section 2): no padding, no white space, no slack bits. */
#ifndef SHK_B64URL_H
#define SHK_B64URL_H

#include <stdint.h>

#include <shaken/err.h>
#include <shaken/view.h>

#include "buf.h"

/* Characters for n bytes. */
#define SHK_B64URL_LEN(n) (((n) * 4 + 2) / 3)

void shk_b64url_encode(struct shk_buf *out, const void *in, size_t n);

/* Decode all of in.  Strict: a character outside of the alphabet, a length of
 * 1 mod 4, or bits set beyond the last byte is SHAKEN_E_SYNTAX (two texts must
 * not mean the same bytes).  padding: accept the "=" that make the length a
 * multiple of 4.  *len is 0 on failure; SHAKEN_E_LIMIT when cap is too small. */
SHAKEN_MUST_USE enum shaken_err
shk_b64url_decode(struct shaken_sv in, bool padding, uint8_t *out, size_t cap,
    size_t *len);

#endif
