/* SPDX-License-Identifier: Apache-2.0 */
/* ppt_msg.c - a message instead of a call, with the digest of its body in msgi
 * (RFC 9475 sections 3 and 3.2). */
#include "diag.h"
#include "digest.h"
#include "ppt.h"

static enum shaken_err
check(const struct shaken_passport *p, struct shaken_diag *diag)
{
	const struct shk_member *msgi = &p->claim[SHK_CLAIM_MSGI];
	struct shk_digest digest;

	if (msgi->type == SHK_JSON_ABSENT ||
	    (msgi->type == SHK_JSON_STRING &&
	    shk_digest_parse(msgi->value, &digest)))
		return SHAKEN_OK;
	shk_diag(diag, "claim msgi is no sha256-, sha384- or sha512- and that "
	    "digest in base64");
	return SHAKEN_E_CLAIM;
}

const struct shk_ppt shk_ppt_msg = {
	{ "msg", 3 }, SHK_INFORMS, shk_ppt_format_none, check
};
