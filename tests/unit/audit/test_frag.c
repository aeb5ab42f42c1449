/* SPDX-License-Identifier: Apache-2.0 */
/* test_frag.c - IP datagrams in fragments: in any order, twice, overlapping
 * (RFC 5722), incomplete, too many. */
#include <criterion/criterion.h>

#include "audit.h"

#define T0 INT64_C(1700000000000000)
#define S INT64_C(1000000)

static struct wire w;

/* Bytes at to end of the datagram that holds an INVITE. */
static void
add(struct wire_file *f, bool v6, uint16_t id, size_t at, size_t end,
    int64_t time_us, int spoil)
{
	static struct wire whole;
	bool more;

	wire_set(&whole, SHAKEN_SV_LIT(INVITE));
	wire_udp(&whole, 5060, 5060);
	more = end < whole.n;
	end = more ? end : whole.n;
	wire_set(&w, (struct shaken_sv){ (char *)whole.p + at, end - at });
	if (spoil >= 0)
		w.p[spoil] ^= 0x20;
	if (v6) {
		wire_ip6_fragment(&w, 17, id, at, more);
		wire_ip6(&w, 44);
	} else {
		wire_ip4(&w, 17, id, (uint16_t)(at / 8 | (more ? 0x2000 : 0)));
	}
	wire_add(f, &w, SIZE_MAX, time_us);
}

struct part {
	size_t	at, end;	/* end 0: none; SIZE_MAX: the last */
	int	spoil;		/* this byte differs; 0: none */
};

static const struct row {
	const char	*name;
	struct part	 parts[5];
	size_t		 items;
	uint64_t	 overlap, incomplete, malformed;
} rows[] = {
	{ "in order", { { 0, 80, 0 }, { 80, 160, 0 }, { 160, SIZE_MAX, 0 } },
	    1, 0, 0, 0 },
	{ "backwards", { { 160, SIZE_MAX, 0 }, { 80, 160, 0 }, { 0, 80, 0 } },
	    1, 0, 0, 0 },
	{ "last in the middle", { { 0, 80, 0 }, { 160, SIZE_MAX, 0 },
	    { 80, 160, 0 } }, 1, 0, 0, 0 },
	{ "one twice", { { 0, 80, 0 }, { 0, 80, 0 }, { 80, SIZE_MAX, 0 } },
	    1, 0, 0, 0 },
	{ "last twice", { { 80, SIZE_MAX, 0 }, { 80, SIZE_MAX, 0 },
	    { 0, 80, 0 } }, 1, 0, 0, 0 },
	{ "twice, another byte", { { 0, 80, 0 }, { 0, 80, 40 },
	    { 80, SIZE_MAX, 0 } }, 0, 1, 0, 0 },
	{ "overlap by 8", { { 0, 88, 0 }, { 80, SIZE_MAX, 0 } }, 0, 1, 0, 0 },
	{ "overlap from the front", { { 80, SIZE_MAX, 0 }, { 0, 88, 0 } },
	    0, 1, 0, 0 },
	{ "inside another", { { 0, 160, 0 }, { 80, 88, 0 },
	    { 160, SIZE_MAX, 0 } }, 0, 1, 0, 0 },
	{ "the rest comes after an overlap", { { 0, 88, 0 }, { 80, 160, 0 },
	    { 88, 160, 0 }, { 160, SIZE_MAX, 0 } }, 0, 1, 0, 0 },
	{ "one is missing", { { 0, 80, 0 }, { 160, SIZE_MAX, 0 } },
	    0, 0, 1, 0 },
	{ "no last", { { 0, 80, 0 } }, 0, 0, 1, 0 },
	{ "7 bytes and more follow", { { 0, 7, 0 } }, 0, 0, 0, 1 },
};

