/* SPDX-License-Identifier: Apache-2.0 */
/* keycheck.c - will calls signed with our keys verify elsewhere? */
#include <stdlib.h>
#include <string.h>

#include <shakencerts/selfcheck.h>

#include "keycheck.h"

struct probe {			/* one look at one key */
	struct svc_state	*state;	/* owned reference */
	const struct svc_key	*key;	/* borrows from it */
	struct svc_log		*log;
	int64_t			 now;
	const struct certs_fetch_res *answer; /* NULL: x5u is not looked at */
};

static bool
is_about_x5u(const struct certs_selfcheck_item *item)
{
	return strncmp(item->name, "x5u-", 4) == 0;
}

static void
on_item(void *arg, const struct certs_selfcheck_item *item)
{
	static const enum svc_log_level levels[] = { SVC_DEBUG, SVC_INFO,
		SVC_WARNING };	/* by severity: no call fails here and now */
	const struct probe *p = arg;
	struct svc_line l;

	if (item->result != SHAKEN_FAIL ||
	    is_about_x5u(item) != (p->answer != NULL) ||
	    strcmp(item->name, "expiry") == 0) /* svc_state_warn() tells */
		return;
	svc_line(&l, levels[item->severity], "key-check");
	svc_line_str(&l, "key", p->key->name);
	svc_line_str(&l, "check", item->name);
	svc_line_str(&l, "detail", item->detail);
	svc_line_str(&l, "rule", item->rule);
	svc_line_str(&l, "hint", item->hint);
	svc_log(p->log, &l);
}

static void
look(struct probe *p)
{
	const struct certs_selfcheck in = { .size = sizeof(in),
		.chain = { p->key->chain, p->key->chain_len },
		.x5u = shaken_signer_x5u(p->key->signer),
		.trust = p->state->n_anchors > 0 ? p->state->trust : NULL,
		.now = p->now, .answer = p->answer };
	struct shaken_diag why;
	enum shaken_err err = certs_selfcheck(&in, on_item, p, &why);

	if (err != SHAKEN_OK)
		svc_log_event(p->log, SVC_WARNING, "key-check", "%s: %s",
		    p->key->name, why.text[0] != '\0' ? why.text :
		    shaken_strerror((int)err));
}

static void
probe_free(struct probe *p)
{
	svc_state_unref(&p->state);
	free(p);
}

static void
on_answer(void *arg, const struct certs_fetch_res *res)
{
	struct probe *p = arg;

	if (res->end != CERTS_FETCH_STOPPED) {
		p->answer = res;
		look(p);
	}
	probe_free(p);
}

static void
fetch(const struct probe *p, struct certs_fetcher *fetcher)
{
	const struct certs_fetch_req req = { .size = sizeof(req),
		.url = shaken_signer_x5u(p->key->signer) };
	struct probe *later = malloc(sizeof(*later));
	struct shaken_diag why;

	if (later == NULL)
		return;
	*later = *p;
	svc_state_ref(later->state);
	if (certs_fetcher_submit(fetcher, &req, on_answer, later, &why) ==
	    SHAKEN_OK)
		return;
	svc_log_event(p->log, SVC_INFO, "key-check", "%s: x5u: %s",
	    p->key->name, why.text);
	probe_free(later);
}

void
svc_keycheck(struct svc_state *s, struct certs_fetcher *fetcher, int64_t now,
    struct svc_log *log)
{
	for (size_t i = 0; i < s->n_keys; i++) {
		struct probe p = { .state = s, .key = &s->keys[i], .log = log,
			.now = now };

		look(&p);
		if (s->conf->keys[i].check_x5u)
			fetch(&p, fetcher);
	}
}
