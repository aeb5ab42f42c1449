/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include <criterion/criterion.h>

#include <shaken/id.h>

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define TN	SHAKEN_ID_TN
#define URI	SHAKEN_ID_URI

struct row {
	const char		*name, *in;
	enum shaken_id_kind	 kind;	/* 0: must fail with err */
	const char		*want;
	enum shaken_err		 err;
};

/* URIs alone: the same from shaken_id_from_uri() and shaken_id_parse() */
static const struct row uris[] = {
	/* tel, RFC 3966 */
	{ "R-052 tel", "tel:+1-215-555-1212;ext=5", TN, "12155551212", 0 },
	{ "tel, upper case", "TEL:+12155551212", TN, "12155551212", 0 },
	{ "tel, brackets", "tel:+1(215)555.1212", TN, "12155551212", 0 },
	{ "tel, isub", "tel:+12155551212;isub=12", TN, "12155551212", 0 },
	{ "R-055 tel, service", "tel:911", TN, "911", 0 },
	{ "R-055 tel, star", "tel:*67", TN, "*67", 0 },
	{ "R-055 tel, hash", "tel:#31#", TN, "#31#", 0 },
	{ "R-055 tel, hash escaped", "tel:%2331%23", TN, "#31#", 0 },
	{ "R-054 tel, npdi", "tel:+12155551212;npdi;rn=+12155550000", TN,
	    "12155551212", 0 },
	{ "R-054 tel, verstat",
	    "tel:+12155551212;verstat=TN-Validation-Passed", TN,
	    "12155551212", 0 },
	{ "tel, context", "tel:863-1234;phone-context=+1-914-555", TN,
	    "19145558631234", 0 },
	{ "tel, short with context", "tel:7042;Phone-Context=+1201555", TN,
	    "12015557042", 0 },
	{ "tel, context escaped", "tel:7042;phone-context=%2b1201555", TN,
	    "12015557042", 0 },
	{ "tel, context of a domain", "tel:7042;phone-context=example.com",
	    TN, "7042", 0 },
	{ "tel, context without a value", "tel:7042;phone-context", TN,
	    "7042", 0 },
	{ "rfc3966 5.1.5: 911 in +1", "tel:911;phone-context=+1", TN,
	    "911", 0 },
	{ "context, 7 digits", "tel:4000;phone-context=+683", TN, "6834000",
	    0 },
	{ "context, 6 digits", "tel:400;phone-context=+683", TN, "400", 0 },
	{ "star code in +1", "tel:*675551212;phone-context=+1", TN,
	    "*675551212", 0 },
	{ "tel, global with context", "tel:+442079460000;phone-context=+1",
	    TN, "442079460000", 0 },
	{ "tel, context without digits", "tel:7042555;phone-context=+", 0, "",
	    SHAKEN_E_TN },
	{ "tel, context of letters", "tel:7042555;phone-context=+1x", 0, "",
	    SHAKEN_E_TN },
	{ "tel, two contexts",
	    "tel:7042;phone-context=+1201555;phone-context=+44", 0, "",
	    SHAKEN_E_URI },
	{ "tel, context too long", "tel:1234567890;phone-context=+123456", 0,
	    "", SHAKEN_E_LIMIT },
	{ "tel, context fits", "tel:123456789;phone-context=+123456", TN,
	    "123456123456789", 0 },
	{ "R-057 tel, empty", "tel:", 0, "", SHAKEN_E_TN },
	{ "R-057 tel, only parameters", "tel:;ext=5", 0, "", SHAKEN_E_TN },
	{ "R-057 tel, letters", "tel:1-800-FLOWERS", 0, "", SHAKEN_E_TN },
	{ "R-057 tel, 16 digits", "tel:+1234567890123456", 0, "",
	    SHAKEN_E_LIMIT },
	{ "tel, bad escape", "tel:12%3", 0, "", SHAKEN_E_TN },
	{ "tel, escaped NUL", "tel:12%0034", 0, "", SHAKEN_E_TN },

	/* numbers in SIP URIs, RFC 8224 section 8.1 */
	{ "R-053 user=phone", "sip:+12155551212@h;user=phone", TN,
	    "12155551212", 0 },
	{ "R-053 upper case", "SIPS:+12155551212@h;lr;USER=Phone", TN,
	    "12155551212", 0 },
	{ "R-053 local, user=phone", "sip:911@h:5060;user=phone", TN,
	    "911", 0 },
	{ "R-053 global without user=phone", "sip:+12155551212@h", TN,
	    "12155551212", 0 },
	{ "R-053 plus escaped", "sip:%2B12155551212@h", TN, "12155551212", 0 },
	{ "R-053 digit escaped", "sip:+1%32155551212@h", TN, "12155551212",
	    0 },
	{ "R-053 local without user=phone", "sip:2155551212@h", URI,
	    "sip:2155551212@h", 0 },
	{ "R-053 user=ip", "sip:2155551212@h;user=ip", URI,
	    "sip:2155551212@h", 0 },
	{ "R-053 user=phone in the user part", "sip:911;user=phone@h", URI,
	    "sip:911;user=phone@h", 0 },
	{ "R-053 user=phone in the headers", "sip:911@h?x=;user=phone", URI,
	    "sip:911@h", 0 },
	{ "R-053 user=phoney", "sip:911@h;user=phoney", URI, "sip:911@h", 0 },
	{ "R-053 two user", "sip:911@h;user=ip;user=phone", 0, "",
	    SHAKEN_E_URI },
	{ "R-054 npdi, rn, verstat", "sip:+12155551212;npdi;rn=+12155550000;"
	    "verstat=TN-Validation-Passed@h", TN, "12155551212", 0 },
	{ "R-054 with user=phone",
	    "sip:+12155551212;verstat=TN-Validation-Passed@h;user=phone", TN,
	    "12155551212", 0 },
	{ "password", "sip:+12155551212:1234@h;user=phone", TN,
	    "12155551212", 0 },
	{ "context in a SIP URI",
	    "sip:7042;phone-context=+1-201-555@h;user=phone", TN,
	    "12015557042", 0 },
	{ "R-055 star", "sip:*67@h;user=phone", TN, "*67", 0 },
	{ "R-055 hash, rfc3261 19.1.6", "sip:%2331%23@h;user=phone", TN,
	    "#31#", 0 },
	{ "R-057 letters, user=phone", "sip:alice@h;user=phone", URI,
	    "sip:alice@h", 0 },
	{ "R-057 letters after a plus", "sip:+1800FLOWERS@h", URI,
	    "sip:+1800flowers@h", 0 },
	{ "R-057 16 digits", "sip:+1234567890123456@h;user=phone", URI,
	    "sip:+1234567890123456@h", 0 },
	{ "R-057 16 digits with its parameter",
	    "sip:1234567890123456;npdi@h;user=phone", URI,
	    "sip:1234567890123456;npdi@h", 0 },

	/* SIP URIs, RFC 8224 section 8.5 */
	{ "R-053 no number", "sip:alice@h", URI, "sip:alice@h", 0 },
	{ "R-058", "SIP:Alice:pw@Example.COM:5070;transport=tcp?x=y", URI,
	    "sip:alice@example.com", 0 },
	{ "R-058 sips", "sips:Bob@EXAMPLE.com", URI, "sips:bob@example.com",
	    0 },
	{ "R-058 the last letters", "sip:zZ@zZ", URI, "sip:zz@zz", 0 },
	{ "R-058 empty password", "sip:alice:@h", URI, "sip:alice@h", 0 },
	{ "R-058 headers only", "sip:alice@h?a=b;c", URI, "sip:alice@h", 0 },
	{ "R-059 unreserved", "sip:%61l%49ce%2e%2D%5f%7E@h", URI,
	    "sip:alice.-_~@h", 0 },
	{ "R-059 reserved stay", "sip:a%2fb%40%c3%a9@h", URI,
	    "sip:a%2Fb%40%C3%A9@h", 0 },
	{ "R-059 small ones", "sip:a%0a%00b@h", URI, "sip:a%0A%00b@h", 0 },
	{ "R-059 a mark is reserved in rfc3986", "sip:a%21!@h", URI,
	    "sip:a%21!@h", 0 },
	{ "R-059 twice is once", "sip:%2561@h", URI, "sip:%2561@h", 0 },
	{ "R-059 cut escape", "sip:a%6@h", 0, "", SHAKEN_E_URI },
	{ "R-059 no escape", "sip:a%g1@h", 0, "", SHAKEN_E_URI },
	{ "rfc4475 3.1.1.2 user", "sip:1_unusual.URI~(to-be!sure)&isn't+it$/"
	    "crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)"
	    "@example.com", URI, "sip:1_unusual.uri~(to-be!sure)&isn't+it$/"
	    "crazy?,/;;*@example.com", 0 },
	{ "rfc4475 3.1.1.3 escaped", "sip:sips%3Auser%40example.com@"
	    "example.net", URI, "sip:sips%3Auser%40example.com@example.net",
	    0 },
	{ "rfc4475 3.1.1.9 semicolons in the user",
	    "sip:user;par=u%40example.net@example.com", URI,
	    "sip:user;par=u%40example.net@example.com", 0 },
	{ "ipv4", "sip:a@192.0.2.1:5060", URI, "sip:a@192.0.2.1", 0 },
	{ "ipv6", "sip:a@[2001:DB8::1]:5060;lr", URI, "sip:a@[2001:db8::1]",
	    0 },
	{ "no user", "sip:example.com", 0, "", SHAKEN_E_URI },
	{ "empty user", "sip:@example.com", 0, "", SHAKEN_E_URI },
	{ "password without user", "sip::pw@h", 0, "", SHAKEN_E_URI },
	{ "no host", "sip:alice@", 0, "", SHAKEN_E_URI },
	{ "no host but a port", "sip:alice@:5060", 0, "", SHAKEN_E_URI },
	{ "two @", "sip:alice@a@b", 0, "", SHAKEN_E_URI },
	{ "@ in a parameter", "sip:alice@a;x=b@c", 0, "", SHAKEN_E_URI },
	{ "port without digits", "sip:alice@h:", 0, "", SHAKEN_E_URI },
	{ "port of letters", "sip:alice@h:sip", 0, "", SHAKEN_E_URI },
	{ "host, then junk", "sip:alice@h/x", 0, "", SHAKEN_E_URI },
	{ "host with an escape", "sip:alice@%65xample.com", 0, "",
	    SHAKEN_E_URI },
	{ "host of a dot", "sip:alice@.", 0, "", SHAKEN_E_URI },
	{ "ipv6 not closed", "sip:a@[2001:db8::1", 0, "", SHAKEN_E_URI },
	{ "ipv6 empty", "sip:a@[]", 0, "", SHAKEN_E_URI },
	{ "ipv6 zone", "sip:a@[fe80::1%25eth0]", 0, "", SHAKEN_E_URI },
	{ "character no user has", "sip:a[b]@h", 0, "", SHAKEN_E_URI },
	{ "other scheme", "mailto:alice@example.com", 0, "", SHAKEN_E_URI },
	{ "urn", "urn:service:sos", 0, "", SHAKEN_E_URI },
	{ "longer scheme", "sipx:alice@h", 0, "", SHAKEN_E_URI },
	{ "scheme only", "sip:", 0, "", SHAKEN_E_URI },
	{ "high bit in the user", "sip:\xc3\xa4@h", 0, "", SHAKEN_E_URI },
	{ "high bit in a parameter", "sip:a@h;x=\xff", 0, "", SHAKEN_E_URI },
	{ "delete in a parameter", "sip:a@h;x=\x7f", 0, "", SHAKEN_E_URI },
};

