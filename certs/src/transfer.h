/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer.h - one request and its answer: what curl is told, and what its
 * callbacks let through.  Made by any thread, then used by the fetcher's alone.
 */
#ifndef CERTS_TRANSFER_H
#define CERTS_TRANSFER_H

#include <sys/queue.h>

#include <curl/curl.h>

#include <shakencerts/fetch.h>

#include "url.h"

struct certs_transfer {
	char			 host[CERTS_HOST_MAX];
	bool			 first;
	int64_t			 submitted_ms, deadline_ms; /* monotonic */
	CURL			*easy;	/* owned; NULL until it starts */
	certs_fetch_fn		 fn;
	void			*arg;
	/* the fetcher's */
	struct certs_host	*at;
	TAILQ_ENTRY(certs_transfer) link;

	const struct certs_fetch_opts *opts; /* borrowed from the fetcher */
	char			*url, *post; /* owned */
	size_t			 post_n, max_bytes;
	struct curl_slist	*headers; /* owned */
	bool			 conditional;

	enum certs_fetch_end	 stop;	/* why a callback gave up; or OK */
	char			 refused[64]; /* an address that was; "" */
	char			*body;	/* owned */
	size_t			 body_n, body_cap, header_n;
	char			 etag[128], last_modified[64], expires[64];
	char			 content_type[128], cache_control[256];
	char			 date[64], age[32], error[CURL_ERROR_SIZE];
	struct certs_fetch_res	 res;
};
TAILQ_HEAD(certs_transfers, certs_transfer);

/* opts has no zero where that means a default, and is borrowed until free. */
SHAKEN_MUST_USE enum shaken_err
certs_transfer_new(const struct certs_fetch_opts *opts,
    const struct certs_fetch_req *req, struct certs_transfer **out,
    struct shaken_diag *diag);

/* Make its easy handle; false: no memory. */
bool certs_transfer_start(struct certs_transfer *t, int64_t now_ms);

/* Fill in t->res from how curl ended it. */
void certs_transfer_done(struct certs_transfer *t, CURLcode rc);

/* Fill in t->res for one that ends without curl. */
void certs_transfer_fail(struct certs_transfer *t, enum certs_fetch_end end,
    const char *why);

void certs_transfer_free(struct certs_transfer *t);

#endif
