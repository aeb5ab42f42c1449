/* SPDX-License-Identifier: Apache-2.0 */
/* checks.c - the single steps of a verification, in the order of verify.h.
 * Each may rely on all before it having passed. */
#include <inttypes.h>

#include "call.h"
#include "cert.h"
#include "chain.h"
#include "diag.h"
#include "json.h"
#include "sv.h"
#include "token_id.h"
#include "uri.h"

/* Facts of a check that passed cost time that only "explain" wants to spend. */
#define NOTE(v, why, ...) do {						\
	if (((v)->opts.flags & SHAKEN_EXPLAIN) != 0)			\
		shk_diag((why), __VA_ARGS__);				\
} while (0)

static bool
has_flag(const struct shaken_verify *v, enum shaken_verify_flags f)
{
	return (v->opts.flags & (unsigned)f) != 0;
}

static enum shaken_result
fresh(const struct shaken_verify *v, const char *what, int64_t t,
    struct shaken_diag *why)
{
	int64_t age = v->opts.now - t;
	bool is_fresh = age <= v->opts.freshness_s &&
	    -age <= v->opts.freshness_s;

	if (!is_fresh || has_flag(v, SHAKEN_EXPLAIN))
		shk_diag(why, "%s is %" PRId64 " s %s, %" PRId64 " s allowed",
		    what, age < 0 ? -age : age,
		    age < 0 ? "in the future" : "old", v->opts.freshness_s);
	return is_fresh ? SHAKEN_PASS : SHAKEN_FAIL;
}

static bool
diverts(const struct shk_value *x)
{
	return x->ppt->role == SHK_DIVERTS;
}

static enum shaken_result
date_fresh(struct shaken_verify *v, struct shk_value *x,
    struct shaken_diag *why)
{
	(void)x;
	if (v->call.date == 0) {
		NOTE(v, why, "no Date given, iat counts");
		return SHAKEN_SKIPPED;
	}
	return fresh(v, "Date", v->call.date, why);
}

static enum shaken_result
identity_syntax(struct shaken_verify *v, struct shk_value *x,
    struct shaken_diag *why)
{
	(void)v;
	if (x->syntax.text[0] == '\0')
		return SHAKEN_PASS;
	*why = x->syntax;
	return SHAKEN_FAIL;
}

static enum shaken_result
full_form(struct shaken_verify *v, struct shk_value *x,
    struct shaken_diag *why)
{
	if (x->passport.decoded < SHK_DECODED_HEADER) {
		*why = x->passport.diag;
		return SHAKEN_FAIL;
	}
	NOTE(v, why, "%zu bytes", x->id.token.n);
	return SHAKEN_PASS;
}

/* Base PASSporTs are for delegates and tests: only where asked for. */
static bool
is_accepted(const struct shaken_verify *v, const struct shk_ppt *ppt)
{
	return ppt != NULL && (ppt->name.n > 0 ||
	    has_flag(v, SHAKEN_ACCEPT_BASE));
}

static enum shaken_result
ppt_param(struct shaken_verify *v, struct shk_value *x,
    struct shaken_diag *why)
{
	if (x->id.ppt.n == 0) {
		NOTE(v, why, "no ppt parameter, the token's own ppt counts");
		return SHAKEN_SKIPPED;
	}
	if (is_accepted(v, shk_ppt_find(x->id.ppt)))
		return SHAKEN_PASS;
	shk_diag(why, "ppt \"%.*s\" is not supported",
	    SHK_SV_ARG(x->id.ppt, 32));
	return SHAKEN_FAIL;
}

static enum shaken_result
info_present(struct shaken_verify *v, struct shk_value *x,
    struct shaken_diag *why)
{
	if (x->depth > 0) {
		NOTE(v, why, "the token stands in opt: its x5u counts");
		return SHAKEN_SKIPPED;
	}
	if (x->id.info.n > 0 || x->id.info_bare)
		return SHAKEN_PASS;
	shk_diag(why, "there is no info parameter");
	return SHAKEN_FAIL;
}

