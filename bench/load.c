/* SPDX-License-Identifier: Apache-2.0 */
/* load.c - connections that ask one at a time (RFC 9112, keep-alive). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "load.h"
#include "util.h"

#define ANSWER_MAX 65536

static struct request
make_request(const char *host, const char *path, const char *type,
    const char *body, size_t n)
{
	size_t cap = n + strlen(host) + strlen(path) + strlen(type) + 128;
	struct request r = { .text = malloc(cap) };
	int head;

	bench_must(r.text != NULL, "memory");
	head = snprintf(r.text, cap, "POST %s HTTP/1.1\r\nHost: %s\r\n"
	    "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n", path, host,
	    type, n);
	bench_must(head > 0 && (size_t)head + n < cap, "a request");
	memcpy(r.text + head, body, n);
	r.n = (size_t)head + n;
	return r;
}

struct request *
load_requests(const char *file, const char *host, const char *path,
    const char *type, size_t *n)
{
	struct request *v = NULL;
	size_t len, cap = 0;
	char *text = bench_read(file, &len);

	*n = 0;
	for (const char *p = text; *p != '\0';) {
		size_t line = strcspn(p, "\n");

		if (*n == cap) {
			struct request *more;

			cap = cap == 0 ? 64 : cap * 2;
			more = reallocarray(v, cap, sizeof(*v));
			bench_must(more != NULL, "memory");
			v = more;
		}
		if (line > 0)
			v[(*n)++] = make_request(host, path, type, p, line);
		p += line + (p[line] == '\n');
	}
	free(text);
	if (*n == 0) {
		fprintf(stderr, "bench: %s: no request in it\n", file);
		exit(2);
	}
	return v;
}

void
conn_open(struct conn *c, const struct sockaddr *sa, socklen_t len)
{
	int one = 1;

	memset(c, 0, sizeof(*c));
	c->fd = socket(sa->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bench_must(c->fd >= 0 && connect(c->fd, sa, len) == 0, "connect");
	bench_must(fcntl(c->fd, F_SETFL, O_NONBLOCK) == 0 &&
	    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) ==
	    0, "socket");
	c->in = malloc(ANSWER_MAX + 1);
	bench_must(c->in != NULL, "memory");
}

void
conn_ask(struct conn *c, const struct request *r, int64_t due_ns)
{
	c->req = r;
	c->sent = 0;
	c->got = 0;
	c->in[0] = '\0';
	c->due_ns = due_ns;
}

/* Whether all of the answer is there, by its Content-Length. */
static bool
is_whole(const struct conn *c)
{
	static const char name[] = "\r\ncontent-length:";
	const char *end = strstr(c->in, "\r\n\r\n"), *p = c->in;

	if (end == NULL)
		return false;
	while (p < end && strncasecmp(p, name, sizeof(name) - 1) != 0)
		p++;
	return p < end && c->got >= (size_t)(end + 4 - c->in) +
	    strtoul(p + sizeof(name) - 1, NULL, 10);
}

enum progress
conn_go(struct conn *c)
{
	ssize_t k;

	if (c->req == NULL)
		return BROKEN;	/* something unasked for, or the end */
	while (c->sent < c->req->n) {
		k = send(c->fd, c->req->text + c->sent, c->req->n - c->sent,
		    MSG_NOSIGNAL);
		if (k < 0)
			return errno == EAGAIN ? ASKING : BROKEN;
		c->sent += (size_t)k;
	}
	for (;;) {
		if (c->got == ANSWER_MAX)
			return BROKEN;
		k = recv(c->fd, c->in + c->got, ANSWER_MAX - c->got, 0);
		if (k < 0)
			return errno == EAGAIN ? ASKING : BROKEN;
		if (k == 0)
			return BROKEN;
		c->got += (size_t)k;
		c->in[c->got] = '\0';
		if (is_whole(c)) {
			c->req = NULL;
			return ANSWERED;
		}
	}
}

bool
conn_is_good(const struct conn *c, const char *expect)
{
	return strncmp(c->in, "HTTP/1.1 200", 12) == 0 &&
	    strstr(c->in, expect) != NULL;
}
