/* SPDX-License-Identifier: Apache-2.0 */
/* buf.c - text that grows. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

#define CAP_MIN 4096
#define NO_CHAR 0xfffdu		/* U+FFFD, in place of what is no UTF-8 */

void
audit_buf_free(struct audit_buf *b)
{
	free(b->p);
	*b = (struct audit_buf){ 0 };
}

static bool
reserve(struct audit_buf *b, size_t n)
{
	size_t cap = b->cap == 0 ? CAP_MIN : b->cap;
	char *p;

	if (b->failed)
		return false;
	if (n <= b->cap - b->n)
		return true;
	while (cap - b->n < n && cap <= SIZE_MAX / 4)
		cap *= 2;
	p = cap - b->n < n ? NULL : realloc(b->p, cap);
	if (p == NULL) {
		b->failed = true;
		return false;
	}
	b->p = p;
	b->cap = cap;
	return true;
}

void
audit_put_n(struct audit_buf *b, const char *p, size_t n)
{
	if (n == 0 || !reserve(b, n))
		return;
	memcpy(b->p + b->n, p, n);
	b->n += n;
}

void
audit_put(struct audit_buf *b, const char *text)
{
	audit_put_n(b, text, strlen(text));
}

void
audit_put_int(struct audit_buf *b, int64_t v)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, v);
	audit_put(b, text);
}

static unsigned
continuation(struct shaken_sv v, size_t i)
{
	return i < v.n && ((unsigned char)v.p[i] & 0xc0u) == 0x80 ?
	    (unsigned char)v.p[i] & 0x3fu : 0x100u;
}

/* The character at v.p[*i], and move behind it (RFC 3629 section 3). */
static unsigned
take_char(struct shaken_sv v, size_t *i)
{
	unsigned c = (unsigned char)v.p[(*i)++], more, least, got;

	if (c < 0x80)
		return c;
	if (c < 0xc2 || c > 0xf4)
		return NO_CHAR;
	more = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
	least = more == 1 ? 0x80 : more == 2 ? 0x800 : 0x10000;
	c &= 0x3fu >> more;
	for (unsigned k = 0; k < more; k++) {
		got = continuation(v, *i + k);
		if (got > 0x3f)
			return NO_CHAR;
		c = c << 6 | got;
	}
	if (c < least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return NO_CHAR;
	*i += more;
	return c;
}

static void
put_escape(struct audit_buf *b, unsigned c)
{
	char text[16];

	if (c < 0x10000)
		snprintf(text, sizeof(text), "\\u%04x", c);
	else
		snprintf(text, sizeof(text), "\\u%04x\\u%04x",
		    0xd800 + ((c - 0x10000) >> 10),
		    0xdc00 + ((c - 0x10000) & 0x3ff));
	audit_put(b, text);
}

void
audit_put_json(struct audit_buf *b, struct shaken_sv v)
{
	size_t from = 0, i = 0;

	if (v.n == 0) {
		audit_put_n(b, "null", 4);
		return;
	}
	audit_put_n(b, "\"", 1);
	while (i < v.n) {
		unsigned char c = (unsigned char)v.p[i];

		if (c >= ' ' && c < 0x7f && c != '"' && c != '\\') {
			i++;
			continue;
		}
		audit_put_n(b, v.p + from, i - from);
		if (c == '"' || c == '\\') {
			audit_put_n(b, "\\", 1);
			audit_put_n(b, v.p + i++, 1);
		} else {
			put_escape(b, take_char(v, &i));
		}
		from = i;
	}
	audit_put_n(b, v.p + from, v.n - from);
	audit_put_n(b, "\"", 1);
}

void
audit_put_plain(struct audit_buf *b, struct shaken_sv v)
{
	char text[8];

	for (size_t i = 0; i < v.n; i++) {
		unsigned char c = (unsigned char)v.p[i];

		if (c >= ' ' && c < 0x7f) {
			audit_put_n(b, v.p + i, 1);
			continue;
		}
		snprintf(text, sizeof(text), "\\x%02X", c);
		audit_put(b, text);
	}
}

void
audit_put_csv(struct audit_buf *b, struct shaken_sv v)
{
	bool formula = v.n > 0 && v.p[0] != '\0' &&
	    strchr("=+-@\t\r", v.p[0]) != NULL;
	bool quote = formula;
	size_t from = 0;

	for (size_t i = 0; i < v.n && !quote; i++)
		quote = v.p[i] == ',' || v.p[i] == '"' ||
		    (unsigned char)v.p[i] <= ' ';
	if (!quote) {
		audit_put_n(b, v.p, v.n);
		return;
	}
	audit_put_n(b, "\"'", formula ? 2 : 1);
	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] != '"')
			continue;
		audit_put_n(b, v.p + from, i + 1 - from);
		from = i;	/* the quote comes again */
	}
	audit_put_n(b, v.p + from, v.n - from);
	audit_put_n(b, "\"", 1);
}

void
audit_put_html(struct audit_buf *b, struct shaken_sv v)
{
	char text[16];

	for (size_t i = 0; i < v.n;) {
		unsigned c = take_char(v, &i);

		if (c < ' ' || (c >= 0x7f && c < 0xa0))
			c = NO_CHAR;
		if (c >= 0x7f || c == '<' || c == '>' || c == '&' ||
		    c == '"' || c == '\'') {
			snprintf(text, sizeof(text), "&#%u;", c);
			audit_put(b, text);
		} else {
			audit_put_n(b, &v.p[i - 1], 1);
		}
	}
}
