/* SPDX-License-Identifier: Apache-2.0 */
/* Content against its digests: the examples of RFC 9795, and msgi. */
#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include <shaken/content.h>

#include "calls.h"
#include "forge.h"
#include "vectors.h"

#define P(more) "{\"dest\":{\"tn\":[\"12025551001\"]},\"iat\":1443208345," \
	"\"orig\":{\"tn\":\"12025551000\"}," more "}"

/* RFC 9795 section 6.1.3, with blanks as a signer might leave them */
#define CARD "[\"vcard\", [[\"version\",{},\"text\",\"4.0\"]," \
	"[\"fn\",{},\"text\",\"Q Branch\"]," \
	"[\"org\",{},\"text\",\"MI6;Q Branch Spy Gadgets\"]," \
	"[\"photo\",{},\"uri\",\"https://example.com/photos/" \
	"quartermaster-256x256.png\"]," \
	"[\"logo\",{},\"uri\",\"https://example.com/logos/mi6-256x256.jpg\"]," \
	"[\"logo\",{},\"uri\",\"https://example.com/logos/mi6-64x64.jpg\"]]]"
#define CARD_DIGEST "sha256-7kdCBZqH0nqMSPsmABvsKlHPhZEStgjojhdSJGRr3rk"
/* section 8.3 */
#define NAM_DIGEST "sha256-sM275lTgzCte+LHOKHtU4SxG8shlOo6OS4ot8IJQImY"
#define ABC "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0" /* of "abc" */

static struct shaken_passport *
decode(const char *ppt, const char *payload)
{
	char *token = test_token(test_rfc8946_key, ppt, payload);
	struct shaken_passport *p = NULL;

	cr_assert_eq(shaken_passport_decode(shaken_sv_cstr(token), 0, &p,
	    NULL), SHAKEN_OK);
	free(token);
	return p;
}

/* One line a digest: its pointer, "@" and the URI where it is elsewhere, its
 * result. */
static void
note(const struct shaken_rcdi *r, void *ctx)
{
	static const char *const names[] = { "skipped", "pass", "fail" };
	char *text = ctx;

	cr_expect_eq(r->uri.n > 0 && !r->is_external, false);
	sprintf(text + strlen(text), "%.*s %s%.*s %s\n", (int)r->pointer.n,
	    r->pointer.p, r->is_external ? "@" : "", (int)r->uri.n,
	    r->uri.n == 0 ? "" : r->uri.p, names[r->result]);
}

static const struct {
	const char	*name, *payload, *want;
} digests[] = {
	{ "published [R-150]", P("\"rcd\":{\"jcd\":" CARD
	    ",\"nam\":\"Q Branch Spy Gadgets\"},\"rcdi\":{\"/jcd\":\""
	    CARD_DIGEST "\",\"/jcd/1/3/3\":\"" ABC "\",\"/jcd/1/4/3\":\"" ABC
	    "\",\"/jcd/1/5/3\":\"" ABC "\",\"/nam\":\"" NAM_DIGEST "\"}"),
	    "/jcd  pass\n"
	    "/jcd/1/3/3 @https://example.com/photos/quartermaster-256x256.png "
	    "skipped\n"
	    "/jcd/1/4/3 @https://example.com/logos/mi6-256x256.jpg skipped\n"
	    "/jcd/1/5/3 @https://example.com/logos/mi6-64x64.jpg skipped\n"
	    "/nam  pass\n" },
	{ "another name [R-150]", P("\"rcd\":{\"nam\":\"Q Branch\"},"
	    "\"rcdi\":{\"/nam\":\"" NAM_DIGEST "\"}"), "/nam  fail\n" },
	{ "a number without canonical form", P("\"rcd\":{\"nam\":\"\",\"x\":1.5"
	    "},\"rcdi\":{\"/x\":\"" ABC "\"}"), "/x  fail\n" },
	{ "elsewhere", P("\"rcd\":{\"icn\":\"https://h/i.png\",\"jcl\":"
	    "\"https://h/q.json\",\"nam\":\"\"},\"rcdi\":{\"/icn\":\"" ABC
	    "\",\"/jcl\":\"" ABC "\",\"/jcl/1/3/3\":\"" ABC "\"}"),
	    "/icn @https://h/i.png skipped\n"
	    "/jcl @https://h/q.json skipped\n/jcl/1/3/3 @ skipped\n" },
	{ "an image in the token is bytes too",
	    P("\"rcd\":{\"icn\":\"data:,abc\",\"nam\":\"\"},\"rcdi\":{\"/icn\":"
	    "\"" ABC "\"}"), "/icn @data:,abc skipped\n" },
	{ "none", P("\"rcd\":{\"nam\":\"\"}"), "" },
};

