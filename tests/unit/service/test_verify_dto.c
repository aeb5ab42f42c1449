/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <jansson.h>

#include "api.h"

#define FROM "\"from\":{\"tn\":\"12155551212\"},"
#define TO "\"to\":{\"tn\":[\"12355551212\"]},"
#define TIME "\"time\":1443208345"
#define REST FROM TO TIME
#define REQ(members) "{\"verificationRequest\":{" members "}}"

static const struct {
	const char *name, *body;
	bool need_identity;
	enum api_code code;	/* API_CODES: accepted */
	const char *member;	/* wrong, or else: */
	enum api_form form;
	size_t n_identity, n_dest;
} rows[] = {
	/* the members say which dialect it is. */
	{ "ATIS", REQ("\"identity\":\"a.b.c\"," REST), true, API_CODES, "",
	    API_ATIS, 1, 1 },
	{ "3GPP", REQ("\"identityHeader\":\"a.b.c\"," REST), true, API_CODES,
	    "", API_3GPP, 1, 1 },
	{ "3GPP, several", REQ("\"identityHeader\":\"a\",\"identityHeaders\":"
	    "[\"b\",\"c, d\"]," REST), true, API_CODES, "", API_3GPP, 4, 1 },
	{ "3GPP, others only", REQ("\"identityHeaders\":[\"b\"]," REST), true,
	    API_CODES, "", API_3GPP, 1, 1 },
	{ "both", REQ("\"identity\":\"a\",\"identityHeader\":\"b\"," REST),
	    true, API_INVALID, "identity", API_ATIS, 0, 0 },
	{ "neither", REQ(REST), true, API_MISSING, "identity", API_ATIS, 0,
	    0 },
	{ "neither, tolerated", REQ(REST), false, API_CODES, "", API_ATIS, 0,
	    1 },
	{ "empty", REQ("\"identity\":\"\"," REST), true, API_INVALID,
	    "identity", API_ATIS, 0, 0 },
	{ "blank", REQ("\"identityHeader\":\" , \"," REST), true, API_INVALID,
	    "identityHeader", API_ATIS, 0, 0 },
	{ "number", REQ("\"identity\":5," REST), true, API_INVALID,
	    "identity", API_ATIS, 0, 0 },
	{ "no from", REQ("\"identity\":\"a\"," TO TIME), true, API_MISSING,
	    "from", API_ATIS, 0, 0 },
	{ "no to", REQ("\"identity\":\"a\"," FROM TIME), true, API_MISSING,
	    "to", API_ATIS, 0, 0 },
	{ "no time", REQ("\"identity\":\"a\"," TO "\"from\":{\"tn\":\"1\"}"),
	    true, API_MISSING, "time", API_ATIS, 0, 0 },
	{ "missing before malformed", REQ("\"identity\":5," FROM TO
	    "\"x\":1"), true, API_MISSING, "time", API_ATIS, 0, 0 },
	{ "to as text", REQ("\"identity\":\"a\"," FROM TIME
	    ",\"to\":{\"tn\":\"1\"}"), true, API_CODES, "", API_ATIS, 1, 1 },
	{ "to with both kinds", REQ("\"identity\":\"a\"," FROM TIME
	    ",\"to\":{\"tn\":[\"1\",\"2\"],\"uri\":[\"sip:a@b.example\"]}"),
	    true, API_CODES, "", API_ATIS, 1, 3 },
	{ "to empty", REQ("\"identity\":\"a\"," FROM TIME ",\"to\":{}"),
	    true, API_INVALID, "to", API_ATIS, 0, 0 },
	{ "from in an array", REQ("\"identity\":\"a\"," TO TIME
	    ",\"from\":{\"tn\":[\"1\"]}"), true, API_INVALID, "from",
	    API_ATIS, 0, 0 },
	{ "time in ms", REQ("\"identity\":\"a\"," FROM TO
	    "\"time\":1443208345000"), true, API_INVALID, "time", API_ATIS, 0,
	    0 },
	{ "dest malformed", REQ("\"identityHeader\":\"a\"," REST
	    ",\"dest\":{\"tn\":\"x\"}"), true, API_INVALID, "dest", API_ATIS,
	    0, 0 },
	{ "extensions", REQ("\"identity\":\"a\"," REST ",\"requestId\":\"r\","
	    "\"profileId\":\"p\",\"displayName\":\"n\",\"protectedHeaders\":"
	    "[\"Diversion: x\"]"), true, API_CODES, "", API_ATIS, 1, 1 },
	{ "one field", REQ("\"identityHeader\":\"a\"," REST
	    ",\"protectedHeaders\":\"Diversion: x\""), true, API_CODES, "",
	    API_3GPP, 1, 1 },
	{ "field that is no text", REQ("\"identityHeader\":\"a\"," REST
	    ",\"protectedHeaders\":[1]"), true, API_INVALID,
	    "protectedHeaders", API_ATIS, 0, 0 },
	{ "fields that are no array", REQ("\"identityHeader\":\"a\"," REST
	    ",\"protectedHeaders\":{}"), true, API_INVALID,
	    "protectedHeaders", API_ATIS, 0, 0 },
	{ "two Request-URIs", REQ("\"identityHeader\":\"a\"," REST
	    ",\"dest\":{\"tn\":[\"1\",\"2\"]}"), true, API_INVALID, "dest",
	    API_ATIS, 0, 0 },
	{ "no object", "{\"verificationRequest\":[]}", true, API_INVALID,
	    "verificationRequest", API_ATIS, 0, 0 },
	{ "other object", "{}", true, API_MISSING, "verificationRequest",
	    API_ATIS, 0, 0 },
};

