/* SPDX-License-Identifier: Apache-2.0 */
/* keyd.c - private keys in a process of their own. */
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "keyd.h"
#include "keyd_main.h"
#include "keyd_proc.h"

struct slot {			/* what a signer has as ctx */
	struct svc_keyd	*keyd;
	uint16_t	 key;
};

struct svc_keyd {
	pthread_mutex_t	 lock;	/* of proc */
	struct svc_proc	*proc;	/* owned */
	struct slot	*slots;	/* owned; one a key */
};

void
svc_keyd_complain(const char *what, enum shaken_err err,
    const struct shaken_diag *why, FILE *diag)
{
	fprintf(diag, "%s %s\n", what, why->text[0] != '\0' ? why->text :
	    shaken_strerror((int)err));
}

bool
svc_keyd_ask(struct svc_keyd *k, size_t i, struct svc_ask *a)
{
	bool asked;

	a->req.key = k->slots[i].key;
	a->err = SHAKEN_E_CRYPTO;
	if (a->req.input.n > SVC_ASK_INPUT_MAX) {
		a->err = SHAKEN_E_LIMIT;
		return false;
	}
	pthread_mutex_lock(&k->lock); /* not adopted, and freed, meanwhile */
	asked = svc_proc_ask(k->proc, a);
	pthread_mutex_unlock(&k->lock);
	return asked;
}

static void
post(void *arg)
{
	sem_post(arg);
}

/* A signer's operation: for the probe; calls do not wait for theirs. */
static enum shaken_err
sign(void *ctx, struct shaken_sv msg, uint8_t sig[SHAKEN_ES256_SIG])
{
	const struct slot *slot = ctx;
	sem_t done;
	struct svc_ask a = { .req = { .input = msg }, .done = post,
		.arg = &done };

	sem_init(&done, 0, 0);
	if (svc_keyd_ask(slot->keyd, slot->key, &a))
		while (sem_wait(&done) != 0)
			;	/* EINTR */
	sem_destroy(&done);
	if (a.err == SHAKEN_OK)
		memcpy(sig, a.sig, sizeof(a.sig));
	return a.err;
}

struct shaken_signer *
svc_keyd_signer(struct svc_keyd *k, size_t i, const char *what,
    const struct shaken_signer_conf *conf, FILE *diag)
{
	static const struct shaken_signer_ops ops = { .size = sizeof(ops),
		.sign = sign };
	struct shaken_signer *s = NULL;
	struct shaken_diag why;
	enum shaken_err err = shaken_signer_new(&ops, &k->slots[i], conf, &s,
	    &why);

	if (err != SHAKEN_OK)
		svc_keyd_complain(what, err, &why, diag);
	return s;
}

/* Signing is half of the work of a request, so half of the processors. */
static size_t
lanes(const struct svc_conf *c)
{
	long n = c->keyd.threads > 0 ? c->keyd.threads :
	    (sysconf(_SC_NPROCESSORS_ONLN) + 1) / 2;

	return n < 1 ? 1 : n > SVC_KEYD_LANES_MAX ? SVC_KEYD_LANES_MAX :
	    (size_t)n;
}

/* All that is wrong is told at once. */
static bool
load(struct svc_proc *p, const struct svc_conf *c, FILE *diag)
{
	bool ok = true;

	for (size_t i = 0; i < c->n_keys; i++) {
		const struct svc_conf_key *key = &c->keys[i];
		const struct svc_wire_load l = {
			.name = shaken_sv_cstr(key->name),
			.path = shaken_sv_cstr(key->private_key),
			.x5u = shaken_sv_cstr(key->x5u),
			.group_ok = key->allow_group_readable };

		ok = svc_proc_load(p, &l, diag) && ok;
		if (!ok && !svc_proc_is_up(p))
			break;
	}
	return ok && svc_proc_lock(p, diag);
}

struct svc_keyd *
svc_keyd_new(const struct svc_conf *c, FILE *diag)
{
	struct svc_keyd *k = calloc(1, sizeof(*k));

	if (k != NULL)
		k->slots = calloc(c->n_keys, sizeof(*k->slots));
	if (k == NULL || k->slots == NULL || c->n_keys > UINT16_MAX) {
		fputs("[keyd] out of memory, or too many keys\n", diag);
		goto fail;
	}
	for (size_t i = 0; i < c->n_keys; i++)
		k->slots[i] = (struct slot){ k, (uint16_t)i };
	k->proc = svc_proc_spawn(lanes(c), c->n_keys, c->keyd.timeout_ms,
	    diag);
	if (k->proc == NULL)
		goto fail;
	if (!load(k->proc, c, diag)) {
		svc_proc_free(&k->proc);
		goto fail;
	}
	pthread_mutex_init(&k->lock, NULL);
	return k;
fail:
	if (k != NULL)
		free(k->slots);
	free(k);
	return NULL;
}

bool
svc_keyd_is_up(struct svc_keyd *k)
{
	bool up;

	pthread_mutex_lock(&k->lock);
	up = svc_proc_is_up(k->proc);
	pthread_mutex_unlock(&k->lock);
	return up;
}

void
svc_keyd_counts(struct svc_keyd *k, uint64_t *messages, uint64_t *signatures)
{
	pthread_mutex_lock(&k->lock);
	svc_proc_counts(k->proc, messages, signatures);
	pthread_mutex_unlock(&k->lock);
}

void
svc_keyd_adopt(struct svc_keyd *k, struct svc_keyd *fresh)
{
	struct svc_proc *old;

	pthread_mutex_lock(&k->lock);
	old = k->proc;
	k->proc = fresh->proc;
	pthread_mutex_unlock(&k->lock);
	fresh->proc = old; /* nobody else has fresh */
}

void
svc_keyd_free(struct svc_keyd **kp)
{
	struct svc_keyd *k = *kp;

	*kp = NULL;
	if (k == NULL)
		return;
	svc_proc_free(&k->proc);
	pthread_mutex_destroy(&k->lock);
	free(k->slots);
	free(k);
}
