/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_cert.c - shaken cert show and lint: of a file, or of what a URL serves. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <shakencerts/x5u.h>

#include "net.h"

/* -- the certificates of a file ----------------------------------------- */

struct certs {
	struct shaken_cert	**v;	/* owned */
	size_t			  n;
};

static void
free_certs(struct certs *c)
{
	for (size_t i = 0; i < c->n; i++)
		shaken_cert_free(&c->v[i]);
	free(c->v);
	*c = (struct certs){ 0 };
}

/* What follows the first certificate of a PEM text; empty after the last. */
static struct shaken_sv
after_cert(struct shaken_sv text)
{
	static const char end[] = "CERTIFICATE-----";
	static const char begin[] = "-----BEGIN ";
	const size_t n = sizeof(end) - 1;

	for (int ends = 0; text.n >= n; text.p++, text.n--) {
		if (memcmp(text.p, end, n) != 0)
			continue;
		text.p += n - 1;
		text.n -= n - 1;
		if (++ends == 2)	/* of its BEGIN and its END line */
			break;
	}
	if (memmem(text.p, text.n, begin, sizeof(begin) - 1) == NULL ||
	    memmem(text.p, text.n, end, n) == NULL)
		return (struct shaken_sv){ NULL, 0 };
	return text;
}

/* All of a text; on failure out has those before the one that is spoilt. */
static enum shaken_err
parse_certs(struct shaken_sv text, struct certs *out, struct shaken_diag *diag)
{
	enum shaken_err err;

	do {
		struct shaken_cert **v;

		v = reallocarray(out->v, out->n + 1, sizeof(*v));
		if (v == NULL)
			return SHAKEN_E_NOMEM;
		out->v = v;
		err = shaken_cert_parse(text, &v[out->n], diag);
		if (err != SHAKEN_OK)
			return err;
		out->n++;
		text = after_cert(text);
	} while (text.n > 0);
	return SHAKEN_OK;
}

static enum cli_status
cannot_parse(const char *from, const struct certs *certs, enum shaken_err err,
    const struct shaken_diag *diag)
{
	return cli_cannot("%s: certificate %zu: %s", from, certs->n + 1,
	    cli_why(err, diag));
}

static enum cli_status
load_certs(const char *path, struct certs *out)
{
	struct shaken_diag diag = { "" };
	struct cli_text file;
	enum cli_status st;
	enum shaken_err err;

	st = cli_read("", path, SHAKEN_PEM_MAX, &file);
	if (st != CLI_OK)
		return st;
	err = parse_certs(cli_sv(&file), out, &diag);
	if (err != SHAKEN_OK)
		st = cannot_parse(path, out, err, &diag);
	cli_text_free(&file);
	return st;
}

static enum cli_status
check_args(const char *cmd, size_t n_args)
{
	return n_args == 1 ? CLI_OK : cli_cannot("cert %s takes one file or "
	    "URL: see 'shaken help cert %s'", cmd, cmd);
}

/* -- show --------------------------------------------------------------- */

struct show_opts {
	struct cli_net	net;
	bool		json;
};

static const struct cli_opt show_options[] = {
	CLI_NET_OPTS(offsetof(struct show_opts, net)),
	{ "json", NULL, CLI_FLAG, offsetof(struct show_opts, json),
	    "print an object" },
	{ 0 },
};

static const char *
kind_name(enum shaken_tnauth_kind kind)
{
	switch (kind) {
	case SHAKEN_TNAUTH_SPC: return "spc";
	case SHAKEN_TNAUTH_RANGE: return "range";
	case SHAKEN_TNAUTH_ONE: return "tn";
	}
	return "unknown";
}

static const char *
sha256_text(const struct shaken_cert *c, char out[65])
{
	uint8_t hash[32];

	shaken_cert_sha256(c, hash);
	for (size_t i = 0; i < sizeof(hash); i++)
		snprintf(out + 2 * i, 3, "%02x", hash[i]);
	return out;
}

