/* SPDX-License-Identifier: Apache-2.0 */
/* The odd messages are written after the ideas of RFC 4475; each names its
 * section there. */
#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include <shaken/sip.h>

#define N(a) (sizeof(a) / sizeof((a)[0]))

#define START	"INVITE sip:bob@h SIP/2.0\r\n"
#define FROM	"From: <sip:+12155551212@h>;tag=1\r\n"
#define TO	"To: <tel:+12155551213>\r\n"
#define END	"\r\n"

static bool
is(struct shaken_sv v, const char *s)
{
	return v.n == strlen(s) && memcmp(v.p == NULL ? "" : v.p, s, v.n) == 0;
}

static enum shaken_err
parse(const char *text, struct shaken_sip *m, struct shaken_diag *d)
{
	memset(m, 'x', sizeof(*m));
	return shaken_sip_parse(shaken_sv_cstr(text), m, d);
}

Test(sip, every_field)
{
	static const char text[] =
	    "INVITE sip:bob@biloxi.example.com;user=phone SIP/2.0\r\n"
	    "Via: SIP/2.0/UDP pc33.atlanta.example.com;branch=z9hG4bKnash\r\n"
	    "To: Bob <sip:bob@biloxi.example.com>\r\n"
	    "From: Alice <sip:alice@atlanta.example.com>;tag=1928301774\r\n"
	    "Call-ID: a84b4c76e66710@pc33.atlanta.example.com\r\n"
	    "CSeq: 314159 INVITE\r\n"
	    "Max-Forwards: 70\r\n"
	    "Date: Sat, 13 Nov 2010 23:29:00 GMT\r\n"
	    "P-Asserted-Identity: \"A\" <sip:+12155551212@h>,"
	    " <tel:+12155551212>\r\n"
	    "P-Asserted-Identity: <sip:c@h>\r\n"
	    "Identity: h.p.s;info=<https://h/a,b>, x.y.z\r\n"
	    "Identity: 1.2.3\r\n"
	    "Content-Length: 4\r\n"
	    "\r\n"
	    "v=0\r\n";
	struct shaken_diag d = { "stale" };
	struct shaken_sip m;

	cr_assert_eq(parse(text, &m, &d), SHAKEN_OK, "%s", d.text);
	cr_expect_str_empty(d.text);
	cr_expect(is(m.method, "INVITE"));
	cr_expect(is(m.request_uri, "sip:bob@biloxi.example.com;user=phone"));
	cr_expect(is(m.from,
	    "Alice <sip:alice@atlanta.example.com>;tag=1928301774"));
	cr_expect(is(m.to, "Bob <sip:bob@biloxi.example.com>"));
	cr_expect(is(m.call_id, "a84b4c76e66710@pc33.atlanta.example.com"));
	cr_expect(is(m.date, "Sat, 13 Nov 2010 23:29:00 GMT"));
	cr_expect_eq(m.n_pai, 3);
	cr_expect(is(m.pai[0], "\"A\" <sip:+12155551212@h>"));
	cr_expect(is(m.pai[1], "<tel:+12155551212>"));
	cr_expect(is(m.pai[2], "<sip:c@h>"));
	cr_expect_eq(m.n_identity, 2);
	cr_expect(is(m.identity[0], "h.p.s;info=<https://h/a,b>, x.y.z"));
	cr_expect(is(m.identity[1], "1.2.3"));
	cr_expect_eq(m.content_length, 4);
	cr_expect_str_eq(text + m.len, "v=0\r\n");
}

