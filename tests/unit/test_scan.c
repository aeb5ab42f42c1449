/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "scan.h"
#include "sv.h"

/* RFC 8259, and members once each (RFC 8225 section 9). */
static const struct {
	const char	*name, *in;
	enum shaken_err	 err;
	enum shk_json_type type;	/* of member "a" */
	const char	*value;
	size_t		 count;
} cases[] = {
	{ "empty object", "{}", SHAKEN_OK, SHK_JSON_ABSENT, "", 0 },
	{ "string", "{\"a\":\"x\"}", SHAKEN_OK, SHK_JSON_STRING, "x", 1 },
	{ "empty string", "{\"a\":\"\"}", SHAKEN_OK, SHK_JSON_STRING, "", 1 },
	{ "escapes", "{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\"}", SHAKEN_OK,
	    SHK_JSON_STRING, "\"\\/\b\f\n\r\tA", 1 },
	{ "two, three and four bytes", "{\"a\":\"\\u00e9\\u20ac\\ud83d\\ude00\"}",
	    SHAKEN_OK, SHK_JSON_STRING, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
	    1 },
	{ "an escaped name", "{\"\\u0061\":1}", SHAKEN_OK, SHK_JSON_INTEGER, "1",
	    1 },
	{ "integer", "{\"a\":-12}", SHAKEN_OK, SHK_JSON_INTEGER, "-12", 1 },
	{ "fraction", "{\"a\":1.0}", SHAKEN_OK, SHK_JSON_REAL, "1.0", 1 },
	{ "exponent", "{\"a\":1E+2}", SHAKEN_OK, SHK_JSON_REAL, "1E+2", 1 },
	{ "true", "{\"a\":true}", SHAKEN_OK, SHK_JSON_LITERAL, "true", 1 },
	{ "null", "{\"a\":null}", SHAKEN_OK, SHK_JSON_LITERAL, "null", 1 },
	{ "array", "{\"a\":[1, {\"a\":2}]}", SHAKEN_OK, SHK_JSON_ARRAY,
	    "[1, {\"a\":2}]", 1 },
	{ "object", "{\"a\":{\"a\":[]}}", SHAKEN_OK, SHK_JSON_OBJECT,
	    "{\"a\":[]}", 1 },
	{ "only the outer level", "{\"b\":{\"a\":1},\"c\":[{\"a\":1}]}",
	    SHAKEN_OK, SHK_JSON_ABSENT, "", 2 },
	{ "white space", " \t\r\n{ \"a\" :\n1 , \"b\" : 2 } ", SHAKEN_OK,
	    SHK_JSON_INTEGER, "1", 2 },
	{ "the same name in two objects", "{\"a\":{\"x\":1},\"b\":{\"x\":1}}",
	    SHAKEN_OK, SHK_JSON_OBJECT, "{\"x\":1}", 2 },
	{ "16 levels", "{\"a\":[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]}", SHAKEN_OK,
	    SHK_JSON_ARRAY, "[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]", 1 },

	{ "17 levels [R-032]", "{\"a\":[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]}",
	    SHAKEN_E_JSON, 0, "", 0 },
	{ "nothing", "", SHAKEN_E_JSON, 0, "", 0 },
	{ "array outside", "[]", SHAKEN_E_JSON, 0, "", 0 },
	{ "no end", "{", SHAKEN_E_JSON, 0, "", 0 },
	{ "comma at the end", "{\"a\":1,}", SHAKEN_E_JSON, 0, "", 0 },
	{ "comma at the end of an array", "{\"a\":[1,]}", SHAKEN_E_JSON, 0, "",
	    0 },
	{ "no comma", "{\"a\":1 \"b\":2}", SHAKEN_E_JSON, 0, "", 0 },
	{ "no colon", "{\"a\" 1}", SHAKEN_E_JSON, 0, "", 0 },
	{ "no value", "{\"a\":}", SHAKEN_E_JSON, 0, "", 0 },
	{ "wrong bracket", "{\"a\":[1}}", SHAKEN_E_JSON, 0, "", 0 },
	{ "text behind", "{}x", SHAKEN_E_JSON, 0, "", 0 },
	{ "name without quotes", "{a:1}", SHAKEN_E_JSON, 0, "", 0 },
	{ "duplicate [R-031]", "{\"a\":1,\"a\":1}", SHAKEN_E_JSON, 0, "", 0 },
	{ "duplicate behind an object", "{\"a\":{\"b\":1},\"a\":1}",
	    SHAKEN_E_JSON, 0, "", 0 },
	{ "duplicate by escape", "{\"a\":1,\"\\u0061\":1}", SHAKEN_E_JSON, 0, "",
	    0 },
	{ "leading zero", "{\"a\":01}", SHAKEN_E_JSON, 0, "", 0 },
	{ "bare minus", "{\"a\":-}", SHAKEN_E_JSON, 0, "", 0 },
	{ "bare point", "{\"a\":1.}", SHAKEN_E_JSON, 0, "", 0 },
	{ "bare exponent", "{\"a\":1e}", SHAKEN_E_JSON, 0, "", 0 },
	{ "plus", "{\"a\":+1}", SHAKEN_E_JSON, 0, "", 0 },
	{ "NaN", "{\"a\":NaN}", SHAKEN_E_JSON, 0, "", 0 },
	{ "truth", "{\"a\":tru}", SHAKEN_E_JSON, 0, "", 0 },
	{ "unknown escape", "{\"a\":\"\\x\"}", SHAKEN_E_JSON, 0, "", 0 },
	{ "escaped NUL [R-032]", "{\"a\":\"\\u0000\"}", SHAKEN_E_JSON, 0, "", 0 },
	{ "low surrogate alone", "{\"a\":\"\\udc00\"}", SHAKEN_E_JSON, 0, "", 0 },
	{ "high surrogate alone", "{\"a\":\"\\ud800x\"}", SHAKEN_E_JSON, 0, "",
	    0 },
	{ "two high ones", "{\"a\":\"\\ud800\\ud800\"}", SHAKEN_E_JSON, 0, "",
	    0 },
	{ "cut escape", "{\"a\":\"\\u12", SHAKEN_E_JSON, 0, "", 0 },
	{ "cut string", "{\"a\":\"x", SHAKEN_E_JSON, 0, "", 0 },
	{ "line end in a string", "{\"a\":\"x\n\"}", SHAKEN_E_JSON, 0, "", 0 },
	{ "invalid UTF-8 [R-032]", "{\"a\":\"\xc3\x28\"}", SHAKEN_E_JSON, 0, "",
	    0 },
	{ "invalid UTF-8 beside an escape", "{\"a\":\"\\n\xff\"}", SHAKEN_E_JSON,
	    0, "", 0 },
};

