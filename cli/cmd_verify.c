/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_verify.c - shaken verify: Identity values in, a verdict out.
 *
 * The chains come from --cert, from a store, or are fetched: those of one call
 * side by side, within one deadline.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <shakencerts/store.h>

#include "net.h"

#define STDIN_MAX (1024 * 1024)	/* 32 values of 20 KiB, and blanks */

struct verify_opts {
	struct cli_list		 trust, crl, crl_trust, dest, policies;
	const char		*cert, *store, *orig, *target, *country,
				*crl_policy, *style;
	struct cli_net		 net;
	struct cli_number	 at, date, freshness, diverted;
	bool			 explain, json, require_identity, no_fetch;
	bool			 accept_base, accept_padding;
	bool			 accept_dest_string, accept_http;
};

#define AT(member) offsetof(struct verify_opts, member)
static const struct cli_opt opts[] = {
	{ "trust", "FILE", CLI_LIST, AT(trust),
	    "STI-CA roots: a PEM file, or a directory of *.pem; may be given "
	    "again" },
	{ "cert", "FILE", CLI_STRING, AT(cert),
	    "the signer's certificate chain, PEM, leaf first; default: what "
	    "x5u serves" },
	{ "store", "DIR", CLI_STRING, AT(store),
	    "directory in which fetched chains are kept, see 'shaken help "
	    "cache'; default: they are not" },
	{ "no-fetch", NULL, CLI_FLAG, AT(no_fetch),
	    "fetch nothing: chains come from --cert or --store only" },
	CLI_NET_OPTS(AT(net)),
	{ "orig", "ID", CLI_STRING, AT(orig),
	    "calling number or URI of the call; not compared when not given" },
	{ "dest", "ID", CLI_LIST, AT(dest),
	    "called number or URI of the call, any may match; not compared "
	    "when not given" },
	{ "target", "ID", CLI_STRING, AT(target),
	    "where the call goes, its Request-URI: diversions must lead there; "
	    "not known when not given, then none may fail" },
	{ "country", "CODE", CLI_STRING, AT(country),
	    "country code that national numbers get, like 1 or 44" },
	{ "at", "SECONDS", CLI_NUMBER, AT(at),
	    "verify as of this time since 1970-01-01 UTC; default now" },
	{ "date", "SECONDS", CLI_NUMBER, AT(date),
	    "time in the call's Date field" },
	{ "freshness", "SECONDS", CLI_NUMBER, AT(freshness),
	    "how far iat and Date may be off; default 60" },
	{ "diverted-freshness", "SECONDS", CLI_NUMBER, AT(diverted),
	    "how old a token may be that was diverted; default as the others" },
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

/* -- what the options name ---------------------------------------------- */

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
	enum cli_status st;
	enum shaken_err err;

	err = shaken_trust_new(&topts, out);
	if (err == SHAKEN_E_ARG)
		return cli_cannot("--require-policy: give OIDs like "
		    "2.16.840.1.114569.1.1.4");
	if (err != SHAKEN_OK)
		return cli_cannot("trust: %s", shaken_strerror((int)err));
	st = cli_add_anchors(*out, &o->trust);
	if (st == CLI_OK)
		st = cli_add_crl_anchors(*out, &o->crl_trust);
	if (st == CLI_OK)
		st = cli_add_crls(*out, &o->crl);
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
	struct shaken_sv x5u = { NULL, 0 }, ppt = { NULL, 0 };
	char verstat[64], ecase[8];
	json_t *obj;

	if (p != NULL) {
		x5u = shaken_passport_x5u(p);
		ppt = shaken_passport_ppt(p);
	}
	snprintf(ecase, sizeof(ecase), "E%d", (int)d->ecase);
	obj = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
	    "s:s?, s:o, s:s?, s:o}", "verstat", verstat_text(r, d, verstat),
	    "ppt", cli_json(ppt),
	    "attest", cli_json(attest),
	    "origid", cli_json(shaken_sv_cstr(d->origid)),
	    "orig", cli_json_id(p == NULL ? NULL : shaken_passport_orig(p)),
	    "dest", dest_json(p),
	    "div", cli_json_id(p == NULL ? NULL : shaken_passport_div(p)),
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

/* "value 2 of 3, div: TN-Validation-Passed" */
static void
put_value(const struct report *r, const struct shaken_verdict *d, size_t i,
    size_t n)
{
	const struct shaken_passport *p = passport_of(r, i);
	char verstat[64];

	fprintf(r->out, "\nvalue %zu of %zu", i + 1, n);
	if (p != NULL && shaken_passport_ppt(p).n > 0) {
		fputs(", ", r->out);
		cli_put(r->out, shaken_passport_ppt(p));
	}
	fprintf(r->out, ": %s%s%s\n", verstat_text(r, d, verstat),
	    d->detail.text[0] == '\0' ? "" : ": ", d->detail.text);
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
			put_value(r, one, i, n);
		if (r->o->explain)
			put_checks(r, i);
	}
}

