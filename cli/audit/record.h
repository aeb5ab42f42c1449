/* SPDX-License-Identifier: Apache-2.0 */
/* record.h - one line a call: JSON, CSV, or for people. */
#ifndef AUDIT_RECORD_H
#define AUDIT_RECORD_H

#include "buf.h"
#include "judge.h"

enum audit_format {
	AUDIT_TEXT,
	AUDIT_JSON_LINES,
	AUDIT_CSV,
	AUDIT_SILENT,		/* no lines, just the summary */
};

/* What stands above the lines. */
void audit_record_head(enum audit_format f, struct audit_buf *out);
void audit_record(enum audit_format f, const struct audit_judge *j,
    struct audit_buf *out);

#endif
