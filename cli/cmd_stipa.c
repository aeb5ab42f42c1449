/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_stipa.c - shaken stipa update: the STI-PA's list and CRL, kept fresh. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include <shakencerts/stipa.h>

#include "net.h"

#define PASSWORD_MAX 1024
#define HTTPS "https://"

struct stipa_opts {
	const char		*dir, *root;
	const char		*user, *password_file;
	const char		*api, *crl_url;
	struct cli_list		 hosts;
	struct cli_number	 at;
	struct cli_net		 net;
	bool			 list_only, crl_only, json;
};

#define AT(member) offsetof(struct stipa_opts, member)
static const struct cli_opt options[] = {
	{ "dir", "DIR", CLI_STRING, AT(dir),
	    "where sti-ca.pem, crl.pem and trustlist.json are kept" },
	{ "root", "FILE", CLI_STRING, AT(root),
	    "root certificate of the STI-PA, PEM" },
	{ "user", "NAME", CLI_STRING, AT(user), "user of the STI-PA's API" },
	{ "password-file", "FILE", CLI_STRING, AT(password_file),
	    "file with the password of that user" },
	{ "api", "URL", CLI_STRING, AT(api),
	    "API of the STI-PA; default " CERTS_STIPA_US },
	{ "crl-url", "URL", CLI_STRING, AT(crl_url),
	    "where the CRL is; default " CERTS_STIPA_US_CRL },
	{ "host", "NAME", CLI_LIST, AT(hosts),
	    "a host, besides those of --api and --crl-url, that certificates "
	    "of signers may come from; may be given again" },
	{ "list-only", NULL, CLI_FLAG, AT(list_only), "leave out the CRL" },
	{ "crl-only", NULL, CLI_FLAG, AT(crl_only),
	    "leave out the list; needs no user" },
	{ "at", "SECONDS", CLI_NUMBER, AT(at),
	    "judge as of this time since 1970-01-01 UTC; default now" },
	CLI_NET_OPTS(AT(net)),
	{ "json", NULL, CLI_FLAG, AT(json), "print an object" },
	{ 0 },
};
#undef AT

struct update {
	struct certs_stipa_opts	 in;
	FILE			*out;	/* for people; NULL: for programs */
	json_t			*list, *crl; /* owned */
	bool			 changed, refused;
};

static const char *
word(enum certs_update done)
{
	switch (done) {
	case CERTS_UPDATE_FAILED: return "refused";
	case CERTS_UPDATE_SAME: return "unchanged";
	case CERTS_UPDATE_NEW: return "updated";
	}
	return "refused";
}

/* Count it; what came in vain is told to people on stderr. */
static void
note(struct update *u, const char *what, enum certs_update done,
    const struct shaken_diag *diag)
{
	u->changed |= done == CERTS_UPDATE_NEW;
	u->refused |= done == CERTS_UPDATE_FAILED;
	if (u->out != NULL && done == CERTS_UPDATE_FAILED)
		cli_warn("%s: %s", what, cli_why(SHAKEN_E_NOMEM, diag));
}

static json_t *
reason(enum certs_update done, const struct shaken_diag *diag)
{
	return done == CERTS_UPDATE_FAILED ? cli_json(shaken_sv_cstr(
	    cli_why(SHAKEN_E_NOMEM, diag))) : json_null();
}

/* -- the list ----------------------------------------------------------- */

static json_t *
list_json(enum certs_update done, const struct certs_trustlist *t,
    const struct shaken_diag *diag)
{
	if (t == NULL)
		return json_pack("{s:s, s:o, s:n, s:n, s:n}", "result",
		    word(done), "reason", reason(done, diag), "sequence",
		    "expires", "roots");
	return json_pack("{s:s, s:o, s:I, s:I, s:I}", "result", word(done),
	    "reason", reason(done, diag),
	    "sequence", (json_int_t)certs_trustlist_sequence(t),
	    "expires", (json_int_t)certs_trustlist_exp(t),
	    "roots", (json_int_t)certs_trustlist_n(t));
}

/* What is in use from now on. */
static void
put_list(FILE *out, enum certs_update done, const struct certs_trustlist *t,
    bool expired)
{
	char text[CLI_TIME_LEN];

	fprintf(out, "list  %s", word(done));
	if (t == NULL) {
		fputs("; none is kept\n", out);
		return;
	}
	fprintf(out, "%s: sequence %lld, %zu root%s, %s %s\n",
	    done == CERTS_UPDATE_FAILED ? "; kept" : "",
	    (long long)certs_trustlist_sequence(t), certs_trustlist_n(t),
	    certs_trustlist_n(t) == 1 ? "" : "s",
	    expired ? "expired" : "expires",
	    cli_time(certs_trustlist_exp(t), text));
}

