/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stipa.h - what the STI-PA publishes, fetched, checked and kept in a
 * directory: the list of trusted STI-CAs and the revocation list
 * (ATIS-1000084).
 *
 * In the directory are afterwards
 *
 *	sti-ca.pem	the roots of the list, for "anchors"
 *	crl.pem		the CRL and its signer's certificates, for "crls"
 *	trustlist.json	the list as it came, with its signer's chain
 *
 * each replaced whole, and only by something newer that passed every check.  So
 * when the STI-PA cannot be reached, or sends what it should not, the last good
 * ones stay in use.  Run it apart from the service, which then needs neither
 * the login nor that network, and have the service reload when it says so.
 *
 * These functions block on the network for as long as fetch.total_ms says (0:
 * 30 s a request), and write, so one caller at a time and directory.
 */
#ifndef SHAKENCERTS_STIPA_H
#define SHAKENCERTS_STIPA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <shaken/err.h>
#include <shaken/view.h>
#include <shakencerts/fetch.h>
#include <shakencerts/trustlist.h>

SHAKEN_BEGIN_DECLS

/* The API of the STI-PA of the United States. */
#define CERTS_STIPA_US "https://authenticate-api.iconectiv.com/api/v1"
#define CERTS_STIPA_US_CRL \
	"https://authenticate-api.iconectiv.com/download/v1/crl"

struct certs_stipa_opts {	/* all borrowed for the call */
	size_t			 size;	/* sizeof(struct certs_stipa_opts) */
	struct certs_fetch_opts	 fetch;	/* its size must be set, or all be 0 */
	struct shaken_sv	 root;	/* PEM: the STI-PA's root certificate */
	const char		*dir;	/* exists */
	int64_t			 now;	/* seconds since 1970-01-01 UTC */
	const char		*api;	/* for the list; NULL: CERTS_STIPA_US */
	const char		*user, *password; /* for the list */
	/* URLs that a list or a CRL names are fetched only from these hosts, or
	 * from the one that was asked (R-113: they come from outside). */
	const char *const	*hosts;
	size_t			 n_hosts;
};

enum certs_update {
	CERTS_UPDATE_FAILED = 0, /* what was there stays; diag says why */
	CERTS_UPDATE_SAME = 1,	/* nothing new */
	CERTS_UPDATE_NEW = 2,	/* files were replaced: reload */
};

/*
 * Log in, get the list, check it, refuse one whose sequence is lower than that
 * of the kept one, and keep it.
 *
 *   *out	the list, unless FAILED; owned by the caller; may be NULL
 *   diag	may be NULL
 */
SHAKEN_API enum certs_update
certs_stipa_trustlist(const struct certs_stipa_opts *o,
    struct certs_trustlist **out, struct shaken_diag *diag);

/*
 * The kept list, checked anew; for a start while the STI-PA is down.
 *
 *   *expired	its exp has passed: whether to go on is the caller's policy
 *
 * Returns what certs_trustlist_check() does; SHAKEN_E_ARG when there is none.
 */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
certs_stipa_kept(const struct certs_stipa_opts *o, struct certs_trustlist **out,
    bool *expired, struct shaken_diag *diag);

struct certs_crl_facts {
	int64_t	this_update, next_update; /* seconds since 1970-01-01 UTC */
	int64_t	refresh_at; /* then ask again: in 12 hours, or 5 minutes after
			     * next_update if that is sooner */
	size_t	n_revoked;
};

/*
 * Get a CRL, with its signer's certificates from where its authority
 * information access says, check it under the STI-PA's root, refuse one that is
 * out of date or older than the kept one, and keep it.
 *
 *   url	such as CERTS_STIPA_US_CRL; its host must be one of o->hosts
 *   *facts	of the CRL, unless FAILED; may be NULL
 */
SHAKEN_API enum certs_update
certs_stipa_crl(const struct certs_stipa_opts *o, const char *url,
    struct certs_crl_facts *facts, struct shaken_diag *diag);

SHAKEN_END_DECLS

#endif
