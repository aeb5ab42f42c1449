/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <criterion/criterion.h>

#include <shaken/identity.h>
#include <shaken/passport.h>
#include <shaken/sign.h>

#include "b64url.h"
#include "forge.h"
#include "json.h"
#include "pki.h"
#include "rfc6979.h"
#include "vectors.h"

#define X5U "https://cert.example.org/passport.cer"
#define UUID "123e4567-e89b-12d3-a456-426655440000"

static struct shaken_id
id(const char *text)
{
	struct shaken_id out = { 0 };

	if (text[0] != '\0')
		cr_assert_eq(shaken_id_parse(shaken_sv_cstr(text), NULL, &out),
		    SHAKEN_OK, "%s", text);
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

/* A good shaken request; tests spoil parts of it. */
static struct shaken_sign_req
request(const struct shaken_id *orig, const struct shaken_id *dest, size_t n)
{
	return (struct shaken_sign_req){
		.size = sizeof(struct shaken_sign_req),
		.ppt = SHAKEN_SV_LIT("shaken"),
		.orig = orig, .dest = dest, .n_dest = n,
		.attest = SHAKEN_SV_LIT("A"), .origid = SHAKEN_SV_LIT(UUID),
		.iat = 1443208345, .now = 1443208345,
	};
}

/* Sign; the value on success, "" on failure. */
static char *
sign(const struct shaken_signer *s, const struct shaken_sign_req *req,
    enum shaken_err want, const char *name)
{
	char *out = calloc(1, SHAKEN_IDENTITY_MAX + 1);
	struct shaken_diag d;
	enum shaken_err err;
	size_t len = 99;

	err = shaken_sign(s, req, out, SHAKEN_IDENTITY_MAX, &len, &d);
	cr_expect_eq(err, want, "%s: %s: %s", name, shaken_errname((int)err),
	    d.text);
	cr_expect_eq(len == 0, want != SHAKEN_OK, "%s", name);
	cr_expect_eq(d.text[0] == '\0', want == SHAKEN_OK, "%s: %s", name,
	    d.text);
	out[len] = '\0';
	return out;
}

/* byte for byte. */
Test(sign, golden_shaken)
{
	struct shaken_id orig = id("+1 (215) 555-0121");	/* */
	struct shaken_id dest = id("12155550131");
	struct shaken_sign_req req = request(&orig, &dest, 1);
	struct shaken_signer *s = new_signer(X5U);
	char *got = sign(s, &req, SHAKEN_OK, "D2");
	char *want = test_text("%s;info=<%s>;alg=ES256;ppt=shaken",
	    test_golden[1].token, X5U);

	cr_expect_str_eq(got, want);
	/* the signature is the last 86 characters of the token */
	cr_expect_eq(strlen(strrchr(test_golden[1].token, '.') + 1), 86);
	free(got);
	free(want);
	shaken_signer_free(&s);
}

/* D3 to D6 from their claims in any order and spelling:
 * div's 12 digits are RFC 8946's. */
static const struct {
	const char	*ppt, *x5u, *orig, *dest, *claims;
	int64_t		 iat;
} family[] = {
	{ "div", "https://www.example.com/cert.cer", "12155551212",
	    "12155551214", "{ \"div\": {\"tn\": \"+1 (21) 5555-51213\"} }",
	    1443208345 },
	{ "rph", "https://www.example.org/cert.cer", "12155550112",
	    "12125550113", "{\"rph\":{ \"auth\":[\"ets.0\", \"wps.0\"]}}",
	    1443208345 },
	{ "rph", "https://www.example.org/cert.cer", "12155551213",
	    "12155551212", "{\"sph\":\"psap-callback\",\"rph\":{\"auth\":"
	    "[\"esnet.0\"]}}", 1615471428 },
	{ "rcd", "https://www.example.com/cert.cer", "12025551000",
	    "12025551001", "{\"rcd\":{\"nam\":\"James Bond\"}}", 1443208345 },
};

Test(sign, golden_family)
{
	for (size_t i = 0; i < sizeof(family) / sizeof(family[0]); i++) {
		struct shaken_id orig = id(family[i].orig);
		struct shaken_id dest = id(family[i].dest);
		struct shaken_sign_req req = request(&orig, &dest, 1);
		struct shaken_signer *s = new_signer(family[i].x5u);
		char *want = test_text("%s;info=<%s>;alg=ES256;ppt=%s",
		    test_golden[i + 2].token, family[i].x5u, family[i].ppt);
		char *got;

		req.ppt = shaken_sv_cstr(family[i].ppt);
		req.attest = req.origid = (struct shaken_sv){ NULL, 0 };
		req.claims = shaken_sv_cstr(family[i].claims);
		req.iat = req.now = family[i].iat;
		got = sign(s, &req, SHAKEN_OK, test_golden[i + 2].name);
		cr_expect_str_eq(got, want);
		free(got);
		free(want);
		shaken_signer_free(&s);
	}
}

/* What a type asks for, and what belongs to another; mky in its order. */
static const struct {
	const char	*name, *ppt, *attest, *claims;
	enum shaken_err	 err;
	const char	*want;	/* a piece of the payload */
} typed[] = {
	{ "mky is sorted [R-012]", "shaken", "A", "{\"mky\":[{\"dig\":\"02\","
	    "\"alg\":\"b\"},{\"dig\":\"03\",\"alg\":\"a\"}]}", SHAKEN_OK,
	    "\"mky\":[{\"alg\":\"a\",\"dig\":\"03\"},{\"alg\":\"b\","
	    "\"dig\":\"02\"}]" },
	{ "mky malformed [R-012]", "shaken", "A", "{\"mky\":[{\"alg\":\"a\"}]}",
	    SHAKEN_E_CLAIM, NULL },
	{ "rcd in shaken", "shaken", "A", "{\"rcd\":{\"nam\":\"\"}}",
	    SHAKEN_OK, "\"rcd\":{\"nam\":\"\"}" },
	{ "rcd without nam in shaken [R-149]", "shaken", "A", "{\"rcd\":{}}",
	    SHAKEN_E_CLAIM, NULL },
	{ "jcd and jcl [R-149]", "rcd", "", "{\"rcd\":{\"nam\":\"\",\"jcl\":"
	    "\"https://h/\",\"jcd\":[\"vcard\",[[\"fn\",{},\"text\",\"Q\"]]]"
	    "}}", SHAKEN_E_CLAIM, NULL },
	{ "rph missing", "rph", "", "", SHAKEN_E_CLAIM, NULL },
	{ "rph with attest", "rph", "A", "{\"rph\":{\"auth\":[\"ets.0\"]}}",
	    SHAKEN_E_CLAIM, NULL },
	{ "sph without esnet [R-140]", "rph", "", "{\"rph\":{\"auth\":["
	    "\"ets.0\"]},\"sph\":\"psap-callback\"}", SHAKEN_E_CLAIM, NULL },
	{ "rph in shaken", "shaken", "A", "{\"rph\":{\"auth\":[\"ets.0\"]}}",
	    SHAKEN_E_CLAIM, NULL },
	{ "sph in rcd", "rcd", "", "{\"crn\":\"x\",\"sph\":\"x\"}",
	    SHAKEN_E_CLAIM, NULL },
	{ "crn alone", "rcd", "", "{\"crn\":\"x\"}", SHAKEN_OK,
	    "{\"crn\":\"x\",\"dest\":" },
	{ "a message", "msg", "", "", SHAKEN_OK, "{\"dest\":" },
	{ "msgi", "msg", "", "{\"msgi\":\"sha256-"
	    "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU\"}", SHAKEN_OK,
	    "\"msgi\":\"sha256-47DEQ" },
	{ "msgi malformed", "msg", "", "{\"msgi\":\"x\"}", SHAKEN_E_CLAIM,
	    NULL },
	{ "msgi in another type [R-151]", "rcd", "", "{\"crn\":\"x\",\"msgi\":"
	    "\"sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU\"}",
	    SHAKEN_E_CLAIM, NULL },
};

static char *payload_of(const char *identity);

Test(sign, typed_claims)
{
	struct shaken_id orig = id("1"), dest = id("2");
	struct shaken_signer *s = new_signer(X5U);

	for (size_t i = 0; i < sizeof(typed) / sizeof(typed[0]); i++) {
		struct shaken_sign_req req = request(&orig, &dest, 1);
		char *value, *payload;

		req.ppt = shaken_sv_cstr(typed[i].ppt);
		req.attest = shaken_sv_cstr(typed[i].attest);
		if (strcmp(typed[i].ppt, "shaken") != 0)
			req.origid = (struct shaken_sv){ NULL, 0 };
		req.claims = shaken_sv_cstr(typed[i].claims);
		value = sign(s, &req, typed[i].err, typed[i].name);
		if (typed[i].err == SHAKEN_OK) {
			payload = payload_of(value);
			cr_expect_not_null(strstr(payload, typed[i].want),
			    "%s: %s", typed[i].name, payload);
			free(payload);
		}
		free(value);
	}
	shaken_signer_free(&s);
}

/* The bytes of RFC 8225 Appendix A. */
Test(sign, golden_base)
{
	struct shaken_id orig = id("12155551212");
	struct shaken_id dest = id("sip:alice@example.com");
	struct shaken_sign_req req = request(&orig, &dest, 1);
	struct shaken_signer *s = new_signer(X5U);
	char *got, *want;

	req.ppt = req.attest = req.origid = (struct shaken_sv){ NULL, 0 };
	req.iat = req.now = 1471375418;
	got = sign(s, &req, SHAKEN_OK, "D1");
	want = test_text("%s;info=<%s>;alg=ES256", test_golden[0].token, X5U);
	cr_expect_str_eq(got, want);
	cr_expect_eq(strncmp(got, test_g1,
	    (size_t)(strrchr(test_g1, '.') - test_g1)), 0);
	free(got);
	free(want);
	shaken_signer_free(&s);
}

static void
put_canonical(struct shk_buf *out, const char *text)
{
	char room[2048];
	struct shk_buf b = shk_buf_over(room, sizeof(room));
	json_t *obj;

	cr_assert_eq(shk_json_parse(shaken_sv_cstr(text), &obj, NULL),
	    SHAKEN_OK);
	cr_assert_eq(shk_json_canonical(obj, &b), SHAKEN_OK);
	shk_b64url_encode(out, b.p, b.len);
	json_decref(obj);
}

/* members in any order come out as D1 to D6 have them.  The
 * inputs below are the golden claims, turned round by hand. */
Test(sign, golden_serialization)
{
	static const char *const shuffled[][2] = {
		{ "{\"x5u\":\"https:\\/\\/cert.example.org/passport.cer\","
		    "\"typ\":\"passport\",\"alg\":\"ES256\"}",
		  "{ \"orig\":{\"tn\":\"12155551212\"}, \"iat\":1471375418,"
		    "\"dest\":{\"uri\":[\"sip:alice@example.com\"]}}" },
		{ "{\"x5u\":\"https://cert.example.org/passport.cer\","
		    "\"typ\":\"passport\",\"ppt\":\"shaken\",\"alg\":\"ES256\"}",
		  "{\"origid\":\"" UUID "\",\"orig\":{\"tn\":\"12155550121\"},"
		    "\"iat\":1443208345,\"dest\":{\"tn\":[\"12155550131\"]},"
		    "\"attest\":\"A\"}" },
		{ "{\"typ\":\"passport\",\"ppt\":\"div\",\"alg\":\"ES256\","
		    "\"x5u\":\"https://www.example.com/cert.cer\"}",
		  "{\"orig\":{\"tn\":\"12155551212\"},\"iat\":1443208345,"
		    "\"div\":{\"tn\":\"121555551213\"},"
		    "\"dest\":{\"tn\":[\"12155551214\"]}}" },
		{ "{\"ppt\":\"rph\",\"alg\":\"ES256\",\"typ\":\"passport\","
		    "\"x5u\":\"https://www.example.org/cert.cer\"}",
		  "{\"rph\":{\"auth\":[\"ets.0\",\"wps.0\"]},"
		    "\"orig\":{\"tn\":\"12155550112\"},\"iat\":1443208345,"
		    "\"dest\":{\"tn\":[\"12125550113\"]}}" },
		{ "{\"ppt\":\"rph\",\"typ\":\"passport\",\"alg\":\"ES256\","
		    "\"x5u\":\"https://www.example.org/cert.cer\"}",
		  "{\"sph\":\"psap-callback\",\"rph\":{\"auth\":[\"esnet.0\"]},"
		    "\"orig\":{\"tn\":\"12155551213\"},\"iat\":1615471428,"
		    "\"dest\":{\"tn\":[\"12155551212\"]}}" },
		{ "{\"ppt\":\"rcd\",\"typ\":\"passport\",\"alg\":\"ES256\","
		    "\"x5u\":\"https://www.example.com/cert.cer\"}",
		  "{\"rcd\":{\"nam\":\"James Bond\"},"
		    "\"orig\":{\"tn\":\"12025551000\"},\"iat\":1443208345,"
		    "\"dest\":{\"tn\":[\"12025551001\"]}}" },
	};
	void *key = test_rfc6979_new(test_rfc8946_key);
	uint8_t sig[SHAKEN_ES256_SIG];
	char room[4096];

	cr_assert_eq(test_golden_n, 6);
	for (size_t i = 0; i < test_golden_n; i++) {
		struct shk_buf b = shk_buf_over(room, sizeof(room));

		put_canonical(&b, shuffled[i][0]);
		SHK_BUF_LIT(&b, ".");
		put_canonical(&b, shuffled[i][1]);
		cr_assert_eq(test_rfc6979_ops.sign(key, shk_buf_view(&b), sig),
		    SHAKEN_OK);
		SHK_BUF_LIT(&b, ".");
		shk_b64url_encode(&b, sig, sizeof(sig));
		cr_assert_not(b.full);
		room[b.len] = '\0';
		cr_expect_str_eq(room, test_golden[i].token, "%s",
		    test_golden[i].name);
	}
	test_rfc6979_ops.free(key);
}

static char *
payload_of(const char *identity)
{
	struct shaken_identity parts;
	struct shaken_passport *p = NULL;
	char *text;

	cr_assert_eq(shaken_identity_parse(shaken_sv_cstr(identity), &parts,
	    NULL), SHAKEN_OK);
	cr_assert_eq(shaken_passport_decode(parts.token, 0, &p, NULL),
	    SHAKEN_OK);
	cr_expect(shaken_passport_is_canonical(p));
	text = test_text("%.*s", (int)shaken_passport_payload(p).n,
	    shaken_passport_payload(p).p);
	shaken_passport_free(&p);
	return text;
}

/* tn before uri, sorted, arrays always. */
Test(sign, dest_forms)
{
	struct shaken_id orig = id("sip:alice@example.com");
	struct shaken_id dest[5] = { id("sip:zoe@b.example"), id("3"), id("1"),
		id("sip:bob@b.example"), id("2") };
	struct shaken_sign_req req = request(&orig, dest, 5);
	struct shaken_signer *s = new_signer(X5U);
	char *value = sign(s, &req, SHAKEN_OK, "dest");
	char *payload = payload_of(value);

	cr_expect_str_eq(payload, "{\"attest\":\"A\",\"dest\":{\"tn\":[\"1\","
	    "\"2\",\"3\"],\"uri\":[\"sip:bob@b.example\","
	    "\"sip:zoe@b.example\"]},\"iat\":1443208345,"
	    "\"orig\":{\"uri\":\"sip:alice@example.com\"},"
	    "\"origid\":\"" UUID "\"}");
	free(payload);
	free(value);
	shaken_signer_free(&s);
}

/* Further claims stand in their order among the others. */
static const struct {
	const char	*name, *claims;
	enum shaken_err	 err;
	const char	*want;	/* a piece of the payload */
} further[] = {
	{ "before and behind", "{\"zz\":1,\"aa\":\"x\"}", SHAKEN_OK,
	    "{\"aa\":\"x\",\"attest\":" },
	{ "between", "{\"crn\":\"fire drill\"}", SHAKEN_OK,
	    "\"A\",\"crn\":\"fire drill\",\"dest\":" },
	{ "nested, sorted", "{\"rcd\":{\"nam\":\"B\",\"apn\":\"1\"}}", SHAKEN_OK,
	    ",\"rcd\":{\"apn\":\"1\",\"nam\":\"B\"}}" },
	{ "escapes [R-006]", "{\"x\":\"\\u00e9\\/\\\"\\\\\\u0001\"}", SHAKEN_OK,
	    "\"x\":\"\xc3\xa9/\\\"\\\\\\u0001\"" },
	{ "a prefix of a name is another name", "{\"ori\":1,\"orig2\":1}",
	    SHAKEN_OK, "\"ori\":1,\"orig\":{\"tn\":\"1\"},\"orig2\":1" },
	{ "names orig again [R-019]", "{\"orig\":{\"tn\":\"9\"}}",
	    SHAKEN_E_CLAIM, NULL },
	{ "names attest again [R-019]", "{\"attest\":\"B\"}", SHAKEN_E_CLAIM,
	    NULL },
	{ "a member twice [R-019]", "{\"x\":1,\"x\":2}", SHAKEN_E_JSON, NULL },
	{ "a fraction", "{\"x\":1.5}", SHAKEN_E_JSON, NULL },
	{ "no object", "[1]", SHAKEN_E_JSON, NULL },
};

Test(sign, further_claims)
{
	struct shaken_id orig = id("1"), dest = id("2");
	struct shaken_sign_req req = request(&orig, &dest, 1);
	struct shaken_signer *s = new_signer(X5U);

	for (size_t i = 0; i < sizeof(further) / sizeof(further[0]); i++) {
		char *value, *payload;

		req.claims = shaken_sv_cstr(further[i].claims);
		value = sign(s, &req, further[i].err, further[i].name);
		if (further[i].err == SHAKEN_OK) {
			payload = payload_of(value);
			cr_expect_not_null(strstr(payload, further[i].want),
			    "%s: %s", further[i].name, payload);
			free(payload);
		}
		free(value);
	}
	shaken_signer_free(&s);
}

/* More claims, or longer ones, than a token may have. */
Test(sign, too_much)
{
	struct shaken_id orig = id("1"), dest = id("2");
	struct shaken_sign_req req = request(&orig, &dest, 1);
	struct shaken_signer *s = new_signer(X5U);
	char *many = calloc(1, 4096), *value, *at = many;
	char *large = malloc(SHAKEN_TOKEN_MAX + 100);

	*at++ = '{';
	for (int i = 0; i < 40; i++)
		at += sprintf(at, "%s\"c%02d\":%d", i ? "," : "", i, i);
	*at = '}';
	req.claims = shaken_sv_cstr(many);
	value = sign(s, &req, SHAKEN_E_LIMIT, "40 claims");
	free(value);
	memset(large, 'x', SHAKEN_TOKEN_MAX);
	memcpy(large, "{\"x\":\"", 6);
	strcpy(large + SHAKEN_TOKEN_MAX - 100, "\"}");
	req.claims = shaken_sv_cstr(large);
	value = sign(s, &req, SHAKEN_E_LIMIT, "16 KiB");
	free(value);
	free(large);
	free(many);
	shaken_signer_free(&s);
}

static const struct {
	const char	*name, *orig, *dest, *attest, *origid, *ppt;
	long		 iat_off;	/* from now */
	enum shaken_err	 err;
} requests[] = {
	{ "good A", "1", "2", "A", UUID, "shaken", 0, SHAKEN_OK },
	{ "good B", "1", "2", "B", UUID, "shaken", 0, SHAKEN_OK },
	{ "good C", "1", "2", "C", UUID, "shaken", 0, SHAKEN_OK },
	{ "attest D [R-013]", "1", "2", "D", UUID, "shaken", 0, SHAKEN_E_CLAIM },
	{ "attest a [R-013]", "1", "2", "a", UUID, "shaken", 0, SHAKEN_E_CLAIM },
	{ "attest empty [R-013]", "1", "2", "", UUID, "shaken", 0,
	    SHAKEN_E_CLAIM },
	{ "attest AB", "1", "2", "AB", UUID, "shaken", 0, SHAKEN_E_CLAIM },
	{ "origid no UUID [R-014]", "1", "2", "A", "x", "shaken", 0,
	    SHAKEN_E_CLAIM },
	{ "origid empty [R-014]", "1", "2", "A", "", "shaken", 0,
	    SHAKEN_E_CLAIM },
	{ "no orig [R-007]", "", "2", "A", UUID, "shaken", 0, SHAKEN_E_CLAIM },
	{ "no dest [R-010]", "1", "", "A", UUID, "shaken", 0, SHAKEN_E_CLAIM },
	{ "unknown ppt", "1", "2", "A", UUID, "foo", 0, SHAKEN_E_CLAIM },
	{ "ppt in capitals", "1", "2", "A", UUID, "SHAKEN", 0, SHAKEN_E_CLAIM },
	{ "base with attest", "1", "2", "A", UUID, "", 0, SHAKEN_E_CLAIM },
	{ "60 s old [R-061]", "1", "2", "A", UUID, "shaken", -60, SHAKEN_OK },
	{ "61 s old [R-061]", "1", "2", "A", UUID, "shaken", -61,
	    SHAKEN_E_STALE },
	{ "60 s ahead [R-061]", "1", "2", "A", UUID, "shaken", 60, SHAKEN_OK },
	{ "61 s ahead [R-061]", "1", "2", "A", UUID, "shaken", 61,
	    SHAKEN_E_STALE },
};

Test(sign, request_table)
{
	struct shaken_signer *s = new_signer(X5U);

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		struct shaken_id orig = id(requests[i].orig);
		struct shaken_id dest = id(requests[i].dest);
		struct shaken_sign_req req = request(&orig, &dest, 1);

		req.attest = shaken_sv_cstr(requests[i].attest);
		req.origid = shaken_sv_cstr(requests[i].origid);
		req.ppt = shaken_sv_cstr(requests[i].ppt);
		req.iat = req.now + requests[i].iat_off;
		free(sign(s, &req, requests[i].err, requests[i].name));
	}
	shaken_signer_free(&s);
}

