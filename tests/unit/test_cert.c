/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "cert.h"
#include "pki.h"
#include "x509.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static void
expect_sv(struct shaken_sv v, const char *want)
{
	cr_expect(v.n == strlen(want) && (v.n == 0 ||
	    memcmp(v.p, want, v.n) == 0), "%.*s, not %s", (int)v.n,
	    v.p == NULL ? "" : v.p, want);
}

static struct shaken_cert *
parse(const char *pem)
{
	struct shaken_cert *c = NULL;
	struct shaken_diag diag;

	cr_assert_eq(shaken_cert_parse(shaken_sv_cstr(pem), &c, &diag),
	    SHAKEN_OK, "%s", diag.text);
	return c;
}

static char *
file_text(const char *path)
{
	char *text = calloc(1, 8192);
	FILE *f = fopen(path, "r");

	cr_assert(text != NULL && f != NULL, "%s", path);
	cr_assert_gt(fread(text, 1, 8191, f), 0);
	fclose(f);
	return text;
}

/* R-120; the values are what "openssl x509 -text" prints. */
Test(cert, rfc9118_figure_1)
{
	static const uint8_t sha256[32] = {
		0x85, 0xb1, 0xa7, 0x80, 0xa9, 0xa5, 0x15, 0xc7,
		0x23, 0xeb, 0x28, 0xb0, 0xc9, 0x72, 0xe2, 0x24,
		0xb5, 0x4e, 0xd5, 0x54, 0xb1, 0xac, 0xef, 0x3a,
		0xa1, 0x6d, 0xfd, 0x15, 0xd9, 0xe0, 0x1c, 0x25
	};
	char *text = file_text(VECTORS "/rfc9118-figure1.pem");
	struct shaken_cert *c = parse(text);
	struct shaken_tnauth e;
	uint8_t got[32];

	expect_sv(shaken_cert_subject(c), "CN=SHAKEN,OU=VoIP,O=Bogus Example "
	    "Telecom,L=Herndon,ST=VA,C=US");
	expect_sv(shaken_cert_issuer(c), "CN=BOGUS SHAKEN ROOT,C=US");
	expect_sv(shaken_cert_serial(c),
	    "1FB65DDEB43902CBCE9732E7CD41E1AD58434A5B");
	cr_expect_eq(shaken_cert_not_before(c), 1626385935);
	cr_expect_eq(shaken_cert_not_after(c), 1657921935);
	cr_expect_not(shaken_cert_is_ca(c));
	shaken_cert_sha256(c, got);
	cr_expect_arr_eq(got, sha256, sizeof(got));
	expect_sv(shaken_cert_spc(c), "1234");
	expect_sv(shaken_cert_crl_url(c), "");
	expect_sv(shaken_cert_constraints(c), "{\"mustInclude\":"
	    "[\"confidence\"],\"permittedValues\":{\"confidence\":[\"high\","
	    "\"medium\"]},\"mustExclude\":[\"priority\"]}");
	cr_expect_eq(shaken_cert_n_tnauth(c), 1);
	cr_assert(shaken_cert_tnauth(c, 0, &e));
	cr_expect_eq(e.kind, SHAKEN_TNAUTH_SPC);
	expect_sv(e.value, "1234");
	cr_expect_not(shaken_cert_tnauth(c, 1, &e));
	cr_expect_eq(e.value.n, 0);
	shaken_cert_free(&c);
	cr_expect_null(c);
	free(text);
}

Test(cert, chain_gives_the_first)
{
	struct shaken_cert *leaf, *ca;
	struct test_pki p;
	char *swapped;

	test_pki_init(&p);
	p.leaf.spec.serial = "0102030405060708090A";
	test_pki_make(&p);
	leaf = parse(p.chain);
	expect_sv(shaken_cert_subject(leaf),
	    "CN=SHAKEN 1234,O=Test Provider,C=US");
	expect_sv(shaken_cert_serial(leaf), "0102030405060708090A");
	expect_sv(shaken_cert_crl_url(leaf), TEST_CRL_URL);
	expect_sv(shaken_cert_constraints(leaf), "");
	cr_expect_eq(shaken_cert_not_after(leaf), p.leaf.spec.not_after);

	swapped = test_concat(p.inter.pem, p.leaf.pem);
	ca = parse(swapped);
	cr_expect(shaken_cert_is_ca(ca));
	expect_sv(shaken_cert_spc(ca), "");
	cr_expect_eq(shaken_cert_n_tnauth(ca), 0);
	shaken_cert_free(&ca);
	shaken_cert_free(&leaf);
	free(swapped);
	test_pki_free(&p);
}

