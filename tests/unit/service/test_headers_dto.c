/* SPDX-License-Identifier: Apache-2.0 */
/* Header fields of a verdict: verstat (3GPP TS 24.229 section 7.2A.20),
 * attestation, Reason (RFC 9410). */
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <jansson.h>

#include "api.h"
#include "calls.h"
#include "forge.h"
#include "pki.h"

#define ORIG "12155551212"
#define DEST "12355551212"
#define UUID "123e4567-e89b-12d3-a456-426655440000"
#define CLAIMS(orig, more) "{\"dest\":{\"tn\":[\"" DEST "\"]}," \
	"\"iat\":1700000000,\"orig\":{\"tn\":\"" orig "\"}" more "}"
#define SHAKEN(origid) CLAIMS(ORIG, ",\"attest\":\"B\",\"origid\":\"" origid \
	"\"")

static struct test_pki pki;
static struct shaken_trust *trust;
static struct shaken_chain *chain;

static void
setup(void)
{
	test_calls_init(&pki, &trust, &chain);
}

static void
teardown(void)
{
	test_calls_free(&pki, &trust, &chain);
}

TestSuite(headers, .init = setup, .fini = teardown);

typedef char *(*answer_fn)(const struct api_verify *req,
    const struct shaken_verify *v, const struct api_render *r);

/* What fn makes of a message with these header fields, for free(). */
static char *
answer_of(answer_fn fn, const char *fields, const char *identity,
    const struct api_render *r)
{
	char *message = test_text("INVITE tel:+" DEST " SIP/2.0\r\nCall-ID: 1"
	    "\r\nTo: <tel:+" DEST ">\r\n%s%s\r\n", fields, identity);
	const struct shaken_verify_opts opts = { .size = sizeof(opts),
		.now = TEST_NOW, .country = "1" };
	struct shaken_call call = { .size = sizeof(call) };
	struct api_verify req;
	struct api_error e;
	struct shaken_verify *v;
	char *text;

	cr_assert(api_verify_from_sip(shaken_sv_cstr(message), "1", &req, &e),
	    "%s", e.text);
	call.identity = req.identity;
	call.n_identity = req.n_identity;
	call.orig = &req.orig;
	call.dest = req.dest;
	call.n_dest = req.n_dest;
	cr_assert_eq(shaken_verify_begin(trust, &call, &opts, &v), SHAKEN_OK);
	for (size_t i = 0; i < shaken_verify_n(v); i++)
		shaken_verify_chain(v, i, chain);
	cr_assert_eq(shaken_verify_finish(v), SHAKEN_OK);
	text = fn(&req, v, r);
	shaken_verify_free(&v);
	api_verify_clear(&req);
	free(message);
	return text;
}

static char *
fragment_of(const char *fields, const char *identity,
    const struct api_render *r)
{
	char *text = answer_of(api_verify_fragment, fields, identity, r);

	cr_assert_not_null(text);
	return text;
}

static char *
identity_of(const char *ppt, const char *payload)
{
	char *value = test_value(pki.leaf.key, ppt, payload);
	char *field = test_text("Identity: %s\r\n", value);

	free(value);
	return field;
}

#define F_ALICE "From: \"Alice\" <sip:+" ORIG "@a.example>;tag=1\r\n"
#define F_ALICE_MARKED "From: \"Alice\" <sip:+" ORIG ";verstat=TN-Validation-" \
	"Passed@a.example>;tag=1\r\n"
#define F_ANON "From: \"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=1\r\n"
#define F_SPOOF "From: <sip:+12155559999;verstat=TN-Validation-Passed@x>;" \
	"tag=1\r\n"
#define PAI "P-Asserted-Identity: "
#define PASS ";verstat=TN-Validation-Passed"

