/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mark.c - the verstat parameter of an address in a header field.
 *
 * The value comes from outside.  It is taken apart and written anew from parts
 * whose characters are known; what does not fit refuses the whole.
 */
#include <string.h>
#include <strings.h>

#include <jansson.h>

#include "mark.h"

struct parts {
	struct shaken_sv display, uri, params;
	bool is_bare;	/* without <> */
};

struct line {
	char	*p;
	size_t	 n;
	bool	 ok;
};

static void
put(struct line *l, const char *p, size_t n)
{
	if (n >= API_MARK_MAX - l->n) {
		l->ok = false;
		return;
	}
	memcpy(l->p + l->n, p, n);
	l->n += n;
	l->p[l->n] = '\0';
}

static void
put_sv(struct line *l, struct shaken_sv s)
{
	put(l, s.p, s.n);
}

static void
put_text(struct line *l, const char *s)
{
	put(l, s, strlen(s));
}

/* -- taking apart ------------------------------------------------------- */

static struct shaken_sv
trim(struct shaken_sv s)
{
	while (s.n > 0 && s.p[0] == ' ')
		s.p++, s.n--;
	while (s.n > 0 && s.p[s.n - 1] == ' ')
		s.n--;
	return s;
}

/* Line ends of folding and tabs to blanks; false: other controls, or long. */
static bool
unfold(struct shaken_sv in, char out[API_MARK_MAX], struct shaken_sv *s)
{
	if (in.n >= API_MARK_MAX)
		return false;
	for (size_t i = 0; i < in.n; i++) {
		char c = in.p[i];

		if (c == '\r' || c == '\n' || c == '\t')
			c = ' ';
		if ((unsigned char)c < ' ' || c == 0x7f)
			return false;
		out[i] = c;
	}
	*s = trim((struct shaken_sv){ out, in.n });
	return true;
}

/* Where c stands outside of quotes; n where it does not. */
static size_t
find(struct shaken_sv s, char c)
{
	bool quoted = false;

	for (size_t i = 0; i < s.n; i++) {
		if (quoted && s.p[i] == '\\')
			i++;
		else if (s.p[i] == '"')
			quoted = !quoted;
		else if (!quoted && s.p[i] == c)
			return i;
	}
	return s.n;
}

/* The part of s before byte at, and the one behind it. */
static struct shaken_sv
before(struct shaken_sv s, size_t at)
{
	return (struct shaken_sv){ s.p, at };
}

static struct shaken_sv
behind(struct shaken_sv s, size_t at)
{
	return (struct shaken_sv){ s.p + at + 1, s.n - at - 1 };
}

static bool
take_apart(struct shaken_sv s, struct parts *out)
{
	size_t lt = find(s, '<'), end;

	memset(out, 0, sizeof(*out));
	if (lt < s.n) {
		struct shaken_sv rest = behind(s, lt);
		const char *gt = memchr(rest.p, '>', rest.n);

		if (gt == NULL)
			return false;
		end = (size_t)(gt - rest.p);
		out->display = trim(before(s, lt));
		out->uri = before(rest, end);
		out->params = trim(behind(rest, end));
		return out->params.n == 0 || out->params.p[0] == ';';
	}
	out->is_bare = true;
	end = find(s, ';');	/* a bare URI has no parameters of its own */
	out->uri = trim(before(s, end));
	out->params = (struct shaken_sv){ s.p + end, s.n - end };
	return true;
}

/* -- what may stand where ----------------------------------------------- */

bool
api_is_among(struct shaken_sv s, const char *others)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if ((c < '0' || c > '9') && (c < 'A' || c > 'Z') &&
		    (c < 'a' || c > 'z') && (c == '\0' ||
		    strchr(others, c) == NULL))
			return false;
	}
	return true;
}

/* A quoted string of UTF-8, or words. */
static bool
is_display(struct shaken_sv s)
{
	bool is_ascii = true;
	json_t *text;

	if (s.n < 2 || s.p[0] != '"')
		return api_is_among(s, "-.!%*_+`'~ ");
	for (size_t i = 1; i < s.n - 1; i++) {
		if (s.p[i] == '"')
			return false;
		if (s.p[i] == '\\' && ++i == s.n - 1)
			return false;	/* the last quote is escaped */
		is_ascii &= (unsigned char)s.p[i] < 0x80;
	}
	if (s.p[s.n - 1] != '"' || is_ascii)
		return s.p[s.n - 1] == '"';
	text = json_stringn(s.p, s.n);
	json_decref(text);
	return text != NULL;
}

static int
hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ?
	    c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Whether a parameter's name is verstat, escaped (RFC 3261 section 19.1.4) or
 * not. */
