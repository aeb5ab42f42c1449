/* SPDX-License-Identifier: Apache-2.0 */
/* keyd_jail.h - what the key process gives up before it answers. */
#ifndef SVC_KEYD_JAIL_H
#define SVC_KEYD_JAIL_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Before a key is read: no core dump, no debugger, no end but with shakend; and
 * private numbers of n_keys keys go to memory that is neither swapped nor
 * dumped, where the limits allow it.  False: why (static).
 */
bool svc_jail_prepare(size_t n_keys, const char **why);

/*
 * After the last was read, and all threads are there: from now on signing, and
 * answering on sockets that are open, is all that any of them can do.  Another
 * system call kills the process (SIGSYS).  False: why (static).
 */
bool svc_jail_enter(const char **why);

#endif
