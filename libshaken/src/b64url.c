/* SPDX-License-Identifier: Apache-2.0 */
/* b64url.c - base64url without padding (RFC 4648 section 5, RFC 7515 section
 * 2).  On the way of every call: one table each way, no allocation. */
#include "b64url.h"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* A character's value plus one; 0 is outside of the alphabet. */
static const uint8_t value1[256] = {
	['A'] = 1, ['B'] = 2, ['C'] = 3, ['D'] = 4, ['E'] = 5, ['F'] = 6,
	['G'] = 7, ['H'] = 8, ['I'] = 9, ['J'] = 10, ['K'] = 11, ['L'] = 12,
	['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16, ['Q'] = 17,
	['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22,
	['W'] = 23, ['X'] = 24, ['Y'] = 25, ['Z'] = 26, ['a'] = 27,
	['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
	['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37,
	['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42,
	['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47,
	['v'] = 48, ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52,
	['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56, ['4'] = 57,
	['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62,
	['-'] = 63, ['_'] = 64,
};

static inline uint32_t
value(char c)		/* more than 63 outside of the alphabet */
{
	return (uint32_t)value1[(unsigned char)c] - 1;
}

static inline char
digit(uint32_t v)
{
	return alphabet[v & 63];
}

void
shk_b64url_encode(struct shk_buf *out, const void *in, size_t n)
{
	const uint8_t *b = in;
	uint32_t v;
	char *at;

	/* more than the whole buffer: before SHK_B64URL_LEN can overflow */
	at = shk_buf_take(out, n > out->cap ? n : SHK_B64URL_LEN(n));
	if (at == NULL)
		return;
	for (; n >= 3; n -= 3, b += 3, at += 4) {
		v = (uint32_t)b[0] << 16 | (uint32_t)b[1] << 8 | b[2];
		at[0] = digit(v >> 18);
		at[1] = digit(v >> 12);
		at[2] = digit(v >> 6);
		at[3] = digit(v);
	}
	if (n == 0)
		return;
	v = (uint32_t)b[0] << 16 | (n == 2 ? (uint32_t)b[1] << 8 : 0);
	at[0] = digit(v >> 18);
	at[1] = digit(v >> 12);
	if (n == 2)
		at[2] = digit(v >> 6);
}

enum shaken_err
shk_b64url_decode(struct shaken_sv in, bool padding, uint8_t *out, size_t cap,
    size_t *len)
{
	uint32_t v, a, b, c, d, seen = 0; /* seen: every value, or-ed */
	const char *p = in.p;
	size_t n;

	*len = 0;
	if (padding && in.n > 0 && in.n % 4 == 0)
		for (int i = 0; i < 2 && in.p[in.n - 1] == '='; i++)
			in.n--;
	if (in.n % 4 == 1)
		return SHAKEN_E_SYNTAX;
	n = in.n / 4 * 3 + in.n % 4 * 3 / 4;
	if (n > cap)
		return SHAKEN_E_LIMIT;

	for (size_t i = in.n / 4; i > 0; i--, p += 4, out += 3) {
		a = value(p[0]);
		b = value(p[1]);
		c = value(p[2]);
		d = value(p[3]);
		seen |= a | b | c | d;
		v = a << 18 | b << 12 | c << 6 | d;
		out[0] = (uint8_t)(v >> 16);
		out[1] = (uint8_t)(v >> 8);
		out[2] = (uint8_t)v;
	}
	if (in.n % 4 != 0) {
		a = value(p[0]);
		b = value(p[1]);
		c = in.n % 4 == 3 ? value(p[2]) : 0;
		seen |= a | b | c;
		v = a << 18 | b << 12 | c << 6;
		out[0] = (uint8_t)(v >> 16);
		if (in.n % 4 == 3)
			out[1] = (uint8_t)(v >> 8);
		/* slack bits: two texts must not mean the same bytes */
		if ((v & (in.n % 4 == 3 ? 0xff : 0xffff)) != 0)
			return SHAKEN_E_SYNTAX;
	}
	if (seen > 63)
		return SHAKEN_E_SYNTAX;
	*len = n;
	return SHAKEN_OK;
}
