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
#include "policy.h"
#include "report.h"

#define STDIN_MAX (1024 * 1024)	/* 32 values of 20 KiB, and blanks */

struct verify_opts {
	struct cli_policy	 policy;
	struct cli_list		 dest;
	const char		*cert, *store, *orig, *target, *style;
	struct cli_net		 net;
	struct cli_number	 at, date;
	bool			 explain, json, no_fetch;
};

#define AT(member) offsetof(struct verify_opts, member)
static const struct cli_opt opts[] = {
	CLI_POLICY_OPTS(AT(policy)),
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
	{ "at", "SECONDS", CLI_NUMBER, AT(at),
	    "verify as of this time since 1970-01-01 UTC; default now" },
	{ "date", "SECONDS", CLI_NUMBER, AT(date),
	    "time in the call's Date field" },
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

/* -- the call ----------------------------------------------------------- */

struct call {
	struct cli_text		 input;	/* stdin, where "-" is given */
	struct cli_values	 values;
	struct shaken_id	 orig, target;
	struct cli_ids		 dest;
};

static enum cli_status
check(const struct verify_opts *o, size_t n_args)
{
	if (o->policy.trust.n > 0 && n_args == 0)
		return cli_cannot("no Identity value given: give one, or '-' "
		    "to read them from stdin");
	if (o->cert != NULL && o->store != NULL)
		return cli_cannot("--cert and --store: give one of them");
	if (!cli_one_of(o->style, "plain", "suffixed"))
		return cli_cannot("--verstat-style %s: give plain or suffixed",
		    o->style);
	if (o->date.given && o->date.v == 0)
		return cli_cannot("--date 0: give seconds since 1970-01-01");
	return cli_policy_check(&o->policy);
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
		st = cli_parse_id("--orig", o->orig, o->policy.country,
		    &call->orig);
	if (st == CLI_OK && o->target != NULL)
		st = cli_parse_id("--target", o->target, o->policy.country,
		    &call->target);
	if (st == CLI_OK)
		st = cli_parse_ids("--dest", &o->dest, o->policy.country,
		    &call->dest);
	return st;
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
	if (o->policy.accept_http)
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
	struct shaken_verify_opts vopts = cli_policy_opts(&o->policy,
	    o->at.given ? o->at.v : (int64_t)time(NULL));

	vopts.flags |= (lab ? SHAKEN_ACCEPT_HTTP : 0u) |
	    (o->explain ? SHAKEN_EXPLAIN : 0u);
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
	struct cli_report r = { .style = o->style, .explain = o->explain };
	struct call call = { 0 };
	struct job j = { .o = o, .call = &call };
	enum cli_status st;

	st = check(o, n_args);
	if (st == CLI_OK)
		st = gather(o, args, n_args, &call);
	if (st == CLI_OK)
		st = cli_policy_trust(&o->policy, &j.trust);
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
		st = cli_put_json(out, cli_report_json(&r));
	else
		cli_report_text(&r, out);
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
