/* SPDX-License-Identifier: Apache-2.0 */
/* sign.h - the authentication service's half: a call in, an Identity out. */
#ifndef SHAKEN_SIGN_H
#define SHAKEN_SIGN_H

#include <stdint.h>

#include <shaken/err.h>
#include <shaken/id.h>
#include <shaken/signer.h>
#include <shaken/view.h>

SHAKEN_BEGIN_DECLS

struct shaken_sign_req {
	size_t			 size;	/* sizeof(struct shaken_sign_req) */
	struct shaken_sv	 ppt;	/* "shaken", "div", "div-o", "rph",
					 * "rcd", "msg"; n 0: base PASSporT */
	const struct shaken_id	*orig;	/* exactly one, RFC 8225 section 5.2.1 */
	const struct shaken_id	*dest;	/* n_dest of them, in any order */
	size_t			 n_dest; /* 1 to SHAKEN_DEST_MAX */
	struct shaken_sv	 attest; /* "A", "B" or "C"; never defaulted */
	struct shaken_sv	 origid; /* UUID text, RFC 8588 section 5;
					 * both of shaken alone */
	int64_t			 iat;	/* seconds since 1970-01-01 UTC */
	int64_t			 now;	/* the caller's clock, the same unit */
	int64_t			 freshness_s; /* iat may differ from now by this;
					 * 0: 60, RFC 8224 section 4.1 */
	struct shaken_sv	 claims; /* further claims, a JSON object whose
					 * members none of the above may name;
					 * n 0: none.  The claims of the type
					 * are here: div, opt, rph, sph, rcd,
					 * rcdi, crn, msgi */
};

/*
 * Build, sign and format one Identity header value (RFC 8224 section 4):
 * "<token>;info=<x5u>;alg=ES256;ppt=shaken", header and claims in the canonical
 * form of RFC 8225 section 9.  What a verifier would refuse is not signed: the
 * claims of the type must be there and of their form, and those of another type
 * must not.  div becomes canonical, and mky sorted.
 *
 *   s		shared; any number of threads may sign with it
 *   req	borrowed for the call
 *   out, cap	the caller's buffer; SHAKEN_IDENTITY_MAX always suffices
 *   *len	bytes written, no NUL; 0 on failure
 *   diag	the claim that is wrong and why; may be NULL
 *
 * Returns SHAKEN_OK; SHAKEN_E_CLAIM (a claim is missing, mistyped or not
 * allowed; ppt unknown; the certificate's constraints not met, RFC 8226 section
 * 8); SHAKEN_E_STALE (iat, RFC 8224 section 6.1 step 3); SHAKEN_E_CREDENTIAL
 * (certificate not valid at now and iat, or not for this orig; in div and div-o
 * for this div, RFC 8946 section 3); SHAKEN_E_LIMIT (cap or SHAKEN_TOKEN_MAX);
 * SHAKEN_E_JSON (claims); SHAKEN_E_ARG; SHAKEN_E_NOMEM; what ops->sign returned.
 */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
shaken_sign(const struct shaken_signer *s, const struct shaken_sign_req *req,
    char *out, size_t cap, size_t *len, struct shaken_diag *diag);

/*
 * The same in two halves, for who does not want to wait for a signature: from a
 * key process, or an HSM.  The first checks the call and writes the signing input
 * (RFC 7515 section 5.1); ops->sign is not called.  The second puts the signature
 * of that input, from wherever, and the parameters behind it.
 *
 *   ppt	that of the request
 *   sig	over the first *len bytes of out; not verified; borrowed
 *   out, cap	the same buffer both times, unchanged in between
 *   *len	bytes of the signing input after the first; before the second,
 *		too; bytes of the Identity value after it.  0 on failure
 *
 * Errors as of shaken_sign(); SHAKEN_E_ARG from the second also where *len is 0
 * or ppt is unknown.  Thread-safe; the halves may be done by different threads.
 */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
shaken_sign_begin(const struct shaken_signer *s,
    const struct shaken_sign_req *req, char *out, size_t cap, size_t *len,
    struct shaken_diag *diag);
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
shaken_sign_finish(const struct shaken_signer *s, struct shaken_sv ppt,
    const uint8_t sig[SHAKEN_ES256_SIG], char *out, size_t cap, size_t *len,
    struct shaken_diag *diag);

SHAKEN_END_DECLS

#endif
