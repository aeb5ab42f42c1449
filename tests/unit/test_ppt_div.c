/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 8946: the claims of div and div-o, verified and signed. */
#include <stdlib.h>

#include <criterion/criterion.h>

#include <shaken/identity.h>
#include <shaken/passport.h>
#include <shaken/sign.h>

#include "calls.h"
#include "forge.h"
#include "pki.h"
#include "rfc6979.h"
#include "vectors.h"

#define P(more) "{\"dest\":{\"tn\":[\"12155551214\"]}," more \
	"\"iat\":1443208345,\"orig\":{\"tn\":\"12155551212\"}}"
#define DIV "\"div\":{\"tn\":\"12155551213\"},"
#define OPT "\"opt\":\"aaaa.bbbb.cccc\","
#define OK SHAKEN_OK
#define NO SHAKEN_E_CLAIM

static const struct {
	const char	*name, *ppt, *payload;
	enum shaken_err	 err;
	const char	*says;
} forms[] = {
	{ "div", "div", P(DIV), OK, "" },
	{ "uri", "div", P("\"div\":{\"uri\":\"sip:a@b.example\"},"), OK, "" },
	{ "hi", "div", P("\"div\":{\"hi\":\"1.2.1\",\"tn\":\"1\"},"), OK, "" },
	{ "another member (section 3)", "div",
	    P("\"div\":{\"tn\":\"1\",\"x\":1},"), OK, "" },
	{ "no div", "div", P(""), NO, "div is missing" },
	{ "div a string", "div", P("\"div\":\"12155551213\","), NO,
	    "not one tn" },
	{ "tn and uri", "div",
	    P("\"div\":{\"tn\":\"1\",\"uri\":\"sip:a@b\"},"), NO, "not one tn" },
	{ "neither", "div", P("\"div\":{\"hi\":\"1\"},"), NO, "not one tn" },
	{ "an array", "div", P("\"div\":{\"tn\":[\"1\"]},"), NO, "not one tn" },
	{ "no number", "div", P("\"div\":{\"tn\":\"bob\"},"), NO,
	    "not one tn" },
	{ "hi empty", "div", P("\"div\":{\"hi\":\"\",\"tn\":\"1\"},"), NO,
	    "index" },
	{ "hi ends in a dot", "div", P("\"div\":{\"hi\":\"1.\",\"tn\":\"1\"},"),
	    NO, "index" },
	{ "hi a number", "div", P("\"div\":{\"hi\":1,\"tn\":\"1\"},"), NO,
	    "index" },
	{ "nothing diverted [R-139]", "div",
	    P("\"div\":{\"tn\":\"+1-215-555-1214\"},"), NO,
	    "nothing was diverted" },
	{ "div with opt [R-148]", "div", P(DIV OPT), NO, "opt" },
	{ "div-o [R-148]", "div-o", P(DIV OPT), OK, "" },
	{ "div-o without opt [R-148]", "div-o", P(DIV), NO, "opt: missing" },
	{ "opt compact [R-148]", "div-o", P(DIV "\"opt\":\"..cccc\","), NO,
	    "compact" },
	{ "opt an object", "div-o", P(DIV "\"opt\":{},"), NO, "not a string" },
	{ "opt of two parts", "div-o", P(DIV "\"opt\":\"aaaa.bbbb\","), NO,
	    "2 parts" },
	{ "div-o without div", "div-o", P(OPT), NO, "div is missing" },
	/* what is another type's is nothing to this one (RFC 8225 section 8) */
	{ "div in a base token", "", P("\"div\":1,"), OK, "" },
	{ "attest in div", "div", P("\"attest\":\"X\"," DIV), OK, "" },
};

Test(ppt_div, forms)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct shaken_diag d = { "" };

		cr_expect_eq(test_claims(forms[i].ppt, forms[i].payload, &d),
		    forms[i].err, "%s: %s", forms[i].name, d.text);
		cr_expect_not_null(strstr(d.text, forms[i].says), "%s: %s",
		    forms[i].name, d.text);
	}
}

static struct shaken_id
id(const char *text)
{
	struct shaken_id out;

	cr_assert_eq(shaken_id_parse(shaken_sv_cstr(text), NULL, &out),
	    SHAKEN_OK);
	return out;
}

static struct shaken_signer *
new_signer(const char *x5u)
{
	struct shaken_signer_conf conf = { .size = sizeof(conf),
		.x5u = shaken_sv_cstr(x5u) };
	struct shaken_signer *s = NULL;

	cr_assert_eq(shaken_signer_new(&test_rfc6979_ops,
	    test_rfc6979_new(test_rfc8946_key), &conf, &s, NULL), SHAKEN_OK);
	return s;
}

