/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_out.h - JSON written from left to right, without a tree (RFC 8259).
 *
 * For what is written once a request: an answer has few members, and most of
 * its bytes are there already.
 */
#ifndef API_JSON_OUT_H
#define API_JSON_OUT_H

#include <stdbool.h>
#include <stddef.h>

#include <shaken/view.h>

/* The most bytes that one byte of a string becomes. */
#define API_ESCAPE_MAX 6

struct api_out {	/* zero: empty */
	char	*p;	/* owned */
	size_t	 n, cap;
	bool	 failed; /* no memory; what follows is thrown away */
};

/* JSON as it stands: punctuation, names, whole values. */
void api_out_raw(struct api_out *o, struct shaken_sv text);
void api_out_text(struct api_out *o, const char *text);
/* A string with its quotes; a byte that is no UTF-8 becomes "?". */
void api_out_string(struct api_out *o, struct shaken_sv v);
/* The text, NUL-terminated, moved out for free(); NULL: no memory. */
char *api_out_take(struct api_out *o);

/* Write v as the inside of a JSON string between to and end; where that ends,
 * or NULL: no room.  Room is always left for the quote. */
char *api_escape(char *to, const char *end, struct shaken_sv v);

#endif