static const struct {
	const char	*name, *text;
	const char	*method, *from, *to, *call_id, *identity;
	size_t		 content_length;
} good[] = {
	{ "R-050 compact names", START "f: <sip:a@h>\r\nt:<sip:b@h>\r\n"
	    "i: 1\r\ny: h.p.s\r\nl: 5\r\n" END,
	    "INVITE", "<sip:a@h>", "<sip:b@h>", "1", "h.p.s", 5 },
	{ "R-050 compact names in capitals", START "F:a\r\nT:b\r\nI:1\r\n"
	    "Y:s\r\nL:5\r\n" END, "INVITE", "a", "b", "1", "s", 5 },
	{ "names in any case", START "FROM: a\r\nto: b\r\ncall-id: 1\r\n"
	    "IDENTITY: s\r\ncontent-LENGTH: 5\r\n" END,
	    "INVITE", "a", "b", "1", "s", 5 },
	{ "LF alone", "INVITE sip:bob@h SIP/2.0\nFrom: a\nTo: b\n\n",
	    "INVITE", "a", "b", "", "", 0 },
	{ "rfc4475 3.1.1.1 blanks and folding", START
	    "TO :\r\n sip:b@h ;   tag    = 1918181833n\r\n"
	    "from   : \"J \\\\\\\"\"       <sip:j@h>\r\n  ;\r\n  tag = 98\r\n"
	    "NewFangledHeader:   newfangled value\r\n continued\r\n"
	    "UnknownHeaderWithUnusualValue: ;;,,;;,;\r\n"
	    "Content-Length  : 0150\r\n"
	    "i\t:1\r\n" END,
	    "INVITE", "\"J \\\\\\\"\"       <sip:j@h>\r\n  ;\r\n  tag = 98",
	    "sip:b@h ;   tag    = 1918181833n", "1", "", 150 },
	{ "rfc4475 3.1.1.2 method", "!interesting-Method0123456789_*+`.%ind'~"
	    " sip:b@h SIP/2.0\r\n" END,
	    "!interesting-Method0123456789_*+`.%ind'~", "", "", "", "", 0 },
	{ "rfc4475 3.1.1.5 % in a method", "RE%47IST%45R sip:h SIP/2.0\r\n"
	    END, "RE%47IST%45R", "", "", "", "", 0 },
	{ "rfc4475 3.1.1.8 more bytes after", START "l: 0\r\n" END START,
	    "INVITE", "", "", "", "", 0 },
	{ "rfc4475 3.1.1.12 response", "SIP/2.0 200 = 2**3 * 5**2 \xd0\xbd\r\n"
	    "From: a\r\n" END, "", "a", "", "", "", 0 },
	{ "rfc4475 3.1.1.13 no reason phrase", "SIP/2.0 100 \r\n"
	    "From: a\r\n" END, "", "a", "", "", "", 0 },
	{ "response, nothing after the code", "SIP/2.0 100\r\n" END,
	    "", "", "", "", "", 0 },
	{ "rfc4475 3.3.1 fields missing", START END, "INVITE", "", "", "",
	    "", 0 },
	{ "rfc3261 7.5 empty lines first", "\r\n\r\n\n" START FROM END,
	    "INVITE", "<sip:+12155551212@h>;tag=1", "", "", "", 0 },
	{ "version in small letters", "INVITE sip:b@h sip/2.0\r\n" END,
	    "INVITE", "", "", "", "", 0 },
	{ "empty value", START "From:\r\nTo:b\r\n" END, "INVITE", "", "b", "",
	    "", 0 },
	{ "fold of blanks", START "From: a\r\n \t \r\nTo: b\r\n" END,
	    "INVITE", "a", "b", "", "", 0 },
	{ "value in the fold", START "From:\r\n a\r\n" END, "INVITE", "a", "",
	    "", "", 0 },
	{ "R-042 Identity folded", START "Identity: h.p.s\r\n ;info=<x>\r\n"
	    END, "INVITE", "", "", "", "h.p.s\r\n ;info=<x>", 0 },
	{ "colon in the value", START "i: a:b\r\n" END, "INVITE", "", "",
	    "a:b", "", 0 },
	{ "a longer name", START "Fromage: x\r\nToo: y\r\nii: 1\r\n" END,
	    "INVITE", "", "", "", "", 0 },
};

