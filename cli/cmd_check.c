/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_check.c - shaken cert check: whether calls signed with a key will verify
 * elsewhere. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <shakencerts/selfcheck.h>

#include "net.h"

#define KEY_MAX (16 * 1024)
#define DAYS_MAX 3650

struct check_opts {
	const char		*key, *cert, *x5u;
	struct cli_list		 trust;
	struct cli_number	 at, days;
	struct cli_net		 net;
	bool			 no_fetch, json;
};

#define AT(member) offsetof(struct check_opts, member)
static const struct cli_opt options[] = {
	{ "key", "FILE", CLI_STRING, AT(key), "private key, PEM" },
	{ "cert", "FILE", CLI_STRING, AT(cert),
	    "its certificate chain, PEM, leaf first" },
	{ "x5u", "URL", CLI_STRING, AT(x5u),
	    "where verifiers find the chain" },
	{ "trust", "FILE", CLI_LIST, AT(trust),
	    "STI-CA roots: a PEM file, or a directory of *.pem; may be given "
	    "again; the path is not judged when not given" },
	{ "days", "N", CLI_NUMBER, AT(days),
	    "a certificate that expires within N days is to be renewed; "
	    "default a third of its life, 30 at most" },
	{ "at", "SECONDS", CLI_NUMBER, AT(at),
	    "judge as of this time since 1970-01-01 UTC; default now" },
	{ "no-fetch", NULL, CLI_FLAG, AT(no_fetch), "do not ask the URL" },
	CLI_NET_OPTS(AT(net)),
	{ "json", NULL, CLI_FLAG, AT(json), "print an object" },
	{ 0 },
};
#undef AT

struct check {
	const struct check_opts	*o;
	struct certs_selfcheck	 in;
	struct shaken_diag	 diag;
	enum shaken_err		 err;
	FILE			*out;	/* for people; NULL: for programs */
	json_t			*list;	/* owned */
	bool			 failed;
	bool			 no_memory;
};

static const char *
result_text(const struct certs_selfcheck_item *item)
{
	switch (item->result) {
	case SHAKEN_SKIPPED: return "skipped";
	case SHAKEN_PASS: return "pass";
	case SHAKEN_FAIL: return shaken_severity_name(item->severity);
	}
	return "skipped";
}

static void
on_item(void *arg, const struct certs_selfcheck_item *item)
{
	struct check *c = arg;
	bool failed = item->result == SHAKEN_FAIL;
	char text[512];

	c->failed = c->failed || failed;
	if (c->out == NULL) {
		if (json_array_append_new(c->list, json_pack(
		    "{s:s, s:s, s:s, s:s, s:s?}", "check", item->name,
		    "result", result_text(item), "detail", item->detail,
		    "rule", item->rule, "hint", failed ? item->hint :
		    NULL)) != 0)
			c->no_memory = true;
		return;
	}
	snprintf(text, sizeof(text), "%s%s(%s)", item->detail,
	    item->detail[0] == '\0' ? "" : " ", item->rule);
	fprintf(c->out, "%-7s  %-15s  ", result_text(item), item->name);
	cli_put_wrapped(c->out, text, 26);
	if (failed) {
		snprintf(text, sizeof(text), "hint: %s", item->hint);
		fprintf(c->out, "%26s", "");
		cli_put_wrapped(c->out, text, 26);
	}
}

static void
on_answer(void *arg, const struct certs_fetch_res *res)
{
	struct check *c = arg;

	/* what the rules forbid is told by the check of the URL's form */
	c->in.answer = res;
	c->err = certs_selfcheck(&c->in, on_item, c, &c->diag);
}

static enum cli_status
check_usage(const struct check_opts *o, size_t n_args)
{
	if (n_args != 0)
		return cli_cannot("cert check takes options only: see 'shaken "
		    "help cert check'");
	if (o->key == NULL)
		return cli_cannot("--key is missing: give the private key");
	if (o->cert == NULL)
		return cli_cannot("--cert is missing: give the certificate "
		    "chain");
	if (o->x5u == NULL || o->x5u[0] == '\0')
		return cli_cannot("--x5u is missing: give the URL of the "
		    "chain");
	if (o->days.given && (o->days.v < 1 || o->days.v > DAYS_MAX))
		return cli_cannot("--days %lld: give 1 to %d",
		    (long long)o->days.v, DAYS_MAX);
	return CLI_OK;
}

static enum cli_status
cannot_check(const struct check *c)
{
	const char *why = cli_why(c->err, &c->diag);

	if (c->err == SHAKEN_E_KEY)
		return cli_cannot("--key %s: %s", c->o->key, why);
	if (c->err == SHAKEN_E_CERT || c->err == SHAKEN_E_SECRET ||
	    c->err == SHAKEN_E_LIMIT)
		return cli_cannot("--cert %s: %s", c->o->cert, why);
	return cli_cannot("not checked: %s", why);
}

static enum cli_status
check(struct check *c)
{
	struct cli_rules rules;
	enum cli_status st;

	st = cli_rules(&c->o->net, &rules);
	if (st != CLI_OK)
		return st;
	if (c->o->no_fetch)
		c->err = certs_selfcheck(&c->in, on_item, c, &c->diag);
	else
		st = cli_fetch(&rules, c->o->x5u, on_answer, c);
	if (st != CLI_OK)
		return st;
	return c->err == SHAKEN_OK ? CLI_OK : cannot_check(c);
}

static enum cli_status
run(const void *opts, char *const *args, size_t n_args, FILE *out)
{
	const struct check_opts *o = opts;
	struct check c = { .o = o, .out = o->json ? NULL : out,
		.list = o->json ? json_array() : NULL };
	struct cli_text key = { 0 }, chain = { 0 };
	struct shaken_trust *trust = NULL;
	enum cli_status st;

	(void)args;
	st = check_usage(o, n_args);
	if (st == CLI_OK)
		st = cli_read("--key", o->key, KEY_MAX, &key);
	if (st == CLI_OK && key.n == 0)
		st = cli_cannot("--key %s: it is empty", o->key);
	if (st == CLI_OK)
		st = cli_read("--cert", o->cert, SHAKEN_PEM_MAX, &chain);
	if (st == CLI_OK && o->trust.n > 0)
		st = cli_load_roots(&o->trust, &trust);
	c.in = (struct certs_selfcheck){ .size = sizeof(c.in),
		.key = cli_sv(&key), .chain = cli_sv(&chain),
		.x5u = shaken_sv_cstr(o->x5u), .trust = trust,
		.now = o->at.given ? o->at.v : (int64_t)time(NULL),
		.horizon_s = o->days.v * 86400 };
	if (st == CLI_OK)
		st = check(&c);
	if (st == CLI_OK && o->json)
		st = cli_put_json(out, c.no_memory ? NULL :
		    json_pack("{s:b, s:O}", "ok", (int)!c.failed, "checks",
		    c.list));
	json_decref(c.list);
	shaken_trust_free(&trust);
	cli_text_free(&chain);
	cli_text_free(&key);
	return st == CLI_OK && c.failed ? CLI_NO : st;
}

const struct cli_cmd cli_cert_check = {
	.name = "cert check",
	.synopsis = "--key FILE --cert FILE --x5u URL [OPTION...]",
	.summary = "Check that calls signed with a key will verify elsewhere.",
	.notes = "Looks at the key, its certificate, and what the URL serves. "
	    "Exit status 1 tells that a check failed: an error means that "
	    "calls will not verify, a warning that something is to be done "
	    "soon.",
	.opts = options,
	.opts_size = sizeof(struct check_opts),
	.run = run,
};
