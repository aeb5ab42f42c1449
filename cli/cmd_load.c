/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_load.c - shaken cache import and prefetch: chains into a store, ahead of
 * the calls that need them.
 *
 * A list has a URL a line; import also wants the file of its chain after it.
 * Blank lines and those that start with # are left out.  One that is refused
 * does not keep the others out.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "cache.h"
#include "net.h"

#define LIST_MAX (8 * 1024 * 1024)
#define ROWS_MAX 32768
#define DAYS 7			/* a cache uses a chain no longer than that */
#define DAY INT64_C(86400)
/* Fetches asked for at once: few enough that none runs out of time in the queue
 * of one host, which answers four at a time. */
#define PARALLEL 32
#define BATCH 256		/* chains that are held until they are judged */

enum outcome { REFUSED, KEPT, LOADED };

struct row {
	struct cli_get		 get;	/* its url borrows from the list */
	struct shaken_sv	 file;	/* n 0: none; borrows from the list */
	enum outcome		 outcome;
	struct shaken_diag	 why;	/* it was refused */
	bool			 on_disk;
};

struct rows {
	struct row	*v;	/* owned; does not move once it is read */
	size_t		 n, cap;
};

/* -- lists -------------------------------------------------------------- */

static struct shaken_sv
take(struct shaken_sv *in, const char *stop)
{
	struct shaken_sv head = { in->p, 0 };

	while (head.n < in->n && (head.p[head.n] == '\0' ||
	    strchr(stop, head.p[head.n]) == NULL))
		head.n++;
	in->p += head.n;
	in->n -= head.n;
	return head;
}

static void
skip(struct shaken_sv *in, const char *chars)
{
	while (in->n > 0 && in->p[0] != '\0' &&
	    strchr(chars, in->p[0]) != NULL) {
		in->p++;
		in->n--;
	}
}

static bool
add_row(struct rows *rows, struct shaken_sv url, struct shaken_sv file)
{
	size_t cap = rows->cap == 0 ? 64 : rows->cap * 2;
	struct row *v = rows->v;

	if (rows->n == rows->cap) {
		v = reallocarray(v, cap, sizeof(*v));
		if (v == NULL)
			return false;
		rows->v = v;
		rows->cap = cap;
	}
	v[rows->n++] = (struct row){ .get = { .url = url }, .file = file };
	return true;
}

static enum cli_status
parse_list(const char *path, struct shaken_sv text, bool files,
    struct rows *rows)
{
	for (size_t line = 1; text.n > 0; line++) {
		struct shaken_sv in = take(&text, "\n"), url, file;

		if (text.n > 0) {	/* the end of the line */
			text.p++;
			text.n--;
		}
		skip(&in, " \t\r");
		url = take(&in, " \t\r");
		skip(&in, " \t\r");
		file = take(&in, "\r");
		if (url.n == 0 || url.p[0] == '#')
			continue;
		if (files && file.n == 0)
			return cli_cannot("%s: line %zu: give a URL and a "
			    "file", path, line);
		if (rows->n == ROWS_MAX)
			return cli_cannot("%s: more than %d URLs", path,
			    ROWS_MAX);
		if (!add_row(rows, url, file))
			return cli_cannot("out of memory");
	}
	return rows->n > 0 ? CLI_OK : cli_cannot("%s: there is no URL in it",
	    path);
}

/* -- what came of it ---------------------------------------------------- */

static const char *
outcome_name(enum outcome o)
{
	switch (o) {
	case REFUSED: return "refused";
	case KEPT: return "kept";
	case LOADED: return "loaded";
	}
	return "refused";
}

static enum cli_status
put_json(const struct rows *rows, const size_t n[LOADED + 1], FILE *out)
{
	json_t *list = json_array();
	int bad = list == NULL;

	for (size_t i = 0; i < rows->n; i++) {
		const struct row *r = &rows->v[i];

		bad |= json_array_append_new(list, json_pack("{s:o, s:s, s:o}",
		    "url", cli_json(r->get.url),
		    "result", outcome_name(r->outcome), "detail",
		    cli_json(shaken_sv_cstr(r->why.text))));
	}
	if (bad != 0) {
		json_decref(list);
		list = NULL;
	}
	return cli_put_json(out, json_pack("{s:I, s:I, s:I, s:o}",
	    "loaded", (json_int_t)n[LOADED], "kept", (json_int_t)n[KEPT],
	    "refused", (json_int_t)n[REFUSED], "results", list));
}

