/* SPDX-License-Identifier: Apache-2.0 */
/* reader.h - the bytes of a file, of a pipe or of memory, as they were before
 * gzip (RFC 1952) had them. */
#ifndef AUDIT_READER_H
#define AUDIT_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <shaken/err.h>
#include <shaken/view.h>

/* The most that reader_head() shows. */
#define READER_HEAD 512

struct reader;

/* Open path, "-" for stdin, or bytes, borrowed.  *out is NULL on failure, and
 * why, may be NULL, says what and which. */
bool reader_open(const char *path, struct reader **out,
    struct shaken_diag *why);
bool reader_open_bytes(struct shaken_sv bytes, struct reader **out,
    struct shaken_diag *why);

/* The first bytes; reading still begins with them. */
struct shaken_sv reader_head(const struct reader *r);

/* Read up to n bytes; *got is 0 at the end alone.  False: reader_why(). */
bool reader_read(struct reader *r, char *p, size_t n, size_t *got);
const char *reader_why(const struct reader *r);

/* All was read; and the file ended in the middle of what gzip wrote. */
bool reader_at_end(const struct reader *r);
bool reader_is_cut(const struct reader *r);

/* Of the file as stored: read so far, and in all, 0 where nobody knows. */
uint64_t reader_done(const struct reader *r);
uint64_t reader_total(const struct reader *r);

void reader_close(struct reader **r);

/* Format into d, may be NULL; what is not printable ASCII becomes '?'. */
__attribute__((format(printf, 2, 3)))
void audit_diag(struct shaken_diag *d, const char *fmt, ...);

#endif
