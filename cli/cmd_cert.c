/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_cert.c - shaken cert show, lint, csr. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <openssl/crypto.h>

#include <shakencerts/csr.h>
#include <shakencerts/issue.h>

#include "cli.h"

#define KEY_MAX (16 * 1024)

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

static enum cli_status
load_certs(const char *path, struct certs *out)
{
	struct shaken_diag diag = { "" };
	struct cli_text file;
	struct shaken_sv text;
	enum cli_status st;
	enum shaken_err err;

	st = cli_read("", path, SHAKEN_PEM_MAX, &file);
	if (st != CLI_OK)
		return st;
	text = cli_sv(&file);
	do {
		struct shaken_cert **v;

		v = reallocarray(out->v, out->n + 1, sizeof(*v));
		if (v == NULL) {
			st = cli_cannot("out of memory");
			break;
		}
		out->v = v;
		err = shaken_cert_parse(text, &v[out->n], &diag);
		if (err != SHAKEN_OK) {
			st = cli_cannot("%s: certificate %zu: %s", path,
			    out->n + 1, cli_why(err, &diag));
			break;
		}
		out->n++;
		text = after_cert(text);
	} while (text.n > 0);
	cli_text_free(&file);
	return st;
}

static enum cli_status
take_file(const char *cmd, char *const *args, size_t n_args,
    struct certs *out)
{
	if (n_args != 1)
		return cli_cannot("cert %s takes one file: see 'shaken help "
		    "cert %s'", cmd, cmd);
	return load_certs(args[0], out);
}

/* -- show --------------------------------------------------------------- */

struct show_opts {
	bool	json;
};