static bool
is_verstat(struct shaken_sv param)
{
	static const char name[] = "verstat";
	size_t i = 0, k = 0;

	param = trim(before(param, find(param, '=')));
	for (; i < param.n && k < sizeof(name) - 1; i++, k++) {
		char c = param.p[i];

		if (c == '%' && i + 2 < param.n && hex(param.p[i + 1]) >= 0 &&
		    hex(param.p[i + 2]) >= 0) {
			c = (char)(hex(param.p[i + 1]) * 16 +
			    hex(param.p[i + 2]));
			i += 2;
		}
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (c != name[k])
			return false;
	}
	return i == param.n && k == sizeof(name) - 1;
}

/* ";a=b; c": all but verstat. */
static void
put_params(struct line *l, struct shaken_sv params)
{
	while (params.n > 0) {
		struct shaken_sv rest = behind(params, 0), one;
		size_t end = find(rest, ';');

		one = trim(before(rest, end));
		params = (struct shaken_sv){ rest.p + end, rest.n - end };
		if (one.n == 0 || is_verstat(one))
			continue;
		if (memchr(one.p, ' ', one.n) != NULL)
			l->ok = false;
		put_text(l, ";");
		put_sv(l, one);
	}
}

/* A number or user with its parameters, and our verstat. */
static void
put_user(struct line *l, struct shaken_sv user, const char *verstat)
{
	const char *semi = memchr(user.p, ';', user.n);
	size_t end = semi == NULL ? user.n : (size_t)(semi - user.p);

	put_sv(l, before(user, end));
	put_params(l, (struct shaken_sv){ user.p + end, user.n - end });
	if (verstat == NULL)
		return;
	put_text(l, ";verstat=");
	put_text(l, verstat);
}

static bool
has_scheme(struct shaken_sv uri, const char *scheme)
{
	size_t n = strlen(scheme);

	return uri.n > n && strncasecmp(uri.p, scheme, n) == 0;
}

/* sip:user@host;params, with or without a user. */
static void
put_sip(struct line *l, struct shaken_sv rest, const char *verstat)
{
	const char *at = memchr(rest.p, '@', rest.n), *semi;
	struct shaken_sv user = { rest.p, 0 }, host = rest;
	size_t end;

	if (at != NULL) {
		user = before(rest, (size_t)(at - rest.p));
		host = behind(rest, (size_t)(at - rest.p));
	}
	semi = host.n == 0 ? NULL : memchr(host.p, ';', host.n);
	end = semi == NULL ? host.n : (size_t)(semi - host.p);
	/* A second @ or a password: two readers may see two users. */
	if (end == 0 || memchr(host.p, '@', host.n) != NULL ||
	    (at != NULL && (user.n == 0 || user.p[0] == ';' ||
	    memchr(user.p, ':', user.n) != NULL)) ||
	    (at == NULL && verstat != NULL)) {
		l->ok = false;
		return;
	}
	if (at != NULL) {
		put_user(l, user, verstat);
		put_text(l, "@");
	}
	put_sv(l, before(host, end));
	put_params(l, (struct shaken_sv){ host.p + end, host.n - end });
}

static void
put_uri(struct line *l, struct shaken_sv uri, const char *verstat)
{
	static const char *const schemes[] = { "sip:", "sips:", "tel:" };

	/* Neither "?": header fields in a URI have no place in these fields. */
	l->ok &= api_is_among(uri, "-._~!$&'()*+,;=:@/%[]");
	for (size_t i = 0; l->ok && i < 3; i++) {
		size_t n = strlen(schemes[i]);

		if (!has_scheme(uri, schemes[i]))
			continue;
		put_text(l, schemes[i]);
		if (i < 2)
			put_sip(l, behind(uri, n - 1), verstat);
		else
			put_user(l, behind(uri, n - 1), verstat);
		return;
	}
	l->ok = false;
}

bool
api_mark(struct shaken_sv value, const char *verstat, bool keep_params,
    char out[API_MARK_MAX])
{
	struct line l = { out, 0, true };
	char text[API_MARK_MAX];
	struct shaken_sv s;
	struct parts p;

	out[0] = '\0';
	if (!unfold(value, text, &s) || !take_apart(s, &p))
		return false;
	/* "sip:1;verstat=x@h" without <>: nobody can say what is what. */
	if (!api_is_among(p.params, "-.!%*_+`'~;=:[] ") && (keep_params ||
	    p.is_bare))
		return false;
	if (p.display.n > 0 && is_display(p.display)) {
		put_sv(&l, p.display);
		put_text(&l, " ");
	}
	put_text(&l, "<");
	put_uri(&l, p.uri, verstat);
	put_text(&l, ">");
	if (keep_params)
		put_params(&l, p.params);
	return l.ok;
}
