/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cert.h - read-only facts of one certificate, for programs that show, log and
 * lint.  No trust decision is made here: see trust.h and chain.h.
 */
#ifndef SHAKEN_CERT_H
#define SHAKEN_CERT_H

#include <stdbool.h>
#include <stdint.h>

#include <shaken/err.h>
#include <shaken/lint.h>
#include <shaken/tn.h>
#include <shaken/view.h>

SHAKEN_BEGIN_DECLS

/* Bytes of a PEM or DER file with certificates; a chain of five has 6 KiB. */
#define SHAKEN_PEM_MAX (64 * 1024)

struct shaken_cert; /* opaque; immutable, shared by threads; refcounted */

/*
 * Parse the first certificate of a PEM text or one DER certificate.  Text
 * around PEM blocks, a BOM and CRLF are tolerated; a private key anywhere in
 * it is SHAKEN_E_SECRET.
 *
 *   in		borrowed for the call
 *   *out	owned by the caller; NULL on failure
 *
 * Returns SHAKEN_OK, SHAKEN_E_CERT, SHAKEN_E_SECRET, SHAKEN_E_LIMIT,
 * SHAKEN_E_ARG, SHAKEN_E_NOMEM.
 */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
shaken_cert_parse(struct shaken_sv in, struct shaken_cert **out,
    struct shaken_diag *diag);
/* Drop a reference and set *c to NULL; NULL and *c == NULL are fine. */
SHAKEN_API void shaken_cert_free(struct shaken_cert **c);

/* Views borrow from c.  Names are in RFC 2253 form, serial in hex, upper case. */
SHAKEN_API struct shaken_sv shaken_cert_subject(const struct shaken_cert *c);
SHAKEN_API struct shaken_sv shaken_cert_issuer(const struct shaken_cert *c);
SHAKEN_API struct shaken_sv shaken_cert_serial(const struct shaken_cert *c);
/* Seconds since 1970-01-01 UTC. */
SHAKEN_API int64_t shaken_cert_not_before(const struct shaken_cert *c);
SHAKEN_API int64_t shaken_cert_not_after(const struct shaken_cert *c);
SHAKEN_API bool shaken_cert_is_ca(const struct shaken_cert *c);
/* SHA-256 over the DER. */
SHAKEN_API void
shaken_cert_sha256(const struct shaken_cert *c, uint8_t out[32]);
/* The service provider code: the first SPC of the TNAuthList; n 0: none. */
SHAKEN_API struct shaken_sv shaken_cert_spc(const struct shaken_cert *c);
/* The one CRL distribution point URL; n 0: none. */
SHAKEN_API struct shaken_sv shaken_cert_crl_url(const struct shaken_cert *c);
/* Claim constraints (RFC 8226 section 8, RFC 9118 section 4) as a JSON object
 * {"mustInclude": [..], "permittedValues": {name: [..]}, "mustExclude": [..]};
 * n 0: none. */
SHAKEN_API struct shaken_sv
shaken_cert_constraints(const struct shaken_cert *c);

enum shaken_tnauth_kind {
	SHAKEN_TNAUTH_SPC = 0,	 /* value: service provider code */
	SHAKEN_TNAUTH_RANGE = 1, /* value: first number; count numbers */
	SHAKEN_TNAUTH_ONE = 2,	 /* value: the number */
};

struct shaken_tnauth {		/* one TNEntry, RFC 8226 section 9 */
	enum shaken_tnauth_kind	kind;
	struct shaken_sv	value;
	uint64_t		count;	/* of a range; else 1 */
};

SHAKEN_API size_t shaken_cert_n_tnauth(const struct shaken_cert *c);
/* i counts from 0 in the order of the certificate; false past the end. */
SHAKEN_API bool
shaken_cert_tnauth(const struct shaken_cert *c, size_t i,
    struct shaken_tnauth *out);

/*
 * Encode a TNAuthList extension value with one SPC entry (RFC 8226 section 9),
 * as a certificate signing request carries it.
 *
 *   spc	1 to 32 characters A-Z 0-9; borrowed
 *   out, cap	the caller's buffer
 *   *len	bytes written; 0 on failure
 *
 * Returns SHAKEN_OK, SHAKEN_E_ARG, SHAKEN_E_LIMIT, SHAKEN_E_NOMEM.
 */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
shaken_tnauthlist_encode_spc(struct shaken_sv spc, uint8_t *out, size_t cap,
    size_t *len);

/*
 * Encode a TNAuthList extension value with n entries, as a delegate certificate
 * has it (RFC 8226 section 9, RFC 9060).
 *
 *   entries	borrowed; of a number 1 to 15 of 0-9 # *, of a range digits
 *		alone and a count that keeps their number
 *   out, cap	the caller's buffer; 32 bytes an entry and 8 more are enough
 *		for numbers and ranges
 *   *len	bytes written; 0 on failure
 *
 * Returns SHAKEN_OK, SHAKEN_E_ARG (n 0, an entry against these rules),
 * SHAKEN_E_LIMIT (cap), SHAKEN_E_NOMEM.  Thread-safe.
 */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
shaken_tnauthlist_encode(const struct shaken_tnauth *entries, size_t n,
    uint8_t *out, size_t cap, size_t *len);

/*
 * Encode claim constraints as an extension value.
 *
 *   json	the object that shaken_cert_constraints() gives; borrowed
 *   out, cap	the caller's buffer
 *   *len	bytes written; 0 on failure
 *   *enhanced	it excludes claims, so it is the value of
 *		EnhancedJWTClaimConstraints (RFC 9118 section 4); else of
 *		JWTClaimConstraints (RFC 8226 section 8)
 *   diag	what is wrong with json; may be NULL
 *
 * Returns SHAKEN_OK, SHAKEN_E_ARG (NULL), SHAKEN_E_JSON (no JSON object),
 * SHAKEN_E_CLAIM (not of that form, an empty list, a name that is not ASCII),
 * SHAKEN_E_LIMIT (json, cap), SHAKEN_E_NOMEM.  Thread-safe.
 */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
shaken_constraints_encode(struct shaken_sv json, uint8_t *out, size_t cap,
    size_t *len, bool *enhanced, struct shaken_diag *diag);

/*
 * Hold a certificate against the STI profile (ATIS-1000080 section 6.4.1, US
 * certificate policy, RFC 8226, RFC 9118); its role (root, intermediate, leaf)
 * is read off it.  now, in seconds since 1970-01-01 UTC, is for validity.
 */
SHAKEN_API void
shaken_cert_lint(const struct shaken_cert *c, int64_t now,
    shaken_finding_fn fn, void *ctx);

SHAKEN_END_DECLS

#endif
