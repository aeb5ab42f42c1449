/* SPDX-License-Identifier: Apache-2.0 */
/* signer.c - a provider's signing key with its certificate and x5u. */
#include <stdlib.h>

#include "b64url.h"
#include "cert.h"
#include "diag.h"
#include "es256.h"
#include "json.h"
#include "lex.h"
#include "signer.h"
#include "uri.h"

/* Sizes of release 0.1; a caller of a later one may bring more. */
#define OPS_SIZE_V0 \
	(offsetof(struct shaken_signer_ops, free) + sizeof(void (*)(void *)))
#define CONF_SIZE_V0 \
	(offsetof(struct shaken_signer_conf, chain) + sizeof(struct shaken_sv))

/* A header is 62 bytes and the x5u, a tail 22 and the x5u. */
#define HEADER_MAX(n) ((n) + 128)
#define FRAME_MAX(n) (SHK_B64URL_LEN(HEADER_MAX(n)) + 1 + (n) + 64)

/* RFC 8225 section 9: members in order of their names, no white space. */
static void
put_header(struct shk_buf *b, struct shaken_sv ppt, struct shaken_sv x5u)
{
	SHK_BUF_LIT(b, "{\"alg\":\"ES256\"");
	if (ppt.n > 0) {
		SHK_BUF_LIT(b, ",\"ppt\":");
		shk_json_add_string(b, ppt);
	}
	SHK_BUF_LIT(b, ",\"typ\":\"passport\",\"x5u\":");
	shk_json_add_string(b, x5u);
	SHK_BUF_LIT(b, "}");
}

/* RFC 8224 section 4. */
static void
put_tail(struct shk_buf *b, struct shaken_sv ppt, struct shaken_sv x5u)
{
	SHK_BUF_LIT(b, ";info=<");
	shk_buf_add(b, x5u);
	SHK_BUF_LIT(b, ">;alg=ES256");
	if (ppt.n > 0) {
		SHK_BUF_LIT(b, ";ppt=");
		shk_buf_add(b, ppt);
	}
}

/* Lay out x5u and a frame for each type in one allocation. */
static enum shaken_err
make_frames(struct shaken_signer *s, struct shaken_sv x5u)
{
	const size_t cap = x5u.n + SHK_PPTS * FRAME_MAX(x5u.n);
	char header[HEADER_MAX(SHK_X5U_MAX)];
	struct shk_buf text;

	s->text = malloc(cap);
	if (s->text == NULL)
		return SHAKEN_E_NOMEM;
	text = shk_buf_over(s->text, cap);
	shk_buf_add(&text, x5u);
	s->x5u = shk_buf_view(&text);
	for (size_t i = 0; i < SHK_PPTS; i++) {
		struct shaken_sv ppt = shk_ppt_at(i)->name;
		struct shk_buf h = shk_buf_over(header, sizeof(header));
		size_t at = text.len;

		put_header(&h, ppt, s->x5u);
		shk_b64url_encode(&text, h.p, h.len);
		SHK_BUF_LIT(&text, ".");
		s->frame[i].head = (struct shaken_sv){ text.p + at,
		    text.len - at };
		at = text.len;
		put_tail(&text, ppt, s->x5u);
		s->frame[i].tail = (struct shaken_sv){ text.p + at,
		    text.len - at };
		if (h.full)
			return SHAKEN_E_LIMIT;
	}
	return text.full ? SHAKEN_E_LIMIT : SHAKEN_OK;
}

/* No signing input: it has no dot. */
#define PROBE SHAKEN_SV_LIT("shaken probe")

/* Sign and verify, rather than compare keys: ops may not show its public one. */
static enum shaken_err
probe(struct shaken_signer *s, EVP_PKEY *leaf_key, struct shaken_diag *diag)
{
	uint8_t sig[SHAKEN_ES256_SIG];
	struct shk_es256 *leaf = NULL;
	bool good = false;
	enum shaken_err err;

	err = shk_es256_new(leaf_key, &leaf);
	if (err != SHAKEN_OK) {
		if (err == SHAKEN_E_KEY) {
			shk_diag(diag, "the certificate's key is not on P-256");
			err = SHAKEN_E_CERT;
		}
		return err;
	}
	err = s->ops.sign(s->ctx, PROBE, sig);
	if (err == SHAKEN_OK)
		err = shk_es256_verify(leaf, PROBE, sig, &good);
	if (err == SHAKEN_OK && !good) {
		shk_diag(diag, "the private key is not that of certificate "
		    "%.*s", SHK_SV_ARG(shaken_cert_subject(s->cert), 160));
		err = SHAKEN_E_MISMATCH;
	}
	shk_es256_free(&leaf);
	return err;
}

static enum shaken_err
load_chain(struct shaken_signer *s, struct shaken_sv chain,
    struct shaken_diag *diag)
{
	enum shaken_err err;

