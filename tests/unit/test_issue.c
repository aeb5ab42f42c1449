/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <criterion/criterion.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "pki.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static X509 *
read_cert(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *x = PEM_read_bio_X509(bio, NULL, NULL, NULL);

	cr_assert_not_null(x);
	BIO_free(bio);
	return x;
}

static struct certs_spec
small_spec(void)
{
	return (struct certs_spec){
		.size = sizeof(struct certs_spec), .subject = { .cn = "x" },
		.not_before = TEST_NOW, .not_after = TEST_NOW,
	};
}

Test(issue, certificate)
{
	struct test_pki p;
	X509 *leaf, *inter;

	test_pki_init(&p);
	p.leaf.spec.serial = "00FF";
	p.inter.spec.has_path_len = true;
	p.inter.spec.path_len = 0;
	test_pki_make(&p);
	leaf = read_cert(p.leaf.pem);
	inter = read_cert(p.inter.pem);
	cr_expect_eq(X509_verify(leaf, X509_get0_pubkey(inter)), 1);
	cr_expect_eq(X509_check_issued(inter, leaf), X509_V_OK);
	cr_expect_eq(X509_get_version(leaf), X509_VERSION_3);
	cr_expect_eq(ASN1_INTEGER_get(X509_get0_serialNumber(leaf)), 255);
	cr_expect_eq(X509_get_pathlen(inter), 0);
	cr_expect_eq(X509_get_pathlen(leaf), -1);
	cr_expect_eq(X509_get_key_usage(leaf), KU_DIGITAL_SIGNATURE);
	cr_expect_eq(X509_get_key_usage(inter), KU_KEY_CERT_SIGN |
	    KU_CRL_SIGN);
	cr_expect_eq(X509_get_extension_flags(leaf) & EXFLAG_INVALID, 0);
	cr_expect_eq(ASN1_TIME_cmp_time_t(X509_get0_notAfter(leaf),
	    p.leaf.spec.not_after), 0);
	X509_free(leaf);
	X509_free(inter);
	test_pki_free(&p);
}

/* Serial numbers that nobody chose: positive, at most 16 bytes, and not twice
 * the same. */
Test(issue, random_serial)
{
	struct test_cert a = { .spec = small_spec() }, b = a;
	X509 *xa, *xb;

	test_cert_make(&a, NULL);
	test_cert_make(&b, NULL);
	xa = read_cert(a.pem);
	xb = read_cert(b.pem);
	cr_expect_eq(ASN1_STRING_type(X509_get0_serialNumber(xa)),
	    V_ASN1_INTEGER);
	cr_expect_eq(ASN1_STRING_length(X509_get0_serialNumber(xa)), 16);
	cr_expect_neq(ASN1_INTEGER_cmp(X509_get0_serialNumber(xa),
	    X509_get0_serialNumber(xb)), 0);
	X509_free(xa);
	X509_free(xb);
	test_cert_free(&a);
	test_cert_free(&b);
}

Test(issue, digests)
{
	static const int nids[] = {
		[CERTS_SHA256] = NID_ecdsa_with_SHA256,
		[CERTS_SHA384] = NID_ecdsa_with_SHA384,
		[CERTS_SHA1] = NID_ecdsa_with_SHA1,
	};

	for (size_t i = 0; i < N(nids); i++) {
		struct test_cert c = { .spec = small_spec() };
		X509 *x;

		c.spec.digest = (enum certs_digest)i;
		test_cert_make(&c, NULL);
		x = read_cert(c.pem);
		cr_expect_eq(X509_get_signature_nid(x), nids[i]);
		X509_free(x);
		test_cert_free(&c);
	}
}

static void
expect_refused(const char *what, const struct certs_spec *spec,
    const char *key, const char *issuer, const char *issuer_key)
{
	char *pem = (char *)(uintptr_t)1;

	cr_expect_eq(certs_issue_cert(spec, key, issuer, issuer_key, &pem),
	    SHAKEN_E_ARG, "%s", what);
	cr_expect_null(pem, "%s", what);
	cr_expect_eq(ERR_peek_error(), 0, "%s", what);
}

