/* SPDX-License-Identifier: Apache-2.0 */
/* utf8.h - well-formed UTF-8 (RFC 3629). */
#ifndef SHK_UTF8_H
#define SHK_UTF8_H

#include <stdbool.h>

#include <shaken/view.h>

/* Whether s is well-formed UTF-8 without NUL. */
bool shk_utf8_ok(struct shaken_sv s);

#endif
