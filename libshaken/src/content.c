/* SPDX-License-Identifier: Apache-2.0 */
/* content.c - content held against the digests that a token has of it (RFC 9795
 * section 6, RFC 9475 section 3.2). */
#include <stdlib.h>

#include <shaken/content.h>

#include "json.h"
#include "ppt.h"
#include "rcd.h"

/* The payload of p with well-formed rcd and rcdi; NULL with SHAKEN_OK where it
 * has no rcdi. */
static enum shaken_err
read_rcdi(const struct shaken_passport *p, json_t **payload)
{
	enum shaken_err err;

	*payload = NULL;
	if (p->claim[SHK_CLAIM_RCDI].type == SHK_JSON_ABSENT)
		return SHAKEN_OK;
	err = shk_json_parse(p->payload_json, payload, NULL);
	if (err == SHAKEN_OK)
		err = shk_rcd_check(*payload, NULL);
	if (err == SHAKEN_OK)
		err = shk_rcdi_check(*payload, NULL);
	if (err != SHAKEN_OK) {
		json_decref(*payload);
		*payload = NULL;
	}
	return err == SHAKEN_E_NOMEM || err == SHAKEN_OK ? err :
	    SHAKEN_E_CLAIM;
}

static struct shaken_sv
string_of(const json_t *v)
{
	return (struct shaken_sv){ json_string_value(v),
	    json_string_length(v) };
}

/* A value of the token by its serialization (section 6.1): cap bytes hold it,
 * for the payload that it is part of has no more. */
static enum shaken_err
check_inline(const json_t *v, const struct shk_digest *d, size_t cap,
    enum shaken_result *out)
{
	char *p = malloc(cap);
	struct shk_buf b = shk_buf_over(p, cap);
	enum shaken_err err;
	bool same = false;

	if (p == NULL)
		return SHAKEN_E_NOMEM;
	err = shk_json_canonical(v, &b);
	if (err == SHAKEN_OK && !b.full)
		err = shk_digest_check(d, shk_buf_view(&b), &same);
	else if (err == SHAKEN_E_JSON)
		err = SHAKEN_OK; /* it has no canonical form: no digest */
	*out = same ? SHAKEN_PASS : SHAKEN_FAIL;
	free(p);
	return err;
}

/* Images are digested as bytes, those in a data URI too (section 6.1.2). */
static bool
is_external(const json_t *v, struct shaken_sv pointer)
{
	return v == NULL || shk_sv_equal(pointer, SHAKEN_SV_LIT("/icn")) ||
	    shk_sv_equal(pointer, SHAKEN_SV_LIT("/jcl")) ||
	    (pointer.n > 5 && memcmp(pointer.p, "/jcd/", 5) == 0 &&
	    shk_rcd_is_uri(v));
}

enum shaken_err
shaken_rcdi_each(const struct shaken_passport *p, shaken_rcdi_fn fn,
    void *ctx)
{
	json_t *payload, *text;
	const json_t *rcd;
	const char *name;
	enum shaken_err err = read_rcdi(p, &payload);

	if (payload == NULL)
		return err;
	rcd = json_object_get(payload, "rcd");
	json_object_foreach(json_object_get(payload, "rcdi"), name, text) {
		struct shaken_rcdi r = { .pointer = shaken_sv_cstr(name) };
		const json_t *v = shk_rcd_find(rcd, r.pointer);
		struct shk_digest d;

		if (!shk_digest_parse(string_of(text), &d))
			continue;	/* shk_rcdi_check() has seen to it */
		r.is_external = is_external(v, r.pointer);
		if (r.is_external)
			r.uri = string_of(v);
		else
			err = check_inline(v, &d, p->payload_json.n,
			    &r.result);
		if (err != SHAKEN_OK)
			break;
		fn(&r, ctx);
	}
	json_decref(payload);
	return err;
}

static enum shaken_err
check_digest(struct shaken_sv text, struct shaken_sv content,
    enum shaken_result *out)
{
	struct shk_digest d;
	enum shaken_err err;
	bool same;

	if (!shk_digest_parse(text, &d))
		return SHAKEN_E_CLAIM;
	err = shk_digest_check(&d, content, &same);
	if (same)
		*out = SHAKEN_PASS;
	return err;
}

enum shaken_err
shaken_rcdi_check(const struct shaken_passport *p, struct shaken_sv pointer,
    struct shaken_sv content, enum shaken_result *out)
{
	json_t *payload, *text;
	const char *name;
	enum shaken_err err;

	*out = SHAKEN_FAIL;
	err = read_rcdi(p, &payload);
	if (err != SHAKEN_OK)
		return err;
	*out = SHAKEN_SKIPPED;
	json_object_foreach(json_object_get(payload, "rcdi"), name, text) {
		if (!shk_sv_equal(shaken_sv_cstr(name), pointer))
			continue;
		*out = SHAKEN_FAIL;
		err = check_digest(string_of(text), content, out);
	}
	json_decref(payload);
	return err;
}

enum shaken_err
shaken_msgi_check(const struct shaken_passport *p, struct shaken_sv body,
    enum shaken_result *out)
{
	const struct shk_member *msgi = &p->claim[SHK_CLAIM_MSGI];

	*out = SHAKEN_SKIPPED;
	if (msgi->type == SHK_JSON_ABSENT ||
	    !shk_sv_equal(p->ppt, shk_ppt_msg.name))
		return SHAKEN_OK;
	*out = SHAKEN_FAIL;
	if (msgi->type != SHK_JSON_STRING)
		return SHAKEN_E_CLAIM;
	return check_digest(msgi->value, body, out);
}
