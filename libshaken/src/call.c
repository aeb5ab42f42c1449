/* SPDX-License-Identifier: Apache-2.0 */
/*
 * call.c - one verdict of all values of a call.
 *
 * Diversions (RFC 8946 section 4.2) are linked from what was diverted outwards,
 * one step at a time, so that a loop is never entered: nothing links it to a
 * token that is no diversion.
 */
#include <string.h>

#include "call.h"
#include "diag.h"
#include "sv.h"

/* -- diversions --------------------------------------------------------- */

static bool
has_div(const struct shk_value *x, const struct shk_value *from)
{
	return shk_passport_has_dest(&from->passport, &x->passport.div);
}

static bool
same_orig(const struct shk_value *x, const struct shk_value *from)
{
	return shaken_id_equal(&x->passport.orig, &from->passport.orig);
}

/* Whether x may be linked to value i: any other, but a div-o to its opt. */
static bool
may_stand_on(const struct shaken_verify *v, const struct shk_value *x,
    size_t i)
{
	return x->ppt == &shk_ppt_div_o ? i == x->inner : &v->value[i] != x;
}

/* Whether x diverts what value i, which is good, was for. */
static bool
stands_on(const struct shaken_verify *v, const struct shk_value *x, size_t i)
{
	const struct shk_value *from = &v->value[i];

	return may_stand_on(v, x, i) && !from->failed && has_div(x, from) &&
	    same_orig(x, from);
}

/* Link x to a value that is links - 1 diversions away from one of that role. */
static bool
link_one(const struct shaken_verify *v, struct shk_value *x, size_t links,
    enum shk_role role)
{
	for (size_t i = 0; i < v->n; i++) {
		const struct shk_value *from = &v->value[i];
		size_t root = links == 1 ? i : from->root;

		if ((from->role == SHK_DIVERTS) != (links > 1) ||
		    from->links != links - 1 || !stands_on(v, x, i) ||
		    v->value[root].role != role)
			continue;
		x->links = links;
		x->root = root;
		return true;
	}
	return false;
}

/* All diversions of what has that role. */
static void
link_all(struct shaken_verify *v, enum shk_role role)
{
	bool any = true;

	for (size_t links = 1; any && links <= SHK_DIV_MAX; links++) {
		any = false;
		for (size_t i = 0; i < v->n; i++) {
			struct shk_value *x = &v->value[i];

			if (x->role == SHK_DIVERTS && !x->failed &&
			    x->links == 0)
				any |= link_one(v, x, links, role);
		}
	}
}

/* A token is too old after all when no diversion stands on it. */
static void
refuse_late(struct shaken_verify *v, size_t i)
{
	struct shk_value *x = &v->value[i];

	for (size_t k = 0; k < v->n; k++)
		if (v->value[k].links > 0 && v->value[k].root == i)
			return;
	x->next = SHK_CHECK_iat_fresh;
	shk_diag(&x->verdict.detail, "iat is older than %lld s, and the call "
	    "was not diverted", (long long)v->opts.freshness_s);
	if (x->explain != NULL) {
		x->explain[x->next].result = SHAKEN_FAIL;
		x->details[x->next] = x->verdict.detail;
	}
	x->failed = true;
	shk_refuse(v, x->next, &x->verdict);
}

/* What vouches for the caller comes first: a diversion may stand on several
 * (section 4.1). */
void
shk_link(struct shaken_verify *v)
{
	link_all(v, SHK_VOUCHES);
	link_all(v, SHK_INFORMS);
	for (size_t i = 0; i < v->n; i++)
		if (v->value[i].is_late && !v->value[i].failed)
			refuse_late(v, i);
}

/* How near value i comes to being what x stands on. */
static int
nearness(const struct shaken_verify *v, const struct shk_value *x, size_t i)
{
	if (!may_stand_on(v, x, i) || !has_div(x, &v->value[i]))
		return 0;
	if (!same_orig(x, &v->value[i]))
		return 1;
	return v->value[i].failed ? 2 : 3;
}

static void
explain_none(const struct shaken_verify *v, const struct shk_value *x,
    struct shaken_diag *why)
{
	if (x->ppt != &shk_ppt_div_o)
		shk_diag(why, "%.128s was diverted, but is in no other value's "
		    "dest", x->passport.div.text);
	else if (x->inner != SHK_NONE)
		shk_diag(why, "%.128s was diverted, but is not in the dest of "
		    "the token in opt", x->passport.div.text);
	else if (x->depth == SHK_OPT_DEPTH_MAX)
		shk_diag(why, "tokens in opt are nested deeper than %d",
		    SHK_OPT_DEPTH_MAX);
	else
		shk_diag(why, "the token in opt was not looked at: the call "
		    "has more than %zu values", v->n);
}

void
shk_explain_link(const struct shaken_verify *v, const struct shk_value *x,
    struct shaken_diag *why)
{
	const struct shk_value *from;
	int best = 0;
	size_t at = 0;

	for (size_t i = 0; i < v->n; i++) {
		if (nearness(v, x, i) <= best)
			continue;
		best = nearness(v, x, i);
		at = i;
	}
	from = &v->value[at];
	if (best == 0)
		explain_none(v, x, why);
	else if (best == 1)
		shk_diag(why, "orig is %.80s, and %.80s in value %zu, which "
		    "was diverted", x->passport.orig.text,
		    from->passport.orig.text, at + 1);
	else if (best == 2)
		shk_diag(why, "value %zu, which was diverted, failed at %s",
		    at + 1, from->verdict.check);
	else if (from->links == SHK_DIV_MAX)
		shk_diag(why, "more than %d diversions", SHK_DIV_MAX);
	else
		shk_diag(why, "value %zu, which was diverted, leads back to no "
		    "first token", at + 1);
}

