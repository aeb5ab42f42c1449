/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cache.c - from x5u to a judged chain.
 *
 * One lock over the table and the flights.  No chain is parsed or judged while
 * it is held, and no callback runs; the locks of the fetcher and the writer are
 * taken inside it, never the other way round.
 *
 * An entry holds what is known of a URL, a flight what is being fetched and who
 * waits for it; neither needs the other, so an entry may be evicted while a
 * flight is under way.
 */
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "cache_int.h"
#include "text.h"

#define MEDIA_TYPE "application/pem-certificate-chain"

struct ask {			/* what a get is about */
	uint8_t			 key[CERTS_KEY_LEN];
	struct shaken_sv	 url;
	struct shaken_trust	*trust;
	int64_t			 now;
	certs_cache_fn		 fn;
	void			*arg;
	bool			 refetch; /* a kept chain is no answer */
};

struct waiter {			/* one pending get */
	certs_cache_fn		 fn;
	void			*arg;
	struct shaken_trust	*trust;	/* owned */
	bool			 refetch;
	TAILQ_ENTRY(waiter)	 link;
};
TAILQ_HEAD(waiters, waiter);

struct flight {			/* one fetch under way */
	uint8_t			 key[CERTS_KEY_LEN];
	struct certs_cache	*cache;
	char			*url;	/* owned */
	int64_t			 now;	/* the clock when it started */
	struct shaken_trust	*trust;	/* of who started it; owned */
	struct shaken_chain	*chain;	/* being revalidated; owned; or NULL */
	struct waiters		 waiters; /* none: a renewal ahead of time */
	UT_hash_handle		 hh;
};

struct outcome {		/* what a fetch came to */
	enum certs_fetch_end	 end;
	struct shaken_chain	*chain;	/* owned; NULL unless OK */
	enum certs_kind		 kind;
	struct shaken_chain	*kept;	/* owned; to be used though it failed */
	struct shaken_diag	 why;
};

static void on_fetched(void *arg, const struct certs_fetch_res *res);

bool
certs_cache_key(const struct certs_cache *c, struct shaken_sv url,
    uint8_t key[CERTS_KEY_LEN])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx != NULL &&
	    EVP_DigestInit_ex2(ctx, c->sha256, NULL) == 1 &&
	    EVP_DigestUpdate(ctx, c->salt, sizeof(c->salt)) == 1 &&
	    EVP_DigestUpdate(ctx, url.p, url.n) == 1 &&
	    EVP_DigestFinal_ex(ctx, key, NULL) == 1;

	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return ok;
}

void
certs_cache_text(char **to, const char *from)
{
	free(*to);
	*to = from == NULL || from[0] == '\0' ? NULL : strdup(from);
}

static enum certs_kind
kind_of(const struct shaken_chain *chain, int64_t now)
{
	return shaken_chain_check(chain, now, NULL) == SHAKEN_OK ?
	    CERTS_GOOD : CERTS_BAD;
}

/*
 * Read a chain and judge it.  One that is no good gets a second look: libcrypto
 * does not always tell that it was only short of memory, and a verdict is kept.
 */
static enum shaken_err
read_chain(struct shaken_trust *t, struct shaken_sv pem, int64_t now,
    struct shaken_chain **out, enum certs_kind *kind, struct shaken_diag *why)
{
	enum shaken_err err = SHAKEN_OK;

	*kind = CERTS_BAD;
	for (int i = 0; i < 2 && *kind != CERTS_GOOD &&
	    err != SHAKEN_E_SECRET; i++) {
		shaken_chain_free(out);
		err = shaken_chain_new(t, pem, out, why);
		if (err == SHAKEN_OK)
			*kind = kind_of(*out, now);
	}
	return err;
}

/* The chain judged under t: a reference, to itself where it was; NULL: no
 * memory. */
static struct shaken_chain *
chain_under(struct shaken_chain *chain, struct shaken_trust *t)
{
	struct shaken_chain *judged;

	if (shaken_chain_trust(chain) == t)
		return shaken_chain_ref(chain);
	return shaken_chain_rejudge(chain, t, &judged) == SHAKEN_OK ? judged :
	    NULL;
}

/*
 * From here to the next such line the lock is held.
 */

void
certs_cache_evict(struct certs_cache *c)
{
	struct certs_entry *e;

	while ((e = certs_table_evict(&c->table)) != NULL) {
		c->stats.evictions++;
		if (e->kind == CERTS_GOOD && c->writer != NULL)
			certs_writer_remove(c->writer, e->url);
		certs_entry_free(e);
	}
}

