/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <criterion/criterion.h>

#include "calls.h"
#include "hot.h"
#include "pki.h"

#ifdef SHAKEN_P256_TABLE

#define PAYLOAD "{\"attest\":\"A\",\"dest\":{\"tn\":[\"12155550131\"]}," \
	"\"iat\":1700000000,\"orig\":{\"tn\":\"12155550121\"}," \
	"\"origid\":\"123e4567-e89b-12d3-a456-426655440000\"}"
#define USES 3
#define IDLE 600

static struct test_pki pki;
static char *value;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct certs_table table;

static void
setup(void)
{
	test_pki_init(&pki);
	test_pki_make(&pki);
	value = test_value(pki.leaf.key, "shaken", PAYLOAD);
	certs_table_init(&table, 100, 100000000);
}

static void
teardown(void)
{
	certs_table_clear(&table);
	cr_expect_eq(table.n_hot, 0);
	free(value);
	test_pki_free(&pki);
}

TestSuite(hot, .init = setup, .fini = teardown);

static struct certs_entry *
new_entry(unsigned i)
{
	struct certs_entry *e = calloc(1, sizeof(*e));

	cr_assert_not_null(e);
	memcpy(e->key, &i, sizeof(i));
	e->url = strdup("https://cert.example.org/1234.pem");
	e->chain = test_chain_make(pki.root.pem, pki.chain);
	cr_assert(certs_table_add(&table, e, CERTS_GOOD));
	return e;
}

/* One call after the other, as the cache has them. */
static void
use(struct certs_hot *h, struct certs_entry *e, int64_t now, unsigned n)
{
	struct test_call call = { .identity = { value },
		.orig = "12155550121", .dest = "12155550131" };

	while (n-- > 0) {
		struct shaken_chain *c;
		struct shaken_verify *v;

		pthread_mutex_lock(&lock);
		certs_table_touch(&table, e);
		certs_hot_used(h, e, now);
		c = shaken_chain_ref(e->chain);
		pthread_mutex_unlock(&lock);
		v = test_call_run(NULL, c, &call);
		cr_assert_eq(shaken_verify_verdict(v)->verstat,
		    SHAKEN_TN_VALIDATION_PASSED);
		shaken_verify_free(&v);
		shaken_chain_free(&c);
	}
}

static bool
is_at_rest(void)
{
	const struct certs_entry *e;

	TAILQ_FOREACH(e, &table.hot, hot_link)
		if (e->heat != CERTS_HOT)
			return false;
	return true;
}

/* Until the thread has nothing to do; then whether e is fast. */
static bool
is_fast(const struct certs_entry *e)
{
	const struct timespec a_bit = { .tv_nsec = 2000000 };
	bool rests = false, fast = false;

	for (int i = 0; !rests && i < 10000; i++) {
		pthread_mutex_lock(&lock);
		rests = is_at_rest();
		fast = shaken_chain_is_fast(e->chain);
		pthread_mutex_unlock(&lock);
		if (!rests)
			nanosleep(&a_bit, NULL);
	}
	cr_assert(rests, "the thread does not end its work");
	return fast;
}

static uint64_t
tables(const struct certs_hot *h)
{
	uint64_t n;

	pthread_mutex_lock(&lock);
	n = certs_hot_stats(h).tables;
	pthread_mutex_unlock(&lock);
	return n;
}

Test(hot, after_so_many_uses)
{
	struct certs_hot *h = certs_hot_new(&lock, &table, 10, USES);
	struct certs_entry *e = new_entry(1), *other = new_entry(2);

	use(h, e, TEST_NOW, USES);
	cr_expect_not(is_fast(e), "%d uses are not yet over", USES);
	use(h, e, TEST_NOW, 1);
	cr_expect(is_fast(e));
	cr_expect_not(is_fast(other));
	cr_expect_eq(tables(h), 1);
	use(h, e, TEST_NOW, 1);
	cr_expect_eq(certs_hot_stats(h).made, 1);
	cr_expect_eq(certs_hot_stats(h).failed, 0);
	certs_hot_free(&h);
	cr_expect_null(h);
}

/* Another chain at the same URL gets a table at once. */
Test(hot, replaced)
{
	struct certs_hot *h = certs_hot_new(&lock, &table, 10, USES);
	struct certs_entry *e = new_entry(1), *cold = new_entry(2);

	use(h, e, TEST_NOW, USES + 1);
	cr_expect(is_fast(e));
	pthread_mutex_lock(&lock);
	shaken_chain_free(&e->chain);
	e->chain = test_chain_make(pki.root.pem, pki.chain);
	certs_hot_replaced(h, e);
	certs_hot_replaced(h, cold);
	pthread_mutex_unlock(&lock);
	cr_expect(is_fast(e));
	cr_expect_not(is_fast(cold));
	cr_expect_eq(tables(h), 1);
	certs_hot_free(&h);
}

/* The least recently used gives way, but only after a while without a use. */
Test(hot, bounded)
{
	struct certs_hot *h = certs_hot_new(&lock, &table, 2, USES);
	struct certs_entry *a = new_entry(1), *b = new_entry(2);
	struct certs_entry *c = new_entry(3);
	struct shaken_chain *borrowed;

	use(h, a, TEST_NOW, USES + 1);
	use(h, b, TEST_NOW + 10, USES + 1);
	cr_expect(is_fast(a) && is_fast(b));
	use(h, c, TEST_NOW + IDLE - 1, USES + 5);
	cr_expect(!is_fast(c) && is_fast(a) && is_fast(b), "a is no idler");
	use(h, a, TEST_NOW + 20, 1);
	borrowed = shaken_chain_ref(b->chain); /* of a call under way */

	use(h, c, TEST_NOW + IDLE + 10, 1);
	cr_expect(is_fast(a) && !is_fast(b), "b makes room, not a");
	cr_expect(shaken_chain_is_fast(borrowed));
	cr_expect_eq(shaken_chain_uses(b->chain), 0);
	use(h, c, TEST_NOW + IDLE + 10, 1);
	cr_expect(is_fast(c) && is_fast(a) && !is_fast(b));
	cr_expect_eq(tables(h), 2);
	shaken_chain_free(&borrowed);
	certs_hot_free(&h);
}

/* What is evicted takes its table along, also while it is made. */
Test(hot, evicted)
{
	struct certs_hot *h = certs_hot_new(&lock, &table, 10, USES);
	struct certs_entry *e[20];

	for (unsigned i = 0; i < 20; i++) {
		e[i] = new_entry(i);
		use(h, e[i], TEST_NOW, USES + 1);
	}
	pthread_mutex_lock(&lock);
	cr_expect_eq(table.n_hot, 10);
	for (unsigned i = 0; i < 20; i += 2) {
		certs_table_remove(&table, e[i]);
		certs_entry_free(e[i]);
	}
	cr_expect_eq(table.n_hot, 5);
	pthread_mutex_unlock(&lock);
	cr_expect(is_fast(e[1]) && is_fast(e[9]) && !is_fast(e[11]));
	cr_expect_eq(tables(h), 5);
	certs_hot_free(&h);
}

/* Without one nothing happens. */
Test(hot, none)
{
	struct certs_entry *e = new_entry(1);
	struct certs_hot *h = NULL;

	use(h, e, TEST_NOW, USES + 5);
	certs_hot_replaced(h, e);
	cr_expect_eq(e->heat, CERTS_COLD);
	cr_expect_eq(certs_hot_stats(h).tables, 0);
	certs_hot_free(&h);
}

#else

Test(hot, there_are_no_tables)
{
	cr_expect_eq(certs_hot_stats(NULL).tables, 0);
}

#endif
