/* SPDX-License-Identifier: Apache-2.0 */
/* with a table or without, the same answers. */
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <openssl/ec.h>
#include <openssl/rand.h>

#include "ecdsa.h"
#include "es256.h"
#include "p256_inv.h"
#include "p256_table.h"

/* This many random signatures under each key; SHAKEN_SIGNATURES asks for more
 * (scripts/soak.sh). */
#define SIGNATURES 400
#define KEYS 5

#ifdef SHAKEN_P256_TABLE

/* Of the calls of EC_POINT_mul() the one that comes out wrong; 0: none.  (The
 * linker sends them here.) */
static long spoil_at, calls;

int __real_EC_POINT_mul(const EC_GROUP *g, EC_POINT *r, const BIGNUM *n,
    const EC_POINT *q, const BIGNUM *m, BN_CTX *ctx);
int __wrap_EC_POINT_mul(const EC_GROUP *g, EC_POINT *r, const BIGNUM *n,
    const EC_POINT *q, const BIGNUM *m, BN_CTX *ctx);

int
__wrap_EC_POINT_mul(const EC_GROUP *g, EC_POINT *r, const BIGNUM *n,
    const EC_POINT *q, const BIGNUM *m, BN_CTX *ctx)
{
	int rc = __real_EC_POINT_mul(g, r, n, q, m, ctx);

	if (++calls == spoil_at)
		rc = EC_POINT_add(g, r, r, EC_GROUP_get0_generator(g), ctx);
	return rc;
}

static const BIGNUM *
order(void)
{
	return EC_GROUP_get0_order(test_p256());
}

static BIGNUM *
hex(const char *text)
{
	BIGNUM *n = NULL;

	cr_assert_gt(BN_hex2bn(&n, text), 0);
	return n;
}

/* k * G; k may be negative. */
static EC_POINT *
multiple(const BIGNUM *k)
{
	EC_POINT *q = EC_POINT_new(test_p256());
	BN_CTX *ctx = BN_CTX_new();

	cr_assert_eq(EC_POINT_mul(test_p256(), q, k, NULL, NULL, ctx), 1);
	BN_CTX_free(ctx);
	return q;
}

struct subject {	/* a key, and what verifies with it */
	EVP_PKEY		*key;
	struct shk_p256_table	*table;
	struct shk_p256_work	*work;
};

static void
open_key(struct subject *s, EVP_PKEY *key)
{
	s->key = key;
	s->work = shk_p256_work_new();
	cr_assert_not_null(s->work);
	cr_assert_eq(shk_p256_table_new(key, &s->table), SHAKEN_OK);
}

static void
open_point(struct subject *s, EC_POINT *q)
{
	open_key(s, test_p256_key(q));
}

static void
close_subject(struct subject *s)
{
	EVP_PKEY_free(s->key);
	shk_p256_table_free(s->table);
	shk_p256_work_free(s->work);
}

/* Both say the same; r and s must be in range.  Returns what they say. */
static bool
agree(const struct subject *s, const struct test_ecdsa *in, const char *name)
{
	bool evp = test_ecdsa_verify(s->key, in), table = !evp;

	cr_expect_eq(shk_p256_verify(s->table, s->work, in->digest, in->sig,
	    &table), SHAKEN_OK, "%s", name);
	cr_expect_eq(table, evp, "%s: EVP says %d", name, evp);
	return table;
}

/* One over x modulo n, with numbers of every size. */
Test(p256_table, inverse)
{
	static const char *const odd[] = { "1", "2", "3", "-1", "-2", "-3",
		"80", "FF", "-80", "3FFFFFFFFFFFFFFF", "4000000000000000",
		"3333333333333333333333333333333333333333333333333333333333333333",
		"8000000000000000000000000000000000000000000000000000000000000000",
		"FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC200000000",
	};
	const size_t n_odd = sizeof(odd) / sizeof(odd[0]);
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *x = BN_new();

	for (size_t i = 0; i < n_odd + 20000; i++) {
		uint8_t in[TEST_COORD], want[TEST_COORD];

		if (i < n_odd)
			BN_hex2bn(&x, odd[i]);
		else
			BN_rand(x, (int)(i % 256) + 1, BN_RAND_TOP_ANY, 0);
		BN_nnmod(x, x, order(), ctx);
		if (BN_is_zero(x))
			continue;
		BN_bn2binpad(x, in, TEST_COORD);
		BN_mod_inverse(x, x, order(), ctx);
		BN_bn2binpad(x, want, TEST_COORD);
		shk_p256_inverse(in, in);
		cr_expect_arr_eq(in, want, TEST_COORD, "%zu", i);
	}
	BN_free(x);
	BN_CTX_free(ctx);
}

