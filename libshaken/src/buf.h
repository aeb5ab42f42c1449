/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buf.h - append to storage of fixed size that the caller owns.
 *
 * The first append that does not fit sets full; all later ones do nothing.  So
 * a writer appends without looking and asks once, at the end.
 */
#ifndef SHK_BUF_H
#define SHK_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <shaken/view.h>

struct shk_buf {
	char	*p;	/* borrowed */
	size_t	 len, cap;
	bool	 full;	/* something did not fit: the content is not complete */
};

static inline struct shk_buf
shk_buf_over(char *p, size_t cap)
{
	return (struct shk_buf){ .p = p, .cap = cap };
}

/* Room for n bytes, or NULL; the caller fills it. */
static inline char *
shk_buf_take(struct shk_buf *b, size_t n)
{
	char *at;

	if (b->full || n > b->cap - b->len) {
		b->full = true;
		return NULL;
	}
	at = b->p + b->len;
	b->len += n;
	return at;
}

static inline void
shk_buf_add(struct shk_buf *b, struct shaken_sv v)
{
	char *at = shk_buf_take(b, v.n);

	if (at != NULL && v.n > 0)
		memcpy(at, v.p, v.n);
}

#define SHK_BUF_LIT(b, s) shk_buf_add((b), SHAKEN_SV_LIT(s))

static inline struct shaken_sv
shk_buf_view(const struct shk_buf *b)
{
	return (struct shaken_sv){ b->p, b->len };
}

#endif
