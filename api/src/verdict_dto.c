/* SPDX-License-Identifier: Apache-2.0 */
/* verdict_dto.c - verification answers. */
#include <string.h>

#include "json_in.h"

const char *
api_verstat(const struct shaken_verdict *d, bool suffixed)
{
	static const char *const passed[] = { "TN-Validation-Passed-A",
		"TN-Validation-Passed-B", "TN-Validation-Passed-C" };

	if (suffixed && d->verstat == SHAKEN_TN_VALIDATION_PASSED &&
	    d->attest >= 'A' && d->attest <= 'C')
		return passed[d->attest - 'A'];
	return shaken_verstat_name(d->verstat);
}

static bool
has_passed(const struct shaken_verdict *d)
{
	return d->verstat == SHAKEN_TN_VALIDATION_PASSED;
}

/* Add a member; v is moved in.  False: no memory. */
static bool
add(json_t *o, const char *name, json_t *v)
{
	return json_object_set_new(o, name, v) == 0;
}

static json_t *
of_text(const char *s)
{
	return api_json_of(shaken_sv_cstr(s));
}

static json_t *
of_attest(char c)
{
	return api_json_of((struct shaken_sv){ &c, c != '\0' });
}

/* The type that value i names, in the token or else beside it. */
static struct shaken_sv
ppt_of(const struct api_verify *req, const struct shaken_verify *v, size_t i)
{
	const struct shaken_passport *p = shaken_verify_passport(v, i);
	struct shaken_sv ppt = { NULL, 0 };
	struct shaken_identity id;

	if (p != NULL)
		ppt = shaken_passport_ppt(p);
	if (ppt.n == 0 && i < req->n_identity &&
	    shaken_identity_parse(req->identity[i], &id, NULL) == SHAKEN_OK)
		ppt = id.ppt;
	return ppt.n > 0 ? ppt : SHAKEN_SV_LIT("shaken");
}

/* -- ATIS-1000082 ------------------------------------------------------- */

static char *
atis(const struct api_verify *req, const struct shaken_verify *v,
    bool suffixed)
{
	const struct shaken_verdict *d = shaken_verify_verdict(v);
	json_t *o = json_object();
	bool ok = add(o, "verstat", of_text(api_verstat(d, suffixed)));

	if (d->code != 0)
		ok = ok && add(o, "reasoncode", json_integer(d->code)) &&
		    add(o, "reasontext", of_text(d->reason));
	if (!has_passed(d))
		ok = ok && add(o, "reasondesc", of_text(d->detail.text));
	else
		ok = ok && add(o, "attest", of_attest(d->attest)) &&
		    add(o, "origid", of_text(d->origid)) &&
		    add(o, "ppt", api_json_of(ppt_of(req, v, d->value)));
	if (req->request_id.n > 0)
		ok = ok && add(o, "requestId", api_json_of(req->request_id));
	if (!ok) {
		json_decref(o);
		return NULL;
	}
	return api_json_text(json_pack("{s:o}", "verificationResponse", o));
}

/* -- 3GPP TS 24.229 ----------------------------------------------------- */

static json_t *
payload_of(const struct shaken_passport *p)
{
	struct shaken_sv text = shaken_passport_payload(p);

	return json_loadb(text.p, text.n, 0, NULL);
}

static json_t *
threegpp_result(const struct api_verify *req, const struct shaken_verify *v,
    size_t i)
{
	const struct shaken_verdict *d = shaken_verify_verdict_of(v, i);
	struct shaken_identity id;
	json_t *o = json_object();
	bool ok = add(o, "ppt", api_json_of(ppt_of(req, v, i))) &&
	    add(o, "status", of_text(has_passed(d) ? "pass" : "fail"));

	if (has_passed(d)) {
		ok = ok && add(o, "validClaims",
		    payload_of(shaken_verify_passport(v, i)));
	} else {
		if (shaken_identity_parse(req->identity[i], &id, NULL) !=
		    SHAKEN_OK)
			id.token = req->identity[i];
		ok = ok && add(o, "reasonCode", json_integer(d->code)) &&
		    add(o, "reasonText", of_text(d->reason)) &&
		    add(o, "reasonDescription", of_text(d->detail.text)) &&
		    add(o, "passport", api_json_of(id.token));
	}
	if (ok)
		return json_pack("{s:o}", "verifyResult", o);
	json_decref(o);
	return NULL;
}