/* An id that nobody canonicalised is not signed. */
Test(sign, raw_id)
{
	struct shaken_id orig = { .kind = SHAKEN_ID_TN, .len = 12,
		.text = "+12155551212" };
	struct shaken_id dest = { .kind = SHAKEN_ID_URI, .len = 22,
		.text = "sip:\"},\"attest\":\"A@b.c" };
	struct shaken_sign_req req = request(&orig, &dest, 1);
	struct shaken_signer *s = new_signer(X5U);

	free(sign(s, &req, SHAKEN_E_CLAIM, "orig with +"));
	orig = id("12155551212");
	free(sign(s, &req, SHAKEN_E_CLAIM, "quotes in dest"));
	shaken_signer_free(&s);
}

Test(sign, arguments)
{
	struct shaken_id orig = id("1"), dest = id("2");
	struct shaken_sign_req req = request(&orig, &dest, 1);
	struct shaken_signer *s = new_signer(X5U);
	char out[100];
	size_t len;

	cr_expect_eq(shaken_sign(NULL, &req, out, sizeof(out), &len, NULL),
	    SHAKEN_E_ARG);
	cr_expect_eq(shaken_sign(s, NULL, out, sizeof(out), &len, NULL),
	    SHAKEN_E_ARG);
	cr_expect_eq(shaken_sign(s, &req, NULL, 0, &len, NULL), SHAKEN_E_ARG);
	cr_expect_eq(shaken_sign(s, &req, out, sizeof(out), NULL, NULL),
	    SHAKEN_E_ARG);
	cr_expect_eq(shaken_sign(s, &req, out, sizeof(out), &len, NULL),
	    SHAKEN_E_LIMIT);
	cr_expect_eq(len, 0);
	req.size = 8;
	cr_expect_eq(shaken_sign(s, &req, out, sizeof(out), &len, NULL),
	    SHAKEN_E_ARG);
	shaken_signer_free(&s);
}

