/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <criterion/criterion.h>

#include <shaken/passport.h>

#include "json.h"
#include "text.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define D16	"[[[[[[[[[[[[[[["	/* 15: with the object's, 16 levels */
#define E16	"]]]]]]]]]]]]]]]"

static const struct {
	const char	*name, *in;
	enum shaken_err	 err;
	const char	*diag;	/* a part of it */
} texts[] = {
	{ "object",		"{\"a\":1}",		SHAKEN_OK, "" },
	{ "white space",	" \t\r\n{ \"a\" : [ ] } \n", SHAKEN_OK, "" },
	{ "empty object",	"{}",			SHAKEN_OK, "" },
	{ "nothing",		"",		SHAKEN_E_JSON, "byte 0" },
	{ "array",		"[1]",	SHAKEN_E_JSON, "not an object" },
	{ "string",		"\"a\"",		SHAKEN_E_JSON, "byte" },
	{ "number",		"1",			SHAKEN_E_JSON, "byte" },
	{ "text after it",	"{} x",			SHAKEN_E_JSON, "byte" },
	{ "second object",	"{}{}",			SHAKEN_E_JSON, "byte" },
	{ "not closed",		"{\"a\":1",		SHAKEN_E_JSON, "byte" },
	{ "closed too often",	"{}]]]]",	SHAKEN_E_JSON, "end of file" },
	{ "string not closed",	"{\"a",			SHAKEN_E_JSON, "byte" },
	{ "ends in an escape",	"{\"a\\",		SHAKEN_E_JSON, "byte" },
	{ "control in string",	"{\"a\":\"\n\"}",	SHAKEN_E_JSON, "byte" },
	{ "comment",		"{/**/}",		SHAKEN_E_JSON, "byte" },
	{ "comma at the end",	"{\"a\":1,}",		SHAKEN_E_JSON, "byte" },
	{ "single quotes",	"{'a':1}",		SHAKEN_E_JSON, "byte" },
	{ "byte order mark",	"\xef\xbb\xbf{}",	SHAKEN_E_JSON, "byte" },
	{ "R-031 duplicate",	"{\"orig\":1,\"orig\":2}",
	    SHAKEN_E_JSON, "duplicate" },
	{ "R-031 duplicate, nested", "{\"a\":{\"b\":1,\"b\":1}}",
	    SHAKEN_E_JSON, "duplicate" },
	{ "R-031 duplicate, escaped", "{\"orig\":1,\"\\u006frig\":2}",
	    SHAKEN_E_JSON, "duplicate" },
	{ "R-031 same name, other object", "{\"a\":{\"a\":1}}",
	    SHAKEN_OK, "" },
	{ "R-032 16 levels",	"{\"a\":" D16 E16 "}",	SHAKEN_OK, "" },
	{ "R-032 20 side by side", "{\"a\":[[],[],[],[],[],[],[],[],[],[],"
	    "{},{},{},{},{},{},{},{},{},{}]}", SHAKEN_OK, "" },
	{ "R-032 17 levels",	"{\"a\":[" D16 E16 "]}",
	    SHAKEN_E_JSON, "deeper than 16 at byte 20" },
	{ "R-032 17 objects open", "{\"a\":" D16 "{",
	    SHAKEN_E_JSON, "deeper" },
	{ "R-032 brackets in a string", "{\"a\":\"\\\"{{{[[[" D16 D16 "\"}",
	    SHAKEN_OK, "" },
	{ "R-032 escaped backslash", "{\"a\\\\\":[" D16 E16 "]}",
	    SHAKEN_E_JSON, "deeper" },
	{ "R-032 \\u0000",	"{\"a\":\"\\u0000\"}",	SHAKEN_E_JSON, "byte" },
	{ "R-032 \\u0000 in a name", "{\"a\\u0000\":1}",
	    SHAKEN_E_JSON, "byte" },
	{ "R-032 overlong",	"{\"a\":\"\xc0\x80\"}",	SHAKEN_E_JSON, "byte" },
	{ "R-032 surrogate",	"{\"a\":\"\xed\xa0\x80\"}",
	    SHAKEN_E_JSON, "byte" },
	{ "R-032 beyond U+10FFFF", "{\"a\":\"\xf4\x90\x80\x80\"}",
	    SHAKEN_E_JSON, "byte" },
	{ "R-032 cut UTF-8",	"{\"a\":\"\xe2\x82\"}",	SHAKEN_E_JSON, "byte" },
	{ "R-032 latin-1",	"{\"a\":\"\xe9\"}",	SHAKEN_E_JSON, "byte" },
	{ "R-032 lone surrogate escape", "{\"a\":\"\\ud83d\"}",
	    SHAKEN_E_JSON, "byte" },
	{ "UTF-8",		"{\"a\":\"\xc3\xa9\"}",	SHAKEN_OK, "" },
	{ "R-033 1e400",	"{\"iat\":1e400}",	SHAKEN_E_JSON, "byte" },
	{ "R-033 beyond 64 bits", "{\"iat\":9223372036854775808}",
	    SHAKEN_E_JSON, "byte" },
	{ "R-033 64 bits",	"{\"iat\":9223372036854775807}",
	    SHAKEN_OK, "" },
	{ "NaN",		"{\"iat\":NaN}",	SHAKEN_E_JSON, "byte" },
	{ "leading zero",	"{\"iat\":01}",		SHAKEN_E_JSON, "byte" },
};

