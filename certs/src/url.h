/* SPDX-License-Identifier: Apache-2.0 */
/* url.h - which URLs may be fetched at all. */
#ifndef CERTS_URL_H
#define CERTS_URL_H

#include <shaken/err.h>
#include <shaken/view.h>
#include <shakencerts/fetch.h>

#define CERTS_URL_MAX 1024	/* the longest of 17,839 published has 106 */
#define CERTS_HOST_MAX 256

/*
 * Whether opts let url be fetched (ATIS-1000074): https, port 443 or 8443, a
 * host, no userinfo, query or fragment, not even empty ones.
 *
 *   host	its name in lower case, CERTS_HOST_MAX bytes; may be NULL
 *
 * Returns SHAKEN_OK, SHAKEN_E_URI with the rule in diag, or SHAKEN_E_NOMEM.
 */
SHAKEN_MUST_USE enum shaken_err
certs_url_check(const struct certs_fetch_opts *opts, struct shaken_sv url,
    char *host, struct shaken_diag *diag);

#endif