static const struct {
	const char *name, *in, *out;
	struct api_render r;
} rows[] = {
	{ "as it came: P-Asserted-Identity", F_ANON PAI "\"A\" <sip:+" ORIG
	    "@a.example;user=phone>\r\n", PAI "\"A\" <sip:+" ORIG PASS
	    "@a.example;user=phone>\r\n", { .suffixed = false } },
	{ "as it came: From", F_ALICE, F_ALICE_MARKED,
	    { .suffixed = false } },
	{ "R-084: suffixed", F_ANON PAI "<tel:+" ORIG ">\r\n",
	    PAI "<tel:+" ORIG PASS "-B>\r\n", { .suffixed = true } },
	{ "national number", F_ANON PAI "<tel:2155551212>\r\n",
	    PAI "<tel:2155551212" PASS ">\r\n", { .suffixed = false } },
	{ "two addresses, one number", F_ANON PAI "<sip:+" ORIG
	    "@a.example>, <tel:+" ORIG ">\r\n", PAI "<sip:+" ORIG PASS
	    "@a.example>\r\n" PAI "<tel:+" ORIG PASS ">\r\n",
	    { .suffixed = false } },
	{ "made: there was none", F_ALICE, PAI "<tel:+" ORIG PASS ">\r\n",
	    { .fields = API_FIELDS_PAI } },
	{ "to tel", F_ANON PAI "\"A\" <sip:+" ORIG "@a.example>\r\n",
	    PAI "<tel:+" ORIG PASS ">\r\n", { .uri = API_URI_TEL } },
	{ "to sip", F_ANON PAI "<tel:+" ORIG ">, <sip:+" ORIG "@a>\r\n",
	    PAI "<sip:+" ORIG PASS "@d.example;user=phone>\r\n",
	    { .uri = API_URI_SIP, .domain = "d.example" } },
	{ "both", F_ALICE PAI "<tel:+" ORIG ">\r\n",
	    PAI "<tel:+" ORIG PASS ">\r\n" F_ALICE_MARKED,
	    { .fields = API_FIELDS_BOTH } },
	{ "none", F_ALICE, "", { .fields = API_FIELDS_NONE } },
	{ "attestation", F_ALICE, "P-Attestation-Indicator: B\r\n"
	    "P-Origination-ID: " UUID "\r\n", { .fields = API_FIELDS_NONE,
	    .attestation = true } },
	/* Who was not verified is not marked, and no outsider's mark stays. */
	{ "another caller in From", F_SPOOF PAI "<tel:+" ORIG ">\r\n",
	    PAI "<tel:+" ORIG PASS ">\r\nFrom: <sip:+12155559999@x>;tag=1\r\n",
	    { .fields = API_FIELDS_BOTH } },
	{ "another caller beside", F_ANON PAI "<tel:+" ORIG ">, <tel:+1215555"
	    "9999" PASS ">\r\n", PAI "<tel:+" ORIG PASS ">\r\n" PAI
	    "<tel:+12155559999>\r\n", { .suffixed = false } },
	{ "mark in From alone", F_ALICE PAI "<tel:+" ORIG PASS ";x>\r\n",
	    PAI "<tel:+" ORIG ";x>\r\n" F_ALICE_MARKED,
	    { .fields = API_FIELDS_FROM } },
	{ "not to be read", F_ALICE PAI "<tel:+" ORIG ">;x\r\n" PAI
	    "<sip:+" ORIG "@a@b>\r\n", PAI "<tel:+" ORIG PASS ">\r\n",
	    { .suffixed = false } },
	{ "a line in the name", F_ANON PAI "\"a\r\n Evil: b\" <tel:+" ORIG
	    ">\r\n", PAI "\"a   Evil: b\" <tel:+" ORIG PASS ">\r\n",
	    { .suffixed = false } },
};

Test(headers, verstat)
{
	char *identity = identity_of("shaken", SHAKEN(UUID));

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *got = fragment_of(rows[i].in, identity, &rows[i].r);

		cr_expect_str_eq(got, rows[i].out, "%s: %s", rows[i].name,
		    got);
		free(got);
	}
	free(identity);
}