/* What the sum u1 * G + u2 * Q can meet, Q being d * G. */
static const struct {
	const char	*name, *d, *u1, *u2, *r;
	bool		 good;
} sums[] = {
	{ "R-020 an ordinary one", "5", "64", "3039", NULL, true },
	{ "R-020 u1 is 0", "7", "0", "1", NULL, true },
	{ "R-020 both addends are the same point", "7", "7", "1", NULL, true },
	{ "both addends are the same point, another r", "7", "7", "1", "E",
	    false },
	{ "R-030 the sum is infinity", "7", "-7", "1", "1", false },
	{ "R-030 the sum is infinity, r of n-1", "7", "-7", "1", "-1", false },
	{ "R-020 the key is G", "1", "1", "1", NULL, true },
	{ "R-030 the key is -G, the sum infinity", "-1", "1", "1", "1", false },
	{ "R-020 the key is -G", "-1", "2", "1", NULL, true },
	{ "R-020 scalars of n-1", "3", "-1", "-1", NULL, true },
	{ "R-020 a window of 64", "9", "40", "2000", NULL, true },
	{ "R-020 windows of 63 and 64", "9", "203F", "1FC0", NULL, true },
	{ "R-020 all windows are -1", "B",
	    "7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
	    "7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
	    NULL, true },
	{ "R-020 one high bit", "D",
	    "8000000000000000000000000000000000000000000000000000000000000000",
	    "8000000000000000000000000000000000000000000000000000000000000000",
	    NULL, true },
	{ "r of another point", "5", "64", "3039", "2A", false },
};

Test(p256_table, sums)
{
	for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++) {
		BIGNUM *d = hex(sums[i].d), *u1 = hex(sums[i].u1);
		BIGNUM *u2 = hex(sums[i].u2), *r = NULL;
		BN_CTX *ctx = BN_CTX_new();
		struct test_ecdsa sig;
		struct subject s;
		EC_POINT *q;

		BN_nnmod(d, d, order(), ctx);
		BN_nnmod(u1, u1, order(), ctx);
		BN_nnmod(u2, u2, order(), ctx);
		if (sums[i].r != NULL) {
			r = hex(sums[i].r);
			BN_nnmod(r, r, order(), ctx);
		}
		q = multiple(d);
		open_point(&s, q);
		test_ecdsa_make(q, u1, u2, r, &sig);
		cr_expect_eq(agree(&s, &sig, sums[i].name), sums[i].good, "%s",
		    sums[i].name);
		close_subject(&s);
		EC_POINT_free(q);
		BN_free(d);
		BN_free(u1);
		BN_free(u2);
		BN_free(r);
		BN_CTX_free(ctx);
	}
}

/* All small multiples, under a small multiple. */
Test(p256_table, small_multiples)
{
	BIGNUM *d = hex("3"), *u1 = BN_new(), *u2 = BN_new();
	EC_POINT *q = multiple(d);
	struct test_ecdsa sig;
	struct subject s;

	open_point(&s, q);
	for (unsigned i = 0; i <= 20; i++)
		for (unsigned j = 1; j <= 20; j++) {
			BN_set_word(u1, i);
			BN_set_word(u2, j);
			test_ecdsa_make(q, u1, u2, NULL, &sig);
			cr_expect(agree(&s, &sig, "small"), "%u %u", i, j);
			sig.digest[31] ^= 1;
			cr_expect_not(agree(&s, &sig, "small"), "%u %u", i, j);
		}
	close_subject(&s);
	EC_POINT_free(q);
	BN_free(d);
	BN_free(u1);
	BN_free(u2);
}

/* A point whose x is at or above from; x is set to it. */
static EC_POINT *
point_at(const BIGNUM *from, BIGNUM *x)
{
	EC_POINT *q = EC_POINT_new(test_p256());
	BN_CTX *ctx = BN_CTX_new();

	BN_copy(x, from);
	while (EC_POINT_set_compressed_coordinates(test_p256(), q, x, 0,
	    ctx) != 1)
		BN_add_word(x, 1);
	BN_CTX_free(ctx);
	return q;
}

/* x of the sum lies about n and p, which signers come by once in 2^128; r is
 * x + add * n + sub * -p. */
static const struct {
	const char	*name;
	bool		 from_n;	/* x from n + 1, else from 1 */
	int		 add;		/* r differs from x mod n by this */
	bool		 plus_p_less_n;
	bool		 good;
} wraps[] = {
	{ "R-030 x is above n: r is x - n", true, 0, false, true },
	{ "R-030 x is above n, r off by one", true, 1, false, false },
	{ "R-030 x is small: r is x", false, 0, false, true },
	{ "R-030 x is small, r off by one", false, 1, false, false },
	{ "R-030 r + n is x, but past p", false, 0, true, false },
};

