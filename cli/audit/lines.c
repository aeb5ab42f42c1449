/* SPDX-License-Identifier: Apache-2.0 */
/* lines.c - a file line by line: a buffer, memchr(), and no copy but of what is
 * left of a line when the buffer is filled again. */
#include <stdlib.h>
#include <string.h>

#include "lines.h"

#define CHUNK (256 * 1024)
#define CAP (LINES_MAX + CHUNK)

bool
lines_init(struct lines *l, struct reader *r, struct audit_skips *skips)
{
	*l = (struct lines){ .r = r, .skips = skips, .buf = malloc(CAP) };
	return l->buf != NULL;
}

void
lines_clear(struct lines *l)
{
	free(l->buf);
	l->buf = NULL;
}

/* Move what is left to the front and read behind it. */
static bool
read_more(struct lines *l)
{
	size_t got;

	if (l->at > 0)
		memmove(l->buf, l->buf + l->at, l->n - l->at);
	l->n -= l->at;
	l->at = 0;
	if (!reader_read(l->r, l->buf + l->n, CAP - l->n, &got))
		return false;
	l->n += got;
	l->end = got == 0;
	return true;
}

/* Take a line, its LF not; NULL p: there is none, or it is too long.  A last
 * line needs no LF. */
static bool
take_line(struct lines *l, struct shaken_sv *out)
{
	bool is_long = false;
	size_t seen = 0;	/* of the line: no LF in there */
	char *lf = NULL;

	*out = (struct shaken_sv){ NULL, 0 };
	for (;;) {
		if (l->n > l->at + seen)
			lf = memchr(l->buf + l->at + seen, '\n',
			    l->n - l->at - seen);
		if (lf != NULL || l->end)
			break;
		seen = l->n - l->at;
		if (seen > LINES_MAX) {
			is_long = true;
			l->at = l->n;
			seen = 0;
		}
		if (!read_more(l))
			return false;
	}
	*out = (struct shaken_sv){ l->buf + l->at,
	    lf != NULL ? (size_t)(lf - l->buf) - l->at : l->n - l->at };
	l->at += out->n + (lf != NULL);
	l->line++;
	if (!is_long && out->n <= LINES_MAX)
		return true;
	audit_skip(l->skips, AUDIT_SKIP_LINE_LONG);
	out->n = 0;
	return true;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

bool
lines_next(struct lines *l, struct shaken_sv *out)
{
	for (;;) {
		if (!take_line(l, out))
			return false;
		while (out->n > 0 && is_blank(out->p[out->n - 1]))
			out->n--;
		while (out->n > 0 && is_blank(out->p[0])) {
			out->p++;
			out->n--;
		}
		if (out->n > 0 || (l->end && l->at == l->n))
			return true;
	}
}
