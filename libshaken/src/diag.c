/* SPDX-License-Identifier: Apache-2.0 */
/* diag.c - write the reason of a failure into the caller's buffer. */
#include <stdarg.h>
#include <stdio.h>

#include "diag.h"

void
shk_diag(struct shaken_diag *d, const char *fmt, ...)
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

void
shk_diag_clear(struct shaken_diag *d)
{
	if (d != NULL)
		d->text[0] = '\0';
}
