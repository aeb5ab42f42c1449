/* SPDX-License-Identifier: Apache-2.0 */
/* tally_out.c - the summary, for people at a terminal and for programs. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tally.h"

#define TEXT_ROWS 20		/* of a table shown at a terminal */

static void
put_counts_text(struct audit_buf *out, const uint64_t by[AUDIT_RESULTS])
{
	char cell[32];

	for (size_t i = 0; i < AUDIT_RESULTS; i++) {
		snprintf(cell, sizeof(cell), "  %10" PRIu64, by[i]);
		audit_put(out, cell);
	}
	audit_put(out, "\n");
}

static void
put_head(struct audit_buf *out, const char *title)
{
	char line[128];

	snprintf(line, sizeof(line), "\n%-32s", title);
	audit_put(out, line);
	for (size_t i = 0; i < AUDIT_RESULTS; i++) {
		snprintf(line, sizeof(line), "  %10s",
		    audit_result_name((enum audit_result)i));
		audit_put(out, line);
	}
	audit_put(out, "\n");
}

static void
put_name_text(struct audit_buf *out, const struct audit_row *row, bool hour)
{
	size_t from = out->n, n;
	char when[CLI_TIME_LEN];

	if (hour) {
		audit_put(out, cli_time(row->hour, when));
	} else {
		audit_put_plain(out, shaken_sv_cstr(row->name));
		audit_put(out, row->second[0] == '\0' ? "" : "  ");
		audit_put_plain(out, shaken_sv_cstr(row->second));
	}
	if (out->failed)
		return;
	for (n = out->n - from; n < 32; n++)
		audit_put(out, " ");
}

static void
put_table_text(struct audit_buf *out, const char *title,
    const struct audit_table *t, bool hour)
{
	uint64_t rest[AUDIT_RESULTS];
	char line[64];

	if (t->n == 0)
		return;
	put_head(out, title);
	memcpy(rest, t->rest.by, sizeof(rest));
	for (size_t i = 0; i < t->n; i++) {
		if (i >= TEXT_ROWS) {
			for (size_t k = 0; k < AUDIT_RESULTS; k++)
				rest[k] += t->v[i].by[k];
			continue;
		}
		put_name_text(out, &t->v[i], hour);
		put_counts_text(out, t->v[i].by);
	}
	if (t->n <= TEXT_ROWS)
		return;
	snprintf(line, sizeof(line), "%zu%s more", t->n - TEXT_ROWS,
	    t->rest.n > 0 ? " and" : "");
	audit_put(out, line);
	for (size_t n = strlen(line); n < 32; n++)
		audit_put(out, " ");
	put_counts_text(out, rest);
}

static void
put_count(struct audit_buf *out, uint64_t n, const char *what)
{
	char line[256];

	snprintf(line, sizeof(line), "%12" PRIu64 "  %s\n", n, what);
	audit_put(out, line);
}

void
audit_tally_text(const struct audit_tally *t, struct audit_buf *out)
{
	char name[64];

	put_count(out, t->n, "calls");
	for (size_t i = 0; i < AUDIT_RESULTS; i++)
		put_count(out, t->by[i],
		    audit_result_name((enum audit_result)i));
	put_count(out, t->count.copies, "further copies of their INVITEs");
	put_count(out, t->differ, "calls whose Identity differs in a copy");
	put_count(out, t->count.in_dialog, "requests inside of calls");
	put_head(out, "attestation");
	for (size_t i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "%-32s", audit_attest_name(i));
		audit_put(out, name);
		put_counts_text(out, t->attest[i]);
	}
	put_table_text(out, "signer", &t->signers, false);
	put_table_text(out, "certificate host", &t->hosts, false);
	put_table_text(out, "hour", &t->hours, true);
	audit_put(out, "\ncase, ATIS-1000082\n");
	for (size_t i = 0; i < SHAKEN_CASES; i++)
		if (t->cases[i] > 0) {
			snprintf(name, sizeof(name), "E%zu", i);
			put_count(out, t->cases[i], name);
		}
	audit_put(out, "\nnot judged\n");
	for (size_t i = 0; i < AUDIT_SKIP_N; i++)
		if (t->skips.n[i] > 0)
			put_count(out, t->skips.n[i],
			    audit_skip_texts[i].text);
	if (t->interrupted)
		audit_put(out, "\nThis was interrupted: there is more.\n");
}

