/* SPDX-License-Identifier: Apache-2.0 */
/* verdict_dto.c - verification answers. */
#include "headers_dto.h"
#include "mark.h"
#include "threegpp_dto.h"
#include "verdict.h"

static json_t *
of_attest(char c)
{
	return api_json_of((struct shaken_sv){ &c, c != '\0' });
}

/* -- ATIS-1000082 ------------------------------------------------------- */

/* The dialect has one description: it names the value where there are more. */
static json_t *
description_of(const struct api_verify *req, const struct shaken_verify *v)
{
	const struct shaken_verdict *d = shaken_verify_verdict(v);
	struct shaken_sv ppt = api_ppt_of(req, v, d->value);

	if (shaken_verify_n(v) < 2 || !api_is_of_value(v))
		return api_of_text(d->detail.text);
	if (!api_is_among(ppt, "-"))
		ppt.n = 0;	/* none of ours */
	return json_sprintf("value %zu of %zu, %.*s: %s", d->value + 1,
	    shaken_verify_n(v), (int)(ppt.n < 32 ? ppt.n : 32), ppt.p,
	    d->detail.text);
}

static char *
atis(const struct api_verify *req, const struct shaken_verify *v,
    bool suffixed)
{
	const struct shaken_verdict *d = shaken_verify_verdict(v);
	json_t *o = json_object();
	bool ok = api_add(o, "verstat", api_of_text(api_verstat(d, suffixed)));

	if (d->code != 0)
		ok = ok && api_add(o, "reasoncode", json_integer(d->code)) &&
		    api_add(o, "reasontext", api_of_text(d->reason));
	if (!api_has_passed(d))
		ok = ok && api_add(o, "reasondesc", description_of(req, v));
	else
		ok = ok && api_add(o, "attest", of_attest(d->attest)) &&
		    api_add(o, "origid", api_of_text(d->origid)) &&
		    api_add(o, "ppt", api_json_of(api_ppt_of(req, v,
		    d->value)));
	if (req->request_id.n > 0)
		ok = ok && api_add(o, "requestId",
		    api_json_of(req->request_id));
	if (!ok) {
		json_decref(o);
		return NULL;
	}
	return api_json_text(json_pack("{s:o}", "verificationResponse", o));
}

/* -- native ------------------------------------------------------------- */

static json_t *
dests_of(const struct shaken_passport *p)
{
	json_t *o = json_object();

	for (size_t i = 0; i < shaken_passport_n_dest(p); i++) {
		const struct shaken_id *id = shaken_passport_dest(p, i);
		const char *kind = id->kind == SHAKEN_ID_TN ? "tn" : "uri";

		if (id->kind == SHAKEN_ID_NONE)
			continue;
		if ((json_object_get(o, kind) == NULL &&
		    !api_add(o, kind, json_array())) ||
		    json_array_append_new(json_object_get(o, kind),
		    api_of_text(id->text)) != 0) {
			json_decref(o);
			return NULL;
		}
	}
	return o;
}

static bool
add_ecase(json_t *o, enum shaken_case ecase)
{
	return api_add(o, "case", ecase == SHAKEN_CASE_NONE ? json_null() :
	    json_sprintf("E%d", (int)ecase));
}

static bool
add_claims(json_t *o, const struct shaken_verdict *d,
    const struct shaken_passport *p)
{
	return api_add(o, "attest", of_attest(d->attest)) &&
	    api_add(o, "origid", api_of_text(d->origid)) &&
	    api_add(o, "orig", p == NULL ? json_null() :
	    api_json_of_id(shaken_passport_orig(p))) &&
	    api_add(o, "dest", p == NULL ? json_null() : dests_of(p)) &&
	    api_add(o, "iat", d->iat < 0 ? json_null() :
	    json_integer(d->iat)) &&
	    api_add(o, "spc", api_of_text(d->spc)) &&
	    api_add(o, "x5u", p == NULL ? json_null() :
	    api_json_of(shaken_passport_x5u(p)));
}

