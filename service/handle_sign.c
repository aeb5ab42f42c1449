/* SPDX-License-Identifier: Apache-2.0 */
/*
 * handle_sign.c - signing: a request in, an Identity out (RFC 8224 section 6.1; of
 * a diversion RFC 8946 section 4.1).
 *
 * A key in memory signs at once.  Where the keys are in a process of their own the
 * request is suspended until that has signed, and the worker does others.
 */
#include <stdlib.h>
#include <string.h>

#include "admit.h"
#include "keyd.h"
#include "policy.h"

struct sign {			/* one signature to make */
	struct api_sign		 req;
	const struct svc_key	*key;
	struct shaken_sv	 origid;
	char			 made_origid[SHAKEN_UUID_LEN];
	int64_t			 iat;
	bool			 is_heartbeat;
	struct svc_ask		 ask;	/* of the key process */
	size_t			 len;	/* in identity; of the signing input,
					 * before it is signed */
	char			 identity[SHAKEN_IDENTITY_MAX];
};

static bool
parse(struct svc_task *t, struct sign *s, struct api_error *e)
{
	const struct api_sip_query q = {
		.attest = shaken_sv_cstr(svc_req_arg(t->req, "attest")),
		.ppt = shaken_sv_cstr(svc_req_arg(t->req, "ppt")),
		.dest = shaken_sv_cstr(svc_req_arg(t->req, "dest")) };

	if (t->is_sip)
		return api_sign_from_sip(t->req->body, &q,
		    svc_task_country(t), &s->req, e);
	return api_sign_parse(t->req->body, t->route->form, t->route->ppt,
	    svc_task_country(t), &s->req, e);
}

/* Whether, with which key and with which claims. */
static bool
decide(struct svc_task *t, struct sign *s, int64_t now, struct api_error *e)
{
	struct shaken_sv key = s->req.key.n > 0 ? s->req.key :
	    shaken_sv_cstr(svc_req_arg(t->req, "key"));
	const uint8_t *random;

	s->key = svc_policy_key(t->tenant, key, e);
	if (s->key == NULL || !svc_policy_ppt(t->tenant, s->req.ppt, e))
		return false;
	s->iat = svc_policy_iat(t->tenant, s->req.iat, now);
	s->origid = s->req.origid;
	/* Only shaken has an attestation, and an origid (RFC 8588). */
	if (s->req.attest.n == 0)
		return true;
	if (!svc_policy_attest(t->tenant, s->req.attest, e))
		return false;
	if (s->origid.n > 0)
		return true;
	random = svc_req_random(t->req);
	if (random == NULL) {
		api_error_set(e, API_INTERNAL, NULL, "no random bytes");
		return false;
	}
	shaken_uuid(random, s->made_origid);
	s->origid = shaken_sv_cstr(s->made_origid);
	return true;
}

static void
set_error(const struct svc_key *key, bool has_keyd, int64_t now,
    enum shaken_err err, const struct shaken_diag *why, struct api_error *e)
{
	bool current = key->not_before <= now && now < key->not_after;

	switch (err) {
	case SHAKEN_E_STALE:
		api_error_set(e, API_INVALID, "iat", "%s", why->text);
		return;
	case SHAKEN_E_CLAIM:
	case SHAKEN_E_JSON:
	case SHAKEN_E_LIMIT:
		api_sign_refused(why, e);
		return;
	case SHAKEN_E_CREDENTIAL:
		if (current)
			api_error_set(e, API_FORBIDDEN, NULL, "%s", why->text);
		else
			api_error_set(e, API_UNAVAILABLE, NULL, "the "
			    "certificate of this key is not valid now");
		return;
	case SHAKEN_E_CRYPTO:
		if (!has_keyd)
			break;
		api_error_set(e, API_UNAVAILABLE, NULL, "the key process does "
		    "not answer: it is started again");
		return;
	case SHAKEN_OK:
	case SHAKEN_E_NOMEM:
	case SHAKEN_E_ARG:
	case SHAKEN_E_SYNTAX:
	case SHAKEN_E_TN:
	case SHAKEN_E_URI:
	case SHAKEN_E_CERT:
	case SHAKEN_E_KEY:
	case SHAKEN_E_MISMATCH:
	case SHAKEN_E_SECRET:
		break;
	}
	api_error_set(e, API_INTERNAL, NULL, "%s", shaken_strerror((int)err));
}

static void
on_signed(void *arg)
{
	svc_req_resume(arg);
}

/* Ask the key process.  False: there is no waiting for it any more. */
static bool
ask(struct svc_task *t, struct sign *s, struct api_error *e)
{
	s->ask = (struct svc_ask){
		.req.input = { s->identity, s->len },
		.done = on_signed, .arg = t->req };
	if (!svc_admit_waiting(t, "a signature", e))
		return false;
	if (!svc_req_suspend(t->req)) {
		api_error_set(e, API_UNAVAILABLE, NULL, "the service ends");
		return false;
	}
	if (!svc_keyd_ask(t->state->keyd, (size_t)(s->key - t->state->keys),
	    &s->ask))
		svc_req_resume(t->req);
	return true;
}