static void
check(const char *how, const struct row *r, enum shaken_err err,
    const struct shaken_id *id)
{
	cr_expect_eq(err, r->err, "%s, %s: %d", r->name, how, (int)err);
	cr_expect_eq(id->kind, r->kind, "%s, %s", r->name, how);
	cr_expect_str_eq(id->text, r->want, "%s, %s", r->name, how);
	cr_expect_eq(id->len, strlen(r->want), "%s, %s", r->name, how);
}

Test(id, uri_table)
{
	for (size_t i = 0; i < N(uris); i++) {
		struct shaken_sv in = shaken_sv_cstr(uris[i].in);
		struct shaken_id id;
		char angled[300];

		memset(&id, 'x', sizeof(id));
		check("from_uri", &uris[i], shaken_id_from_uri(in, NULL, &id),
		    &id);
		memset(&id, 'x', sizeof(id));
		check("parse", &uris[i], shaken_id_parse(in, NULL, &id), &id);
		snprintf(angled, sizeof(angled), "\"A\" <%s>;tag=1",
		    uris[i].in);
		check("name-addr", &uris[i], shaken_id_parse(
		    shaken_sv_cstr(angled), NULL, &id), &id);
	}
}

/* What only shaken_id_parse() takes; shaken_id_from_uri() must refuse all. */
static const struct row texts[] = {
	{ "bare number", "+1 (215) 555-1212", TN, "12155551212", 0 },
	{ "bare number, blanks", " \t12155551212\r\n", TN, "12155551212", 0 },
	{ "angle brackets", "<tel:+12155551212>", TN, "12155551212", 0 },
	{ "quoted name", "\"Bob\" <sip:bob@h>", URI, "sip:bob@h", 0 },
	{ "quoted, escapes", "\"B \\\"o\\\\\" <sip:bob@h>", URI, "sip:bob@h",
	    0 },
	{ "quoted, brackets inside", "\"<sip:eve@h>\" <sip:bob@h>", URI,
	    "sip:bob@h", 0 },
	{ "quoted, UTF-8", "\"B\xc3\xb6\" <sip:bob@h>", URI, "sip:bob@h", 0 },
	{ "rfc4475 3.1.1.2 quoted controls",
	    "\"BEL:\\\x07 DEL:\\\x7f\" <sip:bob@h>", URI, "sip:bob@h", 0 },
	{ "quoted, no blank after", "\"Bob\"<sip:bob@h>", URI, "sip:bob@h",
	    0 },
	{ "rfc4475 3.1.1.6 no blank", "caller<sip:caller@example.com>;tag=323",
	    URI, "sip:caller@example.com", 0 },
	{ "tokens", "Bob van Dyk <sip:bob@h>;tag=1", URI, "sip:bob@h", 0 },
	{ "tokens, UTF-8", "B\xc4\x80 <sip:bob@h>", URI, "sip:bob@h", 0 },
	{ "R-042 folded", "\"Bob\"\r\n <sip:bob@h>\r\n\t;tag=1", URI,
	    "sip:bob@h", 0 },
	{ "R-042 folded name", "\"Bob\r\n B\"\n <sip:bob@h>", URI, "sip:bob@h",
	    0 },
	{ "rfc4475 3.1.1.1 blanks", "sip:vivekg@chair-dnrc.example.com ;"
	    "   tag    = 1918181833n", URI, "sip:vivekg@chair-dnrc.example.com",
	    0 },
	{ "rfc3261 20.20 no brackets", "sip:bob@h;tag=1", URI, "sip:bob@h",
	    0 },
	{ "user=phone outside the brackets", "<sip:911@h>;user=phone", URI,
	    "sip:911@h", 0 },
	{ "quoted parameter", "<sip:bob@h>;x=\"a,b<;\"", URI, "sip:bob@h", 0 },
	{ "nothing", "", 0, "", SHAKEN_E_TN },
	{ "blanks", " \r\n ", 0, "", SHAKEN_E_TN },
	{ "a name", "alice", 0, "", SHAKEN_E_TN },
	{ "empty brackets", "<>", 0, "", SHAKEN_E_URI },
	{ "number in brackets", "<+12155551212>", 0, "", SHAKEN_E_URI },
	{ "bracket not closed", "<sip:bob@h", 0, "", SHAKEN_E_URI },
	{ "quote not closed", "\"Bob <sip:bob@h>", 0, "", SHAKEN_E_URI },
	{ "ends in an escape", "\"Bob\\", 0, "", SHAKEN_E_URI },
	{ "rfc4475 3.1.2.6 quote not closed",
	    "\"Mr. J. User <sip:j.user@example.com>", 0, "", SHAKEN_E_URI },
	{ "angles twice", "<<sip:user@example.com>>", 0, "",
	    SHAKEN_E_URI },
	{ "rfc4475 3.1.2.14 blanks in the URI",
	    "\"Watson\" < sip:t.watson@example.org >", 0, "", SHAKEN_E_URI },
	{ "rfc4475 3.1.2.15 non-token name",
	    "Bell, Alexander <sip:a.g.bell@example.com>;tag=43", 0, "",
	    SHAKEN_E_URI },
	{ "name without brackets", "\"Bob\" sip:bob@h", 0, "", SHAKEN_E_URI },
	{ "text after the brackets", "<sip:bob@h> x", 0, "", SHAKEN_E_URI },
	{ "two identities", "<sip:a@h>,<sip:b@h>", 0, "", SHAKEN_E_URI },
	{ "two, after a parameter", "<sip:a@h>;x,<sip:b@h>", 0, "",
	    SHAKEN_E_URI },
	{ "blank in the URI", "<sip:a @h>", 0, "", SHAKEN_E_URI },
	{ "control in the name", "\"a\x01\" <sip:b@h>", 0, "", SHAKEN_E_URI },
	{ "control before the brackets", "a\x01 <sip:b@h>", 0, "",
	    SHAKEN_E_URI },
	{ "line end, not folded", "\"Bob\"\r\n<sip:bob@h>", 0, "",
	    SHAKEN_E_URI },
	{ "field after the line end", "<sip:bob@h>;x\r\nTo: y", 0, "",
	    SHAKEN_E_URI },
	{ "parameter quote not closed", "<sip:bob@h>;x=\"", 0, "",
	    SHAKEN_E_URI },
	{ "high bit in a parameter", "<sip:bob@h>;x=\xc3\xa9", 0, "",
	    SHAKEN_E_URI },
};

