/* SPDX-License-Identifier: Apache-2.0 */
/* es256.c - ECDSA on P-256 with SHA-256, raw r||s (RFC 7518 section 3.4). */
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "es256.h"
#include "ossl.h"
#include "p256_table.h"

#define COORD 32	/* bytes in one P-256 coordinate */
#define DIGEST 32	/* bytes of SHA-256 */
#define DER_MAX 72	/* SEQUENCE of two 33-byte INTEGERs, with headers */

/* Contexts kept ready for as many threads; more threads make and free theirs. */
#define POOL 16

/* The group order n, SP 800-186 section 3.2.1.3. */
static const uint8_t order[COORD] = {
	0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84,
	0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
};

/* What one operation needs, set up once and used by one thread at a time: the
 * set-up costs allocations and provider look-ups, the operation none. */
struct work {
	EVP_PKEY_CTX		*pk;
	EVP_MD_CTX		*md;
	struct shk_p256_work	*fast;	/* NULL: no table was seen yet */
};

struct shk_es256 {
	atomic_size_t		 refs;
	EVP_PKEY		*key;
	EVP_MD			*sha256;
	bool			 has_private;
	_Atomic(struct shk_p256_table *) table; /* stays once it is there */
	_Atomic(uint64_t)	 uses;
	_Atomic(struct work *)	 pool[POOL];
};

/* OpenSSL's default asks on the terminal; a daemon must not. */
static int
no_passphrase(char *buf, int size, int rw, void *arg)
{
	(void)buf;
	(void)size;
	(void)rw;
	(void)arg;
	return -1;
}

bool
shk_es256_is_p256(const EVP_PKEY *key)
{
	char group[32];
	bool is = EVP_PKEY_is_a(key, "EC") == 1 &&
	    EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) == 1 &&
	    OBJ_sn2nid(group) == NID_X9_62_prime256v1;

	ERR_clear_error();
	return is;
}

static void
work_free(struct work *w)
{
	if (w == NULL)
		return;
	EVP_PKEY_CTX_free(w->pk);
	EVP_MD_CTX_free(w->md);
	shk_p256_work_free(w->fast);
	free(w);
}

/* RFC 6979 where the provider has it (OpenSSL 3.2), as RFC 8225 section 4.2 and
 * RFC 7518 section 3.4 would like; else its own random nonces. */
static bool
sign_init(EVP_PKEY_CTX *pk)
{
#ifdef OSSL_SIGNATURE_PARAM_NONCE_TYPE
	unsigned int deterministic = 1;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_uint(OSSL_SIGNATURE_PARAM_NONCE_TYPE,
		    &deterministic),
		OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST,
		    (char[]){ "SHA256" }, 0),
		OSSL_PARAM_construct_end(),
	};

	return EVP_PKEY_sign_init_ex(pk, params) == 1;
#else
	return EVP_PKEY_sign_init(pk) == 1;
#endif
}

static struct work *
work_new(const struct shk_es256 *k)
{
	struct work *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->pk = EVP_PKEY_CTX_new_from_pkey(NULL, k->key, NULL);
	w->md = EVP_MD_CTX_new();
	if (w->pk == NULL || w->md == NULL || (k->has_private ?
	    !sign_init(w->pk) : EVP_PKEY_verify_init(w->pk) != 1)) {
		work_free(w);
		return NULL;
	}
	return w;
}

static struct work *
work_take(struct shk_es256 *k)
{
	struct work *w;

	for (size_t i = 0; i < POOL; i++) {
		if (atomic_load_explicit(&k->pool[i],
		    memory_order_relaxed) == NULL)
			continue;
		w = atomic_exchange(&k->pool[i], NULL);
		if (w != NULL)
			return w;
	}
	return work_new(k);
}

static void
work_give(struct shk_es256 *k, struct work *w)
{
	for (size_t i = 0; i < POOL; i++) {
		struct work *empty = NULL;

		if (atomic_compare_exchange_strong(&k->pool[i], &empty, w))
			return;
	}
	work_free(w);
}

static bool
digest(const struct shk_es256 *k, struct work *w, struct shaken_sv msg,
    uint8_t out[DIGEST])
{
	return EVP_DigestInit_ex2(w->md, k->sha256, NULL) == 1 &&
	    EVP_DigestUpdate(w->md, msg.p, msg.n) == 1 &&
	    EVP_DigestFinal_ex(w->md, out, NULL) == 1;
}

