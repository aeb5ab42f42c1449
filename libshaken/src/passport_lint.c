/* SPDX-License-Identifier: Apache-2.0 */
/* passport_lint.c - tokens held against RFC 8225 and the RFC of their type. */
#include <string.h>

#include "json.h"
#include "lint.h"
#include "passport.h"
#include "ppt.h"
#include "sv.h"
#include "uri.h"

#define ERROR(t, id, rule, ...) \
	shk_find(&(t)->to, SHAKEN_ERROR, (id), (rule), __VA_ARGS__)
#define WARN(t, id, rule, ...) \
	shk_find(&(t)->to, SHAKEN_WARN, (id), (rule), __VA_ARGS__)
#define NOTE(t, id, rule, ...) \
	shk_find(&(t)->to, SHAKEN_NOTE, (id), (rule), __VA_ARGS__)

/* Bytes of a P-256 signature in DER, which some send instead (RFC 7518 section
 * 3.4 wants r and s). */
#define DER_MIN 68
#define DER_MAX 72

struct token {
	const struct shaken_passport	*p;
	json_t				*header, *payload; /* owned */
	struct shk_findings		 to;
};

static const char *
type_name(const json_t *v)
{
	switch (json_typeof(v)) {
	case JSON_OBJECT: return "an object";
	case JSON_ARRAY: return "an array";
	case JSON_STRING: return "a string";
	case JSON_INTEGER: return "an integer";
	case JSON_REAL: return "no integer";
	case JSON_TRUE:
	case JSON_FALSE: return "a boolean";
	case JSON_NULL: return "null";
	}
	return "unknown";
}

/* "is missing", or of another type than the one that is asked for. */
static void
not_a(const struct token *t, const json_t *v, const char *id,
    const char *rule, const char *wanted)
{
	if (v == NULL)
		ERROR(t, id, rule, "%s is missing", id);
	else
		ERROR(t, id, rule, "%s is %s, %s is asked for", id,
		    type_name(v), wanted);
}

/* -- JOSE header -------------------------------------------------------- */

/* A string, and where want is given that one. */
static void
lint_member(const struct token *t,
    const char *name, const char *rule, const char *want)
{
	const json_t *v = json_object_get(t->header, name);
	const char *text = json_string_value(v);

	if (text == NULL)
		not_a(t, v, name, rule, "a string");
	else if (want != NULL && strcmp(text, want) != 0)
		ERROR(t, name, rule, "%s is \"%.40s\", \"%s\" is asked for",
		    name, text, want);
}

static void
lint_x5u(const struct token *t)
{
	struct shaken_diag why = { "" };

	lint_member(t, "x5u", "RFC 8225 section 4.3", NULL);
	if (t->p->x5u.n != 0 &&
	    shk_uri_check_x5u(t->p->x5u, false, &why) != SHAKEN_OK)
		ERROR(t, "x5u", "ATIS-1000074", "%s", why.text);
}

static void
lint_ppt(const struct token *t)
{
	const json_t *v = json_object_get(t->header, "ppt");

	if (v == NULL)
		NOTE(t, "ppt", "RFC 8225 section 8.1", "ppt is absent: a base "
		    "PASSporT");
	else if (!json_is_string(v))
		not_a(t, v, "ppt", "RFC 8225 section 8.1", "a string");
	else if (shk_ppt_find(t->p->ppt) == NULL)
		NOTE(t, "ppt", "RFC 8225 section 8.1", "ppt is \"%.40s\": its "
		    "own claims are not looked at", json_string_value(v));
}

static void
lint_header(const struct token *t)
{
	static const char *const known[] = { "alg", "ppt", "typ", "x5u" };
	const char *name;
	json_t *v;

	lint_member(t, "alg", "RFC 8225 section 4.2", "ES256");
	lint_member(t, "typ", "RFC 8225 section 4.1", "passport");
	lint_x5u(t);
	lint_ppt(t);
	if (t->p->has_crit)
		ERROR(t, "crit", "RFC 7515 section 4.1.11",
		    "crit names what no verifier of PASSporTs knows");
	json_object_foreach(t->header, name, v) {
		size_t i = 0;

		while (i < 4 && strcmp(known[i], name) != 0)
			i++;
		if (i == 4 && strcmp(name, "crit") != 0)
			NOTE(t, "header", "RFC 8225 section 4", "the header "
			    "also has \"%.40s\"", name);
	}
}

/* -- claims ------------------------------------------------------------- */

static void
lint_iat(const struct token *t)
{
	static const char rule[] = "RFC 8225 section 5.1.1";
	const json_t *v = json_object_get(t->payload, "iat");

	if (!json_is_integer(v))
		not_a(t, v, "iat", rule, "an integer");
	else if (json_integer_value(v) > SHAKEN_IAT_MAX)
		ERROR(t, "iat", rule, "iat is not in seconds");
	else if (t->p->iat < 0)
		ERROR(t, "iat", rule, "iat is negative");
}

