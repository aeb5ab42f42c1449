/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <criterion/criterion.h>

#include <shaken/cert.h>

#include "pem.h"
#include "pki.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static const struct shk_pem_limits limits = {
	.bytes = SHAKEN_PEM_MAX, .certs = 4, .crls = 2
};

static struct test_pki pki;
static char *crl;

static void
setup(void)
{
	struct certs_crl_spec spec = test_crl_spec();

	test_pki_init(&pki);
	test_pki_make(&pki);
	crl = test_crl_make(&spec, &pki.crl_signer);
}

static void
teardown(void)
{
	test_pki_free(&pki);
	free(crl);
}

TestSuite(pem, .init = setup, .fini = teardown);

/* In a layout: @L, @I, @R leaf, intermediate, root; @C CRL; @K private key; the
 * rest as it is. */
static char *
expand(const char *layout)
{
	char *out = test_concat("", "");

	for (const char *p = layout; *p != '\0'; p++) {
		char one[2] = { *p, '\0' }, *more;
		const char *add = one;

		if (*p == '@') {
			p++;
			add = *p == 'L' ? pki.leaf.pem : *p == 'I' ?
			    pki.inter.pem : *p == 'R' ? pki.root.pem :
			    *p == 'C' ? crl : pki.leaf.key;
		}
		more = test_concat(out, add);
		free(out);
		out = more;
	}
	return out;
}

static const struct {
	const char	*name, *layout;
	int		 certs, crls;
	enum shaken_err	 err;
} cases[] = {
	{ "one", "@L", 1, 0, SHAKEN_OK },
	{ "chain", "@L@I@R", 3, 0, SHAKEN_OK },
	{ "with a CRL", "@C@L@I", 2, 1, SHAKEN_OK },
	{ "R-099 leading text", "subject=/c=us\nissuer=/c=us\n@L", 1, 0,
	    SHAKEN_OK },
	{ "R-099 text between, blank lines", "\n\n@L\n\nissuer\n\n\n@I\n\n", 2,
	    0, SHAKEN_OK },
	{ "R-099 text from 0x30 on", "0 s:/c=us\n@L", 1, 0, SHAKEN_OK },
	{ "R-099 BOM", "\xef\xbb\xbf@L", 1, 0, SHAKEN_OK },
	{ "R-099 BOM alone", "\xef\xbb\xbf", 0, 0, SHAKEN_OK },
	{ "blocks of other kinds", "-----BEGIN X-----\nAAAA\n-----END X-----"
	    "\n@L", 1, 0, SHAKEN_OK },
	{ "nothing", "", 0, 0, SHAKEN_OK },
	{ "no PEM", "<html>", 0, 0, SHAKEN_OK },
	{ "as many as allowed", "@L@I@R@L", 4, 0, SHAKEN_OK },
	{ "one more", "@L@I@R@L@I", 0, 0, SHAKEN_E_LIMIT },
	{ "CRLs as many as allowed", "@C@C", 0, 2, SHAKEN_OK },
	{ "CRLs, one more", "@C@C@C", 0, 0, SHAKEN_E_LIMIT },
	{ "R-099 private key after", "@L@K", 0, 0, SHAKEN_E_SECRET },
	{ "R-099 private key before", "@K@L", 0, 0, SHAKEN_E_SECRET },
	{ "R-099 encrypted private key", "@L-----BEGIN ENCRYPTED PRIVATE KEY"
	    "-----\n", 0, 0, SHAKEN_E_SECRET },
	{ "R-099 private key that does not decode",
	    "x-----BEGIN EC PRIVATE KEY-----", 0, 0, SHAKEN_E_SECRET },
	{ "talk of a private key", "a PRIVATE KEY-----\n@L", 1, 0, SHAKEN_OK },
	{ "no base64", "@L-----BEGIN CERTIFICATE-----\n!!!!\n-----END "
	    "CERTIFICATE-----\n", 0, 0, SHAKEN_E_CERT },
	{ "no end", "@L-----BEGIN CERTIFICATE-----\nMAAA\n", 0, 0,
	    SHAKEN_E_CERT },
	{ "other end", "-----BEGIN CERTIFICATE-----\nMAAA\n-----END X-----\n",
	    0, 0, SHAKEN_E_CERT },
	{ "no certificate in it", "-----BEGIN CERTIFICATE-----\nMAA=\n-----END "
	    "CERTIFICATE-----\n", 0, 0, SHAKEN_E_CERT },
	{ "no CRL in it", "-----BEGIN X509 CRL-----\nMAA=\n-----END "
	    "X509 CRL-----\n", 0, 0, SHAKEN_E_CERT },
};

