/* SPDX-License-Identifier: Apache-2.0 */
/* Target: shk_b64url_decode(), shk_b64url_encode().  The two are inverse: a
 * text that decodes is the one that encoding gives back, and the other way. */
#include <stdlib.h>

#include "b64url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
text_to_bytes(struct shaken_sv in)
{
	size_t cap = in.n / 4 * 3 + 2, n, m;
	uint8_t *bytes = malloc(cap), *lenient = malloc(cap);
	char *text = malloc(in.n + 1);
	struct shk_buf b = shk_buf_over(text, in.n);

	if (bytes == NULL || lenient == NULL || text == NULL)
		abort();
	if (shk_b64url_decode(in, false, bytes, cap, &n) != SHAKEN_OK) {
		if (n != 0)
			abort();
	} else {
		shk_b64url_encode(&b, bytes, n);
		if (b.full || b.len != in.n ||
		    (in.n > 0 && memcmp(text, in.p, in.n) != 0))
			abort();
		/* what strict takes, lenient takes, and means the same */
		if (shk_b64url_decode(in, true, lenient, cap, &m) !=
		    SHAKEN_OK || m != n || memcmp(bytes, lenient, n) != 0)
			abort();
		if (n > 0 && shk_b64url_decode(in, false, bytes, n - 1, &m) !=
		    SHAKEN_E_LIMIT)
			abort();
	}
	free(bytes);
	free(lenient);
	free(text);
}

static void
bytes_to_text(const uint8_t *data, size_t size)
{
	size_t cap = SHK_B64URL_LEN(size), n;
	char *text = malloc(cap + 1);
	uint8_t *back = malloc(size + 1);
	struct shk_buf b = shk_buf_over(text, cap);

	if (text == NULL || back == NULL)
		abort();
	shk_b64url_encode(&b, data, size);
	if (b.full || b.len != cap)
		abort();
	if (shk_b64url_decode(shk_buf_view(&b), false, back, size, &n) !=
	    SHAKEN_OK || n != size || (size > 0 && memcmp(back, data, n) != 0))
		abort();
	free(text);
	free(back);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	text_to_bytes((struct shaken_sv){ (const char *)data, size });
	bytes_to_text(data, size);
	return 0;
}
