/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Target: flow_add(), flow_next(): packet_parse(), frag_add(), stream_add().
 * The input is packets, each with four bytes in front: link layer, how many
 * bytes the capture did not keep, length in two bytes.  Items have all of their
 * header and somebody who sent them.
 */
#include <stdlib.h>
#include <string.h>

#include "flow.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
drain(struct flow *f)
{
	struct audit_item item;
	bool failed;

	while (flow_next(f, &item, &failed))
		if (item.bytes.n < 4 || item.src[0] == '\0' ||
		    item.dst[0] == '\0' || item.pos == 0 ||
		    (memmem(item.bytes.p, item.bytes.n, "\n\n", 2) == NULL &&
		    memmem(item.bytes.p, item.bytes.n, "\n\r\n", 3) == NULL))
			abort();
	if (failed)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct audit_source_opts opts = { .max_streams = 8,
		.max_fragments = 8 };
	struct audit_skips skips = { .packets = 0 };
	struct flow *f = flow_new(&opts, &skips);
	int64_t t = 1;

	if (f == NULL)
		abort();
	while (size >= 4) {
		size_t n = (size_t)data[2] << 8 | data[3];
		struct packet p = { .link = (enum packet_link)(data[0] %
		    (LINK_NULL + 1)), .time_us = t };
		uint8_t *tight;

		n = n < size - 4 ? n : size - 4;
		if ((tight = malloc(n ? n : 1)) == NULL)
			abort();
		memcpy(tight, data + 4, n);
		p.p = tight;
		p.n = n;
		p.wire = n + data[1];
		t += (int64_t)data[1] * 1000000;
		if (!flow_add(f, &p))
			abort();
		drain(f);
		free(tight);
		data += 4 + n;
		size -= 4 + n;
	}
	flow_end(f);
	drain(f);
	flow_free(&f);
	return 0;
}