static json_t *
checks_of(const struct shaken_verify *v, size_t i)
{
	static const char *const results[] = { "skipped", "pass", "fail" };
	const struct shaken_check *c;
	size_t n = shaken_verify_checks(v, i, &c);
	json_t *a = json_array();

	for (; n > 0; n--, c++)
		if (json_array_append_new(a, json_pack(
		    "{s:s, s:s, s:o, s:s, s:s}", "check", c->name,
		    "result", results[c->result], "detail",
		    api_of_text(c->detail), "rule", c->rule, "hint",
		    c->hint)) != 0) {
			json_decref(a);
			return NULL;
		}
	return a;
}

/* What else a good token claims, by the types that we know. */
static bool
add_further(json_t *o, const struct shaken_verify *v, size_t i)
{
	static const char *const names[] = { "div", "rph", "sph", "rcd",
		"rcdi", "crn", "msgi" };
	json_t *claims, *one;
	bool ok = true;

	if (!api_has_passed(shaken_verify_verdict_of(v, i)))
		return true;
	claims = api_payload_of(v, i);
	for (size_t k = 0; ok && k < sizeof(names) / sizeof(*names); k++) {
		one = json_object_get(claims, names[k]);
		ok = one == NULL || json_object_set(o, names[k], one) == 0;
	}
	json_decref(claims);
	return ok && claims != NULL;
}

/* One verdict, and of which value it is; with i past the values, of none. */
static json_t *
result_of(const struct api_verify *req, const struct shaken_verify *v,
    const struct shaken_verdict *d, size_t i, const struct api_render *r)
{
	json_t *o = json_object();

	if (api_add(o, "verstat", api_of_text(api_verstat(d, r->suffixed))) &&
	    api_add(o, "ppt", i >= shaken_verify_n(v) ? json_null() :
	    api_json_of(api_ppt_of(req, v, i))) &&
	    add_claims(o, d, shaken_verify_passport(v, i)) &&
	    add_ecase(o, d->ecase) &&
	    api_add(o, "code", d->code == 0 ? json_null() :
	    json_integer(d->code)) &&
	    api_add(o, "reason", api_of_text(d->reason)) &&
	    api_add(o, "detail", api_of_text(d->detail.text)) &&
	    (!r->explain || api_add(o, "checks", checks_of(v, i))))
		return o;
	json_decref(o);
	return NULL;
}

static json_t *
results_of(const struct api_verify *req, const struct shaken_verify *v,
    const struct api_render *r)
{
	json_t *a = json_array();

	for (size_t i = 0; a != NULL && i < shaken_verify_n(v); i++) {
		json_t *o = result_of(req, v, shaken_verify_verdict_of(v, i),
		    i, r);

		if (o != NULL && add_further(o, v, i) &&
		    json_array_append(a, o) == 0) {
			json_decref(o);
			continue;
		}
		json_decref(o);
		json_decref(a);
		return NULL;
	}
	return a;
}

static char *
native(const struct api_verify *req, const struct shaken_verify *v,
    const struct api_render *r)
{
	const struct shaken_verdict *d = shaken_verify_verdict(v);
	bool of_value = api_is_of_value(v) || api_has_passed(d);
	json_t *o = result_of(req, v, d, d->value, r);

	if (o != NULL && api_add(o, "value", of_value ?
	    json_integer((json_int_t)d->value) : json_null()) &&
	    api_add(o, "headers", api_header_lines(req, v, r)) &&
	    api_add(o, "reasons", api_reason_lines(req, v, r)) &&
	    api_add(o, "results", results_of(req, v, r)))
		return api_json_text(o);
	json_decref(o);
	return NULL;
}

char *
api_verify_answer(const struct api_verify *req, const struct shaken_verify *v,
    const struct api_render *r)
{
	switch (req->form) {
	case API_ATIS: return atis(req, v, r->suffixed);
	case API_3GPP: return api_answer_3gpp(req, v, r->suffixed);
	case API_NATIVE: break;
	}
	return native(req, v, r);
}
