/* SPDX-License-Identifier: Apache-2.0 */
/* Target: shk_p256_verify(), held against EVP.  Of the input the first byte says
 * what the rest is: u1 and u2 of a good signature, then flips of it (position and
 * mask, two bytes each); or with an odd one digest, r and s as they come.  Seeds:
 * tests/fuzz/corpus/p256/. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ecdsa.h"
#include "p256_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static EC_POINT *q;
static EVP_PKEY *key;
static struct shk_p256_table *table;
static struct shk_p256_work *work;

static void
must(bool ok)
{
	if (!ok)
		abort();
}

/* The key whose private half is 5. */
static bool
setup(void)
{
	BIGNUM *d;

	if (key == NULL) {
		d = BN_new();
		q = EC_POINT_new(test_p256());
		work = shk_p256_work_new();
		must(BN_set_word(d, 5) == 1 && EC_POINT_mul(test_p256(), q, d,
		    NULL, NULL, NULL) == 1);
		key = test_p256_key(q);
		if (shk_p256_table_new(key, &table) != SHAKEN_OK)
			table = NULL;
		BN_free(d);
	}
	return table != NULL;
}

/* 1 to n-1; anything else becomes 1. */
static void
clamp(uint8_t number[TEST_COORD])
{
	BIGNUM *n = BN_bin2bn(number, TEST_COORD, NULL);

	if (BN_is_zero(n) || BN_cmp(n, EC_GROUP_get0_order(test_p256())) >= 0) {
		memset(number, 0, TEST_COORD - 1);
		number[TEST_COORD - 1] = 1;
	}
	BN_free(n);
}

/* The signature of u1 and u2; false: their sum is no point with an x. */
static bool
make_good(uint8_t numbers[2 * TEST_COORD], struct test_ecdsa *out)
{
	BN_CTX *ctx = BN_CTX_new();
	EC_POINT *sum = EC_POINT_new(test_p256());
	BIGNUM *u1, *u2;
	bool is_point;

	clamp(numbers);
	clamp(numbers + TEST_COORD);
	u1 = BN_bin2bn(numbers, TEST_COORD, NULL);
	u2 = BN_bin2bn(numbers + TEST_COORD, TEST_COORD, NULL);
	must(EC_POINT_mul(test_p256(), sum, u1, q, u2, ctx) == 1);
	is_point = !EC_POINT_is_at_infinity(test_p256(), sum);
	if (is_point)
		test_ecdsa_make(q, u1, u2, NULL, out);
	BN_free(u1);
	BN_free(u2);
	EC_POINT_free(sum);
	BN_CTX_free(ctx);
	return is_point;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct test_ecdsa sig = { .digest = { 0 } };
	uint8_t numbers[2 * TEST_COORD] = { 0 };
	bool is_made = false, evp, fast;
	size_t i;

	if (size < 1 || !setup())
		return 0;
	if ((data[0] & 1) == 0) {
		for (i = 1; i < size && i <= sizeof(numbers); i++)
			numbers[i - 1] = data[i];
		is_made = make_good(numbers, &sig);
		for (; i + 1 < size; i += 2) {
			((uint8_t *)&sig)[data[i] % sizeof(sig)] ^= data[i + 1];
			is_made = false;
		}
	} else {
		memcpy(&sig, data + 1, size - 1 < sizeof(sig) ? size - 1 :
		    sizeof(sig));
	}
	clamp(sig.sig);
	clamp(sig.sig + TEST_COORD);
	evp = test_ecdsa_verify(key, &sig);
	must(shk_p256_verify(table, work, sig.digest, sig.sig, &fast) ==
	    SHAKEN_OK);
	must(fast == evp);
	must(evp || !is_made);
	return 0;
}