Test(content, rcdi)
{
	for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++) {
		struct shaken_passport *p = decode("rcd", digests[i].payload);
		char text[2048] = "";

		cr_expect_eq(shaken_rcdi_each(p, note, text), SHAKEN_OK);
		cr_expect_str_eq(text, digests[i].want, "%s",
		    digests[i].name);
		shaken_passport_free(&p);
	}
}

/* A malformed claim shows nothing. */
Test(content, malformed)
{
	struct shaken_passport *p = decode("rcd", P("\"rcd\":{\"nam\":\"x\"},"
	    "\"rcdi\":{\"/nam\":\"" NAM_DIGEST "\",\"/apn\":\"\"}"));
	enum shaken_result r = SHAKEN_PASS;
	char text[64] = "";

	cr_expect_eq(shaken_rcdi_each(p, note, text), SHAKEN_E_CLAIM);
	cr_expect_str_empty(text);
	cr_expect_eq(shaken_rcdi_check(p, SHAKEN_SV_LIT("/nam"),
	    SHAKEN_SV_LIT("\"x\""), &r), SHAKEN_E_CLAIM);
	cr_expect_eq(r, SHAKEN_FAIL);
	shaken_passport_free(&p);
}

/* Fetched content, byte for byte [R-150]. */
Test(content, fetched)
{
	struct shaken_passport *p = decode("rcd", P("\"rcd\":{\"icn\":"
	    "\"https://h/i.png\",\"nam\":\"\"},\"rcdi\":{\"/icn\":\"" ABC
	    "\"}"));
	static const struct {
		const char *name, *pointer, *content; enum shaken_result want;
	} cases[] = {
		{ "its bytes", "/icn", "abc", SHAKEN_PASS },
		{ "another byte", "/icn", "abd", SHAKEN_FAIL },
		{ "nothing", "/icn", "", SHAKEN_FAIL },
		{ "no such digest", "/jcl", "abc", SHAKEN_SKIPPED },
		{ "no pointer", "", "abc", SHAKEN_SKIPPED },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum shaken_result r;

		cr_expect_eq(shaken_rcdi_check(p,
		    shaken_sv_cstr(cases[i].pointer),
		    shaken_sv_cstr(cases[i].content), &r), SHAKEN_OK);
		cr_expect_eq(r, cases[i].want, "%s", cases[i].name);
	}
	shaken_passport_free(&p);
}

static const struct {
	const char	*name, *ppt, *payload, *body;
	enum shaken_err	 err;
	enum shaken_result want;
} bodies[] = {
	{ "its body", "msg", P("\"msgi\":\"" ABC "\""), "abc", SHAKEN_OK,
	    SHAKEN_PASS },
	{ "another body", "msg", P("\"msgi\":\"" ABC "\""), "abc ", SHAKEN_OK,
	    SHAKEN_FAIL },
	{ "no msgi", "msg", P("\"x\":1"), "abc", SHAKEN_OK, SHAKEN_SKIPPED },
	{ "malformed", "msg", P("\"msgi\":1"), "abc", SHAKEN_E_CLAIM,
	    SHAKEN_FAIL },
	{ "no digest", "msg", P("\"msgi\":\"x\""), "abc", SHAKEN_E_CLAIM,
	    SHAKEN_FAIL },
	{ "ignored in another type [R-151]", "shaken", P("\"msgi\":\"" ABC "\""),
	    "xyz", SHAKEN_OK, SHAKEN_SKIPPED },
};

Test(content, msgi)
{
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct shaken_passport *p = decode(bodies[i].ppt,
		    bodies[i].payload);
		enum shaken_result r;

		cr_expect_eq(shaken_msgi_check(p,
		    shaken_sv_cstr(bodies[i].body), &r), bodies[i].err, "%s",
		    bodies[i].name);
		cr_expect_eq(r, bodies[i].want, "%s", bodies[i].name);
		shaken_passport_free(&p);
	}
}
