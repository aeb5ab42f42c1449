/* SPDX-License-Identifier: Apache-2.0 */
/* claims_dto.c - the claims of each type of PASSporT: which members of a
 * request they are, and how they come into the token (RFC 8946, 8443, 9027,
 * 9795, 9475). */
#include <string.h>

#include "claims_dto.h"
#include "sign_dto.h"

static const struct api_ppt types[] = {
	{ .name = "shaken", .attested = true },
	{ .name = "div", .need = { "div" }, .may = { "hi" } },
	{ .name = "div-o", .need = { "div", "opt" }, .may = { "hi" } },
	{ .name = "rph", .need = { "rph" }, .may = { "sph" } },
	{ .name = "rcd" },
	{ .name = "msg", .may = { "msgi" } },
};

/* Members that belong to some types alone. */
static const char *const bound[] = { "attest", "origid", "div", "hi", "opt",
	"rph", "sph", "msgi", NULL };

/* Claims of any type (RFC 9795, RFC 8225 section 5.2.2). */
static const char *const common[] = { "crn", "mky", "rcd", "rcdi", NULL };

const struct api_ppt *
api_ppt_asked(struct shaken_sv said, const char *resource, struct api_error *e)
{
	struct shaken_sv name = said.n > 0 ? said :
	    shaken_sv_cstr(resource != NULL ? resource : "shaken");

	if (resource != NULL && !api_sv_is(name, resource)) {
		api_error_set(e, API_INVALID, "ppt",
		    "%.*s, where this resource signs %s: use signing",
		    (int)name.n, name.p, resource);
		return NULL;
	}
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (api_sv_is(name, types[i].name))
			return &types[i];
	api_error_set(e, API_INVALID, "ppt",
	    "not shaken, div, div-o, rph, rcd or msg");
	return NULL;
}

bool
api_ppt_need(const json_t *obj, const struct api_ppt *ppt, bool native,
    struct api_error *e)
{
	const char *names[9];
	size_t n = 0;

	if (ppt->attested)
		names[n++] = "attest";
	names[n++] = "orig";
	names[n++] = "dest";
	if (!native)
		names[n++] = "iat";
	if (!native && ppt->attested)
		names[n++] = "origid";
	for (size_t i = 0; ppt->need[i] != NULL; i++)
		names[n++] = ppt->need[i];
	/* RFC 9795 section 8: one of the two is enough. */
	if (strcmp(ppt->name, "rcd") == 0 &&
	    json_object_get(obj, "crn") == NULL)
		names[n++] = "rcd";
	names[n] = NULL;
	return api_json_need(obj, names, e);
}

static bool
is_own(const struct api_ppt *ppt, const char *name)
{
	if (strcmp(name, "attest") == 0 || strcmp(name, "origid") == 0)
		return ppt->attested;
	for (size_t i = 0; ppt->need[i] != NULL; i++)
		if (strcmp(ppt->need[i], name) == 0)
			return true;
	return ppt->may[0] != NULL && strcmp(ppt->may[0], name) == 0;
}

bool
api_ppt_only(const json_t *obj, const struct api_ppt *ppt,
    struct api_error *e)
{
	for (const char *const *name = bound; *name != NULL; name++)
		if (json_object_get(obj, *name) != NULL &&
		    !is_own(ppt, *name)) {
			api_error_set(e, API_INVALID, *name,
			    "not a claim of ppt %s", ppt->name);
			return false;
		}
	return true;
}

/* -- claims that are not in the request as they are in the token ---------- */

static bool
no_memory(struct api_error *e)
{
	api_error_set(e, API_INTERNAL, NULL, "out of memory");
	return false;
}

/* {"tn": ..} or {"uri": ..}, and hi where given. */
static json_t *
make_div(const struct shaken_id *id, struct shaken_sv hi, struct api_error *e)
{
	json_t *div = api_json_of_id(id);

	if (json_is_object(div) && (hi.n == 0 ||
	    json_object_set_new(div, "hi", api_json_of(hi)) == 0))
		return div;
	json_decref(div);
	(void)no_memory(e);
	return NULL;
}

/* Standard: the claim.  Native: a number or URI like orig, hi beside it. */
static json_t *
read_div(const json_t *obj, bool native, const char *country,
    struct shaken_id *id, struct api_error *e)
{
	static const char *const members[] = { "tn", "uri", "hi", NULL };
	json_t *div = json_object_get(obj, "div");
	struct shaken_sv hi;
	bool ok;

	if (native)
		ok = api_json_any_id(obj, "div", country, id, e);
	else
		ok = api_json_id(obj, "div", country, id, e) &&
		    api_json_only(div, members, e);
	return ok && api_json_string(native ? obj : div, "hi", &hi, e) ?
	    make_div(id, hi, e) : NULL;
}