static void
ranges(struct test_pki *p)
{
	static const char der[] =
	    "\x30\x25\xa1\x12\x30\x10\x16\x0b" "12155551000\x02\x01\x64"
	    "\xa2\x0f\x16\x0d" "1215555121200";

	p->leaf.spec.tnauthlist = SHAKEN_SV_LIT(der);
}

Test(cert, numbers)
{
	struct shaken_cert *c;
	struct shaken_tnauth e;
	struct test_pki p;

	test_pki_init(&p);
	ranges(&p);
	test_pki_make(&p);
	c = parse(p.leaf.pem);
	cr_expect_eq(shaken_cert_n_tnauth(c), 2);
	cr_assert(shaken_cert_tnauth(c, 0, &e));
	cr_expect_eq(e.kind, SHAKEN_TNAUTH_RANGE);
	expect_sv(e.value, "12155551000");
	cr_expect_eq(e.count, 100);
	cr_assert(shaken_cert_tnauth(c, 1, &e));
	cr_expect_eq(e.kind, SHAKEN_TNAUTH_ONE);
	expect_sv(e.value, "1215555121200");
	expect_sv(shaken_cert_spc(c), "");
	shaken_cert_free(&c);
	test_pki_free(&p);
}

/* A certificate with a fault is shown all the same; chain.c refuses it. */
Test(cert, faults_are_reported)
{
	static const char bad[] = "\x30\x06\x80\x04" "1234";
	struct shaken_cert *c;
	struct test_pki p;

	test_pki_init(&p);
	p.leaf.spec.tnauthlist = SHAKEN_SV_LIT(bad);
	p.leaf.spec.constraints = SHAKEN_SV_LIT("\x30\x00");
	test_pki_make(&p);
	c = parse(p.leaf.pem);
	cr_expect_null(shk_cert_tnauthlist(c));
	cr_expect(strstr(shk_cert_tnauthlist_fault(c), "EXPLICIT") != NULL);
	cr_expect_null(shk_cert_claim_constraints(c));
	cr_expect(strstr(shk_cert_claim_constraints_fault(c), "RFC 8226 "
	    "section 8") != NULL);
	shaken_cert_free(&c);
	test_pki_free(&p);
}

/* What an attacker puts in a name must not forge a line, escape to a terminal
 * or end up as broken UTF-8. */
Test(cert, names)
{
	static const struct {
		const char	*cn, *want;
	} rows[] = {
		{ "Plain", "CN=Plain" },
		{ "T\xc3\xa9l\xc3\xa9""com", "CN=T\xc3\xa9l\xc3\xa9""com" },
		{ "a,b+c=\"d\"", "CN=a\\,b\\+c=\\\"d\\\"" },
		{ "a\nb", "CN=a\\0Ab" },
		{ "a\x1b[2J", "CN=a\\1B[2J" },
		{ "a\xc2\x9b""2J", "CN=a\\C2\\9B2J" },
	};

	for (size_t i = 0; i < N(rows); i++) {
		struct test_cert t = { .spec = {
			.size = sizeof(t.spec),
			.subject = { .cn = rows[i].cn },
			.not_after = TEST_NOW,
		} };
		struct shaken_cert *c;

		test_cert_make(&t, NULL);
		c = parse(t.pem);
		expect_sv(shaken_cert_subject(c), rows[i].want);
		shaken_cert_free(&c);
		test_cert_free(&t);
	}
}

static void
no_url(const char *what, const char *url, const char *want)
{
	struct test_cert t = { .spec = {
		.size = sizeof(t.spec), .subject = { .cn = "x" },
		.not_after = TEST_NOW, .crl_url = url,
	} };
	struct shaken_cert *c;

	test_cert_make(&t, NULL);
	c = parse(t.pem);
	cr_expect_eq(shaken_cert_crl_url(c).n, strlen(want), "%s", what);
	shaken_cert_free(&c);
	test_cert_free(&t);
}

Test(cert, crl_url)
{
	no_url("good", "http://a.example/crl", "http://a.example/crl");
	no_url("none", NULL, "");
	no_url("line break", "http://a.example/\r\nHost: b", "");
	no_url("blank", "http://a.example/ b", "");
}

