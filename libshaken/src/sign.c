/* SPDX-License-Identifier: Apache-2.0 */
/* sign.c - one Identity header value, from claims to text (RFC 8224 sections 4
 * and 6.1, RFC 8225 section 9). */
#include <stdlib.h>

#include "b64url.h"
#include "cert.h"
#include "diag.h"
#include "json.h"
#include "signer.h"
#include "sv.h"
#include "tnauthlist.h"

#define REQ_SIZE_V0 \
	(offsetof(struct shaken_sign_req, claims) + sizeof(struct shaken_sv))
#define DEFAULT_FRESHNESS_S 60	/* RFC 8224 section 4.1 */

static void
put_int(struct shk_buf *b, int64_t v)	/* v is not negative */
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	shk_buf_add(b, (struct shaken_sv){ digits + at, sizeof(digits) - at });
}

static struct shaken_sv
id_text(const struct shaken_id *id)
{
	return (struct shaken_sv){ id->text, id->len };
}

/* The caller may have filled the struct by hand: only what shaken_id_parse()
 * gives is canonical, and only that is signed. */
static bool
id_is_canonical(const struct shaken_id *id)
{
	struct shaken_id again;

	if (id->len > SHAKEN_ID_MAX)
		return false;
	if (id->kind == SHAKEN_ID_TN)
		return shaken_id_from_tn(id_text(id), NULL, &again) ==
		    SHAKEN_OK && shaken_id_equal(id, &again);
	if (id->kind == SHAKEN_ID_URI)
		return shaken_id_from_uri(id_text(id), NULL, &again) ==
		    SHAKEN_OK && shaken_id_equal(id, &again);
	return false;
}

static void
add_orig(struct shk_claims *c, const struct shaken_id *orig)
{
	struct shk_buf *b = shk_claims_add(c, SHAKEN_SV_LIT("orig"));

	if (orig->kind == SHAKEN_ID_TN)
		SHK_BUF_LIT(b, "{\"tn\":");
	else
		SHK_BUF_LIT(b, "{\"uri\":");
	shk_json_add_string(b, id_text(orig));
	SHK_BUF_LIT(b, "}");
}

static int
by_text(const void *a, const void *b)
{
	const struct shaken_id *const *x = a, *const *y = b;

	return strcmp((*x)->text, (*y)->text);
}

/* ,"tn":["1","2"] with its strings in lexicographic order, section 5.2.1. */
static void
put_dest_list(struct shk_buf *b, const struct shaken_sign_req *req,
    enum shaken_id_kind kind, struct shaken_sv name, bool *first)
{
	const struct shaken_id *list[SHAKEN_DEST_MAX];
	size_t n = 0;

	for (size_t i = 0; i < req->n_dest; i++)
		if (req->dest[i].kind == kind)
			list[n++] = &req->dest[i];
	if (n == 0)
		return;
	if (n > 1)
		qsort(list, n, sizeof(list[0]), by_text);
	if (!*first)
		SHK_BUF_LIT(b, ",");
	*first = false;
	shk_json_add_string(b, name);
	for (size_t i = 0; i < n; i++) {
		shk_buf_add(b, i == 0 ? SHAKEN_SV_LIT(":[") :
		    SHAKEN_SV_LIT(","));
		shk_json_add_string(b, id_text(list[i]));
	}
	SHK_BUF_LIT(b, "]");
}

static void
add_dest(struct shk_claims *c, const struct shaken_sign_req *req)
{
	struct shk_buf *b = shk_claims_add(c, SHAKEN_SV_LIT("dest"));
	bool first = true;

	SHK_BUF_LIT(b, "{");
	put_dest_list(b, req, SHAKEN_ID_TN, SHAKEN_SV_LIT("tn"), &first);
	put_dest_list(b, req, SHAKEN_ID_URI, SHAKEN_SV_LIT("uri"), &first);
	SHK_BUF_LIT(b, "}");
}

