/* SPDX-License-Identifier: Apache-2.0 */
/* Target: shk_tnauthlist_parse(), _covers(), _within() and _encode().
 * Seeds: tests/fuzz/corpus/tnauthlist/. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tnauthlist.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static enum shaken_result
covers(const struct shk_tnauthlist *l, const char *number, int digits,
    uint64_t value)
{
	struct shaken_id id = { .kind = SHAKEN_ID_TN };

	if (number == NULL)
		id.len = (size_t)snprintf(id.text, sizeof(id.text), "%0*llu",
		    digits, (unsigned long long)value);
	else
		memcpy(id.text, number, id.len = (size_t)digits);
	return shk_tnauthlist_covers(l, &id);
}

/* Each entry is within the limits of the module, and the list covers it. */
static void
check_entry(const struct shk_tnauthlist *l, const struct shaken_tnauth *e)
{
	int digits = (int)e->value.n;
	char text[SHAKEN_TN_MAX + 1] = "";
	uint64_t first;

	if (e->kind == SHAKEN_TNAUTH_SPC) {
		must(e->value.n >= 1 && e->value.n <= SHAKEN_SPC_MAX);
		return;
	}
	must(e->value.n >= 1 && e->value.n <= SHAKEN_TN_MAX);
	must(covers(l, e->value.p, digits, 0) == SHAKEN_PASS);
	if (e->kind != SHAKEN_TNAUTH_RANGE)
		return;
	must(e->count >= 2);
	memcpy(text, e->value.p, e->value.n);
	first = strtoull(text, NULL, 10);
	must(covers(l, NULL, digits, first + e->count - 1) == SHAKEN_PASS);
}

static void
check_list(const struct shk_tnauthlist *l, struct shaken_sv der, bool implicit)
{
	size_t n = shk_tnauthlist_n(l), len;
	struct shaken_tnauth *entries = calloc(n, sizeof(*entries));
	const struct shaken_tnauth *outside;
	uint8_t *again = malloc(der.n);

	must(n > 0 && entries != NULL && again != NULL);
	for (size_t i = 0; i < n; i++) {
		entries[i] = *shk_tnauthlist_get(l, i);
		check_entry(l, &entries[i]);
	}
	must(shk_tnauthlist_within(l, l, &outside) && outside == NULL);
	if (!implicit) {
		must(shk_tnauthlist_encode(entries, n, again, der.n, &len) ==
		    SHAKEN_OK);
		must(len == der.n && memcmp(again, der.p, len) == 0);
	}
	free(again);
	free(entries);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shaken_sv der = { (const char *)data, size };
	struct shk_tnauthlist *strict, *lax;
	struct shaken_diag diag;
	enum shaken_err err;

	err = shk_tnauthlist_parse(der, false, &strict, &diag);
	must((err == SHAKEN_OK) == (strict != NULL));
	if (strict != NULL)
		check_list(strict, der, false);
	err = shk_tnauthlist_parse(der, true, &lax, NULL);
	must((err == SHAKEN_OK) == (lax != NULL));
	must(strict == NULL || lax != NULL); /* lax accepts more, never less */
	if (lax != NULL)
		check_list(lax, der, true);
	shk_tnauthlist_free(&strict);
	shk_tnauthlist_free(&lax);
	return 0;
}
