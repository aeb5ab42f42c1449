/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store.h - chains on disk: one file each, named by the SHA-256 of its URL.
 *
 * A file is written beside its place, synced and renamed, so after a power loss
 * there is the old or the new one.  It carries a digest of itself: one that
 * does not read back is passed over and counted.  Nobody is trusted because of
 * what lies here: chains are judged when they are used.
 */
#ifndef SHAKENCERTS_STORE_H
#define SHAKENCERTS_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <shaken/err.h>
#include <shaken/view.h>

SHAKEN_BEGIN_DECLS

/* One chain.  Given to the store it is borrowed for the call; strings hold no
 * control characters, NULL is "". */
struct certs_stored {
	size_t			 size;	/* sizeof(struct certs_stored) */
	const char		*url;
	int64_t			 fetched, until; /* seconds since 1970 UTC */
	const char		*etag, *last_modified; /* "": none */
	struct shaken_sv	 pem;	/* as it came: PEM, or one DER */
};

struct certs_store; /* opaque; thread-safe; may be shared by processes */

/*
 * Open a directory that exists, and remove what an interrupted write left.
 *
 *   *out	owned by the caller; NULL on failure
 *   diag	the directory and what is wrong with it; may be NULL
 *
 * Returns SHAKEN_OK, SHAKEN_E_ARG (not a directory that can be written to),
 * SHAKEN_E_NOMEM.
 */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
certs_store_open(const char *dir, struct certs_store **out,
    struct shaken_diag *diag);

/* Close and set *s to NULL; NULL and *s == NULL are fine. */
SHAKEN_API void certs_store_close(struct certs_store **s);

/* Write a chain, in place of an older one of its URL; it is on the disk when
 * this returns.  Returns SHAKEN_OK, SHAKEN_E_ARG (also when writing fails, diag
 * says how), SHAKEN_E_LIMIT (longer than SHAKEN_PEM_MAX), SHAKEN_E_NOMEM. */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
certs_store_put(struct certs_store *s, const struct certs_stored *in,
    struct shaken_diag *diag);

/* Give the chain of a URL new times; false if there is none.  Blocks as
 * certs_store_put(). */
SHAKEN_API bool
certs_store_touch(struct certs_store *s, const char *url, int64_t fetched,
    int64_t until);

/* Remove the chain of a URL; false if there was none. */
SHAKEN_API bool certs_store_remove(struct certs_store *s, const char *url);

/* Called once a chain; in dies with the return.  False: no more. */
typedef bool (*certs_store_fn)(void *arg, const struct certs_stored *in);

/*
 * Show fn every chain, in no order; it may put and remove.
 *
 *   *corrupt	files that do not read back; may be NULL
 *
 * Returns SHAKEN_OK, SHAKEN_E_ARG (the directory cannot be read),
 * SHAKEN_E_NOMEM.
 */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
certs_store_each(struct certs_store *s, certs_store_fn fn, void *arg,
    size_t *corrupt);

SHAKEN_END_DECLS

#endif
