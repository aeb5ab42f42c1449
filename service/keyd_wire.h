/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyd_wire.h - what shakend and its key process say to each other.
 *
 * One message is one packet of a SOCK_SEQPACKET pair, so it comes whole or not
 * at all.  shakend asks, the key process answers each message with one:
 *
 *	LOAD	a key to read		RESULT
 *	LOCK	no more are to come	RESULT
 *	SIGN	1 to SVC_WIRE_BATCH	SIGNED, as many, in the same order
 *
 * Both ends are the same program on one machine; even so each reads what comes
 * as if a stranger had sent it.  Numbers have two bytes, the low one first.
 */
#ifndef SVC_KEYD_WIRE_H
#define SVC_KEYD_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include <shaken/err.h>
#include <shaken/signer.h>
#include <shaken/view.h>

#define SVC_WIRE_MAX 65536	/* bytes in a message */
#define SVC_WIRE_BATCH 32	/* signatures asked for in one */

enum svc_wire { SVC_WIRE_LOAD = 1, SVC_WIRE_LOCK = 2, SVC_WIRE_SIGN = 3,
	SVC_WIRE_RESULT = 4, SVC_WIRE_SIGNED = 5 };

struct svc_wire_load {		/* a [key NAME], without its certificate */
	struct shaken_sv	name, path, x5u;
	bool			group_ok;
};

struct svc_wire_req {
	uint16_t		key;	/* in the order of LOAD, from 0 */
	struct shaken_sv	input;
};

struct svc_wire_sig {
	enum shaken_err		err;
	uint8_t			sig[SHAKEN_ES256_SIG]; /* when SHAKEN_OK */
};

/* Write a message.  Returns its length, 0 when it does not fit. */
size_t svc_wire_put_load(uint8_t *out, size_t cap,
    const struct svc_wire_load *load);
size_t svc_wire_put_lock(uint8_t *out, size_t cap);
/* ok, or else the reason, which is cut off where it does not fit. */
size_t svc_wire_put_result(uint8_t *out, size_t cap, bool ok,
    struct shaken_sv why);
/* As many as fit of the first *n, at most SVC_WIRE_BATCH: *n is then how many. */
size_t svc_wire_put_reqs(uint8_t *out, size_t cap,
    const struct svc_wire_req *reqs, size_t *n);
size_t svc_wire_put_sigs(uint8_t *out, size_t cap,
    const struct svc_wire_sig *sigs, size_t n);

/*
 * Read a message; views are into it.  False: it is not one of these, or not
 * wholly.  Arrays have SVC_WIRE_BATCH elements.
 */
bool svc_wire_get_load(struct shaken_sv msg, struct svc_wire_load *load);
bool svc_wire_get_lock(struct shaken_sv msg);
bool svc_wire_get_result(struct shaken_sv msg, bool *ok,
    struct shaken_sv *why);
bool svc_wire_get_reqs(struct shaken_sv msg, struct svc_wire_req *reqs,
    size_t *n);
bool svc_wire_get_sigs(struct shaken_sv msg, struct svc_wire_sig *sigs,
    size_t *n);

#endif
