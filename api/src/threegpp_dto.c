/* SPDX-License-Identifier: Apache-2.0 */
/* threegpp_dto.c - verification answers of 3GPP TS 24.229 Annex V. */
#include <string.h>
#include <strings.h>

#include "threegpp_dto.h"
#include "verdict.h"

static json_t *
result_of(const struct api_verify *req, const struct shaken_verify *v,
    size_t i)
{
	const struct shaken_verdict *d = shaken_verify_verdict_of(v, i);
	json_t *o = json_object();
	bool ok = api_add(o, "ppt", api_json_of(api_ppt_of(req, v, i))) &&
	    api_add(o, "status", api_of_text(api_has_passed(d) ? "pass" :
	    "fail"));

	if (api_has_passed(d))
		ok = ok && api_add(o, "validClaims", api_payload_of(v, i));
	else
		ok = ok && api_add(o, "reasonCode", json_integer(d->code)) &&
		    api_add(o, "reasonText", api_of_text(d->reason)) &&
		    api_add(o, "reasonDescription",
		    api_of_text(d->detail.text)) &&
		    api_add(o, "passport", api_json_of(api_token_of(req, i)));
	if (ok)
		return json_pack("{s:o}", "verifyResult", o);
	json_decref(o);
	return NULL;
}

/* One for each diversion, those in an opt too. */
static json_t *
diversions_of(const struct shaken_verify *v)
{
	json_t *a = json_array();

	for (size_t i = 0; a != NULL && i < shaken_verify_n(v); i++) {
		const struct shaken_passport *p = shaken_verify_passport(v, i);
		const struct shaken_verdict *d = shaken_verify_verdict_of(v, i);

		if (p == NULL ||
		    shaken_passport_div(p)->kind == SHAKEN_ID_NONE)
			continue;
		if (json_array_append_new(a, json_pack("{s:o, s:s}", "div",
		    api_json_of_id(shaken_passport_div(p)), "verstatValue",
		    shaken_verstat_name(d->verstat))) != 0) {
			json_decref(a);
			return NULL;
		}
	}
	return a;
}

/* -- Resource-Priority -------------------------------------------------- */

static struct shaken_sv
trimmed(struct shaken_sv s)
{
	while (s.n > 0 && strchr(" \t[\"", s.p[0]) != NULL && s.p[0] != '\0')
		s.p++, s.n--;
	while (s.n > 0 && strchr(" \t]\"", s.p[s.n - 1]) != NULL &&
	    s.p[s.n - 1] != '\0')
		s.n--;
	return s;
}

/* Cut the next element off a list with commas. */
static bool
next_element(struct shaken_sv *rest, struct shaken_sv *one)
{
	const char *comma;

	if (rest->n == 0)
		return false;
	comma = memchr(rest->p, ',', rest->n);
	one->p = rest->p;
	one->n = comma == NULL ? rest->n : (size_t)(comma - rest->p);
	rest->p += one->n + (comma != NULL);
	rest->n -= one->n + (comma != NULL);
	return true;
}

static bool
is_named(struct shaken_sv s, const char *name)
{
	return s.n == strlen(name) && strncasecmp(s.p, name, s.n) == 0;
}

/* Whether one of the good rph tokens has that r-value (RFC 8443 section 4). */
static bool
is_signed(const struct api_verify *req, const struct shaken_verify *v,
    struct shaken_sv rvalue)
{
	bool found = false;

	for (size_t i = 0; !found && i < req->n_identity; i++) {
		json_t *claims, *auth, *one;
		size_t k;

		if (!is_named(api_ppt_of(req, v, i), "rph") ||
		    !api_has_passed(shaken_verify_verdict_of(v, i)))
			continue;
		claims = api_payload_of(v, i);
		auth = json_object_get(json_object_get(claims, "rph"), "auth");
		json_array_foreach(auth, k, one)
			found |= json_is_string(one) && is_named(rvalue,
			    json_string_value(one));
		json_decref(claims);
	}
	return found;
}

/*
 * Whether all priorities of the call are signed.  protectedHeaders has header
 * fields, one in a string or several with commas between: what has a colon
 * begins a field, for an r-value has none.
 */
static bool
are_signed(const struct api_verify *req, const struct shaken_verify *v)
{
	size_t n = req->fields == NULL ? 0 : json_array_size(req->fields);

	for (size_t i = 0; i < n; i++) {
		const json_t *s = json_array_get(req->fields, i);
		struct shaken_sv rest = { json_string_value(s),
			json_string_length(s) }, one;
		bool is_priority = false;

		while (next_element(&rest, &one)) {
			const char *colon = memchr(one.p, ':', one.n);

			if (colon != NULL) {
				size_t len = (size_t)(colon - one.p);

				is_priority = is_named(trimmed(
				    (struct shaken_sv){ one.p, len }),
				    "Resource-Priority");
				one.p += len + 1;
				one.n -= len + 1;
			}
			one = trimmed(one);
			if (is_priority && one.n > 0 &&
			    !is_signed(req, v, one))
				return false;
		}
	}
	return true;
}

/* The verdict about the priority; NULL: no token speaks of one. */
static const char *
priority_of(const struct api_verify *req, const struct shaken_verify *v)
{
	bool any = false, good = false, failed = false;

	for (size_t i = 0; i < req->n_identity; i++) {
		const struct shaken_verdict *d = shaken_verify_verdict_of(v, i);

		if (!is_named(api_ppt_of(req, v, i), "rph"))
			continue;
		any = true;
		good |= api_has_passed(d);
		failed |= d->verstat == SHAKEN_TN_VALIDATION_FAILED;
	}
	if (!any)
		return NULL;
	if (good && are_signed(req, v))
		return "RPH-Validation-Passed";
	return good || failed ? "RPH-Validation-Failed" : "No-RPH-Validation";
}

/* -- all of it ---------------------------------------------------------- */

char *
api_answer_3gpp(const struct api_verify *req, const struct shaken_verify *v,
    bool suffixed)
{
	const struct shaken_verdict *d = shaken_verify_verdict(v);
	json_t *o = json_object(), *results = json_array();
	json_t *diversions = diversions_of(v);
	const char *priority = priority_of(req, v);
	bool ok = api_add(o, "verstatValue", api_of_text(api_verstat(d,
	    suffixed)));

	for (size_t i = 0; ok && i < req->n_identity; i++)
		ok = json_array_append_new(results, result_of(req, v, i)) == 0;
	ok = api_add(o, "verifyResults", results) && ok;
	if (diversions == NULL || json_array_size(diversions) > 0)
		ok = api_add(o, "divResult", diversions) && ok;
	else
		json_decref(diversions);
	if (priority != NULL)
		ok = ok && api_add(o, "verstatPriority", api_of_text(priority));
	if (req->request_id.n > 0)
		ok = ok && api_add(o, "requestId",
		    api_json_of(req->request_id));
	if (!ok) {
		json_decref(o);
		return NULL;
	}
	return api_json_text(json_pack("{s:o}", "verificationResponse", o));
}
