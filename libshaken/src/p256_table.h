/* SPDX-License-Identifier: Apache-2.0 */
/*
 * p256_table.h - ECDSA verified with a table of multiples of the public key
 * (SEC 1 section 4.1.4).
 *
 * A verification multiplies two points: the generator, for which libcrypto has
 * a table, and the key, for which it has none.  With one for the key as well it
 * takes a third of the time.  Only for public numbers: time tells of them.
 */
#ifndef SHK_P256_TABLE_H
#define SHK_P256_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/evp.h>

#include <shaken/err.h>
#include <shaken/signer.h>

#define SHK_P256_DIGEST 32

struct shk_p256_table;	/* immutable, shared by threads */
struct shk_p256_work;	/* numbers and points of one thread; any table's */

/*
 * Make the table of a key on P-256: 20 ms.  Before *out is set every entry of
 * it is compared with what libcrypto computes without a table, and a signature
 * that is known to be good must pass.
 *
 * SHAKEN_E_CRYPTO: this libcrypto has no such tables, or that comparison
 * failed: stay with EVP.  SHAKEN_E_NOMEM.
 */
SHAKEN_MUST_USE enum shaken_err
shk_p256_table_new(EVP_PKEY *key, struct shk_p256_table **out);
void shk_p256_table_free(struct shk_p256_table *t);

struct shk_p256_work *shk_p256_work_new(void);	/* NULL: no memory */
void shk_p256_work_free(struct shk_p256_work *w);

/*
 * Whether sig, with r and s of 1 to n-1, is the key's over digest.  *good is
 * false on failure.  SHAKEN_E_CRYPTO, SHAKEN_E_NOMEM: it could not be found
 * out; w is still good.
 */
SHAKEN_MUST_USE enum shaken_err
shk_p256_verify(const struct shk_p256_table *t, struct shk_p256_work *w,
    const uint8_t digest[SHK_P256_DIGEST], const uint8_t sig[SHAKEN_ES256_SIG],
    bool *good);

#endif
