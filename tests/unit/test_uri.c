/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "uri.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* ATIS-1000074; lab: whether shk_uri_check_x5u(lab) takes it as well */
static const struct {
	const char	*name, *in;
	bool		 strict, lab;
	const char	*diag;	/* a part of the reason */
} cases[] = {
	{ "https", "https://cert.example.org/passport.cer", true, true, "" },
	{ "scheme in capitals", "HTTPS://cert.example.org/a", true, true, "" },
	{ "no path", "https://cert.example.org", true, true, "" },
	{ "all of RFC 3986", "https://a/-._~!$&'()*+,;=:@%2F%c3/", true, true,
	    "" },
	{ "escape at the end", "https://a/%03%30", true, true, "" },
	{ "ipv4", "https://192.0.2.1/a", true, true, "" },
	{ "ipv6", "https://[2001:db8::1]:8443/a", true, true, "" },
	{ "underscore in a host", "https://sti_cr.example.org/a", true, true,
	    "" },
	{ "R-086 http", "http://cert.example.org/a", false, true, "scheme" },
	{ "R-086 ftp", "ftp://cert.example.org/a", false, false, "scheme" },
	{ "R-086 file", "file:///etc/passwd", false, false, "scheme" },
	{ "R-086 data", "data:text/plain,x", false, false, "scheme" },
	{ "R-086 none", "cert.example.org/a", false, false, "scheme" },
	{ "R-086 relative", "//cert.example.org/a", false, false, "scheme" },
	{ "R-086 longer", "httpsx://cert.example.org/a", false, false,
	    "scheme" },
	{ "R-086 five letters", "gopha://cert.example.org/a", false, false,
	    "scheme" },
	{ "R-086 empty", "", false, false, "scheme" },
	{ "R-086 scheme alone", "https:", false, false, "//" },
	{ "R-086 one slash", "https:/cert.example.org/a", false, false, "//" },
	{ "R-087 443", "https://cert.example.org:443/a", true, true, "" },
	{ "R-087 8443", "https://cert.example.org:8443", true, true, "" },
	{ "R-087 444", "https://cert.example.org:444/a", false, true, "port" },
	{ "R-087 80", "https://cert.example.org:80/a", false, true, "port" },
	{ "R-087 0443", "https://cert.example.org:0443/a", false, true,
	    "port" },
	{ "R-087 4430", "https://cert.example.org:4430/a", false, true,
	    "port" },
	{ "R-087 65535", "https://cert.example.org:65535/", false, true,
	    "port" },
	{ "R-087 65536", "https://cert.example.org:65536/", false, false,
	    "port" },
	{ "R-087 beyond 32 bits", "https://cert.example.org:4294967739/",
	    false, false, "port" },
	{ "R-087 1", "https://cert.example.org:1/", false, true, "port" },
	{ "R-087 0", "https://cert.example.org:0/", false, false, "port" },
	{ "R-087 empty", "https://cert.example.org:/a", false, false, "port" },
	{ "R-087 letters", "https://cert.example.org:https/a", false, false,
	    "port" },
	{ "R-087 sign", "https://cert.example.org:+443/a", false, false,
	    "port" },
	{ "R-088 user", "https://user@cert.example.org/a", false, false,
	    "userinfo" },
	{ "R-088 user, password", "https://a:b@cert.example.org/a", false,
	    false, "userinfo" },
	{ "R-088 empty user", "https://@cert.example.org/a", false, false,
	    "userinfo" },
	{ "R-088 a host before the host",
	    "https://cert.example.org:443@127.0.0.1/", false, false,
	    "userinfo" },
	{ "R-088 query", "https://cert.example.org/a?b=c", false, false,
	    "query" },
	{ "R-088 empty query", "https://cert.example.org/a?", false, false,
	    "query" },
	{ "R-088 query, no path", "https://cert.example.org?b", false, false,
	    "query" },
	{ "R-088 fragment", "https://cert.example.org/a#b", false, false,
	    "fragment" },
	{ "R-088 empty fragment", "https://cert.example.org/a#", false, false,
	    "fragment" },
	{ "no host", "https:///a", false, false, "host" },
	{ "no host but a port", "https://:443/a", false, false, "host" },
	{ "host of dots", "https://../a", false, false, "host" },
	{ "host with an escape", "https://cert%2eexample.org/a", false, false,
	    "host" },
	{ "host with a blank", "https://cert .example.org/a", false, false,
	    "host" },
	{ "ipv6 empty", "https://[]/a", false, false, "host" },
	{ "ipv6 not closed", "https://[::1/a", false, false, "host" },
	{ "ipv6, then junk", "https://[::1]x/a", false, false, "host" },
	{ "ipv6 zone", "https://[fe80::1%25lo]/a", false, false, "host" },
	{ "backslash", "https://cert.example.org\\@127.0.0.1/a", false, false,
	    "userinfo" },
	{ "backslash in the path", "https://cert.example.org/a\\b", false,
	    false, "character" },
	{ "blank", "https://cert.example.org/a b", false, false,
	    "character" },
	{ "blank at the end", "https://cert.example.org/a ", false, false,
	    "character" },
	{ "blank before", " https://cert.example.org/a", false, false,
	    "scheme" },
	{ "brackets", "https://cert.example.org/<a>", false, false,
	    "character" },
	{ "line end", "https://cert.example.org/a\r\n", false, false,
	    "character" },
	{ "high bit", "https://cert.example.org/\xc3\xa9", false, false,
	    "character" },
	{ "cut escape", "https://cert.example.org/%2", false, false,
	    "character" },
	{ "no escape", "https://cert.example.org/%2g", false, false,
	    "character" },
};

Test(uri, x5u_table)
{
	for (size_t i = 0; i < N(cases); i++) {
		struct shaken_sv in = shaken_sv_cstr(cases[i].in);
		struct shaken_diag d = { "stale" };

		cr_expect_eq(shk_uri_check_x5u(in, false, &d),
		    cases[i].strict ? SHAKEN_OK : SHAKEN_E_URI, "%s",
		    cases[i].name);
		cr_expect_not_null(strstr(d.text, cases[i].diag), "%s: %s",
		    cases[i].name, d.text);
		cr_expect_eq(d.text[0] == '\0', cases[i].strict, "%s",
		    cases[i].name);
		cr_expect_eq(shk_uri_check_x5u(in, true, NULL),
		    cases[i].lab ? SHAKEN_OK : SHAKEN_E_URI, "%s, lab",
		    cases[i].name);
	}
}

Test(uri, x5u_limit)
{
	char text[SHK_X5U_MAX + 1];
	struct shaken_sv in = { text, SHK_X5U_MAX };
	struct shaken_diag d;

	memset(text, 'a', sizeof(text));
	memcpy(text, "https://h/", 10);
	cr_expect_eq(shk_uri_check_x5u(in, false, NULL), SHAKEN_OK);
	in.n++;
	cr_expect_eq(shk_uri_check_x5u(in, false, &d), SHAKEN_E_LIMIT);
	cr_expect_not_null(strstr(d.text, "1025 bytes"), "%s", d.text);
	cr_expect_eq(shk_uri_check_x5u((struct shaken_sv){ NULL, 0 }, false,
	    NULL), SHAKEN_E_URI);
	cr_expect_eq(shk_uri_check_x5u((struct shaken_sv){ "https://h/\0", 11 },
	    false, NULL), SHAKEN_E_URI);
}
