/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_verify.c - shaken verify: Identity values in, a verdict out. */
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli.h"

#define STDIN_MAX (1024 * 1024)	/* 32 values of 20 KiB, and blanks */

struct verify_opts {
	struct cli_list		 trust, crl, crl_trust, dest, policies;
	const char		*cert, *orig, *country, *crl_policy, *style;
	struct cli_number	 at, date, freshness;
	bool			 explain, json, require_identity;
	bool			 accept_base, accept_padding;
	bool			 accept_dest_string, accept_http;
};

#define AT(member) offsetof(struct verify_opts, member)
static const struct cli_opt opts[] = {
	{ "trust", "FILE", CLI_LIST, AT(trust),
	    "STI-CA roots: a PEM file, or a directory of *.pem; may be given "
	    "again" },
	{ "cert", "FILE", CLI_STRING, AT(cert),
	    "the signer's certificate chain, PEM, leaf first" },
	{ "orig", "ID", CLI_STRING, AT(orig),
	    "calling number or URI of the call; not compared when not given" },
	{ "dest", "ID", CLI_LIST, AT(dest),
	    "called number or URI of the call, any may match; not compared "
	    "when not given" },
	{ "country", "CODE", CLI_STRING, AT(country),
	    "country code that national numbers get, like 1 or 44" },
	{ "at", "SECONDS", CLI_NUMBER, AT(at),
	    "verify as of this time since 1970-01-01 UTC; default now" },
	{ "date", "SECONDS", CLI_NUMBER, AT(date),
	    "time in the call's Date field" },
	{ "freshness", "SECONDS", CLI_NUMBER, AT(freshness),
	    "how far iat and Date may be off; default 60" },
	{ "crl", "FILE", CLI_LIST, AT(crl),
	    "certificate revocation list, PEM or DER; may be given again" },
	{ "crl-trust", "FILE", CLI_LIST, AT(crl_trust),
	    "roots of CRL signers; those of --trust when not given" },
	{ "crl-policy", "soft|hard", CLI_STRING, AT(crl_policy),
	    "when no current CRL covers a certificate: soft goes on (default), "
	    "hard refuses" },
	{ "require-policy", "OID", CLI_LIST, AT(policies),
	    "certificate policy, one of which certificates must carry" },
	{ "require-identity", NULL, CLI_FLAG, AT(require_identity),
	    "a call without a usable Identity gets code 428" },
	{ "accept-base", NULL, CLI_FLAG, AT(accept_base),
	    "accept a PASSporT without ppt" },
	{ "accept-padding", NULL, CLI_FLAG, AT(accept_padding),
	    "accept '=' after base64url" },
	{ "accept-dest-string", NULL, CLI_FLAG, AT(accept_dest_string),
	    "accept a dest that is no array" },
	{ "accept-http", NULL, CLI_FLAG, AT(accept_http),
	    "accept an http x5u and any port" },
	{ "verstat-style", "plain|suffixed", CLI_STRING, AT(style),
	    "suffixed appends the attestation: TN-Validation-Passed-A" },
	{ "explain", NULL, CLI_FLAG, AT(explain),
	    "print every check with its rule" },
	{ "json", NULL, CLI_FLAG, AT(json), "print an object" },
	{ 0 },
};
#undef AT

/* -- trust -------------------------------------------------------------- */

typedef enum shaken_err add_fn(struct shaken_trust *t, struct shaken_sv in,
    struct shaken_diag *diag);

static enum shaken_err
add_anchors(struct shaken_trust *t, struct shaken_sv in,
    struct shaken_diag *diag)
{
	return shaken_trust_add_anchors(t, in, NULL, diag);
}

static enum shaken_err
add_crl_anchors(struct shaken_trust *t, struct shaken_sv in,
    struct shaken_diag *diag)
{
	return shaken_trust_add_crl_anchors(t, in, NULL, diag);
}

static enum cli_status
add_file(struct shaken_trust *t, const char *option, const char *path,
    size_t max, add_fn *add)
{
	struct shaken_diag diag = { "" };
	struct cli_text text;
	enum cli_status st;
	enum shaken_err err;

	st = cli_read(option, path, max, &text);
	if (st != CLI_OK)
		return st;
	err = add(t, cli_sv(&text), &diag);
	if (err != SHAKEN_OK)
		st = cli_cannot("%s %s: %s", option, path,
		    cli_why(err, &diag));
	cli_text_free(&text);
	return st;
}