static enum cli_status
put_rows(const struct rows *rows, bool json, FILE *out)
{
	size_t n[LOADED + 1] = { 0 };

	for (size_t i = 0; i < rows->n; i++)
		n[rows->v[i].outcome]++;
	if (json) {
		enum cli_status st = put_json(rows, n, out);

		return st == CLI_OK && n[REFUSED] > 0 ? CLI_NO : st;
	}
	for (size_t i = 0; i < rows->n; i++) {
		const struct row *r = &rows->v[i];

		if (r->outcome != REFUSED)
			continue;
		fputs("refused  ", out);
		cli_put(out, r->get.url);
		fputs(": ", out);
		cli_put(out, shaken_sv_cstr(r->why.text));
		putc('\n', out);
	}
	fprintf(out, "%zu loaded, %zu kept, %zu refused\n", n[LOADED], n[KEPT],
	    n[REFUSED]);
	return n[REFUSED] > 0 ? CLI_NO : CLI_OK;
}

static void
refuse(struct row *r, enum shaken_err err, const struct shaken_diag *diag)
{
	r->outcome = REFUSED;
	snprintf(r->why.text, sizeof(r->why.text), "%s", cli_why(err, diag));
}

/* -- import ------------------------------------------------------------- */

struct import_opts {
	const char		*store;
	struct cli_list		 trust;
	struct cli_number	 days;
	struct cli_net		 net;
	bool			 json;
};

#define AT(member) offsetof(struct import_opts, member)
static const struct cli_opt import_options[] = {
	{ "store", "DIR", CLI_STRING, AT(store),
	    "directory of the cache; it is made where it does not exist" },
	{ "trust", "FILE", CLI_LIST, AT(trust),
	    "STI-CA roots that chains must lead to: a PEM file, or a directory "
	    "of *.pem; may be given again" },
	{ "days", "N", CLI_NUMBER, AT(days),
	    "use the chains for so many days before asking their URL, 1 to 7; "
	    "default 7" },
	CLI_URL_OPTS(AT(net)),
	{ "json", NULL, CLI_FLAG, AT(json), "print an object" },
	{ 0 },
};
#undef AT

struct import {
	const struct import_opts *o;
	const char		*dir;	/* that files are named in */
	struct shaken_trust	*trust;	/* owned, as the following */
	struct certs_fetcher	*fetcher; /* for its rules, not to fetch */
	struct certs_store	*store;
	int64_t			 now;
};

/* As cli_read(), but what is wrong is the row's. */
static enum shaken_err
read_chain(const struct import *im, const struct row *r, char *buf, size_t cap,
    size_t *n, struct shaken_diag *diag)
{
	char path[PATH_MAX];
	FILE *f = NULL;

	*n = 0;
	if ((size_t)snprintf(path, sizeof(path), "%s%s%.*s",
	    r->file.p[0] == '/' ? "" : im->dir,
	    r->file.p[0] == '/' ? "" : "/", (int)r->file.n, r->file.p) <
	    sizeof(path))
		f = fopen(path, "re");
	if (f != NULL)
		*n = fread(buf, 1, cap, f);
	if (f == NULL || ferror(f) != 0 || *n == 0)
		snprintf(diag->text, sizeof(diag->text), "%.200s: cannot be "
		    "read, or is empty", path);
	if (f != NULL)
		fclose(f);
	return diag->text[0] == '\0' ? SHAKEN_OK : SHAKEN_E_SYNTAX;
}

/* Judge a chain, and keep it if it is good. */
static enum shaken_err
keep(const struct import *im, const struct row *r, struct shaken_sv pem,
    struct shaken_diag *diag)
{
	int64_t days = im->o->days.given ? im->o->days.v : DAYS, not_after;
	struct certs_stored in = { .size = sizeof(in), .fetched = im->now,
		.until = im->now + days * DAY, .pem = pem };
	struct shaken_chain *chain;
	enum shaken_err err;
	char *url;

