/* SPDX-License-Identifier: Apache-2.0 */
/* conf_check.c - what is wrong with a configuration whose lines are right. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "api.h"
#include "conf.h"

#define PORTS_MAX 16		/* certs_fetch_opts.n_ports */

struct check {
	const struct svc_conf	*c;
	const char		*path;
	FILE			*diag;
	bool			 ok;
};

__attribute__((format(printf, 2, 3)))
static void
complain(struct check *k, const char *fmt, ...)
{
	va_list ap;

	fprintf(k->diag, "%s: ", k->path);
	va_start(ap, fmt);
	vfprintf(k->diag, fmt, ap);
	va_end(ap);
	fputc('\n', k->diag);
	k->ok = false;
}

bool
svc_conf_verstat(const char *text, int *ecase, bool *failed)
{
	int n = 0;

	if (text[0] != 'E')
		return false;
	for (text++; *text >= '0' && *text <= '9' && n < 100; text++)
		n = n * 10 + (*text - '0');
	if (n < 3 || n > 19 || *text != ' ')
		return false;
	text += strspn(text, " ");
	*ecase = n;
	*failed = strcmp(text, "failed") == 0;
	return *failed || strcmp(text, "none") == 0;
}

static bool
has(const struct svc_list *list, const char *text)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->v[i], text) == 0)
			return true;
	return false;
}

bool
svc_conf_may_be_public(const struct svc_conf *c, const char **why)
{
	*why = NULL;
	if (c->http.allow_plain_http)
		return true;
	if (c->http.tls_certificate == NULL)
		*why = "no tls_certificate";
	for (size_t i = 0; i < c->n_tenants; i++)
		if (c->tenants[i].anonymous)
			*why = "no need of credentials (there is no [tenant], "
			    "or one that is anonymous)";
	return *why == NULL;
}

static void
check_listen(struct check *k)
{
	const char *why;

	for (size_t i = 0; i < k->c->http.listen.n; i++) {
		const char *text = k->c->http.listen.v[i];
		struct svc_addr a;

		if (!svc_addr_parse(text, &a))
			complain(k, "[http] listen: %s is not a numeric "
			    "address and port, like 127.0.0.1:8080", text);
		else if (!svc_addr_is_loopback((struct sockaddr *)&a.ss) &&
		    !svc_conf_may_be_public(k->c, &why))
			complain(k, "[http] listen: %s is not loopback, and "
			    "there is %s; allow_plain_http = yes permits it",
			    text, why);
	}
}

static void
check_http(struct check *k)
{
	const struct svc_conf *c = k->c;

	check_listen(k);
	if ((c->http.tls_certificate == NULL) != (c->http.tls_key == NULL))
		complain(k, "[http] tls_certificate and tls_key need each "
		    "other");
	if (c->http.client_ca != NULL && c->http.tls_certificate == NULL)
		complain(k, "[http] client_ca needs tls_certificate");
	if (c->auth.jwt_key == NULL &&
	    (c->auth.jwt_issuer != NULL || c->auth.jwt_audience != NULL))
		complain(k, "[auth] jwt_issuer and jwt_audience need jwt_key");
}

static void
check_keys(struct check *k)
{
	for (size_t i = 0; i < k->c->n_keys; i++) {
		const struct svc_conf_key *key = &k->c->keys[i];
		const char *missing = key->private_key == NULL ?
		    "private_key" : key->certificate == NULL ? "certificate" :
		    key->x5u == NULL ? "x5u" : NULL;

		if (missing != NULL)
			complain(k, "[key %s] has no %s", key->name, missing);
	}
}

/* The same credential must not stand for two tenants. */
static void
check_unique(struct check *k, const char *what, const struct svc_list *a,
    const struct svc_list *b, const struct svc_conf_tenant *at,
    const struct svc_conf_tenant *bt)
{
	for (size_t i = 0; i < a->n; i++)
		if (has(b, a->v[i]))
			complain(k, "[tenant %s] has a %s of [tenant %s]",
			    at->name, what, bt->name);
}