/* A call that fails overrides what somebody said of it before. */
Test(headers, failed)
{
	const struct api_render r = { .attestation = true,
		.reason = API_REASON_NONE };
	char *got = fragment_of(F_ANON PAI "<tel:+12155551299" PASS ">\r\n",
	    "", &r);

	cr_expect_str_eq(got, PAI "<tel:+12155551299;verstat=No-TN-Validation"
	    ">\r\n");
	free(got);
}

/* The signer's text, though signed, makes no parameter and no line. */
Test(headers, origid)
{
	static const char *const origids[] = { "x\\r\\nEvil: y", "x;y=z",
		"x, y", "\\u00e9", "" };
	const struct api_render r = { .attestation = true,
		.fields = API_FIELDS_NONE };

	for (size_t i = 0; i < sizeof(origids) / sizeof(*origids); i++) {
		char *payload = test_text(CLAIMS(ORIG, ",\"attest\":\"B\","
		    "\"origid\":\"%s\""), origids[i]);
		char *identity = identity_of("shaken", payload);
		char *got = fragment_of(F_ALICE, identity, &r);

		cr_expect_null(strstr(got, "Origination"), "%s", got);
		cr_expect_null(strstr(got, "Evil"), "%s", got);
		free(got);
		free(identity);
		free(payload);
	}
}

/* -- Reason ------------------------------------------------------------- */

#define STALE "{\"attest\":\"A\",\"dest\":{\"tn\":[\"" DEST "\"]},\"iat\":" \
	"1600000000,\"orig\":{\"tn\":\"" ORIG "\"},\"origid\":\"" UUID "\"}"

static char *
signature_of(const char *identity)
{
	size_t n = strcspn(identity, ";"), at = n;

	while (identity[at - 1] != '.')
		at--;
	return test_text("%.*s", (int)(n - at), identity + at);
}

/* one for each that failed, with its own cause and ppi. */
Test(headers, reasons)
{
	char *stale = identity_of("shaken", STALE);
	char *other = identity_of("shaken", CLAIMS("12155559999",
	    ",\"attest\":\"B\",\"origid\":\"" UUID "\""));
	char *foreign = identity_of("frob", SHAKEN(UUID));
	char *good = identity_of("rcd", CLAIMS(ORIG,
	    ",\"rcd\":{\"nam\":\"Bob\"}"));
	char *all = test_text("%s%s%s%s", stale, foreign, good, other);
	char *sig1 = signature_of(stale), *sig2 = signature_of(other);
	struct api_render r = { .fields = API_FIELDS_NONE };
	char *got, *want;

	got = fragment_of(F_ALICE, all, &r);
	want = test_text("Reason: STIR;cause=403;text=\"Stale Date\";"
	    "ppi=\"..%s\"\r\nReason: STIR;cause=438;text=\"Invalid Identity "
	    "Header\";ppi=\"..%s\"\r\n", sig1, sig2);
	cr_expect_str_eq(got, want, "%s", got);
	free(got);
	free(want);

	r.ppi = API_PPI_FULL;
	got = fragment_of(F_ALICE, stale, &r);
	want = test_text("Reason: STIR;cause=403;text=\"Stale Date\";"
	    "ppi=\"%.*s\"\r\n", (int)strcspn(stale + 10, ";"), stale + 10);
	cr_expect_str_eq(got, want, "%s", got);
	free(got);
	free(want);

	r.ppi = API_PPI_NONE;
	got = fragment_of(F_ALICE, stale, &r);
	cr_expect_str_eq(got, "Reason: STIR;cause=403;text=\"Stale Date\"\r\n");
	free(got);

	/* RFC 3326 section 2: one only */
	r.reason = API_REASON_SIP;
	got = fragment_of(F_ALICE, all, &r);
	cr_expect_str_eq(got, "Reason: SIP;cause=438;text=\"Invalid Identity "
	    "Header\"\r\n");
	free(got);

	r.reason = API_REASON_NONE;
	got = fragment_of(F_ALICE, all, &r);
	cr_expect_str_eq(got, "");
	free(got);
	free(stale);
	free(other);
	free(foreign);
	free(good);
	free(all);
	free(sig1);
	free(sig2);
}

