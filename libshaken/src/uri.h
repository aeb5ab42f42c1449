/* SPDX-License-Identifier: Apache-2.0 */
/* uri.h - the shape of the URIs that STIR uses. */
#ifndef SHK_URI_H
#define SHK_URI_H

#include <stdbool.h>

#include <shaken/err.h>
#include <shaken/view.h>

/* Take "scheme:", in any case, off the front; false, with *in as it was, when it
 * is not there. */
bool shk_uri_take_scheme(struct shaken_sv *in, struct shaken_sv scheme);

/* Take a host: a name, an IPv4 address, or an IPv6 address in brackets, which
 * stay.  False when there is none.  Syntax only. */
bool shk_uri_take_host(struct shaken_sv *in, struct shaken_sv *host);

/* The longest x5u seen among 17,839 published ones has 106 characters. */
#define SHK_X5U_MAX 1024

/*
 * Whether uri may be fetched as an x5u (ATIS-1000074): https, host not empty,
 * port absent, 443 or 8443, no userinfo, no query, no fragment (not even empty
 * ones), only characters of RFC 3986.  lab: also http, and any port.
 * SHAKEN_OK, SHAKEN_E_URI or SHAKEN_E_LIMIT; diag says which rule.
 */
SHAKEN_MUST_USE enum shaken_err
shk_uri_check_x5u(struct shaken_sv uri, bool lab, struct shaken_diag *diag);

#endif
