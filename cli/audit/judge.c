/* SPDX-License-Identifier: Apache-2.0 */
/* judge.c - one call to one verdict. */
#include <stdlib.h>
#include <string.h>

#include "judge.h"

const char *
audit_result_name(enum audit_result r)
{
	static const char *const names[AUDIT_RESULTS] = { "passed", "failed",
		"undecided", "unsigned", "unreadable" };

	return names[r];
}

void
audit_judge_clear(struct audit_judge *j)
{
	shaken_verify_free(&j->v);
	for (size_t i = 0; i < SHAKEN_VALUES_MAX; i++) {
		audit_book_drop(j->chain[i]);
		j->chain[i] = NULL;
	}
}

/* Whether the call must lead to its Request-URI.  One that is no subscriber's
 * address is nowhere a diversion leads to. */
static bool
is_target(struct audit_judge *j)
{
	switch (j->conf->request_uri) {
	case AUDIT_URI_DIVERTED:
		if (!shaken_is_diverted(j->identity, j->n_identity))
			return false;
		break;
	case AUDIT_URI_ALWAYS:
		break;
	case AUDIT_URI_NEVER:
		return false;
	}
	return shaken_id_from_uri(j->sip.request_uri, j->conf->policy->country,
	    &j->target) == SHAKEN_OK;
}

/* orig of P-Asserted-Identity or From, dest of To, as shakend has them. */
static bool
read_sip(struct audit_judge *j, const struct audit_call *call)
{
	struct shaken_sv in = { call->bytes, call->n };
	int64_t date;

	if (shaken_sip_parse(in, &j->sip, &j->why) != SHAKEN_OK)
		return false;
	j->identity = j->sip.identity;
	j->n_identity = j->sip.n_identity;
	j->call_id = j->sip.call_id;
	if (shaken_sip_ids(&j->sip, j->conf->policy->country, &j->orig,
	    j->dest, &j->why) != SHAKEN_OK)
		return false;
	j->vcall.orig = &j->orig;
	j->vcall.n_dest = 1;
	if (is_target(j))
		j->vcall.target = &j->target;
	date = shaken_sip_date(&j->sip);
	j->vcall.date = date < 0 ? 0 : date;
	return true;
}

static bool
read_id(struct audit_judge *j, const char *what, struct shaken_sv in,
    struct shaken_id *out)
{
	enum shaken_err err;

	err = shaken_id_parse(in, j->conf->policy->country, out);
	if (err == SHAKEN_OK)
		return true;
	snprintf(j->why.text, sizeof(j->why.text), "%s: %s", what,
	    shaken_strerror((int)err));
	return false;
}

static bool
read_json(struct audit_judge *j, const struct audit_call *call)
{
	bool ok = audit_line_read(call->bytes, call->n, &j->line, &j->why);

	j->call_id = j->line.call_id;
	if (!ok)
		return false;
	j->identity = j->line.identity;
	j->n_identity = j->line.n_identity;
	if (j->line.orig.n > 0) {
		if (!read_id(j, "orig", j->line.orig, &j->orig))
			return false;
		j->vcall.orig = &j->orig;
	}
	for (size_t i = 0; i < j->line.n_dest; i++)
		if (!read_id(j, "dest", j->line.dest[i], &j->dest[i]))
			return false;
	j->vcall.n_dest = j->line.n_dest;
	if (j->line.target.n > 0) {
		if (!read_id(j, "target", j->line.target, &j->target))
			return false;
		j->vcall.target = &j->target;
	}
	return true;
}

static bool
set_clock(struct audit_judge *j, const struct audit_call *call)
{
	int64_t captured = call->time_us / 1000000;

	j->now = j->conf->now;
	if (j->conf->clock == AUDIT_CLOCK_FIXED)
		return true;
	if (j->conf->clock == AUDIT_CLOCK_CAPTURE) {
		snprintf(j->why.text, sizeof(j->why.text), "nobody says when "
		    "it was captured: leave out --at-capture");
		j->now = captured;
		return captured > 0;
	}
	if (call->kind == AUDIT_JSON && j->line.time >= 0)
		j->now = j->line.time;
	else if (captured > 0)
		j->now = captured;
	else if (j->vcall.date > 0)
		j->now = j->vcall.date;
	return true;
}

static bool
get_chains(struct audit_judge *j)
{
	size_t n = shaken_verify_n(j->v);

	for (size_t i = 0; i < n; i++) {
		struct shaken_sv url = shaken_verify_x5u(j->v, i);

		if (url.n == 0)
			continue;
		if (j->chain[i] == NULL)
			j->chain[i] = audit_book_get(j->conf->book, &j->near,
			    url);
		if (j->chain[i] == NULL)
			return false;
		if (j->chain[i]->chain != NULL)
			shaken_verify_chain(j->v, i, j->chain[i]->chain);
		else
			shaken_verify_no_chain(j->v, i, j->chain[i]->why.text);
	}
	return true;
}

static bool
verify(struct audit_judge *j, bool explain)
{
	struct shaken_verify_opts opts = cli_policy_opts(j->conf->policy,
	    j->now);

	opts.flags |= j->conf->flags | (explain ? SHAKEN_EXPLAIN : 0u);
	shaken_verify_free(&j->v);
	return shaken_verify_begin(j->conf->trust, &j->vcall, &opts, &j->v) ==
	    SHAKEN_OK && get_chains(j) &&
	    shaken_verify_finish(j->v) == SHAKEN_OK;
}

static enum audit_result
result_of(const struct audit_judge *j)
{
	if (j->n_identity == 0)
		return AUDIT_UNSIGNED;
	switch (shaken_verify_verdict(j->v)->verstat) {
	case SHAKEN_TN_VALIDATION_PASSED:
		return AUDIT_PASSED;
	case SHAKEN_TN_VALIDATION_FAILED:
		return AUDIT_FAILED;
	case SHAKEN_NO_TN_VALIDATION:
		break;
	}
	return AUDIT_UNDECIDED;
}

bool
audit_judge_run(struct audit_judge *j, const struct audit_call *call,
    bool explain)
{
	bool ok;

	audit_judge_clear(j);
	j->of = call;
	j->n_identity = 0;
	j->identity = NULL;
	j->now = j->conf->now;
	j->call_id = (struct shaken_sv){ NULL, 0 };
	j->orig.kind = j->dest[0].kind = SHAKEN_ID_NONE;
	j->sip.method.n = 0;
	j->why.text[0] = '\0';
	j->vcall = (struct shaken_call){ .size = sizeof(j->vcall),
		.dest = j->dest };
	ok = call->kind == AUDIT_SIP ? read_sip(j, call) : read_json(j, call);
	if (!ok || !set_clock(j, call)) {
		j->result = AUDIT_UNREADABLE;
		return true;
	}
	j->why.text[0] = '\0';
	j->vcall.identity = j->identity;
	j->vcall.n_identity = j->n_identity;
	if (!verify(j, explain))
		return false;
	j->result = result_of(j);
	return true;
}

bool
audit_judge_explain(struct audit_judge *j)
{
	return j->v == NULL || verify(j, true);
}
