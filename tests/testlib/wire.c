/* SPDX-License-Identifier: Apache-2.0 */
/* wire.c - packets made for tests, from the inside out, and captures of them
 * (draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng). */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "wire.h"

static void
put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void
put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

void
wire_set(struct wire *w, struct shaken_sv payload)
{
	if (payload.n > sizeof(w->p) - 256)
		errx(1, "wire_set: %zu bytes", payload.n);
	w->n = payload.n;
	if (payload.n > 0)
		memcpy(w->p, payload.p, payload.n);
}

void
wire_push(struct wire *w, const void *p, size_t n)
{
	if (n > sizeof(w->p) - w->n)
		errx(1, "wire_push: %zu bytes", n);
	memmove(w->p + n, w->p, w->n);
	memcpy(w->p, p, n);
	w->n += n;
}

void
wire_udp(struct wire *w, uint16_t sport, uint16_t dport)
{
	uint8_t h[8] = { 0 };

	put16(h, sport);
	put16(h + 2, dport);
	put16(h + 4, w->n + sizeof(h));
	wire_push(w, h, sizeof(h));
}

void
wire_tcp(struct wire *w, uint16_t sport, uint16_t dport, uint32_t seq,
    uint8_t flags)
{
	uint8_t h[24] = { 0 };	/* with options */

	put16(h, sport);
	put16(h + 2, dport);
	put32(h + 4, seq);
	h[12] = 6 << 4;
	h[13] = flags;
	memset(h + 20, 1, 4);
	wire_push(w, h, sizeof(h));
}

void
wire_ip4(struct wire *w, uint8_t proto, uint16_t id, uint16_t frag)
{
	uint8_t h[20] = { 0x45, 0, 0, 0, 0, 0, 0, 0, 64, proto, 0, 0,
		192, 0, 2, 1, 192, 0, 2, 2 };

	put16(h + 2, w->n + sizeof(h));
	put16(h + 4, id);
	put16(h + 6, frag);
	wire_push(w, h, sizeof(h));
}

void
wire_ip6(struct wire *w, uint8_t next)
{
	uint8_t h[40] = { 0x60, 0, 0, 0, 0, 0, next, 64,
		0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
		0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2 };

	put16(h + 4, w->n);
	wire_push(w, h, sizeof(h));
}

void
wire_ip6_fragment(struct wire *w, uint8_t next, uint32_t id, size_t at,
    bool more)
{
	uint8_t h[8] = { next };

	put16(h + 2, at | more);
	put32(h + 4, id);
	wire_push(w, h, sizeof(h));
}

void
wire_eth(struct wire *w, uint16_t ethertype)
{
	uint8_t h[14] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1 };

	put16(h + 12, ethertype);
	wire_push(w, h, sizeof(h));
}

void
wire_append(struct wire_file *f, const void *p, size_t n)
{
	if (f->p == NULL || n > f->cap - f->n) {
		f->cap = 2 * (f->n + n) + 1;
		if ((f->p = realloc(f->p, f->cap)) == NULL)
			err(1, NULL);
	}
	if (n > 0)
		memcpy(f->p + f->n, p, n);
	f->n += n;
}

void
wire_pcap(struct wire_file *f, uint32_t linktype)
{
	uint32_t h[6] = { 0xa1b2c3d4, 0x00040002, 0, 0, 262144, linktype };

	*f = (struct wire_file){ .p = NULL };
	wire_append(f, h, sizeof(h));
}

void
wire_add(struct wire_file *f, const struct wire *w, size_t keep,
    int64_t time_us)
{
	uint32_t n = (uint32_t)(w->n < keep ? w->n : keep);
	uint32_t h[4] = { (uint32_t)(time_us / 1000000),
		(uint32_t)(time_us % 1000000), n, (uint32_t)w->n };

	wire_append(f, h, sizeof(h));
	wire_append(f, w->p, n);
}

void
wire_pcapng(struct wire_file *f, uint16_t linktype)
{
	uint32_t shb[7] = { 0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0xffffffff,
		0xffffffff, 28 };
	uint32_t idb[5] = { 1, 20, linktype, 262144, 20 };

	*f = (struct wire_file){ .p = NULL };
	wire_append(f, shb, sizeof(shb));
	wire_append(f, idb, sizeof(idb));
}

void
wire_add_ng(struct wire_file *f, const struct wire *w, int64_t time_us)
{
	uint32_t n = (uint32_t)w->n, pad = (4 - n % 4) % 4;
	uint32_t h[7] = { 6, 32 + n + pad, 0, (uint32_t)(time_us >> 32),
		(uint32_t)time_us, n, n };

	wire_append(f, h, sizeof(h));
	wire_append(f, w->p, n);
	wire_append(f, "\0\0\0", pad);
	wire_append(f, &h[1], 4);
}

struct shaken_sv
wire_sv(const struct wire_file *f)
{
	return (struct shaken_sv){ f->p, f->n };
}

void
wire_free(struct wire_file *f)
{
	free(f->p);
	*f = (struct wire_file){ .p = NULL };
}
