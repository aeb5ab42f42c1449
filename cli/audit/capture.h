/* SPDX-License-Identifier: Apache-2.0 */
/* capture.h - the packets of a pcap or pcapng file; the one place that knows
 * libpcap. */
#ifndef AUDIT_CAPTURE_H
#define AUDIT_CAPTURE_H

#include "packet.h"
#include "reader.h"

struct capture;

/* r: borrowed.  *out is NULL on failure; why says what. */
bool capture_open(struct reader *r, struct capture **out,
    struct shaken_diag *why);

enum capture_next {
	CAPTURE_FAIL,		/* why says why */
	CAPTURE_END,
	CAPTURE_CUT,		/* the end, in the middle of a packet */
	CAPTURE_PACKET,		/* borrowed until the next call */
};

enum capture_next capture_next(struct capture *c, struct packet *out,
    struct shaken_diag *why);

void capture_close(struct capture **c);

#endif
