/* SPDX-License-Identifier: Apache-2.0 */
/* Target: audit_source_open_bytes(), audit_source_next(): a file of any kind,
 * with libpcap and zlib.  It ends, with a reason when it failed. */
#include <stdlib.h>

#include "source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shaken_sv in = { (const char *)data, size };
	struct audit_source *s;
	struct audit_item item;
	struct shaken_diag why;
	enum audit_next next;

	if (!audit_source_open_bytes(in, NULL, &s, &why)) {
		if (s != NULL || why.text[0] == '\0')
			abort();
		return 0;
	}
	while ((next = audit_source_next(s, &item)) == AUDIT_ITEM)
		if (item.bytes.n == 0 || item.pos == 0)
			abort();
	if ((next == AUDIT_FAIL) != (audit_source_why(s)[0] != '\0') ||
	    audit_source_next(s, &item) != next ||
	    audit_source_done_bytes(s) > size)
		abort();
	audit_source_close(&s);
	return 0;
}