static enum shaken_result
info_uri(struct shaken_verify *v, struct shk_value *x,
    struct shaken_diag *why)
{
	if (x->id.info_bare) {
		shk_diag(why, "info is not a URI in <>");
		return SHAKEN_FAIL;
	}
	if (shk_uri_check_x5u(x->id.info, has_flag(v, SHAKEN_ACCEPT_HTTP),
	    why) != SHAKEN_OK)
		return SHAKEN_FAIL;
	NOTE(v, why, "%.*s", SHK_SV_ARG(x->id.info, 200));
	return SHAKEN_PASS;
}

/* One that is empty is there: the check of its value says what it should be. */
static enum shaken_result
header_claims(struct shaken_verify *v, struct shk_value *x,
    struct shaken_diag *why)
{
	const struct shaken_passport *p = &x->passport;
	const char *missing = NULL;

	if (p->alg.p == NULL)
		missing = "alg";
	else if (p->typ.p == NULL)
		missing = "typ";
	else if (p->x5u.p == NULL)
		missing = "x5u";
	else if (p->ppt.p == NULL && (p->has_ppt ||
	    !has_flag(v, SHAKEN_ACCEPT_BASE)))
		missing = "ppt";
	if (missing == NULL)
		return SHAKEN_PASS;
	shk_diag(why, "the JOSE header has no %s, or one that is no string",
	    missing);
	return SHAKEN_FAIL;
}

static enum shaken_result
x5u_is_info(struct shaken_verify *v, struct shk_value *x,
    struct shaken_diag *why)
{
	(void)v;
	if (shk_sv_equal(x->passport.x5u, x->id.info))
		return SHAKEN_PASS;
	shk_diag(why, "x5u is %.*s, info is %.*s",
	    SHK_SV_ARG(x->passport.x5u, 100), SHK_SV_ARG(x->id.info, 100));
	return SHAKEN_FAIL;
}

static enum shaken_result
typ(struct shaken_verify *v, struct shk_value *x, struct shaken_diag *why)
{
	(void)v;
	if (shk_sv_equal(x->passport.typ, SHAKEN_SV_LIT("passport")))
		return SHAKEN_PASS;
	shk_diag(why, "typ is \"%.*s\", not \"passport\"",
	    SHK_SV_ARG(x->passport.typ, 32));
	return SHAKEN_FAIL;
}

static enum shaken_result
alg(struct shaken_verify *v, struct shk_value *x, struct shaken_diag *why)
{
	(void)v;
	if (shk_sv_equal(x->passport.alg, SHAKEN_SV_LIT("ES256")))
		return SHAKEN_PASS;
	shk_diag(why, "alg is \"%.*s\", not \"ES256\"",
	    SHK_SV_ARG(x->passport.alg, 32));
	return SHAKEN_FAIL;
}

/* Absent means ES256 (RFC 8224 section 4), which the token's is by now. */
static enum shaken_result
alg_param(struct shaken_verify *v, struct shk_value *x,
    struct shaken_diag *why)
{
	if (x->id.alg.n == 0) {
		NOTE(v, why, "no alg parameter, ES256 is meant");
		return SHAKEN_SKIPPED;
	}
	if (shk_sv_equal(x->id.alg, x->passport.alg))
		return SHAKEN_PASS;
	shk_diag(why, "the alg parameter is \"%.*s\", the token's alg is "
	    "\"%.*s\"", SHK_SV_ARG(x->id.alg, 32),
	    SHK_SV_ARG(x->passport.alg, 32));
	return SHAKEN_FAIL;
}

static enum shaken_result
crit(struct shaken_verify *v, struct shk_value *x, struct shaken_diag *why)
{
	(void)v;
	if (!x->passport.has_crit)
		return SHAKEN_PASS;
	shk_diag(why, "the JOSE header has crit");
	return SHAKEN_FAIL;
}

static enum shaken_result
ppt(struct shaken_verify *v, struct shk_value *x, struct shaken_diag *why)
{
	struct shaken_sv own = x->passport.ppt;

	if (x->id.ppt.n > 0 && !shk_sv_equal(x->id.ppt, own)) {
		shk_diag(why, "the ppt parameter is \"%.*s\", the token's ppt "
		    "is \"%.*s\"", SHK_SV_ARG(x->id.ppt, 32),
		    SHK_SV_ARG(own, 32));
		return SHAKEN_FAIL;
	}
	if (own.n > 0 || !x->passport.has_ppt)	/* "" is not the base type */
		x->ppt = shk_ppt_find(own);
	if (is_accepted(v, x->ppt))
		return SHAKEN_PASS;
	shk_diag(why, "ppt \"%.*s\" is not supported", SHK_SV_ARG(own, 32));
	return SHAKEN_FAIL;
}

