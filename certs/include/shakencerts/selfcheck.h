/* SPDX-License-Identifier: Apache-2.0 */
/*
 * selfcheck.h - whether calls signed with a key will verify elsewhere: the key
 * and its certificate, and what its x5u serves.
 *
 * Pure: nothing is fetched here.  A program that only loads a key calls it
 * without an answer; one that has fetched the x5u calls it from the callback of
 * that fetch.
 */
#ifndef SHAKENCERTS_SELFCHECK_H
#define SHAKENCERTS_SELFCHECK_H

#include <stddef.h>
#include <stdint.h>

#include <shaken/err.h>
#include <shaken/lint.h>
#include <shaken/trust.h>
#include <shaken/verify.h>
#include <shaken/view.h>
#include <shakencerts/fetch.h>

SHAKEN_BEGIN_DECLS

struct certs_selfcheck {	/* all borrowed for the call */
	size_t			 size;	/* sizeof(struct certs_selfcheck) */
	struct shaken_sv	 key;	/* PEM private key; n 0: looked at before */
	struct shaken_sv	 chain;	/* PEM, leaf first */
	struct shaken_sv	 x5u;	/* n 0: none of its checks is made */
	struct shaken_trust	*trust;	/* roots; NULL: the path is not judged */
	int64_t			 now;	/* seconds since 1970-01-01 UTC */
	int64_t			 horizon_s; /* a certificate that expires within it
					 * is to be renewed; 0: a third of its
					 * life, 30 days at most */
	const struct certs_fetch_res *answer; /* what x5u answered; NULL: not
					 * asked */
};

/* One check.  All are reported, in this order: key-match, tnauthlist, spc, path,
 * expiry, profile, x5u-form, x5u-answer, x5u-chain, x5u-publication. */
struct certs_selfcheck_item {
	const char		*name;	/* static, stable */
	const char		*rule;	/* "RFC 8226 section 9"; static */
	const char		*hint;	/* what to do about a failure; static */
	enum shaken_result	 result;
	enum shaken_severity	 severity; /* of a failure.  SHAKEN_ERROR: calls
					 * will not verify; SHAKEN_WARN: look at
					 * it soon */
	const char		*detail; /* the facts, maybe ""; borrowed until the
					 * callback returns */
};

typedef void (*certs_selfcheck_fn)(void *arg,
    const struct certs_selfcheck_item *item);

/*
 * Make all checks that in has the means for; the others are SHAKEN_SKIPPED.
 *
 *   diag	what is wrong with key or chain; may be NULL
 *
 * Returns SHAKEN_OK when fn has had every check; before its first call
 * SHAKEN_E_KEY (key is no unencrypted P-256 key), SHAKEN_E_CERT, SHAKEN_E_SECRET
 * or SHAKEN_E_LIMIT (chain), SHAKEN_E_ARG; SHAKEN_E_NOMEM or SHAKEN_E_CRYPTO at
 * any time.  Thread-safe.
 */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
certs_selfcheck(const struct certs_selfcheck *in, certs_selfcheck_fn fn,
    void *arg, struct shaken_diag *diag);

SHAKEN_END_DECLS

#endif
