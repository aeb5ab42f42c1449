/* SPDX-License-Identifier: Apache-2.0 */
/* notify.h - what systemd is told and tells: sd_notify(3), sd_listen_fds(3). */
#ifndef SVC_NOTIFY_H
#define SVC_NOTIFY_H

#include <stddef.h>

/* Send "READY=1" and the like to $NOTIFY_SOCKET; nothing happens without it. */
void svc_notify(const char *text);

/* The sockets that were passed to this process: the first one, and how many.
 * 0: none. */
size_t svc_listen_fds(int *first);

#endif
