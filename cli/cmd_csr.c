/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_csr.c - shaken cert csr: a key, and the request for a certificate. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/crypto.h>

#include <shakencerts/csr.h>
#include <shakencerts/issue.h>

#include "cli.h"

#define KEY_MAX (16 * 1024)

struct csr_opts {
	const char	*spc, *org, *country, *key, *file;
	const char	*crl_url, *crl_issuer;
};

#define AT(member) offsetof(struct csr_opts, member)
static const struct cli_opt csr_options[] = {
	{ "spc", "CODE", CLI_STRING, AT(spc), "service provider code" },
	{ "org", "NAME", CLI_STRING, AT(org),
	    "legal name of the provider" },
	{ "country", "CC", CLI_STRING, AT(country),
	    "country of the provider, two capital letters" },
	{ "key", "FILE", CLI_STRING, AT(key),
	    "private key: made when the file does not exist, else used" },
	{ "out", "FILE", CLI_STRING, AT(file),
	    "where to write the request; must not exist; default stdout" },
	{ "crl-url", "URL", CLI_STRING, AT(crl_url),
	    "CRL distribution point, as the STI-PA gave it" },
	{ "crl-issuer", "NAME", CLI_STRING, AT(crl_issuer),
	    "its CRL issuer, like 'C=US, O=STI-PA, CN=STI-PA CRL'" },
	{ 0 },
};
#undef AT

static enum cli_status
check_csr(const struct csr_opts *o, size_t n_args)
{
	struct stat sb;

	if (n_args != 0)
		return cli_cannot("cert csr takes options only: see 'shaken "
		    "help cert csr'");
	if (o->spc == NULL)
		return cli_cannot("--spc is missing: give the service "
		    "provider code");
	if (o->org == NULL)
		return cli_cannot("--org is missing: give the provider's "
		    "legal name");
	if (o->country == NULL)
		return cli_cannot("--country is missing: give two letters, "
		    "like US");
	if (o->key == NULL)
		return cli_cannot("--key is missing: give a file for the "
		    "private key");
	if (strcmp(o->key, "-") == 0)
		return cli_cannot("--key -: give a file for the private key");
	if (o->file != NULL && lstat(o->file, &sb) == 0)
		return cli_cannot("--out %s is there already: give another "
		    "name", o->file);
	return CLI_OK;
}

/* The key as a string: the file's, or a new one that is not yet in the file.
 * *made tells which. */
static enum cli_status
get_key(const char *path, char **pem, bool *made)
{
	struct cli_text text;
	enum cli_status st;
	struct stat sb;

	*made = lstat(path, &sb) != 0 && errno == ENOENT;
	if (*made) {
		enum shaken_err err = certs_issue_key(CERTS_KEY_P256, pem);

		return err == SHAKEN_OK ? CLI_OK : cli_cannot("key: %s",
		    shaken_strerror((int)err));
	}
	st = cli_read("--key", path, KEY_MAX, &text);
	if (st != CLI_OK)
		return st;
	*pem = strndup(text.p, text.n);
	cli_text_free(&text);
	return *pem != NULL ? CLI_OK : cli_cannot("out of memory");
}

static enum cli_status
run_csr(const void *options, char *const *args, size_t n_args, FILE *out)
{
	const struct csr_opts *o = options;
	struct certs_csr_spec spec = {
		.size = sizeof(spec), .spc = o->spc, .org = o->org,
		.country = o->country, .crl_url = o->crl_url,
		.crl_issuer = o->crl_issuer,
	};
	struct shaken_diag diag = { "" };
	char *key = NULL, *pem = NULL;
	enum cli_status st;
	enum shaken_err err;
	bool made = false;

	(void)args;
	st = check_csr(o, n_args);
	if (st == CLI_OK)
		st = get_key(o->key, &key, &made);
	if (st != CLI_OK)
		goto out;
	err = certs_csr(&spec, key, &pem, &diag);
	if (err == SHAKEN_E_KEY)
		st = cli_cannot("--key %s: %s", o->key, cli_why(err, &diag));
	else if (err != SHAKEN_OK)
		st = cli_cannot("no request made: %s", cli_why(err, &diag));
	if (st == CLI_OK && made)	/* all else is known to be good */
		st = cli_write(o->key, key, true, false);
	if (st == CLI_OK && o->file != NULL)
		st = cli_write(o->file, pem, false, false);
	else if (st == CLI_OK)
		fputs(pem, out);
out:
	if (key != NULL)
		OPENSSL_cleanse(key, strlen(key));
	free(key);
	free(pem);
	return st;
}

const struct cli_cmd cli_cert_csr = {
	.name = "cert csr",
	.synopsis = "--spc CODE --org NAME --country CC --key FILE "
	    "[OPTION...]",
	.summary = "Make a key and the request for an STI certificate.",
	.opts = csr_options,
	.opts_size = sizeof(struct csr_opts),
	.run = run_csr,
};
