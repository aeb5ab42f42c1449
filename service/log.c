/* SPDX-License-Identifier: Apache-2.0 */
/* log.c - one line an event, to stderr; decisions to the audit file as well. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sys/stat.h>

#include "json_out.h"
#include "log.h"

/* In front of the pairs: time, level, event. */
#define HEAD_MAX 160

struct svc_log {
	enum svc_log_level	 level;
	enum svc_log_format	 format;
	char			*audit;	/* owned; NULL: none */
	pthread_mutex_t		 lock;	/* of audit_fd and missing */
	int			 audit_fd;
	uint64_t		 missing; /* lines, since it took the last one */
	_Atomic uint64_t	 lost;
};

static int
open_audit(const char *path)
{
	return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
}

struct svc_log *
svc_log_open(enum svc_log_level level, enum svc_log_format format,
    const char *audit)
{
	struct svc_log *log = calloc(1, sizeof(*log));

	if (log == NULL)
		return NULL;
	log->level = level;
	log->format = format;
	log->audit_fd = -1;
	pthread_mutex_init(&log->lock, NULL);
	if (audit == NULL)
		return log;
	log->audit = strdup(audit);
	if (log->audit == NULL || (log->audit_fd = open_audit(audit)) < 0) {
		int saved = errno;

		svc_log_close(&log);
		errno = saved;
	}
	return log;
}

void
svc_log_close(struct svc_log **lp)
{
	struct svc_log *log;

	if (lp == NULL || (log = *lp) == NULL)
		return;
	*lp = NULL;
	if (log->audit_fd >= 0)
		close(log->audit_fd);
	pthread_mutex_destroy(&log->lock);
	free(log->audit);
	free(log);
}

bool
svc_log_reopen(struct svc_log *log)
{
	int fd, old;

	if (log->audit == NULL)
		return true;
	fd = open_audit(log->audit);
	if (fd < 0)
		return false;
	pthread_mutex_lock(&log->lock);
	old = log->audit_fd;
	log->audit_fd = fd;
	pthread_mutex_unlock(&log->lock);
	close(old);
	return true;
}

bool
svc_log_has(const struct svc_log *log, enum svc_log_level level)
{
	return level <= log->level;
}

uint64_t
svc_log_lost(struct svc_log *log)
{
	return atomic_load(&log->lost);
}

/* -- building ----------------------------------------------------------- */

void
svc_line(struct svc_line *l, enum svc_log_level level, const char *event)
{
	l->level = level;
	l->event = event;
	l->cut = false;
	l->n = 0;
}

void
svc_line_sv(struct svc_line *l, const char *key, struct shaken_sv v)
{
	char *to = l->text + l->n, *end = l->text + sizeof(l->text);
	size_t klen = strlen(key);

	if (v.n == 0)
		return;
	if (v.n > SVC_VALUE_MAX)
		v.n = SVC_VALUE_MAX;
	if ((size_t)(end - to) < klen + 8) {
		l->cut = true;
		return;
	}
	*to++ = ',';
	*to++ = '"';
	memcpy(to, key, klen);
	to += klen;
	memcpy(to, "\":\"", 3);
	to = api_escape(to + 3, end, v);
	if (to == NULL || to == end) {
		l->cut = true;
		return;
	}
	*to++ = '"';
	l->n = (size_t)(to - l->text);
}

void
svc_line_str(struct svc_line *l, const char *key, const char *v)
{
	svc_line_sv(l, key, shaken_sv_cstr(v));
}

/* A line is written for every call: its numbers without printf(). */
#define DIGITS_MAX 20

/* The digits of v, at least min of them, before end; where they begin. */
static char *
put_digits(char *end, uint64_t v, int min)
{
	for (; v > 0 || min > 0; v /= 10, min--)
		*--end = (char)('0' + v % 10);
	return end;
}

static char *
put_text_at(char *to, struct shaken_sv v)
{
	memcpy(to, v.p, v.n);
	return to + v.n;
}

