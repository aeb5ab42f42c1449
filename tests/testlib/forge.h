/* SPDX-License-Identifier: Apache-2.0 */
/* forge.h - tokens that no honest signer makes: any texts, well signed. */
#ifndef TEST_FORGE_H
#define TEST_FORGE_H

#include <stdbool.h>
#include <stdint.h>

#include <shaken/signer.h>

/* The token over header and payload as they are, ES256 with a PEM private key.
 * New, for free(); aborts on failure. */
char *test_forge(const char *key, const char *header, const char *payload);

/* The same with another header and payload length (they may hold NULs). */
char *test_forge_n(const char *key, struct shaken_sv header,
    struct shaken_sv payload);

/* Replace the signature of token by n bytes; new. */
char *test_with_signature(const char *token, const uint8_t *sig, size_t n);

/* The signature of token as bytes. */
void test_signature(const char *token, uint8_t sig[SHAKEN_ES256_SIG]);

/* token;info=<x5u>;alg=ES256;ppt=shaken, or what params says; new. */
char *test_identity(const char *token, const char *params);

/* printf into new text. */
__attribute__((format(printf, 1, 2)))
char *test_text(const char *fmt, ...);

#endif
