/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 9475: msg and msgi. */
#include <criterion/criterion.h>

#include "calls.h"

#define P(more) "{\"dest\":{\"tn\":[\"12025551001\"]},\"iat\":1443208345," \
	"\"orig\":{\"tn\":\"12025551000\"}" more "}"
#define D256 "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"	/* of "" */

static const struct {
	const char	*name, *ppt, *payload;
	enum shaken_err	 err;
} forms[] = {
	{ "no msgi", "msg", P(""), SHAKEN_OK },
	{ "msgi", "msg", P(",\"msgi\":\"sha256-" D256 "\""), SHAKEN_OK },
	{ "padded", "msg", P(",\"msgi\":\"sha256-" D256 "=\""), SHAKEN_OK },
	{ "of another length", "msg", P(",\"msgi\":\"sha384-" D256 "\""),
	    SHAKEN_E_CLAIM },
	{ "unknown algorithm", "msg", P(",\"msgi\":\"md5-" D256 "\""),
	    SHAKEN_E_CLAIM },
	{ "no string", "msg", P(",\"msgi\":{}"), SHAKEN_E_CLAIM },
	{ "ignored elsewhere [R-151]", "", P(",\"msgi\":{}"), SHAKEN_OK },
	{ "ignored in rcd [R-151]", "rcd", P(",\"msgi\":1,\"crn\":\"x\""),
	    SHAKEN_OK },
};

Test(ppt_msg, forms)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct shaken_diag d = { "" };

		cr_expect_eq(test_claims(forms[i].ppt, forms[i].payload, &d),
		    forms[i].err, "%s: %s", forms[i].name, d.text);
		cr_expect_eq(d.text[0] == '\0', forms[i].err == SHAKEN_OK,
		    "%s", forms[i].name);
	}
}