/* Length-exact on the heap, so that a byte read beyond it is seen. */
static enum shaken_err
read_exact(const void *p, size_t n, const struct shk_pem_limits *max,
    struct shk_pem *out, struct shaken_diag *diag)
{
	char *copy = malloc(n + (n == 0));
	enum shaken_err err;

	cr_assert_not_null(copy);
	memcpy(copy, p, n);
	err = shk_pem_read((struct shaken_sv){ copy, n }, max, out, diag);
	free(copy);
	return err;
}

static void
expect(const char *name, const char *text, int certs, int crls,
    enum shaken_err want)
{
	struct shaken_diag diag = { "stale" };
	struct shk_pem out;
	enum shaken_err err;

	err = read_exact(text, strlen(text), &limits, &out, &diag);
	cr_expect_eq(err, want, "%s: %d %s", name, err, diag.text);
	cr_expect_eq(out.certs != NULL, want == SHAKEN_OK, "%s", name);
	cr_expect_eq(out.crls != NULL, want == SHAKEN_OK, "%s", name);
	cr_expect_eq(diag.text[0] == '\0', want == SHAKEN_OK, "%s: %s", name,
	    diag.text);
	if (want == SHAKEN_OK) {
		cr_expect_eq(sk_X509_num(out.certs), certs, "%s", name);
		cr_expect_eq(sk_X509_CRL_num(out.crls), crls, "%s", name);
	}
	shk_pem_clear(&out);
	cr_expect_null(out.certs);
}

Test(pem, table)
{
	for (size_t i = 0; i < N(cases); i++) {
		char *text = expand(cases[i].layout);

		expect(cases[i].name, text, cases[i].certs, cases[i].crls,
		    cases[i].err);
		free(text);
	}
}

Test(pem, line_ends)	/* R-099 */
{
	size_t n = strlen(pki.chain);
	char *crlf = calloc(2, n + 1), *at = crlf;

	cr_assert_not_null(crlf);
	for (size_t i = 0; i < n; i++) {
		if (pki.chain[i] == '\n')
			*at++ = '\r';
		*at++ = pki.chain[i];
	}
	expect("R-099 CRLF", crlf, 2, 0, SHAKEN_OK);
	free(crlf);

	pki.chain[n - 1] = '\0';
	expect("R-099 no final newline", pki.chain, 2, 0, SHAKEN_OK);
}

/* The order of the file is kept, and each certificate is the whole one. */
Test(pem, order)
{
	struct shk_pem out;
	unsigned char der[2048];
	size_t n = test_pem_to_der(pki.inter.pem, der, sizeof(der));
	unsigned char *got = NULL;

	cr_assert_eq(shk_pem_read(shaken_sv_cstr(pki.chain), &limits, &out,
	    NULL), SHAKEN_OK);
	cr_assert_eq(i2d_X509(sk_X509_value(out.certs, 1), &got), (int)n);
	cr_expect_eq(memcmp(got, der, n), 0);
	OPENSSL_free(got);
	shk_pem_clear(&out);
}

