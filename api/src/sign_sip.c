/* SPDX-License-Identifier: Apache-2.0 */
/* sign_sip.c - what to sign of an INVITE: a call (RFC 8224 section 6.1), or its
 * diversion (RFC 8946 section 4.1). */
#include <stdlib.h>
#include <string.h>

#include "claims_dto.h"
#include "sign_dto.h"

/* An Identity of the call that a div links back to. */
struct link {
	struct shaken_sv	token;	/* n 0: none */
	int64_t			iat;
	bool			vouches; /* for the caller, or the way here */
	bool			is_done; /* it says already where this goes */
};

static bool
is_for(const struct shaken_passport *p, const struct shaken_id *id)
{
	for (size_t i = 0; i < shaken_passport_n_dest(p); i++)
		if (shaken_id_equal(shaken_passport_dest(p, i), id))
			return true;
	return false;
}

/* Of tokens with the same orig and dest one is enough (RFC 8946 section 4.1);
 * rather one that says who called than one about priority or display. */
static void
consider(const struct shaken_passport *p, struct shaken_sv token,
    const struct api_sign *call, const struct shaken_id *div,
    struct link *link)
{
	struct shaken_sv ppt = shaken_passport_ppt(p);
	bool vouches = api_sv_is(ppt, "shaken") || api_sv_is(ppt, "div") ||
	    api_sv_is(ppt, "div-o") || ppt.n == 0;

	if (!shaken_id_equal(shaken_passport_orig(p), &call->orig))
		return;
	link->is_done |= is_for(p, call->dest) &&
	    shaken_id_equal(shaken_passport_div(p), div);
	if (!is_for(p, div) ||
	    (link->token.n > 0 && (link->vouches || !vouches)))
		return;
	link->token = token;
	link->iat = shaken_passport_iat(p);
	link->vouches = vouches;
}

static void
consider_value(struct shaken_sv value, const struct api_sign *call,
    const struct shaken_id *div, struct link *link)
{
	struct shaken_passport *p = NULL;
	struct shaken_identity id;

	if (shaken_identity_parse(value, &id, NULL) == SHAKEN_OK &&
	    shaken_passport_decode(id.token, 0, &p, NULL) == SHAKEN_OK)
		consider(p, id.token, call, div, link);
	shaken_passport_free(&p);
}

static bool
find_link(const struct shaken_sip *sip, const struct api_sign *call,
    const struct shaken_id *div, struct link *link, struct api_error *e)
{
	*link = (struct link){ .iat = -1 };
	for (size_t i = 0; i < sip->n_identity; i++) {
		struct shaken_sv rest = sip->identity[i], value;

		while (shaken_identity_next(&rest, &value))
			consider_value(value, call, div, link);
	}
	if (link->is_done)
		api_error_set(e, API_INVALID, "div",
		    "the request has a div from %.60s to %.60s already",
		    div->text, call->dest->text);
	else if (link->token.n == 0)
		api_error_set(e, API_INVALID, "div",
		    "no Identity of the request is from %.60s to %.60s",
		    call->orig.text, div->text);
	return link->token.n > 0 && !link->is_done;
}

/* In a query "+" may stand for a blank (as HTML's forms have it), and then has
 * become one: where a global number begins, it was a "+". */
static enum shaken_err
parse_dest(struct shaken_sv dest, const char *country, struct shaken_id *out)
{
	char text[SHAKEN_ID_MAX];
	const char *colon = memchr(dest.p, ':', dest.n);
	size_t at = colon == NULL ? 0 : (size_t)(colon - dest.p) + 1;

	if (dest.n > sizeof(text))
		return SHAKEN_E_LIMIT;
	memcpy(text, dest.p, dest.n);
	if (at < dest.n && text[at] == ' ')
		text[at] = '+';
	return shaken_id_parse((struct shaken_sv){ text, dest.n }, country,
	    out);
}

