/* SPDX-License-Identifier: Apache-2.0 */
/* util.c - what the benchmark programs share. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "util.h"

void
bench_must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench: %s: %s\n", what,
	    errno != 0 ? strerrordesc_np(errno) : "failed");
	exit(2);
}

int64_t
bench_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

char *
bench_read(const char *path, size_t *n)
{
	FILE *f = fopen(path, "rb");
	char *text = NULL;
	long size = 0;

	bench_must(f != NULL, path);
	bench_must(fseek(f, 0, SEEK_END) == 0 && (size = ftell(f)) >= 0 &&
	    fseek(f, 0, SEEK_SET) == 0, path);
	text = malloc((size_t)size + 1);
	bench_must(text != NULL, path);
	*n = fread(text, 1, (size_t)size, f);
	bench_must(*n == (size_t)size, path);
	text[*n] = '\0';
	fclose(f);
	return text;
}

long
bench_number(const char *text, long min, long max)
{
	char *end;
	long n;

	errno = 0;
	n = text == NULL ? 0 : strtol(text, &end, 10);
	if (text == NULL || *text == '\0' || *end != '\0' || errno != 0 ||
	    n < min || n > max) {
		fprintf(stderr, "bench: %s: not a number from %ld to %ld\n",
		    text == NULL ? "(nothing)" : text, min, max);
		exit(2);
	}
	return n;
}
