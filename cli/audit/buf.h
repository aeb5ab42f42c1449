/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buf.h - text that grows, and what strangers wrote made harmless in it.
 *
 * A buffer that failed, for want of memory, stays failed: look once at the end.
 */
#ifndef AUDIT_BUF_H
#define AUDIT_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <shaken/view.h>

struct audit_buf {		/* all zero at first */
	char	*p;		/* owned; no NUL at the end */
	size_t	 n, cap;
	bool	 failed;
};

void audit_buf_free(struct audit_buf *b);

void audit_put(struct audit_buf *b, const char *text);
void audit_put_n(struct audit_buf *b, const char *p, size_t n);
void audit_put_int(struct audit_buf *b, int64_t v);

/* A JSON string with its quotes, in ASCII (RFC 8259 section 7); what is no
 * UTF-8 becomes U+FFFD.  n 0 is null. */
void audit_put_json(struct audit_buf *b, struct shaken_sv v);

/* A field of RFC 4180.  One that a spreadsheet would take for a formula, for it
 * begins with = + - @ or a blank control, gets an apostrophe in front. */
void audit_put_csv(struct audit_buf *b, struct shaken_sv v);

/* For a terminal: what is not printable ASCII is \xHH. */
void audit_put_plain(struct audit_buf *b, struct shaken_sv v);

/* Text or an attribute's value of HTML; what is no printable ASCII is a numeric
 * reference. */
void audit_put_html(struct audit_buf *b, struct shaken_sv v);

#endif