Test(id, text_table)
{
	for (size_t i = 0; i < N(texts); i++) {
		struct shaken_sv in = shaken_sv_cstr(texts[i].in);
		struct shaken_id id;

		memset(&id, 'x', sizeof(id));
		check("parse", &texts[i], shaken_id_parse(in, NULL, &id), &id);
		if (strcmp(texts[i].name, "rfc3261 20.20 no brackets") == 0)
			continue;	/* as a URI it has a parameter */
		cr_expect_eq(shaken_id_from_uri(in, NULL, &id), SHAKEN_E_URI,
		    "%s", texts[i].name);
		cr_expect_eq(id.kind, SHAKEN_ID_NONE, "%s", texts[i].name);
	}
}

Test(id, from_tn_takes_numbers_only)
{
	static const struct row rows[] = {
		{ "number", "+1-215-555-1212", TN, "12155551212", 0 },
		{ "R-055 service", "*67", TN, "*67", 0 },
		{ "tel URI", "tel:+12155551212", 0, "", SHAKEN_E_TN },
		{ "sip URI", "sip:+12155551212@h", 0, "", SHAKEN_E_TN },
		{ "brackets", "<tel:911>", 0, "", SHAKEN_E_TN },
		{ "tab", "\t911", 0, "", SHAKEN_E_TN },
		{ "R-057 empty", "", 0, "", SHAKEN_E_TN },
		{ "R-057 16 digits", "1234567890123456", 0, "",
		    SHAKEN_E_LIMIT },
	};

	for (size_t i = 0; i < N(rows); i++) {
		struct shaken_id id;

		memset(&id, 'x', sizeof(id));
		check("from_tn", &rows[i], shaken_id_from_tn(
		    shaken_sv_cstr(rows[i].in), NULL, &id), &id);
	}
}

