/* SPDX-License-Identifier: Apache-2.0 */
/* test_source.c - files of every kind, plain and gzip'd, whole and cut, at the
 * limits, and when memory runs out. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

#include <zlib.h>

#include "audit.h"
#include "framing.h"
#include "lines.h"
#include "oom.h"
#include "oom_wrap.h"

static struct wire w;

static struct wire_file
gzip(struct shaken_sv in)
{
	struct wire_file f = { .p = NULL };
	z_stream z = { .avail_in = (uInt)in.n };
	static Bytef buf[1 << 16], plain[1 << 16];

	cr_assert_leq(in.n, sizeof(plain));
	memcpy(plain, in.p, in.n);
	z.next_in = plain;
	cr_assert_eq(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8,
	    Z_DEFAULT_STRATEGY), Z_OK);
	do {
		z.next_out = buf;
		z.avail_out = sizeof(buf);
		(void)deflate(&z, Z_FINISH);
		wire_append(&f, buf, sizeof(buf) - z.avail_out);
	} while (z.avail_out == 0);
	(void)deflateEnd(&z);
	return f;
}

/* A capture with a fragmented datagram, a stream and a plain datagram. */
static struct wire_file
capture(void)
{
	struct wire_file f;

	wire_pcap(&f, 101);
	wire_set(&w, SHAKEN_SV_LIT(INVITE));
	wire_tcp(&w, 1, 2, 1, 0);
	wire_ip4(&w, 6, 1, 0);
	wire_add(&f, &w, SIZE_MAX, 1);
	for (size_t at = 0; at < 2; at++) {
		wire_set(&w, SHAKEN_SV_LIT(INVITE));
		wire_udp(&w, 1, 2);
		if (at == 0)
			w.n = 80;
		else
			memmove(w.p, w.p + 80, w.n -= 80);
		wire_ip4(&w, 17, 1, at == 0 ? 0x2000 : 10);
		wire_add(&f, &w, SIZE_MAX, 1);
	}
	wire_set(&w, SHAKEN_SV_LIT(INVITE));
	wire_udp(&w, 1, 2);
	wire_ip4(&w, 17, 1, 0);
	wire_add(&f, &w, SIZE_MAX, 1);
	return f;
}

#define JSON "{\"identity\": \"a\"}\n\r\n  {\"identity\": \"b\"}\r\n{"

Test(audit_source, kinds)
{
	struct wire_file pcap = capture();
	const struct {
		const char		*name;
		struct shaken_sv	 bytes;
		size_t			 n;
		uint64_t		 last;	/* pos */
	} rows[] = {
		{ "pcap", wire_sv(&pcap), 3, 4 },
		{ "SIP text", SHAKEN_SV_LIT(INVITE INVITE), 2, 11 },
		{ "SIP text, mark", SHAKEN_SV_LIT("\xef\xbb\xbf" INVITE), 1,
		    1 },
		{ "SIP text, blank", SHAKEN_SV_LIT("\n\n" INVITE), 1, 3 },
		{ "JSON lines", SHAKEN_SV_LIT(JSON), 3, 4 },
		{ "JSON lines, mark", SHAKEN_SV_LIT("\xef\xbb\xbf" JSON), 3,
		    4 },
		{ "nothing", { "", 0 }, 0, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int gz = 0; gz < 2; gz++) {
			struct wire_file f = gzip(rows[i].bytes);
			struct got g = get_items(gz ? wire_sv(&f) :
			    rows[i].bytes, NULL);

			cr_expect(!g.failed, "%s: %s", rows[i].name, g.why);
			cr_expect_eq(g.n, rows[i].n, "%s: %zu", rows[i].name,
			    g.n);
			cr_expect_eq(g.last.pos, rows[i].last, "%s: %lu",
			    rows[i].name, (unsigned long)g.last.pos);
			cr_expect_eq(got_skips(&g), 0, "%s", rows[i].name);
			got_free(&g);
			wire_free(&f);
		}
	}
	wire_free(&pcap);
}