Test(issue, certificate_errors)
{
	static const char *const policy[] = { "no OID" };
	static const struct certs_ext ext = { .oid = "no OID",
	    .der = { "\x05\x00", 2 } };
	struct certs_spec s = small_spec();
	struct test_cert c = { .spec = s };

	test_cert_make(&c, NULL);
	expect_refused("spec", NULL, c.key, NULL, NULL);
	expect_refused("key", &s, NULL, NULL, NULL);
	expect_refused("key PEM", &s, c.pem, NULL, NULL);
	expect_refused("issuer PEM", &s, c.key, c.key, c.key);
	expect_refused("issuer key PEM", &s, c.key, c.pem, c.pem);
	s.size--;
	expect_refused("size", &s, c.key, NULL, NULL);
	s = small_spec();
	s.serial = "12xy";
	expect_refused("serial", &s, c.key, NULL, NULL);
	s = small_spec();
	s.subject.c = "USA";
	expect_refused("country", &s, c.key, NULL, NULL);
	s = small_spec();
	s.policies = policy;
	s.n_policies = 1;
	expect_refused("policy", &s, c.key, NULL, NULL);
	s = small_spec();
	s.exts = &ext;
	s.n_exts = 1;
	expect_refused("extension", &s, c.key, NULL, NULL);
	s = small_spec();
	s.digest = (enum certs_digest)9;
	expect_refused("digest", &s, c.key, NULL, NULL);
	test_cert_free(&c);
}

Test(issue, key_errors)
{
	char *pem = (char *)(uintptr_t)1;

	cr_expect_eq(certs_issue_key((enum certs_key_type)9, &pem),
	    SHAKEN_E_ARG);
	cr_expect_null(pem);
}

Test(issue, crl_errors)
{
	static const struct certs_ext ext = { .oid = "no OID",
	    .der = { "\x05\x00", 2 } };
	static const struct certs_name nobody = { .c = "USA" };
	struct certs_crl_entry e = { .serial = "xy" };
	struct certs_crl_spec s = test_crl_spec();
	struct test_cert c = { .spec = small_spec() };
	char *pem;

	test_cert_make(&c, NULL);
	cr_expect_eq(certs_issue_crl(NULL, c.pem, c.key, &pem), SHAKEN_E_ARG);
	cr_expect_eq(certs_issue_crl(&s, NULL, c.key, &pem), SHAKEN_E_ARG);
	cr_expect_eq(certs_issue_crl(&s, c.pem, NULL, &pem), SHAKEN_E_ARG);
	cr_expect_eq(certs_issue_crl(&s, c.pem, c.pem, &pem), SHAKEN_E_ARG);
	s.entries = &e;
	s.n_entries = 1;
	cr_expect_eq(certs_issue_crl(&s, c.pem, c.key, &pem), SHAKEN_E_ARG);
	e.serial = NULL;
	cr_expect_eq(certs_issue_crl(&s, c.pem, c.key, &pem), SHAKEN_E_ARG);
	e.serial = "01";
	e.issuer = &nobody;
	cr_expect_eq(certs_issue_crl(&s, c.pem, c.key, &pem), SHAKEN_E_ARG);
	e.issuer = NULL;
	e.exts = &ext;
	e.n_exts = 1;
	cr_expect_eq(certs_issue_crl(&s, c.pem, c.key, &pem), SHAKEN_E_ARG);
	cr_expect_null(pem);
	e.n_exts = 0;
	cr_expect_eq(certs_issue_crl(&s, c.pem, c.key, &pem), SHAKEN_OK);
	free(pem);
	s.exts = &ext;
	s.n_exts = 1;
	cr_expect_eq(certs_issue_crl(&s, c.pem, c.key, &pem), SHAKEN_E_ARG);
	test_cert_free(&c);
}
