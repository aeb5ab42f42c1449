/* SPDX-License-Identifier: Apache-2.0 */
/* ppt_rcd.c - rich call data: the claims rcd, rcdi and crn, which stand in any
 * type, and the type of their own (RFC 9795 sections 5 to 8). */
#include <stdio.h>

#include "diag.h"
#include "json.h"
#include "ppt.h"
#include "rcd.h"
#include "uri.h"

static enum shaken_err
bad(struct shaken_diag *diag, const char *why)
{
	shk_diag(diag, "claim %s", why);
	return SHAKEN_E_CLAIM;
}

static bool
has_scheme(const json_t *v, const char *scheme)
{
	struct shaken_sv text = { json_string_value(v),
		json_string_length(v) };

	return shk_uri_take_scheme(&text, shaken_sv_cstr(scheme)) &&
	    text.n > 0;
}

/* -- rcd ---------------------------------------------------------------- */

/* [name, {parameters}, type, value, ...] (RFC 7095 section 3.3) */
static bool
is_property(const json_t *v)
{
	return json_array_size(v) >= 4 &&
	    json_is_string(json_array_get(v, 0)) &&
	    json_is_object(json_array_get(v, 1)) &&
	    json_is_string(json_array_get(v, 2));
}

/* ["vcard", [property, ...]] */
static bool
is_jcard(const json_t *v)
{
	const char *name = json_string_value(json_array_get(v, 0));
	const json_t *list = json_array_get(v, 1);
	bool good = json_array_size(v) == 2 && name != NULL &&
	    strcmp(name, "vcard") == 0 && json_array_size(list) > 0;

	for (size_t i = 0; good && i < json_array_size(list); i++)
		good = is_property(json_array_get(list, i));
	return good;
}

static bool
is_number(const json_t *v)
{
	struct shaken_id id;

	return json_is_string(v) && shaken_id_from_tn((struct shaken_sv){
	    json_string_value(v), json_string_length(v) }, NULL, &id) ==
	    SHAKEN_OK;
}

/* Section 5.1. */
enum shaken_err
shk_rcd_check(const json_t *payload, struct shaken_diag *diag)
{
	const json_t *rcd = json_object_get(payload, "rcd");
	const json_t *apn = json_object_get(rcd, "apn");
	const json_t *icn = json_object_get(rcd, "icn");
	const json_t *jcd = json_object_get(rcd, "jcd");
	const json_t *jcl = json_object_get(rcd, "jcl");

	if (!json_is_object(rcd))
		return bad(diag, "rcd is not an object");
	if (!json_is_string(json_object_get(rcd, "nam")))
		return bad(diag, "rcd has no string nam");
	if (apn != NULL && !is_number(apn))
		return bad(diag, "rcd: apn is no telephone number");
	if (icn != NULL && !has_scheme(icn, "https") &&
	    !has_scheme(icn, "data"))
		return bad(diag, "rcd: icn is no https or data URI");
	if (jcd != NULL && jcl != NULL)
		return bad(diag, "rcd has both jcd and jcl");
	if (jcd != NULL && !is_jcard(jcd))
		return bad(diag, "rcd: jcd is no jCard");
	if (jcl != NULL && !has_scheme(jcl, "https"))
		return bad(diag, "rcd: jcl is no https URL");
	return SHAKEN_OK;
}

/* -- rcdi --------------------------------------------------------------- */

/* One reference token of a JSON pointer (RFC 6901 section 4), unescaped. */
static bool
take_reference(struct shaken_sv *pointer, char *key, size_t cap)
{
	struct shaken_sv text;
	size_t n = 0;

	if (!shk_sv_eat(pointer, '/'))
		return false;
	text = shk_take_until(pointer, '/');
	while (text.n > 0 && n + 1 < cap) {
		key[n] = text.p[0];
		shk_skip(&text, 1);
		if (key[n] == '~') {
			if (text.n == 0 ||
			    (text.p[0] != '0' && text.p[0] != '1'))
				return false;
			key[n] = text.p[0] == '0' ? '~' : '/';
			shk_skip(&text, 1);
		}
		n++;
	}
	key[n] = '\0';
	return text.n == 0;
}

/* An array's index: digits, no leading zero. */
static const json_t *
element(const json_t *array, const char *key)
{
	size_t i = 0, n = strspn(key, "0123456789");

	if (n == 0 || n > 4 || key[n] != '\0' || (n > 1 && key[0] == '0'))
		return NULL;
	while (*key != '\0')
		i = i * 10 + (size_t)(*key++ - '0');
	return json_array_get(array, i);
}

const json_t *
shk_rcd_find(const json_t *rcd, struct shaken_sv pointer)
{
	const json_t *v = rcd;
	char key[64];

	if (pointer.n == 0)
		return NULL;
	while (v != NULL && pointer.n > 0) {
		if (!take_reference(&pointer, key, sizeof(key)))
			return NULL;
		v = json_is_array(v) ? element(v, key) :
		    json_object_get(v, key);
	}
	return v;
}

