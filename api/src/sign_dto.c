/* SPDX-License-Identifier: Apache-2.0 */
/* sign_dto.c - signing requests and answers. */
#include <stdlib.h>
#include <string.h>

#include "json_in.h"

static const char *const sign_members[] = { "attest", "orig", "dest", "iat",
	"origid", NULL };
static const char *const native_members[] = { "orig", "dest", "attest", NULL };

/* Claims that pass into the token as they are (RFC 9795, RFC 8225 section
 * 5.2.2). */
static const char *const more_claims[] = { "crn", "mky", "rcd", "rcdi", NULL };

/* div, rph and sph are here to be refused by what they are. */
static const char *const standard_known[] = { "attest", "orig", "dest", "iat",
	"origid", "ppt", "profileId", "requestId", "crn", "mky", "rcd", "rcdi",
	"div", "rph", "sph", NULL };
static const char *const native_known[] = { "attest", "orig", "dest", "iat",
	"origid", "ppt", "key", "crn", "mky", "rcd", "rcdi", NULL };
static const char *const unsupported[] = { "div", "rph", "sph", NULL };

static bool
sv_is(struct shaken_sv v, const char *s)
{
	return v.n == strlen(s) && memcmp(v.p, s, v.n) == 0;
}

static bool
is_uuid(struct shaken_sv v)
{
	if (v.n != SHAKEN_UUID_LEN - 1)
		return false;
	for (size_t i = 0; i < v.n; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? v.p[i] != '-' : v.p[i] == '\0' ||
		    strchr("0123456789abcdefABCDEF", v.p[i]) == NULL)
			return false;
	}
	return true;
}

/* First, because the type says what else is mandatory. */
static bool
check_ppt(const json_t *obj, const char *resource, struct api_error *e)
{
	struct shaken_sv ppt;

	if (!api_json_string(obj, "ppt", &ppt, e))
		return false;
	if (ppt.n == 0 && resource != NULL)
		ppt = shaken_sv_cstr(resource);
	if (ppt.n > 0 && !sv_is(ppt, "shaken")) {
		api_error_set(e, API_INVALID, "ppt",
		    "%.*s is not signed in this release", (int)ppt.n, ppt.p);
		return false;
	}
	for (const char *const *name = unsupported; *name != NULL; name++)
		if (json_object_get(obj, *name) != NULL) {
			api_error_set(e, API_INVALID, *name,
			    "not a claim of ppt shaken");
			return false;
		}
	return true;
}

static bool
check_attest(struct shaken_sv attest, struct api_error *e)
{
	if (attest.n == 1 && strchr("ABC", attest.p[0]) != NULL)
		return true;
	api_error_set(e, attest.n == 0 ? API_MISSING : API_INVALID, "attest",
	    "not A, B or C");
	return false;
}

static bool
read_claims(const json_t *obj, struct api_sign *out, struct api_error *e)
{
	json_t *claims = NULL;
	int rc = 0;

	for (const char *const *name = more_claims; *name != NULL; name++) {
		json_t *v = json_object_get(obj, *name);

		if (v == NULL)
			continue;
		if (claims == NULL)
			claims = json_object();
		rc |= json_object_set(claims, *name, v);
	}
	if (claims == NULL)
		return true;
	if (rc == 0)
		out->claims = api_json_text(json_incref(claims));
	json_decref(claims);
	if (out->claims == NULL)
		api_error_set(e, API_INTERNAL, NULL, "out of memory");
	return out->claims != NULL;
}

/* Everything that is a string or a number, in either form. */
static bool
read_plain(const json_t *obj, struct api_sign *out, struct api_error *e)
{
	out->iat = -1;
	if (!api_json_string(obj, "attest", &out->attest, e) ||
	    !check_attest(out->attest, e) ||
	    !api_json_time(obj, "iat", &out->iat, e) ||
	    !api_json_string(obj, "origid", &out->origid, e))
		return false;
	if (out->origid.n > 0 && !is_uuid(out->origid)) {
		api_error_set(e, API_INVALID, "origid", "not a UUID");
		return false;
	}
	return api_json_string(obj, "key", &out->key, e) &&
	    api_json_string(obj, "requestId", &out->request_id, e);
}

