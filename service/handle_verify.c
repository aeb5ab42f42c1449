/* SPDX-License-Identifier: Apache-2.0 */
/*
 * handle_verify.c - verification: a request in, a verdict out (RFC 8224 section
 * 6.2).
 *
 * A call whose certificates are in the cache is answered at once.  For others
 * the request is suspended until they are there or the deadline has passed: a
 * call does not wait for a certificate host.
 */
#include <stdlib.h>
#include <string.h>

#include "admit.h"
#include "replay.h"
#include "wait.h"

enum stage { NEW, WAITING, REFETCHING };

struct job {
	enum stage		 stage;
	struct api_verify	 req;
	struct shaken_call	 call;	/* borrows from req */
	struct shaken_verify	*v;	/* owned */
	struct shaken_sv	 urls[SHAKEN_VALUES_MAX]; /* borrow from req; n
					 * 0: no chain is needed */
	struct svc_wait		*wait;	/* owned; the chains */
	struct svc_wait		*again;	/* owned; one chain, fetched anew */
	struct svc_uses		 uses;	/* of its tokens */
	int64_t			 deadline_ms;
};

static void
job_free(void *arg)
{
	struct job *j = arg;

	shaken_verify_free(&j->v);
	svc_wait_free(&j->wait);
	svc_wait_free(&j->again);
	api_verify_clear(&j->req);
	free(j);
}

static bool
is_heartbeat(const struct svc_task *t, const struct job *j)
{
	return t->tenant->conf->heartbeat && api_is_heartbeat(&j->req.orig,
	    j->req.dest, j->req.n_dest, svc_task_country(t));
}

static bool
parse(struct svc_task *t, struct job *j, struct api_error *e)
{
	const struct svc_conf *c = t->state->conf;

	/* A probe is answered without Identity; whether it is one is seen once
	 * it is read. */
	bool need_identity = !c->verify.accept_missing_identity &&
	    !t->tenant->conf->heartbeat;

	if (t->is_sip)
		return api_verify_from_sip(t->req->body, svc_task_country(t),
		    &j->req, e);
	if (!api_verify_parse(t->req->body, t->route->form,
	    svc_task_country(t), need_identity, &j->req, e))
		return false;
	if (t->route->form != API_NATIVE && j->req.n_identity == 0 &&
	    !c->verify.accept_missing_identity && !is_heartbeat(t, j)) {
		api_error_set(e, API_MISSING, "identity", "%s", "");
		return false;
	}
	return true;
}

/* ?explain=1 */
static bool
wants_explain(const struct svc_task *t)
{
	const char *arg = svc_req_arg(t->req, "explain");

	return t->route->form == API_NATIVE && arg != NULL &&
	    strcmp(arg, "0") != 0;
}

/* Where the call must lead; NULL: that is not compared. */
static const struct shaken_id *
target_of(const struct svc_task *t, const struct job *j)
{
	bool must = j->req.is_target_meant;

	if (j->req.target.kind == SHAKEN_ID_NONE)
		return NULL;
	switch ((enum svc_request_uri)t->state->conf->verify.request_uri) {
	case SVC_URI_DIVERTED: /* RFC 8946 section 4.2 */
		must |= shaken_is_diverted(j->req.identity,
		    j->req.n_identity);
		break;
	case SVC_URI_ALWAYS: must = true; break;
	case SVC_URI_NEVER: break;
	}
	return must ? &j->req.target : NULL;
}

/* Look out for tokens that were used before?  A probe's are. */
static bool
wants_replays(const struct svc_task *t, struct job *j, int64_t now)
{
	const struct svc_conf *c = t->state->conf;

	if (c->verify.replay == SVC_REPLAY_OFF || is_heartbeat(t, j))
		return false;
	j->uses.slots = t->svc->tokens;
	j->uses.allowed = (unsigned)c->verify.replay_uses;
	j->uses.reject = c->verify.replay == SVC_REPLAY_REJECT;
	j->uses.now = now;
	return true;
}

static enum shaken_err
begin(struct svc_task *t, struct job *j)
{
	int64_t now = svc_wall_clock();
	const struct shaken_verify_opts opts = { .size = sizeof(opts),
		.now = now,
		.freshness_s = t->tenant->freshness_s,
		.flags = t->state->verify_flags |
		    (wants_explain(t) ? SHAKEN_EXPLAIN : 0u),
		.country = svc_task_country(t),
		.verstat = t->state->verstat,
		.diverted_freshness_s =
		    t->state->conf->verify.diverted_freshness,
		.replayed = wants_replays(t, j, now) ? svc_replayed : NULL,
		.replayed_arg = &j->uses };

	shaken_verify_free(&j->v);
	j->call = (struct shaken_call){ .size = sizeof(j->call),
		.identity = j->req.identity, .n_identity = j->req.n_identity,
		.orig = &j->req.orig, .dest = j->req.dest,
		.n_dest = j->req.n_dest, .date = j->req.time,
		.target = target_of(t, j) };
	return shaken_verify_begin(t->state->trust, &j->call, &opts, &j->v);
}