Test(json, parse_table)
{
	for (size_t i = 0; i < N(texts); i++) {
		struct shaken_diag diag = { "stale" };
		json_t *v = (json_t *)&diag;

		cr_expect_eq(shk_json_parse(shaken_sv_cstr(texts[i].in), &v,
		    &diag), texts[i].err, "%s: %s", texts[i].name, diag.text);
		cr_expect_eq(v != NULL, texts[i].err == SHAKEN_OK, "%s",
		    texts[i].name);
		cr_expect_not_null(strstr(diag.text, texts[i].diag), "%s: %s",
		    texts[i].name, diag.text);
		cr_expect_eq(diag.text[0] == '\0', texts[i].err == SHAKEN_OK,
		    "%s: %s", texts[i].name, diag.text);
		json_decref(v);
	}
}

Test(json, nul_is_no_end_of_text)	/* */
{
	static const char *const names[] = { "after", "inside", "escaped" };
	static const struct shaken_sv in[] = {
		{ "{}\0", 3 }, { "{\"a\":\"b\0c\"}", 11 },
		{ "{\"a\":\"\\\0\"}", 10 },
	};
	struct shaken_diag diag;
	json_t *v;

	for (size_t i = 0; i < N(in); i++) {
		cr_expect_eq(shk_json_parse(in[i], &v, &diag), SHAKEN_E_JSON,
		    "%s", names[i]);
		cr_expect_not_null(strstr(diag.text, "NUL at byte"), "%s: %s",
		    names[i], diag.text);
	}
}

Test(json, size_limit)	/* */
{
	size_t n = SHAKEN_TOKEN_MAX;
	char *p = malloc(n + 1);
	struct shaken_diag diag;
	json_t *v;

	cr_assert_not_null(p);
	memset(p, ' ', n + 1);
	p[0] = '{';
	p[1] = '}';
	cr_expect_eq(shk_json_parse((struct shaken_sv){ p, n }, &v, NULL),
	    SHAKEN_OK);
	json_decref(v);
	cr_expect_eq(shk_json_parse((struct shaken_sv){ p, n + 1 }, &v, &diag),
	    SHAKEN_E_LIMIT);
	cr_expect_null(v);
	cr_expect_not_null(strstr(diag.text, "16385 bytes"), "%s", diag.text);
	memset(p, '{', n);
	cr_expect_eq(shk_json_parse((struct shaken_sv){ p, n }, &v, NULL),
	    SHAKEN_E_JSON);
	free(p);
	cr_expect_eq(shk_json_parse((struct shaken_sv){ NULL, 0 }, &v, NULL),
	    SHAKEN_E_JSON);
}