static enum shaken_err
load(const char *key, const char *x5u, const char *chain)
{
	struct shaken_signer_conf conf = { .size = sizeof(conf),
		.x5u = shaken_sv_cstr(x5u), .chain = shaken_sv_cstr(chain) };
	struct shaken_signer *s = NULL;
	struct shaken_diag d;
	enum shaken_err err = shaken_signer_from_pem(shaken_sv_cstr(key),
	    &conf, &s, &d);

	cr_expect_eq(s == NULL, err != SHAKEN_OK);
	cr_expect_eq(d.text[0] == '\0', err == SHAKEN_OK, "%s", d.text);
	cr_expect_null(strstr(d.text, "PRIVATE"));
	shaken_signer_free(&s);
	return err;
}

Test(signer, load)
{
	struct test_pki p, other;
	char *with_key;

	test_pki_init(&p);
	test_pki_make(&p);
	test_pki_init(&other);
	test_pki_make(&other);
	with_key = test_concat(p.chain, p.leaf.key);
	cr_expect_eq(load(p.leaf.key, X5U, p.chain), SHAKEN_OK);
	cr_expect_eq(load(p.leaf.key, X5U, ""), SHAKEN_OK);
	cr_expect_eq(load(other.leaf.key, X5U, p.chain), SHAKEN_E_MISMATCH,
	    "R-017");
	cr_expect_eq(load(p.inter.key, X5U, p.inter.pem), SHAKEN_E_CERT,
	    "a CA first");
	cr_expect_eq(load(p.leaf.key, X5U, with_key), SHAKEN_E_SECRET);
	cr_expect_eq(load(p.leaf.key, X5U, "x"), SHAKEN_E_CERT);
	cr_expect_eq(load(p.leaf.key, "", ""), SHAKEN_E_URI);
	cr_expect_eq(load(p.leaf.key, "http://cert.example.org/a", ""),
	    SHAKEN_E_URI);
	cr_expect_eq(load("x", X5U, p.chain), SHAKEN_E_KEY);
	free(with_key);
	test_pki_free(&other);
	test_pki_free(&p);
}

