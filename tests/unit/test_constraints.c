/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>
#include <openssl/pem.h>

#include <shaken/cert.h>

#include "constraints.h"
#include "pki.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* Just enough of a DER writer: every length is below 128. */
struct der {
	char	p[128];
	size_t	n;
};

static struct der
cat(struct der a, struct der b)
{
	cr_assert_leq(a.n + b.n, sizeof(a.p));
	memcpy(a.p + a.n, b.p, b.n);
	a.n += b.n;
	return a;
}

static struct der
wrap(char tag, struct der in)
{
	struct der head = { .p = { tag, (char)in.n }, .n = 2 };

	cr_assert_lt(in.n, 128);
	return cat(head, in);
}

/* "a,b" as SEQUENCE OF strings of that tag; NULL: nothing at all. */
static struct der
strings(char tag, const char *list)
{
	struct der out = { .n = 0 };

	while (list != NULL && *list != '\0') {
		struct der one = { .n = strcspn(list, ",") };

		memcpy(one.p, list, one.n);
		out = cat(out, wrap(tag, one));
		list += one.n + (list[one.n] == ',');
	}
	return list == NULL ? out : wrap(0x30, out);
}

/* "claim=a,b claim=c" as SEQUENCE OF JWTClaimValues. */
static struct der
permitted(const char *list)
{
	struct der out = { .n = 0 };

	while (list != NULL && *list != '\0') {
		size_t n = strcspn(list, " ");
		struct der name = { .n = strcspn(list, "=") };
		char values[64] = "";

		memcpy(name.p, list, name.n);
		memcpy(values, list + name.n + 1, n - name.n - 1);
		out = cat(out, wrap(0x30, cat(wrap(0x16, name),
		    strings(0x0c, values))));
		list += n + (list[n] == ' ');
	}
	return list == NULL ? out : wrap(0x30, out);
}

/* The three lists of the module; NULL: absent, "": an empty list. */
struct text {
	const char	*include, *permitted, *exclude;
};

static struct der
encode(struct text t)
{
	struct der out = { .n = 0 };

	if (t.include != NULL)
		out = cat(out, wrap((char)0xa0, strings(0x16, t.include)));
	if (t.permitted != NULL)
		out = cat(out, wrap((char)0xa1, permitted(t.permitted)));
	if (t.exclude != NULL)
		out = cat(out, wrap((char)0xa2, strings(0x16, t.exclude)));
	return wrap(0x30, out);
}

/* A certificate with those two extension values; n 0: without. */
static X509 *
certificate(struct der plain, struct der enhanced)
{
	struct test_cert t = { .spec = {
		.size = sizeof(t.spec), .subject = { .cn = "x" },
		.not_after = TEST_NOW,
		.constraints = { plain.p, plain.n },
		.enhanced = { enhanced.p, enhanced.n },
	} };
	X509 *x;
	BIO *bio;

	test_cert_make(&t, NULL);
	bio = BIO_new_mem_buf(t.pem, -1);
	x = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	cr_assert_not_null(x);
	BIO_free(bio);
	test_cert_free(&t);
	return x;
}

static struct shk_constraints *
read_ok(struct der plain, struct der enhanced, const char *name)
{
	X509 *x = certificate(plain, enhanced);
	struct shk_constraints *k = NULL;
	struct shaken_diag diag;

	cr_assert_eq(shk_constraints_read(x, &k, &diag), SHAKEN_OK, "%s: %s",
	    name, diag.text);
	cr_expect_eq(diag.text[0], '\0', "%s", name);
	X509_free(x);
	return k;
}

static const struct der none = { .n = 0 };

/* json NULL: shk_constraints_read() finds nothing to hold a token to */
static const struct {
	const char	*name;
	bool		 enhanced;
	struct text	 text;
	const char	*json;
} readable[] = {
	{ "include", false, { "a,b", NULL, NULL },
	    "{\"mustInclude\":[\"a\",\"b\"]}" },
	{ "permitted", false, { NULL, "a=x,y b=1", NULL },
	    "{\"permittedValues\":{\"a\":[\"x\",\"y\"],\"b\":[\"1\"]}}" },
	{ "both", false, { "a", "a=x", NULL },
	    "{\"mustInclude\":[\"a\"],\"permittedValues\":{\"a\":[\"x\"]}}" },
	{ "R-120 as figure 1", true,
	    { "confidence", "confidence=high,medium", "priority" },
	    "{\"mustInclude\":[\"confidence\"],\"permittedValues\":"
	    "{\"confidence\":[\"high\",\"medium\"]},\"mustExclude\":"
	    "[\"priority\"]}" },
	{ "exclude alone", true, { NULL, NULL, "rcd" },
	    "{\"mustExclude\":[\"rcd\"]}" },
	{ "UTF-8 value", false, { NULL, "a=\xc3\xa9", NULL },
	    "{\"permittedValues\":{\"a\":[\"\xc3\xa9\"]}}" },
	{ "R-118 exclude iat", true, { "a", NULL, "x,iat" }, NULL },
	{ "R-118 exclude orig", true, { NULL, NULL, "orig" }, NULL },
	{ "R-118 exclude dest", true, { NULL, "a=x", "dest,x" }, NULL },
	{ "R-118 exclude a longer name", true, { NULL, NULL, "origid" },
	    "{\"mustExclude\":[\"origid\"]}" },
};