static bool
read_standard(json_t *obj, const char *ppt, const char *country,
    struct api_sign *out, struct api_error *e)
{
	return check_ppt(obj, ppt, e) && api_json_need(obj, sign_members, e) &&
	    api_json_only(obj, standard_known, e) && read_plain(obj, out, e) &&
	    api_json_id(obj, "orig", country, &out->orig, e) &&
	    api_json_ids(obj, "dest", country, &out->dest, &out->n_dest, e) &&
	    read_claims(obj, out, e);
}

static bool
read_native(json_t *obj, const char *country, struct api_sign *out,
    struct api_error *e)
{
	return check_ppt(obj, NULL, e) &&
	    api_json_need(obj, native_members, e) &&
	    api_json_only(obj, native_known, e) && read_plain(obj, out, e) &&
	    api_json_any_id(obj, "orig", country, &out->orig, e) &&
	    api_json_any_ids(obj, "dest", country, &out->dest, &out->n_dest,
	    e) && read_claims(obj, out, e);
}

bool
api_sign_parse(struct shaken_sv body, enum api_form form, const char *ppt,
    const char *country, struct api_sign *out, struct api_error *e)
{
	json_t *obj;
	bool ok;

	memset(out, 0, sizeof(*out));
	if (!api_json_parse(body, &out->doc, e))
		return false;
	if (form == API_NATIVE) {
		ok = read_native(out->doc, country, out, e);
	} else {
		obj = api_json_inner(out->doc, "signingRequest", e);
		ok = obj != NULL &&
		    read_standard(obj, ppt, country, out, e);
	}
	if (!ok)
		api_sign_clear(out);
	return ok;
}

bool
api_sign_from_sip(struct shaken_sv message, struct shaken_sv attest,
    const char *country, struct api_sign *out, struct api_error *e)
{
	struct shaken_sip sip;
	struct shaken_diag why;

	memset(out, 0, sizeof(*out));
	if (message.n == 0) {
		api_error_set(e, API_MISSING_BODY, NULL, "%s", "");
		return false;
	}
	if (!check_attest(attest, e))
		return false;
	out->attest = attest;
	out->dest = calloc(1, sizeof(*out->dest));
	if (out->dest == NULL) {
		api_error_set(e, API_INTERNAL, NULL, "out of memory");
		return false;
	}
	out->n_dest = 1;
	if (shaken_sip_parse(message, &sip, &why) != SHAKEN_OK ||
	    shaken_sip_ids(&sip, country, &out->orig, out->dest, &why) !=
	    SHAKEN_OK) {
		api_error_set(e, API_MALFORMED, NULL, "%s", why.text);
		api_sign_clear(out);
		return false;
	}
	/* The Date that the verifier will see (RFC 8224 section 4.1); a
	 * malformed one is as good as none. */
	out->iat = shaken_sip_date(&sip);
	if (out->iat <= 0)
		out->iat = -1;
	return true;
}

void
api_sign_clear(struct api_sign *s)
{
	free(s->dest);
	free(s->claims);
	json_decref(s->doc);
	memset(s, 0, sizeof(*s));
}

char *
api_sign_answer(const struct api_sign *req, bool atis, bool threegpp,
    struct shaken_sv identity)
{
	json_t *o = json_object();
	int rc = 0;

	if (atis)
		rc |= json_object_set_new(o, "identity",
		    api_json_of(identity));
	if (threegpp)
		rc |= json_object_set_new(o, "identityHeader",
		    api_json_of(identity));
	if (req->request_id.n > 0)
		rc |= json_object_set_new(o, "requestId",
		    api_json_of(req->request_id));
	if (rc != 0) {
		json_decref(o);
		return NULL;
	}
	return api_json_text(json_pack("{s:o}", "signingResponse", o));
}

/* A part of the token as the JSON object that it is. */
static json_t *
part(struct shaken_sv text)
{
	return json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
}

char *
api_sign_answer_native(struct shaken_sv identity, const char *key)
{
	struct shaken_passport *p = NULL;
	struct shaken_identity id;
	json_t *o = NULL;

	if (shaken_identity_parse(identity, &id, NULL) == SHAKEN_OK &&
	    shaken_passport_decode(id.token, 0, &p, NULL) == SHAKEN_OK)
		o = json_pack("{s:o, s:{s:o, s:o}, s:s}",
		    "identity", api_json_of(identity),
		    "passport", "header", part(shaken_passport_header(p)),
		    "payload", part(shaken_passport_payload(p)), "key", key);
	shaken_passport_free(&p);
	return api_json_text(o);
}