/* R-016 through the public call. */
Test(signer, wrong_curve)
{
	struct test_cert c = { .key_type = CERTS_KEY_P384 };
	char *key = NULL;

	cr_assert_eq(certs_issue_key(c.key_type, &key), SHAKEN_OK);
	cr_expect_eq(load(key, X5U, ""), SHAKEN_E_KEY);
	free(key);
}

static struct shaken_signer *
with_chain(const struct test_pki *p)
{
	struct shaken_signer_conf conf = { .size = sizeof(conf),
		.x5u = shaken_sv_cstr(X5U), .chain = shaken_sv_cstr(p->chain) };
	struct shaken_signer *s = NULL;

	cr_assert_eq(shaken_signer_from_pem(shaken_sv_cstr(p->leaf.key),
	    &conf, &s, NULL), SHAKEN_OK);
	return s;
}

/* now and iat inside the certificate's validity (RFC 8224 6.1). */
Test(sign, certificate_validity)
{
	static const struct {
		const char *name; int64_t now, iat; enum shaken_err err;
	} cases[] = {
		{ "inside", 0, 0, SHAKEN_OK },
		{ "last second", 1000, 1000, SHAKEN_OK },
		{ "expired", 1001, 1000, SHAKEN_E_CREDENTIAL },
		{ "expires before iat", 1000, 1001, SHAKEN_E_CREDENTIAL },
		{ "first second", -1000, -1000, SHAKEN_OK },
		{ "not yet valid", -1001, -1000, SHAKEN_E_CREDENTIAL },
		{ "valid after iat", -1000, -1001, SHAKEN_E_CREDENTIAL },
	};
	struct shaken_id orig = id("1"), dest = id("2");
	struct shaken_signer *s;
	struct test_pki p;

	test_pki_init(&p);
	p.leaf.spec.not_before = TEST_NOW - 1000;
	p.leaf.spec.not_after = TEST_NOW + 1000;
	test_pki_make(&p);
	s = with_chain(&p);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct shaken_sign_req req = request(&orig, &dest, 1);

		req.now = TEST_NOW + cases[i].now;
		req.iat = TEST_NOW + cases[i].iat;
		free(sign(s, &req, cases[i].err, cases[i].name));
	}
	shaken_signer_free(&s);
	test_pki_free(&p);
}

