/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rfc6979.h - a signer with deterministic nonces (RFC 6979), for vectors that
 * must come out byte for byte.  OpenSSL 3.0 cannot do that.  For tests: this
 * arithmetic is not constant-time.
 */
#ifndef TEST_RFC6979_H
#define TEST_RFC6979_H

#include <shaken/signer.h>

extern const struct shaken_signer_ops test_rfc6979_ops;

/* A context for the ops from a PEM private key; aborts on failure. */
void *test_rfc6979_new(const char *pem);

#endif