static enum shaken_err
sign(const struct shaken_signer *s, const struct shaken_sign_req *req,
    char *out, struct shaken_diag *d)
{
	size_t len;
	enum shaken_err err = shaken_sign(s, req, out, SHAKEN_IDENTITY_MAX,
	    &len, d);

	out[len] = '\0';
	return err;
}

static struct shaken_sign_req
request(const struct shaken_id *orig, const struct shaken_id *dest,
    const char *ppt, const char *claims)
{
	return (struct shaken_sign_req){
		.size = sizeof(struct shaken_sign_req),
		.ppt = shaken_sv_cstr(ppt), .orig = orig, .dest = dest,
		.n_dest = 1, .iat = 1443208345, .now = 1443208345,
		.claims = shaken_sv_cstr(claims),
	};
}

/* RFC 8946 section 5: the token before */
#define HEAD "eyJhbGciOiJFUzI1NiIsInR5cCI6InBhc3Nwb3J0IiwieDV1IjoiaHR0cHM6Ly93" \
	"d3cuZXhhbXBsZS5jb20vY2VydC5jZXIifQ."
#define TAIL ".1bEzkzcNbKvgz4QoMx0_DJ2T8qFMDC1sPqHPXl1WvbauzRJRvYlZqQ0qgGTlS8tJ_" \
	"wXjVe07Z3wvDrdApHhhYw"
#define G3 HEAD "eyJkZXN0Ijp7InRuIjpbIjEyMTU1NTUxMjEzIl19LCJpYXQiOjE0NDMyMDgzND" \
	"UsIm9yaWciOnsidG4iOiIxMjE1NTU1MTIxMiJ9fQ" TAIL
/* the same from 12155551219 */
#define OTHER HEAD "eyJkZXN0Ijp7InRuIjpbIjEyMTU1NTUxMjEzIl19LCJpYXQiOj" \
	"E0NDMyMDgzNDUsIm9yaWciOnsidG4iOiIxMjE1NTU1MTIxOSJ9fQ" TAIL

static const struct {
	const char	*name, *ppt, *attest, *origid, *claims;
	enum shaken_err	 err;
	const char	*payload;	/* a piece of it */
} requests[] = {
	{ "hi stays", "div", "", "",
	    "{\"div\":{\"tn\":\"12155551213\",\"hi\":\"1.1\"}}", OK,
	    "\"div\":{\"hi\":\"1.1\",\"tn\":\"12155551213\"}" },
	{ "a uri that is a number", "div", "", "",
	    "{\"div\":{\"uri\":\"tel:+1-215-555-1213\"}}", OK,
	    "\"div\":{\"tn\":\"12155551213\"}" },
	{ "a uri", "div", "", "",
	    "{\"div\":{\"uri\":\"sip:Bob@B.example:5060\"}}", OK,
	    "\"div\":{\"uri\":\"sip:bob@b.example\"}" },
	{ "div-o", "div-o", "", "",
	    "{\"opt\":\"" G3 "\",\"div\":{\"tn\":\"12155551213\"}}", OK,
	    "\"opt\":\"" G3 "\",\"orig\":" },
	{ "opt for somebody else", "div-o", "", "",
	    "{\"opt\":\"" G3 "\",\"div\":{\"tn\":\"12155551211\"}}", NO,
	    NULL },
	{ "opt of another caller", "div-o", "", "",
	    "{\"opt\":\"" OTHER "\",\"div\":{\"tn\":\"12155551213\"}}", NO,
	    NULL },
	{ "opt that does not decode", "div-o", "", "",
	    "{\"opt\":\"aa.bb.cc\",\"div\":{\"tn\":\"12155551213\"}}", NO,
	    NULL },
	{ "no claims", "div", "", "", "", NO, NULL },
	{ "equal to dest [R-139]", "div", "", "",
	    "{\"div\":{\"tn\":\"+1 215 555 1214\"}}", NO, NULL },
	{ "attest in div", "div", "A", "", "{\"div\":{\"tn\":\"1\"}}", NO,
	    NULL },
	{ "origid in div", "div", "", "123e4567-e89b-12d3-a456-426655440000",
	    "{\"div\":{\"tn\":\"1\"}}", NO, NULL },
	{ "attest as a claim", "div", "", "",
	    "{\"div\":{\"tn\":\"1\"},\"attest\":\"A\"}", NO, NULL },
	{ "opt in div [R-148]", "div", "", "",
	    "{\"div\":{\"tn\":\"1\"},\"opt\":\"aa.bb.cc\"}", NO, NULL },
	{ "opt missing [R-148]", "div-o", "", "", "{\"div\":{\"tn\":\"1\"}}",
	    NO, NULL },
	{ "opt compact [R-148]", "div-o", "", "",
	    "{\"div\":{\"tn\":\"1\"},\"opt\":\"..cc\"}", NO, NULL },
	{ "div no object", "div", "", "", "{\"div\":\"1\"}", NO, NULL },
	{ "div no number", "div", "", "", "{\"div\":{\"tn\":\"x\"}}", NO, NULL },
	{ "tn and uri", "div", "", "",
	    "{\"div\":{\"tn\":\"1\",\"uri\":\"sip:a@b\"}}", NO, NULL },
	{ "hi no index", "div", "", "", "{\"div\":{\"tn\":\"1\",\"hi\":\"x\"}}",
	    NO, NULL },
	{ "div in a base token", "", "", "", "{\"div\":{\"tn\":\"1\"}}", NO,
	    NULL },
};

