/* SPDX-License-Identifier: Apache-2.0 */
/* ppt_rph.c - the priority of a call (RFC 8443 section 3), and that of an
 * emergency call and its callback (RFC 9027 sections 3 and 4). */
#include "diag.h"
#include "json.h"
#include "lex.h"
#include "ppt.h"

/* token-nodot "." token-nodot (RFC 4412 section 3.1); of esnet the priorities 0
 * to 4 (RFC 7135 section 3). */
static bool
is_r_value(struct shaken_sv v, bool *esnet)
{
	struct shaken_sv namespace = shk_take_until(&v, '.');
	struct shaken_sv rest = namespace;

	if (!shk_sv_eat(&v, '.') || shk_has(v, '.') || namespace.n == 0 ||
	    v.n == 0)
		return false;
	*esnet = shk_sv_name_is(namespace, SHAKEN_SV_LIT("esnet"));
	if (*esnet && (v.n != 1 || v.p[0] < '0' || v.p[0] > '4'))
		return false;
	(void)shk_sv_span(&rest, shk_is_token);
	(void)shk_sv_span(&v, shk_is_token);
	return rest.n == 0 && v.n == 0;
}

static enum shaken_err
check_auth(const json_t *auth, bool *any_esnet, struct shaken_diag *diag)
{
	*any_esnet = false;
	if (json_array_size(auth) == 0) {
		shk_diag(diag, "claim rph has no array auth with values");
		return SHAKEN_E_CLAIM;
	}
	for (size_t i = 0; i < json_array_size(auth); i++) {
		const json_t *v = json_array_get(auth, i);
		struct shaken_sv text = { json_string_value(v),
			json_string_length(v) };
		bool esnet = false;

		if (!is_r_value(text, &esnet)) {
			shk_diag(diag, "claim rph: auth has \"%.*s\", which is "
			    "no namespace.priority", SHK_SV_ARG(text, 64));
			return SHAKEN_E_CLAIM;
		}
		*any_esnet |= esnet;
	}
	return SHAKEN_OK;
}

static enum shaken_err
check_claims(const json_t *payload, struct shaken_diag *diag)
{
	const json_t *sph = json_object_get(payload, "sph");
	struct shaken_sv text = shk_json_string(payload, "sph");
	bool esnet;
	enum shaken_err err;

	err = check_auth(json_object_get(json_object_get(payload, "rph"),
	    "auth"), &esnet, diag);
	if (err != SHAKEN_OK || sph == NULL)
		return err;
	if (!shk_sv_equal(text, SHAKEN_SV_LIT("psap-callback"))) {
		shk_diag(diag, "claim sph is \"%.*s\", not \"psap-callback\"",
		    SHK_SV_ARG(text, 64));
		return SHAKEN_E_CLAIM;
	}
	if (!esnet) {
		shk_diag(diag, "claim sph needs an esnet value in rph");
		return SHAKEN_E_CLAIM;
	}
	return SHAKEN_OK;
}

static enum shaken_err
check(const struct shaken_passport *p, struct shaken_diag *diag)
{
	json_t *payload = NULL;
	enum shaken_err err;

	if (p->claim[SHK_CLAIM_RPH].type != SHK_JSON_OBJECT) {
		shk_diag(diag, "claim rph is %s",
		    p->claim[SHK_CLAIM_RPH].type == SHK_JSON_ABSENT ?
		    "missing" : "not an object");
		return SHAKEN_E_CLAIM;
	}
	err = shk_json_parse(p->payload_json, &payload, diag);
	if (err == SHAKEN_OK)
		err = check_claims(payload, diag);
	json_decref(payload);
	return err;
}

const struct shk_ppt shk_ppt_rph = {
	{ "rph", 3 }, SHK_INFORMS, shk_ppt_format_none, check
};
