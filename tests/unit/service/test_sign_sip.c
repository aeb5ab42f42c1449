/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <jansson.h>

#include "api.h"
#include "calls.h"
#include "forge.h"
#include "vectors.h"

static bool
from_sip(const char *message, const char *attest, const char *ppt,
    const char *dest, struct api_sign *out, struct api_error *e)
{
	const struct api_sip_query q = { .attest = shaken_sv_cstr(attest),
		.ppt = shaken_sv_cstr(ppt), .dest = shaken_sv_cstr(dest) };

	memset(e, 0, sizeof(*e));
	e->code = API_CODES;
	return api_sign_from_sip(shaken_sv_cstr(message), &q, NULL, out, e);
}

Test(sign_sip, call)
{
	static const char message[] =
	    "INVITE sip:b@example.com SIP/2.0\r\n"
	    "From: <sip:+12155550000@example.com>;tag=1\r\n"
	    "To: <tel:+12355551212>\r\n"
	    "P-Asserted-Identity: <tel:+12155551212>\r\n"
	    "Call-ID: 1\r\nDate: Sat, 13 Nov 2010 23:29:00 GMT\r\n\r\n";
	struct api_sign s;
	struct api_error e;

	cr_assert(from_sip(message, "B", "", "", &s, &e));
	cr_expect_str_eq(s.orig.text, "12155551212");
	cr_expect_str_eq(s.dest[0].text, "12355551212");
	cr_expect_eq(s.iat, 1289690940);
	cr_expect_eq(s.origid.n, 0);
	api_sign_clear(&s);
	cr_expect_not(from_sip(message, "", "", "", &s, &e));
	cr_expect_eq(e.code, API_MISSING);
	cr_expect_not(from_sip(message, "x", "", "", &s, &e));
	cr_expect_eq(e.code, API_INVALID);
	cr_expect_not(from_sip("", "A", "", "", &s, &e));
	cr_expect_eq(e.code, API_MISSING_BODY);
	cr_expect_not(from_sip("INVITE\r\n\r\n", "A", "", "", &s, &e));
	cr_expect_eq(e.code, API_MALFORMED);
}

#define CALLER "12155551212"
#define A "12355551212"
#define B "12355551213"
#define C "12355551214"

/* What the request has: tokens by letter, each of the call or its way here. */
static const struct {
	char letter;
	const char *ppt, *payload;
} tokens[] = {
#define TOKEN(orig, dest, more, iat) "{\"dest\":{\"tn\":[\"" dest "\"]}," \
	more "\"iat\":" iat ",\"orig\":{\"tn\":\"" orig "\"}}"
	{ 's', "shaken", TOKEN(CALLER, A, "\"attest\":\"A\",", "1289690900") },
	{ 'r', "rph", TOKEN(CALLER, A, "", "1289690800") },
	{ 'd', "div", TOKEN(CALLER, B, "\"div\":{\"tn\":\"" A "\"},",
	    "1289690920") },
	{ 'x', "shaken", TOKEN("12155559999", A, "", "1289690900") },
	{ 'y', "shaken", TOKEN(CALLER, "12155559999", "", "1289690900") },
};

static const char *
payload_of(char letter, const char **ppt)
{
	for (size_t i = 0; i < sizeof(tokens) / sizeof(*tokens); i++)
		if (tokens[i].letter == letter) {
			*ppt = tokens[i].ppt;
			return tokens[i].payload;
		}
	abort();
}

