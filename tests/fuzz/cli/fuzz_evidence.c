/* SPDX-License-Identifier: Apache-2.0 */
/* Target: audit_evidence_read(). */
#include <stdlib.h>

#include "evidence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shaken_diag why = { "" };
	json_t *e = audit_evidence_read((struct shaken_sv){
	    (const char *)data, size }, &why);

	if ((e == NULL) == (why.text[0] == '\0'))
		abort();
	json_decref(e);
	return 0;
}