static enum shaken_result
claims(struct shaken_verify *v, struct shk_value *x, struct shaken_diag *why)
{
	enum shaken_err err;

	if (x->passport.decoded < SHK_DECODED_ALL) {
		*why = x->passport.diag;
		return SHAKEN_FAIL;
	}
	err = shk_passport_check_claims(&x->passport, why);
	if (err == SHAKEN_OK)
		err = shk_ppt_check(x->ppt, &x->passport, why);
	if (err == SHAKEN_E_NOMEM)
		v->err = err;
	return err == SHAKEN_OK ? SHAKEN_PASS : SHAKEN_FAIL;
}

/* RFC 8946 section 4.2 step 4: what was diverted long after it came may be
 * older, where the caller allows that.  shk_link() sees to it that it was. */
static enum shaken_result
iat_fresh(struct shaken_verify *v, struct shk_value *x,
    struct shaken_diag *why)
{
	enum shaken_result r = fresh(v, "iat", x->passport.iat, why);
	int64_t age = v->opts.now - x->passport.iat;

	if (r == SHAKEN_PASS || diverts(x) || age < 0 ||
	    age > v->opts.diverted_freshness_s)
		return r;
	x->is_late = true;
	NOTE(v, why, "iat is %" PRId64 " s old, %" PRId64 " s allowed for a "
	    "diverted call", age, v->opts.diverted_freshness_s);
	return SHAKEN_PASS;
}

static enum shaken_result
orig_match(struct shaken_verify *v, struct shk_value *x,
    struct shaken_diag *why)
{
	const struct shaken_id *claimed = &x->passport.orig;

	if (v->call.orig == NULL) {
		NOTE(v, why, "not compared: no orig given; the token says "
		    "%.120s", claimed->text);
		return SHAKEN_SKIPPED;
	}
	if (shaken_id_equal(claimed, v->call.orig)) {
		NOTE(v, why, "%.200s", claimed->text);
		return SHAKEN_PASS;
	}
	shk_diag(why, "the token says %.100s, the call %.100s", claimed->text,
	    v->call.orig->text);
	return SHAKEN_FAIL;
}

static enum shaken_result
dest_match(struct shaken_verify *v, struct shk_value *x,
    struct shaken_diag *why)
{
	const struct shaken_passport *p = &x->passport;

	if (diverts(x)) {	/* To stays what it was (RFC 8946 section 4.2) */
		NOTE(v, why, "a diversion leads on to %.120s",
		    p->dest[0].text);
		return SHAKEN_SKIPPED;
	}
	if (v->call.n_dest == 0) {
		NOTE(v, why, "not compared: no dest given; the token says "
		    "%.120s", p->dest[0].text);
		return SHAKEN_SKIPPED;
	}
	for (size_t i = 0; i < p->n_dest; i++)
		for (size_t j = 0; j < v->call.n_dest; j++)
			if (shaken_id_equal(&p->dest[i], &v->call.dest[j])) {
				NOTE(v, why, "%.200s", p->dest[i].text);
				return SHAKEN_PASS;
			}
	shk_diag(why, "the token says %.90s%s, the call %.90s%s",
	    p->dest[0].text, p->n_dest > 1 ? " and others" : "",
	    v->call.dest[0].text, v->call.n_dest > 1 ? " and others" : "");
	return SHAKEN_FAIL;
}

/* A chain that was judged under another trust is judged again: what it was
 * good for may have been revoked since. */
static enum shaken_result
certificate(struct shaken_verify *v, struct shk_value *x,
    struct shaken_diag *why)
{
	struct shaken_chain *again = NULL;

	if (x->chain == NULL) {
		shk_diag(why, "%s", x->no_chain.text[0] == '\0' ?
		    "no certificate was given" : x->no_chain.text);
		return SHAKEN_FAIL;
	}
	if (shaken_chain_trust(x->chain) != v->trust) {
		v->err = shaken_chain_rejudge(x->chain, v->trust, &again);
		if (v->err != SHAKEN_OK)
			return SHAKEN_FAIL;
		shaken_chain_free(&x->chain);
		x->chain = again;
	}
	NOTE(v, why, "%.*s", SHK_SV_ARG(shaken_cert_subject(
	    shaken_chain_cert(x->chain, 0)), 200));
	return SHAKEN_PASS;
}

