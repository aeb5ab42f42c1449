/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_whole.c - whether jansson has all of a text.
 *
 * Where its lexer finds no memory for the next byte of a string, it loses that
 * byte and goes on: a call would be signed for a number that nobody asked for.
 * So the bytes of all strings are counted, before and after.
 */
#include "json_in.h"

static unsigned
hex_value(char c)
{
	return c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a') +
	    10;
}

/* Bytes in UTF-8 of the escape at p, behind its backslash; *p: its last
 * character.  jansson took it, so it is one. */
static size_t
escaped(const char **p)
{
	unsigned u = 0;

	if (**p != 'u')
		return 1;
	for (int i = 0; i < 4; i++)
		u = u * 16 + hex_value(*++*p);
	if (u < 0xd800 || u > 0xdbff)
		return 1u + (u >= 0x80) + (u >= 0x800);
	*p += 6;		/* the other half of a pair */
	return 4;
}

static size_t
bytes_of_text(struct shaken_sv s)
{
	bool in_string = false;
	size_t n = 0;

	for (const char *p = s.p; p < s.p + s.n; p++) {
		if (*p == '"') {
			in_string = !in_string;
		} else if (in_string && *p == '\\') {
			p++;
			n += escaped(&p);
		} else if (in_string) {
			n++;
		}
	}
	return n;
}

struct level {			/* an array or object that is being walked */
	json_t	*v;
	void	*iter;		/* of an object */
	size_t	 i;		/* of an array */
};

/* The next element; NULL: there is none left.  Names are added to *n. */
static json_t *
next(struct level *l, size_t *n)
{
	json_t *v;

	if (json_is_array(l->v))
		return json_array_get(l->v, l->i++);
	if (l->iter == NULL)
		return NULL;
	*n += strlen(json_object_iter_key(l->iter));
	v = json_object_iter_value(l->iter);
	l->iter = json_object_iter_next(l->v, l->iter);
	return v;
}

static size_t
bytes_of_tree(json_t *v)
{
	struct level open[API_JSON_DEPTH_MAX + 1];
	size_t depth = 0, n = 0;

	while (v != NULL || depth > 0) {
		if (v == NULL)
			depth--; /* that one is done */
		else if (json_is_array(v) || json_is_object(v))
			open[depth++] = (struct level){ .v = v,
				.iter = json_object_iter(v) };
		else
			n += json_string_length(v);
		v = depth > 0 ? next(&open[depth - 1], &n) : NULL;
	}
	return n;
}

bool
api_json_is_whole(struct shaken_sv text, json_t *v)
{
	return bytes_of_text(text) == bytes_of_tree(v);
}
