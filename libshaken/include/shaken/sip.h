/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sip.h - what a SIP request says about a call: enough of RFC 3261 section 7
 * to feed sign.h and verify.h with the message a proxy has.
 */
#ifndef SHAKEN_SIP_H
#define SHAKEN_SIP_H

#include <stddef.h>
#include <stdint.h>

#include <shaken/err.h>
#include <shaken/id.h>
#include <shaken/view.h>

SHAKEN_BEGIN_DECLS

/* Bytes of a message's start line and header fields together. */
#define SHAKEN_SIP_MAX (64 * 1024)
#define SHAKEN_SIP_IDENTITIES 32
#define SHAKEN_SIP_PAI 4	/* RFC 3325 section 9.1 allows two */

struct shaken_sip {		/* all views borrow from the message */
	struct shaken_sv	method;	/* "INVITE"; n 0 in a response */
	struct shaken_sv	request_uri;
	struct shaken_sv	from, to, date, call_id; /* field values */
	struct shaken_sv	pai[SHAKEN_SIP_PAI]; /* P-Asserted-Identity */
	size_t			n_pai;
	struct shaken_sv	identity[SHAKEN_SIP_IDENTITIES]; /* RFC 8224 */
	size_t			n_identity;
	size_t			len;	/* bytes of start line and header fields,
					 * with the blank line */
	size_t			content_length; /* 0 where no field says */
	struct shaken_sv	header;	/* those bytes */
};

/*
 * Read start line and header fields: compact names (RFC 3261 section 7.3.3, "y"
 * of RFC 8224), folding, either line ending, fields in any order.  The body is
 * not looked at.
 *
 *   in		borrowed; the views of *out point into it
 *   out	cleared on failure
 *   diag	what and on which line; may be NULL
 *
 * Returns SHAKEN_OK, SHAKEN_E_SYNTAX (no start line, a line without a colon, no
 * blank line at the end, a NUL or lone CR, a second From, To, Call-ID, Date or
 * Content-Length), SHAKEN_E_LIMIT.
 * Thread-safe.
 */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
shaken_sip_parse(struct shaken_sv in, struct shaken_sip *out,
    struct shaken_diag *diag);

/*
 * The call's identities: orig from the first readable P-Asserted-Identity (a TN
 * before a URI), else From (RFC 8224 section 4.1, RFC 8588); dest from To.
 *
 *   country	as in shaken_tn_canon(); may be NULL
 *
 * Returns SHAKEN_OK, SHAKEN_E_SYNTAX (From or To missing), or what
 * shaken_id_parse() says; diag names the field.
 */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
shaken_sip_ids(const struct shaken_sip *m, const char *country,
    struct shaken_id *orig, struct shaken_id *dest, struct shaken_diag *diag);

/*
 * Whom a call was for that now goes on to another: the div of a div token (RFC
 * 8946 section 4.1), and its index in History-Info (section 8).
 *
 *   m		the request as it came; or, where it has its new Request-URI
 *		already, with History-Info (RFC 7044) or Diversion (RFC 5806)
 *   target	whom it is for from now on
 *   country	as in shaken_tn_canon(); may be NULL
 *   *div	the Request-URI when it is not target; else the last entry of
 *		History-Info that is not; else the first Diversion that is not
 *   *hi	like "1.2"; n 0: History-Info does not have *div.  Borrows from
 *		the message
 *
 * Returns SHAKEN_OK; SHAKEN_E_CLAIM: no div token may be made, for nothing was
 * diverted in canonical form (section 3), or the request has no Identity
 * (section 4.1); diag, may be NULL, says which.  *div is NONE then.
 */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
shaken_sip_div(const struct shaken_sip *m, const struct shaken_id *target,
    const char *country, struct shaken_id *div, struct shaken_sv *hi,
    struct shaken_diag *diag);

/*
 * The Date field (RFC 3261 section 20.17, "Sat, 13 Nov 2010 23:29:00 GMT") in
 * seconds since 1970-01-01 UTC; 0 where there is none, -1 where it is malformed.
 */
SHAKEN_API int64_t shaken_sip_date(const struct shaken_sip *m);

SHAKEN_END_DECLS

#endif
