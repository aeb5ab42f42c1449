/* SPDX-License-Identifier: Apache-2.0 */
/* Every error case of ATIS-1000082 by a call that has just that fault, and the
 * order among them. */
#include <stdlib.h>

#include <criterion/criterion.h>

#include <shaken/verify.h>

#include "forge.h"
#include "pki.h"
#include "vectors.h"

#define X5U "https://cert.example.org/1234.pem"
#define UUID "123e4567-e89b-12d3-a456-426655440000"
#define NOW "1700000000" /* TEST_NOW */

#define HEADER "{\"alg\":\"ES256\",\"ppt\":\"shaken\",\"typ\":\"passport\"," \
	"\"x5u\":\"" X5U "\"}"
#define PAYLOAD "{\"attest\":\"A\",\"dest\":{\"tn\":[\"12155550131\"]}," \
	"\"iat\":" NOW ",\"orig\":{\"tn\":\"12155550121\"}," \
	"\"origid\":\"" UUID "\"}"
#define PARAMS ";info=<" X5U ">;alg=ES256;ppt=shaken"

static struct test_pki pki;
static struct shaken_trust *trust;

static struct shaken_trust *
new_trust(const char *roots)
{
	struct shaken_trust_opts opts = { .size = sizeof(opts),
		.crl_policy = SHAKEN_CRL_SOFT };
	struct shaken_trust *t = NULL;

	cr_assert_eq(shaken_trust_new(&opts, &t), SHAKEN_OK);
	cr_assert_eq(shaken_trust_add_anchors(t, shaken_sv_cstr(roots), NULL,
	    NULL), SHAKEN_OK);
	return t;
}

static void
setup(void)
{
	test_pki_init(&pki);
	test_pki_make(&pki);
	trust = new_trust(pki.root.pem);
}

static void
teardown(void)
{
	shaken_trust_free(&trust);
	test_pki_free(&pki);
}

TestSuite(verify, .init = setup, .fini = teardown);

static struct shaken_chain *
chain_of(const char *pem)
{
	struct shaken_chain *c = NULL;

	cr_assert_eq(shaken_chain_new(trust, shaken_sv_cstr(pem), &c, NULL),
	    SHAKEN_OK);
	return c;
}

/* What a test may vary; the zero value is the good call of the suite. */
struct in {
	const char	*identity;	/* NULL: none at all */
	const char	*orig, *dest;	/* NULL: that of the token; "": not given */
	const char	*chain;		/* NULL: the good one; "": none */
	int64_t		 now, date, freshness;
	unsigned	 flags;
	const enum shaken_verstat *verstat;
};

static struct shaken_id
id(const char *given, const char *dflt)
{
	struct shaken_id out;

	cr_assert_eq(shaken_id_parse(shaken_sv_cstr(given == NULL ? dflt :
	    given), NULL, &out), SHAKEN_OK);
	return out;
}

static bool
is_given(const char *s)
{
	return s == NULL || s[0] != '\0';
}

/* Run one call to its verdict. */
static struct shaken_verdict
run(const struct in *in)
{
	struct shaken_sv value = shaken_sv_cstr(in->identity);
	struct shaken_id orig, dest;
	struct shaken_call call = { .size = sizeof(call), .identity = &value,
		.n_identity = in->identity != NULL, .date = in->date };
	struct shaken_verify_opts opts = { .size = sizeof(opts),
		.now = in->now == 0 ? TEST_NOW : in->now,
		.freshness_s = in->freshness, .flags = in->flags,
		.verstat = in->verstat };
	struct shaken_chain *chain = NULL;
	struct shaken_verify *v = NULL;
	struct shaken_verdict out;

	if (is_given(in->orig)) {
		orig = id(in->orig, "12155550121");
		call.orig = &orig;
	}
	if (is_given(in->dest)) {
		dest = id(in->dest, "12155550131");
		call.dest = &dest;
		call.n_dest = 1;
	}
	cr_assert_eq(shaken_verify_begin(trust, &call, &opts, &v), SHAKEN_OK);
	if (is_given(in->chain))
		chain = chain_of(in->chain == NULL ? pki.chain : in->chain);
	for (size_t i = 0; i < shaken_verify_n(v); i++)
		if (chain != NULL)
			shaken_verify_chain(v, i, chain);
	cr_assert_eq(shaken_verify_finish(v), SHAKEN_OK);
	out = *shaken_verify_verdict(v);
	shaken_verify_free(&v);
	shaken_chain_free(&chain);
	return out;
}

static char *
good_value(void)
{
	char *token = test_forge(pki.leaf.key, HEADER, PAYLOAD);
	char *value = test_identity(token, PARAMS);

	free(token);
	return value;
}

/* and what a passed verdict says. */
Test(verify, good)
{
	char *value = good_value();
	struct in in = { .identity = value };
	struct shaken_verdict d = run(&in);

	cr_expect_eq(d.verstat, SHAKEN_TN_VALIDATION_PASSED, "%s", d.detail.text);
	cr_expect_eq(d.ecase, SHAKEN_CASE_NONE);
	cr_expect_eq(d.code, 0);
	cr_expect_null(d.reason);
	cr_expect_null(d.check);
	cr_expect_str_empty(d.detail.text);
	cr_expect_eq(d.attest, 'A');
	cr_expect_str_eq(d.origid, UUID);
	cr_expect_eq(d.iat, TEST_NOW);
	cr_expect_str_eq(d.spc, TEST_SPC);
	free(value);
}

/*
 * Header, payload and parameters as given, all well signed.  The expected case
 * and code are those of the table in ATIS-1000082; NO and FAILED its verstat.
 */
#define NO SHAKEN_NO_TN_VALIDATION
#define FAILED SHAKEN_TN_VALIDATION_FAILED
#define PASSED SHAKEN_TN_VALIDATION_PASSED
#define H(alg, ppt, typ, x5u) "{" alg ppt typ x5u "\"z\":1}"
#define ALG "\"alg\":\"ES256\","
#define PPT "\"ppt\":\"shaken\","
#define TYP "\"typ\":\"passport\","
#define X5 "\"x5u\":\"" X5U "\","
#define P(attest, dest, iat, orig, origid) "{" attest dest iat orig origid \
	"\"z\":1}"
#define ATT "\"attest\":\"A\","
#define DST "\"dest\":{\"tn\":[\"12155550131\"]},"
#define IAT "\"iat\":" NOW ","
#define ORG "\"orig\":{\"tn\":\"12155550121\"},"
#define OID "\"origid\":\"" UUID "\","

