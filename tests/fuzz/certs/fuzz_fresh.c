/* SPDX-License-Identifier: Apache-2.0 */
/* Target: certs_fresh_s() over four header values, one a line.  What it says is
 * -1 or a span; an Age only shortens it; no-store makes it nothing. */
#include <stdlib.h>

#include "fresh.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shaken_sv in = { (const char *)data, size };
	struct certs_fresh f;
	int64_t whole, less;
	char *copy;

	f.cache_control = certs_take_until(&in, '\n');
	f.expires = certs_take_until(&in, '\n');
	f.date = certs_take_until(&in, '\n');
	f.age = certs_take_until(&in, '\n');
	less = certs_fresh_s(&f);
	f.age = (struct shaken_sv){ NULL, 0 };
	whole = certs_fresh_s(&f);
	if (whole < -1 || less < -1 || less > whole ||
	    (whole == -1) != (less == -1))
		abort();
	copy = malloc(f.cache_control.n + sizeof(",no-store"));
	if (copy == NULL)
		abort();
	if (f.cache_control.n > 0)
		memcpy(copy, f.cache_control.p, f.cache_control.n);
	memcpy(copy + f.cache_control.n, ",no-store", 9);
	f.cache_control = (struct shaken_sv){ copy, f.cache_control.n + 9 };
	if (certs_fresh_s(&f) != 0)
		abort();
	free(copy);
	return 0;
}