Test(pem, der)
{
	const struct {
		const char	*name, *pem;
		size_t		 cut, add;
		size_t		 max_crls;
		int		 certs, crls;
		enum shaken_err	 err;
	} rows[] = {
		{ "certificate", pki.leaf.pem, 0, 0, 2, 1, 0, SHAKEN_OK },
		{ "CRL", crl, 0, 0, 2, 0, 1, SHAKEN_OK },
		{ "CRL nobody asked for", crl, 0, 0, 0, 0, 0, SHAKEN_E_CERT },
		{ "truncated", pki.leaf.pem, 1, 0, 2, 0, 0, SHAKEN_E_CERT },
		{ "a byte more", pki.leaf.pem, 0, 1, 2, 0, 0, SHAKEN_E_CERT },
		{ "CRL and a byte more", crl, 0, 1, 2, 0, 0, SHAKEN_E_CERT },
		{ "one byte", pki.leaf.pem, 0, 0, 2, 0, 0, SHAKEN_E_CERT },
		{ "R-099 private key", pki.leaf.key, 0, 0, 2, 0, 0,
		    SHAKEN_E_SECRET },
	};

	for (size_t i = 0; i < N(rows); i++) {
		struct shk_pem_limits max = limits;
		unsigned char der[2048] = { 0 };
		struct shk_pem out;
		size_t n = test_pem_to_der(rows[i].pem, der, sizeof(der));

		max.crls = rows[i].max_crls;
		n = strcmp(rows[i].name, "one byte") == 0 ? 1 :
		    n - rows[i].cut + rows[i].add;
		cr_expect_eq(read_exact(der, n, &max, &out, NULL), rows[i].err,
		    "%s", rows[i].name);
		if (rows[i].err == SHAKEN_OK) {
			cr_expect_eq(sk_X509_num(out.certs), rows[i].certs,
			    "%s", rows[i].name);
			cr_expect_eq(sk_X509_CRL_num(out.crls), rows[i].crls,
			    "%s", rows[i].name);
		}
		shk_pem_clear(&out);
	}
}

/* Of kinds that nobody asked for, not even the form is looked at. */
Test(pem, crls_nobody_asked_for)
{
	struct shk_pem_limits max = limits;
	char *text = expand("@L-----BEGIN X509 CRL-----\nMAA=\n-----END X509 "
	    "CRL-----\n@C@I");
	struct shk_pem out;

	max.crls = 0;
	cr_assert_eq(shk_pem_read(shaken_sv_cstr(text), &max, &out, NULL),
	    SHAKEN_OK);
	cr_expect_eq(sk_X509_num(out.certs), 2);
	cr_expect_eq(sk_X509_CRL_num(out.crls), 0);
	shk_pem_clear(&out);
	free(text);
}

/* SEC 1 (RFC 5915): a version number, the key. */
Test(pem, sec1_der_is_secret)	/* R-099 */
{
	static const unsigned char sec1[] = {
		0x30, 0x07, 0x02, 0x01, 0x01, 0x04, 0x02, 0x12, 0x34
	};
	struct shk_pem out;

	cr_expect_eq(read_exact(sec1, sizeof(sec1), &limits, &out, NULL),
	    SHAKEN_E_SECRET);
}

Test(pem, size_limit)
{
	size_t n = strlen(pki.leaf.pem);
	struct shk_pem_limits max = { .bytes = n, .certs = 1 };
	struct shk_pem out;

	cr_expect_eq(read_exact(pki.leaf.pem, n, &max, &out, NULL), SHAKEN_OK);
	shk_pem_clear(&out);
	max.bytes--;
	cr_expect_eq(read_exact(pki.leaf.pem, n, &max, &out, NULL),
	    SHAKEN_E_LIMIT);
	cr_expect_null(out.certs);
}

/* "There is a private key in it" and no byte of it. */
Test(pem, diag_tells_no_secret)
{
	struct shaken_diag diag;
	struct shk_pem out;

	cr_expect_eq(shk_pem_read(shaken_sv_cstr(pki.leaf.key), &limits, &out,
	    &diag), SHAKEN_E_SECRET);
	cr_expect_str_eq(diag.text, "there is a private key in it");
}
