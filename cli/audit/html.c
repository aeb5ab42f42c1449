/* SPDX-License-Identifier: Apache-2.0 */
/*
 * html.c - the summary as one page that needs nothing else: tables, and plots in
 * SVG.  Its policy lets nothing be loaded and no script run, and admits its one
 * style sheet by digest.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "tally.h"

#define PAGE_ROWS 200
#define BARS_MAX 96
#define PLOT_W 720
#define PLOT_H 180

static const char style[] =
    "body{font:16px/1.4 sans-serif;margin:1em auto;max-width:60em;padding:0 "
    "1em;color:#222;background:#fff}"
    "h1{font-size:1.5em}h2{font-size:1.15em;margin-top:2em}"
    "div{overflow-x:auto}table{border-collapse:collapse;width:100%}"
    "th,td{padding:.25em .6em;border-bottom:1px solid #ccc;text-align:right}"
    "th:first-child,td:first-child{text-align:left;overflow-wrap:anywhere}"
    "svg{width:100%;height:auto}";

static const char *const colours[AUDIT_RESULTS] = { "#2a7f3f", "#b3261e",
	"#c77700", "#7a7a7a", "#4a4a4a" };

static bool
style_digest(char out[64])
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned n;

	if (EVP_Digest(style, strlen(style), md, &n, EVP_sha256(), NULL) != 1)
		return false;
	return EVP_EncodeBlock((unsigned char *)out, md, (int)n) > 0;
}

static void
put_f(struct audit_buf *out, const char *before, uint64_t n, const char *after)
{
	audit_put(out, before);
	audit_put_int(out, (int64_t)n);
	audit_put(out, after);
}

static void
table_head(struct audit_buf *out, const char *title)
{
	audit_put(out, "<h2>");
	audit_put(out, title);
	audit_put(out, "</h2>\n<div><table><tr><th></th>");
	for (size_t i = 0; i < AUDIT_RESULTS; i++) {
		audit_put(out, "<th>");
		audit_put(out, audit_result_name((enum audit_result)i));
		audit_put(out, "</th>");
	}
	audit_put(out, "</tr>\n");
}

static void
cells(struct audit_buf *out, const uint64_t by[AUDIT_RESULTS])
{
	for (size_t i = 0; i < AUDIT_RESULTS; i++)
		put_f(out, "<td>", by[i], "</td>");
	audit_put(out, "</tr>\n");
}

static void
table(struct audit_buf *out, const char *title, const struct audit_table *t)
{
	uint64_t rest[AUDIT_RESULTS];
	bool more = t->rest.n > 0;

	if (t->n == 0)
		return;
	memcpy(rest, t->rest.by, sizeof(rest));
	table_head(out, title);
	for (size_t i = 0; i < t->n; i++) {
		const struct audit_row *r = &t->v[i];

		for (size_t k = 0; i >= PAGE_ROWS && k < AUDIT_RESULTS; k++)
			rest[k] += r->by[k];
		more |= i >= PAGE_ROWS;
		if (i >= PAGE_ROWS)
			continue;
		audit_put(out, "<tr><td>");
		audit_put_html(out, shaken_sv_cstr(r->name));
		audit_put(out, r->second[0] == '\0' ? "" : " &#183; ");
		audit_put_html(out, shaken_sv_cstr(r->second));
		audit_put(out, "</td>");
		cells(out, r->by);
	}
	if (more) {
		audit_put(out, "<tr><td>all others</td>");
		cells(out, rest);
	}
	audit_put(out, "</table></div>\n");
}

/* -- plots -------------------------------------------------------------- */

struct bar {
	int64_t		hour;
	uint64_t	n, by[AUDIT_RESULTS];
};

/* Hours with calls, evenly joined until they fit; returns how many. */
static size_t
join_hours(const struct audit_table *t, struct bar bars[BARS_MAX])
{
	size_t each = (t->n + BARS_MAX - 1) / BARS_MAX, n = 0;

	memset(bars, 0, BARS_MAX * sizeof(*bars));
	for (size_t i = 0; i < t->n; i++) {
		struct bar *b = &bars[i / each];

		if (b->n == 0)
			b->hour = t->v[i].hour;
		b->n += t->v[i].n;
		for (size_t k = 0; k < AUDIT_RESULTS; k++)
			b->by[k] += t->v[i].by[k];
		n = i / each + 1;
	}
	return n;
}

static void
rect(struct audit_buf *out, double x, double y, double w, double h,
    const char *colour)
{
	char text[160];

	snprintf(text, sizeof(text), "<rect x=\"%.1f\" y=\"%.1f\" "
	    "width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>", x, y, w, h,
	    colour);
	audit_put(out, text);
}

