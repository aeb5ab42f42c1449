/* SPDX-License-Identifier: Apache-2.0 */
/* token_id.h - what tells one token from another, however it is spelt. */
#ifndef SHK_TOKEN_ID_H
#define SHK_TOKEN_ID_H

#include <shaken/verify.h>

#include "passport.h"

/*
 * A digest of orig, dest, iat, origid and the signature, s and n - s being one:
 * whoever copies a token can turn one into the other, and both verify.  p has a
 * signature of ES256's length.  SHAKEN_OK, SHAKEN_E_NOMEM.
 */
SHAKEN_MUST_USE enum shaken_err
shk_token_id(const struct shaken_passport *p, uint8_t id[SHAKEN_TOKEN_ID]);

#endif