/* A certificate for one number signs for that number. */
Test(sign, certificate_scope)
{
	/* {one 12155551212}, from the module of RFC 8226 section 9 */
	static const char one[] = "\x30\x0f\xa2\x0d\x16\x0b" "12155551212";
	struct shaken_id inside = id("12155551212"), outside = id("12155551213");
	struct shaken_sign_req req;
	struct shaken_signer *s;
	struct test_pki p;

	test_pki_init(&p);
	p.leaf.spec.tnauthlist = (struct shaken_sv){ one, sizeof(one) - 1 };
	test_pki_make(&p);
	s = with_chain(&p);
	req = request(&inside, &outside, 1);
	req.now = req.iat = TEST_NOW;
	free(sign(s, &req, SHAKEN_OK, "inside"));
	req.orig = &outside;
	free(sign(s, &req, SHAKEN_E_CREDENTIAL, "outside"));
	shaken_signer_free(&s);
	test_pki_free(&p);
}

/* The certificate's claim constraints bind the signer. */
Test(sign, certificate_constraints)
{
	/* mustInclude { "crn" }, RFC 8226 section 8 */
	static const char must[] = "\x30\x09\xa0\x07\x30\x05\x16\x03" "crn";
	struct shaken_id orig = id("1"), dest = id("2");
	struct shaken_sign_req req = request(&orig, &dest, 1);
	struct shaken_signer *s;
	struct test_pki p;

	test_pki_init(&p);
	p.leaf.spec.constraints = (struct shaken_sv){ must, sizeof(must) - 1 };
	test_pki_make(&p);
	s = with_chain(&p);
	req.now = req.iat = TEST_NOW;
	free(sign(s, &req, SHAKEN_E_CLAIM, "without crn"));
	req.claims = SHAKEN_SV_LIT("{\"crn\":\"x\"}");
	free(sign(s, &req, SHAKEN_OK, "with crn"));
	shaken_signer_free(&s);
	test_pki_free(&p);
}