static enum shaken_err
check_base(const struct shaken_sign_req *req, struct shaken_diag *diag)
{
	int64_t freshness = req->freshness_s == 0 ? DEFAULT_FRESHNESS_S :
	    req->freshness_s;

	if (req->orig == NULL || !id_is_canonical(req->orig)) {
		shk_diag(diag, "orig is not one telephone number or SIP URI");
		return SHAKEN_E_CLAIM;
	}
	if (req->n_dest == 0 || req->n_dest > SHAKEN_DEST_MAX ||
	    req->dest == NULL) {
		shk_diag(diag, "dest has %zu entries, 1 to %d are allowed",
		    req->n_dest, SHAKEN_DEST_MAX);
		return SHAKEN_E_CLAIM;
	}
	for (size_t i = 0; i < req->n_dest; i++)
		if (!id_is_canonical(&req->dest[i])) {
			shk_diag(diag, "dest %zu is no telephone number or SIP "
			    "URI", i + 1);
			return SHAKEN_E_CLAIM;
		}
	if (req->iat <= 0 || req->iat > SHAKEN_IAT_MAX) {
		shk_diag(diag, "iat is not a time in seconds since 1970");
		return SHAKEN_E_CLAIM;
	}
	if (req->now < 0 || req->now > SHAKEN_IAT_MAX || freshness < 0)
		return SHAKEN_E_ARG;
	if (req->iat - req->now > freshness ||
	    req->now - req->iat > freshness) {
		shk_diag(diag, "iat is %lld s %s, %lld s allowed",
		    (long long)(req->iat > req->now ? req->iat - req->now :
		    req->now - req->iat), req->iat > req->now ?
		    "in the future" : "old", (long long)freshness);
		return SHAKEN_E_STALE;
	}
	return SHAKEN_OK;
}

/* RFC 8224 section 6.1 step 3: iat and now inside the certificate's validity;
 * RFC 8226 section 9: a certificate for numbers signs for those alone. */
static enum shaken_err
check_credential(const struct shaken_signer *s,
    const struct shaken_sign_req *req, const struct shaken_id *scope,
    struct shaken_diag *diag)
{
	int64_t from, until;

	if (s->cert == NULL)
		return SHAKEN_OK;
	from = shaken_cert_not_before(s->cert);
	until = shaken_cert_not_after(s->cert);
	if (req->now > until || req->iat > until) {
		shk_diag(diag, "the signing certificate has expired");
		return SHAKEN_E_CREDENTIAL;
	}
	if (req->now < from || req->iat < from) {
		shk_diag(diag, "the signing certificate is not yet valid");
		return SHAKEN_E_CREDENTIAL;
	}
	if (shk_tnauthlist_covers(shk_cert_tnauthlist(s->cert), scope) ==
	    SHAKEN_FAIL) {
		shk_diag(diag, "%s %s is outside of the certificate's "
		    "TNAuthList", scope == req->orig ? "orig" : "div",
		    scope->text);
		return SHAKEN_E_CREDENTIAL;
	}
	return SHAKEN_OK;
}

/* Further claims, each in the form of section 9. */
static enum shaken_err
add_further(struct shk_claims *c, json_t *further, struct shaken_diag *diag)
{
	const char *name;
	json_t *v;
	enum shaken_err err;

	json_object_foreach(further, name, v) {
		err = shk_json_canonical(v,
		    shk_claims_add(c, shaken_sv_cstr(name)));
		if (err == SHAKEN_OK)
			continue;
		shk_diag(diag, "claim %.64s cannot be serialized: numbers must "
		    "be integers", name);
		return err;
	}
	return SHAKEN_OK;
}

static int
name_order(struct shaken_sv a, struct shaken_sv b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int d = memcmp(a.p, b.p, n);

	return d != 0 ? d : (a.n > b.n) - (a.n < b.n);
}

/* {"name":value,...} in code point order of the names; each name once. */
static enum shaken_err
put_payload(struct shk_claims *c, struct shk_buf *out,
    struct shaken_diag *diag)
{
	size_t order[SHK_CLAIMS_MAX];

