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
#define DIV "{\"tn\":\"+1 235 555 1212\",\"hi\":\"1.2\"}"
/* A request of a type; members are its own. */
#define TYPE(ppt, members) REQ("\"ppt\":\"" ppt "\"," ORIG \
	"\"dest\":{\"tn\":[\"12355551299\"]},\"iat\":1443208345" \
	"," members "\"requestId\":\"r\"")
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
	{ "unknown ppt", REQ("\"ppt\":\"divo\"," ORIG DEST IAT ORIGID),
	    API_INVALID, "ppt" },
	{ "ppt in capitals", REQ("\"ppt\":\"DIV\"," ORIG DEST IAT ORIGID),
	    API_INVALID, "ppt" },
	{ "claim of div", REQ(ATTEST ORIG DEST IAT ORIGID ",\"div\":{}"),
	    API_INVALID, "div" },
	{ "no div [R-139]", TYPE("div", ""), API_MISSING, "div" },
	{ "div without iat [R-139]", REQ("\"ppt\":\"div\"," ORIG DEST
	    "\"div\":" DIV), API_MISSING, "iat" },
	{ "no opt", TYPE("div-o", "\"div\":" DIV ","), API_MISSING, "opt" },
	{ "no rph [R-140]", TYPE("rph", ""), API_MISSING, "rph" },
	{ "neither rcd nor crn", TYPE("rcd", "\"mky\":[],"), API_MISSING,
	    "rcd" },
	{ "attest in div [R-139]", TYPE("div", ATTEST "\"div\":" DIV ","),
	    API_INVALID, "attest" },
	{ "origid in rph", TYPE("rph", "\"rph\":{}," ORIGID ","), API_INVALID,
	    "origid" },
	{ "opt in div [R-139]", TYPE("div", "\"opt\":\"x\",\"div\":" DIV ","),
	    API_INVALID, "opt" },
	{ "rph in div", TYPE("div", "\"rph\":{},\"div\":" DIV ","),
	    API_INVALID, "rph" },
	{ "msgi in rcd", TYPE("rcd", "\"crn\":\"c\",\"msgi\":\"x\","),
	    API_INVALID, "msgi" },
	{ "sph in div [R-140]", TYPE("div", "\"sph\":1,\"div\":" DIV ","),
	    API_INVALID, "sph" },
	{ "hi beside div", TYPE("div", "\"hi\":\"1\",\"div\":" DIV ","),
	    API_INVALID, "hi" },
	{ "div null", TYPE("div", "\"div\":null,"), API_INVALID, "div" },
	{ "div a string", TYPE("div", "\"div\":\"1\","), API_INVALID, "div" },
	{ "div no number", TYPE("div", "\"div\":{\"tn\":\"x\"},"),
	    API_INVALID, "div" },
	{ "div tn and uri", TYPE("div", "\"div\":{\"tn\":\"1\","
	    "\"uri\":\"sip:a@b\"},"), API_INVALID, "div" },
	{ "div of two", TYPE("div", "\"div\":{\"tn\":[\"1\",\"2\"]},"),
	    API_INVALID, "div" },
	{ "hi a number", TYPE("div", "\"div\":{\"tn\":\"1\",\"hi\":1},"),
	    API_INVALID, "hi" },
	{ "more in div", TYPE("div", "\"div\":{\"tn\":\"1\",\"x\":1},"),
	    API_INVALID, "x" },
	{ "opt no string", TYPE("div-o", "\"opt\":{},\"div\":" DIV ","),
	    API_INVALID, "opt" },
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

/* What of each type goes into the token, in the standard form and in ours. */
#define NATIVE(ppt, members) "{\"ppt\":\"" ppt "\"," members \
	"\"orig\":\"12155551212\",\"dest\":\"12355551299\"}"
