/* SPDX-License-Identifier: Apache-2.0 */
/* es256.h - ECDSA on P-256 with SHA-256, raw r||s (RFC 7518 section 3.4). */
#ifndef SHK_ES256_H
#define SHK_ES256_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/evp.h>

#include <shaken/err.h>
#include <shaken/signer.h>
#include <shaken/view.h>

struct shk_es256; /* a key ready for use; shared by threads, counted */

/* Whether key is EC on P-256, the only curve of ES256. */
bool shk_es256_is_p256(const EVP_PKEY *key);

/* Ready a private or public key; a reference to it is taken.
 * SHAKEN_E_KEY: not on P-256. */
SHAKEN_MUST_USE enum shaken_err
shk_es256_new(EVP_PKEY *key, struct shk_es256 **out);

SHAKEN_MUST_USE enum shaken_err
shk_es256_from_pem(struct shaken_sv pem, struct shk_es256 **out);

SHAKEN_MUST_USE enum shaken_err
shk_es256_sign(struct shk_es256 *key, struct shaken_sv msg,
    uint8_t sig[SHAKEN_ES256_SIG]);

/* SHAKEN_OK, with *good telling the result; SHAKEN_E_CRYPTO or SHAKEN_E_NOMEM
 * when it could not be found out.  r or s of 0 or not below the group order is
 * just not good.  *good is false on failure. */
SHAKEN_MUST_USE enum shaken_err
shk_es256_verify(struct shk_es256 *key, struct shaken_sv msg,
    const uint8_t sig[SHAKEN_ES256_SIG], bool *good);

/* Of s and n - s, which both make sig good, the smaller one. */
void shk_es256_lower_s(uint8_t sig[SHAKEN_ES256_SIG]);

/* Make later verifications with this public key faster, at once in all threads
 * (p256_table.h).  SHAKEN_OK also when they are.  SHAKEN_E_ARG: a private key;
 * SHAKEN_E_CRYPTO: not with this libcrypto; SHAKEN_E_NOMEM. */
SHAKEN_MUST_USE enum shaken_err shk_es256_speed_up(struct shk_es256 *key);
bool shk_es256_is_fast(const struct shk_es256 *key);

/* Signatures it was asked to verify so far. */
uint64_t shk_es256_uses(const struct shk_es256 *key);

/* Take a reference (returns key; NULL is fine), drop one. */
struct shk_es256 *shk_es256_ref(struct shk_es256 *key);
void shk_es256_free(struct shk_es256 **key);

#endif
