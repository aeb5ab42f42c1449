/* SPDX-License-Identifier: Apache-2.0 */
/* mark.h - the verstat parameter of an address in a header field (3GPP TS
 * 24.229 section 7.2A.20). */
#ifndef API_MARK_H
#define API_MARK_H

#include <stdbool.h>
#include <stddef.h>

#include <shaken/view.h>

/* Whether all of s are letters and digits of ASCII, and others. */
bool api_is_among(struct shaken_sv s, const char *others);

/* Bytes of a field value; a longer address is none that anybody needs. */
#define API_MARK_MAX 1024

/*
 * Write a From or P-Asserted-Identity value (RFC 3261 section 20.20, RFC 3325
 * section 9.1) anew, with another verstat.
 *
 *   value	as it came, one address; may be folded
 *   verstat	what is to stand behind the number; NULL: nothing
 *   keep_params	with the parameters behind the address (tag); they are
 *		dropped otherwise
 *   out	NUL-terminated, one line of printable ASCII, or UTF-8 in a
 *		quoted display name
 *
 * Every verstat parameter that was there is gone, in whatever spelling and
 * wherever it stood.  A display name that is not well-formed is left out.
 *
 * False: this is no tel, sip or sips address that can be written safely.
 */
bool api_mark(struct shaken_sv value, const char *verstat, bool keep_params,
    char out[API_MARK_MAX]);

#endif
