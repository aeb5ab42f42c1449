/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http.h - HTTP as the handlers see it: requests whole, answers whole.
 *
 * Every worker is one thread with its own listening socket and epoll; the
 * kernel spreads connections over them.  Handlers run in the worker's thread
 * and must not block: one that waits suspends its request.
 */
#ifndef SVC_HTTP_H
#define SVC_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <shaken/view.h>

#include "addr.h"
#include "timer.h"

#define SVC_REQUEST_ID_MAX 128

struct svc_req {		/* belongs to its worker's thread */
	const char		*method, *path; /* without query, decoded */
	char			 id[SVC_REQUEST_ID_MAX + 1]; /* X-RequestID */
	struct shaken_sv	 body;	/* all of it; empty in head() */
	int64_t			 start_us; /* when the last byte was there */
	unsigned		 worker; /* index */
	bool			 has_length, is_chunked;
	uint64_t		 length; /* Content-Length; 0 without */
	int64_t			 waited_ms; /* before it was looked at; 0 where
					 * that does not matter */
	bool			 is_loopback; /* the client */
	const uint8_t		*address; /* the client's, a key for
					 * svc_limit_take(); NULL: none */
	const char		*subject; /* of a client certificate, RFC 4514;
					 * "": it did not verify; NULL: none */
	void			*task;	/* the handlers' */
};

struct svc_reply {		/* status 0: none yet */
	unsigned	 status;
	const char	*type;		/* static */
	char		*body;		/* moved in, for free(); may be NULL */
	size_t		 len;
	const char	*allow, *challenge, *cache, *retry; /* static fields,
					 * or NULL */
};

struct svc_http_ops {
	/* The header fields are there.  A reply now answers the request
	 * whatever its body is. */
	void	(*head)(void *ctx, struct svc_req *r, struct svc_reply *out);
	/* The body is too large, or there is no memory for it: the reply. */
	void	(*refuse)(void *ctx, struct svc_req *r, bool too_large,
		    struct svc_reply *out);
	/* The body is there.  No reply: r was suspended; this is called again
	 * when it is resumed. */
	void	(*run)(void *ctx, struct svc_req *r, struct svc_reply *out);
	/* r was answered, with status 0 when its client went away. */
	void	(*done)(void *ctx, struct svc_req *r, unsigned status);
};

struct svc_http_conf {		/* borrowed for the call */
	const struct svc_addr	*addrs;	/* to listen at, n_addrs; or */
	size_t			 n_addrs;
	const int		*sockets; /* that listen already, n_sockets */
	size_t			 n_sockets;
	unsigned		 threads; /* for each of them */
	size_t			 max_body;
	unsigned		 max_connections;
	unsigned		 idle_timeout_s, request_timeout_s;
	bool			 sees_waiting; /* fill in waited_ms */
	const char		*tls_cert, *tls_key, *client_ca; /* PEM; NULL:
					 * none */
	const struct svc_http_ops *ops; /* static */
	void			*ctx;
	struct svc_timer	*timer;	/* borrowed until svc_http_stop() */
	void			(*log)(void *ctx, const char *line);
};

struct svc_http;		/* opaque */

/* How many workers there will be: indexes are below. */
size_t svc_http_workers(const struct svc_http_conf *c);

/* Listen and serve.  *out is set before the first request may ask for it.
 * False after a reason in why, with *out NULL. */
bool svc_http_start(const struct svc_http_conf *c, struct svc_http **out,
    char *why, size_t why_size);
/* Where it listens, i from 0; false past the end. */
bool svc_http_addr(const struct svc_http *h, size_t i, struct svc_addr *out);
/* Accept no more; wait until all requests are answered, at most grace_ms.
 * Connections that go on asking are answered and told to close.  False: some
 * requests are left. */
bool svc_http_drain(struct svc_http *h, int64_t grace_ms);
unsigned svc_http_suspended(const struct svc_http *h);
/* Let no more requests be suspended; how many still are. */
unsigned svc_http_no_suspend(struct svc_http *h);
/* Drop what is left and end.  No request may be suspended any more. */
void svc_http_stop(struct svc_http **h);
void svc_http_gauges(const struct svc_http *h, unsigned *connections,
    unsigned *requests, uint64_t *refused);

/* A header field, or an argument of the query; NULL: absent. */
const char *svc_req_header(const struct svc_req *r, const char *name);
const char *svc_req_arg(const struct svc_req *r, const char *name);
/* All header fields of this name as one list (RFC 9110 section 5.3); those that
 * do not fit are left off.  NULL: absent; else out. */
const char *svc_req_list(const struct svc_req *r, const char *name, char *out,
    size_t size);

/* 16 bytes that nobody can foresee, for a UUID; borrowed for the call.  NULL:
 * there are none. */
const uint8_t *svc_req_random(struct svc_req *r);

/* Suspend in run() before anything can resume it; resume once, from any thread.
 * False: not any more, the service ends. */
bool svc_req_suspend(struct svc_req *r);
void svc_req_resume(struct svc_req *r);

#endif
