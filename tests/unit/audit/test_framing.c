/* SPDX-License-Identifier: Apache-2.0 */
/* test_framing.c - where SIP messages begin and end in a text: bodies, lost
 * CRs, junk between them, the torture messages of RFC 4475, the limits. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "audit.h"
#include "framing.h"

#define LF_INVITE \
    "INVITE sip:+12155550113@example.com SIP/2.0\n" \
    "From: <sip:+12155550112@example.com>;tag=1\n" \
    "To: <sip:+12155550113@example.com>\nContent-Length: 60\n\nv=0\no=-\n"
/* A request inside of a body. */
#define EMBEDDED \
    "INVITE sip:a@example.com SIP/2.0\r\nFrom: <sip:b@example.com>\r\n" \
    "To: <sip:a@example.com>\r\nContent-Length: 46\r\n\r\n" \
    "INVITE sip:c@example.com SIP/2.0\r\nl: 0\r\n\r\n1234"

static const struct row {
	const char	*name, *text;
	size_t		 n;
	size_t		 bytes;	/* of all items */
	uint64_t	 junk, cut;
} rows[] = {
	{ "one", INVITE, 1, sizeof(INVITE) - 1, 0, 0 },
	{ "line ends between", INVITE "\r\n\r\n\n" INVITE, 2,
	    2 * (sizeof(INVITE) - 1), 0, 0 },
	{ "a log", "---- 12:00 ----\nUDP message sent:\n\n" INVITE
	    "\n---- 12:01\n\n" INVITE "\n----", 2, 2 * (sizeof(INVITE) - 1), 3,
	    0 },
	{ "CRs were lost", LF_INVITE LF_INVITE LF_INVITE, 3,
	    3 * (sizeof(LF_INVITE) - 1), 0, 0 },
	{ "a request in a body", EMBEDDED EMBEDDED, 2,
	    2 * (sizeof(EMBEDDED) - 1), 0, 0 },
	{ "body not all there", "INVITE sip:a@b SIP/2.0\r\nl: 100\r\n\r\nv=0",
	    1, 37, 0, 0 },
	{ "header not all there", "INVITE sip:a@b SIP/2.0\r\nl: 100\r\n", 0, 0,
	    0, 1 },
	/* It is one malformed message, and its Content-Length says nothing. */
	{ "no blank line, another follows", "INVITE sip:a@b SIP/2.0\r\n"
	    "l: 100\r\n" INVITE, 1, sizeof(INVITE) - 1 - 6 + 32, 1, 0 },
	{ "no Content-Length", "INVITE sip:a@b SIP/2.0\r\nf: a\r\n\r\nv=0\r\n"
	    INVITE, 2, 31 + sizeof(INVITE), 1, 0 },
	{ "other version", "INVITE sip:a@b SIP/7.0\r\nf: a\r\n\r\n", 1, 32, 0,
	    0 },
	/* RFC 4475: start lines and lengths that are wrong.  An INVITE is
	 * handed out to be called malformed, and does not hide the next. */
	{ "3.1.2.2 clerr", "INVITE sip:u@example.com SIP/2.0\r\n"
	    "Content-Length: 9999\r\n\r\nv=0\r\n", 1, 63, 0, 0 },
	{ "3.1.2.3 ncl", "INVITE sip:u@example.com SIP/2.0\r\n"
	    "Content-Length: -999\r\n\r\n" INVITE, 2, 57 + sizeof(INVITE), 0,
	    0 },
	{ "3.1.2.7 ltgtruri", "INVITE <sip:u@example.com> SIP/2.0\r\n"
	    "l: 0\r\n\r\n" INVITE, 2, 43 + sizeof(INVITE), 0, 0 },
	{ "3.1.2.8 lwsruri", "INVITE sip:u@example.com; lr SIP/2.0\r\n"
	    "l: 0\r\n\r\n", 1, 46, 0, 0 },
	{ "3.1.2.9 lwsstart", "INVITE  sip:u@example.com  SIP/2.0\r\n"
	    "l: 0\r\n\r\n", 1, 44, 0, 0 },
	{ "3.1.2.10 trws", "OPTIONS sip:u@example.com SIP/2.0  \r\n"
	    "l: 0\r\n\r\n" INVITE, 1, sizeof(INVITE) - 1, 0, 0 },
	{ "no request", "INVITE sip:a@b HTTP/1.1\r\n\r\n", 0, 0, 1, 0 },
	{ "in the middle of a line", "12:00 x: INVITE sip:a@b SIP/2.0\r\n\r\n",
	    0, 0, 1, 0 },
};

