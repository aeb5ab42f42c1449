/* SPDX-License-Identifier: Apache-2.0 */
/* verify.c - a call in, a verdict out (RFC 8224 section 6.2). */
#include <stdlib.h>

#include "diag.h"
#include "sv.h"
#include "verify.h"

/* Sizes of release 0.1. */
#define CALL_SIZE_V0 (offsetof(struct shaken_call, date) + sizeof(int64_t))
#define OPTS_SIZE_V0 (offsetof(struct shaken_verify_opts, verstat) + \
	sizeof(const enum shaken_verstat *))
#define DEFAULT_FRESHNESS_S 60	/* RFC 8224 section 4.1 */

static const struct row {
	const char		*name, *rule, *hint;
	enum shaken_case	 ecase;
	int			 code;
} rows[SHK_CHECKS_N] = {
#define X(id, name, ecase, code, rule, hint) { name, rule, hint, ecase, code },
	SHK_CHECKS(X)
#undef X
};

const char *
shaken_verstat_name(enum shaken_verstat s)
{
	switch (s) {
	case SHAKEN_TN_VALIDATION_PASSED: return "TN-Validation-Passed";
	case SHAKEN_TN_VALIDATION_FAILED: return "TN-Validation-Failed";
	case SHAKEN_NO_TN_VALIDATION: break;
	}
	return "No-TN-Validation";
}

enum shaken_verstat
shaken_case_verstat(enum shaken_case c)
{
	return c == SHAKEN_E17 || c == SHAKEN_E18 ?
	    SHAKEN_TN_VALIDATION_FAILED : SHAKEN_NO_TN_VALIDATION;
}

const char *
shaken_reason_phrase(int code)
{
	switch (code) {
	case 403: return "Stale Date";
	case 428: return "Use Identity Header";
	case 436: return "Bad Identity Info";
	case 437: return "Unsupported Credential";
	case 438: return "Invalid Identity Header";
	default: return NULL;
	}
}

static const struct shaken_verdict undecided = { .iat = -1 };

static enum shaken_verstat
verstat_of(const struct shaken_verify *v, enum shaken_case c)
{
	return v->opts.verstat != NULL ? v->opts.verstat[c] :
	    shaken_case_verstat(c);
}

static void
copy_text(char *to, size_t size, struct shaken_sv from)
{
	size_t n = from.n < size ? from.n : 0; /* whole or not at all */

	if (n > 0)
		memcpy(to, from.p, n);
	to[n] = '\0';
}

/* What the token claims, for verdicts of either kind. */
static void
copy_claims(struct shk_value *x)
{
	const struct shaken_passport *p = &x->passport;

	if (p->attest.n == 1)
		x->verdict.attest = p->attest.p[0];
	copy_text(x->verdict.origid, sizeof(x->verdict.origid), p->origid);
	x->verdict.iat = p->iat;
}

static void
fail(const struct shaken_verify *v, struct shk_value *x)
{
	const struct row *r = &rows[x->next];

	x->failed = true;
	x->verdict.ecase = r->ecase;
	x->verdict.verstat = verstat_of(v, r->ecase);
	x->verdict.code = r->code;
	x->verdict.reason = shaken_reason_phrase(r->code);
	x->verdict.check = r->name;
}

/* Make the checks of x up to (not including) end, or to the first that fails. */
static void
run(struct shaken_verify *v, struct shk_value *x, enum shk_check end)
{
	struct shaken_diag *why = &x->verdict.detail;
	enum shaken_result r;

	for (; !x->failed && x->next < end; x->next++) {
		shk_diag_clear(why);
		r = shk_check_fns[x->next](v, x, why);
		if (v->err != SHAKEN_OK)
			return;
		if (x->explain != NULL) {
			x->explain[x->next].result = r;
			x->details[x->next] = *why;
		}
		if (r == SHAKEN_FAIL) {
			fail(v, x);
			return;
		}
	}
	shk_diag_clear(why);
}

/* Rows for "explain", all skipped to begin with. */
static enum shaken_err
make_explain(struct shaken_verify *v)
{
	struct shaken_check *check;
	struct shaken_diag *detail;
	size_t cells = v->n * SHK_CHECKS_N;

	if ((v->opts.flags & SHAKEN_EXPLAIN) == 0 || v->n == 0)
		return SHAKEN_OK;
	v->explain = calloc(cells, sizeof(*check) + sizeof(*detail));
	if (v->explain == NULL)
		return SHAKEN_E_NOMEM;
	check = v->explain;
	detail = (struct shaken_diag *)(void *)(check + cells);
	for (size_t i = 0; i < cells; i++) {
		const struct row *r = &rows[i % SHK_CHECKS_N];

		check[i].name = r->name;
		check[i].rule = r->rule;
		check[i].hint = r->hint;
		check[i].detail = detail[i].text;
	}
	for (size_t i = 0; i < v->n; i++) {
		v->value[i].explain = check + i * SHK_CHECKS_N;
		v->value[i].details = detail + i * SHK_CHECKS_N;
	}
	return SHAKEN_OK;
}

