/* SPDX-License-Identifier: Apache-2.0 */
/* tnauthlist.h - the TN Authorization List of RFC 8226 section 9. */
#ifndef SHK_TNAUTHLIST_H
#define SHK_TNAUTHLIST_H

#include <shaken/cert.h>
#include <shaken/id.h>
#include <shaken/verify.h>

struct shk_tnauthlist; /* immutable */

/*
 * Read an extension value.  All of it must be DER of the module, and of its
 * limits: 1 to 15 of 0-9, #, * in a number, none of #, * in a range, 2 or more
 * numbers in it and none of more digits than its start; a code of printable
 * ASCII.  implicit: also accept IMPLICIT tags, a fault seen in the field.
 * SHAKEN_E_CERT with the rule in diag, or SHAKEN_E_NOMEM.
 */
SHAKEN_MUST_USE enum shaken_err
shk_tnauthlist_parse(struct shaken_sv der, bool implicit,
    struct shk_tnauthlist **out, struct shaken_diag *diag);
void shk_tnauthlist_free(struct shk_tnauthlist **l);

size_t shk_tnauthlist_n(const struct shk_tnauthlist *l);
/* i below n; the value borrows from l. */
const struct shaken_tnauth *
shk_tnauthlist_get(const struct shk_tnauthlist *l, size_t i);

/* The first service provider code; n 0: none.  l may be NULL. */
struct shaken_sv shk_tnauthlist_spc(const struct shk_tnauthlist *l);

/* PASS: it holds id.  SKIPPED: it names a service provider, whose numbers
 * nobody can look up here.  FAIL: outside, or l is NULL. */
enum shaken_result
shk_tnauthlist_covers(const struct shk_tnauthlist *l,
    const struct shaken_id *id);

/* Whether child's scope is encompassed by parent's (RFC 9060 section 4.1); if
 * not, *outside is the first entry that is not.  Numbers below a parent with a
 * service provider code are taken as checked when it was issued. */
bool
shk_tnauthlist_within(const struct shk_tnauthlist *child,
    const struct shk_tnauthlist *parent, const struct shaken_tnauth **outside);

/* Encode entries, EXPLICIT tags as in the module.  SHAKEN_E_ARG: an entry that
 * parse() would refuse; SHAKEN_E_LIMIT: cap; SHAKEN_E_NOMEM. */
SHAKEN_MUST_USE enum shaken_err
shk_tnauthlist_encode(const struct shaken_tnauth *entries, size_t n,
    uint8_t *out, size_t cap, size_t *len);

#endif