Test(constraints, readable_table)
{
	for (size_t i = 0; i < N(readable); i++) {
		struct der der = encode(readable[i].text);
		struct shk_constraints *k = readable[i].enhanced ?
		    read_ok(none, der, readable[i].name) :
		    read_ok(der, none, readable[i].name);
		char *json;

		cr_expect_eq(k == NULL, readable[i].json == NULL, "%s",
		    readable[i].name);
		if (k == NULL)
			continue;
		json = shk_constraints_json(k);
		cr_expect_str_eq(json, readable[i].json, "%s",
		    readable[i].name);
		free(json);
		shk_constraints_free(&k);
		cr_expect_null(k);
	}
}
/* What cert show prints makes the same extension again. */
Test(constraints, encode_readable)
{
	for (size_t i = 0; i < N(readable); i++) {
		struct der der = encode(readable[i].text);
		struct shaken_diag diag;
		uint8_t out[128];
		bool enhanced;
		size_t len;

		if (readable[i].json == NULL)
			continue;
		cr_expect_eq(shaken_constraints_encode(shaken_sv_cstr(
		    readable[i].json), out, der.n, &len, &enhanced, &diag),
		    SHAKEN_OK, "%s: %s", readable[i].name, diag.text);
		cr_expect(len == der.n && memcmp(out, der.p, len) == 0, "%s",
		    readable[i].name);
		cr_expect_eq(enhanced, readable[i].enhanced, "%s",
		    readable[i].name);
		cr_expect_eq(shaken_constraints_encode(shaken_sv_cstr(
		    readable[i].json), out, der.n - 1, &len, &enhanced, NULL),
		    SHAKEN_E_LIMIT, "%s", readable[i].name);
		cr_expect_eq(len, 0, "%s", readable[i].name);
	}
}

Test(constraints, encode_refused)
{
	static const struct {
		const char	*name, *json;
		enum shaken_err	 err;
	} rows[] = {
		{ "no JSON", "{", SHAKEN_E_JSON },
		{ "no object", "[]", SHAKEN_E_JSON },
		{ "a member twice", "{\"mustExclude\":[\"a\"],"
		    "\"mustExclude\":[\"b\"]}", SHAKEN_E_JSON },
		{ "nothing", "{}", SHAKEN_E_CLAIM },
		{ "another member", "{\"mustExclude\":[\"a\"],\"x\":1}",
		    SHAKEN_E_CLAIM },
		{ "no list", "{\"mustInclude\":\"a\"}", SHAKEN_E_CLAIM },
		{ "an object for a list", "{\"mustInclude\":{\"a\":[]}}",
		    SHAKEN_E_CLAIM },
		{ "an empty list", "{\"mustInclude\":[]}", SHAKEN_E_CLAIM },
		{ "a number in a list", "{\"mustExclude\":[\"a\",1]}",
		    SHAKEN_E_CLAIM },
		{ "an empty name", "{\"mustInclude\":[\"\"]}",
		    SHAKEN_E_CLAIM },
		{ "a name that is not ASCII",
		    "{\"mustExclude\":[\"\xc3\xa9\"]}", SHAKEN_E_CLAIM },
		{ "a list for permittedValues",
		    "{\"permittedValues\":[\"a\"]}", SHAKEN_E_CLAIM },
		{ "nothing permitted", "{\"permittedValues\":{}}",
		    SHAKEN_E_CLAIM },
		{ "no value permitted", "{\"permittedValues\":{\"a\":[]}}",
		    SHAKEN_E_CLAIM },
		{ "a claim without a list",
		    "{\"permittedValues\":{\"a\":\"b\"}}", SHAKEN_E_CLAIM },
	};
	uint8_t out[128];
	bool enhanced;
	size_t len;

	for (size_t i = 0; i < N(rows); i++) {
		struct shaken_diag diag;

		len = 1;
		cr_expect_eq(shaken_constraints_encode(shaken_sv_cstr(
		    rows[i].json), out, sizeof(out), &len, &enhanced, &diag),
		    rows[i].err, "%s", rows[i].name);
		cr_expect_eq(len, 0, "%s", rows[i].name);
		cr_expect_neq(diag.text[0], '\0', "%s", rows[i].name);
	}
	cr_expect_eq(shaken_constraints_encode(SHAKEN_SV_LIT("{}"), NULL, 0,
	    &len, &enhanced, NULL), SHAKEN_E_ARG);
	cr_expect_eq(shaken_constraints_encode(SHAKEN_SV_LIT("{}"), out,
	    sizeof(out), NULL, &enhanced, NULL), SHAKEN_E_ARG);
	cr_expect_eq(shaken_constraints_encode(SHAKEN_SV_LIT("{}"), out,
	    sizeof(out), &len, NULL, NULL), SHAKEN_E_ARG);
}