/* Only a policy and a delegation may have nothing to say; any other step that
 * was not made is no pass. */
static enum shaken_result
chain_step(const struct shk_value *x, enum shk_chain_step step,
    struct shaken_diag *why)
{
	const char *detail = "";
	enum shaken_result r = shk_chain_step(x->chain, step, &detail);

	if (detail[0] != '\0')
		shk_diag(why, "%s", detail);
	if (r == SHAKEN_SKIPPED && step != SHK_CHAIN_POLICY &&
	    step != SHK_CHAIN_SCOPE && step != SHK_CHAIN_CONSTRAINTS)
		return SHAKEN_FAIL;
	return r;
}

static enum shaken_result
leaf(struct shaken_verify *v, struct shk_value *x, struct shaken_diag *why)
{
	(void)v;
	return chain_step(x, SHK_CHAIN_LEAF, why);
}

static enum shaken_result
tnauthlist(struct shaken_verify *v, struct shk_value *x,
    struct shaken_diag *why)
{
	enum shaken_result r = chain_step(x, SHK_CHAIN_TNAUTHLIST, why);

	if (r == SHAKEN_PASS && x->verdict.spc[0] != '\0')
		NOTE(v, why, "SPC %s", x->verdict.spc);
	return r;
}

static enum shaken_result
constraints_form(struct shaken_verify *v, struct shk_value *x,
    struct shaken_diag *why)
{
	(void)v;
	return chain_step(x, SHK_CHAIN_CONSTRAINTS, why);
}

static enum shaken_result
path(struct shaken_verify *v, struct shk_value *x, struct shaken_diag *why)
{
	(void)v;
	return chain_step(x, SHK_CHAIN_PATH, why);
}

static enum shaken_result
valid_now(struct shaken_verify *v, struct shk_value *x,
    struct shaken_diag *why)
{
	return shk_chain_valid_at(x->chain, v->opts.now, why) ?
	    SHAKEN_PASS : SHAKEN_FAIL;
}

static enum shaken_result
valid_at_iat(struct shaken_verify *v, struct shk_value *x,
    struct shaken_diag *why)
{
	(void)v;
	return shk_chain_valid_at(x->chain, x->passport.iat, why) ?
	    SHAKEN_PASS : SHAKEN_FAIL;
}

static enum shaken_result
policy(struct shaken_verify *v, struct shk_value *x, struct shaken_diag *why)
{
	(void)v;
	return chain_step(x, SHK_CHAIN_POLICY, why);
}

static enum shaken_result
delegation(struct shaken_verify *v, struct shk_value *x,
    struct shaken_diag *why)
{
	(void)v;
	return chain_step(x, SHK_CHAIN_SCOPE, why);
}

static enum shaken_result
revocation(struct shaken_verify *v, struct shk_value *x,
    struct shaken_diag *why)
{
	return shk_chain_revocation(x->chain, v->opts.now, why);
}

static enum shaken_result
orig_scope(struct shaken_verify *v, struct shk_value *x,
    struct shaken_diag *why)
{
	enum shaken_result r = shk_chain_covers(x->chain, diverts(x) ?
	    &x->passport.div : &x->passport.orig, why);

	if (r == SHAKEN_SKIPPED)
		NOTE(v, why, "the certificate is for a provider, whose numbers "
		    "are not listed in it");
	return r;
}

static enum shaken_result
signature(struct shaken_verify *v, struct shk_value *x,
    struct shaken_diag *why)
{
	const struct shaken_passport *p = &x->passport;
	bool good = false;

	if (p->sig_len != SHAKEN_ES256_SIG) {
		shk_diag(why, "the signature has %zu bytes, ES256 has %d%s",
		    p->sig_len, SHAKEN_ES256_SIG, p->sig_len >= 68 &&
		    p->sig_len <= 72 ? ": is it in DER?" : "");
		return SHAKEN_FAIL;
	}
	v->signatures++;
	v->by_table += shaken_chain_is_fast(x->chain);
	v->err = shk_es256_verify(shk_chain_key(x->chain), p->jws.signed_bytes,
	    p->sig, &good);
	if (good)
		return SHAKEN_PASS;
	shk_diag(why, "the signature is not the certificate's over these "
	    "bytes");
	return SHAKEN_FAIL;
}

