/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <shakencerts/x5u.h>

#include "pki.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

struct seen {			/* "error x5u-port, note x5u-host" */
	char	text[512];
};

static void
on_finding(const struct shaken_finding *f, void *ctx)
{
	struct seen *s = ctx;
	size_t have = strlen(s->text);

	cr_expect_not_null(strstr(f->rule, " "));
	cr_expect_gt(strlen(f->text), 5);
	snprintf(s->text + have, sizeof(s->text) - have, "%s%s %s",
	    have == 0 ? "" : ", ", shaken_severity_name(f->severity), f->id);
}

/* R-156: the form of a URL. */
Test(x5u, forms)
{
	static const struct {
		const char	*name, *url, *want;
	} row[] = {
		{ "plain", "https://cert.example.org/1.pem", "" },
		{ "8443", "https://cert.example.org:8443/1.pem", "" },
		{ "no extension", "https://cert.example.org/a/b/c", "" },
		{ "R-087 443", "https://a.example:443/1", "note x5u-port" },
		{ "R-087 444", "https://a.example:444/1", "error x5u-port" },
		{ "R-087 empty port", "https://a.example:/1",
		    "error x5u-port" },
		{ "R-087 0443", "https://a.example:0443/1",
		    "error x5u-port" },
		{ "R-087 8443 and more", "https://a.example:84430/1",
		    "error x5u-port" },
		{ "R-086 http", "http://a.example/1", "error x5u-scheme" },
		{ "R-086 http and port", "http://a.example:80/1",
		    "error x5u-scheme, error x5u-port" },
		{ "scheme in capitals", "HTTPS://a.example/1", "" },
		{ "R-088 user", "https://u@a.example/1", "error x5u-userinfo" },
		{ "R-088 user and @", "https://u@v@a.example/1",
		    "error x5u-userinfo" },
		{ "R-088 empty query", "https://a.example/1?",
		    "error x5u-query" },
		{ "R-088 query without path", "https://a.example?x",
		    "warning x5u-path, error x5u-query" },
		{ "R-088 empty fragment", "https://a.example/1#",
		    "error x5u-fragment" },
		{ "R-088 ? in a fragment", "https://a.example/1#?",
		    "error x5u-fragment" },
		{ "@ in the path", "https://a.example/u@v", "" },
		{ ": in the path", "https://a.example/u:v", "" },
		{ "address", "https://192.0.2.1/1", "note x5u-host" },
		{ "address, IPv6", "https://[2001:db8::1]:8443/1",
		    "note x5u-host" },
		{ "open bracket", "https://[2001:db8::1/1", "error x5u-form" },
		{ "capitals", "https://A.example/1", "note x5u-host" },
		{ "no path", "https://a.example", "warning x5u-path" },
		{ "root", "https://a.example/", "warning x5u-path" },
		{ "dots", "https://a.example/../1", "warning x5u-path" },
		{ "dot at the end", "https://a.example/1/.",
		    "warning x5u-path" },
		{ "two slashes", "https://a.example/a//1", "note x5u-path" },
		{ "blank", "https://a.example/a b", "error x5u-form" },
		{ "bracket in the path", "https://a.example/]",
		    "error x5u-form" },
		{ "escape that is none", "https://a.example/%4",
		    "error x5u-form" },
		{ "escape", "https://a.example/%41", "" },
		{ "host that is none", "https://-a.example/1",
		    "error x5u-form" },
		{ "backslash", "https://a.example\\b/1", "error x5u-form" },
		{ "no host", "https:///1", "error x5u-form" },
		{ "one slash", "https:/a.example/1", "error x5u-form" },
		{ "relative", "/1.pem", "error x5u-form" },
		{ "data", "data:,x", "error x5u-form" },
		{ "empty", "", "error x5u-form" },
	};

	for (size_t i = 0; i < N(row); i++) {
		size_t n = strlen(row[i].url);
		char *url = malloc(n + 1); /* its end is an end */
		struct seen s = { "" };

		cr_assert_not_null(url);
		memcpy(url, row[i].url, n);
		certs_x5u_lint_url((struct shaken_sv){ url, n }, on_finding,
		    &s);
		cr_expect_str_eq(s.text, row[i].want, "%s: %s", row[i].name,
		    s.text);
		free(url);
	}
}

static struct certs_fetch_res
answer(const char *body)
{
	return (struct certs_fetch_res){ .end = CERTS_FETCH_OK, .status = 200,
	    .body = shaken_sv_cstr(body), .etag = "", .last_modified = "",
	    .content_type = "application/pem-certificate-chain",
	    .cache_control = "max-age=86400", .fresh_s = 86400 };
}