/* The text of a number is the canonical one (RFC 8224 section 8.3). */
static void
lint_identity(const struct token *t, const char *claim,
    const char *kind, const json_t *v)
{
	struct shaken_sv text = {
		json_string_value(v), json_string_length(v)
	};
	struct shaken_id id;
	enum shaken_err err;
	bool is_tn = strcmp(kind, "tn") == 0;

	if (!json_is_string(v)) {
		ERROR(t, claim, "RFC 8225 section 5.2.1", "%s.%s holds %s",
		    claim, kind, type_name(v));
		return;
	}
	err = is_tn ? shaken_id_from_tn(text, NULL, &id) :
	    shaken_id_from_uri(text, NULL, &id);
	if (err != SHAKEN_OK)
		ERROR(t, claim, "RFC 8225 section 5.2.1",
		    "%s.%s \"%.60s\": %s", claim, kind, text.p,
		    shaken_strerror((int)err));
	else if (!is_tn && id.kind == SHAKEN_ID_TN)
		WARN(t, claim, "RFC 8224 section 8.1",
		    "%s.uri \"%.60s\" is a telephone number", claim, text.p);
	else if (!shk_sv_equal(text, (struct shaken_sv){ id.text, id.len }))
		WARN(t, claim, is_tn ? "RFC 8224 section 8.3" :
		    "RFC 8224 section 8.5", "%s.%s \"%.60s\" is not in "
		    "canonical form", claim, kind, text.p);
}

static void
lint_orig(const struct token *t)
{
	const json_t *orig = json_object_get(t->payload, "orig");
	const json_t *tn = json_object_get(orig, "tn");
	const json_t *uri = json_object_get(orig, "uri");

	if (!json_is_object(orig))
		not_a(t, orig, "orig", "RFC 8225 section 5.2.1", "an object");
	else if (json_object_size(orig) != 1 || (tn == NULL && uri == NULL))
		ERROR(t, "orig", "RFC 8225 section 5.2.1",
		    "orig is not exactly one tn or uri");
	else
		lint_identity(t, "orig", tn != NULL ? "tn" : "uri",
		    tn != NULL ? tn : uri);
}

static void
lint_dest_list(const struct token *t, const char *kind,
    const json_t *list)
{
	const char *last = NULL, *text;
	bool sorted = true;

	if (list == NULL)
		return;
	if (!json_is_array(list) || json_array_size(list) == 0) {
		ERROR(t, "dest", "RFC 8225 section 5.2.1",
		    "dest.%s is %s, an array is asked for", kind,
		    json_is_array(list) ? "empty" : type_name(list));
		return;
	}
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *v = json_array_get(list, i);

		lint_identity(t, "dest", kind, v);
		text = json_string_value(v);
		if (last != NULL && text != NULL && strcmp(last, text) > 0)
			sorted = false;
		last = text;
	}
	if (!sorted)
		WARN(t, "dest", "RFC 8225 section 5.2.1",
		    "dest.%s is not sorted", kind);
}

static void
lint_dest(const struct token *t)
{
	const json_t *dest = json_object_get(t->payload, "dest");
	const json_t *tn = json_object_get(dest, "tn");
	const json_t *uri = json_object_get(dest, "uri");

	if (!json_is_object(dest)) {
		not_a(t, dest, "dest", "RFC 8225 section 5.2.1", "an object");
		return;
	}
	if (tn == NULL && uri == NULL)
		ERROR(t, "dest", "RFC 8225 section 5.2.1",
		    "dest has neither tn nor uri");
	if (json_array_size(tn) + json_array_size(uri) > SHAKEN_DEST_MAX)
		ERROR(t, "dest", "RFC 8225 section 5.2.1",
		    "dest has more than %d entries: none is read",
		    SHAKEN_DEST_MAX);
	lint_dest_list(t, "tn", tn);
	lint_dest_list(t, "uri", uri);
}

/* RFC 8588 sections 4 and 5. */
static void
lint_shaken(const struct token *t)
{
	const json_t *attest = json_object_get(t->payload, "attest");
	const json_t *origid = json_object_get(t->payload, "origid");

	if (!json_is_string(attest))
		not_a(t, attest, "attest", "RFC 8588 section 4", "a string");
	else if (t->p->attest.n != 1 || t->p->attest.p[0] < 'A' ||
	    t->p->attest.p[0] > 'C')
		ERROR(t, "attest", "RFC 8588 section 4",
		    "attest is \"%.20s\", A, B or C is asked for",
		    json_string_value(attest));
	if (!json_is_string(origid))
		not_a(t, origid, "origid", "RFC 8588 section 5", "a string");
	else if (!shk_is_uuid(t->p->origid))
		ERROR(t, "origid", "RFC 8588 section 5",
		    "origid \"%.60s\" is no UUID", json_string_value(origid));
}

