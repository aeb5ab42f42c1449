/* SPDX-License-Identifier: Apache-2.0 */
/* what is wrong with a token, and by which rule; a good one has no
 * findings. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include <shaken/passport.h>

#include "forge.h"
#include "vectors.h"

#define X5U "\"x5u\":\"https://cert.example.org/c.pem\""
#define HEADER "{\"alg\":\"ES256\",\"ppt\":\"shaken\",\"typ\":\"passport\"," \
	X5U "}"
#define DEST "\"dest\":{\"tn\":[\"12155550113\"]}"
#define IAT "\"iat\":1443208345"
#define ORIG "\"orig\":{\"tn\":\"12155550112\"}"
#define ORIGID "\"origid\":\"123e4567-e89b-12d3-a456-426655440000\""
#define CLAIMS(attest, dest, iat, orig, origid) \
	"{" attest dest "," iat "," orig origid "}"
#define A "\"attest\":\"A\","
#define PAYLOAD CLAIMS(A, DEST, IAT, ORIG, "," ORIGID)
#define BASE_HEADER "{\"alg\":\"ES256\",\"typ\":\"passport\"," X5U "}"
#define BASE(claims) "{" claims "}"

/* want: "severity id" of each finding; rule: of the first. */
static const struct {
	const char	*name, *header, *payload, *want, *rule;
} rows[] = {
	{ "R-153 clean", HEADER, PAYLOAD, "", NULL },

	{ "no alg", "{\"ppt\":\"shaken\",\"typ\":\"passport\"," X5U "}",
	    PAYLOAD, "error alg", "RFC 8225 section 4.2" },
	{ "alg none", "{\"alg\":\"none\",\"ppt\":\"shaken\","
	    "\"typ\":\"passport\"," X5U "}", PAYLOAD, "error alg",
	    "RFC 8225 section 4.2" },
	{ "typ JWT", "{\"alg\":\"ES256\",\"ppt\":\"shaken\",\"typ\":\"JWT\","
	    X5U "}", PAYLOAD, "error typ", "RFC 8225 section 4.1" },
	{ "no x5u", "{\"alg\":\"ES256\",\"ppt\":\"shaken\","
	    "\"typ\":\"passport\"}", PAYLOAD, "error x5u",
	    "RFC 8225 section 4.3" },
	{ "x5u with http", "{\"alg\":\"ES256\",\"ppt\":\"shaken\","
	    "\"typ\":\"passport\",\"x5u\":\"http://cert.example.org/c\"}",
	    PAYLOAD, "error x5u", "ATIS-1000074" },
	{ "x5u no string", "{\"alg\":\"ES256\",\"ppt\":\"shaken\","
	    "\"typ\":\"passport\",\"x5u\":1}", PAYLOAD, "error x5u",
	    "RFC 8225 section 4.3" },
	{ "no ppt", BASE_HEADER, BASE(DEST "," IAT "," ORIG), "note ppt",
	    "RFC 8225 section 8.1" },
	{ "ppt no string", "{\"alg\":\"ES256\",\"ppt\":7,"
	    "\"typ\":\"passport\"," X5U "}", BASE(DEST "," IAT "," ORIG),
	    "error ppt", "RFC 8225 section 8.1" },
	{ "ppt unknown", "{\"alg\":\"ES256\",\"ppt\":\"foo\","
	    "\"typ\":\"passport\"," X5U "}", BASE(DEST "," IAT "," ORIG),
	    "note ppt", "RFC 8225 section 8.1" },
	{ "R-038 crit", "{\"alg\":\"ES256\",\"crit\":[\"x\"],"
	    "\"ppt\":\"shaken\",\"typ\":\"passport\"," X5U "}", PAYLOAD,
	    "error crit", "RFC 7515 section 4.1.11" },
	{ "kid", "{\"alg\":\"ES256\",\"kid\":\"1\",\"ppt\":\"shaken\","
	    "\"typ\":\"passport\"," X5U "}", PAYLOAD, "note header",
	    "RFC 8225 section 4" },

#define TYPE(ppt) "{\"alg\":\"ES256\",\"ppt\":\"" ppt "\"," \
	"\"typ\":\"passport\"," X5U "}"
	{ "div", TYPE("div"), "{" DEST ",\"div\":{\"tn\":\"1\"}," IAT ","
	    ORIG "}", "", NULL },
	{ "div without div", TYPE("div"), BASE(DEST "," IAT "," ORIG),
	    "error div", "RFC 8946 section 3" },
	{ "R-148 div-o without opt", TYPE("div-o"), "{" DEST
	    ",\"div\":{\"tn\":\"1\"}," IAT "," ORIG "}", "error div-o",
	    "RFC 8946 section 5" },
	{ "rph without rph", TYPE("rph"), BASE(DEST "," IAT "," ORIG),
	    "error rph", "RFC 8443 section 3, RFC 9027 section 4" },
	{ "rcd without rcd", TYPE("rcd"), BASE(DEST "," IAT "," ORIG),
	    "error rcd", "RFC 9795 section 8" },
	{ "R-149 rcd without nam", TYPE("rcd"), "{" DEST "," IAT "," ORIG
	    ",\"rcd\":{}}", "error rcd", "RFC 9795 section 5" },
	{ "rcdi without rcd", TYPE("rcd"), "{\"crn\":\"x\"," DEST "," IAT ","
	    ORIG ",\"rcdi\":{}}", "error rcdi", "RFC 9795 section 6" },
	{ "crn a number", TYPE("rcd"), "{\"crn\":1," DEST "," IAT "," ORIG "}",
	    "error crn", "RFC 9795 section 7" },
	{ "msgi no digest", TYPE("msg"), "{" DEST "," IAT
	    ",\"msgi\":\"x\"," ORIG "}", "error msg", "RFC 9475 section 3" },

	{ "no iat", HEADER, "{" A DEST "," ORIG "," ORIGID "}", "error iat",
	    "RFC 8225 section 5.1.1" },
	{ "R-033 iat a string", HEADER, CLAIMS(A, DEST,
	    "\"iat\":\"1443208345\"", ORIG, "," ORIGID), "error iat",
	    "RFC 8225 section 5.1.1" },
	{ "R-033 iat with a fraction", HEADER, CLAIMS(A, DEST,
	    "\"iat\":1443208345.5", ORIG, "," ORIGID),
	    "error iat, warning canonical", "RFC 8225 section 5.1.1" },
	{ "R-033 iat in milliseconds", HEADER, CLAIMS(A, DEST,
	    "\"iat\":1443208345000", ORIG, "," ORIGID), "error iat",
	    "RFC 8225 section 5.1.1" },
	{ "R-033 iat negative", HEADER, CLAIMS(A, DEST, "\"iat\":-1", ORIG,
	    "," ORIGID), "error iat", "RFC 8225 section 5.1.1" },

	{ "R-033 iat 1e400", HEADER, CLAIMS(A, DEST, "\"iat\":1e400", ORIG,
	    "," ORIGID), "error json", "RFC 8225 section 9" },

	{ "no orig", HEADER, "{" A DEST "," IAT "," ORIGID "}", "error orig",
	    "RFC 8225 section 5.2.1" },
	{ "R-007 orig with both", HEADER, CLAIMS(A, DEST, IAT, "\"orig\":"
	    "{\"tn\":\"12155550112\",\"uri\":\"sip:a@example.com\"}",
	    "," ORIGID), "error orig", "RFC 8225 section 5.2.1" },
	{ "R-007 orig with neither", HEADER, CLAIMS(A, DEST, IAT,
	    "\"orig\":{}", "," ORIGID), "error orig",
	    "RFC 8225 section 5.2.1" },
	{ "orig no object", HEADER, CLAIMS(A, DEST, IAT,
	    "\"orig\":\"12155550112\"", "," ORIGID), "error orig",
	    "RFC 8225 section 5.2.1" },
	{ "orig.tn no number", HEADER, CLAIMS(A, DEST, IAT,
	    "\"orig\":{\"tn\":\"alice\"}", "," ORIGID), "error orig",
	    "RFC 8225 section 5.2.1" },
	{ "R-018 orig.tn with +", HEADER, CLAIMS(A, DEST, IAT,
	    "\"orig\":{\"tn\":\"+12155550112\"}", "," ORIGID),
	    "warning orig", "RFC 8224 section 8.3" },
	{ "orig.uri", HEADER, CLAIMS(A, DEST, IAT,
	    "\"orig\":{\"uri\":\"sip:alice@example.com\"}", "," ORIGID), "",
	    NULL },
	{ "orig.uri in capitals", HEADER, CLAIMS(A, DEST, IAT,
	    "\"orig\":{\"uri\":\"sip:Alice@example.com\"}", "," ORIGID),
	    "warning orig", "RFC 8224 section 8.5" },
	{ "orig.uri of a number", HEADER, CLAIMS(A, DEST, IAT,
	    "\"orig\":{\"uri\":\"tel:+12155550112\"}", "," ORIGID),
	    "warning orig", "RFC 8224 section 8.1" },

	{ "no dest", HEADER, "{" A IAT "," ORIG "," ORIGID "}", "error dest",
	    "RFC 8225 section 5.2.1" },
	{ "R-010 dest empty", HEADER, CLAIMS(A, "\"dest\":{}", IAT, ORIG,
	    "," ORIGID), "error dest", "RFC 8225 section 5.2.1" },
	{ "R-010 dest.tn empty", HEADER, CLAIMS(A, "\"dest\":{\"tn\":[]}",
	    IAT, ORIG, "," ORIGID), "error dest", "RFC 8225 section 5.2.1" },
	{ "R-023 dest.tn a string", HEADER, CLAIMS(A,
	    "\"dest\":{\"tn\":\"12155550113\"}", IAT, ORIG, "," ORIGID),
	    "error dest", "RFC 8225 section 5.2.1" },
	{ "dest.tn with a number", HEADER, CLAIMS(A,
	    "\"dest\":{\"tn\":[12155550113]}", IAT, ORIG, "," ORIGID),
	    "error dest", "RFC 8225 section 5.2.1" },
	{ "R-009 dest.tn sorted", HEADER, CLAIMS(A,
	    "\"dest\":{\"tn\":[\"12155550112\",\"12155550113\"]}", IAT, ORIG,
	    "," ORIGID), "", NULL },
	{ "R-009 dest.tn not sorted", HEADER, CLAIMS(A,
	    "\"dest\":{\"tn\":[\"12155550113\",\"12155550112\"]}", IAT, ORIG,
	    "," ORIGID), "warning dest", "RFC 8225 section 5.2.1" },

	{ "no attest", HEADER, CLAIMS("", DEST, IAT, ORIG, "," ORIGID),
	    "error attest", "RFC 8588 section 4" },
	{ "R-013 attest D", HEADER, CLAIMS("\"attest\":\"D\",", DEST, IAT,
	    ORIG, "," ORIGID), "error attest", "RFC 8588 section 4" },
	{ "R-013 attest a", HEADER, CLAIMS("\"attest\":\"a\",", DEST, IAT,
	    ORIG, "," ORIGID), "error attest", "RFC 8588 section 4" },
	{ "R-013 attest Axyz", HEADER, CLAIMS("\"attest\":\"Axyz\",", DEST,
	    IAT, ORIG, "," ORIGID), "error attest", "RFC 8588 section 4" },
	{ "attest C", HEADER, CLAIMS("\"attest\":\"C\",", DEST, IAT, ORIG,
	    "," ORIGID), "", NULL },
	{ "no origid", HEADER, CLAIMS(A, DEST, IAT, ORIG, ""),
	    "error origid", "RFC 8588 section 5" },
	{ "R-014 origid no UUID", HEADER, CLAIMS(A, DEST, IAT, ORIG,
	    ",\"origid\":\"trunk-7\""), "error origid",
	    "RFC 8588 section 5" },
	{ "origid null", HEADER, CLAIMS(A, DEST, IAT, ORIG,
	    ",\"origid\":null"), "error origid", "RFC 8588 section 5" },

	{ "R-012 mky sorted", HEADER, "{" A DEST "," IAT ",\"mky\":["
	    "{\"alg\":\"sha-256\",\"dig\":\"00\"},"
	    "{\"alg\":\"sha-256\",\"dig\":\"01\"}]," ORIG "," ORIGID "}", "",
	    NULL },
	{ "R-012 mky not sorted", HEADER, "{" A DEST "," IAT ",\"mky\":["
	    "{\"alg\":\"sha-256\",\"dig\":\"01\"},"
	    "{\"alg\":\"sha-256\",\"dig\":\"00\"}]," ORIG "," ORIGID "}",
	    "warning mky", "RFC 8225 section 5.2.2" },
	{ "R-012 mky by alg and dig joined", HEADER, "{" A DEST "," IAT
	    ",\"mky\":[{\"alg\":\"sha\",\"dig\":\"-0\"},"
	    "{\"alg\":\"sha-\",\"dig\":\"\"}]," ORIG "," ORIGID "}",
	    "warning mky", "RFC 8225 section 5.2.2" },
	{ "mky without dig", HEADER, "{" A DEST "," IAT ",\"mky\":["
	    "{\"alg\":\"sha-256\"}]," ORIG "," ORIGID "}", "error mky",
	    "RFC 8225 section 5.2.2" },
	{ "mky no array", HEADER, "{" A DEST "," IAT ",\"mky\":{},"
	    ORIG "," ORIGID "}", "error mky", "RFC 8225 section 5.2.2" },

	{ "R-001 payload not in order", HEADER, CLAIMS(A, IAT, DEST, ORIG,
	    "," ORIGID), "warning canonical", "RFC 8225 section 9" },
	{ "header with white space", "{\"alg\":\"ES256\", \"ppt\":\"shaken\","
	    "\"typ\":\"passport\"," X5U "}", PAYLOAD, "warning canonical",
	    "RFC 8225 section 9" },
	{ "R-005 escaped solidus", "{\"alg\":\"ES256\",\"ppt\":\"shaken\","
	    "\"typ\":\"passport\",\"x5u\":\"https:\\/\\/h.example\\/c\"}",
	    PAYLOAD, "warning canonical", "RFC 8225 section 9" },
	{ "R-037 a further claim", HEADER, CLAIMS(A, DEST, IAT, ORIG,
	    "," ORIGID ",\"rcd\":{\"nam\":\"James Bond\"}"), "", NULL },
};

