/* SPDX-License-Identifier: Apache-2.0 */
/* packet.h - a captured packet to the UDP or TCP payload in it. */
#ifndef AUDIT_PACKET_H
#define AUDIT_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <shaken/view.h>

#include "frag.h"
#include "skips.h"

enum packet_link {
	LINK_UNKNOWN,
	LINK_ETHERNET,
	LINK_SLL,		/* Linux cooked capture, v1 and v2 */
	LINK_SLL2,
	LINK_RAW,		/* an IP packet, version by its first bits */
	LINK_NULL,		/* BSD loopback: address family, in the byte
				 * order of who captured */
};

struct packet {
	enum packet_link	 link;
	const uint8_t		*p;	/* borrowed */
	size_t			 n;	/* bytes captured */
	size_t			 wire;	/* bytes there were */
	int64_t			 time_us;
};

enum { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4 };

struct segment {		/* a datagram, or a segment of TCP */
	struct frag_addr	 src, dst;
	uint16_t		 sport, dport;
	bool			 is_tcp;
	uint32_t		 seq;
	uint8_t			 flags;	/* TCP_* */
	struct shaken_sv	 bytes;	/* borrowed until the next packet */
	size_t			 lost;	/* bytes behind them that the capture
					 * did not keep */
};

/* Take the link, IP and transport headers off.  False: nothing to look at;
 * counted, unless it is a fragment that waits for the others. */
bool packet_parse(const struct packet *p, struct frag_table *frags,
    struct audit_skips *skips, struct segment *out);

#endif