Test(constraints, none)
{
	struct shk_constraints *k = read_ok(none, none, "none");

	cr_expect_null(k);
	shk_constraints_free(&k);
	shk_constraints_free(NULL);
	cr_expect_eq(shk_constraints_check(NULL, NULL, NULL), SHAKEN_OK);
}

static void
expect_refused(const char *name, struct der plain, struct der enhanced,
    const char *reason)
{
	X509 *x = certificate(plain, enhanced);
	struct shk_constraints *k = (struct shk_constraints *)(uintptr_t)1;
	struct shaken_diag diag;

	cr_expect_eq(shk_constraints_read(x, &k, &diag), SHAKEN_E_CERT, "%s",
	    name);
	cr_expect_null(k, "%s", name);
	cr_expect(strstr(diag.text, reason) != NULL, "%s: %s", name,
	    diag.text);
	X509_free(x);
}

Test(constraints, refused)
{
	struct der a = encode((struct text){ "a", NULL, NULL });
	struct der b = a;

	expect_refused("R-119 both", a, a, "RFC 9118 section 6");
	b.p[b.n++] = 0;
	expect_refused("a byte more", b, none, "RFC 8226 section 8");
	expect_refused("a byte more", none, b, "RFC 9118 section 4");
	b.n -= 2;
	expect_refused("truncated", b, none, "malformed");
	expect_refused("empty SEQUENCE", wrap(0x30, none), none, "malformed");
	expect_refused("empty mustInclude", encode((struct text){
	    "", NULL, NULL }), none, "malformed");
	expect_refused("empty permittedValues", encode((struct text){
	    NULL, "", NULL }), none, "malformed");
	expect_refused("empty mustExclude", none, encode((struct text){
	    NULL, NULL, "" }), "malformed");
	expect_refused("no values", encode((struct text){
	    NULL, "a=", NULL }), none, "malformed");
	expect_refused("a claim twice", encode((struct text){
	    NULL, "a=x a=y", NULL }), none, "malformed");
	expect_refused("mustExclude in JWTClaimConstraints",
	    encode((struct text){ NULL, NULL, "a" }), none, "malformed");
	expect_refused("name with a high bit", encode((struct text){
	    "\xe9", NULL, NULL }), none, "malformed");
	expect_refused("empty name", wrap(0x30, wrap((char)0xa0, wrap(0x30,
	    wrap(0x16, none)))), none, "malformed");
	expect_refused("value that is no UTF-8", encode((struct text){
	    NULL, "a=\xe9", NULL }), none, "malformed");
	expect_refused("names in UTF8String", wrap(0x30, wrap((char)0xa0,
	    strings(0x0c, "a"))), none, "malformed");
	expect_refused("IMPLICIT tag", wrap(0x30, cat(wrap((char)0xa0,
	    wrap(0x16, (struct der){ "a", 1 })), none)), none, "malformed");
}

/* SEQUENCE { [0] SEQUENCE of n one-letter names }, lengths in two bytes */
static size_t
many_names(size_t n, char *out)
{
	static const char tags[] = { 0x30, (char)0xa0, 0x30 };
	size_t at = 0;

	for (size_t i = 0; i < sizeof(tags); i++) {
		size_t left = 3 * n + 4 * (sizeof(tags) - 1 - i);

		out[at++] = tags[i];
		out[at++] = (char)0x82;
		out[at++] = (char)(left >> 8);
		out[at++] = (char)(left & 0xff);
	}
	for (size_t i = 0; i < n; i++) {
		out[at++] = 0x16;
		out[at++] = 1;
		out[at++] = 'a';
	}
	return at;
}

