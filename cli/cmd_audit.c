/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_audit.c - shaken audit, many calls at once; shaken evidence verify. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "report.h"
#include "run.h"

#define THREADS_MAX 256

struct audit_opts {
	struct cli_policy	 policy;
	const char		*certs, *store, *html, *evidence, *call_id,
				*request_uri;
	struct cli_net		 net;
	struct cli_number	 at, threads;
	bool			 at_capture, json, csv, summary, fetch,
				 evidence_all, explain;
};

#define AT(member) offsetof(struct audit_opts, member)
static const struct cli_opt opts[] = {
	CLI_POLICY_OPTS(AT(policy)),
	{ "certs", "DIR", CLI_STRING, AT(certs),
	    "directory of chains: named by its file 'urls', by SHA-256 of the "
	    "URL and .pem, as HOST/PATH, or by the end of the path" },
	{ "store", "DIR", CLI_STRING, AT(store),
	    "chains of a cache, see 'shaken help cache'" },
	{ "fetch", NULL, CLI_FLAG, AT(fetch),
	    "fetch chains that are not at hand" },
	CLI_NET_OPTS(AT(net)),
	{ "at", "SECONDS", CLI_NUMBER, AT(at),
	    "judge all calls as of this time; default: as of when each was "
	    "made" },
	{ "at-capture", NULL, CLI_FLAG, AT(at_capture),
	    "judge by the clock of the capture, and nothing else" },
	{ "request-uri", "diverted|always|never", CLI_STRING,
	    AT(request_uri), "which calls must lead to their Request-URI: "
	    "those with a div (default), all, or none" },
	{ "json", NULL, CLI_FLAG, AT(json), "a JSON object a line" },
	{ "csv", NULL, CLI_FLAG, AT(csv), "CSV, without a summary" },
	{ "summary", NULL, CLI_FLAG, AT(summary),
	    "the summary alone, no line a call" },
	{ "html", "FILE", CLI_STRING, AT(html),
	    "write the summary as a page, in place of an older one" },
	{ "evidence", "DIR", CLI_STRING, AT(evidence),
	    "keep for each call that failed what its verdict stands on" },
	{ "evidence-all", NULL, CLI_FLAG, AT(evidence_all),
	    "for each call, not only those that failed" },
	{ "explain", NULL, CLI_FLAG, AT(explain),
	    "print every check of the call of --call-id" },
	{ "call-id", "ID", CLI_STRING, AT(call_id),
	    "the call to explain" },
	{ "threads", "N", CLI_NUMBER, AT(threads),
	    "so many threads judge, up to 256; default one a processor" },
	{ 0 },
};
#undef AT

static bool
read_request_uri(const char *text, enum audit_uri *out)
{
	static const char *const names[] = { "diverted", "always", "never" };

	*out = AUDIT_URI_DIVERTED;
	if (text == NULL)
		return true;
	for (int i = AUDIT_URI_DIVERTED; i <= AUDIT_URI_NEVER; i++)
		if (strcmp(text, names[i]) == 0) {
			*out = (enum audit_uri)i;
			return true;
		}
	return false;
}

static enum cli_status
check(const struct audit_opts *o, size_t n_args)
{
	if (o->policy.trust.n > 0 && n_args == 0)
		return cli_cannot("no file given: give captures, texts of SIP "
		    "messages or of JSON lines, or '-'");
	if (o->at.given && o->at_capture)
		return cli_cannot("--at and --at-capture: give one of them");
	if (o->csv && (o->json || o->summary))
		return cli_cannot("--csv and --%s: give one of them",
		    o->json ? "json" : "summary");
	if (o->explain != (o->call_id != NULL))
		return cli_cannot("--explain and --call-id: give both, or "
		    "none");
	if (o->explain && (o->csv || o->summary || o->html != NULL ||
	    o->evidence != NULL))
		return cli_cannot("--explain: give it without --csv, "
		    "--summary, --html and --evidence");
	if (o->evidence_all && o->evidence == NULL)
		return cli_cannot("--evidence-all: give --evidence too");
	if (o->threads.given && (o->threads.v < 1 ||
	    o->threads.v > THREADS_MAX))
		return cli_cannot("--threads %lld: give 1 to %d",
		    (long long)o->threads.v, THREADS_MAX);
	return cli_policy_check(&o->policy);
}