static int
is_pem(const struct dirent *e)
{
	size_t n = strlen(e->d_name);

	return n > 4 && e->d_name[0] != '.' &&
	    strcmp(e->d_name + n - 4, ".pem") == 0;
}

/* A directory stands for the *.pem in it, in the order of their names. */
static enum cli_status
add_path(struct shaken_trust *t, const char *option, const char *path,
    add_fn *add)
{
	struct dirent **files = NULL;
	enum cli_status st = CLI_OK;
	char name[PATH_MAX];
	int n;

	n = scandir(path, &files, is_pem, alphasort);
	if (n < 0)	/* no directory; if it cannot be read at all, so
			 * add_file() will say */
		return add_file(t, option, path, SHAKEN_PEM_MAX, add);
	if (n == 0)
		st = cli_cannot("%s %s: no *.pem in this directory", option,
		    path);
	for (int i = 0; i < n; i++) {
		if (st == CLI_OK && (size_t)snprintf(name, sizeof(name),
		    "%s/%s", path, files[i]->d_name) >= sizeof(name))
			st = cli_cannot("%s %s: the name is too long", option,
			    path);
		if (st == CLI_OK)
			st = add_file(t, option, name, SHAKEN_PEM_MAX, add);
		free(files[i]);
	}
	free(files);
	return st;
}

static enum cli_status
load_trust(const struct verify_opts *o, struct shaken_trust **out)
{
	struct shaken_trust_opts topts = {
		.size = sizeof(topts),
		.crl_policy = o->crl_policy != NULL &&
		    strcmp(o->crl_policy, "hard") == 0 ? SHAKEN_CRL_HARD :
		    SHAKEN_CRL_SOFT,
		.policies = o->policies.v,
		.n_policies = o->policies.n,
	};
	enum cli_status st = CLI_OK;
	enum shaken_err err;

	err = shaken_trust_new(&topts, out);
	if (err == SHAKEN_E_ARG)
		return cli_cannot("--require-policy: give OIDs like "
		    "2.16.840.1.114569.1.1.4");
	if (err != SHAKEN_OK)
		return cli_cannot("trust: %s", shaken_strerror((int)err));
	for (size_t i = 0; st == CLI_OK && i < o->trust.n; i++)
		st = add_path(*out, "--trust", o->trust.v[i], add_anchors);
	for (size_t i = 0; st == CLI_OK && i < o->crl_trust.n; i++)
		st = add_path(*out, "--crl-trust", o->crl_trust.v[i],
		    add_crl_anchors);
	for (size_t i = 0; st == CLI_OK && i < o->crl.n; i++)
		st = add_file(*out, "--crl", o->crl.v[i], SHAKEN_CRL_MAX,
		    shaken_trust_add_crl);
	return st;
}

static enum cli_status
load_chain(const char *path, struct shaken_trust *t, struct shaken_chain **out)
{
	struct shaken_diag diag = { "" };
	struct cli_text text;
	enum cli_status st;
	enum shaken_err err;

	if (path == NULL)
		return CLI_OK;
	st = cli_read("--cert", path, SHAKEN_PEM_MAX, &text);
	if (st != CLI_OK)
		return st;
	err = shaken_chain_new(t, cli_sv(&text), out, &diag);
	if (err != SHAKEN_OK)
		st = cli_cannot("--cert %s: %s", path, cli_why(err, &diag));
	cli_text_free(&text);
	return st;
}

/* -- one value's verdict ------------------------------------------------ */

struct report {
	const struct verify_opts	*o;
	const struct shaken_verify	*v;
	FILE				*out;
};

/* "TN-Validation-Passed", or "TN-Validation-Passed-A" where asked for. */
static const char *
verstat_text(const struct report *r, const struct shaken_verdict *d,
    char buf[64])
{
	const char *name = shaken_verstat_name(d->verstat);

	if (r->o->style == NULL || strcmp(r->o->style, "suffixed") != 0 ||
	    d->verstat != SHAKEN_TN_VALIDATION_PASSED || d->attest == '\0')
		return name;
	snprintf(buf, 64, "%s-%c", name, d->attest);
	return buf;
}

static const char *
result_text(enum shaken_result result)
{
	switch (result) {
	case SHAKEN_SKIPPED: return "skipped";
	case SHAKEN_PASS: return "pass";
	case SHAKEN_FAIL: return "fail";
	}
	return "skipped";
}

/* The token of value i; NULL where it did not decode, or there is none. */
static const struct shaken_passport *
passport_of(const struct report *r, size_t i)
{
	return i < shaken_verify_n(r->v) ? shaken_verify_passport(r->v, i) :
	    NULL;
}

