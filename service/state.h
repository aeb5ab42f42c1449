/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state.h - all that a reload replaces: keys, tenants, tokens, trust, verstat
 * table.  Loaded whole or not at all; immutable; a request keeps a reference to
 * the one it began with.
 */
#ifndef SVC_STATE_H
#define SVC_STATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <shaken/shaken.h>

#include "conf.h"
#include "log.h"
#include "slots.h"

#define SVC_SHA256 32

struct svc_key {
	const char		*name;	/* borrows from the configuration */
	struct shaken_signer	*signer; /* owned */
	char			*chain;	/* owned; PEM */
	size_t			 chain_len;
	int64_t			 not_before, not_after; /* of the leaf */
	unsigned		 slot;	/* of its counters */
};

struct svc_tenant {
	const char		*name;	/* borrows */
	const struct svc_conf_tenant *conf; /* borrows */
	uint8_t			(*tokens)[SVC_SHA256]; /* owned, n_tokens */
	size_t			 n_tokens;
	const struct svc_key	**keys;	/* owned, n_keys */
	size_t			 n_keys;
	unsigned		 attest; /* bit 0: A, 1: B, 2: C */
	uint8_t			 limit_key[SVC_SLOT_KEY];
	int64_t			 freshness_s;
};

struct svc_state {
	atomic_uint		 refs;
	struct svc_conf		*conf;	/* owned */
	struct svc_key		*keys;	/* owned, n_keys */
	size_t			 n_keys;
	struct svc_keyd		*keyd;	/* owned; NULL: keys are in memory */
	struct svc_tenant	*tenants; /* owned, n_tenants */
	size_t			 n_tenants;
	const struct svc_tenant	*anonymous; /* NULL: nobody is */
	struct shaken_trust	*trust;	/* owned reference */
	char			*jwt_key; /* owned; PEM, NULL: none */
	size_t			 jwt_key_len;
	enum shaken_verstat	 verstat[SHAKEN_CASES];
	unsigned		 verify_flags; /* enum shaken_verify_flags */
	size_t			 n_anchors;
	/* Of the CRL that was made first, and that ends first; 0: no CRL. */
	int64_t			 crl_this_update, crl_next_update;
};

/* Gives a key's name its counters; the same name, the same slot. */
typedef unsigned (*svc_slot_fn)(void *arg, const char *name);

/*
 * Make a state from a configuration.
 *
 *   conf	taken, also on failure
 *   slot	may be NULL
 *   diag	what is wrong, one line each
 *
 * Returns NULL when anything fails; else the caller owns one reference.
 */
struct svc_state *svc_state_load(struct svc_conf *conf, svc_slot_fn slot,
    void *arg, FILE *diag);
struct svc_state *svc_state_ref(struct svc_state *s);
void svc_state_unref(struct svc_state **s);

/* The parts, one file each: false after a line to diag. */
bool svc_load_keys(struct svc_state *s, svc_slot_fn slot, void *arg,
    FILE *diag);
bool svc_load_trust(struct svc_state *s, FILE *diag);
bool svc_load_jwt_key(struct svc_state *s, FILE *diag);

/*
 * A signer from a PEM file that only its owner may read (or its group, where
 * group_ok).  what: "[key NAME]", for lines to diag.  NULL after such a line.
 */
struct shaken_signer *svc_read_signer(const char *what, const char *path,
    bool group_ok, const struct shaken_signer_conf *conf, FILE *diag);

/* Start the key process of a state again, by who started the first.  False,
 * with nothing changed, after a line to diag. */
bool svc_restart_keyd(struct svc_state *s, FILE *diag);

/* Read a file of at most max bytes; secret: only its owner may read it (or its
 * group, where group_ok).  New, NUL-terminated, for OPENSSL_clear_free() or
 * free(); NULL after a line to diag that begins with what. */
char *svc_read_file(const char *what, const char *path, size_t max,
    bool secret, bool group_ok, size_t *len, FILE *diag);

/* Warn of every key that expires within days. */
void svc_state_warn(const struct svc_state *s, int64_t now,
    struct svc_log *log);

/* Whether calls can be signed, and verified, now; else why not (static). */
bool svc_state_can_sign(const struct svc_state *s, int64_t now,
    const char **why);
bool svc_state_can_verify(const struct svc_state *s, int64_t now,
    const char **why);

#endif