/* The token alone, where a whole Identity value is given. */
static struct shaken_sv
token_of(struct shaken_sv opt)
{
	struct shaken_identity id;

	if (memchr(opt.p, ';', opt.n) != NULL &&
	    shaken_identity_parse(opt, &id, NULL) == SHAKEN_OK)
		return id.token;
	return opt;
}

static json_t *
read_opt(const json_t *obj, struct api_error *e)
{
	struct shaken_sv opt;

	return api_json_string(obj, "opt", &opt, e) ?
	    api_json_of(token_of(opt)) : NULL;
}

/* "ets.0, wps.0", as Resource-Priority has it (RFC 4412 section 3.1), or one
 * string each. */
static json_t *
read_priorities(const json_t *obj, struct api_error *e)
{
	const json_t *v = json_object_get(obj, "rph");
	struct shaken_sv list, value;
	json_t *auth;
	int rc = 0;

	if (json_is_array(v))
		return json_pack("{s:O}", "auth", v);
	if (!api_json_string(obj, "rph", &list, e)) {
		api_error_set(e, API_INVALID, "rph",
		    "neither a Resource-Priority value nor an array of them");
		return NULL;
	}
	auth = json_array();
	while (shaken_identity_next(&list, &value))
		rc |= json_array_append_new(auth, api_json_of(value));
	if (rc != 0) {
		json_decref(auth);
		return NULL;
	}
	return json_pack("{s:o}", "auth", auth);
}

/* A new value; NULL with *e set. */
static json_t *
read_claim(const json_t *obj, const char *name, bool native,
    const char *country, struct shaken_id *div, struct api_error *e)
{
	json_t *v;

	(void)no_memory(e);	/* unless something else is wrong */
	if (strcmp(name, "div") == 0)
		return read_div(obj, native, country, div, e);
	if (strcmp(name, "opt") == 0)
		return read_opt(obj, e);
	if (native && strcmp(name, "rph") == 0)
		return read_priorities(obj, e);
	v = json_object_get(obj, name);
	return json_incref(v);
}

/* Takes claims. */
static bool
finish(json_t *claims, struct api_sign *out, struct api_error *e)
{
	if (json_object_size(claims) == 0) {
		json_decref(claims);
		return true;
	}
	out->claims = api_json_text(claims);
	return out->claims != NULL || no_memory(e);
}

static bool
add_claims(json_t *claims, const json_t *obj, const char *const *names,
    bool native, const char *country, struct api_sign *out,
    struct api_error *e)
{
	for (; *names != NULL; names++) {
		json_t *v;

		if (json_object_get(obj, *names) == NULL ||
		    strcmp(*names, "hi") == 0)	/* it is in div */
			continue;
		v = read_claim(obj, *names, native, country, &out->div, e);
		if (v == NULL)
			return false;
		if (json_object_set_new(claims, *names, v) != 0)
			return no_memory(e);
	}
	return true;
}

bool
api_claims_read(const json_t *obj, const struct api_ppt *ppt, bool native,
    const char *country, struct api_sign *out, struct api_error *e)
{
	const char *const *const lists[] = { common, ppt->need, ppt->may };
	json_t *claims = json_object();

	if (claims == NULL)
		return no_memory(e);
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		if (!add_claims(claims, obj, lists[i], native, country, out,
		    e)) {
			json_decref(claims);
			return false;
		}
	return finish(claims, out, e);
}

bool
api_claims_of_div(const struct shaken_id *div, struct shaken_sv hi,
    struct shaken_sv opt, struct api_sign *out, struct api_error *e)
{
	json_t *claims = json_object(), *v = make_div(div, hi, e);

	if (v == NULL || json_object_set_new(claims, "div", v) != 0 ||
	    (opt.n > 0 && json_object_set_new(claims, "opt",
	    api_json_of(opt)) != 0)) {
		json_decref(claims);
		return no_memory(e);
	}
	out->div = *div;
	return finish(claims, out, e);
}

/* -- refusals ------------------------------------------------------------- */

void
api_sign_refused(const struct shaken_diag *why, struct api_error *e)
{
	static const char *const base[] = { "orig", "dest", "iat", NULL };
	const char *const *const lists[] = { bound, common, base };
	struct shaken_sv word = { why->text, 0 };

	if (strncmp(word.p, "claim ", 6) == 0)
		word.p += 6;
	word.n = strspn(word.p, "abcdefghijklmnopqrstuvwxyz");
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		for (const char *const *name = lists[i]; *name != NULL; name++)
			if (api_sv_is(word, *name)) {
				api_error_set(e, API_INVALID, *name, "%s",
				    why->text);
				return;
			}
	api_error_set(e, API_INVALID, "claims", "%s", why->text);
}