struct certs_entry *
certs_cache_entry(struct certs_cache *c, const uint8_t key[CERTS_KEY_LEN],
    const char *url)
{
	struct certs_entry *e = certs_table_find(&c->table, key);

	if (e != NULL)
		return e;
	e = calloc(1, sizeof(*e));
	if (e == NULL)
		return NULL;
	memcpy(e->key, key, CERTS_KEY_LEN);
	e->url = strdup(url);
	if (e->url != NULL && certs_table_add(&c->table, e, CERTS_BAD))
		return e;
	certs_entry_free(e);
	return NULL;
}

/* Make chain that of e. */
static void
set_chain(struct certs_cache *c, struct certs_entry *e,
    struct shaken_chain *chain, enum certs_kind kind)
{
	struct shaken_chain *old = e->chain;

	e->chain = shaken_chain_ref(chain);
	shaken_chain_free(&old);
	e->not_after = shaken_cert_not_after(shaken_chain_cert(chain, 0));
	free(e->pem);
	e->pem = NULL;
	e->pem_n = 0;
	certs_table_update(&c->table, e, kind);
	certs_hot_replaced(c->hot, e);
}

/* Keep what came now; without memory it is used, but not kept. */
static void
keep_chain(struct certs_cache *c, const uint8_t key[CERTS_KEY_LEN],
    const char *url, int64_t now, const struct certs_fetch_res *res,
    struct shaken_chain *chain, enum certs_kind kind)
{
	struct certs_entry *e = certs_cache_entry(c, key, url);

	if (e == NULL)
		return;
	certs_cache_text(&e->why, NULL);
	if (!res->not_modified) {
		certs_cache_text(&e->etag, res->etag);
		certs_cache_text(&e->last_modified, res->last_modified);
	}
	if (res->not_modified && e->chain != NULL)
		kind = e->kind;	/* perhaps judged under a newer trust */
	else
		set_chain(c, e, chain, kind);
	e->fetched = now;
	e->until = certs_keep_until(&c->keep, kind, res->fresh_s, now,
	    e->not_after);
	e->hits = 0;
	if (c->writer != NULL && kind == CERTS_GOOD && res->not_modified)
		certs_writer_touch(c->writer, url, now, e->until);
	else if (c->writer != NULL && kind == CERTS_GOOD)
		certs_writer_put(c->writer, &(struct certs_stored){
		    .size = sizeof(struct certs_stored), .url = url,
		    .fetched = now, .until = e->until, .etag = res->etag,
		    .last_modified = res->last_modified, .pem = res->body });
	certs_cache_evict(c);
}

/* Remember that it failed.  Returns a chain that may be used all the same. */
static struct shaken_chain *
keep_failure(struct certs_cache *c, const struct flight *f, const char *why)
{
	struct certs_entry *e = certs_cache_entry(c, f->key, f->url);
	struct shaken_chain *kept = NULL;

	if (e == NULL)
		return NULL;
	certs_cache_text(&e->why, why);
	e->failed_at = f->now;
	certs_table_update(&c->table, e, e->kind);
	if (certs_keep_is_usable(&c->keep, e, f->now))
		kept = shaken_chain_ref(e->chain);
	certs_cache_evict(c);
	return kept;
}

/* Make chain, of the same certificates, that of e. */
static void
judged_again(struct certs_cache *c, struct certs_entry *e,
    struct shaken_chain *chain, enum certs_kind kind, int64_t now)
{
	int64_t end;

	set_chain(c, e, chain, kind);
	end = kind == CERTS_GOOD ? e->not_after : now + c->keep.negative_s;
	if (e->until > end)
		e->until = end;
	certs_cache_evict(c);
}

/* What was read from disk becomes a chain.  Gives up the lock meanwhile;
 * returns the entry as it is then, NULL: it is gone. */
static struct certs_entry *
unpack(struct certs_cache *c, struct certs_entry *e, const struct ask *a)
{
	enum shaken_err err = SHAKEN_E_NOMEM;
	enum certs_kind kind = CERTS_BAD;
	struct shaken_chain *chain = NULL;
	size_t n = e->pem_n;
	char *pem = malloc(n);

	if (pem != NULL)
		memcpy(pem, e->pem, n);
	pthread_mutex_unlock(&c->lock);
	if (pem != NULL)
		err = read_chain(a->trust, (struct shaken_sv){ pem, n },
		    a->now, &chain, &kind, NULL);
	free(pem);
	pthread_mutex_lock(&c->lock);

	e = certs_table_find(&c->table, a->key);
	if (e != NULL && e->pem != NULL && err == SHAKEN_OK) {
		judged_again(c, e, chain, kind, a->now);
		e = certs_table_find(&c->table, a->key);
	} else if (e != NULL && e->pem != NULL) {
		certs_table_remove(&c->table, e);
		certs_entry_free(e);
		e = NULL;
	}
	shaken_chain_free(&chain);
	return e;
}