Test(ppt_div, requests)
{
	static char out[SHAKEN_IDENTITY_MAX + 1];
	struct shaken_id orig = id("12155551212"), dest = id("12155551214");
	struct shaken_signer *s = new_signer("https://www.example.com/cert.cer");

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		struct shaken_sign_req req = request(&orig, &dest,
		    requests[i].ppt, requests[i].claims);
		struct shaken_passport *p = NULL;
		struct shaken_identity parts;
		struct shaken_diag d = { "" };
		char *payload;

		req.attest = shaken_sv_cstr(requests[i].attest);
		req.origid = shaken_sv_cstr(requests[i].origid);
		cr_expect_eq(sign(s, &req, out, &d), requests[i].err, "%s: %s",
		    requests[i].name, d.text);
		cr_expect_eq(d.text[0] == '\0', requests[i].err == OK, "%s",
		    requests[i].name);
		if (requests[i].err != OK)
			continue;
		cr_assert_eq(shaken_identity_parse(shaken_sv_cstr(out), &parts,
		    NULL), SHAKEN_OK);
		cr_assert_eq(shaken_passport_decode(parts.token, 0, &p, NULL),
		    SHAKEN_OK);
		cr_expect(shaken_passport_is_canonical(p), "%s",
		    requests[i].name);
		payload = test_text("%.*s", (int)shaken_passport_payload(p).n,
		    shaken_passport_payload(p).p);
		cr_expect_not_null(strstr(payload, requests[i].payload),
		    "%s: %s", requests[i].name, payload);
		free(payload);
		shaken_passport_free(&p);
	}
	shaken_signer_free(&s);
}

/* A certificate for one number speaks for that number as div, whatever orig is
 * (RFC 8946 section 3); and the other way round not. */
Test(ppt_div, certificate_scope)
{
	static const char one[] = "\x30\x0f\xa2\x0d\x16\x0b" "12155551213";
	static char out[SHAKEN_IDENTITY_MAX + 1];
	struct shaken_id orig = id("12155551212"), dest = id("12155551214");
	struct shaken_id own = id("12155551213");
	struct shaken_sign_req req = request(&orig, &dest, "div",
	    "{\"div\":{\"tn\":\"12155551213\"}}");
	struct shaken_signer_conf conf = { .size = sizeof(conf),
		.x5u = SHAKEN_SV_LIT(TEST_X5U) };
	struct shaken_signer *s = NULL;
	struct shaken_diag d;
	struct test_pki p;

	test_pki_init(&p);
	p.leaf.spec.tnauthlist = (struct shaken_sv){ one, sizeof(one) - 1 };
	test_pki_make(&p);
	conf.chain = shaken_sv_cstr(p.chain);
	cr_assert_eq(shaken_signer_from_pem(shaken_sv_cstr(p.leaf.key), &conf,
	    &s, NULL), SHAKEN_OK);
	req.now = req.iat = TEST_NOW;
	cr_expect_eq(sign(s, &req, out, &d), SHAKEN_OK, "%s", d.text);
	req.orig = &own;
	req.claims = SHAKEN_SV_LIT("{\"div\":{\"tn\":\"12155551212\"}}");
	cr_expect_eq(sign(s, &req, out, &d), SHAKEN_E_CREDENTIAL);
	cr_expect_not_null(strstr(d.text, "div 12155551212"), "%s", d.text);
	shaken_signer_free(&s);
	test_pki_free(&p);
}

/* What a decoded token shows. */
Test(ppt_div, getter)
{
	struct shaken_passport *p = NULL;

	cr_assert_eq(shaken_passport_decode(shaken_sv_cstr(test_g4), 0, &p,
	    NULL), SHAKEN_OK);
	cr_expect_str_eq(shaken_passport_div(p)->text, "121555551213");
	shaken_passport_free(&p);
	cr_assert_eq(shaken_passport_decode(shaken_sv_cstr(test_g3), 0, &p,
	    NULL), SHAKEN_OK);
	cr_expect_eq(shaken_passport_div(p)->kind, SHAKEN_ID_NONE);
	shaken_passport_free(&p);
}
