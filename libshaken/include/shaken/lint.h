/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lint.h - findings: what a profile asks for and does not get.
 *
 * A finding never fails a call.  Half of the certificates in the field break
 * some line of their profile; what matters for a verdict is in verify.h.
 */
#ifndef SHAKEN_LINT_H
#define SHAKEN_LINT_H

#include <shaken/export.h>

SHAKEN_BEGIN_DECLS

enum shaken_severity {
	SHAKEN_NOTE = 0,	/* unusual, allowed */
	SHAKEN_WARN = 1,	/* against a "should", or against one of two texts */
	SHAKEN_ERROR = 2,	/* against a "shall" */
};

struct shaken_finding {
	enum shaken_severity severity;
	const char	*id;	/* stable name, "subject-cn"; static */
	const char	*rule;	/* source, "ATIS-1000080 section 6.4.1"; static */
	const char	*text;	/* what was found and what is asked; borrowed
				 * until the callback returns */
};

/* Called once a finding, in a fixed order; ctx as given. */
typedef void (*shaken_finding_fn)(const struct shaken_finding *f, void *ctx);

/* "note", "warning" or "error"; static. */
SHAKEN_API const char *shaken_severity_name(enum shaken_severity s);

SHAKEN_END_DECLS

#endif
