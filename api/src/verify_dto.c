/* SPDX-License-Identifier: Apache-2.0 */
/* verify_dto.c - verification requests. */
#include <stdlib.h>
#include <string.h>

#include "json_in.h"

static const char *const atis_members[] = { "to", "from", "time", NULL };
static const char *const native_members[] = { "identity", "orig", "dest",
	NULL };
static const char *const native_known[] = { "identity", "orig", "dest",
	"target", "time", NULL };

/* Add the values of one field: there may be several, joined by commas. */
static bool
add_values(struct shaken_sv field, const char *name, struct api_verify *out,
    struct api_error *e)
{
	struct shaken_sv one;

	while (shaken_identity_next(&field, &one)) {
		if (out->n_identity == SHAKEN_VALUES_MAX) {
			api_error_set(e, API_INVALID, name,
			    "more than %d values", SHAKEN_VALUES_MAX);
			return false;
		}
		out->identity[out->n_identity++] = one;
	}
	return true;
}

/* A string, or an array of them. */
static bool
read_identity(const json_t *obj, const char *name, struct api_verify *out,
    struct api_error *e)
{
	const json_t *v = json_object_get(obj, name);
	size_t n = json_is_array(v) ? json_array_size(v) : v != NULL;

	for (size_t i = 0; i < n; i++) {
		const json_t *s = json_is_array(v) ? json_array_get(v, i) : v;

		if (!json_is_string(s)) {
			api_error_set(e, API_INVALID, name, "not a string");
			return false;
		}
		if (!add_values((struct shaken_sv){ json_string_value(s),
		    json_string_length(s) }, name, out, e))
			return false;
	}
	return true;
}

/* "to" is {"tn": [..]} or {"tn": ".."} with uri alike; so is the Request-URI in
 * "dest", and names one. */
static bool
read_to(const json_t *obj, const char *country, struct api_verify *out,
    struct api_error *e)
{
	struct shaken_id *target;
	size_t n;

	if (json_object_get(obj, "dest") != NULL) {
		if (!api_json_ids(obj, "dest", country, &target, &n, e))
			return false;
		out->target = target[0];
		free(target);
		if (n > 1) {
			api_error_set(e, API_INVALID, "dest",
			    "more than one Request-URI");
			return false;
		}
	}
	return api_json_ids(obj, "to", country, &out->dest, &out->n_dest, e);
}

/* A string, or an array of them: both become an array. */
static bool
read_fields(json_t *obj, struct api_verify *out, struct api_error *e)
{
	json_t *v = json_object_get(obj, "protectedHeaders"), *one, *a;
	size_t i;

	if (v == NULL)
		return true;
	if (json_is_string(v)) {
		a = json_pack("[O]", v);
		if (a == NULL || json_object_set_new(obj, "protectedHeaders",
		    a) != 0) {
			api_error_set(e, API_INTERNAL, NULL, "out of memory");
			return false;
		}
		v = a;
	}
	if (!json_is_array(v)) {
		api_error_set(e, API_INVALID, "protectedHeaders",
		    "not an array");
		return false;
	}
	json_array_foreach(v, i, one)
		if (!json_is_string(one)) {
			api_error_set(e, API_INVALID, "protectedHeaders",
			    "not an array of strings");
			return false;
		}
	out->fields = v;
	return true;
}

static bool
read_standard(json_t *obj, const char *country, bool need_identity,
    struct api_verify *out, struct api_error *e)
{
	bool threegpp = json_object_get(obj, "identityHeader") != NULL ||
	    json_object_get(obj, "identityHeaders") != NULL;

	if (threegpp && json_object_get(obj, "identity") != NULL) {
		api_error_set(e, API_INVALID, "identity",
		    "of one dialect, and identityHeader of the other");
		return false;
	}
	out->form = threegpp ? API_3GPP : API_ATIS;
	if (!threegpp && need_identity &&
	    json_object_get(obj, "identity") == NULL) {
		api_error_set(e, API_MISSING, "identity", "%s", "");
		return false;
	}
	if (!api_json_need(obj, atis_members, e) ||
	    !read_identity(obj, threegpp ? "identityHeader" : "identity", out,
	    e) || (threegpp && !read_identity(obj, "identityHeaders", out, e)))
		return false;
	if (out->n_identity == 0 && need_identity) {
		api_error_set(e, API_INVALID,
		    threegpp ? "identityHeader" : "identity", "empty");
		return false;
	}
	return api_json_id(obj, "from", country, &out->orig, e) &&
	    read_to(obj, country, out, e) && read_fields(obj, out, e) &&
	    api_json_time(obj, "time", &out->time, e) &&
	    api_json_string(obj, "requestId", &out->request_id, e);
}

