/* SPDX-License-Identifier: Apache-2.0 */
/* cache_open.c - the cache made, with what its store holds, and ended. */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/rand.h>

#include "cache_int.h"
#include "text.h"

#define ENTRIES 8192
#define BYTES ((size_t)128 * 1024 * 1024)
#define NEGATIVE_S 30
#define FLOOR_S 86400		/* ATIS-1000074: at least 24 hours */
#define CEILING_S (7 * 86400)
#define TABLE_USES 500		/* what a table costs is saved by then */

/* One chain of the store, while the cache is made. */
static bool
on_stored(void *arg, const struct certs_stored *in)
{
	struct certs_cache *c = arg;
	struct certs_entry *e = NULL;
	uint8_t key[CERTS_KEY_LEN];

	if (certs_cache_key(c, shaken_sv_cstr(in->url), key))
		e = certs_cache_entry(c, key, in->url);
	if (e == NULL)
		return false;	/* no memory: start with what there is */
	e->pem = malloc(in->pem.n);
	if (e->pem == NULL)
		return false;
	memcpy(e->pem, in->pem.p, in->pem.n);
	e->pem_n = in->pem.n;
	e->fetched = in->fetched;
	e->until = in->until < in->fetched + c->keep.ceiling_s ? in->until :
	    in->fetched + c->keep.ceiling_s;
	certs_cache_text(&e->etag, in->etag);
	certs_cache_text(&e->last_modified, in->last_modified);
	/* only good ones are stored */
	certs_table_update(&c->table, e, CERTS_GOOD);
	c->stats.store_loaded++;
	certs_cache_evict(c);
	return true;
}

static enum shaken_err
load(struct certs_cache *c, const char *dir, struct shaken_diag *diag)
{
	enum shaken_err err = certs_store_open(dir, &c->store, diag);
	size_t corrupt = 0;

	if (err != SHAKEN_OK)
		return err;
	c->writer = certs_writer_new(c->store);
	if (c->writer == NULL)
		return SHAKEN_E_NOMEM;
	err = certs_store_each(c->store, on_stored, c, &corrupt);
	c->stats.store_corrupt = corrupt;
	return err;
}

static bool
opts_ok(const struct certs_cache_opts *o)
{
	const int64_t max = INT32_MAX; /* sums of it with a clock fit */

	return o->size == sizeof(*o) &&
	    o->negative_s >= 0 && o->negative_s <= max &&
	    o->floor_s >= 0 && o->floor_s <= max &&
	    o->ceiling_s >= 0 && o->ceiling_s <= max &&
	    o->stale_s >= 0 && o->stale_s <= max;
}

enum shaken_err
certs_cache_new(const struct certs_cache_opts *opts, struct certs_cache **out,
    struct shaken_diag *diag)
{
	const struct certs_cache_opts strict = { .size = sizeof(strict) };
	const struct certs_cache_opts *o = opts != NULL ? opts : &strict;
	enum shaken_err err = SHAKEN_E_NOMEM;
	struct certs_cache *c;

	*out = NULL;
	certs_diag(diag, "%s", "");
	if (!opts_ok(o)) {
		certs_diag(diag, "not the options of a cache");
		return SHAKEN_E_ARG;
	}
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return SHAKEN_E_NOMEM;
	certs_table_init(&c->table,
	    o->max_entries != 0 ? o->max_entries : ENTRIES,
	    o->max_bytes_total != 0 ? o->max_bytes_total : BYTES);
	c->keep = (struct certs_keep){
		.negative_s = o->negative_s != 0 ? o->negative_s : NEGATIVE_S,
		.floor_s = o->floor_s != 0 ? o->floor_s : FLOOR_S,
		.ceiling_s = o->ceiling_s != 0 ? o->ceiling_s : CEILING_S,
		.stale_s = o->stale_s,
	};
	c->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	c->has_lock = pthread_mutex_init(&c->lock, NULL) == 0;
	if (c->sha256 == NULL || RAND_bytes(c->salt, CERTS_SALT_LEN) != 1 ||
	    !c->has_lock)
		goto fail;
	if (o->store_dir != NULL) {
		err = load(c, o->store_dir, diag);
		if (err != SHAKEN_OK)
			goto fail;
	}
	err = certs_fetcher_new(o->fetch.size == 0 ? NULL : &o->fetch,
	    &c->fetcher, diag);
	if (err == SHAKEN_OK && o->max_tables > 0) {
		c->hot = certs_hot_new(&c->lock, &c->table, o->max_tables,
		    o->table_uses != 0 ? o->table_uses : TABLE_USES);
		err = c->hot != NULL ? SHAKEN_OK : SHAKEN_E_NOMEM;
	}
	if (err != SHAKEN_OK)
		goto fail;
	*out = c;
	return SHAKEN_OK;
fail:
	ERR_clear_error();
	certs_cache_free(&c);
	return err;
}

void
certs_cache_free(struct certs_cache **cp)
{
	struct certs_cache *c = *cp;

	if (c == NULL)
		return;
	certs_fetcher_free(&c->fetcher); /* and with it, all flights */
	certs_hot_free(&c->hot);
	certs_writer_free(&c->writer);
	certs_store_close(&c->store);
	certs_table_clear(&c->table);
	if (c->has_lock)
		pthread_mutex_destroy(&c->lock);
	EVP_MD_free(c->sha256);
	free(c);
	*cp = NULL;
}
