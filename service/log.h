/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.h - one line an event, to stderr; decisions to the audit file as well.
 *
 *	struct svc_line l;
 *	svc_line(&l, SVC_INFO, "reload");
 *	svc_line_str(&l, "result", "ok");
 *	svc_log(log, &l);
 *
 * A line is built in the caller's storage and written by one write(), so lines
 * of several threads do not mix.  What does not fit is left out; the line stays
 * well-formed.
 */
#ifndef SVC_LOG_H
#define SVC_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include <shaken/view.h>

#include "conf.h"

struct svc_log;		/* opaque; thread-safe */

/* audit: NULL for none.  NULL with errno set. */
struct svc_log *svc_log_open(enum svc_log_level level,
    enum svc_log_format format, const char *audit);
void svc_log_close(struct svc_log **log);
/* Open the audit file anew: it was moved away.  False with errno set; the old
 * one stays. */
bool svc_log_reopen(struct svc_log *log);
bool svc_log_has(const struct svc_log *log, enum svc_log_level level);
/* Audit lines that could not be written. */
uint64_t svc_log_lost(struct svc_log *log);

#define SVC_LINE_MAX 6144
#define SVC_VALUE_MAX 1024	/* bytes of one value; more is cut off */

struct svc_line {		/* "key":value pairs, a comma before each */
	enum svc_log_level	level;
	const char		*event;	/* borrowed */
	bool			 cut;
	size_t			 n;
	char			 text[SVC_LINE_MAX];
};

void svc_line(struct svc_line *l, enum svc_log_level level, const char *event);
/* Nothing is added where v is empty.  Bytes that are no UTF-8 become '?'. */
void svc_line_sv(struct svc_line *l, const char *key, struct shaken_sv v);
void svc_line_str(struct svc_line *l, const char *key, const char *v);
void svc_line_int(struct svc_line *l, const char *key, int64_t v);
/* Microseconds, as milliseconds with three places. */
void svc_line_ms(struct svc_line *l, const char *key, int64_t us);
__attribute__((format(printf, 3, 4)))
void svc_line_fmt(struct svc_line *l, const char *key, const char *fmt, ...);

void svc_log(struct svc_log *log, const struct svc_line *l);
/* The same, and to the audit file. */
void svc_log_audit(struct svc_log *log, const struct svc_line *l);

/* An event with one text: {"event":..,"message":..}. */
__attribute__((format(printf, 4, 5)))
void svc_log_event(struct svc_log *log, enum svc_log_level level,
    const char *event, const char *fmt, ...);

#endif