Test(constraints, list_limit)
{
	static char der[1024];
	const struct {
		size_t		 n;
		enum shaken_err	 err;
	} rows[] = { { 256, SHAKEN_OK }, { 257, SHAKEN_E_CERT } };

	for (size_t i = 0; i < N(rows); i++) {
		struct test_cert t = { .spec = {
			.size = sizeof(t.spec), .subject = { .cn = "x" },
			.not_after = TEST_NOW,
			.enhanced = { der, many_names(rows[i].n, der) },
		} };
		struct shk_constraints *k;
		BIO *bio;
		X509 *x;

		test_cert_make(&t, NULL);
		bio = BIO_new_mem_buf(t.pem, -1);
		x = PEM_read_bio_X509(bio, NULL, NULL, NULL);
		cr_assert_not_null(x);
		cr_expect_eq(shk_constraints_read(x, &k, NULL), rows[i].err,
		    "%zu names", rows[i].n);
		shk_constraints_free(&k);
		X509_free(x);
		BIO_free(bio);
		test_cert_free(&t);
	}
}

static const struct {
	const char	*name;
	struct text	 text; /* in the enhanced extension */
	const char	*payload;
	const char	*claim; /* that is to blame; NULL: none */
} checks[] = {
	{ "R-117 mustInclude there", { "a", NULL, NULL }, "{\"a\":1}", NULL },
	{ "R-117 mustInclude absent", { "a", NULL, NULL }, "{\"b\":1}", "a" },
	{ "R-117 one of two absent", { "a,b", NULL, NULL }, "{\"a\":1}",
	    "b" },
	{ "R-117 null is a value", { "a", NULL, NULL }, "{\"a\":null}", NULL },
	{ "R-117 name by case", { "a", NULL, NULL }, "{\"A\":1}", "a" },
	{ "R-117 name as a whole", { "attest", NULL, NULL },
	    "{\"attests\":1,\"atte\":1}", "attest" },
	{ "R-117 permitted", { NULL, "attest=A,B", NULL },
	    "{\"attest\":\"B\"}", NULL },
	{ "R-117 not permitted", { NULL, "attest=A,B", NULL },
	    "{\"attest\":\"C\"}", "attest" },
	{ "R-117 a part is not the value", { NULL, "attest=A", NULL },
	    "{\"attest\":\"AA\"}", "attest" },
	{ "R-117 absent is fine", { NULL, "attest=A", NULL }, "{}", NULL },
	{ "R-117 second claim not permitted", { NULL, "a=x b=y", NULL },
	    "{\"a\":\"x\",\"b\":\"x\"}", "b" },
	{ "R-117 number by its text", { NULL, "n=5", NULL }, "{\"n\":5}",
	    NULL },
	{ "R-117 other number", { NULL, "n=5", NULL }, "{\"n\":50}", "n" },
	{ "R-117 true by its text", { NULL, "n=true", NULL }, "{\"n\":true}",
	    NULL },
	{ "R-117 string of an object is not the object",
	    { NULL, "o={\"x\":1}", NULL }, "{\"o\":{\"x\":1}}", NULL },
	{ "R-117 object, sorted and without blanks",
	    { NULL, "o={\"x\":1}", NULL }, "{\"o\": { \"x\" : 1 } }", NULL },
	{ "R-117 other object", { NULL, "o={\"x\":1}", NULL },
	    "{\"o\":{\"x\":2}}", "o" },
	{ "R-117 number without a canonical form", { NULL, "n=1.5", NULL },
	    "{\"n\":1.5}", "n" },
	{ "R-118 mustExclude absent", { NULL, NULL, "rcd" }, "{\"a\":1}",
	    NULL },
	{ "R-118 mustExclude there", { NULL, NULL, "rcd" }, "{\"rcd\":1}",
	    "rcd" },
	{ "R-118 second of two there", { NULL, NULL, "crn,rcd" },
	    "{\"rcd\":null}", "rcd" },
	{ "R-118 all three kept", { "a", "a=x", "b" }, "{\"a\":\"x\"}",
	    NULL },
};

Test(constraints, check_table)
{
	for (size_t i = 0; i < N(checks); i++) {
		const char *name = checks[i].name, *claim = checks[i].claim;
		struct shk_constraints *k = read_ok(none,
		    encode(checks[i].text), name);
		json_t *payload = json_loads(checks[i].payload, 0, NULL);
		struct shaken_diag diag = { "stale" };
		char want[64] = "";

		cr_assert_not_null(payload, "%s", name);
		cr_expect_eq(shk_constraints_check(k, payload, &diag),
		    claim == NULL ? SHAKEN_OK : SHAKEN_E_CLAIM, "%s: %s",
		    name, diag.text);
		if (claim != NULL)
			snprintf(want, sizeof(want), "claim %s ", claim);
		cr_expect(strncmp(diag.text, want, strlen(want)) == 0 &&
		    (claim != NULL || diag.text[0] == '\0'), "%s: %s", name,
		    diag.text);
		json_decref(payload);
		shk_constraints_free(&k);
	}
}
