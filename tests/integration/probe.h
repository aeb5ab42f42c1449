/* SPDX-License-Identifier: Apache-2.0 */
/* probe.h - what the programs share that certs_test.py runs. */
#ifndef PROBE_H
#define PROBE_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define LINE 4096

/* As assert(), in release builds too. */
static inline void
need(bool ok)
{
	if (!ok) {
		perror("what the test builds on failed");
		abort();
	}
}

static inline void
write_file(const char *dir, const char *name, const char *a, const char *b)
{
	char path[LINE];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	need(f != NULL && fputs(a, f) >= 0 && fputs(b, f) >= 0);
	need(fclose(f) == 0);
}

#endif
