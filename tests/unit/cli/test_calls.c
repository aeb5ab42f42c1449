/* SPDX-License-Identifier: Apache-2.0 */
/* test_calls.c - one record a call, however often its INVITE was seen (R-158;
 * RFC 3261 sections 12, 17.1.1.2). */
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "calls.h"

#define T0 INT64_C(1700000000000000)

struct copy {
	const char	*call_id, *from, *to, *identity; /* NULL: no field */
	int64_t		 at_s;
};

struct row {
	const char	*name;
	struct copy	 in[4];
	size_t		 n;	/* calls */
	unsigned	 copies; /* of the first */
	const char	*identity; /* of the first */
	bool		 differ;
};

#define FROM "<sip:a@b>;tag=1"
#define TO "<sip:c@d>"

static const struct row rows[] = {
	{ "one", { { "i", FROM, TO, "x", 0 } }, 1, 1, "x", false },
	{ "retransmitted", { { "i", FROM, TO, "x", 0 },
	    { "i", FROM, TO, "x", 1 } }, 1, 2, "x", false },
	{ "signed on the way", { { "i", FROM, TO, NULL, 0 },
	    { "i", FROM, TO, "x", 1 } }, 1, 2, "x", false },
	{ "unsigned on the way", { { "i", FROM, TO, "x", 0 },
	    { "i", FROM, TO, NULL, 1 } }, 1, 2, "x", false },
	{ "changed on the way", { { "i", FROM, TO, "x", 0 },
	    { "i", FROM, TO, "y", 1 } }, 1, 2, "x", true },
	{ "late copy", { { "i", FROM, TO, "x", 0 },
	    { "j", FROM, TO, "x", 40 }, { "i", FROM, TO, "y", 41 } }, 2, 1,
	    "x", false },
	{ "other Call-ID", { { "i", FROM, TO, "x", 0 },
	    { "j", FROM, TO, "x", 0 } }, 2, 1, "x", false },
	{ "other tag", { { "i", FROM, TO, "x", 0 },
	    { "i", "<sip:a@b>;tag=2", TO, "x", 0 } }, 2, 1, "x", false },
	{ "tag in the URI is none", { { "i", FROM, "<sip:c@d;tag=5>", "x",
	    0 } }, 1, 1, "x", false },
	{ "tag in a quoted name is none", { { "i", FROM,
	    "\"a;tag=5\" <sip:c@d>", "x", 0 } }, 1, 1, "x", false },
	{ "tag after another parameter", { { "i", "<sip:a@b>;x=y ; Tag = 1",
	    TO, "x", 0 }, { "i", FROM, TO, "x", 0 } }, 1, 2, "x", false },
	{ "inside of a call", { { "i", FROM, "<sip:c@d>;tag=9", "x", 0 } }, 0,
	    0, NULL, false },
};

static bool
put(struct audit_calls *c, const struct copy *in)
{
	struct audit_item item = { .kind = AUDIT_SIP,
		.time_us = T0 + in->at_s * 1000000 };
	char text[512];

	snprintf(text, sizeof(text), "INVITE sip:c@d SIP/2.0\r\nCall-ID: %s\r\n"
	    "From: %s\r\nTo: %s\r\n%s%s%sCSeq: 1 INVITE\r\n\r\nbody",
	    in->call_id, in->from, in->to, in->identity == NULL ? "" :
	    "Identity: ", in->identity == NULL ? "" : in->identity,
	    in->identity == NULL ? "" : "\r\n");
	item.bytes = shaken_sv_cstr(text);
	return audit_calls_put(c, &item, "file");
}

static void
check(const struct row *r)
{
	struct audit_calls *c = audit_calls_new();
	struct audit_call *call;
	char want[64];
	size_t n = 0;

	cr_assert_not_null(c);
	for (size_t i = 0; i < 4 && r->in[i].call_id != NULL; i++) {
		cr_assert(put(c, &r->in[i]));
		/* what is due is taken as a run of the command does */
		while ((call = audit_calls_take(c, false)) != NULL) {
			cr_expect_eq(++n, call->seq, "%s", r->name);
			audit_call_free(&call);
		}
	}
	while ((call = audit_calls_take(c, true)) != NULL) {
		cr_expect_eq(++n, call->seq, "%s", r->name);
		if (call->seq == 1) {
			snprintf(want, sizeof(want), "Identity: %s\r",
			    r->identity);
			cr_expect_eq(call->copies, r->copies, "%s", r->name);
			cr_expect_eq(call->differ, r->differ, "%s", r->name);
			cr_expect_not_null(memmem(call->bytes, call->n, want,
			    strlen(want)), "%s", r->name);
			cr_expect_null(memmem(call->bytes, call->n, "body", 4),
			    "%s", r->name);
		}
		audit_call_free(&call);
	}
	cr_expect_eq(n, r->n, "%s: %zu calls", r->name, n);
	audit_calls_free(&c);
}

Test(calls, rows)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		check(&rows[i]);
}

/* However many calls come, no more are held, and all come out in order. */
Test(calls, bounded)
{
	struct audit_calls *c = audit_calls_new();
	struct audit_call *call;
	uint64_t in = 0, out = 0;
	char id[24];

	cr_assert_not_null(c);
	for (; in < AUDIT_SEEN_MAX + 10000; in++) {
		snprintf(id, sizeof(id), "call-%llu", (unsigned long long)in);
		cr_assert(put(c, &(struct copy){ id, FROM, TO, "x", 0 }));
		while ((call = audit_calls_take(c, false)) != NULL) {
			cr_assert_eq(call->seq, ++out);
			audit_call_free(&call);
		}
		cr_assert_leq(in + 1 - out, AUDIT_HOLD_MAX);
	}
	/* the newest is remembered, the first is not any more */
	cr_assert(put(c, &(struct copy){ id, FROM, TO, "x", 0 }));
	cr_expect_eq(audit_calls_count(c).copies, 1);
	cr_assert(put(c, &(struct copy){ "call-0", FROM, TO, "x", 0 }));
	cr_expect_eq(audit_calls_count(c).copies, 1);
	while ((call = audit_calls_take(c, true)) != NULL) {
		cr_assert_eq(call->seq, ++out);
		audit_call_free(&call);
	}
	cr_expect_eq(out, in + 1);
	audit_calls_free(&c);
}
