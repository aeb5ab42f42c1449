/* SPDX-License-Identifier: Apache-2.0 */
/* ppt.c - the table of PASSporT types, and what their files share. */
#include "diag.h"
#include "json.h"
#include "ppt.h"
#include "sv.h"

enum shaken_err
shk_ppt_format_none(const struct shaken_sign_req *req, json_t *further,
    struct shk_claims *c, struct shaken_diag *diag)
{
	(void)further;
	(void)c;
	if (req->attest.n == 0 && req->origid.n == 0)
		return SHAKEN_OK;
	shk_diag(diag, "attest and origid belong to a shaken PASSporT alone");
	return SHAKEN_E_CLAIM;
}

static enum shaken_err
base_check(const struct shaken_passport *p, struct shaken_diag *diag)
{
	(void)p;
	(void)diag;
	return SHAKEN_OK;
}

static const struct shk_ppt base = {
	{ NULL, 0 }, SHK_VOUCHES, shk_ppt_format_none, base_check
};

static const struct shk_ppt *const table[SHK_PPTS] = {
	&base,			/* RFC 8225 */
	&shk_ppt_shaken,	/* RFC 8588 */
	&shk_ppt_div,		/* RFC 8946 section 3 */
	&shk_ppt_div_o,		/* RFC 8946 section 5 */
	&shk_ppt_rph,		/* RFC 8443, RFC 9027 */
	&shk_ppt_rcd,		/* RFC 9795 */
	&shk_ppt_msg,		/* RFC 9475 */
};

/* Claims that stand in any type. */
static const struct {
	enum shk_claim claim;
	enum shaken_err (*check)(const json_t *payload,
	    struct shaken_diag *diag);
} common[] = {
	{ SHK_CLAIM_MKY, shk_mky_check },
	{ SHK_CLAIM_RCD, shk_rcd_check },
	{ SHK_CLAIM_RCDI, shk_rcdi_check },
	{ SHK_CLAIM_CRN, shk_crn_check },
};
#define COMMON (sizeof(common) / sizeof(common[0]))

/* Claims that mean something in these types alone.  A verifier ignores them in
 * others, as it must (RFC 8225 section 8, RFC 9475 section 3.2); a signer has
 * no business with them there. */
static const struct {
	const char *claim;
	const struct shk_ppt *in[2];
} bound[] = {
	{ "attest", { &shk_ppt_shaken } },
	{ "origid", { &shk_ppt_shaken } },
	{ "div", { &shk_ppt_div, &shk_ppt_div_o } },
	{ "opt", { &shk_ppt_div_o } },
	{ "rph", { &shk_ppt_rph } },
	{ "sph", { &shk_ppt_rph } },
	{ "msgi", { &shk_ppt_msg } },
};
#define BOUND (sizeof(bound) / sizeof(bound[0]))

/* The usual token has none of them, and is not parsed once more. */
static enum shaken_err
check_common(const struct shaken_passport *p, struct shaken_diag *diag)
{
	json_t *payload = NULL;
	enum shaken_err err = SHAKEN_OK;

	for (size_t i = 0; err == SHAKEN_OK && i < COMMON; i++) {
		if (p->claim[common[i].claim].type == SHK_JSON_ABSENT)
			continue;
		if (payload == NULL)
			err = shk_json_parse(p->payload_json, &payload, diag);
		if (err == SHAKEN_OK)
			err = common[i].check(payload, diag);
	}
	json_decref(payload);
	return err;
}

enum shaken_err
shk_ppt_check(const struct shk_ppt *ppt, const struct shaken_passport *p,
    struct shaken_diag *diag)
{
	enum shaken_err err = ppt->check(p, diag);

	return err == SHAKEN_OK ? check_common(p, diag) : err;
}

enum shaken_err
shk_ppt_further(const struct shk_ppt *ppt, json_t *further,
    struct shaken_diag *diag)
{
	for (size_t i = 0; i < BOUND; i++) {
		if (json_object_get(further, bound[i].claim) == NULL ||
		    ppt == bound[i].in[0] || ppt == bound[i].in[1])
			continue;
		shk_diag(diag, "claim %s belongs to a PASSporT of type %s",
		    bound[i].claim, bound[i].in[0]->name.p);
		return SHAKEN_E_CLAIM;
	}
	return shk_mky_sort(json_object_get(further, "mky"));
}

const struct shk_ppt *
shk_ppt_find(struct shaken_sv name)
{
	for (size_t i = 0; i < SHK_PPTS; i++)
		if (shk_sv_equal(table[i]->name, name))
			return table[i];
	return NULL;
}

size_t
shk_ppt_index(const struct shk_ppt *p)
{
	size_t i = 0;

	while (table[i] != p)
		i++;
	return i;
}

const struct shk_ppt *
shk_ppt_at(size_t i)
{
	return table[i];
}

struct shk_buf *
shk_claims_add(struct shk_claims *c, struct shaken_sv name)
{
	if (c->n > 0)
		c->claim[c->n - 1].len = c->values.len - c->claim[c->n - 1].at;
	if (c->n == SHK_CLAIMS_MAX) {
		c->full = true;
		return &c->values;
	}
	c->claim[c->n].name = name;
	c->claim[c->n].at = c->values.len;
	c->n++;
	return &c->values;
}