Test(scan, table)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		/* flush against the end of a heap block, for ASan */
		size_t n = strlen(cases[i].in), count = 99;
		char *text = malloc(n == 0 ? 1 : n), room[256];
		struct shk_buf b = shk_buf_over(room, sizeof(room));
		struct shk_member m = { .name = SHAKEN_SV_LIT("a") };
		struct shaken_diag d = { "" };

		memcpy(text, cases[i].in, n);
		cr_expect_eq(shk_scan_object((struct shaken_sv){ text, n }, &m,
		    1, &b, &count, &d), cases[i].err, "%s: %s", cases[i].name,
		    d.text);
		cr_expect_eq(d.text[0] == '\0', cases[i].err == SHAKEN_OK, "%s",
		    cases[i].name);
		if (cases[i].err == SHAKEN_OK) {
			cr_expect_eq(m.type, cases[i].type, "%s",
			    cases[i].name);
			cr_expect(shk_sv_equal(m.value,
			    shaken_sv_cstr(cases[i].value)), "%s: %.*s",
			    cases[i].name, (int)m.value.n, m.value.p);
			cr_expect_eq(count, cases[i].count, "%s",
			    cases[i].name);
		}
		free(text);
	}
}

/* The members of open objects are bounded; those of closed ones are not kept. */
Test(scan, member_limit)
{
	char *text = calloc(1, 65536), *at = text;
	struct shk_member m = { .name = SHAKEN_SV_LIT("a") };

	*at++ = '{';
	for (int i = 0; i < SHK_SCAN_MEMBERS_MAX; i++)
		at += sprintf(at, "%s\"m%d\":%d", i ? "," : "", i, i);
	strcpy(at, "}");
	cr_expect_eq(shk_scan_object(shaken_sv_cstr(text), &m, 1, NULL, NULL,
	    NULL), SHAKEN_OK);
	strcpy(at, ",\"x\":1}");
	cr_expect_eq(shk_scan_object(shaken_sv_cstr(text), &m, 1, NULL, NULL,
	    NULL), SHAKEN_E_LIMIT);

	at = text;
	at += sprintf(at, "{\"a\":[");
	for (int i = 0; i < 1000; i++)
		at += sprintf(at, "%s{\"x\":1,\"y\":2}", i ? "," : "");
	strcpy(at, "]}");
	cr_expect_eq(shk_scan_object(shaken_sv_cstr(text), &m, 1, NULL, NULL,
	    NULL), SHAKEN_OK);
	free(text);
}

Test(scan, elements)
{
	static const char *const want[] = { "1", "x", "[2, 3]", "{}", "true" };
	struct shaken_sv rest = SHAKEN_SV_LIT("[1, \"x\" ,[2, 3],{}, true ]");
	struct shk_member e;
	size_t n = 0;

	while (shk_scan_next(&rest, &e, NULL)) {
		cr_assert_lt(n, 5);
		cr_expect(shk_sv_equal(e.value, shaken_sv_cstr(want[n])), "%s",
		    want[n]);
		n++;
	}
	cr_expect_eq(n, 5);
	rest = SHAKEN_SV_LIT("[ ]");
	cr_expect_not(shk_scan_next(&rest, &e, NULL));
	cr_expect_not(shk_scan_next(&rest, &e, NULL));
}
