/* SPDX-License-Identifier: Apache-2.0 */
/* timer.h - one thread that calls functions when their time has come. */
#ifndef SVC_TIMER_H
#define SVC_TIMER_H

#include <stdbool.h>
#include <stdint.h>

struct svc_timer;	/* opaque; thread-safe */

struct svc_alarm {	/* in the caller's storage, zero to begin with */
	int64_t			 at_ms;
	void			(*fn)(void *arg); /* not to be kept waiting */
	void			*arg;
	struct svc_alarm	*prev, *next;
	bool			 set;
};

struct svc_timer *svc_timer_new(void); /* NULL with errno set */
/* Stop the thread; what is still set does not ring. */
void svc_timer_free(struct svc_timer **t);

/* Milliseconds of the clock that alarms go by (CLOCK_MONOTONIC). */
int64_t svc_now_ms(void);
int64_t svc_now_us(void);

/* Ring at a->at_ms: fn(arg), once, from the timer's thread, no lock held. */
void svc_timer_set(struct svc_timer *t, struct svc_alarm *a);
/* True: it will not ring.  False: it has rung, or is about to. */
bool svc_timer_cancel(struct svc_timer *t, struct svc_alarm *a);
/* Ring all that call fn now, in the caller's thread. */
void svc_timer_ring_all(struct svc_timer *t, void (*fn)(void *arg));

#endif