static json_t *
dest_json(const struct shaken_passport *p)
{
	json_t *tn = json_array(), *uri = json_array(), *dest = json_object();
	size_t n = p == NULL ? 0 : shaken_passport_n_dest(p);
	int bad = tn == NULL || uri == NULL || dest == NULL;

	for (size_t i = 0; i < n; i++) {
		const struct shaken_id *id = shaken_passport_dest(p, i);

		bad |= json_array_append_new(id->kind == SHAKEN_ID_TN ? tn :
		    uri, cli_json((struct shaken_sv){ id->text, id->len }));
	}
	if (json_array_size(tn) > 0)
		bad |= json_object_set(dest, "tn", tn);
	if (json_array_size(uri) > 0)
		bad |= json_object_set(dest, "uri", uri);
	json_decref(tn);
	json_decref(uri);
	if (bad == 0 && n > 0)
		return dest;
	json_decref(dest);
	return bad == 0 ? json_null() : NULL;
}

static json_t *
checks_json(const struct report *r, size_t i)
{
	const struct shaken_check *c;
	json_t *list = json_array();
	size_t n = i < shaken_verify_n(r->v) ?
	    shaken_verify_checks(r->v, i, &c) : 0;
	int bad = 0;

	for (size_t k = 0; k < n; k++)
		bad |= json_array_append_new(list, json_pack(
		    "{s:s, s:s, s:s, s:s, s:s?}", "check", c[k].name,
		    "result", result_text(c[k].result), "detail", c[k].detail,
		    "rule", c[k].rule, "hint",
		    c[k].result == SHAKEN_FAIL ? c[k].hint : NULL));
	if (bad == 0)
		return list;
	json_decref(list);
	return NULL;
}

/* The members of the object that stands for one Identity value. */
static json_t *
verdict_json(const struct report *r, const struct shaken_verdict *d, size_t i)
{
	const struct shaken_passport *p = passport_of(r, i);
	struct shaken_sv attest = { &d->attest, d->attest != '\0' };
	struct shaken_sv x5u = { NULL, 0 };
	char verstat[64], ecase[8];
	json_t *obj;

	if (p != NULL)
		x5u = shaken_passport_x5u(p);
	snprintf(ecase, sizeof(ecase), "E%d", (int)d->ecase);
	obj = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s?, s:o, "
	    "s:s?, s:o}", "verstat", verstat_text(r, d, verstat),
	    "attest", cli_json(attest),
	    "origid", cli_json(shaken_sv_cstr(d->origid)),
	    "orig", cli_json_id(p == NULL ? NULL : shaken_passport_orig(p)),
	    "dest", dest_json(p),
	    "iat", d->iat < 0 ? json_null() : json_integer(d->iat),
	    "spc", cli_json(shaken_sv_cstr(d->spc)),
	    "x5u", cli_json(x5u),
	    "case", d->ecase == SHAKEN_CASE_NONE ? NULL : ecase,
	    "code", d->code == 0 ? json_null() : json_integer(d->code),
	    "reason", d->reason,
	    "detail", cli_json(shaken_sv_cstr(d->detail.text)));
	if (obj != NULL && r->o->explain &&
	    json_object_set_new(obj, "checks", checks_json(r, i)) != 0) {
		json_decref(obj);
		obj = NULL;
	}
	return obj;
}

static enum cli_status
put_json(const struct report *r)
{
	const struct shaken_verdict *d = shaken_verify_verdict(r->v);
	json_t *obj = verdict_json(r, d, d->value);
	json_t *results = json_array();
	int bad = obj == NULL || results == NULL;

	for (size_t i = 0; i < shaken_verify_n(r->v); i++)
		bad |= json_array_append_new(results, verdict_json(r,
		    shaken_verify_verdict_of(r->v, i), i));
	bad |= json_object_set_new(obj, "results", results);
	if (bad != 0) {
		json_decref(obj);
		obj = NULL;
	}
	return cli_put_json(r->out, obj);
}

/* -- for people --------------------------------------------------------- */

static void
put_line(const struct report *r, const char *name, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	fprintf(r->out, "%-8s  ", name);
	cli_put(r->out, shaken_sv_cstr(value));
	putc('\n', r->out);
}