Test(id, country)	/* R-056 */
{
	static const struct {
		const char *name, *in, *country, *want;
	} rows[] = {
		{ "bare", "2155551212", "1", "12155551212" },
		{ "tel", "tel:2155551212", "1", "12155551212" },
		{ "sip", "sip:2155551212@h;user=phone", "1", "12155551212" },
		{ "domain context", "tel:2155551212;phone-context=h", "1",
		    "12155551212" },
		{ "global", "tel:+2155551212", "1", "2155551212" },
		{ "plus escaped", "sip:%2b2155551212@h", "1", "2155551212" },
		{ "numeric context", "tel:2155551212;phone-context=+44", "1",
		    "442155551212" },
		{ "no number", "sip:2155551212@h", "1", "sip:2155551212@h" },
	};
	struct shaken_id id;

	for (size_t i = 0; i < N(rows); i++) {
		cr_expect_eq(shaken_id_parse(shaken_sv_cstr(rows[i].in),
		    rows[i].country, &id), SHAKEN_OK, "%s", rows[i].name);
		cr_expect_str_eq(id.text, rows[i].want, "%s", rows[i].name);
	}
	cr_expect_eq(shaken_id_parse(SHAKEN_SV_LIT("sip:+1@h;user=phone"), "x",
	    &id), SHAKEN_E_ARG);
	cr_expect_eq(shaken_id_parse(SHAKEN_SV_LIT("tel:1"), "x", &id),
	    SHAKEN_E_ARG);
	cr_expect_eq(shaken_id_from_tn(SHAKEN_SV_LIT("1"), "x", &id),
	    SHAKEN_E_ARG);
}

