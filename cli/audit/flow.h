/* SPDX-License-Identifier: Apache-2.0 */
/* flow.h - captured packets to SIP messages. */
#ifndef AUDIT_FLOW_H
#define AUDIT_FLOW_H

#include "packet.h"
#include "source.h"

struct flow;

/* Zero in opts is the default.  NULL: out of memory. */
struct flow *flow_new(const struct audit_source_opts *opts,
    struct audit_skips *skips);

/* Take a packet, when flow_next() has said false.  False: out of memory. */
bool flow_add(struct flow *f, const struct packet *p);

/* No more packets will come: flow_next() gives what is left. */
void flow_end(struct flow *f);

/* The next message; false: there is none yet.  *failed: out of memory.  It
 * borrows until the next call, and from the packet. */
bool flow_next(struct flow *f, struct audit_item *item, bool *failed);

void flow_free(struct flow **f);

#endif