struct audit {			/* all that is shared; owned */
	struct cli_rules	 rules;
	struct shaken_trust	*trust;
	struct audit_book	*book;
	struct audit_evidence	 evidence;
	struct audit_tally	*tally;
};

static enum cli_status
open_all(const struct audit_opts *o, struct audit *a)
{
	struct audit_book_opts bopts = { .dir = o->certs, .store = o->store,
		.rules = o->fetch ? &a->rules : NULL };
	enum cli_status st;

	a->tally = calloc(1, sizeof(*a->tally));
	if (a->tally == NULL)
		return cli_cannot("out of memory");
	st = cli_rules(&o->net, &a->rules);
	if (st == CLI_OK && o->policy.accept_http)
		a->rules.fetch.allow_http = a->rules.fetch.any_port = true;
	if (st == CLI_OK)
		st = cli_policy_trust(&o->policy, &a->trust);
	if (st == CLI_OK)
		st = audit_book_open(&bopts, a->trust, &a->book);
	if (st == CLI_OK && o->evidence != NULL)
		st = audit_evidence_open(o->evidence, &o->policy,
		    &a->evidence);
	a->evidence.all = o->evidence_all;
	return st;
}

static enum cli_status
put_summary(const struct audit_opts *o, struct audit_tally *t, FILE *out)
{
	struct audit_buf b = { 0 };
	enum cli_status st = CLI_OK;

	audit_tally_sort(t);
	if (o->json) {
		audit_tally_json(t, &b);
	} else if (!o->csv) {
		audit_put(&b, o->summary ? "" : "\n");
		audit_tally_text(t, &b);
	}
	if (b.failed)
		st = cli_cannot("out of memory");
	else if (b.n > 0 && fwrite(b.p, 1, b.n, out) != b.n)
		st = cli_cannot("stdout: %s", strerrordesc_np(errno));
	b.n = 0;
	if (st == CLI_OK && o->html != NULL) {
		audit_tally_html(t, &b);
		audit_put_n(&b, "", 1);
		st = b.failed ? cli_cannot("out of memory") :
		    cli_write(o->html, b.p, false, true);
	}
	audit_buf_free(&b);
	return st;
}

static size_t
threads(const struct audit_opts *o)
{
	long n = o->threads.given ? (long)o->threads.v :
	    sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > THREADS_MAX ? THREADS_MAX : (size_t)n;
}

static enum cli_status
run(const void *options, char *const *args, size_t n_args, FILE *out)
{
	const struct audit_opts *o = options;
	struct audit a = { 0 };
	struct audit_conf conf = { .policy = &o->policy,
		.clock = o->at.given ? AUDIT_CLOCK_FIXED : o->at_capture ?
		    AUDIT_CLOCK_CAPTURE : AUDIT_CLOCK_CALL,
		.now = o->at.given ? o->at.v : (int64_t)time(NULL),
		.flags = o->fetch && cli_is_lab(&o->net) ? SHAKEN_ACCEPT_HTTP :
		    0u };
	struct audit_run_opts ropts = { .conf = &conf,
		.format = o->csv ? AUDIT_CSV : o->summary ? AUDIT_SILENT :
		    o->json ? AUDIT_JSON_LINES : AUDIT_TEXT,
		.threads = threads(o), .only = o->call_id,
		.explain_json = o->json, .progress = isatty(2) == 1,
		.files = args, .n_files = n_args };
	enum cli_status st, told = CLI_OK;

	st = check(o, n_args);
	if (st == CLI_OK && !read_request_uri(o->request_uri,
	    &conf.request_uri))
		st = cli_cannot("--request-uri %s: give diverted, always or "
		    "never", o->request_uri);
	if (st == CLI_OK)
		st = open_all(o, &a);
	if (st == CLI_OK) {
		conf.trust = a.trust;
		conf.book = a.book;
		ropts.evidence = o->evidence == NULL ? NULL : &a.evidence;
		st = audit_run(&ropts, out, a.tally);
		if (st != CLI_CANNOT && !o->explain)
			told = put_summary(o, a.tally, out);
		if (st != CLI_CANNOT && told == CLI_OK &&
		    a.tally->interrupted)
			told = cli_cannot("interrupted: there is more");
	}
	audit_evidence_close(&a.evidence);
	audit_book_close(&a.book);
	shaken_trust_free(&a.trust);
	if (a.tally != NULL)
		audit_tally_clear(a.tally);
	free(a.tally);
	return told == CLI_OK ? st : told;
}