	err = shaken_chain_new(im->trust, pem, &chain, diag);
	if (err != SHAKEN_OK)
		return err;
	not_after = shaken_cert_not_after(shaken_chain_cert(chain, 0));
	err = shaken_chain_check(chain, im->now, diag);
	shaken_chain_free(&chain);
	if (err != SHAKEN_OK)
		return err;
	url = strndup(r->get.url.p, r->get.url.n);
	if (url == NULL)
		return SHAKEN_E_NOMEM;
	in.url = url;
	if (in.until > not_after)
		in.until = not_after;
	err = certs_store_put(im->store, &in, diag);
	free(url);
	return err;
}

static void
import_row(const struct import *im, struct row *r, char *buf)
{
	struct shaken_diag diag = { "" };
	enum shaken_err err;
	size_t n;

	err = certs_fetcher_check(im->fetcher, r->get.url, &diag);
	if (err == SHAKEN_OK)
		err = read_chain(im, r, buf, SHAKEN_PEM_MAX + 1, &n, &diag);
	if (err == SHAKEN_OK)
		err = keep(im, r, (struct shaken_sv){ buf, n }, &diag);
	if (err == SHAKEN_OK)
		r->outcome = LOADED;
	else
		refuse(r, err, &diag);
}

static enum cli_status
import(struct import *im, struct rows *rows)
{
	struct shaken_diag diag = { "" };
	struct cli_rules rules;
	enum cli_status st;
	enum shaken_err err;
	char *buf;

	st = cli_rules(&im->o->net, &rules);
	if (st == CLI_OK)
		st = cli_load_roots(&im->o->trust, &im->trust);
	if (st == CLI_OK)
		st = cli_open_store(im->o->store, true, &im->store);
	if (st != CLI_OK)
		return st;
	err = certs_fetcher_new(&rules.fetch, &im->fetcher, &diag);
	buf = malloc(SHAKEN_PEM_MAX + 1);
	if (err != SHAKEN_OK || buf == NULL) {
		free(buf);
		return cli_cannot("%s", err == SHAKEN_OK ? "out of memory" :
		    cli_why(err, &diag));
	}
	for (size_t i = 0; i < rows->n; i++)
		import_row(im, &rows->v[i], buf);
	free(buf);
	return CLI_OK;
}

/* The list of LIST|DIR, and in *dir, for free(), what its files are in. */
static enum cli_status
read_list(const char *arg, struct cli_text *text, char **dir)
{
	char path[PATH_MAX];
	const char *slash;
	struct stat sb;

	if (stat(arg, &sb) == 0 && S_ISDIR(sb.st_mode)) {
		*dir = strdup(arg);
		if ((size_t)snprintf(path, sizeof(path), "%s/" CLI_URLS,
		    arg) >= sizeof(path))
			return cli_cannot("%s: the name is too long", arg);
	} else {
		slash = strrchr(arg, '/');
		*dir = slash == NULL ? strdup(".") : strndup(arg,
		    (size_t)(slash - arg) + (slash == arg));
		snprintf(path, sizeof(path), "%s", arg);
	}
	if (*dir == NULL)
		return cli_cannot("out of memory");
	return cli_read("", path, LIST_MAX, text);
}

static enum cli_status
check_load(const char *cmd, const struct cli_list *trust, size_t n_args)
{
	if (n_args != 1)
		return cli_cannot("cache %s takes one list: see 'shaken help "
		    "cache %s'", cmd, cmd);
	if (trust->n == 0)
		return cli_cannot("--trust is missing: give the STI-CA roots, "
		    "a PEM file or a directory");
	return CLI_OK;
}

