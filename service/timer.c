/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timer.c - one thread that calls functions when their time has come.
 *
 * A list in order of time, searched from its end: alarms are set with few
 * different delays, so a new one belongs at the end or near it.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "timer.h"

struct svc_timer {
	pthread_t		 thread;
	pthread_mutex_t		 lock;
	pthread_cond_t		 changed;
	struct svc_alarm	*first, *last;
	bool			 stop;
};

int64_t
svc_now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000000) + ts.tv_nsec / 1000;
}

int64_t
svc_now_ms(void)
{
	return svc_now_us() / 1000;
}

static void
unlink_alarm(struct svc_timer *t, struct svc_alarm *a)
{
	if (a->prev != NULL)
		a->prev->next = a->next;
	else
		t->first = a->next;
	if (a->next != NULL)
		a->next->prev = a->prev;
	else
		t->last = a->prev;
	a->prev = a->next = NULL;
	a->set = false;
}

/* Called and left with the lock held; a may be gone when fn returns. */
static void
ring(struct svc_timer *t, struct svc_alarm *a)
{
	void (*fn)(void *) = a->fn;
	void *arg = a->arg;

	unlink_alarm(t, a);
	pthread_mutex_unlock(&t->lock);
	fn(arg);
	pthread_mutex_lock(&t->lock);
}

static void *
run(void *arg)
{
	struct svc_timer *t = arg;

	pthread_mutex_lock(&t->lock);
	while (!t->stop) {
		struct timespec at;

		if (t->first == NULL) {
			pthread_cond_wait(&t->changed, &t->lock);
			continue;
		}
		if (t->first->at_ms <= svc_now_ms()) {
			ring(t, t->first);
			continue;
		}
		at.tv_sec = t->first->at_ms / 1000;
		at.tv_nsec = t->first->at_ms % 1000 * 1000000;
		pthread_cond_timedwait(&t->changed, &t->lock, &at);
	}
	pthread_mutex_unlock(&t->lock);
	return NULL;
}

struct svc_timer *
svc_timer_new(void)
{
	struct svc_timer *t = calloc(1, sizeof(*t));
	pthread_condattr_t attr;
	sigset_t all, old;
	int rc;

	if (t == NULL)
		return NULL;
	pthread_mutex_init(&t->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&t->changed, &attr);
	pthread_condattr_destroy(&attr);
	sigfillset(&all);	/* signals are for the main thread */
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&t->thread, NULL, run, t);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc == 0)
		return t;
	pthread_cond_destroy(&t->changed);
	pthread_mutex_destroy(&t->lock);
	free(t);
	errno = rc;
	return NULL;
}

void
svc_timer_free(struct svc_timer **tp)
{
	struct svc_timer *t = *tp;

	*tp = NULL;
	if (t == NULL)
		return;
	pthread_mutex_lock(&t->lock);
	t->stop = true;
	pthread_cond_signal(&t->changed);
	pthread_mutex_unlock(&t->lock);
	pthread_join(t->thread, NULL);
	pthread_cond_destroy(&t->changed);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

void
svc_timer_set(struct svc_timer *t, struct svc_alarm *a)
{
	struct svc_alarm *before;

	pthread_mutex_lock(&t->lock);
	before = t->last;
	while (before != NULL && before->at_ms > a->at_ms)
		before = before->prev;
	a->prev = before;
	a->next = before == NULL ? t->first : before->next;
	if (a->prev != NULL)
		a->prev->next = a;
	else
		t->first = a;
	if (a->next != NULL)
		a->next->prev = a;
	else
		t->last = a;
	a->set = true;
	if (t->first == a)
		pthread_cond_signal(&t->changed);
	pthread_mutex_unlock(&t->lock);
}

bool
svc_timer_cancel(struct svc_timer *t, struct svc_alarm *a)
{
	bool was;

	pthread_mutex_lock(&t->lock);
	was = a->set;
	if (was)
		unlink_alarm(t, a);
	pthread_mutex_unlock(&t->lock);
	return was;
}

void
svc_timer_ring_all(struct svc_timer *t, void (*fn)(void *arg))
{
	struct svc_alarm *a;

	pthread_mutex_lock(&t->lock);
	for (a = t->first; a != NULL;) {
		if (a->fn != fn) {
			a = a->next;
			continue;
		}
		ring(t, a);
		a = t->first; /* the list may be another now */
	}
	pthread_mutex_unlock(&t->lock);
}
