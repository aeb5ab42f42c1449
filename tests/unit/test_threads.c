/* SPDX-License-Identifier: Apache-2.0 */
/* 64 threads sign and verify with shared objects while the trust is
 * replaced under them.  ThreadSanitizer is the judge. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include <shaken/shaken.h>

#include "pki.h"

#define THREADS 64
#define CALLS 40
#define RELOADS 50
#define X5U "https://cert.example.org/1234.pem"

static struct test_pki pki;
static struct shaken_signer *signer;
static struct shaken_id orig, dest;
static atomic_int passed, failed, sped_up;

/* What a service keeps: the trust, and the chain judged under it. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct shaken_trust *trust;
static struct shaken_chain *chain;

static void
load(bool with_root)
{
	struct shaken_trust_opts opts = { .size = sizeof(opts),
		.crl_policy = SHAKEN_CRL_SOFT };
	struct shaken_trust *t = NULL, *old_trust;
	struct shaken_chain *c = NULL, *old_chain;

	cr_assert_eq(shaken_trust_new(&opts, &t), SHAKEN_OK);
	if (with_root)
		cr_assert_eq(shaken_trust_add_anchors(t,
		    shaken_sv_cstr(pki.root.pem), NULL, NULL), SHAKEN_OK);
	cr_assert_eq(shaken_chain_new(t, shaken_sv_cstr(pki.chain), &c, NULL),
	    SHAKEN_OK);
	pthread_mutex_lock(&lock);
	old_trust = trust;
	old_chain = chain;
	trust = t;
	chain = c;
	pthread_mutex_unlock(&lock);
	shaken_trust_free(&old_trust);
	shaken_chain_free(&old_chain);
}

static void
one_call(void)
{
	char value[2048];
	struct shaken_sign_req req = { .size = sizeof(req),
		.ppt = SHAKEN_SV_LIT("shaken"), .orig = &orig, .dest = &dest,
		.n_dest = 1, .attest = SHAKEN_SV_LIT("B"),
		.origid = SHAKEN_SV_LIT("123e4567-e89b-12d3-a456-426655440000"),
		.iat = TEST_NOW, .now = TEST_NOW };
	struct shaken_verify_opts opts = { .size = sizeof(opts),
		.now = TEST_NOW };
	struct shaken_sv sv = { value, 0 };
	struct shaken_call call = { .size = sizeof(call), .identity = &sv,
		.n_identity = 1, .orig = &orig, .dest = &dest, .n_dest = 1 };
	struct shaken_trust *t;
	struct shaken_chain *c;
	struct shaken_verify *v = NULL;

	if (shaken_sign(signer, &req, value, sizeof(value), &sv.n, NULL) !=
	    SHAKEN_OK)
		abort();
	pthread_mutex_lock(&lock);
	t = shaken_trust_ref(trust);
	c = shaken_chain_ref(chain);
	pthread_mutex_unlock(&lock);
	if (shaken_verify_begin(t, &call, &opts, &v) != SHAKEN_OK)
		abort();
	shaken_verify_chain(v, 0, c);
	if (shaken_verify_finish(v) != SHAKEN_OK)
		abort();
	if (shaken_verify_verdict(v)->verstat == SHAKEN_TN_VALIDATION_PASSED)
		atomic_fetch_add(&passed, 1);
	else if (shaken_verify_verdict(v)->ecase == SHAKEN_E17)
		atomic_fetch_add(&failed, 1);
	shaken_verify_free(&v);
	shaken_trust_free(&t);
	shaken_chain_free(&c);
}

/* Now and then a thread makes the chain of the moment fast, while others verify
 * with it and perhaps do the same. */
static void
speed_up(void)
{
	struct shaken_chain *c;
	enum shaken_err err;

	pthread_mutex_lock(&lock);
	c = shaken_chain_ref(chain);
	pthread_mutex_unlock(&lock);
	err = shaken_chain_speed_up(c);
	if (err == SHAKEN_OK)
		atomic_fetch_add(&sped_up, 1);
	else if (err != SHAKEN_E_CRYPTO)
		abort();
	shaken_chain_free(&c);
}

static void *
worker(void *arg)
{
	(void)arg;
	for (int i = 0; i < CALLS; i++)
		one_call();
	return NULL;
}

static void *
eager_worker(void *arg)
{
	for (int i = 0; i < CALLS; i++) {
		if (i % 10 == 5)
			speed_up();
		one_call();
	}
	return arg;
}

Test(threads, verify_while_trust_reloads)
{
	struct shaken_signer_conf conf = { .size = sizeof(conf),
		.x5u = SHAKEN_SV_LIT(X5U) };
	pthread_t threads[THREADS];

	test_pki_init(&pki);
	test_pki_make(&pki);
	conf.chain = shaken_sv_cstr(pki.chain);
	cr_assert_eq(shaken_signer_from_pem(shaken_sv_cstr(pki.leaf.key),
	    &conf, &signer, NULL), SHAKEN_OK);
	cr_assert_eq(shaken_id_parse(SHAKEN_SV_LIT("12155550121"), NULL, &orig),
	    SHAKEN_OK);
	cr_assert_eq(shaken_id_parse(SHAKEN_SV_LIT("12155550131"), NULL, &dest),
	    SHAKEN_OK);
	load(true);
	for (int i = 0; i < THREADS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL,
		    i % 8 == 0 ? eager_worker : worker, NULL), 0);
	for (int i = 1; i <= RELOADS; i++)
		load(i % 2 == 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	/* the last trust has the root, so late calls passed; every call got
	 * one of the two answers */
	one_call();
	cr_expect_gt(atomic_load(&passed), 0);
#ifdef SHAKEN_P256_TABLE
	cr_expect_gt(atomic_load(&sped_up), 0);
#endif
	cr_expect_eq(atomic_load(&passed) + atomic_load(&failed),
	    THREADS * CALLS + 1);
	shaken_trust_free(&trust);
	shaken_chain_free(&chain);
	shaken_signer_free(&signer);
	test_pki_free(&pki);
}
