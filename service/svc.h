/* SPDX-License-Identifier: Apache-2.0 */
/* svc.h - the service: the one struct that everything hangs on. */
#ifndef SVC_SVC_H
#define SVC_SVC_H

#include <pthread.h>
#include <stdatomic.h>

#include <api.h>
#include <shakencerts/cache.h>

#include "http.h"
#include "lease.h"
#include "log.h"
#include "metrics.h"
#include "slots.h"
#include "state.h"
#include "timer.h"

struct svc {
	const char		*conf_path;
	struct svc_log		*log;
	struct svc_timer	*timer;
	struct svc_metrics	*metrics;
	struct certs_cache	*cache;
	struct certs_fetcher	*fetcher; /* to look at our own x5u */
	struct svc_slots	*rates;	/* of clients */
	struct svc_slots	*tokens; /* that were used */
	struct svc_http		*http;
	struct svc_leases	*leases; /* what requests begin with */
	pthread_mutex_t		 lock;	/* of state */
	struct svc_state	*state;	/* the same, for all others */
	struct svc_conf		*first;	/* that of the start: what a reload does
					 * not change is as it says */
	atomic_bool		 draining;
	_Atomic uint64_t	 reloads[2]; /* failed, done */
	_Atomic int64_t		 loaded_at; /* seconds since 1970-01-01 UTC */
	/* Of the thread that calls svc_tend_keyd(). */
	int64_t			 keyd_due_us; /* not started again before */
	int64_t			 keyd_wait_us; /* after that, not before */
	_Atomic uint64_t	 keyd_starts[2]; /* again: failed, done */
};

/* Seconds since 1970-01-01 UTC. */
int64_t svc_wall_clock(void);

/* Look at the keys of a state, and log what is to be seen to. */
void svc_inspect(struct svc *svc, struct svc_state *s);

/* The current state; the caller owns a reference. */
struct svc_state *svc_state_now(struct svc *svc);

/*
 * Start the service; check_only: do all of it but listen.  False after lines to
 * diag that say what is wrong.  svc_stop() in any case; before it svc_drain()
 * when it was started.  conf_path is borrowed until then.
 */
bool svc_start(struct svc *svc, const char *conf_path, bool check_only,
    FILE *diag);
/* Accept no more and finish what is in flight, within [http] grace_s. */
void svc_drain(struct svc *svc);
void svc_stop(struct svc *svc);

/* Load the configuration anew and put it in place of the old one; when anything
 * is wrong that stays, and the log says why. */
bool svc_reload(struct svc *svc);

/*
 * See to the key process: take note of one that has ended, and start it again,
 * after a while when that does not help.  By the thread that called svc_start(),
 * at SIGCHLD and when the time is over that it returns: microseconds, or -1 when
 * there is nothing to wait for.
 */
int64_t svc_tend_keyd(struct svc *svc);

/* For svc_http_conf. */
extern const struct svc_http_ops svc_ops;

#endif