/* -- the call ----------------------------------------------------------- */

/* RFC 8224 section 6.2.1: one that passed, else the one that came furthest says
 * most about what is wrong.  NULL: there is none, or all are ignored. */
static const struct shk_value *
best_of(const struct shaken_verify *v, bool vouching)
{
	const struct shk_value *best = NULL;

	for (size_t i = 0; i < v->n; i++) {
		const struct shk_value *x = &v->value[i];

		if (shk_is_ignored(x) ||
		    (x->role == SHK_VOUCHES) != vouching)
			continue;
		if (best == NULL || (best->failed && (!x->failed ||
		    x->next > best->next)))
			best = x;
	}
	return best;
}

/* No value speaks for the calling number, however good it is. */
static void
decide_without(struct shaken_verify *v)
{
	bool required = (v->opts.flags & SHAKEN_REQUIRE_IDENTITY) != 0;
	const struct shk_value *other = best_of(v, false);

	if (v->n > 0 && other == NULL)
		other = &v->value[0];	/* of a type that is ignored */
	if (other != NULL)
		v->verdict = other->verdict;
	if (other == NULL)
		shk_diag(&v->verdict.detail, "the call has no Identity");
	else if (!other->failed)
		shk_diag(&v->verdict.detail, "no Identity of the call speaks "
		    "for its calling number");
	if (other == NULL || other->role != SHK_VOUCHES || required)
		v->verdict.verstat = SHAKEN_NO_TN_VALIDATION;
	if (other != NULL && other->failed && !required)
		return;
	v->verdict.check = "identity-present";
	v->verdict.ecase = SHAKEN_CASE_NONE;
	v->verdict.code = required ? 428 : 0;
	v->verdict.reason = shaken_reason_phrase(v->verdict.code);
}

/* The diversion that failed first: the others fail because it did. */
static const struct shk_value *
broken_diversion(const struct shaken_verify *v)
{
	const struct shk_value *first = NULL;

	for (size_t i = 0; i < v->n; i++) {
		const struct shk_value *x = &v->value[i];

		if (x->role == SHK_DIVERTS && x->failed &&
		    !shk_is_ignored(x) &&
		    (first == NULL || x->next < first->next))
			first = x;
	}
	return first;
}

/* The good value that vouches for a call to target; NULL: none does. */
static const struct shk_value *
leads_to(const struct shaken_verify *v, const struct shaken_id *target)
{
	for (size_t i = 0; i < v->n; i++) {
		const struct shk_value *x = &v->value[i];
		const struct shk_value *root = x->links > 0 ?
		    &v->value[x->root] : x;

		if (!x->failed && root->role == SHK_VOUCHES &&
		    shk_passport_has_dest(&x->passport, target))
			return root;
	}
	return NULL;
}

/* No value is at fault, but none leads to where the call goes. */
static void
decide_elsewhere(struct shaken_verify *v)
{
	shk_refuse(v, SHK_CHECK_div_chain, &v->verdict);
	shk_diag(&v->verdict.detail, "the call goes to %.100s, which is in no "
	    "good value's dest", v->call.target->text);
}

/* RFC 8946 section 4.2 steps 1 to 5, ATIS-1000085: the caller's token is what it
 * is, but a call that went elsewhere passes only when it is shown how. */
void
shk_decide(struct shaken_verify *v)
{
	const struct shk_value *best = best_of(v, true), *root = NULL;
	const struct shk_value *broken = broken_diversion(v);

	if (best == NULL) {
		decide_without(v);
		return;
	}
	v->verdict = best->verdict;
	if (best->failed)
		return;
	if (v->call.target != NULL)
		root = leads_to(v, v->call.target);
	else if (broken == NULL)
		return;
	if (root != NULL)
		v->verdict = root->verdict;
	else if (broken != NULL)
		v->verdict = broken->verdict;
	else
		decide_elsewhere(v);
}

/* -- before it is verified ---------------------------------------------- */

static bool
is_div(struct shaken_sv ppt)
{
	return (ppt.n == 3 && memcmp(ppt.p, "div", 3) == 0) ||
	    (ppt.n == 5 && memcmp(ppt.p, "div-o", 5) == 0);
}

/* The parameter may be left out: then the token says. */
static bool
is_diversion(struct shaken_sv value)
{
	struct shaken_passport *p;
	struct shaken_identity id;
	bool is;

	if (shaken_identity_parse(value, &id, NULL) != SHAKEN_OK)
		return false;
	if (id.ppt.n > 0)
		return is_div(id.ppt);
	if (shaken_passport_decode(id.token, SHAKEN_DECODE_PADDING |
	    SHAKEN_DECODE_DEST_STRING, &p, NULL) != SHAKEN_OK)
		return false;
	is = is_div(shaken_passport_ppt(p));
	shaken_passport_free(&p);
	return is;
}

bool
shaken_is_diverted(const struct shaken_sv *identity, size_t n_identity)
{
	struct shaken_sv rest, value;
	size_t n = 0;

	for (size_t i = 0; i < n_identity; i++) {
		rest = identity[i];
		while (n < SHAKEN_VALUES_MAX &&
		    shaken_identity_next(&rest, &value)) {
			if (is_diversion(value))
				return true;
			n++;
		}
	}
	return false;
}
