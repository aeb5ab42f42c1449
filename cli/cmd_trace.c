/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_trace.c - shaken trace: the records of a call, out of the audit files of
 * shakend; what a traceback asks for (47 CFR 64.1200(n)(1)).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "cli.h"
#include "source.h"

struct trace_opts {
	struct cli_list	 tn;
	const char	*orig, *dest, *origid, *since, *until, *country;
};

#define AT(member) offsetof(struct trace_opts, member)
static const struct cli_opt opts[] = {
	{ "tn", "ID", CLI_LIST, AT(tn),
	    "a number or URI that the call is from, to, or diverted to; may be "
	    "given again: both must be in it" },
	{ "orig", "ID", CLI_STRING, AT(orig), "whom the call is from" },
	{ "dest", "ID", CLI_STRING, AT(dest), "whom it is for" },
	{ "origid", "UUID", CLI_STRING, AT(origid),
	    "the origid of its PASSporT" },
	{ "since", "TIME", CLI_STRING, AT(since),
	    "records from this time on: seconds since 1970, or "
	    "2026-01-02T03:04:05Z" },
	{ "until", "TIME", CLI_STRING, AT(until), "records up to this time" },
	{ "country", "CODE", CLI_STRING, AT(country),
	    "country code that national numbers get" },
	{ 0 },
};
#undef AT

struct wanted {
	struct shaken_id	*tn;	/* owned, n_tn */
	size_t			 n_tn;
	struct shaken_id	 orig, dest; /* NONE: any */
	const char		*origid; /* NULL: any */
	int64_t			 since, until;
	const char		*country;
};

struct count {
	uint64_t	read, found, foreign;
};

/* 2026-01-02T03:04:05Z, as RFC 3339 has it, in UTC; a fraction is cut off. */
static bool
read_date(const char *text, int64_t *out)
{
	static const char form[] = "dddd-dd-ddTdd:dd:dd";
	const size_t len = sizeof(form) - 1;
	int n[6] = { 0 }, *to = n;
	struct tm tm;

	for (size_t i = 0; i < len; i++) {
		if (form[i] != 'd') {
			if (text[i] != form[i])
				return false;
			to++;
		} else if (text[i] >= '0' && text[i] <= '9') {
			*to = *to * 10 + (text[i] - '0');
		} else {
			return false;
		}
	}
	text += len;
	if (*text == '.')
		text += 1 + strspn(text + 1, "0123456789");
	tm = (struct tm){ .tm_year = n[0] - 1900, .tm_mon = n[1] - 1,
		.tm_mday = n[2], .tm_hour = n[3], .tm_min = n[4],
		.tm_sec = n[5] };
	*out = timegm(&tm);
	return strcmp(text, "Z") == 0 && n[1] >= 1 && n[1] <= 12 &&
	    n[2] >= 1 && n[2] <= 31 && n[3] < 24 && n[4] < 60 && n[5] <= 60;
}

static enum cli_status
read_time(const char *option, const char *text, int64_t dflt, int64_t *out)
{
	char *end;

	*out = dflt;
	if (text == NULL || read_date(text, out))
		return CLI_OK;
	errno = 0;
	*out = strtoll(text, &end, 10);
	if (errno == 0 && end != text && *end == '\0' && *out >= 0)
		return CLI_OK;
	return cli_cannot("%s %s: not a time: give seconds since 1970, or "
	    "2026-01-02T03:04:05Z", option, text);
}

static enum cli_status
read_id(const char *option, const char *text, const char *country,
    struct shaken_id *out)
{
	*out = (struct shaken_id){ .kind = SHAKEN_ID_NONE };
	return text == NULL ? CLI_OK : cli_parse_id(option, text, country, out);
}

static enum cli_status
read_wanted(const struct trace_opts *o, struct wanted *w)
{
	struct cli_ids ids = { NULL, 0 };
	enum cli_status st = cli_check_country(o->country);

	w->country = o->country;
	w->origid = o->origid;
	if (st == CLI_OK)
		st = cli_parse_ids("--tn", &o->tn, o->country, &ids);
	w->tn = ids.v;
	w->n_tn = ids.n;
	if (st == CLI_OK)
		st = read_id("--orig", o->orig, o->country, &w->orig);
	if (st == CLI_OK)
		st = read_id("--dest", o->dest, o->country, &w->dest);
	if (st == CLI_OK)
		st = read_time("--since", o->since, 0, &w->since);
	if (st == CLI_OK)
		st = read_time("--until", o->until, INT64_MAX, &w->until);
	return st;
}