	if (chain.n == 0)
		return SHAKEN_OK;
	err = shaken_cert_parse(chain, &s->cert, diag);
	if (err != SHAKEN_OK)
		return err;
	if (shaken_cert_is_ca(s->cert)) {
		shk_diag(diag, "the first certificate of the chain is a CA: "
		    "put the leaf first");
		return SHAKEN_E_CERT;
	}
	err = shk_constraints_read(shk_cert_x509(s->cert), &s->constraints,
	    diag);
	if (err != SHAKEN_OK)
		return err;
	return probe(s, X509_get0_pubkey(shk_cert_x509(s->cert)), diag);
}

enum shaken_err
shaken_signer_new(const struct shaken_signer_ops *ops, void *ctx,
    const struct shaken_signer_conf *conf, struct shaken_signer **out,
    struct shaken_diag *diag)
{
	struct shaken_signer *s;
	enum shaken_err err;

	shk_diag_clear(diag);
	if (out == NULL)
		return SHAKEN_E_ARG;
	*out = NULL;
	if (ops == NULL || ops->size < OPS_SIZE_V0 || ops->sign == NULL ||
	    conf == NULL || conf->size < CONF_SIZE_V0)
		return SHAKEN_E_ARG;
	err = shk_uri_check_x5u(conf->x5u, false, diag);
	if (err != SHAKEN_OK)
		return err;

	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return SHAKEN_E_NOMEM;
	s->ops = *ops;
	s->ctx = ctx;
	err = make_frames(s, conf->x5u);
	if (err == SHAKEN_OK)
		err = load_chain(s, conf->chain, diag);
	if (err != SHAKEN_OK) {
		s->ops.free = NULL; /* ctx stays the caller's */
		shaken_signer_free(&s);
		return err;
	}
	*out = s;
	return SHAKEN_OK;
}

static enum shaken_err
pem_sign(void *ctx, struct shaken_sv msg, uint8_t sig[SHAKEN_ES256_SIG])
{
	return shk_es256_sign(ctx, msg, sig);
}

static void
pem_free(void *ctx)
{
	struct shk_es256 *key = ctx;

	shk_es256_free(&key);
}

enum shaken_err
shaken_signer_from_pem(struct shaken_sv pem,
    const struct shaken_signer_conf *conf, struct shaken_signer **out,
    struct shaken_diag *diag)
{
	static const struct shaken_signer_ops ops = {
		.size = sizeof(ops),
		.sign = pem_sign,
		.free = pem_free,
	};
	struct shk_es256 *key = NULL;
	enum shaken_err err;

	shk_diag_clear(diag);
	if (out == NULL)
		return SHAKEN_E_ARG;
	*out = NULL;
	err = shk_es256_from_pem(pem, &key);
	if (err != SHAKEN_OK) {
		if (err == SHAKEN_E_KEY)
			shk_diag(diag, "not an unencrypted private key on P-256");
		return err;
	}
	err = shaken_signer_new(&ops, key, conf, out, diag);
	if (err != SHAKEN_OK)
		shk_es256_free(&key);
	return err;
}

/* Not empty, and base64url without padding. */
static bool
is_payload(struct shaken_sv in)
{
	for (size_t i = 0; i < in.n; i++)
		if (!shk_is_alnum(in.p[i]) && in.p[i] != '-' && in.p[i] != '_')
			return false;
	return in.n > 0;
}

static bool
is_input(const struct shaken_signer *s, struct shaken_sv in)
{
	for (size_t i = 0; i < SHK_PPTS; i++) {
		struct shaken_sv rest = in, head = s->frame[i].head;

		if (in.n <= head.n || memcmp(in.p, head.p, head.n) != 0)
			continue;
		shk_skip(&rest, head.n);
		return is_payload(rest);
	}
	return shk_sv_equal(in, PROBE);
}

enum shaken_err
shaken_signer_sign_input(const struct shaken_signer *s, struct shaken_sv input,
    uint8_t sig[SHAKEN_ES256_SIG])
{
	if (s == NULL || sig == NULL || (input.p == NULL && input.n > 0))
		return SHAKEN_E_ARG;
	return is_input(s, input) ? s->ops.sign(s->ctx, input, sig) :
	    SHAKEN_E_SYNTAX;
}

const struct shaken_cert *
shaken_signer_cert(const struct shaken_signer *s)
{
	return s->cert;
}

struct shaken_sv
shaken_signer_x5u(const struct shaken_signer *s)
{
	return s->x5u;
}

void
shaken_signer_free(struct shaken_signer **sp)
{
	struct shaken_signer *s;

	if (sp == NULL || (s = *sp) == NULL)
		return;
	*sp = NULL;
	if (s->ops.free != NULL)
		s->ops.free(s->ctx);
	shk_constraints_free(&s->constraints);
	shaken_cert_free(&s->cert);
	free(s->text);
	free(s);
}
