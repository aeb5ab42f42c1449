/* SPDX-License-Identifier: Apache-2.0 */
/* skips.c - what an audit reads and does not judge: the words for it. */
#include "skips.h"

const struct audit_skip_text audit_skip_texts[AUDIT_SKIP_N] = {
#define X(e, name, text) { name, text },
	AUDIT_SKIPS(X)
#undef X
};
