/* SPDX-License-Identifier: Apache-2.0 */
/* jws.h - the compact serialization of RFC 7515 section 7.1. */
#ifndef SHK_JWS_H
#define SHK_JWS_H

#include <shaken/err.h>
#include <shaken/view.h>

/* A token cut at its dots; all views borrow from it, still in base64url. */
struct shk_jws {
	struct shaken_sv	header, payload, signature;
	struct shaken_sv	signed_bytes; /* "header.payload" as received */
};

/* Three parts, none empty.  SHAKEN_E_SYNTAX, with diag telling the compact form
 * of RFC 8225 section 7 ("..signature") from other shapes, or SHAKEN_E_LIMIT. */
SHAKEN_MUST_USE enum shaken_err
shk_jws_split(struct shaken_sv token, struct shk_jws *out,
    struct shaken_diag *diag);

#endif