static char *
threegpp(const struct api_verify *req, const struct shaken_verify *v,
    bool suffixed)
{
	const struct shaken_verdict *d = shaken_verify_verdict(v);
	json_t *o = json_object(), *results = json_array();
	bool ok = add(o, "verstatValue", of_text(api_verstat(d, suffixed)));

	for (size_t i = 0; ok && i < req->n_identity; i++)
		ok = json_array_append_new(results,
		    threegpp_result(req, v, i)) == 0;
	ok = add(o, "verifyResults", results) && ok;
	if (req->request_id.n > 0)
		ok = ok && add(o, "requestId", api_json_of(req->request_id));
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
		if (json_object_get(o, kind) == NULL &&
		    !add(o, kind, json_array()))
			break;
		if (json_array_append_new(json_object_get(o, kind),
		    of_text(id->text)) != 0)
			break;
	}
	return o;
}

static bool
add_ecase(json_t *o, enum shaken_case ecase)
{
	return add(o, "case", ecase == SHAKEN_CASE_NONE ? json_null() :
	    json_sprintf("E%d", (int)ecase));
}

static bool
add_claims(json_t *o, const struct shaken_verdict *d,
    const struct shaken_passport *p)
{
	return add(o, "attest", of_attest(d->attest)) &&
	    add(o, "origid", of_text(d->origid)) &&
	    add(o, "orig", p == NULL ? json_null() :
	    api_json_of_id(shaken_passport_orig(p))) &&
	    add(o, "dest", p == NULL ? json_null() : dests_of(p)) &&
	    add(o, "iat", d->iat < 0 ? json_null() : json_integer(d->iat)) &&
	    add(o, "spc", of_text(d->spc)) &&
	    add(o, "x5u", p == NULL ? json_null() :
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
		    "result", results[c->result], "detail", of_text(c->detail),
		    "rule", c->rule, "hint", c->hint)) != 0)
			break;
	return a;
}

/* One verdict, and of which value it is; with i past the values, of none. */
static json_t *
native_result(const struct shaken_verify *v, const struct shaken_verdict *d,
    size_t i, bool suffixed, bool explain)
{
	json_t *o = json_object();

	if (add(o, "verstat", of_text(api_verstat(d, suffixed))) &&
	    add_claims(o, d, shaken_verify_passport(v, i)) &&
	    add_ecase(o, d->ecase) &&
	    add(o, "code", d->code == 0 ? json_null() :
	    json_integer(d->code)) && add(o, "reason", of_text(d->reason)) &&
	    add(o, "detail", of_text(d->detail.text)) &&
	    (!explain || add(o, "checks", checks_of(v, i))))
		return o;
	json_decref(o);
	return NULL;
}

static char *
native(const struct shaken_verify *v, bool suffixed, bool explain)
{
	const struct shaken_verdict *d = shaken_verify_verdict(v);
	json_t *o = native_result(v, d, d->value, suffixed, explain);
	json_t *results = json_array();
	bool ok = o != NULL;

	for (size_t i = 0; ok && i < shaken_verify_n(v); i++)
		ok = json_array_append_new(results, native_result(v,
		    shaken_verify_verdict_of(v, i), i, suffixed, explain)) == 0;
	if (!ok) {
		json_decref(results);
		json_decref(o);
		return NULL;
	}
	(void)add(o, "results", results);
	return api_json_text(o);
}

char *
api_verify_answer(const struct api_verify *req, const struct shaken_verify *v,
    bool suffixed, bool explain)
{
	switch (req->form) {
	case API_ATIS: return atis(req, v, suffixed);
	case API_3GPP: return threegpp(req, v, suffixed);
	case API_NATIVE: break;
	}
	return native(v, suffixed, explain);
}