static const struct {
	const char	*name, *header, *payload, *params;
	enum shaken_case ecase;
	int		 code;
	enum shaken_verstat verstat;
	const char	*check;
} tokens[] = {
	/* accepted */
	{ "extra members in both [R-037]", H(ALG, PPT, TYP, X5),
	    P(ATT, DST, IAT, ORG, OID), PARAMS, 0, 0, PASSED, NULL },
	{ "not canonical, white space [R-026]",
	    "{ \"x5u\":\"" X5U "\" ,\"typ\":\"passport\",\"ppt\":\"shaken\","
	    "\"alg\":\"ES256\" }", "{" OID " " ORG "\n" IAT DST ATT " \"a\" : 1}",
	    PARAMS, 0, 0, PASSED, NULL },
	{ "escaped slashes [R-026]",
	    H(ALG, PPT, TYP, "\"x5u\":\"https:\\/\\/cert.example.org\\/1234.pem\","),
	    PAYLOAD, PARAMS, 0, 0, PASSED, NULL },
	{ "quoted ppt and alg [R-041]", HEADER, PAYLOAD,
	    ";info=<" X5U ">;alg=\"ES256\";ppt=\"shaken\"", 0, 0, PASSED, NULL },
	{ "other order, blanks, case, folding [R-042]", HEADER, PAYLOAD,
	    " ; PPT = shaken ;\r\n ALG=ES256; Info = <" X5U ">", 0, 0, PASSED,
	    NULL },
	{ "no alg, no ppt [R-043]", HEADER, PAYLOAD, ";info=<" X5U ">", 0, 0,
	    PASSED, NULL },
	{ "unknown parameters [R-047]", HEADER, PAYLOAD,
	    PARAMS ";foo=bar;baz;q=\"a;b\"", 0, 0, PASSED, NULL },
	{ "origid no UUID: tolerated", HEADER,
	    P(ATT, DST, IAT, ORG, "\"origid\":\"\","), PARAMS, 0, 0, PASSED,
	    NULL },
	{ "numbers with + and dashes [R-074]", HEADER,
	    P(ATT, "\"dest\":{\"tn\":[\"+1-215-555-0131\"]},", IAT,
	    "\"orig\":{\"tn\":\"+1 (215) 5550121\"},", OID), PARAMS, 0, 0,
	    PASSED, NULL },
	{ "several dest, one the called [R-075]", HEADER,
	    P(ATT, "\"dest\":{\"tn\":[\"1\",\"12155550131\"]},", IAT, ORG, OID),
	    PARAMS, 0, 0, PASSED, NULL },

	/* E4: structure */
	{ "no parameters at all", HEADER, PAYLOAD, "", SHAKEN_E6, 436, NO,
	    "info-present" },
	{ "a comma in the value", HEADER, PAYLOAD, ",x", SHAKEN_E6, 436, NO,
	    "info-present" },
	{ "info twice", HEADER, PAYLOAD, PARAMS ";info=<" X5U ">", SHAKEN_E4,
	    438, NO, "identity-syntax" },
	{ "header no object", "[]", PAYLOAD, PARAMS, SHAKEN_E4, 438, NO,
	    "full-form" },
	{ "alg twice [R-031]", "{" ALG ALG PPT TYP X5 "\"z\":1}", PAYLOAD,
	    PARAMS, SHAKEN_E4, 438, NO, "full-form" },

	/* E5 */
	{ "ppt=foo [R-049]", HEADER, PAYLOAD, ";info=<" X5U ">;ppt=foo",
	    SHAKEN_E5, 438, NO, "ppt-param" },
	{ "ppt=Shaken", HEADER, PAYLOAD, ";info=<" X5U ">;ppt=Shaken",
	    SHAKEN_E5, 438, NO, "ppt-param" },

	/* E6, E7 */
	{ "no info [R-045]", HEADER, PAYLOAD, ";alg=ES256;ppt=shaken",
	    SHAKEN_E6, 436, NO, "info-present" },
	{ "info without <> [R-045]", HEADER, PAYLOAD,
	    ";info=cert.example.org;ppt=shaken", SHAKEN_E7, 436, NO, "info-uri" },
	{ "info empty", HEADER, PAYLOAD, ";info=<>;ppt=shaken", SHAKEN_E7, 436,
	    NO, "info-uri" },
	{ "info no URI", HEADER, PAYLOAD, ";info=<cert>", SHAKEN_E7, 436, NO,
	    "info-uri" },
	{ "info http [R-086]", HEADER, PAYLOAD,
	    ";info=<http://cert.example.org/1234.pem>", SHAKEN_E7, 436, NO,
	    "info-uri" },
	{ "info file [R-086]", HEADER, PAYLOAD, ";info=<file:///etc/passwd>",
	    SHAKEN_E7, 436, NO, "info-uri" },
	{ "info port 8080 [R-087]", HEADER, PAYLOAD,
	    ";info=<https://cert.example.org:8080/1234.pem>", SHAKEN_E7, 436, NO,
	    "info-uri" },
	{ "info with a query [R-088]", HEADER, PAYLOAD,
	    ";info=<" X5U "?>", SHAKEN_E7, 436, NO, "info-uri" },
	{ "info with userinfo [R-088]", HEADER, PAYLOAD,
	    ";info=<https://u@cert.example.org/1234.pem>", SHAKEN_E7, 436, NO,
	    "info-uri" },

	/* E9 */
	{ "no alg [R-034]", H("", PPT, TYP, X5), PAYLOAD, PARAMS, SHAKEN_E9,
	    436, NO, "header-claims" },
	{ "no ppt [R-034]", H(ALG, "", TYP, X5), PAYLOAD, PARAMS, SHAKEN_E9,
	    436, NO, "header-claims" },
	{ "no typ [R-034]", H(ALG, PPT, "", X5), PAYLOAD, PARAMS, SHAKEN_E9,
	    436, NO, "header-claims" },
	{ "no x5u [R-034]", H(ALG, PPT, TYP, ""), PAYLOAD, PARAMS, SHAKEN_E9,
	    436, NO, "header-claims" },
	{ "alg an array", H("\"alg\":[\"ES256\"],", PPT, TYP, X5), PAYLOAD,
	    PARAMS, SHAKEN_E9, 436, NO, "header-claims" },

	/* empty is not absent: E10 to E13 */
	{ "x5u empty", H(ALG, PPT, TYP, "\"x5u\":\"\","), PAYLOAD, PARAMS,
	    SHAKEN_E10, 436, NO, "x5u-is-info" },
	{ "typ empty", H(ALG, PPT, "\"typ\":\"\",", X5), PAYLOAD, PARAMS,
	    SHAKEN_E11, 437, NO, "typ" },
	{ "alg empty [R-027]", H("\"alg\":\"\",", PPT, TYP, X5), PAYLOAD, PARAMS,
	    SHAKEN_E12, 437, NO, "alg" },
	{ "ppt empty", H(ALG, "\"ppt\":\"\",", TYP, X5), PAYLOAD,
	    ";info=<" X5U ">", SHAKEN_E13, 438, NO, "ppt" },
	{ "ppt a number", H(ALG, "\"ppt\":1,", TYP, X5), PAYLOAD,
	    ";info=<" X5U ">", SHAKEN_E9, 436, NO, "header-claims" },

	/* E10 */
	{ "x5u another path [R-046]",
	    H(ALG, PPT, TYP, "\"x5u\":\"https://cert.example.org/1235.pem\","),
	    PAYLOAD, PARAMS, SHAKEN_E10, 436, NO, "x5u-is-info" },
	{ "host in another case [R-046]",
	    H(ALG, PPT, TYP, "\"x5u\":\"https://Cert.example.org/1234.pem\","),
	    PAYLOAD, PARAMS, SHAKEN_E10, 436, NO, "x5u-is-info" },

	/* E11, E12 */
	{ "typ JWT [R-034]", H(ALG, PPT, "\"typ\":\"JWT\",", X5), PAYLOAD,
	    PARAMS, SHAKEN_E11, 437, NO, "typ" },
	{ "alg none [R-027]", H("\"alg\":\"none\",", PPT, TYP, X5), PAYLOAD,
	    PARAMS, SHAKEN_E12, 437, NO, "alg" },
	{ "alg None [R-027]", H("\"alg\":\"None\",", PPT, TYP, X5), PAYLOAD,
	    PARAMS, SHAKEN_E12, 437, NO, "alg" },
	{ "alg HS256 [R-027]", H("\"alg\":\"HS256\",", PPT, TYP, X5), PAYLOAD,
	    PARAMS, SHAKEN_E12, 437, NO, "alg" },
	{ "alg RS256 [R-027]", H("\"alg\":\"RS256\",", PPT, TYP, X5), PAYLOAD,
	    PARAMS, SHAKEN_E12, 437, NO, "alg" },
	{ "alg ES384 [R-027]", H("\"alg\":\"ES384\",", PPT, TYP, X5), PAYLOAD,
	    PARAMS, SHAKEN_E12, 437, NO, "alg" },
	{ "alg parameter differs [R-044]", HEADER, PAYLOAD,
	    ";info=<" X5U ">;alg=HS256;ppt=shaken", 0, 438, NO, "alg-param" },
	{ "crit [R-038]", "{\"crit\":[\"b64\"]," ALG PPT TYP X5 "\"b64\":true}",
	    PAYLOAD, PARAMS, 0, 438, NO, "crit" },

	/* E13 */
	{ "ppt of the token differs [R-044]",
	    H(ALG, "\"ppt\":\"div\",", TYP, X5), PAYLOAD, PARAMS, SHAKEN_E13,
	    438, NO, "ppt" },
	{ "ppt of the token unknown", H(ALG, "\"ppt\":\"foo\",", TYP, X5),
	    PAYLOAD, ";info=<" X5U ">", SHAKEN_E13, 438, NO, "ppt" },

	/* E14 */
	{ "no attest [R-035]", HEADER, P("", DST, IAT, ORG, OID), PARAMS,
	    SHAKEN_E14, 438, NO, "claims" },
	{ "no dest [R-035]", HEADER, P(ATT, "", IAT, ORG, OID), PARAMS,
	    SHAKEN_E14, 438, NO, "claims" },
	{ "no iat [R-035]", HEADER, P(ATT, DST, "", ORG, OID), PARAMS,
	    SHAKEN_E14, 438, NO, "claims" },
	{ "no orig [R-035]", HEADER, P(ATT, DST, IAT, "", OID), PARAMS,
	    SHAKEN_E14, 438, NO, "claims" },
	{ "no origid [R-035]", HEADER, P(ATT, DST, IAT, ORG, ""), PARAMS,
	    SHAKEN_E14, 438, NO, "claims" },
	{ "iat a string [R-033]", HEADER,
	    P(ATT, DST, "\"iat\":\"" NOW "\",", ORG, OID), PARAMS, SHAKEN_E14,
	    438, NO, "claims" },
	{ "iat in milliseconds [R-033]", HEADER,
	    P(ATT, DST, "\"iat\":" NOW "000,", ORG, OID), PARAMS, SHAKEN_E14,
	    438, NO, "claims" },
	{ "attest a number", HEADER, P("\"attest\":1,", DST, IAT, ORG, OID),
	    PARAMS, SHAKEN_E14, 438, NO, "claims" },
	{ "orig with both [R-007]", HEADER, P(ATT, DST, IAT,
	    "\"orig\":{\"tn\":\"12155550121\",\"uri\":\"sip:a@b\"},", OID),
	    PARAMS, SHAKEN_E14, 438, NO, "claims" },
	{ "dest tn a string", HEADER,
	    P(ATT, "\"dest\":{\"tn\":\"12155550131\"},", IAT, ORG, OID), PARAMS,
	    SHAKEN_E14, 438, NO, "claims" },
	{ "dest tn with a number in it", HEADER,
	    P(ATT, "\"dest\":{\"tn\":[\"12155550131\",1]},", IAT, ORG, OID),
	    PARAMS, SHAKEN_E14, 438, NO, "claims" },
	{ "dest tn with a name in it", HEADER,
	    P(ATT, "\"dest\":{\"tn\":[\"alice\",\"12155550131\"]},", IAT,
	    ORG, OID), PARAMS, SHAKEN_E14, 438, NO, "claims" },
	{ "dest with a good tn, and uri no array", HEADER,
	    P(ATT, "\"dest\":{\"tn\":[\"12155550131\"],\"uri\":1},", IAT,
	    ORG, OID), PARAMS, SHAKEN_E14, 438, NO, "claims" },
	{ "payload no JSON [R-024]", HEADER, "{\"dest\":{[\"tn\":1]}}", PARAMS,
	    SHAKEN_E14, 438, NO, "claims" },
	{ "orig twice [R-031]", HEADER, "{" ATT DST IAT ORG ORG OID "\"z\":1}",
	    PARAMS, SHAKEN_E14, 438, NO, "claims" },

	/* E16 */
	{ "orig differs [R-074]", HEADER,
	    P(ATT, DST, IAT, "\"orig\":{\"tn\":\"12155550122\"},", OID), PARAMS,
	    SHAKEN_E16, 438, NO, "orig-match" },
	{ "orig a URI with the number", HEADER,
	    P(ATT, DST, IAT, "\"orig\":{\"uri\":\"sip:12155550121@h\"},", OID),
	    PARAMS, SHAKEN_E16, 438, NO, "orig-match" },
	{ "dest differs [R-074]", HEADER,
	    P(ATT, "\"dest\":{\"tn\":[\"12155550132\"]},", IAT, ORG, OID),
	    PARAMS, SHAKEN_E16, 438, NO, "dest-match" },
	{ "leading ones are no trunk prefix", HEADER,
	    P(ATT, DST, IAT, "\"orig\":{\"tn\":\"112155550121\"},", OID), PARAMS,
	    SHAKEN_E16, 438, NO, "orig-match" },

	/* E19 */
	{ "attest X [R-076]", HEADER,
	    P("\"attest\":\"X\",", DST, IAT, ORG, OID), PARAMS, SHAKEN_E19, 438,
	    NO, "attest" },
	{ "attest a [R-076]", HEADER,
	    P("\"attest\":\"a\",", DST, IAT, ORG, OID), PARAMS, SHAKEN_E19, 438,
	    NO, "attest" },
	{ "attest Axyz", HEADER, P("\"attest\":\"Axyz\",", DST, IAT, ORG, OID),
	    PARAMS, SHAKEN_E19, 438, NO, "attest" },
	{ "attest empty", HEADER, P("\"attest\":\"\",", DST, IAT, ORG, OID),
	    PARAMS, SHAKEN_E19, 438, NO, "attest" },
};

