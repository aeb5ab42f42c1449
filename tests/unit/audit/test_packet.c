/* SPDX-License-Identifier: Apache-2.0 */
/* test_packet.c - link layers, IP, fragments, UDP: what is found in a packet,
 * and why one is skipped. */
#include <criterion/criterion.h>

#include "audit.h"

#define T0 INT64_C(1700000000123456)

static struct wire w;		/* one packet at a time */

/* -- link layers -------------------------------------------------------- */

static const uint8_t vlan[] = { 0, 5, 8, 0 };
static const uint8_t sll4[16] = { 0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0,
	8, 0 };
static const uint8_t sll2_6[20] = { 0x86, 0xdd, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6 };
static const uint8_t af_inet[4] = { 2, 0, 0, 0 }, af_inet6[4] = { 0, 0, 0, 24 };

static const struct link {
	const char	*name;
	uint32_t	 linktype;
	bool		 v6;
	const uint8_t	*head;
	size_t		 n;
	uint16_t	 ethertype; /* 0: no Ethernet header */
	size_t		 tags;
} links[] = {
	{ "Ethernet, IPv4", 1, false, NULL, 0, 0x0800, 0 },
	{ "Ethernet, IPv6", 1, true, NULL, 0, 0x86dd, 0 },
	{ "802.1Q", 1, false, vlan, 4, 0x8100, 1 },
	{ "802.1ad, QinQ", 1, false, vlan, 4, 0x88a8, 2 },
	{ "Linux cooked v1", 113, false, sll4, 16, 0, 1 },
	{ "Linux cooked v2", 276, true, sll2_6, 20, 0, 1 },
	{ "raw IP, IPv4", 101, false, NULL, 0, 0, 0 },
	{ "raw IP, IPv6", 101, true, NULL, 0, 0, 0 },
	{ "raw IPv4", 228, false, NULL, 0, 0, 0 },
	{ "raw IPv6", 229, true, NULL, 0, 0, 0 },
	{ "BSD loopback, IPv4", 0, false, af_inet, 4, 0, 1 },
	{ "OpenBSD loopback, IPv6", 108, true, af_inet6, 4, 0, 1 },
};

static void
wrap(const struct link *l)
{
	uint8_t inner[4] = { 0, 5, 0x81, 0 };

	if (l->v6)
		wire_ip6(&w, 17);
	else
		wire_ip4(&w, 17, 1, 0);
	if (l->tags > 0)
		wire_push(&w, l->head, l->n);
	if (l->tags > 1)
		wire_push(&w, inner, sizeof(inner));
	if (l->ethertype != 0)
		wire_eth(&w, l->ethertype);
}

Test(audit_packet, link_layers)
{
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		const struct link *l = &links[i];

		for (int ng = 0; ng < 2; ng++) {
			struct wire_file f;
			struct got g;

			wire_set(&w, SHAKEN_SV_LIT(INVITE));
			wire_udp(&w, 5060, 5070);
			wrap(l);
			if (ng) {
				wire_pcapng(&f, (uint16_t)l->linktype);
				wire_add_ng(&f, &w, T0);
			} else {
				wire_pcap(&f, l->linktype);
				wire_add(&f, &w, SIZE_MAX, T0);
			}
			g = get_items(wire_sv(&f), NULL);
			cr_assert_eq(g.n, 1, "%s: %zu %s", l->name, g.n, g.why);
			cr_expect_eq(got_skips(&g), 0, "%s", l->name);
			cr_expect_str_eq(g.first.src, l->v6 ?
			    "[2001:db8::1]:5060" : "192.0.2.1:5060");
			cr_expect_str_eq(g.first.dst, l->v6 ?
			    "[2001:db8::2]:5070" : "192.0.2.2:5070");
			cr_expect_eq(g.first.time_us, T0, "%s", l->name);
			cr_expect_eq(g.first.pos, 1);
			cr_expect_eq(g.text.n, sizeof(INVITE), "%s", l->name);
			cr_expect(memcmp(g.text.p, INVITE,
			    sizeof(INVITE) - 1) == 0, "%s", l->name);
			got_free(&g);
			wire_free(&f);
		}
	}
}