static long budget = -1; /* allocations left before one fails; -1: none will */

static void *
spend(size_t n)
{
	return budget < 0 || budget-- > 0 ? malloc(n) : NULL;
}

/* Tokens of fewer than 16 bytes: up to 2.14, jansson's lexer does not notice
 * that it failed to grow its buffer. */
Test(json, out_of_memory)
{
	struct shaken_sv in = SHAKEN_SV_LIT(
	    "{\"b\":[1,{\"x\":\"y\"}],\"a\":null}");
	long steps = 0;
	bool hit = true;
	json_t *v;

	json_set_alloc_funcs(spend, free);
	for (; hit; steps++) {
		char text[64];
		struct shk_buf b = shk_buf_over(text, sizeof(text));
		enum shaken_err err;

		budget = steps;
		err = shk_json_parse(in, &v, NULL);
		cr_expect_eq(v != NULL, err == SHAKEN_OK);
		if (v != NULL)
			err = shk_json_canonical(v, &b);
		hit = budget < 0;	/* did the failing one happen? */
		budget = -1;
		cr_expect(hit ? err == SHAKEN_E_NOMEM || err == SHAKEN_E_JSON :
		    err == SHAKEN_OK, "step %ld: %d", steps, (int)err);
		cr_expect(steps > 0 || err == SHAKEN_E_NOMEM);
		json_decref(v);
	}
	cr_expect_gt(steps, 10);
}

Test(json, string_member)
{
	struct shaken_sv s;
	json_t *v;

	cr_assert_eq(shk_json_parse(SHAKEN_SV_LIT(
	    "{\"a\":\"xyz\",\"b\":\"\",\"c\":1,\"d\":null}"), &v, NULL),
	    SHAKEN_OK);
	s = shk_json_string(v, "a");
	cr_expect(s.n == 3 && memcmp(s.p, "xyz", 3) == 0);
	s = shk_json_string(v, "b");
	cr_expect(s.n == 0 && s.p != NULL, "empty, but there");
	cr_expect_null(shk_json_string(v, "c").p, "no string");
	cr_expect_null(shk_json_string(v, "d").p, "null");
	cr_expect_null(shk_json_string(v, "e").p, "absent");
	cr_expect_null(shk_json_string(NULL, "a").p, "no object");
	json_decref(v);
}

/* RFC 8225 section 9.  U+FF5E before U+1F600 is code point order; UTF-16 would
 * have it the other way round. */
