/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli.h - what the commands of shaken share: their table, options, files,
 * error lines, JSON.
 *
 * A command writes its result to memory.  It goes to stdout only when the
 * command was able to do its work, so exit status 2 means an empty stdout.
 */
#ifndef CLI_H
#define CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include <shaken/shaken.h>

/* Exit status of the program and result of most functions here. */
enum cli_status {
	CLI_OK = 0,		/* done, or: verified */
	CLI_NO = 1,		/* the answer is no: not verified, findings */
	CLI_CANNOT = 2,		/* could not do it; stderr has one line why */
};

/* -- options ------------------------------------------------------------ */

enum cli_kind {
	CLI_FLAG,		/* bool */
	CLI_STRING,		/* const char *, NULL when not given */
	CLI_LIST,		/* struct cli_list, may be given again */
	CLI_NUMBER,		/* struct cli_number */
};

struct cli_list {
	const char	**v;	/* owned; the strings are argv's */
	size_t		  n;
};

struct cli_number {		/* a whole number, not negative */
	bool	given;
	int64_t	v;
};

struct cli_opt {
	const char	*name;
	const char	*arg;	/* what help calls its value; NULL for a flag */
	enum cli_kind	 kind;
	size_t		 offset; /* in the command's struct of options */
	const char	*help;
};

struct cli_cmd {
	const char	*name;	/* "sign", "cert show" */
	const char	*synopsis;
	const char	*summary; /* one line */
	const char	*notes;	/* the end of the help; may be NULL */
	const struct cli_opt *opts; /* the last has no name */
	size_t		 opts_size; /* of the struct; starts out all zero */
	/* args: what is no option, n_args of them.  Returns enum cli_status. */
	enum cli_status	(*run)(const void *opts, char *const *args,
			    size_t n_args, FILE *out);
	bool		 streams; /* out is stdout itself: too much to hold */
};

extern const struct cli_cmd cli_sign, cli_verify, cli_decode, cli_cert_show,
    cli_cert_lint, cli_cert_check, cli_cert_csr, cli_cache_list,
    cli_cache_import, cli_cache_export, cli_cache_purge, cli_cache_prefetch,
    cli_stipa_update, cli_testpki, cli_audit, cli_evidence,
    cli_trace;

/* -- errors ------------------------------------------------------------- */

/* "shaken: ..." as one line on stderr.  Control characters become '?'. */
__attribute__((format(printf, 1, 2)))
enum cli_status cli_cannot(const char *fmt, ...);
__attribute__((format(printf, 1, 2)))
void cli_warn(const char *fmt, ...);

/* What the library said: diag's text, or err's where it has none. */
const char *cli_why(enum shaken_err err, const struct shaken_diag *diag);

/* -- files -------------------------------------------------------------- */

struct cli_text {
	char	*p;		/* owned */
	size_t	 n;
};

/* Read a file, or stdin for "-", of at most max bytes.  option is named in the
 * error line: "--key", or "" for an argument. */
enum cli_status cli_read(const char *option, const char *path, size_t max,
    struct cli_text *out);
struct shaken_sv cli_sv(const struct cli_text *t);
/* Wipe and free: it may have been a key. */
void cli_text_free(struct cli_text *t);

/* Make a new file, for its owner only when secret.  It is complete or not
 * there; an existing one is an error, or replaced at once where replace. */
enum cli_status cli_write(const char *path, const char *text, bool secret,
    bool replace);

/* -- trust -------------------------------------------------------------- */

/* CLI_OK: go on. */
typedef enum cli_status cli_path_fn(void *arg, const char *path);
/* The file, or for a directory the *.pem in it, in the order of their names. */
enum cli_status cli_each_pem(const char *option, const char *path,
    cli_path_fn *fn, void *arg);

/* --trust and --crl-trust name PEM files or directories, --crl names files. */
enum cli_status cli_add_anchors(struct shaken_trust *t,
    const struct cli_list *paths);
enum cli_status cli_add_crl_anchors(struct shaken_trust *t,
    const struct cli_list *paths);
enum cli_status cli_add_crls(struct shaken_trust *t,
    const struct cli_list *paths);
/* A trust of roots alone, *out the caller's even on failure. */
enum cli_status cli_load_roots(const struct cli_list *paths,
    struct shaken_trust **out);

/* -- identities and Identity values ------------------------------------- */

/* --country: 1 to 3 digits, or NULL. */
enum cli_status cli_check_country(const char *country);

enum cli_status cli_parse_id(const char *option, const char *text,
    const char *country, struct shaken_id *out);

struct cli_ids {
	struct shaken_id	*v;	/* owned */
	size_t			 n;
};

enum cli_status cli_parse_ids(const char *option, const struct cli_list *texts,
    const char *country, struct cli_ids *out);

/* The lines of a text, one Identity value each; blank ones left out, folded
 * ones (RFC 3261 section 7.3.1) whole. */
struct cli_values {
	struct shaken_sv	*v;	/* owned; views borrow from the text */
	size_t			 n;
};

enum cli_status cli_add_values(struct cli_values *vals, struct shaken_sv text);

/* -- output ------------------------------------------------------------- */

/* Text from outside: controls, and what is not UTF-8, are written as \xHH. */
void cli_put(FILE *out, struct shaken_sv v);

/* "2026-01-02T03:04:05Z" */
#define CLI_TIME_LEN 32
const char *cli_time(int64_t t, char buf[CLI_TIME_LEN]);

/* Words of text in lines of at most 96 columns, from column indent on. */
void cli_put_wrapped(FILE *out, const char *text, int indent);

/* A string; null where v is empty.  Bytes that are no UTF-8 become '?'. */
json_t *cli_json(struct shaken_sv v);
/* {"tn": ..} or {"uri": ..}; null for nobody. */
json_t *cli_json_id(const struct shaken_id *id);
/* {"severity", "id", "rule", "text"} */
json_t *cli_json_finding(const struct shaken_finding *f);

/* One line; obj is moved in, NULL says that memory ran out. */
enum cli_status cli_put_json(FILE *out, json_t *obj);

#endif