#define NOT(member) member, NULL, NULL, '\0', 0
#define DATE "Date: Sat, 13 Nov 2010 23:29:00 GMT\r\n"
static const struct {
	const char *name, *uri, *fields, *tokens, *query; /* ppt dest attest */
	const char *dest, *div, *hi; /* div NULL: refused, dest says whom for */
	char opt;		/* which token; '\0' where not compared */
	int64_t iat;
} rows[] = {
	{ "as it came [R-139]", "sip:+" A "@h", DATE, "s", "div " B, B, A, "",
	    '\0', 1289690940 },
	{ "changed, History-Info [R-139]", "tel:+" B, DATE
	    "History-Info: <tel:+" A ">;index=1,<tel:+" B ">;index=1.1\r\n",
	    "s", "div", B, A, "1", '\0', 1289690940 },
	{ "changed, Diversion", "tel:+" B, DATE "Diversion: <tel:+" A ">\r\n",
	    "s", "div", B, A, "", '\0', 1289690940 },
	{ "without a Date: the iat of what is diverted", "tel:+" A, "", "s",
	    "div " B, B, A, "", '\0', 1289690900 },
	{ "a second time", "tel:+" B, DATE, "sd", "div " C, C, B, "", '\0',
	    1289690940 },
	{ "a second time, with its iat", "tel:+" B, "", "sd", "div " C, C, B,
	    "", '\0', 1289690920 },
	{ "div-o", "tel:+" A, DATE, "s", "div-o " B, B, A, "", 's',
	    1289690940 },
	{ "div-o of a div", "tel:+" B, DATE, "sd", "div-o " C, C, B, "", 'd',
	    1289690940 },
	{ "div-o, not of the priority", "tel:+" A, DATE, "rs", "div-o " B, B,
	    A, "", 's', 1289690940 },
	{ "div-o, of the priority alone", "tel:+" A, DATE, "r", "div-o " B, B,
	    A, "", 'r', 1289690940 },
	{ "not of another caller's", "tel:+" A, DATE, "xs", "div-o " B, B, A,
	    "", 's', 1289690940 },
	{ "to where it went already [R-139]", "tel:+" A, DATE, "s", "div",
	    NOT("div") },
	{ "to itself in other words [R-139]", "tel:+" A, DATE, "s",
	    "div sip:+1-235-555-1212@x;user=phone", NOT("div") },
	{ "no Identity [R-139]", "tel:+" A, DATE, "", "div " B, NOT("div") },
	{ "none that can be read", "tel:+" A, DATE "Identity: a.b.c\r\n", "",
	    "div " B, NOT("div") },
	{ "of another caller", "tel:+" A, DATE, "x", "div " B, NOT("div") },
	{ "to somebody else", "tel:+" A, DATE, "y", "div-o " B, NOT("div") },
	{ "made already", "tel:+" B, DATE "Diversion: <tel:+" A ">\r\n", "sd",
	    "div", NOT("div") },
	{ "target unreadable", "tel:+" A, DATE, "s", "div alice", NOT("dest") },
	{ "Request-URI unreadable", "http://x", DATE, "s", "div", NOT("dest") },
	{ "with attest [R-139]", "tel:+" A, DATE, "s", "div " B " A",
	    NOT("attest") },
	{ "shaken with dest", "tel:+" A, DATE, "s", "shaken " B " A", NOT("dest") },
	{ "rph", "tel:+" A, DATE, "s", "rph", NOT("ppt") },
	{ "unknown type", "tel:+" A, DATE, "s", "diversion", NOT("ppt") },
};

static char *
make_message(size_t i)
{
	char *fields = test_text("%s", rows[i].fields), *message;

	for (const char *t = rows[i].tokens; *t != '\0'; t++) {
		const char *ppt = NULL, *payload = payload_of(*t, &ppt);
		char *value = test_value(test_rfc8946_key, ppt, payload);
		char *more = test_text("%sIdentity: %s\r\n", fields, value);

		free(fields);
		free(value);
		fields = more;
	}
	message = test_text("INVITE %s SIP/2.0\r\n"
	    "From: <sip:+" CALLER "@example.com>;tag=1\r\n"
	    "To: <tel:+" A ">\r\nCall-ID: 1\r\n%s\r\n", rows[i].uri, fields);
	free(fields);
	return message;
}

