/* SPDX-License-Identifier: Apache-2.0 */
/* notify.c - what systemd is told and tells.  The protocols are stable and
 * small, so libsystemd and what it needs stay out of the process that has the
 * keys. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>
#include <sys/un.h>

#include "notify.h"

#define LISTEN_FDS_START 3
#define LISTEN_FDS_MAX 64

void
svc_notify(const char *text)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	size_t n = path == NULL ? 0 : strlen(path);
	int fd;

	if (n < 2 || n >= sizeof(sa.sun_path) ||
	    (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(sa.sun_path, path, n);
	if (path[0] == '@') /* the abstract namespace */
		sa.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)sendto(fd, text, strlen(text), MSG_NOSIGNAL,
	    (const struct sockaddr *)&sa,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
	close(fd);
}

/* A number of the environment; 0 where there is none. */
static long
number(const char *name)
{
	const char *s = getenv(name);
	char *end;
	long v = s == NULL ? 0 : strtol(s, &end, 10);

	return s == NULL || *s == '\0' || *end != '\0' ? 0 : v;
}

size_t
svc_listen_fds(int *first)
{
	long n = number("LISTEN_FDS");

	*first = LISTEN_FDS_START;
	if (number("LISTEN_PID") != (long)getpid() || n < 1 ||
	    n > LISTEN_FDS_MAX)
		return 0;
	for (int fd = *first; fd < *first + (int)n; fd++) {
		int flags = fcntl(fd, F_GETFL);

		if (flags < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ||
		    fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
			return 0;
	}
	return (size_t)n;
}
