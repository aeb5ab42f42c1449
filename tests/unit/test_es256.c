/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <criterion/criterion.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "b64url.h"
#include "es256.h"
#include "forge.h"
#include "jws.h"
#include "pki.h"
#include "vectors.h"

static struct shk_es256 *
public_key(const char *pem, bool is_private)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = is_private ?
	    PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) :
	    PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	struct shk_es256 *k = NULL;

	cr_assert_not_null(key);
	cr_assert_eq(shk_es256_new(key, &k), SHAKEN_OK);
	EVP_PKEY_free(key);
	BIO_free(bio);
	return k;
}

static bool
verifies(struct shk_es256 *k, const char *token)
{
	uint8_t sig[SHAKEN_ES256_SIG];
	struct shk_jws jws;
	bool good = true;

	cr_assert_eq(shk_jws_split(shaken_sv_cstr(token), &jws, NULL),
	    SHAKEN_OK);
	test_signature(token, sig);
	cr_assert_eq(shk_es256_verify(k, jws.signed_bytes, sig, &good),
	    SHAKEN_OK);
	return good;
}

/* From now on with a table, where there can be one. */
static void
speed_up(struct shk_es256 *k)
{
	enum shaken_err err = shk_es256_speed_up(k);

	cr_assert(err == SHAKEN_OK || err == SHAKEN_E_CRYPTO);
	cr_assert_eq(shk_es256_is_fast(k), err == SHAKEN_OK);
}

/* what the RFCs print, under what they print. */
static const struct {
	const char	*name, *token, *key;
	bool		 is_private, good;
} published[] = {
	{ "G2 RFC 8225 7.1 [R-021]", test_g2, test_rfc8225_pub, false, true },
	{ "G2 under another key", test_g2, test_rfc8946_pub, false, false },
	{ "G3 RFC 8946 5 [R-020]", test_g3, test_rfc8946_pub, false, true },
	{ "G4 RFC 8946 3 [R-020]", test_g4, test_rfc8946_pub, false, true },
	{ "G5 RFC 8946 5 div-o [R-023]", test_g5, test_rfc8946_pub, false, true },
	{ "G1 RFC 8225 A under A.2 [R-022]", test_g1, test_rfc8225_pub, false,
	    false },
	{ "G1 under A.1 [R-022]", test_g1, test_rfc8225_a1_key, true, false },
};

Test(es256, published_tokens)
{
	for (size_t i = 0; i < sizeof(published) / sizeof(published[0]); i++) {
		struct shk_es256 *k = public_key(published[i].key,
		    published[i].is_private);

		cr_expect_eq(verifies(k, published[i].token),
		    published[i].good, "%s", published[i].name);
		speed_up(k);
		cr_expect_eq(verifies(k, published[i].token),
		    published[i].good, "%s, table", published[i].name);
		shk_es256_free(&k);
	}
}

/* D1 to D6. */
Test(es256, golden_tokens)
{
	struct shk_es256 *k = public_key(test_rfc8946_pub, false);

	for (size_t i = 0; i < 2 * test_golden_n; i++) {
		const struct test_golden *t = &test_golden[i % test_golden_n];

		if (i == test_golden_n)
			speed_up(k);
		cr_expect(verifies(k, t->token), "%s", t->name);
	}
	shk_es256_free(&k);
}

