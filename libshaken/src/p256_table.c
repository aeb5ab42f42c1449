/* SPDX-License-Identifier: Apache-2.0 */
/*
 * p256_table.c - ECDSA verified with a table of multiples of the public key
 * (SEC 1 section 4.1.4).
 *
 * EVP has no way to keep such a table, so this file, and no other, calls the
 * functions that OpenSSL 3.0 deprecates: a group whose generator is the key
 * gets the table that is made for generators.  Where a libcrypto has them no
 * more SHAKEN_P256_TABLE is off, and all is verified with EVP.
 */
#undef OPENSSL_NO_DEPRECATED
#define OPENSSL_SUPPRESS_DEPRECATED

#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>

#include "p256_inv.h"
#include "p256_table.h"

#ifdef SHAKEN_P256_TABLE

#define COORD SHK_P256_BYTES

struct shk_p256_table {
	EC_GROUP	*g;	/* P-256 */
	EC_GROUP	*q;	/* P-256 with the key as its generator */
	BN_MONT_CTX	*mod_n, *mod_p;
	BIGNUM		*p_less_n;
};

struct shk_p256_work {
	BN_CTX		*ctx;
	EC_POINT	*a, *b;
	BIGNUM		*e, *r, *s, *u1, *u2, *x, *z;
};

struct shk_p256_work *
shk_p256_work_new(void)
{
	struct shk_p256_work *w = calloc(1, sizeof(*w));
	EC_GROUP *g;

	if (w == NULL)
		return NULL;
	w->ctx = BN_CTX_new();
	g = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	if (g != NULL) {
		w->a = EC_POINT_new(g);
		w->b = EC_POINT_new(g);
		EC_GROUP_free(g);
	}
	w->e = BN_new();
	w->r = BN_new();
	w->s = BN_new();
	w->u1 = BN_new();
	w->u2 = BN_new();
	w->x = BN_new();
	w->z = BN_new();
	if (w->ctx != NULL && w->a != NULL && w->b != NULL && w->e != NULL &&
	    w->r != NULL && w->s != NULL && w->u1 != NULL && w->u2 != NULL &&
	    w->x != NULL && w->z != NULL)
		return w;
	shk_p256_work_free(w);
	return NULL;
}

void
shk_p256_work_free(struct shk_p256_work *w)
{
	if (w == NULL)
		return;
	BN_free(w->e);
	BN_free(w->r);
	BN_free(w->s);
	BN_free(w->u1);
	BN_free(w->u2);
	BN_free(w->x);
	BN_free(w->z);
	EC_POINT_free(w->a);
	EC_POINT_free(w->b);
	BN_CTX_free(w->ctx);
	free(w);
}

/* SHAKEN_E_NOMEM where that is what libcrypto complains about. */
static enum shaken_err
failure(void)
{
	bool nomem = ERR_GET_REASON(ERR_peek_last_error()) ==
	    ERR_R_MALLOC_FAILURE;

	ERR_clear_error();
	return nomem ? SHAKEN_E_NOMEM : SHAKEN_E_CRYPTO;
}

/* u1 = e / s and u2 = r / s modulo n.  A Montgomery product divides by 2^256,
 * so 1/s is brought up by that much first. */
static bool
scalars(const struct shk_p256_table *t, struct shk_p256_work *w,
    const uint8_t digest[COORD], const uint8_t sig[SHAKEN_ES256_SIG])
{
	uint8_t inverse[COORD];

	shk_p256_inverse(sig + COORD, inverse);
	return BN_bin2bn(digest, COORD, w->e) != NULL &&
	    BN_bin2bn(sig, COORD, w->r) != NULL &&
	    BN_bin2bn(inverse, COORD, w->s) != NULL &&
	    BN_to_montgomery(w->s, w->s, t->mod_n, w->ctx) == 1 &&
	    BN_mod_mul_montgomery(w->u1, w->e, w->s, t->mod_n, w->ctx) == 1 &&
	    BN_mod_mul_montgomery(w->u2, w->r, w->s, t->mod_n, w->ctx) == 1;
}

/*
 * Whether x = X / Z^2 is r modulo n, by X = r * Z^2: no division.  As x is less
 * than p it can also be r + n, where that is.  Without memory: -1.
 */