struct found {
	char		 text[512];
	const char	*rule;
};

static void
take(const struct shaken_finding *f, void *ctx)
{
	struct found *to = ctx;
	size_t n = strlen(to->text);

	cr_expect(f->text[0] != '\0');
	if (n == 0)
		to->rule = f->rule;
	snprintf(to->text + n, sizeof(to->text) - n, "%s%s %s",
	    n == 0 ? "" : ", ", shaken_severity_name(f->severity), f->id);
}

static void
lint(const char *token, const char *name, struct found *found)
{
	struct shaken_passport *p = NULL;
	struct shaken_diag diag;

	*found = (struct found){ 0 };
	cr_assert_eq(shaken_passport_decode(shaken_sv_cstr(token), 0, &p,
	    &diag), SHAKEN_OK, "%s: %s", name, diag.text);
	shaken_passport_lint(p, take, found);
	shaken_passport_free(&p);
}

Test(passport_lint, rules)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *token = test_forge(test_rfc8946_key, rows[i].header,
		    rows[i].payload);
		struct found found;

		lint(token, rows[i].name, &found);
		cr_expect_str_eq(found.text, rows[i].want, "%s: found \"%s\"",
		    rows[i].name, found.text);
		if (rows[i].rule != NULL && found.rule != NULL)
			cr_expect_str_eq(found.rule, rows[i].rule, "%s: %s",
			    rows[i].name, found.rule);
		free(token);
	}
}

