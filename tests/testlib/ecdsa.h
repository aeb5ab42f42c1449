/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ecdsa.h - signatures on P-256 made backwards, from the sum that a verifier
 * computes (SEC 1 section 4.1.4): they need no private key, and reach what no
 * signer comes by.  EVP says what is to be thought of them.
 */
#ifndef TEST_ECDSA_H
#define TEST_ECDSA_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#define TEST_COORD 32

struct test_ecdsa {
	uint8_t	digest[TEST_COORD];
	uint8_t	sig[2 * TEST_COORD];
};

/* P-256; for the life of the process. */
const EC_GROUP *test_p256(void);

/* The public key at a point; new, for EVP_PKEY_free(); aborts on failure, as all
 * here do. */
EVP_PKEY *test_p256_key(const EC_POINT *q);

/* The signature under q for which u1 * G + u2 * q is the point that is looked at,
 * with that r (NULL: the point's).  u2 is not 0 modulo n. */
void test_ecdsa_make(const EC_POINT *q, const BIGNUM *u1, const BIGNUM *u2,
    const BIGNUM *r, struct test_ecdsa *out);

/* What EVP says. */
bool test_ecdsa_verify(EVP_PKEY *key, const struct test_ecdsa *in);

#endif
