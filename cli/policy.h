/* SPDX-License-Identifier: Apache-2.0 */
/* policy.h - options that say how calls are judged: whom to trust, how fresh,
 * which tolerances.  Commands that verify have them in common. */
#ifndef CLI_POLICY_H
#define CLI_POLICY_H

#include "cli.h"

struct cli_policy {		/* a member of a command's options */
	struct cli_list		 trust, crl, crl_trust, policies;
	const char		*country, *crl_policy;
	struct cli_number	 freshness, diverted;
	bool			 require_identity, accept_base, accept_padding,
				 accept_dest_string, accept_http;
};

/* Rows for a table of options; at is the offset of its struct cli_policy. */
#define CLI_POLICY_AT(at, member) ((at) + offsetof(struct cli_policy, member))
#define CLI_POLICY_OPTS(at)						      \
	{ "trust", "FILE", CLI_LIST, CLI_POLICY_AT(at, trust),		      \
	    "STI-CA roots: a PEM file, or a directory of *.pem; may be given "  \
	    "again" },							      \
	{ "country", "CODE", CLI_STRING, CLI_POLICY_AT(at, country),	      \
	    "country code that national numbers get, like 1 or 44" },	      \
	{ "freshness", "SECONDS", CLI_NUMBER, CLI_POLICY_AT(at, freshness),     \
	    "how far iat and Date may be off; default 60" },		      \
	{ "diverted-freshness", "SECONDS", CLI_NUMBER,			      \
	    CLI_POLICY_AT(at, diverted),				      \
	    "how old a token may be that was diverted; default as the "	      \
	    "others" },							      \
	{ "crl", "FILE", CLI_LIST, CLI_POLICY_AT(at, crl),		      \
	    "certificate revocation list, PEM or DER; may be given again" },   \
	{ "crl-trust", "FILE", CLI_LIST, CLI_POLICY_AT(at, crl_trust),	      \
	    "roots of CRL signers; those of --trust when not given" },	      \
	{ "crl-policy", "soft|hard", CLI_STRING,			      \
	    CLI_POLICY_AT(at, crl_policy),				      \
	    "when no current CRL covers a certificate: soft goes on "	      \
	    "(default), hard refuses" },				      \
	{ "require-policy", "OID", CLI_LIST, CLI_POLICY_AT(at, policies),	      \
	    "certificate policy, one of which certificates must carry" },      \
	{ "require-identity", NULL, CLI_FLAG,				      \
	    CLI_POLICY_AT(at, require_identity),			      \
	    "a call without a usable Identity gets code 428" },		      \
	{ "accept-base", NULL, CLI_FLAG, CLI_POLICY_AT(at, accept_base),	      \
	    "accept a PASSporT without ppt" },				      \
	{ "accept-padding", NULL, CLI_FLAG,				      \
	    CLI_POLICY_AT(at, accept_padding),				      \
	    "accept '=' after base64url" },				      \
	{ "accept-dest-string", NULL, CLI_FLAG,				      \
	    CLI_POLICY_AT(at, accept_dest_string),			      \
	    "accept a dest that is no array" },				      \
	{ "accept-http", NULL, CLI_FLAG, CLI_POLICY_AT(at, accept_http),	      \
	    "accept an http x5u and any port" }

/* Whether what the options say can be meant. */
enum cli_status cli_policy_check(const struct cli_policy *p);

/* Roots and CRLs; *out is the caller's even on failure. */
enum cli_status cli_policy_trust(const struct cli_policy *p,
    struct shaken_trust **out);

/* How to verify as of now; borrows from p.  The caller adds flags. */
struct shaken_verify_opts cli_policy_opts(const struct cli_policy *p,
    int64_t now);

/* Whether text is NULL, a or b. */
bool cli_one_of(const char *text, const char *a, const char *b);

#endif
