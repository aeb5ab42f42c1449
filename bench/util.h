/* SPDX-License-Identifier: Apache-2.0 */
/* util.h - what the benchmark programs share. */
#ifndef BENCH_UTIL_H
#define BENCH_UTIL_H

#include <stddef.h>
#include <stdint.h>

/* End with status 2 and "PROGRAM: what: why" unless ok. */
void bench_must(int ok, const char *what);
/* The monotonic clock. */
int64_t bench_now_ns(void);
/* A file whole, NUL-terminated, for free(); the program ends where it cannot be
 * read. */
char *bench_read(const char *path, size_t *n);
/* The number that text is, from min to max; else the program ends. */
long bench_number(const char *text, long min, long max);

#endif
