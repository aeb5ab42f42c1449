/* SPDX-License-Identifier: Apache-2.0 */
/* lint.h - report a finding. */
#ifndef SHK_LINT_H
#define SHK_LINT_H

#include <shaken/lint.h>

struct shk_findings {		/* where they go */
	shaken_finding_fn	 fn;
	void			*ctx;
};

/* id and rule are static; the text is formatted, made printable and cut. */
__attribute__((format(printf, 5, 6)))
void shk_find(const struct shk_findings *to, enum shaken_severity severity,
    const char *id, const char *rule, const char *fmt, ...);

#endif