Test(sip, good_table)
{
	for (size_t i = 0; i < N(good); i++) {
		struct shaken_diag d = { "" };
		struct shaken_sip m;

		cr_expect_eq(parse(good[i].text, &m, &d), SHAKEN_OK, "%s: %s",
		    good[i].name, d.text);
		cr_expect(is(m.method, good[i].method), "%s", good[i].name);
		cr_expect(is(m.from, good[i].from), "%s: %.*s", good[i].name,
		    (int)m.from.n, m.from.p);
		cr_expect(is(m.to, good[i].to), "%s", good[i].name);
		cr_expect(is(m.call_id, good[i].call_id), "%s", good[i].name);
		cr_expect_eq(m.n_identity, good[i].identity[0] != '\0', "%s",
		    good[i].name);
		if (m.n_identity == 1)
			cr_expect(is(m.identity[0], good[i].identity), "%s",
			    good[i].name);
		cr_expect_eq(m.content_length, good[i].content_length, "%s",
		    good[i].name);
	}
}

static const struct {
	const char	*name, *text, *diag;
	enum shaken_err	 err;	/* 0: SHAKEN_E_SYNTAX */
} bad[] = {
	{ "nothing", "", "no blank line after the header, line 1", 0 },
	{ "empty lines", "\r\n\r\n", "line 3", 0 },
	{ "no blank line", START FROM, "no blank line", 0 },
	{ "cut in a line", START "From: a", "no blank line", 0 },
	{ "cut in the start line", "INVITE sip:b@h SIP/2.0", "line 1", 0 },
	{ "start line of one word", "INVITE\r\n" END, "start line, line 1",
	    0 },
	{ "no Request-URI", "INVITE SIP/2.0\r\n" END, "start line", 0 },
	{ "empty Request-URI", "INVITE  SIP/2.0\r\n" END, "start line", 0 },
	{ "no method", " sip:b@h SIP/2.0\r\n" END, "start line", 0 },
	{ "HTTP", "GET / HTTP/1.1\r\n" END, "start line", 0 },
	{ "field first", FROM START END, "start line", 0 },
	{ "blank first", " " START END, "start line", 0 },
	{ "rfc4475 3.1.2.7 Request-URI in <>",
	    "INVITE <sip:b@h> SIP/2.0\r\n" END, "start line", 0 },
	{ "rfc4475 3.1.2.8 blank in the Request-URI",
	    "INVITE sip:b@h; lr SIP/2.0\r\n" END, "start line", 0 },
	{ "rfc4475 3.1.2.9 two blanks",
	    "INVITE  sip:b@h SIP/2.0\r\n" END, "start line", 0 },
	{ "rfc4475 3.1.2.10 blanks at the end",
	    "INVITE sip:b@h SIP/2.0  \r\n" END, "start line", 0 },
	{ "rfc4475 3.1.2.16 version", "INVITE sip:b@h SIP/7.0\r\n" END,
	    "start line", 0 },
	{ "rfc4475 3.1.2.19 status code", "SIP/2.0 4294967301 x\r\n" END,
	    "start line", 0 },
	{ "status code of 2 digits", "SIP/2.0 20 OK\r\n" END, "start line",
	    0 },
	{ "no status code", "SIP/2.0 \r\n" END, "start line", 0 },
	{ "status code of letters", "SIP/2.0 2OO OK\r\n" END, "start line",
	    0 },
	{ "line without a colon", START FROM "Identity h.p.s\r\n" END,
	    "no field name, line 3", 0 },
	{ "no name", START ": x\r\n" END, "no field name", 0 },
	{ "blank in the name", START "Call ID: x\r\n" END, "no field name",
	    0 },
	{ "fold after the start line", START " x\r\n" FROM END,
	    "no field name, line 2", 0 },
	{ "name and colon on two lines", START "From\r\n : a\r\n" END,
	    "no field name", 0 },
	{ "high bit in the name", START "Fr\xc3\xb6m: x\r\n" END,
	    "no field name", 0 },
	{ "lone CR", START "Subject: x\rIdentity: h.p.s\r\n" END,
	    "lone CR, line 2", 0 },
	{ "CR twice", START "Subject: x\r\r\n" END, "lone CR", 0 },
	{ "lone CR in a fold", START "Subject: x\r\n y\rz\r\n" END,
	    "lone CR, line 3", 0 },
	{ "rfc4475 3.3.8 From twice", START FROM FROM END, "second", 0 },
	{ "rfc4475 3.3.8 To twice", START TO "t: x\r\n" END, "second", 0 },
	{ "rfc4475 3.3.8 Call-ID twice", START "i: 1\r\nCall-ID: 1\r\n" END,
	    "second", 0 },
	{ "From twice, both empty", START "From:\r\nFrom:\r\n" END, "second",
	    0 },
	{ "Date twice", START "Date: x\r\nDate: x\r\n" END, "second", 0 },
	{ "rfc4475 3.3.9 Content-Length twice", START "l: 1\r\nl: 1\r\n" END,
	    "second Content-Length", 0 },
	{ "rfc4475 3.1.2.3 negative", START "l: -999\r\n" END, "no number",
	    0 },
	{ "Content-Length of letters", START "l: ten\r\n" END, "no number",
	    0 },
	{ "Content-Length empty", START "l:\r\n" END, "empty", 0 },
	{ "Content-Length of two", START "l: 1 2\r\n" END, "no number", 0 },
	{ "Content-Length beyond 64 bits", START
	    "l: 18446744073709551616\r\n" END, "too large", SHAKEN_E_LIMIT },
	{ "five asserted", START "P-Asserted-Identity: a,b,c\r\n"
	    "P-Asserted-Identity: d,e\r\n" END, "too many P-Asserted",
	    SHAKEN_E_LIMIT },
};

