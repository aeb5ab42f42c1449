/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_cache.c - shaken cache list, purge, export: what is in a store. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "cache.h"

/* More is no cache of certificates: all of the United States has 17,839. */
#define CHAINS_MAX 65536
#define BYTES_MAX ((size_t)512 * 1024 * 1024)

/* -- what is in a store ------------------------------------------------- */

struct kept {
	char	*url, *pem;	/* owned */
	size_t	 pem_n;
	int64_t	 until;
};

struct shelf {
	struct kept	*v;	/* owned; by URL */
	size_t		 n, cap, bytes, corrupt;
	bool		 no_memory, too_many;
};

enum cli_status
cli_open_store(const char *dir, bool make, struct certs_store **out)
{
	struct shaken_diag diag = { "" };
	enum shaken_err err;

	*out = NULL;
	if (dir == NULL)
		return cli_cannot("--store is missing: give the directory of "
		    "the cache");
	if (make && mkdir(dir, 0700) != 0 && errno != EEXIST)
		return cli_cannot("--store %s: %s", dir,
		    strerrordesc_np(errno));
	err = certs_store_open(dir, out, &diag);
	return err == SHAKEN_OK ? CLI_OK : cli_cannot("--store %s",
	    cli_why(err, &diag));
}

static bool
on_kept(void *arg, const struct certs_stored *in)
{
	struct shelf *s = arg;
	struct kept *k;

	s->bytes += in->pem.n;
	s->too_many = s->n == CHAINS_MAX || s->bytes > BYTES_MAX;
	if (s->too_many)
		return false;
	if (s->n == s->cap) {
		size_t cap = s->cap == 0 ? 64 : s->cap * 2;

		k = reallocarray(s->v, cap, sizeof(*k));
		if (k == NULL) {
			s->no_memory = true;
			return false;
		}
		s->v = k;
		s->cap = cap;
	}
	k = &s->v[s->n];
	*k = (struct kept){ .url = strdup(in->url), .pem = malloc(in->pem.n),
		.pem_n = in->pem.n, .until = in->until };
	s->n++;
	s->no_memory = k->url == NULL || k->pem == NULL;
	if (s->no_memory)
		return false;
	memcpy(k->pem, in->pem.p, in->pem.n);
	return true;
}

static int
by_url(const void *a, const void *b)
{
	return strcmp(((const struct kept *)a)->url,
	    ((const struct kept *)b)->url);
}

static enum cli_status
read_store(const char *dir, struct certs_store *store, struct shelf *out)
{
	enum shaken_err err;

	err = certs_store_each(store, on_kept, out, &out->corrupt);
	if (err == SHAKEN_E_NOMEM || out->no_memory)
		return cli_cannot("out of memory");
	if (err != SHAKEN_OK)
		return cli_cannot("--store %s: cannot be read", dir);
	if (out->too_many)
		return cli_cannot("--store %s: more than %d chains: purge some "
		    "first", dir, CHAINS_MAX);
	if (out->n > 0)
		qsort(out->v, out->n, sizeof(*out->v), by_url);
	return CLI_OK;
}

static void
free_shelf(struct shelf *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->v[i].url);
		free(s->v[i].pem);
	}
	free(s->v);
}

static enum cli_status
no_args(const char *cmd, size_t n_args)
{
	return n_args == 0 ? CLI_OK : cli_cannot("cache %s takes options only: "
	    "see 'shaken help cache %s'", cmd, cmd);
}

/* -- list --------------------------------------------------------------- */

struct list_opts {
	const char	*store;
	bool		 json;
};

static const struct cli_opt list_options[] = {
	{ "store", "DIR", CLI_STRING, offsetof(struct list_opts, store),
	    "directory of the cache" },
	{ "json", NULL, CLI_FLAG, offsetof(struct list_opts, json),
	    "print an object" },
	{ 0 },
};

/* The leaf, as far as the order in the file tells; NULL: none. */
static struct shaken_cert *
leaf_of(const struct kept *k)
{
	struct shaken_cert *c;

	return shaken_cert_parse((struct shaken_sv){ k->pem, k->pem_n }, &c,
	    NULL) == SHAKEN_OK ? c : NULL;
}

static json_t *
kept_json(const struct kept *k, int64_t now)
{
	struct shaken_cert *c = leaf_of(k);
	json_t *obj = json_pack("{s:o, s:o, s:o, s:o, s:I, s:b}",
	    "url", cli_json(shaken_sv_cstr(k->url)),
	    "spc", c == NULL ? json_null() : cli_json(shaken_cert_spc(c)),
	    "subject", c == NULL ? json_null() :
	    cli_json(shaken_cert_subject(c)),
	    "not_after", c == NULL ? json_null() :
	    json_integer(shaken_cert_not_after(c)),
	    "until", (json_int_t)k->until, "fresh", (int)(now < k->until));

	shaken_cert_free(&c);
	return obj;
}

