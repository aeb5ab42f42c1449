/* SPDX-License-Identifier: Apache-2.0 */
/* ossl.c - what OpenSSL says of what went wrong. */
#include <openssl/err.h>

#include "ossl.h"

bool
shk_ossl_no_memory(void)
{
	bool found = false;
	unsigned long e;

	while ((e = ERR_get_error()) != 0)
		if (ERR_GET_REASON(e) == ERR_R_MALLOC_FAILURE)
			found = true;
	return found;
}
