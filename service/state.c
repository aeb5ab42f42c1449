/* SPDX-License-Identifier: Apache-2.0 */
/* state.c - all that a reload replaces. */
#include <stdlib.h>
#include <string.h>

#include "keyd.h"
#include "limit.h"
#include "state.h"

static uint8_t
hex_byte(const char *s)
{
	static const char digits[] = "0123456789abcdef";

	return (uint8_t)((strchr(digits, s[0]) - digits) << 4 |
	    (strchr(digits, s[1]) - digits));
}

static const struct svc_key *
find_key(const struct svc_state *s, const char *name)
{
	for (size_t i = 0; i < s->n_keys; i++)
		if (strcmp(s->keys[i].name, name) == 0)
			return &s->keys[i];
	return NULL;
}

static bool
load_tenant_keys(const struct svc_state *s, struct svc_tenant *t)
{
	size_t n = t->conf->keys.n;

	if (n == 0)
		return true;
	t->keys = calloc(n, sizeof(const struct svc_key *));
	if (t->keys == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		t->keys[t->n_keys++] = find_key(s, t->conf->keys.v[i]);
	return true;
}

/* The lines were checked when they were read. */
static bool
load_tenant(const struct svc_state *s, struct svc_tenant *t,
    const struct svc_conf_tenant *c)
{
	t->name = c->name;
	t->conf = c;
	t->freshness_s = c->freshness > 0 ? c->freshness :
	    s->conf->verify.freshness;
	for (const char *level = c->attest; *level != '\0'; level++)
		t->attest |= 1u << (*level - 'A');
	if (c->token_sha256.n > 0) {
		t->tokens = calloc(c->token_sha256.n, sizeof(*t->tokens));
		if (t->tokens == NULL)
			return false;
		t->n_tokens = c->token_sha256.n;
	}
	for (size_t i = 0; i < t->n_tokens; i++)
		for (size_t j = 0; j < SVC_SHA256; j++)
			t->tokens[i][j] =
			    hex_byte(c->token_sha256.v[i] + 2 * j);
	return svc_limit_key_of_name(t->name, t->limit_key) &&
	    load_tenant_keys(s, t);
}

static bool
load_tenants(struct svc_state *s, FILE *diag)
{
	size_t n = s->conf->n_tenants;
	bool ok = (s->tenants = calloc(n, sizeof(*s->tenants))) != NULL;

	for (size_t i = 0; ok && i < n; i++) {
		struct svc_tenant *t = &s->tenants[s->n_tenants++];

		ok = load_tenant(s, t, &s->conf->tenants[i]);
		if (ok && t->conf->anonymous)
			s->anonymous = t;
	}
	if (!ok)
		fputs("out of memory\n", diag);
	return ok;
}

static void
load_verify(struct svc_state *s)
{
	const struct svc_conf *c = s->conf;

	for (int i = 0; i < SHAKEN_CASES; i++)
		s->verstat[i] = shaken_case_verstat((enum shaken_case)i);
	for (size_t i = 0; i < c->verify.verstat.n; i++) {
		bool failed;
		int ecase;

		if (svc_conf_verstat(c->verify.verstat.v[i], &ecase, &failed))
			s->verstat[ecase] = failed ?
			    SHAKEN_TN_VALIDATION_FAILED :
			    SHAKEN_NO_TN_VALIDATION;
	}
	s->verify_flags =
	    (c->verify.accept_base ? SHAKEN_ACCEPT_BASE : 0u) |
	    (c->verify.accept_padding ? SHAKEN_ACCEPT_PADDING : 0u) |
	    (c->verify.accept_dest_string ? SHAKEN_ACCEPT_DEST_STRING : 0u) |
	    (c->fetch.allow_http || c->fetch.allow_ports.n > 0 ?
	    SHAKEN_ACCEPT_HTTP : 0u) |
	    (c->verify.require_identity ? SHAKEN_REQUIRE_IDENTITY : 0u) |
	    (c->verify.require_uuid ? SHAKEN_REQUIRE_UUID : 0u);
}

struct svc_state *
svc_state_load(struct svc_conf *conf, svc_slot_fn slot, void *arg, FILE *diag)
{
	struct svc_state *s = calloc(1, sizeof(*s));
	bool ok;

	if (s == NULL) {
		fputs("out of memory\n", diag);
		svc_conf_free(&conf);
		return NULL;
	}
	atomic_init(&s->refs, 1);
	s->conf = conf;
	load_verify(s);
	/* All that is wrong is told at once. */
	ok = svc_load_keys(s, slot, arg, diag);
	ok = svc_load_trust(s, diag) && ok;
	ok = svc_load_jwt_key(s, diag) && ok;
	if (!ok || !load_tenants(s, diag))
		svc_state_unref(&s);
	return s;
}

struct svc_state *
svc_state_ref(struct svc_state *s)
{
	atomic_fetch_add(&s->refs, 1);
	return s;
}

void
svc_state_unref(struct svc_state **sp)
{
	struct svc_state *s = *sp;

	*sp = NULL;
	if (s == NULL || atomic_fetch_sub(&s->refs, 1) != 1)
		return;
	for (size_t i = 0; i < s->n_keys; i++) {
		shaken_signer_free(&s->keys[i].signer);
		free(s->keys[i].chain);
	}
	svc_keyd_free(&s->keyd); /* after the signers that ask it */
	for (size_t i = 0; i < s->n_tenants; i++) {
		free(s->tenants[i].tokens);
		free(s->tenants[i].keys);
	}
	free(s->keys);
	free(s->tenants);
	free(s->jwt_key);
	shaken_trust_free(&s->trust);
	svc_conf_free(&s->conf);
	free(s);
}

void
svc_state_warn(const struct svc_state *s, int64_t now, struct svc_log *log)
{
	int64_t margin = s->conf->log.expiry_warning_days * INT64_C(86400);

	for (size_t i = 0; i < s->n_keys; i++) {
		const struct svc_key *k = &s->keys[i];
		struct svc_line l;

		if (k->not_after - now > margin && k->not_before <= now)
			continue;
		svc_line(&l, k->not_after <= now ? SVC_ERROR : SVC_WARNING,
		    "key-expiry");
		svc_line_str(&l, "key", k->name);
		svc_line_str(&l, "message", k->not_before > now ?
		    "the certificate is not valid yet" : k->not_after <= now ?
		    "the certificate has expired: nothing is signed with it" :
		    "the certificate expires soon");
		svc_line_int(&l, "seconds_left", k->not_after - now);
		svc_log(log, &l);
	}
}

bool
svc_state_can_sign(const struct svc_state *s, int64_t now, const char **why)
{
	*why = s->n_keys == 0 ? "no key is configured" :
	    "no key has a current certificate";
	for (size_t i = 0; i < s->n_keys; i++)
		if (s->keys[i].not_before <= now && now < s->keys[i].not_after)
			*why = NULL;
	if (*why == NULL && s->keyd != NULL && !svc_keyd_is_up(s->keyd))
		*why = "the key process has ended, and is to be started again";
	return *why == NULL;
}

bool
svc_state_can_verify(const struct svc_state *s, int64_t now, const char **why)
{
	*why = s->n_anchors == 0 ? "no trust anchors are configured" :
	    s->conf->trust.crl_policy == SVC_CRL_HARD &&
	    s->crl_next_update <= now ? "a revocation list is out of date" :
	    NULL;
	return *why == NULL;
}