	c->claim[c->n - 1].len = c->values.len - c->claim[c->n - 1].at;
	for (size_t i = 0; i < c->n; i++) {	/* a dozen at most: insertion */
		size_t at = i;

		for (; at > 0 && name_order(c->claim[order[at - 1]].name,
		    c->claim[i].name) > 0; at--)
			order[at] = order[at - 1];
		order[at] = i;
	}
	for (size_t i = 0; i < c->n; i++) {
		struct shaken_sv name = c->claim[order[i]].name;

		if (i > 0 && shk_sv_equal(c->claim[order[i - 1]].name, name)) {
			shk_diag(diag, "claim %.*s is given twice",
			    SHK_SV_ARG(name, 64));
			return SHAKEN_E_CLAIM;
		}
		shk_buf_add(out, i == 0 ? SHAKEN_SV_LIT("{") :
		    SHAKEN_SV_LIT(","));
		shk_json_add_string(out, name);
		SHK_BUF_LIT(out, ":");
		shk_buf_add(out, (struct shaken_sv){ c->values.p +
		    c->claim[order[i]].at, c->claim[order[i]].len });
	}
	SHK_BUF_LIT(out, "}");
	if (!c->full && !c->values.full && !out->full)
		return SHAKEN_OK;
	shk_diag(diag, "the claims are too long for a PASSporT");
	return SHAKEN_E_LIMIT;
}

static enum shaken_err
make_payload(const struct shaken_sign_req *req, const struct shk_ppt *ppt,
    struct shk_buf *payload, struct shaken_diag *diag)
{
	char values[SHK_PAYLOAD_MAX];
	struct shk_claims c;
	json_t *further = NULL;
	enum shaken_err err = SHAKEN_OK;

	c.n = 0;
	c.full = false;
	c.values = shk_buf_over(values, sizeof(values));
	if (req->claims.n > 0) {
		err = shk_json_parse(req->claims, &further, diag);
		if (err == SHAKEN_OK)
			err = shk_ppt_further(ppt, further, diag);
	}
	if (err == SHAKEN_OK)
		err = ppt->format(req, further, &c, diag);
	if (err == SHAKEN_OK) {
		add_dest(&c, req);
		put_int(shk_claims_add(&c, SHAKEN_SV_LIT("iat")), req->iat);
		add_orig(&c, req->orig);
		err = add_further(&c, further, diag);
	}
	if (err == SHAKEN_OK)
		err = put_payload(&c, payload, diag);
	json_decref(further);
	return err;
}

/* What came in as further claims is held against what a verifier will hold it
 * against: nothing is signed that would be refused. */
static enum shaken_err
check_payload(const struct shaken_signer *s, const struct shaken_sign_req *req,
    const struct shk_ppt *ppt, struct shaken_sv payload,
    struct shaken_diag *diag)
{
	const struct shaken_id *scope = req->orig;
	struct shaken_passport p;
	enum shaken_err err;

	if (req->claims.n == 0 && ppt->role == SHK_VOUCHES)
		return check_credential(s, req, scope, diag);
	err = shk_passport_from_payload(&p, payload);
	if (err == SHAKEN_E_JSON && diag != NULL)
		*diag = p.diag;
	if (err == SHAKEN_OK)
		err = shk_ppt_check(ppt, &p, diag);
	if (ppt->role == SHK_DIVERTS)
		scope = &p.div;
	if (err == SHAKEN_OK)
		err = check_credential(s, req, scope, diag);
	shk_passport_clear(&p);
	return err;
}

/* RFC 8226 section 8 binds the signer too: a verifier would refuse it. */
static enum shaken_err
check_constraints(const struct shaken_signer *s, struct shaken_sv payload,
    struct shaken_diag *diag)
{
	json_t *obj = NULL;
	enum shaken_err err;

	if (s->constraints == NULL)
		return SHAKEN_OK;
	err = shk_json_parse(payload, &obj, diag);
	if (err == SHAKEN_OK)
		err = shk_constraints_check(s->constraints, obj, diag);
	json_decref(obj);
	return err;
}

/* The signing input (RFC 7515 section 5.1): header, payload. */
static enum shaken_err
put_input(const struct shk_frame *frame, struct shaken_sv payload,
    struct shk_buf *out)
{
	shk_buf_add(out, frame->head);
	shk_b64url_encode(out, payload.p, payload.n);
	return out->full ? SHAKEN_E_LIMIT : SHAKEN_OK;
}

