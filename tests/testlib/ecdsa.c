/* SPDX-License-Identifier: Apache-2.0 */
/* ecdsa.c - signatures on P-256 made backwards. */
#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include "ecdsa.h"

static void
must(bool ok)
{
	if (!ok)
		abort();
}

const EC_GROUP *
test_p256(void)
{
	static EC_GROUP *g;

	if (g == NULL)
		must((g = EC_GROUP_new_by_curve_name(
		    NID_X9_62_prime256v1)) != NULL);
	return g;
}

EVP_PKEY *
test_p256_key(const EC_POINT *q)
{
	unsigned char point[1 + 2 * TEST_COORD];
	char group[] = "prime256v1";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
		    group, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
		    point, sizeof(point)),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *key = NULL;

	must(EC_POINT_point2oct(test_p256(), q, POINT_CONVERSION_UNCOMPRESSED,
	    point, sizeof(point), NULL) == sizeof(point));
	must(EVP_PKEY_fromdata_init(ctx) == 1 && EVP_PKEY_fromdata(ctx, &key,
	    EVP_PKEY_PUBLIC_KEY, params) == 1);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

void
test_ecdsa_make(const EC_POINT *q, const BIGNUM *u1, const BIGNUM *u2,
    const BIGNUM *r, struct test_ecdsa *out)
{
	const EC_GROUP *g = test_p256();
	const BIGNUM *n = EC_GROUP_get0_order(g);
	EC_POINT *sum = EC_POINT_new(g);
	BIGNUM *x = BN_new(), *s = BN_new();
	BN_CTX *ctx = BN_CTX_new();

	if (r != NULL)
		must(BN_copy(x, r) != NULL);
	else
		must(EC_POINT_mul(g, sum, u1, q, u2, ctx) == 1 &&
		    EC_POINT_get_affine_coordinates(g, sum, x, NULL, ctx) ==
		    1 && BN_nnmod(x, x, n, ctx) == 1);
	must(BN_bn2binpad(x, out->sig, TEST_COORD) == TEST_COORD);
	must(BN_mod_inverse(s, u2, n, ctx) != NULL &&
	    BN_mod_mul(s, s, x, n, ctx) == 1 &&
	    BN_bn2binpad(s, out->sig + TEST_COORD, TEST_COORD) == TEST_COORD);
	must(BN_mod_mul(x, u1, s, n, ctx) == 1 &&
	    BN_bn2binpad(x, out->digest, TEST_COORD) == TEST_COORD);
	BN_free(x);
	BN_free(s);
	EC_POINT_free(sum);
	BN_CTX_free(ctx);
}

bool
test_ecdsa_verify(EVP_PKEY *key, const struct test_ecdsa *in)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	ECDSA_SIG *sig = ECDSA_SIG_new();
	unsigned char *der = NULL;
	int n, rc;

	must(ECDSA_SIG_set0(sig, BN_bin2bn(in->sig, TEST_COORD, NULL),
	    BN_bin2bn(in->sig + TEST_COORD, TEST_COORD, NULL)) == 1);
	n = i2d_ECDSA_SIG(sig, &der);
	must(n > 0 && EVP_PKEY_verify_init(ctx) == 1);
	rc = EVP_PKEY_verify(ctx, der, (size_t)n, in->digest, TEST_COORD);
	ERR_clear_error();
	OPENSSL_free(der);
	ECDSA_SIG_free(sig);
	EVP_PKEY_CTX_free(ctx);
	return rc == 1;
}