static struct flight *
find_flight(struct certs_cache *c, const uint8_t key[CERTS_KEY_LEN])
{
	struct flight *f;

	HASH_FIND(hh, c->flights, key, CERTS_KEY_LEN, f);
	return f;
}

static void
free_flight(struct flight *f)
{
	shaken_trust_free(&f->trust);
	shaken_chain_free(&f->chain);
	free(f->url);
	free(f);
}

static struct flight *
new_flight(struct certs_cache *c, const struct ask *a)
{
	struct flight *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	memcpy(f->key, a->key, CERTS_KEY_LEN);
	f->cache = c;
	f->now = a->now;
	f->trust = shaken_trust_ref(a->trust);
	TAILQ_INIT(&f->waiters);
	f->url = strndup(a->url.p, a->url.n);
	if (f->url != NULL)
		HASH_ADD(hh, c->flights, key, CERTS_KEY_LEN, f);
	if (f->url == NULL || f->hh.tbl == NULL) {
		free_flight(f);
		return NULL;
	}
	return f;
}

/* Start a fetch; known (may be NULL) is revalidated.  NULL: refused. */
static struct flight *
start(struct certs_cache *c, const struct ask *a,
    const struct certs_entry *known, struct shaken_diag *why)
{
	struct certs_fetch_req req = { .size = sizeof(req), .url = a->url };
	enum shaken_err err = SHAKEN_E_NOMEM;
	struct flight *f = new_flight(c, a);

	if (f != NULL) {
		if (known != NULL && known->chain != NULL) {
			f->chain = shaken_chain_ref(known->chain);
			req.etag = known->etag;
			req.last_modified = known->last_modified;
		}
		req.first = certs_table_knows_host_of(&c->table, f->url);
		err = certs_fetcher_submit(c->fetcher, &req, on_fetched, f,
		    why);
		if (err == SHAKEN_OK)
			return f;
		HASH_DEL(c->flights, f);
		free_flight(f);
	}
	if (err == SHAKEN_E_URI)
		c->stats.ends[CERTS_FETCH_URL]++;
	else if (err == SHAKEN_E_LIMIT)
		c->stats.ends[CERTS_FETCH_BUSY]++;
	else {
		c->stats.ends[CERTS_FETCH_INTERNAL]++;
		certs_diag(why, "%s", shaken_strerror((int)err));
	}
	return NULL;
}

/* Wait for the fetch of a URL, which is started unless it is under way. */
static enum certs_got
wait_for(struct certs_cache *c, const struct ask *a,
    const struct certs_entry *known, struct shaken_diag *why)
{
	struct flight *f = find_flight(c, a->key);
	struct waiter *w = calloc(1, sizeof(*w));

	if (w == NULL) {
		certs_diag(why, "%s", shaken_strerror(SHAKEN_E_NOMEM));
		return CERTS_FAILED;
	}
	if (f != NULL)
		c->stats.joined++;
	else
		f = start(c, a, known, why);
	if (f == NULL) {
		free(w);
		return CERTS_FAILED;
	}
	w->fn = a->fn;
	w->arg = a->arg;
	w->trust = shaken_trust_ref(a->trust);
	w->refetch = a->refetch;
	TAILQ_INSERT_TAIL(&f->waiters, w, link);
	return CERTS_PENDING;
}

/* A get: *chain is a reference, not yet judged under the get's trust. */
static enum certs_got
look_up(struct certs_cache *c, const struct ask *a, struct shaken_chain **chain,
    struct shaken_diag *why)
{
	struct certs_entry *e = certs_table_find(&c->table, a->key);

