/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a tree has all the strings of its text. */
#include <criterion/criterion.h>

#include "json_in.h"

/* The tree is that of another text: what jansson makes of the first where its
 * memory runs out. */
static const struct {
	const char	*name, *text, *tree;
	bool		 whole;
} rows[] = {
	{ "empty", "{}", NULL, true },
	{ "numbers", "{\"a\":[1,2.5,null,true,false]}", NULL, true },
	{ "nested", "{\"a\":{\"b\":[[\"c\"],{\"d\":\"e\"}]},\"f\":\"g\"}",
	    NULL, true },
	{ "escapes", "{\"\\u0061\":\"\\n\\\"\\\\\\/x\"}", NULL, true },
	{ "two bytes", "{\"a\":\"\\u00e9\"}", NULL, true },
	{ "three bytes", "{\"a\":\"\\u20AC\\u20ac\"}", NULL, true },
	{ "four bytes", "{\"a\":\"\\ud83d\\ude00z\"}", NULL, true },
	{ "as they are", "{\"a\":\"\xc3\xa9\xf0\x9f\x98\x80\"}", NULL, true },
	{ "a digit less", "{\"tn\":\"12155551212\"}",
	    "{\"tn\":\"1215551212\"}", false },
	{ "in a name", "{\"orig\":1}", "{\"oig\":1}", false },
	{ "deep inside", "{\"a\":[[[{\"b\":\"cd\"}]]]}",
	    "{\"a\":[[[{\"b\":\"c\"}]]]}", false },
	{ "a half escape", "{\"a\":\"\\u00e9\"}", "{\"a\":\"e\"}", false },
};

Test(json_whole, rows)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *tree = rows[i].tree != NULL ? rows[i].tree :
		    rows[i].text;
		json_t *v = json_loads(tree, 0, NULL);

		cr_assert_not_null(v, "%s", rows[i].name);
		cr_expect_eq(api_json_is_whole(shaken_sv_cstr(rows[i].text), v),
		    rows[i].whole, "%s", rows[i].name);
		json_decref(v);
	}
}
