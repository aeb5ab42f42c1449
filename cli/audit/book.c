/* SPDX-License-Identifier: Apache-2.0 */
/* book.c - the chains of an audit. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <shakencerts/store.h>

#include "book.h"
#include "find.h"

#define BUCKETS 16384
#define USES_MIN 1000		/* before a table is made for a chain */
#define TABLES_MAX 32		/* SHAKEN_CHAIN_TABLE_BYTES each */

struct audit_book {
	struct audit_book_opts	 o;
	struct shaken_trust	*trust;
	struct certs_fetcher	*fetcher; /* owned; NULL: nothing is fetched */
	pthread_mutex_t		 lock;
	pthread_cond_t		 cond;	/* some chain became ready */
	size_t			 n;
	atomic_uint		 tables;	/* made for chains used a lot */
	struct audit_chain	*bucket[BUCKETS];
};

/* -- one chain ---------------------------------------------------------- */

/* The value of an attribute in a name of RFC 2253; false: it has none. */
static bool
attribute(struct shaken_sv name, const char *key, char *out, size_t cap)
{
	size_t n = strlen(key), at = 0, len = 0;
	bool start = true;

	for (; at + n < name.n; at++) {
		if (start && memcmp(name.p + at, key, n) == 0)
			break;
		start = name.p[at] == ',' || name.p[at] == '+';
		if (name.p[at] == '\\')
			at++;
	}
	if (at + n >= name.n)
		return false;
	for (at += n; at < name.n && name.p[at] != ',' && name.p[at] != '+';
	    at++) {
		if (name.p[at] == '\\' && at + 1 < name.n)
			at++;
		if (len + 1 < cap)
			out[len++] = name.p[at];
	}
	out[len] = '\0';
	return len > 0;
}

static void
name_signer(struct audit_chain *c)
{
	struct shaken_sv name =
	    shaken_cert_subject(shaken_chain_cert(c->chain, 0));

	if (!attribute(name, "O=", c->signer, sizeof(c->signer)) &&
	    !attribute(name, "CN=", c->signer, sizeof(c->signer)))
		snprintf(c->signer, sizeof(c->signer), "%.*s",
		    (int)(name.n < AUDIT_SIGNER_MAX ? name.n :
		    AUDIT_SIGNER_MAX), name.p);
}

static void
free_chain(struct audit_chain *c)
{
	if (c == NULL)
		return;
	shaken_chain_free(&c->chain);
	free(c->url);
	free(c->pem);
	free(c);
}

void
audit_book_drop(struct audit_chain *c)
{
	if (c != NULL && !c->kept)
		free_chain(c);
}

static struct audit_chain *
new_chain(struct shaken_sv url)
{
	struct audit_chain *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->url = strndup(url.p, url.n);
	if (c->url == NULL) {
		free(c);
		return NULL;
	}
	return c;
}

/* Judge bytes as the chain of c.  False: no memory. */
static bool
judge(struct shaken_trust *trust, struct audit_chain *c, struct shaken_sv pem)
{
	enum shaken_err err;

	err = shaken_chain_new(trust, pem, &c->chain, &c->why);
	if (err == SHAKEN_E_NOMEM)
		return false;
	if (err != SHAKEN_OK) {
		if (c->why.text[0] == '\0')
			snprintf(c->why.text, sizeof(c->why.text), "%s",
			    shaken_strerror((int)err));
		return true;
	}
	name_signer(c);
	c->pem = malloc(pem.n);
	if (c->pem == NULL)
		return false;
	memcpy(c->pem, pem.p, pem.n);
	c->n = pem.n;
	return true;
}

struct audit_chain *
audit_chain_new(struct shaken_trust *trust, struct shaken_sv url,
    struct shaken_sv pem)
{
	struct audit_chain *c = new_chain(url);

	if (c != NULL && judge(trust, c, pem))
		return c;
	free_chain(c);
	return NULL;
}

/* -- the book ----------------------------------------------------------- */

static uint64_t
hash(struct shaken_sv url)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);	/* FNV-1a */

	for (size_t i = 0; i < url.n; i++)
		h = (h ^ (unsigned char)url.p[i]) * UINT64_C(0x100000001b3);
	return h;
}

static bool
is_of(const struct audit_chain *c, uint64_t h, struct shaken_sv url)
{
	return c->hash == h && strncmp(c->url, url.p, url.n) == 0 &&
	    c->url[url.n] == '\0';
}

/* With the lock held, as long as there is room. */
static void
enter(struct audit_book *b, struct audit_chain *c)
{
	struct audit_chain **at = &b->bucket[c->hash % BUCKETS];

	if (b->n == AUDIT_BOOK_MAX)
		return;
	b->n++;
	c->kept = true;
	c->next = *at;
	*at = c;
}

