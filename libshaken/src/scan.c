/* SPDX-License-Identifier: Apache-2.0 */
/* scan.c - read a JSON object in one pass (RFC 8259), members once each (RFC
 * 8225 section 9). */
#include "diag.h"
#include "lex.h"
#include "scan.h"
#include "utf8.h"

struct scan {
	const char		*p, *end, *start;
	struct shk_buf		*scratch;
	struct shaken_diag	*diag;
	enum shaken_err		 err;
	size_t			 depth;
	struct {
		bool	is_object;
		size_t	first;	/* its first name in names */
	} open[SHK_JSON_DEPTH_MAX];
	size_t			 n_names;
	struct shaken_sv	 names[SHK_SCAN_MEMBERS_MAX];
};

static bool
bad(struct scan *s, enum shaken_err err, const char *what)
{
	s->err = err;
	shk_diag(s->diag, "JSON: %s at byte %zu", what,
	    (size_t)(s->p - s->start));
	return false;
}

static void
skip_ws(struct scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' ||
	    *s->p == '\n' || *s->p == '\r'))
		s->p++;
}

static bool
next_is(const struct scan *s, char c)
{
	return s->p < s->end && *s->p == c;
}

/* The four digits behind \u; -1: they are none. */
static int
take_hex4(struct scan *s)
{
	int v = 0;

	if (s->end - s->p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int d = shk_hex_value(*s->p++);

		if (d < 0)
			return -1;
		v = v * 16 + d;
	}
	return v;
}

static void
put_utf8(struct shk_buf *out, unsigned u)
{
	char seq[4];
	size_t n;

	if (u < 0x80) {
		seq[0] = (char)u;
		n = 1;
	} else if (u < 0x800) {
		seq[0] = (char)(0xc0 | u >> 6);
		n = 2;
	} else if (u < 0x10000) {
		seq[0] = (char)(0xe0 | u >> 12);
		n = 3;
	} else {
		seq[0] = (char)(0xf0 | u >> 18);
		n = 4;
	}
	for (size_t i = 1; i < n; i++)
		seq[i] = (char)(0x80 | (u >> 6 * (n - 1 - i) & 0x3f));
	shk_buf_add(out, (struct shaken_sv){ seq, n });
}

/* \uXXXX, or two of them for one character beyond the BMP. */
static bool
take_unicode(struct scan *s)
{
	int u = take_hex4(s), low;

	if (u <= 0 || (u >= 0xdc00 && u <= 0xdfff))
		return bad(s, SHAKEN_E_JSON, "bad \\u escape");
	if (u >= 0xd800 && u <= 0xdbff) {
		if (s->end - s->p < 2 || s->p[0] != '\\' || s->p[1] != 'u')
			return bad(s, SHAKEN_E_JSON, "half a surrogate pair");
		s->p += 2;
		low = take_hex4(s);
		if (low < 0xdc00 || low > 0xdfff)
			return bad(s, SHAKEN_E_JSON, "half a surrogate pair");
		u = 0x10000 + ((u - 0xd800) << 10) + (low - 0xdc00);
	}
	put_utf8(s->scratch, (unsigned)u);
	return true;
}

/* What stands behind a backslash. */
static bool
take_escape(struct scan *s)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *at;

	if (s->p == s->end)
		return bad(s, SHAKEN_E_JSON, "text ends in an escape");
	if (*s->p == 'u') {
		s->p++;
		return take_unicode(s);
	}
	at = memchr(from, *s->p, sizeof(from) - 1);
	if (at == NULL)
		return bad(s, SHAKEN_E_JSON, "unknown escape");
	s->p++;
	shk_buf_add(s->scratch, (struct shaken_sv){ to + (at - from), 1 });
	return true;
}

/* From the first backslash on, into scratch: head is what stood before it. */
static bool
unescape(struct scan *s, struct shaken_sv head, struct shaken_sv *out)
{
	size_t at = s->scratch->len;

	shk_buf_add(s->scratch, head);
	while (s->p < s->end && *s->p != '"') {
		const char *run = s->p;

		if (*s->p == '\\') {
			s->p++;
			if (!take_escape(s))
				return false;
			continue;
		}
		while (s->p < s->end && *s->p != '"' && *s->p != '\\') {
			if ((unsigned char)*s->p < ' ')
				return bad(s, SHAKEN_E_JSON,
				    "control character in a string");
			s->p++;
		}
		shk_buf_add(s->scratch, (struct shaken_sv){ run,
		    (size_t)(s->p - run) });
	}
	if (s->scratch->full)
		return bad(s, SHAKEN_E_LIMIT, "too many escapes");
	*out = (struct shaken_sv){ s->scratch->p + at, s->scratch->len - at };
	return true;
}