/* Sign, or be asked again when it is signed. */
static bool
sign(struct svc_task *t, struct sign *s, int64_t now, struct api_error *e)
{
	const struct shaken_sign_req req = { .size = sizeof(req),
		.ppt = shaken_sv_cstr(s->req.ppt),
		.orig = &s->req.orig, .dest = s->req.dest,
		.n_dest = s->req.n_dest, .attest = s->req.attest,
		.origid = s->origid, .iat = s->iat, .now = now,
		.freshness_s = t->tenant->freshness_s,
		.claims = shaken_sv_cstr(s->req.claims) };
	bool has_keyd = t->state->keyd != NULL;
	struct shaken_diag why;
	enum shaken_err err = has_keyd ?
	    shaken_sign_begin(s->key->signer, &req, s->identity,
	    sizeof(s->identity), &s->len, &why) :
	    shaken_sign(s->key->signer, &req, s->identity,
	    sizeof(s->identity), &s->len, &why);

	if (err != SHAKEN_OK)
		set_error(s->key, has_keyd, now, err, &why, e);
	return err == SHAKEN_OK && (!has_keyd || ask(t, s, e));
}

/* It was signed elsewhere, or not. */
static bool
finish(struct sign *s, struct api_error *e)
{
	struct shaken_diag why = { .text = "" };
	enum shaken_err err = s->ask.err;

	if (err == SHAKEN_OK)
		err = shaken_sign_finish(s->key->signer,
		    shaken_sv_cstr(s->req.ppt), s->ask.sig, s->identity,
		    sizeof(s->identity), &s->len, &why);
	if (err != SHAKEN_OK)
		set_error(s->key, true, svc_wall_clock(), err, &why, e);
	return err == SHAKEN_OK;
}

static void
answer(struct svc_task *t, const struct sign *s, struct svc_reply *reply)
{
	struct shaken_sv identity = { s->identity, s->len };

	if (t->wants_text)
		svc_reply_text(t, identity, reply);
	else if (t->route->form == API_NATIVE)
		svc_reply_json(t, api_sign_answer_native(identity,
		    s->key->name), reply);
	else
		svc_reply_json(t, api_sign_answer(&s->req,
		    svc_policy_speaks(t->tenant, SVC_DIALECT_ATIS),
		    svc_policy_speaks(t->tenant, SVC_DIALECT_3GPP), identity),
		    reply);
}

/* What a traceback asks for (47 CFR 64.1200(n)(1)), one line a signature. */
static void
record(const struct svc_task *t, const struct sign *s)
{
	struct svc_line l;

	svc_task_line(t, &l, SVC_INFO, "sign");
	svc_line_str(&l, "key", s->key->name);
	svc_line_ids(&l, "orig", &s->req.orig, 1);
	svc_line_ids(&l, "dest", s->req.dest, s->req.n_dest);
	if (s->req.div.kind != SHAKEN_ID_NONE)
		svc_line_ids(&l, "div", &s->req.div, 1);
	svc_line_str(&l, "ppt", s->req.ppt);
	svc_line_sv(&l, "attest", s->req.attest);
	svc_line_sv(&l, "origid", s->origid);
	svc_line_int(&l, "iat", s->iat);
	svc_line_sv(&l, "x5u", shaken_signer_x5u(s->key->signer));
	svc_line_ms(&l, "ms", svc_now_us() - t->req->start_us);
	if (svc_log_has(t->svc->log, SVC_DEBUG))
		svc_line_sv(&l, "identity",
		    (struct shaken_sv){ s->identity, s->len });
	svc_log_audit(t->svc->log, &l);
}

/* Answer, count, record. */
static void
conclude(struct svc_task *t, const struct sign *s, struct svc_reply *reply)
{
	answer(t, s, reply);
	if (reply->status != 200) /* nobody has the token */
		return;
	if (t->tenant->conf->heartbeat && api_is_heartbeat(&s->req.orig,
	    s->req.dest, s->req.n_dest, svc_task_country(t))) {
		svc_count(&t->counters->heartbeats);
		return;
	}
	svc_count_signature(t->counters, s->key->slot, s->req.ppt,
	    s->req.attest);
	svc_count_latency(t->counters, SVC_OP_SIGN,
	    svc_now_us() - t->req->start_us);
	record(t, s);
}

static void
job_free(void *arg)
{
	struct sign *s = arg;

	api_sign_clear(&s->req);
	free(s);
}

/* With the key in memory: all at once. */
static void
sign_here(struct svc_task *t, struct svc_reply *reply)
{
	int64_t now = svc_wall_clock();
	struct api_error e;
	struct sign s;

	memset(&s.req, 0, sizeof(s.req));
	if (parse(t, &s, &e) && decide(t, &s, now, &e) &&
	    sign(t, &s, now, &e))
		conclude(t, &s, reply);
	else
		svc_reply_error(t, &e, reply);
	api_sign_clear(&s.req);
}

/* With the key elsewhere: called again when it is signed. */
static void
sign_there(struct svc_task *t, struct svc_reply *reply)
{
	int64_t now = svc_wall_clock();
	struct sign *s = t->job;
	struct api_error e;

	if (s != NULL) {
		if (finish(s, &e))
			conclude(t, s, reply);
		else
			svc_reply_error(t, &e, reply);
		return;
	}
	s = malloc(sizeof(*s));
	if (s == NULL) {
		api_error_set(&e, API_INTERNAL, NULL, "out of memory");
		svc_reply_error(t, &e, reply);
		return;
	}
	memset(&s->req, 0, sizeof(s->req));
	t->job = s;
	t->job_free = job_free;
	if (!parse(t, s, &e) || !decide(t, s, now, &e) ||
	    !sign(t, s, now, &e))
		svc_reply_error(t, &e, reply);
}

void
svc_handle_sign(struct svc_task *t, struct svc_reply *reply)
{
	if (t->state->keyd == NULL)
		sign_here(t, reply);
	else
		sign_there(t, reply);
}
