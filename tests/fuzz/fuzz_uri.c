/* SPDX-License-Identifier: Apache-2.0 */
/* Target: shk_uri_check_x5u().  Whatever it takes, no other reader of URIs may
 * find another host, a user or a query in it. */
#include <stdint.h>
#include <stdlib.h>

#include "uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shaken_sv in = { (const char *)data, size };
	enum shaken_err err = shk_uri_check_x5u(in, true, NULL);
	size_t slash;

	if (shk_uri_check_x5u(in, false, NULL) == SHAKEN_OK) {
		if (err != SHAKEN_OK || size < 9)
			abort();
		if ((data[4] | 0x20) != 's')
			abort();
	}
	if (err != SHAKEN_OK)
		return 0;
	if (size > SHK_X5U_MAX)
		abort();
	for (slash = 8; slash < size && data[slash] != '/'; slash++)
		if (data[slash] == '@' || data[slash] == '%')
			abort();
	for (size_t i = 0; i < size; i++)
		if (data[i] <= ' ' || data[i] >= 0x7f ||
		    strchr("?#\\<>\"^`{|}", data[i]) != NULL)
			abort();
	return 0;
}
