/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pubaddr.c - which addresses a stranger's URL may make us connect to.
 *
 * IPv4: all but what the IANA special-purpose registry (RFC 6890 and its
 * updates) and RFC 5771 set apart.  IPv6: only global unicast, 2000::/3, less
 * what is set apart in it; so mapped, compatible, unique local, link-local,
 * multicast and unspecified addresses need no line of their own.
 */
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

#include "pubaddr.h"

static const struct {
	uint32_t	net;
	unsigned	bits;
} refused4[] = {
	{ 0x00000000, 8 },	/* 0.0.0.0/8 this network; reaches localhost */
	{ 0x0a000000, 8 },	/* 10.0.0.0/8 private */
	{ 0x64400000, 10 },	/* 100.64.0.0/10 carrier-grade NAT */
	{ 0x7f000000, 8 },	/* 127.0.0.0/8 loopback */
	{ 0xa9fe0000, 16 },	/* 169.254.0.0/16 link-local; cloud metadata */
	{ 0xac100000, 12 },	/* 172.16.0.0/12 private */
	{ 0xc0000000, 24 },	/* 192.0.0.0/24 protocol assignments */
	{ 0xc0000200, 24 },	/* 192.0.2.0/24 documentation */
	{ 0xc0586300, 24 },	/* 192.88.99.0/24 6to4 relays, deprecated */
	{ 0xc0a80000, 16 },	/* 192.168.0.0/16 private */
	{ 0xc6120000, 15 },	/* 198.18.0.0/15 benchmarks */
	{ 0xc6336400, 24 },	/* 198.51.100.0/24 documentation */
	{ 0xcb007100, 24 },	/* 203.0.113.0/24 documentation */
	{ 0xe0000000, 4 },	/* 224.0.0.0/4 multicast */
	{ 0xf0000000, 4 },	/* 240.0.0.0/4 reserved; broadcast */
};

static const struct {
	uint8_t		net[4];	/* no prefix here is longer */
	unsigned	bits;
} refused6[] = {
	{ { 0x20, 0x01, 0x00, 0x00 }, 23 }, /* 2001::/23 Teredo, ORCHID, ... */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 }, /* 2001:db8::/32 documentation */
	{ { 0x20, 0x02, 0x00, 0x00 }, 16 }, /* 2002::/16 6to4: IPv4 inside */
	{ { 0x3f, 0xff, 0x00, 0x00 }, 20 }, /* 3fff::/20 documentation */
};

/* RFC 6052: how an IPv6-only network reaches IPv4. */
static const uint8_t nat64[12] = { 0x00, 0x64, 0xff, 0x9b };

static bool
is_public4(uint32_t a)		/* host order */
{
	for (size_t i = 0; i < sizeof(refused4) / sizeof(*refused4); i++)
		if ((a ^ refused4[i].net) >> (32 - refused4[i].bits) == 0)
			return false;
	return true;
}

static uint32_t
word(const uint8_t b[4])
{
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
	    (uint32_t)b[2] << 8 | b[3];
}

static bool
is_public6(const uint8_t a[16])
{
	if (memcmp(a, nat64, sizeof(nat64)) == 0)
		return is_public4(word(a + 12));
	if ((a[0] & 0xe0) != 0x20)
		return false;
	for (size_t i = 0; i < sizeof(refused6) / sizeof(*refused6); i++)
		if ((word(a) ^ word(refused6[i].net)) >>
		    (32 - refused6[i].bits) == 0)
			return false;
	return true;
}

bool
certs_addr_is_public(const struct sockaddr *sa, socklen_t len)
{
	struct sockaddr_in in4;
	struct sockaddr_in6 in6;

	if (sa->sa_family == AF_INET && len >= sizeof(in4)) {
		memcpy(&in4, sa, sizeof(in4));
		return is_public4(ntohl(in4.sin_addr.s_addr));
	}
	if (sa->sa_family == AF_INET6 && len >= sizeof(in6)) {
		memcpy(&in6, sa, sizeof(in6));
		return is_public6(in6.sin6_addr.s6_addr);
	}
	return false;
}
