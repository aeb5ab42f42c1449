/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 8225 section 5.2.2: mky, in any type. */
#include <stdlib.h>

#include <criterion/criterion.h>

#include "calls.h"
#include "json.h"
#include "ppt.h"

#define P(mky) "{\"dest\":{\"tn\":[\"1\"]},\"iat\":1,\"mky\":" mky "," \
	"\"orig\":{\"tn\":\"2\"}}"
#define KEY(alg, dig) "{\"alg\":\"" alg "\",\"dig\":\"" dig "\"}"

static const struct {
	const char	*name, *payload;
	enum shaken_err	 err;
	const char	*says;
} forms[] = {
	{ "one", P("[" KEY("sha-256", "02AB") "]"), SHAKEN_OK, "" },
	{ "sorted by dig [R-012]", P("[" KEY("a", "02") "," KEY("a", "03") "]"),
	    SHAKEN_OK, "" },
	{ "sorted by alg [R-012]", P("[" KEY("a", "03") "," KEY("b", "02") "]"),
	    SHAKEN_OK, "" },
	{ "by both together: a2 b1 [R-012]",
	    P("[" KEY("a", "22") "," KEY("a1", "FF") "]"), SHAKEN_E_CLAIM,
	    "sorted" },
	{ "the other way round", P("[" KEY("a1", "FF") "," KEY("a", "22") "]"),
	    SHAKEN_OK, "" },
	{ "twice the same", P("[" KEY("a", "02") "," KEY("a", "02") "]"),
	    SHAKEN_OK, "" },
	{ "not sorted [R-012]", P("[" KEY("a", "03") "," KEY("a", "02") "]"),
	    SHAKEN_E_CLAIM, "sorted" },
	{ "empty", P("[]"), SHAKEN_E_CLAIM, "array" },
	{ "no array", P(KEY("a", "02")), SHAKEN_E_CLAIM, "array" },
	{ "a string", P("[\"x\"]"), SHAKEN_E_CLAIM, "entry 1" },
	{ "no alg", P("[" KEY("a", "02") ",{\"dig\":\"02\"}]"), SHAKEN_E_CLAIM,
	    "entry 2" },
	{ "no dig", P("[{\"alg\":\"a\"}]"), SHAKEN_E_CLAIM, "entry 1" },
	{ "dig with colons", P("[" KEY("a", "02:AB") "]"), SHAKEN_E_CLAIM,
	    "hexadecimal" },
	{ "half a byte", P("[" KEY("a", "02A") "]"), SHAKEN_E_CLAIM,
	    "hexadecimal" },
};

Test(mky, forms)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct shaken_diag d = { "" };

		cr_expect_eq(test_claims("", forms[i].payload, &d),
		    forms[i].err, "%s: %s", forms[i].name, d.text);
		cr_expect_not_null(strstr(d.text, forms[i].says), "%s: %s",
		    forms[i].name, d.text);
	}
}

/* The signer's order is the verifier's. */
Test(mky, sort)
{
	json_t *obj = NULL;
	char text[256];
	struct shk_buf b = shk_buf_over(text, sizeof(text) - 1);

	cr_assert_eq(shk_json_parse(SHAKEN_SV_LIT("{\"mky\":[" KEY("b", "01")
	    "," KEY("a", "22") "," KEY("a1", "FF") "," KEY("a", "21") "]}"),
	    &obj, NULL), SHAKEN_OK);
	cr_assert_eq(shk_mky_sort(json_object_get(obj, "mky")), SHAKEN_OK);
	cr_assert_eq(shk_json_canonical(obj, &b), SHAKEN_OK);
	text[b.len] = '\0';
	cr_expect_str_eq(text, "{\"mky\":[" KEY("a1", "FF") "," KEY("a", "21")
	    "," KEY("a", "22") "," KEY("b", "01") "]}");
	cr_expect_eq(shk_mky_check(obj, NULL), SHAKEN_OK);
	cr_expect_eq(shk_mky_sort(NULL), SHAKEN_OK);
	json_decref(obj);
}
