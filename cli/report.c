/* SPDX-License-Identifier: Apache-2.0 */
/* report.c - a verification told. */
#include <stdlib.h>
#include <string.h>

#include "report.h"

/* "TN-Validation-Passed", or "TN-Validation-Passed-A" where asked for. */
static const char *
verstat_text(const struct cli_report *r, const struct shaken_verdict *d,
    char buf[64])
{
	const char *name = shaken_verstat_name(d->verstat);

	if (r->style == NULL || strcmp(r->style, "suffixed") != 0 ||
	    d->verstat != SHAKEN_TN_VALIDATION_PASSED || d->attest == '\0')
		return name;
	snprintf(buf, 64, "%s-%c", name, d->attest);
	return buf;
}

static const char *
result_text(enum shaken_result result)
{
	switch (result) {
	case SHAKEN_SKIPPED: return "skipped";
	case SHAKEN_PASS: return "pass";
	case SHAKEN_FAIL: return "fail";
	}
	return "skipped";
}

/* The token of value i; NULL where it did not decode, or there is none. */
static const struct shaken_passport *
passport_of(const struct cli_report *r, size_t i)
{
	return i < shaken_verify_n(r->v) ? shaken_verify_passport(r->v, i) :
	    NULL;
}

static json_t *
dest_json(const struct shaken_passport *p)
{
	json_t *tn = json_array(), *uri = json_array(), *dest = json_object();
	size_t n = p == NULL ? 0 : shaken_passport_n_dest(p);
	int bad = tn == NULL || uri == NULL || dest == NULL;

	for (size_t i = 0; i < n; i++) {
		const struct shaken_id *id = shaken_passport_dest(p, i);

		bad |= json_array_append_new(id->kind == SHAKEN_ID_TN ? tn :
		    uri, cli_json((struct shaken_sv){ id->text, id->len }));
	}
	if (json_array_size(tn) > 0)
		bad |= json_object_set(dest, "tn", tn);
	if (json_array_size(uri) > 0)
		bad |= json_object_set(dest, "uri", uri);
	json_decref(tn);
	json_decref(uri);
	if (bad == 0 && n > 0)
		return dest;
	json_decref(dest);
	return bad == 0 ? json_null() : NULL;
}

json_t *
cli_report_checks(const struct cli_report *r, size_t i)
{
	const struct shaken_check *c;
	json_t *list = json_array();
	size_t n = i < shaken_verify_n(r->v) ?
	    shaken_verify_checks(r->v, i, &c) : 0;
	int bad = 0;

	for (size_t k = 0; k < n; k++)
		bad |= json_array_append_new(list, json_pack(
		    "{s:s, s:s, s:s, s:s, s:s?}", "check", c[k].name,
		    "result", result_text(c[k].result), "detail", c[k].detail,
		    "rule", c[k].rule, "hint",
		    c[k].result == SHAKEN_FAIL ? c[k].hint : NULL));
	if (bad == 0)
		return list;
	json_decref(list);
	return NULL;
}

/* The members of the object that stands for one Identity value. */
static json_t *
verdict_json(const struct cli_report *r, const struct shaken_verdict *d, size_t i)
{
	const struct shaken_passport *p = passport_of(r, i);
	struct shaken_sv attest = { &d->attest, d->attest != '\0' };
	struct shaken_sv x5u = { NULL, 0 }, ppt = { NULL, 0 };
	char verstat[64], ecase[8];
	json_t *obj;

	if (p != NULL) {
		x5u = shaken_passport_x5u(p);
		ppt = shaken_passport_ppt(p);
	}
	snprintf(ecase, sizeof(ecase), "E%d", (int)d->ecase);
	obj = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
	    "s:s?, s:o, s:s?, s:o}", "verstat", verstat_text(r, d, verstat),
	    "ppt", cli_json(ppt),
	    "attest", cli_json(attest),
	    "origid", cli_json(shaken_sv_cstr(d->origid)),
	    "orig", cli_json_id(p == NULL ? NULL : shaken_passport_orig(p)),
	    "dest", dest_json(p),
	    "div", cli_json_id(p == NULL ? NULL : shaken_passport_div(p)),
	    "iat", d->iat < 0 ? json_null() : json_integer(d->iat),
	    "spc", cli_json(shaken_sv_cstr(d->spc)),
	    "x5u", cli_json(x5u),
	    "case", d->ecase == SHAKEN_CASE_NONE ? NULL : ecase,
	    "code", d->code == 0 ? json_null() : json_integer(d->code),
	    "reason", d->reason,
	    "detail", cli_json(shaken_sv_cstr(d->detail.text)));
	if (obj != NULL && r->explain &&
	    json_object_set_new(obj, "checks", cli_report_checks(r, i)) != 0) {
		json_decref(obj);
		obj = NULL;
	}
	return obj;
}

