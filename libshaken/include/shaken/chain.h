/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chain.h - a certificate chain as an x5u gives it, parsed and judged once.
 *
 * All that does not depend on the clock is decided when a chain is made: the
 * path to an anchor, CA bits, key, algorithms, TNAuthList, revocation entries.
 * A verification with it then costs a few comparisons of dates and one ECDSA
 * operation.  Keep chains by x5u, and make them anew when the trust changes.
 */
#ifndef SHAKEN_CHAIN_H
#define SHAKEN_CHAIN_H

#include <stdint.h>

#include <shaken/cert.h>
#include <shaken/err.h>
#include <shaken/trust.h>
#include <shaken/view.h>

SHAKEN_BEGIN_DECLS

/* Certificates in one chain: leaf, delegates, intermediates; real ones have 2
 * or 3. */
#define SHAKEN_CHAIN_MAX 10

struct shaken_chain; /* opaque; immutable, shared by threads; refcounted */

/*
 * Parse a chain and judge it under t.  A chain that is not trusted is made all
 * the same, and says so in every verdict that uses it (E17): keep it, so that
 * a bad chain costs its work once.
 *
 *   t		a reference is taken
 *   in		PEM, leaf first (a wrong order is mended where only one
 *		certificate can be the leaf), or one DER certificate; borrowed
 *   *out	owned by the caller; NULL on failure
 *   diag	why it does not parse; may be NULL
 *
 * Returns SHAKEN_OK, SHAKEN_E_CERT (no certificate in it, or one does not
 * parse), SHAKEN_E_SECRET (there is a private key in it: tell its owner),
 * SHAKEN_E_LIMIT (SHAKEN_PEM_MAX or SHAKEN_CHAIN_MAX), SHAKEN_E_ARG,
 * SHAKEN_E_NOMEM.  Thread-safe.
 */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
shaken_chain_new(struct shaken_trust *t, struct shaken_sv in,
    struct shaken_chain **out, struct shaken_diag *diag);

/*
 * The same certificates judged under another trust: after a reload.  *out is
 * owned by the caller.  Returns SHAKEN_OK, SHAKEN_E_ARG, SHAKEN_E_NOMEM.
 */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
shaken_chain_rejudge(const struct shaken_chain *c, struct shaken_trust *t,
    struct shaken_chain **out);

/* Take a reference (returns c), drop one and set *c to NULL.  Thread-safe. */
SHAKEN_API struct shaken_chain *shaken_chain_ref(struct shaken_chain *c);
SHAKEN_API void shaken_chain_free(struct shaken_chain **c);

/* The trust it was judged under; borrows from c. */
SHAKEN_API const struct shaken_trust *
shaken_chain_trust(const struct shaken_chain *c);

/* Its certificates, leaf at 0; NULL past the end.  Borrows from c. */
SHAKEN_API size_t shaken_chain_n(const struct shaken_chain *c);
SHAKEN_API const struct shaken_cert *
shaken_chain_cert(const struct shaken_chain *c, size_t i);

/*
 * Whether c is trusted at a time, without a call: SHAKEN_OK, or
 * SHAKEN_E_CREDENTIAL with the reason in diag (may be NULL).
 */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
shaken_chain_check(const struct shaken_chain *c, int64_t now,
    struct shaken_diag *diag);

SHAKEN_END_DECLS

#endif