static enum shaken_err
refuse(void *ctx, struct shaken_sv msg, uint8_t sig[SHAKEN_ES256_SIG])
{
	(void)msg;
	(void)sig;
	++*(int *)ctx;
	return SHAKEN_E_CRYPTO;
}

/* A failing key gives an error and no token; ctx stays the caller's. */
Test(signer, operations)
{
	struct shaken_signer_ops ops = { .size = sizeof(ops), .sign = refuse };
	struct shaken_signer_conf conf = { .size = sizeof(conf),
		.x5u = shaken_sv_cstr(X5U) };
	struct shaken_id orig = id("1"), dest = id("2");
	struct shaken_sign_req req = request(&orig, &dest, 1);
	struct shaken_signer *s = NULL;
	char out[2048] = "";
	size_t len = 1;
	int calls = 0;

	cr_assert_eq(shaken_signer_new(&ops, &calls, &conf, &s, NULL),
	    SHAKEN_OK);
	cr_expect_eq(shaken_sign(s, &req, out, sizeof(out), &len, NULL),
	    SHAKEN_E_CRYPTO);
	cr_expect_eq(len, 0);
	cr_expect_eq(calls, 1);
	shaken_signer_free(&s);

	ops.size = 8;
	cr_expect_eq(shaken_signer_new(&ops, &calls, &conf, &s, NULL),
	    SHAKEN_E_ARG);
	ops.size = sizeof(ops);
	ops.sign = NULL;
	cr_expect_eq(shaken_signer_new(&ops, &calls, &conf, &s, NULL),
	    SHAKEN_E_ARG);
	cr_expect_eq(shaken_signer_new(NULL, &calls, &conf, &s, NULL),
	    SHAKEN_E_ARG);
	cr_expect_null(s);
}

