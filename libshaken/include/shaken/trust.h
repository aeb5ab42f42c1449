/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trust.h - whom to believe: STI-CA roots, certificate revocation lists, and
 * what else a certificate must satisfy.
 *
 * Build one, add to it, then share it: once a chain or a verification has seen
 * it, it must not be added to any more.  To reload, build a new one.  The
 * system's CA store is never consulted (ATIS-1000084).
 */
#ifndef SHAKEN_TRUST_H
#define SHAKEN_TRUST_H

#include <stdbool.h>
#include <stddef.h>

#include <shaken/err.h>
#include <shaken/view.h>

SHAKEN_BEGIN_DECLS

/* Bytes of one file of anchors; forty STI-CA roots have 40 KiB. */
#define SHAKEN_ANCHORS_MAX (1024 * 1024)

/* Bytes of one CRL.  The STI-PA's has some hundred entries. */
#define SHAKEN_CRL_MAX (16 * 1024 * 1024)

enum shaken_crl_policy {
	SHAKEN_CRL_HARD = 0,	/* no current CRL for a certificate: refuse it */
	SHAKEN_CRL_SOFT = 1,	/* no current CRL: go on, the checks say so */
};

struct shaken_trust_opts {
	size_t			 size; /* sizeof(struct shaken_trust_opts) */
	enum shaken_crl_policy	 crl_policy;
	const char *const	*policies; /* n_policies OIDs in dotted form, one
				 * of which every certificate below the root must
				 * carry (ATIS-1000080 section 6.4.1); copied */
	size_t			 n_policies; /* 0: policies are not looked at */
	bool			 implicit_tnauthlist; /* also read TNAuthLists that
				 * were wrongly encoded with IMPLICIT tags */
};

struct shaken_trust; /* opaque; immutable once shared; refcounted */

/* Make an empty trust: it refuses every certificate.  opts is copied; NULL
 * means all zero, the strictest.  *out is owned by the caller.
 * Returns SHAKEN_OK, SHAKEN_E_ARG (also for a malformed OID), SHAKEN_E_NOMEM. */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
shaken_trust_new(const struct shaken_trust_opts *opts,
    struct shaken_trust **out);

/*
 * Add trust anchors from a PEM bundle or one DER certificate.
 *
 *   shaken_trust_add_anchors		STI-CA roots: anchor the chain of a call
 *   shaken_trust_add_crl_anchors	roots that anchor only the signer of a
 *			CRL (the STI-PA root, which is no STI-CA).  Without
 *			any, CRL signers are anchored at the STI-CA roots.
 *   in		borrowed for the call
 *   *n		certificates added; may be NULL
 *
 * All or nothing.  Returns SHAKEN_OK, SHAKEN_E_CERT (none in it, one that does
 * not parse, or one that is not self-signed), SHAKEN_E_SECRET, SHAKEN_E_LIMIT,
 * SHAKEN_E_ARG, SHAKEN_E_NOMEM.
 */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
shaken_trust_add_anchors(struct shaken_trust *t, struct shaken_sv in,
    size_t *n, struct shaken_diag *diag);
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
shaken_trust_add_crl_anchors(struct shaken_trust *t, struct shaken_sv in,
    size_t *n, struct shaken_diag *diag);

/*
 * Add certificate revocation lists: PEM (one or more, with the certificates of
 * their signer where these are not anchors) or one DER.  Direct and indirect
 * CRLs (RFC 5280 section 5.2.5, 5.3.3).  Add anchors first: an indirect CRL's
 * signer is checked here.  A list that is out of date stays, and does not count
 * while it is (shaken_chain_new()).
 *
 * Returns SHAKEN_OK, SHAKEN_E_CERT (no CRL in it, one that does not parse, or an
 * indirect one whose signer is not anchored, may not sign CRLs or did not sign
 * it), SHAKEN_E_SECRET, SHAKEN_E_LIMIT, SHAKEN_E_ARG, SHAKEN_E_NOMEM.
 */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
shaken_trust_add_crl(struct shaken_trust *t, struct shaken_sv in,
    struct shaken_diag *diag);

/* Take a reference (returns t), drop one and set *t to NULL.  Thread-safe. */
SHAKEN_API struct shaken_trust *shaken_trust_ref(struct shaken_trust *t);
SHAKEN_API void shaken_trust_free(struct shaken_trust **t);

SHAKEN_END_DECLS

#endif
