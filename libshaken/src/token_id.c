/* SPDX-License-Identifier: Apache-2.0 */
/* token_id.c - what tells one token from another, however it is spelt (RFC 8224
 * section 12.1). */
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "es256.h"
#include "token_id.h"

/* Texts end with their NUL, so that none can run into the next. */
static bool
add_id(EVP_MD_CTX *md, const struct shaken_id *id)
{
	return EVP_DigestUpdate(md, id->text, id->len + 1) == 1;
}

static bool
add_claims(EVP_MD_CTX *md, const struct shaken_passport *p)
{
	bool ok = add_id(md, &p->orig);

	for (size_t i = 0; ok && i < p->n_dest; i++)
		ok = add_id(md, &p->dest[i]);
	return ok && EVP_DigestUpdate(md, &p->iat, sizeof(p->iat)) == 1 &&
	    EVP_DigestUpdate(md, p->origid.n == 0 ? "" : p->origid.p,
	    p->origid.n) == 1;
}

enum shaken_err
shk_token_id(const struct shaken_passport *p, uint8_t id[SHAKEN_TOKEN_ID])
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	uint8_t sig[SHAKEN_ES256_SIG];
	bool ok;

	memcpy(sig, p->sig, sizeof(sig));
	shk_es256_lower_s(sig);
	ok = md != NULL && EVP_DigestInit_ex2(md, EVP_sha256(), NULL) == 1 &&
	    add_claims(md, p) && EVP_DigestUpdate(md, sig, sizeof(sig)) == 1 &&
	    EVP_DigestFinal_ex(md, id, NULL) == 1;
	EVP_MD_CTX_free(md);
	if (!ok)
		ERR_clear_error(); /* leave no stale entry in this thread's queue */
	return ok ? SHAKEN_OK : SHAKEN_E_NOMEM;
}