/* At the opening quote. */
static bool
take_string(struct scan *s, struct shaken_sv *out)
{
	unsigned char all = 0;
	const char *start = ++s->p, *end = s->end;
	const char *p = start;	/* a local, so that it stays in a register */

	for (; p < end && *p != '"' && *p != '\\' &&
	    (unsigned char)*p >= ' '; p++)
		all |= (unsigned char)*p;
	s->p = p;
	if (p < end && (unsigned char)*p < ' ')
		return bad(s, SHAKEN_E_JSON, "control character in a string");
	*out = (struct shaken_sv){ start, (size_t)(p - start) };
	if (next_is(s, '\\')) {
		all = 0x80;
		if (!unescape(s, *out, out))
			return false;
	}
	if (s->p == s->end)
		return bad(s, SHAKEN_E_JSON, "string without an end");
	s->p++;
	if (all >= 0x80 && !shk_utf8_ok(*out))
		return bad(s, SHAKEN_E_JSON, "invalid UTF-8 in the string");
	return true;
}

static bool
take_digits(struct scan *s)
{
	const char *start = s->p;

	while (s->p < s->end && shk_is_digit(*s->p))
		s->p++;
	return s->p > start || bad(s, SHAKEN_E_JSON, "a digit is missing");
}

static bool
take_number(struct scan *s, enum shk_json_type *type)
{
	*type = SHK_JSON_INTEGER;
	if (next_is(s, '-'))
		s->p++;
	if (next_is(s, '0'))
		s->p++;		/* no digit may follow: the next token fails */
	else if (!take_digits(s))
		return false;
	if (next_is(s, '.')) {
		*type = SHK_JSON_REAL;
		s->p++;
		if (!take_digits(s))
			return false;
	}
	if (next_is(s, 'e') || next_is(s, 'E')) {
		*type = SHK_JSON_REAL;
		s->p++;
		if (next_is(s, '+') || next_is(s, '-'))
			s->p++;
		if (!take_digits(s))
			return false;
	}
	return true;
}

static bool
take_literal(struct scan *s)
{
	static const struct shaken_sv words[] = {
		{ "true", 4 }, { "false", 5 }, { "null", 4 },
	};

	for (size_t i = 0; i < 3; i++)
		if ((size_t)(s->end - s->p) >= words[i].n &&
		    memcmp(s->p, words[i].p, words[i].n) == 0) {
			s->p += words[i].n;
			return true;
		}
	return bad(s, SHAKEN_E_JSON, "no value");
}

/* A value that is no container; its content or text goes to m. */
static bool
take_scalar(struct scan *s, struct shk_member *m)
{
	const char *start = s->p;

	if (next_is(s, '"')) {
		m->type = SHK_JSON_STRING;
		return take_string(s, &m->value);
	}
	if (next_is(s, '-') || (s->p < s->end && shk_is_digit(*s->p))) {
		if (!take_number(s, &m->type))
			return false;
	} else {
		m->type = SHK_JSON_LITERAL;
		if (!take_literal(s))
			return false;
	}
	m->value = (struct shaken_sv){ start, (size_t)(s->p - start) };
	return true;
}

static bool
push(struct scan *s)
{
	if (s->depth == SHK_JSON_DEPTH_MAX)
		return bad(s, SHAKEN_E_JSON, "nested too deep");
	s->open[s->depth].is_object = *s->p++ == '{';
	s->open[s->depth].first = s->n_names;
	s->depth++;
	return true;
}

static void
pop(struct scan *s)
{
	s->depth--;
	s->n_names = s->open[s->depth].first;
	s->p++;
}

/* "name":, unlike the names before it in this object. */
static bool
take_name(struct scan *s, struct shaken_sv *name)
{
	size_t first = s->open[s->depth - 1].first;

	if (!next_is(s, '"'))
		return bad(s, SHAKEN_E_JSON, "no member name");
	if (!take_string(s, name))
		return false;
	for (size_t i = first; i < s->n_names; i++)
		if (shk_sv_equal(s->names[i], *name))
			return bad(s, SHAKEN_E_JSON, "duplicate member");
	if (s->n_names == SHK_SCAN_MEMBERS_MAX)
		return bad(s, SHAKEN_E_LIMIT, "too many members");
	s->names[s->n_names++] = *name;
	skip_ws(s);
	if (!next_is(s, ':'))
		return bad(s, SHAKEN_E_JSON, "no colon");
	s->p++;
	skip_ws(s);
	return true;
}

/* Behind a value: to the next one of an open container, or to the end of all.
 * *more: another element follows. */