static void
plot_hours(struct audit_buf *out, const struct audit_table *t)
{
	struct bar bars[BARS_MAX];
	size_t n = join_hours(t, bars);
	char when[CLI_TIME_LEN];
	uint64_t top = 1;

	for (size_t i = 0; i < n; i++)
		top = bars[i].n > top ? bars[i].n : top;
	audit_put(out, "<h2>By time</h2>\n<svg viewBox=\"0 0 720 180\" "
	    "role=\"img\" aria-label=\"calls by time\">");
	for (size_t i = 0; i < n; i++) {
		double w = (double)PLOT_W / (double)n, y = PLOT_H;

		audit_put(out, "<g><title>");
		audit_put(out, cli_time(bars[i].hour, when));
		put_f(out, ": ", bars[i].n, " calls</title>");
		for (size_t k = 0; k < AUDIT_RESULTS; k++) {
			double h = (double)bars[i].by[k] * PLOT_H /
			    (double)top;

			y -= h;
			if (h > 0)
				rect(out, (double)i * w, y, w > 3 ? w - 1 : w,
				    h, colours[k]);
		}
		audit_put(out, "</g>");
	}
	audit_put(out, "</svg>\n<p>");
	if (n > 0)
		audit_put(out, cli_time(bars[0].hour, when));
	if (n > 1) {
		audit_put(out, " to ");
		audit_put(out, cli_time(t->v[t->n - 1].hour, when));
	}
	put_f(out, "; the highest bar stands for ", top, " calls.</p>\n");
}

static void
bar_line(struct audit_buf *out, const char *name, uint64_t n, uint64_t of,
    size_t row, const char *colour)
{
	double y = (double)row * 26;
	char text[160];

	snprintf(text, sizeof(text), "<text x=\"0\" y=\"%.0f\" "
	    "font-size=\"15\">%s</text>", y + 17, name);
	audit_put(out, text);
	rect(out, 110, y + 3, of == 0 ? 0 : (double)n * 500 / (double)of, 18,
	    colour);
	snprintf(text, sizeof(text), "<text x=\"620\" y=\"%.0f\" "
	    "font-size=\"15\">%" PRIu64 "</text>", y + 17, n);
	audit_put(out, text);
}

static void
plot_results(struct audit_buf *out, const struct audit_tally *t)
{
	audit_put(out, "<svg viewBox=\"0 0 720 132\" role=\"img\" "
	    "aria-label=\"calls by result\">");
	for (size_t i = 0; i < AUDIT_RESULTS; i++)
		bar_line(out, audit_result_name((enum audit_result)i),
		    t->by[i], t->n, i, colours[i]);
	audit_put(out, "</svg>\n");
}

static void
plot_cases(struct audit_buf *out, const struct audit_tally *t)
{
	size_t n = 0, row = 0;
	uint64_t top = 0;
	char name[8];

	for (size_t i = 0; i < SHAKEN_CASES; i++) {
		n += t->cases[i] > 0;
		top = t->cases[i] > top ? t->cases[i] : top;
	}
	if (n == 0)
		return;
	audit_put(out, "<h2>By case of ATIS-1000082</h2>\n");
	put_f(out, "<svg viewBox=\"0 0 720 ", n * 26, "\" role=\"img\" "
	    "aria-label=\"failures by case\">");
	for (size_t i = 0; i < SHAKEN_CASES; i++) {
		if (t->cases[i] == 0)
			continue;
		snprintf(name, sizeof(name), "E%zu", i);
		bar_line(out, name, t->cases[i], top, row++, colours[1]);
	}
	audit_put(out, "</svg>\n");
}

/* -- the page ----------------------------------------------------------- */

static void
put_skips(struct audit_buf *out, const struct audit_tally *t)
{
	audit_put(out, "<h2>Not judged</h2>\n<div><table>\n");
	put_f(out, "<tr><td>further copies of INVITEs</td><td>",
	    t->count.copies, "</td></tr>\n");
	put_f(out, "<tr><td>requests inside of calls</td><td>",
	    t->count.in_dialog, "</td></tr>\n");
	for (size_t i = 0; i < AUDIT_SKIP_N; i++) {
		if (t->skips.n[i] == 0)
			continue;
		audit_put(out, "<tr><td>");
		audit_put_html(out, shaken_sv_cstr(audit_skip_texts[i].text));
		put_f(out, "</td><td>", t->skips.n[i], "</td></tr>\n");
	}
	audit_put(out, "</table></div>\n");
}

void
audit_tally_html(const struct audit_tally *t, struct audit_buf *out)
{
	char digest[64] = "";

	if (!style_digest(digest)) {
		out->failed = true;
		return;
	}
	audit_put(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta "
	    "charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" "
	    "content=\"default-src 'none'; base-uri 'none'; form-action "
	    "'none'; style-src 'sha256-");
	audit_put(out, digest);
	audit_put(out, "'\">\n<meta name=\"viewport\" content=\"width="
	    "device-width, initial-scale=1\">\n<title>Calls audited</title>\n<style>");
	audit_put(out, style);
	audit_put(out, "</style></head><body>\n<h1>Calls audited</h1>\n");
	put_f(out, "<p>", t->n, " calls");
	put_f(out, " in ", t->files, " files");
	audit_put(out, t->interrupted ? "; interrupted, there is more" : "");
	audit_put(out, ". Made by shaken ");
	audit_put(out, shaken_version());
	audit_put(out, ".</p>\n");
	plot_results(out, t);
	plot_hours(out, &t->hours);
	plot_cases(out, t);
	table_head(out, "By attestation");
	for (size_t i = 0; i < 4; i++) {
		audit_put(out, "<tr><td>");
		audit_put(out, audit_attest_name(i));
		audit_put(out, "</td>");
		cells(out, t->attest[i]);
	}
	audit_put(out, "</table></div>\n");
	table(out, "By signer", &t->signers);
	table(out, "By certificate host", &t->hosts);
	put_skips(out, t);
	audit_put(out, "</body></html>\n");
}