static enum shaken_result
claim_constraints(struct shaken_verify *v, struct shk_value *x,
    struct shaken_diag *why)
{
	const struct shk_constraints *k = shk_chain_constraints(x->chain);
	json_t *payload = NULL;
	enum shaken_err err;

	if (k == NULL) {
		NOTE(v, why, "the certificate has none");
		return SHAKEN_SKIPPED;
	}
	err = shk_json_parse(x->passport.payload_json, &payload, why);
	if (err == SHAKEN_OK)
		err = shk_constraints_check(k, payload, why);
	json_decref(payload);
	if (err == SHAKEN_E_NOMEM)
		v->err = err;
	return err == SHAKEN_OK ? SHAKEN_PASS : SHAKEN_FAIL;
}

static enum shaken_result
attest(struct shaken_verify *v, struct shk_value *x, struct shaken_diag *why)
{
	struct shaken_sv a = x->passport.attest;

	if (x->ppt != &shk_ppt_shaken) {
		NOTE(v, why, "this type has no attestation");
		return SHAKEN_SKIPPED;
	}
	if (a.n == 1 && a.p[0] >= 'A' && a.p[0] <= 'C') {
		NOTE(v, why, "%c", a.p[0]);
		return SHAKEN_PASS;
	}
	shk_diag(why, "attest is \"%.*s\"", SHK_SV_ARG(a, 16));
	return SHAKEN_FAIL;
}

/* The field has other texts in it: informational unless asked for. */
static enum shaken_result
origid(struct shaken_verify *v, struct shk_value *x, struct shaken_diag *why)
{
	struct shaken_sv o = x->passport.origid;

	if (x->ppt != &shk_ppt_shaken)
		return SHAKEN_SKIPPED;
	if (shk_is_uuid(o)) {
		NOTE(v, why, "%.*s", SHK_SV_ARG(o, 40));
		return SHAKEN_PASS;
	}
	if (!has_flag(v, SHAKEN_REQUIRE_UUID)) {
		NOTE(v, why, "\"%.*s\" is no UUID: tolerated",
		    SHK_SV_ARG(o, 64));
		return SHAKEN_SKIPPED;
	}
	shk_diag(why, "origid is \"%.*s\", no UUID", SHK_SV_ARG(o, 64));
	return SHAKEN_FAIL;
}

/* Whether the caller has seen it before.  Asked last, so that a token which
 * nobody signed finds no way into the caller's memory. */
static enum shaken_result
replay(struct shaken_verify *v, struct shk_value *x, struct shaken_diag *why)
{
	int64_t fresh_s = v->opts.freshness_s;
	uint8_t id[SHAKEN_TOKEN_ID];

	if (v->opts.replayed == NULL) {
		NOTE(v, why, "nobody was asked");
		return SHAKEN_SKIPPED;
	}
	v->err = shk_token_id(&x->passport, id);
	if (v->err != SHAKEN_OK)
		return SHAKEN_FAIL;
	if (v->opts.diverted_freshness_s > fresh_s)
		fresh_s = v->opts.diverted_freshness_s;
	return v->opts.replayed(v->opts.replayed_arg, id,
	    x->passport.iat + fresh_s, why) ? SHAKEN_FAIL : SHAKEN_PASS;
}

static enum shaken_result
div_chain(struct shaken_verify *v, struct shk_value *x,
    struct shaken_diag *why)
{
	if (!diverts(x)) {
		NOTE(v, why, "this type diverts nothing");
		return SHAKEN_SKIPPED;
	}
	if (x->links == 0) {
		shk_explain_link(v, x, why);
		return SHAKEN_FAIL;
	}
	NOTE(v, why, "diversion %zu of value %zu, from %.64s to %.64s",
	    x->links, x->root + 1, x->passport.div.text,
	    x->passport.dest[0].text);
	return SHAKEN_PASS;
}

const shk_check_fn shk_check_fns[SHK_CHECKS_N] = {
#define X(id, name, ecase, code, rule, hint) [SHK_CHECK_##id] = id,
	SHK_CHECKS(X)
#undef X
};
