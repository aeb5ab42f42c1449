/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

/* A new entry, number i, with n bytes that are not yet parsed. */
static struct certs_entry *
make(unsigned i, size_t n)
{
	struct certs_entry *e = calloc(1, sizeof(*e));
	char url[64];

	cr_assert_not_null(e);
	memcpy(e->key, &i, sizeof(i));
	snprintf(url, sizeof(url), "https://h%u.example/%u.pem", i % 7, i);
	e->url = strdup(url);
	e->pem = calloc(1, n + 1);
	e->pem_n = n;
	cr_assert(e->url != NULL && e->pem != NULL);
	return e;
}

static struct certs_entry *
find(struct certs_table *t, unsigned i)
{
	uint8_t key[CERTS_KEY_LEN] = { 0 };

	memcpy(key, &i, sizeof(i));
	return certs_table_find(t, key);
}

static void
add(struct certs_table *t, unsigned i, size_t n, enum certs_kind kind)
{
	cr_assert(certs_table_add(t, make(i, n), kind));
}

static size_t
evict_all(struct certs_table *t)
{
	struct certs_entry *e;
	size_t n = 0;

	for (; (e = certs_table_evict(t)) != NULL; n++)
		certs_entry_free(e);
	return n;
}

Test(table, found_by_key)
{
	struct certs_table t;

	certs_table_init(&t, 100, 1000000);
	cr_expect_null(find(&t, 1));
	add(&t, 1, 10, CERTS_GOOD);
	add(&t, 2, 10, CERTS_BAD);
	cr_expect_str_eq(find(&t, 1)->url, "https://h1.example/1.pem");
	cr_expect_str_eq(find(&t, 2)->url, "https://h2.example/2.pem");
	cr_expect_null(find(&t, 3));
	certs_table_clear(&t);
	cr_expect_null(find(&t, 1));
}

/* three quarters for the good, one for the bad, the oldest goes. */
Test(table, bounded_by_count)
{
	struct certs_table t;

	certs_table_init(&t, 8, 1000000);
	for (unsigned i = 0; i < 100; i++) {
		add(&t, i, 10, i % 2 == 0 ? CERTS_GOOD : CERTS_BAD);
		evict_all(&t);
	}
	cr_expect_eq(t.kind[CERTS_GOOD].n, 6, "R-097");
	cr_expect_eq(t.kind[CERTS_BAD].n, 2, "R-097");
	for (unsigned i = 0; i < 100; i++)
		cr_expect_eq(find(&t, i) != NULL,
		    i % 2 == 0 ? i >= 88 : i >= 97, "%u", i);
	certs_table_clear(&t);
}

Test(table, bounded_by_bytes)
{
	struct certs_table t;

	certs_table_init(&t, 1000, 400000); /* 300,000 for the good */
	for (unsigned i = 0; i < 100; i++) {
		add(&t, i, 10000, CERTS_GOOD);
		evict_all(&t);
		cr_expect_leq(t.kind[CERTS_GOOD].bytes, 300000, "R-097");
	}
	cr_expect_gt(t.kind[CERTS_GOOD].n, 25);
	cr_expect_lt(t.kind[CERTS_GOOD].n, 30);
	add(&t, 1000, 400000, CERTS_GOOD); /* more than fits alone */
	evict_all(&t);
	cr_expect_eq(t.kind[CERTS_GOOD].n, 0);
	cr_expect_eq(t.kind[CERTS_GOOD].bytes, 0);
	certs_table_clear(&t);
}

/* A flood of bad ones costs no good one. */
Test(table, kinds_do_not_compete)
{
	struct certs_table t;

	certs_table_init(&t, 8, 1000000);
	for (unsigned i = 0; i < 6; i++)
		add(&t, i, 10, CERTS_GOOD);
	for (unsigned i = 100; i < 200; i++) {
		add(&t, i, 10, CERTS_BAD);
		evict_all(&t);
	}
	for (unsigned i = 0; i < 6; i++)
		cr_expect_not_null(find(&t, i));
	certs_table_clear(&t);
}

Test(table, touched_stays)
{
	struct certs_table t;

	certs_table_init(&t, 4, 1000000);
	for (unsigned i = 0; i < 3; i++)
		add(&t, i, 10, CERTS_GOOD);
	certs_table_touch(&t, find(&t, 0));
	add(&t, 3, 10, CERTS_GOOD);
	cr_expect_eq(evict_all(&t), 1);
	cr_expect_not_null(find(&t, 0));
	cr_expect_null(find(&t, 1));
	certs_table_clear(&t);
}

/* What changes kind or size is counted as what it is now. */
Test(table, update)
{
	struct certs_table t;
	struct certs_entry *e;
	size_t before;

	certs_table_init(&t, 100, 1000000);
	add(&t, 1, 1000, CERTS_BAD);
	e = find(&t, 1);
	before = t.kind[CERTS_BAD].bytes;
	free(e->pem);
	e->pem = NULL;
	e->pem_n = 0;
	certs_table_update(&t, e, CERTS_GOOD);
	cr_expect_eq(t.kind[CERTS_BAD].n, 0);
	cr_expect_eq(t.kind[CERTS_BAD].bytes, 0);
	cr_expect_eq(t.kind[CERTS_GOOD].n, 1);
	cr_expect_eq(t.kind[CERTS_GOOD].bytes, before - 1000);
	certs_table_remove(&t, e);
	cr_expect_eq(t.kind[CERTS_GOOD].bytes, 0);
	certs_entry_free(e);
	certs_table_clear(&t);
}

/* A host is known as long as it has a good chain. */
Test(table, known_hosts)
{
	struct certs_table t;

	certs_table_init(&t, 100, 1000000);
	add(&t, 1, 10, CERTS_GOOD);
	add(&t, 8, 10, CERTS_GOOD);	/* of the same host */
	add(&t, 2, 10, CERTS_BAD);
	cr_expect(certs_table_knows_host_of(&t, "https://h1.example/x"));
	cr_expect(certs_table_knows_host_of(&t, "https://h1.example"));
	cr_expect(!certs_table_knows_host_of(&t, "https://h1.example:8443/x"));
	cr_expect(!certs_table_knows_host_of(&t, "https://h1.example.org/x"));
	cr_expect(!certs_table_knows_host_of(&t, "https://h2.example/2.pem"));
	certs_table_update(&t, find(&t, 1), CERTS_BAD);
	cr_expect(certs_table_knows_host_of(&t, "https://h1.example/x"));
	certs_table_update(&t, find(&t, 8), CERTS_BAD);
	cr_expect(!certs_table_knows_host_of(&t, "https://h1.example/x"));
	certs_table_clear(&t);
}
