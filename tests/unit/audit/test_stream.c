/* SPDX-License-Identifier: Apache-2.0 */
/* test_stream.c - SIP in TCP: the same messages however their bytes were cut
 * into segments, in what order and how often these came, and what was lost. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "audit.h"

#define T0 INT64_C(1700000000000000)
#define SYN 2
#define FIN 1
#define RST 4

static struct wire w;

static const char text[] = "\r\n\r\n" INVITE RINGING OPTIONS MESSAGE_IDENTITY
    "\r\n\r\n" INVITE;
#define N (sizeof(text) - 1)
#define WANTED INVITE "\x1e" MESSAGE_IDENTITY "\x1e" INVITE "\x1e"

/* A segment of a connection whose bytes are numbered from first. */
static void
add(struct wire_file *f, uint16_t port, uint32_t seq, uint8_t flags,
    const char *p, size_t n, size_t keep)
{
	wire_set(&w, (struct shaken_sv){ p, n });
	wire_tcp(&w, port, 5060, seq, flags);
	wire_ip4(&w, 6, 1, 0);
	wire_add(f, &w, keep == SIZE_MAX ? keep : w.n - n + keep, T0);
}

static void
expect(const char *name, const struct wire_file *f, const char *wanted,
    enum audit_skip why, uint64_t n)
{
	struct got g = get_items(wire_sv(f), NULL);

	cr_expect(g.text.n == strlen(wanted) &&
	    memcmp(g.text.p, wanted, g.text.n) == 0, "%s: %zu items: %.*s",
	    name, g.n, (int)g.text.n, g.text.p);
	cr_expect(!g.failed, "%s: %s", name, g.why);
	if (why < AUDIT_SKIP_N)
		cr_expect_eq(g.skips.n[why], n, "%s: %lu", name,
		    (unsigned long)g.skips.n[why]);
	got_free(&g);
}

Test(audit_stream, every_segment_size)
{
	for (size_t cut = 1; cut <= N; cut += cut < 40 ? 1 : 37) {
		struct wire_file f;
		char name[32];

		wire_pcap(&f, 101);
		add(&f, 40000, 99, SYN, "", 0, SIZE_MAX);
		for (size_t at = 0; at < N; at += cut)
			add(&f, 40000, (uint32_t)(100 + at), 0, text + at,
			    N - at < cut ? N - at : cut, SIZE_MAX);
		add(&f, 40000, (uint32_t)(100 + N), FIN, "", 0, SIZE_MAX);
		(void)snprintf(name, sizeof(name), "%zu bytes", cut);
		expect(name, &f, WANTED, AUDIT_SKIP_SIP_RESPONSE, 1);
		expect(name, &f, WANTED, AUDIT_SKIP_SIP_JUNK, 0);
		expect(name, &f, WANTED, AUDIT_SKIP_TCP_GAP, 0);
		wire_free(&f);
	}
}

/* Shuffled, overlapping, sent again, with numbers that wrap around. */
Test(audit_stream, any_order)
{
	srandom(1);
	for (int round = 0; round < 200; round++) {
		uint32_t first = 0xffffff80;
		struct wire_file f;
		char name[32];
		size_t at[64], n = 0;

		for (size_t a = 0; a < N; a += 40)
			at[n++] = a;
		for (size_t i = n - 1; i > 0; i--) {
			size_t j = (size_t)random() % (i + 1), t = at[i];

			at[i] = at[j];
			at[j] = t;
		}
		wire_pcap(&f, 101);
		add(&f, 40000, first - 1, SYN, "", 0, SIZE_MAX);
		for (size_t i = 0; i < n; i++) {
			size_t len = 40 + (size_t)random() % 60;

			len = N - at[i] < len ? N - at[i] : len;
			for (int again = round % 3; again >= 0; again--)
				add(&f, 40000, first + (uint32_t)at[i], 0,
				    text + at[i], len, SIZE_MAX);
		}
		(void)snprintf(name, sizeof(name), "round %d", round);
		expect(name, &f, WANTED, AUDIT_SKIP_TCP_GAP, 0);
		wire_free(&f);
	}
}

