/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <criterion/criterion.h>

#include <shaken/identity.h>

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define U	"https://cert.example.org/passport.cer"

static const struct {
	const char	*name, *in;
	const char	*token, *info, *alg, *ppt;
	bool		 bare;
} good[] = {
	{ "R-040 as it is emitted", "h.p.s;info=<" U ">;alg=ES256;ppt=shaken",
	    "h.p.s", U, "ES256", "shaken", false },
	{ "R-041 quoted", "h.p.s;info=<" U ">;alg=\"ES256\";ppt=\"shaken\"",
	    "h.p.s", U, "ES256", "shaken", false },
	{ "rfc8946 4.1", "h.p.s;info=<" U ">;ppt=\"div\"", "h.p.s", U, "",
	    "div", false },
	{ "R-042 other order", "h.p.s;ppt=shaken;alg=ES256;info=<" U ">",
	    "h.p.s", U, "ES256", "shaken", false },
	{ "R-042 names in capitals",
	    "h.p.s;INFO=<" U ">;ALG=ES256;Ppt=shaken", "h.p.s", U, "ES256",
	    "shaken", false },
	{ "R-042 blanks", " h.p.s ; info = <" U "> ;\talg =\tES256 ",
	    "h.p.s", U, "ES256", "", false },
	{ "R-042 folded", "h.p.s\r\n ;info=\r\n\t<" U ">;\n alg\r\n =ES256",
	    "h.p.s", U, "ES256", "", false },
	{ "line end after it", "h.p.s;info=<" U ">\r\n", "h.p.s", U, "", "",
	    false },
	{ "line ends after it", "h.p.s;info=<" U "> \n", "h.p.s", U, "", "",
	    false },
	{ "R-043 no alg, no ppt", "h.p.s;info=<" U ">", "h.p.s", U, "", "",
	    false },
	{ "R-045 no parameters", "h.p.s", "h.p.s", "", "", "", false },
	{ "R-045 no info", "h.p.s;alg=ES256", "h.p.s", "", "ES256", "",
	    false },
	{ "R-045 info without <>", "h.p.s;info=" U ";alg=ES256", "h.p.s", U,
	    "ES256", "", true },
	{ "R-045 info in quotes", "h.p.s;info=\"" U "\"", "h.p.s", U, "", "",
	    true },
	{ "R-045 info empty", "h.p.s;info=;alg=ES256", "h.p.s", "", "ES256",
	    "", true },
	{ "R-045 info of <>", "h.p.s;info=<>", "h.p.s", "", "", "", true },
	{ "R-045 info without =", "h.p.s;info", "h.p.s", "", "", "", true },
	{ "info is no http URI", "h.p.s;info=<cid:1@h>", "h.p.s", "cid:1@h",
	    "", "", false },
	{ "R-047 unknown", "h.p.s;a;b=c;info=<" U ">;d=\"e;f=\\\"\";"
	    "g=[::1];h=<i>;alg=ES256;j=", "h.p.s", U, "ES256", "", false },
	{ "R-047 unknown, twice", "h.p.s;a=1;a=2;info=<" U ">", "h.p.s", U,
	    "", "", false },
	{ "compact form", "..s;info=<" U ">", "..s", U, "", "", false },
	{ "padding, for jws.c", "aA==.b-_=.c+/;info=<" U ">", "aA==.b-_=.c+/",
	    U, "", "", false },
	{ "semicolon in the URI", "h.p.s;info=<https://h/a;b,c>", "h.p.s",
	    "https://h/a;b,c", "", "", false },
	{ "field name", "Identity: h.p.s;info=<" U ">", "h.p.s", U, "", "",
	    false },
	{ "field name, any case", " IDENTITY \t:h.p.s", "h.p.s", "", "", "",
	    false },
	{ "R-050 compact name", "y:h.p.s;info=<" U ">", "h.p.s", U, "", "",
	    false },
	{ "R-050 token y", "y;info=<" U ">", "y", U, "", "", false },
	{ "1 byte", "a", "a", "", "", "", false },
};

static bool
is(struct shaken_sv v, const char *s)
{
	return v.n == strlen(s) && memcmp(v.p == NULL ? "" : v.p, s, v.n) == 0;
}

