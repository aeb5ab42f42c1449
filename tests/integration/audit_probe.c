/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit_probe.c [FILE [STREAMS]] - what cli/audit/ makes of a file: a line for
 * each item with its time, place, endpoints, length and first line, then what
 * was skipped, then how much memory that took.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "source.h"

/* The most memory it had.  getrusage() would count what its parent had. */
static long
peak_kib(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[256];
	long kib = -1;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "VmHWM:", 6) == 0)
			kib = strtol(line + 6, NULL, 10);
	if (f != NULL)
		fclose(f);
	return kib;
}

int
main(int argc, char **argv)
{
	struct audit_source_opts opts = { .max_streams =
	    argc > 2 ? (size_t)strtoul(argv[2], NULL, 10) : 0 };
	enum audit_next next;
	struct audit_source *s;
	struct audit_item item;
	struct shaken_diag why;

	if (!audit_source_open(argc > 1 ? argv[1] : "-", &opts, &s, &why)) {
		printf("cannot %s\n", why.text);
		return 2;
	}
	printf("kind %s\n", audit_source_kind(s));
	while ((next = audit_source_next(s, &item)) == AUDIT_ITEM) {
		size_t line = 0;

		while (line < item.bytes.n && item.bytes.p[line] >= ' ')
			line++;
		printf("item %" PRId64 " %" PRIu64 " %s %s %zu %.*s\n",
		    item.time_us, item.pos, item.src, item.dst, item.bytes.n,
		    (int)line, item.bytes.p);
	}
	for (int i = 0; i < AUDIT_SKIP_N; i++)
		if (audit_source_skips(s)->n[i] > 0)
			printf("skip %s %" PRIu64 "\n",
			    audit_skip_texts[i].name,
			    audit_source_skips(s)->n[i]);
	printf("packets %" PRIu64 "\nbytes %" PRIu64 " of %" PRIu64
	    "\npeak %ld KiB\n", audit_source_skips(s)->packets,
	    audit_source_done_bytes(s), audit_source_total_bytes(s),
	    peak_kib());
	if (next == AUDIT_FAIL)
		printf("fail %s\n", audit_source_why(s));
	audit_source_close(&s);
	return next == AUDIT_FAIL;
}