static enum cli_status
list_json(const struct shelf *s, int64_t now, FILE *out)
{
	json_t *list = json_array();
	int bad = list == NULL;

	for (size_t i = 0; i < s->n; i++)
		bad |= json_array_append_new(list, kept_json(&s->v[i], now));
	if (bad != 0) {
		json_decref(list);
		list = NULL;
	}
	return cli_put_json(out, json_pack("{s:o, s:I}", "chains", list,
	    "corrupt", (json_int_t)s->corrupt));
}

static void
list_text(const struct shelf *s, int64_t now, FILE *out)
{
	char when[CLI_TIME_LEN];

	for (size_t i = 0; i < s->n; i++) {
		const struct kept *k = &s->v[i];
		struct shaken_cert *c = leaf_of(k);
		struct shaken_sv spc = { "-", 1 };

		if (c != NULL && shaken_cert_spc(c).n > 0)
			spc = shaken_cert_spc(c);
		fprintf(out, "%-5s  %s  ", now < k->until ? "fresh" : "old",
		    cli_time(k->until, when));
		cli_put(out, spc);
		fprintf(out, "%*s", spc.n < 6 ? 6 - (int)spc.n + 2 : 2, "");
		cli_put(out, shaken_sv_cstr(k->url));
		putc('\n', out);
		shaken_cert_free(&c);
	}
	fprintf(out, "%zu chains", s->n);
	if (s->corrupt > 0)
		fprintf(out, ", %zu files that do not read back", s->corrupt);
	putc('\n', out);
}

static enum cli_status
run_list(const void *options, char *const *args, size_t n_args, FILE *out)
{
	const struct list_opts *o = options;
	int64_t now = (int64_t)time(NULL);
	struct certs_store *store = NULL;
	struct shelf s = { 0 };
	enum cli_status st;

	(void)args;
	st = no_args("list", n_args);
	if (st == CLI_OK)
		st = cli_open_store(o->store, false, &store);
	if (st == CLI_OK)
		st = read_store(o->store, store, &s);
	if (st == CLI_OK && o->json)
		st = list_json(&s, now, out);
	else if (st == CLI_OK)
		list_text(&s, now, out);
	free_shelf(&s);
	certs_store_close(&store);
	return st;
}

const struct cli_cmd cli_cache_list = {
	.name = "cache list",
	.synopsis = "--store DIR [--json]",
	.summary = "List the chains of a cache, and until when each is fresh.",
	.opts = list_options,
	.opts_size = sizeof(struct list_opts),
	.run = run_list,
};

/* -- purge -------------------------------------------------------------- */

struct purge_opts {
	const char	*store;
	bool		 expired, all, json;
};

#define AT(member) offsetof(struct purge_opts, member)
static const struct cli_opt purge_options[] = {
	{ "store", "DIR", CLI_STRING, AT(store), "directory of the cache" },
	{ "expired", NULL, CLI_FLAG, AT(expired),
	    "remove the chains that are no longer fresh" },
	{ "all", NULL, CLI_FLAG, AT(all), "remove every chain" },
	{ "json", NULL, CLI_FLAG, AT(json), "print an object" },
	{ 0 },
};
#undef AT

/* Remove what the options say, and the URLs.  *missing: those not there; NULL
 * for no memory. */
static size_t
purge(const struct purge_opts *o, struct certs_store *store,
    const struct shelf *s, char *const *urls, size_t n_urls, json_t **missing)
{
	int64_t now = (int64_t)time(NULL);
	size_t removed = 0;

	*missing = json_array();
	for (size_t i = 0; i < n_urls; i++)
		if (certs_store_remove(store, urls[i]))
			removed++;
		else if (json_array_append_new(*missing,
		    cli_json(shaken_sv_cstr(urls[i]))) != 0) {
			json_decref(*missing);
			*missing = NULL;
		}
	for (size_t i = 0; i < s->n; i++)
		if ((o->all || (o->expired && s->v[i].until <= now)) &&
		    certs_store_remove(store, s->v[i].url))
			removed++;
	return removed;
}

static enum cli_status
put_purged(const struct purge_opts *o, size_t removed, json_t *missing,
    FILE *out)
{
	size_t n = json_array_size(missing);

	if (missing == NULL)
		return cli_cannot("out of memory");
	if (o->json)
		return cli_put_json(out, json_pack("{s:I, s:O}", "removed",
		    (json_int_t)removed, "missing", missing));
	for (size_t i = 0; i < n; i++) {
		const char *url = json_string_value(json_array_get(missing, i));

		fputs("not there  ", out);
		cli_put(out, shaken_sv_cstr(url == NULL ? "" : url));
		putc('\n', out);
	}
	fprintf(out, "%zu removed\n", removed);
	return CLI_OK;
}

