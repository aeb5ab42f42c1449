/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <criterion/criterion.h>

#include "forge.h"
#include "passport.h"
#include "vectors.h"

#define HEADER "{\"alg\":\"ES256\",\"ppt\":\"shaken\",\"typ\":\"passport\"," \
	"\"x5u\":\"https://cert.example.org/passport.cer\"}"

static bool
is(struct shaken_sv v, const char *s)
{
	return v.n == strlen(s) && (v.n == 0 || memcmp(v.p, s, v.n) == 0);
}

static struct shaken_passport *
decode(const char *token, unsigned flags, enum shaken_err want,
    const char *name)
{
	struct shaken_passport *p = NULL;
	struct shaken_diag d;
	enum shaken_err err;

	err = shaken_passport_decode(shaken_sv_cstr(token), flags, &p, &d);
	cr_expect_eq(err, want, "%s: %s: %s", name, shaken_errname((int)err),
	    d.text);
	cr_expect_eq(p == NULL, want != SHAKEN_OK, "%s", name);
	cr_expect_eq(d.text[0] == '\0', want == SHAKEN_OK, "%s: %s", name,
	    d.text);
	return p;
}

/* Header and payload come back as the bytes that were signed. */
Test(passport, golden_tokens)
{
	for (size_t i = 0; i < test_golden_n; i++) {
		const struct test_golden *g = &test_golden[i];
		struct shaken_passport *p = decode(g->token, 0, SHAKEN_OK,
		    g->name);

		cr_expect(is(shaken_passport_header(p), g->header), "%s",
		    g->name);
		cr_expect(is(shaken_passport_payload(p), g->payload), "%s",
		    g->name);
		cr_expect(shaken_passport_is_canonical(p), "%s", g->name);
		shaken_passport_free(&p);
	}
}

Test(passport, facts)
{
	struct shaken_passport *p = decode(test_golden[1].token, 0, SHAKEN_OK,
	    "D2");

	cr_expect(is(shaken_passport_alg(p), "ES256"));
	cr_expect(is(shaken_passport_typ(p), "passport"));
	cr_expect(is(shaken_passport_ppt(p), "shaken"));
	cr_expect(is(shaken_passport_x5u(p),
	    "https://cert.example.org/passport.cer"));
	cr_expect(is(shaken_passport_attest(p), "A"));
	cr_expect(is(shaken_passport_origid(p),
	    "123e4567-e89b-12d3-a456-426655440000"));
	cr_expect_eq(shaken_passport_iat(p), 1443208345);
	cr_expect_str_eq(shaken_passport_orig(p)->text, "12155550121");
	cr_expect_eq(shaken_passport_n_dest(p), 1);
	cr_expect_str_eq(shaken_passport_dest(p, 0)->text, "12155550131");
	cr_expect_null(shaken_passport_dest(p, 1));
	shaken_passport_free(&p);
	cr_expect_null(p);
	shaken_passport_free(&p);
	shaken_passport_free(NULL);
}

/* Tokens as published, with their known faults. */
Test(passport, published_tokens)
{
	struct shaken_passport *p;

	p = decode(test_g1, 0, SHAKEN_OK, "G1");
	cr_expect(is(shaken_passport_payload(p), test_golden[0].payload));
	shaken_passport_free(&p);

	/* erratum 5985 of RFC 8225: iat is a string */
	p = decode(test_g2, 0, SHAKEN_OK, "G2");
	cr_expect_eq(shaken_passport_iat(p), -1);
	shaken_passport_free(&p);

	/* dest.tn is no array, RFC 8225 section 5.2.1 */
	p = decode(test_g5, 0, SHAKEN_OK, "G5");
	cr_expect_eq(shaken_passport_n_dest(p), 0);
	shaken_passport_free(&p);
	p = decode(test_g5, SHAKEN_DECODE_DEST_STRING, SHAKEN_OK, "G5");
	cr_expect_eq(shaken_passport_n_dest(p), 1);
	shaken_passport_free(&p);

	/* the payload is no JSON */
	decode(test_g6, 0, SHAKEN_E_JSON, "G6 [R-024]");
}

static const struct {
	const char	*name, *payload;
	enum shaken_err	 err;
} payloads[] = {
	{ "unknown claims [R-037]", "{\"x\":1,\"y\":{\"z\":[]}}", SHAKEN_OK },
	{ "white space", " { } ", SHAKEN_OK },
	{ "array", "[]", SHAKEN_E_JSON },
	{ "string", "\"x\"", SHAKEN_E_JSON },
	{ "cut", "{\"a\":", SHAKEN_E_JSON },
	{ "text behind", "{} {}", SHAKEN_E_JSON },
	{ "member twice [R-031]", "{\"orig\":{},\"orig\":{}}", SHAKEN_E_JSON },
	{ "inner member twice [R-031]", "{\"orig\":{\"tn\":\"1\",\"tn\":\"2\"}}",
	    SHAKEN_E_JSON },
	{ "invalid UTF-8 [R-032]", "{\"a\":\"\xc3\x28\"}", SHAKEN_E_JSON },
	{ "escaped NUL [R-032]", "{\"a\":\"\\u0000\"}", SHAKEN_E_JSON },
	{ "1e400 [R-033]", "{\"iat\":1e400}", SHAKEN_OK },
	{ "16 levels", "{\"a\":[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]}", SHAKEN_OK },
	{ "17 levels [R-032]", "{\"a\":[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]}",
	    SHAKEN_E_JSON },
};

