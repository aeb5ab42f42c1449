/* SPDX-License-Identifier: Apache-2.0 */
/* sign_dto.c - signing requests and answers. */
#include <stdlib.h>
#include <string.h>

#include "claims_dto.h"
#include "json_out.h"
#include "sign_dto.h"

/* What belongs to which type is in claims_dto.c. */
static const char *const standard_known[] = { "attest", "orig", "dest", "iat",
	"origid", "ppt", "profileId", "requestId", "crn", "mky", "rcd", "rcdi",
	"div", "opt", "rph", "sph", "msgi", NULL };
static const char *const native_known[] = { "attest", "orig", "dest", "iat",
	"origid", "ppt", "key", "crn", "mky", "rcd", "rcdi", "div", "hi", "opt",
	"rph", "sph", "msgi", NULL };

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

bool
api_check_attest(struct shaken_sv attest, struct api_error *e)
{
	if (attest.n == 1 && strchr("ABC", attest.p[0]) != NULL)
		return true;
	api_error_set(e, attest.n == 0 ? API_MISSING : API_INVALID, "attest",
	    "not A, B or C");
	return false;
}

/* Everything that is a string or a number, in either form. */
static bool
read_plain(const json_t *obj, bool is_attested, struct api_sign *out,
    struct api_error *e)
{
	out->iat = -1;
	if (!api_json_string(obj, "attest", &out->attest, e) ||
	    (is_attested && !api_check_attest(out->attest, e)) ||
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
read_parties(const json_t *obj, bool native, const char *country,
    struct api_sign *out, struct api_error *e)
{
	if (native)
		return api_json_any_id(obj, "orig", country, &out->orig, e) &&
		    api_json_any_ids(obj, "dest", country, &out->dest,
		    &out->n_dest, e);
	return api_json_id(obj, "orig", country, &out->orig, e) &&
	    api_json_ids(obj, "dest", country, &out->dest, &out->n_dest, e);
}

static bool
read_request(json_t *obj, const char *resource, bool native,
    const char *country, struct api_sign *out, struct api_error *e)
{
	const struct api_ppt *ppt;
	struct shaken_sv said;

	/* First, because the type says what else is mandatory. */
	if (!api_json_string(obj, "ppt", &said, e))
		return false;
	ppt = api_ppt_asked(said, resource, e);
	if (ppt == NULL || !api_ppt_need(obj, ppt, native, e) ||
	    !api_json_only(obj, native ? native_known : standard_known, e) ||
	    !api_ppt_only(obj, ppt, e) ||
	    !read_plain(obj, ppt->attested, out, e))
		return false;
	out->ppt = ppt->name;
	return read_parties(obj, native, country, out, e) &&
	    api_claims_read(obj, ppt, native, country, out, e);
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
	obj = form == API_NATIVE ? out->doc :
	    api_json_inner(out->doc, "signingRequest", e);
	ok = obj != NULL && read_request(obj, ppt, form == API_NATIVE, country,
	    out, e);
	if (!ok)
		api_sign_clear(out);
	return ok;
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
	struct api_out o = { .failed = false };

	api_out_text(&o, "{\"signingResponse\":{");
	if (atis) {
		api_out_text(&o, "\"identity\":");
		api_out_string(&o, identity);
	}
	if (threegpp) {
		api_out_text(&o, atis ? ",\"identityHeader\":" :
		    "\"identityHeader\":");
		api_out_string(&o, identity);
	}
	if (req->request_id.n > 0) {
		api_out_text(&o, ",\"requestId\":");
		api_out_string(&o, req->request_id);
	}
	api_out_text(&o, "}}");
	return api_out_take(&o);
}

/* Header and payload were written by the library, as JSON: they go in as they
 * are. */
char *
api_sign_answer_native(struct shaken_sv identity, const char *key)
{
	struct shaken_passport *p = NULL;
	struct shaken_identity id;
	struct api_out o = { .failed = false };

	if (shaken_identity_parse(identity, &id, NULL) != SHAKEN_OK ||
	    shaken_passport_decode(id.token, 0, &p, NULL) != SHAKEN_OK)
		return NULL;
	api_out_text(&o, "{\"identity\":");
	api_out_string(&o, identity);
	api_out_text(&o, ",\"passport\":{\"header\":");
	api_out_raw(&o, shaken_passport_header(p));
	api_out_text(&o, ",\"payload\":");
	api_out_raw(&o, shaken_passport_payload(p));
	api_out_text(&o, "},\"key\":");
	api_out_string(&o, shaken_sv_cstr(key));
	api_out_text(&o, "}");
	shaken_passport_free(&p);
	return api_out_take(&o);
}
