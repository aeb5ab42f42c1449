/* SPDX-License-Identifier: Apache-2.0 */
/* cache_int.h - what the files of the cache share: cache_open.c makes and ends
 * it, cache.c is what goes on meanwhile. */
#ifndef CERTS_CACHE_INT_H
#define CERTS_CACHE_INT_H

#include <pthread.h>

#include <openssl/evp.h>

#include <shakencerts/cache.h>

#include "hot.h"
#include "keep.h"
#include "writer.h"

#define CERTS_SALT_LEN 16

struct flight;			/* cache.c's */

struct certs_cache {
	struct certs_keep	 keep;
	struct certs_fetcher	*fetcher;
	struct certs_store	*store;	/* NULL: none */
	struct certs_writer	*writer; /* NULL: none */
	EVP_MD			*sha256;
	uint8_t			 salt[CERTS_SALT_LEN]; /* of keys: nobody can choose
					 * URLs that share a bucket */
	bool			 has_lock;
	pthread_mutex_t		 lock;	/* of what follows */
	struct certs_table	 table;
	struct certs_hot	*hot;	/* NULL: none */
	struct flight		*flights;
	struct certs_cache_stats stats;
};

/* The key of a URL's entry; false: no memory. */
bool certs_cache_key(const struct certs_cache *c, struct shaken_sv url,
    uint8_t key[CERTS_KEY_LEN]);

/* Copy a text into an entry, in the place of an old one; NULL and "": none. */
void certs_cache_text(char **to, const char *from);

/* With the lock held, or before there are threads: the entry of a key, made
 * where there is none (NULL: no memory); limits kept, by taking entries out. */
struct certs_entry *certs_cache_entry(struct certs_cache *c,
    const uint8_t key[CERTS_KEY_LEN], const char *url);
void certs_cache_evict(struct certs_cache *c);

#endif
