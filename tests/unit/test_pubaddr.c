/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "pubaddr.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* First and last address of each block of the IANA special-purpose
 * registries, and their neighbours outside. */
static const struct {
	const char	*addr;
	bool		 is_public;
} v4[] = {
	{ "0.0.0.0", false }, { "0.255.255.255", false }, { "1.0.0.0", true },
	{ "9.255.255.255", true }, { "10.0.0.0", false },
	{ "10.255.255.255", false }, { "11.0.0.0", true },
	{ "100.63.255.255", true }, { "100.64.0.0", false },
	{ "100.127.255.255", false }, { "100.128.0.0", true },
	{ "126.255.255.255", true }, { "127.0.0.0", false },
	{ "127.0.0.1", false }, { "127.255.255.255", false },
	{ "128.0.0.0", true },
	{ "169.253.255.255", true }, { "169.254.0.0", false },
	{ "169.254.169.254", false }, { "169.254.255.255", false },
	{ "169.255.0.0", true },
	{ "172.15.255.255", true }, { "172.16.0.0", false },
	{ "172.31.255.255", false }, { "172.32.0.0", true },
	{ "191.255.255.255", true }, { "192.0.0.0", false },
	{ "192.0.0.255", false }, { "192.0.1.0", true },
	{ "192.0.2.0", false }, { "192.0.2.255", false }, { "192.0.3.0", true },
	{ "192.88.98.255", true }, { "192.88.99.0", false },
	{ "192.88.99.255", false }, { "192.88.100.0", true },
	{ "192.167.255.255", true }, { "192.168.0.0", false },
	{ "192.168.255.255", false }, { "192.169.0.0", true },
	{ "198.17.255.255", true }, { "198.18.0.0", false },
	{ "198.19.255.255", false }, { "198.20.0.0", true },
	{ "198.51.99.255", true }, { "198.51.100.0", false },
	{ "198.51.100.255", false }, { "198.51.101.0", true },
	{ "203.0.112.255", true }, { "203.0.113.0", false },
	{ "203.0.113.255", false }, { "203.0.114.0", true },
	{ "223.255.255.255", true }, { "224.0.0.0", false },
	{ "239.255.255.255", false }, { "240.0.0.0", false },
	{ "255.255.255.255", false },
	{ "8.8.8.8", true },
}, v6[] = {
	{ "::", false }, { "::1", false },
	{ "::ffff:127.0.0.1", false }, { "::ffff:10.0.0.1", false },
	{ "::ffff:8.8.8.8", false },	/* nobody publishes that in earnest */
	{ "::127.0.0.1", false }, { "::8.8.8.8", false },
	{ "64:ff9b::127.0.0.1", false }, { "64:ff9b::10.1.2.3", false },
	{ "64:ff9b::169.254.169.254", false }, { "64:ff9b::0.0.0.0", false },
	{ "64:ff9b::8.8.8.8", true },	/* NAT64 of a public address */
	{ "64:ff9b::1:8.8.8.8", false }, /* longer than the prefix */
	{ "64:ff9b:1::8.8.8.8", false },
	{ "100::1", false },
	{ "1fff:ffff::", false }, { "2000::", true },
	{ "2001::1", false },		/* Teredo */
	{ "2001:10::1", false }, { "2001:20::1", false }, /* ORCHID */
	{ "2001:1ff:ffff::", false }, { "2001:200::", true },
	{ "2001:db7:ffff::", true }, { "2001:db8::", false },
	{ "2001:db8:ffff::1", false }, { "2001:db9::", true },
	{ "2001:ffff::", true },
	{ "2002:7f00:1::", false }, { "2002:808:808::1", false }, /* 6to4 */
	{ "2003::", true }, { "2606:4700::1111", true },
	{ "3ffe:ffff::", true }, { "3fff::", false }, { "3fff:fff::1", false },
	{ "3fff:1000::", true }, { "4000::", false },
	{ "5f00::1", false },
	{ "fc00::1", false }, { "fd00:ec2::254", false },
	{ "fdff:ffff::1", false },
	{ "fe80::1", false }, { "fec0::1", false },
	{ "ff02::1", false }, { "ff0e::1", false },
};

Test(pubaddr, ipv4)
{
	for (size_t i = 0; i < N(v4); i++) {
		struct sockaddr_in sa = { .sin_family = AF_INET };

		cr_assert_eq(inet_pton(AF_INET, v4[i].addr, &sa.sin_addr), 1);
		cr_expect_eq(certs_addr_is_public((struct sockaddr *)&sa,
		    sizeof(sa)), v4[i].is_public, "R-092 %s", v4[i].addr);
	}
}

Test(pubaddr, ipv6)
{
	for (size_t i = 0; i < N(v6); i++) {
		struct sockaddr_in6 sa = { .sin6_family = AF_INET6 };

		cr_assert_eq(inet_pton(AF_INET6, v6[i].addr, &sa.sin6_addr), 1);
		cr_expect_eq(certs_addr_is_public((struct sockaddr *)&sa,
		    sizeof(sa)), v6[i].is_public, "R-092 %s", v6[i].addr);
	}
}

/* What is no whole address of the two families is not public. */
Test(pubaddr, others)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	in.sin_addr.s_addr = htonl(0x08080808);
	cr_expect(!certs_addr_is_public((struct sockaddr *)&un, sizeof(un)));
	cr_expect(!certs_addr_is_public(&none, sizeof(none)));
	cr_expect(!certs_addr_is_public((struct sockaddr *)&in,
	    sizeof(in) - 1), "cut short");
}
