/* SPDX-License-Identifier: Apache-2.0 */
/* table.c - the entries of the cache. */
#include <stdlib.h>

#include "table.h"

/* What one parsed and judged certificate takes (measured: 9.2 KB with OpenSSL
 * 3.0); an estimate, to bound the whole. */
#define CERT_BYTES (10 * 1024)

struct certs_known {
	char		*name;	/* "https://host:port"; owned */
	size_t		 n;	/* good entries */
	UT_hash_handle	 hh;
};

void
certs_table_init(struct certs_table *t, size_t max_n, size_t max_bytes)
{
	*t = (struct certs_table){ .by_key = NULL };
	for (int k = 0; k < CERTS_KINDS; k++)
		TAILQ_INIT(&t->kind[k].lru);
	TAILQ_INIT(&t->hot);
	t->kind[CERTS_BAD].max_n = max_n / 4;
	t->kind[CERTS_BAD].max_bytes = max_bytes / 4;
	t->kind[CERTS_GOOD].max_n = max_n - max_n / 4;
	t->kind[CERTS_GOOD].max_bytes = max_bytes - max_bytes / 4;
}

void
certs_entry_free(struct certs_entry *e)
{
	if (e == NULL)
		return;
	shaken_chain_free(&e->chain);
	free(e->url);
	free(e->pem);
	free(e->etag);
	free(e->last_modified);
	free(e->why);
	free(e);
}

void
certs_table_clear(struct certs_table *t)
{
	struct certs_entry *e;

	for (int k = 0; k < CERTS_KINDS; k++)
		while ((e = TAILQ_FIRST(&t->kind[k].lru)) != NULL) {
			certs_table_remove(t, e);
			certs_entry_free(e);
		}
}

/* The length of "https://host:port". */
static size_t
authority_len(const char *url)
{
	const char *p = strstr(url, "://");

	return p == NULL ? strlen(url) : (size_t)(p - url) + 3 +
	    strcspn(p + 3, "/");
}

static struct certs_known *
host_find(struct certs_table *t, const char *url)
{
	struct certs_known *h;

	HASH_FIND(hh, t->hosts, url, authority_len(url), h);
	return h;
}

/* Without memory a host stays unknown, which costs it nothing but its turn. */
static struct certs_known *
host_ref(struct certs_table *t, const char *url)
{
	struct certs_known *h = host_find(t, url);

	if (h == NULL) {
		h = calloc(1, sizeof(*h));
		if (h == NULL)
			return NULL;
		h->name = strndup(url, authority_len(url));
		if (h->name != NULL)
			HASH_ADD_KEYPTR(hh, t->hosts, h->name,
			    strlen(h->name), h);
		if (h->name == NULL || h->hh.tbl == NULL) {
			free(h->name);
			free(h);
			return NULL;
		}
	}
	h->n++;
	return h;
}

static void
host_unref(struct certs_table *t, struct certs_known *h)
{
	if (h == NULL || --h->n > 0)
		return;
	HASH_DEL(t->hosts, h);
	free(h->name);
	free(h);
}

bool
certs_table_knows_host_of(struct certs_table *t, const char *url)
{
	return host_find(t, url) != NULL;
}

static size_t
text_cost(const char *s)
{
	return s == NULL ? 0 : strlen(s) + 1;
}

static size_t
cost_of(const struct certs_entry *e)
{
	return sizeof(*e) + text_cost(e->url) + text_cost(e->etag) +
	    text_cost(e->last_modified) + text_cost(e->why) + e->pem_n +
	    (e->chain == NULL ? 0 : shaken_chain_n(e->chain) * CERT_BYTES);
}

/* e is in by_key, and now also in a list and in the sums. */
static void
count(struct certs_table *t, struct certs_entry *e, enum certs_kind kind)
{
	e->kind = kind;
	e->cost = cost_of(e);
	e->host = kind == CERTS_GOOD ? host_ref(t, e->url) : NULL;
	TAILQ_INSERT_TAIL(&t->kind[kind].lru, e, link);
	t->kind[kind].n++;
	t->kind[kind].bytes += e->cost;
}

static void
uncount(struct certs_table *t, struct certs_entry *e)
{
	TAILQ_REMOVE(&t->kind[e->kind].lru, e, link);
	t->kind[e->kind].n--;
	t->kind[e->kind].bytes -= e->cost;
	host_unref(t, e->host);
	e->host = NULL;
}

struct certs_entry *
certs_table_find(struct certs_table *t, const uint8_t key[CERTS_KEY_LEN])
{
	struct certs_entry *e;

	HASH_FIND(hh, t->by_key, key, CERTS_KEY_LEN, e);
	return e;
}

bool
certs_table_add(struct certs_table *t, struct certs_entry *e,
    enum certs_kind kind)
{
	HASH_ADD(hh, t->by_key, key, CERTS_KEY_LEN, e);
	if (e->hh.tbl == NULL)
		return false;
	count(t, e, kind);
	return true;
}

void
certs_table_touch(struct certs_table *t, struct certs_entry *e)
{
	struct certs_entries *lru = &t->kind[e->kind].lru;

	TAILQ_REMOVE(lru, e, link);
	TAILQ_INSERT_TAIL(lru, e, link);
	if (e->heat == CERTS_COLD)
		return;
	TAILQ_REMOVE(&t->hot, e, hot_link);
	TAILQ_INSERT_TAIL(&t->hot, e, hot_link);
}

void
certs_table_set_heat(struct certs_table *t, struct certs_entry *e,
    enum certs_heat heat)
{
	if (e->heat == CERTS_COLD && heat != CERTS_COLD) {
		TAILQ_INSERT_TAIL(&t->hot, e, hot_link);
		t->n_hot++;
	} else if (e->heat != CERTS_COLD && heat == CERTS_COLD) {
		TAILQ_REMOVE(&t->hot, e, hot_link);
		t->n_hot--;
	}
	e->heat = heat;
}

void
certs_table_update(struct certs_table *t, struct certs_entry *e,
    enum certs_kind kind)
{
	uncount(t, e);
	count(t, e, kind);
}

void
certs_table_remove(struct certs_table *t, struct certs_entry *e)
{
	uncount(t, e);
	certs_table_set_heat(t, e, CERTS_COLD);
	HASH_DEL(t->by_key, e);
}

struct certs_entry *
certs_table_evict(struct certs_table *t)
{
	for (int k = 0; k < CERTS_KINDS; k++) {
		struct certs_entry *e = TAILQ_FIRST(&t->kind[k].lru);

		if (t->kind[k].n > t->kind[k].max_n ||
		    t->kind[k].bytes > t->kind[k].max_bytes) {
			certs_table_remove(t, e);
			return e;
		}
	}
	return NULL;
}
