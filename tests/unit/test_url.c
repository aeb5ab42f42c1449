/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "url.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static const uint16_t lab_ports[] = { 5000 };
static const struct certs_fetch_opts strict = { .size = sizeof(strict) },
    lab = { .size = sizeof(lab), .allow_http = true, .ports = lab_ports,
	.n_ports = 1 },
    any = { .size = sizeof(any), .any_port = true };

static const struct {
	const char	*name, *url;
	bool		 strict, lab, any;
	const char	*host;
} cases[] = {
	{ "plain", "https://cr.example.com/1.pem", true, true, true,
	    "cr.example.com" },
	{ "capitals", "HTTPS://CR.Example.COM/1.PEM", true, true, true,
	    "cr.example.com" },
	{ "no path", "https://cr.example.com", true, true, true,
	    "cr.example.com" },
	{ "at in the path", "https://h/a@b", true, true, true, "h" },
	{ "IPv4", "https://192.0.2.7/", true, true, true, "192.0.2.7" },
	{ "IPv4 in one number", "https://2130706433/", true, true, true,
	    "127.0.0.1" },
	{ "IPv6", "https://[2001:db8::1]:8443/", true, true, true,
	    "[2001:db8::1]" },
	{ "R-086 http", "http://h/", false, true, false, "h" },
	{ "R-086 http on 443", "http://h:443/", false, true, false, "h" },
	{ "R-086 http on 81", "http://h:81/", false, false, false, NULL },
	{ "R-086 ftp", "ftp://h/", false, false, false, NULL },
	{ "R-086 file", "file:///etc/passwd", false, false, false, NULL },
	{ "R-086 file, host", "file://h/etc/passwd", false, false, false,
	    NULL },
	{ "R-086 data", "data:,x", false, false, false, NULL },
	{ "R-086 unknown scheme", "x-y://h/", false, false, false, NULL },
	{ "R-086 no scheme", "h/1.pem", false, false, false, NULL },
	{ "R-086 empty", "", false, false, false, NULL },
	{ "R-087 443", "https://h:443/", true, true, true, "h" },
	{ "R-087 8443", "https://h:8443/", true, true, true, "h" },
	{ "R-087 80", "https://h:80/", false, false, true, "h" },
	{ "R-087 5000", "https://h:5000/", false, true, true, "h" },
	{ "R-087 0", "https://h:0/", false, false, false, NULL },
	{ "R-087 65536", "https://h:65536/", false, false, false, NULL },
	{ "R-087 huge", "https://h:18446744073709552059/", false, false, false,
	    NULL },
	{ "R-087 text", "https://h:https/", false, false, false, NULL },
	{ "R-088 user", "https://u@h/", false, false, false, NULL },
	{ "R-088 password", "https://u:p@h/", false, false, false, NULL },
	{ "R-088 empty user", "https://@h/", false, false, false, NULL },
	{ "R-088 query", "https://h/?a=b", false, false, false, NULL },
	{ "R-088 empty query", "https://h/a?", false, false, false, NULL },
	{ "R-088 query, no path", "https://h?a", false, false, false, NULL },
	{ "R-088 fragment", "https://h/#a", false, false, false, NULL },
	{ "R-088 empty fragment", "https://h/#", false, false, false, NULL },
	{ "no host", "https:///a", false, false, false, NULL },
	{ "no host, port", "https://:443/a", false, false, false, NULL },
	{ "one slash", "https:/h/a", false, false, false, NULL },
	{ "no slash", "https:h/a", false, false, false, NULL },
	{ "backslash", "https://a\\@b/", false, false, false, NULL },
	{ "escape in the host", "https://%68/", false, false, false, NULL },
	{ "zone", "https://[fe80::1%25eth0]/", false, false, false, NULL },
	{ "bracket open", "https://[::1/", false, false, false, NULL },
	{ "blank", "https://h/a b", false, false, false, NULL },
	{ "line end", "https://h/a\r\nX: y", false, false, false, NULL },
	{ "UTF-8", "https://h\xc3\xa4/", false, false, false, NULL },
};

static void
check(size_t i, const struct certs_fetch_opts *opts, bool want)
{
	char host[CERTS_HOST_MAX] = "";
	struct shaken_diag d = { "" };
	enum shaken_err err = certs_url_check(opts,
	    shaken_sv_cstr(cases[i].url), host, &d);

	cr_expect_eq(err, want ? SHAKEN_OK : SHAKEN_E_URI, "%s: %s",
	    cases[i].name, shaken_errname((int)err));
	if (want)
		cr_expect_str_eq(host, cases[i].host, "%s", cases[i].name);
	else
		cr_expect_neq(d.text[0], '\0', "%s: no reason",
		    cases[i].name);
}

Test(url, cases)
{
	for (size_t i = 0; i < N(cases); i++) {
		check(i, &strict, cases[i].strict);
		check(i, &lab, cases[i].lab);
		check(i, &any, cases[i].any);
	}
}

Test(url, limits)
{
	char url[CERTS_URL_MAX + 2];
	struct shaken_sv v = { url, CERTS_URL_MAX };
	static const char nul[] = "https://h/\0a";

	memset(url, 'a', sizeof(url));
	memcpy(url, "https://h/", 10);
	cr_expect_eq(certs_url_check(&strict, v, NULL, NULL), SHAKEN_OK);
	v.n++;
	cr_expect_eq(certs_url_check(&strict, v, NULL, NULL), SHAKEN_E_URI);
	/* 255 bytes of host, and one more */
	memset(url, 'a', sizeof(url));
	memcpy(url, "https://", 8);
	v.n = 8 + CERTS_HOST_MAX - 1;
	cr_expect_eq(certs_url_check(&strict, v, NULL, NULL), SHAKEN_OK);
	v.n++;
	cr_expect_eq(certs_url_check(&strict, v, NULL, NULL), SHAKEN_E_URI);
	cr_expect_eq(certs_url_check(&strict, SHAKEN_SV_LIT(nul), NULL, NULL),
	    SHAKEN_E_URI);
}