Test(identity, good_table)
{
	for (size_t i = 0; i < N(good); i++) {
		struct shaken_diag d = { "stale" };
		struct shaken_identity id;

		cr_expect_eq(shaken_identity_parse(shaken_sv_cstr(good[i].in),
		    &id, &d), SHAKEN_OK, "%s: %s", good[i].name, d.text);
		cr_expect(is(id.token, good[i].token), "%s", good[i].name);
		cr_expect(is(id.info, good[i].info), "%s", good[i].name);
		cr_expect(is(id.alg, good[i].alg), "%s", good[i].name);
		cr_expect(is(id.ppt, good[i].ppt), "%s", good[i].name);
		cr_expect_eq(id.info_bare, good[i].bare, "%s", good[i].name);
		cr_expect_str_empty(d.text, "%s", good[i].name);
	}
}

static const struct {
	const char	*name, *in, *diag;
} bad[] = {
	{ "nothing", "", "no token at byte 0" },
	{ "blanks", " \t\r\n ", "no token at byte 5" },
	{ "only ;", ";", "no token at byte 0" },
	{ "only parameters", ";info=<" U ">", "no token at byte 0" },
	{ "field name alone", "Identity:", "no token at byte 9" },
	{ "other field name", "Date: h.p.s", "byte 4" },
	{ "field name twice", "y:y:h.p.s", "byte 3" },
	{ "both field names", "Identity:y:h.p.s", "byte 10" },
	{ "trailing ;", "h.p.s;", "no parameter name" },
	{ "empty parameter", "h.p.s;;info=<" U ">", "at byte 6" },
	{ "parameter without a name", "h.p.s;=x", "no parameter name" },
	{ "two tokens", "h.p.s h.p.s;info=<" U ">", "byte 6" },
	{ "a comma", "h.p.s;info=<" U ">,h.p.s", "byte 50" },
	{ "text after the value", "h.p.s;alg=ES256 x", "byte 16" },
	{ "text after the quotes", "h.p.s;alg=\"ES256\"x", "byte 17" },
	{ "text after the URI", "h.p.s;info=<" U ">x", "byte 50" },
	{ "<> not closed", "h.p.s;info=<" U, "<> without end at byte 49" },
	{ "blank in the URI", "h.p.s;info=<https://h/ a>", "byte 22" },
	{ "quote in the URI", "h.p.s;info=<https://h/\">", "byte 22" },
	{ "high bit in the URI", "h.p.s;info=<https://\xc3\xa9>", "byte 20" },
	{ "quotes not closed", "h.p.s;alg=\"ES256", "without end at byte 16" },
	{ "ends in an escape", "h.p.s;alg=\"\\", "without end" },
	{ "control in quotes", "h.p.s;a=\"\x01\"", "byte 9" },
	{ "info twice", "h.p.s;info=<" U ">;info=<" U ">", "twice" },
	{ "info twice, one empty", "h.p.s;info=;info=<" U ">", "twice" },
	{ "alg twice", "h.p.s;alg=ES256;Alg=ES256", "twice" },
	{ "ppt twice", "h.p.s;ppt=shaken;ppt=\"div\"", "twice" },
	{ "alg empty", "h.p.s;alg=", "alg or ppt without a value" },
	{ "alg of quotes", "h.p.s;alg=\"\"", "alg or ppt without a value" },
	{ "alg without =", "h.p.s;alg;info=<" U ">", "alg or ppt" },
	{ "ppt empty", "h.p.s;ppt= ;info=<" U ">", "alg or ppt" },
	{ "alg in <>", "h.p.s;alg=<ES256>", "alg or ppt" },
	{ "line end, not folded", "h.p.s\r\n;info=<" U ">", "byte 5" },
	{ "a second line", "h.p.s;info=<" U ">\r\nTo: x", "byte 50" },
	{ "control in the token", "h.p\x01.s", "byte 3" },
	{ "high bit in the token", "h.p\x80.s", "byte 3" },
	{ "lone CR", "h.p.s\r;alg=ES256", "byte 5" },
};

Test(identity, bad_table)
{
	for (size_t i = 0; i < N(bad); i++) {
		struct shaken_diag d = { "" };
		struct shaken_identity id;

		memset(&id, 'x', sizeof(id));
		cr_expect_eq(shaken_identity_parse(shaken_sv_cstr(bad[i].in),
		    &id, &d), SHAKEN_E_SYNTAX, "%s", bad[i].name);
		cr_expect_not_null(strstr(d.text, bad[i].diag), "%s: %s",
		    bad[i].name, d.text);
		cr_expect(id.token.n == 0 && id.info.n == 0 && id.alg.n == 0 &&
		    id.ppt.n == 0 && !id.info_bare, "%s", bad[i].name);
	}
}

