/* SPDX-License-Identifier: Apache-2.0 */
/* evidence_verify.c - a judgement made again from its evidence. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "evidence.h"
#include "find.h"
#include "report.h"

json_t *
audit_evidence_read(struct shaken_sv text, struct shaken_diag *why)
{
	json_error_t e;
	json_t *obj = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, &e);
	json_t *policy, *call;
	const char *s;
	json_int_t n;
	int version;

	if (obj == NULL) {
		snprintf(why->text, sizeof(why->text), "not JSON: %.200s",
		    e.text);
		return NULL;
	}
	if (json_unpack_ex(obj, &e, 0, "{s:i, s:I, s:o, s:o, s:o, s:o, s:o}",
	    "evidence", &version, "judged_at", &n, "policy", &policy,
	    "call", &call, "trust", &policy, "chains", &call, "verdict",
	    &call) != 0 || version != 1 || n < 0 ||
	    json_unpack_ex(obj, &e, 0, "{s:{s:I, s:I, s:i, s:s}, s:{s:I}}",
	    "policy", "freshness", &n, "diverted_freshness", &n, "flags",
	    &version, "crl_policy", &s, "call", "date", &n) != 0) {
		snprintf(why->text, sizeof(why->text), "no evidence of a call "
		    "in the form of version 1: %.150s", e.text);
		json_decref(obj);
		return NULL;
	}
	return obj;
}

struct again {			/* a judgement made again */
	const char		*dir;
	const json_t		*e;
	struct shaken_trust	*trust;	/* owned, as the following */
	struct shaken_verify	*v;
	struct shaken_chain	*chain[SHAKEN_VALUES_MAX];
	struct shaken_sv	 identity[AUDIT_LINE_VALUES];
	struct shaken_id	 orig, target, dest[AUDIT_LINE_VALUES];
	struct shaken_call	 vcall;
};

static enum cli_status
check_digest(const char *path, const char *want)
{
	enum cli_status st;
	struct cli_text t;
	char hex[65];
	bool ok;

	st = cli_read("", path, SHAKEN_CRL_MAX, &t);
	if (st != CLI_OK)
		return st;
	ok = audit_sha256(cli_sv(&t), hex) && strcmp(hex, want) == 0;
	cli_text_free(&t);
	return ok ? CLI_OK : cli_cannot("%s: it was changed, or is not "
	    "complete: its digest is not its name", path);
}

/* The file beside the evidence that has this digest; use says what for. */
static enum cli_status
add_beside(struct again *a, const char *use, const char *sha256)
{
	char path[PATH_MAX];
	const char *name = path;
	struct cli_list one = { .v = &name, .n = 1 };
	enum cli_status st;

	if (strlen(sha256) != 64 ||
	    strspn(sha256, "0123456789abcdef") != 64)
		return cli_cannot("trust: '%.80s' is no SHA-256", sha256);
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", a->dir, sha256) >=
	    sizeof(path))
		return cli_cannot("%s: the name is too long", a->dir);
	st = check_digest(path, sha256);
	if (st != CLI_OK)
		return st;
	if (strcmp(use, "trust") == 0)
		return cli_add_anchors(a->trust, &one);
	if (strcmp(use, "crl-trust") == 0)
		return cli_add_crl_anchors(a->trust, &one);
	return cli_add_crls(a->trust, &one);
}

/* Roots before CRLs, whose signers they anchor. */
static enum cli_status
add_trust(struct again *a)
{
	static const char *const uses[] = { "trust", "crl-trust", "crl" };
	const json_t *list = json_object_get(a->e, "trust"), *one;
	enum cli_status st = CLI_OK;
	const char *use, *hex;
	size_t i;

	for (size_t k = 0; k < sizeof(uses) / sizeof(*uses); k++)
		json_array_foreach(list, i, one) {
			use = json_string_value(json_object_get(one, "use"));
			hex = json_string_value(json_object_get(one,
			    "sha256"));
			if (use == NULL || hex == NULL)
				return cli_cannot("trust: use or sha256 is "
				    "missing");
			if (strcmp(use, uses[k]) == 0 && st == CLI_OK)
				st = add_beside(a, use, hex);
		}
	return st;
}

