/* SPDX-License-Identifier: Apache-2.0 */
/* passport.c - a PASSporT taken apart (RFC 8225 sections 4, 5 and 9). */
#include <stdlib.h>

#include "b64url.h"
#include "diag.h"
#include "json.h"
#include "lex.h"
#include "passport.h"

/* Decode one part; its bytes go to *at, which moves on. */
static bool
decode_part(struct shaken_passport *p, struct shaken_sv part,
    const char *name, bool padding, char **at, struct shaken_sv *text)
{
	size_t n;

	if (shk_b64url_decode(part, padding, (uint8_t *)*at, part.n, &n) !=
	    SHAKEN_OK) {
		shk_diag(&p->diag, "%s is not base64url", name);
		return false;
	}
	*text = (struct shaken_sv){ *at, n };
	*at += n;
	return true;
}

static bool
scan_part(struct shaken_passport *p, struct shaken_sv text, const char *name,
    struct shk_member *wanted, size_t n, struct shk_buf *scratch)
{
	struct shaken_diag why;

	if (shk_scan_object(text, wanted, n, scratch, NULL, &why) == SHAKEN_OK)
		return true;
	shk_diag(&p->diag, "%s: %.200s", name, why.text);
	return false;
}

static struct shaken_sv
string_of(const struct shk_member *m)
{
	return m->type == SHK_JSON_STRING ? m->value :
	    (struct shaken_sv){ NULL, 0 };
}

static bool
read_header(struct shaken_passport *p, struct shk_buf *scratch)
{
	struct shk_member m[] = {
		{ .name = SHAKEN_SV_LIT("alg") },
		{ .name = SHAKEN_SV_LIT("ppt") },
		{ .name = SHAKEN_SV_LIT("typ") },
		{ .name = SHAKEN_SV_LIT("x5u") },
		{ .name = SHAKEN_SV_LIT("crit") },
	};

	if (!scan_part(p, p->header_json, "header", m, 5, scratch))
		return false;
	p->alg = string_of(&m[0]);
	p->ppt = string_of(&m[1]);
	p->has_ppt = m[1].type != SHK_JSON_ABSENT;
	p->typ = string_of(&m[2]);
	p->x5u = string_of(&m[3]);
	p->has_crit = m[4].type != SHK_JSON_ABSENT;
	return true;
}

/* NumericDate as RFC 8225 section 5.1.1 (erratum 5985) has it: an integer. */
static int64_t
read_iat(const struct shk_member *m)
{
	int64_t iat = 0;

	if (m->type != SHK_JSON_INTEGER || m->value.p[0] == '-')
		return -1;
	for (size_t i = 0; i < m->value.n; i++) {
		iat = iat * 10 + (m->value.p[i] - '0');
		if (iat > SHAKEN_IAT_MAX)
			return -1;
	}
	return iat;
}

static bool
read_id(const struct shk_member *m, bool is_uri, const char *country,
    struct shaken_id *out)
{
	if (m->type != SHK_JSON_STRING)
		return false;
	return (is_uri ? shaken_id_from_uri(m->value, country, out) :
	    shaken_id_from_tn(m->value, country, out)) == SHAKEN_OK;
}

/* The members tn and uri of orig or dest; false: it is no object. */
static bool
read_tn_uri(const struct shk_member *claim, struct shk_member m[2],
    struct shk_buf *scratch, size_t *count)
{
	m[0] = (struct shk_member){ .name = SHAKEN_SV_LIT("tn") };
	m[1] = (struct shk_member){ .name = SHAKEN_SV_LIT("uri") };
	return claim->type == SHK_JSON_OBJECT && shk_scan_object(claim->value,
	    m, 2, scratch, count, NULL) == SHAKEN_OK;
}

/* Exactly one member, tn or uri (section 5.2.1). */
static void
read_orig(struct shaken_passport *p, const char *country,
    struct shk_buf *scratch)
{
	struct shk_member m[2];
	size_t n;