static const struct {
	const char	*name, *in, *want;	/* want NULL: SHAKEN_E_JSON */
} forms[] = {
	{ "R-001 shaken",
	    "{ \"origid\" : \"123e4567-e89b-12d3-a456-426655440000\",\n"
	    "  \"orig\" : { \"tn\" : \"12155550121\" }, \"iat\" : 1443208345,"
	    "\"attest\":\"A\", \"dest\" : { \"tn\" : [ \"12155550131\" ] } }",
	    "{\"attest\":\"A\",\"dest\":{\"tn\":[\"12155550131\"]},"
	    "\"iat\":1443208345,\"orig\":{\"tn\":\"12155550121\"},"
	    "\"origid\":\"123e4567-e89b-12d3-a456-426655440000\"}" },
	{ "R-001 header of rfc8225 A",
	    "{\"x5u\":\"https://cert.example.org/passport.cer\","
	    "\"typ\":\"passport\",\"alg\":\"ES256\"}",
	    "{\"alg\":\"ES256\",\"typ\":\"passport\","
	    "\"x5u\":\"https://cert.example.org/passport.cer\"}" },
	{ "jCard, rfc9795 6.1.3",
	    "{\"jcd\": [\"vcard\", [[\"version\", {}, \"text\", \"4.0\"],\n"
	    "[\"org\", {}, \"text\", \"MI6;Q Branch Spy Gadgets\"]]]}",
	    "{\"jcd\":[\"vcard\",[[\"version\",{},\"text\",\"4.0\"],"
	    "[\"org\",{},\"text\",\"MI6;Q Branch Spy Gadgets\"]]]}" },
	{ "R-005 slash, escaped", "{\"a\":\"\\/\"}", "{\"a\":\"/\"}" },
	{ "R-006 escapes",
	    "{\"a\":\"\\u0022\\u005c\\u0008\\u000c\\u000a\\u000d\\u0009\"}",
	    "{\"a\":\"\\\"\\\\\\b\\f\\n\\r\\t\"}" },
	{ "R-006 non-ascii", "{\"n\":\"\\u00e9\\ud83d\\ude00\"}",
	    "{\"n\":\"\xc3\xa9\xf0\x9f\x98\x80\"}" },
	{ "R-006 needless escapes", "{\"\\u0061\":\"\\u007f\\u2028\"}",
	    "{\"a\":\"\x7f\xe2\x80\xa8\"}" },
	{ "R-009 members sorted, arrays not",
	    "{\"b\":[3,1,2],\"a\":{\"d\":1,\"c\":2}}",
	    "{\"a\":{\"c\":2,\"d\":1},\"b\":[3,1,2]}" },
	{ "capitals first", "{\"a\":1,\"Z\":2}", "{\"Z\":2,\"a\":1}" },
	{ "a prefix first", "{\"tn1\":1,\"tn\":2}", "{\"tn\":2,\"tn1\":1}" },
	{ "code points", "{\"\xf0\x9f\x98\x80\":1,\"\xef\xbd\x9e\":2,"
	    "\"\xc3\xa9\":3,\"z\":4}",
	    "{\"z\":4,\"\xc3\xa9\":3,\"\xef\xbd\x9e\":2,"
	    "\"\xf0\x9f\x98\x80\":1}" },
	{ "literals", "{\"a\":[true,false,null,-1]}",
	    "{\"a\":[true,false,null,-1]}" },
	{ "R-033 fraction", "{\"iat\":1443208345.5}", NULL },
	{ "R-033 zero fraction", "{\"iat\":1443208345.0}", NULL },
	{ "R-033 exponent", "{\"iat\":1e9}", NULL },
	{ "R-033 large exponent", "{\"iat\":[{\"x\":-1E+99}]}", NULL },
	{ "R-033 exponent without a point", "{\"iat\":1e22}", NULL },
	{ "R-033 exponent after 9", "{\"iat\":9e20}", NULL },
	{ "R-033 looks like one in strings",
	    "{\"1.5\":\"1e9\",\"b\":\"\\\"1.0,2e3\",\"c\":2}",
	    "{\"1.5\":\"1e9\",\"b\":\"\\\"1.0,2e3\",\"c\":2}" },
	{ "R-033 the same after an escape", "{\"a\":\"\\\\\",\"b\":\"1.5\"}",
	    "{\"a\":\"\\\\\",\"b\":\"1.5\"}" },
};

Test(json, canonical_table)
{
	for (size_t i = 0; i < N(forms); i++) {
		char text[512] = "x";
		struct shk_buf b = shk_buf_over(text, sizeof(text));
		enum shaken_err err;
		json_t *v;

		SHK_BUF_LIT(&b, ".");	/* it appends */
		cr_assert_eq(shk_json_parse(shaken_sv_cstr(forms[i].in), &v,
		    NULL), SHAKEN_OK, "%s", forms[i].name);
		err = shk_json_canonical(v, &b);
		json_decref(v);
		if (forms[i].want == NULL) {
			cr_expect_eq(err, SHAKEN_E_JSON, "%s", forms[i].name);
			continue;
		}
		cr_expect_eq(err, SHAKEN_OK, "%s", forms[i].name);
		cr_expect(b.len == 1 + strlen(forms[i].want) &&
		    memcmp(text + 1, forms[i].want, b.len - 1) == 0, "%s: %.*s",
		    forms[i].name, (int)b.len, text);
	}
}

