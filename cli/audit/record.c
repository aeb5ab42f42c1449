/* SPDX-License-Identifier: Apache-2.0 */
/* record.c - one line a call. */
#include <stdio.h>
#include <string.h>

#include "record.h"

enum field { SEQ, SOURCE, POS, CAPTURED, JUDGED, CALL_ID, SRC, DST, ORIG, DEST,
	RESULT, VERSTAT, ECASE, CODE, REASON, CHECK, DETAIL, PPT, ATTEST,
	ORIGID, IAT, SPC, SIGNER, X5U, VALUES, COPIES, DIFFER, FIELDS };

static const char *const names[FIELDS] = { "n", "file", "pos", "captured",
	"judged_at", "call_id", "src", "dst", "orig", "dest", "result",
	"verstat", "case", "code", "reason", "check", "detail", "ppt", "attest",
	"origid", "iat", "spc", "signer", "x5u", "values", "copies", "differ" };

struct cells {			/* n 0: empty; then number, where is_number */
	struct shaken_sv text[FIELDS];
	int64_t		 number[FIELDS];
	bool		 is_number[FIELDS];
	char		 captured[40], ecase[8];
};

static void
set(struct cells *c, enum field f, const char *text)
{
	c->text[f] = shaken_sv_cstr(text);
}

static void
set_number(struct cells *c, enum field f, int64_t v)
{
	c->number[f] = v;
	c->is_number[f] = true;
}

static void
set_captured(struct cells *c, int64_t us)
{
	char when[CLI_TIME_LEN];

	if (us <= 0)
		return;
	snprintf(c->captured, sizeof(c->captured), "%.19s.%06dZ",
	    cli_time(us / 1000000, when), (int)(us % 1000000));
	set(c, CAPTURED, c->captured);
}

static void
set_verdict(struct cells *c, const struct audit_judge *j)
{
	const struct shaken_verdict *d = shaken_verify_verdict(j->v);
	const struct shaken_passport *p = d->value < shaken_verify_n(j->v) ?
	    shaken_verify_passport(j->v, d->value) : NULL;

	set(c, VERSTAT, shaken_verstat_name(d->verstat));
	if (d->ecase != SHAKEN_CASE_NONE) {
		snprintf(c->ecase, sizeof(c->ecase), "E%d", (int)d->ecase);
		set(c, ECASE, c->ecase);
	}
	if (d->code != 0)
		set_number(c, CODE, d->code);
	set(c, REASON, d->reason);
	set(c, CHECK, d->check);
	set(c, DETAIL, d->detail.text);
	c->text[ATTEST] = (struct shaken_sv){ &d->attest, d->attest != '\0' };
	set(c, ORIGID, d->origid);
	if (d->iat >= 0)
		set_number(c, IAT, d->iat);
	set(c, SPC, d->spc);
	if (d->value < shaken_verify_n(j->v) && j->chain[d->value] != NULL)
		set(c, SIGNER, j->chain[d->value]->signer);
	if (p != NULL) {
		c->text[PPT] = shaken_passport_ppt(p);
		c->text[X5U] = shaken_passport_x5u(p);
	}
}

static void
collect(struct cells *c, const struct audit_judge *j)
{
	const struct audit_call *call = j->of;

	memset(c, 0, sizeof(*c));
	set_number(c, SEQ, (int64_t)call->seq);
	set(c, SOURCE, call->file);
	set_number(c, POS, (int64_t)call->pos);
	set_captured(c, call->time_us);
	set_number(c, JUDGED, j->now);
	c->text[CALL_ID] = j->call_id;
	set(c, SRC, call->src);
	set(c, DST, call->dst);
	if (j->vcall.orig != NULL)
		c->text[ORIG] = (struct shaken_sv){ j->orig.text,
			j->orig.len };
	if (j->vcall.n_dest > 0)
		c->text[DEST] = (struct shaken_sv){ j->dest[0].text,
			j->dest[0].len };
	set(c, RESULT, audit_result_name(j->result));
	set_number(c, VALUES, (int64_t)j->n_identity);
	set_number(c, COPIES, call->copies);
	set_number(c, DIFFER, call->differ);
	if (j->result == AUDIT_UNREADABLE) {
		set(c, VERSTAT, shaken_verstat_name(SHAKEN_NO_TN_VALIDATION));
		set(c, DETAIL, j->why.text);
	} else {
		set_verdict(c, j);
	}
}

/* The number a call is for, or several. */
static void
put_dest(struct audit_buf *out, const struct audit_judge *j)
{
	audit_put(out, "[");
	for (size_t i = 0; i < j->vcall.n_dest; i++) {
		audit_put(out, i == 0 ? "" : ",");
		audit_put_json(out, (struct shaken_sv){ j->dest[i].text,
		    j->dest[i].len });
	}
	audit_put(out, "]");
}

static void
put_json(struct audit_buf *out, const struct cells *c,
    const struct audit_judge *j)
{
	for (size_t i = 0; i < FIELDS; i++) {
		audit_put(out, i == 0 ? "{\"" : ",\"");
		audit_put(out, names[i]);
		audit_put(out, "\":");
		if (i == DEST)
			put_dest(out, j);
		else if (i == DIFFER)
			audit_put(out, c->number[i] != 0 ? "true" : "false");
		else if (c->is_number[i])
			audit_put_int(out, c->number[i]);
		else
			audit_put_json(out, c->text[i]);
	}
	audit_put(out, "}\n");
}

static void
put_csv(struct audit_buf *out, const struct cells *c)
{
	for (size_t i = 0; i < FIELDS; i++) {
		audit_put(out, i == 0 ? "" : ",");
		if (c->is_number[i])
			audit_put_int(out, c->number[i]);
		else
			audit_put_csv(out, c->text[i]);
	}
	audit_put(out, "\r\n");	/* RFC 4180 section 2 */
}

static void
put_text(struct audit_buf *out, const struct cells *c)
{
	static const enum field shown[] = { RESULT, ECASE, ATTEST, SPC, ORIG,
		DEST, DETAIL };
	char when[CLI_TIME_LEN];

	audit_put_int(out, c->number[SEQ]);
	audit_put(out, "  ");
	audit_put(out, cli_time(c->number[JUDGED], when));
	for (size_t i = 0; i < sizeof(shown) / sizeof(*shown); i++) {
		audit_put(out, "  ");
		if (c->text[shown[i]].n == 0)
			audit_put(out, shown[i] == DETAIL ? "" : "-");
		else
			audit_put_plain(out, c->text[shown[i]]);
	}
	audit_put(out, "\n");
}

void
audit_record_head(enum audit_format f, struct audit_buf *out)
{
	if (f != AUDIT_CSV)
		return;
	for (size_t i = 0; i < FIELDS; i++) {
		audit_put(out, i == 0 ? "" : ",");
		audit_put(out, names[i]);
	}
	audit_put(out, "\r\n");
}

void
audit_record(enum audit_format f, const struct audit_judge *j,
    struct audit_buf *out)
{
	struct cells c;

	if (f == AUDIT_SILENT)
		return;
	collect(&c, j);
	switch (f) {
	case AUDIT_TEXT:
		put_text(out, &c);
		return;
	case AUDIT_JSON_LINES:
		put_json(out, &c, j);
		return;
	case AUDIT_CSV:
		put_csv(out, &c);
		return;
	case AUDIT_SILENT:
		return;
	}
}
