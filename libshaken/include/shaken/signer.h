/* SPDX-License-Identifier: Apache-2.0 */
/* signer.h - a provider's signing key with its certificate and x5u. */
#ifndef SHAKEN_SIGNER_H
#define SHAKEN_SIGNER_H

#include <stddef.h>
#include <stdint.h>

#include <shaken/cert.h>
#include <shaken/err.h>
#include <shaken/view.h>

SHAKEN_BEGIN_DECLS

#define SHAKEN_ES256_SIG 64 /* bytes: r || s, RFC 7518 section 3.4 */

/*
 * Where a signature comes from: a PEM in memory, a PKCS#11 token, or a key
 * process at the other end of a socketpair.  libshaken never sees the key.
 */
struct shaken_signer_ops {
	size_t	size;	/* sizeof(struct shaken_signer_ops): room to grow */
	/* ES256 over msg (not over a digest).  May be called from several
	 * threads at once; must not block longer than a request may take. */
	enum shaken_err	(*sign)(void *ctx, struct shaken_sv msg,
			    uint8_t sig[SHAKEN_ES256_SIG]);
	void	(*free)(void *ctx);	/* may be NULL */
};

struct shaken_signer_conf {
	size_t			size;	/* sizeof(struct shaken_signer_conf) */
	struct shaken_sv	x5u;	/* https URL of the chain; mandatory */
	struct shaken_sv	chain;	/* PEM, leaf first; n 0: not known */
};

struct shaken_signer; /* opaque; immutable, shared by threads */

/*
 * Make a signer over ops, or from a PEM private key.
 *
 *   ops	copied
 *   ctx	moved in: freed through ops->free when the signer is; on failure
 *		the caller still owns it
 *   pem	one unencrypted private key (PKCS#8 or SEC 1); borrowed for the
 *		call, the caller should wipe it afterwards
 *   conf	copied.  x5u must be acceptable to a verifier (ATIS-1000074:
 *		https, port 443 or 8443, no userinfo, query or fragment).  With
 *		a chain, a probe is signed and verified with the leaf, and the
 *		leaf's validity and claim constraints bind every signature
 *   *out	owned by the caller; NULL on failure
 *   diag	what was wrong; may be NULL
 *
 * Returns SHAKEN_OK; SHAKEN_E_URI (x5u); SHAKEN_E_CERT (chain does not parse or
 * its leaf has no P-256 key); SHAKEN_E_SECRET (chain holds a private key);
 * SHAKEN_E_MISMATCH (key and leaf differ); SHAKEN_E_KEY (pem is no unencrypted
 * P-256 key, RFC 8225 section 4.2); SHAKEN_E_ARG; SHAKEN_E_NOMEM;
 * SHAKEN_E_CRYPTO, or what ops->sign returned for the probe.  Thread-safe.
 */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
shaken_signer_new(const struct shaken_signer_ops *ops, void *ctx,
    const struct shaken_signer_conf *conf, struct shaken_signer **out,
    struct shaken_diag *diag);
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
shaken_signer_from_pem(struct shaken_sv pem,
    const struct shaken_signer_conf *conf, struct shaken_signer **out,
    struct shaken_diag *diag);

/*
 * Sign for another process, whose signer has ops that ask this one: what a key
 * process calls.  So that it is no oracle, only two things are signed: a signing
 * input (RFC 7515 section 5.1) whose header is one that s itself would write,
 * with its x5u; and the probe of shaken_signer_new().
 *
 *   input	what the other signer's ops->sign was given; borrowed
 *   sig	64 bytes; not touched on failure
 *
 * Returns SHAKEN_OK; SHAKEN_E_SYNTAX (input is neither); SHAKEN_E_ARG; or what
 * signing returned.  Thread-safe.
 */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
shaken_signer_sign_input(const struct shaken_signer *s, struct shaken_sv input,
    uint8_t sig[SHAKEN_ES256_SIG]);

/* The leaf of conf->chain; NULL where none was given.  Borrows from s. */
SHAKEN_API const struct shaken_cert *
shaken_signer_cert(const struct shaken_signer *s);

/* As given; borrows from s. */
SHAKEN_API struct shaken_sv shaken_signer_x5u(const struct shaken_signer *s);

/* Free *s and set it to NULL; NULL and *s == NULL are fine. */
SHAKEN_API void shaken_signer_free(struct shaken_signer **s);

SHAKEN_END_DECLS

#endif
