/* SPDX-License-Identifier: Apache-2.0 */
/* load_keys.c - [key NAME] into signers, and the public key for JWTs. */
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/objects.h>
#include <openssl/pem.h>

#include "state.h"

#define KEY_FILE_MAX 16384	/* a P-256 key with a preamble has 400 bytes */

static bool
load_key(struct svc_key *k, const struct svc_conf_key *c, FILE *diag)
{
	struct shaken_signer_conf conf = { .size = sizeof(conf),
		.x5u = shaken_sv_cstr(c->x5u) };
	const struct shaken_cert *leaf;
	struct shaken_diag why;
	char what[80], *pem;
	enum shaken_err err;
	size_t len;

	k->name = c->name;
	snprintf(what, sizeof(what), "[key %s] certificate", c->name);
	k->chain = svc_read_file(what, c->certificate, SHAKEN_PEM_MAX, false,
	    false, &k->chain_len, diag);
	snprintf(what, sizeof(what), "[key %s] private_key", c->name);
	pem = k->chain == NULL ? NULL : svc_read_file(what, c->private_key,
	    KEY_FILE_MAX, true, c->allow_group_readable, &len, diag);
	if (pem == NULL)
		return false;
	conf.chain = (struct shaken_sv){ k->chain, k->chain_len };
	err = shaken_signer_from_pem((struct shaken_sv){ pem, len }, &conf,
	    &k->signer, &why);
	OPENSSL_cleanse(pem, len);
	free(pem);
	if (err != SHAKEN_OK) {
		fprintf(diag, "[key %s] %s\n", c->name, why.text[0] != '\0' ?
		    why.text : shaken_strerror((int)err));
		return false;
	}
	leaf = shaken_signer_cert(k->signer);
	k->not_before = shaken_cert_not_before(leaf);
	k->not_after = shaken_cert_not_after(leaf);
	return true;
}

bool
svc_load_keys(struct svc_state *s, svc_slot_fn slot, void *arg, FILE *diag)
{
	bool ok = true;

	if (s->conf->n_keys == 0)
		return true;
	s->keys = calloc(s->conf->n_keys, sizeof(*s->keys));
	if (s->keys == NULL) {
		fputs("out of memory\n", diag);
		return false;
	}
	s->n_keys = s->conf->n_keys;
	for (size_t i = 0; i < s->n_keys; i++) {
		ok = load_key(&s->keys[i], &s->conf->keys[i], diag) && ok;
		if (ok && slot != NULL)
			s->keys[i].slot = slot(arg, s->keys[i].name);
	}
	return ok;
}

/* ES256 wants P-256: libjwt would also take another curve's key. */
static bool
is_p256_public(const char *pem, size_t len)
{
	BIO *bio = BIO_new_mem_buf(pem, (int)len);
	EVP_PKEY *key = bio == NULL ? NULL :
	    PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	char group[32] = "";
	bool ok = key != NULL && EVP_PKEY_is_a(key, "EC") == 1 &&
	    EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) == 1 &&
	    OBJ_sn2nid(group) == NID_X9_62_prime256v1;

	EVP_PKEY_free(key);
	BIO_free(bio);
	ERR_clear_error();
	return ok;
}

bool
svc_load_jwt_key(struct svc_state *s, FILE *diag)
{
	const char *path = s->conf->auth.jwt_key;

	if (path == NULL)
		return true;
	s->jwt_key = svc_read_file("[auth] jwt_key", path, KEY_FILE_MAX, false,
	    false, &s->jwt_key_len, diag);
	if (s->jwt_key == NULL)
		return false;
	if (is_p256_public(s->jwt_key, s->jwt_key_len))
		return true;
	fprintf(diag, "[auth] jwt_key: %s: not a PEM public key on P-256\n",
	    path);
	return false;
}
