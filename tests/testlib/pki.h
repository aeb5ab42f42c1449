/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pki.h - a PKI of the shape that SHAKEN has, for tests.
 *
 *	struct test_pki p;
 *	test_pki_init(&p);
 *	p.leaf.spec.not_after = TEST_NOW - 1;	(what the test is about)
 *	test_pki_make(&p);
 *	... p.root.pem, p.chain ...
 *	test_pki_free(&p);
 *
 * A failure in here is no test result: it aborts.
 */
#ifndef TEST_PKI_H
#define TEST_PKI_H

#include <shaken/chain.h>
#include <shakencerts/issue.h>

/* The tests' clock; certificates are valid a day before to a year after. */
#define TEST_NOW INT64_C(1700000000)
#define TEST_DAY INT64_C(86400)

/* In the default certificates. */
#define TEST_SPC "1234"
#define TEST_POLICY "2.16.840.1.114569.1.1.4"
#define TEST_CRL_URL "https://pa.example.com/crl"

struct test_cert {
	struct certs_spec	 spec;
	enum certs_key_type	 key_type;
	char			*key, *pem; /* PEM; owned by the pki */
};

struct test_pki {
	struct test_cert	 root, inter, leaf; /* a call's chain */
	struct test_cert	 pa;	     /* root of the STI-PA, no STI-CA */
	struct test_cert	 crl_signer; /* under pa */
	char			*chain;	     /* leaf.pem and inter.pem */
};

/* Fill in the specs of a PKI without a fault. */
void test_pki_init(struct test_pki *p);

/* Make all keys and certificates; those whose pem is set already stay. */
void test_pki_make(struct test_pki *p);
void test_pki_free(struct test_pki *p);

/* One more certificate below issuer (NULL: self-signed). */
void test_cert_make(struct test_cert *c, const struct test_cert *issuer);
void test_cert_free(struct test_cert *c);

/* An indirect CRL as the STI-PA's, current at TEST_NOW, without entries. */
struct certs_crl_spec test_crl_spec(void);

/* New, for free(). */
char *test_crl_make(const struct certs_crl_spec *spec,
    const struct test_cert *issuer);
char *test_concat(const char *a, const char *b);

/* pem judged under roots, without CRLs and not minding that. */
struct shaken_chain *test_chain_make(const char *roots, const char *pem);

/* The first block of a PEM text as DER; returns its length. */
size_t test_pem_to_der(const char *pem, unsigned char *out, size_t cap);

#endif