static bool
look(struct audit_book *b, struct audit_chain *c)
{
	char *buf;
	size_t n;
	bool ok = true;

	snprintf(c->why.text, sizeof(c->why.text), b->o.dir == NULL ?
	    "there is no chain of this x5u at hand: give --certs, --store or "
	    "--fetch" : "there is no chain of this x5u in --certs");
	buf = malloc(AUDIT_FIND_BYTES);
	if (buf == NULL)
		return false;
	if (b->o.dir != NULL && audit_find_file(b->o.dir, c->url, buf, &n))
		ok = judge(b->trust, c, (struct shaken_sv){ buf, n });
	else if (b->fetcher != NULL)
		ok = audit_find_fetched(b->fetcher, c->url, buf, &n, &c->why) ?
		    judge(b->trust, c, (struct shaken_sv){ buf, n }) :
		    c->why.text[0] != '\0';
	free(buf);
	return ok;
}

/* Not seen by this thread: find it, or make it, or wait for who makes it. */
static struct audit_chain *
get(struct audit_book *b, uint64_t h, struct shaken_sv url)
{
	struct audit_chain *c;
	bool ok;

	pthread_mutex_lock(&b->lock);
	for (c = b->bucket[h % BUCKETS]; c != NULL; c = c->next)
		if (is_of(c, h, url))
			break;
	while (c != NULL && !c->ready)
		pthread_cond_wait(&b->cond, &b->lock);
	if (c == NULL) {
		c = new_chain(url);
		if (c != NULL) {
			c->hash = h;
			enter(b, c);
		}
		pthread_mutex_unlock(&b->lock);
		if (c == NULL)
			return NULL;
		ok = look(b, c);
		pthread_mutex_lock(&b->lock);
		if (!ok)
			snprintf(c->why.text, sizeof(c->why.text),
			    "out of memory");
		c->ready = true;
		pthread_cond_broadcast(&b->cond);
	}
	pthread_mutex_unlock(&b->lock);
	return c;
}

/* A chain with many calls behind it will have more.  Without a table they are
 * judged the same. */
static void
speed_up(struct audit_book *b, struct audit_chain *c)
{
	if (c->chain != NULL && shaken_chain_uses(c->chain) >= USES_MIN &&
	    !shaken_chain_is_fast(c->chain) && !atomic_exchange(&c->tried, 1) &&
	    atomic_fetch_add(&b->tables, 1) < TABLES_MAX)
		(void)!shaken_chain_speed_up(c->chain);
}

struct audit_chain *
audit_book_get(struct audit_book *b, struct audit_near *near,
    struct shaken_sv url)
{
	uint64_t h = hash(url);
	struct audit_chain **at = &near->v[h % AUDIT_NEAR], *c = *at;

	if (c != NULL && is_of(c, h, url)) {
		speed_up(b, c);
		return c;
	}
	c = get(b, h, url);
	if (c != NULL && c->kept)
		*at = c;
	return c;
}

/* A chain that is at hand before it is asked for. */
static bool
preload(void *book, struct shaken_sv url, struct shaken_sv pem)
{
	struct audit_book *b = book;
	struct audit_chain *c;

	if (b->n == AUDIT_BOOK_MAX)
		return true;
	c = audit_chain_new(b->trust, url, pem);
	if (c == NULL)
		return false;
	c->hash = hash(url);
	c->ready = true;
	enter(b, c);
	return true;
}

static bool
on_stored(void *arg, const struct certs_stored *in)
{
	return preload(arg, shaken_sv_cstr(in->url), in->pem);
}

static enum cli_status
read_store(struct audit_book *b)
{
	struct certs_store *store;
	struct shaken_diag why = { "" };
	enum shaken_err err;

	err = certs_store_open(b->o.store, &store, &why);
	if (err != SHAKEN_OK)
		return cli_cannot("--store %s", cli_why(err, &why));
	err = certs_store_each(store, on_stored, b, NULL);
	certs_store_close(&store);
	return err == SHAKEN_OK ? CLI_OK : cli_cannot("--store %s: %s",
	    b->o.store, shaken_strerror((int)err));
}

enum cli_status
audit_book_open(const struct audit_book_opts *opts, struct shaken_trust *trust,
    struct audit_book **out)
{
	struct audit_book *b = *out = calloc(1, sizeof(*b));
	struct shaken_diag why = { "" };
	enum cli_status st = CLI_OK;
	enum shaken_err err;

	if (b == NULL)
		return cli_cannot("out of memory");
	b->o = *opts;
	b->trust = trust;
	pthread_mutex_init(&b->lock, NULL);
	pthread_cond_init(&b->cond, NULL);
	if (opts->rules != NULL) {
		err = certs_fetcher_new(&opts->rules->fetch, &b->fetcher, &why);
		if (err != SHAKEN_OK)
			return cli_cannot("%s", cli_why(err, &why));
	}
	if (opts->store != NULL)
		st = read_store(b);
	if (st == CLI_OK && opts->dir != NULL &&
	    !audit_find_listed(opts->dir, preload, b))
		st = cli_cannot("out of memory");
	return st;
}

void
audit_book_close(struct audit_book **book)
{
	struct audit_book *b = *book;

	if (b == NULL)
		return;
	certs_fetcher_free(&b->fetcher);
	for (size_t i = 0; i < BUCKETS; i++)
		while (b->bucket[i] != NULL) {
			struct audit_chain *c = b->bucket[i];

			b->bucket[i] = c->next;
			free_chain(c);
		}
	pthread_cond_destroy(&b->cond);
	pthread_mutex_destroy(&b->lock);
	free(b);
	*book = NULL;
}