Test(passport, payload_json)
{
	for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
		char *token = test_forge(test_rfc8946_key, HEADER,
		    payloads[i].payload);
		struct shaken_passport *p = decode(token, 0, payloads[i].err,
		    payloads[i].name);

		shaken_passport_free(&p);
		free(token);
	}
}

/* a NUL as a byte of the text. */
Test(passport, raw_nul)
{
	static const char text[] = "{\"a\":\"\0\"}";
	char *token = test_forge_n(test_rfc8946_key, shaken_sv_cstr(HEADER),
	    (struct shaken_sv){ text, sizeof(text) - 1 });

	decode(token, 0, SHAKEN_E_JSON, "NUL");
	free(token);
}

/* RFC 8225 section 5.1.1: seconds, as an integer. */
static const struct { const char *json; int64_t want; } iats[] = {
	{ "0", 0 }, { "1443208345", 1443208345 },
	{ "100000000000", SHAKEN_IAT_MAX },
	{ "100000000001", -1 }, { "1443208345000", -1 }, { "-1", -1 },
	{ "1.5", -1 }, { "1443208345.0", -1 }, { "1e9", -1 }, { "null", -1 },
	{ "\"1443208345\"", -1 }, { "[1443208345]", -1 }, { "true", -1 },
	{ "1e400", -1 }, { "99999999999999999999999999", -1 }, { "-0", -1 },
};

Test(passport, iat)
{
	for (size_t i = 0; i < sizeof(iats) / sizeof(iats[0]); i++) {
		char *payload = test_text("{\"iat\":%s}", iats[i].json);
		char *token = test_forge(test_rfc8946_key, HEADER, payload);
		struct shaken_passport *p = decode(token, 0, SHAKEN_OK,
		    iats[i].json);

		cr_expect_eq(shaken_passport_iat(p), iats[i].want, "%s",
		    iats[i].json);
		shaken_passport_free(&p);
		free(token);
		free(payload);
	}
}

/* RFC 8225 section 5.2.1. */
static const struct {
	const char	*name, *orig, *dest;
	const char	*want_orig;	/* "" : NONE */
	size_t		 want_dest;
} ids[] = {
	{ "tn", "{\"tn\":\"12155551212\"}", "{\"tn\":[\"1\"]}", "12155551212", 1 },
	{ "tn with +", "{\"tn\":\"+1-215-555-1212\"}", "{\"tn\":[\"1\"]}",
	    "12155551212", 1 },
	{ "uri", "{\"uri\":\"sip:A@B.c\"}", "{\"uri\":[\"sip:a@b\"]}",
	    "sip:a@b.c", 1 },
	{ "dest with both", "{\"tn\":\"1\"}",
	    "{\"tn\":[\"1\",\"2\"],\"uri\":[\"sip:a@b\"]}", "1", 3 },
	{ "orig with both [R-007]", "{\"tn\":\"1\",\"uri\":\"sip:a@b\"}",
	    "{\"tn\":[\"1\"]}", "", 1 },
	{ "orig with neither [R-007]", "{}", "{\"tn\":[\"1\"]}", "", 1 },
	{ "orig with another member", "{\"tn\":\"1\",\"x\":1}", "{}", "", 0 },
	{ "orig a string", "\"12155551212\"", "{\"tn\":[\"1\"]}", "", 1 },
	{ "orig tn an array", "{\"tn\":[\"1\"]}", "{\"tn\":[\"1\"]}", "", 1 },
	{ "orig tn letters", "{\"tn\":\"anonymous\"}", "{\"tn\":[\"1\"]}", "", 1 },
	{ "dest empty [R-010]", "{\"tn\":\"1\"}", "{}", "1", 0 },
	{ "dest tn empty [R-010]", "{\"tn\":\"1\"}", "{\"tn\":[]}", "1", 0 },
	{ "dest tn a string", "{\"tn\":\"1\"}", "{\"tn\":\"1\"}", "1", 0 },
	{ "dest tn a number", "{\"tn\":\"1\"}", "{\"tn\":[12155551212]}", "1", 0 },
};

Test(passport, orig_and_dest)
{
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		char *payload = test_text("{\"dest\":%s,\"orig\":%s}",
		    ids[i].dest, ids[i].orig);
		char *token = test_forge(test_rfc8946_key, HEADER, payload);
		struct shaken_passport *p = decode(token, 0, SHAKEN_OK,
		    ids[i].name);

		cr_expect_str_eq(shaken_passport_orig(p)->text,
		    ids[i].want_orig, "%s", ids[i].name);
		cr_expect_eq(shaken_passport_n_dest(p), ids[i].want_dest, "%s",
		    ids[i].name);
		shaken_passport_free(&p);
		free(token);
		free(payload);
	}
}

