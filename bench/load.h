/* SPDX-License-Identifier: Apache-2.0 */
/* load.h - connections that ask one at a time; what bench_http.c drives. */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/socket.h>

struct request {		/* as it goes out; owned */
	char	*text;
	size_t	 n;
};

struct conn {
	int		 fd;
	const struct request *req; /* under way; NULL: idle */
	size_t		 sent, got;
	int64_t		 due_ns; /* when it should have gone out */
	char		*in;	/* owned; the answer */
};

enum progress { ASKING, ANSWERED, BROKEN };

/* One request for each line of a file, which is its body; *n of them.  The program ends where the file
 * cannot be read or is empty. */
struct request *load_requests(const char *file, const char *host,
    const char *path, const char *type, size_t *n);

/* Connect, and make it non-blocking. */
void conn_open(struct conn *c, const struct sockaddr *sa, socklen_t len);
/* Begin a request; then call conn_go() whenever the socket is ready. */
void conn_ask(struct conn *c, const struct request *r, int64_t due_ns);
enum progress conn_go(struct conn *c);
/* Of the answer: whether it is 200 and has this text in it. */
bool conn_is_good(const struct conn *c, const char *expect);

#endif