static enum cli_status
make_trust(struct again *a, const struct cli_policy *given)
{
	const json_t *p = json_object_get(a->e, "policy"), *oids, *one;
	struct cli_policy made = *given;
	const char *oid[64];
	enum cli_status st;
	size_t i;

	made.policies = (struct cli_list){ .v = oid };
	made.crl_policy = json_string_value(json_object_get(p, "crl_policy"));
	oids = json_object_get(p, "require_policy");
	json_array_foreach(oids, i, one)
		if (made.policies.n < 64 && json_is_string(one))
			oid[made.policies.n++] = json_string_value(one);
	st = cli_policy_trust(&made, &a->trust);
	return st == CLI_OK && given->trust.n == 0 ? add_trust(a) : st;
}

static bool
read_id(const json_t *in, struct shaken_id *out)
{
	const char *tn = json_string_value(json_object_get(in, "tn"));
	const char *uri = json_string_value(json_object_get(in, "uri"));

	if (tn != NULL)
		return shaken_id_from_tn(shaken_sv_cstr(tn), NULL, out) ==
		    SHAKEN_OK;
	return uri != NULL && shaken_id_from_uri(shaken_sv_cstr(uri), NULL,
	    out) == SHAKEN_OK;
}

static enum cli_status
read_call(struct again *a)
{
	const json_t *call = json_object_get(a->e, "call"), *list, *one;
	size_t i;

	a->vcall = (struct shaken_call){ .size = sizeof(a->vcall),
		.identity = a->identity, .dest = a->dest,
		.date = json_integer_value(json_object_get(call, "date")) };
	list = json_object_get(call, "identity");
	if (json_array_size(list) > AUDIT_LINE_VALUES)
		return cli_cannot("identity: more than %d values",
		    AUDIT_LINE_VALUES);
	json_array_foreach(list, i, one)
		a->identity[i] = (struct shaken_sv){ json_string_value(one),
			json_string_length(one) };
	a->vcall.n_identity = json_array_size(list);
	one = json_object_get(call, "orig");
	if (json_is_object(one) && !read_id(one, &a->orig))
		return cli_cannot("orig: not an identity");
	a->vcall.orig = json_is_object(one) ? &a->orig : NULL;
	list = json_object_get(call, "dest");
	if (json_array_size(list) > AUDIT_LINE_VALUES)
		return cli_cannot("dest: more than %d", AUDIT_LINE_VALUES);
	json_array_foreach(list, i, one)
		if (!read_id(one, &a->dest[i]))
			return cli_cannot("dest: not an identity");
	a->vcall.n_dest = json_array_size(list);
	one = json_object_get(call, "target");
	if (json_is_object(one) && !read_id(one, &a->target))
		return cli_cannot("target: not an identity");
	a->vcall.target = json_is_object(one) ? &a->target : NULL;
	return CLI_OK;
}

static void
give_chain(struct again *a, size_t i)
{
	const json_t *list = json_object_get(a->e, "chains"), *one, *pem;
	struct shaken_sv url = shaken_verify_x5u(a->v, i);
	const char *why = "it is not in the evidence";
	struct shaken_diag diag;
	size_t k;

	json_array_foreach(list, k, one) {
		const char *x5u = json_string_value(json_object_get(one,
		    "x5u"));

		if (x5u == NULL || strlen(x5u) != url.n ||
		    memcmp(x5u, url.p, url.n) != 0)
			continue;
		pem = json_object_get(one, "pem");
		if (!json_is_string(pem)) {
			why = json_string_value(json_object_get(one, "why"));
		} else if (shaken_chain_new(a->trust, (struct shaken_sv){
		    json_string_value(pem), json_string_length(pem) },
		    &a->chain[i], &diag) == SHAKEN_OK) {
			shaken_verify_chain(a->v, i, a->chain[i]);
			return;
		} else {
			why = diag.text;
		}
		break;
	}
	shaken_verify_no_chain(a->v, i, why);
}

