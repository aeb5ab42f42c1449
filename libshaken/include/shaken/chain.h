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

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <shaken/cert.h>
#include <shaken/err.h>
#include <shaken/trust.h>
#include <shaken/view.h>

SHAKEN_BEGIN_DECLS

/* Certificates in one chain: leaf, delegates, intermediates; real ones have 2
 * or 3. */
#define SHAKEN_CHAIN_MAX 10

/* Bytes that shaken_chain_speed_up() adds to a chain (measured: 159,392 with
 * OpenSSL 3.0 on x86-64). */
#define SHAKEN_CHAIN_TABLE_BYTES (156 * 1024)

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
 * owned by the caller.  It shares the leaf's key with c: it is as fast, and
 * their uses are counted together.  Returns SHAKEN_OK, SHAKEN_E_ARG,
 * SHAKEN_E_NOMEM.
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

/*
 * For a chain that is used a lot: make verifications with it some three times
 * as fast, with a table of multiples of the leaf's key (SEC 1 section 4.1.4).
 * The answers are the same ones.
 *
 * That takes 20 ms of processor, so it is for a thread that nobody waits for,
 * and pays from some 500 verifications on; and SHAKEN_CHAIN_TABLE_BYTES, so it
 * is for few chains.  Other threads may use c meanwhile and are faster from
 * then on.  The table goes with the last chain that has it.
 *
 * Returns SHAKEN_OK, also when c is fast already; SHAKEN_E_CREDENTIAL: its leaf
 * may not sign; SHAKEN_E_CRYPTO: not with this libcrypto, all stays as it was;
 * SHAKEN_E_ARG, SHAKEN_E_NOMEM.  Thread-safe.
 */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
shaken_chain_speed_up(struct shaken_chain *c);

/* Whether it did.  Thread-safe. */
SHAKEN_API bool shaken_chain_is_fast(const struct shaken_chain *c);

/* Signatures that were verified with c, good or not, to find the chains that are
 * used a lot.  One that is not trusted has none.  Thread-safe. */
SHAKEN_API uint64_t shaken_chain_uses(const struct shaken_chain *c);

/*
 * The same chain, under the same trust, without a table and without uses: to
 * have the memory of one back, put this in its place and drop c.  *out is owned
 * by the caller.  Returns SHAKEN_OK, SHAKEN_E_ARG, SHAKEN_E_NOMEM.
 */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
shaken_chain_slow_copy(const struct shaken_chain *c, struct shaken_chain **out);

SHAKEN_END_DECLS

#endif
