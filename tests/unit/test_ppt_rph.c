/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 8443 and RFC 9027: rph and sph. */
#include <criterion/criterion.h>

#include "calls.h"

#define P(more) "{\"dest\":{\"tn\":[\"12155551212\"]},\"iat\":1615471428," \
	"\"orig\":{\"tn\":\"12155551213\"}," more "}"
#define AUTH(values) "\"rph\":{\"auth\":[" values "]}"
#define OK SHAKEN_OK
#define NO SHAKEN_E_CLAIM

static const struct {
	const char	*name, *payload;
	enum shaken_err	 err;
	const char	*says;
} forms[] = {
	{ "two values", P(AUTH("\"ets.0\",\"wps.0\"")), OK, "" },
	{ "esnet.4", P(AUTH("\"esnet.4\"")), OK, "" },
	{ "another array (RFC 8443 section 3)",
	    P("\"rph\":{\"auth\":[\"ets.0\"],\"x\":[1]}"), OK, "" },
	{ "sph [R-140]", P(AUTH("\"esnet.0\"") ",\"sph\":\"psap-callback\""),
	    OK, "" },
	{ "sph, esnet the second", P(AUTH("\"ets.0\",\"ESNET.1\"")
	    ",\"sph\":\"psap-callback\""), OK, "" },
	{ "no rph", P("\"x\":1"), NO, "rph is missing" },
	{ "rph an array", P("\"rph\":[\"ets.0\"]"), NO, "rph is not an object" },
	{ "no auth", P("\"rph\":{}"), NO, "auth" },
	{ "auth empty", P(AUTH("")), NO, "auth" },
	{ "auth a string", P("\"rph\":{\"auth\":\"ets.0\"}"), NO, "auth" },
	{ "a number", P(AUTH("1")), NO, "namespace.priority" },
	{ "no dot", P(AUTH("\"ets\"")), NO, "\"ets\"" },
	{ "two dots", P(AUTH("\"ets.0.1\"")), NO, "\"ets.0.1\"" },
	{ "no namespace", P(AUTH("\".0\"")), NO, "\".0\"" },
	{ "no priority", P(AUTH("\"ets.\"")), NO, "\"ets.\"" },
	{ "a blank", P(AUTH("\"ets. 0\"")), NO, "\"ets. 0\"" },
	{ "the second one", P(AUTH("\"ets.0\",\"x\"")), NO, "\"x\"" },
	{ "esnet.5", P(AUTH("\"esnet.5\"")), NO, "esnet.5" },
	{ "esnet.01", P(AUTH("\"esnet.01\"")), NO, "esnet.01" },
	{ "sph without esnet [R-140]", P(AUTH("\"ets.0\"")
	    ",\"sph\":\"psap-callback\""), NO, "esnet" },
	{ "sph other", P(AUTH("\"esnet.0\"") ",\"sph\":\"urgent\""), NO,
	    "\"urgent\"" },
	{ "sph empty", P(AUTH("\"esnet.0\"") ",\"sph\":\"\""), NO,
	    "psap-callback" },
	{ "sph no string", P(AUTH("\"esnet.0\"") ",\"sph\":true"), NO,
	    "psap-callback" },
};

Test(ppt_rph, forms)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct shaken_diag d = { "" };

		cr_expect_eq(test_claims("rph", forms[i].payload, &d),
		    forms[i].err, "%s: %s", forms[i].name, d.text);
		cr_expect_not_null(strstr(d.text, forms[i].says), "%s: %s",
		    forms[i].name, d.text);
	}
}

/* In another type they say nothing (RFC 8225 section 8). */
Test(ppt_rph, elsewhere)
{
	cr_expect_eq(test_claims("", P("\"rph\":1,\"sph\":2"), NULL), OK);
}