Test(sip, bad_table)
{
	for (size_t i = 0; i < N(bad); i++) {
		struct shaken_sip m, none = { .len = 0 };
		struct shaken_diag d = { "" };

		cr_expect_eq(parse(bad[i].text, &m, &d), bad[i].err == 0 ?
		    SHAKEN_E_SYNTAX : bad[i].err, "%s", bad[i].name);
		cr_expect_not_null(strstr(d.text, bad[i].diag), "%s: %s",
		    bad[i].name, d.text);
		cr_expect(memcmp(&m, &none, sizeof(m)) == 0, "%s",
		    bad[i].name);
	}
}

Test(sip, nul)
{
	static const char header[] = START "Subject: a\0b\r\n" END;
	static const char body[] = START END "\0\xff\r";
	struct shaken_diag d;
	struct shaken_sip m;

	cr_expect_eq(shaken_sip_parse((struct shaken_sv){ header,
	    sizeof(header) - 1 }, &m, &d), SHAKEN_E_SYNTAX);
	cr_expect_not_null(strstr(d.text, "NUL"), "%s", d.text);
	/* rfc4475 3.1.1.11: a binary body is nobody's business here */
	cr_expect_eq(shaken_sip_parse((struct shaken_sv){ body,
	    sizeof(body) - 1 }, &m, NULL), SHAKEN_OK);
	cr_expect_eq(m.len, sizeof(START END) - 1);
	cr_expect_eq(parse(START END " v=0\r\n", &m, NULL), SHAKEN_OK);
	cr_expect_eq(m.len, sizeof(START END) - 1, "no fold of the body");
	cr_expect_eq(shaken_sip_parse((struct shaken_sv){ NULL, 0 }, &m, NULL),
	    SHAKEN_E_SYNTAX);
}

Test(sip, limits)
{
	size_t n = SHAKEN_SIP_MAX;
	char *p = malloc(2 * n);
	struct shaken_sip m;

	cr_assert_not_null(p);
	memset(p, 'a', 2 * n);
	memcpy(p, START "S:", sizeof(START "S:") - 1);
	memcpy(p + n - 4, "\r\n\r\n", 4);
	cr_expect_eq(shaken_sip_parse((struct shaken_sv){ p, n }, &m, NULL),
	    SHAKEN_OK);
	cr_expect_eq(m.len, n);
	cr_expect_eq(shaken_sip_parse((struct shaken_sv){ p, 2 * n }, &m,
	    NULL), SHAKEN_OK, "a long body");
	cr_expect_eq(shaken_sip_parse((struct shaken_sv){ p, n - 1 }, &m,
	    NULL), SHAKEN_E_SYNTAX);
	memcpy(p + n - 4, "a\r\n\r\n", 5);
	cr_expect_eq(shaken_sip_parse((struct shaken_sv){ p, n + 1 }, &m,
	    NULL), SHAKEN_E_LIMIT);
	cr_expect_eq(m.len, 0);

	for (size_t many = 32; many <= 33; many++) {
		size_t at = sizeof(START) - 1;

		for (size_t i = 0; i < many; i++, at += 6)
			memcpy(p + at, "y: s\r\n", 6);
		memcpy(p + at, "\r\n", 2);
		cr_expect_eq(shaken_sip_parse((struct shaken_sv){ p, at + 2 },
		    &m, NULL), many == 32 ? SHAKEN_OK : SHAKEN_E_LIMIT,
		    "%zu Identity fields", many);
	}
	free(p);
}