static bool
ask(struct svc_task *t, struct job *j)
{
	int64_t now = svc_wall_clock();
	size_t n = shaken_verify_n(j->v);

	j->wait = svc_wait_new(n, t->req);
	if (j->wait == NULL)
		return false;
	for (size_t i = 0; i < n; i++) {
		j->urls[i] = shaken_verify_x5u(j->v, i);
		if (j->urls[i].n > 0)
			svc_wait_get(j->wait, i, t->svc->cache,
			    t->state->trust, j->urls[i], now);
	}
	return true;
}

/* Give the verification what came; again: a chain that replaces one of them. */
static void
give(struct svc_task *t, struct job *j, size_t replaced)
{
	for (size_t i = 0; i < shaken_verify_n(j->v); i++) {
		struct shaken_chain *chain = j->again != NULL &&
		    i == replaced ? svc_wait_chain(j->again, i) :
		    svc_wait_chain(j->wait, i);
		char why[SHAKEN_DIAG_MAX];

		if (j->urls[i].n == 0)
			continue;
		if (chain != NULL) {
			shaken_verify_chain(j->v, i, chain);
			continue;
		}
		snprintf(why, sizeof(why), "%s", svc_wait_why(j->wait, i));
		if (why[0] == '\0')
			snprintf(why, sizeof(why), "not fetched within %ld ms",
			    t->state->conf->verify.deadline_ms);
		shaken_verify_no_chain(j->v, i, why);
	}
}

static enum shaken_err
finish(struct svc_task *t, struct job *j)
{
	enum shaken_err err = shaken_verify_finish(j->v);
	size_t by_table, n = shaken_verify_signatures(j->v, &by_table);

	svc_count_n(&t->counters->verified[0], n - by_table);
	svc_count_n(&t->counters->verified[1], by_table);
	return err;
}

/* Whether a chain of the cache may have been replaced behind its URL since: it
 * did not verify the signature.  Looked at once. */
static bool
may_be_stale(const struct job *j)
{
	const struct shaken_verdict *d = shaken_verify_verdict(j->v);

	return j->stage == WAITING && d->ecase == SHAKEN_E18 &&
	    svc_wait_was_hit(j->wait, d->value);
}

/* Fetch it anew.  True: the request waits for it. */
static bool
refetch(struct svc_task *t, struct job *j)
{
	size_t i = shaken_verify_verdict(j->v)->value;

	j->stage = REFETCHING;
	j->again = svc_wait_new(shaken_verify_n(j->v), t->req);
	return j->again != NULL && svc_wait_refetch(j->again, i, t->svc->cache,
	    t->state->trust, j->urls[i], svc_wall_clock()) &&
	    svc_wait_park(j->again, t->svc->timer, j->deadline_ms);
}

/* It came: judge again.  It did not: the verdict stands. */
static enum shaken_err
judge_again(struct svc_task *t, struct job *j)
{
	size_t i = shaken_verify_verdict(j->v)->value;
	enum shaken_err err;

	if (j->again == NULL)
		return SHAKEN_OK;
	svc_wait_close(j->again);
	if (svc_wait_chain(j->again, i) == NULL)
		return SHAKEN_OK;
	err = begin(t, j);
	if (err != SHAKEN_OK)
		return err;
	give(t, j, i);
	return finish(t, j);
}

/* What a traceback, and whoever wonders about a verdict, asks for. */
static void
record(const struct svc_task *t, const struct job *j)
{
	const struct shaken_verdict *d = shaken_verify_verdict(j->v);
	const struct shaken_passport *p = shaken_verify_passport(j->v,
	    d->value);
	struct svc_line l;

	svc_task_line(t, &l, SVC_INFO, "verify");
	svc_line_ids(&l, "orig", &j->req.orig, 1);
	svc_line_ids(&l, "dest", j->req.dest, j->req.n_dest);
	if (j->call.target != NULL)
		svc_line_ids(&l, "target", j->call.target, 1);
	svc_line_str(&l, "verstat", shaken_verstat_name(d->verstat));
	if (d->ecase != SHAKEN_CASE_NONE)
		svc_line_fmt(&l, "case", "E%d", (int)d->ecase);
	if (d->code != 0)
		svc_line_int(&l, "code", d->code);
	svc_line_str(&l, "check", d->check);
	svc_line_str(&l, "detail", d->detail.text);
	svc_line_sv(&l, "attest", (struct shaken_sv){ &d->attest,
	    d->attest != '\0' });
	svc_line_str(&l, "origid", d->origid);
	if (d->iat >= 0)
		svc_line_int(&l, "iat", d->iat);
	svc_line_str(&l, "spc", d->spc);
	if (svc_uses_exceed(&j->uses))
		svc_line_int(&l, "uses", (int64_t)j->uses.most);
	if (p != NULL)
		svc_line_sv(&l, "x5u", shaken_passport_x5u(p));
	svc_line_ms(&l, "ms", svc_now_us() - t->req->start_us);
	if (svc_log_has(t->svc->log, SVC_DEBUG) && d->value <
	    j->req.n_identity)
		svc_line_sv(&l, "identity", j->req.identity[d->value]);
	svc_log_audit(t->svc->log, &l);
}

