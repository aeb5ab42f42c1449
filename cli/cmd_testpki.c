/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_testpki.c - shaken testpki: a throw-away PKI in a directory. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <shakencerts/testpki.h>

#include "cli.h"

struct testpki_opts {
	const char		*spc;
	struct cli_number	 days;
	bool			 force;
};

#define AT(member) offsetof(struct testpki_opts, member)
static const struct cli_opt opts[] = {
	{ "spc", "CODE", CLI_STRING, AT(spc),
	    "service provider code of the leaf; default 1234" },
	{ "days", "N", CLI_NUMBER, AT(days),
	    "days until the leaf expires, 1 to 3650; default 365" },
	{ "force", NULL, CLI_FLAG, AT(force),
	    "replace the files of a PKI that is there" },
	{ 0 },
};
#undef AT

static enum cli_status
make_path(const char *dir, const char *name, char path[PATH_MAX])
{
	if ((size_t)snprintf(path, PATH_MAX, "%s/%s", dir, name) >= PATH_MAX)
		return cli_cannot("%s: the name is too long", dir);
	return CLI_OK;
}

static enum cli_status
make_dir(const char *dir)
{
	struct stat st;

	if (mkdir(dir, 0755) == 0)
		return CLI_OK;
	if (errno == EEXIST && stat(dir, &st) == 0 && !S_ISDIR(st.st_mode))
		errno = ENOTDIR;
	return errno == EEXIST ? CLI_OK :
	    cli_cannot("%s: %s", dir, strerrordesc_np(errno));
}

/* So that nothing is written when anything is in the way. */
static enum cli_status
check_free(const char *dir, const struct certs_testpki *pki)
{
	struct certs_testpki_file file;
	enum cli_status st;
	char path[PATH_MAX];
	struct stat sb;

	for (size_t i = 0; certs_testpki_file(pki, i, &file); i++) {
		st = make_path(dir, file.name, path);
		if (st != CLI_OK)
			return st;
		if (lstat(path, &sb) == 0)
			return cli_cannot("%s is there already: give another "
			    "directory, or --force", path);
	}
	return CLI_OK;
}

static enum cli_status
write_files(const char *dir, const struct certs_testpki *pki, bool force)
{
	struct certs_testpki_file file;
	enum cli_status st = CLI_OK;
	char path[PATH_MAX];

	for (size_t i = 0; st == CLI_OK && certs_testpki_file(pki, i, &file);
	    i++) {
		st = make_path(dir, file.name, path);
		if (st == CLI_OK)
			st = cli_write(path, file.pem, file.secret, force);
	}
	return st;
}

static enum cli_status
run(const void *options, char *const *args, size_t n_args, FILE *out)
{
	const struct testpki_opts *o = options;
	struct certs_testpki_opts make = { .size = sizeof(make) };
	struct certs_testpki *pki = NULL;
	enum cli_status st;
	enum shaken_err err;

	if (n_args != 1)
		return cli_cannot("testpki takes one directory: see 'shaken "
		    "help testpki'");
	if (o->days.given && (o->days.v < 1 || o->days.v > 3650))
		return cli_cannot("--days %lld: give 1 to 3650",
		    (long long)o->days.v);
	make.spc = o->spc;
	make.now = (int64_t)time(NULL);
	make.days = (unsigned)o->days.v;
	err = certs_testpki_new(&make, &pki);
	if (err == SHAKEN_E_ARG)
		return cli_cannot("--spc %s: give 1 to 32 of A-Z 0-9",
		    o->spc == NULL ? "1234" : o->spc);
	if (err != SHAKEN_OK)
		return cli_cannot("testpki: %s", shaken_strerror((int)err));

	st = make_dir(args[0]);
	if (st == CLI_OK && !o->force)
		st = check_free(args[0], pki);
	if (st == CLI_OK)
		st = write_files(args[0], pki, o->force);
	if (st == CLI_OK) {
		fputs("root.pem chain.pem key.pem crl.pem and what made them "
		    "are in ", out);
		cli_put(out, shaken_sv_cstr(args[0]));
		putc('\n', out);
	}
	certs_testpki_free(&pki);
	return st;
}

const struct cli_cmd cli_testpki = {
	.name = "testpki",
	.synopsis = "[OPTION...] DIR",
	.summary = "Make a root, an intermediate, a leaf and a CRL for tests.",
	.notes = "Writes root.pem, chain.pem (leaf first), key.pem, crl.pem; "
	    "revoked.pem and expired.pem, two chains with what their names "
	    "say; intermediate.pem; and the key of each, NAME-key.pem. For "
	    "tests only: the keys of the certification authority lie beside "
	    "its certificates.",
	.opts = opts,
	.opts_size = sizeof(struct testpki_opts),
	.run = run,
};
