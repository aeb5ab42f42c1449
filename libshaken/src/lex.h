/* SPDX-License-Identifier: Apache-2.0 */
/* lex.h - lexical elements that SIP header fields share (RFC 3261 section
 * 25.1).  ASCII only; the locale has no say. */
#ifndef SHK_LEX_H
#define SHK_LEX_H

#include <stdbool.h>
#include <stdint.h>

#include <shaken/view.h>

#include "sv.h"

static inline bool
shk_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
shk_is_alnum(char c)
{
	return shk_is_digit(c) || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z');
}

/* A set of ASCII characters, a bit each: every byte of every token is looked
 * up, and a chain of comparisons shows in a profile.  The upper half, of bytes
 * that are not ASCII, is empty, which saves one more. */
struct shk_set {
	uint64_t	bits[4];
};
#define SHK_BIT(c)	(UINT64_C(1) << ((c) & 63))
#define SHK_BITS(a, z)	((SHK_BIT(z) << 1) - SHK_BIT(a)) /* a range */

static inline bool
shk_set_has(const struct shk_set *set, char c)
{
	unsigned char u = (unsigned char)c;

	return (set->bits[u >> 6] >> (u & 63) & 1) != 0;
}

/* token of RFC 3261 section 25.1, both halves */
#define SHK_TOKEN_0 (SHK_BITS('0', '9') | SHK_BIT('-') | SHK_BIT('.') | \
    SHK_BIT('!') | SHK_BIT('%') | SHK_BIT('*') | SHK_BIT('+') | SHK_BIT('\''))
#define SHK_TOKEN_1 (SHK_BITS('a', 'z') | SHK_BITS('A', 'Z') | SHK_BIT('_') | \
    SHK_BIT('`') | SHK_BIT('~'))

static inline bool
shk_is_token(char c)
{
	static const struct shk_set set = { { SHK_TOKEN_0, SHK_TOKEN_1 } };

	return shk_set_has(&set, c);
}

/* A byte that may stand in a URI between < and >: printable, no delimiter.
 * What it means there is for who reads the URI. */
static inline bool
shk_is_uri(char c)
{
	return c > ' ' && c < 0x7f && c != '<' && c != '>' && c != '"';
}

/* The value of a hexadecimal digit, or -1. */
static inline int
shk_hex_value(char c)
{
	if (shk_is_digit(c))
		return c - '0';
	c = shk_ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Skip n bytes. */
static inline void
shk_skip(struct shaken_sv *in, size_t n)
{
	if (n > 0)		/* NULL + 0 is undefined in C11 */
		in->p += n;
	in->n -= n;
}

/* Take what stands before the first stop, or all of it. */
static inline struct shaken_sv
shk_take_until(struct shaken_sv *in, char stop)
{
	const char *at = in->n == 0 ? NULL : memchr(in->p, stop, in->n);
	struct shaken_sv head = { in->p,
	    at == NULL ? in->n : (size_t)(at - in->p) };

	shk_skip(in, head.n);
	return head;
}

static inline bool
shk_has(struct shaken_sv in, char c)
{
	return in.n > 0 && memchr(in.p, c, in.n) != NULL;
}

static inline void
shk_skip_blanks(struct shaken_sv *in)
{
	while (in->n > 0 && (in->p[0] == ' ' || in->p[0] == '\t'))
		shk_skip(in, 1);
}

/* Skip linear white space: blanks, and line ends that a blank follows (folding)
 * or that end the input, as they do in a line that was read from a file. */
static inline void
shk_skip_lws(struct shaken_sv *in)
{
	for (;;) {
		size_t eol;

		shk_skip_blanks(in);
		eol = in->n > 0 && in->p[0] == '\r';
		if (in->n <= eol || in->p[eol] != '\n')
			return;
		eol++;
		if (in->n > eol && in->p[eol] != ' ' && in->p[eol] != '\t')
			return;
		shk_skip(in, eol);
	}
}

/* Take linear white space off the end: every blank and line end. */
static inline struct shaken_sv
shk_trim_end(struct shaken_sv in)
{
	while (in.n > 0 && (in.p[in.n - 1] == ' ' || in.p[in.n - 1] == '\t' ||
	    in.p[in.n - 1] == '\r' || in.p[in.n - 1] == '\n'))
		in.n--;
	return in;
}

/* Take a quoted-string; text is what stands between the quotes, escapes as they
 * are.  False, with *in where it went wrong, when there is none, it does not
 * end, or a control character is in it. */
static inline bool
shk_take_quoted(struct shaken_sv *in, struct shaken_sv *text)
{
	struct shaken_sv start;

	if (!shk_sv_eat(in, '"'))
		return false;
	start = *in;
	for (;;) {
		shk_skip_lws(in);
		if (shk_sv_eat(in, '"'))
			break;
		if (shk_sv_eat(in, '\\')) { /* quoted-pair: controls too */
			if (in->n == 0 || in->p[0] == '\0' ||
			    in->p[0] == '\r' || in->p[0] == '\n')
				return false;
		} else if (in->n == 0 || (unsigned char)in->p[0] < ' ' ||
		    in->p[0] == 0x7f) {
			return false;
		}
		shk_skip(in, 1);
	}
	*text = (struct shaken_sv){ start.p, start.n - in->n - 1 };
	return true;
}

#endif
