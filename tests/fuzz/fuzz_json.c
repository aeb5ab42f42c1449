/* SPDX-License-Identifier: Apache-2.0 */
/* Target: shk_json_parse(), shk_json_canonical(), shk_utf8_ok().  The canonical
 * form is never longer than the text, is UTF-8, and is its own canonical form. */
#include <stdlib.h>

#include "json.h"
#include "utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct shaken_sv
canonical(struct shaken_sv in, char *text, size_t cap)
{
	struct shk_buf b = shk_buf_over(text, cap);
	enum shaken_err err;
	json_t *v;

	if (shk_json_parse(in, &v, NULL) != SHAKEN_OK) {
		if (v != NULL)
			abort();
		return (struct shaken_sv){ NULL, 0 };
	}
	if (!shk_utf8_ok(in))
		abort();
	err = shk_json_canonical(v, &b);
	json_decref(v);
	if (b.full || (err == SHAKEN_OK && b.len > in.n))
		abort();
	if (err != SHAKEN_OK)	/* a number that is no integer */
		b.len = 0;
	return shk_buf_view(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shaken_sv in = { (const char *)data, size }, once, twice;
	size_t cap = 16 * size + 1;	/* a real may grow: 1e9 */
	char *a = malloc(cap), *b = malloc(cap);

	if (a == NULL || b == NULL)
		abort();
	once = canonical(in, a, cap);
	if (once.n > 0) {
		twice = canonical(once, b, cap);
		if (twice.n != once.n || memcmp(twice.p, once.p, once.n) != 0)
			abort();
	}
	free(a);
	free(b);
	return 0;
}
