/* SPDX-License-Identifier: Apache-2.0 */
/* wire.h - packets made for tests, from the inside out, and captures of them. */
#ifndef TEST_WIRE_H
#define TEST_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <shaken/view.h>

struct wire {			/* one packet, or a part of it */
	uint8_t	p[66000];
	size_t	n;
};

/* Headers put in front of what is there.  Addresses are 192.0.2.1 to .2, or
 * 2001:db8::1 to ::2. */
void wire_set(struct wire *w, struct shaken_sv payload);
void wire_udp(struct wire *w, uint16_t sport, uint16_t dport);
void wire_tcp(struct wire *w, uint16_t sport, uint16_t dport, uint32_t seq,
    uint8_t flags);
/* frag: the field of flags and offset in units of 8 (0x2000: more follow). */
void wire_ip4(struct wire *w, uint8_t proto, uint16_t id, uint16_t frag);
void wire_ip6(struct wire *w, uint8_t next);
void wire_ip6_fragment(struct wire *w, uint8_t next, uint32_t id, size_t at,
    bool more);
/* Any bytes in front. */
void wire_push(struct wire *w, const void *p, size_t n);
void wire_eth(struct wire *w, uint16_t ethertype);

struct wire_file {
	char	*p;		/* owned */
	size_t	 n, cap;
};

/* A pcap file of a link type (LINKTYPE_*), in microseconds. */
void wire_pcap(struct wire_file *f, uint32_t linktype);
/* A packet of it, of which the capture kept keep bytes (SIZE_MAX: all). */
void wire_add(struct wire_file *f, const struct wire *w, size_t keep,
    int64_t time_us);
/* The same of pcapng, with one interface. */
void wire_pcapng(struct wire_file *f, uint16_t linktype);
void wire_add_ng(struct wire_file *f, const struct wire *w, int64_t time_us);
void wire_append(struct wire_file *f, const void *p, size_t n);
struct shaken_sv wire_sv(const struct wire_file *f);
void wire_free(struct wire_file *f);

#endif
