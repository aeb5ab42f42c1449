/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <jansson.h>

#include "api.h"

#define UUID "de305d54-75b4-431b-adb2-eb6b9e546014"
#define ATTEST "\"attest\":\"A\","
#define ORIG "\"orig\":{\"tn\":\"12155551212\"},"
#define DEST "\"dest\":{\"tn\":[\"12355551212\"]},"
#define IAT "\"iat\":1443208345,"
#define ORIGID "\"origid\":\"" UUID "\""
#define REQ(members) "{\"signingRequest\":{" members "}}"
#define GOOD REQ(ATTEST ORIG DEST IAT ORIGID)

static bool
parse(const char *body, enum api_form form, struct api_sign *out,
    struct api_error *e)
{
	memset(e, 0, sizeof(*e));
	e->code = API_CODES;
	return api_sign_parse(shaken_sv_cstr(body), form, NULL, NULL, out, e);
}

static bool
sv_is(struct shaken_sv v, const char *s)
{
	return v.n == strlen(s) && (v.n == 0 || memcmp(v.p, s, v.n) == 0);
}

Test(sign_dto, standard)
{
	struct api_sign s;
	struct api_error e;

	cr_assert(parse(GOOD, API_ATIS, &s, &e), "%s %s", e.name, e.text);
	cr_expect(sv_is(s.attest, "A"));
	cr_expect(sv_is(s.origid, UUID));
	cr_expect_str_eq(s.orig.text, "12155551212");
	cr_expect_eq(s.n_dest, 1);
	cr_expect_str_eq(s.dest[0].text, "12355551212");
	cr_expect_eq(s.iat, 1443208345);
	cr_expect_null(s.claims);
	api_sign_clear(&s);
	cr_expect_null(s.dest);
}

/* What is refused, and as what; the order of E1 and E2. */
static const struct {
	const char *name, *body;
	enum api_code code;
	const char *member;
} bad[] = {
	{ "nothing", "", API_MISSING_BODY, "" },
	{ "blanks", " \r\n\t", API_MISSING_BODY, "" },
	{ "no JSON", "x", API_MALFORMED, "" },
	{ "not an object", "[]", API_MALFORMED, "" },
	{ "text after it", GOOD "x", API_MALFORMED, "" },
	{ "twice", REQ(ATTEST ATTEST ORIG DEST IAT ORIGID), API_MALFORMED,
	    "" },
	{ "NUL", REQ("\"attest\":\"\\u0000\""), API_MALFORMED, "" },
	{ "not UTF-8", REQ("\"attest\":\"\xff\""), API_MALFORMED, "" },
	{ "deep", "[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]", API_MALFORMED, "" },
	{ "brackets in a string", "{\"x\":\"[[[[[[[[[[[[[[[[[[[[\"}",
	    API_MISSING, "signingRequest" },
	{ "other object", "{\"request\":{}}", API_MISSING, "signingRequest" },
	{ "no object", "{\"signingRequest\":5}", API_INVALID,
	    "signingRequest" },
	{ "empty", REQ(""), API_MISSING, "attest" },
	{ "no attest", REQ(ORIG DEST IAT ORIGID), API_MISSING, "attest" },
	{ "no orig", REQ(ATTEST DEST IAT ORIGID), API_MISSING, "orig" },
	{ "no dest", REQ(ATTEST ORIG IAT ORIGID), API_MISSING, "dest" },
	{ "no iat", REQ(ATTEST ORIG DEST ORIGID), API_MISSING, "iat" },
	{ "no origid", REQ(ATTEST ORIG DEST "\"iat\":5"), API_MISSING,
	    "origid" },
	{ "missing before malformed", REQ("\"attest\":\"X\"," ORIG DEST
	    ORIGID), API_MISSING, "iat" },
	{ "attest D", REQ("\"attest\":\"D\"," ORIG DEST IAT ORIGID),
	    API_INVALID, "attest" },
	{ "attest AB", REQ("\"attest\":\"AB\"," ORIG DEST IAT ORIGID),
	    API_INVALID, "attest" },
	{ "attest null", REQ("\"attest\":null," ORIG DEST IAT ORIGID),
	    API_INVALID, "attest" },
	{ "iat 0", REQ(ATTEST ORIG DEST "\"iat\":0," ORIGID), API_INVALID,
	    "iat" },
	{ "iat text", REQ(ATTEST ORIG DEST "\"iat\":\"5\"," ORIGID),
	    API_INVALID, "iat" },
	{ "iat real", REQ(ATTEST ORIG DEST "\"iat\":5.0," ORIGID),
	    API_INVALID, "iat" },
	{ "iat in ms", REQ(ATTEST ORIG DEST "\"iat\":1443208345000," ORIGID),
	    API_INVALID, "iat" },
	{ "iat huge", REQ(ATTEST ORIG DEST "\"iat\":99999999999999999999,"
	    ORIGID), API_MALFORMED, "" },
	{ "origid", REQ(ATTEST ORIG DEST IAT "\"origid\":\"x\""),
	    API_INVALID, "origid" },
	{ "origid with g", REQ(ATTEST ORIG DEST IAT "\"origid\":"
	    "\"ge305d54-75b4-431b-adb2-eb6b9e546014\""), API_INVALID,
	    "origid" },
	{ "orig twice", REQ(ATTEST "\"orig\":{\"tn\":\"1\",\"uri\":"
	    "\"sip:a@b\"}," DEST IAT ORIGID), API_INVALID, "orig" },
	{ "orig array", REQ(ATTEST "\"orig\":{\"tn\":[\"1\"]}," DEST IAT
	    ORIGID), API_INVALID, "orig" },
	{ "orig letters", REQ(ATTEST "\"orig\":{\"tn\":\"1x\"}," DEST IAT
	    ORIGID), API_INVALID, "orig" },
	{ "nobody called", REQ(ATTEST ORIG "\"dest\":{\"tn\":[]}," IAT
	    ORIGID), API_INVALID, "dest" },
	{ "dest mixed", REQ(ATTEST ORIG "\"dest\":{\"tn\":[\"1\",2]}," IAT
	    ORIGID), API_INVALID, "dest" },
	{ "div", REQ("\"ppt\":\"div\""), API_INVALID, "ppt" },
	{ "claim of div", REQ(ATTEST ORIG DEST IAT ORIGID ",\"div\":{}"),
	    API_INVALID, "div" },
	{ "unknown", REQ(ATTEST ORIG DEST IAT ORIGID ",\"x\":1"),
	    API_INVALID, "x" },
};