#define OPT "\"opt\":\"a.b.c;info=<https://x.example/c>;alg=ES256;ppt=div\","
static const struct {
	const char *name, *body, *claims;
	enum api_form form;
} typed[] = {
	{ "div [R-139]", TYPE("div", "\"div\":" DIV ","),
	    "{\"div\":{\"tn\":\"12355551212\",\"hi\":\"1.2\"}}", API_3GPP },
	{ "div a URI [R-139]", TYPE("div", "\"div\":{\"uri\":"
	    "\"SIP:Bob@Example.COM:5070\"},"),
	    "{\"div\":{\"uri\":\"sip:bob@example.com\"}}", API_3GPP },
	{ "div with rcd", TYPE("div", "\"crn\":\"c\",\"rcd\":{\"nam\":\"N\"},"
	    "\"div\":" DIV ","), "{\"crn\":\"c\",\"rcd\":{\"nam\":\"N\"},"
	    "\"div\":{\"tn\":\"12355551212\",\"hi\":\"1.2\"}}", API_ATIS },
	{ "div-o, a value", TYPE("div-o", OPT "\"div\":{\"tn\":\"911\"},"),
	    "{\"div\":{\"tn\":\"911\"},\"opt\":\"a.b.c\"}", API_ATIS },
	{ "div-o, a token", TYPE("div-o", "\"opt\":\"a.b.c\","
	    "\"div\":{\"tn\":\"911\"},"),
	    "{\"div\":{\"tn\":\"911\"},\"opt\":\"a.b.c\"}", API_ATIS },
	{ "rph [R-140]", TYPE("rph", "\"rph\":{\"auth\":[\"ets.0\"]},"),
	    "{\"rph\":{\"auth\":[\"ets.0\"]}}", API_3GPP },
	{ "rph with sph [R-140]", TYPE("rph", "\"sph\":\"psap-callback\","
	    "\"rph\":{\"auth\":[\"esnet.1\"]},"), "{\"rph\":{\"auth\":"
	    "[\"esnet.1\"]},\"sph\":\"psap-callback\"}", API_3GPP },
	{ "rcd", TYPE("rcd", "\"rcdi\":{},\"rcd\":{\"nam\":\"N\"},"),
	    "{\"rcd\":{\"nam\":\"N\"},\"rcdi\":{}}", API_3GPP },
	{ "crn alone", TYPE("rcd", "\"crn\":\"c\","), "{\"crn\":\"c\"}",
	    API_3GPP },
	{ "msg", TYPE("msg", ""), NULL, API_ATIS },
	{ "msgi", TYPE("msg", "\"msgi\":\"sha256-x\",\"mky\":[],"),
	    "{\"mky\":[],\"msgi\":\"sha256-x\"}", API_ATIS },
	{ "native div [R-139]", NATIVE("div", "\"div\":\"<tel:+1-235-555-1212>"
	    "\",\"hi\":\"1.2\","),
	    "{\"div\":{\"tn\":\"12355551212\",\"hi\":\"1.2\"}}", API_NATIVE },
	{ "native div-o", NATIVE("div-o", OPT "\"div\":\"911\","),
	    "{\"div\":{\"tn\":\"911\"},\"opt\":\"a.b.c\"}", API_NATIVE },
	{ "native rph, a field [R-140]", NATIVE("rph", "\"rph\":\"ets.0, wps.1"
	    "\","), "{\"rph\":{\"auth\":[\"ets.0\",\"wps.1\"]}}", API_NATIVE },
	{ "native rph, a list [R-140]", NATIVE("rph", "\"rph\":[\"esnet.1\"],"
	    "\"sph\":\"psap-callback\","), "{\"rph\":{\"auth\":[\"esnet.1\"]},"
	    "\"sph\":\"psap-callback\"}", API_NATIVE },
	{ "native rcd", NATIVE("rcd", "\"rcd\":{\"nam\":\"\"},"),
	    "{\"rcd\":{\"nam\":\"\"}}", API_NATIVE },
	{ "native msg", NATIVE("msg", "\"msgi\":\"sha256-x\","),
	    "{\"msgi\":\"sha256-x\"}", API_NATIVE },
};

