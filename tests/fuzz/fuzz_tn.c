/* SPDX-License-Identifier: Apache-2.0 */
/* Target: shaken_tn_canon().  The first byte chooses the country.  A canonical
 * number has 1 to 15 of "0-9#*" and is its own canonical form. */
#include <stdint.h>
#include <stdlib.h>

#include <shaken/tn.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const countries[] = { NULL, "1", "44", "353" };
	static const struct shaken_tn none;
	struct shaken_tn tn, again;
	struct shaken_sv in;

	if (size == 0)
		return 0;
	in = (struct shaken_sv){ (const char *)data + 1, size - 1 };
	if (shaken_tn_canon(in, countries[data[0] % 4], &tn) != SHAKEN_OK) {
		if (memcmp(&tn, &none, sizeof(tn)) != 0)
			abort();
		return 0;
	}
	if (tn.len < 1 || tn.len > SHAKEN_TN_MAX ||
	    tn.len != strlen(tn.digits) ||
	    strspn(tn.digits, "0123456789#*") != tn.len)
		abort();
	in = (struct shaken_sv){ tn.digits, tn.len };
	if (shaken_tn_canon(in, NULL, &again) != SHAKEN_OK ||
	    strcmp(again.digits, tn.digits) != 0)
		abort();
	return 0;
}