/* Whether id is in a member, which is one identity or several with commas. */
static bool
has_id(const json_t *record, const char *member, const struct wanted *w,
    const struct shaken_id *id)
{
	const char *p = json_string_value(json_object_get(record, member));

	for (size_t n; p != NULL && *p != '\0'; p += n + (p[n] == ',')) {
		struct shaken_id one;

		n = strcspn(p, ",");
		if (shaken_id_parse((struct shaken_sv){ p, n }, w->country,
		    &one) == SHAKEN_OK && shaken_id_equal(&one, id))
			return true;
	}
	return false;
}

static bool
is_wanted(const json_t *record, int64_t time, const struct wanted *w)
{
	static const char *const parties[] = { "orig", "dest", "target", "div" };
	const char *origid = json_string_value(json_object_get(record,
	    "origid"));

	if (time < w->since || time > w->until ||
	    (w->origid != NULL && (origid == NULL ||
	    strcasecmp(origid, w->origid) != 0)) ||
	    (w->orig.kind != SHAKEN_ID_NONE && !has_id(record, "orig", w,
	    &w->orig)) ||
	    (w->dest.kind != SHAKEN_ID_NONE && !has_id(record, "dest", w,
	    &w->dest)))
		return false;
	for (size_t i = 0; i < w->n_tn; i++) {
		bool in = false;

		for (size_t k = 0; k < sizeof(parties) / sizeof(*parties); k++)
			in = in || has_id(record, parties[k], w, &w->tn[i]);
		if (!in)
			return false;
	}
	return true;
}

/* One line: printed as it is, where it is a record that is wanted. */
static bool
look(struct shaken_sv line, const struct wanted *w, struct count *c, FILE *out)
{
	json_t *record = json_loadb(line.p, line.n, JSON_REJECT_DUPLICATES,
	    NULL);
	const char *text = json_string_value(json_object_get(record, "time"));
	int64_t time;
	bool ok = true;

	c->read++;
	if (text == NULL || !read_date(text, &time)) {
		c->foreign++;
	} else if (is_wanted(record, time, w)) {
		c->found++;
		ok = fwrite(line.p, 1, line.n, out) == line.n &&
		    putc('\n', out) != EOF;
	}
	json_decref(record);
	return ok;
}

static enum cli_status
read_file(const char *path, const struct wanted *w, struct count *c, FILE *out)
{
	struct count before = *c;
	struct audit_source *s;
	struct audit_item item;
	struct shaken_diag why;
	enum audit_next next;
	bool ok = true;

	if (!audit_source_open(path, NULL, &s, &why))
		return cli_cannot("%s", why.text);
	while (ok && (next = audit_source_next(s, &item)) == AUDIT_ITEM) {
		if (item.kind == AUDIT_JSON) {
			ok = look(item.bytes, w, c, out);
		} else {
			c->read++;
			c->foreign++;
		}
	}
	if (ok && next == AUDIT_FAIL)
		cli_warn("%s: %s; what is before it was read", path,
		    audit_source_why(s));
	ok = ok && next == AUDIT_END;
	audit_source_close(&s);
	if (c->foreign > before.foreign)
		cli_warn("%s: %llu of %llu lines are no records of shakend",
		    path, (unsigned long long)(c->foreign - before.foreign),
		    (unsigned long long)(c->read - before.read));
	return ok ? CLI_OK : CLI_CANNOT;
}

static enum cli_status
run(const void *options, char *const *args, size_t n_args, FILE *out)
{
	const struct trace_opts *o = options;
	struct wanted w = { .tn = NULL };
	struct count c = { 0 };
	enum cli_status st = n_args > 0 ? read_wanted(o, &w) : cli_cannot(
	    "no file given: give audit files of shakend, or '-'");

	for (size_t i = 0; i < n_args && st == CLI_OK; i++)
		st = read_file(args[i], &w, &c, out);
	if (st == CLI_OK && fflush(out) != 0)
		st = cli_cannot("cannot write: %s", strerrordesc_np(errno));
	free(w.tn);
	return st == CLI_OK && c.found == 0 ? CLI_NO : st;
}

const struct cli_cmd cli_trace = {
	.name = "trace",
	.synopsis = "[OPTION...] FILE...|-",
	.summary = "Find a call in the audit files of shakend.",
	.notes = "FILE is what [log] audit of shakend.conf names, older ones "
	    "too, gzip'd or not. Records are printed as they are, those that "
	    "answer to all options. Exit status 1: there is none.",
	.opts = opts,
	.opts_size = sizeof(struct trace_opts),
	.run = run,
	.streams = true,
};
