/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_testpki.c - shaken testpki: a throw-away PKI in a directory. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <shakencerts/testpki.h>

#include "cli.h"

struct testpki_opts {
	const char		*spc;
	struct cli_number	 days;
	struct cli_list		 delegate, delegate_ca;
	const char		*claims;
	bool			 force;
};

#define AT(member) offsetof(struct testpki_opts, member)
static const struct cli_opt opts[] = {
	{ "spc", "CODE", CLI_STRING, AT(spc),
	    "service provider code of the leaf; default 1234" },
	{ "days", "N", CLI_NUMBER, AT(days),
	    "days until the leaf expires, 1 to 3650; default 365" },
	{ "delegate", "NUMBERS", CLI_LIST, AT(delegate),
	    "also make a delegate certificate for a number, or for "
	    "FIRST..LAST; may be given again" },
	{ "delegate-ca", "NUMBERS", CLI_LIST, AT(delegate_ca),
	    "what the CA above the delegate may give away; default: all of "
	    "the service provider code" },
	{ "delegate-claims", "JSON", CLI_STRING, AT(claims),
	    "claim constraints of the delegate, as 'cert show' prints them" },
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

/* -- the delegate's extension values ------------------------------------ */

static bool
is_digits(const struct shaken_id *id)
{
	return id->kind == SHAKEN_ID_TN &&
	    strspn(id->text, "0123456789") == id->len;
}

/* "FIRST..LAST", or one number, in any spelling. */
static enum cli_status
parse_numbers(const char *option, const char *arg, struct shaken_id *first,
    uint64_t *count)
{
	const char *dots = strstr(arg, "..");
	struct shaken_id last;
	enum cli_status st;
	char *text;

	text = dots == NULL ? strdup(arg) :
	    strndup(arg, (size_t)(dots - arg));
	if (text == NULL)
		return cli_cannot("out of memory");
	st = cli_parse_id(option, text, NULL, first);
	free(text);
	*count = 1;
	if (st == CLI_OK && first->kind != SHAKEN_ID_TN)
		return cli_cannot("%s '%s': give a number, or FIRST..LAST",
		    option, arg);
	if (st != CLI_OK || dots == NULL)
		return st;
	st = cli_parse_id(option, dots + 2, NULL, &last);
	if (st != CLI_OK)
		return st;
	if (!is_digits(first) || !is_digits(&last) || last.len != first->len ||
	    memcmp(first->text, last.text, last.len) >= 0)
		return cli_cannot("%s '%s': give a last number that is above "
		    "the first and has as many digits, and no * or #", option,
		    arg);
	*count = strtoull(last.text, NULL, 10) -
	    strtoull(first->text, NULL, 10) + 1;
	return CLI_OK;
}

#define NUMBERS_MAX 100		/* so that what is made fits */
#define DER_MAX (NUMBERS_MAX * 32 + 8)

struct der {
	uint8_t	p[DER_MAX];
	size_t	n;
};

static enum cli_status
encode_numbers(const char *option, const struct cli_list *args,
    struct der *out)
{
	struct shaken_tnauth entries[NUMBERS_MAX] = { 0 };
	struct shaken_id ids[NUMBERS_MAX];
	enum cli_status st = CLI_OK;
	enum shaken_err err;

	if (args->n == 0)
		return CLI_OK;
	if (args->n > NUMBERS_MAX)
		return cli_cannot("%s: give %d at most", option, NUMBERS_MAX);
	for (size_t i = 0; i < args->n && st == CLI_OK; i++) {
		struct shaken_tnauth *e = &entries[i];

		st = parse_numbers(option, args->v[i], &ids[i], &e->count);
		e->kind = e->count > 1 ? SHAKEN_TNAUTH_RANGE :
		    SHAKEN_TNAUTH_ONE;
		e->value = (struct shaken_sv){ ids[i].text, ids[i].len };
	}
	if (st != CLI_OK)
		return st;
	err = shaken_tnauthlist_encode(entries, args->n, out->p,
	    sizeof(out->p), &out->n);
	return err == SHAKEN_OK ? CLI_OK : cli_cannot("%s: %s", option,
	    shaken_strerror((int)err));
}

static struct shaken_sv
der_view(const struct der *d)
{
	return (struct shaken_sv){ (const char *)d->p, d->n };
}

struct delegate {		/* storage for the views of the options */
	struct der	numbers, ca, claims;
};

static enum cli_status
encode_delegate(const struct testpki_opts *o, struct delegate *d,
    struct certs_testpki_opts *make)
{
	struct shaken_diag diag = { "" };
	enum shaken_err err = SHAKEN_OK;
	enum cli_status st;
	bool enhanced = false;

	if (o->delegate.n == 0 && (o->delegate_ca.n > 0 || o->claims != NULL))
		return cli_cannot("%s goes with --delegate",
		    o->claims != NULL ? "--delegate-claims" : "--delegate-ca");
	st = encode_numbers("--delegate", &o->delegate, &d->numbers);
	if (st == CLI_OK)
		st = encode_numbers("--delegate-ca", &o->delegate_ca, &d->ca);
	if (st != CLI_OK)
		return st;
	if (o->claims != NULL)
		err = shaken_constraints_encode(shaken_sv_cstr(o->claims),
		    d->claims.p, sizeof(d->claims.p), &d->claims.n, &enhanced,
		    &diag);
	if (err != SHAKEN_OK)
		return cli_cannot("--delegate-claims: %s", cli_why(err, &diag));
	make->delegate = der_view(&d->numbers);
	make->delegate_ca = der_view(&d->ca);
	*(enhanced ? &make->enhanced : &make->constraints) =
	    der_view(&d->claims);
	return CLI_OK;
}

static enum cli_status
run(const void *options, char *const *args, size_t n_args, FILE *out)
{
	const struct testpki_opts *o = options;
	struct certs_testpki_opts make = { .size = sizeof(make) };
	struct delegate delegate = { 0 };
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
	st = encode_delegate(o, &delegate, &make);
	if (st != CLI_OK)
		return st;
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
	    "say; intermediate.pem; with --delegate, delegate-chain.pem and "
	    "delegate-ca.pem; and the key of each, NAME-key.pem. For "
	    "tests only: the keys of the certification authority lie beside "
	    "its certificates.",
	.opts = opts,
	.opts_size = sizeof(struct testpki_opts),
	.run = run,
};
