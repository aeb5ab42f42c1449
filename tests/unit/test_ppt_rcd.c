/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 9795: rcd, rcdi and crn, in their type and in others. */
#include <criterion/criterion.h>

#include "calls.h"
#include "vectors.h"

#define P(more) "{\"attest\":\"A\",\"dest\":{\"tn\":[\"12025551001\"]}," \
	"\"iat\":1443208345,\"orig\":{\"tn\":\"12025551000\"},\"origid\":" \
	"\"123e4567-e89b-12d3-a456-426655440000\"," more "}"
#define RCD(more) P("\"rcd\":{" more "}")
#define NAM "\"nam\":\"Q Branch Spy Gadgets\""
#define DIGEST "sha256-sM275lTgzCte+LHOKHtU4SxG8shlOo6OS4ot8IJQImY"
#define RCDI(rcd, rcdi) P("\"rcd\":{" rcd "},\"rcdi\":{" rcdi "}")
#define PHOTO "[\"photo\",{},\"uri\",\"https://example.com/p.png\"]"
#define CARD(p) "\"jcd\":[\"vcard\",[[\"fn\",{},\"text\",\"Q\"]," p "]]"
#define OK SHAKEN_OK
#define NO SHAKEN_E_CLAIM

static const struct {
	const char	*name, *payload;
	enum shaken_err	 err;
	const char	*says;
} forms[] = {
	{ "nam", RCD(NAM), OK, "" },
	{ "nam empty", RCD("\"nam\":\"\""), OK, "" },
	{ "all", RCD(NAM ",\"apn\":\"12025559990\",\"icn\":"
	    "\"data:image/png;base64,AA\"," CARD(PHOTO)), OK, "" },
	{ "an unknown member", RCD(NAM ",\"x\":1"), OK, "" },
	{ "jcl", RCD(NAM ",\"jcl\":\"https://example.org/q.json\""), OK, "" },
	{ "no nam [R-149]", RCD("\"apn\":\"1\""), NO, "nam" },
	{ "nam no string [R-149]", RCD("\"nam\":1"), NO, "nam" },
	{ "rcd an array", P("\"rcd\":[{" NAM "}]"), NO, "rcd is not an object" },
	{ "rcd a string", P("\"rcd\":\"x\""), NO, "rcd is not an object" },
	{ "apn no number", RCD(NAM ",\"apn\":\"Q\""), NO, "apn" },
	{ "icn http", RCD(NAM ",\"icn\":\"http://example.com/i\""), NO, "icn" },
	{ "icn no string", RCD(NAM ",\"icn\":{}"), NO, "icn" },
	{ "jcd and jcl [R-149]", RCD(NAM "," CARD(PHOTO)
	    ",\"jcl\":\"https://example.org/q.json\""), NO, "both" },
	{ "jcl http", RCD(NAM ",\"jcl\":\"http://example.org/q.json\""), NO,
	    "jcl" },
	{ "jcd an object", RCD(NAM ",\"jcd\":{}"), NO, "jCard" },
	{ "jcd no vcard", RCD(NAM ",\"jcd\":[\"card\",[" PHOTO "]]"), NO,
	    "jCard" },
	{ "jcd without properties", RCD(NAM ",\"jcd\":[\"vcard\",[]]"), NO,
	    "jCard" },
	{ "a property of three", RCD(NAM "," CARD("[\"fn\",{},\"text\"]")), NO,
	    "jCard" },
	{ "parameters an array", RCD(NAM "," CARD("[\"fn\",[],\"text\",\"\"]")),
	    NO, "jCard" },

	{ "crn", P("\"crn\":\"For your ears only\""), OK, "" },
	{ "crn no string", P("\"crn\":[\"x\"]"), NO, "crn is not a string" },

	/* rcdi */
	{ "digest of nam", RCDI(NAM, "\"/nam\":\"" DIGEST "\""), OK, "" },
	{ "padded [R-150]", RCDI(NAM, "\"/nam\":\"" DIGEST "=\""), OK, "" },
	{ "of a character", RCDI(CARD(PHOTO) "," NAM, "\"/jcd/1/1/3\":\"" DIGEST
	    "\",\"/jcd/1/0\":\"" DIGEST "\""), OK, "" },
	{ "below jcl (section 6.1.4)", RCDI(NAM
	    ",\"jcl\":\"https://h/q.json\"", "\"/jcl\":\"" DIGEST
	    "\",\"/jcl/1/2/3\":\"" DIGEST "\""), OK, "" },
	{ "without rcd", P("\"rcdi\":{\"/nam\":\"" DIGEST "\"}"), NO,
	    "without rcd" },
	{ "an array", P("\"rcd\":{" NAM "},\"rcdi\":[]"), NO, "no object" },
	{ "empty", RCDI(NAM, ""), NO, "no object" },
	{ "to nothing", RCDI(NAM, "\"/apn\":\"" DIGEST "\""), NO,
	    "/apn leads to nothing" },
	{ "no pointer", RCDI(NAM, "\"nam\":\"" DIGEST "\""), NO,
	    "leads to nothing" },
	{ "the whole", RCDI(NAM, "\"\":\"" DIGEST "\""), NO,
	    "leads to nothing" },
	{ "an index with a zero", RCDI(NAM "," CARD(PHOTO), "\"/jcd/01\":\""
	    DIGEST "\""), NO, "leads to nothing" },
	{ "an index beyond", RCDI(NAM "," CARD(PHOTO), "\"/jcd/1/9\":\""
	    DIGEST "\""), NO, "leads to nothing" },
	{ "a bad escape", RCDI(NAM ",\"~2\":1", "\"/~2\":\"" DIGEST "\""), NO,
	    "leads to nothing" },
	{ "escaped names (RFC 6901 section 4)", RCDI(NAM ",\"a/b~\":\"x\"",
	    "\"/a~1b~0\":\"" DIGEST "\""), OK, "" },
	{ "no digest", RCDI(NAM, "\"/nam\":\"\""), NO, "no digest" },
	{ "a number", RCDI(NAM, "\"/nam\":1"), NO, "no digest" },
	{ "icn without its digest (section 6.1.2)", RCDI(NAM
	    ",\"icn\":\"https://h/i.png\"", "\"/nam\":\"" DIGEST "\""), NO,
	    "no digest for /icn" },
	{ "icn in the token", RCDI(NAM ",\"icn\":\"data:,x\"", "\"/nam\":\""
	    DIGEST "\""), OK, "" },
	{ "jcl without its digest (section 6.1.4)", RCDI(NAM
	    ",\"jcl\":\"https://h/q.json\"", "\"/nam\":\"" DIGEST "\""), NO,
	    "no digest for /jcl" },
	{ "a URI of jcd without its digest (section 6.1.3)", RCDI(NAM ","
	    CARD(PHOTO), "\"/jcd\":\"" DIGEST "\""), NO,
	    "no digest for /jcd/1/1/3" },
	{ "a URI of jcd that is not on the web", RCDI(NAM ","
	    CARD("[\"tel\",{},\"uri\",\"tel:+1\"]"), "\"/jcd\":\"" DIGEST
	    "\""), OK, "" },
	/* the example of section 7 has no rcdi */
	{ "jcl, no rcdi at all", P("\"crn\":\"For your ears only\",\"rcd\":{"
	    "\"nam\":\"James Bond\",\"jcl\":"
	    "\"https://example.org/james_bond.json\"}"), OK, "" },
};

/* The form is the same in a type of its own and in any other. */
Test(ppt_rcd, forms)
{
	static const char *const types[] = { "rcd", "shaken", "" };

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		for (size_t k = 0; k < 3; k++) {
			struct shaken_diag d = { "" };
			enum shaken_err err = test_claims(types[k],
			    forms[i].payload, &d);

			/* its own type wants rcd or crn, and says so first */
			if (k == 0 && strstr(forms[i].says, "without rcd"))
				continue;
			cr_expect_eq(err, forms[i].err, "%s in %s: %s",
			    forms[i].name, types[k], d.text);
			cr_expect_not_null(strstr(d.text, forms[i].says),
			    "%s in %s: %s", forms[i].name, types[k], d.text);
		}
}

/* Section 8: one of them, in the type rcd. */
Test(ppt_rcd, neither)
{
	struct shaken_diag d;

	cr_expect_eq(test_claims("rcd", P("\"x\":1"), &d), NO);
	cr_expect_str_eq(d.text, "claim rcd and claim crn are both missing");
	cr_expect_eq(test_claims("shaken", P("\"x\":1"), NULL), OK);
}
