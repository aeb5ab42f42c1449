/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fetch.h - GET over HTTPS from hosts that strangers name (the x5u of a call,
 * ATIS-1000074), so every limit is on unless a laboratory turns it off.
 *
 * https only, port 443 or 8443, no userinfo, query or fragment, no redirect, no
 * proxy, TLS 1.2 or later, verified; an address is judged when its socket is
 * opened, after resolution, and only a public one is connected to.  One
 * deadline covers queue, resolution, connection and transfer.
 */
#ifndef SHAKENCERTS_FETCH_H
#define SHAKENCERTS_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <shaken/err.h>
#include <shaken/view.h>

SHAKEN_BEGIN_DECLS

/* How a fetch ended.  The names are labels of a metric: append only. */
#define CERTS_FETCH_MAP(X)                                                    \
	X(CERTS_FETCH_OK, "ok")                                               \
	X(CERTS_FETCH_URL, "url") /* its shape is not allowed */              \
	X(CERTS_FETCH_BUSY, "busy") /* the queue is full */                   \
	X(CERTS_FETCH_DNS, "dns")                                             \
	X(CERTS_FETCH_ADDRESS, "address") /* resolves to no public address */  \
	X(CERTS_FETCH_CONNECT, "connect")                                     \
	X(CERTS_FETCH_TLS, "tls")                                             \
	X(CERTS_FETCH_TIMEOUT, "timeout")                                     \
	X(CERTS_FETCH_STATUS, "status") /* not 200 */                         \
	X(CERTS_FETCH_CODING, "coding") /* compressed, nobody asked for it */ \
	X(CERTS_FETCH_SIZE, "size")                                           \
	X(CERTS_FETCH_HTTP, "http") /* broken answer or connection */         \
	X(CERTS_FETCH_CONTENT, "content") /* no certificates in it */         \
	X(CERTS_FETCH_SECRET, "secret") /* there is a private key in it */    \
	X(CERTS_FETCH_STOPPED, "stopped") /* the fetcher was freed meanwhile */\
	X(CERTS_FETCH_INTERNAL, "internal") /* memory */

enum certs_fetch_end {
#define X(name, text) name,
	CERTS_FETCH_MAP(X)
#undef X
	CERTS_FETCH_ENDS
};

/* The label of an end; static, never NULL. */
SHAKEN_API const char *certs_fetch_end_name(enum certs_fetch_end e);

struct certs_fetch_opts {	/* zero everywhere: defaults, strict */
	size_t		 size;	/* sizeof(struct certs_fetch_opts) */
	unsigned	 total_ms;	/* of one fetch; 0: 2000 */
	unsigned	 connect_ms;	/* of it, until TLS is up; 0: 1000 */
	size_t		 max_bytes;	/* of one body; 0: SHAKEN_PEM_MAX */
	unsigned	 max_parallel;	/* fetches under way; 0: 64 */
	unsigned	 max_per_host;	/* of them to one host; 0: 4 */
	unsigned	 max_queued;	/* waiting for their turn; 0: 4096 */
	const char	*user_agent;	/* copied; NULL: "libshaken/VERSION" */
	const char	*tls_ca; /* PEM file that web servers are verified with;
				  * copied; NULL: the system's store */
	/* For laboratories.  Each gives up a protection. */
	bool		 allow_private; /* addresses that are not public */
	bool		 allow_http;	/* plain http */
	bool		 any_port;
	const uint16_t	*ports;	/* n_ports more that may be used; copied */
	size_t		 n_ports;	/* at most 16 */
};

struct certs_fetch_req {	/* all borrowed for the call */
	size_t			 size;	/* sizeof(struct certs_fetch_req) */
	struct shaken_sv	 url;
	const char		*etag;	/* NULL, or what to revalidate: */
	const char		*last_modified;
	const char *const	*headers; /* n_headers more, "Name: value" */
	size_t			 n_headers;
	struct shaken_sv	 post;	/* n not 0: POST this */
	unsigned		 total_ms; /* 0: as the fetcher's */
	size_t			 max_bytes; /* 0: as the fetcher's */
	bool			 first;	/* goes before those without, and may
					 * use the quarter of max_parallel that
					 * they may not */
};

/* What came.  Borrowed until the callback returns; strings NUL-terminated,
 * never NULL, "" where the answer has none. */
struct certs_fetch_res {
	enum certs_fetch_end	 end;
	int			 status;  /* of HTTP; 0: there was no answer */
	bool			 not_modified; /* OK: keep what you have */
	struct shaken_sv	 body;	  /* empty unless OK */
	const char		*etag, *last_modified, *content_type,
				*cache_control;
	int64_t			 fresh_s; /* seconds that Cache-Control or
				   * Expires gives (RFC 9111 section 4.2), less
				   * Age; -1: the answer does not say */
	unsigned		 ms;	  /* it took */
	struct shaken_diag	 why;	  /* empty when OK */
};

/* Called from the fetcher's thread, which must not be kept waiting. */
typedef void (*certs_fetch_fn)(void *arg, const struct certs_fetch_res *res);

struct certs_fetcher; /* opaque; thread-safe; one thread of its own */

/*
 * Start a fetcher.  opts is copied; NULL means all zero.
 *
 *   *out	owned by the caller; NULL on failure
 *   diag	what is wrong with opts; may be NULL
 *
 * Returns SHAKEN_OK, SHAKEN_E_ARG (also a tls_ca that cannot be read),
 * SHAKEN_E_NOMEM (also no thread).
 */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
certs_fetcher_new(const struct certs_fetch_opts *opts,
    struct certs_fetcher **out, struct shaken_diag *diag);

/* Stop: every fetch under way ends as STOPPED before this returns.  Sets *f to
 * NULL; NULL and *f == NULL are fine.  Not from a callback. */
SHAKEN_API void certs_fetcher_free(struct certs_fetcher **f);

/*
 * Queue one fetch.  fn is called exactly once, always from the fetcher's
 * thread, perhaps before this returns, and within total_ms.  There is no
 * cancelling: arg must live until then.
 *
 * Returns SHAKEN_OK; otherwise fn is not called: SHAKEN_E_URI (diag says which
 * rule), SHAKEN_E_LIMIT (the queue is full), SHAKEN_E_ARG, SHAKEN_E_NOMEM.
 */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
certs_fetcher_submit(struct certs_fetcher *f, const struct certs_fetch_req *req,
    certs_fetch_fn fn, void *arg, struct shaken_diag *diag);

/* Whether the rules of f let this URL be fetched: SHAKEN_OK, SHAKEN_E_URI with
 * the rule in diag, or SHAKEN_E_NOMEM. */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
certs_fetcher_check(const struct certs_fetcher *f, struct shaken_sv url,
    struct shaken_diag *diag);

/* One fetch, and wait for it, with a fetcher of its own.  fn is called with
 * every outcome unless this returns an error, as certs_fetcher_new() and
 * certs_fetcher_submit() do. */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
certs_fetch(const struct certs_fetch_opts *opts,
    const struct certs_fetch_req *req, certs_fetch_fn fn, void *arg,
    struct shaken_diag *diag);

SHAKEN_END_DECLS

#endif
