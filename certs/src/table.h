/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table.h - the entries of the cache, found by key, bounded, least recently
 * used first out.  One thread at a time: the cache has the lock.
 */
#ifndef CERTS_TABLE_H
#define CERTS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include <shaken/chain.h>

#define HASH_NONFATAL_OOM 1	/* shows in hh.tbl */
#include <uthash.h>

#define CERTS_KEY_LEN 32

/* What kind of entry it is; each kind has limits of its own. */
enum certs_kind {
	CERTS_BAD,		/* no chain, or one that is not trusted */
	CERTS_GOOD,
	CERTS_KINDS
};

/* What is with its table (hot.h). */
enum certs_heat {
	CERTS_COLD,		/* it has none */
	CERTS_WANTED,		/* it is to get one */
	CERTS_HOT,		/* it has one, or there could be none */
	CERTS_COOLING		/* it is to give it up */
};

struct certs_known;		/* a host that has good chains */

struct certs_entry {
	uint8_t			 key[CERTS_KEY_LEN];
	char			*url;	/* owned, as all pointers here */
	struct shaken_chain	*chain;	/* NULL: none, or still to be parsed: */
	char			*pem;	/* as read from disk; NULL: not */
	size_t			 pem_n;
	char			*etag, *last_modified; /* NULL: none */
	int64_t			 fetched, until; /* of the chain */
	int64_t			 not_after; /* of its leaf */
	unsigned		 hits;	/* since it was fetched */
	char			*why;	/* the last fetch failed; or NULL */
	int64_t			 failed_at;
	/* the table's */
	enum certs_kind		 kind;
	size_t			 cost;
	struct certs_known	*host;	/* of a good one */
	TAILQ_ENTRY(certs_entry) link;
	enum certs_heat		 heat;
	int64_t			 used;	/* last; of those not cold */
	TAILQ_ENTRY(certs_entry) hot_link;
	UT_hash_handle		 hh;
};
TAILQ_HEAD(certs_entries, certs_entry);

struct certs_table {
	struct certs_entry	*by_key;
	struct certs_known	*hosts;
	struct {
		struct certs_entries	 lru; /* the next to go is first */
		size_t			 n, bytes, max_n, max_bytes;
	} kind[CERTS_KINDS];
	struct certs_entries	 hot;	/* all not cold, the last used last */
	size_t			 n_hot;
};

void certs_table_init(struct certs_table *t, size_t max_n, size_t max_bytes);
void certs_table_clear(struct certs_table *t);

struct certs_entry *certs_table_find(struct certs_table *t,
    const uint8_t key[CERTS_KEY_LEN]);

/* Put in a new entry: takes e.  False: no memory, e is still the caller's. */
bool certs_table_add(struct certs_table *t, struct certs_entry *e,
    enum certs_kind kind);

/* e was used: it becomes the last to go. */
void certs_table_touch(struct certs_table *t, struct certs_entry *e);

/* e was changed: count it anew, as that kind. */
void certs_table_update(struct certs_table *t, struct certs_entry *e,
    enum certs_kind kind);

void certs_table_set_heat(struct certs_table *t, struct certs_entry *e,
    enum certs_heat heat);

/* Take e out: gives it to the caller. */
void certs_table_remove(struct certs_table *t, struct certs_entry *e);

/* The next entry that has to go so that the limits are kept, taken out: gives
 * it to the caller; NULL: they are. */
struct certs_entry *certs_table_evict(struct certs_table *t);

/* Whether the host of this URL has a good chain in the table. */
bool certs_table_knows_host_of(struct certs_table *t, const char *url);

void certs_entry_free(struct certs_entry *e);

#endif