static enum cli_status
run_import(const void *options, char *const *args, size_t n_args, FILE *out)
{
	const struct import_opts *o = options;
	struct import im = { .o = o, .now = (int64_t)time(NULL) };
	struct cli_text text = { 0 };
	struct rows rows = { 0 };
	enum cli_status st;
	char *dir = NULL;

	st = check_load("import", &o->trust, n_args);
	if (st == CLI_OK && o->days.given && (o->days.v < 1 ||
	    o->days.v > DAYS))
		st = cli_cannot("--days %lld: give 1 to %d",
		    (long long)o->days.v, DAYS);
	if (st == CLI_OK)
		st = read_list(args[0], &text, &dir);
	if (st == CLI_OK)
		st = parse_list(args[0], cli_sv(&text), true, &rows);
	im.dir = dir;
	if (st == CLI_OK)
		st = import(&im, &rows);
	if (st == CLI_OK)
		st = put_rows(&rows, o->json, out);
	certs_fetcher_free(&im.fetcher);
	certs_store_close(&im.store);
	shaken_trust_free(&im.trust);
	free(rows.v);
	free(dir);
	cli_text_free(&text);
	return st;
}

const struct cli_cmd cli_cache_import = {
	.name = "cache import",
	.synopsis = "--store DIR --trust FILE [OPTION...] LIST|DIR",
	.summary = "Put chains from PEM files into a cache.",
	.notes = "LIST has lines 'URL FILE', where FILE is relative to the "
	    "list; DIR stands for the list 'urls' in it, as 'shaken cache "
	    "export' makes it. Exit status 1 tells that some were refused.",
	.opts = import_options,
	.opts_size = sizeof(struct import_opts),
	.run = run_import,
};

/* -- prefetch ----------------------------------------------------------- */

struct prefetch_opts {
	const char	*store;
	struct cli_list	 trust;
	struct cli_net	 net;
	bool		 json;
};

#define AT(member) offsetof(struct prefetch_opts, member)
static const struct cli_opt prefetch_options[] = {
	{ "store", "DIR", CLI_STRING, AT(store),
	    "directory of the cache; it is made where it does not exist" },
	{ "trust", "FILE", CLI_LIST, AT(trust),
	    "STI-CA roots that chains must lead to: a PEM file, or a directory "
	    "of *.pem; may be given again" },
	CLI_NET_OPTS(AT(net)),
	{ "json", NULL, CLI_FLAG, AT(json), "print an object" },
	{ 0 },
};
#undef AT

/* A chain is stored when it is trusted; one that is not tells why. */
static void
judge(struct row *r, int64_t now)
{
	struct shaken_diag diag = r->get.why;
	enum shaken_err err = SHAKEN_E_CREDENTIAL;

	if (r->get.chain != NULL)
		err = shaken_chain_check(r->get.chain, now, &diag);
	if (err != SHAKEN_OK)
		refuse(r, err, &diag);
	else
		r->outcome = r->get.was_hit ? KEPT : LOADED;
	shaken_chain_free(&r->get.chain);
}

static void
fetch_all(struct rows *rows, struct cli_gets *gets)
{
	int64_t now = (int64_t)time(NULL);

	for (size_t from = 0, to; from < rows->n; from = to) {
		to = rows->n - from < BATCH ? rows->n : from + BATCH;
		for (size_t i = from; i < to; i++) {
			cli_gets_start(gets, &rows->v[i].get);
			cli_gets_wait(gets, PARALLEL - 1);
		}
		cli_gets_wait(gets, 0);
		for (size_t i = from; i < to; i++)
			judge(&rows->v[i], now);
	}
}

static int
compare_urls(struct shaken_sv a, struct shaken_sv b)
{
	int c = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);

	return c != 0 ? c : (a.n > b.n) - (a.n < b.n);
}

static int
by_url(const void *a, const void *b)
{
	return compare_urls((*(struct row *const *)a)->get.url,
	    (*(struct row *const *)b)->get.url);
}

struct index {			/* rows by URL */
	struct row	**v;	/* owned */
	size_t		  n;
};

