/* SPDX-License-Identifier: Apache-2.0 */
/* rcd.h - what a JSON pointer of rcdi leads to (RFC 9795 section 6). */
#ifndef SHK_RCD_H
#define SHK_RCD_H

#include <stdbool.h>

#include <jansson.h>

#include <shaken/view.h>

#include "digest.h"
#include "lex.h"

/* The value in rcd; NULL where there is none.  Borrows from rcd. */
const json_t *shk_rcd_find(const json_t *rcd, struct shaken_sv pointer);

/* A string that refers to something on the web. */
bool shk_rcd_is_uri(const json_t *v);

#endif
