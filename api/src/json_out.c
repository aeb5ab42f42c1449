/* SPDX-License-Identifier: Apache-2.0 */
/* json_out.c - JSON written from left to right (RFC 8259 section 7). */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json_out.h"

/* An answer with an Identity of usual size fits. */
#define FIRST_CAP 2048

/* Length of the UTF-8 sequence at v, 0 where there is none (RFC 3629). */
static size_t
utf8_len(struct shaken_sv v)
{
	const uint8_t *b = (const uint8_t *)v.p;
	size_t n = b[0] < 0x80 ? 1 : b[0] >= 0xc2 && b[0] < 0xe0 ? 2 :
	    b[0] >= 0xe0 && b[0] < 0xf0 ? 3 : b[0] >= 0xf0 && b[0] < 0xf5 ? 4 :
	    0;

	if (n == 0 || n > v.n)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((b[i] & 0xc0) != 0x80)
			return 0;
	if ((b[0] == 0xe0 && b[1] < 0xa0) || (b[0] == 0xed && b[1] > 0x9f) ||
	    (b[0] == 0xf0 && b[1] < 0x90) || (b[0] == 0xf4 && b[1] > 0x8f))
		return 0;
	return n;
}

static bool
is_plain(char c)
{
	return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

/* Copy v up to what must be escaped; how much that was. */
static size_t
copy_plain(char *to, size_t room, struct shaken_sv v)
{
	size_t n = 0, max = v.n < room ? v.n : room;

	while (n < max && is_plain(v.p[n]))
		n++;
	memcpy(to, v.p, n);
	return n;
}

char *
api_escape(char *to, const char *end, struct shaken_sv v)
{
	static const char hex[] = "0123456789abcdef";

	while (v.n > 0) {
		uint8_t c = (uint8_t)v.p[0];
		size_t n;

		if (end - to < API_ESCAPE_MAX + 2)
			return NULL;
		n = copy_plain(to, (size_t)(end - to) - API_ESCAPE_MAX, v);
		to += n;
		if (n == 0 && (n = utf8_len(v)) == 0) {
			*to++ = '?';
			n = 1;
		} else if (c == '"' || c == '\\') {
			*to++ = '\\';
			*to++ = (char)c;
		} else if (c < ' ' || c == 0x7f) {
			memcpy(to, "\\u00", 4);
			to[4] = hex[c >> 4];
			to[5] = hex[c & 15];
			to += 6;
		} else if (c >= 0x80) {
			memcpy(to, v.p, n);
			to += n;
		}
		v.p += n;
		v.n -= n;
	}
	return to;
}

static bool
make_room(struct api_out *o, size_t n)
{
	size_t cap = o->cap == 0 ? FIRST_CAP : o->cap;
	char *p;

	if (o->failed || n > SIZE_MAX / 4 - o->n) {
		o->failed = true;
		return false;
	}
	while (cap < o->n + n)
		cap *= 2;
	if (cap == o->cap)
		return true;
	p = realloc(o->p, cap);
	o->failed = p == NULL;
	if (p == NULL)
		return false;
	o->p = p;
	o->cap = cap;
	return true;
}

void
api_out_raw(struct api_out *o, struct shaken_sv text)
{
	if (text.n == 0 || !make_room(o, text.n))
		return;
	memcpy(o->p + o->n, text.p, text.n);
	o->n += text.n;
}

void
api_out_text(struct api_out *o, const char *text)
{
	api_out_raw(o, shaken_sv_cstr(text));
}

void
api_out_string(struct api_out *o, struct shaken_sv v)
{
	size_t worst;
	char *end;

	if (v.n > SIZE_MAX / 64) {
		o->failed = true;
		return;
	}
	worst = v.n * API_ESCAPE_MAX + API_ESCAPE_MAX + 4;
	if (!make_room(o, worst))
		return;
	o->p[o->n++] = '"';
	end = api_escape(o->p + o->n, o->p + o->cap, v);
	if (end == NULL) {	/* never: worst was enough */
		o->failed = true;
		return;
	}
	o->n = (size_t)(end - o->p);
	o->p[o->n++] = '"';
}

char *
api_out_take(struct api_out *o)
{
	char *p = NULL;

	api_out_raw(o, (struct shaken_sv){ "", 1 });
	if (o->failed)
		free(o->p);
	else
		p = o->p;
	memset(o, 0, sizeof(*o));
	return p;
}
