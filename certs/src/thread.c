/* SPDX-License-Identifier: Apache-2.0 */
/* thread.c - a thread of the library's own. */
#include <signal.h>

#include "thread.h"

bool
certs_thread_start(pthread_t *thread, void *(*run)(void *), void *arg)
{
	sigset_t all, old;
	int rc;

	sigfillset(&all);
	if (pthread_sigmask(SIG_SETMASK, &all, &old) != 0)
		return false;
	rc = pthread_create(thread, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return rc == 0;
}
