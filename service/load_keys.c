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

#include "keyd.h"
#include "state.h"

#define KEY_FILE_MAX 16384	/* a P-256 key with a preamble has 400 bytes */

struct shaken_signer *
svc_read_signer(const char *what, const char *path, bool group_ok,
    const struct shaken_signer_conf *conf, FILE *diag)
{
	struct shaken_signer *signer = NULL;
	struct shaken_diag why;
	enum shaken_err err;
	char text[96], *pem;
	size_t len;

	snprintf(text, sizeof(text), "%s private_key", what);
	pem = svc_read_file(text, path, KEY_FILE_MAX, true, group_ok, &len,
	    diag);
	if (pem == NULL)
		return NULL;
	err = shaken_signer_from_pem((struct shaken_sv){ pem, len }, conf,
	    &signer, &why);
	OPENSSL_cleanse(pem, len);
	free(pem);
	if (err != SHAKEN_OK)
		svc_keyd_complain(what, err, &why, diag);
	return signer;
}

/* The signer of a key whose chain was read: here, or at the key process. */
static struct shaken_signer *
make_signer(struct svc_keyd *keyd, const struct svc_state *s, size_t i,
    FILE *diag)
{
	const struct svc_conf_key *c = &s->conf->keys[i];
	const struct svc_key *k = &s->keys[i];
	const struct shaken_signer_conf conf = { .size = sizeof(conf),
		.x5u = shaken_sv_cstr(c->x5u),
		.chain = { k->chain, k->chain_len } };
	char what[64];

	snprintf(what, sizeof(what), "[key %s]", c->name);
	return keyd != NULL ? svc_keyd_signer(keyd, i, what, &conf, diag) :
	    svc_read_signer(what, c->private_key, c->allow_group_readable,
	    &conf, diag);
}

static bool
load_key(struct svc_state *s, size_t i, FILE *diag)
{
	const struct svc_conf_key *c = &s->conf->keys[i];
	struct svc_key *k = &s->keys[i];
	const struct shaken_cert *leaf;
	char what[80];

	k->name = c->name;
	snprintf(what, sizeof(what), "[key %s] certificate", c->name);
	k->chain = svc_read_file(what, c->certificate, SHAKEN_PEM_MAX, false,
	    false, &k->chain_len, diag);
	if (k->chain == NULL)
		return false;
	k->signer = make_signer(s->keyd, s, i, diag);
	if (k->signer == NULL)
		return false;
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
	if (s->conf->keyd.enable) {
		s->keyd = svc_keyd_new(s->conf, diag);
		if (s->keyd == NULL)
			return false;
	}
	for (size_t i = 0; i < s->n_keys; i++) {
		ok = load_key(s, i, diag) && ok;
		if (ok && slot != NULL)
			s->keys[i].slot = slot(arg, s->keys[i].name);
	}
	return ok;
}

/* The files may hold other keys by now: each must still be its certificate's
 * before one call is signed with it. */
bool
svc_restart_keyd(struct svc_state *s, FILE *diag)
{
	struct svc_keyd *fresh = svc_keyd_new(s->conf, diag);
	bool ok = fresh != NULL;

	for (size_t i = 0; i < s->n_keys && ok; i++) {
		struct shaken_signer *probe = make_signer(fresh, s, i, diag);

		ok = probe != NULL;
		shaken_signer_free(&probe);
	}
	if (ok)
		svc_keyd_adopt(s->keyd, fresh);
	svc_keyd_free(&fresh);
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
