/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <jansson.h>

#include "log.h"

/* What svc_log() writes, without the time. */
static void
written(enum svc_log_format format, const struct svc_line *l, char *out,
    size_t cap)
{
	struct svc_log *log = svc_log_open(SVC_DEBUG, format, NULL);
	int old = dup(STDERR_FILENO), fds[2];
	ssize_t n;

	cr_assert(log != NULL && old >= 0 && pipe(fds) == 0);
	dup2(fds[1], STDERR_FILENO);
	svc_log(log, l);
	dup2(old, STDERR_FILENO);
	n = read(fds[0], out, cap - 1);
	cr_assert(n > 0);
	out[n] = '\0';
	close(old);
	close(fds[0]);
	close(fds[1]);
	svc_log_close(&log);
}

static const struct {
	const char *name, *in;
	size_t n;
	const char *json, *text;
} rows[] = {
	{ "plain", "abc", 3, "\"abc\"", "abc" },
	{ "blank", "a b", 3, "\"a b\"", "\"a b\"" },
	{ "quote", "a\"b", 3, "\"a\\\"b\"", "\"a\\\"b\"" },
	{ "backslash", "a\\b", 3, "\"a\\\\b\"", "\"a\\\\b\"" },
	{ "line end", "a\r\nb", 4, "\"a\\u000d\\u000ab\"",
	    "\"a\\u000d\\u000ab\"" },
	{ "NUL", "a\0b", 3, "\"a\\u0000b\"", "\"a\\u0000b\"" },
	{ "DEL", "\x7f", 1, "\"\\u007f\"", "\"\\u007f\"" },
	{ "UTF-8", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9,
	    "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"",
	    "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" },
	{ "Latin-1", "caf\xe9!", 5, "\"caf?!\"", "caf?!" },
	{ "overlong", "\xc0\xaf", 2, "\"??\"", "??" },
	{ "surrogate", "\xed\xa0\x80", 3, "\"???\"", "???" },
	{ "cut sequence", "\xe2\x82", 2, "\"??\"", "??" },
};

Test(log, values)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct svc_line l;
		char out[1000], want[200];

		svc_line(&l, SVC_INFO, "e");
		svc_line_sv(&l, "k", (struct shaken_sv){ rows[i].in,
		    rows[i].n });
		svc_line_int(&l, "n", -5);
		written(SVC_LOG_JSON, &l, out, sizeof(out));
		snprintf(want, sizeof(want), "\"event\":\"e\",\"k\":%s,"
		    "\"n\":-5}\n", rows[i].json);
		cr_expect_not_null(strstr(out, want), "%s: %s", rows[i].name,
		    out);
		written(SVC_LOG_TEXT, &l, out, sizeof(out));
		snprintf(want, sizeof(want), "<6>e k=%s n=-5\n", rows[i].text);
		cr_expect_str_eq(out, want, "%s: %s", rows[i].name, out);
	}
}

/* A line is one JSON object, whatever is put into it. */
Test(log, numbers)
{
	static const struct {
		int64_t		 v;
		const char	*plain, *ms;
	} cases[] = {
		{ 0, "0", "0.000" },
		{ 7, "7", "0.007" },
		{ 1000, "1000", "1.000" },
		{ 123456, "123456", "123.456" },
		{ -1, "-1", "0.000" },
		{ INT64_MAX, "9223372036854775807", "9223372036854775.807" },
		{ INT64_MIN, "-9223372036854775808", "0.000" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char want[128];
		struct svc_line l;

		svc_line(&l, SVC_INFO, "test");
		svc_line_int(&l, "n", cases[i].v);
		svc_line_ms(&l, "ms", cases[i].v);
		snprintf(want, sizeof(want), ",\"n\":%s,\"ms\":%s",
		    cases[i].plain, cases[i].ms);
		cr_expect(l.n == strlen(want) && memcmp(l.text, want, l.n) == 0,
		    "%s: %.*s", want, (int)l.n, l.text);
	}
}

/* RFC 3339, with milliseconds; the same second twice, and the next. */
Test(log, time)
{
	char out[512];
	struct svc_line l;

	svc_line(&l, SVC_WARNING, "test");
	for (int i = 0; i < 3; i++) {
		char want[64];
		time_t before = time(NULL);
		struct tm tm;

		written(SVC_LOG_JSON, &l, out, sizeof(out));
		if (time(NULL) == before) {
			gmtime_r(&before, &tm);
			strftime(want, sizeof(want),
			    "{\"time\":\"%Y-%m-%dT%H:%M:%S.", &tm);
			cr_expect_eq(strncmp(out, want, strlen(want)), 0,
			    "%s: %s", want, out);
		}
		cr_expect_str_eq(out + 32, "Z\",\"level\":\"warning\","
		    "\"event\":\"test\"}\n");
		cr_expect(out[29] >= '0' && out[31] <= '9');
		usleep(i == 1 ? 1000000 : 1000);
	}
}

Test(log, full)
{
	char big[3000], out[SVC_LINE_MAX + 1000];
	struct svc_line l;
	json_t *o;

	memset(big, '\n', sizeof(big));
	svc_line(&l, SVC_ERROR, "e");
	for (int i = 0; i < 20; i++)
		svc_line_sv(&l, "k", (struct shaken_sv){ big, sizeof(big) });
	svc_line_str(&l, "last", "x");
	cr_expect(l.cut);
	written(SVC_LOG_JSON, &l, out, sizeof(out));
	o = json_loads(out, 0, NULL);
	cr_assert_not_null(o);
	cr_expect(json_is_true(json_object_get(o, "cut")));
	json_decref(o);
}

Test(log, nothing_for_nothing)
{
	struct svc_line l;

	svc_line(&l, SVC_INFO, "e");
	svc_line_str(&l, "k", NULL);
	svc_line_str(&l, "k", "");
	cr_expect_eq(l.n, 0);
	svc_line_ms(&l, "ms", 1234567);
	cr_expect_eq(l.n, strlen(",\"ms\":1234.567"));
	cr_expect(memcmp(l.text, ",\"ms\":1234.567", l.n) == 0);
}

Test(log, audit)
{
	char path[] = "/tmp/test_log.XXXXXX", moved[64], text[1000];
	struct svc_log *log;
	struct svc_line l;
	FILE *f;

	close(mkstemp(path));
	/* Not even errors go to stderr, yet the audit file has it. */
	log = svc_log_open(SVC_ERROR, SVC_LOG_TEXT, path);
	cr_assert_not_null(log);
	cr_expect(svc_log_has(log, SVC_ERROR));
	cr_expect_not(svc_log_has(log, SVC_INFO));
	svc_line(&l, SVC_INFO, "one");
	svc_log_audit(log, &l);
	snprintf(moved, sizeof(moved), "%s.1", path);
	cr_assert_eq(rename(path, moved), 0);
	cr_assert(svc_log_reopen(log));
	l.event = "two";
	svc_log_audit(log, &l);
	svc_log_close(&log);

	f = fopen(path, "r");
	cr_assert(f != NULL && fgets(text, sizeof(text), f) != NULL);
	cr_expect_not_null(strstr(text, "\"event\":\"two\""));
	cr_expect_null(fgets(text, sizeof(text), f));
	fclose(f);
	unlink(path);
	unlink(moved);
	cr_expect_null(svc_log_open(SVC_INFO, SVC_LOG_JSON, "/nonexistent/a"));
}
