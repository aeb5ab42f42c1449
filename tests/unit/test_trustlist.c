/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <jwt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/pem.h>

#include <shaken/trust.h>
#include <shakencerts/trustlist.h>

#include "pki.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define NOW TEST_NOW
#define X5U "https://pa.example.com/signer.pem"

static struct test_pki pki, other;
static struct test_cert signer;	/* of lists, under pki.pa */

static struct certs_spec
signer_spec(void)
{
	return (struct certs_spec){ .size = sizeof(struct certs_spec),
	    .subject = { .c = "US", .o = "STI-PA", .cn = "Trust List" },
	    .basic = CERTS_BASIC_LEAF,
	    .key_usage = CERTS_KU_DIGITAL_SIGNATURE,
	    .not_before = NOW - TEST_DAY, .not_after = NOW + TEST_DAY };
}

static void
setup(void)
{
	test_pki_init(&pki);
	test_pki_init(&other);
	test_pki_make(&pki);
	test_pki_make(&other);
	signer.spec = signer_spec();
	test_cert_make(&signer, &pki.pa);
}

static void
teardown(void)
{
	test_cert_free(&signer);
	test_pki_free(&pki);
	test_pki_free(&other);
}

TestSuite(trustlist, .init = setup, .fini = teardown);

/* A PEM text as a JSON string. */
static char *
quote(const char *pem)
{
	char *out = malloc(2 * strlen(pem) + 3), *p = out;

	cr_assert_not_null(out);
	*p++ = '"';
	for (; *pem != '\0'; pem++)
		if (*pem == '\n') {
			*p++ = '\\';
			*p++ = 'n';
		} else {
			*p++ = *pem;
		}
	*p++ = '"';
	*p = '\0';
	return out;
}

/* {"version", "sequence": 7, "exp", "trustList": [a, b]} */
static char *
payload(long long exp, const char *a, const char *b)
{
	char *qa = quote(a), *qb = quote(b), *out;

	cr_assert_geq(asprintf(&out, "{\"version\":\"1.0\",\"sequence\":7,"
	    "\"exp\":%lld,\"trustList\":[%s%s%s]}", exp, qa,
	    b[0] == '\0' ? "" : ",", b[0] == '\0' ? "" : qb), 0);
	free(qa);
	free(qb);
	return out;
}

/* As libjwt signs it; for free(). */
static char *
sign_with(jwt_alg_t alg, const char *key, const char *text)
{
	jwt_t *jwt;
	char *out;

	cr_assert_eq(jwt_new(&jwt), 0);
	cr_assert_eq(jwt_add_grants_json(jwt, text), 0, "%s", text);
	cr_assert_eq(jwt_add_header(jwt, "x5u", X5U), 0);
	cr_assert_eq(jwt_set_alg(jwt, alg, (const unsigned char *)key,
	    key == NULL ? 0 : (int)strlen(key)), 0);
	out = jwt_encode_str(jwt);
	cr_assert_not_null(out);
	jwt_free(jwt);
	return out;
}

static char *
sign(const char *text)
{
	return sign_with(JWT_ALG_ES256, signer.key, text);
}

static enum shaken_err
check(const char *jws, const char *chain, const char *root, int64_t now,
    struct certs_trustlist **out)
{
	struct shaken_diag d = { "" };
	enum shaken_err err = certs_trustlist_check(shaken_sv_cstr(jws),
	    shaken_sv_cstr(chain), shaken_sv_cstr(root), now, out, &d);

	cr_expect_eq(err == SHAKEN_OK, d.text[0] == '\0', "%s", d.text);
	cr_expect_eq(err == SHAKEN_OK, *out != NULL);
	return err;
}

/* Expect err of a list; takes jws. */
static void
expect(char *jws, const char *chain, int64_t now, enum shaken_err want,
    const char *name)
{
	struct certs_trustlist *t;
	enum shaken_err err = check(jws, chain, pki.pa.pem, now, &t);

	cr_expect_eq(err, want, "R-123 %s: %s", name,
	    shaken_errname((int)err));
	certs_trustlist_free(&t);
	free(jws);
}

Test(trustlist, good)
{
	char *text = payload(NOW + 3600, pki.root.pem, other.root.pem);
	char *jws = sign(text), *x5u;
	struct certs_trustlist *t;
	struct shaken_trust *trust;
	size_t n;

	cr_assert_eq(check(jws, signer.pem, pki.pa.pem, NOW, &t), SHAKEN_OK,
	    "R-123");
	cr_expect_eq(certs_trustlist_sequence(t), 7);
	cr_expect_eq(certs_trustlist_exp(t), NOW + 3600);
	cr_expect_eq(certs_trustlist_n(t), 2);
	cr_assert_eq(shaken_trust_new(NULL, &trust), SHAKEN_OK);
	cr_expect_eq(shaken_trust_add_anchors(trust, certs_trustlist_pem(t),
	    &n, NULL), SHAKEN_OK);
	cr_expect_eq(n, 2);
	x5u = certs_trustlist_x5u(shaken_sv_cstr(jws), NULL);
	cr_expect_str_eq(x5u, X5U);
	free(x5u);
	shaken_trust_free(&trust);
	certs_trustlist_free(&t);
	cr_expect_null(t);
	free(text);
	free(jws);
}