static const struct {
	const char	*name, *fields;
	const char	*orig, *dest, *diag;
	enum shaken_err	 err;
} calls[] = {
	{ "From and To", FROM TO, "12155551212", "12155551213", "", 0 },
	{ "PAI before From", FROM TO "P-Asserted-Identity: <tel:+12025550100>"
	    "\r\n", "12025550100", "12155551213", "", 0 },
	{ "a number before a URI", FROM TO
	    "P-Asserted-Identity: <sip:alice@h>, <tel:+12025550100>\r\n",
	    "12025550100", "12155551213", "", 0 },
	{ "the first number", FROM TO "P-Asserted-Identity: <tel:+12025550100>"
	    "\r\nP-Asserted-Identity: <tel:+12025550101>\r\n",
	    "12025550100", "12155551213", "", 0 },
	{ "the first URI", FROM TO "P-Asserted-Identity: <sip:a@h>,<sip:b@h>"
	    "\r\n", "sip:a@h", "12155551213", "", 0 },
	{ "unreadable PAI is passed over", FROM TO
	    "P-Asserted-Identity: <urn:x>, <sip:b@h>\r\n", "sip:b@h",
	    "12155551213", "", 0 },
	{ "no readable PAI", FROM TO "P-Asserted-Identity: <urn:x>\r\n",
	    "12155551212", "12155551213", "", 0 },
	{ "empty PAI", FROM TO "P-Asserted-Identity:\r\n",
	    "12155551212", "12155551213", "", 0 },
	{ "R-042 folded", "From: \"Alice\"\r\n <sip:alice@h>\r\n ;tag=1\r\n"
	    "To:\r\n\t<sip:b@h>\r\n", "sip:alice@h", "sip:b@h", "", 0 },
	{ "anonymous From", "From: \"Anonymous\" <sip:anonymous@anonymous"
	    ".invalid>;tag=1\r\n" TO "P-Asserted-Identity: <tel:+12025550100>"
	    "\r\n", "12025550100", "12155551213", "", 0 },
	{ "no From", TO, "", "", "From: missing", SHAKEN_E_SYNTAX },
	{ "no From but PAI", TO "P-Asserted-Identity: <tel:+12025550100>\r\n",
	    "", "", "From: missing", SHAKEN_E_SYNTAX },
	{ "empty From", TO "From:\r\n", "", "", "From: missing",
	    SHAKEN_E_SYNTAX },
	{ "no To", FROM, "", "", "To: missing", SHAKEN_E_SYNTAX },
	{ "To of another scheme", FROM "To: <urn:x>\r\n", "", "",
	    "To: not an acceptable URI", SHAKEN_E_URI },
	{ "From of letters", "From: <tel:abc>\r\n" TO, "", "",
	    "From: not a telephone number", SHAKEN_E_TN },
	{ "rfc4475 3.1.2.6 To not closed", FROM
	    "To: \"Mr. J <sip:j@h>\r\n", "", "", "To:", SHAKEN_E_URI },
};