/* -- JSON --------------------------------------------------------------- */

static void
put_member(struct audit_buf *out, const char *name, uint64_t n)
{
	audit_put(out, "\"");
	audit_put(out, name);
	audit_put(out, "\":");
	audit_put_int(out, (int64_t)n);
}

static void
put_results(struct audit_buf *out, const uint64_t by[AUDIT_RESULTS])
{
	for (size_t i = 0; i < AUDIT_RESULTS; i++) {
		audit_put(out, i == 0 ? "" : ",");
		put_member(out, audit_result_name((enum audit_result)i),
		    by[i]);
	}
}

static void
put_table_json(struct audit_buf *out, const char *title, const char *key,
    const struct audit_table *t)
{
	char when[CLI_TIME_LEN];

	audit_put(out, ",\"");
	audit_put(out, title);
	audit_put(out, "\":[");
	for (size_t i = 0; i <= t->n; i++) {
		const struct audit_row *r = i < t->n ? &t->v[i] : &t->rest;
		bool rest = i == t->n, hour = strcmp(key, "hour") == 0;

		if (rest && r->n == 0)
			break;
		audit_put(out, i == 0 ? "{\"" : ",{\"");
		audit_put(out, key);
		audit_put(out, "\":");
		audit_put_json(out, rest ? (struct shaken_sv){ NULL, 0 } :
		    shaken_sv_cstr(hour ? cli_time(r->hour, when) : r->name));
		if (strcmp(key, "spc") == 0) {
			audit_put(out, ",\"name\":");
			audit_put_json(out, rest ? (struct shaken_sv){ NULL,
			    0 } : shaken_sv_cstr(r->second));
		}
		audit_put(out, ",");
		put_results(out, r->by);
		audit_put(out, "}");
	}
	audit_put(out, "]");
}

void
audit_tally_json(const struct audit_tally *t, struct audit_buf *out)
{
	const char *comma = "";
	char name[8];

	audit_put(out, "{\"summary\":{");
	put_member(out, "calls", t->n);
	audit_put(out, ",");
	put_results(out, t->by);
	audit_put(out, ",");
	put_member(out, "copies", t->count.copies);
	audit_put(out, ",");
	put_member(out, "differ", t->differ);
	audit_put(out, ",");
	put_member(out, "in_dialog", t->count.in_dialog);
	audit_put(out, ",\"attest\":{");
	for (size_t i = 0; i < 4; i++) {
		audit_put(out, i == 0 ? "\"" : ",\"");
		audit_put(out, audit_attest_name(i));
		audit_put(out, "\":{");
		put_results(out, t->attest[i]);
		audit_put(out, "}");
	}
	audit_put(out, "},\"cases\":{");
	for (size_t i = 0; i < SHAKEN_CASES; i++)
		if (t->cases[i] > 0) {
			snprintf(name, sizeof(name), "E%zu", i);
			audit_put(out, comma);
			put_member(out, name, t->cases[i]);
			comma = ",";
		}
	audit_put(out, "}");
	put_table_json(out, "signers", "spc", &t->signers);
	put_table_json(out, "hosts", "host", &t->hosts);
	put_table_json(out, "hours", "hour", &t->hours);
	audit_put(out, ",\"packets\":");
	audit_put_int(out, (int64_t)t->skips.packets);
	audit_put(out, ",\"skipped\":{");
	comma = "";
	for (size_t i = 0; i < AUDIT_SKIP_N; i++)
		if (t->skips.n[i] > 0) {
			audit_put(out, comma);
			put_member(out, audit_skip_texts[i].name,
			    t->skips.n[i]);
			comma = ",";
		}
	audit_put(out, "},\"interrupted\":");
	audit_put(out, t->interrupted ? "true}}\n" : "false}}\n");
}