Test(audit_source, two_gzips_in_one)
{
	struct wire_file a = gzip(SHAKEN_SV_LIT(INVITE)),
	    b = gzip(SHAKEN_SV_LIT(INVITE));
	struct got g;

	wire_append(&a, b.p, b.n);
	g = get_items(wire_sv(&a), NULL);
	cr_expect_eq(g.n, 2);
	got_free(&g);
	wire_free(&a);
	wire_free(&b);
}

/* Of a file cut anywhere nothing fails: what is whole is handed out, and that
 * it was cut is counted. */
Test(audit_source, cut_anywhere)
{
	struct wire_file pcap = capture(), gz = gzip(wire_sv(&pcap));
	const struct wire_file *files[] = { &pcap, &gz };
	uint64_t cut = 0;

	for (size_t i = 0; i < 2; i++) {
		for (size_t n = i == 0 ? 24 : 40; n < files[i]->n; n++) {
			char *tight = malloc(n);
			struct got g;

			memcpy(tight, files[i]->p, n);
			g = get_items((struct shaken_sv){ tight, n }, NULL);
			free(tight);
			cr_expect_leq(g.n, 3, "%zu: %zu", n, g.n);
			cr_expect_leq(g.skips.n[AUDIT_SKIP_FILE_CUT], 1);
			cut += g.skips.n[AUDIT_SKIP_FILE_CUT];
			cr_expect(g.failed == (g.why[0] != '\0'));
			if (i == 0)
				cr_expect(!g.failed, "%zu: %s", n, g.why);
			got_free(&g);
		}
	}
	/* All cuts but those between the four packets. */
	cr_expect_geq(cut, pcap.n - 24 - 4, "%lu", (unsigned long)cut);
	wire_free(&pcap);
	wire_free(&gz);
}

/* pcapng counts microseconds in 64 bits; what is past the year 9999 is none. */
Test(audit_source, times)
{
	static const struct {
		int64_t	stored, time_us;
	} rows[] = {
		{ 1700000000123456, 1700000000123456 },
		{ INT64_C(253402300799999999), INT64_C(253402300799999999) },
		{ INT64_C(253402300800000000), 0 },
		{ INT64_MAX, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct wire_file f;
		struct got g;

		wire_pcapng(&f, 101);
		wire_set(&w, SHAKEN_SV_LIT(INVITE));
		wire_udp(&w, 1, 2);
		wire_ip4(&w, 17, 1, 0);
		wire_add_ng(&f, &w, rows[i].stored);
		g = get_items(wire_sv(&f), NULL);
		cr_expect_eq(g.n, 1);
		cr_expect_eq(g.first.time_us, rows[i].time_us, "%zu: %ld", i,
		    (long)g.first.time_us);
		got_free(&g);
		wire_free(&f);
	}
}

Test(audit_source, refused)
{
	struct wire_file gz = gzip(SHAKEN_SV_LIT(INVITE INVITE INVITE));
	struct wire_file pcap = capture(), ng;
	struct got g;

	gz.p[gz.n - 5] ^= 1;	/* its checksum */
	g = get_items(wire_sv(&gz), NULL);
	cr_expect(g.failed && strstr(g.why, "gzip") != NULL, "%s", g.why);
	got_free(&g);

	g = get_items(SHAKEN_SV_LIT("\x7f" "ELF\0\0\0\0"), NULL);
	cr_expect(g.failed && strstr(g.why, "neither a capture") != NULL, "%s",
	    g.why);
	got_free(&g);

	memset(pcap.p + 24 + 8, 0xff, 4); /* bytes captured */
	g = get_items(wire_sv(&pcap), NULL);
	cr_expect(g.failed && g.why[0] != '\0');
	got_free(&g);

	wire_pcapng(&ng, 1);
	memset(ng.p + 32, 0xff, 4); /* length of a block */
	g = get_items(wire_sv(&ng), NULL);
	cr_expect(g.failed || g.n == 0);
	got_free(&g);
	wire_free(&gz);
	wire_free(&pcap);
	wire_free(&ng);
}

Test(audit_source, paths)
{
	char path[] = "/tmp/shaken-audit-XXXXXX";
	struct audit_source *s;
	struct audit_item item;
	struct shaken_diag why;
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, INVITE, sizeof(INVITE) - 1),
	    (ssize_t)sizeof(INVITE) - 1);
	close(fd);
	cr_assert(audit_source_open(path, NULL, &s, &why), "%s", why.text);
	cr_expect_str_eq(audit_source_kind(s), "SIP text");
	cr_expect_eq(audit_source_total_bytes(s), sizeof(INVITE) - 1);
	cr_expect_eq(audit_source_next(s, &item), AUDIT_ITEM);
	cr_expect_eq(audit_source_next(s, &item), AUDIT_END);
	cr_expect_eq(audit_source_done_bytes(s), sizeof(INVITE) - 1);
	audit_source_close(&s);
	cr_expect_null(s);
	unlink(path);
	cr_expect(!audit_source_open(path, NULL, &s, &why));
	cr_expect(s == NULL && strstr(why.text, path) != NULL &&
	    strstr(why.text, "No such file") != NULL, "%s", why.text);
	cr_expect(!audit_source_open("/tmp", NULL, &s, &why));
	cr_expect(strstr(why.text, "cannot read") != NULL, "%s", why.text);
}

