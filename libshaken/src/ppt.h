/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ppt.h - PASSporT types: what each adds to the base claims.
 *
 * A new extension is one file ppt_NAME.c and one row of the table in ppt.c.
 */
#ifndef SHK_PPT_H
#define SHK_PPT_H

#include <jansson.h>

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

/* What a good token of a type speaks for. */
enum shk_role {
	SHK_INFORMS = 0,	/* a priority, a name: not the calling number */
	SHK_VOUCHES,		/* the calling number */
	SHK_DIVERTS,		/* another called number: the signer has
				 * authority over div, not over orig */
};

struct shk_ppt {
	struct shaken_sv name;	/* n 0: base PASSporT, no ppt in the header */
	enum shk_role role;

	/* Signing: check the request's members that this type uses, add its
	 * claims, and bring those in further (NULL: none) into their canonical
	 * form.  SHAKEN_E_CLAIM with diag naming the claim, SHAKEN_E_NOMEM. */
	enum shaken_err (*format)(const struct shaken_sign_req *req,
	    json_t *further, struct shk_claims *c, struct shaken_diag *diag);

	/* Verification, and of what is about to be signed: the type's claims
	 * are there, and of their form.  The same errors. */
	enum shaken_err (*check)(const struct shaken_passport *p,
	    struct shaken_diag *diag);
};

/* The claims of p, which are those of its type and those that any type may
 * carry, are of their form.  SHAKEN_OK, SHAKEN_E_CLAIM, SHAKEN_E_NOMEM. */
SHAKEN_MUST_USE enum shaken_err
shk_ppt_check(const struct shk_ppt *ppt, const struct shaken_passport *p,
    struct shaken_diag *diag);

/* Further claims for a token of this type: none that belongs to another, and
 * those whose order is a matter of form in it.  SHAKEN_OK, SHAKEN_E_CLAIM,
 * SHAKEN_E_NOMEM. */
SHAKEN_MUST_USE enum shaken_err
shk_ppt_further(const struct shk_ppt *ppt, json_t *further,
    struct shaken_diag *diag);

/* A format() that adds nothing: attest and origid are shaken's alone. */
SHAKEN_MUST_USE enum shaken_err
shk_ppt_format_none(const struct shaken_sign_req *req, json_t *further,
    struct shk_claims *c, struct shaken_diag *diag);

/* NULL: not supported. */
const struct shk_ppt *shk_ppt_find(struct shaken_sv name);

/* The row of a table of SHK_PPTS that p is, to keep something for each. */
size_t shk_ppt_index(const struct shk_ppt *p);
const struct shk_ppt *shk_ppt_at(size_t i);
#define SHK_PPTS 7

extern const struct shk_ppt shk_ppt_shaken;	/* RFC 8588 */
extern const struct shk_ppt shk_ppt_div, shk_ppt_div_o;	/* RFC 8946 */
extern const struct shk_ppt shk_ppt_rph;	/* RFC 8443, RFC 9027 */
extern const struct shk_ppt shk_ppt_rcd;	/* RFC 9795 */
extern const struct shk_ppt shk_ppt_msg;	/* RFC 9475 */

/* Claims that any type may carry: the form of each, and the order of mky. */
SHAKEN_MUST_USE enum shaken_err
shk_mky_check(const json_t *payload, struct shaken_diag *diag);
SHAKEN_MUST_USE enum shaken_err
shk_mky_sort(json_t *mky);
SHAKEN_MUST_USE enum shaken_err
shk_rcd_check(const json_t *payload, struct shaken_diag *diag);
SHAKEN_MUST_USE enum shaken_err
shk_rcdi_check(const json_t *payload, struct shaken_diag *diag);
SHAKEN_MUST_USE enum shaken_err
shk_crn_check(const json_t *payload, struct shaken_diag *diag);

#endif
