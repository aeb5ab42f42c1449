/* SPDX-License-Identifier: Apache-2.0 */
/* Target: shaken_id_parse(), shaken_id_from_uri(), shaken_id_from_tn().  A
 * canonical identity is printable and is its own canonical form; a URI means the
 * same alone and in a name-addr. */
#include <stdint.h>
#include <stdlib.h>

#include <shaken/id.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
check(enum shaken_err err, const struct shaken_id *id)
{
	struct shaken_id again;
	struct shaken_sv text = { id->text, id->len };

	if (err != SHAKEN_OK) {
		if (id->kind != SHAKEN_ID_NONE || id->len != 0 ||
		    id->text[0] != '\0')
			abort();
		return false;
	}
	if (id->len == 0 || id->len > SHAKEN_ID_MAX ||
	    id->len != strlen(id->text))
		abort();
	for (size_t i = 0; i < id->len; i++)
		if (id->text[i] <= ' ' || id->text[i] > '~')
			abort();
	err = id->kind == SHAKEN_ID_TN ? shaken_id_from_tn(text, NULL, &again) :
	    shaken_id_from_uri(text, NULL, &again);
	if (err != SHAKEN_OK || !shaken_id_equal(id, &again))
		abort();
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shaken_sv in = { (const char *)data, size };
	struct shaken_id id, other;
	char *angled;

	check(shaken_id_parse(in, "1", &id), &id);
	check(shaken_id_parse(in, NULL, &id), &id);
	if (check(shaken_id_from_tn(in, NULL, &other), &other) &&
	    !shaken_id_equal(&id, &other))
		abort();
	if (!check(shaken_id_from_uri(in, NULL, &other), &other))
		return 0;

	angled = malloc(size + 2);
	if (angled == NULL)
		abort();
	angled[0] = '<';
	memcpy(angled + 1, data, size);
	angled[size + 1] = '>';
	if (!check(shaken_id_parse((struct shaken_sv){ angled, size + 2 },
	    NULL, &id), &id) || !shaken_id_equal(&id, &other))
		abort();
	free(angled);
	return 0;
}