Test(json, canonical_values_and_storage)
{
	char text[8];
	struct shk_buf b = shk_buf_over(text, sizeof(text));
	json_t *v = json_string("abcdef"), *r = json_real(2);

	cr_expect_eq(shk_json_canonical(v, &b), SHAKEN_OK);
	cr_expect(!b.full && b.len == 8 && memcmp(text, "\"abcdef\"", 8) == 0);
	b = shk_buf_over(text, 7);
	cr_expect_eq(shk_json_canonical(v, &b), SHAKEN_OK);
	cr_expect(b.full);
	b = shk_buf_over(text, sizeof(text));
	cr_expect_eq(shk_json_canonical(r, &b), SHAKEN_E_JSON);
	json_decref(v);
	json_decref(r);
}

/* RFC 8259 section 7 */
static const struct {
	const char	*name, *in;
	size_t		 n;
	const char	*want;
} strings[] = {
	{ "empty",		"",		0, "\"\"" },
	{ "plain",		"abc",		3, "\"abc\"" },
	{ "R-006 quote",	"a\"b",		3, "\"a\\\"b\"" },
	{ "R-006 backslash",	"\\",		1, "\"\\\\\"" },
	{ "R-006 short escapes", "\b\f\n\r\t",	5, "\"\\b\\f\\n\\r\\t\"" },
	{ "R-006 other controls", "\x01\x0b\x1f", 3,
	    "\"\\u0001\\u000B\\u001F\"" },
	{ "NUL",		"a\0b",		3, "\"a\\u0000b\"" },
	{ "R-006 delete",	"\x7f",		1, "\"\x7f\"" },
	{ "R-005 slash",	"https://x/",	10, "\"https://x/\"" },
	{ "R-006 UTF-8",	"\xe2\x82\xac",	3, "\"\xe2\x82\xac\"" },
};

Test(json, add_string_table)
{
	for (size_t i = 0; i < N(strings); i++) {
		char text[64];
		struct shk_buf b = shk_buf_over(text, sizeof(text));
		size_t n = strlen(strings[i].want);

		shk_json_add_string(&b, (struct shaken_sv){ strings[i].in,
		    strings[i].n });
		cr_expect(!b.full && b.len == n &&
		    memcmp(text, strings[i].want, n) == 0, "%s: %.*s",
		    strings[i].name, (int)b.len, text);
		for (size_t cap = 0; cap < n; cap++) {
			b = shk_buf_over(text, cap);
			shk_json_add_string(&b, (struct shaken_sv){
			    strings[i].in, strings[i].n });
			cr_expect(b.full, "%s in %zu", strings[i].name, cap);
		}
	}
}

/* Both ways to write a string give the same bytes: a token's payload may come
 * from either. */
Test(json, add_string_is_what_canonical_writes)	/* */
{
	srand(2);
	for (int round = 0; round < 20000; round++) {
		char in[64], ours[400], theirs[400];
		struct shk_buf a = shk_buf_over(ours, sizeof(ours));
		struct shk_buf b = shk_buf_over(theirs, sizeof(theirs));
		size_t n = 0;
		json_t *v;

		for (int i = rand() % 12; i > 0; i--) {
			static const uint32_t top[] = { 0x20, 0x80, 0x800,
			    0xd800, 0x110000 };
			uint32_t c = (uint32_t)rand() % top[rand() % 5];

			if (c >= 0xd800 && c < 0xe000)
				c = '\\';
			n += test_put_utf8(c, in + n);
		}
		cr_assert_not_null(v = json_stringn(in, n));
		cr_assert_eq(shk_json_canonical(v, &b), SHAKEN_OK);
		json_decref(v);
		shk_json_add_string(&a, (struct shaken_sv){ in, n });
		cr_assert(!a.full && !b.full && a.len == b.len &&
		    memcmp(ours, theirs, a.len) == 0, "%.*s is not %.*s",
		    (int)a.len, ours, (int)b.len, theirs);
	}
}
