/* SPDX-License-Identifier: Apache-2.0 */
/* grab.c - one document from a host that is expected, and wait for it. */
#include <string.h>

#include <openssl/crypto.h>

#include "grab.h"
#include "text.h"
#include "url.h"

#define TOTAL_MS 30000
#define CONNECT_MS 10000

struct grab {
	char			*body;	/* owned */
	size_t			 n;
	struct shaken_diag	*diag;
};

static void
on_res(void *arg, const struct certs_fetch_res *res)
{
	struct grab *g = arg;

	if (res->end != CERTS_FETCH_OK) {
		certs_diag(g->diag, "%s", res->why.text);
		return;
	}
	g->body = OPENSSL_malloc(res->body.n + 1);
	if (g->body == NULL) {
		certs_diag(g->diag, "out of memory");
		return;
	}
	if (res->body.n > 0)
		memcpy(g->body, res->body.p, res->body.n);
	g->body[res->body.n] = '\0';
	g->n = res->body.n;
}

static bool
is_expected(const struct certs_stipa_opts *o, const char *home,
    const struct certs_fetch_opts *fetch, const char *host)
{
	char other[CERTS_HOST_MAX];

	if (home != NULL && certs_url_check(fetch, shaken_sv_cstr(home), other,
	    NULL) == SHAKEN_OK && strcmp(host, other) == 0)
		return true;
	for (size_t i = 0; i < o->n_hosts; i++)
		if (certs_name_is(shaken_sv_cstr(o->hosts[i]), host))
			return true;
	return false;
}

char *
certs_grab(const struct certs_stipa_opts *o, const char *home,
    struct certs_fetch_req *req, size_t *n, struct shaken_diag *diag)
{
	struct certs_fetch_opts fetch = o->fetch;
	struct grab g = { .diag = diag };
	char host[CERTS_HOST_MAX];

	*n = 0;
	certs_diag(diag, "%s", "");
	fetch.size = sizeof(fetch);
	if (fetch.total_ms == 0)
		fetch.total_ms = TOTAL_MS;
	if (fetch.connect_ms == 0)
		fetch.connect_ms = CONNECT_MS;
	if (certs_url_check(&fetch, req->url, host, diag) != SHAKEN_OK)
		return NULL;
	if (!is_expected(o, home, &fetch, host)) {
		certs_diag(diag, "%s is not a host that this may come from",
		    host);
		return NULL;
	}
	if (certs_fetch(&fetch, req, on_res, &g, diag) != SHAKEN_OK)
		return NULL;
	*n = g.n;
	return g.body;
}
