/* SPDX-License-Identifier: Apache-2.0 */
/* x509.h - what RFC 5280, RFC 8226 and ATIS-1000080 ask of a certificate, one
 * predicate a rule, and the path that RFC 5280 section 6 builds. */
#ifndef SHK_X509_H
#define SHK_X509_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/x509.h>

#include <shaken/err.h>
#include <shaken/view.h>

/* Extensions in one certificate; the profile knows nine. */
#define SHK_EXTENSIONS_MAX 64

/* STIR's extensions, by their last arc below id-pe (1.3.6.1.5.5.7.1). */
enum shk_pe {
	SHK_PE_TNAUTHLIST = 26,		/* RFC 8226 section 9 */
	SHK_PE_CONSTRAINTS = 27,	/* RFC 8226 section 8 */
	SHK_PE_ENHANCED = 33,		/* RFC 9118 section 4 */
};

/* How often the extension is there; *der is its (last) value, borrows. */
int shk_x509_pe(const X509 *x, enum shk_pe arc, struct shaken_sv *der);

/* Seconds since 1970-01-01 UTC; false: t is no date. */
bool shk_asn1_time(const ASN1_TIME *t, int64_t *out);

/* "2026-01-02T03:04:05Z". */
#define SHK_TIME_TEXT 32
void shk_time_text(int64_t t, char out[SHK_TIME_TEXT]);

/* Subject or issuer in RFC 2253 form, always UTF-8 without control characters;
 * new, for free(); NULL: no memory. */
char *shk_x509_name_text(const X509_NAME *name);

/* The extensions decode, and none is there twice (RFC 5280 section 4.2).
 * Caches what OpenSSL computes lazily: call it once, before x is shared. */
bool shk_x509_extensions_ok(X509 *x, struct shaken_diag *diag);

/* basicConstraints has cA TRUE. */
bool shk_x509_is_ca(X509 *x);

/* May issue: cA, keyCertSign, a key on P-256 or larger or RSA of 2048 bits. */
bool shk_x509_may_issue(X509 *x, struct shaken_diag *diag);

/* May sign tokens: P-256, digitalSignature, no CA. */
bool shk_x509_may_sign(X509 *x, struct shaken_diag *diag);

/* May sign CRLs. */
bool shk_x509_may_sign_crls(X509 *x, struct shaken_diag *diag);

/* The signature on a certificate or CRL is ECDSA or RSA with SHA-2. */
bool shk_x509_digest_ok(int signature_nid, struct shaken_diag *diag);

/* One of its policies is one of oids. */
bool shk_x509_has_policy(X509 *x, ASN1_OBJECT *const *oids, size_t n);

/* AKI of child names the SKI of parent (RFC 9060 section 7). */
bool shk_x509_ids_match(X509 *child, X509 *parent);

/* Order so that of two with the same name and key the longer-lived is met
 * first: the path is built without a clock, and judged with one later. */
void shk_x509_sort(STACK_OF(X509) *list);

/*
 * Build the path from leaf to an anchor and check all of it but dates, policies
 * and what the leaf is for: signatures and their algorithms, CA bits, pathLen,
 * critical extensions.  *path has leaf first, anchor last, for
 * sk_X509_pop_free(, X509_free).  SHAKEN_E_CREDENTIAL with the reason in diag;
 * SHAKEN_E_NOMEM.
 */
SHAKEN_MUST_USE enum shaken_err
shk_x509_path(X509 *leaf, STACK_OF(X509) *others, STACK_OF(X509) *anchors,
    STACK_OF(X509) **path, struct shaken_diag *diag);

#endif