/* What stands behind it in the value. */
static enum shaken_err
put_signature(const struct shk_frame *frame,
    const uint8_t sig[SHAKEN_ES256_SIG], struct shk_buf *out)
{
	SHK_BUF_LIT(out, ".");
	shk_b64url_encode(out, sig, SHAKEN_ES256_SIG);
	if (!out->full && out->len > SHAKEN_TOKEN_MAX)
		return SHAKEN_E_LIMIT;
	shk_buf_add(out, frame->tail);
	return out->full ? SHAKEN_E_LIMIT : SHAKEN_OK;
}

/* Everything but the signature. */
static enum shaken_err
prepare(const struct shaken_signer *s, const struct shaken_sign_req *req,
    const struct shk_frame **frame, struct shk_buf *out,
    struct shaken_diag *diag)
{
	char storage[SHK_PAYLOAD_MAX];
	struct shk_buf payload = shk_buf_over(storage, sizeof(storage));
	const struct shk_ppt *ppt;
	enum shaken_err err;

	if (s == NULL || req == NULL || req->size < REQ_SIZE_V0 ||
	    out->p == NULL)
		return SHAKEN_E_ARG;
	ppt = shk_ppt_find(req->ppt);
	if (ppt == NULL) {
		shk_diag(diag, "ppt \"%.*s\" is not supported",
		    SHK_SV_ARG(req->ppt, 32));
		return SHAKEN_E_CLAIM;
	}
	*frame = &s->frame[shk_ppt_index(ppt)];
	err = check_base(req, diag);
	if (err == SHAKEN_OK)
		err = make_payload(req, ppt, &payload, diag);
	if (err == SHAKEN_OK)
		err = check_payload(s, req, ppt, shk_buf_view(&payload), diag);
	if (err == SHAKEN_OK)
		err = check_constraints(s, shk_buf_view(&payload), diag);
	return err != SHAKEN_OK ? err :
	    put_input(*frame, shk_buf_view(&payload), out);
}

/* What came of it. */
static enum shaken_err
conclude(enum shaken_err err, const struct shk_buf *out, size_t *len,
    struct shaken_diag *diag)
{
	if (err == SHAKEN_E_LIMIT && diag != NULL && diag->text[0] == '\0')
		shk_diag(diag, "the Identity value is longer than %zu bytes",
		    out->cap);
	*len = err == SHAKEN_OK ? out->len : 0;
	return err;
}

enum shaken_err
shaken_sign(const struct shaken_signer *s, const struct shaken_sign_req *req,
    char *out, size_t cap, size_t *len, struct shaken_diag *diag)
{
	struct shk_buf text = shk_buf_over(out, cap);
	uint8_t sig[SHAKEN_ES256_SIG];
	const struct shk_frame *frame;
	enum shaken_err err;

	shk_diag_clear(diag);
	if (len == NULL)
		return SHAKEN_E_ARG;
	err = prepare(s, req, &frame, &text, diag);
	if (err == SHAKEN_OK)
		err = s->ops.sign(s->ctx, shk_buf_view(&text), sig);
	if (err == SHAKEN_OK)
		err = put_signature(frame, sig, &text);
	return conclude(err, &text, len, diag);
}

enum shaken_err
shaken_sign_begin(const struct shaken_signer *s,
    const struct shaken_sign_req *req, char *out, size_t cap, size_t *len,
    struct shaken_diag *diag)
{
	struct shk_buf text = shk_buf_over(out, cap);
	const struct shk_frame *frame;

	shk_diag_clear(diag);
	if (len == NULL)
		return SHAKEN_E_ARG;
	return conclude(prepare(s, req, &frame, &text, diag), &text, len,
	    diag);
}

enum shaken_err
shaken_sign_finish(const struct shaken_signer *s, struct shaken_sv ppt,
    const uint8_t sig[SHAKEN_ES256_SIG], char *out, size_t cap, size_t *len,
    struct shaken_diag *diag)
{
	const struct shk_ppt *type = shk_ppt_find(ppt);
	struct shk_buf text = shk_buf_over(out, cap);

	shk_diag_clear(diag);
	if (len == NULL)
		return SHAKEN_E_ARG;
	if (s == NULL || type == NULL || sig == NULL || out == NULL ||
	    *len == 0 || *len > cap)
		return conclude(SHAKEN_E_ARG, &text, len, diag);
	text.len = *len;
	return conclude(put_signature(&s->frame[shk_ppt_index(type)], sig,
	    &text), &text, len, diag);
}