/* Ethernet pads short frames; the lengths of IP and UDP say what counts. */
Test(audit_packet, padding_is_no_payload)
{
	static const char text[] = INVITE "padding";
	struct wire_file f;
	struct got g;

	wire_set(&w, SHAKEN_SV_LIT(INVITE));
	wire_udp(&w, 5060, 5060);
	wire_ip4(&w, 17, 1, 0);
	memcpy(w.p + w.n, text + sizeof(INVITE) - 1, 7);
	w.n += 7;
	wire_eth(&w, 0x0800);
	wire_pcap(&f, 1);
	wire_add(&f, &w, SIZE_MAX, T0);
	g = get_items(wire_sv(&f), NULL);
	cr_expect_eq(g.n, 1);
	cr_expect_eq(g.text.n, sizeof(INVITE), "%zu", g.text.n);
	got_free(&g);
	wire_free(&f);
}

/* IPv6 extension headers in front of UDP; an atomic fragment (RFC 6946). */
Test(audit_packet, ipv6_extensions)
{
	uint8_t hop[8] = { 60, 0, 1, 4 }, dst[16] = { 44, 1, 1, 12 };
	struct wire_file f;
	struct got g;

	wire_set(&w, SHAKEN_SV_LIT(INVITE));
	wire_udp(&w, 5060, 5060);
	wire_ip6_fragment(&w, 17, 7, 0, false);
	wire_push(&w, dst, sizeof(dst));
	wire_push(&w, hop, sizeof(hop));
	wire_ip6(&w, 0);
	wire_pcap(&f, 229);
	wire_add(&f, &w, SIZE_MAX, T0);
	g = get_items(wire_sv(&f), NULL);
	cr_expect_eq(g.n, 1, "%zu", g.n);
	got_free(&g);
	wire_free(&f);
}

/* -- skips -------------------------------------------------------------- */

static const struct skip {
	const char	*name;
	enum audit_skip	 why;
	const char	*payload;
	size_t		 keep;	/* of the packet; 0: all */
	uint32_t	 linktype;
	uint8_t		 proto;
	int		 at;	/* put byte v there; -1: do not */
	uint8_t		 v;
	size_t		 items;
} skips[] = {
	{ "a response", AUDIT_SKIP_SIP_RESPONSE, RINGING, 0, 1, 17, -1, 0, 0 },
	{ "OPTIONS", AUDIT_SKIP_SIP_REQUEST, OPTIONS, 0, 1, 17, -1, 0, 0 },
	{ "BYE twice From", AUDIT_SKIP_SIP_MALFORMED, "BYE sip:a SIP/2.0\r\n"
	    "f: a\r\nFrom: b\r\n\r\n", 0, 1, 17, -1, 0, 0 },
	{ "no blank line", AUDIT_SKIP_SIP_CUT, "INVITE sip:a@b SIP/2.0\r\n"
	    "f: a\r\n", 0, 1, 17, -1, 0, 0 },
	{ "CRLF CRLF", AUDIT_SKIP_KEEP_ALIVE, "\r\n\r\n", 0, 1, 17, -1, 0, 0 },
	{ "no payload", AUDIT_SKIP_KEEP_ALIVE, "", 0, 1, 17, -1, 0, 0 },
	{ "DNS", AUDIT_SKIP_NOT_SIP, "\x12\x34\x01", 0, 1, 17, -1, 0, 0 },
	{ "DTLS", AUDIT_SKIP_DTLS, "\x16\xfe\xfd\1\1\1\1\1\1\1\1\1\1\1", 0, 1,
	    17, -1, 0, 0 },
	{ "802.11", AUDIT_SKIP_LINK, INVITE, 0, 105, 17, -1, 0, 0 },
	{ "ARP", AUDIT_SKIP_NOT_IP, INVITE, 0, 1, 17, 13, 6, 0 },
	{ "ICMP", AUDIT_SKIP_PROTOCOL, INVITE, 0, 1, 1, -1, 0, 0 },
	{ "IP version 5", AUDIT_SKIP_MALFORMED, INVITE, 0, 1, 17, 14, 0x55, 0 },
	{ "IHL 4", AUDIT_SKIP_MALFORMED, INVITE, 0, 1, 17, 14, 0x44, 0 },
	{ "IP longer than frame", AUDIT_SKIP_MALFORMED, INVITE, 0, 1, 17, 16,
	    0xff, 0 },
	{ "UDP longer than IP", AUDIT_SKIP_MALFORMED, INVITE, 0, 1, 17, 38,
	    0xff, 0 },
	{ "UDP of 7 bytes", AUDIT_SKIP_MALFORMED, "", 0, 1, 17, 39, 7, 0 },
	{ "TCP header of 16 bytes", AUDIT_SKIP_MALFORMED,
	    "0123456789012345678901234567890", 0, 1, 6, 46, 0x40, 0 },
	{ "cut in Ethernet", AUDIT_SKIP_SNAPLEN, INVITE, 13, 1, 17, -1, 0, 0 },
	{ "cut in IP", AUDIT_SKIP_SNAPLEN, INVITE, 33, 1, 17, -1, 0, 0 },
	{ "cut in UDP", AUDIT_SKIP_SNAPLEN, INVITE, 41, 1, 17, -1, 0, 0 },
	{ "cut in the start line", AUDIT_SKIP_SNAPLEN, INVITE, 60, 1, 17, -1,
	    0, 0 },
	{ "cut in the header", AUDIT_SKIP_SNAPLEN, INVITE, 150, 1, 17, -1, 0,
	    0 },
};

