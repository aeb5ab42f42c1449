/* SPDX-License-Identifier: Apache-2.0 */
/* pem.h - certificates and CRLs out of a file, PEM or DER. */
#ifndef SHK_PEM_H
#define SHK_PEM_H

#include <openssl/x509.h>

#include <shaken/err.h>
#include <shaken/view.h>

struct shk_pem {			/* in the order of the file; owned */
	STACK_OF(X509)		*certs;
	STACK_OF(X509_CRL)	*crls;
};

struct shk_pem_limits {
	size_t	bytes, certs, crls;
};

/*
 * Read a PEM text, or one DER object (it starts with 0x30).  Tolerated, since
 * all of it is published: CRLF, a BOM, text around the blocks, blank lines, no
 * final newline, blocks of other kinds.  Either list may come out empty, never
 * NULL.  SHAKEN_E_CERT: a block or the DER does not decode; SHAKEN_E_SECRET: a
 * private key is in it; SHAKEN_E_LIMIT; SHAKEN_E_NOMEM.
 */
SHAKEN_MUST_USE enum shaken_err
shk_pem_read(struct shaken_sv in, const struct shk_pem_limits *max,
    struct shk_pem *out, struct shaken_diag *diag);

void shk_pem_clear(struct shk_pem *p);

#endif