	if (e != NULL && e->pem != NULL)
		e = unpack(c, e, a);
	if (e != NULL)
		certs_table_touch(&c->table, e);
	if (e != NULL && certs_keep_is_usable(&c->keep, e, a->now)) {
		c->stats.hits++;
		c->stats.stale += a->now >= e->until;
		e->hits += e->hits < UINT_MAX;
		certs_hot_used(c->hot, e, a->now);
		*chain = shaken_chain_ref(e->chain);
		if (certs_keep_is_due(&c->keep, e, a->now) &&
		    find_flight(c, a->key) == NULL)
			(void)start(c, a, e, NULL);
		return CERTS_HIT;
	}
	if (e != NULL && certs_keep_is_failing(&c->keep, e, a->now)) {
		c->stats.negative_hits++;
		certs_diag(why, "%s", e->why);
		return CERTS_FAILED;
	}
	c->stats.misses++;
	return wait_for(c, a, e, why);
}

/* A kept chain was judged again: from now on that is the kept one. */
static void
replace(struct certs_cache *c, const struct ask *a,
    const struct shaken_chain *old, struct shaken_chain *chain,
    enum certs_kind kind)
{
	struct certs_entry *e = certs_table_find(&c->table, a->key);

	c->stats.rejudged++;
	if (e != NULL && e->chain == old)
		judged_again(c, e, chain, kind, a->now);
}

static void
count_fetch(struct certs_cache *c, const struct outcome *o,
    const struct certs_fetch_res *res)
{
	struct shaken_sv type = shaken_sv_cstr(res->content_type);

	c->stats.fetches++;
	c->stats.ends[o->end]++;
	c->stats.fetch_ms += res->ms;
	if (o->end != CERTS_FETCH_OK)
		return;
	c->stats.not_modified += res->not_modified;
	c->stats.type_mismatches += !res->not_modified && !certs_name_is(
	    certs_trim(certs_take_until(&type, ';')), MEDIA_TYPE);
}

/*
 * From here on it is not.
 */

/* Judge what came. */
static void
judge(const struct flight *f, const struct certs_fetch_res *res,
    struct outcome *o)
{
	enum shaken_err err = SHAKEN_OK;

	*o = (struct outcome){ .end = res->end, .why = res->why };
	if (res->end != CERTS_FETCH_OK)
		return;
	if (res->not_modified) {
		o->chain = shaken_chain_ref(f->chain);
		o->kind = kind_of(o->chain, f->now);
	} else {
		err = read_chain(f->trust, res->body, f->now, &o->chain,
		    &o->kind, &o->why);
	}
	if (err == SHAKEN_OK)
		return;
	o->end = err == SHAKEN_E_SECRET ? CERTS_FETCH_SECRET :
	    err == SHAKEN_E_CERT || err == SHAKEN_E_LIMIT ?
	    CERTS_FETCH_CONTENT : CERTS_FETCH_INTERNAL;
	if (o->why.text[0] == '\0')
		certs_diag(&o->why, "%s", shaken_strerror((int)err));
}

/* The end of one pending get. */
static void
answer(struct waiter *w, const struct outcome *o)
{
	struct shaken_diag why = o->why;
	struct shaken_chain *from = o->chain, *chain = NULL;

	if (from == NULL && !w->refetch)
		from = o->kept;
	if (from != NULL) {
		chain = chain_under(from, w->trust);
		certs_diag(&why, "%s", chain != NULL ? "" :
		    shaken_strerror(SHAKEN_E_NOMEM));
	}
	w->fn(w->arg, chain, &why);
	shaken_chain_free(&chain);
	shaken_trust_free(&w->trust);
	free(w);
}

static void
on_fetched(void *arg, const struct certs_fetch_res *res)
{
	struct flight *f = arg;
	struct certs_cache *c = f->cache;
	struct outcome o;
	struct waiter *w;

	judge(f, res, &o);
	pthread_mutex_lock(&c->lock);
	HASH_DEL(c->flights, f);	/* nobody joins any more */
	count_fetch(c, &o, res);
	if (o.end == CERTS_FETCH_OK)
		keep_chain(c, f->key, f->url, f->now, res, o.chain, o.kind);
	else if (o.end != CERTS_FETCH_STOPPED && o.end != CERTS_FETCH_INTERNAL)
		o.kept = keep_failure(c, f, o.why.text);
	pthread_mutex_unlock(&c->lock);

	while ((w = TAILQ_FIRST(&f->waiters)) != NULL) {
		TAILQ_REMOVE(&f->waiters, w, link);
		answer(w, &o);
	}
	shaken_chain_free(&o.chain);
	shaken_chain_free(&o.kept);
	free_flight(f);
}

