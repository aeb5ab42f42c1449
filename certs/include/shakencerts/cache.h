/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cache.h - from x5u to a judged chain: fetched once, kept, renewed in time.
 *
 * Keyed by the whole URL.  What is kept are parsed and judged chains, so a hit
 * costs no parsing and no signature.  A chain is kept for 24 hours, or longer
 * if its host says so (ATIS-1000074), never past its leaf's notAfter; a failure
 * for negative_s.  Callers that miss the same URL all wait for one fetch.
 *
 * Bounded by count and bytes, least recently used first out.  Failures and
 * chains that are not trusted live in a quarter of their own, so a million URLs
 * that lead to nothing good push out nothing good.
 *
 * Chains that are used a lot can be made fast on the way (max_tables).  When
 * there are as many, the one that was used least recently makes room, if that
 * was ten minutes ago.
 *
 * No lock is held while a callback runs.
 */
#ifndef SHAKENCERTS_CACHE_H
#define SHAKENCERTS_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <shaken/chain.h>
#include <shaken/err.h>
#include <shaken/trust.h>
#include <shaken/view.h>
#include <shakencerts/fetch.h>

SHAKEN_BEGIN_DECLS

struct certs_cache_opts {	/* zero everywhere: defaults, strict */
	size_t		 size;	/* sizeof(struct certs_cache_opts) */
	struct certs_fetch_opts fetch; /* its size member must be set, or all
				 * of it be zero */
	size_t		 max_entries; /* URLs kept; 0: 8192 */
	size_t		 max_bytes_total; /* estimate over all; 0: 128 MiB */
	int64_t		 negative_s; /* a failure is kept; 0: 30 */
	int64_t		 floor_s; /* a chain is kept at least; 0: 24 hours */
	int64_t		 ceiling_s; /* and at most; 0: 7 days */
	int64_t		 stale_s; /* when its host fails, a chain is used longer
				 * by this, within notAfter; 0: not at all */
	const char	*store_dir; /* copies on disk, so that a restart is
				 * warm; copied; must exist; NULL: none */
	size_t		 max_tables; /* chains that are made fast, in a thread
				 * (shaken_chain_speed_up()); 0: none */
	uint64_t	 table_uses; /* after so many signatures; 0: 500 */
};

struct certs_cache; /* opaque; thread-safe; owns a fetcher */

/*
 * Make a cache, with what its store holds, and start its fetch thread.
 *
 *   opts	copied; NULL means all zero
 *   *out	owned by the caller; NULL on failure
 *   diag	what is wrong with opts; may be NULL
 *
 * Returns SHAKEN_OK, SHAKEN_E_ARG (also a tls_ca or store_dir that cannot be
 * used), SHAKEN_E_NOMEM.
 */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
certs_cache_new(const struct certs_cache_opts *opts, struct certs_cache **out,
    struct shaken_diag *diag);

/* Stop: every get that is pending is called back with a reason before this
 * returns.  Sets *c to NULL; NULL and *c == NULL are fine.  Not from a
 * callback, and not while another thread still uses the cache. */
SHAKEN_API void certs_cache_free(struct certs_cache **c);

enum certs_got {
	CERTS_FAILED = 0,	/* known to fail, and why */
	CERTS_HIT = 1,		/* here it is */
	CERTS_PENDING = 2,	/* the callback will say */
};

/*
 * The end of a pending get.
 *
 *   chain	judged under the get's trust; borrowed for the call (take a
 *		reference to keep it); NULL: there is none
 *   why	the reason then, for shaken_verify_no_chain(); else empty
 *
 * Called from the fetch thread, which must not be kept waiting; may call any
 * function of this header but certs_cache_free() and certs_cache_wait().
 */
typedef void (*certs_cache_fn)(void *arg, struct shaken_chain *chain,
    const struct shaken_diag *why);

/*
 * Get the chain of a URL.
 *
 *   trust	what the chain must have been judged under; a kept chain that
 *		was not is judged again here and then kept in its place
 *   url	as shaken_verify_x5u() gives it; borrowed for the call
 *   now	the wall clock, seconds since 1970-01-01 UTC (not the time of a
 *		call that is judged later)
 *   fn, arg	called exactly once if, and only if, the result is PENDING,
 *		perhaps before this returns, always within fetch.total_ms and
 *		at the latest in certs_cache_free().  So there is no cancelling:
 *		arg must live until then (where its owner may go away first,
 *		give it a reference count).
 *   *chain	HIT: a reference for the caller; else NULL
 *   why	FAILED: the reason; may be NULL
 *
 * Thread-safe; does not block on the network.
 */
SHAKEN_API enum certs_got
certs_cache_get(struct certs_cache *c, struct shaken_trust *trust,
    struct shaken_sv url, int64_t now, certs_cache_fn fn, void *arg,
    struct shaken_chain **chain, struct shaken_diag *why);

/*
 * The same, and wait: for programs that have nothing else to do.  Returns HIT
 * or FAILED; also FAILED when timeout_ms are over (0: fetch.total_ms decides).
 */
SHAKEN_API enum certs_got
certs_cache_wait(struct certs_cache *c, struct shaken_trust *trust,
    struct shaken_sv url, int64_t now, unsigned timeout_ms,
    struct shaken_chain **chain, struct shaken_diag *why);

/*
 * A kept chain did not verify a signature: perhaps its host replaced it behind
 * the same URL.  Fetch it anew, past the cache, once in negative_s and URL.
 * Parameters and callback as in certs_cache_get(); FAILED: it was fetched just
 * now or cannot be fetched, so the verdict stands.  If the fetch fails the kept
 * chain stays, and the callback has a reason.
 */
SHAKEN_API enum certs_got
certs_cache_refetch(struct certs_cache *c, struct shaken_trust *trust,
    struct shaken_sv url, int64_t now, certs_cache_fn fn, void *arg,
    struct shaken_diag *why);

/*
 * Put a chain in by hand, as if fetched at now: prefetch from a file, import.
 * Returns what shaken_chain_new() does, or SHAKEN_E_URI.
 */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
certs_cache_put(struct certs_cache *c, struct shaken_trust *trust,
    struct shaken_sv url, struct shaken_sv pem, int64_t now,
    struct shaken_diag *diag);

struct certs_cache_stats {
	uint64_t	hits;		/* answered with a chain at once */
	uint64_t	negative_hits;	/* answered with a failure at once */
	uint64_t	misses;		/* had to wait */
	uint64_t	joined;		/* of them, on a fetch under way */
	uint64_t	rejudged;	/* judged again under another trust */
	uint64_t	stale;		/* hits past their time, by stale_s */
	uint64_t	fetches;	/* fetches that ended, */
	uint64_t	ends[CERTS_FETCH_ENDS]; /* by how they ended; and
					  * those refused: URL, BUSY */
	uint64_t	not_modified;	/* of the OK ones, answered 304 */
	uint64_t	fetch_ms;	/* sum over all fetches */
	uint64_t	type_mismatches; /* OK, but the Content-Type is not
					  * application/pem-certificate-chain */
	uint64_t	evictions;
	uint64_t	store_loaded, store_corrupt, store_errors;
	uint64_t	tables_made, table_errors;
	/* as they are now */
	uint64_t	entries, bad_entries; /* bad: failed or not trusted */
	uint64_t	bytes;
	uint64_t	in_flight;
	uint64_t	tables;	/* SHAKEN_CHAIN_TABLE_BYTES each, not in bytes */
};

SHAKEN_API void
certs_cache_stats(struct certs_cache *c, struct certs_cache_stats *out);

SHAKEN_END_DECLS

#endif