Test(verify_dto, standard)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct api_verify v, empty;
		struct api_error e = { .code = API_CODES };
		bool ok = api_verify_parse(shaken_sv_cstr(rows[i].body),
		    API_ATIS, NULL, rows[i].need_identity, &v, &e);

		cr_expect_eq(ok, rows[i].code == API_CODES, "%s: %s %s",
		    rows[i].name, e.name, e.text);
		cr_expect_eq(e.code, rows[i].code, "%s", rows[i].name);
		cr_expect_str_eq(e.name, rows[i].member, "%s", rows[i].name);
		cr_expect_eq(v.n_identity, rows[i].n_identity, "%s",
		    rows[i].name);
		cr_expect_eq(v.n_dest, rows[i].n_dest, "%s", rows[i].name);
		cr_expect_eq(v.form, rows[i].form, "%s", rows[i].name);
		api_verify_clear(&v);
		memset(&empty, 0, sizeof(empty));
		cr_expect(memcmp(&v, &empty, sizeof(v)) == 0);
	}
}

Test(verify_dto, native)
{
	static const struct {
		const char *body;
		enum api_code code;
		const char *member;
		size_t n_identity;
	} natives[] = {
		{ "{\"identity\":\"a\",\"orig\":\"1\",\"dest\":\"2\"}",
		    API_CODES, "", 1 },
		{ "{\"identity\":[\"a\",\"b,c\"],\"orig\":\"1\",\"dest\":"
		    "[\"2\",\"sip:a@b.example\"],\"time\":5}", API_CODES, "",
		    3 },
		{ "{\"identity\":[],\"orig\":\"1\",\"dest\":\"2\"}", API_CODES,
		    "", 0 },
		{ "{\"orig\":\"1\",\"dest\":\"2\"}", API_MISSING, "identity",
		    0 },
		{ "{\"identity\":\"a\",\"dest\":\"2\"}", API_MISSING, "orig",
		    0 },
		{ "{\"identity\":\"a\",\"orig\":\"1\"}", API_MISSING, "dest",
		    0 },
		{ "{\"identity\":\"a\",\"orig\":\"1\",\"dest\":\"2\","
		    "\"tiem\":5}", API_INVALID, "tiem", 0 },
		{ "{\"identity\":\"a\",\"orig\":\"1\",\"dest\":\"2\","
		    "\"target\":\"3\"}", API_CODES, "", 1 },
		{ "{\"identity\":\"a\",\"orig\":\"1\",\"dest\":\"2\","
		    "\"target\":\"x y\"}", API_INVALID, "target", 0 },
		{ "{\"identity\":{},\"orig\":\"1\",\"dest\":\"2\"}",
		    API_INVALID, "identity", 0 },
	};

	for (size_t i = 0; i < sizeof(natives) / sizeof(*natives); i++) {
		struct api_verify v;
		struct api_error e = { .code = API_CODES };

		cr_expect_eq(api_verify_parse(shaken_sv_cstr(natives[i].body),
		    API_NATIVE, NULL, true, &v, &e),
		    natives[i].code == API_CODES, "%s", natives[i].body);
		cr_expect_eq(e.code, natives[i].code, "%s", natives[i].body);
		cr_expect_str_eq(e.name, natives[i].member);
		cr_expect_eq(v.n_identity, natives[i].n_identity);
		api_verify_clear(&v);
	}
}

