/* SPDX-License-Identifier: Apache-2.0 */
/* json.c - a strict front to jansson, and the serialization of RFC 8225
 * section 9. */
#include <stdlib.h>

#include <shaken/passport.h>

#include "diag.h"
#include "json.h"
#include "lex.h"
#include "scan.h"

/* A look at the text before jansson has it, so that it never recurses deeper
 * than we allow, and no NUL hides a part of a string from code that takes C
 * strings.  The rest of the grammar is jansson's. */
static bool
scan_ok(struct shaken_sv in, struct shaken_diag *diag)
{
	const char *nul = in.n == 0 ? NULL : memchr(in.p, '\0', in.n);
	bool string = false;
	size_t depth = 0;

	if (nul != NULL) {
		shk_diag(diag, "JSON: NUL at byte %zu", (size_t)(nul - in.p));
		return false;
	}
	for (size_t i = 0; i < in.n; i++) {
		char c = in.p[i];

		if (c == '"')
			string = !string;
		else if (string && c == '\\')
			i++;
		else if (!string && (c == '{' || c == '['))
			depth++;
		else if (!string && (c == '}' || c == ']') && depth > 0)
			depth--;
		if (depth > SHK_JSON_DEPTH_MAX) {
			shk_diag(diag, "JSON: nested deeper than %d at byte "
			    "%zu", SHK_JSON_DEPTH_MAX, i);
			return false;
		}
	}
	return true;
}

/* jansson reports most of its memory failures as faults of the text, or as
 * nothing: what the scanner accepts has none. */
static bool
is_memory(struct shaken_sv in, const json_error_t *error)
{
	size_t room = shk_scan_scratch(in);
	struct shk_buf scratch;
	enum shaken_err err;
	char *p;

	if (error->text[0] == '\0' ||
	    json_error_code(error) == json_error_out_of_memory)
		return true;
	if (json_error_code(error) == json_error_numeric_overflow)
		return false;
	p = malloc(room + 1);
	if (p == NULL)
		return true;
	scratch = shk_buf_over(p, room);
	err = shk_scan_object(in, NULL, 0, &scratch, NULL, NULL);
	free(p);
	return err == SHAKEN_OK;
}

/* Bytes of all strings and member names of a text that jansson took, without
 * their escapes. */
static size_t
bytes_in_text(struct shaken_sv in)
{
	bool string = false;
	size_t n = 0;

	for (size_t i = 0; i < in.n; i++) {
		unsigned u = 0;

		if (in.p[i] == '"') {
			string = !string;
			continue;
		}
		if (!string)
			continue;
		n++;
		if (in.p[i] != '\\' || in.p[++i] != 'u')
			continue;
		for (int k = 0; k < 4; k++)
			u = u * 16 + (unsigned)shk_hex_value(in.p[++i]);
		n += (size_t)((u >= 0x80) + (u >= 0x800));
		if (u >= 0xd800 && u <= 0xdbff) { /* one of two, 4 bytes */
			n++;
			i += 6;
		}
	}
	return n;
}

/* The same of a tree, which is no deeper than scan_ok() let it be. */
static size_t
bytes_in_tree(json_t *v)
{
	struct {
		json_t	*v;
		void	*iter;	/* of an object */
		size_t	 i;	/* of an array */
	} open[SHK_JSON_DEPTH_MAX + 1], *top;
	size_t depth = 0, n = 0;

	do {
		n += json_string_length(v);
		if (json_is_object(v) || json_is_array(v)) {
			open[depth].v = v;
			open[depth].iter = json_object_iter(v);
			open[depth++].i = 0;
		}
		for (v = NULL; v == NULL && depth > 0;) {
			top = &open[depth - 1];
			if (top->iter != NULL) {
				n += strlen(json_object_iter_key(top->iter));
				v = json_object_iter_value(top->iter);
				top->iter = json_object_iter_next(top->v,
				    top->iter);
			} else if ((v = json_array_get(top->v, top->i++)) ==
			    NULL) {
				depth--;
			}
		}
	} while (v != NULL);
	return n;
}

