/* SPDX-License-Identifier: Apache-2.0 */
/* Target: framing_push(), framing_next(), framing_datagram().  The messages and
 * what is counted do not depend on how the bytes were cut.  The first byte says
 * how they are, and whether they are a text. */
#include <stdlib.h>
#include <string.h>

#include "framing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sum {
	uint64_t		hash, n;
	struct audit_skips	skips;
};

static void
drain(struct framing *f, bool at_end, struct sum *sum)
{
	struct shaken_sv m;

	while (framing_next(f, at_end, &sum->skips, &m)) {
		if (m.n < 4 || memchr(m.p, '\n', m.n) == NULL)
			abort();
		for (size_t i = 0; i < m.n; i++)
			sum->hash = sum->hash * 31 + (unsigned char)m.p[i];
		sum->hash = sum->hash * 31 + f->line_at;
		sum->n++;
	}
}

static struct sum
run(struct shaken_sv in, size_t cut, bool is_text)
{
	struct framing f = { .is_text = is_text };
	struct sum sum = { .hash = 0 };

	while (in.n > 0) {
		size_t n = in.n < cut ? in.n : cut;

		if (!framing_push(&f, (struct shaken_sv){ in.p, n }))
			abort();
		in.p += n;
		in.n -= n;
		drain(&f, false, &sum);
	}
	drain(&f, true, &sum);
	if (!framing_is_empty(&f))
		abort();
	framing_clear(&f);
	return sum;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct audit_skips skips = { .packets = 0 };
	struct shaken_sv in, m;
	struct sum whole, cut;
	bool is_text;

	if (size < 1)
		return 0;
	is_text = (data[0] & 1) != 0;
	in = (struct shaken_sv){ (const char *)data + 1, size - 1 };
	whole = run(in, FRAMING_PUSH_MAX, is_text);
	cut = run(in, (size_t)(data[0] >> 1) + 1, is_text);
	if (memcmp(&whole, &cut, sizeof(whole)) != 0)
		abort();
	if (framing_datagram(in, false, &skips, &m)) {
		if (m.n == 0 || m.p < in.p || m.p + m.n > in.p + in.n)
			abort();
	} else if (m.n != 0) {
		abort();
	}
	return 0;
}