Test(sign_dto, typed)
{
	for (size_t i = 0; i < sizeof(typed) / sizeof(*typed); i++) {
		struct api_sign s;
		struct api_error e;

		cr_expect(parse(typed[i].body, typed[i].form, &s, &e),
		    "%s: %s %s", typed[i].name, e.name, e.text);
		if (s.ppt == NULL)
			continue;
		cr_expect_eq(s.attest.n + s.origid.n, 0, "%s", typed[i].name);
		cr_expect_eq(s.div.kind != SHAKEN_ID_NONE,
		    strncmp(s.ppt, "div", 3) == 0, "%s", typed[i].name);
		if (typed[i].claims == NULL)
			cr_expect_null(s.claims, "%s", typed[i].name);
		else
			cr_expect_str_eq(s.claims, typed[i].claims, "%s",
			    typed[i].name);
		api_sign_clear(&s);
	}
}

/* A resource of a type of its own means that type, and no other. */
Test(sign_dto, resource)
{
	static const struct {
		const char *resource, *body;
		const char *ppt;	/* NULL: refused */
	} rows[] = {
		{ "rph", REQ(ORIG DEST IAT "\"rph\":{}"), "rph" },
		{ "rph", REQ("\"ppt\":\"rph\"," ORIG DEST IAT "\"rph\":{}"),
		    "rph" },
		{ "rph", REQ("\"ppt\":\"shaken\"," ATTEST ORIG DEST IAT ORIGID),
		    NULL },
		{ "div", REQ("\"ppt\":\"div-o\"," ORIG DEST IAT "\"div\":" DIV
		    ",\"opt\":\"x\""), NULL },
		{ "div", REQ("\"ppt\":\"di\"," ORIG DEST IAT "\"div\":" DIV),
		    NULL },
		{ NULL, REQ(ATTEST ORIG DEST IAT ORIGID), "shaken" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct api_sign s;
		struct api_error e = { .name = "" };

		cr_expect_eq(api_sign_parse(shaken_sv_cstr(rows[i].body),
		    API_3GPP, rows[i].resource, NULL, &s, &e),
		    rows[i].ppt != NULL, "%zu: %s %s", i, e.name, e.text);
		if (rows[i].ppt != NULL)
			cr_expect_str_eq(s.ppt, rows[i].ppt);
		else
			cr_expect_str_eq(e.name, "ppt");
		api_sign_clear(&s);
	}
}

/* The library says which claim it is; where it does not, all of them. */
Test(sign_dto, refusals)
{
	static const struct { const char *text, *member; } rows[] = {
		{ "div and dest are both 1: nothing was diverted", "div" },
		{ "claim sph needs an esnet value in rph", "sph" },
		{ "claim rcdi: /nam has no digest like sha256-", "rcdi" },
		{ "claim crn is no string", "crn" },
		{ "orig is not one telephone number", "orig" },
		{ "claim divert is missing", "claims" },
		{ "the claims are too long for a PASSporT", "claims" },
		{ "claim ", "claims" }, { "", "claims" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct shaken_diag why;
		struct api_error e;

		snprintf(why.text, sizeof(why.text), "%s", rows[i].text);
		api_sign_refused(&why, &e);
		cr_expect_eq(e.code, API_INVALID);
		cr_expect_str_eq(e.name, rows[i].member, "%s", rows[i].text);
		cr_expect_str_eq(e.text, rows[i].text);
	}
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
		    "\"ppt\":\"rdc\"}", API_INVALID, "ppt" },
		{ NATIVE("shaken", ATTEST "\"hi\":\"1\","), API_INVALID,
		    "hi" },
		{ NATIVE("div", "\"hi\":\"1\","), API_MISSING, "div" },
		{ NATIVE("div", "\"div\":{\"tn\":\"1\"},"), API_INVALID,
		    "div" },
		{ NATIVE("div", "\"hi\":1,\"div\":\"1\","), API_INVALID,
		    "hi" },
		{ NATIVE("rph", "\"rph\":{\"auth\":[\"ets.0\"]},"),
		    API_INVALID, "rph" },
		{ NATIVE("rph", "\"rph\":\"\","), API_INVALID, "rph" },
		{ NATIVE("msg", "\"origid\":\"" UUID "\","), API_INVALID,
		    "origid" },
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
