/* SPDX-License-Identifier: Apache-2.0 */
/* constraints.h - JWTClaimConstraints (RFC 8226 section 8) and
 * EnhancedJWTClaimConstraints (RFC 9118 section 4). */
#ifndef SHK_CONSTRAINTS_H
#define SHK_CONSTRAINTS_H

#include <jansson.h>
#include <openssl/x509.h>

#include <shaken/err.h>
#include <shaken/view.h>

struct shk_constraints; /* immutable */

/*
 * Read both extensions of a certificate.  *out is NULL when it has none, or
 * only an enhanced one that must be ignored (it excludes iat, orig or dest, RFC
 * 9118 section 3).  SHAKEN_E_CERT: malformed, or both are there (section 6).
 */
SHAKEN_MUST_USE enum shaken_err
shk_constraints_read(const X509 *cert, struct shk_constraints **out,
    struct shaken_diag *diag);

/* Whether a PASSporT's payload satisfies them.  SHAKEN_OK, SHAKEN_E_CLAIM with
 * the claim in diag, SHAKEN_E_NOMEM.  NULL constraints are satisfied. */
SHAKEN_MUST_USE enum shaken_err
shk_constraints_check(const struct shk_constraints *k, const json_t *payload,
    struct shaken_diag *diag);

/* As JSON for shaken_cert_constraints(); new, for free(); NULL: no memory. */
char *shk_constraints_json(const struct shk_constraints *k);

void shk_constraints_free(struct shk_constraints **k);

#endif