/* the phrases of RFC 8224 section 13.2. */
static const char *
phrase(int code)
{
	return code == 403 ? "Stale Date" : code == 428 ? "Use Identity Header" :
	    code == 436 ? "Bad Identity Info" :
	    code == 437 ? "Unsupported Credential" :
	    code == 438 ? "Invalid Identity Header" : NULL;
}

static void
expect(const struct shaken_verdict *d, const char *name,
    enum shaken_case ecase, int code, enum shaken_verstat verstat,
    const char *check)
{
	cr_expect_eq(d->verstat, verstat, "%s: %s", name,
	    shaken_verstat_name(d->verstat));
	cr_expect_eq(d->ecase, ecase, "%s: E%d", name, (int)d->ecase);
	cr_expect_eq(d->code, code, "%s: %d", name, d->code);
	if (code == 0)
		cr_expect_null(d->reason, "%s", name);
	else
		cr_expect_str_eq(d->reason, phrase(code), "%s [R-080]", name);
	if (check == NULL)
		cr_expect_null(d->check, "%s: %s", name, d->check);
	else
		cr_expect_str_eq(d->check, check, "%s: %s", name, d->check);
	cr_expect_eq(d->detail.text[0] == '\0', check == NULL, "%s: \"%s\"",
	    name, d->detail.text);
}

