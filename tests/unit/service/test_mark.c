/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <criterion/criterion.h>

#include "mark.h"

#define V "No-TN-Validation"
#define OURS ";verstat=" V

static const struct {
	const char *name, *in, *pai, *from;	/* NULL: refused */
} rows[] = {
	{ "tel", "<tel:+12155551212>", "<tel:+12155551212" OURS ">",
	    "<tel:+12155551212" OURS ">" },
	{ "tel, bare", "tel:+12155551212", "<tel:+12155551212" OURS ">",
	    "<tel:+12155551212" OURS ">" },
	{ "tel with parameters", "<tel:+1-215;ext=5;npdi>", "<tel:+1-215;ext=5"
	    ";npdi" OURS ">", "<tel:+1-215;ext=5;npdi" OURS ">" },
	{ "sip", "\"Bob\" <sip:+1215@h.example;user=phone>;tag=x",
	    "\"Bob\" <sip:+1215" OURS "@h.example;user=phone>",
	    "\"Bob\" <sip:+1215" OURS "@h.example;user=phone>;tag=x" },
	{ "sips, port", "Bob <SIPS:+1215@[2001:db8::1]:5061>",
	    "Bob <sips:+1215" OURS "@[2001:db8::1]:5061>",
	    "Bob <sips:+1215" OURS "@[2001:db8::1]:5061>" },
	{ "bare sip, tag", "sip:+1215@h;tag=x", "<sip:+1215" OURS "@h>",
	    "<sip:+1215" OURS "@h>;tag=x" },
	/* What came from outside is gone, wherever it stood. */
	{ "verstat of another", "<tel:+1215;verstat=TN-Validation-Passed>",
	    "<tel:+1215" OURS ">", "<tel:+1215" OURS ">" },
	{ "several of them", "<tel:+1215;verstat=a;x=y;VerStat=b;verstat>",
	    "<tel:+1215;x=y" OURS ">", "<tel:+1215;x=y" OURS ">" },
	{ "in user, URI and field", "<sip:+1215;verstat=a@h;verstat=b;lr>;"
	    "tag=x;verstat=c", "<sip:+1215" OURS "@h;lr>",
	    "<sip:+1215" OURS "@h;lr>;tag=x" },
	{ "escaped", "<sip:+1215;%76er%53tat=a@h>", "<sip:+1215" OURS "@h>",
	    "<sip:+1215" OURS "@h>" },
	{ "another name", "<tel:+1215;verstatx=a;xverstat=b;verstat%=c>",
	    "<tel:+1215;verstatx=a;xverstat=b;verstat%=c" OURS ">",
	    "<tel:+1215;verstatx=a;xverstat=b;verstat%=c" OURS ">" },
	{ "in a display name", "\";verstat=a\" <tel:+1215>",
	    "\";verstat=a\" <tel:+1215" OURS ">",
	    "\";verstat=a\" <tel:+1215" OURS ">" },
	/* No line of somebody else's. */
	{ "folded", "\"Bob\"\r\n <tel:+1215>", "\"Bob\" <tel:+1215" OURS ">",
	    "\"Bob\" <tel:+1215" OURS ">" },
	{ "a line in the name", "\"a\r\nEvil: b\" <tel:+1215>",
	    "\"a  Evil: b\" <tel:+1215" OURS ">",
	    "\"a  Evil: b\" <tel:+1215" OURS ">" },
	{ "a line in the URI", "<tel:+1215\r\n Evil: b>", NULL, NULL },
	{ "a line in the tag", "<tel:+1215>;tag=x\r\nEvil: b",
	    "<tel:+1215" OURS ">", NULL },
	{ "blanks around", " Bob  <tel:+1215> ; tag=x ; y",
	    "Bob <tel:+1215" OURS ">", "Bob <tel:+1215" OURS ">;tag=x;y" },
	{ "control", "\"\1\" <tel:+1215>", NULL, NULL },
	/* Display names. */
	{ "quotes in it", "\"a \\\"<b>\\\" c\" <tel:+1215>",
	    "\"a \\\"<b>\\\" c\" <tel:+1215" OURS ">",
	    "\"a \\\"<b>\\\" c\" <tel:+1215" OURS ">" },
	{ "UTF-8", "\"Zo\xc3\xab\" <tel:+1215>",
	    "\"Zo\xc3\xab\" <tel:+1215" OURS ">",
	    "\"Zo\xc3\xab\" <tel:+1215" OURS ">" },
	{ "no UTF-8", "\"Zo\xff\" <tel:+1215>", "<tel:+1215" OURS ">",
	    "<tel:+1215" OURS ">" },
	{ "words with a colon", "Evil: b <tel:+1215>", "<tel:+1215" OURS ">",
	    "<tel:+1215" OURS ">" },
	{ "two strings", "\"a\" \"b\" <tel:+1215>", "<tel:+1215" OURS ">",
	    "<tel:+1215" OURS ">" },
	{ "open quote", "\"a <tel:+1215>", NULL, NULL },
	/* Where two readers may see two users. */
	{ "two @", "<sip:+1215@a@b>", NULL, NULL },
	{ "password", "<sip:+1215:x@h>", NULL, NULL },
	{ "header fields", "<sip:+1215@h?From=x>", NULL, NULL },
	{ "no user", "<sip:h.example>", NULL, NULL },
	{ "empty user", "<sip:;x@h.example>", NULL, NULL },
	{ "empty host", "<sip:+1215@;x>", NULL, NULL },
	{ "bare, with parameters", "sip:+1215;verstat=x@h", NULL, NULL },
	{ "quote in a parameter", "<tel:+1215>;tag=\"x\"",
	    "<tel:+1215" OURS ">", NULL },
	{ "no end", "<tel:+1215", NULL, NULL },
	{ "text behind", "<tel:+1215> x", NULL, NULL },
	{ "second address", "<tel:+1215>, <tel:+1216>", NULL, NULL },
	{ "another scheme", "<mailto:a@h>", NULL, NULL },
	{ "nothing", "", NULL, NULL },
};