static const struct cli_opt show_options[] = {
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

static enum cli_status
run_show(const void *options, char *const *args, size_t n_args, FILE *out)
{
	const struct show_opts *o = options;
	struct certs certs = { 0 };
	enum cli_status st;

	st = take_file("show", args, n_args, &certs);
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
	.synopsis = "[--json] FILE|-",
	.summary = "Show the facts of every certificate in a file.",
	.opts = show_options,
	.opts_size = sizeof(struct show_opts),
	.run = run_show,
};

/* -- lint --------------------------------------------------------------- */

struct lint_opts {
	struct cli_number	at;
	bool			json;
};

static const struct cli_opt lint_options[] = {
	{ "at", "SECONDS", CLI_NUMBER, offsetof(struct lint_opts, at),
	    "judge validity as of this time since 1970-01-01 UTC; default "
	    "now" },
	{ "json", NULL, CLI_FLAG, offsetof(struct lint_opts, json),
	    "print an object" },
	{ 0 },
};

struct lint {
	FILE	*out;		/* for people, where list is NULL */
	json_t	*list;
	bool	 bad;		/* a warning or an error */
	bool	 any;
	bool	 failed;
};

static void
take_finding(const struct shaken_finding *f, void *ctx)
{
	struct lint *l = ctx;

	l->any = true;
	if (f->severity != SHAKEN_NOTE)
		l->bad = true;
	if (l->list == NULL)
		fprintf(l->out, "  %-8s %s: %s (%s)\n",
		    shaken_severity_name(f->severity), f->id, f->text, f->rule);
	else if (json_array_append_new(l->list, cli_json_finding(f)) != 0)
		l->failed = true;
}

static void
lint_text(struct lint *l, const struct shaken_cert *c, int64_t now)
{
	l->any = false;
	cli_put(l->out, shaken_cert_subject(c));
	fputs(":\n", l->out);
	shaken_cert_lint(c, now, take_finding, l);
	if (!l->any)
		fputs("  no findings\n", l->out);
}

static void
lint_json(struct lint *l, const struct shaken_cert *c, int64_t now,
    json_t *to)
{
	l->list = json_array();
	l->failed |= l->list == NULL;
	if (l->list != NULL)
		shaken_cert_lint(c, now, take_finding, l);
	if (json_array_append_new(to, json_pack("{s:o, s:o}", "subject",
	    cli_json(shaken_cert_subject(c)), "findings", l->list)) != 0)
		l->failed = true;
}

static enum cli_status
run_lint(const void *options, char *const *args, size_t n_args, FILE *out)
{
	const struct lint_opts *o = options;
	int64_t now = o->at.given ? o->at.v : (int64_t)time(NULL);
	json_t *all = o->json ? json_array() : NULL;
	struct lint l = { .out = out, .failed = o->json && all == NULL };
	struct certs certs = { 0 };
	enum cli_status st;

	st = take_file("lint", args, n_args, &certs);
	for (size_t i = 0; i < certs.n; i++) {
		if (all != NULL)
			lint_json(&l, certs.v[i], now, all);
		else
			lint_text(&l, certs.v[i], now);
	}
	free_certs(&certs);
	if (st == CLI_OK && l.failed)
		st = cli_cannot("out of memory");
	if (st == CLI_OK && o->json)
		st = cli_put_json(out, json_pack("{s:O}", "certificates",
		    all));
	json_decref(all);
	return st == CLI_OK && l.bad ? CLI_NO : st;
}

const struct cli_cmd cli_cert_lint = {
	.name = "cert lint",
	.synopsis = "[OPTION...] FILE|-",
	.summary = "Hold certificates against the STI profile "
	    "(ATIS-1000080).",
	.notes = "Exit status 1 tells of warnings or errors; notes are none. A "
	    "finding does not make a call fail: see 'shaken help verify'.",
	.opts = lint_options,
	.opts_size = sizeof(struct lint_opts),
	.run = run_lint,
};

/* -- csr ---------------------------------------------------------------- */

struct csr_opts {
	const char	*spc, *org, *country, *key, *file;
	const char	*crl_url, *crl_issuer;
};

#define AT(member) offsetof(struct csr_opts, member)
static const struct cli_opt csr_options[] = {
	{ "spc", "CODE", CLI_STRING, AT(spc), "service provider code" },
	{ "org", "NAME", CLI_STRING, AT(org),
	    "legal name of the provider" },
	{ "country", "CC", CLI_STRING, AT(country),
	    "country of the provider, two capital letters" },
	{ "key", "FILE", CLI_STRING, AT(key),
	    "private key: made when the file does not exist, else used" },
	{ "out", "FILE", CLI_STRING, AT(file),
	    "where to write the request; must not exist; default stdout" },
	{ "crl-url", "URL", CLI_STRING, AT(crl_url),
	    "CRL distribution point, as the STI-PA gave it" },
	{ "crl-issuer", "NAME", CLI_STRING, AT(crl_issuer),
	    "its CRL issuer, like 'C=US, O=STI-PA, CN=STI-PA CRL'" },
	{ 0 },
};
#undef AT

static enum cli_status
check_csr(const struct csr_opts *o, size_t n_args)
{
	struct stat sb;

	if (n_args != 0)
		return cli_cannot("cert csr takes options only: see 'shaken "
		    "help cert csr'");
	if (o->spc == NULL)
		return cli_cannot("--spc is missing: give the service "
		    "provider code");
	if (o->org == NULL)
		return cli_cannot("--org is missing: give the provider's "
		    "legal name");
	if (o->country == NULL)
		return cli_cannot("--country is missing: give two letters, "
		    "like US");
	if (o->key == NULL)
		return cli_cannot("--key is missing: give a file for the "
		    "private key");
	if (strcmp(o->key, "-") == 0)
		return cli_cannot("--key -: give a file for the private key");
	if (o->file != NULL && lstat(o->file, &sb) == 0)
		return cli_cannot("--out %s is there already: give another "
		    "name", o->file);
	return CLI_OK;
}

/* The key as a string: the file's, or a new one that is not yet in the file.
 * *made tells which. */
static enum cli_status
get_key(const char *path, char **pem, bool *made)
{
	struct cli_text text;
	enum cli_status st;
	struct stat sb;

	*made = lstat(path, &sb) != 0 && errno == ENOENT;
	if (*made) {
		enum shaken_err err = certs_issue_key(CERTS_KEY_P256, pem);

		return err == SHAKEN_OK ? CLI_OK : cli_cannot("key: %s",
		    shaken_strerror((int)err));
	}
	st = cli_read("--key", path, KEY_MAX, &text);
	if (st != CLI_OK)
		return st;
	*pem = strndup(text.p, text.n);
	cli_text_free(&text);
	return *pem != NULL ? CLI_OK : cli_cannot("out of memory");
}

static enum cli_status
run_csr(const void *options, char *const *args, size_t n_args, FILE *out)
{
	const struct csr_opts *o = options;
	struct certs_csr_spec spec = {
		.size = sizeof(spec), .spc = o->spc, .org = o->org,
		.country = o->country, .crl_url = o->crl_url,
		.crl_issuer = o->crl_issuer,
	};
	struct shaken_diag diag = { "" };
	char *key = NULL, *pem = NULL;
	enum cli_status st;
	enum shaken_err err;
	bool made = false;

	(void)args;
	st = check_csr(o, n_args);
	if (st == CLI_OK)
		st = get_key(o->key, &key, &made);
	if (st != CLI_OK)
		goto out;
	err = certs_csr(&spec, key, &pem, &diag);
	if (err == SHAKEN_E_KEY)
		st = cli_cannot("--key %s: %s", o->key, cli_why(err, &diag));
	else if (err != SHAKEN_OK)
		st = cli_cannot("no request made: %s", cli_why(err, &diag));
	if (st == CLI_OK && made)	/* all else is known to be good */
		st = cli_write(o->key, key, true, false);
	if (st == CLI_OK && o->file != NULL)
		st = cli_write(o->file, pem, false, false);
	else if (st == CLI_OK)
		fputs(pem, out);
out:
	if (key != NULL)
		OPENSSL_cleanse(key, strlen(key));
	free(key);
	free(pem);
	return st;
}

const struct cli_cmd cli_cert_csr = {
	.name = "cert csr",
	.synopsis = "--spc CODE --org NAME --country CC --key FILE "
	    "[OPTION...]",
	.summary = "Make a key and the request for an STI certificate.",
	.opts = csr_options,
	.opts_size = sizeof(struct csr_opts),
	.run = run_csr,
};