Test(cert, errors)
{
	const struct {
		const char	*name;
		struct shaken_sv in;
		enum shaken_err	 err;
	} rows[] = {
		{ "empty", { NULL, 0 }, SHAKEN_E_CERT },
		{ "no view", { NULL, 1 }, SHAKEN_E_ARG },
		{ "no certificate", SHAKEN_SV_LIT("hello"), SHAKEN_E_CERT },
		{ "DER that is none", SHAKEN_SV_LIT("\x30\x00"),
		    SHAKEN_E_CERT },
		{ "private key", SHAKEN_SV_LIT("-----BEGIN PRIVATE KEY-----"),
		    SHAKEN_E_SECRET },
	};
	char *big = calloc(1, SHAKEN_PEM_MAX + 1);
	struct shaken_cert *c;

	for (size_t i = 0; i < N(rows); i++) {
		struct shaken_diag diag;

		c = (struct shaken_cert *)(uintptr_t)1;
		cr_expect_eq(shaken_cert_parse(rows[i].in, &c, &diag),
		    rows[i].err, "%s", rows[i].name);
		cr_expect_null(c, "%s", rows[i].name);
		cr_expect_eq(diag.text[0] == '\0', rows[i].err ==
		    SHAKEN_E_ARG, "%s", rows[i].name);
	}
	cr_expect_eq(shaken_cert_parse(SHAKEN_SV_LIT("x"), NULL, NULL),
	    SHAKEN_E_ARG);
	cr_assert_not_null(big);
	memset(big, '\n', SHAKEN_PEM_MAX + 1);
	cr_expect_eq(shaken_cert_parse((struct shaken_sv){ big,
	    SHAKEN_PEM_MAX }, &c, NULL), SHAKEN_E_CERT);
	cr_expect_eq(shaken_cert_parse((struct shaken_sv){ big,
	    SHAKEN_PEM_MAX + 1 }, &c, NULL), SHAKEN_E_LIMIT);
	free(big);
	shaken_cert_free(NULL);
	shaken_cert_free(&c);
}

Test(cert, der)
{
	unsigned char der[2048];
	struct shaken_cert *c = NULL;
	struct test_pki p;
	size_t n;

	test_pki_init(&p);
	test_pki_make(&p);
	n = test_pem_to_der(p.leaf.pem, der, sizeof(der));
	cr_assert_eq(shaken_cert_parse((struct shaken_sv){ (char *)der, n },
	    &c, NULL), SHAKEN_OK);
	expect_sv(shaken_cert_spc(c), TEST_SPC);
	shaken_cert_free(&c);
	test_pki_free(&p);
}

/* OpenSSL reads a validity that is no date without a word. */
Test(cert, validity_is_no_date)
{
	unsigned char der[2048];
	struct shaken_diag diag;
	struct shaken_cert *c;
	struct test_pki p;
	size_t n, at = 0;

	test_pki_init(&p);	/* not_before is 2023-11-13 */
	test_pki_make(&p);
	n = test_pem_to_der(p.leaf.pem, der, sizeof(der));
	while (at + 6 < n && memcmp(der + at, "231113", 6) != 0)
		at++;
	der[at + 2] = '9';
	cr_expect_eq(shaken_cert_parse((struct shaken_sv){ (char *)der, n },
	    &c, &diag), SHAKEN_E_CERT);
	cr_expect(strstr(diag.text, "date") != NULL, "%s", diag.text);
	test_pki_free(&p);
}

/* RFC 5280 section 4.1.2.5; the seconds are from Python's datetime. */
Test(cert, times)
{
	static const struct {
		const char	*text;
		int64_t		 want;
	} rows[] = {
		{ "19700101000000Z", 0 },
		{ "000229235959Z", 951868799 },
		{ "500101000000Z", -631152000 },
		{ "491231235959Z", 2524607999 },
		{ "99991231235959Z", 253402300799 },
		{ "20260101000000Z", 1767225600 },
		{ "20240301000000Z", 1709251200 },
		{ "21000228235959Z", 4107542399 },
		{ "16010301120000Z", -11639332800 },
		{ "00010101000000Z", -62135596800 },
		{ "20260101013000+0130", 1767225600 },
	};
	int64_t t;

	for (size_t i = 0; i < N(rows); i++) {
		ASN1_TIME *a = ASN1_TIME_new();

		cr_assert(ASN1_TIME_set_string(a, rows[i].text), "%s",
		    rows[i].text);
		cr_expect(shk_asn1_time(a, &t), "%s", rows[i].text);
		cr_expect_eq(t, rows[i].want, "%s: %lld", rows[i].text,
		    (long long)t);
		ASN1_TIME_free(a);
	}
	cr_expect_not(shk_asn1_time(NULL, &t));
}

Test(cert, time_text)
{
	char text[SHK_TIME_TEXT];

	shk_time_text(1767323045, text);
	cr_expect_str_eq(text, "2026-01-02T03:04:05Z");
	shk_time_text(0, text);
	cr_expect_str_eq(text, "1970-01-01T00:00:00Z");
	shk_time_text(253402300799, text);
	cr_expect_str_eq(text, "9999-12-31T23:59:59Z");
	shk_time_text(INT64_MAX, text);
	cr_expect_str_eq(text, "9223372036854775807");
}