/* A value that needs no quotes. */
static void
put_bare(struct svc_line *l, const char *key, struct shaken_sv v)
{
	struct shaken_sv name = shaken_sv_cstr(key);
	char *to = l->text + l->n;

	if (name.n + v.n + 4 > sizeof(l->text) - l->n) {
		l->cut = true;
		return;
	}
	to = put_text_at(to, SHAKEN_SV_LIT(",\""));
	to = put_text_at(to, name);
	to = put_text_at(to, SHAKEN_SV_LIT("\":"));
	to = put_text_at(to, v);
	l->n = (size_t)(to - l->text);
}

void
svc_line_int(struct svc_line *l, const char *key, int64_t v)
{
	char text[DIGITS_MAX + 1], *end = text + sizeof(text);
	char *p = put_digits(end, v < 0 ? -(uint64_t)v : (uint64_t)v, 1);

	if (v < 0)
		*--p = '-';
	put_bare(l, key, (struct shaken_sv){ p, (size_t)(end - p) });
}

void
svc_line_ms(struct svc_line *l, const char *key, int64_t us)
{
	uint64_t v = us < 0 ? 0 : (uint64_t)us;
	char text[DIGITS_MAX + 5], *end = text + sizeof(text);
	char *p = put_digits(end, v % 1000, 3);

	*--p = '.';
	p = put_digits(p, v / 1000, 1);
	put_bare(l, key, (struct shaken_sv){ p, (size_t)(end - p) });
}

void
svc_line_fmt(struct svc_line *l, const char *key, const char *fmt, ...)
{
	char text[SVC_VALUE_MAX];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n > 0)
		svc_line_str(l, key, text);
}

/* -- writing ------------------------------------------------------------ */

static const char *const level_names[] = { "error", "warning", "info",
	"debug" };

#define EVENT_MAX 64		/* they are words of ours */

/* The second as text, to the dot.  Each thread keeps its last: there are many
 * lines in one. */
static struct shaken_sv
date_of(time_t s)
{
	static _Thread_local time_t kept = -1;
	static _Thread_local char text[32];
	static _Thread_local size_t n;
	struct tm tm;

	if (s != kept) {
		gmtime_r(&s, &tm);
		n = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S.", &tm);
		kept = s;
	}
	return (struct shaken_sv){ text, n };
}

static size_t
put_head(const struct svc_line *l, char head[HEAD_MAX])
{
	struct shaken_sv event = { l->event, strnlen(l->event, EVENT_MAX) };
	char *to = head;
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	to = put_text_at(to, SHAKEN_SV_LIT("{\"time\":\""));
	to = put_text_at(to, date_of(ts.tv_sec)) + 3;
	put_digits(to, (uint64_t)ts.tv_nsec / 1000000, 3);
	to = put_text_at(to, SHAKEN_SV_LIT("Z\",\"level\":\""));
	to = put_text_at(to, shaken_sv_cstr(level_names[l->level]));
	to = put_text_at(to, SHAKEN_SV_LIT("\",\"event\":\""));
	to = put_text_at(to, event);
	*to++ = '"';
	return (size_t)(to - head);
}

static size_t
put_json(const struct svc_line *l, char *out)
{
	size_t n = put_head(l, out);

	memcpy(out + n, l->text, l->n);
	n += l->n;
	if (l->cut) {
		memcpy(out + n, ",\"cut\":true", 11);
		n += 11;
	}
	memcpy(out + n, "}\n", 2);
	return n + 2;
}

/*
 * "<6>event key=value key="with blanks"": the pairs again, less the quotes that
 * need not be.  The priority is for the journal (sd-daemon(3)).
 */