static enum cli_status
run_purge(const void *options, char *const *args, size_t n_args, FILE *out)
{
	const struct purge_opts *o = options;
	struct certs_store *store = NULL;
	json_t *missing = NULL;
	struct shelf s = { 0 };
	enum cli_status st = CLI_OK;
	size_t removed;
	bool any = false;

	if (!o->expired && !o->all && n_args == 0)
		st = cli_cannot("nothing to purge: give --expired, --all or "
		    "URLs");
	if (st == CLI_OK)
		st = cli_open_store(o->store, false, &store);
	if (st == CLI_OK && (o->expired || o->all))
		st = read_store(o->store, store, &s);
	if (st == CLI_OK) {
		removed = purge(o, store, &s, args, n_args, &missing);
		any = json_array_size(missing) > 0;
		st = put_purged(o, removed, missing, out);
	}
	json_decref(missing);
	free_shelf(&s);
	certs_store_close(&store);
	return st == CLI_OK && any ? CLI_NO : st;
}

const struct cli_cmd cli_cache_purge = {
	.name = "cache purge",
	.synopsis = "--store DIR [--expired] [--all] [URL...]",
	.summary = "Remove chains from a cache.",
	.notes = "Exit status 1 tells that a URL was not there.",
	.opts = purge_options,
	.opts_size = sizeof(struct purge_opts),
	.run = run_purge,
};

/* -- export ------------------------------------------------------------- */

struct export_opts {
	const char	*store;
};

static const struct cli_opt export_options[] = {
	{ "store", "DIR", CLI_STRING, offsetof(struct export_opts, store),
	    "directory of the cache" },
	{ 0 },
};

/* "DIR/00001.pem" */
static bool
path_of(const char *dir, size_t i, char out[PATH_MAX])
{
	return (size_t)snprintf(out, PATH_MAX, "%s/%05zu.pem", dir, i + 1) <
	    PATH_MAX;
}

/* Last of all, so that a directory that has it is whole. */
static enum cli_status
write_urls(const char *dir, const struct shelf *s)
{
	char path[PATH_MAX], *text = NULL;
	enum cli_status st;
	size_t n;
	FILE *f;

	f = open_memstream(&text, &n);
	if (f == NULL)
		return cli_cannot("out of memory");
	for (size_t i = 0; i < s->n; i++)
		fprintf(f, "%s %05zu.pem\n", s->v[i].url, i + 1);
	if (fclose(f) != 0 || (size_t)snprintf(path, sizeof(path),
	    "%s/" CLI_URLS, dir) >= sizeof(path))
		st = cli_cannot("out of memory");
	else
		st = cli_write(path, text, false, false);
	free(text);
	return st;
}

static enum cli_status
write_chain(const char *dir, size_t i, const struct kept *k)
{
	char path[PATH_MAX], *text = strndup(k->pem, k->pem_n);
	enum cli_status st;

	if (text == NULL)
		return cli_cannot("out of memory");
	st = path_of(dir, i, path) ? cli_write(path, text, false, false) :
	    cli_cannot("%s: the name is too long", dir);
	free(text);
	return st;
}

static enum cli_status
export(const char *dir, const struct shelf *s)
{
	enum cli_status st = CLI_OK;

	if (mkdir(dir, 0755) != 0)
		return cli_cannot("%s: %s: give a directory that is not there "
		    "yet", dir, strerrordesc_np(errno));
	for (size_t i = 0; st == CLI_OK && i < s->n; i++)
		st = write_chain(dir, i, &s->v[i]);
	return st == CLI_OK ? write_urls(dir, s) : st;
}

static enum cli_status
run_export(const void *options, char *const *args, size_t n_args, FILE *out)
{
	const struct export_opts *o = options;
	struct certs_store *store = NULL;
	struct shelf s = { 0 };
	enum cli_status st = CLI_OK;

	if (n_args != 1)
		st = cli_cannot("cache export takes one directory: see 'shaken "
		    "help cache export'");
	if (st == CLI_OK)
		st = cli_open_store(o->store, false, &store);
	if (st == CLI_OK)
		st = read_store(o->store, store, &s);
	if (st == CLI_OK)
		st = export(args[0], &s);
	if (st == CLI_OK)
		fprintf(out, "%zu chains\n", s.n);
	free_shelf(&s);
	certs_store_close(&store);
	return st;
}

const struct cli_cmd cli_cache_export = {
	.name = "cache export",
	.synopsis = "--store DIR OUTDIR",
	.summary = "Write the chains of a cache as PEM files.",
	.notes = "OUTDIR is made; the file 'urls' in it says which file is of "
	    "which URL, as 'shaken cache import' reads it.",
	.opts = export_options,
	.opts_size = sizeof(struct export_opts),
	.run = run_export,
};