json_t *
cli_report_json(const struct cli_report *r)
{
	const struct shaken_verdict *d = shaken_verify_verdict(r->v);
	json_t *obj = verdict_json(r, d, d->value);
	json_t *results = json_array();
	int bad = obj == NULL || results == NULL;

	for (size_t i = 0; i < shaken_verify_n(r->v); i++)
		bad |= json_array_append_new(results, verdict_json(r,
		    shaken_verify_verdict_of(r->v, i), i));
	bad |= json_object_set_new(obj, "results", results);
	if (bad != 0) {
		json_decref(obj);
		obj = NULL;
	}
	return obj;
}

/* -- for people --------------------------------------------------------- */

static void
put_line(FILE *out, const char *name, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	fprintf(out, "%-8s  ", name);
	cli_put(out, shaken_sv_cstr(value));
	putc('\n', out);
}

static void
put_claims(const struct cli_report *r, const struct shaken_verdict *d, size_t i,
    FILE *out)
{
	const struct shaken_passport *p = passport_of(r, i);
	char attest[2] = { d->attest, '\0' }, when[CLI_TIME_LEN];

	put_line(out, "attest", attest);
	put_line(out, "origid", d->origid);
	if (p != NULL)
		put_line(out, "orig", shaken_passport_orig(p)->text);
	for (size_t k = 0; p != NULL && k < shaken_passport_n_dest(p); k++)
		put_line(out, "dest", shaken_passport_dest(p, k)->text);
	if (d->iat >= 0)
		fprintf(out, "%-8s  %lld (%s)\n", "iat", (long long)d->iat,
		    cli_time(d->iat, when));
	put_line(out, "spc", d->spc);
}

static void
put_failure(const struct shaken_verdict *d, FILE *out)
{
	if (d->ecase != SHAKEN_CASE_NONE)
		fprintf(out, "%-8s  E%d\n", "case", (int)d->ecase);
	if (d->code != 0)
		fprintf(out, "%-8s  %d\n", "code", d->code);
	put_line(out, "reason", d->reason);
	put_line(out, "check", d->check);
	put_line(out, "detail", d->detail.text);
}

/* One check a line: result, name, what was found, (rule); under a failed one
 * what to do. */
static void
put_checks(const struct cli_report *r, size_t i, FILE *out)
{
	const struct shaken_check *c;
	size_t n = shaken_verify_checks(r->v, i, &c);
	int name = 0, column;
	char text[512];

	for (size_t k = 0; k < n; k++)
		if ((int)strlen(c[k].name) > name)
			name = (int)strlen(c[k].name);
	column = 9 + name + 2;
	for (size_t k = 0; k < n; k++) {
		snprintf(text, sizeof(text), "%s%s(%s)", c[k].detail,
		    c[k].detail[0] == '\0' ? "" : " ", c[k].rule);
		fprintf(out, "%-7s  %-*s  ", result_text(c[k].result), name,
		    c[k].name);
		cli_put_wrapped(out, text, column);
		if (c[k].result == SHAKEN_FAIL && c[k].hint != NULL) {
			snprintf(text, sizeof(text), "hint: %s", c[k].hint);
			fprintf(out, "%*s", column, "");
			cli_put_wrapped(out, text, column);
		}
	}
}

/* "value 2 of 3, div: TN-Validation-Passed" */
static void
put_value(const struct cli_report *r, const struct shaken_verdict *d, size_t i,
    size_t n, FILE *out)
{
	const struct shaken_passport *p = passport_of(r, i);
	char verstat[64];

	fprintf(out, "\nvalue %zu of %zu", i + 1, n);
	if (p != NULL && shaken_passport_ppt(p).n > 0) {
		fputs(", ", out);
		cli_put(out, shaken_passport_ppt(p));
	}
	fprintf(out, ": %s%s%s\n", verstat_text(r, d, verstat),
	    d->detail.text[0] == '\0' ? "" : ": ", d->detail.text);
}

void
cli_report_text(const struct cli_report *r, FILE *out)
{
	const struct shaken_verdict *d = shaken_verify_verdict(r->v);
	size_t n = shaken_verify_n(r->v);
	char verstat[64];

	fprintf(out, "%s\n", verstat_text(r, d, verstat));
	if (d->verstat == SHAKEN_TN_VALIDATION_PASSED)
		put_claims(r, d, d->value, out);
	else
		put_failure(d, out);
	for (size_t i = 0; i < n; i++) {
		const struct shaken_verdict *one =
		    shaken_verify_verdict_of(r->v, i);

		if (n > 1 || r->explain)
			put_value(r, one, i, n, out);
		if (r->explain)
			put_checks(r, i, out);
	}
}