Test(id, nul_anywhere_is_refused)
{
	static const struct shaken_sv in[] = {
		{ "sip:bob@h\0", 10 }, { "sip:b\0b@h", 9 },
		{ "\"a\0\" <sip:bob@h>", 16 }, { "\"a\\\0\" <sip:bob@h>", 17 },
		{ "a\0 <sip:bob@h>", 14 }, { "<sip:bob@h>;x\0", 14 },
		{ "tel:911\0", 8 }, { "911\0", 4 },
	};
	struct shaken_id id;

	for (size_t i = 0; i < N(in); i++) {
		cr_expect_neq(shaken_id_parse(in[i], NULL, &id), SHAKEN_OK,
		    "row %zu", i);
		cr_expect_eq(id.kind, SHAKEN_ID_NONE, "row %zu", i);
	}
	cr_expect_eq(shaken_id_parse((struct shaken_sv){ NULL, 0 }, NULL, &id),
	    SHAKEN_E_TN);
	cr_expect_eq(shaken_id_from_uri((struct shaken_sv){ NULL, 0 }, NULL,
	    &id), SHAKEN_E_URI);
}

Test(id, limits)
{
	char text[2 * SHAKEN_ID_MAX];
	struct shaken_id id;
	size_t n = SHAKEN_ID_MAX;
	struct shaken_sv in = { text, n };

	memset(text, 'a', sizeof(text));
	memcpy(text, "sip:", 4);
	text[4 + 10] = '@';
	cr_expect_eq(shaken_id_from_uri(in, NULL, &id), SHAKEN_OK);
	cr_expect_eq(id.len, n);
	cr_expect_eq(id.text[n], '\0');
	in.n++;
	cr_expect_eq(shaken_id_from_uri(in, NULL, &id), SHAKEN_E_LIMIT);
	cr_expect_eq(id.kind, SHAKEN_ID_NONE);
	text[in.n - 20] = ';';	/* what is dropped does not count */
	cr_expect_eq(shaken_id_from_uri(in, NULL, &id), SHAKEN_OK);

	/* so many separators that no number is meant */
	memset(text, '-', sizeof(text));
	memcpy(text, "tel:911", 7);
	cr_expect_eq(shaken_id_from_uri(in, NULL, &id), SHAKEN_E_LIMIT);
}

Test(id, equal)
{
	struct shaken_id a, b, none = { .kind = SHAKEN_ID_NONE };
	enum shaken_err err;

	err = shaken_id_parse(SHAKEN_SV_LIT("tel:+1-215-555-1212"), NULL, &a);
	cr_assert_eq(err, SHAKEN_OK);
	err = shaken_id_parse(SHAKEN_SV_LIT("sip:+12155551212@h"), NULL, &b);
	cr_assert_eq(err, SHAKEN_OK);
	cr_expect(shaken_id_equal(&a, &b));
	b.text[0] = '2';
	cr_expect(!shaken_id_equal(&a, &b), "other number");
	err = shaken_id_from_tn(SHAKEN_SV_LIT("121555512129"), NULL, &b);
	cr_assert_eq(err, SHAKEN_OK);
	cr_expect(!shaken_id_equal(&a, &b), "longer number");
	b = a;
	b.kind = SHAKEN_ID_URI;
	cr_expect(!shaken_id_equal(&a, &b), "other kind");
	cr_expect(!shaken_id_equal(&none, &none), "nobody is nobody's equal");
	cr_expect(!shaken_id_equal(&a, &none));
}