Test(audit_packet, skipped)
{
	for (size_t i = 0; i < sizeof(skips) / sizeof(skips[0]); i++) {
		const struct skip *s = &skips[i];
		struct wire_file f;
		struct got g;

		wire_set(&w, shaken_sv_cstr(s->payload));
		wire_udp(&w, 5060, 5060);
		wire_ip4(&w, s->proto, 1, 0);
		wire_eth(&w, 0x0800);
		if (s->at >= 0)
			w.p[s->at] = s->v;
		wire_pcap(&f, s->linktype);
		wire_add(&f, &w, s->keep > 0 ? s->keep : SIZE_MAX, T0);
		g = get_items(wire_sv(&f), NULL);
		cr_expect_eq(g.n, s->items, "%s: %zu", s->name, g.n);
		cr_expect(!g.failed, "%s: %s", s->name, g.why);
		cr_expect_eq(g.skips.n[s->why], 1, "%s", s->name);
		cr_expect_eq(got_skips(&g), 1, "%s", s->name);
		cr_expect_eq(g.skips.packets, 1, "%s", s->name);
		got_free(&g);
		wire_free(&f);
	}
}

/* A request with Identity is handed out, whatever its method; so is a message
 * of which the capture lost a part of the body. */
Test(audit_packet, handed_out)
{
	static const struct {
		const char	*name, *text;
		size_t		 lost, n;
	} rows[] = {
		{ "MESSAGE with Identity", MESSAGE_IDENTITY, 0,
		    sizeof(MESSAGE_IDENTITY) - 1 },
		{ "body cut", INVITE, 3, sizeof(INVITE) - 4 },
		{ "more than Content-Length", INVITE "more", 0,
		    sizeof(INVITE) - 1 },
		{ "keep-alive in front", "\r\n\r\n" INVITE, 0,
		    sizeof(INVITE) - 1 },
		{ "malformed INVITE", "INVITE sip:a b SIP/2.0\r\nx\r\n\r\n", 0,
		    29 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct wire_file f;
		struct got g;

		wire_set(&w, shaken_sv_cstr(rows[i].text));
		wire_udp(&w, 5060, 5060);
		wire_ip4(&w, 17, 1, 0);
		wire_pcap(&f, 101);
		wire_add(&f, &w, w.n - rows[i].lost, T0);
		g = get_items(wire_sv(&f), NULL);
		cr_assert_eq(g.n, 1, "%s: %zu", rows[i].name, g.n);
		cr_expect_eq(g.text.n, rows[i].n + 1, "%s: %zu", rows[i].name,
		    g.text.n);
		got_free(&g);
		wire_free(&f);
	}
}
