/* SPDX-License-Identifier: Apache-2.0 */
/*
 * id.h - an identity as the claims orig, dest and div carry it: a telephone
 * number or a SIP URI (RFC 8225 section 5.2.1), in canonical form.
 */
#ifndef SHAKEN_ID_H
#define SHAKEN_ID_H

#include <stdbool.h>

#include <shaken/tn.h>

SHAKEN_BEGIN_DECLS

/* A SIP URI longer than this is no subscriber's address. */
#define SHAKEN_ID_MAX 255

enum shaken_id_kind {
	SHAKEN_ID_NONE = 0,	/* a cleared struct names nobody */
	SHAKEN_ID_TN = 1,
	SHAKEN_ID_URI = 2,
};

struct shaken_id {
	enum shaken_id_kind	kind;
	size_t			len;		/* strlen(text) */
	char			text[SHAKEN_ID_MAX + 1]; /* NUL-terminated */
};

/*
 * Read an identity in any usual spelling.
 *
 *   shaken_id_parse	a tel: or sip:/sips: URI, a name-addr ("Bob" <sip:...>),
 *			or a bare number
 *   shaken_id_from_tn	a bare number only (the value of a "tn" member)
 *   shaken_id_from_uri	a URI only (the value of a "uri" member).  tel:, a SIP
 *			URI with user=phone, or one whose user part is a global
 *			number ("+1...") becomes a TN (RFC 8224 section 8.1);
 *			any other SIP URI is normalised (section 8.5)
 *
 *   in		borrowed for the call
 *   country	as in shaken_tn_canon(); may be NULL
 *   out	filled on success; kind SHAKEN_ID_NONE on failure
 *
 * Parameters of the number (;ext=, ;npdi, ;rn=, ;verstat=) are not part of it
 * and are dropped; a ;phone-context that is a global number prefix is put in
 * front (RFC 3966 section 5.1.5), but for service numbers (911 in +1).
 * Percent-encoded unreserved octets are decoded (section 8.5).
 *
 * Returns SHAKEN_OK, SHAKEN_E_TN, SHAKEN_E_URI, SHAKEN_E_LIMIT, SHAKEN_E_ARG.
 * Allocates nothing.  Thread-safe.
 */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
shaken_id_parse(struct shaken_sv in, const char *country,
    struct shaken_id *out);
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
shaken_id_from_tn(struct shaken_sv in, const char *country,
    struct shaken_id *out);
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
shaken_id_from_uri(struct shaken_sv in, const char *country,
    struct shaken_id *out);

/* Same kind and same canonical text; false when either names nobody. */
SHAKEN_API bool
shaken_id_equal(const struct shaken_id *a, const struct shaken_id *b);

SHAKEN_END_DECLS

#endif