static void
put_claims(const struct report *r, const struct shaken_verdict *d, size_t i)
{
	const struct shaken_passport *p = passport_of(r, i);
	char attest[2] = { d->attest, '\0' }, when[CLI_TIME_LEN];

	put_line(r, "attest", attest);
	put_line(r, "origid", d->origid);
	if (p != NULL)
		put_line(r, "orig", shaken_passport_orig(p)->text);
	for (size_t k = 0; p != NULL && k < shaken_passport_n_dest(p); k++)
		put_line(r, "dest", shaken_passport_dest(p, k)->text);
	if (d->iat >= 0)
		fprintf(r->out, "%-8s  %lld (%s)\n", "iat", (long long)d->iat,
		    cli_time(d->iat, when));
	put_line(r, "spc", d->spc);
}

static void
put_failure(const struct report *r, const struct shaken_verdict *d)
{
	if (d->ecase != SHAKEN_CASE_NONE)
		fprintf(r->out, "%-8s  E%d\n", "case", (int)d->ecase);
	if (d->code != 0)
		fprintf(r->out, "%-8s  %d\n", "code", d->code);
	put_line(r, "reason", d->reason);
	put_line(r, "check", d->check);
	put_line(r, "detail", d->detail.text);
}

/* One check a line: result, name, what was found, (rule); under a failed one
 * what to do. */
static void
put_checks(const struct report *r, size_t i)
{
	const struct shaken_check *c;
	size_t n = shaken_verify_checks(r->v, i, &c);
	int name = 0, column;
	char text[512];

	for (size_t k = 0; k < n; k++)
		if ((int)strlen(c[k].name) > name)
			name = (int)strlen(c[k].name);
	column = 9 + name + 2;
	for (size_t k = 0; k < n; k++) {
		snprintf(text, sizeof(text), "%s%s(%s)", c[k].detail,
		    c[k].detail[0] == '\0' ? "" : " ", c[k].rule);
		fprintf(r->out, "%-7s  %-*s  ", result_text(c[k].result), name,
		    c[k].name);
		cli_put_wrapped(r->out, text, column);
		if (c[k].result == SHAKEN_FAIL && c[k].hint != NULL) {
			snprintf(text, sizeof(text), "hint: %s", c[k].hint);
			fprintf(r->out, "%*s", column, "");
			cli_put_wrapped(r->out, text, column);
		}
	}
}

static void
put_text(const struct report *r)
{
	const struct shaken_verdict *d = shaken_verify_verdict(r->v);
	size_t n = shaken_verify_n(r->v);
	char verstat[64];

	fprintf(r->out, "%s\n", verstat_text(r, d, verstat));
	if (d->verstat == SHAKEN_TN_VALIDATION_PASSED)
		put_claims(r, d, d->value);
	else
		put_failure(r, d);
	for (size_t i = 0; i < n; i++) {
		const struct shaken_verdict *one =
		    shaken_verify_verdict_of(r->v, i);

		if (n > 1 || r->o->explain)
			fprintf(r->out, "\nvalue %zu of %zu: %s%s%s\n", i + 1,
			    n, verstat_text(r, one, verstat),
			    one->detail.text[0] == '\0' ? "" : ": ",
			    one->detail.text);
		if (r->o->explain)
			put_checks(r, i);
	}
}

/* -- the call ----------------------------------------------------------- */

struct call {
	struct cli_text		 input;	/* stdin, where "-" is given */
	struct cli_values	 values;
	struct shaken_id	 orig;
	struct cli_ids		 dest;
};

static bool
one_of(const char *text, const char *a, const char *b)
{
	return text == NULL || strcmp(text, a) == 0 || strcmp(text, b) == 0;
}

static enum cli_status
check(const struct verify_opts *o, size_t n_args)
{
	if (o->trust.n == 0)
		return cli_cannot("--trust is missing: give the STI-CA roots, "
		    "a PEM file or a directory");
	if (n_args == 0)
		return cli_cannot("no Identity value given: give one, or '-' "
		    "to read them from stdin");
	if (!one_of(o->crl_policy, "soft", "hard"))
		return cli_cannot("--crl-policy %s: give soft or hard",
		    o->crl_policy);
	if (!one_of(o->style, "plain", "suffixed"))
		return cli_cannot("--verstat-style %s: give plain or suffixed",
		    o->style);
	if (o->freshness.given && o->freshness.v == 0)
		return cli_cannot("--freshness 0: give at least 1 second");
	if (o->date.given && o->date.v == 0)
		return cli_cannot("--date 0: give seconds since 1970-01-01");
	return cli_check_country(o->country);
}

static enum cli_status
gather(const struct verify_opts *o, char *const *args, size_t n_args,
    struct call *call)
{
	enum cli_status st = CLI_OK;