static bool
take_separator(struct scan *s, bool *more)
{
	bool is_object = s->open[s->depth - 1].is_object;

	skip_ws(s);
	*more = next_is(s, ',');
	if (*more) {
		s->p++;
		skip_ws(s);
		return true;
	}
	if (next_is(s, is_object ? '}' : ']')) {
		pop(s);
		return true;
	}
	return bad(s, SHAKEN_E_JSON, is_object ? "no , or } behind a member" :
	    "no , or ] behind an element");
}

/* One element from its start on, containers included, into m. */
static bool
take_value(struct scan *s, struct shk_member *m)
{
	size_t base = s->depth;
	const char *start = s->p;
	struct shk_member inner;
	struct shaken_sv name;
	bool more = true;

	if (!next_is(s, '{') && !next_is(s, '['))
		return take_scalar(s, m);
	m->type = *s->p == '{' ? SHK_JSON_OBJECT : SHK_JSON_ARRAY;
	do {
		if (next_is(s, '{') || next_is(s, '[')) {
			if (!push(s))
				return false;
			skip_ws(s);
			if (next_is(s, s->open[s->depth - 1].is_object ?
			    '}' : ']')) {
				pop(s);
				more = false;
			}
		} else {
			if (!take_scalar(s, &inner))
				return false;
			more = false;
		}
		while (!more && s->depth > base)
			if (!take_separator(s, &more))
				return false;
		if (s->depth > base && s->open[s->depth - 1].is_object &&
		    !take_name(s, &name))
			return false;
		more = true;
	} while (s->depth > base);
	m->value = (struct shaken_sv){ start, (size_t)(s->p - start) };
	return true;
}

static struct shk_member *
find(struct shk_member *wanted, size_t n, struct shaken_sv name)
{
	for (size_t i = 0; i < n; i++)
		if (shk_sv_equal(wanted[i].name, name))
			return &wanted[i];
	return NULL;
}

static bool
take_members(struct scan *s, struct shk_member *wanted, size_t n,
    size_t *count)
{
	bool more = true;

	if (!push(s))
		return false;
	skip_ws(s);
	if (next_is(s, '}')) {
		pop(s);
		return true;
	}
	while (more) {
		struct shk_member other, *m;
		struct shaken_sv name;

		if (!take_name(s, &name))
			return false;
		m = find(wanted, n, name);
		if (!take_value(s, m != NULL ? m : &other) ||
		    !take_separator(s, &more))
			return false;
		++*count;
	}
	return true;
}

size_t
shk_scan_scratch(struct shaken_sv text)
{
	/* names and values are unescaped once for each level that is scanned */
	return text.n == 0 || memchr(text.p, '\\', text.n) == NULL ? 0 :
	    4 * text.n;
}

static void
scan_init(struct scan *s, struct shaken_sv text, struct shk_buf *scratch,
    struct shaken_diag *diag)
{
	s->p = s->start = text.n == 0 ? "" : text.p;
	s->end = s->p + text.n;
	s->scratch = scratch;
	s->diag = diag;
	s->err = SHAKEN_OK;
	s->depth = 0;
	s->n_names = 0;
}

enum shaken_err
shk_scan_object(struct shaken_sv text, struct shk_member *wanted, size_t n,
    struct shk_buf *scratch, size_t *count, struct shaken_diag *diag)
{
	struct scan s;
	size_t members = 0;

	scan_init(&s, text, scratch, diag);
	for (size_t i = 0; i < n; i++) {
		wanted[i].type = SHK_JSON_ABSENT;
		wanted[i].value = (struct shaken_sv){ NULL, 0 };
	}
	skip_ws(&s);
	if (!next_is(&s, '{'))
		(void)bad(&s, SHAKEN_E_JSON, "no object");
	else if (take_members(&s, wanted, n, &members)) {
		skip_ws(&s);
		if (s.p != s.end)
			(void)bad(&s, SHAKEN_E_JSON, "text behind the object");
	}
	if (count != NULL)
		*count = members;
	return s.err;
}

bool
shk_scan_next(struct shaken_sv *list, struct shk_member *element,
    struct shk_buf *scratch)
{
	struct scan s;

	if (list->n == 0)
		return false;
	scan_init(&s, *list, scratch, NULL);
	s.p++;			/* the bracket or comma before it */
	skip_ws(&s);
	if (next_is(&s, ']') || !take_value(&s, element)) {
		*list = (struct shaken_sv){ NULL, 0 };
		return false;
	}
	skip_ws(&s);
	*list = (struct shaken_sv){ s.p, (size_t)(s.end - s.p) };
	return true;
}