	if (!read_tn_uri(&p->claim[SHK_CLAIM_ORIG], m, scratch, &n) || n != 1)
		return;
	if (!read_id(&m[0], false, country, &p->orig) &&
	    !read_id(&m[1], true, country, &p->orig))
		p->orig = (struct shaken_id){ 0 };
}

/* Too many to be read, as is what is neither an array nor, where
 * SHAKEN_DECODE_DEST_STRING lets it, a string. */
#define UNREADABLE (SHAKEN_DEST_MAX + 1)

/* How many elements list has. */
static size_t
count_dest(const struct shk_member *list, unsigned flags,
    struct shk_buf *scratch)
{
	struct shaken_sv rest = list->value;
	struct shk_member e;
	size_t n = 0;

	if (list->type == SHK_JSON_ABSENT)
		return 0;
	if (list->type == SHK_JSON_STRING &&
	    (flags & SHAKEN_DECODE_DEST_STRING) != 0)
		return 1;
	if (list->type != SHK_JSON_ARRAY)
		return UNREADABLE;
	while (n < UNREADABLE && shk_scan_next(&rest, &e, scratch))
		n++;
	return n;
}

static void
read_dest_list(struct shaken_passport *p, const struct shk_member *list,
    size_t n, bool is_uri, const char *country, struct shk_buf *scratch)
{
	struct shaken_sv rest = list->value;
	struct shk_member e = *list;

	for (size_t i = 0; i < n; i++) {
		if (list->type == SHK_JSON_ARRAY)
			(void)shk_scan_next(&rest, &e, scratch);
		if (read_id(&e, is_uri, country, &p->dest[p->n_dest]))
			p->n_dest++;
	}
}

static enum shaken_err
read_dest(struct shaken_passport *p, unsigned flags, const char *country,
    struct shk_buf *scratch)
{
	struct shk_member m[2];
	size_t n_tn, n_uri;

	if (!read_tn_uri(&p->claim[SHK_CLAIM_DEST], m, scratch, NULL))
		return SHAKEN_OK; /* none readable: check_claims() says so */
	n_tn = count_dest(&m[0], flags, scratch);
	n_uri = count_dest(&m[1], flags, scratch);
	if (n_tn + n_uri == 0 || n_tn + n_uri > SHAKEN_DEST_MAX)
		return SHAKEN_OK;
	p->dest = calloc(n_tn + n_uri, sizeof(*p->dest));
	if (p->dest == NULL)
		return SHAKEN_E_NOMEM;
	read_dest_list(p, &m[0], n_tn, false, country, scratch);
	read_dest_list(p, &m[1], n_uri, true, country, scratch);
	if (p->n_dest < n_tn + n_uri)	/* all of them, or none */
		p->n_dest = 0;
	return SHAKEN_OK;
}

/* "1.2.1": the index of RFC 7044 section 5, as RFC 8946 section 8 has it. */
static bool
is_history_index(const struct shk_member *m)
{
	bool digit = false;

	if (m->type != SHK_JSON_STRING)
		return false;
	for (size_t i = 0; i < m->value.n; i++) {
		if (!shk_is_digit(m->value.p[i]) &&
		    (m->value.p[i] != '.' || !digit))
			return false;
		digit = m->value.p[i] != '.';
	}
	return digit;
}

/* One tn or one uri, not in arrays, beside whatever else (RFC 8946 section
 * 3). */
static void
read_div(struct shaken_passport *p, const char *country,
    struct shk_buf *scratch)
{
	const struct shk_member *claim = &p->claim[SHK_CLAIM_DIV];
	struct shk_member m[] = {
		{ .name = SHAKEN_SV_LIT("tn") },
		{ .name = SHAKEN_SV_LIT("uri") },
		{ .name = SHAKEN_SV_LIT("hi") },
	};
	bool is_uri;