/* The new target: as the client says, else where the request goes already. */
static bool
read_target(const struct shaken_sip *sip, struct shaken_sv dest,
    const char *country, struct shaken_id *out, struct api_error *e)
{
	enum shaken_err err = dest.n > 0 ? parse_dest(dest, country, out) :
	    shaken_id_parse(sip->request_uri, country, out);

	if (err != SHAKEN_OK)
		api_error_set(e, API_INVALID, "dest", "%s is %s",
		    dest.n > 0 ? "it" : "the Request-URI",
		    err == SHAKEN_E_LIMIT ? "too long" :
		    shaken_strerror((int)err));
	return err == SHAKEN_OK;
}

static bool
read_diversion(const struct shaken_sip *sip, const struct api_sip_query *q,
    const char *country, struct api_sign *out, struct api_error *e)
{
	struct shaken_diag why;
	struct shaken_id div;
	struct shaken_sv hi;
	struct link link;

	if (!read_target(sip, q->dest, country, out->dest, e))
		return false;
	if (shaken_sip_div(sip, out->dest, country, &div, &hi, &why) !=
	    SHAKEN_OK) {
		api_error_set(e, API_INVALID, "div", "%s", why.text);
		return false;
	}
	if (!find_link(sip, out, &div, &link, e))
		return false;
	/* It stays what it was, unless the Date was changed (section 3). */
	if (out->iat < 0)
		out->iat = link.iat;
	if (strcmp(out->ppt, "div") == 0)
		link.token.n = 0;
	return api_claims_of_div(&div, hi, link.token, out, e);
}

/* What the query says of the type. */
static bool
check_query(const struct api_sip_query *q, const struct api_ppt *ppt,
    struct api_error *e)
{
	bool diverts = strncmp(ppt->name, "div", 3) == 0;

	if (!ppt->attested && !diverts)
		api_error_set(e, API_INVALID, "ppt",
		    "%s is not made from a SIP message: send JSON", ppt->name);
	else if (!ppt->attested && q->attest.n > 0)
		api_error_set(e, API_INVALID, "attest",
		    "not a claim of ppt %s", ppt->name);
	else if (!diverts && q->dest.n > 0)
		api_error_set(e, API_INVALID, "dest",
		    "the message says it; only a diversion has another");
	else
		return diverts || api_check_attest(q->attest, e);
	return false;
}

static bool
read_message(struct shaken_sv message, const struct api_sip_query *q,
    const char *country, struct api_sign *out, struct api_error *e)
{
	struct shaken_sip sip;
	struct shaken_diag why;

	if (shaken_sip_parse(message, &sip, &why) != SHAKEN_OK ||
	    shaken_sip_ids(&sip, country, &out->orig, out->dest, &why) !=
	    SHAKEN_OK) {
		api_error_set(e, API_MALFORMED, NULL, "%s", why.text);
		return false;
	}
	/* The Date that the verifier will see (RFC 8224 section 4.1); a
	 * malformed one is as good as none. */
	out->iat = shaken_sip_date(&sip);
	if (out->iat <= 0)
		out->iat = -1;
	return strncmp(out->ppt, "div", 3) != 0 ||
	    read_diversion(&sip, q, country, out, e);
}

bool
api_sign_from_sip(struct shaken_sv message, const struct api_sip_query *q,
    const char *country, struct api_sign *out, struct api_error *e)
{
	const struct api_ppt *ppt;

	memset(out, 0, sizeof(*out));
	if (message.n == 0) {
		api_error_set(e, API_MISSING_BODY, NULL, "%s", "");
		return false;
	}
	ppt = api_ppt_asked(q->ppt, NULL, e);
	if (ppt == NULL || !check_query(q, ppt, e))
		return false;
	out->ppt = ppt->name;
	out->attest = q->attest;
	out->n_dest = 1;
	out->dest = calloc(1, sizeof(*out->dest));
	if (out->dest == NULL)
		api_error_set(e, API_INTERNAL, NULL, "out of memory");
	else if (read_message(message, q, country, out, e))
		return true;
	api_sign_clear(out);
	return false;
}