enum certs_got
certs_cache_get(struct certs_cache *c, struct shaken_trust *trust,
    struct shaken_sv url, int64_t now, certs_cache_fn fn, void *arg,
    struct shaken_chain **chain, struct shaken_diag *why)
{
	struct ask a = { .url = url, .trust = trust, .now = now, .fn = fn,
	    .arg = arg };
	struct shaken_chain *kept = NULL;
	enum certs_got got;

	*chain = NULL;
	certs_diag(why, "%s", "");
	if (trust == NULL || !certs_cache_key(c, url, a.key)) {
		certs_diag(why, "no trust, or no memory");
		return CERTS_FAILED;
	}
	pthread_mutex_lock(&c->lock);
	got = look_up(c, &a, &kept, why);
	pthread_mutex_unlock(&c->lock);
	if (got != CERTS_HIT)
		return got;

	*chain = chain_under(kept, trust);
	if (*chain != NULL && *chain != kept) {
		enum certs_kind kind = kind_of(*chain, now);

		pthread_mutex_lock(&c->lock);
		replace(c, &a, kept, *chain, kind);
		pthread_mutex_unlock(&c->lock);
	}
	shaken_chain_free(&kept);
	if (*chain != NULL)
		return CERTS_HIT;
	certs_diag(why, "%s", shaken_strerror(SHAKEN_E_NOMEM));
	return CERTS_FAILED;
}

enum certs_got
certs_cache_refetch(struct certs_cache *c, struct shaken_trust *trust,
    struct shaken_sv url, int64_t now, certs_cache_fn fn, void *arg,
    struct shaken_diag *why)
{
	struct ask a = { .url = url, .trust = trust, .now = now, .fn = fn,
	    .arg = arg, .refetch = true };
	const struct certs_entry *e;
	enum certs_got got = CERTS_FAILED;

	certs_diag(why, "%s", "");
	if (trust == NULL || !certs_cache_key(c, url, a.key)) {
		certs_diag(why, "no trust, or no memory");
		return CERTS_FAILED;
	}
	pthread_mutex_lock(&c->lock);
	e = certs_table_find(&c->table, a.key);
	if (e != NULL && find_flight(c, a.key) == NULL &&
	    (certs_keep_is_failing(&c->keep, e, now) ||
	    certs_keep_is_new(&c->keep, e, now)))
		certs_diag(why, "it was fetched just now");
	else
		got = wait_for(c, &a, NULL, why);
	pthread_mutex_unlock(&c->lock);
	return got;
}

enum shaken_err
certs_cache_put(struct certs_cache *c, struct shaken_trust *trust,
    struct shaken_sv url, struct shaken_sv pem, int64_t now,
    struct shaken_diag *diag)
{
	struct certs_fetch_res res = { .fresh_s = -1, .etag = "",
	    .last_modified = "", .body = pem };
	struct shaken_chain *chain = NULL;
	uint8_t key[CERTS_KEY_LEN];
	enum certs_kind kind;
	enum shaken_err err;
	char *text;

	err = certs_fetcher_check(c->fetcher, url, diag);
	if (err == SHAKEN_OK)
		err = shaken_chain_new(trust, pem, &chain, diag);
	if (err != SHAKEN_OK)
		return err;
	kind = kind_of(chain, now);
	text = strndup(url.p, url.n);
	if (text == NULL || !certs_cache_key(c, url, key))
		err = SHAKEN_E_NOMEM;
	if (err == SHAKEN_OK) {
		pthread_mutex_lock(&c->lock);
		keep_chain(c, key, text, now, &res, chain, kind);
		pthread_mutex_unlock(&c->lock);
	}
	free(text);
	shaken_chain_free(&chain);
	return err;
}

void
certs_cache_stats(struct certs_cache *c, struct certs_cache_stats *out)
{
	const struct certs_table *t = &c->table;
	struct certs_hot_stats hot;

	pthread_mutex_lock(&c->lock);
	*out = c->stats;
	hot = certs_hot_stats(c->hot);
	out->tables_made = hot.made;
	out->table_errors = hot.failed;
	out->tables = hot.tables;
	out->bad_entries = t->kind[CERTS_BAD].n;
	out->entries = t->kind[CERTS_GOOD].n + t->kind[CERTS_BAD].n;
	out->bytes = t->kind[CERTS_GOOD].bytes + t->kind[CERTS_BAD].bytes;
	out->in_flight = HASH_COUNT(c->flights);
	pthread_mutex_unlock(&c->lock);
	if (c->writer != NULL)
		out->store_errors = certs_writer_errors(c->writer);
}
