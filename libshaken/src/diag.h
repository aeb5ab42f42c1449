/* SPDX-License-Identifier: Apache-2.0 */
/* diag.h - write the reason of a failure into the caller's buffer. */
#ifndef SHK_DIAG_H
#define SHK_DIAG_H

#include <shaken/err.h>
#include <shaken/view.h>

/* Format into d (NULL: nothing happens), cut at its size; what is not printable
 * ASCII becomes '?', so that input cannot forge log lines. */
__attribute__((format(printf, 2, 3)))
void shk_diag(struct shaken_diag *d, const char *fmt, ...);

void shk_diag_clear(struct shaken_diag *d);

/* For "%.*s": length and pointer of a view, at most max bytes of it. */
#define SHK_SV_ARG(v, max) \
	(int)((v).n < (size_t)(max) ? (v).n : (size_t)(max)), \
	((v).p == NULL ? "" : (v).p)

#endif