/* Both directions, and two connections, do not mix. */
Test(audit_stream, connections)
{
	struct wire_file f;

	wire_pcap(&f, 101);
	for (size_t at = 0; at < N; at += 50) {
		size_t n = N - at < 50 ? N - at : 50;

		add(&f, 40000, (uint32_t)(100 + at), 0, text + at, n, SIZE_MAX);
		add(&f, 40001, (uint32_t)(900 + at), 0, text + at, n, SIZE_MAX);
	}
	expect("two", &f, INVITE "\x1e" INVITE "\x1e" MESSAGE_IDENTITY "\x1e"
	    MESSAGE_IDENTITY "\x1e" INVITE "\x1e" INVITE "\x1e",
	    AUDIT_SKIP_SIP_REQUEST, 2);
	wire_free(&f);
}

/* What is lost costs the messages it was of, and no other. */
Test(audit_stream, gaps)
{
	static const char three[] = INVITE MESSAGE_IDENTITY INVITE;
	static const struct {
		const char	*name;
		size_t		 lost, n, keep; /* a segment; what is kept */
		const char	*wanted;
		enum audit_skip	 why;
		uint64_t	 times;
	} rows[] = {
		{ "in a header", 20, 30, 0, MESSAGE_IDENTITY "\x1e" INVITE
		    "\x1e", AUDIT_SKIP_TCP_GAP, 1 },
		{ "a whole message", 0, sizeof(INVITE) - 1, 0,
		    MESSAGE_IDENTITY "\x1e" INVITE "\x1e",
		    AUDIT_SKIP_TCP_GAP, 0 }, /* the stream begins later */
		{ "the message in the middle", sizeof(INVITE) - 1,
		    sizeof(MESSAGE_IDENTITY) - 1, 0,
		    INVITE "\x1e" INVITE "\x1e", AUDIT_SKIP_TCP_GAP, 1 },
		{ "cut by the capture", 20, 30, 7, MESSAGE_IDENTITY "\x1e"
		    INVITE "\x1e", AUDIT_SKIP_SNAPLEN, 1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t end = rows[i].lost + rows[i].n;
		struct wire_file f;

		wire_pcap(&f, 101);
		if (rows[i].lost > 0)
			add(&f, 4, 1, 0, three, rows[i].lost, SIZE_MAX);
		if (rows[i].keep > 0)
			add(&f, 4, (uint32_t)(1 + rows[i].lost), 0,
			    three + rows[i].lost, rows[i].n, rows[i].keep);
		add(&f, 4, (uint32_t)(1 + end), 0, three + end,
		    sizeof(three) - 1 - end, SIZE_MAX);
		expect(rows[i].name, &f, rows[i].wanted, rows[i].why,
		    rows[i].times);
		wire_free(&f);
	}
}

/* A gap is given up while the connection goes on, when too much waits. */
Test(audit_stream, gap_is_bounded)
{
	struct wire_file f;
	struct got g;

	wire_pcap(&f, 101);
	add(&f, 4, 1, 0, INVITE, sizeof(INVITE) - 1, SIZE_MAX);
	for (uint32_t i = 0; i < 1000; i++)
		add(&f, 4, 5000 + i * (uint32_t)(sizeof(OPTIONS) - 1), 0,
		    OPTIONS, sizeof(OPTIONS) - 1, SIZE_MAX);
	g = get_items(wire_sv(&f), NULL);
	cr_expect_eq(g.skips.n[AUDIT_SKIP_TCP_GAP], 1);
	cr_expect_eq(g.skips.n[AUDIT_SKIP_SIP_REQUEST], 1000);
	got_free(&g);
	wire_free(&f);
}

/* A capture that begins in the middle of a connection, and of a message. */
Test(audit_stream, begins_in_the_middle)
{
	struct wire_file f;

	wire_pcap(&f, 101);
	add(&f, 5, 7, 0, &(INVITE INVITE)[60], sizeof(INVITE INVITE) - 61,
	    SIZE_MAX);
	expect("middle", &f, INVITE "\x1e", AUDIT_SKIP_SIP_JUNK, 1);
	wire_free(&f);
}

/* The end of a connection hands out a message whose body is not all there;
 * its ports may be used again. */
Test(audit_stream, ends)
{
	static const uint8_t how[] = { FIN, RST, 0 };
	const char *cut = INVITE;

	for (size_t i = 0; i < sizeof(how); i++) {
		struct wire_file f;
		struct got g;

		wire_pcap(&f, 101);
		add(&f, 4, 1, SYN, "", 0, SIZE_MAX);
		add(&f, 4, 2, 0, cut, sizeof(INVITE) - 3, SIZE_MAX);
		if (how[i] != 0) {
			add(&f, 4, (uint32_t)sizeof(INVITE) - 1, how[i], "",
			    0, SIZE_MAX);
			add(&f, 4, 77777, SYN, "", 0, SIZE_MAX);
			add(&f, 4, 77778, 0, INVITE, sizeof(INVITE) - 1,
			    SIZE_MAX);
		}
		g = get_items(wire_sv(&f), NULL);
		cr_expect_eq(g.n, how[i] != 0 ? 2 : 1, "%zu: %zu", i, g.n);
		cr_expect_eq(got_skips(&g), 0, "%zu", i);
		got_free(&g);
		wire_free(&f);
	}
}

/* A new connection on the ports of one whose end was not captured. */
Test(audit_stream, ports_used_again)
{
	struct wire_file f;

	wire_pcap(&f, 101);
	add(&f, 4, 1, 0, INVITE, 40, SIZE_MAX);
	add(&f, 4, 0x40000000, SYN, "", 0, SIZE_MAX);
	add(&f, 4, 0x40000001, 0, INVITE, sizeof(INVITE) - 1, SIZE_MAX);
	expect("again", &f, INVITE "\x1e", AUDIT_SKIP_TCP_GAP, 1);
	wire_free(&f);
}

Test(audit_stream, tls)
{
	static const char hello[] = "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x01";
	static const char data[] = "\x17\x03\x03\x00\x05xxxxx";
	static const struct {
		const char	*name, *bytes;
		uint16_t	 port;
		uint64_t	 n;
	} rows[] = {
		{ "ClientHello", hello, 443, 1 },
		{ "data on 5061", data, 5061, 1 },
		{ "data on 443", data, 443, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct wire_file f;

		wire_pcap(&f, 101);
		add(&f, rows[i].port, 1, 0, rows[i].bytes, 10, SIZE_MAX);
		add(&f, rows[i].port, 11, 0, data, 10, SIZE_MAX);
		expect(rows[i].name, &f, "", AUDIT_SKIP_TLS, rows[i].n);
		wire_free(&f);
	}
}

/* Of too many streams the one that was quiet for longest goes; that costs
 * something only where bytes were waiting in it. */
Test(audit_stream, as_many_as_allowed)
{
	const struct audit_source_opts opts = { .max_streams = 4 };
	const uint32_t half = 60;
	struct wire_file f;
	struct got g;

	wire_pcap(&f, 101);
	for (uint16_t i = 1; i <= 6; i++)
		add(&f, i, 1, 0, INVITE, half, SIZE_MAX);
	for (uint16_t i = 3; i <= 6; i++)
		add(&f, i, 1 + half, 0, &INVITE[half],
		    sizeof(INVITE) - 1 - half, SIZE_MAX);
	for (uint16_t i = 7; i <= 20; i++)
		add(&f, i, 1, 0, INVITE, sizeof(INVITE) - 1, SIZE_MAX);
	g = get_items(wire_sv(&f), &opts);
	cr_expect_eq(g.n, 18, "%zu", g.n);
	cr_expect_eq(g.skips.n[AUDIT_SKIP_TCP_DROPPED], 2);
	got_free(&g);
	wire_free(&f);
}

/* What all streams keep has a limit too: 4 MiB is the least of it. */
Test(audit_stream, bytes_are_bounded)
{
	const struct audit_source_opts opts = { .max_stream_bytes = 1 };
	static char big[60000];
	struct wire_file f;
	struct got g;

	memset(big, 'x', sizeof(big));
	wire_pcap(&f, 101);
	for (uint16_t i = 1; i <= 100; i++) {
		add(&f, i, 1, 0, INVITE, 60, SIZE_MAX);
		add(&f, i, 100000, 0, big, sizeof(big), SIZE_MAX);
	}
	g = get_items(wire_sv(&f), &opts);
	cr_expect_geq(g.skips.n[AUDIT_SKIP_TCP_DROPPED], 30);
	cr_expect_leq(g.skips.n[AUDIT_SKIP_TCP_DROPPED], 40);
	cr_expect_eq(g.skips.n[AUDIT_SKIP_TCP_DROPPED] +
	    g.skips.n[AUDIT_SKIP_TCP_GAP], 100);
	got_free(&g);
	wire_free(&f);
}