/* Walk over all values of all fields; value == NULL: just count them. */
static size_t
each_value(const struct shaken_call *call, struct shk_value *value)
{
	size_t n = 0;

	for (size_t i = 0; i < call->n_identity; i++) {
		struct shaken_sv rest = call->identity[i], one;

		while (n < SHAKEN_VALUES_MAX &&
		    shaken_identity_next(&rest, &one)) {
			if (value != NULL)
				value[n].text = one;
			n++;
		}
	}
	return n;
}

static enum shaken_err
parse_value(const struct shaken_verify *v, struct shk_value *x)
{
	unsigned flags = 0;
	enum shaken_err err;

	x->verdict = undecided;
	x->passport.iat = -1;
	if (shaken_identity_parse(x->text, &x->id, &x->syntax) != SHAKEN_OK) {
		if (x->syntax.text[0] == '\0')
			shk_diag(&x->syntax, "malformed");
		return SHAKEN_OK;
	}
	if ((v->opts.flags & SHAKEN_ACCEPT_PADDING) != 0)
		flags |= SHAKEN_DECODE_PADDING;
	if ((v->opts.flags & SHAKEN_ACCEPT_DEST_STRING) != 0)
		flags |= SHAKEN_DECODE_DEST_STRING;
	err = shk_passport_decode(&x->passport, x->id.token, flags,
	    v->opts.country);
	copy_claims(x);
	return err;
}

static bool
are_opts_ok(const struct shaken_verify_opts *o)
{
	struct shaken_tn probe;

	if (o == NULL || o->size < OPTS_SIZE_V0 || o->freshness_s < 0 ||
	    o->freshness_s > SHAKEN_IAT_MAX || o->now < 0 ||
	    o->now > SHAKEN_IAT_MAX || o->flags >= SHAKEN_EXPLAIN * 2u)
		return false;
	for (size_t i = 0; o->verstat != NULL && i < SHAKEN_CASES; i++)
		if (o->verstat[i] != SHAKEN_NO_TN_VALIDATION &&
		    o->verstat[i] != SHAKEN_TN_VALIDATION_FAILED)
			return false;
	return shaken_tn_canon(SHAKEN_SV_LIT("911"), o->country, &probe) ==
	    SHAKEN_OK;
}

static bool
is_call_ok(const struct shaken_call *c)
{
	return c != NULL && c->size >= CALL_SIZE_V0 &&
	    (c->identity != NULL || c->n_identity == 0) &&
	    (c->dest != NULL || c->n_dest == 0) && c->date >= 0 &&
	    c->date <= SHAKEN_IAT_MAX;
}

enum shaken_err
shaken_verify_begin(struct shaken_trust *trust, const struct shaken_call *call,
    const struct shaken_verify_opts *opts, struct shaken_verify **out)
{
	struct shaken_verify *v;
	enum shaken_err err;
	size_t n;

	if (out == NULL)
		return SHAKEN_E_ARG;
	*out = NULL;
	if (trust == NULL || !is_call_ok(call) || !are_opts_ok(opts))
		return SHAKEN_E_ARG;

	n = each_value(call, NULL);
	v = calloc(1, sizeof(*v) + n * sizeof(v->value[0]));
	if (v == NULL)
		return SHAKEN_E_NOMEM;
	v->trust = shaken_trust_ref(trust);
	v->call = *call;
	v->opts = *opts;
	if (v->opts.freshness_s == 0)
		v->opts.freshness_s = DEFAULT_FRESHNESS_S;
	v->verdict = undecided;
	v->n = each_value(call, v->value);

	err = make_explain(v);
	for (size_t i = 0; err == SHAKEN_OK && i < v->n; i++) {
		err = parse_value(v, &v->value[i]);
		if (err == SHAKEN_OK)
			run(v, &v->value[i], SHK_CHECK_STAGE2);
		if (err == SHAKEN_OK)
			err = v->err;
	}
	if (err != SHAKEN_OK) {
		shaken_verify_free(&v);
		return err;
	}
	*out = v;
	return SHAKEN_OK;
}

size_t
shaken_verify_n(const struct shaken_verify *v)
{
	return v->n;
}

