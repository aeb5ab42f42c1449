/* SPDX-License-Identifier: Apache-2.0 */
/* trust.c - options that name roots and CRLs. */
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

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

struct adding {
	struct shaken_trust	*trust;
	const char		*option;
	size_t			 max;	/* bytes of a file */
	add_fn			*add;
};

static enum cli_status
add_file(void *arg, const char *path)
{
	const struct adding *a = arg;
	struct shaken_diag diag = { "" };
	struct cli_text text;
	enum cli_status st;
	enum shaken_err err;

	st = cli_read(a->option, path, a->max, &text);
	if (st != CLI_OK)
		return st;
	err = a->add(a->trust, cli_sv(&text), &diag);
	if (err != SHAKEN_OK)
		st = cli_cannot("%s %s: %s", a->option, path,
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

enum cli_status
cli_each_pem(const char *option, const char *path, cli_path_fn *fn, void *arg)
{
	struct dirent **files = NULL;
	enum cli_status st = CLI_OK;
	char name[PATH_MAX];
	int n;

	n = scandir(path, &files, is_pem, alphasort);
	if (n < 0)	/* no directory; if it cannot be read at all, so fn
			 * will say */
		return fn(arg, path);
	if (n == 0)
		st = cli_cannot("%s %s: no *.pem in this directory", option,
		    path);
	for (int i = 0; i < n; i++) {
		if (st == CLI_OK && (size_t)snprintf(name, sizeof(name),
		    "%s/%s", path, files[i]->d_name) >= sizeof(name))
			st = cli_cannot("%s %s: the name is too long", option,
			    path);
		if (st == CLI_OK)
			st = fn(arg, name);
		free(files[i]);
	}
	free(files);
	return st;
}

static enum cli_status
add_paths(struct adding *a, const struct cli_list *paths)
{
	enum cli_status st = CLI_OK;

	for (size_t i = 0; st == CLI_OK && i < paths->n; i++)
		st = cli_each_pem(a->option, paths->v[i], add_file, a);
	return st;
}

enum cli_status
cli_add_anchors(struct shaken_trust *t, const struct cli_list *paths)
{
	struct adding a = { .trust = t, .option = "--trust",
		.max = SHAKEN_ANCHORS_MAX, .add = add_anchors };

	return add_paths(&a, paths);
}

enum cli_status
cli_add_crl_anchors(struct shaken_trust *t, const struct cli_list *paths)
{
	struct adding a = { .trust = t, .option = "--crl-trust",
		.max = SHAKEN_ANCHORS_MAX, .add = add_crl_anchors };

	return add_paths(&a, paths);
}

enum cli_status
cli_add_crls(struct shaken_trust *t, const struct cli_list *paths)
{
	struct adding a = { .trust = t, .option = "--crl",
		.max = SHAKEN_CRL_MAX, .add = shaken_trust_add_crl };
	enum cli_status st = CLI_OK;

	for (size_t i = 0; st == CLI_OK && i < paths->n; i++)
		st = add_file(&a, paths->v[i]);
	return st;
}

enum cli_status
cli_load_roots(const struct cli_list *paths, struct shaken_trust **out)
{
	struct shaken_trust_opts opts = { .size = sizeof(opts),
		.crl_policy = SHAKEN_CRL_SOFT };
	enum shaken_err err = shaken_trust_new(&opts, out);

	if (err != SHAKEN_OK)
		return cli_cannot("trust: %s", shaken_strerror((int)err));
	return cli_add_anchors(*out, paths);
}