	if (claim->type != SHK_JSON_OBJECT || shk_scan_object(claim->value, m,
	    3, scratch, NULL, NULL) != SHAKEN_OK)
		return;
	is_uri = m[1].type != SHK_JSON_ABSENT;
	if (is_uri == (m[0].type != SHK_JSON_ABSENT) ||
	    (m[2].type != SHK_JSON_ABSENT && !is_history_index(&m[2])))
		return;
	if (!read_id(&m[is_uri], is_uri, country, &p->div))
		p->div = (struct shaken_id){ 0 };
}

static bool
scan_payload(struct shaken_passport *p, struct shk_buf *scratch)
{
	static const struct shaken_sv names[SHK_CLAIMS] = {
		[SHK_CLAIM_ATTEST] = { "attest", 6 },
		[SHK_CLAIM_DEST] = { "dest", 4 },
		[SHK_CLAIM_IAT] = { "iat", 3 },
		[SHK_CLAIM_ORIG] = { "orig", 4 },
		[SHK_CLAIM_ORIGID] = { "origid", 6 },
		[SHK_CLAIM_MKY] = { "mky", 3 },
		[SHK_CLAIM_DIV] = { "div", 3 },
		[SHK_CLAIM_OPT] = { "opt", 3 },
		[SHK_CLAIM_RPH] = { "rph", 3 },
		[SHK_CLAIM_SPH] = { "sph", 3 },
		[SHK_CLAIM_RCD] = { "rcd", 3 },
		[SHK_CLAIM_RCDI] = { "rcdi", 4 },
		[SHK_CLAIM_CRN] = { "crn", 3 },
		[SHK_CLAIM_MSGI] = { "msgi", 4 },
	};

	for (size_t i = 0; i < SHK_CLAIMS; i++)
		p->claim[i].name = names[i];
	return scan_part(p, p->payload_json, "payload", p->claim, SHK_CLAIMS,
	    scratch);
}

static enum shaken_err
read_claims(struct shaken_passport *p, unsigned flags, const char *country,
    struct shk_buf *scratch)
{
	p->attest = string_of(&p->claim[SHK_CLAIM_ATTEST]);
	p->origid = string_of(&p->claim[SHK_CLAIM_ORIGID]);
	p->iat = read_iat(&p->claim[SHK_CLAIM_IAT]);
	read_orig(p, country, scratch);
	read_div(p, country, scratch);
	return read_dest(p, flags, country, scratch);
}

/* A signature of a wrong length is kept as a length: it says what it is (70 to
 * 72 bytes: DER), and verify.c refuses it in its turn. */
static bool
decode_signature(struct shaken_passport *p, bool padding, char *at)
{
	struct shaken_sv bytes;

	if (!decode_part(p, p->jws.signature, "signature", padding, &at,
	    &bytes))
		return false;
	p->sig_len = bytes.n;
	if (bytes.n == SHAKEN_ES256_SIG)
		memcpy(p->sig, bytes.p, SHAKEN_ES256_SIG);
	return true;
}

static enum shaken_err
new_scratch(struct shaken_passport *p, struct shk_buf *scratch)
{
	size_t n = shk_scan_scratch(p->header_json) +
	    shk_scan_scratch(p->payload_json);

	*scratch = shk_buf_over(NULL, 0);
	if (n == 0)
		return SHAKEN_OK;
	p->scratch = malloc(n);
	if (p->scratch == NULL)
		return SHAKEN_E_NOMEM;
	*scratch = shk_buf_over(p->scratch, n);
	return SHAKEN_OK;
}

enum shaken_err
shk_passport_decode(struct shaken_passport *p, struct shaken_sv token,
    unsigned flags, const char *country)
{
	bool padding = (flags & SHAKEN_DECODE_PADDING) != 0, has_payload;
	struct shk_buf scratch;
	enum shaken_err err;
	char *at;

	*p = (struct shaken_passport){ .iat = -1 };
	if (shk_jws_split(token, &p->jws, &p->diag) != SHAKEN_OK)
		return SHAKEN_OK;
	at = p->bytes = malloc(token.n);
	if (at == NULL)
		return SHAKEN_E_NOMEM;
	if (!decode_signature(p, padding, at) || !decode_part(p,
	    p->jws.header, "header", padding, &at, &p->header_json))
		return SHAKEN_OK;
	has_payload = decode_part(p, p->jws.payload, "payload", padding, &at,
	    &p->payload_json);
	err = new_scratch(p, &scratch);
	if (err != SHAKEN_OK)
		return err;

	p->decoded = SHK_DECODED_PARTS;
	if (!read_header(p, &scratch))
		return SHAKEN_OK;
	p->decoded = SHK_DECODED_HEADER;
	if (!has_payload || !scan_payload(p, &scratch))
		return SHAKEN_OK;
	p->decoded = SHK_DECODED_ALL;
	return read_claims(p, flags, country, &scratch);
}