enum shaken_err
shk_json_parse(struct shaken_sv in, json_t **out, struct shaken_diag *diag)
{
	json_error_t error = { .text = "" };
	json_t *v;

	*out = NULL;
	shk_diag_clear(diag);
	if (in.n > SHAKEN_TOKEN_MAX) {
		shk_diag(diag, "JSON: %zu bytes, %d allowed", in.n,
		    SHAKEN_TOKEN_MAX);
		return SHAKEN_E_LIMIT;
	}
	if (!scan_ok(in, diag))
		return SHAKEN_E_JSON;

	v = json_loadb(in.p == NULL ? "" : in.p, in.n, JSON_REJECT_DUPLICATES,
	    &error);
	if (v == NULL) {
		if (is_memory(in, &error))
			return SHAKEN_E_NOMEM;
		shk_diag(diag, "JSON: %s at byte %d", error.text,
		    error.position);
		return SHAKEN_E_JSON;
	}
	/* its lexer loses the bytes for which it finds no memory, and goes on */
	if (bytes_in_text(in) != bytes_in_tree(v)) {
		json_decref(v);
		return SHAKEN_E_NOMEM;
	}
	if (!json_is_object(v)) {
		json_decref(v);
		shk_diag(diag, "JSON: not an object at byte 0");
		return SHAKEN_E_JSON;
	}
	*out = v;
	return SHAKEN_OK;
}

struct shaken_sv
shk_json_string(const json_t *obj, const char *name)
{
	const json_t *v = json_object_get(obj, name);

	return (struct shaken_sv){ json_string_value(v),
	    json_string_length(v) };
}

static int
add_chunk(const char *p, size_t n, void *b)
{
	shk_buf_add(b, (struct shaken_sv){ p, n });
	return 0;	/* a full buffer is its owner's to notice */
}

/* Whether a number in what jansson wrote is no integer: only then does a "." or
 * an exponent stand outside of strings. */
static bool
has_real(struct shaken_sv text)
{
	bool string = false;
	char last = 0;

	for (size_t i = 0; i < text.n; last = text.p[i++]) {
		char c = text.p[i];

		if (c == '"')
			string = !string;
		else if (string && c == '\\')
			i++;
		else if (!string && (c == '.' || (c == 'e' && last >= '0' &&
		    last <= '9')))
			return true;
	}
	return false;
}

enum shaken_err
shk_json_canonical(const json_t *v, struct shk_buf *b)
{
	size_t start = b->len;

	/* jansson sorts by memcmp, which for UTF-8 is code point order */
	if (json_dump_callback(v, add_chunk, b, JSON_COMPACT | JSON_SORT_KEYS |
	    JSON_ENCODE_ANY) != 0)
		return SHAKEN_E_NOMEM;
	if (has_real((struct shaken_sv){ b->p + start, b->len - start }))
		return SHAKEN_E_JSON;
	return SHAKEN_OK;
}

/* RFC 8259 section 7: what must be escaped, in its short form where it has
 * one; the same choice as jansson's. */
static void
add_escaped(struct shk_buf *b, char c)
{
	static const char hex[] = "0123456789ABCDEF";
	unsigned char u = (unsigned char)c;
	char seq[6] = { '\\', 'u', '0', '0', hex[u >> 4], hex[u & 15] };
	size_t n = 2;

	switch (c) {
	case '"': case '\\':	seq[1] = c;	break;
	case '\b':		seq[1] = 'b';	break;
	case '\f':		seq[1] = 'f';	break;
	case '\n':		seq[1] = 'n';	break;
	case '\r':		seq[1] = 'r';	break;
	case '\t':		seq[1] = 't';	break;
	default:		n = sizeof(seq);
	}
	shk_buf_add(b, (struct shaken_sv){ seq, n });
}

static bool
must_escape(char c)
{
	return (unsigned char)c < ' ' || c == '"' || c == '\\';
}

void
shk_json_add_string(struct shk_buf *b, struct shaken_sv s)
{
	size_t run = 0;

	SHK_BUF_LIT(b, "\"");
	for (size_t i = 0; i < s.n; i++) {
		if (!must_escape(s.p[i]))
			continue;
		shk_buf_add(b, (struct shaken_sv){ s.p + run, i - run });
		add_escaped(b, s.p[i]);
		run = i + 1;
	}
	if (run < s.n)
		shk_buf_add(b, (struct shaken_sv){ s.p + run, s.n - run });
	SHK_BUF_LIT(b, "\"");
}
