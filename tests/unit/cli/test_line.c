/* SPDX-License-Identifier: Apache-2.0 */
/* test_line.c - calls as lines of JSON. */
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "line.h"

struct row {
	const char	*name, *text;
	bool		 ok;
	size_t		 n_identity, n_dest;
	const char	*identity, *orig;
	int64_t		 time;
};

static const struct row rows[] = {
	{ "all members", "{\"identity\":\"a\",\"orig\":\"1\",\"dest\":[\"2\","
	    "\"3\"],\"time\":7}", true, 1, 2, "a", "1", 7 },
	{ "several values", "{\"identity\":[\"a\",\"b\"]}", true, 2, 0, "a", "",
	    -1 },
	{ "none", " {} ", true, 0, 0, NULL, "", -1 },
	{ "empty list", "{\"identity\":[]}", true, 0, 0, NULL, "", -1 },
	{ "null is absent", "{\"identity\":null,\"time\":null}", true, 0, 0,
	    NULL, "", -1 },
	{ "escapes", "{\"identity\":\"\\\"\\u0041\\/\\n\"}", true, 1, 0,
	    "\"A/\n", "", -1 },
	{ "three bytes of UTF-8", "{\"orig\":\"\\u20ac\"}", true, 0, 0, NULL,
	    "\xe2\x82\xac", -1 },
	{ "fraction is dropped", "{\"time\":1700000000.75}", true, 0, 0, NULL,
	    "", 1700000000 },
	{ "others are passed over", "{\"x\":{\"y\":[1,{\"z\":\"}\"}]},\"w\":"
	    "true,\"orig\":\"1\"}", true, 0, 0, NULL, "1", -1 },
	{ "target", "{\"target\":\"1\",\"time\":2}", true, 0, 0, NULL, "",
	    2 },
	{ "number for target", "{\"target\":1}", false, 0, 0, NULL, NULL, 0 },
	{ "empty", "", false, 0, 0, NULL, NULL, 0 },
	{ "no object", "[]", false, 0, 0, NULL, NULL, 0 },
	{ "cut", "{\"identity\":\"a", false, 0, 0, NULL, NULL, 0 },
	{ "cut in an escape", "{\"identity\":\"a\\", false, 0, 0, NULL, NULL,
	    0 },
	{ "NUL", "{\"identity\":\"\\u0000\"}", false, 0, 0, NULL, NULL, 0 },
	{ "number for text", "{\"identity\":5}", false, 0, 0, NULL, NULL, 0 },
	{ "text for time", "{\"time\":\"5\"}", false, 0, 0, NULL, NULL, 0 },
	{ "time too large", "{\"time\":999999999999}", false, 0, 0, NULL, NULL,
	    0 },
	{ "negative time", "{\"time\":-1}", false, 0, 0, NULL, NULL, 0 },
	{ "twice", "{\"orig\":\"1\",\"orig\":\"2\"}", false, 0, 0, NULL, NULL,
	    0 },
	{ "more behind", "{} {}", false, 0, 0, NULL, NULL, 0 },
	{ "control character", "{\"orig\":\"\n\"}", false, 0, 0, NULL, NULL,
	    0 },
	{ "no value", "{\"x\":,\"y\":1}", false, 0, 0, NULL, NULL, 0 },
	{ "no colon", "{\"orig\" \"1\"}", false, 0, 0, NULL, NULL, 0 },
};

static void
check(const struct row *r)
{
	size_t n = strlen(r->text);
	char *copy = malloc(n + 1);
	struct audit_line l;
	struct shaken_diag why;

	cr_assert_not_null(copy);
	memcpy(copy, r->text, n + 1);
	cr_expect_eq(audit_line_read(copy, n, &l, &why), r->ok, "%s: %s",
	    r->name, why.text);
	cr_expect_eq(why.text[0] == '\0', r->ok, "%s", r->name);
	if (r->ok) {
		cr_expect_eq(l.n_identity, r->n_identity, "%s", r->name);
		cr_expect_eq(l.n_dest, r->n_dest, "%s", r->name);
		cr_expect_eq(l.time, r->time, "%s", r->name);
		cr_expect(l.orig.n == strlen(r->orig) && (l.orig.n == 0 ||
		    memcmp(l.orig.p, r->orig, l.orig.n) == 0), "%s", r->name);
		cr_expect(r->identity == NULL || (l.identity[0].n ==
		    strlen(r->identity) && memcmp(l.identity[0].p,
		    r->identity, l.identity[0].n) == 0), "%s", r->name);
	}
	free(copy);
}

Test(line, rows)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		check(&rows[i]);
}

/* {"dest": ["1", ...]} with n numbers. */
static bool
read_dest(size_t n)
{
	char text[1024] = "{\"dest\":[";
	struct audit_line l;
	struct shaken_diag why;

	for (size_t i = 0; i < n; i++)
		strncat(text, i == 0 ? "\"1\"" : ",\"1\"",
		    sizeof(text) - strlen(text) - 1);
	strncat(text, "]}", sizeof(text) - strlen(text) - 1);
	return audit_line_read(text, strlen(text), &l, &why);
}

Test(line, limit)
{
	cr_expect(read_dest(AUDIT_LINE_VALUES));
	cr_expect_not(read_dest(AUDIT_LINE_VALUES + 1));
}
