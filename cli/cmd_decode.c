/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_decode.c - shaken decode: what a token, an Identity value or a SIP
 * message says.  Nothing here is a trust decision. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

#define INPUT_MAX (1024 * 1024)	/* a SIP message with its body */

struct decode_opts {
	const char	*country;
	bool		 json;
};

#define AT(member) offsetof(struct decode_opts, member)
static const struct cli_opt opts[] = {
	{ "country", "CODE", CLI_STRING, AT(country),
	    "country code that national numbers of a SIP message get" },
	{ "json", NULL, CLI_FLAG, AT(json), "print an object" },
	{ 0 },
};
#undef AT

/* -- findings ----------------------------------------------------------- */

struct findings {		/* of one value */
	json_t	*list;		/* owned; as in --json */
	bool	 error;		/* one of them is an error */
	bool	 failed;	/* memory ran out */
};

static void
keep_finding(const struct shaken_finding *f, void *ctx)
{
	struct findings *to = ctx;

	if (f->severity == SHAKEN_ERROR)
		to->error = true;
	if (json_array_append_new(to->list, cli_json_finding(f)) != 0)
		to->failed = true;
}

__attribute__((format(printf, 4, 5)))
static void
find(struct findings *to, const char *id, const char *rule, const char *fmt,
    ...)
{
	struct shaken_finding f = { SHAKEN_ERROR, id, rule, NULL };
	char text[SHAKEN_DIAG_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	f.text = text;
	keep_finding(&f, to);
}

static bool
same(struct shaken_sv a, struct shaken_sv b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* What the parameters must repeat from the token (RFC 8224 section 4.1). */
static void
compare_params(const struct shaken_identity *id,
    const struct shaken_passport *p, struct findings *to)
{
	static const char rule[] = "RFC 8224 section 4.1";

	if (id->info.n == 0)
		find(to, "info", "RFC 8224 section 4", "parameter info is "
		    "missing");
	else if (id->info_bare)
		find(to, "info", "RFC 8224 section 4", "the URI of info "
		    "stands without <>");
	else if (!same(id->info, shaken_passport_x5u(p)))
		find(to, "info", rule, "info differs from x5u");
	if (id->alg.n != 0 && !same(id->alg, shaken_passport_alg(p)))
		find(to, "alg", rule, "parameter alg differs from the token's");
	if (id->ppt.n != 0 && !same(id->ppt, shaken_passport_ppt(p)))
		find(to, "ppt", rule, "parameter ppt differs from the token's");
}

/* -- one Identity value or token ---------------------------------------- */

static json_t *
parse_json(struct shaken_sv text)
{
	return json_loadb(text.p, text.n, 0, NULL);
}

/* Strictly; else with padding, which is reported and no reason to show less. */
static enum shaken_err
decode(struct shaken_sv token, struct shaken_passport **out,
    struct findings *to, struct shaken_diag *diag)
{
	enum shaken_err err;

	err = shaken_passport_decode(token, 0, out, diag);
	if (err != SHAKEN_E_SYNTAX || shaken_passport_decode(token,
	    SHAKEN_DECODE_PADDING, out, NULL) != SHAKEN_OK)
		return err;
	find(to, "base64url", "RFC 7515 section 2", "%s: '=' after a part",
	    diag->text);
	return SHAKEN_OK;
}

/* The object of --json for one value; what cannot be decoded is one with
 * "error".  NULL: out of memory. */
static json_t *
value_json(struct shaken_sv value, struct findings *to, bool *decoded)
{
	bool is_value = memchr(value.p, ';', value.n) != NULL;
	struct shaken_passport *p = NULL;
	struct shaken_diag diag = { "" };
	struct shaken_identity id;
	enum shaken_err err;
	json_t *obj;

	err = shaken_identity_parse(value, &id, &diag);
	if (err == SHAKEN_OK)
		err = decode(id.token, &p, to, &diag);
	*decoded = err == SHAKEN_OK;
	if (err != SHAKEN_OK) {
		find(to, "syntax", "RFC 8224 section 4, RFC 8225 section 6",
		    "%s", cli_why(err, &diag));
		return json_pack("{s:s, s:O}", "error", cli_why(err, &diag),
		    "findings", to->list);
	}
	if (is_value)
		compare_params(&id, p, to);
	shaken_passport_lint(p, keep_finding, to);
	obj = json_pack("{s:n, s:o, s:o, s:o, s:o, s:o, s:b, s:s, s:O}",
	    "error", "info", cli_json(id.info), "alg", cli_json(id.alg),
	    "ppt", cli_json(id.ppt),
	    "header", parse_json(shaken_passport_header(p)),
	    "payload", parse_json(shaken_passport_payload(p)),
	    "canonical", (int)shaken_passport_is_canonical(p),
	    "signature", "not checked", "findings", to->list);
	shaken_passport_free(&p);
	return obj;
}

/* -- a SIP message ------------------------------------------------------ */

/* A start line (RFC 3261 section 7): "INVITE uri SIP/2.0", "SIP/2.0 200 OK". */
static bool
is_sip(struct shaken_sv text)
{
	static const char version[] = "SIP/2.0";
	size_t n, len = sizeof(version) - 1;

	while (text.n > 0 && (text.p[0] == '\r' || text.p[0] == '\n')) {
		text.p++;
		text.n--;
	}
	for (n = 0; n < text.n && text.p[n] != '\r' && text.p[n] != '\n'; n++)
		;
	return n > len && (memcmp(text.p, "SIP/2.0 ", len + 1) == 0 ||
	    (memcmp(text.p + n - len, version, len) == 0 &&
	    text.p[n - len - 1] == ' '));
}

/* A field's value on one line: a fold (RFC 3261 section 7.3.1) is one blank. */
static json_t *
field_json(struct shaken_sv v)
{
	char *line = malloc(v.n + 1);
	json_t *s;
	size_t n = 0;

	if (line == NULL)
		return NULL;
	for (size_t i = 0; i < v.n; i++) {
		bool fold = v.p[i] == '\r' || v.p[i] == '\n';

		while (fold && i + 1 < v.n && strchr("\r\n \t", v.p[i + 1]) !=
		    NULL && v.p[i + 1] != '\0')
			i++;
		line[n++] = fold ? ' ' : v.p[i];
	}
	s = cli_json((struct shaken_sv){ line, n });
	free(line);
	return s;
}

static json_t *
sip_json(const struct shaken_sip *m, const char *country)
{
	struct shaken_id orig, dest;
	json_t *pai = json_array();
	int64_t date = shaken_sip_date(m);
	int bad = pai == NULL;

	/* What cannot be read is null; the fields themselves are there. */
	if (shaken_sip_ids(m, country, &orig, &dest, NULL) != SHAKEN_OK) {
		orig = (struct shaken_id){ 0 };
		if (shaken_id_parse(m->to, country, &dest) != SHAKEN_OK)
			dest = (struct shaken_id){ 0 };
	}
	for (size_t i = 0; i < m->n_pai; i++)
		bad |= json_array_append_new(pai, field_json(m->pai[i]));
	if (bad != 0) {
		json_decref(pai);
		return NULL;
	}
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
	    "method", cli_json(m->method),
	    "request_uri", cli_json(m->request_uri),
	    "from", field_json(m->from), "to", field_json(m->to),
	    "p_asserted_identity", pai, "call_id", field_json(m->call_id),
	    "date", field_json(m->date),
	    "time", date > 0 ? json_integer(date) : json_null(),
	    "orig", cli_json_id(&orig), "dest", cli_json_id(&dest));
}

/* -- for people --------------------------------------------------------- */

static void
put_member(FILE *out, const json_t *obj, const char *name)
{
	const json_t *v = json_object_get(obj, name);

	if (json_is_string(v)) {
		fprintf(out, "%-11s  ", name);
		cli_put(out, (struct shaken_sv){ json_string_value(v),
		    json_string_length(v) });
		putc('\n', out);
	} else if (json_is_integer(v)) {
		fprintf(out, "%-11s  %lld\n", name,
		    (long long)json_integer_value(v));
	}
}

static void
put_id(FILE *out, const json_t *obj, const char *name)
{
	const json_t *id = json_object_get(obj, name);
	const char *text = json_string_value(json_object_get(id, "tn"));

	if (text == NULL)
		text = json_string_value(json_object_get(id, "uri"));
	fprintf(out, "%-11s  %s\n", name, text == NULL ? "(unreadable)" : text);
}

static void
put_sip(FILE *out, const json_t *sip)
{
	static const char *const names[] = { "method", "request_uri", "from",
	    "to", "call_id", "date", "time" };
	const json_t *pai = json_object_get(sip, "p_asserted_identity");

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		put_member(out, sip, names[i]);
	for (size_t i = 0; i < json_array_size(pai); i++) {
		const json_t *v = json_array_get(pai, i);

		fprintf(out, "%-11s  ", "asserted");
		cli_put(out, (struct shaken_sv){ json_string_value(v),
		    json_string_length(v) });
		putc('\n', out);
	}
	put_id(out, sip, "orig");
	put_id(out, sip, "dest");
}

static void
put_findings(FILE *out, const json_t *list)
{
	size_t n = json_array_size(list);

	fprintf(out, "findings%s\n", n == 0 ? "     none" : "");
	for (size_t i = 0; i < n; i++) {
		const json_t *f = json_array_get(list, i);

		fprintf(out, "  %-8s %s: ",
		    json_string_value(json_object_get(f, "severity")),
		    json_string_value(json_object_get(f, "id")));
		fprintf(out, "%s (%s)\n",
		    json_string_value(json_object_get(f, "text")),
		    json_string_value(json_object_get(f, "rule")));
	}
}

static void
put_value(FILE *out, const json_t *obj)
{
	static const char *const parts[] = { "header", "payload" };
	static const char *const params[] = { "info", "alg", "ppt" };

	if (!json_is_null(json_object_get(obj, "error"))) {
		put_findings(out, json_object_get(obj, "findings"));
		return;
	}
	for (size_t i = 0; i < 2; i++) {
		fprintf(out, "%s\n", parts[i]);
		json_dumpf(json_object_get(obj, parts[i]), out,
		    JSON_INDENT(2) | JSON_ENSURE_ASCII);
		putc('\n', out);
	}
	for (size_t i = 0; i < sizeof(params) / sizeof(*params); i++)
		put_member(out, obj, params[i]);
	fprintf(out, "%-11s  %s\n", "canonical",
	    json_is_true(json_object_get(obj, "canonical")) ? "yes" : "no");
	put_member(out, obj, "signature");
	put_findings(out, json_object_get(obj, "findings"));
}

static void
put_text(FILE *out, const json_t *sip, const json_t *values)
{
	size_t n = json_array_size(values);

	if (sip != NULL) {
		put_sip(out, sip);
		if (n == 0)
			fprintf(out, "%-11s  none\n", "identity");
	}
	for (size_t i = 0; i < n; i++) {
		if (sip != NULL || i > 0)
			putc('\n', out);
		if (n > 1)
			fprintf(out, "value %zu of %zu\n", i + 1, n);
		put_value(out, json_array_get(values, i));
	}
}

/* -- the input ---------------------------------------------------------- */

struct decoded {
	json_t	*sip;		/* owned; NULL: no SIP message */
	json_t	*values;	/* owned */
	size_t	 n_decoded;
	bool	 error;		/* an error-level finding */
	char	 why[SHAKEN_DIAG_MAX]; /* the first value that is none */
};

static enum cli_status
add_value(struct shaken_sv value, struct decoded *d)
{
	struct findings f = { .list = json_array() };
	bool decoded = false;
	json_t *obj = NULL;
	int bad;

	if (f.list != NULL)
		obj = value_json(value, &f, &decoded);
	if (!decoded && obj != NULL && d->why[0] == '\0')
		snprintf(d->why, sizeof(d->why), "%s",
		    json_string_value(json_object_get(obj, "error")));
	bad = json_array_append_new(d->values, obj);
	json_decref(f.list);
	d->error |= f.error;
	d->n_decoded += decoded;
	return bad != 0 || f.failed ? cli_cannot("out of memory") : CLI_OK;
}

/* A line or field may hold several values, joined by commas. */
static enum cli_status
add_field(struct shaken_sv field, struct decoded *d)
{
	enum cli_status st = CLI_OK;
	struct shaken_sv value;

	while (st == CLI_OK && shaken_identity_next(&field, &value))
		st = add_value(value, d);
	return st;
}

static enum cli_status
decode_sip(const struct decode_opts *o, const char *name,
    struct shaken_sv text, struct decoded *d)
{
	struct shaken_diag diag = { "" };
	enum cli_status st = CLI_OK;
	struct shaken_sip m;
	enum shaken_err err;

	err = shaken_sip_parse(text, &m, &diag);
	if (err != SHAKEN_OK)
		return cli_cannot("%s: SIP message: %s", name,
		    cli_why(err, &diag));
	d->sip = sip_json(&m, o->country);
	if (d->sip == NULL)
		return cli_cannot("out of memory");
	for (size_t i = 0; st == CLI_OK && i < m.n_identity; i++)
		st = add_field(m.identity[i], d);
	return st;
}

static enum cli_status
decode_values(const char *name, struct shaken_sv text, struct decoded *d)
{
	struct cli_values vals = { 0 };
	enum cli_status st;

	st = cli_add_values(&vals, text);
	for (size_t i = 0; st == CLI_OK && i < vals.n; i++)
		st = add_field(vals.v[i], d);
	free(vals.v);
	if (st == CLI_OK && d->n_decoded == 0)
		st = cli_cannot("%.40s is no %sPASSporT: %s", name,
		    text.p == name ? "file and no " : "",
		    vals.n == 0 ? "it is empty" : d->why);
	return st;
}

static enum cli_status
decode_input(const struct decode_opts *o, const char *arg,
    struct shaken_sv text, FILE *out)
{
	struct decoded d = { .values = json_array() };
	enum cli_status st;

	if (d.values == NULL)
		return cli_cannot("out of memory");
	st = is_sip(text) ? decode_sip(o, arg, text, &d) :
	    decode_values(arg, text, &d);
	if (st == CLI_OK && o->json)
		st = cli_put_json(out, json_pack("{s:O?, s:O}", "sip", d.sip,
		    "values", d.values));
	else if (st == CLI_OK)
		put_text(out, d.sip, d.values);
	if (st == CLI_OK && d.error)
		st = CLI_NO;
	json_decref(d.sip);
	json_decref(d.values);
	return st;
}

static enum cli_status
run(const void *options, char *const *args, size_t n_args, FILE *out)
{
	const struct decode_opts *o = options;
	struct cli_text text = { 0 };
	struct shaken_sv in;
	enum cli_status st;

	if (n_args != 1)
		return cli_cannot("decode takes one token, Identity value or "
		    "file: see 'shaken help decode'");
	st = cli_check_country(o->country);
	if (st != CLI_OK)
		return st;
	in = shaken_sv_cstr(args[0]);
	if (strcmp(args[0], "-") == 0 || access(args[0], F_OK) == 0) {
		st = cli_read("", args[0], INPUT_MAX, &text);
		in = cli_sv(&text);
	}
	if (st == CLI_OK)
		st = decode_input(o, args[0], in, out);
	cli_text_free(&text);
	return st;
}

const struct cli_cmd cli_decode = {
	.name = "decode",
	.synopsis = "[OPTION...] TOKEN|IDENTITY|FILE|-",
	.summary = "Show what a PASSporT, Identity value or SIP message says.",
	.notes = "The signature is not checked: see 'shaken help verify'. Exit "
	    "status 1 tells of findings that are errors.",
	.opts = opts,
	.opts_size = sizeof(struct decode_opts),
	.run = run,
};
