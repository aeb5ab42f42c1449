/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trustlist.h - the STI-PA's list of trusted STI-CAs (ATIS-1000084): a JWS over
 * {"version", "sequence", "exp", "trustList": [PEM, ...]}, checked.
 *
 * The list says who may anchor a call's certificate, so nothing of it is
 * believed before its signer's chain ends at the STI-PA's own root, which comes
 * with the configuration and is no STI-CA itself.
 */
#ifndef SHAKENCERTS_TRUSTLIST_H
#define SHAKENCERTS_TRUSTLIST_H

#include <stddef.h>
#include <stdint.h>

#include <shaken/err.h>
#include <shaken/view.h>

SHAKEN_BEGIN_DECLS

/* Bytes of a list; that of the US has some 20 roots of 1 KiB. */
#define CERTS_TRUSTLIST_MAX (1024 * 1024)

struct certs_trustlist; /* opaque; immutable; one owner */

/*
 * Where the chain of the list's signer is: the x5u of its header, believed by
 * nobody.  Returns a string for free(), or NULL with the reason in diag.
 */
SHAKEN_API char *
certs_trustlist_x5u(struct shaken_sv jws, struct shaken_diag *diag);

/*
 * Check a list: ES256; signed by the first certificate of chain, a P-256 key;
 * that chain valid and anchored at root; not expired; every entry one
 * self-signed certificate with a P-256 or P-384 key.
 *
 *   jws	compact form; borrowed, as all inputs
 *   chain	PEM: what is at the x5u
 *   root	PEM: the STI-PA's root
 *   now	seconds since 1970-01-01 UTC
 *   *out	owned by the caller; NULL on failure
 *   diag	what is wrong; may be NULL
 *
 * Returns SHAKEN_OK, SHAKEN_E_SYNTAX (no JWS), SHAKEN_E_JSON, SHAKEN_E_CERT,
 * SHAKEN_E_CREDENTIAL (algorithm, signature or chain), SHAKEN_E_STALE
 * (expired), SHAKEN_E_LIMIT, SHAKEN_E_NOMEM.  Thread-safe.
 */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
certs_trustlist_check(struct shaken_sv jws, struct shaken_sv chain,
    struct shaken_sv root, int64_t now, struct certs_trustlist **out,
    struct shaken_diag *diag);

/* Rises with every list; one that falls is a rollback. */
SHAKEN_API int64_t certs_trustlist_sequence(const struct certs_trustlist *t);
/* Seconds since 1970-01-01 UTC. */
SHAKEN_API int64_t certs_trustlist_exp(const struct certs_trustlist *t);
SHAKEN_API size_t certs_trustlist_n(const struct certs_trustlist *t);
/* All roots as one PEM text, for shaken_trust_add_anchors(); borrows from t. */
SHAKEN_API struct shaken_sv
certs_trustlist_pem(const struct certs_trustlist *t);

/* Free *t and set it to NULL; NULL and *t == NULL are fine. */
SHAKEN_API void certs_trustlist_free(struct certs_trustlist **t);

SHAKEN_END_DECLS

#endif