static int
x_is_r(const struct shk_p256_table *t, struct shk_p256_work *w)
{
	if (EC_POINT_get_Jprojective_coordinates_GFp(t->g, w->a, w->x, NULL,
	    w->z, w->ctx) != 1 ||
	    BN_to_montgomery(w->z, w->z, t->mod_p, w->ctx) != 1 ||
	    BN_mod_mul_montgomery(w->z, w->z, w->z, t->mod_p, w->ctx) != 1 ||
	    BN_mod_mul_montgomery(w->e, w->r, w->z, t->mod_p, w->ctx) != 1)
		return -1;
	if (BN_cmp(w->e, w->x) == 0)
		return 1;
	if (BN_cmp(w->r, t->p_less_n) >= 0)
		return 0;
	if (BN_add(w->r, w->r, EC_GROUP_get0_order(t->g)) != 1 ||
	    BN_mod_mul_montgomery(w->e, w->r, w->z, t->mod_p, w->ctx) != 1)
		return -1;
	return BN_cmp(w->e, w->x) == 0;
}

enum shaken_err
shk_p256_verify(const struct shk_p256_table *t, struct shk_p256_work *w,
    const uint8_t digest[SHK_P256_DIGEST], const uint8_t sig[SHAKEN_ES256_SIG],
    bool *good)
{
	int is;

	*good = false;
	if (!scalars(t, w, digest, sig) ||
	    EC_POINT_mul(t->g, w->a, w->u1, NULL, NULL, w->ctx) != 1 ||
	    EC_POINT_mul(t->q, w->b, w->u2, NULL, NULL, w->ctx) != 1 ||
	    EC_POINT_add(t->g, w->a, w->a, w->b, w->ctx) != 1)
		return failure();
	if (EC_POINT_is_at_infinity(t->g, w->a))
		return SHAKEN_OK;
	is = x_is_r(t, w);
	if (is < 0)
		return failure();
	*good = is == 1;
	return SHAKEN_OK;
}

/*
 * A number that asks every window of seven bits for its i-th entry, 1 to 64:
 * i in each of them.  Entries are signed, so 64 is what 63 comes to where the
 * window below, with 64, stands for -64 and carries one.
 */
static void
ask_for(unsigned i, uint8_t out[COORD])
{
	memset(out, 0, COORD);
	for (unsigned at = 0; at < 8 * COORD; at++) {
		unsigned digit = i < 64 ? i : at / 7 % 2 == 0 ? 64 : 63;

		if ((digit >> at % 7 & 1) != 0)
			out[COORD - 1 - at / 8] |= (uint8_t)(1 << at % 8);
	}
}

/* Every multiple that is in the table, with and without it. */
static bool
is_table_right(const struct shk_p256_table *t, struct shk_p256_work *w)
{
	const EC_POINT *key = EC_GROUP_get0_generator(t->q);
	uint8_t scalar[COORD];

	for (unsigned i = 1; i <= 64; i++) {
		ask_for(i, scalar);
		if (BN_bin2bn(scalar, COORD, w->u2) == NULL ||
		    EC_POINT_mul(t->q, w->a, w->u2, NULL, NULL, w->ctx) != 1 ||
		    EC_POINT_mul(t->g, w->b, NULL, key, w->u2, w->ctx) != 1 ||
		    EC_POINT_cmp(t->g, w->a, w->b, w->ctx) != 0)
			return false;
	}
	return true;
}

/*
 * A signature that holds under any key, for a digest that nobody chose: x of
 * u1 * G + u2 * Q is r, r / u2 is s, u1 * s is the digest.  Made without the
 * table; the table must accept it, and not so with another digest.
 */
