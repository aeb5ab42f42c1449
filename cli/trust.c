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

static enum cli_status
add_file(struct shaken_trust *t, const char *option, const char *path,
    size_t max, add_fn *add)
{
	struct shaken_diag diag = { "" };
	struct cli_text text;
	enum cli_status st;
	enum shaken_err err;

	st = cli_read(option, path, max, &text);
	if (st != CLI_OK)
		return st;
	err = add(t, cli_sv(&text), &diag);
	if (err != SHAKEN_OK)
		st = cli_cannot("%s %s: %s", option, path,
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

/* A directory stands for the *.pem in it, in the order of their names. */
static enum cli_status
add_path(struct shaken_trust *t, const char *option, const char *path,
    add_fn *add)
{
	struct dirent **files = NULL;
	enum cli_status st = CLI_OK;
	char name[PATH_MAX];
	int n;

	n = scandir(path, &files, is_pem, alphasort);
	if (n < 0)	/* no directory; if it cannot be read at all, so
			 * add_file() will say */
		return add_file(t, option, path, SHAKEN_ANCHORS_MAX, add);
	if (n == 0)
		st = cli_cannot("%s %s: no *.pem in this directory", option,
		    path);
	for (int i = 0; i < n; i++) {
		if (st == CLI_OK && (size_t)snprintf(name, sizeof(name),
		    "%s/%s", path, files[i]->d_name) >= sizeof(name))
			st = cli_cannot("%s %s: the name is too long", option,
			    path);
		if (st == CLI_OK)
			st = add_file(t, option, name, SHAKEN_ANCHORS_MAX, add);
		free(files[i]);
	}
	free(files);
	return st;
}

enum cli_status
cli_add_anchors(struct shaken_trust *t, const struct cli_list *paths)
{
	enum cli_status st = CLI_OK;

	for (size_t i = 0; st == CLI_OK && i < paths->n; i++)
		st = add_path(t, "--trust", paths->v[i], add_anchors);
	return st;
}

enum cli_status
cli_add_crl_anchors(struct shaken_trust *t, const struct cli_list *paths)
{
	enum cli_status st = CLI_OK;

	for (size_t i = 0; st == CLI_OK && i < paths->n; i++)
		st = add_path(t, "--crl-trust", paths->v[i], add_crl_anchors);
	return st;
}

enum cli_status
cli_add_crls(struct shaken_trust *t, const struct cli_list *paths)
{
	enum cli_status st = CLI_OK;

	for (size_t i = 0; st == CLI_OK && i < paths->n; i++)
		st = add_file(t, "--crl", paths->v[i], SHAKEN_CRL_MAX,
		    shaken_trust_add_crl);
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
