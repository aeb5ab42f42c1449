/* SPDX-License-Identifier: Apache-2.0 */
/* chain.h - what verify.c asks a judged chain. */
#ifndef SHK_CHAIN_H
#define SHK_CHAIN_H

#include <shaken/chain.h>
#include <shaken/id.h>
#include <shaken/verify.h>

#include "constraints.h"
#include "es256.h"

/* What was decided when the chain was made, in this order; the first failure
 * leaves those after it SHAKEN_SKIPPED. */
enum shk_chain_step {
	SHK_CHAIN_LEAF,		/* P-256, digitalSignature, no CA, algorithms */
	SHK_CHAIN_TNAUTHLIST,	/* leaf has a well-formed one, RFC 8226 section 9 */
	SHK_CHAIN_CONSTRAINTS,	/* well-formed, not both kinds, RFC 9118 section 6 */
	SHK_CHAIN_PATH,		/* signatures, CA bits, pathLen, critical
				 * extensions, up to an anchor, RFC 5280 section 6 */
	SHK_CHAIN_POLICY,	/* certificate policies, where configured */
	SHK_CHAIN_SCOPE,	/* each TNAuthList within its parent's, AKI = SKI
				 * in order, RFC 9060 sections 4.1, 7 */
	SHK_CHAIN_STEPS
};

/* *detail: why it failed; "" else.  Borrows from c. */
enum shaken_result
shk_chain_step(const struct shaken_chain *c, enum shk_chain_step step,
    const char **detail);

/* Every certificate of the path valid at that time; diag names one that is not. */
bool shk_chain_valid_at(const struct shaken_chain *c, int64_t at,
    struct shaken_diag *diag);

/* PASS: a current CRL speaks for every certificate below the anchor, none is on
 * it.  FAIL: revoked, or not covered under SHAKEN_CRL_HARD.  SKIPPED: not covered
 * under SHAKEN_CRL_SOFT.  diag says which certificate, which CRL. */
enum shaken_result
shk_chain_revocation(const struct shaken_chain *c, int64_t now,
    struct shaken_diag *diag);

/* PASS: the leaf's TNAuthList holds the number.  SKIPPED: it has a service
 * provider code, whose numbers nobody can look up here.  FAIL: outside. */
enum shaken_result
shk_chain_covers(const struct shaken_chain *c, const struct shaken_id *orig,
    struct shaken_diag *diag);

/* The leaf's claim constraints; NULL: none. */
const struct shk_constraints *
shk_chain_constraints(const struct shaken_chain *c);

/* The leaf's key; NULL when SHK_CHAIN_LEAF did not pass. */
struct shk_es256 *shk_chain_key(const struct shaken_chain *c);

#endif
