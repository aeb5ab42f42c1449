/* SPDX-License-Identifier: Apache-2.0 */
/* addr.h - where to listen, and the sockets for it. */
#ifndef SVC_ADDR_H
#define SVC_ADDR_H

#include <stdbool.h>
#include <stddef.h>

#include <sys/socket.h>

struct svc_addr {
	struct sockaddr_storage	ss;
	socklen_t		len;
};

#define SVC_ADDR_TEXT 64	/* "[ipv6%scope]:port" */

/* "127.0.0.1:8080", "[::1]:8080"; numeric only.  False: malformed. */
bool svc_addr_parse(const char *text, struct svc_addr *out);
void svc_addr_format(const struct svc_addr *a, char out[SVC_ADDR_TEXT]);
/* 127.0.0.0/8, ::1, the same mapped, and sockets that have no network. */
bool svc_addr_is_loopback(const struct sockaddr *sa);

/*
 * n sockets listening at *a, the kernel spreading connections over them; port 0
 * is filled in.  Fails also when another process listens there, even of the
 * same user, which SO_REUSEPORT alone would let by.  False with errno set.
 */
bool svc_addr_listen(struct svc_addr *a, int *fds, size_t n);

#endif
