/* SPDX-License-Identifier: Apache-2.0 */
/* Target: shk_scan_object() and shk_scan_next(), held against jansson: the same
 * texts are accepted, and the same members found.  Seeds:
 * tests/fuzz/corpus/scan/. */
#include <stdint.h>
#include <stdlib.h>

#include "json.h"
#include "scan.h"
#include "sv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

/* A number that jansson cannot hold is no reason for the scanner to refuse. */
static bool
is_too_large_number(const struct shaken_diag *d)
{
	return strstr(d->text, "too big") != NULL ||
	    strstr(d->text, "too large") != NULL ||
	    strstr(d->text, "real number overflow") != NULL;
}

static void
check_member(const struct shk_member *m, const json_t *v)
{
	switch (m->type) {
	case SHK_JSON_ABSENT:
		must(v == NULL);
		break;
	case SHK_JSON_STRING:
		must(json_is_string(v) && shk_sv_equal(m->value,
		    (struct shaken_sv){ json_string_value(v),
		    json_string_length(v) }));
		break;
	case SHK_JSON_INTEGER:
		must(json_is_integer(v));
		break;
	case SHK_JSON_REAL:
		must(json_is_real(v));
		break;
	case SHK_JSON_OBJECT:
		must(json_is_object(v));
		break;
	case SHK_JSON_ARRAY:
		must(json_is_array(v));
		break;
	case SHK_JSON_LITERAL:
		must(json_is_boolean(v) || json_is_null(v));
		break;
	}
}

static void
check_array(const struct shk_member *m, const json_t *v, struct shk_buf *b)
{
	struct shaken_sv rest = m->value;
	struct shk_member e = { .type = SHK_JSON_ABSENT };
	size_t n = 0;

	while (shk_scan_next(&rest, &e, b))
		check_member(&e, json_array_get(v, n++));
	must(n == json_array_size(v));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shaken_sv in = { (const char *)data, size };
	struct shk_member m[] = {
		{ .name = SHAKEN_SV_LIT("a") },
		{ .name = SHAKEN_SV_LIT("iat") },
		{ .name = SHAKEN_SV_LIT("dest") },
	};
	static const char *const names[] = { "a", "iat", "dest" };
	size_t room = shk_scan_scratch(in), count;
	char *p = malloc(room + 1);
	struct shk_buf b = shk_buf_over(p, room);
	struct shaken_diag d;
	enum shaken_err err;
	json_t *obj = NULL;

	if (p == NULL || size > 16384) {
		free(p);
		return 0;
	}
	err = shk_scan_object(in, m, 3, &b, &count, NULL);
	if (shk_json_parse(in, &obj, &d) == SHAKEN_OK) {
		must(err == SHAKEN_OK || err == SHAKEN_E_LIMIT);
		for (size_t i = 0; err == SHAKEN_OK && i < 3; i++) {
			const json_t *v = json_object_get(obj, names[i]);

			check_member(&m[i], v);
			if (m[i].type == SHK_JSON_ARRAY)
				check_array(&m[i], v, &b);
		}
		must(err != SHAKEN_OK || count == json_object_size(obj));
	} else {
		must(err != SHAKEN_OK || is_too_large_number(&d));
	}
	json_decref(obj);
	free(p);
	return 0;
}