Test(sign_dto, refused)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct api_sign s, empty = { .iat = 0 };
		struct api_error e;

		cr_expect_not(parse(bad[i].body, API_ATIS, &s, &e), "%s",
		    bad[i].name);
		cr_expect_eq(e.code, bad[i].code, "%s: %d", bad[i].name,
		    (int)e.code);
		cr_expect_str_eq(e.name, bad[i].member, "%s", bad[i].name);
		cr_expect(memcmp(&s, &empty, sizeof(s)) == 0, "%s",
		    bad[i].name);
	}
}

/* A resource of a type of its own means that type. */
Test(sign_dto, resource)
{
	struct api_sign s;
	struct api_error e;

	cr_expect_not(api_sign_parse(SHAKEN_SV_LIT(GOOD), API_ATIS, "rph",
	    NULL, &s, &e));
	cr_expect_str_eq(e.name, "ppt");
	cr_expect_not_null(strstr(e.text, "rph"));
}

Test(sign_dto, native)
{
	static const struct {
		const char *body;
		enum api_code code;	/* API_CODES: accepted */
		const char *member;
	} rows[] = {
		{ "{\"orig\":\"+12155551212\",\"dest\":\"911\","
		    "\"attest\":\"C\"}", API_CODES, "" },
		{ "{\"orig\":\"sip:a@example.com\",\"dest\":[\"911\","
		    "\"tel:+1\"],\"attest\":\"A\",\"iat\":5,\"origid\":\""
		    UUID "\",\"ppt\":\"shaken\",\"key\":\"k\"}", API_CODES,
		    "" },
		{ "{\"dest\":\"911\",\"attest\":\"C\"}", API_MISSING, "orig" },
		{ "{\"orig\":\"1\",\"dest\":\"911\"}", API_MISSING, "attest" },
		{ "{\"orig\":{\"tn\":\"1\"},\"dest\":\"911\","
		    "\"attest\":\"C\"}", API_INVALID, "orig" },
		{ "{\"orig\":\"1\",\"dest\":[],\"attest\":\"C\"}",
		    API_INVALID, "dest" },
		{ "{\"orig\":\"1\",\"dest\":\"1\",\"attest\":\"C\","
		    "\"atest\":1}", API_INVALID, "atest" },
		{ "{\"orig\":\"1\",\"dest\":\"1\",\"attest\":\"C\","
		    "\"key\":\"\"}", API_INVALID, "key" },
		{ "{\"orig\":\"1\",\"dest\":\"1\",\"attest\":\"C\","
		    "\"ppt\":\"rcd\"}", API_INVALID, "ppt" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct api_sign s;
		struct api_error e;

		cr_expect_eq(parse(rows[i].body, API_NATIVE, &s, &e),
		    rows[i].code == API_CODES, "%s", rows[i].body);
		cr_expect_eq(e.code, rows[i].code, "%s", rows[i].body);
		cr_expect_str_eq(e.name, rows[i].member);
		api_sign_clear(&s);
	}
}

Test(sign_dto, many_called)
{
	char body[4000];
	size_t n;

	for (int many = 64; many <= 65; many++) {
		struct api_sign s;
		struct api_error e;

		n = (size_t)sprintf(body, "{\"orig\":\"1\",\"attest\":\"A\","
		    "\"dest\":[\"1\"");
		for (int i = 1; i < many; i++)
			n += (size_t)sprintf(body + n, ",\"%d\"", i);
		strcpy(body + n, "]}");
		cr_expect_eq(parse(body, API_NATIVE, &s, &e),
		    many <= SHAKEN_DEST_MAX, "%d", many);
		api_sign_clear(&s);
	}
}

/* Claims that pass through, and nothing else with them. */
Test(sign_dto, claims)
{
	struct api_sign s;
	struct api_error e;
	json_t *claims;

	cr_assert(parse(REQ(ATTEST ORIG DEST IAT ORIGID ",\"crn\":\"hi\","
	    "\"rcd\":{\"nam\":\"N\"},\"profileId\":\"p\""), API_ATIS, &s, &e));
	claims = json_loads(s.claims, 0, NULL);
	cr_expect_eq(json_object_size(claims), 2);
	cr_expect_str_eq(json_string_value(json_object_get(claims, "crn")),
	    "hi");
	json_decref(claims);
	api_sign_clear(&s);
}

Test(sign_dto, country)
{
	struct api_sign s;
	struct api_error e;

	cr_assert(api_sign_parse(SHAKEN_SV_LIT("{\"orig\":\"2155551212\","
	    "\"dest\":\"911\",\"attest\":\"A\"}"), API_NATIVE, NULL, "1", &s,
	    &e));
	cr_expect_str_eq(s.orig.text, "12155551212");	/* */
	cr_expect_str_eq(s.dest[0].text, "911");
	api_sign_clear(&s);
}

Test(sign_dto, sip)
{
	static const char message[] =
	    "INVITE sip:b@example.com SIP/2.0\r\n"
	    "From: <sip:+12155550000@example.com>;tag=1\r\n"
	    "To: <tel:+12355551212>\r\n"
	    "P-Asserted-Identity: <tel:+12155551212>\r\n"
	    "Call-ID: 1\r\nDate: Sat, 13 Nov 2010 23:29:00 GMT\r\n\r\n";
	struct api_sign s;
	struct api_error e;

	cr_assert(api_sign_from_sip(SHAKEN_SV_LIT(message),
	    SHAKEN_SV_LIT("B"), NULL, &s, &e));
	cr_expect_str_eq(s.orig.text, "12155551212");
	cr_expect_str_eq(s.dest[0].text, "12355551212");
	cr_expect_eq(s.iat, 1289690940);
	cr_expect_eq(s.origid.n, 0);
	api_sign_clear(&s);
	cr_expect_not(api_sign_from_sip(SHAKEN_SV_LIT(message),
	    SHAKEN_SV_LIT(""), NULL, &s, &e));
	cr_expect_eq(e.code, API_MISSING);
	cr_expect_not(api_sign_from_sip(SHAKEN_SV_LIT(message),
	    SHAKEN_SV_LIT("x"), NULL, &s, &e));
	cr_expect_eq(e.code, API_INVALID);
	cr_expect_not(api_sign_from_sip((struct shaken_sv){ NULL, 0 },
	    SHAKEN_SV_LIT("A"), NULL, &s, &e));
	cr_expect_eq(e.code, API_MISSING_BODY);
	cr_expect_not(api_sign_from_sip(SHAKEN_SV_LIT("INVITE\r\n\r\n"),
	    SHAKEN_SV_LIT("A"), NULL, &s, &e));
	cr_expect_eq(e.code, API_MALFORMED);
}

/* which members. */
Test(sign_dto, answer)
{
	static const struct {
		bool atis, threegpp;
		const char *id, *want;
	} rows[] = {
		{ true, true, NULL, "{\"signingResponse\":{\"identity\":\"i\","
		    "\"identityHeader\":\"i\"}}" },
		{ true, false, NULL,
		    "{\"signingResponse\":{\"identity\":\"i\"}}" },
		{ false, true, "r", "{\"signingResponse\":{"
		    "\"identityHeader\":\"i\",\"requestId\":\"r\"}}" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct api_sign s = { .request_id =
			shaken_sv_cstr(rows[i].id) };
		char *text = api_sign_answer(&s, rows[i].atis,
		    rows[i].threegpp, SHAKEN_SV_LIT("i"));

		cr_expect_str_eq(text, rows[i].want);
		free(text);
	}
}
