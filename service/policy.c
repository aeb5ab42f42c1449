/* SPDX-License-Identifier: Apache-2.0 */
/* policy.c - who may sign what. */
#include <string.h>

#include "policy.h"

const struct svc_key *
svc_policy_key(const struct svc_tenant *t, struct shaken_sv name,
    struct api_error *e)
{
	if (t->n_keys == 0) {
		api_error_set(e, API_FORBIDDEN, NULL,
		    "this client may not sign");
		return NULL;
	}
	if (name.n == 0 && t->n_keys == 1)
		return t->keys[0];
	if (name.n == 0) {
		api_error_set(e, API_MISSING, "key", "%s", "");
		return NULL;
	}
	for (size_t i = 0; i < t->n_keys; i++)
		if (strlen(t->keys[i]->name) == name.n &&
		    memcmp(t->keys[i]->name, name.p, name.n) == 0)
			return t->keys[i];
	api_error_set(e, API_FORBIDDEN, NULL, "not a key of this client");
	return NULL;
}

bool
svc_policy_ppt(const struct svc_tenant *t, const char *ppt,
    struct api_error *e)
{
	const struct svc_list *may = &t->conf->ppt;

	for (size_t i = 0; i < may->n; i++)
		if (strcmp(may->v[i], ppt) == 0)
			return true;
	if (may->n == 0)
		return true;
	api_error_set(e, API_FORBIDDEN, NULL,
	    "this client may not sign ppt %s", ppt);
	return false;
}

bool
svc_policy_attest(const struct svc_tenant *t, struct shaken_sv attest,
    struct api_error *e)
{
	if (attest.n == 1 && attest.p[0] >= 'A' && attest.p[0] <= 'C' &&
	    (t->attest & 1u << (attest.p[0] - 'A')) != 0)
		return true;
	api_error_set(e, API_FORBIDDEN, NULL,
	    "this client may not sign with this attest");
	return false;
}

int64_t
svc_policy_iat(const struct svc_tenant *t, int64_t iat, int64_t now)
{
	int64_t age = now - iat;

	if (iat < 0)
		return now;
	if (t->conf->on_stale_iat == SVC_STALE_NOW &&
	    (age > t->freshness_s || -age > t->freshness_s))
		return now;
	return iat;
}

bool
svc_policy_speaks(const struct svc_tenant *t, enum svc_dialect d)
{
	return t->conf->dialect == SVC_DIALECT_BOTH ||
	    t->conf->dialect == (long)d;
}