/* At the limit, and one beyond. */
Test(verify_dto, many_values)
{
	for (int many = SHAKEN_VALUES_MAX; many <= SHAKEN_VALUES_MAX + 1;
	    many++) {
		char body[500] = "{\"orig\":\"1\",\"dest\":\"2\","
		    "\"identity\":\"a";
		struct api_verify v;
		struct api_error e;

		for (int i = 1; i < many; i++)
			strcat(body, ",a");
		strcat(body, "\"}");
		cr_expect_eq(api_verify_parse(shaken_sv_cstr(body), API_NATIVE,
		    NULL, true, &v, &e), many == SHAKEN_VALUES_MAX);
		api_verify_clear(&v);
	}
}

/* Where the call goes, and whether anybody diverted it there. */
Test(verify_dto, target)
{
	static const struct {
		const char *uri, *identity;
		const char *target;	/* "": nowhere to compare with */
		bool diverted;
	} calls[] = {
		{ "sip:+12355551299@b;user=phone", "a;info=<x>;ppt=div",
		    "12355551299", true },
		{ "tel:+12355551299", "a;info=<x>;ppt=\"div-o\"",
		    "12355551299", true },
		{ "sip:Bob@B.example", "a;ppt=shaken", "sip:bob@b.example",
		    false },
		{ "urn:service:sos", "a;ppt=divx", "", false },
		/* The token says it where nothing stands beside it. */
		{ "tel:911", "eyJhbGciOiJFUzI1NiIsInBwdCI6ImRpdiIsInR5cCI6InB"
		    "hc3Nwb3J0IiwieDV1IjoieCJ9.e30.AA;info=<x>", "911", true },
		{ "tel:911", "", "911", false },
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		char message[600];
		struct api_verify v;
		struct api_error e;

		snprintf(message, sizeof(message), "INVITE %s SIP/2.0\r\n"
		    "From: <tel:+1>\r\nTo: <tel:+2>\r\nCall-ID: 1\r\n%s%s"
		    "\r\n\r\n", calls[i].uri, calls[i].identity[0] == '\0' ?
		    "X: " : "Identity: ", calls[i].identity);
		cr_assert(api_verify_from_sip(shaken_sv_cstr(message), NULL,
		    &v, &e), "%s", e.text);
		cr_expect_str_eq(v.target.text, calls[i].target);
		cr_expect_eq(v.target.kind == SHAKEN_ID_NONE,
		    calls[i].target[0] == '\0');
		cr_expect_eq(shaken_is_diverted(v.identity, v.n_identity),
		    calls[i].diverted, "%s", calls[i].identity);
		cr_expect_not(v.is_target_meant);
		api_verify_clear(&v);
	}
}