const struct cli_cmd cli_audit = {
	.name = "audit",
	.synopsis = "--trust FILE [OPTION...] FILE...|-",
	.summary = "Verify the calls of captures, SIP texts or JSON lines.",
	.notes = "FILE is pcap or pcapng, text of SIP messages, or lines of "
	    "{\"identity\", \"orig\", \"dest\", \"target\", \"time\", "
	    "\"call_id\"}; gzip'd or not. One record a call, then a summary. Exit status 1: some "
	    "call is not verified; 2 also after Ctrl-C, with what was done so "
	    "far.",
	.opts = opts,
	.opts_size = sizeof(struct audit_opts),
	.run = run,
	.streams = true,
};

/* -- evidence ----------------------------------------------------------- */

struct evidence_opts {
	struct cli_policy	 policy; /* its trust and CRLs */
	bool			 json;
};

#define AT(member) offsetof(struct evidence_opts, member)
static const struct cli_opt evidence_options[] = {
	{ "trust", "FILE", CLI_LIST, AT(policy.trust),
	    "STI-CA roots in place of those beside the evidence: a PEM file, "
	    "or a directory of *.pem; may be given again" },
	{ "crl", "FILE", CLI_LIST, AT(policy.crl),
	    "certificate revocation list, with --trust; may be given again" },
	{ "crl-trust", "FILE", CLI_LIST, AT(policy.crl_trust),
	    "roots of CRL signers, with --trust" },
	{ "json", NULL, CLI_FLAG, AT(json), "print an object" },
	{ 0 },
};
#undef AT

static enum cli_status
run_evidence(const void *options, char *const *args, size_t n_args, FILE *out)
{
	const struct evidence_opts *o = options;
	json_t *then, *now;
	enum cli_status st;
	bool same;

	if (n_args != 1)
		return cli_cannot("give one file of evidence");
	if (o->policy.trust.n == 0 && o->policy.crl.n +
	    o->policy.crl_trust.n > 0)
		return cli_cannot("--trust is missing: CRLs go with roots");
	st = audit_evidence_verify(args[0], &o->policy, &then, &now);
	if (st == CLI_OK) {
		same = audit_evidence_same(then, now);
		if (o->json) {
			st = cli_put_json(out, json_pack("{s:b, s:O, s:O}",
			    "same", (int)same, "then", then, "now", now));
		} else {
			fprintf(out, "%s\nthen  ", same ? "same" : "differs");
			cli_put(out, shaken_sv_cstr(json_string_value(
			    json_object_get(then, "verstat"))));
			fprintf(out, "\nnow   %s\n", json_string_value(
			    json_object_get(now, "verstat")));
		}
		if (st == CLI_OK && !same)
			st = CLI_NO;
	}
	json_decref(then);
	json_decref(now);
	return st;
}

const struct cli_cmd cli_evidence = {
	.name = "evidence verify",
	.synopsis = "[OPTION...] FILE",
	.summary = "Judge a call again by the evidence of an audit.",
	.notes = "Nothing is fetched, and the clock is that of the audit. "
	    "Exit status 0: it comes out the same; 1: it differs.",
	.opts = evidence_options,
	.opts_size = sizeof(struct evidence_opts),
	.run = run_evidence,
};
