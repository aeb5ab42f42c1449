/* SPDX-License-Identifier: Apache-2.0 */
/* rfc6979.c - deterministic ECDSA on P-256 with SHA-256 (RFC 6979 section
 * 3.2), from big numbers and points. */
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include "rfc6979.h"

#define LEN 32	/* bytes of a digest, a coordinate and the order */

static void
must(int ok)
{
	if (!ok)
		abort();
}

/* K = HMAC_K(V || tag || x || h); V = HMAC_K(V): steps d to g. */
static void
update(uint8_t k[LEN], uint8_t v[LEN], int tag, const uint8_t *xh)
{
	uint8_t data[LEN + 1 + 2 * LEN];
	size_t n = LEN + 1;

	memcpy(data, v, LEN);
	data[LEN] = (uint8_t)tag;
	if (xh != NULL) {
		memcpy(data + n, xh, 2 * LEN);
		n += 2 * LEN;
	}
	must(HMAC(EVP_sha256(), k, LEN, data, n, k, NULL) != NULL);
	must(HMAC(EVP_sha256(), k, LEN, v, LEN, v, NULL) != NULL);
}

struct ctx {
	EVP_PKEY	*key;
	EC_GROUP	*group;
	BIGNUM		*x;
};

/* r and s for one k; false: take the next k. */
static int
try_nonce(const struct ctx *c, const BIGNUM *nonce, const BIGNUM *h,
    uint8_t sig[SHAKEN_ES256_SIG])
{
	const BIGNUM *n = EC_GROUP_get0_order(c->group);
	EC_POINT *point = EC_POINT_new(c->group);
	BN_CTX *bn = BN_CTX_new();
	BIGNUM *r = BN_new(), *s = BN_new(), *inverse;
	int ok;

	must(point != NULL && bn != NULL && r != NULL && s != NULL);
	must(EC_POINT_mul(c->group, point, nonce, NULL, NULL, bn));
	must(EC_POINT_get_affine_coordinates(c->group, point, r, NULL, bn));
	must(BN_nnmod(r, r, n, bn));
	inverse = BN_mod_inverse(NULL, nonce, n, bn);
	must(inverse != NULL);
	must(BN_mod_mul(s, r, c->x, n, bn));
	must(BN_mod_add(s, s, h, n, bn));
	must(BN_mod_mul(s, s, inverse, n, bn));
	ok = !BN_is_zero(r) && !BN_is_zero(s);
	must(BN_bn2binpad(r, sig, LEN) == LEN);
	must(BN_bn2binpad(s, sig + LEN, LEN) == LEN);
	BN_free(inverse);
	BN_free(r);
	BN_free(s);
	BN_CTX_free(bn);
	EC_POINT_free(point);
	return ok;
}

static enum shaken_err
sign(void *arg, struct shaken_sv msg, uint8_t sig[SHAKEN_ES256_SIG])
{
	const struct ctx *c = arg;
	const BIGNUM *n = EC_GROUP_get0_order(c->group);
	uint8_t k[LEN] = { 0 }, v[LEN], xh[2 * LEN];
	BIGNUM *h, *nonce = BN_new();
	int done = 0;

	memset(v, 1, LEN);
	must(BN_bn2binpad(c->x, xh, LEN) == LEN);
	must(EVP_Digest(msg.p, msg.n, xh + LEN, NULL, EVP_sha256(), NULL));
	h = BN_bin2bn(xh + LEN, LEN, NULL);
	must(h != NULL && nonce != NULL);
	if (BN_cmp(h, n) >= 0)		/* bits2octets, section 2.3.4 */
		must(BN_sub(h, h, n));
	must(BN_bn2binpad(h, xh + LEN, LEN) == LEN);
	update(k, v, 0, xh);
	update(k, v, 1, xh);
	while (!done) {
		must(HMAC(EVP_sha256(), k, LEN, v, LEN, v, NULL) != NULL);
		must(BN_bin2bn(v, LEN, nonce) != NULL);
		if (!BN_is_zero(nonce) && BN_cmp(nonce, n) < 0)
			done = try_nonce(c, nonce, h, sig);
		if (!done)
			update(k, v, 0, NULL);
	}
	BN_free(h);
	BN_free(nonce);
	return SHAKEN_OK;
}

static void
ctx_free(void *arg)
{
	struct ctx *c = arg;

	EVP_PKEY_free(c->key);
	EC_GROUP_free(c->group);
	BN_free(c->x);
	free(c);
}

const struct shaken_signer_ops test_rfc6979_ops = {
	.size = sizeof(test_rfc6979_ops),
	.sign = sign,
	.free = ctx_free,
};

void *
test_rfc6979_new(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	struct ctx *c = calloc(1, sizeof(*c));

	must(bio != NULL && c != NULL);
	c->key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	c->group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	must(c->key != NULL && c->group != NULL);
	must(EVP_PKEY_get_bn_param(c->key, OSSL_PKEY_PARAM_PRIV_KEY, &c->x));
	BIO_free(bio);
	return c;
}