static json_t *
tnauth_json(const struct shaken_cert *c)
{
	json_t *list = json_array();
	struct shaken_tnauth e;
	int bad = list == NULL;

	for (size_t i = 0; shaken_cert_tnauth(c, i, &e); i++) {
		json_t *one = json_pack("{s:o}", kind_name(e.kind),
		    cli_json(e.value));

		if (e.kind == SHAKEN_TNAUTH_RANGE)
			bad |= json_object_set_new(one, "count",
			    json_integer((json_int_t)e.count));
		bad |= json_array_append_new(list, one);
	}
	if (bad == 0)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *
cert_json(const struct shaken_cert *c)
{
	struct shaken_sv constraints = shaken_cert_constraints(c);
	char sha256[65];

	return json_pack("{s:o, s:o, s:o, s:I, s:I, s:b, s:s, s:o, s:o, s:o, "
	    "s:o}", "subject", cli_json(shaken_cert_subject(c)),
	    "issuer", cli_json(shaken_cert_issuer(c)),
	    "serial", cli_json(shaken_cert_serial(c)),
	    "not_before", (json_int_t)shaken_cert_not_before(c),
	    "not_after", (json_int_t)shaken_cert_not_after(c),
	    "ca", (int)shaken_cert_is_ca(c),
	    "sha256", sha256_text(c, sha256),
	    "spc", cli_json(shaken_cert_spc(c)),
	    "tnauthlist", tnauth_json(c),
	    "crl_url", cli_json(shaken_cert_crl_url(c)),
	    "constraints", constraints.n == 0 ? json_null() :
	    json_loadb(constraints.p, constraints.n, 0, NULL));
}

static void
put_line(FILE *out, const char *name, struct shaken_sv v)
{
	if (v.n == 0)
		return;
	fprintf(out, "%-11s  ", name);
	cli_put(out, v);
	putc('\n', out);
}

static void
put_cert(FILE *out, const struct shaken_cert *c)
{
	char text[CLI_TIME_LEN], sha256[65];
	struct shaken_tnauth e;

	put_line(out, "subject", shaken_cert_subject(c));
	put_line(out, "issuer", shaken_cert_issuer(c));
	put_line(out, "serial", shaken_cert_serial(c));
	put_line(out, "not before", shaken_sv_cstr(
	    cli_time(shaken_cert_not_before(c), text)));
	put_line(out, "not after", shaken_sv_cstr(
	    cli_time(shaken_cert_not_after(c), text)));
	put_line(out, "ca", shaken_sv_cstr(shaken_cert_is_ca(c) ? "yes" :
	    "no"));
	put_line(out, "sha256", shaken_sv_cstr(sha256_text(c, sha256)));
	for (size_t i = 0; shaken_cert_tnauth(c, i, &e); i++) {
		fprintf(out, "%-11s  %s ", "tnauthlist", kind_name(e.kind));
		cli_put(out, e.value);
		if (e.kind == SHAKEN_TNAUTH_RANGE)
			fprintf(out, ", %llu numbers",
			    (unsigned long long)e.count);
		putc('\n', out);
	}
	put_line(out, "crl url", shaken_cert_crl_url(c));
	put_line(out, "constraints", shaken_cert_constraints(c));
}

/* {"certificates": [..]} with one object for each. */
static enum cli_status
put_list(FILE *out, const struct certs *certs,
    json_t *(*one)(const struct shaken_cert *))
{
	json_t *list = json_array();
	int bad = list == NULL;

	for (size_t i = 0; i < certs->n; i++)
		bad |= json_array_append_new(list, one(certs->v[i]));
	if (bad != 0) {
		json_decref(list);
		list = NULL;
	}
	return cli_put_json(out, json_pack("{s:o}", "certificates", list));
}

struct served {			/* for the callback of a fetch */
	const char	*url;
	struct certs	*certs;
	enum cli_status	 st;
};

static void
on_served(void *arg, const struct certs_fetch_res *res)
{
	struct served *s = arg;
	struct shaken_diag diag = { "" };
	enum shaken_err err;

	if (res->end != CERTS_FETCH_OK) {
		s->st = cli_cannot("%s: %s", s->url, res->why.text);
		return;
	}
	err = parse_certs(res->body, s->certs, &diag);
	if (err != SHAKEN_OK)
		s->st = cannot_parse(s->url, s->certs, err, &diag);
}

static enum cli_status
fetch_certs(const struct cli_net *net, const char *url, struct certs *out)
{
	struct served s = { .url = url, .certs = out };
	struct cli_rules rules;
	enum cli_status st;

	st = cli_rules(net, &rules);
	if (st == CLI_OK)
		st = cli_fetch(&rules, url, on_served, &s);
	return st == CLI_OK ? s.st : st;
}

static enum cli_status
run_show(const void *options, char *const *args, size_t n_args, FILE *out)
{
	const struct show_opts *o = options;
	struct certs certs = { 0 };
	enum cli_status st;

	st = check_args("show", n_args);
	if (st == CLI_OK)
		st = cli_is_url(args[0]) ? fetch_certs(&o->net, args[0],
		    &certs) : load_certs(args[0], &certs);
	if (st == CLI_OK && o->json)
		st = put_list(out, &certs, cert_json);
	else if (st == CLI_OK)
		for (size_t i = 0; i < certs.n; i++) {
			if (i > 0)
				putc('\n', out);
			put_cert(out, certs.v[i]);
		}
	free_certs(&certs);
	return st;
}

const struct cli_cmd cli_cert_show = {
	.name = "cert show",
	.synopsis = "[OPTION...] FILE|URL|-",
	.summary = "Show the facts of every certificate in a file or behind a "
	    "URL.",
	.opts = show_options,
	.opts_size = sizeof(struct show_opts),
	.run = run_show,
};

/* -- lint --------------------------------------------------------------- */

struct lint_opts {
	struct cli_number	at;
	struct cli_net		net;
	bool			json;
};

static const struct cli_opt lint_options[] = {
	{ "at", "SECONDS", CLI_NUMBER, offsetof(struct lint_opts, at),
	    "judge validity as of this time since 1970-01-01 UTC; default "
	    "now" },
	CLI_NET_OPTS(offsetof(struct lint_opts, net)),
	{ "json", NULL, CLI_FLAG, offsetof(struct lint_opts, json),
	    "print an object" },
	{ 0 },
};

struct lint {
	FILE	*out;		/* for people; NULL: for programs */
	json_t	*list;		/* findings of one certificate, or of the URL */
	json_t	*x5u, *certs;	/* what the object is made of; owned */
	int64_t	 now;
	bool	 bad;		/* a warning or an error */
	bool	 any;
	bool	 failed;	/* no memory */
};

static void
take_finding(const struct shaken_finding *f, void *ctx)
{
	struct lint *l = ctx;

	l->any = true;
	if (f->severity != SHAKEN_NOTE)
		l->bad = true;
	if (l->out != NULL)
		fprintf(l->out, "  %-8s %s: %s (%s)\n",
		    shaken_severity_name(f->severity), f->id, f->text, f->rule);
	else if (json_array_append_new(l->list, cli_json_finding(f)) != 0)
		l->failed = true;
}

/* What follows is about this. */
static void
open_list(struct lint *l, struct shaken_sv what)
{
	l->any = false;
	if (l->out != NULL) {
		cli_put(l->out, what);
		fputs(":\n", l->out);
		return;
	}
	l->list = json_array();
	l->failed = l->failed || l->list == NULL;
}

/* {name: what, "findings": [..]}; NULL for people. */
static json_t *
close_list(struct lint *l, const char *name, struct shaken_sv what)
{
	json_t *list = l->list;

	l->list = NULL;
	if (l->out == NULL)
		return json_pack("{s:o, s:o}", name, cli_json(what),
		    "findings", list);
	if (!l->any)
		fputs("  no findings\n", l->out);
	return NULL;
}

static void
lint_certs(struct lint *l, const struct certs *certs)
{
	for (size_t i = 0; i < certs->n; i++) {
		struct shaken_sv who = shaken_cert_subject(certs->v[i]);
		json_t *one;

		open_list(l, who);
		shaken_cert_lint(certs->v[i], l->now, take_finding, l);
		one = close_list(l, "subject", who);
		if (l->out == NULL &&
		    json_array_append_new(l->certs, one) != 0)
			l->failed = true;
	}
}

struct linted {			/* for the callback of a fetch */
	struct lint	*l;
	const char	*url;
	struct certs	*certs;
	enum cli_status	 st;
};

/* What the rules forbid was told before: certs_x5u_lint_url(). */
static void
on_linted(void *arg, const struct certs_fetch_res *res)
{
	struct linted *x = arg;
	struct shaken_diag diag = { "" };
	enum shaken_err err = SHAKEN_OK;

	if (res->end != CERTS_FETCH_URL || !x->l->bad)
		certs_x5u_lint_answer(res, take_finding, x->l);
	if (res->end == CERTS_FETCH_OK)
		err = parse_certs(res->body, x->certs, &diag);
	if (res->end == CERTS_FETCH_BUSY || res->end == CERTS_FETCH_STOPPED ||
	    res->end == CERTS_FETCH_INTERNAL)
		x->st = cli_cannot("%s: %s", x->url, res->why.text);
	else if (err != SHAKEN_OK && !x->l->bad)
		x->st = cannot_parse(x->url, x->certs, err, &diag);
}

static enum cli_status
lint_url(struct lint *l, const struct cli_net *net, const char *url)
{
	struct certs certs = { 0 };
	struct linted x = { .l = l, .url = url, .certs = &certs };
	struct shaken_sv what = shaken_sv_cstr(url);
	struct cli_rules rules;
	enum cli_status st;

	st = cli_rules(net, &rules);
	if (st != CLI_OK)
		return st;
	open_list(l, what);
	certs_x5u_lint_url(what, take_finding, l);
	st = cli_fetch(&rules, url, on_linted, &x);
	l->x5u = close_list(l, "url", what);
	if (st == CLI_OK)
		st = x.st;
	if (st == CLI_OK)
		lint_certs(l, &certs);
	free_certs(&certs);
	return st;
}

static enum cli_status
lint_file(struct lint *l, const char *path)
{
	struct certs certs = { 0 };
	enum cli_status st = load_certs(path, &certs);

	if (st == CLI_OK)
		lint_certs(l, &certs);
	free_certs(&certs);
	return st;
}

/* {"certificates": [..]}, before it "x5u": {..} for a URL. */
static enum cli_status
put_lint(FILE *out, const struct lint *l)
{
	json_t *obj = json_object();
	int bad = l->failed || obj == NULL;

	if (l->x5u != NULL)
		bad |= json_object_set(obj, "x5u", l->x5u);
	bad |= json_object_set(obj, "certificates", l->certs);
	if (bad != 0) {
		json_decref(obj);
		obj = NULL;
	}
	return cli_put_json(out, obj);
}

static enum cli_status
run_lint(const void *options, char *const *args, size_t n_args, FILE *out)
{
	const struct lint_opts *o = options;
	struct lint l = { .out = o->json ? NULL : out,
		.certs = o->json ? json_array() : NULL,
		.now = o->at.given ? o->at.v : (int64_t)time(NULL) };
	enum cli_status st;

	st = check_args("lint", n_args);
	if (st == CLI_OK)
		st = cli_is_url(args[0]) ? lint_url(&l, &o->net, args[0]) :
		    lint_file(&l, args[0]);
	if (st == CLI_OK && o->json)
		st = put_lint(out, &l);
	json_decref(l.x5u);
	json_decref(l.certs);
	return st == CLI_OK && l.bad ? CLI_NO : st;
}

const struct cli_cmd cli_cert_lint = {
	.name = "cert lint",
	.synopsis = "[OPTION...] FILE|URL|-",
	.summary = "Hold certificates against the STI profile "
	    "(ATIS-1000080), and a URL against the rules for x5u.",
	.notes = "Exit status 1 tells of warnings or errors; notes are none. A "
	    "finding does not make a call fail: see 'shaken help verify'.",
	.opts = lint_options,
	.opts_size = sizeof(struct lint_opts),
	.run = run_lint,
};