/* Where the call goes: given at all, it is meant to be compared. */
static bool
read_target(const json_t *obj, const char *country, struct api_verify *out,
    struct api_error *e)
{
	if (json_object_get(obj, "target") == NULL)
		return true;
	out->is_target_meant = true;
	return api_json_any_id(obj, "target", country, &out->target, e);
}

static bool
read_native(json_t *obj, const char *country, struct api_verify *out,
    struct api_error *e)
{
	out->form = API_NATIVE;
	return api_json_need(obj, native_members, e) &&
	    api_json_only(obj, native_known, e) &&
	    read_identity(obj, "identity", out, e) &&
	    api_json_any_id(obj, "orig", country, &out->orig, e) &&
	    api_json_any_ids(obj, "dest", country, &out->dest, &out->n_dest,
	    e) && read_target(obj, country, out, e) &&
	    api_json_time(obj, "time", &out->time, e);
}

bool
api_verify_parse(struct shaken_sv body, enum api_form form,
    const char *country, bool need_identity, struct api_verify *out,
    struct api_error *e)
{
	json_t *obj;
	bool ok;

	memset(out, 0, sizeof(*out));
	out->country = country;
	if (!api_json_parse(body, &out->doc, e)) {
		api_verify_clear(out);
		return false;
	}
	if (form == API_NATIVE) {
		ok = read_native(out->doc, country, out, e);
	} else {
		obj = api_json_inner(out->doc, "verificationRequest", e);
		ok = obj != NULL &&
		    read_standard(obj, country, need_identity, out, e);
	}
	if (!ok)
		api_verify_clear(out);
	return ok;
}

static bool
read_sip(const struct shaken_sip *sip, const char *country,
    struct api_verify *out, struct api_error *e)
{
	for (size_t i = 0; i < sip->n_identity; i++)
		if (!add_values(sip->identity[i], "Identity", out, e))
			return false;
	/* What is no subscriber's address is nowhere a diversion leads to. */
	if (shaken_id_from_uri(sip->request_uri, country, &out->target) !=
	    SHAKEN_OK)
		out->target.kind = SHAKEN_ID_NONE;
	out->from = sip->from;
	out->n_pai = sip->n_pai;
	memcpy(out->pai, sip->pai, sizeof(out->pai));
	out->time = shaken_sip_date(sip);
	if (out->time < 0)
		out->time = 0;	/* malformed: as good as none, iat counts */
	return true;
}

bool
api_verify_from_sip(struct shaken_sv message, const char *country,
    struct api_verify *out, struct api_error *e)
{
	struct shaken_sip sip;
	struct shaken_diag why;
	bool ok;

	memset(out, 0, sizeof(*out));
	if (message.n == 0) {
		api_error_set(e, API_MISSING_BODY, NULL, "%s", "");
		return false;
	}
	out->dest = calloc(1, sizeof(*out->dest));
	if (out->dest == NULL) {
		api_error_set(e, API_INTERNAL, NULL, "out of memory");
		return false;
	}
	out->form = API_NATIVE;
	out->country = country;
	out->n_dest = 1;
	ok = shaken_sip_parse(message, &sip, &why) == SHAKEN_OK &&
	    shaken_sip_ids(&sip, country, &out->orig, out->dest, &why) ==
	    SHAKEN_OK;
	if (!ok)
		api_error_set(e, API_MALFORMED, NULL, "%s", why.text);
	if (!ok || !read_sip(&sip, country, out, e)) {
		api_verify_clear(out);
		return false;
	}
	return true;
}

void
api_verify_clear(struct api_verify *v)
{
	free(v->dest);
	json_decref(v->doc);
	memset(v, 0, sizeof(*v));
}

static bool
is_number(const struct shaken_id *id, struct shaken_sv digits,
    const char *country)
{
	struct shaken_id want;

	return shaken_id_from_tn(digits, country, &want) == SHAKEN_OK &&
	    shaken_id_equal(id, &want);
}

bool
api_is_heartbeat(const struct shaken_id *orig, const struct shaken_id *dest,
    size_t n_dest, const char *country)
{
	return n_dest == 1 &&
	    is_number(orig, SHAKEN_SV_LIT("9999999999"), country) &&
	    is_number(dest, SHAKEN_SV_LIT("7777777777"), country);
}