Test(sip, ids_table)
{
	for (size_t i = 0; i < N(calls); i++) {
		char text[512] = START;
		struct shaken_diag d = { "stale" };
		struct shaken_id orig, dest;
		struct shaken_sip m;

		strcat(strcat(text, calls[i].fields), END);
		cr_assert_eq(parse(text, &m, NULL), SHAKEN_OK, "%s",
		    calls[i].name);
		memset(&orig, 'x', sizeof(orig));
		memset(&dest, 'x', sizeof(dest));
		cr_expect_eq(shaken_sip_ids(&m, NULL, &orig, &dest, &d),
		    calls[i].err, "%s", calls[i].name);
		cr_expect_str_eq(orig.text, calls[i].orig, "%s",
		    calls[i].name);
		cr_expect_str_eq(dest.text, calls[i].dest, "%s",
		    calls[i].name);
		cr_expect_eq(orig.kind == SHAKEN_ID_NONE, calls[i].err != 0,
		    "%s", calls[i].name);
		cr_expect_eq(dest.kind == SHAKEN_ID_NONE, calls[i].err != 0,
		    "%s", calls[i].name);
		cr_expect_not_null(strstr(d.text, calls[i].diag), "%s: %s",
		    calls[i].name, d.text);
		cr_expect_eq(d.text[0] == '\0', calls[i].err == 0, "%s",
		    calls[i].name);
	}
}

Test(sip, ids_country)	/* */
{
	struct shaken_id orig, dest;
	struct shaken_sip m;

	cr_assert_eq(parse(START "From: <sip:2155551212@h;user=phone>\r\n"
	    "To: <tel:911>\r\nP-Asserted-Identity: 2025550100\r\n" END, &m,
	    NULL), SHAKEN_OK);
	cr_expect_eq(shaken_sip_ids(&m, "1", &orig, &dest, NULL), SHAKEN_OK);
	cr_expect_str_eq(orig.text, "12025550100");
	cr_expect_str_eq(dest.text, "911");
	cr_expect_eq(shaken_sip_ids(&m, "x", &orig, &dest, NULL),
	    SHAKEN_E_ARG);
}

/* Seconds as `date -u -d` gives them. */
static const struct {
	const char	*name, *date;
	int64_t		 want;
} dates[] = {
	{ "rfc3261 20.17", "Sat, 13 Nov 2010 23:29:00 GMT", 1289690940 },
	{ "blanks around", " \tSat, 13 Nov 2010 23:29:00 GMT ", 1289690940 },
	{ "one second", "Thu, 01 Jan 1970 00:00:01 GMT", 1 },
	{ "leap day", "Thu, 29 Feb 2024 12:00:00 GMT", 1709208000 },
	{ "after a leap day", "Fri, 01 Mar 2024 00:00:00 GMT", 1709251200 },
	{ "last second of a year", "Thu, 31 Dec 2026 23:59:59 GMT",
	    1798761599 },
	{ "leap century", "Tue, 29 Feb 2000 00:00:00 GMT", 951782400 },
	{ "after 2038", "Wed, 20 Jan 2038 03:14:08 GMT", 2147570048 },
	{ "no leap century", "Mon, 01 Mar 2100 00:00:00 GMT", 4107542400 },
	{ "the last", "Fri, 31 Dec 9999 23:59:59 GMT", 253402300799 },
	{ "no leap day", "Wed, 29 Feb 2023 12:00:00 GMT", -1 },
	{ "no leap day in 2100", "Mon, 29 Feb 2100 00:00:00 GMT", -1 },
	{ "day 31 of 30", "Sat, 31 Apr 2010 00:00:00 GMT", -1 },
	{ "day 0", "Fri, 00 Jan 2010 00:00:00 GMT", -1 },
	{ "day 32", "Fri, 32 Dec 2010 00:00:00 GMT", -1 },
	{ "hour 24", "Sat, 13 Nov 2010 24:00:00 GMT", -1 },
	{ "minute 60", "Sat, 13 Nov 2010 23:60:00 GMT", -1 },
	{ "second 60", "Sat, 13 Nov 2010 23:29:60 GMT", -1 },
	{ "other weekday", "Sun, 13 Nov 2010 23:29:00 GMT", -1 },
	{ "no weekday", "13 Nov 2010 23:29:00 GMT", -1 },
	{ "weekday in capitals", "SAT, 13 Nov 2010 23:29:00 GMT", -1 },
	{ "month in small letters", "Sat, 13 nov 2010 23:29:00 GMT", -1 },
	{ "no such month", "Sat, 13 Nob 2010 23:29:00 GMT", -1 },
	{ "rfc4475 3.1.2.12 zone", "Fri, 01 Jan 2010 16:00:00 EST", -1 },
	{ "zone in small letters", "Sat, 13 Nov 2010 23:29:00 gmt", -1 },
	{ "offset", "Sat, 13 Nov 2010 23:29:00 +0000", -1 },
	{ "no zone", "Sat, 13 Nov 2010 23:29:00", -1 },
	{ "text after it", "Sat, 13 Nov 2010 23:29:00 GMT x", -1 },
	{ "day of one digit", "Sat, 6 Nov 2010 23:29:00 GMT", -1 },
	{ "year of two digits", "Sat, 13 Nov 10 23:29:00 GMT", -1 },
	{ "two blanks", "Sat, 13  Nov 2010 23:29:00 GMT", -1 },
	{ "no comma", "Sat 13 Nov 2010 23:29:00 GMT", -1 },
	{ "rfc850", "Saturday, 13-Nov-10 23:29:00 GMT", -1 },
	{ "asctime", "Sat Nov 13 23:29:00 2010", -1 },
	{ "seconds", "1289690940", -1 },
	{ "before 1970", "Wed, 31 Dec 1969 23:59:59 GMT", -1 },
	{ "1970 itself, which means absent", "Thu, 01 Jan 1970 00:00:00 GMT",
	    -1 },
	{ "a sign", "Sat, 13 Nov 2010 23:-9:00 GMT", -1 },
	{ "cut", "Sat, 13 Nov 2010 23:29:0", -1 },
	{ "a word", "Sat", -1 },
	{ "two letters", "Sa", -1 },
	{ "there, but empty", "", -1 },
};

