/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packet.c - a captured packet to the UDP or TCP payload in it: Ethernet with
 * VLAN tags (IEEE 802.1Q, 802.1ad), Linux cooked captures, raw IP, BSD
 * loopback; IPv4 (RFC 791), IPv6 with its extension headers (RFC 8200); UDP
 * (RFC 768), TCP (RFC 9293).
 *
 * Lengths of headers are believed only inside the packet.  Checksums are not
 * looked at: network cards fill them in after a capture has seen the packet.
 */
#include <string.h>

#include "packet.h"

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd
#define VLAN_MAX 4		/* tags in a frame; QinQ has two */
#define EXTENSIONS_MAX 16	/* IPv6 extension headers in a packet */

enum { PROTO_HOPOPTS = 0, PROTO_TCP = 6, PROTO_UDP = 17, PROTO_ROUTING = 43,
	PROTO_FRAGMENT = 44, PROTO_AH = 51, PROTO_DSTOPTS = 60 };

/* What is left of a packet: n bytes here, lost more on the wire. */
struct view {
	const uint8_t	*p;
	size_t		 n, lost;
};

struct parse {
	const struct packet	*packet;
	struct frag_table	*frags;
	struct audit_skips	*skips;
	struct segment		*out;
};

static uint16_t
get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static bool
skip(const struct parse *c, enum audit_skip why)
{
	audit_skip(c->skips, why);
	return false;
}

/* Whether n bytes are here; counted when they are not. */
static bool
has(const struct parse *c, const struct view *v, size_t n)
{
	if (v->n >= n)
		return true;
	return skip(c, v->n + v->lost >= n ? AUDIT_SKIP_SNAPLEN :
	    AUDIT_SKIP_MALFORMED);
}

static void
advance(struct view *v, size_t n)
{
	v->p += n;
	v->n -= n;
}

/* End v after n bytes of the wire: what follows is padding.  False: it has
 * fewer. */
static bool
limit(struct view *v, size_t n)
{
	if (n > v->n + v->lost)
		return false;
	if (n <= v->n) {
		v->n = n;
		v->lost = 0;
	} else {
		v->lost = n - v->n;
	}
	return true;
}

static bool
parse_udp(const struct parse *c, struct view v)
{
	struct segment *s = c->out;
	size_t len;

	if (!has(c, &v, 8))
		return false;
	s->sport = get16(v.p);
	s->dport = get16(v.p + 2);
	len = get16(v.p + 4);
	if (len < 8 || !limit(&v, len))
		return skip(c, AUDIT_SKIP_MALFORMED);
	advance(&v, 8);
	s->bytes = (struct shaken_sv){ (const char *)v.p, v.n };
	s->lost = v.lost;
	return true;
}

static bool
parse_tcp(const struct parse *c, struct view v)
{
	struct segment *s = c->out;
	size_t len;

	if (!has(c, &v, 20))
		return false;
	s->is_tcp = true;
	s->sport = get16(v.p);
	s->dport = get16(v.p + 2);
	s->seq = get32(v.p + 4);
	s->flags = v.p[13] & (TCP_FIN | TCP_SYN | TCP_RST);
	len = (size_t)(v.p[12] >> 4) * 4;
	if (len < 20)
		return skip(c, AUDIT_SKIP_MALFORMED);
	if (!has(c, &v, len))
		return false;
	advance(&v, len);
	s->bytes = (struct shaken_sv){ (const char *)v.p, v.n };
	s->lost = v.lost;
	return true;
}

static bool
parse_transport(const struct parse *c, uint8_t proto, struct view v)
{
	switch (proto) {
	case PROTO_UDP:	return parse_udp(c, v);
	case PROTO_TCP:	return parse_tcp(c, v);
	default:	return skip(c, AUDIT_SKIP_PROTOCOL);
	}
}

/* Step over extension headers; *v and *proto are what follows them.  A
 * fragment ends the walk with *proto PROTO_FRAGMENT. */
static bool
skip_extensions(const struct parse *c, struct view *v, uint8_t *proto)
{
	for (int i = 0; i < EXTENSIONS_MAX; i++) {
		size_t len;

		if (*proto != PROTO_HOPOPTS && *proto != PROTO_ROUTING &&
		    *proto != PROTO_DSTOPTS && *proto != PROTO_AH)
			return true;
		if (!has(c, v, 8))
			return false;
		len = *proto == PROTO_AH ? ((size_t)v->p[1] + 2) * 4 :
		    ((size_t)v->p[1] + 1) * 8;
		if (!has(c, v, len))
			return false;
		*proto = v->p[0];
		advance(v, len);
	}
	return skip(c, AUDIT_SKIP_MALFORMED);
}

/* Hand a fragment in and go on with the datagram when it is complete. */
static bool
parse_fragment(const struct parse *c, struct fragment *f, struct view v)
{
	struct shaken_sv whole;
	uint8_t proto;

	if (v.lost > 0)
		return skip(c, AUDIT_SKIP_SNAPLEN);
	f->key.src = c->out->src;
	f->key.dst = c->out->dst;
	f->p = v.p;
	f->n = v.n;
	f->time_us = c->packet->time_us;
	if (!frag_add(c->frags, f, &whole, &proto))
		return false;
	v = (struct view){ (const uint8_t *)whole.p, whole.n, 0 };
	if (f->key.src.is_v6 && !skip_extensions(c, &v, &proto))
		return false;
	return parse_transport(c, proto, v);
}