Test(audit_frag, put_together)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];

		for (int v6 = 0; v6 < 2; v6++) {
			struct wire_file f;
			struct got g;

			wire_pcap(&f, 101);
			for (const struct part *p = r->parts; p->end > 0; p++)
				add(&f, v6, 9, p->at, p->end, T0,
				    p->spoil > 0 ? p->spoil : -1);
			g = get_items(wire_sv(&f), NULL);
			cr_expect_eq(g.n, r->items, "%s: %zu", r->name, g.n);
			if (r->items > 0)
				cr_expect(g.text.n == sizeof(INVITE) &&
				    memcmp(g.text.p, INVITE,
				    sizeof(INVITE) - 1) == 0, "%s", r->name);
			cr_expect_eq(g.skips.n[AUDIT_SKIP_FRAG_OVERLAP],
			    r->overlap, "%s", r->name);
			cr_expect_eq(g.skips.n[AUDIT_SKIP_FRAG_INCOMPLETE],
			    r->incomplete, "%s", r->name);
			cr_expect_eq(g.skips.n[AUDIT_SKIP_MALFORMED],
			    r->malformed, "%s", r->name);
			got_free(&g);
			wire_free(&f);
		}
	}
}

/* A datagram must not end before what was seen of it, nor twice. */
Test(audit_frag, two_ends)
{
	struct wire_file f;
	struct got g;

	wire_pcap(&f, 101);
	add(&f, false, 9, 160, 240, T0, -1);
	wire_set(&w, SHAKEN_SV_LIT("12345678"));
	wire_ip4(&w, 17, 9, 10);	/* the last, at 80 */
	wire_add(&f, &w, SIZE_MAX, T0);
	g = get_items(wire_sv(&f), NULL);
	cr_expect_eq(g.n, 0);
	cr_expect_eq(g.skips.n[AUDIT_SKIP_FRAG_OVERLAP], 1);
	got_free(&g);
	wire_free(&f);
}

/* Past 65535 bytes there is no datagram. */
Test(audit_frag, too_long)
{
	struct wire_file f;
	struct got g;

	wire_pcap(&f, 101);
	wire_set(&w, SHAKEN_SV_LIT("12345678"));
	wire_ip4(&w, 17, 9, 8191);
	wire_add(&f, &w, SIZE_MAX, T0);
	g = get_items(wire_sv(&f), NULL);
	cr_expect_eq(g.skips.n[AUDIT_SKIP_MALFORMED], 1);
	got_free(&g);
	wire_free(&f);
}

/* An id that comes back half a minute later is another datagram. */
Test(audit_frag, old_parts_do_not_mix)
{
	static const int64_t after[] = { 30 * S, 30 * S + 1 };

	for (size_t i = 0; i < 2; i++) {
		struct wire_file f;
		struct got g;

		wire_pcap(&f, 101);
		add(&f, false, 9, 0, 80, T0, -1);
		add(&f, false, 9, 80, SIZE_MAX, T0 + after[i], -1);
		g = get_items(wire_sv(&f), NULL);
		cr_expect_eq(g.n, i == 0 ? 1 : 0);
		cr_expect_eq(g.skips.n[AUDIT_SKIP_FRAG_INCOMPLETE],
		    i == 0 ? 0 : 2);
		got_free(&g);
		wire_free(&f);
	}
}

/* Of too many the oldest goes; the youngest become complete. */
Test(audit_frag, as_many_as_allowed)
{
	const struct audit_source_opts opts = { .max_fragments = 4 };
	struct wire_file f;
	struct got g;

	wire_pcap(&f, 101);
	for (uint16_t id = 0; id < 6; id++)
		add(&f, false, id, 0, 80, T0, -1);
	for (uint16_t id = 2; id < 6; id++)
		add(&f, false, id, 80, SIZE_MAX, T0, -1);
	g = get_items(wire_sv(&f), &opts);
	cr_expect_eq(g.n, 4, "%zu", g.n);
	cr_expect_eq(g.skips.n[AUDIT_SKIP_FRAG_INCOMPLETE], 2);
	got_free(&g);
	wire_free(&f);
}