static void
check_claims(size_t i, const struct api_sign *s)
{
	json_t *claims = json_loads(s->claims, 0, NULL);
	json_t *div = json_object_get(claims, "div");
	const char *hi = json_string_value(json_object_get(div, "hi"));
	const char *opt = json_string_value(json_object_get(claims, "opt"));

	cr_expect_str_eq(json_string_value(json_object_get(div, "tn")),
	    rows[i].div, "%s", rows[i].name);
	cr_expect_str_eq(hi == NULL ? "" : hi, rows[i].hi, "%s",
	    rows[i].name);
	cr_expect_eq(opt != NULL, rows[i].opt != '\0', "%s", rows[i].name);
	if (opt != NULL && rows[i].opt != '\0') {
		struct shaken_passport *p = NULL;
		const char *ppt = NULL;

		cr_expect_eq(shaken_passport_decode(shaken_sv_cstr(opt), 0, &p,
		    NULL), SHAKEN_OK);
		cr_expect_eq(shaken_passport_payload(p).n,
		    strlen(payload_of(rows[i].opt, &ppt)));
		cr_expect_eq(memcmp(shaken_passport_payload(p).p,
		    payload_of(rows[i].opt, &ppt),
		    shaken_passport_payload(p).n), 0, "%s", rows[i].name);
		shaken_passport_free(&p);
	}
	json_decref(claims);
}

/* RFC 8946 section 4.1: whom for, in whose place, on which token. */
Test(sign_sip, diverted)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char ppt[16] = "", dest[64] = "", attest[4] = "";
		char *message = make_message(i);
		struct api_error e;
		struct api_sign s;
		bool ok;

		cr_assert_geq(sscanf(rows[i].query, "%15s %63s %3s", ppt, dest,
		    attest), 1);
		ok = from_sip(message, attest, ppt, dest, &s, &e);
		cr_expect_eq(ok, rows[i].div != NULL, "%s: %s %s",
		    rows[i].name, e.name, e.text);
		if (!ok) {
			cr_expect_eq(e.code, API_INVALID, "%s", rows[i].name);
			cr_expect_str_eq(e.name, rows[i].dest, "%s: %s",
			    rows[i].name, e.text);
		} else if (rows[i].div != NULL) {
			cr_expect_str_eq(s.ppt, ppt);
			cr_expect_eq(s.attest.n, 0);
			cr_expect_str_eq(s.orig.text, CALLER);
			cr_expect_str_eq(s.dest[0].text, rows[i].dest);
			cr_expect_str_eq(s.div.text, rows[i].div);
			cr_expect_eq(s.iat, rows[i].iat, "%s: %lld",
			    rows[i].name, (long long)s.iat);
			check_claims(i, &s);
		}
		api_sign_clear(&s);
		free(message);
	}
}

/* A "+" that has become a blank on its way is one again. */
Test(sign_sip, plus_in_query)
{
	static const struct { const char *dest, *want; } cases[] = {
		{ " " B, B }, { "tel: " B, B }, { "sip: " B "@h", B },
		{ "+" B, B }, { "sip:+" B "@h", B },
		{ "02355551213", "442355551213" },
		{ "sip:bob@h", "sip:bob@h" }, { " ", NULL }, { "tel:", NULL },
	};
	char *message = make_message(0), *large = calloc(1, 2000);

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct api_sip_query q = { .ppt = SHAKEN_SV_LIT("div"),
			.dest = shaken_sv_cstr(cases[i].dest) };
		struct api_error e;
		struct api_sign s;

		cr_expect_eq(api_sign_from_sip(shaken_sv_cstr(message), &q,
		    "44", &s, &e), cases[i].want != NULL, "\"%s\": %s %s",
		    cases[i].dest, e.name, e.text);
		if (s.dest != NULL)
			cr_expect_str_eq(s.dest[0].text, cases[i].want, "%s",
			    s.dest[0].text);
		api_sign_clear(&s);
	}
	memset(large, '1', 1999);
	for (size_t n = SHAKEN_ID_MAX; n <= SHAKEN_ID_MAX + 1; n++) {
		struct api_error e;
		struct api_sign s;

		memcpy(large, "sip:", 4);
		memcpy(large + n - 2, "@h", 3);
		cr_expect_eq(from_sip(message, "", "div", large, &s, &e),
		    n == SHAKEN_ID_MAX, "%zu: %s", n, e.text);
		api_sign_clear(&s);
		large[n] = '1';
	}
	free(large);
	free(message);
}
