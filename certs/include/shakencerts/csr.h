/* SPDX-License-Identifier: Apache-2.0 */
/* csr.h - the certificate signing request for an STI certificate. */
#ifndef SHAKENCERTS_CSR_H
#define SHAKENCERTS_CSR_H

#include <stddef.h>

#include <shaken/err.h>
#include <shaken/export.h>

SHAKEN_BEGIN_DECLS

struct certs_csr_spec {
	size_t		 size;	/* sizeof(struct certs_csr_spec) */
	const char	*spc;	/* service provider code, 1 to 32 of A-Z 0-9 */
	const char	*org;	/* legal name of the provider, UTF-8 */
	const char	*country; /* ISO 3166, two letters */
	/* CRL distribution point as the STI-PA gave it; NULL: none.  The issuer
	 * is a name in the order of its encoding, "C=US, O=STI-PA, CN=CRL",
	 * of C, ST, L, O, OU and CN, without commas in a value. */
	const char	*crl_url;
	const char	*crl_issuer;
};

/*
 * Make a PKCS#10 request with the subject and the TNAuthList that ATIS-1000080
 * section 6.4.1 wants in the certificate: C, O, CN "SHAKEN <SPC>".
 *
 *   key	PEM private key, unencrypted, P-256; borrowed
 *   *pem	PEM text, NUL-terminated, for free(); NULL on failure
 *   diag	the member that is wrong; may be NULL
 *
 * Returns SHAKEN_OK, SHAKEN_E_ARG, SHAKEN_E_KEY, SHAKEN_E_NOMEM,
 * SHAKEN_E_CRYPTO.  Thread-safe.
 */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
certs_csr(const struct certs_csr_spec *spec, const char *key, char **pem,
    struct shaken_diag *diag);

SHAKEN_END_DECLS

#endif
