/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyd_main.h - the key process: shakend, started by shakend as
 *
 *	shakend --role keyd LANES KEYS
 *
 * with LANES sockets from descriptor SVC_KEYD_FD on.  A lane is a thread here.
 */
#ifndef SVC_KEYD_MAIN_H
#define SVC_KEYD_MAIN_H

#include <stdbool.h>
#include <stddef.h>

struct shaken_signer;

#define SVC_KEYD_FD 3
#define SVC_KEYD_LANES_MAX 64

/* What the key process serves: immutable once it serves. */
struct svc_keyd_keys {
	struct shaken_signer	**v;	/* owned, n */
	size_t			  n, cap;
};

/* Until shakend closes its end, or says what it should not.  0 or an exit
 * status: never returns to what else main() does. */
int svc_keyd_main(int argc, char **argv);

/* Answer on one lane until its other end is closed (true) or a message is
 * wrong, or an answer cannot be sent (false). */
bool svc_keyd_serve(int fd, const struct svc_keyd_keys *keys);

#endif