/* A type that is not ours speaks where it is alone, and then without a ppi that
 * would leave its quotes. */
Test(headers, odd_reasons)
{
	static const struct {
		const char *identity, *out;
	} odd[] = {
		{ "Identity: a.b.c;info=<https://h.example/x>;ppt=frob\r\n",
		    "Reason: STIR;cause=438;text=\"Invalid Identity Header\";"
		    "ppi=\"..c\"\r\n" },
		{ "Identity: a.b.c\"\\;x\r\n", "Reason: STIR;cause=438;"
		    "text=\"Invalid Identity Header\"\r\n" },
		{ "Identity: garbage\r\n", "Reason: STIR;cause=438;"
		    "text=\"Invalid Identity Header\"\r\n" },
		{ "", "" },
	};
	const struct api_render r = { .fields = API_FIELDS_NONE };

	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		char *got = fragment_of(F_ALICE, odd[i].identity, &r);

		cr_expect_str_eq(got, odd[i].out, "%s", got);
		free(got);
	}
}

/* -- lack of memory ----------------------------------------------------- */

static long left;	/* jansson's allocations until one fails */

static void *
scarce(size_t n)
{
	return left-- == 0 ? NULL : malloc(n);
}

static enum api_form form;

/* fn in the form under test, with the left-th allocation failing. */
static char *
starved(const struct api_verify *req, const struct shaken_verify *v,
    const struct api_render *r)
{
	struct api_verify in = *req;
	char *text;

	in.form = form;
	in.target.kind = SHAKEN_ID_NONE;
	json_set_alloc_funcs(scarce, free);
	text = r->domain == NULL ? api_verify_answer(&in, v, r) :
	    api_verify_fragment(&in, v, r);
	json_set_alloc_funcs(malloc, free);
	return text;
}

/* An answer is whole, or there is none. */
Test(headers, no_memory)
{
	char *good = identity_of("shaken", SHAKEN(UUID));
	char *div = identity_of("div", "{\"dest\":{\"tn\":[\"12355551213\"]},"
	    "\"div\":{\"tn\":\"" DEST "\"},\"iat\":1700000000,\"orig\":"
	    "{\"tn\":\"" ORIG "\"}}");
	char *rph = identity_of("rph", CLAIMS(ORIG,
	    ",\"rph\":{\"auth\":[\"ets.0\"]}"));
	char *stale = identity_of("shaken", STALE);
	/* jansson reads claims for the 3GPP answer; what does not fit its first
	 * buffer it reads wrong for lack of memory, like an origid. */
	char *some = test_text("%s%s%s", div, rph, stale);
	char *all = test_text("%s%s", good, some);
	const char *fields = F_ALICE PAI "\"A\" <tel:+" ORIG ">\r\n";

	for (int f = API_ATIS; f <= API_NATIVE + 1; f++) {
		const struct api_render r = { .explain = true,
			.attestation = true, .fields = API_FIELDS_BOTH,
			.domain = f > API_NATIVE ? "d.example" : NULL };
		const char *values = f == API_3GPP ? some : all;
		char *whole, *text;
		long n = 0;

		form = f > API_NATIVE ? API_NATIVE : (enum api_form)f;
		left = -1;
		whole = answer_of(starved, fields, values, &r);
		cr_assert_not_null(whole);
		for (;; n++) {
			left = n;
			text = answer_of(starved, fields, values, &r);
			if (text != NULL && left >= 0)
				break;	/* it needed no more than n */
			cr_expect(text == NULL || strcmp(text, whole) == 0,
			    "form %d, allocation %ld: %s", f, n, text);
			free(text);
		}
		cr_expect_str_eq(text, whole);
		cr_expect_gt(n, 5);
		free(text);
		free(whole);
	}
	free(good);
	free(div);
	free(rph);
	free(stale);
	free(some);
	free(all);
}
