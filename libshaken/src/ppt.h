/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ppt.h - PASSporT types: what each adds to the base claims.
 *
 * A new extension is one file ppt_NAME.c and one row of the table in ppt.c.
 */
#ifndef SHK_PPT_H
#define SHK_PPT_H

#include <shaken/sign.h>

#include "buf.h"
#include "passport.h"

/* Claims of one token: base, extension and further ones. */
#define SHK_CLAIMS_MAX 32

/* JSON of all claims; its base64url must fit into SHAKEN_TOKEN_MAX with a
 * header and a signature. */
#define SHK_PAYLOAD_MAX (SHAKEN_TOKEN_MAX * 3 / 4 - 1024)

/* Claims in the making: each a name and its value's JSON, in any order. */
struct shk_claims {
	size_t	n;
	bool	full;	/* more than SHK_CLAIMS_MAX */
	struct {
		struct shaken_sv	name;	/* borrowed */
		size_t			at, len; /* of its value in values */
	} claim[SHK_CLAIMS_MAX];
	struct shk_buf values;
};

/* Start claim name: what is appended to the returned buffer is its value, until
 * the next claim is started. */
struct shk_buf *shk_claims_add(struct shk_claims *c, struct shaken_sv name);

struct shk_ppt {
	struct shaken_sv name;	/* n 0: base PASSporT, no ppt in the header */

	/* Signing: check the request's members that this type uses, and add its
	 * claims.  SHAKEN_E_CLAIM with diag naming the claim. */
	enum shaken_err (*format)(const struct shaken_sign_req *req,
	    struct shk_claims *c, struct shaken_diag *diag);

	/* Verification: the type's claims are there, and of their JSON types. */
	enum shaken_err (*check)(const struct shaken_passport *p,
	    struct shaken_diag *diag);
};

/* NULL: not supported. */
const struct shk_ppt *shk_ppt_find(struct shaken_sv name);

/* The row of a table of SHK_PPTS that p is, to keep something for each. */
size_t shk_ppt_index(const struct shk_ppt *p);
const struct shk_ppt *shk_ppt_at(size_t i);
#define SHK_PPTS 2

extern const struct shk_ppt shk_ppt_shaken;	/* RFC 8588 */

#endif