static size_t
put_text(const struct svc_line *l, char *out)
{
	static const char priority[] = { '3', '4', '6', '7' };
	int head = snprintf(out, HEAD_MAX, "<%c>%s", priority[l->level],
	    l->event);
	size_t n = head > 0 && head < HEAD_MAX ? (size_t)head : 0;
	const char *p = l->text, *end = p + l->n;

	while (p < end) {	/* at ,"key":value */
		const char *key = p + 2, *stop;
		bool bare = true;

		p = memchr(key, '"', (size_t)(end - key));
		out[n++] = ' ';
		memcpy(out + n, key, (size_t)(p - key));
		n += (size_t)(p - key);
		out[n++] = '=';
		p += 2;
		for (stop = p + 1; stop < end && (*p == '"' ? *stop != '"' :
		    *stop != ','); stop++) {
			bare = bare && *stop != ' ' && *stop != '=' &&
			    *stop != '\\';
			stop += *stop == '\\';
		}
		stop += *p == '"';
		if (*p == '"' && bare) {
			memcpy(out + n, p + 1, (size_t)(stop - p) - 2);
			n += (size_t)(stop - p) - 2;
		} else {
			memcpy(out + n, p, (size_t)(stop - p));
			n += (size_t)(stop - p);
		}
		p = stop;
	}
	out[n++] = '\n';
	return n;
}

/* Bytes that were written: n, or fewer, and errno says why. */
static size_t
write_all(int fd, const char *p, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t k = write(fd, p + done, n - done);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			break;
		done += (size_t)k;
	}
	return done;
}

void
svc_log(struct svc_log *log, const struct svc_line *l)
{
	char out[SVC_LINE_MAX + HEAD_MAX + 16];
	size_t n;

	if (l->level > log->level)
		return;
	n = log->format == SVC_LOG_JSON ? put_json(l, out) : put_text(l, out);
	(void)write_all(STDERR_FILENO, out, n); /* nowhere to complain */
}

/* Take back the piece of a line that still found room: what reads the file meets
 * whole lines only.  Not when another process has written behind it. */
static void
undo(int fd, size_t n)
{
	off_t end = lseek(fd, 0, SEEK_CUR);
	struct stat st;

	if (end >= (off_t)n && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size == end && ftruncate(fd, end - (off_t)n) != 0)
		(void)write_all(fd, "\n", 1);
}

/* To the audit file; 0, or why it did not take it.  before: lines that it did
 * not take since the last one. */
static int
append(struct svc_log *log, const char *line, size_t n, uint64_t *before)
{
	size_t done;
	int why = 0;

	pthread_mutex_lock(&log->lock);
	done = write_all(log->audit_fd, line, n);
	if (done < n) {
		why = errno != 0 ? errno : EIO;
		if (done > 0)
			undo(log->audit_fd, done);
	}
	*before = log->missing;
	log->missing = why == 0 ? 0 : log->missing + 1;
	pthread_mutex_unlock(&log->lock);
	return why;
}

void
svc_log_audit(struct svc_log *log, const struct svc_line *l)
{
	char out[SVC_LINE_MAX + HEAD_MAX + 16];
	uint64_t before;
	size_t n;
	int why;

	svc_log(log, l);
	if (log->audit == NULL)
		return;
	n = put_json(l, out);
	why = append(log, out, n, &before);
	if (why == 0 && before > 0)
		svc_log_event(log, SVC_WARNING, "audit", "%s is written "
		    "again: %llu lines are missing", log->audit,
		    (unsigned long long)before);
	if (why == 0)
		return;
	atomic_fetch_add(&log->lost, 1);
	if (before == 0)
		svc_log_event(log, SVC_ERROR, "audit", "%s cannot be written: "
		    "%s; its lines are on standard error until it can",
		    log->audit, strerrordesc_np(why));
	if (l->level > log->level) /* not there yet */
		(void)write_all(STDERR_FILENO, out, n);
}

void
svc_log_event(struct svc_log *log, enum svc_log_level level, const char *event,
    const char *fmt, ...)
{
	char text[SVC_VALUE_MAX];
	struct svc_line l;
	va_list ap;
	int n;

	if (level > log->level)
		return;
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	svc_line(&l, level, event);
	if (n > 0)
		svc_line_str(&l, "message", text);
	svc_log(log, &l);
}
