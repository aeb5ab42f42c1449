/* SPDX-License-Identifier: Apache-2.0 */
/* claims.h - options that stand for claims of the PASSporT types. */
#ifndef CLI_CLAIMS_H
#define CLI_CLAIMS_H

#include "cli.h"

struct cli_claims {		/* a member of a command's options */
	const char	*json;
	const char	*div, *hi, *opt;	/* RFC 8946 */
	struct cli_list	 rph;			/* RFC 8443 */
	bool		 sph;			/* RFC 9027 */
	const char	*rcd, *nam, *crn;	/* RFC 9795 */
	const char	*msgi;			/* RFC 9475 */
};

/* Rows for a table of options; at is the offset of its struct cli_claims. */
#define CLI_CLAIM_AT(at, member) ((at) + offsetof(struct cli_claims, member))
#define CLI_CLAIM_OPTS(at)						      \
	{ "div", "ID", CLI_STRING, CLI_CLAIM_AT(at, div),		      \
	    "whom the call was for before; --dest is whom it is for now" },   \
	{ "hi", "INDEX", CLI_STRING, CLI_CLAIM_AT(at, hi),		      \
	    "its index in History-Info, like 1.2" },			      \
	{ "opt", "TOKEN", CLI_STRING, CLI_CLAIM_AT(at, opt),		      \
	    "the PASSporT before, in full, or its Identity value; for div-o" }, \
	{ "rph", "VALUE", CLI_LIST, CLI_CLAIM_AT(at, rph),		      \
	    "resource priority, like ets.0; may be given again" },	      \
	{ "sph", NULL, CLI_FLAG, CLI_CLAIM_AT(at, sph),			      \
	    "psap-callback: an emergency centre calls back; with an esnet "   \
	    "value of --rph" },						      \
	{ "rcd", "JSON", CLI_STRING, CLI_CLAIM_AT(at, rcd),		      \
	    "rich call data, an object" },				      \
	{ "nam", "TEXT", CLI_STRING, CLI_CLAIM_AT(at, nam),		      \
	    "the caller's name, in rcd" },				      \
	{ "crn", "TEXT", CLI_STRING, CLI_CLAIM_AT(at, crn),		      \
	    "the call's reason" },					      \
	{ "msgi", "DIGEST", CLI_STRING, CLI_CLAIM_AT(at, msgi),		      \
	    "digest of a message's body, like sha256-..." },		      \
	{ "claims", "JSON", CLI_STRING, CLI_CLAIM_AT(at, json),		      \
	    "an object with further claims" }

/*
 * All of them as one JSON text; NULL where none is given.  Whether they fit the
 * type, and each other, is for the library to say.
 */
enum cli_status cli_make_claims(const struct cli_claims *c,
    const char *country, char **out);

#endif
