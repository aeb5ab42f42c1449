/* SPDX-License-Identifier: Apache-2.0 */
/* writer.h - a thread that writes to a store what others must not wait for. */
#ifndef CERTS_WRITER_H
#define CERTS_WRITER_H

#include <shakencerts/store.h>

struct certs_writer;		/* opaque; thread-safe */

/* store is borrowed until certs_writer_free(); NULL: no memory, no thread. */
struct certs_writer *certs_writer_new(struct certs_store *store);

/* Write what is queued, then stop.  Sets *w to NULL; NULL is fine. */
void certs_writer_free(struct certs_writer **w);

/* As the functions of store.h, later.  When the queue is full, or memory is
 * short, that work is not done and counts as an error. */
void certs_writer_put(struct certs_writer *w, const struct certs_stored *in);
void certs_writer_touch(struct certs_writer *w, const char *url,
    int64_t fetched, int64_t until);
void certs_writer_remove(struct certs_writer *w, const char *url);

uint64_t certs_writer_errors(struct certs_writer *w);

#endif