Test(passport, too_many_dest)
{
	char *payload = calloc(1, 4096), *token;
	struct shaken_passport *p;

	strcpy(payload, "{\"dest\":{\"tn\":[\"1\"");
	for (int i = 1; i < SHAKEN_DEST_MAX; i++)
		strcat(payload, ",\"1\"");
	strcat(payload, "]}}");
	token = test_forge(test_rfc8946_key, HEADER, payload);
	p = decode(token, 0, SHAKEN_OK, "64");
	cr_expect_eq(shaken_passport_n_dest(p), SHAKEN_DEST_MAX);
	shaken_passport_free(&p);
	free(token);

	strcpy(strrchr(payload, ']'), ",\"1\"]}}");
	token = test_forge(test_rfc8946_key, HEADER, payload);
	p = decode(token, 0, SHAKEN_OK, "65");
	cr_expect_eq(shaken_passport_n_dest(p), 0);
	shaken_passport_free(&p);
	free(token);
	free(payload);
}

/* What is signed need not be canonical; what we write is (RFC 8225 section 9). */
static const struct { const char *header, *payload; bool is; } canonical[] = {
	{ HEADER, "{\"a\":\"/\",\"b\":[1,2]}", true },
	{ HEADER, "{\"b\":1,\"a\":1}", false },
	{ HEADER, "{\"a\": 1}", false },
	{ HEADER, "{\"a\":\"\\/\"}", false },
	{ HEADER, "{\"a\":\"\\u0041\"}", false },
	{ "{\"typ\":\"passport\",\"alg\":\"ES256\"}", "{}", false },
};

Test(passport, is_canonical)
{
	for (size_t i = 0; i < sizeof(canonical) / sizeof(canonical[0]); i++) {
		char *token = test_forge(test_rfc8946_key, canonical[i].header,
		    canonical[i].payload);
		struct shaken_passport *p = decode(token, 0, SHAKEN_OK,
		    canonical[i].payload);

		cr_expect_eq(shaken_passport_is_canonical(p), canonical[i].is,
		    "%s", canonical[i].payload);
		shaken_passport_free(&p);
		free(token);
	}
}

/* padding is no base64url of RFC 7515 section 2. */
Test(passport, padding)
{
	char *token = test_forge(test_rfc8946_key, HEADER, "{}"), *padded;
	char *dot = strrchr(token, '.');
	struct shaken_passport *p;

	padded = test_text("%.*s=%s==", (int)(dot - token), token, dot);
	decode(padded, 0, SHAKEN_E_SYNTAX, "padding [R-036]");
	p = decode(padded, SHAKEN_DECODE_PADDING, SHAKEN_OK,
	    "padding tolerated [R-036]");
	shaken_passport_free(&p);
	free(padded);
	free(token);
}

Test(passport, decode_arguments)
{
	struct shaken_passport *p;

	cr_expect_eq(shaken_passport_decode(SHAKEN_SV_LIT("a.b.c"), 0, NULL,
	    NULL), SHAKEN_E_ARG);
	cr_expect_eq(shaken_passport_decode(SHAKEN_SV_LIT("a.b.c"), 1024, &p,
	    NULL), SHAKEN_E_ARG);
	cr_expect_eq(shaken_passport_decode((struct shaken_sv){ NULL, 5 }, 0,
	    &p, NULL), SHAKEN_E_ARG);
	decode("", 0, SHAKEN_E_SYNTAX, "empty");
	decode("%%.%%.%%", 0, SHAKEN_E_SYNTAX, "no base64url");
}

Test(passport, uuid)
{
	static const uint8_t zero[16], ones[16] = { 255, 255, 255, 255, 255,
	    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255 };
	static const char *const bad[] = { "", "123e4567",
		"123e4567-e89b-12d3-a456-42665544000g",
		"123e4567ee89b-12d3-a456-426655440000",
		"123e4567-e89b-12d3-a456-4266554400000",
		"{23e4567-e89b-12d3-a456-42665544000}" };
	char text[SHAKEN_UUID_LEN];

	shaken_uuid(zero, text); /* RFC 4122 section 4.4 */
	cr_expect_str_eq(text, "00000000-0000-4000-8000-000000000000");
	shaken_uuid(ones, text);
	cr_expect_str_eq(text, "ffffffff-ffff-4fff-bfff-ffffffffffff");
	cr_expect(shk_is_uuid(shaken_sv_cstr(text)));
	cr_expect(shk_is_uuid(
	    SHAKEN_SV_LIT("123E4567-E89B-12D3-A456-426655440000")));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_not(shk_is_uuid(shaken_sv_cstr(bad[i])), "%s",
		    bad[i]);
}