static void
expect(const char *name, bool ok, const char *got, const char *want)
{
	cr_expect_eq(ok, want != NULL, "%s: %s", name, got);
	if (ok && want != NULL)
		cr_expect_str_eq(got, want, "%s: %s", name, got);
}

Test(mark, rows)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct shaken_sv in = shaken_sv_cstr(rows[i].in);
		char out[API_MARK_MAX], plain[API_MARK_MAX];
		char again[API_MARK_MAX];
		bool ok;

		ok = api_mark(in, V, false, out);
		expect(rows[i].name, ok, out, rows[i].pai);
		ok = api_mark(in, V, true, out);
		expect(rows[i].name, ok, out, rows[i].from);
		if (!ok || !api_mark(in, NULL, true, plain))
			continue;
		/* Marked and unmarked again is never marked. */
		cr_expect(api_mark(shaken_sv_cstr(out), NULL, true, again));
		cr_expect_str_eq(again, plain, "%s", rows[i].name);
	}
}

Test(mark, without_a_user)
{
	char out[API_MARK_MAX];

	cr_expect(api_mark(SHAKEN_SV_LIT("<sip:h.example;verstat=x>"), NULL,
	    false, out));
	cr_expect_str_eq(out, "<sip:h.example>");
}

/* At the limit, and one beyond. */
Test(mark, length)
{
	char in[API_MARK_MAX + 1], out[API_MARK_MAX];
	const size_t fits = API_MARK_MAX - 3 - strlen(OURS);

	for (size_t n = fits; n <= API_MARK_MAX; n++) {
		memset(in, '1', n);
		memcpy(in, "tel:", 4);
		cr_expect_eq(api_mark((struct shaken_sv){ in, n }, V, false,
		    out), n == fits, "%zu", n);
		cr_expect_lt(strlen(out), API_MARK_MAX);
	}
}