/* R-156: what says how long it may be kept. */
Test(x5u, caching)
{
	static const struct {
		const char	*name, *cache_control;
		int64_t		 fresh_s;
		bool		 found;
	} row[] = {
		{ "a day", "max-age=86400", 86400, false },
		{ "a second less", "max-age=86399", 86399, true },
		{ "a day, but old by now", "max-age=86400", 10, false },
		{ "Expires in a day", "", 86400, false },
		{ "Expires sooner", "", 86399, true },
		{ "nothing", "", -1, true },
		{ "no-cache", "no-cache", 0, true },
		{ "no directive about it", "public", -1, true },
	};
	struct test_pki p;

	test_pki_init(&p);
	test_pki_make(&p);
	for (size_t i = 0; i < N(row); i++) {
		struct certs_fetch_res res = answer(p.chain);
		struct seen s = { "" };

		res.cache_control = row[i].cache_control;
		res.fresh_s = row[i].fresh_s;
		certs_x5u_lint_answer(&res, on_finding, &s);
		cr_expect_str_eq(s.text, row[i].found ? "warning x5u-cache" :
		    "", "%s: %s", row[i].name, s.text);
	}
	test_pki_free(&p);
}

/* R-156: every end that is a fault of the URL has a finding, no other one. */
Test(x5u, ends)
{
	static const char *const want[CERTS_FETCH_ENDS] = {
		[CERTS_FETCH_URL] = "error x5u-form",
		[CERTS_FETCH_DNS] = "error x5u-answer",
		[CERTS_FETCH_ADDRESS] = "error x5u-address",
		[CERTS_FETCH_CONNECT] = "error x5u-answer",
		[CERTS_FETCH_TLS] = "error x5u-tls",
		[CERTS_FETCH_TIMEOUT] = "error x5u-answer",
		[CERTS_FETCH_STATUS] = "error x5u-status",
		[CERTS_FETCH_CODING] = "error x5u-body",
		[CERTS_FETCH_SIZE] = "error x5u-body",
		[CERTS_FETCH_HTTP] = "error x5u-answer",
		[CERTS_FETCH_CONTENT] = "error x5u-answer",
		[CERTS_FETCH_SECRET] = "error x5u-answer",
		[CERTS_FETCH_BUSY] = "", [CERTS_FETCH_STOPPED] = "",
		[CERTS_FETCH_INTERNAL] = "",
	};
	struct seen s;

	for (int e = CERTS_FETCH_OK + 1; e < CERTS_FETCH_ENDS; e++) {
		struct certs_fetch_res res = { .end = (enum certs_fetch_end)e,
			.status = 404, .fresh_s = -1,
			.why = { "what went wrong" } };

		s = (struct seen){ "" };
		certs_x5u_lint_answer(&res, on_finding, &s);
		cr_expect_str_eq(s.text, want[e], "%s: %s",
		    certs_fetch_end_name((enum certs_fetch_end)e), s.text);
	}
	for (int status = 301; status <= 308; status++) { /* R-089 */
		struct certs_fetch_res res = { .end = CERTS_FETCH_STATUS,
			.status = status };

		s = (struct seen){ "" };
		certs_x5u_lint_answer(&res, on_finding, &s);
		cr_expect_str_eq(s.text, "error x5u-redirect");
	}
}

/* R-156: order, root, text, form. */
Test(x5u, bodies)
{
	struct test_pki p;
	struct test_cert *part[4];
	static const struct {
		const char	*name, *parts; /* indices into part[], text */
		const char	*want;
	} row[] = {
		{ "leaf, intermediate", "01", "" },
		{ "leaf alone", "0", "" },
		{ "with the root", "012", "note x5u-root" },
		{ "wrong order", "10", "error x5u-order, warning x5u-order" },
		{ "gap", "02", "warning x5u-order, note x5u-root" },
		{ "root alone", "2", "error x5u-order, note x5u-root" },
		{ "ten", "0000000000", "warning x5u-order" },
		{ "R-091 eleven", "00000000000", "error x5u-body" },
		{ "empty", "", "error x5u-body" },
		{ "text alone", "t", "error x5u-body" },
		{ "text before", "t01", "warning x5u-text" },
		{ "text between", "0t1", "warning x5u-text" },
		{ "text after", "01t", "warning x5u-text" },
		{ "blank lines", "0nn1n", "" },
		{ "R-099 a key after it", "01k", "error x5u-secret" },
		{ "R-099 a key before it", "k01", "error x5u-secret" },
	};

	test_pki_init(&p);
	test_pki_make(&p);
	part[0] = &p.leaf;
	part[1] = &p.inter;
	part[2] = &p.root;
	for (size_t i = 0; i < N(row); i++) {
		char *body = strdup("");
		struct certs_fetch_res res;
		struct seen s = { "" };

		for (const char *c = row[i].parts; *c != '\0'; c++) {
			const char *more = *c == 't' ? "text\n" :
			    *c == 'n' ? "\r\n" : *c == 'k' ? p.leaf.key :
			    part[*c - '0']->pem;
			char *longer = test_concat(body, more);

			free(body);
			body = longer;
		}
		res = answer(body);
		certs_x5u_lint_answer(&res, on_finding, &s);
		cr_expect_str_eq(s.text, row[i].want, "%s: %s", row[i].name,
		    s.text);
		free(body);
	}
	test_pki_free(&p);
}