/* The claims of the other types, as a verifier would refuse them. */
static void
lint_type(const struct token *t)
{
	static const struct {
		const struct shk_ppt *ppt;
		const char *rule;
	} types[] = {
		{ &shk_ppt_div, "RFC 8946 section 3" },
		{ &shk_ppt_div_o, "RFC 8946 section 5" },
		{ &shk_ppt_rph, "RFC 8443 section 3, RFC 9027 section 4" },
		{ &shk_ppt_rcd, "RFC 9795 section 8" },
		{ &shk_ppt_msg, "RFC 9475 section 3" },
	};
	const struct shk_ppt *ppt = shk_ppt_find(t->p->ppt);
	struct shaken_diag why = { "" };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].ppt == ppt && ppt->check(t->p, &why) != SHAKEN_OK)
			ERROR(t, ppt->name.p, types[i].rule, "%s", why.text);
}

/* Rich call data, which any type may carry. */
static void
lint_rcd(const struct token *t)
{
	static const struct {
		const char *claim, *rule;
		enum shaken_err (*check)(const json_t *payload,
		    struct shaken_diag *diag);
	} claims[] = {
		{ "rcd", "RFC 9795 section 5", shk_rcd_check },
		{ "rcdi", "RFC 9795 section 6", shk_rcdi_check },
		{ "crn", "RFC 9795 section 7", shk_crn_check },
	};
	struct shaken_diag why = { "" };

	for (size_t i = 0; i < 3; i++)
		if (json_object_get(t->payload, claims[i].claim) != NULL &&
		    claims[i].check(t->payload, &why) != SHAKEN_OK)
			ERROR(t, claims[i].claim, claims[i].rule, "%s",
			    why.text);
}

/* The order of a followed by b and c followed by d. */
static int
compare_pairs(const char *a, const char *b, const char *c, const char *d)
{
	for (;;) {
		if (*a == '\0') {
			a = b;
			b = "";
		}
		if (*c == '\0') {
			c = d;
			d = "";
		}
		if (*a != *c || *a == '\0')
			return (unsigned char)*a - (unsigned char)*c;
		a++;
		c++;
	}
}

/* An array of {alg, dig}, sorted by the one followed by the other. */
static void
lint_mky(const struct token *t)
{
	static const char rule[] = "RFC 8225 section 5.2.2";
	const json_t *mky = json_object_get(t->payload, "mky");
	const char *last_alg = "", *last_dig = "";

	if (mky == NULL)
		return;
	if (json_array_size(mky) == 0)
		ERROR(t, "mky", rule, "mky is not an array with keys");
	for (size_t i = 0; i < json_array_size(mky); i++) {
		const json_t *key = json_array_get(mky, i);
		const char *alg =
		    json_string_value(json_object_get(key, "alg"));
		const char *dig =
		    json_string_value(json_object_get(key, "dig"));

		if (alg == NULL || dig == NULL) {
			ERROR(t, "mky", rule, "a key of mky lacks alg or dig");
			return;
		}
		if (compare_pairs(last_alg, last_dig, alg, dig) > 0) {
			WARN(t, "mky", rule, "mky is not sorted");
			return;
		}
		last_alg = alg;
		last_dig = dig;
	}
}

/* -- all of it ---------------------------------------------------------- */

static void
lint_signature(const struct token *t)
{
	if (t->p->sig_len != SHAKEN_ES256_SIG)
		ERROR(t, "signature", "RFC 7518 section 3.4", "the signature "
		    "has %zu bytes, %d are asked for%s", t->p->sig_len,
		    SHAKEN_ES256_SIG, t->p->sig_len >= DER_MIN &&
		    t->p->sig_len <= DER_MAX ? "; is it in DER?" : "");
}

void
shaken_passport_lint(const struct shaken_passport *p, shaken_finding_fn fn,
    void *ctx)
{
	struct token token = { .p = p, .to = { .fn = fn, .ctx = ctx } };
	const struct token *t = &token;
	struct shaken_diag why = { "" };

	if (shk_json_parse(p->header_json, &token.header, &why) != SHAKEN_OK ||
	    shk_json_parse(p->payload_json, &token.payload, &why) !=
	    SHAKEN_OK) {
		ERROR(t, "json", "RFC 8225 section 9", "%s", why.text);
	} else {
		lint_header(t);
		lint_iat(t);
		lint_orig(t);
		lint_dest(t);
		if (shk_sv_equal(p->ppt, SHAKEN_SV_LIT("shaken")))
			lint_shaken(t);
		lint_type(t);
		lint_rcd(t);
		lint_mky(t);
		if (!shaken_passport_is_canonical(p))
			WARN(t, "canonical", "RFC 8225 section 9", "header or "
			    "payload is not in canonical form: sorted members, "
			    "no white space, minimal escapes");
	}
	lint_signature(t);
	json_decref(token.header);
	json_decref(token.payload);
}