static bool
parse_ipv4(const struct parse *c, struct view v)
{
	struct fragment f;
	size_t head, len;
	uint16_t off;

	if (!has(c, &v, 20))
		return false;
	head = (size_t)(v.p[0] & 0x0f) * 4;
	len = get16(v.p + 2);
	if (len == 0)		/* left to the network card to fill in */
		len = v.n + v.lost;
	if (v.p[0] >> 4 != 4 || head < 20 || len < head || !limit(&v, len))
		return skip(c, AUDIT_SKIP_MALFORMED);
	if (!has(c, &v, head))
		return false;
	memcpy(c->out->src.a, v.p + 12, 4);
	memcpy(c->out->dst.a, v.p + 16, 4);
	off = get16(v.p + 6);
	memset(&f, 0, sizeof(f)); /* the key is hashed as bytes */
	f.proto = f.key.proto = v.p[9];
	f.key.id = get16(v.p + 4);
	f.more = (off & 0x2000) != 0;
	f.at = (size_t)(off & 0x1fff) * 8;
	advance(&v, head);
	if (f.more || f.at > 0)
		return parse_fragment(c, &f, v);
	return parse_transport(c, f.proto, v);
}

static bool
parse_ipv6(const struct parse *c, struct view v)
{
	struct fragment f;
	uint8_t proto;
	uint16_t off;
	size_t len;

	if (!has(c, &v, 40))
		return false;
	if (v.p[0] >> 4 != 6)
		return skip(c, AUDIT_SKIP_MALFORMED);
	c->out->src.is_v6 = c->out->dst.is_v6 = 1;
	memcpy(c->out->src.a, v.p + 8, 16);
	memcpy(c->out->dst.a, v.p + 24, 16);
	len = get16(v.p + 4);
	proto = v.p[6];
	advance(&v, 40);
	if (len > 0 && !limit(&v, len)) /* 0: a card fills it in */
		return skip(c, AUDIT_SKIP_MALFORMED);
	if (!skip_extensions(c, &v, &proto))
		return false;
	if (proto != PROTO_FRAGMENT)
		return parse_transport(c, proto, v);

	if (!has(c, &v, 8))
		return false;
	memset(&f, 0, sizeof(f));
	f.proto = v.p[0];
	off = get16(v.p + 2);
	f.at = off & 0xfff8;
	f.more = (off & 1) != 0;
	f.key.id = get32(v.p + 4);
	advance(&v, 8);
	if (f.more || f.at > 0)
		return parse_fragment(c, &f, v);
	return parse_transport(c, f.proto, v); /* atomic: RFC 6946 */
}

static bool
parse_ip(const struct parse *c, struct view v)
{
	if (!has(c, &v, 1))
		return false;
	switch (v.p[0] >> 4) {
	case 4:		return parse_ipv4(c, v);
	case 6:		return parse_ipv6(c, v);
	default:	return skip(c, AUDIT_SKIP_NOT_IP);
	}
}

/* v begins behind type, the EtherType of what it has. */
static bool
parse_ethertype(const struct parse *c, uint16_t type, struct view v)
{
	for (int i = 0; i < VLAN_MAX && (type == 0x8100 || type == 0x88a8 ||
	    type == 0x9100); i++) {
		if (!has(c, &v, 4))
			return false;
		type = get16(v.p + 2);
		advance(&v, 4);
	}
	switch (type) {
	case ETHERTYPE_IPV4:	return parse_ipv4(c, v);
	case ETHERTYPE_IPV6:	return parse_ipv6(c, v);
	default:		return skip(c, AUDIT_SKIP_NOT_IP);
	}
}

/* A link header of n bytes with an EtherType in it. */
static bool
parse_link(const struct parse *c, struct view v, size_t n, size_t type_at)
{
	uint16_t type;

	if (!has(c, &v, n))
		return false;
	type = get16(v.p + type_at);
	advance(&v, n);
	return parse_ethertype(c, type, v);
}

bool
packet_parse(const struct packet *p, struct frag_table *frags,
    struct audit_skips *skips, struct segment *out)
{
	const struct parse c = { p, frags, skips, out };
	struct view v = { p->p, p->n, p->wire > p->n ? p->wire - p->n : 0 };

	memset(out, 0, sizeof(*out));
	switch (p->link) {
	case LINK_ETHERNET:
		return parse_link(&c, v, 14, 12);
	case LINK_SLL:
		return parse_link(&c, v, 16, 14);
	case LINK_SLL2:
		return parse_link(&c, v, 20, 0);
	case LINK_NULL:	/* AF_INET6 has a number on each system */
		if (!has(&c, &v, 4))
			return false;
		advance(&v, 4);
		return parse_ip(&c, v);
	case LINK_RAW:
		return parse_ip(&c, v);
	case LINK_UNKNOWN:
		break;
	}
	return skip(&c, AUDIT_SKIP_LINK);
}
