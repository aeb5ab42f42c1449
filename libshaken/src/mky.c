/* SPDX-License-Identifier: Apache-2.0 */
/* mky.c - the media keys of a call: fingerprints, in the order of alg followed
 * by dig (RFC 8225 section 5.2.2). */
#include <stdlib.h>

#include "diag.h"
#include "json.h"
#include "lex.h"
#include "ppt.h"
#include "sv.h"

/* Hexadecimal without colons. */
static bool
is_hex(struct shaken_sv v)
{
	for (size_t i = 0; i < v.n; i++)
		if (shk_hex_value(v.p[i]) < 0)
			return false;
	return v.n > 0 && v.n % 2 == 0;
}

/* Byte i of alg followed by dig; 0 behind them, which is in neither. */
static unsigned char
byte_at(const json_t *key, size_t i)
{
	struct shaken_sv alg = shk_json_string(key, "alg");
	struct shaken_sv dig = shk_json_string(key, "dig");

	if (i < alg.n)
		return (unsigned char)alg.p[i];
	return i - alg.n < dig.n ? (unsigned char)dig.p[i - alg.n] : 0;
}

static int
compare(const json_t *a, const json_t *b)
{
	size_t i = 0;

	while (byte_at(a, i) != 0 && byte_at(a, i) == byte_at(b, i))
		i++;
	return byte_at(a, i) - byte_at(b, i);
}

static int
by_key(const void *a, const void *b)
{
	json_t *const *x = a, *const *y = b;

	return compare(*x, *y);
}

enum shaken_err
shk_mky_check(const json_t *payload, struct shaken_diag *diag)
{
	const json_t *mky = json_object_get(payload, "mky");

	for (size_t i = 0; i < json_array_size(mky); i++) {
		const json_t *key = json_array_get(mky, i);

		if (shk_json_string(key, "alg").n == 0 ||
		    !is_hex(shk_json_string(key, "dig"))) {
			shk_diag(diag, "claim mky: entry %zu has no alg, or no "
			    "hexadecimal dig", i + 1);
			return SHAKEN_E_CLAIM;
		}
		if (i > 0 && compare(json_array_get(mky, i - 1), key) > 0) {
			shk_diag(diag, "claim mky is not sorted by alg and "
			    "dig");
			return SHAKEN_E_CLAIM;
		}
	}
	if (json_array_size(mky) > 0)
		return SHAKEN_OK;
	shk_diag(diag, "claim mky is no array of keys");
	return SHAKEN_E_CLAIM;
}

enum shaken_err
shk_mky_sort(json_t *mky)
{
	size_t n = json_array_size(mky);
	json_t **keys;

	if (n < 2)
		return SHAKEN_OK;
	keys = calloc(n, sizeof(*keys));
	if (keys == NULL)
		return SHAKEN_E_NOMEM;
	for (size_t i = 0; i < n; i++)
		keys[i] = json_incref(json_array_get(mky, i));
	qsort(keys, n, sizeof(*keys), by_key);
	for (size_t i = 0; i < n; i++)
		(void)json_array_set_new(mky, i, keys[i]); /* no new memory */
	free(keys);
	return SHAKEN_OK;
}
