/* SPDX-License-Identifier: Apache-2.0 */
/* text.h - small things about text that the modules here share. */
#ifndef CERTS_TEXT_H
#define CERTS_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include <shaken/err.h>
#include <shaken/view.h>

/* Format into d (NULL: nothing happens), cut at its size; what is not printable
 * ASCII becomes '?', so that a host cannot forge log lines. */
__attribute__((format(printf, 2, 3)))
void certs_diag(struct shaken_diag *d, const char *fmt, ...);

char certs_lower(char c);

/* ASCII case-insensitive, for names only. */
bool certs_name_is(struct shaken_sv a, const char *b);

/* v without blanks and line ends at either end. */
struct shaken_sv certs_trim(struct shaken_sv v);

/* Take what stands before c, and c; all of *in if there is none. */
struct shaken_sv certs_take_until(struct shaken_sv *in, char c);

/* A run of 1 or more digits and nothing else; what exceeds max is max. */
bool certs_number(struct shaken_sv v, int64_t max, int64_t *out);

#endif
