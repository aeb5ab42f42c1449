/* SPDX-License-Identifier: Apache-2.0 */
/* verify.c - a call in, a verdict out (RFC 8224 section 6.2). */
#include <stdlib.h>

#include "call.h"
#include "diag.h"
#include "sv.h"

/* Sizes of the first release; what came later is zero for its callers. */
#define CALL_SIZE_V0 (offsetof(struct shaken_call, date) + sizeof(int64_t))
#define OPTS_SIZE_V0 (offsetof(struct shaken_verify_opts, verstat) + \
	sizeof(const enum shaken_verstat *))
#define DEFAULT_FRESHNESS_S 60	/* RFC 8224 section 4.1 */

static const struct shaken_verdict undecided = { .iat = -1 };

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

/* Make the checks of x up to (not including) end, or to the first that fails. */
static void
run(struct shaken_verify *v, struct shk_value *x, enum shk_check end)
{
	struct shaken_diag *why = &x->verdict.detail;
	enum shaken_result r;

	if (x->failed)
		return;
	for (; x->next < end; x->next++) {
		shk_diag_clear(why);
		r = shk_check_fns[x->next](v, x, why);
		if (v->err != SHAKEN_OK)
			return;
		if (x->explain != NULL) {
			x->explain[x->next].result = r;
			x->details[x->next] = *why;
		}
		if (r == SHAKEN_FAIL) {
			x->failed = true;
			shk_refuse(v, x->next, &x->verdict);
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
		const struct shk_check_row *r =
		    &shk_check_rows[i % SHK_CHECKS_N];

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

/* By what it says of itself; what nobody can tell is taken for a caller's. */
static enum shk_role
role_of(const struct shk_value *x)
{
	const struct shk_ppt *ppt = shk_ppt_find(x->passport.has_ppt ?
	    x->passport.ppt : x->id.ppt);

	return ppt == NULL ? SHK_VOUCHES : ppt->role;
}

static enum shaken_err
decode_value(const struct shaken_verify *v, struct shk_value *x)
{
	unsigned flags = 0;
	enum shaken_err err;

	if ((v->opts.flags & SHAKEN_ACCEPT_PADDING) != 0)
		flags |= SHAKEN_DECODE_PADDING;
	if ((v->opts.flags & SHAKEN_ACCEPT_DEST_STRING) != 0)
		flags |= SHAKEN_DECODE_DEST_STRING;
	err = shk_passport_decode(&x->passport, x->id.token, flags,
	    v->opts.country);
	if (x->depth > 0)
		x->id.info = x->passport.x5u;
	x->role = role_of(x);
	copy_claims(x);
	return err;
}

static enum shaken_err
parse_value(const struct shaken_verify *v, struct shk_value *x)
{
	x->verdict = undecided;
	x->passport.iat = -1;
	x->inner = SHK_NONE;
	x->role = SHK_VOUCHES;
	if (x->depth == 0 && shaken_identity_parse(x->text, &x->id,
	    &x->syntax) != SHAKEN_OK) {
		if (x->syntax.text[0] == '\0')
			shk_diag(&x->syntax, "malformed");
		return SHAKEN_OK;
	}
	return decode_value(v, x);
}

/* Make a value of the token in the opt of value i, within limits: shk_link()
 * refuses the one around what is not looked at.  May move *vp. */
static enum shaken_err
add_inner(struct shaken_verify **vp, size_t i)
{
	struct shaken_verify *v = *vp;
	const struct shk_value *x = &v->value[i];
	const struct shk_member *opt = &x->passport.claim[SHK_CLAIM_OPT];
	struct shk_value in = { .depth = x->depth + 1,
		.id.token = opt->value };

	if (opt->type != SHK_JSON_STRING || v->n == SHAKEN_VALUES_MAX ||
	    !shk_sv_equal(x->passport.ppt, shk_ppt_div_o.name) ||
	    x->depth == SHK_OPT_DEPTH_MAX)
		return SHAKEN_OK;
	v = realloc(v, sizeof(*v) + (v->n + 1) * sizeof(v->value[0]));
	if (v == NULL)
		return SHAKEN_E_NOMEM;
	*vp = v;
	v->value[i].inner = v->n;
	v->value[v->n++] = in;
	return SHAKEN_OK;
}

/* All values, which become more on the way. */
static enum shaken_err
parse_values(struct shaken_verify **vp)
{
	enum shaken_err err = SHAKEN_OK;

	for (size_t i = 0; err == SHAKEN_OK && i < (*vp)->n; i++) {
		err = parse_value(*vp, &(*vp)->value[i]);
		if (err == SHAKEN_OK)
			err = add_inner(vp, i);
	}
	return err;
}

/* As much of a caller's struct as the caller has. */
static void
copy_struct(void *to, size_t to_size, const void *from, size_t from_size)
{
	memcpy(to, from, from_size < to_size ? from_size : to_size);
}

static bool
are_opts_ok(const struct shaken_verify_opts *o)
{
	struct shaken_tn probe;

	if (o->freshness_s < 0 ||
	    o->freshness_s > SHAKEN_IAT_MAX || o->now < 0 ||
	    o->now > SHAKEN_IAT_MAX || o->flags >= SHAKEN_EXPLAIN * 2u ||
	    o->diverted_freshness_s < 0 ||
	    o->diverted_freshness_s > SHAKEN_IAT_MAX)
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
	return (c->identity != NULL || c->n_identity == 0) &&
	    (c->dest != NULL || c->n_dest == 0) && c->date >= 0;
}

enum shaken_err
shaken_verify_begin(struct shaken_trust *trust, const struct shaken_call *call,
    const struct shaken_verify_opts *opts, struct shaken_verify **out)
{
	struct shaken_verify_opts o = { .size = 0 };
	struct shaken_call c = { .size = 0 };
	struct shaken_verify *v;
	enum shaken_err err;
	size_t n;

	if (out == NULL)
		return SHAKEN_E_ARG;
	*out = NULL;
	if (trust == NULL || call == NULL || call->size < CALL_SIZE_V0 ||
	    opts == NULL || opts->size < OPTS_SIZE_V0)
		return SHAKEN_E_ARG;
	copy_struct(&c, sizeof(c), call, call->size);
	copy_struct(&o, sizeof(o), opts, opts->size);
	if (!is_call_ok(&c) || !are_opts_ok(&o))
		return SHAKEN_E_ARG;
	if (o.freshness_s == 0)
		o.freshness_s = DEFAULT_FRESHNESS_S;

	n = each_value(&c, NULL);
	v = calloc(1, sizeof(*v) + n * sizeof(v->value[0]));
	if (v == NULL)
		return SHAKEN_E_NOMEM;
	v->trust = shaken_trust_ref(trust);
	v->call = c;
	v->opts = o;
	v->verdict = undecided;
	v->n = each_value(&c, v->value);

	err = parse_values(&v);
	if (err == SHAKEN_OK)
		err = make_explain(v);
	for (size_t i = 0; err == SHAKEN_OK && i < v->n; i++) {
		run(v, &v->value[i], SHK_CHECK_STAGE2);
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

/* Take every value on to a check; false: no decision can be made. */
static bool
run_all(struct shaken_verify *v, enum shk_check end)
{
	for (size_t i = 0; i < v->n && v->err == SHAKEN_OK; i++)
		run(v, &v->value[i], end);
	return v->err == SHAKEN_OK;
}

enum shaken_err
shaken_verify_finish(struct shaken_verify *v)
{
	if (run_all(v, SHK_CHECK_STAGE3))
		shk_link(v);
	if (!run_all(v, SHK_CHECKS_N)) {
		for (size_t i = 0; i < v->n; i++)
			v->value[i].verdict = undecided;
		v->verdict = undecided;
		return v->err;
	}
	for (size_t i = 0; i < v->n; i++) {
		v->value[i].verdict.value = i;
		if (!v->value[i].failed)
			v->value[i].verdict.verstat =
			    SHAKEN_TN_VALIDATION_PASSED;
	}
	shk_decide(v);
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

size_t
shaken_verify_signatures(const struct shaken_verify *v, size_t *by_table)
{
	if (by_table != NULL)
		*by_table = v->by_table;
	return v->signatures;
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
