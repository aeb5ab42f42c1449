/* SPDX-License-Identifier: Apache-2.0 */
/* Target: svc_addr_parse(); what it accepts is the same again when formatted
 * and parsed.  Seeds: tests/fuzz/corpus/addr/. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), told[SVC_ADDR_TEXT];
	struct svc_addr a, b;

	must(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	memset(&a, 0, sizeof(a));
	memset(&b, 0, sizeof(b));
	if (svc_addr_parse(text, &a)) {
		svc_addr_format(&a, told);
		must(svc_addr_parse(told, &b));
		must(a.len == b.len && memcmp(&a.ss, &b.ss, a.len) == 0);
		must(svc_addr_is_loopback((struct sockaddr *)&a.ss) ==
		    svc_addr_is_loopback((struct sockaddr *)&b.ss));
	}
	free(text);
	return 0;
}
