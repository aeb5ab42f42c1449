/* SPDX-License-Identifier: Apache-2.0 */
/* shaken.c - the command line: finds the command, reads its options from its
 * table, prints help from the same table. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

#define OPTS_MAX 40
#define HELP_COLUMN 26
#define FIRST_OPT 256		/* above what a short option can be */

static const struct cli_cmd *const cmds[] = {
	&cli_sign, &cli_verify, &cli_audit, &cli_evidence, &cli_trace,
	&cli_decode, &cli_cert_show, &cli_cert_lint,
	&cli_cert_check, &cli_cert_csr, &cli_cache_list, &cli_cache_import,
	&cli_cache_export, &cli_cache_purge, &cli_cache_prefetch,
	&cli_stipa_update, &cli_testpki,
};
#define CMDS (sizeof(cmds) / sizeof(*cmds))

static size_t
count_opts(const struct cli_cmd *cmd)
{
	size_t n = 0;

	while (cmd->opts[n].name != NULL)
		n++;
	return n;
}

/* -- help --------------------------------------------------------------- */

static void
put_opt_help(FILE *out, const char *name, const char *arg, const char *help)
{
	int n = fprintf(out, "  --%s%s%s", name, arg == NULL ? "" : " ",
	    arg == NULL ? "" : arg);

	if (n + 2 > HELP_COLUMN) {
		putc('\n', out);
		n = 0;
	}
	fprintf(out, "%*s", HELP_COLUMN - n, "");
	cli_put_wrapped(out, help, HELP_COLUMN);
}

static enum cli_status
put_help(const struct cli_cmd *cmd, FILE *out)
{
	fprintf(out, "usage: shaken %s %s\n\n%s\n\n", cmd->name, cmd->synopsis,
	    cmd->summary);
	for (size_t i = 0; i < count_opts(cmd); i++)
		put_opt_help(out, cmd->opts[i].name, cmd->opts[i].arg,
		    cmd->opts[i].help);
	put_opt_help(out, "help", NULL, "print this");
	if (cmd->notes != NULL) {
		putc('\n', out);
		cli_put_wrapped(out, cmd->notes, 0);
	}
	return CLI_OK;
}

/* Whether word is the first of a command's name. */
static bool
starts_with(const char *name, const char *word)
{
	size_t n = strcspn(name, " ");

	return strlen(word) == n && strncmp(name, word, n) == 0;
}

/* Whether word alone is no command, but the first word of some. */
static bool
is_group(const char *word)
{
	for (size_t i = 0; i < CMDS; i++)
		if (starts_with(cmds[i]->name, word) &&
		    strchr(cmds[i]->name, ' ') != NULL)
			return true;
	return false;
}

/* All commands, or those of a group. */
static enum cli_status
put_commands(const char *group, FILE *out)
{
	fputs("usage: shaken COMMAND [OPTION...] [ARGUMENT...]\n\n", out);
	for (size_t i = 0; i < CMDS; i++) {
		if (group != NULL && !starts_with(cmds[i]->name, group))
			continue;
		fprintf(out, "  %-14s  ", cmds[i]->name);
		cli_put_wrapped(out, cmds[i]->summary, 18);
	}
	return CLI_OK;
}

static enum cli_status
put_overview(FILE *out)
{
	put_commands(NULL, out);
	fputs("\n'shaken help COMMAND' tells about one; 'shaken --version' "
	    "prints the version.\nExit status: 0 verified or done, 1 the "
	    "answer is no, 2 could not do it.\n", out);
	return CLI_OK;
}

/* -- options ------------------------------------------------------------ */

static enum cli_status
set_number(const struct cli_opt *opt, const char *text, struct cli_number *to)
{
	char *end;
	long long v;

	errno = 0;
	v = strtoll(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0)
		return cli_cannot("--%s %s: give a whole number", opt->name,
		    text);
	*to = (struct cli_number){ .given = true, .v = v };
	return CLI_OK;
}

static enum cli_status
add_to_list(const char *text, struct cli_list *to)
{
	const char **v = reallocarray(to->v, to->n + 1, sizeof(*v));

	if (v == NULL)
		return cli_cannot("out of memory");
	v[to->n++] = text;
	to->v = v;
	return CLI_OK;
}

static enum cli_status
set_opt(const struct cli_opt *opt, const char *text, void *opts)
{
	void *at = (char *)opts + opt->offset;
	const char **string = at;
	struct cli_number *number = at;
	bool *flag = at;

	switch (opt->kind) {
	case CLI_FLAG:
		*flag = true;
		return CLI_OK;
	case CLI_LIST:
		return add_to_list(text, at);
	case CLI_STRING:
		if (*string != NULL)
			break;
		*string = text;
		return CLI_OK;
	case CLI_NUMBER:
		if (number->given)
			break;
		return set_number(opt, text, number);
	}
	return cli_cannot("--%s is given twice: give it once", opt->name);
}