static enum shaken_err
make(EVP_PKEY *key, bool has_private, struct shk_es256 **out)
{
	struct shk_es256 *k;

	*out = NULL;
	if (!shk_es256_is_p256(key))
		return SHAKEN_E_KEY;
	k = calloc(1, sizeof(*k));
	if (k == NULL)
		return SHAKEN_E_NOMEM;
	k->has_private = has_private;
	k->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (k->sha256 == NULL || EVP_PKEY_up_ref(key) != 1) {
		EVP_MD_free(k->sha256);
		free(k);
		ERR_clear_error();
		return SHAKEN_E_CRYPTO;
	}
	k->key = key;
	atomic_init(&k->refs, 1);
	*out = k;
	return SHAKEN_OK;
}

enum shaken_err
shk_es256_new(EVP_PKEY *key, struct shk_es256 **out)
{
	return make(key, false, out);
}

enum shaken_err
shk_es256_from_pem(struct shaken_sv pem, struct shk_es256 **out)
{
	enum shaken_err err = SHAKEN_E_NOMEM;
	EVP_PKEY_CTX *check = NULL;
	EVP_PKEY *key = NULL;
	BIO *bio = NULL;

	*out = NULL;
	if (pem.n > SHAKEN_PEM_MAX)
		return SHAKEN_E_LIMIT;

	bio = BIO_new_mem_buf(pem.n == 0 ? "" : pem.p, (int)pem.n);
	if (bio == NULL)
		goto out;
	key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	if (key == NULL || !shk_es256_is_p256(key)) {
		err = SHAKEN_E_KEY;
		goto out;
	}
	/* a file can carry a public half that is not the private one's */
	check = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	if (check == NULL)
		goto out;
	if (EVP_PKEY_pairwise_check(check) != 1) {
		err = SHAKEN_E_KEY;
		goto out;
	}
	err = make(key, true, out);
out:
	EVP_PKEY_CTX_free(check);
	EVP_PKEY_free(key);
	BIO_free(bio);
	ERR_clear_error(); /* leave no stale entry in this thread's queue */
	return err;
}

/* Take one DER INTEGER of at most 32 significant bytes; right-align it. */
static const uint8_t *
der_take_int(const uint8_t *p, const uint8_t *end, uint8_t out[COORD])
{
	size_t n;

	if (end - p < 2 || p[0] != 0x02)
		return NULL;
	n = p[1];
	p += 2;
	if (n == 0 || n > COORD + 1 || (size_t)(end - p) < n)
		return NULL;
	if (n == COORD + 1) {
		if (*p != 0)
			return NULL;
		p++;
		n--;
	}
	memset(out, 0, COORD - n);
	memcpy(out + (COORD - n), p, n);
	return p + n;
}

/* Ecdsa-Sig-Value (RFC 3279 section 2.2.3) to r||s.  Written out because
 * d2i_ECDSA_SIG() allocates six times for each signature. */
static bool
der_to_raw(const uint8_t *der, size_t n, uint8_t raw[SHAKEN_ES256_SIG])
{
	const uint8_t *end = der + n, *p;

	if (n < 2 || der[0] != 0x30 || der[1] != n - 2)
		return false;
	p = der_take_int(der + 2, end, raw);
	return p != NULL && der_take_int(p, end, raw + COORD) == end;
}

static uint8_t *
der_put_int(uint8_t *p, const uint8_t in[COORD])
{
	size_t skip = 0, sign;

	while (skip < COORD - 1 && in[skip] == 0)
		skip++;
	sign = in[skip] >> 7; /* a set top bit would read as negative */
	*p++ = 0x02;
	*p++ = (uint8_t)(COORD - skip + sign);
	if (sign)
		*p++ = 0;
	memcpy(p, in + skip, COORD - skip);
	return p + (COORD - skip);
}

static size_t
raw_to_der(const uint8_t raw[SHAKEN_ES256_SIG], uint8_t der[DER_MAX])
{
	uint8_t *end = der_put_int(der_put_int(der + 2, raw), raw + COORD);

	der[0] = 0x30;
	der[1] = (uint8_t)(end - der - 2);
	return (size_t)(end - der);
}

/* 1 to n-1, SEC 1 section 4.1.4 step 1. */
static bool
in_range(const uint8_t x[COORD])
{
	static const uint8_t zero[COORD];

	return memcmp(x, zero, COORD) != 0 && memcmp(x, order, COORD) < 0;
}

enum shaken_err
shk_es256_sign(struct shk_es256 *k, struct shaken_sv msg,
    uint8_t sig[SHAKEN_ES256_SIG])
{
	uint8_t md[DIGEST], der[DER_MAX];
	size_t der_len = sizeof(der);
	struct work *w;

	if (!k->has_private)
		return SHAKEN_E_ARG;
	w = work_take(k);
	if (w == NULL) {
		ERR_clear_error();
		return SHAKEN_E_NOMEM;
	}
	if (!digest(k, w, msg, md) ||
	    EVP_PKEY_sign(w->pk, der, &der_len, md, sizeof(md)) != 1 ||
	    !der_to_raw(der, der_len, sig)) {
		work_free(w);
		ERR_clear_error();
		return SHAKEN_E_CRYPTO;
	}
	work_give(k, w);
	return SHAKEN_OK;
}

