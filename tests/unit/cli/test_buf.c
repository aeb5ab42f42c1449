/* SPDX-License-Identifier: Apache-2.0 */
/* test_buf.c - what strangers wrote, in JSON, CSV, HTML and on a terminal
 * (R-158; RFC 8259 section 7, RFC 4180). */
#include <string.h>

#include <criterion/criterion.h>

#include "tally.h"

static const struct {
	const char	*name, *in, *json, *csv, *html, *plain;
} rows[] = {
	{ "plain", "abc", "\"abc\"", "abc", "abc", "abc" },
	{ "blank", "a b", "\"a b\"", "\"a b\"", "a b", "a b" },
	{ "quote", "a\"b", "\"a\\\"b\"", "\"a\"\"b\"", "a&#34;b", "a\"b" },
	{ "formula =", "=1+1", "\"=1+1\"", "\"'=1+1\"", "=1+1", "=1+1" },
	{ "formula +", "+1", "\"+1\"", "\"'+1\"", "+1", "+1" },
	{ "formula -", "-1", "\"-1\"", "\"'-1\"", "-1", "-1" },
	{ "formula @", "@A1", "\"@A1\"", "\"'@A1\"", "@A1", "@A1" },
	{ "formula and quote", "=\"x\"", "\"=\\\"x\\\"\"", "\"'=\"\"x\"\"\"",
	    "=&#34;x&#34;", "=\"x\"" },
	{ "line end", "a\r\nb", "\"a\\u000d\\u000ab\"", "\"a\r\nb\"",
	    "a&#65533;&#65533;b", "a\\x0D\\x0Ab" },
	{ "markup", "</td><script>&'", "\"</td><script>&'\"",
	    "</td><script>&'", "&#60;/td&#62;&#60;script&#62;&#38;&#39;",
	    "</td><script>&'" },
	{ "UTF-8", "\xc3\xa9", "\"\\u00e9\"", "\xc3\xa9", "&#233;",
	    "\\xC3\\xA9" },
	{ "four bytes", "\xf0\x9f\x98\x80", "\"\\ud83d\\ude00\"",
	    "\xf0\x9f\x98\x80", "&#128512;", "\\xF0\\x9F\\x98\\x80" },
	{ "no UTF-8", "a\xff\xc3", "\"a\\ufffd\\ufffd\"", "a\xff\xc3",
	    "a&#65533;&#65533;", "a\\xFF\\xC3" },
	{ "overlong", "\xc0\xaf", "\"\\ufffd\\ufffd\"", "\xc0\xaf",
	    "&#65533;&#65533;", "\\xC0\\xAF" },
	{ "surrogate", "\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"",
	    "\xed\xa0\x80", "&#65533;&#65533;&#65533;", "\\xED\\xA0\\x80" },
	{ "terminal", "\x1b[2J", "\"\\u001b[2J\"", "\x1b[2J", "&#65533;[2J",
	    "\\x1B[2J" },
};

static void
check(const char *name, const char *how,
    void put(struct audit_buf *, struct shaken_sv), const char *in,
    const char *want)
{
	struct audit_buf b = { 0 };

	put(&b, shaken_sv_cstr(in));
	cr_expect_not(b.failed);
	/* CSV quotes blanks and controls alike */
	if (strcmp(name, "terminal") == 0 && put == audit_put_csv)
		cr_expect(b.n == 6 && memcmp(b.p, "\"\x1b[2J\"", 6) == 0);
	else
		cr_expect(b.n == strlen(want) && memcmp(b.p, want, b.n) == 0,
		    "%s as %s: %.*s", name, how, (int)b.n, b.p);
	audit_buf_free(&b);
}

Test(buf, rows)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		check(rows[i].name, "JSON", audit_put_json, rows[i].in,
		    rows[i].json);
		check(rows[i].name, "CSV", audit_put_csv, rows[i].in,
		    rows[i].csv);
		check(rows[i].name, "HTML", audit_put_html, rows[i].in,
		    rows[i].html);
		check(rows[i].name, "text", audit_put_plain, rows[i].in,
		    rows[i].plain);
	}
}

/* A signer may call itself what it likes, and many may come. */
Test(tally, hostile_names)
{
	static struct audit_tally t;
	struct audit_fact f = { .result = AUDIT_PASSED, .attest = 'A',
		.spc = "1<2", .signer = "<script>alert(1)</script>" };
	struct audit_buf b = { 0 };

	for (size_t i = 0; i < AUDIT_ROWS_MAX + 100; i++) {
		snprintf(f.host, sizeof(f.host), "host-%zu\"'<img>", i);
		cr_assert(audit_tally_add(&t, &f));
	}
	cr_expect_eq(t.hosts.n, AUDIT_ROWS_MAX);
	cr_expect_eq(t.hosts.rest.n, 100);
	cr_expect_eq(t.signers.n, 1);
	audit_tally_sort(&t);
	audit_tally_html(&t, &b);
	cr_assert_not(b.failed);
	cr_expect_null(memmem(b.p, b.n, "<script", 7));
	cr_expect_null(memmem(b.p, b.n, "<img", 4));
	cr_expect_not_null(memmem(b.p, b.n, "&#60;script&#62;", 16));
	audit_buf_free(&b);
	audit_tally_clear(&t);
}