static bool
is_verify_right(const struct shk_p256_table *t, struct shk_p256_work *w)
{
	const EC_POINT *key = EC_GROUP_get0_generator(t->q);
	const BIGNUM *n = EC_GROUP_get0_order(t->g);
	uint8_t u2[COORD], inverse[COORD], digest[COORD];
	uint8_t sig[SHAKEN_ES256_SIG];
	bool good = false, bad = true;

	ask_for(29, u2);
	shk_p256_inverse(u2, inverse);
	if (BN_set_word(w->u1, 0x5348414b) != 1 ||
	    BN_bin2bn(u2, COORD, w->u2) == NULL ||
	    BN_bin2bn(inverse, COORD, w->s) == NULL ||
	    EC_POINT_mul(t->g, w->a, w->u1, key, w->u2, w->ctx) != 1 ||
	    EC_POINT_get_affine_coordinates(t->g, w->a, w->x, NULL,
	    w->ctx) != 1 ||
	    BN_nnmod(w->r, w->x, n, w->ctx) != 1 ||
	    BN_mod_mul(w->s, w->r, w->s, n, w->ctx) != 1 ||
	    BN_mod_mul(w->e, w->u1, w->s, n, w->ctx) != 1 ||
	    BN_bn2binpad(w->r, sig, COORD) != COORD ||
	    BN_bn2binpad(w->s, sig + COORD, COORD) != COORD ||
	    BN_bn2binpad(w->e, digest, COORD) != COORD ||
	    shk_p256_verify(t, w, digest, sig, &good) != SHAKEN_OK)
		return false;
	digest[COORD - 1] ^= 1;
	return shk_p256_verify(t, w, digest, sig, &bad) == SHAKEN_OK &&
	    good && !bad;
}

static bool
fill(struct shk_p256_table *t, struct shk_p256_work *w,
    const uint8_t *point, size_t n)
{
	t->g = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	t->q = t->g == NULL ? NULL : EC_GROUP_dup(t->g);
	t->mod_n = BN_MONT_CTX_new();
	t->mod_p = BN_MONT_CTX_new();
	t->p_less_n = BN_new();
	return t->q != NULL && t->mod_n != NULL && t->mod_p != NULL &&
	    t->p_less_n != NULL &&
	    EC_POINT_oct2point(t->g, w->a, point, n, w->ctx) == 1 &&
	    EC_GROUP_set_generator(t->q, w->a, EC_GROUP_get0_order(t->g),
	    BN_value_one()) == 1 &&
	    EC_GROUP_precompute_mult(t->q, w->ctx) == 1 &&
	    BN_MONT_CTX_set(t->mod_n, EC_GROUP_get0_order(t->g), w->ctx) == 1 &&
	    BN_MONT_CTX_set(t->mod_p, EC_GROUP_get0_field(t->g), w->ctx) == 1 &&
	    BN_sub(t->p_less_n, EC_GROUP_get0_field(t->g),
	    EC_GROUP_get0_order(t->g)) == 1;
}

enum shaken_err
shk_p256_table_new(EVP_PKEY *key, struct shk_p256_table **out)
{
	struct shk_p256_table *t = calloc(1, sizeof(*t));
	struct shk_p256_work *w = shk_p256_work_new();
	unsigned char *point = NULL;
	enum shaken_err err = SHAKEN_E_NOMEM;
	size_t n;

	*out = NULL;
	if (t == NULL || w == NULL)
		goto out;
	n = EVP_PKEY_get1_encoded_public_key(key, &point);
	if (n == 0 || !fill(t, w, point, n) || !is_table_right(t, w) ||
	    !is_verify_right(t, w)) {
		err = failure();
		goto out;
	}
	*out = t;
	t = NULL; /* moved */
	err = SHAKEN_OK;
out:
	OPENSSL_free(point);
	shk_p256_work_free(w);
	shk_p256_table_free(t);
	ERR_clear_error();
	return err;
}

void
shk_p256_table_free(struct shk_p256_table *t)
{
	if (t == NULL)
		return;
	BN_free(t->p_less_n);
	BN_MONT_CTX_free(t->mod_p);
	BN_MONT_CTX_free(t->mod_n);
	EC_GROUP_free(t->q);
	EC_GROUP_free(t->g);
	free(t);
}

#else /* plain EVP */

enum shaken_err
shk_p256_table_new(EVP_PKEY *key, struct shk_p256_table **out)
{
	(void)key;
	*out = NULL;
	return SHAKEN_E_CRYPTO;
}

void
shk_p256_table_free(struct shk_p256_table *t)
{
	(void)t;
}

struct shk_p256_work *
shk_p256_work_new(void)
{
	return NULL;
}

void
shk_p256_work_free(struct shk_p256_work *w)
{
	(void)w;
}

enum shaken_err
shk_p256_verify(const struct shk_p256_table *t, struct shk_p256_work *w,
    const uint8_t digest[SHK_P256_DIGEST], const uint8_t sig[SHAKEN_ES256_SIG],
    bool *good)
{
	(void)t;
	(void)w;
	(void)digest;
	(void)sig;
	*good = false;
	return SHAKEN_E_CRYPTO;
}

#endif