enum shaken_err
shk_passport_from_payload(struct shaken_passport *p, struct shaken_sv payload)
{
	struct shk_buf scratch;
	enum shaken_err err;

	*p = (struct shaken_passport){ .iat = -1, .payload_json = payload };
	err = new_scratch(p, &scratch);
	if (err != SHAKEN_OK)
		return err;
	if (!scan_payload(p, &scratch))
		return SHAKEN_E_JSON;
	p->decoded = SHK_DECODED_ALL;
	return read_claims(p, 0, NULL, &scratch);
}

bool
shk_passport_has_dest(const struct shaken_passport *p,
    const struct shaken_id *id)
{
	for (size_t i = 0; i < p->n_dest; i++)
		if (shaken_id_equal(&p->dest[i], id))
			return true;
	return false;
}

void
shk_passport_clear(struct shaken_passport *p)
{
	free(p->dest);
	free(p->scratch);
	free(p->bytes);
	*p = (struct shaken_passport){ .iat = -1 };
}

enum shaken_err
shk_passport_check_claims(const struct shaken_passport *p,
    struct shaken_diag *diag)
{
	static const struct {
		enum shk_claim claim;
		const char *name, *form;
	} base[] = {
		{ SHK_CLAIM_IAT, "iat", "an integer of seconds" },
		{ SHK_CLAIM_ORIG, "orig", "one tn or one uri" },
		{ SHK_CLAIM_DEST, "dest",
		    "arrays of tn or uri with 1 to 64 entries" },
	};
	const bool readable[] = { p->iat >= 0, p->orig.kind != SHAKEN_ID_NONE,
		p->n_dest > 0 };

	for (size_t i = 0; i < 3; i++) {
		if (readable[i])
			continue;
		if (p->claim[base[i].claim].type == SHK_JSON_ABSENT)
			shk_diag(diag, "claim %s is missing", base[i].name);
		else
			shk_diag(diag, "claim %s is not %s", base[i].name,
			    base[i].form);
		return SHAKEN_E_CLAIM;
	}
	return SHAKEN_OK;
}

bool
shk_is_uuid(struct shaken_sv s)
{
	if (s.n != SHAKEN_UUID_LEN - 1)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
		    (c >= 'A' && c <= 'F');

		if (dash ? c != '-' : !hex)
			return false;
	}
	return true;
}

void
shaken_uuid(const uint8_t random[16], char out[SHAKEN_UUID_LEN])
{
	static const char hex[] = "0123456789abcdef";
	size_t at = 0;

	for (size_t i = 0; i < 16; i++) {
		uint8_t b = random[i];

		if (i == 6)
			b = (uint8_t)((b & 0x0f) | 0x40); /* version 4 */
		if (i == 8)
			b = (uint8_t)((b & 0x3f) | 0x80); /* RFC 4122 variant */
		if (i == 4 || i == 6 || i == 8 || i == 10)
			out[at++] = '-';
		out[at++] = hex[b >> 4];
		out[at++] = hex[b & 15];
	}
	out[at] = '\0';
}

enum shaken_err
shaken_passport_decode(struct shaken_sv token, unsigned flags,
    struct shaken_passport **out, struct shaken_diag *diag)
{
	struct shaken_passport *p = NULL;
	enum shaken_err err;
	char *copy = NULL;