Test(p256_table, x_about_n_and_p)
{
	const EC_GROUP *g = test_p256();

	for (size_t i = 0; i < sizeof(wraps) / sizeof(wraps[0]); i++) {
		BIGNUM *from = BN_new(), *x = BN_new(), *r = BN_new();
		BIGNUM *u1 = hex("1234567"), *u2 = hex("89ABCDEF"), *v = NULL;
		BN_CTX *ctx = BN_CTX_new();
		EC_POINT *q, *a = multiple(u1);
		struct test_ecdsa sig;
		struct subject s;

		BN_copy(from, order());
		if (!wraps[i].from_n)
			BN_zero(from);
		BN_add_word(from, 1);
		q = point_at(from, x);
		cr_assert_lt(BN_cmp(x, EC_GROUP_get0_field(g)), 0);
		/* the key for which u1 * G + u2 * Q is that point */
		v = BN_mod_inverse(NULL, u2, order(), ctx);
		EC_POINT_invert(g, a, ctx);
		EC_POINT_add(g, q, q, a, ctx);
		EC_POINT_mul(g, q, NULL, q, v, ctx);
		BN_nnmod(r, x, order(), ctx);
		BN_add_word(r, (BN_ULONG)wraps[i].add);
		if (wraps[i].plus_p_less_n) {
			BN_add(r, r, EC_GROUP_get0_field(g));
			BN_sub(r, r, order());
		}
		cr_assert_lt(BN_cmp(r, order()), 0);
		open_point(&s, q);
		test_ecdsa_make(q, u1, u2, r, &sig);
		cr_expect_eq(agree(&s, &sig, wraps[i].name), wraps[i].good,
		    "%s", wraps[i].name);
		close_subject(&s);
		BN_free(from);
		BN_free(x);
		BN_free(r);
		BN_free(u1);
		BN_free(u2);
		BN_free(v);
		EC_POINT_free(a);
		EC_POINT_free(q);
		BN_CTX_free(ctx);
	}
}

/* A signature of key over digest, by EVP. */
static void
sign(EVP_PKEY_CTX *ctx, struct test_ecdsa *out)
{
	unsigned char der[80];
	const unsigned char *p = der;
	size_t n = sizeof(der);
	ECDSA_SIG *sig;

	cr_assert_eq(EVP_PKEY_sign(ctx, der, &n, out->digest, TEST_COORD), 1);
	sig = d2i_ECDSA_SIG(NULL, &p, (long)n);
	cr_assert_not_null(sig);
	BN_bn2binpad(ECDSA_SIG_get0_r(sig), out->sig, TEST_COORD);
	BN_bn2binpad(ECDSA_SIG_get0_s(sig), out->sig + TEST_COORD, TEST_COORD);
	ECDSA_SIG_free(sig);
}

/* r and s are 1 to n-1. */
static bool
in_range(const struct test_ecdsa *in)
{
	BIGNUM *x = BN_new();
	bool ok = true;

	for (size_t half = 0; half < 2; half++) {
		BN_bin2bn(in->sig + TEST_COORD * half, TEST_COORD, x);
		ok = ok && !BN_is_zero(x) && BN_cmp(x, order()) < 0;
	}
	BN_free(x);
	return ok;
}

/* every bit of the digest, of r and of s. */
Test(p256_table, flipped_bits)
{
	struct test_ecdsa sig;
	EVP_PKEY_CTX *ctx;
	struct subject s;

	open_key(&s, EVP_EC_gen("P-256"));
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, s.key, NULL);
	cr_assert_eq(EVP_PKEY_sign_init(ctx), 1);
	memset(sig.digest, 0xff, sizeof(sig.digest)); /* above n */
	sign(ctx, &sig);
	cr_expect(agree(&s, &sig, "digest above n"));
	for (size_t bit = 0; bit < 8 * sizeof(sig); bit++) {
		uint8_t *byte = (uint8_t *)&sig + bit / 8;

		*byte ^= (uint8_t)(1 << bit % 8);
		if (in_range(&sig))
			cr_expect_not(agree(&s, &sig, "bit"), "bit %zu", bit);
		*byte ^= (uint8_t)(1 << bit % 8);
	}
	EVP_PKEY_CTX_free(ctx);
	close_subject(&s);
}