Test(verify_dto, sip)
{
	static const char message[] =
	    "INVITE sip:b@example.com SIP/2.0\r\n"
	    "f: <sip:+12155551212@example.com>;tag=1\r\n"
	    "t: <tel:+12355551212>\r\ni: 1\r\n"
	    "y: a.b.c;info=<https://h/x>\r\nIdentity: d.e.f, g.h.i\r\n"
	    "Date: yesterday\r\n\r\n";
	struct api_verify v;
	struct api_error e;

	cr_assert(api_verify_from_sip(SHAKEN_SV_LIT(message), NULL, &v, &e));
	cr_expect_eq(v.form, API_NATIVE);
	cr_expect_eq(v.n_identity, 3);
	cr_expect_str_eq(v.orig.text, "12155551212");
	cr_expect_eq(v.time, 0);	/* malformed: as good as none */
	api_verify_clear(&v);
	/* Later than any iat may be, and a Date all the same. */
	cr_assert(api_verify_from_sip(SHAKEN_SV_LIT(
	    "INVITE sip:b@example.com SIP/2.0\r\n"
	    "f: <sip:+12155551212@example.com>\r\nt: <tel:+12355551212>\r\n"
	    "Date: Fri, 31 Dec 9999 23:59:59 GMT\r\n\r\n"), NULL, &v, &e));
	cr_expect_eq(v.time, 253402300799);
	api_verify_clear(&v);
	cr_expect_not(api_verify_from_sip(SHAKEN_SV_LIT("x"), NULL, &v, &e));
	cr_expect_eq(e.code, API_MALFORMED);
}

/* */
Test(verify_dto, verstat)
{
	static const struct {
		enum shaken_verstat verstat;
		char attest;
		const char *plain, *suffixed;
	} verdicts[] = {
		{ SHAKEN_TN_VALIDATION_PASSED, 'A', "TN-Validation-Passed",
		    "TN-Validation-Passed-A" },
		{ SHAKEN_TN_VALIDATION_PASSED, 'C', "TN-Validation-Passed",
		    "TN-Validation-Passed-C" },
		{ SHAKEN_TN_VALIDATION_PASSED, 0, "TN-Validation-Passed",
		    "TN-Validation-Passed" },
		{ SHAKEN_TN_VALIDATION_FAILED, 'A', "TN-Validation-Failed",
		    "TN-Validation-Failed" },
		{ SHAKEN_NO_TN_VALIDATION, 'A', "No-TN-Validation",
		    "No-TN-Validation" },
	};

	for (size_t i = 0; i < sizeof(verdicts) / sizeof(*verdicts); i++) {
		struct shaken_verdict d = { .verstat = verdicts[i].verstat,
			.attest = verdicts[i].attest };

		cr_expect_str_eq(api_verstat(&d, false), verdicts[i].plain);
		cr_expect_str_eq(api_verstat(&d, true), verdicts[i].suffixed);
	}
}

Test(verify_dto, heartbeat)					/* */
{
	static const struct {
		const char *orig, *dest, *country;
		bool is;
	} probes[] = {
		{ "9999999999", "7777777777", NULL, true },
		{ "9999999999", "7777777777", "1", true },
		{ "9999999999", "7777777778", NULL, false },
		{ "999999999", "7777777777", NULL, false },
		{ "19999999999", "17777777777", NULL, false },
	};

	for (size_t i = 0; i < sizeof(probes) / sizeof(*probes); i++) {
		struct shaken_id orig, dest;

		cr_assert_eq(shaken_id_from_tn(shaken_sv_cstr(probes[i].orig),
		    probes[i].country, &orig), SHAKEN_OK);
		cr_assert_eq(shaken_id_from_tn(shaken_sv_cstr(probes[i].dest),
		    probes[i].country, &dest), SHAKEN_OK);
		cr_expect_eq(api_is_heartbeat(&orig, &dest, 1,
		    probes[i].country), probes[i].is, "row %zu", i);
		cr_expect_not(api_is_heartbeat(&orig, &dest, 0,
		    probes[i].country));
	}
}
