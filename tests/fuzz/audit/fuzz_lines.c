/* SPDX-License-Identifier: Apache-2.0 */
/* Target: lines_next(), reader_read() of what is no gzip.  Every line that is
 * not blank comes out once, in order, without what is around it. */
#include <stdlib.h>
#include <string.h>

#include "lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct shaken_sv
trim(struct shaken_sv v)
{
	while (v.n > 0 && memchr(" \t\r", v.p[0], 3) != NULL) {
		v.p++;
		v.n--;
	}
	while (v.n > 0 && memchr(" \t\r", v.p[v.n - 1], 3) != NULL)
		v.n--;
	return v;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shaken_sv in = { (const char *)data, size }, line;
	struct audit_skips skips = { .packets = 0 };
	struct reader *r;
	struct lines l;
	uint64_t n = 0;

	if (size >= 2 && data[0] == 0x1f && data[1] == 0x8b)
		return 0;
	if (!reader_open_bytes(in, &r, NULL) || !lines_init(&l, r, &skips))
		abort();
	while (in.n > 0) {
		const char *lf = memchr(in.p, '\n', in.n);
		struct shaken_sv want = { in.p,
		    lf == NULL ? in.n : (size_t)(lf - in.p) };

		in.n -= want.n + (lf != NULL);
		in.p += want.n + (lf != NULL);
		n++;
		if ((want = trim(want)).n == 0)
			continue;
		if (!lines_next(&l, &line) || line.n != want.n ||
		    memcmp(line.p, want.p, line.n) != 0 || l.line != n)
			abort();
	}
	if (!lines_next(&l, &line) || line.n != 0)
		abort();
	lines_clear(&l);
	reader_close(&r);
	return 0;
}