Test(trustlist, time)
{
	char *text = payload(NOW + 3600, pki.root.pem, "");

	expect(sign(text), signer.pem, NOW + 3599, SHAKEN_OK, "last second");
	expect(sign(text), signer.pem, NOW + 3600, SHAKEN_E_STALE, "expired");
	free(text);
	text = payload(NOW + 30 * TEST_DAY, pki.root.pem, "");
	expect(sign(text), signer.pem, NOW + 2 * TEST_DAY, SHAKEN_E_CREDENTIAL,
	    "signer expired");
	expect(sign(text), signer.pem, NOW - 2 * TEST_DAY, SHAKEN_E_CREDENTIAL,
	    "signer not yet valid");
	free(text);
}

/* The public key of a certificate as PEM text, for free(). */
static char *
public_key(const char *pem)
{
	BIO *in = BIO_new_mem_buf(pem, -1), *out = BIO_new(BIO_s_mem());
	X509 *x = PEM_read_bio_X509(in, NULL, NULL, NULL);
	char *p, *text;
	long n;

	cr_assert_eq(PEM_write_bio_PUBKEY(out, X509_get0_pubkey(x)), 1);
	n = BIO_get_mem_data(out, &p);
	text = strndup(p, (size_t)n);
	X509_free(x);
	BIO_free(in);
	BIO_free(out);
	return text;
}

Test(trustlist, signature)
{
	char *text = payload(NOW + 3600, pki.root.pem, ""), *jws;
	char *pub = public_key(signer.pem);

	expect(sign_with(JWT_ALG_ES256, other.leaf.key, text), signer.pem, NOW,
	    SHAKEN_E_CREDENTIAL, "another key");
	expect(sign_with(JWT_ALG_HS256, pub, text), signer.pem, NOW,
	    SHAKEN_E_CREDENTIAL, "HS256 with the public key as secret");
	expect(sign_with(JWT_ALG_NONE, NULL, text), signer.pem, NOW,
	    SHAKEN_E_CREDENTIAL, "alg none");
	jws = sign(text);
	*strchr(jws, '.') = '!';
	expect(jws, signer.pem, NOW, SHAKEN_E_SYNTAX, "no JWS");
	jws = sign(text);
	strrchr(jws, '.')[1] ^= 1;
	expect(jws, signer.pem, NOW, SHAKEN_E_CREDENTIAL, "signature changed");
	jws = sign(text);
	strrchr(jws, '.')[1] = '\0';
	expect(jws, signer.pem, NOW, SHAKEN_E_CREDENTIAL, "no signature");
	expect(strdup(""), signer.pem, NOW, SHAKEN_E_SYNTAX, "empty");
	free(pub);
	free(text);
}

Test(trustlist, signer)
{
	char *text = payload(NOW + 3600, pki.root.pem, "");
	struct test_cert c = { .spec = signer_spec() };
	char *chain;

	expect(sign(text), "", NOW, SHAKEN_E_CERT, "no chain");
	expect(sign(text), other.leaf.pem, NOW, SHAKEN_E_CREDENTIAL,
	    "another signer");
	expect(sign_with(JWT_ALG_ES256, pki.leaf.key, text), pki.chain, NOW,
	    SHAKEN_E_CREDENTIAL, "a provider signs the list");

	/* the same name, under somebody else's STI-PA root */
	test_cert_make(&c, &other.pa);
	expect(sign_with(JWT_ALG_ES256, c.key, text), c.pem, NOW,
	    SHAKEN_E_CREDENTIAL, "another root");
	test_cert_free(&c);

	c.spec = signer_spec();
	c.spec.key_usage = CERTS_KU_CRL_SIGN;
	test_cert_make(&c, &pki.pa);
	expect(sign_with(JWT_ALG_ES256, c.key, text), c.pem, NOW,
	    SHAKEN_E_CREDENTIAL, "may not sign");
	test_cert_free(&c);

	c.spec = signer_spec();
	c.key_type = CERTS_KEY_P384;
	test_cert_make(&c, &pki.pa);
	expect(sign_with(JWT_ALG_ES256, c.key, text), c.pem, NOW,
	    SHAKEN_E_CREDENTIAL, "P-384 signer");
	test_cert_free(&c);

	/* the signer must come first */
	chain = test_concat(pki.pa.pem, signer.pem);
	expect(sign(text), chain, NOW, SHAKEN_E_CREDENTIAL, "order");
	free(chain);
	chain = test_concat(signer.pem, pki.pa.pem);
	expect(sign(text), chain, NOW, SHAKEN_OK, "with its root");
	free(chain);
	free(text);
}