/* How the operator wants a verdict shown. */
static struct api_render
render_of(const struct svc_task *t)
{
	const struct svc_conf *c = t->state->conf;

	return (struct api_render){
		.suffixed = c->verify.verstat_style == SVC_VERSTAT_SUFFIXED,
		.explain = wants_explain(t),
		.fields = (enum api_fields)c->verify.verstat_field,
		.uri = (enum api_uri)c->verify.verstat_uri,
		.domain = c->verify.domain,
		.attestation = c->verify.attestation_fields,
		.reason = (enum api_reason)c->verify.reason,
		.ppi = (enum api_ppi)c->verify.reason_ppi };
}

static void
answer(struct svc_task *t, struct job *j, struct svc_reply *reply)
{
	const struct shaken_verdict *d = shaken_verify_verdict(j->v);
	const struct api_render r = render_of(t);

	if (t->wants_text)
		svc_reply_text(t, shaken_sv_cstr(api_verstat(d, r.suffixed)),
		    reply);
	else if (t->wants_fragment)
		svc_reply_fragment(t, api_verify_fragment(&j->req, j->v, &r),
		    reply);
	else
		svc_reply_json(t, api_verify_answer(&j->req, j->v, &r), reply);
	if (reply->status != 200) /* nobody has the verdict */
		return;
	if (is_heartbeat(t, j)) {
		svc_count(&t->counters->heartbeats);
		return;
	}
	svc_count(&t->counters->verdicts[d->verstat][d->ecase]);
	if (svc_uses_exceed(&j->uses))
		svc_count(&t->counters->replays[j->uses.reject]);
	svc_count_latency(t->counters, SVC_OP_VERIFY,
	    svc_now_us() - t->req->start_us);
	record(t, j);
}

static void
fail(struct svc_task *t, enum shaken_err err, struct svc_reply *reply)
{
	struct api_error e;

	api_error_set(&e, API_INTERNAL, NULL, "%s", shaken_strerror((int)err));
	svc_reply_error(t, &e, reply);
}

/* All chains are there, or will not be. */
static void
conclude(struct svc_task *t, struct job *j, struct svc_reply *reply)
{
	enum shaken_err err = SHAKEN_OK;

	if (j->stage == WAITING) {
		svc_wait_close(j->wait);
		if (svc_wait_is_late(j->wait))
			svc_count(&t->counters->deadlines);
		give(t, j, 0);
		err = finish(t, j);
		if (err == SHAKEN_OK && may_be_stale(j) && refetch(t, j))
			return;	/* called again when it is there */
	}
	if (err == SHAKEN_OK && j->stage == REFETCHING)
		err = judge_again(t, j);
	if (err != SHAKEN_OK)
		fail(t, err, reply);
	else
		answer(t, j, reply);
}

void
svc_handle_verify(struct svc_task *t, struct svc_reply *reply)
{
	struct job *j = t->job;
	struct api_error e;
	enum shaken_err err;

	if (j != NULL) {
		conclude(t, j, reply);
		return;
	}
	j = calloc(1, sizeof(*j));
	if (j == NULL) {
		fail(t, SHAKEN_E_NOMEM, reply);
		return;
	}
	t->job = j;
	t->job_free = job_free;
	j->deadline_ms = t->req->start_us / 1000 +
	    t->state->conf->verify.deadline_ms;
	if (!parse(t, j, &e)) {
		svc_reply_error(t, &e, reply);
		return;
	}
	err = begin(t, j);
	if (err == SHAKEN_OK && !ask(t, j))
		err = SHAKEN_E_NOMEM;
	if (err != SHAKEN_OK) {
		fail(t, err, reply);
		return;
	}
	j->stage = WAITING;
	if (svc_wait_is_pending(j->wait) &&
	    !svc_admit_waiting(t, "certificates", &e)) {
		svc_wait_close(j->wait);
		svc_reply_error(t, &e, reply);
		return;
	}
	if (!svc_wait_park(j->wait, t->svc->timer, j->deadline_ms))
		conclude(t, j, reply);
}
