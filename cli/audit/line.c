/* SPDX-License-Identifier: Apache-2.0 */
/*
 * line.c - a call as one line of JSON (RFC 8259).
 *
 *   {"identity": STRING or [STRING...], "orig": STRING, "dest": likewise,
 *    "time": SECONDS, "call_id": STRING, "target": STRING}
 *
 * A million of these are read for an audit, each beside a signature that takes
 * 30 microseconds: so it is done in place, and allocates nothing.
 */
#include <stdio.h>
#include <string.h>

#include "line.h"

#define DEPTH_MAX 32		/* of what is passed over */
#define TIME_MAX INT64_C(100000000000) /* as SHAKEN_IAT_MAX */

struct reader {
	char			*p, *start, *end;
	struct shaken_diag	*why;
};

static bool
fail(const struct reader *r, const char *what)
{
	snprintf(r->why->text, sizeof(r->why->text), "JSON line: %s, byte %zu",
	    what, (size_t)(r->p - r->start) + 1);
	return false;
}

static void
skip_blanks(struct reader *r)
{
	while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' ||
	    *r->p == '\r' || *r->p == '\n'))
		r->p++;
}

static bool
eat(struct reader *r, char c)
{
	skip_blanks(r);
	if (r->p == r->end || *r->p != c)
		return false;
	r->p++;
	return true;
}

/* Four hexadecimal digits; -1: they are not. */
static int
hex4(const struct reader *r)
{
	int v = 0;

	if (r->end - r->p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = r->p[i];
		int d = c >= '0' && c <= '9' ? c - '0' :
		    c >= 'a' && c <= 'f' ? c - 'a' + 10 :
		    c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;

		if (d < 0)
			return -1;
		v = v * 16 + d;
	}
	return v;
}

/* Of what is to be verified all is ASCII; the rest is kept as UTF-8 of three
 * bytes at most, which \uXXXX has room for. */
static bool
take_hex(struct reader *r, char **to)
{
	int c = hex4(r);

	if (c <= 0)
		return fail(r, "\\u wants four digits, not of NUL");
	r->p += 4;
	if (c < 0x80) {
		*(*to)++ = (char)c;
	} else if (c < 0x800) {
		*(*to)++ = (char)(0xc0 | c >> 6);
		*(*to)++ = (char)(0x80 | (c & 0x3f));
	} else {
		*(*to)++ = (char)(0xe0 | c >> 12);
		*(*to)++ = (char)(0x80 | (c >> 6 & 0x3f));
		*(*to)++ = (char)(0x80 | (c & 0x3f));
	}
	return true;
}

static bool
take_escape(struct reader *r, char **to)
{
	static const char names[] = "\"\\/bfnrt", chars[] = "\"\\/\b\f\n\r\t";
	const char *at;

	if (r->p == r->end || *r->p == '\0')
		return fail(r, "the string does not end");
	if (*r->p == 'u') {
		r->p++;
		return take_hex(r, to);
	}
	at = strchr(names, *r->p);
	if (at == NULL)
		return fail(r, "no such escape");
	r->p++;
	*(*to)++ = chars[at - names];
	return true;
}

static bool
take_string(struct reader *r, struct shaken_sv *out)
{
	char *from, *to;

	if (!eat(r, '"'))
		return fail(r, "a string is wanted");
	from = r->p;
	while (r->p < r->end && *r->p != '"' && *r->p != '\\' &&
	    (unsigned char)*r->p >= ' ')
		r->p++;
	to = r->p;
	while (r->p < r->end && *r->p != '"') {
		if ((unsigned char)*r->p < ' ')
			return fail(r, "control character in a string");
		if (*r->p != '\\') {
			*to++ = *r->p++;
			continue;
		}
		r->p++;
		if (!take_escape(r, &to))
			return false;
	}
	if (r->p == r->end)
		return fail(r, "the string does not end");
	r->p++;
	*out = (struct shaken_sv){ from, (size_t)(to - from) };
	return true;
}

static bool
take_strings(struct reader *r, struct shaken_sv *v, size_t *n)
{
	if (!eat(r, '[')) {
		*n = 1;
		return take_string(r, &v[0]);
	}
	if (eat(r, ']'))
		return true;
	do {
		if (*n == AUDIT_LINE_VALUES)
			return fail(r, "more than 64 strings");
		if (!take_string(r, &v[*n]))
			return false;
		(*n)++;
	} while (eat(r, ','));
	return eat(r, ']') || fail(r, "a ] is wanted");
}