Test(trustlist, root_of_the_pa)
{
	char *text = payload(NOW + 3600, pki.root.pem, ""), *jws = sign(text);
	char *two = test_concat(pki.pa.pem, other.pa.pem);
	const char *const roots[] = { "", "no PEM", two };
	struct certs_trustlist *t;

	for (size_t i = 0; i < N(roots); i++)
		cr_expect_eq(check(jws, signer.pem, roots[i], NOW, &t),
		    SHAKEN_E_CERT, "%zu", i);
	cr_expect_eq(check(jws, signer.pem, other.pa.pem, NOW, &t),
	    SHAKEN_E_CREDENTIAL, "R-123 another PA");
	free(two);
	free(jws);
	free(text);
}

Test(trustlist, payload)
{
	static const char *const bad[] = {
		"{}",
		"{\"sequence\":7,\"exp\":1800000000,\"trustList\":[]}",
		"{\"version\":1,\"sequence\":7,\"exp\":1800000000,"
		    "\"trustList\":[]}",
		"{\"version\":\"1\",\"exp\":1800000000,\"trustList\":[]}",
		"{\"version\":\"1\",\"sequence\":\"7\",\"exp\":1800000000,"
		    "\"trustList\":[]}",
		"{\"version\":\"1\",\"sequence\":7,\"trustList\":[]}",
		"{\"version\":\"1\",\"sequence\":7,\"exp\":18e8,"
		    "\"trustList\":[]}",
		"{\"version\":\"1\",\"sequence\":7,\"exp\":1800000000}",
		"{\"version\":\"1\",\"sequence\":7,\"exp\":1800000000,"
		    "\"trustList\":{}}",
		"{\"version\":\"1\",\"sequence\":7,\"exp\":1800000000,"
		    "\"trustList\":[]}",
	};

	for (size_t i = 0; i < N(bad); i++)
		expect(sign(bad[i]), signer.pem, NOW, SHAKEN_E_JSON, bad[i]);
}

Test(trustlist, entries)
{
	struct test_cert rsa = { .spec = pki.root.spec,
	    .key_type = CERTS_KEY_RSA2048 };
	struct test_cert p384 = { .spec = pki.root.spec,
	    .key_type = CERTS_KEY_P384 };
	char *two = test_concat(pki.root.pem, other.root.pem), *forged;
	const struct {
		const char	*name, *pem;
		enum shaken_err	 want;
	} rows[] = {
		{ "none", "-", SHAKEN_E_CERT },
		{ "cut", "-----BEGIN CERTIFICATE-----\nMIIB\n", SHAKEN_E_CERT },
		{ "two in one", two, SHAKEN_E_CERT },
		{ "not self-signed", pki.inter.pem, SHAKEN_E_CERT },
		{ "a key", pki.root.key, SHAKEN_E_CERT },
	};
	char *text;

	for (size_t i = 0; i < N(rows); i++) {
		text = payload(NOW + 3600, pki.root.pem, rows[i].pem);
		expect(sign(text), signer.pem, NOW, rows[i].want,
		    rows[i].name);
		free(text);
	}
	test_cert_make(&rsa, NULL);
	text = payload(NOW + 3600, rsa.pem, "");
	expect(sign(text), signer.pem, NOW, SHAKEN_E_CERT, "RSA");
	free(text);
	test_cert_make(&p384, NULL);
	text = payload(NOW + 3600, p384.pem, "");
	expect(sign(text), signer.pem, NOW, SHAKEN_OK, "P-384");
	free(text);

	/* issuer is subject, but the signature is not that key's */
	forged = NULL;
	cr_assert_eq(certs_issue_cert(&pki.root.spec, other.root.key,
	    pki.root.pem, pki.root.key, &forged), SHAKEN_OK);
	text = payload(NOW + 3600, forged, "");
	expect(sign(text), signer.pem, NOW, SHAKEN_E_CERT, "self-issued only");
	free(text);
	free(forged);
	free(two);
	test_cert_free(&rsa);
	test_cert_free(&p384);
}

Test(trustlist, limit)
{
	char *big = malloc(CERTS_TRUSTLIST_MAX + 2);
	struct certs_trustlist *t;

	cr_assert_not_null(big);
	memset(big, 'a', CERTS_TRUSTLIST_MAX + 1);
	big[CERTS_TRUSTLIST_MAX + 1] = '\0';
	cr_expect_eq(check(big, signer.pem, pki.pa.pem, NOW, &t),
	    SHAKEN_E_LIMIT);
	big[CERTS_TRUSTLIST_MAX] = '\0';
	cr_expect_eq(check(big, signer.pem, pki.pa.pem, NOW, &t),
	    SHAKEN_E_SYNTAX);
	free(big);
}
