/* SPDX-License-Identifier: Apache-2.0 */
/* net.h - commands that fetch: their options, one fetch, several chains. */
#ifndef CLI_NET_H
#define CLI_NET_H

#include <pthread.h>
#include <time.h>

#include <shakencerts/cache.h>
#include <shakencerts/fetch.h>

#include "cli.h"

/* -- options ------------------------------------------------------------ */

struct cli_net {		/* a member of a command's options */
	const char		*tls_ca;
	struct cli_list		 ports;
	struct cli_number	 timeout;
	bool			 allow_private, lab;
};

/* Rows for a table of options; at is the offset of its struct cli_net. */
#define CLI_NET_AT(at, member) ((at) + offsetof(struct cli_net, member))
#define CLI_URL_OPTS(at)						      \
	{ "allow-port", "PORT", CLI_LIST, CLI_NET_AT(at, ports),	      \
	    "a port besides 443 and 8443; may be given again" },	      \
	{ "lab", NULL, CLI_FLAG, CLI_NET_AT(at, lab),			      \
	    "for laboratories: any address and any port" }
#define CLI_NET_OPTS(at)						      \
	{ "tls-ca", "FILE", CLI_STRING, CLI_NET_AT(at, tls_ca),		      \
	    "PEM file that web servers are verified with; default the "	      \
	    "system's store" },						      \
	{ "timeout", "MS", CLI_NUMBER, CLI_NET_AT(at, timeout),		      \
	    "milliseconds after which fetching is given up; default 5000" },  \
	{ "allow-private", NULL, CLI_FLAG, CLI_NET_AT(at, allow_private),     \
	    "also connect to addresses that are not public" },		      \
	CLI_URL_OPTS(at)

/* What may be fetched, and for how long. */
struct cli_rules {
	struct certs_fetch_opts	fetch;	/* borrows from the rest, and options */
	uint16_t		ports[16];
};

enum cli_status cli_rules(const struct cli_net *net, struct cli_rules *out);
/* Whether a lab's rule is on. */
bool cli_is_lab(const struct cli_net *net);

/* -- one URL ------------------------------------------------------------ */

/* Whether an argument is a URL, not a file. */
bool cli_is_url(const char *arg);

/* Fetch; fn is called with every outcome of it, while this waits.  A URL that
 * the rules forbid is an outcome too (CERTS_FETCH_URL). */
enum cli_status cli_fetch(const struct cli_rules *rules, const char *url,
    certs_fetch_fn fn, void *arg);

/* -- several chains, side by side --------------------------------------- */

struct cli_gets {
	struct certs_cache	*cache;	/* borrowed; freed before this is cleared */
	struct shaken_trust	*trust;	/* borrowed */
	pthread_mutex_t		 lock;
	pthread_cond_t		 cond;
	struct timespec		 end;	/* of waiting; monotonic */
	bool			 has_end, closed;
	size_t			 pending;
};

struct cli_get {		/* all zero at first */
	struct shaken_sv	 url;
	struct cli_gets		*gets;
	struct shaken_chain	*chain;	/* owned */
	struct shaken_diag	 why;	/* when there is none */
	bool			 was_hit; /* it was in the cache */
	bool			 done;
};

/* ms: all waits together, from now on; 0: as long as it takes.  False: no
 * memory. */
bool cli_gets_init(struct cli_gets *g, struct certs_cache *cache,
    struct shaken_trust *trust, unsigned ms);
void cli_gets_clear(struct cli_gets *g);

/* Ask for the chain of one->url; one must live until the cache is freed. */
void cli_gets_start(struct cli_gets *g, struct cli_get *one);
/* Ask for it past the cache.  False: there will be no other. */
bool cli_gets_again(struct cli_gets *g, struct cli_get *one);
/* Until no more than so many are pending; or the end, and then all is over:
 * what comes later is dropped. */
void cli_gets_wait(struct cli_gets *g, size_t pending);

#endif
