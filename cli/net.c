/* SPDX-License-Identifier: Apache-2.0 */
/* net.c - commands that fetch. */
#include <stdlib.h>
#include <string.h>

#include "net.h"

#define PORTS_MAX (sizeof(((struct cli_rules *)0)->ports) / sizeof(uint16_t))
#define TIMEOUT_MS 5000
#define TIMEOUT_MAX_MS 600000

bool
cli_is_lab(const struct cli_net *net)
{
	return net->lab || net->ports.n > 0;
}

enum cli_status
cli_rules(const struct cli_net *net, struct cli_rules *out)
{
	int64_t ms = net->timeout.given ? net->timeout.v : TIMEOUT_MS;

	*out = (struct cli_rules){ .fetch = { .size = sizeof(out->fetch),
		.tls_ca = net->tls_ca,
		.allow_private = net->allow_private || net->lab,
		.any_port = net->lab, .n_ports = net->ports.n } };
	if (ms < 1 || ms > TIMEOUT_MAX_MS)
		return cli_cannot("--timeout %lld: give 1 to %d milliseconds",
		    (long long)ms, TIMEOUT_MAX_MS);
	out->fetch.total_ms = out->fetch.connect_ms = (unsigned)ms;
	if (net->ports.n > PORTS_MAX)
		return cli_cannot("--allow-port: give it at most %zu times",
		    PORTS_MAX);
	for (size_t i = 0; i < net->ports.n; i++) {
		const char *text = net->ports.v[i];
		size_t n = strspn(text, "0123456789");
		long port = n == 0 || n > 5 || text[n] != '\0' ? 0 :
		    strtol(text, NULL, 10);

		if (port < 1 || port > 65535)
			return cli_cannot("--allow-port %s: give a number "
			    "from 1 to 65535", text);
		out->ports[i] = (uint16_t)port;
	}
	out->fetch.ports = out->ports;
	return CLI_OK;
}

bool
cli_is_url(const char *arg)
{
	return strstr(arg, "://") != NULL;
}

enum cli_status
cli_fetch(const struct cli_rules *rules, const char *url, certs_fetch_fn fn,
    void *arg)
{
	struct certs_fetch_req req = { .size = sizeof(req),
		.url = shaken_sv_cstr(url) };
	struct certs_fetch_res res = { .end = CERTS_FETCH_URL, .etag = "",
		.last_modified = "", .content_type = "", .cache_control = "",
		.fresh_s = -1 };
	struct shaken_diag diag = { "" };
	enum shaken_err err;

	err = certs_fetch(&rules->fetch, &req, fn, arg, &diag);
	if (err == SHAKEN_E_URI) {
		res.why = diag;
		fn(arg, &res);
	} else if (err != SHAKEN_OK) {
		return cli_cannot("%s", cli_why(err, &diag));
	}
	return CLI_OK;
}

/* -- several chains, side by side --------------------------------------- */

bool
cli_gets_init(struct cli_gets *g, struct certs_cache *cache,
    struct shaken_trust *trust, unsigned ms)
{
	pthread_condattr_t attr;
	bool ok;

	*g = (struct cli_gets){ .cache = cache, .trust = trust,
		.has_end = ms > 0 };
	clock_gettime(CLOCK_MONOTONIC, &g->end);
	g->end.tv_sec += ms / 1000;
	g->end.tv_nsec += (long)(ms % 1000) * 1000000;
	if (g->end.tv_nsec >= 1000000000) {
		g->end.tv_nsec -= 1000000000;
		g->end.tv_sec++;
	}
	if (pthread_condattr_init(&attr) != 0)
		return false;
	ok = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0 &&
	    pthread_cond_init(&g->cond, &attr) == 0;
	pthread_condattr_destroy(&attr);
	if (ok && pthread_mutex_init(&g->lock, NULL) != 0) {
		pthread_cond_destroy(&g->cond);
		ok = false;
	}
	return ok;
}

void
cli_gets_clear(struct cli_gets *g)
{
	pthread_cond_destroy(&g->cond);
	pthread_mutex_destroy(&g->lock);
}

/* From the cache's thread. */
static void
on_chain(void *arg, struct shaken_chain *chain, const struct shaken_diag *why)
{
	struct cli_get *one = arg;
	struct cli_gets *g = one->gets;

	pthread_mutex_lock(&g->lock);
	if (!g->closed) {
		one->chain = chain == NULL ? NULL : shaken_chain_ref(chain);
		one->why = *why;
		one->done = true;
	}
	g->pending--;
	pthread_cond_signal(&g->cond);
	pthread_mutex_unlock(&g->lock);
}

/* Counted before it is asked for, so that the callback finds it. */
static void
expect(struct cli_gets *g, struct cli_get *one)
{
	one->gets = g;
	snprintf(one->why.text, sizeof(one->why.text), "no answer in time");
	pthread_mutex_lock(&g->lock);
	g->pending++;
	pthread_mutex_unlock(&g->lock);
}

/* There was an answer at once, so there is no callback. */
static void
settle(struct cli_gets *g, struct cli_get *one, struct shaken_chain *chain,
    const struct shaken_diag *why)
{
	one->chain = chain;
	one->why = *why;
	one->was_hit = chain != NULL;
	one->done = true;
	pthread_mutex_lock(&g->lock);
	g->pending--;
	pthread_mutex_unlock(&g->lock);
}

void
cli_gets_start(struct cli_gets *g, struct cli_get *one)
{
	struct shaken_chain *chain;
	struct shaken_diag why;

	expect(g, one);
	/* the wall clock, also for a call that is judged as of another time */
	if (certs_cache_get(g->cache, g->trust, one->url, (int64_t)time(NULL),
	    on_chain, one, &chain, &why) != CERTS_PENDING)
		settle(g, one, chain, &why);
}

bool
cli_gets_again(struct cli_gets *g, struct cli_get *one)
{
	struct shaken_diag why;

	if (g->closed)
		return false;
	expect(g, one);
	if (certs_cache_refetch(g->cache, g->trust, one->url,
	    (int64_t)time(NULL), on_chain, one, &why) == CERTS_PENDING)
		return true;
	settle(g, one, NULL, &why);
	return false;
}

void
cli_gets_wait(struct cli_gets *g, size_t pending)
{
	int rc = 0;

	pthread_mutex_lock(&g->lock);
	while (g->pending > pending && rc == 0)
		rc = g->has_end ?
		    pthread_cond_timedwait(&g->cond, &g->lock, &g->end) :
		    pthread_cond_wait(&g->cond, &g->lock);
	if (rc != 0)
		g->closed = true;
	pthread_mutex_unlock(&g->lock);
}
