/* SPDX-License-Identifier: Apache-2.0 */
/* ppt_shaken.c - the claims attest and origid of RFC 8588 sections 4 and 5. */
#include "diag.h"
#include "json.h"
#include "ppt.h"

static enum shaken_err
format(const struct shaken_sign_req *req, json_t *further,
    struct shk_claims *c, struct shaken_diag *diag)
{
	(void)further;
	if (req->attest.n != 1 || req->attest.p[0] < 'A' ||
	    req->attest.p[0] > 'C') {
		shk_diag(diag, "attest is \"%.*s\": one of A, B, C is needed, "
		    "there is no default", SHK_SV_ARG(req->attest, 16));
		return SHAKEN_E_CLAIM;
	}
	if (!shk_is_uuid(req->origid)) {
		shk_diag(diag, "origid is \"%.*s\": a UUID is needed",
		    SHK_SV_ARG(req->origid, 64));
		return SHAKEN_E_CLAIM;
	}
	shk_json_add_string(shk_claims_add(c, SHAKEN_SV_LIT("attest")),
	    req->attest);
	shk_json_add_string(shk_claims_add(c, SHAKEN_SV_LIT("origid")),
	    req->origid);
	return SHAKEN_OK;
}

/* Presence and type; whether attest is A, B or C is the last check of all. */
static enum shaken_err
check(const struct shaken_passport *p, struct shaken_diag *diag)
{
	static const enum shk_claim claims[] = { SHK_CLAIM_ATTEST,
		SHK_CLAIM_ORIGID };

	for (size_t i = 0; i < 2; i++) {
		const struct shk_member *m = &p->claim[claims[i]];

		if (m->type == SHK_JSON_STRING)
			continue;
		shk_diag(diag, "claim %.*s is %s", SHK_SV_ARG(m->name, 16),
		    m->type == SHK_JSON_ABSENT ? "missing" : "not a string");
		return SHAKEN_E_CLAIM;
	}
	return SHAKEN_OK;
}

const struct shk_ppt shk_ppt_shaken = {
	{ "shaken", 6 }, SHK_VOUCHES, format, check
};