struct shaken_sv
shaken_verify_x5u(const struct shaken_verify *v, size_t i)
{
	if (i >= v->n || v->value[i].failed)
		return (struct shaken_sv){ NULL, 0 };
	return v->value[i].id.info;
}

void
shaken_verify_chain(struct shaken_verify *v, size_t i, struct shaken_chain *c)
{
	struct shk_value *x;
	struct shaken_sv spc;

	if (i >= v->n || c == NULL)
		return;
	x = &v->value[i];
	shaken_chain_free(&x->chain);
	x->chain = shaken_chain_ref(c);
	spc = shaken_cert_spc(shaken_chain_cert(c, 0));
	copy_text(x->verdict.spc, sizeof(x->verdict.spc), spc);
}

void
shaken_verify_no_chain(struct shaken_verify *v, size_t i, const char *why)
{
	if (i >= v->n)
		return;
	shaken_chain_free(&v->value[i].chain);
	shk_diag(&v->value[i].no_chain, "%s", why == NULL ? "" : why);
}

/* A type that is not ours says nothing about the call (RFC 8224 section 6.2
 * step 1). */
static bool
is_ignored(const struct shk_value *x)
{
	return x->failed && (x->next == SHK_CHECK_ppt_param ||
	    (x->next == SHK_CHECK_ppt && x->ppt == NULL));
}

/* No value, or none of a type that is ours. */
static void
decide_without(struct shaken_verify *v)
{
	bool required = (v->opts.flags & SHAKEN_REQUIRE_IDENTITY) != 0;

	if (v->n > 0)
		v->verdict = v->value[0].verdict;
	v->verdict.check = "identity-present";
	if (v->n == 0)
		shk_diag(&v->verdict.detail, "the call has no Identity");
	if (v->n > 0 && !required) {
		v->verdict.check = v->value[0].verdict.check;
		return;
	}
	v->verdict.verstat = SHAKEN_NO_TN_VALIDATION;
	v->verdict.ecase = SHAKEN_CASE_NONE;
	v->verdict.code = required ? 428 : 0;
	v->verdict.reason = shaken_reason_phrase(v->verdict.code);
}

/* RFC 8224 section 6.2.1: one valid value is enough; when all fail, the one
 * that came furthest says most about what is wrong. */
static void
decide(struct shaken_verify *v)
{
	const struct shk_value *best = NULL;

	for (size_t i = 0; i < v->n; i++) {
		const struct shk_value *x = &v->value[i];

		if (is_ignored(x))
			continue;
		if (best == NULL || (best->failed && (!x->failed ||
		    x->next > best->next)))
			best = x;
	}
	if (best == NULL) {
		decide_without(v);
		return;
	}
	v->verdict = best->verdict;
}

enum shaken_err
shaken_verify_finish(struct shaken_verify *v)
{
	for (size_t i = 0; i < v->n && v->err == SHAKEN_OK; i++) {
		struct shk_value *x = &v->value[i];

		x->verdict.value = i;
		if (x->failed)
			continue;
		run(v, x, SHK_CHECKS_N);
		if (!x->failed && v->err == SHAKEN_OK)
			x->verdict.verstat = SHAKEN_TN_VALIDATION_PASSED;
	}
	if (v->err != SHAKEN_OK) {
		for (size_t i = 0; i < v->n; i++)
			v->value[i].verdict = undecided;
		v->verdict = undecided;
		return v->err;
	}
	decide(v);
	return SHAKEN_OK;
}

const struct shaken_verdict *
shaken_verify_verdict(const struct shaken_verify *v)
{
	return &v->verdict;
}

const struct shaken_verdict *
shaken_verify_verdict_of(const struct shaken_verify *v, size_t i)
{
	return i < v->n ? &v->value[i].verdict : &undecided;
}

const struct shaken_passport *
shaken_verify_passport(const struct shaken_verify *v, size_t i)
{
	return i < v->n && v->value[i].passport.decoded == SHK_DECODED_ALL ?
	    &v->value[i].passport : NULL;
}

size_t
shaken_verify_checks(const struct shaken_verify *v, size_t i,
    const struct shaken_check **checks)
{
	*checks = i < v->n ? v->value[i].explain : NULL;
	return *checks == NULL ? 0 : SHK_CHECKS_N;
}

void
shaken_verify_free(struct shaken_verify **vp)
{
	struct shaken_verify *v;

	if (vp == NULL || (v = *vp) == NULL)
		return;
	*vp = NULL;
	for (size_t i = 0; i < v->n; i++) {
		shk_passport_clear(&v->value[i].passport);
		shaken_chain_free(&v->value[i].chain);
	}
	shaken_trust_free(&v->trust);
	free(v->explain);
	free(v);
}
