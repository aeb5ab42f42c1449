/* SPDX-License-Identifier: Apache-2.0 */
/* policy.c - options that say how calls are judged. */
#include <string.h>

#include "policy.h"

bool
cli_one_of(const char *text, const char *a, const char *b)
{
	return text == NULL || strcmp(text, a) == 0 || strcmp(text, b) == 0;
}

enum cli_status
cli_policy_check(const struct cli_policy *p)
{
	if (p->trust.n == 0)
		return cli_cannot("--trust is missing: give the STI-CA roots, "
		    "a PEM file or a directory");
	if (!cli_one_of(p->crl_policy, "soft", "hard"))
		return cli_cannot("--crl-policy %s: give soft or hard",
		    p->crl_policy);
	if (p->freshness.given && p->freshness.v == 0)
		return cli_cannot("--freshness 0: give at least 1 second");
	return cli_check_country(p->country);
}

enum cli_status
cli_policy_trust(const struct cli_policy *p, struct shaken_trust **out)
{
	struct shaken_trust_opts topts = {
		.size = sizeof(topts),
		.crl_policy = p->crl_policy != NULL &&
		    strcmp(p->crl_policy, "hard") == 0 ? SHAKEN_CRL_HARD :
		    SHAKEN_CRL_SOFT,
		.policies = p->policies.v,
		.n_policies = p->policies.n,
	};
	enum cli_status st;
	enum shaken_err err;

	err = shaken_trust_new(&topts, out);
	if (err == SHAKEN_E_ARG)
		return cli_cannot("--require-policy: give OIDs like "
		    "2.16.840.1.114569.1.1.4");
	if (err != SHAKEN_OK)
		return cli_cannot("trust: %s", shaken_strerror((int)err));
	st = cli_add_anchors(*out, &p->trust);
	if (st == CLI_OK)
		st = cli_add_crl_anchors(*out, &p->crl_trust);
	if (st == CLI_OK)
		st = cli_add_crls(*out, &p->crl);
	return st;
}

struct shaken_verify_opts
cli_policy_opts(const struct cli_policy *p, int64_t now)
{
	return (struct shaken_verify_opts){
		.size = sizeof(struct shaken_verify_opts),
		.now = now,
		.freshness_s = p->freshness.v,
		.flags = (p->accept_base ? SHAKEN_ACCEPT_BASE : 0u) |
		    (p->accept_padding ? SHAKEN_ACCEPT_PADDING : 0u) |
		    (p->accept_dest_string ? SHAKEN_ACCEPT_DEST_STRING : 0u) |
		    (p->accept_http ? SHAKEN_ACCEPT_HTTP : 0u) |
		    (p->require_identity ? SHAKEN_REQUIRE_IDENTITY : 0u),
		.country = p->country,
		.diverted_freshness_s = p->diverted.v,
	};
}