static void
check_tenant(struct check *k, const struct svc_conf_tenant *t)
{
	if (!t->anonymous && t->token_sha256.n == 0 &&
	    t->client_subject.n == 0 && t->jwt_subject.n == 0)
		complain(k, "[tenant %s] has no credentials: token_sha256, "
		    "client_subject, jwt_subject or anonymous", t->name);
	if (t->client_subject.n > 0 && k->c->http.client_ca == NULL)
		complain(k, "[tenant %s] client_subject needs client_ca in "
		    "[http]", t->name);
	if (t->jwt_subject.n > 0 && k->c->auth.jwt_key == NULL)
		complain(k, "[tenant %s] jwt_subject needs jwt_key in [auth]",
		    t->name);
	for (size_t i = 0; i < t->keys.n; i++) {
		size_t j = 0;

		while (j < k->c->n_keys &&
		    strcmp(k->c->keys[j].name, t->keys.v[i]) != 0)
			j++;
		if (j == k->c->n_keys)
			complain(k, "[tenant %s] keys: there is no [key %s]",
			    t->name, t->keys.v[i]);
	}
}

static void
check_tenants(struct check *k)
{
	const struct svc_conf *c = k->c;
	size_t anonymous = 0;

	for (size_t i = 0; i < c->n_tenants; i++) {
		const struct svc_conf_tenant *a = &c->tenants[i];

		check_tenant(k, a);
		anonymous += a->anonymous;
		for (size_t j = 0; j < i; j++) {
			const struct svc_conf_tenant *b = &c->tenants[j];

			check_unique(k, "token_sha256", &a->token_sha256,
			    &b->token_sha256, a, b);
			check_unique(k, "client_subject", &a->client_subject,
			    &b->client_subject, a, b);
			check_unique(k, "jwt_subject", &a->jwt_subject,
			    &b->jwt_subject, a, b);
		}
	}
	if (anonymous > 1)
		complain(k, "more than one tenant is anonymous");
}

static void
check_rest(struct check *k)
{
	const struct svc_conf *c = k->c;

	if (c->trust.anchors.n > 0 && c->trust.crls.n == 0 &&
	    c->trust.crl_policy == SVC_CRL_HARD)
		complain(k, "[trust] no call could pass: crl_policy is hard "
		    "and there are no crls; give them, or crl_policy = soft");
	if (c->fetch.connect_ms > c->fetch.total_ms)
		complain(k, "[fetch] connect_ms is more than total_ms");
	if (c->verify.verstat_uri == (long)API_URI_SIP &&
	    c->verify.domain == NULL)
		complain(k, "[verify] verstat_uri = sip needs domain");
	if (c->fetch.allow_ports.n > PORTS_MAX)
		complain(k, "[fetch] more than %d allow_ports", PORTS_MAX);
}

bool
svc_conf_check(const struct svc_conf *c, const char *path, FILE *diag)
{
	struct check k = { c, path, diag, true };

	check_http(&k);
	check_keys(&k);
	check_tenants(&k);
	check_rest(&k);
	return k.ok;
}

static bool
lists_equal(const struct svc_list *a, const struct svc_list *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->v[i], b->v[i]) != 0)
			return false;
	return true;
}

static bool
strings_equal(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool
items_equal(const struct svc_item *it, const void *a, const void *b)
{
	const void *x = (const char *)a + it->offset;
	const void *y = (const char *)b + it->offset;

	switch (it->type) {
	case SVC_T_LIST:
		return lists_equal(x, y);
	case SVC_T_STR:
		return strings_equal(*(char *const *)x, *(char *const *)y);
	case SVC_T_BOOL:
		return *(const bool *)x == *(const bool *)y;
	case SVC_T_INT:
	case SVC_T_ENUM:
		return *(const long *)x == *(const long *)y;
	}
	return false;
}

const char *
svc_conf_frozen(const struct svc_conf *a, const struct svc_conf *b, size_t i)
{
	for (const struct svc_section *s = svc_sections; s->name != NULL; s++) {
		bool same = true;

		if (!s->frozen)
			continue;
		for (const struct svc_item *it = s->items; it->key != NULL;
		    it++)
			same = same && items_equal(it,
			    (const char *)a + s->offset,
			    (const char *)b + s->offset);
		if (!same && i-- == 0)
			return s->name;
	}
	return NULL;
}