static void
update_list(struct update *u)
{
	struct shaken_diag diag = { "" };
	struct certs_trustlist *t = NULL;
	enum certs_update done;
	bool expired = false;

	done = certs_stipa_trustlist(&u->in, &t, &diag);
	if (done == CERTS_UPDATE_FAILED && certs_stipa_kept(&u->in, &t,
	    &expired, NULL) != SHAKEN_OK)
		t = NULL;
	note(u, "list", done, &diag);
	if (u->out != NULL)
		put_list(u->out, done, t, expired);
	else
		u->list = list_json(done, t, &diag);
	certs_trustlist_free(&t);
}

/* -- the CRL ------------------------------------------------------------ */

static json_t *
crl_json(enum certs_update done, const struct certs_crl_facts *f,
    const struct shaken_diag *diag)
{
	if (done == CERTS_UPDATE_FAILED)
		return json_pack("{s:s, s:o, s:n, s:n, s:n, s:n}", "result",
		    word(done), "reason", reason(done, diag), "this_update",
		    "next_update", "refresh_at", "revoked");
	return json_pack("{s:s, s:o, s:I, s:I, s:I, s:I}", "result",
	    word(done), "reason", reason(done, diag),
	    "this_update", (json_int_t)f->this_update,
	    "next_update", (json_int_t)f->next_update,
	    "refresh_at", (json_int_t)f->refresh_at,
	    "revoked", (json_int_t)f->n_revoked);
}

static void
update_crl(struct update *u, const char *url)
{
	struct shaken_diag diag = { "" };
	struct certs_crl_facts f = { 0 };
	char text[CLI_TIME_LEN];
	enum certs_update done;

	done = certs_stipa_crl(&u->in, url, &f, &diag);
	note(u, "crl", done, &diag);
	if (u->out == NULL)
		u->crl = crl_json(done, &f, &diag);
	else if (done == CERTS_UPDATE_FAILED)
		fputs("crl   refused; what was kept stays\n", u->out);
	else
		fprintf(u->out, "crl   %s: %zu revoked, next update %s\n",
		    word(done), f.n_revoked, cli_time(f.next_update, text));
}

/* -- what it takes ------------------------------------------------------ */

static enum cli_status
check_url(const char *option, const char *url)
{
	if (url == NULL || strncmp(url, HTTPS, sizeof(HTTPS) - 1) == 0)
		return CLI_OK;
	return cli_cannot("%s %s: give an https URL", option, url);
}

static enum cli_status
check_usage(const struct stipa_opts *o, size_t n_args)
{
	if (n_args != 0)
		return cli_cannot("stipa update takes options only: see "
		    "'shaken help stipa update'");
	if (o->dir == NULL)
		return cli_cannot("--dir is missing: give the directory to "
		    "keep");
	if (o->root == NULL)
		return cli_cannot("--root is missing: give the root "
		    "certificate of the STI-PA");
	if (o->list_only && o->crl_only)
		return cli_cannot("--list-only and --crl-only leave nothing "
		    "to do: give one");
	if (!o->crl_only && (o->user == NULL || o->password_file == NULL))
		return cli_cannot("--user and --password-file are missing: "
		    "the list needs a login; or give --crl-only");
	if (!o->list_only && o->api != NULL && o->crl_url == NULL)
		return cli_cannot("--crl-url is missing: an STI-PA of its own "
		    "has a CRL of its own; or give --list-only");
	if (check_url("--api", o->api) != CLI_OK)
		return CLI_CANNOT;
	return check_url("--crl-url", o->crl_url);
}

/* The first line of the file, which is the whole of it. */
static enum cli_status
read_password(const char *path, struct cli_text *out)
{
	enum cli_status st = cli_read("--password-file", path, PASSWORD_MAX,
	    out);
	size_t n;

	if (st != CLI_OK)
		return st;
	out->p[out->n] = '\0';	/* cli_read() left room */
	n = strcspn(out->p, "\r\n");
	if (n == 0 || n + strspn(out->p + n, "\r\n") != out->n)
		return cli_cannot("--password-file %s: give a file with one "
		    "line, the password", path);
	out->p[n] = '\0';
	return CLI_OK;
}

