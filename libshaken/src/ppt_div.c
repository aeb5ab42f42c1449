/* SPDX-License-Identifier: Apache-2.0 */
/* ppt_div.c - a call that goes on to another number: div, and div-o with the
 * token before it in opt (RFC 8946 sections 3, 5 and 6). */
#include "diag.h"
#include "json.h"
#include "jws.h"
#include "ppt.h"

/* div in its canonical form: {"tn": ...} or {"uri": ...}, the rest as it is. */
static enum shaken_err
settle_div(json_t *div, struct shaken_diag *diag)
{
	struct shaken_sv tn = shk_json_string(div, "tn");
	struct shaken_sv uri = shk_json_string(div, "uri");
	struct shaken_id id;
	enum shaken_err err;

	if ((tn.n > 0) == (uri.n > 0)) {
		shk_diag(diag, "claim div is not one tn or one uri");
		return SHAKEN_E_CLAIM;
	}
	err = tn.n > 0 ? shaken_id_from_tn(tn, NULL, &id) :
	    shaken_id_from_uri(uri, NULL, &id);
	if (err != SHAKEN_OK) {
		shk_diag(diag, "claim div: %s", shaken_strerror((int)err));
		return SHAKEN_E_CLAIM;
	}
	if (tn.n == 0)
		(void)json_object_del(div, "uri"); /* it may be a number */
	return json_object_set_new(div, id.kind == SHAKEN_ID_TN ? "tn" : "uri",
	    json_stringn(id.text, id.len)) == 0 ? SHAKEN_OK : SHAKEN_E_NOMEM;
}

static enum shaken_err
format(const struct shaken_sign_req *req, json_t *further,
    struct shk_claims *c, struct shaken_diag *diag)
{
	enum shaken_err err = shk_ppt_format_none(req, further, c, diag);
	json_t *div = json_object_get(further, "div");

	if (err != SHAKEN_OK)
		return err;
	if (!json_is_object(div)) {
		shk_diag(diag, "claim div is %s", div == NULL ? "missing" :
		    "not an object");
		return SHAKEN_E_CLAIM;
	}
	return settle_div(div, diag);
}

/* What the token in opt was for is what is diverted now, and its caller is the
 * same: a verifier would refuse anything else (section 4.2). */
static enum shaken_err
check_inner(const struct shaken_sign_req *req, const json_t *further,
    struct shaken_diag *diag)
{
	const json_t *div = json_object_get(further, "div");
	struct shaken_sv tn = shk_json_string(div, "tn");
	struct shaken_passport inner;
	struct shaken_id id;
	enum shaken_err err;

	err = tn.n > 0 ? shaken_id_from_tn(tn, NULL, &id) :
	    shaken_id_from_uri(shk_json_string(div, "uri"), NULL, &id);
	if (err != SHAKEN_OK)
		return SHAKEN_E_CLAIM; /* settle_div() has seen to it */
	err = shk_passport_decode(&inner, shk_json_string(further, "opt"), 0,
	    NULL);
	if (err == SHAKEN_OK && inner.decoded < SHK_DECODED_ALL) {
		shk_diag(diag, "claim opt: %.200s", inner.diag.text);
		err = SHAKEN_E_CLAIM;
	} else if (err == SHAKEN_OK && (!shk_passport_has_dest(&inner, &id) ||
	    !shaken_id_equal(&inner.orig, req->orig))) {
		shk_diag(diag, "claim opt is of another call: not from "
		    "%.80s, or not to %.80s", req->orig->text, id.text);
		err = SHAKEN_E_CLAIM;
	}
	shk_passport_clear(&inner);
	return err;
}

static enum shaken_err
format_o(const struct shaken_sign_req *req, json_t *further,
    struct shk_claims *c, struct shaken_diag *diag)
{
	enum shaken_err err = format(req, further, c, diag);

	if (err != SHAKEN_OK)
		return err;
	if (json_is_string(json_object_get(further, "opt")))
		return check_inner(req, further, diag);
	shk_diag(diag, "claim opt: missing, or not a string");
	return SHAKEN_E_CLAIM;
}

static enum shaken_err
check_diverted(const struct shaken_passport *p, struct shaken_diag *diag)
{
	if (p->claim[SHK_CLAIM_DIV].type == SHK_JSON_ABSENT)
		shk_diag(diag, "claim div is missing");
	else if (p->div.kind == SHAKEN_ID_NONE)
		shk_diag(diag, "claim div is not one tn or one uri, its hi "
		    "an index like 1.2");
	else if (shk_passport_has_dest(p, &p->div))
		shk_diag(diag, "div and dest are both %.128s: nothing was "
		    "diverted", p->div.text);
	else
		return SHAKEN_OK;
	return SHAKEN_E_CLAIM;
}

static enum shaken_err
check_div(const struct shaken_passport *p, struct shaken_diag *diag)
{
	if (p->claim[SHK_CLAIM_OPT].type == SHK_JSON_ABSENT)
		return check_diverted(p, diag);
	shk_diag(diag, "claim opt stands in a div PASSporT: it belongs to "
	    "div-o alone");
	return SHAKEN_E_CLAIM;
}

/* Full form only: what a compact token left out, nobody could put back. */
static enum shaken_err
check_div_o(const struct shaken_passport *p, struct shaken_diag *diag)
{
	const struct shk_member *opt = &p->claim[SHK_CLAIM_OPT];
	struct shaken_diag why = { "not a string" };
	struct shk_jws jws;

	if (opt->type == SHK_JSON_STRING &&
	    shk_jws_split(opt->value, &jws, &why) == SHAKEN_OK)
		return check_diverted(p, diag);
	shk_diag(diag, "claim opt: %.200s",
	    opt->type == SHK_JSON_ABSENT ? "missing" : why.text);
	return SHAKEN_E_CLAIM;
}

const struct shk_ppt shk_ppt_div = {
	{ "div", 3 }, SHK_DIVERTS, format, check_div
};
const struct shk_ppt shk_ppt_div_o = {
	{ "div-o", 5 }, SHK_DIVERTS, format_o, check_div_o
};