Test(audit_framing, text)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		struct got g = get_items(shaken_sv_cstr(r->text), NULL);

		cr_expect_eq(g.n, r->n, "%s: %zu", r->name, g.n);
		cr_expect_eq(g.text.n - g.n, r->bytes, "%s: %zu", r->name,
		    g.text.n - g.n);
		cr_expect_eq(g.skips.n[AUDIT_SKIP_SIP_JUNK], r->junk, "%s: %lu",
		    r->name, (unsigned long)g.skips.n[AUDIT_SKIP_SIP_JUNK]);
		cr_expect_eq(g.skips.n[AUDIT_SKIP_SIP_CUT], r->cut, "%s",
		    r->name);
		got_free(&g);
	}
}

static void
append_file(struct wire_file *f, const char *path)
{
	char buf[8192];
	FILE *in = fopen(path, "rb");

	cr_assert_not_null(in, "%s", path);
	wire_append(f, buf, fread(buf, 1, sizeof(buf), in));
	fclose(in);
}

/* The messages of tests/vectors/sip/ and the torture INVITE of RFC 4475
 * section 3.1.1.1 one behind the other, with its folding and empty fields. */
Test(audit_framing, vectors)
{
	static const char *const files[] = {
		VECTORS "/sip/attest-a-subscriber.sip",
		VECTORS "/sip/compact-names-and-folding.sip",
		VECTORS "/sip/anonymous-from-with-pai.sip",
		SEEDS "/sip/rfc4475-wsinv", /* which has no body */
	};
	struct wire_file f = { .p = NULL };
	struct got g;

	for (size_t i = 0; i < 4; i++)
		append_file(&f, files[i]);
	g = get_items(wire_sv(&f), NULL);
	cr_expect_eq(g.n, 4, "%zu", g.n);
	cr_expect_eq(got_skips(&g), 0);
	got_free(&g);
	wire_free(&f);
}

/* A header as long as is read, and a byte more; the same of a body. */
Test(audit_framing, limits)
{
	static const char head[] = "INVITE sip:a@b SIP/2.0\r\nl: %zu\r\nx: ";

	for (size_t more = 0; more < 2; more++) {
		size_t n = SHAKEN_SIP_MAX + more, m = FRAMING_BODY_MAX + more;
		struct wire_file f = { .p = NULL };
		char *buf = malloc(n + m), start[64];
		struct got g;
		int len;

		memset(buf, 'x', n + m);
		len = snprintf(start, sizeof(start), head, (size_t)0);
		memcpy(buf, start, (size_t)len);
		memcpy(buf + n - 4, "\r\n\r\n", 4);
		wire_append(&f, buf, n);
		wire_append(&f, INVITE, sizeof(INVITE) - 1);
		g = get_items(wire_sv(&f), NULL);
		cr_expect_eq(g.n, more ? 1 : 2, "%zu", g.n);
		cr_expect_eq(g.skips.n[AUDIT_SKIP_SIP_LONG], more);
		got_free(&g);
		wire_free(&f);

		len = snprintf(start, sizeof(start), head, m);
		memset(buf, 'y', n + m);
		wire_append(&f, start, (size_t)len);
		wire_append(&f, "\r\n\r\n", 4);
		wire_append(&f, buf, m);
		wire_append(&f, "\r\n" INVITE, sizeof(INVITE) + 1);
		g = get_items(wire_sv(&f), NULL);
		cr_expect_eq(g.n, more ? 1 : 2, "%zu", g.n);
		cr_expect_eq(g.skips.n[AUDIT_SKIP_SIP_LONG], more);
		got_free(&g);
		wire_free(&f);
		free(buf);
	}
}

/* Every table row of reasons has its words. */
Test(audit_framing, reasons)
{
	for (int i = 0; i < AUDIT_SKIP_N; i++) {
		cr_expect(audit_skip_texts[i].name[0] != '\0');
		cr_expect(strlen(audit_skip_texts[i].text) > 8);
	}
}