/* A line as long as is allowed, and one byte more. */
Test(audit_source, long_lines)
{
	for (size_t more = 0; more < 2; more++) {
		size_t n = LINES_MAX + more;
		struct wire_file f = { .p = NULL };
		char *line = malloc(n);
		struct got g;

		memset(line, 'x', n);
		line[0] = '{';
		wire_append(&f, line, n);
		wire_append(&f, "\n{}\n", 4);
		wire_append(&f, line, n);	/* without an end */
		g = get_items(wire_sv(&f), NULL);
		cr_expect_eq(g.n, more ? 1 : 3, "%zu", g.n);
		cr_expect_eq(g.skips.n[AUDIT_SKIP_LINE_LONG], more ? 2 : 0);
		got_free(&g);
		wire_free(&f);
		free(line);
	}
}

/* Ten times the buffer in one line is no item, and what follows is. */
Test(audit_source, very_long_line)
{
	size_t n = 10 * (size_t)LINES_MAX;
	struct wire_file f = { .p = NULL };
	char *line = malloc(n);
	struct got g;

	memset(line, '{', n);
	wire_append(&f, line, n);
	wire_append(&f, "\n{}", 3);
	g = get_items(wire_sv(&f), NULL);
	cr_expect_eq(g.n, 1);
	cr_expect_eq(g.last.pos, 2);
	cr_expect_eq(g.skips.n[AUDIT_SKIP_LINE_LONG], 1);
	got_free(&g);
	wire_free(&f);
	free(line);
}

/* Memory runs out once, at each place there is: never a crash, and either an
 * error with its reason or all there is. */
Test(audit_source, out_of_memory)
{
	struct wire_file pcap = capture(), gz = gzip(wire_sv(&pcap));
	const struct shaken_sv files[] = { wire_sv(&pcap), wire_sv(&gz),
		SHAKEN_SV_LIT(INVITE), SHAKEN_SV_LIT(JSON) };

	for (size_t i = 0; i < 4; i++) {
		bool hit = true;

		for (long at = 0; hit; at++) {
			struct audit_source *s;
			struct audit_item item;
			struct shaken_diag why;
			enum audit_next next = AUDIT_FAIL;
			bool opened;
			size_t n = 0;

			cr_assert_lt(at, 1000);
			test_oom_arm(at, false);
			opened = audit_source_open_bytes(files[i], NULL, &s,
			    &why);
			while (opened && (next = audit_source_next(s, &item)) ==
			    AUDIT_ITEM)
				n++;
			hit = test_oom_disarm();
			cr_expect(next == AUDIT_END || !opened ||
			    strstr(audit_source_why(s), "memory") != NULL,
			    "%zu at %ld: %s", i, at, audit_source_why(s));
			if (!opened)
				cr_expect_neq(why.text[0], '\0');
			else if (!hit)
				cr_expect(next == AUDIT_END && n > 0);
			audit_source_close(&s);
		}
	}
	wire_free(&pcap);
	wire_free(&gz);
}
