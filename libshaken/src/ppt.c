/* SPDX-License-Identifier: Apache-2.0 */
/* ppt.c - the table of PASSporT types, and what their files share. */
#include "diag.h"
#include "json.h"
#include "ppt.h"
#include "sv.h"

static enum shaken_err
base_format(const struct shaken_sign_req *req, struct shk_claims *c,
    struct shaken_diag *diag)
{
	(void)c;
	if (req->attest.n == 0 && req->origid.n == 0)
		return SHAKEN_OK;
	shk_diag(diag, "attest and origid belong to a shaken PASSporT, "
	    "not to one without ppt");
	return SHAKEN_E_CLAIM;
}

static enum shaken_err
base_check(const struct shaken_passport *p, struct shaken_diag *diag)
{
	(void)p;
	(void)diag;
	return SHAKEN_OK;
}

static const struct shk_ppt base = { { NULL, 0 }, base_format, base_check };

static const struct shk_ppt *const table[SHK_PPTS] = {
	&base,			/* RFC 8225 */
	&shk_ppt_shaken,	/* RFC 8588 */
};

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
