/* SPDX-License-Identifier: Apache-2.0 */
/* thread.h - a thread of the library's own. */
#ifndef CERTS_THREAD_H
#define CERTS_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/* Start one with all signals blocked: they are for the program's own threads,
 * and a web server that goes away must not be able to send SIGPIPE. */
bool certs_thread_start(pthread_t *thread, void *(*run)(void *), void *arg);

#endif
