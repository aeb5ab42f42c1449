/* SPDX-License-Identifier: Apache-2.0 */
/*
 * issue.h - make keys, certificates and CRLs from a plain description.
 *
 * For laboratories, demonstrations and tests, which also need certificates
 * that break a rule: what is asked for is made, right or wrong.  It is no
 * certification authority.
 */
#ifndef SHAKENCERTS_ISSUE_H
#define SHAKENCERTS_ISSUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <shaken/err.h>
#include <shaken/export.h>
#include <shaken/view.h>

SHAKEN_BEGIN_DECLS

enum certs_key_type {
	CERTS_KEY_P256 = 0,	/* what STIR asks for, RFC 8226 section 4 */
	CERTS_KEY_P384 = 1,
	CERTS_KEY_RSA2048 = 2,
	CERTS_KEY_RSA1024 = 3,	/* weak */
};

enum certs_digest {		/* of the signature */
	CERTS_SHA256 = 0,
	CERTS_SHA384 = 1,
	CERTS_SHA1 = 2,
};

enum certs_basic {		/* basicConstraints, RFC 5280 section 4.2.1.9 */
	CERTS_BASIC_NONE = 0,	/* no such extension */
	CERTS_BASIC_LEAF = 1,	/* critical, cA FALSE */
	CERTS_BASIC_CA = 2,	/* critical, cA TRUE */
};

/* keyUsage, RFC 5280 section 4.2.1.3. */
#define CERTS_KU_DIGITAL_SIGNATURE	0x80u
#define CERTS_KU_KEY_CERT_SIGN		0x04u
#define CERTS_KU_CRL_SIGN		0x02u

struct certs_name {		/* UTF-8; NULL: that attribute is left out */
	const char	*c, *st, *l, *o, *cn;
};

struct certs_ext {
	const char		*oid;	/* dotted */
	bool			 critical;
	struct shaken_sv	 der;	/* the value */
};

struct certs_spec {
	size_t			 size;	/* sizeof(struct certs_spec) */
	struct certs_name	 subject;
	const char		*serial; /* hex; NULL: 127 random bits */
	int64_t			 not_before; /* seconds since 1970-01-01 UTC */
	int64_t			 not_after;
	enum certs_digest	 digest;
	enum certs_basic	 basic;
	bool			 has_path_len;
	unsigned		 path_len;
	unsigned		 key_usage; /* CERTS_KU_*; 0: not there */
	bool			 no_ski;
	bool			 no_aki; /* a self-signed one never has it */
	struct shaken_sv	 aki;	/* n 0: the issuer's SKI */
	const char *const	*policies; /* n_policies dotted OIDs */
	size_t			 n_policies;
	const char		*crl_url; /* NULL: no CRL distribution point */
	const struct certs_name	*crl_issuer; /* its cRLIssuer; NULL: none */
	/* Extension values in DER; n 0: no such extension. */
	struct shaken_sv	 tnauthlist;  /* RFC 8226 section 9 */
	struct shaken_sv	 constraints; /* RFC 8226 section 8 */
	struct shaken_sv	 enhanced;    /* RFC 9118 section 4 */
	const struct certs_ext	*exts;	/* n_exts more, as they are */
	size_t			 n_exts;
};

struct certs_crl_entry {
	const char		*serial; /* hex */
	const struct certs_name	*issuer; /* certificateIssuer, RFC 5280 section
				 * 5.3.3; NULL: none, so it is inherited */
	const struct certs_ext	*exts;
	size_t			 n_exts;
};

struct certs_crl_spec {
	size_t			 size;	/* sizeof(struct certs_crl_spec) */
	int64_t			 this_update; /* seconds since 1970-01-01 UTC */
	int64_t			 next_update; /* 0: left out */
	enum certs_digest	 digest;
	uint32_t		 number; /* cRLNumber */
	bool			 indirect; /* either makes a critical */
	const char		*idp_url;  /* issuingDistributionPoint */
	const struct certs_crl_entry *entries;
	size_t			 n_entries;
	const struct certs_ext	*exts;
	size_t			 n_exts;
};

/*
 * All results are PEM texts, NUL-terminated, *pem owned by the caller for
 * free() and NULL on failure; wipe a key first.  Inputs are borrowed for the
 * call.  Return SHAKEN_OK, SHAKEN_E_ARG (a serial, OID, name or PEM that is
 * none, or an unknown size), SHAKEN_E_NOMEM, SHAKEN_E_CRYPTO.  Thread-safe.
 */

/* A new private key, unencrypted PKCS#8. */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
certs_issue_key(enum certs_key_type type, char **pem);

/*
 * A certificate over the public half of key.
 *
 *   key	PEM private key of the subject
 *   issuer	PEM certificate of the issuer; NULL: self-signed
 *   issuer_key	PEM private key that signs; NULL: key
 */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
certs_issue_cert(const struct certs_spec *spec, const char *key,
    const char *issuer, const char *issuer_key, char **pem);

/* A CRL of the subject of issuer, signed with issuer_key. */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
certs_issue_crl(const struct certs_crl_spec *spec, const char *issuer,
    const char *issuer_key, char **pem);

SHAKEN_END_DECLS

#endif
