/* SPDX-License-Identifier: Apache-2.0 */
/*
 * content.h - content held against the digests that a token has of it: rcdi
 * for rich call data (RFC 9795 section 6), msgi for the body of a message (RFC
 * 9475 section 3.2).
 *
 * A digest says something only when the token's verdict is good.  Nothing is
 * fetched here, and nothing should be only to be checked: what is not shown
 * needs no check, and stays unverified.
 */
#ifndef SHAKEN_CONTENT_H
#define SHAKEN_CONTENT_H

#include <stdbool.h>

#include <shaken/err.h>
#include <shaken/passport.h>
#include <shaken/verify.h>
#include <shaken/view.h>

SHAKEN_BEGIN_DECLS

/* One member of rcdi; views live until the callback returns. */
struct shaken_rcdi {
	struct shaken_sv	pointer; /* "/jcd/1/3/3", into the claim rcd */
	bool			is_external; /* it is not in the token */
	struct shaken_sv	uri;	/* where it is; n 0: in the token, or
					 * known only from what jcl leads to */
	enum shaken_result	result;	/* of what is in the token; SKIPPED of
					 * what is elsewhere */
};

typedef void (*shaken_rcdi_fn)(const struct shaken_rcdi *r, void *ctx);

/*
 * Show every digest of the token, with its result where the content is in the
 * token.  No rcdi: nothing is shown.
 * SHAKEN_OK; SHAKEN_E_CLAIM (rcd or rcdi is malformed, nothing is shown);
 * SHAKEN_E_NOMEM; SHAKEN_E_CRYPTO.  Thread-safe.
 */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
shaken_rcdi_each(const struct shaken_passport *p, shaken_rcdi_fn fn,
    void *ctx);

/*
 * Hold fetched content (the body of the HTTP answer, byte for byte) against the
 * digest under pointer.  *out: PASS, FAIL, or SKIPPED where the token has no
 * such digest.  Returns as shaken_rcdi_each(); *out is FAIL then.
 */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
shaken_rcdi_check(const struct shaken_passport *p, struct shaken_sv pointer,
    struct shaken_sv content, enum shaken_result *out);

/*
 * Hold the whole MIME body of a message against msgi.  *out: PASS, FAIL (438,
 * RFC 9475 section 3.2), or SKIPPED where the token has none, or is of another
 * type than msg, where it must be ignored.
 * SHAKEN_OK; SHAKEN_E_CLAIM (malformed), SHAKEN_E_CRYPTO, and *out is FAIL.
 */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
shaken_msgi_check(const struct shaken_passport *p, struct shaken_sv body,
    enum shaken_result *out);

SHAKEN_END_DECLS

#endif
