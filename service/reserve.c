/* SPDX-License-Identifier: Apache-2.0 */
/* reserve.c - memory for jansson when there is none. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "reserve.h"

/* Some largest bodies; not touched, so that it takes addresses and no pages. */
#define RESERVE ((size_t)2 * 1024 * 1024)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic(void *) reserve;

static void
refill(void)
{
	void *none = NULL, *p = malloc(RESERVE);

	if (p != NULL && !atomic_compare_exchange_strong(&reserve, &none, p))
		free(p);
}

/* With what is given back now there is room, or there never will be. */
static void *
take_from_reserve(size_t n)
{
	static const char why[] = "shakend: out of memory, and its reserve is "
	    "used up: ending before a parser writes past it\n";
	void *p;

	pthread_mutex_lock(&lock);
	free(atomic_exchange(&reserve, NULL));
	p = malloc(n);
	pthread_mutex_unlock(&lock);
	if (p != NULL)
		return p;
	if (write(STDERR_FILENO, why, sizeof(why) - 1) < 0)
		_exit(1);
	abort();
}

static void *
take(size_t n)
{
	void *p = malloc(n);

	if (p == NULL)
		return take_from_reserve(n);
	if (atomic_load_explicit(&reserve, memory_order_relaxed) == NULL)
		refill();
	return p;
}

bool
svc_reserve_start(void)
{
	refill();
	json_set_alloc_funcs(take, free);
	return atomic_load(&reserve) != NULL;
}