Test(identity, nul_and_limits)
{
	size_t n = SHAKEN_IDENTITY_MAX;
	char *p = malloc(64 * 1024);
	struct shaken_identity id;
	struct shaken_diag d;

	cr_assert_not_null(p);
	memset(p, 'a', 64 * 1024);
	cr_expect_eq(shaken_identity_parse((struct shaken_sv){ p, n }, &id,
	    NULL), SHAKEN_OK);
	cr_expect_eq(id.token.n, n);
	cr_expect_eq(shaken_identity_parse((struct shaken_sv){ p, n + 1 }, &id,
	    &d), SHAKEN_E_LIMIT);
	cr_expect_eq(id.token.n, 0);
	cr_expect_not_null(strstr(d.text, "20481 bytes"), "%s", d.text);
	cr_expect_eq(shaken_identity_parse((struct shaken_sv){ p, 64 * 1024 },
	    &id, NULL), SHAKEN_E_LIMIT);
	memset(p, ';', n);
	cr_expect_eq(shaken_identity_parse((struct shaken_sv){ p, n }, &id,
	    NULL), SHAKEN_E_SYNTAX);
	free(p);

	cr_expect_eq(shaken_identity_parse((struct shaken_sv){ "a\0b", 3 },
	    &id, NULL), SHAKEN_E_SYNTAX);
	cr_expect_eq(shaken_identity_parse((struct shaken_sv){
	    "a;b=\"\0\"", 7 }, &id, NULL), SHAKEN_E_SYNTAX);
	cr_expect_eq(shaken_identity_parse((struct shaken_sv){
	    "a;info=<\0>", 10 }, &id, NULL), SHAKEN_E_SYNTAX);
	cr_expect_eq(shaken_identity_parse((struct shaken_sv){ NULL, 0 },
	    &id, NULL), SHAKEN_E_SYNTAX);
}

static const struct {
	const char	*name, *in;
	const char	*want[4];	/* up to the NULL */
} lists[] = {
	{ "one", "a;info=<x>", { "a;info=<x>" } },
	{ "R-051 two", "a;info=<x>,b;info=<y>", { "a;info=<x>",
	    "b;info=<y>" } },
	{ "R-051 blanks", " a ,\r\n b\t,c \r\n", { "a", "b", "c" } },
	{ "R-051 comma in <>", "a;info=<x,y>,b", { "a;info=<x,y>", "b" } },
	{ "R-051 comma in quotes", "a;b=\"c,\\\",d\",e",
	    { "a;b=\"c,\\\",d\"", "e" } },
	{ "R-051 quote in <>", "a;info=<\">,b", { "a;info=<\">", "b" } },
	{ "R-051 < in quotes", "a;b=\"<\",c", { "a;b=\"<\"", "c" } },
	{ "R-051 > alone", "a>,b", { "a>", "b" } },
	{ "R-051 <> not closed", "a;info=<x,b", { "a;info=<x,b" } },
	{ "R-051 quotes not closed", "a;b=\"c,d", { "a;b=\"c,d" } },
	{ "R-051 ends in an escape", "a;b=\"\\", { "a;b=\"\\" } },
	{ "R-051 escape before the quote", "a;b=\"\\\"\",c", { "a;b=\"\\\"\"",
	    "c" } },
	{ "R-051 ends in an escape, later", "a,b=\"\\", { "a", "b=\"\\" } },
	{ "R-051 empty ones", ",,a, ,b,", { "a", "b" } },
	{ "nothing", "", { NULL } },
	{ "blanks", " \r\n ", { NULL } },
	{ "commas", " , ,", { NULL } },
};

Test(identity, next_table)
{
	for (size_t i = 0; i < N(lists); i++) {
		struct shaken_sv rest = shaken_sv_cstr(lists[i].in), v;
		size_t n = 0;

		for (; lists[i].want[n] != NULL; n++) {
			cr_expect(shaken_identity_next(&rest, &v), "%s %zu",
			    lists[i].name, n);
			cr_expect(is(v, lists[i].want[n]), "%s %zu: %.*s",
			    lists[i].name, n, (int)v.n, v.p);
		}
		cr_expect(!shaken_identity_next(&rest, &v), "%s",
		    lists[i].name);
		cr_expect(v.n == 0 && rest.n == 0, "%s", lists[i].name);
	}
}
