/* SPDX-License-Identifier: Apache-2.0 */
/* text.c - small things about text that the modules here share. */
#include <stdarg.h>
#include <stdio.h>

#include "text.h"

void
certs_diag(struct shaken_diag *d, const char *fmt, ...)
{
	va_list ap;

	if (d == NULL)
		return;
	va_start(ap, fmt);
	if (vsnprintf(d->text, sizeof(d->text), fmt, ap) < 0)
		d->text[0] = '\0';
	va_end(ap);
	for (char *p = d->text; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
}

char
certs_lower(char c)			/* not tolower(): no locale */
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool
certs_name_is(struct shaken_sv a, const char *b)
{
	if (a.n != strlen(b))
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (certs_lower(a.p[i]) != certs_lower(b[i]))
			return false;
	return true;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct shaken_sv
certs_trim(struct shaken_sv v)
{
	while (v.n > 0 && is_blank(v.p[0])) {
		v.p++;
		v.n--;
	}
	while (v.n > 0 && is_blank(v.p[v.n - 1]))
		v.n--;
	return v;
}

struct shaken_sv
certs_take_until(struct shaken_sv *in, char c)
{
	const char *end = in->n == 0 ? NULL : memchr(in->p, c, in->n);
	struct shaken_sv head = *in;

	if (end == NULL) {
		*in = (struct shaken_sv){ NULL, 0 };
		return head;
	}
	head.n = (size_t)(end - in->p);
	in->p = end + 1;
	in->n -= head.n + 1;
	return head;
}

bool
certs_number(struct shaken_sv v, int64_t max, int64_t *out)
{
	int64_t n = 0;

	*out = 0;
	if (v.n == 0)
		return false;
	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] < '0' || v.p[i] > '9')
			return false;
		if (n > (max - (v.p[i] - '0')) / 10)
			n = max;	/* and stays there */
		else
			n = n * 10 + (v.p[i] - '0');
	}
	*out = n;
	return true;
}
