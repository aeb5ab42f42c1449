/* SPDX-License-Identifier: Apache-2.0 */
/*
 * err.h - the one error type of libshaken, and the text that explains one.
 *
 * Every fallible call returns enum shaken_err; 0 is success.  Values are ABI:
 * append at the end of a block, never renumber, never reuse.  The block tells
 * who is at fault, so a caller can act on the block alone.
 *
 * "The call is not verified" is no error: it is a verdict (verify.h).
 */
#ifndef SHAKEN_ERR_H
#define SHAKEN_ERR_H

#include <shaken/export.h>

SHAKEN_BEGIN_DECLS

#define SHAKEN_ERR_MAP(X)                                                     \
	/* 0: success */                                                      \
	X(SHAKEN_OK,           0,   "success")                                \
	/* 1-99: our side; retry or page someone, never blame the caller */   \
	X(SHAKEN_E_NOMEM,      1,   "out of memory")                          \
	X(SHAKEN_E_CRYPTO,     2,   "crypto library failure")                 \
	X(SHAKEN_E_ARG,        3,   "invalid argument (caller bug)")          \
	/* 100-199: the bytes we were given do not parse */                   \
	X(SHAKEN_E_SYNTAX,     100, "malformed input")                        \
	X(SHAKEN_E_LIMIT,      101, "input exceeds a size limit")             \
	X(SHAKEN_E_TN,         102, "not a telephone number")                 \
	X(SHAKEN_E_URI,        103, "not an acceptable URI")                  \
	X(SHAKEN_E_JSON,       104, "not an acceptable JSON object")          \
	X(SHAKEN_E_CERT,       105, "not an acceptable certificate or CRL")   \
	X(SHAKEN_E_KEY,        106, "not an unencrypted P-256 private key")   \
	/* 200-299: well-formed, but a rule says no */                        \
	X(SHAKEN_E_CLAIM,      200, "claim missing or not allowed")           \
	X(SHAKEN_E_STALE,      201, "iat outside the freshness window")       \
	X(SHAKEN_E_CREDENTIAL, 202, "certificate may not sign this")          \
	X(SHAKEN_E_MISMATCH,   203, "private key and certificate differ")     \
	X(SHAKEN_E_SECRET,     204, "private key where a certificate belongs")

enum shaken_err {
#define X(name, value, text) name = value,
	SHAKEN_ERR_MAP(X)
#undef X
};

/*
 * Where a failing call says what was wrong and where, in English, in the
 * caller's own buffer.  Always NUL-terminated, empty on success, control
 * characters of the input replaced; never holds key material.  Functions that
 * take a struct shaken_diag * accept NULL.
 */
#define SHAKEN_DIAG_MAX 256
struct shaken_diag {
	char	text[SHAKEN_DIAG_MAX];
};

/* Static English text for any int, known code or not; never NULL. */
SHAKEN_API const char *shaken_strerror(int err);

/* Static symbolic name ("SHAKEN_E_STALE") for logs and metric labels. */
SHAKEN_API const char *shaken_errname(int err);

SHAKEN_END_DECLS

#endif