Test(verify, token_table)
{
	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
		char *token = test_forge(pki.leaf.key, tokens[i].header,
		    tokens[i].payload);
		char *value = test_identity(token, tokens[i].params);
		struct in in = { .identity = value };
		struct shaken_verdict d = run(&in);

		expect(&d, tokens[i].name, tokens[i].ecase, tokens[i].code,
		    tokens[i].verstat, tokens[i].check);
		free(value);
		free(token);
	}
}

/* The last that a Date can say: later than any iat may be. */
#define YEAR_9999 INT64_C(253402300799)

/* Around the token: clock, numbers, certificates, signature. */
Test(verify, clock)
{
	static const struct {
		const char *name; int64_t now, date, freshness;
		enum shaken_case ecase; int code; const char *check;
	} cases[] = {
		{ "iat 60 s old", 60, 0, 0, 0, 0, NULL },
		{ "iat 61 s old [R-073]", 61, 0, 0, SHAKEN_E15, 403,
		    "iat-fresh" },
		{ "iat 61 s ahead [R-073]", -61, 0, 0, SHAKEN_E15, 403,
		    "iat-fresh" },
		{ "iat 300 s old, 300 allowed", 300, 0, 300, 0, 0, NULL },
		{ "iat 301 s old, 300 allowed", 301, 0, 300, SHAKEN_E15, 403,
		    "iat-fresh" },
		{ "Date 59 s old [R-072]", 0, -59, 0, 0, 0, NULL },
		{ "Date 59 s ahead [R-072]", 0, 59, 0, 0, 0, NULL },
		{ "Date 61 s old [R-072]", 0, -61, 0, SHAKEN_E3, 403,
		    "date-fresh" },
		{ "Date 61 s ahead [R-072]", 0, 61, 0, SHAKEN_E3, 403,
		    "date-fresh" },
		{ "Date of the year 9999 [R-072]", 0, YEAR_9999 - TEST_NOW, 0,
		    SHAKEN_E3, 403, "date-fresh" },
		{ "iat old, Date fresh [R-073]", 61, 61, 0, SHAKEN_E15, 403,
		    "iat-fresh" },
		{ "both old: the first is said [R-079]", 100, -10, 0, SHAKEN_E3,
		    403, "date-fresh" },
	};
	char *value = good_value();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct in in = { .identity = value,
			.now = TEST_NOW + cases[i].now,
			.freshness = cases[i].freshness };
		struct shaken_verdict d;

		if (cases[i].date != 0)
			in.date = TEST_NOW + cases[i].date;
		d = run(&in);
		expect(&d, cases[i].name, cases[i].ecase, cases[i].code,
		    cases[i].code == 0 ? PASSED : NO, cases[i].check);
	}
	free(value);
}