/* One that holds no certificate would refuse all that the STI-PA sends. */
static enum cli_status
read_root(const char *path, struct cli_text *out)
{
	struct shaken_diag diag = { "" };
	struct shaken_trust *t = NULL;
	enum cli_status st;
	enum shaken_err err;

	st = cli_read("--root", path, SHAKEN_PEM_MAX, out);
	if (st != CLI_OK)
		return st;
	err = shaken_trust_new(NULL, &t);
	if (err == SHAKEN_OK)
		err = shaken_trust_add_crl_anchors(t, cli_sv(out), NULL,
		    &diag);
	shaken_trust_free(&t);
	return err == SHAKEN_OK ? CLI_OK :
	    cli_cannot("--root %s: %s", path, cli_why(err, &diag));
}

/* Held open for as long as nobody else may update it. */
static enum cli_status
lock_dir(const char *path, int *dir)
{
	*dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*dir < 0 || faccessat(*dir, ".", W_OK | X_OK, AT_EACCESS) != 0)
		return cli_cannot("--dir %s: %s", path,
		    strerrordesc_np(errno));
	if (flock(*dir, LOCK_EX | LOCK_NB) != 0)
		return cli_cannot("--dir %s: another update is under way",
		    path);
	return CLI_OK;
}

/* The hosts that were named, and that of the CRL's URL, new in *own. */
static const char **
make_hosts(const struct stipa_opts *o, const char *url, char **own)
{
	const char **hosts = reallocarray(NULL, o->hosts.n + 1,
	    sizeof(*hosts));
	const char *at = url + sizeof(HTTPS) - 1;

	*own = strndup(at, at[0] == '[' ? strcspn(at, "]") + 1 :
	    strcspn(at, ":/"));
	if (hosts == NULL || *own == NULL) {
		free(hosts);
		return NULL;
	}
	for (size_t i = 0; i < o->hosts.n; i++)
		hosts[i] = o->hosts.v[i];
	hosts[o->hosts.n] = *own;
	return hosts;
}

static enum cli_status
update(const struct stipa_opts *o, struct update *u, FILE *out)
{
	const char *url = o->crl_url != NULL ? o->crl_url : CERTS_STIPA_US_CRL;
	enum cli_status st = CLI_OK;
	const char **hosts;
	char *own;

	hosts = make_hosts(o, url, &own);
	if (hosts == NULL) {
		free(own);
		return cli_cannot("out of memory");
	}
	u->in.hosts = hosts;
	u->in.n_hosts = o->hosts.n + 1;
	if (!o->crl_only)
		update_list(u);
	if (!o->list_only)
		update_crl(u, url);
	if (o->json)
		st = cli_put_json(out, json_pack("{s:b, s:O?, s:O?}",
		    "changed", (int)u->changed, "list", u->list, "crl",
		    u->crl));
	else if (u->changed)
		fputs("changed: have shakend reload (HUP)\n", out);
	free(hosts);
	free(own);
	if (st != CLI_OK)
		return st;
	return u->refused ? CLI_NO : CLI_OK;
}

static enum cli_status
run(const void *opts, char *const *args, size_t n_args, FILE *out)
{
	const struct stipa_opts *o = opts;
	struct update u = { .out = o->json ? NULL : out };
	struct cli_text root = { 0 }, password = { 0 };
	struct cli_rules rules;
	enum cli_status st;
	int dir = -1;

	(void)args;
	st = check_usage(o, n_args);
	if (st == CLI_OK)
		st = cli_rules(&o->net, &rules);
	if (st == CLI_OK)
		st = read_root(o->root, &root);
	if (st == CLI_OK && !o->crl_only)
		st = read_password(o->password_file, &password);
	if (st == CLI_OK)
		st = lock_dir(o->dir, &dir);
	if (st == CLI_OK) {
		u.in = (struct certs_stipa_opts){ .size = sizeof(u.in),
			.fetch = rules.fetch, .root = cli_sv(&root),
			.dir = o->dir, .api = o->api, .user = o->user,
			.password = password.p, .now = o->at.given ?
			o->at.v : (int64_t)time(NULL) };
		st = update(o, &u, out);
	}
	if (dir >= 0)
		close(dir);
	json_decref(u.list);
	json_decref(u.crl);
	cli_text_free(&password);
	cli_text_free(&root);
	return st;
}

const struct cli_cmd cli_stipa_update = {
	.name = "stipa update",
	.synopsis = "--dir DIR --root FILE --user NAME --password-file FILE "
	    "[OPTION...]",
	.summary = "Fetch the STI-PA's list of STI-CAs and its CRL.",
	.notes = "Only what is newer and passed every check takes the place "
	    "of what is kept, each file as a whole. Exit status 1 tells that "
	    "one of them was refused or could not be had: what is kept stays "
	    "in use. shakend takes new files up when it reloads (HUP).",
	.opts = options,
	.opts_size = sizeof(struct stipa_opts),
	.run = run,
};
