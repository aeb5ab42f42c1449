/* SPDX-License-Identifier: Apache-2.0 */
/* Target: what is looked at before a trust list's signature is: its header, in
 * certs_trustlist_x5u().  It gives a string or a reason, never both. */
#include <stdlib.h>

#include <shakencerts/trustlist.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shaken_diag d;
	char *url = certs_trustlist_x5u((struct shaken_sv){
	    (const char *)data, size }, &d);

	if ((url == NULL) == (d.text[0] == '\0'))
		abort();
	free(url);
	return 0;
}