/* the wrong key, R-025: any character changed, R-030: forms. */
Test(verify, signature)
{
	char *value = good_value(), *token, *other;
	struct in in = { .identity = value };
	struct shaken_verdict d;
	uint8_t sig[80] = { 0 };

	token = test_forge(pki.inter.key, HEADER, PAYLOAD);
	other = test_identity(token, PARAMS);
	in.identity = other;
	d = run(&in);
	expect(&d, "another key [R-077]", SHAKEN_E18, 438, FAILED, "signature");
	free(other);

	for (size_t n = 63; n <= 72; n++) {
		char *bent = test_with_signature(token, sig, n);

		other = test_identity(bent, PARAMS);
		in.identity = other;
		d = run(&in);
		expect(&d, "zeroes, DER lengths [R-030]", SHAKEN_E18, 438,
		    FAILED, "signature");
		free(other);
		free(bent);
	}
	free(token);
	free(value);
}

/* no single character of the value may change and still pass, but for
 * those that mean the same. */
Test(verify, every_character)
{
	char *value = good_value();
	size_t dots = (size_t)(strchr(value, ';') - value);

	for (size_t i = 0; i < dots; i++) {
		struct in in = { .identity = value };
		struct shaken_verdict d;
		char was = value[i];

		value[i] = was == 'A' ? 'B' : 'A';
		d = run(&in);
		cr_expect_neq(d.verstat, PASSED, "byte %zu", i);
		cr_expect_neq(d.code, 0, "byte %zu", i);
		value[i] = was;
	}
	free(value);
}

/* E8, E17. */
Test(verify, certificates)
{
	struct test_pki other;
	char *value = good_value();
	struct in in = { .identity = value, .chain = "" };
	struct shaken_verdict d = run(&in);

	expect(&d, "no certificate", SHAKEN_E8, 436, NO, "certificate");
	cr_expect_not_null(strstr(d.detail.text, "no certificate"));

	test_pki_init(&other);
	test_pki_make(&other);
	in.chain = other.chain;
	d = run(&in);
	expect(&d, "unknown root [R-078]", SHAKEN_E17, 437, FAILED, "path");
	test_pki_free(&other);

	in.chain = pki.leaf.pem;
	d = run(&in);
	expect(&d, "intermediate missing", SHAKEN_E17, 437, FAILED, "path");
	free(value);
}

/* each certificate, now and at iat. */
Test(verify, certificate_dates)
{
	static const struct {
		const char *name; int64_t from, until, now;
		const char *check;
	} cases[] = {
		{ "valid", -1000, 1000, 0, NULL },
		{ "expired [R-102]", -1000, -1, 0, "valid-now" },
		{ "not yet valid [R-102]", 1, 1000, 0, "valid-now" },
		{ "not at iat, which is older [R-102]", 5, 1000, 10,
		    "valid-at-iat" },
		{ "not at iat, which is ahead [R-102]", -1000, -5, -10,
		    "valid-at-iat" },
	};
	char *token = NULL;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int which = 0; which < 2; which++) {
			struct test_pki p;
			struct test_cert *c;
			struct shaken_trust *was = trust;
			struct in in = { .now = TEST_NOW + cases[i].now };
			struct shaken_verdict d;
			char *value;

			test_pki_init(&p);
			c = which == 0 ? &p.leaf : &p.inter;
			c->spec.not_before = TEST_NOW + cases[i].from;
			c->spec.not_after = TEST_NOW + cases[i].until;
			test_pki_make(&p);
			trust = new_trust(p.root.pem);
			token = test_forge(p.leaf.key, HEADER, PAYLOAD);
			value = test_identity(token, PARAMS);
			in.identity = value;
			in.chain = p.chain;
			d = run(&in);
			if (cases[i].check == NULL)
				expect(&d, cases[i].name, 0, 0, PASSED, NULL);
			else
				expect(&d, cases[i].name, SHAKEN_E17, 437,
				    FAILED, cases[i].check);
			free(value);
			free(token);
			shaken_trust_free(&trust);
			trust = was;
			test_pki_free(&p);
		}
}

