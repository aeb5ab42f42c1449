/* SPDX-License-Identifier: Apache-2.0 */
/* identity.h - the SIP Identity header field value (RFC 8224 section 4). */
#ifndef SHAKEN_IDENTITY_H
#define SHAKEN_IDENTITY_H

#include <stdbool.h>

#include <shaken/err.h>
#include <shaken/view.h>

SHAKEN_BEGIN_DECLS

/* Bytes of one value: a 16 KiB token (passport.h) and its parameters. */
#define SHAKEN_IDENTITY_MAX (20 * 1024)

/* One value, taken apart.  All views borrow from the parsed input. */
struct shaken_identity {
	struct shaken_sv	token;	/* signed-identity-digest, "h.p.s" */
	struct shaken_sv	info;	/* URI without its <>; n 0: absent, see below */
	struct shaken_sv	alg;	/* quotes removed; n 0: absent, means ES256 */
	struct shaken_sv	ppt;	/* quotes removed; n 0: absent */
	bool			info_bare; /* info stood without <> (a fault, E7) */
};

/*
 * Take one Identity header value apart.  Syntax only: whether info, alg and
 * ppt are acceptable is the verdict's business.  Accepts what RFC 3261 section
 * 7.3.1 allows (blanks and folding around ";" and "=", names in any case,
 * parameters in any order, unknown ones ignored) and a leading "Identity:" or
 * "y:" field name.
 *
 * Returns SHAKEN_OK, SHAKEN_E_SYNTAX (with *out cleared) or SHAKEN_E_LIMIT.
 * diag, where given, says what and at which byte.  Thread-safe.
 */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
shaken_identity_parse(struct shaken_sv in, struct shaken_identity *out,
    struct shaken_diag *diag);

/*
 * Cut the next value off a list that was folded into one field with commas.
 * RFC 8224 section 4 has no such list, but stacks make them (RFC 3261 section
 * 7.3.1): a comma outside of <> and "" ends a value.
 *
 *   rest	in: what is left; out: what is left after the value
 *   value	the next value, blanks around it removed; borrows from rest
 *
 * Returns false when nothing is left.  Thread-safe.
 */
SHAKEN_API bool
shaken_identity_next(struct shaken_sv *rest, struct shaken_sv *value);

SHAKEN_END_DECLS

#endif