static bool
on_disk(void *arg, const struct certs_stored *in)
{
	struct index *x = arg;
	struct shaken_sv url = shaken_sv_cstr(in->url);
	size_t lo = 0, hi = x->n;

	while (lo < hi) {	/* the first that is not below it */
		size_t mid = lo + (hi - lo) / 2;

		if (compare_urls(x->v[mid]->get.url, url) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < x->n && compare_urls(x->v[lo]->get.url, url) == 0; lo++)
		x->v[lo]->on_disk = true;
	return true;
}

/* The cache writes behind our back: see what it did. */
static enum cli_status
check_written(struct rows *rows, struct certs_store *store)
{
	struct index x = { .v = calloc(rows->n, sizeof(*x.v)), .n = rows->n };
	enum shaken_err err = SHAKEN_E_NOMEM;

	if (x.v != NULL) {
		for (size_t i = 0; i < x.n; i++)
			x.v[i] = &rows->v[i];
		qsort(x.v, x.n, sizeof(*x.v), by_url);
		err = certs_store_each(store, on_disk, &x, NULL);
	}
	free(x.v);
	for (size_t i = 0; i < rows->n; i++) {
		struct row *r = &rows->v[i];

		if (r->outcome == REFUSED || r->on_disk)
			continue;
		r->outcome = REFUSED;
		snprintf(r->why.text, sizeof(r->why.text), "could not be "
		    "written to the store: see that there is room");
	}
	return err == SHAKEN_OK ? CLI_OK : cli_cannot("--store: %s",
	    shaken_strerror((int)err));
}

static enum cli_status
prefetch(const struct prefetch_opts *o, struct rows *rows)
{
	/* room for all of a list: what goes from the cache goes from disk */
	struct certs_cache_opts copts = { .size = sizeof(copts),
		.store_dir = o->store, .max_entries = 2 * ROWS_MAX,
		.max_bytes_total = (size_t)1024 * 1024 * 1024 };
	struct shaken_diag diag = { "" };
	struct shaken_trust *trust = NULL;
	struct certs_store *store = NULL;
	struct certs_cache *cache = NULL;
	struct cli_gets gets;
	struct cli_rules rules;
	enum cli_status st;
	enum shaken_err err;

	st = cli_rules(&o->net, &rules);
	if (st == CLI_OK)
		st = cli_load_roots(&o->trust, &trust);
	if (st == CLI_OK)
		st = cli_open_store(o->store, true, &store);
	if (st != CLI_OK)
		goto out;
	copts.fetch = rules.fetch;
	err = certs_cache_new(&copts, &cache, &diag);
	if (err != SHAKEN_OK) {
		st = cli_cannot("%s", cli_why(err, &diag));
		goto out;
	}
	if (!cli_gets_init(&gets, cache, trust, 0)) {
		st = cli_cannot("out of memory");
		goto out;
	}
	fetch_all(rows, &gets);
	certs_cache_free(&cache);	/* writes what is to be written */
	cli_gets_clear(&gets);
	st = check_written(rows, store);
out:
	certs_cache_free(&cache);
	certs_store_close(&store);
	shaken_trust_free(&trust);
	return st;
}

static enum cli_status
run_prefetch(const void *options, char *const *args, size_t n_args, FILE *out)
{
	const struct prefetch_opts *o = options;
	struct cli_text text = { 0 };
	struct rows rows = { 0 };
	enum cli_status st;

	st = check_load("prefetch", &o->trust, n_args);
	if (st == CLI_OK)
		st = cli_read("", args[0], LIST_MAX, &text);
	if (st == CLI_OK)
		st = parse_list(args[0], cli_sv(&text), false, &rows);
	if (st == CLI_OK)
		st = prefetch(o, &rows);
	if (st == CLI_OK)
		st = put_rows(&rows, o->json, out);
	free(rows.v);
	cli_text_free(&text);
	return st;
}

const struct cli_cmd cli_cache_prefetch = {
	.name = "cache prefetch",
	.synopsis = "--store DIR --trust FILE [OPTION...] LIST|-",
	.summary = "Fetch chains into a cache, ahead of the calls that need "
	    "them.",
	.notes = "LIST has a URL a line; what follows it in the line is not "
	    "read. Chains that are in the cache and fresh are kept as they "
	    "are. Exit status 1 tells that some were refused.",
	.opts = prefetch_options,
	.opts_size = sizeof(struct prefetch_opts),
	.run = run_prefetch,
};
