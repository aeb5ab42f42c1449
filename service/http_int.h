/* SPDX-License-Identifier: Apache-2.0 */
/* http_int.h - what http.c and http_req.c share. */
#ifndef SVC_HTTP_INT_H
#define SVC_HTTP_INT_H

#include <pthread.h>
#include <stdatomic.h>

#include <microhttpd.h>

#include "cacheline.h"
#include "http.h"
#include "limit.h"

struct svc_conn {		/* one connection; its worker's */
	int		 fd;
	_Atomic int64_t	 deadline_ms; /* for what is due to come; 0: nothing */
	bool		 is_loopback, has_address;
	uint8_t		 address[SVC_SLOT_KEY];
	bool		 has_subject; /* the client certificate was looked at */
	char		*subject;	/* owned; NULL: no certificate */
	struct svc_conn	*prev, *next;
};

/* Request ids and origids whose random bytes are got at a time: 256 bytes come whole
 * (getrandom(2)). */
#define SVC_ID_POOL 16
#define SVC_ID_BYTES 16

struct svc_worker {		/* each in lines of its own */
	_Alignas(SVC_CACHE_LINE) struct svc_http *http;
	unsigned		 index;
	atomic_uint		 n_reqs; /* under way */
	unsigned		 n_ids;	/* left in ids; its thread's */
	unsigned char		 ids[SVC_ID_POOL][SVC_ID_BYTES];
	int			 fd;	/* owned until the daemon is started */
	struct MHD_Daemon	*daemon;
	pthread_mutex_t		 lock;	/* of conns and listening */
	int			 listening; /* the daemon's socket; -1: it has
					 * none, or not any more */
	atomic_bool		 starved; /* it could not accept */
	struct svc_conn		*conns;
	int64_t			 answered_us; /* when it last was done with one */
	bool			 has_queue; /* as waited_ms() last saw it */
	unsigned		 unseen; /* requests it did not look at */
};

struct svc_http {
	size_t			 n;
	struct svc_worker	*workers; /* owned, n */
	size_t			 n_addrs;
	struct svc_addr		*addrs;	/* owned */
	const struct svc_http_ops *ops;
	void			*ctx;
	void			(*log)(void *ctx, const char *line);
	size_t			 max_body;
	unsigned		 max_connections;
	int64_t			 idle_ms, request_ms;
	bool			 tls, client_certs, sees_waiting;
	atomic_uint		 n_conns, n_suspended;
	_Atomic uint64_t	 n_refused;
	atomic_bool		 draining, no_suspend, stopping, sweep_ended;
	struct svc_timer	*timer;
	struct svc_alarm	 sweep;
	pthread_mutex_t		 spare_lock; /* of spare */
	int			 spare;	/* to be closed when none is left */
};

/* http_shed.c: descriptors run out.  at_once: by the worker, when MHD says that
 * something is wrong; sweep: with its lock, now and then. */
void svc_shed_init(struct svc_http *h);
void svc_shed_fini(struct svc_http *h);
void svc_shed_at_once(struct svc_worker *w);
void svc_shed_sweep(struct svc_worker *w);

/* MHD's callbacks for requests. */
enum MHD_Result svc_on_request(void *cls, struct MHD_Connection *c,
    const char *url, const char *method, const char *version,
    const char *upload, size_t *upload_size, void **req);
void svc_on_completed(void *cls, struct MHD_Connection *c, void **req,
    enum MHD_RequestTerminationCode how);

#endif