/* Below /jcl it goes on in what jcl leads to (section 6.1.4). */
static bool
is_below_jcl(const json_t *rcd, struct shaken_sv pointer)
{
	return json_object_get(rcd, "jcl") != NULL && pointer.n > 5 &&
	    memcmp(pointer.p, "/jcl/", 5) == 0;
}

static enum shaken_err
check_digests(const json_t *rcd, json_t *rcdi, struct shaken_diag *diag)
{
	const char *pointer;
	json_t *v;

	json_object_foreach(rcdi, pointer, v) {
		struct shaken_sv at = shaken_sv_cstr(pointer);
		struct shk_digest d;

		if (shk_rcd_find(rcd, at) == NULL && !is_below_jcl(rcd, at)) {
			shk_diag(diag, "claim rcdi: %.64s leads to nothing in "
			    "rcd", pointer);
			return SHAKEN_E_CLAIM;
		}
		if (!json_is_string(v) || !shk_digest_parse((struct shaken_sv){
		    json_string_value(v), json_string_length(v) }, &d)) {
			shk_diag(diag, "claim rcdi: %.64s has no digest like "
			    "sha256-", pointer);
			return SHAKEN_E_CLAIM;
		}
	}
	return SHAKEN_OK;
}

static enum shaken_err
need_digest(const json_t *rcdi, const char *pointer, struct shaken_diag *diag)
{
	if (json_object_get(rcdi, pointer) != NULL)
		return SHAKEN_OK;
	shk_diag(diag, "claim rcdi has no digest for %s, which is elsewhere",
	    pointer);
	return SHAKEN_E_CLAIM;
}

/* What one property of a jCard refers to on the web. */
static enum shaken_err
need_property_digests(const json_t *property, size_t i, const json_t *rcdi,
    struct shaken_diag *diag)
{
	const char *type = json_string_value(json_array_get(property, 2));
	enum shaken_err err = SHAKEN_OK;
	char pointer[64];

	if (type == NULL || strcmp(type, "uri") != 0)
		return SHAKEN_OK;
	for (size_t k = 3; err == SHAKEN_OK && k < json_array_size(property);
	    k++) {
		snprintf(pointer, sizeof(pointer), "/jcd/1/%zu/%zu", i, k);
		if (shk_rcd_is_uri(json_array_get(property, k)))
			err = need_digest(rcdi, pointer, diag);
	}
	return err;
}

static enum shaken_err
need_jcard_digests(const json_t *jcd, const json_t *rcdi,
    struct shaken_diag *diag)
{
	const json_t *list = json_array_get(jcd, 1);
	enum shaken_err err = SHAKEN_OK;

	for (size_t i = 0; err == SHAKEN_OK && i < json_array_size(list); i++)
		err = need_property_digests(json_array_get(list, i), i, rcdi,
		    diag);
	return err;
}

bool
shk_rcd_is_uri(const json_t *v)
{
	return has_scheme(v, "https") || has_scheme(v, "http");
}

/*
 * Section 6: rcdi comes with rcd, and then has a digest for everything that is
 * elsewhere (6.1.2 to 6.1.4).  A token without rcdi says nothing about what it
 * refers to, like the example of section 7.
 */
enum shaken_err
shk_rcdi_check(const json_t *payload, struct shaken_diag *diag)
{
	const json_t *rcd = json_object_get(payload, "rcd");
	json_t *rcdi = json_object_get(payload, "rcdi");
	enum shaken_err err;

	if (rcd == NULL)
		return bad(diag, "rcdi stands without rcd");
	if (json_object_size(rcdi) == 0)
		return bad(diag, "rcdi is no object with digests");
	err = check_digests(rcd, rcdi, diag);
	if (err == SHAKEN_OK && shk_rcd_is_uri(json_object_get(rcd, "icn")))
		err = need_digest(rcdi, "/icn", diag);
	if (err == SHAKEN_OK && json_object_get(rcd, "jcl") != NULL)
		err = need_digest(rcdi, "/jcl", diag);
	if (err == SHAKEN_OK)
		err = need_jcard_digests(json_object_get(rcd, "jcd"), rcdi,
		    diag);
	return err;
}

/* -- crn and the type --------------------------------------------------- */

/* Section 7. */
enum shaken_err
shk_crn_check(const json_t *payload, struct shaken_diag *diag)
{
	return json_is_string(json_object_get(payload, "crn")) ? SHAKEN_OK :
	    bad(diag, "crn is not a string");
}

/* Section 8; their form is looked at in any type. */
static enum shaken_err
check(const struct shaken_passport *p, struct shaken_diag *diag)
{
	if (p->claim[SHK_CLAIM_RCD].type != SHK_JSON_ABSENT ||
	    p->claim[SHK_CLAIM_CRN].type != SHK_JSON_ABSENT)
		return SHAKEN_OK;
	return bad(diag, "rcd and claim crn are both missing");
}

const struct shk_ppt shk_ppt_rcd = {
	{ "rcd", 3 }, SHK_INFORMS, shk_ppt_format_none, check
};