/* a certificate that binds the claims. */
Test(verify, claim_constraints)
{
	static const char must[] = "\x30\x09\xa0\x07\x30\x05\x16\x03" "crn";
	static const char exclude[] =	/* mustExclude { "crn" }, RFC 9118 */
	    "\x30\x09\xa2\x07\x30\x05\x16\x03" "crn";
	static const struct {
		const char *name, *payload; bool enhanced; bool pass;
	} cases[] = {
		{ "mustInclude, absent [R-117]", PAYLOAD, false, false },
		{ "mustInclude, there [R-117]",
		    "{" ATT "\"crn\":\"x\"," DST IAT ORG OID "\"z\":1}", false,
		    true },
		{ "mustExclude, absent [R-118]", PAYLOAD, true, true },
		{ "mustExclude, there [R-118]",
		    "{" ATT "\"crn\":\"x\"," DST IAT ORG OID "\"z\":1}", true,
		    false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct shaken_trust *was = trust;
		struct in in = { 0 };
		struct shaken_verdict d;
		struct test_pki p;
		char *token, *value;

		test_pki_init(&p);
		if (cases[i].enhanced)
			p.leaf.spec.enhanced = (struct shaken_sv){ exclude,
				sizeof(exclude) - 1 };
		else
			p.leaf.spec.constraints = (struct shaken_sv){ must,
				sizeof(must) - 1 };
		test_pki_make(&p);
		trust = new_trust(p.root.pem);
		token = test_forge(p.leaf.key, HEADER, cases[i].payload);
		value = test_identity(token, PARAMS);
		in.identity = value;
		in.chain = p.chain;
		d = run(&in);
		if (cases[i].pass)
			expect(&d, cases[i].name, 0, 0, PASSED, NULL);
		else
			expect(&d, cases[i].name, 0, 438, NO,
			    "claim-constraints");
		free(value);
		free(token);
		shaken_trust_free(&trust);
		trust = was;
		test_pki_free(&p);
	}
}

/* the lowest case of several faults. */
Test(verify, several_faults)
{
	char *token = test_forge(pki.inter.key, "{" PPT
	    "\"alg\":\"none\",\"typ\":\"JWT\"," X5 "\"z\":1}", "{}");
	char *value = test_identity(token, PARAMS);
	struct in in = { .identity = value, .chain = "", .date = 1 };
	struct shaken_verdict d = run(&in);

	expect(&d, "Date, typ, alg, claims, key", SHAKEN_E3, 403, NO,
	    "date-fresh");
	in.date = 0;
	d = run(&in);
	expect(&d, "typ, alg, claims, key", SHAKEN_E11, 437, NO, "typ");
	free(value);
	free(token);

	/* signature and attest: E18 before E19 */
	token = test_forge(pki.inter.key, HEADER,
	    P("\"attest\":\"X\",", DST, IAT, ORG, OID));
	value = test_identity(token, PARAMS);
	in = (struct in){ .identity = value };
	d = run(&in);
	expect(&d, "signature and attest", SHAKEN_E18, 438, FAILED,
	    "signature");
	free(value);
	free(token);
}

/* what a failed call claimed, where it could be read. */
Test(verify, claims_of_a_failed_call)
{
	char *token = test_forge(pki.inter.key, HEADER, PAYLOAD);
	char *value = test_identity(token, PARAMS);
	struct in in = { .identity = value };
	struct shaken_verdict d = run(&in);

	cr_expect_eq(d.verstat, FAILED);
	cr_expect_eq(d.attest, 'A');
	cr_expect_str_eq(d.origid, UUID);
	cr_expect_eq(d.iat, TEST_NOW);
	free(value);
	free(token);
}

/* */
Test(verify, no_identity)
{
	struct in in = { .identity = NULL };
	struct shaken_verdict d = run(&in);

	expect(&d, "none", 0, 0, NO, "identity-present");
	in.flags = SHAKEN_REQUIRE_IDENTITY;
	d = run(&in);
	expect(&d, "none, required", 0, 428, NO, "identity-present");
	in.identity = "";
	d = run(&in);
	expect(&d, "an empty field, required", 0, 428, NO, "identity-present");
}

/* alone, and required. */
Test(verify, unsupported_ppt_alone)
{
	char *value = test_text("%s;info=<https://www.example.com/cert.cer>;"
	    "ppt=\"foo\"", test_g4);
	struct in in = { .identity = value };
	struct shaken_verdict d = run(&in);

	expect(&d, "foo", SHAKEN_E5, 438, NO, "ppt-param");
	in.flags = SHAKEN_REQUIRE_IDENTITY;
	d = run(&in);
	expect(&d, "foo, required", 0, 428, NO, "identity-present");
	free(value);
}

/* */
Test(verify, verstat_table)
{
	enum shaken_verstat table[SHAKEN_CASES] = { 0 };
	char *value = good_value();
	struct in in = { .identity = value, .now = TEST_NOW + 100,
		.verstat = table };
	struct shaken_verdict d;

	table[SHAKEN_E15] = FAILED;
	d = run(&in);
	expect(&d, "E15 as Failed", SHAKEN_E15, 403, FAILED, "iat-fresh");
	in.chain = "";
	in.now = 0;
	d = run(&in);
	expect(&d, "E8 as it was", SHAKEN_E8, 436, NO, "certificate");
	free(value);
}

/* No table can make a failed call pass. */
Test(verify, arguments)
{
	enum shaken_verstat table[SHAKEN_CASES] = { [5] = PASSED };
	struct shaken_verify_opts opts = { .size = sizeof(opts),
		.now = TEST_NOW };
	struct shaken_call call = { .size = sizeof(call) };
	struct shaken_verify *v = NULL;

	cr_expect_eq(shaken_verify_begin(trust, &call, &opts, NULL),
	    SHAKEN_E_ARG);
	cr_expect_eq(shaken_verify_begin(NULL, &call, &opts, &v), SHAKEN_E_ARG);
	cr_expect_eq(shaken_verify_begin(trust, NULL, &opts, &v), SHAKEN_E_ARG);
	cr_expect_eq(shaken_verify_begin(trust, &call, NULL, &v), SHAKEN_E_ARG);
	opts.verstat = table;
	cr_expect_eq(shaken_verify_begin(trust, &call, &opts, &v), SHAKEN_E_ARG);
	opts.verstat = NULL;
	opts.flags = 1u << 20;
	cr_expect_eq(shaken_verify_begin(trust, &call, &opts, &v), SHAKEN_E_ARG);
	opts.flags = 0;
	opts.country = "USA";
	cr_expect_eq(shaken_verify_begin(trust, &call, &opts, &v), SHAKEN_E_ARG);
	opts.country = NULL;
	opts.now = -1;
	cr_expect_eq(shaken_verify_begin(trust, &call, &opts, &v), SHAKEN_E_ARG);
	opts.now = TEST_NOW;
	call.n_dest = 1;
	cr_expect_eq(shaken_verify_begin(trust, &call, &opts, &v), SHAKEN_E_ARG);
	call.n_dest = 0;
	call.size = 4;
	cr_expect_eq(shaken_verify_begin(trust, &call, &opts, &v), SHAKEN_E_ARG);
	cr_expect_null(v);
	shaken_verify_free(&v);
	shaken_verify_free(NULL);
}

/* The zero value refuses, and so does a verification that was not finished. */
Test(verify, nothing_proved)
{
	struct shaken_verdict zero = { 0 };
	struct shaken_verify_opts opts = { .size = sizeof(opts),
		.now = TEST_NOW };
	char *value = good_value();
	struct shaken_sv sv = shaken_sv_cstr(value);
	struct shaken_call call = { .size = sizeof(call), .identity = &sv,
		.n_identity = 1 };
	struct shaken_chain *chain = chain_of(pki.chain);
	struct shaken_verify *v = NULL;

	cr_expect_eq(zero.verstat, NO);
	cr_assert_eq(shaken_verify_begin(trust, &call, &opts, &v), SHAKEN_OK);
	shaken_verify_chain(v, 0, chain);
	cr_expect_eq(shaken_verify_verdict(v)->verstat, NO);
	cr_expect_eq(shaken_verify_verdict_of(v, 0)->verstat, NO);
	cr_expect_eq(shaken_verify_verdict_of(v, 7)->verstat, NO);
	shaken_verify_free(&v);
	shaken_chain_free(&chain);
	free(value);
}

/* Tolerances: each off, then on. */
static const struct {
	const char	*name, *header, *payload, *params;
	unsigned	 flag;
} tolerances[] = {
	{ "base PASSporT", H(ALG, "", TYP, X5), PAYLOAD, ";info=<" X5U ">",
	    SHAKEN_ACCEPT_BASE },
	{ "dest.tn a string", HEADER,
	    P(ATT, "\"dest\":{\"tn\":\"12155550131\"},", IAT, ORG, OID), PARAMS,
	    SHAKEN_ACCEPT_DEST_STRING },
	{ "http x5u",
	    H(ALG, PPT, TYP, "\"x5u\":\"http://cert.example.org:8080/a\","),
	    PAYLOAD, ";info=<http://cert.example.org:8080/a>",
	    SHAKEN_ACCEPT_HTTP },
};

Test(verify, tolerances)
{
	for (size_t i = 0; i < 3; i++) {
		char *token = test_forge(pki.leaf.key, tolerances[i].header,
		    tolerances[i].payload);
		char *value = test_identity(token, tolerances[i].params);
		struct in in = { .identity = value };

		cr_expect_neq(run(&in).verstat, PASSED, "%s",
		    tolerances[i].name);
		in.flags = tolerances[i].flag;
		cr_expect_eq(run(&in).verstat, PASSED, "%s",
		    tolerances[i].name);
		free(value);
		free(token);
	}
}

/* With base PASSporTs accepted, an empty ppt still is no missing one. */
Test(verify, empty_ppt_is_no_base)
{
	char *token = test_forge(pki.leaf.key,
	    H(ALG, "\"ppt\":\"\",", TYP, X5), PAYLOAD);
	char *value = test_identity(token, ";info=<" X5U ">");
	struct in in = { .identity = value, .flags = SHAKEN_ACCEPT_BASE };
	struct shaken_verdict d = run(&in);

	expect(&d, "ppt empty", SHAKEN_E13, 438, NO, "ppt");
	free(value);
	free(token);
}

Test(verify, require_uuid)
{
	char *token = test_forge(pki.leaf.key, HEADER,
	    P(ATT, DST, IAT, ORG, "\"origid\":\"x\","));
	char *value = test_identity(token, PARAMS);
	struct in in = { .identity = value, .flags = SHAKEN_REQUIRE_UUID };
	struct shaken_verdict d = run(&in);

	expect(&d, "origid x, UUID required", 0, 438, NO, "origid");
	free(value);
	free(token);
}

/* R-036 in a whole value: "=" reaches the decoder. */
Test(verify, padding)
{
	char *token = test_forge(pki.leaf.key, HEADER, PAYLOAD);
	char *value = test_text("%s==%s", token, PARAMS);
	struct in in = { .identity = value };
	struct shaken_verdict d = run(&in);

	expect(&d, "padding [R-036]", SHAKEN_E4, 438, NO, "full-form");
	in.flags = SHAKEN_ACCEPT_PADDING;
	cr_expect_eq(run(&in).verstat, PASSED);
	free(value);
	free(token);
}

/* nothing to compare with is told, and no failure. */
Test(verify, not_compared)
{
	char *value = good_value();
	struct in in = { .identity = value, .orig = "", .dest = "" };

	cr_expect_eq(run(&in).verstat, PASSED);
	free(value);
}

/* several values of one call. */
Test(verify, several_values)
{
	char *good = good_value();
	char *token = test_forge(pki.inter.key, HEADER, PAYLOAD);
	char *bad = test_identity(token, PARAMS);
	char *old = test_forge(pki.leaf.key, HEADER,
	    P(ATT, DST, "\"iat\":1600000000,", ORG, OID));
	char *stale = test_identity(old, PARAMS);
	char *foo = test_text("%s;info=<https://www.example.com/cert.cer>;"
	    "ppt=\"foo\"", test_g4);
	const struct {
		const char *name; const char *v[3];
		enum shaken_verstat verstat; int code; size_t value;
	} cases[] = {
		{ "one valid of two [R-048]", { bad, good, NULL }, PASSED, 0, 1 },
		{ "one valid of three [R-048]", { foo, good, bad }, PASSED, 0, 1 },
		{ "all invalid: the one that came furthest [R-048]",
		    { stale, bad, stale }, FAILED, 438, 1 },
		{ "unsupported is ignored [R-049]", { foo, stale, NULL }, NO, 403,
		    1 },
		{ "garbage beside a valid one", { ";;;", "x", good }, PASSED, 0,
		    2 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct shaken_verify_opts opts = { .size = sizeof(opts),
			.now = TEST_NOW };
		struct shaken_sv values[3];
		struct shaken_call call = { .size = sizeof(call),
			.identity = values };
		struct shaken_chain *chain = chain_of(pki.chain);
		struct shaken_verify *v = NULL;
		const struct shaken_verdict *d;

		for (; call.n_identity < 3 &&
		    cases[i].v[call.n_identity] != NULL; call.n_identity++)
			values[call.n_identity] = shaken_sv_cstr(
			    cases[i].v[call.n_identity]);
		cr_assert_eq(shaken_verify_begin(trust, &call, &opts, &v),
		    SHAKEN_OK);
		cr_expect_eq(shaken_verify_n(v), call.n_identity);
		for (size_t k = 0; k < shaken_verify_n(v); k++)
			if (shaken_verify_x5u(v, k).n > 0)
				shaken_verify_chain(v, k, chain);
		cr_assert_eq(shaken_verify_finish(v), SHAKEN_OK);
		d = shaken_verify_verdict(v);
		cr_expect_eq(d->verstat, cases[i].verstat, "%s", cases[i].name);
		cr_expect_eq(d->code, cases[i].code, "%s", cases[i].name);
		cr_expect_eq(d->value, cases[i].value, "%s", cases[i].name);
		shaken_verify_free(&v);
		shaken_chain_free(&chain);
	}

	/* the same, folded into one field with commas */
	{
		char *list = test_text("%s, %s ,%s", foo, bad, good);
		struct in in = { .identity = list };

		cr_expect_eq(run(&in).verstat, PASSED);
		cr_expect_eq(run(&in).value, 2);
		free(list);
	}
	free(good);
	free(bad);
	free(stale);
	free(old);
	free(foo);
	free(token);
}

/* A call with more values than anybody needs costs a bounded amount. */
Test(verify, too_many_values)
{
	struct shaken_verify_opts opts = { .size = sizeof(opts),
		.now = TEST_NOW };
	struct shaken_sv values[60];
	struct shaken_call call = { .size = sizeof(call), .identity = values,
		.n_identity = 60 };
	struct shaken_verify *v = NULL;

	for (size_t i = 0; i < 60; i++)
		values[i] = SHAKEN_SV_LIT("a.b.c,d.e.f");
	cr_assert_eq(shaken_verify_begin(trust, &call, &opts, &v), SHAKEN_OK);
	cr_expect_eq(shaken_verify_n(v), SHAKEN_VALUES_MAX);
	shaken_verify_free(&v);
}

/* Nothing is fetched for a token that cannot pass. */
Test(verify, x5u_only_where_it_can_help)
{
	struct shaken_verify_opts opts = { .size = sizeof(opts),
		.now = TEST_NOW + 100 };
	char *value = good_value();
	struct shaken_sv sv = shaken_sv_cstr(value);
	struct shaken_call call = { .size = sizeof(call), .identity = &sv,
		.n_identity = 1 };
	struct shaken_verify *v = NULL;

	cr_assert_eq(shaken_verify_begin(trust, &call, &opts, &v), SHAKEN_OK);
	cr_expect_eq(shaken_verify_x5u(v, 0).n, 0);
	cr_expect_eq(shaken_verify_x5u(v, 1).n, 0);
	shaken_verify_free(&v);
	opts.now = TEST_NOW;
	cr_assert_eq(shaken_verify_begin(trust, &call, &opts, &v), SHAKEN_OK);
	cr_expect_eq(shaken_verify_x5u(v, 0).n, strlen(X5U));
	cr_expect_eq(memcmp(shaken_verify_x5u(v, 0).p, X5U, strlen(X5U)), 0);
	shaken_verify_no_chain(v, 0, "host is down\n");
	cr_assert_eq(shaken_verify_finish(v), SHAKEN_OK);
	cr_expect_str_eq(shaken_verify_verdict(v)->detail.text,
	    "host is down?");
	shaken_verify_free(&v);
	free(value);
}

/* A chain judged under a trust that has gone is judged again. */
Test(verify, trust_replaced)
{
	struct shaken_verify_opts opts = { .size = sizeof(opts),
		.now = TEST_NOW };
	char *value = good_value();
	struct shaken_sv sv = shaken_sv_cstr(value);
	struct shaken_call call = { .size = sizeof(call), .identity = &sv,
		.n_identity = 1 };
	struct shaken_chain *chain = chain_of(pki.chain);
	struct shaken_trust *empty = NULL;
	struct shaken_verify *v = NULL;

	cr_assert_eq(shaken_trust_new(NULL, &empty), SHAKEN_OK);
	cr_assert_eq(shaken_verify_begin(empty, &call, &opts, &v), SHAKEN_OK);
	shaken_verify_chain(v, 0, chain);
	cr_assert_eq(shaken_verify_finish(v), SHAKEN_OK);
	cr_expect_eq(shaken_verify_verdict(v)->ecase, SHAKEN_E17);
	shaken_verify_free(&v);
	shaken_trust_free(&empty);
	shaken_chain_free(&chain);
	free(value);
}

/* The full ordered list, and nothing after a failure. */
Test(verify, explain)
{
	static const char *const order[] = { "date-fresh", "identity-syntax",
		"full-form", "ppt-param", "info-present", "info-uri",
		"header-claims", "x5u-is-info", "typ", "alg", "alg-param",
		"crit", "ppt", "claims", "iat-fresh", "orig-match",
		"dest-match", "certificate", "leaf-profile", "tnauthlist",
		"constraints-form", "path", "valid-now", "valid-at-iat",
		"policy", "delegation", "revocation", "orig-scope",
		"signature", "claim-constraints", "attest", "origid",
		"replay", "div-chain" };
	const size_t n = sizeof(order) / sizeof(order[0]);
	struct shaken_verify_opts opts = { .size = sizeof(opts),
		.now = TEST_NOW, .flags = SHAKEN_EXPLAIN };
	struct shaken_sv values[2];
	struct shaken_call call = { .size = sizeof(call), .identity = values,
		.n_identity = 2 };
	char *token = test_forge(pki.leaf.key, HEADER, PAYLOAD);
	char *good = test_identity(token, PARAMS);
	char *bad = test_identity(token, ";ppt=shaken");
	struct shaken_chain *chain = chain_of(pki.chain);
	const struct shaken_check *c;
	struct shaken_verify *v = NULL;

	values[0] = shaken_sv_cstr(good);
	values[1] = shaken_sv_cstr(bad);
	cr_assert_eq(shaken_verify_begin(trust, &call, &opts, &v), SHAKEN_OK);
	shaken_verify_chain(v, 0, chain);
	cr_assert_eq(shaken_verify_finish(v), SHAKEN_OK);
	cr_assert_eq(shaken_verify_checks(v, 0, &c), n);
	for (size_t i = 0; i < n; i++) {
		cr_expect_str_eq(c[i].name, order[i]);
		cr_expect_neq(c[i].result, SHAKEN_FAIL, "%s: %s", c[i].name,
		    c[i].detail);
		cr_expect_not_null(strstr(c[i].rule, "ection") != NULL ?
		    c[i].rule : strstr(c[i].rule, "ATIS"), "%s", c[i].name);
		cr_expect(c[i].hint[0] != '\0');
	}
	cr_expect_str_eq(c[14].detail, "iat is 0 s old, 60 s allowed");
	cr_expect_eq(c[28].result, SHAKEN_PASS);

	cr_assert_eq(shaken_verify_checks(v, 1, &c), n);
	cr_expect_eq(c[4].result, SHAKEN_FAIL);
	cr_expect_str_eq(c[4].detail, "there is no info parameter");
	for (size_t i = 5; i < n; i++)
		cr_expect_eq(c[i].result, SHAKEN_SKIPPED, "%s", c[i].name);
	cr_expect_eq(shaken_verify_checks(v, 2, &c), 0);
	shaken_verify_free(&v);

	opts.flags = 0;
	cr_assert_eq(shaken_verify_begin(trust, &call, &opts, &v), SHAKEN_OK);
	cr_expect_eq(shaken_verify_checks(v, 0, &c), 0);
	shaken_verify_free(&v);
	shaken_chain_free(&chain);
	free(token);
	free(good);
	free(bad);
}

Test(verify, names)
{
	cr_expect_str_eq(shaken_verstat_name(PASSED), "TN-Validation-Passed");
	cr_expect_str_eq(shaken_verstat_name(FAILED), "TN-Validation-Failed");
	cr_expect_str_eq(shaken_verstat_name(NO), "No-TN-Validation");
	cr_expect_str_eq(shaken_verstat_name((enum shaken_verstat)77),
	    "No-TN-Validation");
	cr_expect_null(shaken_reason_phrase(200));
	cr_expect_eq(shaken_case_verstat(SHAKEN_E16), NO);
	cr_expect_eq(shaken_case_verstat(SHAKEN_E17), FAILED);
	cr_expect_eq(shaken_case_verstat(SHAKEN_E18), FAILED);
	cr_expect_eq(shaken_case_verstat(SHAKEN_E19), NO);
}
