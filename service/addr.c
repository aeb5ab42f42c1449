/* SPDX-License-Identifier: Apache-2.0 */
/* addr.c - where to listen, and the sockets for it. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "addr.h"

#define BACKLOG 4096	/* the kernel takes net.core.somaxconn of it */

bool
svc_addr_parse(const char *text, struct svc_addr *out)
{
	static const struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
		.ai_socktype = SOCK_STREAM,
	};
	const char *colon = strrchr(text, ':');
	char host[SVC_ADDR_TEXT];
	struct addrinfo *ai;
	size_t n;

	memset(out, 0, sizeof(*out));
	if (colon == NULL || colon == text)
		return false;
	n = (size_t)(colon - text);
	if (text[0] == '[') {
		if (text[n - 1] != ']')
			return false;
		text++;
		n -= 2;
	} else if (memchr(text, ':', n) != NULL) {
		return false;
	}
	if (n == 0 || n >= sizeof(host))
		return false;
	memcpy(host, text, n);
	host[n] = '\0';
	if (colon[1] == '\0' || colon[1 + strspn(colon + 1, "0123456789")] !=
	    '\0' || strlen(colon + 1) > 5 ||
	    strtol(colon + 1, NULL, 10) > UINT16_MAX)
		return false;
	if (getaddrinfo(host, colon + 1, &hints, &ai) != 0)
		return false;
	memcpy(&out->ss, ai->ai_addr, ai->ai_addrlen);
	out->len = ai->ai_addrlen;
	freeaddrinfo(ai);
	return true;
}

void
svc_addr_format(const struct svc_addr *a, char out[SVC_ADDR_TEXT])
{
	char host[48], port[8];

	if (getnameinfo((const struct sockaddr *)&a->ss, a->len, host,
	    sizeof(host), port, sizeof(port),
	    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		snprintf(out, SVC_ADDR_TEXT, "?");
	else
		snprintf(out, SVC_ADDR_TEXT, a->ss.ss_family == AF_INET6 ?
		    "[%s]:%s" : "%s:%s", host, port);
}

bool
svc_addr_is_loopback(const struct sockaddr *sa)
{
	const uint8_t *b;

	if (sa->sa_family == AF_INET) {
		b = (const uint8_t *)&((const struct sockaddr_in *)
		    (const void *)sa)->sin_addr;
		return b[0] == 127;
	}
	if (sa->sa_family == AF_INET6) {
		const struct in6_addr *in6 = &((const struct sockaddr_in6 *)
		    (const void *)sa)->sin6_addr;

		return IN6_IS_ADDR_LOOPBACK(in6) ||
		    (IN6_IS_ADDR_V4MAPPED(in6) && in6->s6_addr[12] == 127);
	}
	return sa->sa_family == AF_UNIX;
}

static int
open_one(struct svc_addr *a, int option)
{
	int one = 1, saved;
	int fd = socket(a->ss.ss_family,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == 0 &&
	    (option == 0 ||
	    setsockopt(fd, SOL_SOCKET, option, &one, sizeof(one)) == 0) &&
	    (a->ss.ss_family != AF_INET6 ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one,
	    sizeof(one)) == 0) &&
	    bind(fd, (struct sockaddr *)&a->ss, a->len) == 0 &&
	    getsockname(fd, (struct sockaddr *)&a->ss, &a->len) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

bool
svc_addr_listen(struct svc_addr *a, int *fds, size_t n)
{
	size_t made = 0;
	int saved, probe = open_one(a, 0);

	if (probe < 0)
		return false;
	close(probe);
	for (; made < n; made++) {
		fds[made] = open_one(a, SO_REUSEPORT);
		if (fds[made] < 0)
			goto fail;
		if (listen(fds[made], BACKLOG) != 0) {
			made++;
			goto fail;
		}
	}
	return true;
fail:
	saved = errno;
	while (made > 0)
		close(fds[--made]);
	errno = saved;
	return false;
}
