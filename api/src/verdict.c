/* SPDX-License-Identifier: Apache-2.0 */
/* verdict.c - what the answers of all dialects are made of. */
#include "verdict.h"

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

bool
api_has_passed(const struct shaken_verdict *d)
{
	return d->verstat == SHAKEN_TN_VALIDATION_PASSED;
}

bool
api_add(json_t *o, const char *name, json_t *v)
{
	return json_object_set_new(o, name, v) == 0;
}

json_t *
api_of_text(const char *s)
{
	return api_json_of(shaken_sv_cstr(s));
}

struct shaken_sv
api_ppt_of(const struct api_verify *req, const struct shaken_verify *v,
    size_t i)
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

json_t *
api_payload_of(const struct shaken_verify *v, size_t i)
{
	const struct shaken_passport *p = shaken_verify_passport(v, i);
	struct shaken_sv text;
	json_error_t why;
	json_t *claims;

	if (p == NULL)
		return NULL;
	text = shaken_passport_payload(p);
	claims = json_loadb(text.p, text.n, 0, &why);
	/* RFC 8259 section 6 has 1e400, which no double is */
	if (claims == NULL && json_error_code(&why) ==
	    json_error_numeric_overflow)
		claims = json_object();
	return claims;
}

bool
api_is_of_value(const struct shaken_verify *v)
{
	const struct shaken_verdict *d = shaken_verify_verdict(v);

	return d->value < shaken_verify_n(v) && d->check != NULL &&
	    d->check == shaken_verify_verdict_of(v, d->value)->check;
}

struct shaken_sv
api_token_of(const struct api_verify *req, size_t i)
{
	struct shaken_identity id;

	if (shaken_identity_parse(req->identity[i], &id, NULL) != SHAKEN_OK)
		return req->identity[i];
	return id.token;
}