Test(sip, date_table)
{
	struct shaken_sip m = { .len = 0 };

	cr_expect_eq(shaken_sip_date(&m), 0, "absent");
	for (size_t i = 0; i < N(dates); i++) {
		m.date = shaken_sv_cstr(dates[i].date);
		cr_expect_eq(shaken_sip_date(&m), dates[i].want, "%s: %lld",
		    dates[i].name, (long long)shaken_sip_date(&m));
	}
	cr_assert_eq(parse(START "Date:\r\n" END, &m, NULL), SHAKEN_OK);
	cr_expect_eq(shaken_sip_date(&m), -1, "an empty field");
}

/* Every day of 400 years in order, against a calendar that counts. */
Test(sip, date_every_day)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	static const char days[] = "SunMonTueWedThuFriSat";
	struct shaken_sip m = { .len = 0 };
	int64_t day = 0;

	for (int y = 1970; y < 2370; y++)
		for (int mon = 0; mon < 12; mon++) {
			bool leap = y % 4 == 0 && (y % 100 != 0 ||
			    y % 400 == 0);
			int last = mon == 1 ? 28 + leap :
			    mon == 3 || mon == 5 || mon == 8 || mon == 10 ?
			    30 : 31;

			for (int d = 1; d <= last; d++, day++) {
				char text[64];

				snprintf(text, sizeof(text),
				    "%.3s, %02d %.3s %04d 00:00:01 GMT",
				    days + 3 * ((day + 4) % 7), d,
				    months + 3 * mon, y);
				m.date = shaken_sv_cstr(text);
				cr_assert_eq(shaken_sip_date(&m),
				    day * 86400 + 1, "%s", text);
			}
		}
}

/* Whom a call was for: RFC 8946 section 4.1, entries as in RFC 7044 and RFC
 * 5806. */