/* any bit of the signed bytes or the signature. */
Test(es256, flipped_bits)
{
	struct shk_es256 *k = public_key(test_rfc8946_pub, false);
	char text[] = "header.payload";
	struct shaken_sv msg = shaken_sv_cstr(text);
	uint8_t sig[SHAKEN_ES256_SIG];
	struct shk_es256 *priv = NULL;
	bool good;

	cr_assert_eq(shk_es256_from_pem(shaken_sv_cstr(test_rfc8946_key),
	    &priv), SHAKEN_OK);
	cr_assert_eq(shk_es256_sign(priv, msg, sig), SHAKEN_OK);
	cr_assert_eq(shk_es256_verify(k, msg, sig, &good), SHAKEN_OK);
	cr_expect(good);
	for (size_t bit = 0; bit < 8 * sizeof(sig); bit++) {
		sig[bit / 8] ^= (uint8_t)(1 << bit % 8);
		cr_assert_eq(shk_es256_verify(k, msg, sig, &good), SHAKEN_OK);
		cr_expect_not(good, "signature bit %zu", bit);
		sig[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t bit = 0; bit < 8 * msg.n; bit++) {
		text[bit / 8] ^= (char)(1 << bit % 8);
		cr_assert_eq(shk_es256_verify(k, msg, sig, &good), SHAKEN_OK);
		cr_expect_not(good, "message bit %zu", bit);
		text[bit / 8] ^= (char)(1 << bit % 8);
	}
	shk_es256_free(&priv);
	shk_es256_free(&k);
}

/* r and s are 1 to n-1 (SEC 1 section 4.1.4). */
Test(es256, r_and_s_out_of_range)
{
	static const char *const bad[] = {
		"00",
		"FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551",
		"FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632552",
		"FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
	};
	static const char *const odd[] = { "01", "7F", "80",
		"FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632550" };
	struct shk_es256 *k = public_key(test_rfc8946_pub, false);
	struct shaken_sv msg = SHAKEN_SV_LIT("m");
	uint8_t sig[SHAKEN_ES256_SIG];
	BIGNUM *n = NULL;
	bool good;

	for (size_t i = 0; i < 4; i++)
		for (size_t half = 0; half < 2; half++) {
			memset(sig, 1, sizeof(sig));
			BN_hex2bn(&n, bad[i]);
			BN_bn2binpad(n, sig + 32 * half, 32);
			good = true;
			cr_expect_eq(shk_es256_verify(k, msg, sig, &good),
			    SHAKEN_OK);
			cr_expect_not(good, "%s", bad[i]);
		}
	/* in range, still no signature: every DER length of r and s */
	for (size_t i = 0; i < 4; i++)
		for (size_t j = 0; j < 4; j++) {
			BN_hex2bn(&n, odd[i]);
			BN_bn2binpad(n, sig, 32);
			BN_hex2bn(&n, odd[j]);
			BN_bn2binpad(n, sig + 32, 32);
			good = true;
			cr_expect_eq(shk_es256_verify(k, msg, sig, &good),
			    SHAKEN_OK);
			cr_expect_not(good, "%s %s", odd[i], odd[j]);
		}
	BN_free(n);
	shk_es256_free(&k);
}

/* Signatures of many messages, so that short r and s come by: 1 in 128 has a
 * leading zero byte. */
Test(es256, round_trips)
{
	struct shk_es256 *k = public_key(test_rfc8946_pub, false);
	struct shk_es256 *priv = NULL;
	uint8_t sig[SHAKEN_ES256_SIG];
	size_t n_short = 0;
	bool good;

	cr_assert_eq(shk_es256_from_pem(shaken_sv_cstr(test_rfc8946_key),
	    &priv), SHAKEN_OK);
	for (unsigned i = 0; i < 2000; i++) {
		struct shaken_sv msg = { (const char *)&i, sizeof(i) };

		cr_assert_eq(shk_es256_sign(priv, msg, sig), SHAKEN_OK);
		cr_assert_eq(shk_es256_verify(k, msg, sig, &good), SHAKEN_OK);
		cr_expect(good, "%u", i);
		n_short += sig[0] == 0 || sig[32] == 0;
	}
	cr_expect_gt(n_short, 0);
	shk_es256_free(&priv);
	shk_es256_free(&k);
}

static char *
new_key(const char *group)
{
	EVP_PKEY *key = group == NULL ? EVP_RSA_gen(2048) : EVP_EC_gen(group);
	BIO *bio = BIO_new(BIO_s_mem());
	char *pem;

	cr_assert_not_null(key);
	PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
	BIO_write(bio, "", 1);
	BIO_get_mem_data(bio, &pem);
	pem = strdup(pem);
	BIO_free(bio);
	EVP_PKEY_free(key);
	return pem;
}

/* */
Test(es256, only_p256_keys_load)
{
	static const struct { const char *name, *group; enum shaken_err err; }
	    cases[] = {
		{ "P-256", "P-256", SHAKEN_OK },
		{ "P-384", "P-384", SHAKEN_E_KEY },
		{ "secp256k1", "secp256k1", SHAKEN_E_KEY },
		{ "RSA", NULL, SHAKEN_E_KEY },
	};
	struct shk_es256 *k;

	for (size_t i = 0; i < 4; i++) {
		char *pem = new_key(cases[i].group);

		cr_expect_eq(shk_es256_from_pem(shaken_sv_cstr(pem), &k),
		    cases[i].err, "%s", cases[i].name);
		cr_expect_eq(k == NULL, cases[i].err != SHAKEN_OK);
		shk_es256_free(&k);
		free(pem);
	}
}

Test(es256, what_is_no_key)
{
	static const char encrypted[] =
	    "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n"
	    "-----END ENCRYPTED PRIVATE KEY-----\n";
	struct shk_es256 *k;
	char *cut = strdup(test_rfc8946_key);

	cut[100] = '\0';
	cr_expect_eq(shk_es256_from_pem(shaken_sv_cstr(""), &k), SHAKEN_E_KEY);
	cr_expect_eq(shk_es256_from_pem(shaken_sv_cstr(cut), &k), SHAKEN_E_KEY);
	cr_expect_eq(shk_es256_from_pem(shaken_sv_cstr(encrypted), &k),
	    SHAKEN_E_KEY);
	cr_expect_eq(shk_es256_from_pem(shaken_sv_cstr(test_rfc8946_pub), &k),
	    SHAKEN_E_KEY);
	free(cut);
}

/* A public key cannot sign, and a private one is not taken to verify. */
Test(es256, each_key_has_one_use)
{
	struct shk_es256 *pub = public_key(test_rfc8946_pub, false), *priv;
	uint8_t sig[SHAKEN_ES256_SIG] = { 0 };
	bool good = true;

	cr_assert_eq(shk_es256_from_pem(shaken_sv_cstr(test_rfc8946_key),
	    &priv), SHAKEN_OK);
	cr_expect_eq(shk_es256_sign(pub, SHAKEN_SV_LIT("m"), sig),
	    SHAKEN_E_ARG);
	cr_expect_eq(shk_es256_verify(priv, SHAKEN_SV_LIT("m"), sig, &good),
	    SHAKEN_E_ARG);
	cr_expect_not(good);
	shk_es256_free(&pub);
	shk_es256_free(&priv);
}