static enum cli_status
bad_option(const struct cli_cmd *cmd, int c, char *const *argv)
{
	if (c == ':')
		return cli_cannot("%s needs a value: see 'shaken help %s'",
		    argv[optind - 1], cmd->name);
	if (optopt >= FIRST_OPT)
		return cli_cannot("--%s takes no value: see 'shaken help %s'",
		    cmd->opts[optopt - FIRST_OPT].name, cmd->name);
	if (optopt != 0)
		return cli_cannot("unknown option -%c: see 'shaken help %s'",
		    optopt, cmd->name);
	return cli_cannot("unknown or ambiguous option %s: see 'shaken help "
	    "%s'", argv[optind - 1], cmd->name);
}

/* argv[0] is the command's name.  Options may stand after arguments. */
static enum cli_status
parse(const struct cli_cmd *cmd, int argc, char **argv, void *opts, bool *help)
{
	struct option longs[OPTS_MAX + 2] = { 0 };
	size_t n = count_opts(cmd);
	enum cli_status st = CLI_OK;
	int c;

	if (n > OPTS_MAX)
		abort();	/* our own table */
	for (size_t i = 0; i < n; i++)
		longs[i] = (struct option){ cmd->opts[i].name,
		    cmd->opts[i].kind == CLI_FLAG ? no_argument :
		    required_argument, NULL, FIRST_OPT + (int)i };
	longs[n] = (struct option){ "help", no_argument, NULL, 'h' };

	opterr = 0;
	while (st == CLI_OK && !*help &&
	    (c = getopt_long(argc, argv, ":h", longs, NULL)) != -1) {
		if (c == 'h')
			*help = true;
		else if (c < FIRST_OPT)
			st = bad_option(cmd, c, argv);
		else
			st = set_opt(&cmd->opts[c - FIRST_OPT], optarg, opts);
	}
	return st;
}

static void
free_lists(const struct cli_cmd *cmd, void *opts)
{
	for (size_t i = 0; i < count_opts(cmd); i++) {
		struct cli_list *list =
		    (void *)((char *)opts + cmd->opts[i].offset);

		if (cmd->opts[i].kind == CLI_LIST)
			free(list->v);
	}
}

/* -- dispatch ----------------------------------------------------------- */

static enum cli_status
run(const struct cli_cmd *cmd, int argc, char **argv, FILE *out)
{
	enum cli_status st;
	bool help = false;
	void *opts;

	opts = calloc(1, cmd->opts_size);
	if (opts == NULL)
		return cli_cannot("out of memory");
	st = parse(cmd, argc, argv, opts, &help);
	if (st == CLI_OK && help)
		st = put_help(cmd, out);
	else if (st == CLI_OK)
		st = cmd->run(opts, argv + optind, (size_t)(argc - optind),
		    cmd->streams ? stdout : out);
	free_lists(cmd, opts);
	free(opts);
	return st;
}

/* The command that starts words; *used says how many name it. */
static const struct cli_cmd *
find(int n, char **words, int *used)
{
	for (size_t i = 0; i < CMDS; i++) {
		const char *second = strchr(cmds[i]->name, ' ');

		*used = second == NULL ? 1 : 2;
		if (n >= *used && starts_with(cmds[i]->name, words[0]) &&
		    (second == NULL || strcmp(second + 1, words[1]) == 0))
			return cmds[i];
	}
	return NULL;
}

static bool
is_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static enum cli_status
dispatch(int n, char **words, FILE *out)
{
	const struct cli_cmd *cmd;
	bool help;
	int used;

	if (n == 0)
		return cli_cannot("no command given: 'shaken --help' lists "
		    "them");
	if (strcmp(words[0], "--version") == 0) {
		fprintf(out, "shaken %s\n", shaken_version());
		return CLI_OK;
	}
	help = strcmp(words[0], "help") == 0;
	if (is_help(words[0]) || (help && n == 1))
		return put_overview(out);
	if (help) {
		words++;
		n--;
	}
	cmd = find(n, words, &used);
	if (cmd != NULL && help)
		return put_help(cmd, out);
	if (cmd != NULL)
		return run(cmd, n - used + 1, words + used - 1, out);
	if (!is_group(words[0]))
		return cli_cannot("unknown command '%s': 'shaken --help' lists "
		    "them", words[0]);
	if (n == 1 ? help : is_help(words[1]))
		return put_commands(words[0], out);
	return cli_cannot("unknown command '%s%s%s': 'shaken help %s' lists "
	    "them", words[0], n == 1 ? "" : " ", n == 1 ? "" : words[1],
	    words[0]);
}

/* What a command wrote goes out whole, or not at all. */
static enum cli_status
flush(enum cli_status st, const char *text, size_t n)
{
	if (st == CLI_CANNOT)
		return st;
	if (fwrite(text, 1, n, stdout) != n || fflush(stdout) != 0)
		return cli_cannot("stdout: %s", strerrordesc_np(errno));
	return st;
}

int
main(int argc, char **argv)
{
	enum cli_status st;
	char *text = NULL;
	size_t n = 0;
	FILE *out;

	signal(SIGPIPE, SIG_IGN); /* a closed stdout is a write error */
	out = open_memstream(&text, &n);
	if (out == NULL)
		return (int)cli_cannot("out of memory");
	st = dispatch(argc - 1, argv + 1, out);
	if (fclose(out) != 0)
		st = cli_cannot("out of memory");
	st = flush(st, text, n);
	free(text);
	return (int)st;
}