static enum cli_status
judge(struct again *a)
{
	const json_t *p = json_object_get(a->e, "policy");
	struct shaken_verify_opts o = { .size = sizeof(o),
		.now = json_integer_value(json_object_get(a->e, "judged_at")),
		.freshness_s = json_integer_value(json_object_get(p,
		    "freshness")),
		.diverted_freshness_s = json_integer_value(json_object_get(p,
		    "diverted_freshness")),
		.flags = (unsigned)json_integer_value(json_object_get(p,
		    "flags")) | SHAKEN_EXPLAIN,
		.country = json_string_value(json_object_get(p, "country")) };
	enum shaken_err err;

	err = shaken_verify_begin(a->trust, &a->vcall, &o, &a->v);
	for (size_t i = 0; err == SHAKEN_OK && i < shaken_verify_n(a->v); i++)
		if (shaken_verify_x5u(a->v, i).n > 0)
			give_chain(a, i);
	if (err == SHAKEN_OK)
		err = shaken_verify_finish(a->v);
	return err == SHAKEN_OK ? CLI_OK : cli_cannot("not decided: %s",
	    shaken_strerror((int)err));
}

/* Away with wording, which may change from version to version. */
static void
strip(json_t *verdict)
{
	json_t *list = json_object_get(verdict, "checks"), *one;
	size_t i;

	json_object_del(verdict, "detail");
	json_object_del(verdict, "reason");
	json_array_foreach(list, i, one) {
		json_object_del(one, "detail");
		json_object_del(one, "hint");
		json_object_del(one, "rule");
	}
}

static json_t *
essence(const json_t *verdict)
{
	json_t *copy = json_deep_copy(verdict), *list, *one;
	size_t i;

	if (copy == NULL)
		return NULL;
	strip(copy);
	list = json_object_get(copy, "results");
	json_array_foreach(list, i, one)
		strip(one);
	return copy;
}

enum cli_status
audit_evidence_verify(const char *path, const struct cli_policy *given,
    json_t **then, json_t **now)
{
	struct cli_report report = { .explain = true };
	struct again *a = calloc(1, sizeof(*a));
	struct shaken_diag why = { "" };
	char dir[PATH_MAX];
	struct cli_text text = { 0 };
	enum cli_status st;
	json_t *e = NULL;
	const char *slash = strrchr(path, '/');

	*then = *now = NULL;
	if (a == NULL)
		return cli_cannot("out of memory");
	snprintf(dir, sizeof(dir), "%.*s", slash == NULL ? 1 :
	    (int)(slash - path) + 1, slash == NULL ? "." : path);
	a->dir = dir;
	st = cli_read("", path, AUDIT_EVIDENCE_MAX, &text);
	if (st == CLI_OK) {
		a->e = e = audit_evidence_read(cli_sv(&text), &why);
		if (e == NULL)
			st = cli_cannot("%s: %s", path, why.text);
	}
	if (st == CLI_OK)
		st = make_trust(a, given);
	if (st == CLI_OK)
		st = read_call(a);
	if (st == CLI_OK)
		st = judge(a);
	if (st == CLI_OK) {
		report.v = a->v;
		*now = cli_report_json(&report);
		*then = json_deep_copy(json_object_get(e, "verdict"));
		st = *now == NULL || *then == NULL ?
		    cli_cannot("out of memory") : CLI_OK;
	}
	shaken_verify_free(&a->v);
	for (size_t i = 0; i < SHAKEN_VALUES_MAX; i++)
		shaken_chain_free(&a->chain[i]);
	shaken_trust_free(&a->trust);
	free(a);
	json_decref(e);
	cli_text_free(&text);
	return st;
}

bool
audit_evidence_same(const json_t *then, const json_t *now)
{
	json_t *a = essence(then), *b = essence(now);
	bool same = a != NULL && b != NULL && json_equal(a, b) == 1;

	json_decref(a);
	json_decref(b);
	return same;
}