/* With the key's table.  False: there is none, or no memory, and EVP is to say. */
static bool
verify_fast(struct shk_es256 *k, struct work *w, const uint8_t md[DIGEST],
    const uint8_t sig[SHAKEN_ES256_SIG], bool *good)
{
	const struct shk_p256_table *t = atomic_load_explicit(&k->table,
	    memory_order_acquire);

	if (t == NULL)
		return false;
	if (w->fast == NULL)
		w->fast = shk_p256_work_new();
	return w->fast != NULL &&
	    shk_p256_verify(t, w->fast, md, sig, good) == SHAKEN_OK;
}

enum shaken_err
shk_es256_verify(struct shk_es256 *k, struct shaken_sv msg,
    const uint8_t sig[SHAKEN_ES256_SIG], bool *good)
{
	uint8_t md[DIGEST], der[DER_MAX];
	struct work *w;
	bool nomem;
	int rc;

	*good = false;
	if (k->has_private)
		return SHAKEN_E_ARG;
	if (!in_range(sig) || !in_range(sig + COORD))
		return SHAKEN_OK;
	w = work_take(k);
	if (w == NULL) {
		ERR_clear_error();
		return SHAKEN_E_NOMEM;
	}
	if (!digest(k, w, msg, md)) {
		work_free(w);
		ERR_clear_error();
		return SHAKEN_E_CRYPTO;
	}
	atomic_fetch_add_explicit(&k->uses, 1, memory_order_relaxed);
	if (verify_fast(k, w, md, sig, good)) {
		work_give(k, w);
		return SHAKEN_OK;
	}
	ERR_clear_error(); /* what stands there is not ours */
	rc = EVP_PKEY_verify(w->pk, der, raw_to_der(sig, der), md, sizeof(md));
	if (rc == 1) {
		*good = true;
		work_give(k, w);
		return SHAKEN_OK;
	}
	/* Out of memory, which is no verdict; or a sum that is the point at
	 * infinity, below 0 too: whoever holds the key can make it, so it is
	 * just not good. */
	nomem = shk_ossl_no_memory();
	if (rc < 0)
		work_free(w);
	else
		work_give(k, w);
	return nomem ? SHAKEN_E_NOMEM : SHAKEN_OK;
}

enum shaken_err
shk_es256_speed_up(struct shk_es256 *k)
{
	struct shk_p256_table *t = NULL, *none = NULL;
	enum shaken_err err;

	if (k->has_private)
		return SHAKEN_E_ARG;
	if (shk_es256_is_fast(k))
		return SHAKEN_OK;
	err = shk_p256_table_new(k->key, &t);
	if (err == SHAKEN_OK &&
	    !atomic_compare_exchange_strong(&k->table, &none, t))
		shk_p256_table_free(t); /* another thread was first */
	return err;
}

bool
shk_es256_is_fast(const struct shk_es256 *k)
{
	return atomic_load_explicit(&k->table, memory_order_acquire) != NULL;
}

uint64_t
shk_es256_uses(const struct shk_es256 *k)
{
	return atomic_load_explicit(&k->uses, memory_order_relaxed);
}

struct shk_es256 *
shk_es256_ref(struct shk_es256 *k)
{
	if (k != NULL)
		atomic_fetch_add_explicit(&k->refs, 1, memory_order_relaxed);
	return k;
}

void
shk_es256_lower_s(uint8_t sig[SHAKEN_ES256_SIG])
{
	uint8_t *s = sig + COORD, other[COORD];
	int borrow = 0;

	for (size_t i = COORD; i-- > 0;) {
		int d = order[i] - s[i] - borrow;

		borrow = d < 0;
		other[i] = (uint8_t)(d & 0xff);
	}
	if (borrow == 0 && memcmp(other, s, COORD) < 0)
		memcpy(s, other, COORD);
}

void
shk_es256_free(struct shk_es256 **kp)
{
	struct shk_es256 *k;

	if (kp == NULL || (k = *kp) == NULL)
		return;
	*kp = NULL;
	if (atomic_fetch_sub_explicit(&k->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < POOL; i++)
		work_free(atomic_load(&k->pool[i]));
	shk_p256_table_free(atomic_load(&k->table));
	EVP_MD_free(k->sha256);
	EVP_PKEY_free(k->key);
	free(k);
}