static const struct {
	const char	*name, *message, *target;
	const char	*div, *hi;	/* NULL: refused */
} diverted[] = {
#define M(uri, more) "INVITE " uri " SIP/2.0\r\n" FROM TO more END
#define ID "Identity: a.b.c\r\n"
	{ "the Request-URI changes [R-139]", M("sip:+12155551213@h", ID),
	    "12155551214", "12155551213", "" },
	{ "to a URI", M("sip:bob@h", ID), "sip:carol@h", "sip:bob@h", "" },
	{ "with its index", M("sip:+12155551213@h", ID
	    "History-Info: <sip:+12155551212@h>;index=1,"
	    " <sip:+12155551213@h?Reason=SIP%3Bcause%3D302>;index=1.1\r\n"),
	    "12155551214", "12155551213", "1.1" },
	{ "the last of that number", M("tel:+12155551213", ID
	    "History-Info: <tel:+12155551213>;index=1\r\n"
	    "History-Info: <tel:+12155551213>;rc=1; Index = 1.1\r\n"),
	    "12155551214", "12155551213", "1.1" },
	{ "no index", M("tel:+12155551213", ID
	    "History-Info: <tel:+12155551213>;np=1\r\n"), "12155551214",
	    "12155551213", "" },
	{ "an index that is none", M("tel:+12155551213", ID
	    "History-Info: <tel:+12155551213>;index=1.\r\n"), "12155551214",
	    "12155551213", "" },
	{ "a quoted index", M("tel:+12155551213", ID
	    "History-Info: \";index=9\" <tel:+12155551213>;index=2\r\n"),
	    "12155551214", "12155551213", "2" },
	{ "changed already, History-Info", M("tel:+12155551214", ID
	    "History-Info: <tel:+12155551213>;index=1,<tel:+12155551214>;"
	    "index=1.1;mp=1\r\n"), "12155551214", "12155551213", "1" },
	{ "changed already, Diversion", M("tel:+12155551214", ID
	    "Diversion: <tel:+12155551213>;reason=unknown,"
	    "<tel:+12155551299>\r\n"), "12155551214", "12155551213", "" },
	{ "History-Info before Diversion", M("tel:+12155551214", ID
	    "Diversion: <tel:+12155551299>\r\n"
	    "HISTORY-INFO: <tel:+12155551213>;index=1\r\n"), "12155551214",
	    "12155551213", "1" },
	{ "folded", M("tel:+12155551214", ID
	    "Diversion:\r\n <tel:+12155551213>\r\n"), "12155551214",
	    "12155551213", "" },
	{ "nothing changed [R-139]", M("sip:+12155551213@h", ID),
	    "12155551213", NULL, NULL },
	{ "only its spelling [R-139]", M("sip:+1-215-555-1213;npdi@h;user=phone",
	    ID), "12155551213", NULL, NULL },
	{ "Diversion to itself", M("tel:+12155551213", ID
	    "Diversion: <tel:+12155551213>\r\n"), "12155551213", NULL, NULL },
	{ "a field that nobody can read", M("tel:+12155551213", ID
	    "Diversion: x\r\nHistory-Info: ,;\r\n"), "12155551213", NULL,
	    NULL },
	{ "no Identity [R-139]", M("sip:+12155551213@h", ""), "12155551214",
	    NULL, NULL },
};

Test(sip, diverted)
{
	for (size_t i = 0; i < N(diverted); i++) {
		struct shaken_id target, div;
		struct shaken_diag d;
		struct shaken_sip m;
		struct shaken_sv hi;
		enum shaken_err err;

		cr_assert_eq(parse(diverted[i].message, &m, &d), SHAKEN_OK,
		    "%s: %s", diverted[i].name, d.text);
		cr_assert_eq(shaken_id_parse(shaken_sv_cstr(
		    diverted[i].target), NULL, &target), SHAKEN_OK);
		err = shaken_sip_div(&m, &target, NULL, &div, &hi, &d);
		cr_expect_eq(err, diverted[i].div == NULL ? SHAKEN_E_CLAIM :
		    SHAKEN_OK, "%s: %s", diverted[i].name, d.text);
		cr_expect_eq(d.text[0] == '\0', err == SHAKEN_OK, "%s",
		    diverted[i].name);
		cr_expect_str_eq(div.text, diverted[i].div == NULL ? "" :
		    diverted[i].div, "%s: %s", diverted[i].name, div.text);
		cr_expect(is(hi, diverted[i].hi == NULL ? "" :
		    diverted[i].hi), "%s: %.*s", diverted[i].name, (int)hi.n,
		    hi.n == 0 ? "" : hi.p);
	}
}