	for (size_t i = 0; st == CLI_OK && i < n_args; i++) {
		if (strcmp(args[i], "-") != 0) {
			st = cli_add_values(&call->values,
			    shaken_sv_cstr(args[i]));
			continue;
		}
		if (call->input.p != NULL)
			return cli_cannot("'-' is given twice: stdin is read "
			    "once");
		st = cli_read("", "-", STDIN_MAX, &call->input);
		if (st == CLI_OK)
			st = cli_add_values(&call->values,
			    cli_sv(&call->input));
	}
	if (st == CLI_OK && o->orig != NULL)
		st = cli_parse_id("--orig", o->orig, o->country, &call->orig);
	if (st == CLI_OK)
		st = cli_parse_ids("--dest", &o->dest, o->country, &call->dest);
	return st;
}

static unsigned
flags(const struct verify_opts *o)
{
	return (o->accept_base ? SHAKEN_ACCEPT_BASE : 0u) |
	    (o->accept_padding ? SHAKEN_ACCEPT_PADDING : 0u) |
	    (o->accept_dest_string ? SHAKEN_ACCEPT_DEST_STRING : 0u) |
	    (o->accept_http ? SHAKEN_ACCEPT_HTTP : 0u) |
	    (o->require_identity ? SHAKEN_REQUIRE_IDENTITY : 0u) |
	    (o->explain ? SHAKEN_EXPLAIN : 0u);
}

static enum shaken_err
decide(const struct verify_opts *o, const struct call *call,
    struct shaken_trust *trust, struct shaken_chain *chain,
    struct shaken_verify **out)
{
	struct shaken_verify_opts vopts = {
		.size = sizeof(vopts),
		.now = o->at.given ? o->at.v : (int64_t)time(NULL),
		.freshness_s = o->freshness.v,
		.flags = flags(o),
		.country = o->country,
	};
	struct shaken_call vcall = {
		.size = sizeof(vcall),
		.identity = call->values.v,
		.n_identity = call->values.n,
		.orig = o->orig == NULL ? NULL : &call->orig,
		.dest = call->dest.v,
		.n_dest = call->dest.n,
		.date = o->date.v,
	};
	enum shaken_err err;

	err = shaken_verify_begin(trust, &vcall, &vopts, out);
	if (err != SHAKEN_OK)
		return err;
	for (size_t i = 0; i < shaken_verify_n(*out); i++) {
		if (shaken_verify_x5u(*out, i).n == 0)
			continue;
		if (chain != NULL)
			shaken_verify_chain(*out, i, chain);
		else
			shaken_verify_no_chain(*out, i, "certificate not "
			    "available: give it with --cert");
	}
	return shaken_verify_finish(*out);
}

static enum cli_status
run(const void *options, char *const *args, size_t n_args, FILE *out)
{
	const struct verify_opts *o = options;
	struct report r = { .o = o, .out = out };
	struct shaken_trust *trust = NULL;
	struct shaken_chain *chain = NULL;
	struct shaken_verify *v = NULL;
	struct call call = { 0 };
	enum cli_status st;
	enum shaken_err err;

	st = check(o, n_args);
	if (st == CLI_OK)
		st = gather(o, args, n_args, &call);
	if (st == CLI_OK)
		st = load_trust(o, &trust);
	if (st == CLI_OK)
		st = load_chain(o->cert, trust, &chain);
	if (st != CLI_OK)
		goto out;
	err = decide(o, &call, trust, chain, &v);
	if (err != SHAKEN_OK) {
		st = cli_cannot("not decided: %s", shaken_strerror((int)err));
		goto out;
	}
	r.v = v;
	if (o->json)
		st = put_json(&r);
	else
		put_text(&r);
	if (st == CLI_OK && shaken_verify_verdict(v)->verstat !=
	    SHAKEN_TN_VALIDATION_PASSED)
		st = CLI_NO;
out:
	shaken_verify_free(&v);
	shaken_chain_free(&chain);
	shaken_trust_free(&trust);
	free(call.dest.v);
	free(call.values.v);
	cli_text_free(&call.input);
	return st;
}

const struct cli_cmd cli_verify = {
	.name = "verify",
	.synopsis = "--trust FILE [OPTION...] IDENTITY...|-",
	.summary = "Verify the Identity header values of a call.",
	.notes = "IDENTITY is a header value, with or without its name; all "
	    "values given, and all lines of stdin for '-', belong to one call. "
	    "Nothing is fetched: the signer's chain comes from --cert.",
	.opts = opts,
	.opts_size = sizeof(struct verify_opts),
	.run = run,
};