/* Both halves are the whole, byte for byte, and refuse what it refuses. */
Test(sign, halves)
{
	struct shaken_id orig = id("12155550121"), dest = id("12155550131");
	struct shaken_sign_req req = request(&orig, &dest, 1);
	struct shaken_signer *s = new_signer(X5U);
	char *whole = sign(s, &req, SHAKEN_OK, "whole");
	char *out = calloc(1, SHAKEN_IDENTITY_MAX + 1);
	void *key = test_rfc6979_new(test_rfc8946_key);
	uint8_t sig[SHAKEN_ES256_SIG];
	struct shaken_diag d;
	size_t len, input;

	cr_assert_eq(shaken_sign_begin(s, &req, out, SHAKEN_IDENTITY_MAX,
	    &input, &d), SHAKEN_OK);
	cr_expect_eq(strncmp(out, whole, input), 0);
	cr_expect_eq(whole[input], '.');
	cr_assert_eq(test_rfc6979_ops.sign(key, (struct shaken_sv){ out,
	    input }, sig), SHAKEN_OK);
	for (size_t cap = input; cap <= strlen(whole); cap++) {
		enum shaken_err err;

		len = input;
		err = shaken_sign_finish(s, req.ppt, sig, out, cap, &len, &d);
		cr_expect_eq(err, cap < strlen(whole) ? SHAKEN_E_LIMIT :
		    SHAKEN_OK, "%zu", cap);
		cr_expect_eq(len, err == SHAKEN_OK ? cap : 0);
		cr_expect_eq(d.text[0] == '\0', err == SHAKEN_OK);
	}
	cr_expect_str_eq(out, whole);

	len = 0;
	cr_expect_eq(shaken_sign_finish(s, req.ppt, sig, out, 1000, &len, NULL),
	    SHAKEN_E_ARG, "nothing was begun");
	len = input;
	cr_expect_eq(shaken_sign_finish(s, SHAKEN_SV_LIT("x"), sig, out, 1000,
	    &len, NULL), SHAKEN_E_ARG, "no such type");
	cr_expect_eq(len, 0);
	len = input;
	cr_expect_eq(shaken_sign_finish(s, req.ppt, sig, out, input - 1, &len,
	    NULL), SHAKEN_E_ARG, "more than there is room for");
	cr_expect_eq(shaken_sign_begin(s, &req, out, input - 1, &len, &d),
	    SHAKEN_E_LIMIT);
	req.now += 61;					/* */
	cr_expect_eq(shaken_sign_begin(s, &req, out, 1000, &len, &d),
	    SHAKEN_E_STALE);
	cr_expect_eq(len, 0);
	test_rfc6979_ops.free(key);
	shaken_signer_free(&s);
	free(whole);
	free(out);
}