	shk_diag_clear(diag);
	if (out == NULL)
		return SHAKEN_E_ARG;
	*out = NULL;
	if ((token.p == NULL && token.n != 0) || (flags &
	    ~(unsigned)(SHAKEN_DECODE_PADDING | SHAKEN_DECODE_DEST_STRING)) != 0)
		return SHAKEN_E_ARG;
	if (token.n > SHAKEN_TOKEN_MAX) {
		shk_diag(diag, "token has %zu bytes, %d allowed", token.n,
		    SHAKEN_TOKEN_MAX);
		return SHAKEN_E_LIMIT;
	}
	p = calloc(1, sizeof(*p));
	copy = malloc(token.n + 1);
	if (p == NULL || copy == NULL) {
		err = SHAKEN_E_NOMEM;
		goto out;
	}
	if (token.n > 0)
		memcpy(copy, token.p, token.n);
	err = shk_passport_decode(p, (struct shaken_sv){ copy, token.n }, flags,
	    NULL);
	if (err == SHAKEN_OK && p->decoded != SHK_DECODED_ALL) {
		if (diag != NULL)
			*diag = p->diag;
		err = p->decoded == SHK_DECODED_NOTHING ? SHAKEN_E_SYNTAX :
		    SHAKEN_E_JSON;
	}
	if (err != SHAKEN_OK)
		goto out;
	p->token = copy;
	copy = NULL;
	*out = p;
	p = NULL;
out:
	if (p != NULL)
		shk_passport_clear(p);
	free(p);
	free(copy);
	return err;
}

void
shaken_passport_free(struct shaken_passport **pp)
{
	struct shaken_passport *p;

	if (pp == NULL || (p = *pp) == NULL)
		return;
	*pp = NULL;
	free(p->token);
	shk_passport_clear(p);
	free(p);
}

struct shaken_sv
shaken_passport_header(const struct shaken_passport *p)
{
	return p->header_json;
}

struct shaken_sv
shaken_passport_payload(const struct shaken_passport *p)
{
	return p->payload_json;
}

struct shaken_sv
shaken_passport_alg(const struct shaken_passport *p)
{
	return p->alg;
}

struct shaken_sv
shaken_passport_typ(const struct shaken_passport *p)
{
	return p->typ;
}

struct shaken_sv
shaken_passport_ppt(const struct shaken_passport *p)
{
	return p->ppt;
}

struct shaken_sv
shaken_passport_x5u(const struct shaken_passport *p)
{
	return p->x5u;
}

struct shaken_sv
shaken_passport_attest(const struct shaken_passport *p)
{
	return p->attest;
}

struct shaken_sv
shaken_passport_origid(const struct shaken_passport *p)
{
	return p->origid;
}

int64_t
shaken_passport_iat(const struct shaken_passport *p)
{
	return p->iat;
}

const struct shaken_id *
shaken_passport_orig(const struct shaken_passport *p)
{
	return &p->orig;
}

const struct shaken_id *
shaken_passport_div(const struct shaken_passport *p)
{
	return &p->div;
}

size_t
shaken_passport_n_dest(const struct shaken_passport *p)
{
	return p->n_dest;
}

const struct shaken_id *
shaken_passport_dest(const struct shaken_passport *p, size_t i)
{
	return i < p->n_dest ? &p->dest[i] : NULL;
}

/* Whether text is its own serialization, byte for byte. */
static bool
is_canonical(struct shaken_sv text)
{
	char *p = malloc(text.n + 1);
	json_t *obj = NULL;
	struct shk_buf b = shk_buf_over(p, text.n);
	bool same = p != NULL &&
	    shk_json_parse(text, &obj, NULL) == SHAKEN_OK &&
	    shk_json_canonical(obj, &b) == SHAKEN_OK && !b.full &&
	    shk_sv_equal(shk_buf_view(&b), text);

	json_decref(obj);
	free(p);
	return same;
}

bool
shaken_passport_is_canonical(const struct shaken_passport *p)
{
	return is_canonical(p->header_json) && is_canonical(p->payload_json);
}