/* Whole seconds; a fraction is dropped. */
static bool
take_time(struct reader *r, int64_t *out)
{
	int64_t v = 0;
	char *from;

	skip_blanks(r);
	from = r->p;
	while (r->p < r->end && *r->p >= '0' && *r->p <= '9' && v < TIME_MAX)
		v = v * 10 + (*r->p++ - '0');
	if (r->p == from || v > TIME_MAX)
		return fail(r, "time is in seconds since 1970-01-01");
	if (r->p < r->end && *r->p == '.') {
		from = ++r->p;
		while (r->p < r->end && *r->p >= '0' && *r->p <= '9')
			r->p++;
		if (r->p == from)
			return fail(r, "digits are wanted");
	}
	*out = v;
	return true;
}

/* A value of any kind.  That it is JSON is not looked at closely: strings end,
 * brackets match in number. */
static bool
skip_value(struct reader *r)
{
	struct shaken_sv text;
	size_t depth = 0;

	do {
		skip_blanks(r);
		if (r->p == r->end)
			return fail(r, "the line ends in a value");
		if (*r->p == '"') {
			if (!take_string(r, &text))
				return false;
			continue;
		}
		if (*r->p == '{' || *r->p == '[') {
			if (++depth > DEPTH_MAX)
				return fail(r, "too deep");
		} else if (*r->p == '}' || *r->p == ']') {
			if (depth-- == 0)
				return fail(r, "a value is wanted");
		} else if (depth == 0) {
			if (*r->p == ',' || *r->p == ':')
				return fail(r, "a value is wanted");
			while (r->p < r->end && *r->p != ',' && *r->p != '}')
				r->p++;
			return true;
		}
		r->p++;
	} while (depth > 0);
	return true;
}

static bool
skip_null(struct reader *r)
{
	skip_blanks(r);
	if (r->end - r->p < 4 || memcmp(r->p, "null", 4) != 0)
		return false;
	r->p += 4;
	return true;
}

enum member { IDENTITY, ORIG, DEST, TIME, CALL_ID, TARGET, MEMBERS };

static enum member
find(struct shaken_sv name)
{
	static const char *const names[MEMBERS] = { "identity", "orig", "dest",
		"time", "call_id", "target" };

	for (size_t i = 0; i < MEMBERS; i++)
		if (strlen(names[i]) == name.n &&
		    memcmp(names[i], name.p, name.n) == 0)
			return (enum member)i;
	return MEMBERS;
}

static bool
take_member(struct reader *r, struct audit_line *out, unsigned *seen)
{
	struct shaken_sv name;
	enum member m;

	if (!take_string(r, &name))
		return false;
	if (!eat(r, ':'))
		return fail(r, "a : is wanted");
	m = find(name);
	if (m != MEMBERS && (*seen & 1u << m) != 0)
		return fail(r, "a member is given twice");
	*seen |= 1u << m;
	if (m != MEMBERS && skip_null(r))
		return true;
	switch (m) {
	case IDENTITY:
		return take_strings(r, out->identity, &out->n_identity);
	case ORIG:
		return take_string(r, &out->orig);
	case DEST:
		return take_strings(r, out->dest, &out->n_dest);
	case TIME:
		return take_time(r, &out->time);
	case CALL_ID:
		return take_string(r, &out->call_id);
	case TARGET:
		return take_string(r, &out->target);
	case MEMBERS:
		break;
	}
	return skip_value(r);
}

bool
audit_line_read(char *p, size_t n, struct audit_line *out,
    struct shaken_diag *why)
{
	struct reader r = { .p = p, .start = p, .end = p + n, .why = why };
	unsigned seen = 0;

	out->n_identity = out->n_dest = 0;
	out->orig = out->call_id = out->target = (struct shaken_sv){ NULL, 0 };
	out->time = -1;
	why->text[0] = '\0';
	if (!eat(&r, '{'))
		return fail(&r, "an object is wanted");
	if (!eat(&r, '}')) {
		do {
			if (!take_member(&r, out, &seen))
				return false;
		} while (eat(&r, ','));
		if (!eat(&r, '}'))
			return fail(&r, "a } is wanted");
	}
	skip_blanks(&r);
	return r.p == r.end || fail(&r, "there is more after the object");
}