/* -- the call ----------------------------------------------------------- */

struct call {
	struct cli_text		 input;	/* stdin, where "-" is given */
	struct cli_values	 values;
	struct shaken_id	 orig, target;
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
	if (o->cert != NULL && o->store != NULL)
		return cli_cannot("--cert and --store: give one of them");
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
	if (st == CLI_OK && o->target != NULL)
		st = cli_parse_id("--target", o->target, o->country,
		    &call->target);
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

/* -- chains ------------------------------------------------------------- */

struct job {
	const struct verify_opts *o;
	const struct call	*call;
	struct shaken_call	 vcall;	/* borrows from call */
	struct shaken_trust	*trust;	/* owned, as all pointers from here on */
	struct shaken_chain	*chain;	/* of --cert; NULL: not given */
	struct certs_cache	*cache;	/* NULL: nothing is fetched */
	struct cli_gets		 gets;
	bool			 has_gets;
	struct cli_get		*get, *again; /* n each, one for each value */
	size_t			 n;
	struct shaken_verify	*v;
};

static enum cli_status
open_cache(struct job *j)
{
	const struct verify_opts *o = j->o;
	struct certs_cache_opts copts = { .size = sizeof(copts),
		.store_dir = o->store };
	struct shaken_diag diag = { "" };
	struct cli_rules rules;
	enum cli_status st;
	enum shaken_err err;

	st = cli_rules(&o->net, &rules);
	if (st != CLI_OK || o->cert != NULL || o->no_fetch)
		return st;
	copts.fetch = rules.fetch;
	if (o->accept_http)
		copts.fetch.allow_http = copts.fetch.any_port = true;
	err = certs_cache_new(&copts, &j->cache, &diag);
	if (err != SHAKEN_OK)
		return cli_cannot("%s", cli_why(err, &diag));
	j->has_gets = cli_gets_init(&j->gets, j->cache, j->trust,
	    rules.fetch.total_ms);
	return j->has_gets ? CLI_OK : cli_cannot("out of memory");
}

static void
free_gets(struct cli_get *get, size_t n)
{
	for (size_t i = 0; get != NULL && i < n; i++)
		shaken_chain_free(&get[i].chain);
	free(get);
}

static void
free_job(struct job *j)
{
	shaken_verify_free(&j->v);
	certs_cache_free(&j->cache);	/* no callback comes after that */
	if (j->has_gets)
		cli_gets_clear(&j->gets);
	free_gets(j->get, j->n);
	free_gets(j->again, j->n);
	shaken_chain_free(&j->chain);
	shaken_trust_free(&j->trust);
}

/* What is kept of a URL that is wanted. */
static bool
on_stored(void *arg, const struct certs_stored *in)
{
	struct job *j = arg;

	for (size_t i = 0; i < j->n; i++) {
		struct cli_get *one = &j->get[i];

		if (one->chain == NULL && strlen(in->url) == one->url.n &&
		    memcmp(in->url, one->url.p, one->url.n) == 0 &&
		    shaken_chain_new(j->trust, in->pem, &one->chain,
		    &one->why) != SHAKEN_OK)
			one->chain = NULL;
	}
	return true;
}

/* Without the network: only what lies in the store. */
static enum cli_status
look_up(struct job *j)
{
	struct certs_store *store;
	struct shaken_diag diag = { "" };
	enum shaken_err err;

	for (size_t i = 0; i < j->n; i++)
		snprintf(j->get[i].why.text, sizeof(j->get[i].why.text),
		    j->o->store == NULL ? "nothing is fetched with --no-fetch: "
		    "give the chain with --cert" : "it is not in the store, and "
		    "nothing is fetched with --no-fetch");
	if (j->o->store == NULL)
		return CLI_OK;
	err = certs_store_open(j->o->store, &store, &diag);
	if (err == SHAKEN_OK)
		err = certs_store_each(store, on_stored, j, NULL);
	certs_store_close(&store);
	return err == SHAKEN_OK ? CLI_OK : cli_cannot("--store %s",
	    cli_why(err, &diag));
}

static enum cli_status
get_chains(struct job *j)
{
	j->n = shaken_verify_n(j->v);
	if (j->n == 0 || j->chain != NULL)
		return CLI_OK;
	j->get = calloc(j->n, sizeof(*j->get));
	j->again = calloc(j->n, sizeof(*j->again));
	if (j->get == NULL || j->again == NULL)
		return cli_cannot("out of memory");
	for (size_t i = 0; i < j->n; i++)
		j->get[i].url = shaken_verify_x5u(j->v, i);
	if (j->cache == NULL)
		return look_up(j);
	for (size_t i = 0; i < j->n; i++)
		if (j->get[i].url.n > 0)
			cli_gets_start(&j->gets, &j->get[i]);
	cli_gets_wait(&j->gets, 0);
	return CLI_OK;
}

/* Chains that were kept and did not verify their signature may have been
 * replaced behind their URL since: fetch them anew, once.  True: some came. */
static bool
get_again(struct job *j)
{
	bool any = false;

	if (j->cache == NULL || shaken_verify_verdict(j->v)->verstat ==
	    SHAKEN_TN_VALIDATION_PASSED)
		return false;
	for (size_t i = 0; i < j->n; i++) {
		j->again[i].url = j->get[i].url;
		if (j->get[i].was_hit && shaken_verify_verdict_of(j->v,
		    i)->ecase == SHAKEN_E18)
			(void)cli_gets_again(&j->gets, &j->again[i]);
	}
	cli_gets_wait(&j->gets, 0);
	for (size_t i = 0; i < j->n; i++) {
		if (j->again[i].chain == NULL)
			continue;
		shaken_chain_free(&j->get[i].chain);
		j->get[i].chain = j->again[i].chain;
		j->again[i].chain = NULL;
		any = true;
	}
	return any;
}

/* -- the verdict -------------------------------------------------------- */

static enum shaken_err
begin(struct job *j)
{
	const struct verify_opts *o = j->o;
	const struct call *call = j->call;
	/* a URL that a lab's rules let through is the fetcher's to judge */
	bool lab = o->cert == NULL && cli_is_lab(&o->net);
	struct shaken_verify_opts vopts = {
		.size = sizeof(vopts),
		.now = o->at.given ? o->at.v : (int64_t)time(NULL),
		.freshness_s = o->freshness.v,
		.flags = flags(o) | (lab ? SHAKEN_ACCEPT_HTTP : 0u),
		.country = o->country,
		.diverted_freshness_s = o->diverted.v,
	};

	j->vcall = (struct shaken_call){
		.size = sizeof(j->vcall),
		.identity = call->values.v,
		.n_identity = call->values.n,
		.orig = o->orig == NULL ? NULL : &call->orig,
		.dest = call->dest.v,
		.n_dest = call->dest.n,
		.date = o->date.v,
		.target = o->target == NULL ? NULL : &call->target,
	};
	shaken_verify_free(&j->v);
	return shaken_verify_begin(j->trust, &j->vcall, &vopts, &j->v);
}

static enum shaken_err
finish(struct job *j)
{
	for (size_t i = 0; i < shaken_verify_n(j->v); i++) {
		struct shaken_chain *chain = j->chain != NULL ? j->chain :
		    j->get[i].chain;

		if (shaken_verify_x5u(j->v, i).n == 0)
			continue;
		if (chain != NULL)
			shaken_verify_chain(j->v, i, chain);
		else
			shaken_verify_no_chain(j->v, i, j->get[i].why.text);
	}
	return shaken_verify_finish(j->v);
}

static enum cli_status
decide(struct job *j)
{
	enum cli_status st;
	enum shaken_err err;

	err = begin(j);
	if (err == SHAKEN_OK) {
		st = get_chains(j);
		if (st != CLI_OK)
			return st;
		err = finish(j);
	}
	if (err == SHAKEN_OK && get_again(j)) {
		err = begin(j);
		if (err == SHAKEN_OK)
			err = finish(j);
	}
	return err == SHAKEN_OK ? CLI_OK : cli_cannot("not decided: %s",
	    shaken_strerror((int)err));
}

static enum cli_status
run(const void *options, char *const *args, size_t n_args, FILE *out)
{
	const struct verify_opts *o = options;
	struct report r = { .o = o, .out = out };
	struct call call = { 0 };
	struct job j = { .o = o, .call = &call };
	enum cli_status st;

	st = check(o, n_args);
	if (st == CLI_OK)
		st = gather(o, args, n_args, &call);
	if (st == CLI_OK)
		st = load_trust(o, &j.trust);
	if (st == CLI_OK)
		st = load_chain(o->cert, j.trust, &j.chain);
	if (st == CLI_OK)
		st = open_cache(&j);
	if (st == CLI_OK)
		st = decide(&j);
	if (st != CLI_OK)
		goto out;
	r.v = j.v;
	if (o->json)
		st = put_json(&r);
	else
		put_text(&r);
	if (st == CLI_OK && shaken_verify_verdict(j.v)->verstat !=
	    SHAKEN_TN_VALIDATION_PASSED)
		st = CLI_NO;
out:
	free_job(&j);
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
	    "Without --cert the chain of each is fetched from its x5u.",
	.opts = opts,
	.opts_size = sizeof(struct verify_opts),
	.run = run,
};