/* signatures of EVP, each also spoilt at random. */
Test(p256_table, random, .timeout = 0)
{
	const char *asked = getenv("SHAKEN_SIGNATURES");
	long n = asked != NULL ? atol(asked) / KEYS : SIGNATURES, n_bad = 0;

	for (int k = 0; k < KEYS; k++) {
		EVP_PKEY_CTX *ctx;
		struct subject s;

		open_key(&s, EVP_EC_gen("P-256"));
		ctx = EVP_PKEY_CTX_new_from_pkey(NULL, s.key, NULL);
		cr_assert_eq(EVP_PKEY_sign_init(ctx), 1);
		for (long i = 0; i < n; i++) {
			struct test_ecdsa sig;
			uint8_t at[2];

			RAND_bytes(sig.digest, TEST_COORD);
			sign(ctx, &sig);
			cr_expect(agree(&s, &sig, "good"));
			RAND_bytes(at, sizeof(at));
			if (at[0] < 32)
				sig.digest[at[0]] ^= at[1] | 1;
			else
				sig.sig[at[0] % 64] ^= at[1] | 1;
			if (!in_range(&sig))
				continue;
			cr_expect_not(agree(&s, &sig, "bad"));
			n_bad++;
		}
		EVP_PKEY_CTX_free(ctx);
		close_subject(&s);
	}
	cr_log_info("%ld good and %ld bad signatures", n * KEYS, n_bad);
	cr_expect_gt(n_bad, n * KEYS * 9 / 10);
}

/* A table that is wrong anywhere is not used: each multiple of the self-test
 * spoilt in its turn. */
Test(p256_table, self_test)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	struct shk_p256_table *t = NULL;
	long n;

	calls = 0;
	cr_assert_eq(shk_p256_table_new(key, &t), SHAKEN_OK);
	shk_p256_table_free(t);
	n = calls;
	cr_expect_geq(n, 2 * 64 + 1 + 4);
	for (spoil_at = 1; spoil_at <= n; spoil_at++) {
		calls = 0;
		if (spoil_at > n - 2)
			continue; /* of a bad signature: it stays bad */
		cr_expect_eq(shk_p256_table_new(key, &t), SHAKEN_E_CRYPTO,
		    "%ld", spoil_at);
		cr_expect_null(t);
	}
	spoil_at = 0;
	EVP_PKEY_free(key);
}

/* Keys that have no table. */
Test(p256_table, other_keys)
{
	static const char *const groups[] = { "P-384", "secp256k1" };
	struct shk_p256_table *t;

	for (size_t i = 0; i < 2; i++) {
		EVP_PKEY *key = EVP_EC_gen(groups[i]);

		cr_expect_eq(shk_p256_table_new(key, &t), SHAKEN_E_CRYPTO,
		    "%s", groups[i]);
		cr_expect_null(t);
		EVP_PKEY_free(key);
	}
}

#else

Test(p256_table, there_is_none)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	struct shk_p256_table *t;

	cr_expect_eq(shk_p256_table_new(key, &t), SHAKEN_E_CRYPTO);
	cr_expect_null(t);
	EVP_PKEY_free(key);
}

#endif

/* What a key says of itself, and that it answers as before. */
Test(p256_table, of_a_key)
{
	EVP_PKEY *pair = EVP_EC_gen("P-256");
	struct shaken_sv msg = SHAKEN_SV_LIT("header.payload");
	struct shk_es256 *k = NULL, *same;
	struct test_ecdsa sig = { .sig = { 0 } };
	enum shaken_err err;
	bool good;

	cr_assert_eq(shk_es256_new(pair, &k), SHAKEN_OK);
	cr_expect_not(shk_es256_is_fast(k));
	err = shk_es256_speed_up(k);
#ifdef SHAKEN_P256_TABLE
	cr_expect_eq(err, SHAKEN_OK);
	cr_expect(shk_es256_is_fast(k));
	cr_expect_eq(shk_es256_speed_up(k), SHAKEN_OK, "again");
#else
	cr_expect_eq(err, SHAKEN_E_CRYPTO);
	cr_expect_not(shk_es256_is_fast(k));
#endif
	same = shk_es256_ref(k);
	shk_es256_free(&same);
	for (int i = 0; i < 3; i++) {
		sig.sig[31] = sig.sig[63] = (uint8_t)i;
		good = true;
		cr_expect_eq(shk_es256_verify(k, msg, sig.sig, &good),
		    SHAKEN_OK);
		cr_expect_not(good);
	}
	cr_expect_eq(shk_es256_uses(k), 2, "r and s of 0 are no use");
	shk_es256_free(&k);
	EVP_PKEY_free(pair);
}
