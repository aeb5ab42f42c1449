/* SPDX-License-Identifier: Apache-2.0 */
/* Target: audit_line_read().  Views stay inside of the line. */
#include <stdlib.h>
#include <string.h>

#include "line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_inside(struct shaken_sv v, const char *p, size_t n)
{
	if (v.n > 0 && (v.p < p || v.n > (size_t)(p + n - v.p)))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size == 0 ? 1 : size);
	struct audit_line l;
	struct shaken_diag why;
	bool ok;

	if (copy == NULL)
		return 0;
	memcpy(copy, data, size);
	ok = audit_line_read(copy, size, &l, &why);
	if (ok != (why.text[0] == '\0') || l.n_identity > AUDIT_LINE_VALUES ||
	    l.n_dest > AUDIT_LINE_VALUES || l.time < -1)
		abort();
	if (ok) {
		for (size_t i = 0; i < l.n_identity; i++)
			check_inside(l.identity[i], copy, size);
		for (size_t i = 0; i < l.n_dest; i++)
			check_inside(l.dest[i], copy, size);
		check_inside(l.orig, copy, size);
		check_inside(l.call_id, copy, size);
	}
	free(copy);
	return 0;
}
