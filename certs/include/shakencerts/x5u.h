/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x5u.h - how a certificate chain is published: findings about a URL and about
 * what it answered (ATIS-1000074, RFC 8555 section 9.1).
 *
 * An error is what verifiers refuse, with 436 Bad Identity Info; a warning what
 * they put up with.  The certificates themselves: shaken_cert_lint().
 */
#ifndef SHAKENCERTS_X5U_H
#define SHAKENCERTS_X5U_H

#include <shaken/lint.h>
#include <shaken/view.h>
#include <shakencerts/fetch.h>

SHAKEN_BEGIN_DECLS

/* The form of the URL; nothing is fetched.  Held against the rules for everybody,
 * not those of a laboratory.  Thread-safe. */
SHAKEN_API void
certs_x5u_lint_url(struct shaken_sv url, shaken_finding_fn fn, void *ctx);

/*
 * What it answered: how the fetch ended, Content-Type, caching, and how the
 * certificates are written down and ordered.  There is no finding about an end
 * that is no fault of the URL (BUSY, STOPPED, INTERNAL).  Thread-safe.
 */
SHAKEN_API void
certs_x5u_lint_answer(const struct certs_fetch_res *res, shaken_finding_fn fn,
    void *ctx);

SHAKEN_END_DECLS

#endif
