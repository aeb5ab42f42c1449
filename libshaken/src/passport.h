/* SPDX-License-Identifier: Apache-2.0 */
/* passport.h - a decoded PASSporT, as verify.c and the ppt files see it. */
#ifndef SHK_PASSPORT_H
#define SHK_PASSPORT_H

#include <shaken/passport.h>
#include <shaken/signer.h>

#include "jws.h"
#include "scan.h"

/* How far decoding came; each stage stands for all before it. */
enum shk_decoded {
	SHK_DECODED_NOTHING = 0, /* no three parts, or a part is no base64url */
	SHK_DECODED_PARTS,	/* the header is no JSON object */
	SHK_DECODED_HEADER,	/* the payload is no JSON object */
	SHK_DECODED_ALL,
};

/* The claims that are known here, in shaken_passport.claim. */
enum shk_claim {
	SHK_CLAIM_ATTEST,	/* RFC 8588 */
	SHK_CLAIM_DEST,		/* RFC 8225 */
	SHK_CLAIM_IAT,
	SHK_CLAIM_ORIG,
	SHK_CLAIM_ORIGID,
	SHK_CLAIM_MKY,
	SHK_CLAIM_DIV,		/* RFC 8946 */
	SHK_CLAIM_OPT,
	SHK_CLAIM_RPH,		/* RFC 8443 */
	SHK_CLAIM_SPH,		/* RFC 9027 */
	SHK_CLAIM_RCD,		/* RFC 9795 */
	SHK_CLAIM_RCDI,
	SHK_CLAIM_CRN,
	SHK_CLAIM_MSGI,		/* RFC 9475 */
	SHK_CLAIMS
};

struct shaken_passport {
	enum shk_decoded	 decoded;
	struct shaken_diag	 diag;	/* why not further */
	struct shk_jws		 jws;	/* borrows from the token */
	char			*token;	/* owned where jws borrows from a copy */
	char			*bytes;	/* owned: the decoded parts */
	struct shaken_sv	 header_json, payload_json; /* in bytes */
	uint8_t			 sig[SHAKEN_ES256_SIG]; /* when sig_len is right */
	size_t			 sig_len; /* bytes the third part holds */
	char			*scratch; /* owned: unescaped strings */

	/* JOSE header; n 0: absent or no string */
	struct shaken_sv	 alg, typ, ppt, x5u;
	bool			 has_ppt, has_crit;

	/* claims; n 0, -1, NONE: absent or mistyped */
	struct shk_member	 claim[SHK_CLAIMS];
	struct shaken_sv	 attest, origid;
	int64_t			 iat;
	struct shaken_id	 orig;
	struct shaken_id	*dest;	/* owned; unreadable ones are left out */
	size_t			 n_dest;
	struct shaken_id	 div;	/* NONE also where its hi is no index */
};

/*
 * Decode token into p (cleared first).  What cannot be decoded is told by
 * p->decoded and p->diag: a bad token is an answer.  The token must outlive p.
 * flags: enum shaken_decode_flags; country as in shaken_tn_canon().
 * SHAKEN_OK, SHAKEN_E_NOMEM.
 */
SHAKEN_MUST_USE enum shaken_err
shk_passport_decode(struct shaken_passport *p, struct shaken_sv token,
    unsigned flags, const char *country);

/*
 * The same for a payload that is in no token yet: p has its claims, and neither
 * header nor signature.  The text must outlive p.  SHAKEN_OK, SHAKEN_E_NOMEM,
 * SHAKEN_E_JSON with p->diag.
 */
SHAKEN_MUST_USE enum shaken_err
shk_passport_from_payload(struct shaken_passport *p, struct shaken_sv payload);

void shk_passport_clear(struct shaken_passport *p);

/* Whether id is among p's dest. */
bool shk_passport_has_dest(const struct shaken_passport *p,
    const struct shaken_id *id);

/* Whether the base claims are there and of their types (RFC 8225 section 5.1
 * and 5.2).  SHAKEN_OK or SHAKEN_E_CLAIM with diag naming the claim. */
SHAKEN_MUST_USE enum shaken_err
shk_passport_check_claims(const struct shaken_passport *p,
    struct shaken_diag *diag);

/* Text form of RFC 4122 section 3, upper or lower case. */
bool shk_is_uuid(struct shaken_sv s);

#endif
