/* SPDX-License-Identifier: Apache-2.0 */
/* crl.h - certificate revocation lists (RFC 5280 sections 5 and 6.3). */
#ifndef SHK_CRL_H
#define SHK_CRL_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <shaken/err.h>

struct shk_crl {		/* immutable once authenticated */
	X509_CRL		*x509;	/* owned */
	ISSUING_DIST_POINT	*idp;	/* owned; NULL: none */
	char			*issuer; /* owned; RFC 2253 form */
	bool			 indirect;
	int64_t			 from;	/* the first second it is current, */
	int64_t			 until;	/* and the first it is not any more */
};

/*
 * Read a CRL; a reference to x509 is taken.  SHAKEN_E_CERT: no nextUpdate, a
 * critical extension that is not known, a delta CRL, one for some reasons only,
 * a malformed one, or a digest that is not accepted; SHAKEN_E_NOMEM.
 * The signature is not looked at here.
 */
SHAKEN_MUST_USE enum shaken_err
shk_crl_new(X509_CRL *x509, struct shk_crl **out, struct shaken_diag *diag);
void shk_crl_free(struct shk_crl **c);

/*
 * Find the signer of an indirect CRL among certs and anchors, and check it: may
 * sign CRLs, did sign this one, has a path to an anchor.  The path's validity
 * narrows the time in which the CRL is current.  SHAKEN_E_CERT, SHAKEN_E_NOMEM.
 */
SHAKEN_MUST_USE enum shaken_err
shk_crl_authenticate(struct shk_crl *c, STACK_OF(X509) *certs,
    STACK_OF(X509) *anchors, struct shaken_diag *diag);

struct shk_crl_word {
	bool	covers;		/* it would list cert, were that revoked */
	bool	revoked;	/* it does */
};

/* What c says about cert, whose issuer is the next in the path; a direct CRL
 * must be signed by that one.  SHAKEN_E_NOMEM: it could not be found out. */
SHAKEN_MUST_USE enum shaken_err
shk_crl_ask(const struct shk_crl *c, X509 *cert, X509 *issuer,
    struct shk_crl_word *word);

#endif
