/* SPDX-License-Identifier: Apache-2.0 */
/*
 * testpki.h - a throw-away PKI in the shape of the real one: root,
 * intermediate, leaf, and an indirect CRL (ATIS-1000080).
 *
 * For laboratories, demonstrations and tests.  Its keys lie open beside it.
 */
#ifndef SHAKENCERTS_TESTPKI_H
#define SHAKENCERTS_TESTPKI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <shaken/err.h>
#include <shaken/export.h>
#include <shaken/view.h>

SHAKEN_BEGIN_DECLS

struct certs_testpki_opts {
	size_t		 size;	/* sizeof(struct certs_testpki_opts) */
	const char	*spc;	/* of the leaf, A-Z and 0-9; NULL: "1234" */
	int64_t		 now;	/* seconds since 1970-01-01 UTC; the leaf is
				 * valid from an hour before, CAs longer */
	unsigned	 days;	/* until the leaf expires, 1 to 3650; 0: 365 */
	/* Of a delegate certificate (RFC 9060), extension values in DER, as
	 * shaken/cert.h encodes them; borrowed.  n 0 each: see there. */
	struct shaken_sv delegate; /* its TNAuthList; none: none is made */
	struct shaken_sv delegate_ca; /* that of the CA above it; none: spc */
	struct shaken_sv constraints; /* RFC 8226 section 8; none: none */
	struct shaken_sv enhanced; /* RFC 9118 section 4; none: none */
};

struct certs_testpki_file {	/* borrows from the PKI */
	const char	*name;	/* "chain.pem"; static */
	const char	*pem;	/* NUL-terminated */
	bool		 secret; /* a private key */
};

struct certs_testpki; /* opaque; immutable; one owner */

/*
 * Make a PKI: root.pem, chain.pem (leaf, intermediate), key.pem (of the leaf),
 * crl.pem (a CRL in the STI-PA's shape and its signer's certificate),
 * revoked.pem and expired.pem (chains like chain.pem, with what their names
 * say), and a key for each.  Where a delegate is asked for, also
 * delegate-ca.pem (a CA with a TNAuthList below the intermediate, and that) and
 * delegate-chain.pem (the delegate, and these), right or wrong.
 *
 *   *out	owned by the caller; NULL on failure
 *
 * Returns SHAKEN_OK, SHAKEN_E_ARG (spc, days, now, size), SHAKEN_E_NOMEM,
 * SHAKEN_E_CRYPTO.  Thread-safe.
 */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
certs_testpki_new(const struct certs_testpki_opts *opts,
    struct certs_testpki **out);

/* Its files, i from 0; false past the end. */
SHAKEN_API bool
certs_testpki_file(const struct certs_testpki *p, size_t i,
    struct certs_testpki_file *out);

/* Wipe and free *p and set it to NULL; NULL and *p == NULL are fine. */
SHAKEN_API void certs_testpki_free(struct certs_testpki **p);

SHAKEN_END_DECLS

#endif
