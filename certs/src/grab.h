/* SPDX-License-Identifier: Apache-2.0 */
/* grab.h - one document from a host that is expected, and wait for it. */
#ifndef CERTS_GRAB_H
#define CERTS_GRAB_H

#include <shakencerts/stipa.h>

/* The body, NUL-terminated, for OPENSSL_clear_free(body, *n + 1), or NULL.
 *
 *   req	its url's host must be one of o->hosts, or that of home (a URL;
 *		may be NULL)
 */
char *certs_grab(const struct certs_stipa_opts *o, const char *home,
    struct certs_fetch_req *req, size_t *n, struct shaken_diag *diag);

/* The directory of o, open; -1: it cannot be used, or o is wrong, and why. */
int certs_stipa_open(const struct certs_stipa_opts *o,
    struct shaken_diag *diag);

#endif