/* 64 bytes are asked for; 70 are said to look like DER. */
Test(passport_lint, signature_length)
{
	static const uint8_t sig[72] = { 0x30 };
	static const size_t lengths[] = { 1, 63, 65, 70, 72 };
	char *token = test_forge(test_rfc8946_key, HEADER, PAYLOAD);

	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		char *bad = test_with_signature(token, sig, lengths[i]);
		struct found found;

		lint(bad, "signature", &found);
		cr_expect_str_eq(found.text, "error signature", "%zu: %s",
		    lengths[i], found.text);
		free(bad);
	}
	free(token);
}

/* Tokens that RFC 8225 and RFC 8946 print, with what is wrong in print. */
Test(passport_lint, published)
{
	static const struct {
		const char *name, *token, *want;
	} tokens[] = {
		{ "R-021 G2: iat is a string", test_g2,
		    "note ppt, error iat" },
		{ "G3", test_g3, "note ppt" },
		{ "G4: a number of 12 digits is still one", test_g4, "" },
		{ "R-023 G5: dest.tn is a string", test_g5, "error dest" },
	};

	for (size_t i = 0; i < sizeof(tokens) / sizeof(*tokens); i++) {
		struct found found;

		lint(tokens[i].token, tokens[i].name, &found);
		cr_expect_str_eq(found.text, tokens[i].want, "%s: %s",
		    tokens[i].name, found.text);
	}
}
