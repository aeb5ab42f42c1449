/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reader.c - the bytes of a file, of a pipe or of memory, as they were before
 * gzip (RFC 1952) had them.
 *
 * They pass through a buffer of fixed size, so a file that unpacks to a
 * thousand times its size costs time and no memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

#include "reader.h"

#define RAW_MAX (256 * 1024)	/* bytes of the file at a time */

struct reader {
	int			 fd;	/* -1: memory */
	struct shaken_sv	 mem;	/* what is left of it; borrowed */
	uint8_t			*raw;	/* owned; of the file as stored */
	size_t			 raw_at, raw_n;
	bool			 raw_end;
	bool			 gz, member; /* gzip'd; in the middle of one */
	bool			 end, cut;
	z_stream		 z;
	char			 head[READER_HEAD]; /* read ahead */
	size_t			 head_at, head_n;
	uint64_t		 done, total;
	struct shaken_diag	 why;
};

void
audit_diag(struct shaken_diag *d, const char *fmt, ...)
{
	va_list ap;

	if (d == NULL)
		return;
	va_start(ap, fmt);
	if (vsnprintf(d->text, sizeof(d->text), fmt, ap) < 0)
		d->text[0] = '\0';
	va_end(ap);
	for (char *p = d->text; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
}

/* Fill an empty raw buffer. */
static bool
fill(struct reader *r)
{
	ssize_t n;

	if (r->raw_at < r->raw_n || r->raw_end)
		return true;
	r->raw_at = r->raw_n = 0;
	if (r->fd == -1) {
		n = r->mem.n < RAW_MAX ? (ssize_t)r->mem.n : RAW_MAX;
		if (n > 0)
			memcpy(r->raw, r->mem.p, (size_t)n);
		if (n > 0)
			r->mem.p += n;
		r->mem.n -= (size_t)n;
	} else {
		do
			n = read(r->fd, r->raw, RAW_MAX);
		while (n == -1 && errno == EINTR);
	}
	if (n == -1) {
		audit_diag(&r->why, "cannot read: %s", strerrordesc_np(errno));
		return false;
	}
	r->raw_n = (size_t)n;
	r->done += (size_t)n;
	r->raw_end = n == 0;
	return true;
}

/* Unpack what there is; *got is 0 also when more input is needed. */
static bool
unpack(struct reader *r, char *p, size_t n, size_t *got)
{
	int err;

	r->z.next_in = r->raw + r->raw_at;
	r->z.avail_in = (uInt)(r->raw_n - r->raw_at);
	r->z.next_out = (Bytef *)p;
	r->z.avail_out = n < RAW_MAX ? (uInt)n : RAW_MAX;
	n = r->z.avail_out;
	r->member = true;
	err = inflate(&r->z, Z_NO_FLUSH);
	r->raw_at = r->raw_n - r->z.avail_in;
	*got = n - r->z.avail_out;
	if (err == Z_STREAM_END) { /* another may follow: section 2.2 */
		r->member = false;
		err = inflateReset(&r->z);
	}
	if (err == Z_OK || err == Z_BUF_ERROR)
		return true;
	audit_diag(&r->why, "gzip: the file is corrupt near byte %llu of it: %s",
	    (unsigned long long)(r->done - r->z.avail_in),
	    r->z.msg != NULL ? r->z.msg : "unpack it by hand to see");
	return false;
}

/* Read past what was read ahead. */
static bool
read_on(struct reader *r, char *p, size_t n, size_t *got)
{
	*got = 0;
	while (*got == 0 && !r->end) {
		if (!fill(r))
			return false;
		if (r->raw_at == r->raw_n) {
			r->end = true;
			r->cut = r->gz && r->member;
		} else if (r->gz) {
			if (!unpack(r, p, n, got))
				return false;
		} else {
			*got = r->raw_n - r->raw_at;
			*got = *got < n ? *got : n;
			memcpy(p, r->raw + r->raw_at, *got);
			r->raw_at += *got;
		}
	}
	return true;
}

bool
reader_read(struct reader *r, char *p, size_t n, size_t *got)
{
	size_t ahead = r->head_n - r->head_at;

	if (ahead == 0)
		return read_on(r, p, n, got);
	*got = ahead < n ? ahead : n;
	memcpy(p, r->head + r->head_at, *got);
	r->head_at += *got;
	return true;
}

/* Whether it is gzip'd, and its first bytes. */
static bool
look(struct reader *r)
{
	size_t got;

	if (!fill(r))
		return false;
	r->gz = r->raw_n >= 2 && r->raw[0] == 0x1f && r->raw[1] == 0x8b;
	/* 15 bits of window are the most there is; 16 says gzip */
	if (r->gz && inflateInit2(&r->z, 15 + 16) != Z_OK) {
		r->gz = false;
		audit_diag(&r->why, "out of memory");
		return false;
	}
	do {
		if (!read_on(r, r->head + r->head_n, READER_HEAD - r->head_n,
		    &got))
			return false;
		r->head_n += got;
	} while (got > 0 && r->head_n < READER_HEAD);
	return true;
}

static struct reader *
new_reader(struct shaken_diag *why)
{
	struct reader *r = calloc(1, sizeof(*r));

	if (r != NULL && (r->raw = malloc(RAW_MAX)) == NULL) {
		free(r);
		r = NULL;
	}
	if (r == NULL) {
		audit_diag(why, "out of memory");
		return NULL;
	}
	r->fd = -1;
	return r;
}

bool
reader_open(const char *path, struct reader **out, struct shaken_diag *why)
{
	bool is_stdin = strcmp(path, "-") == 0;
	struct reader *r = new_reader(why);
	struct stat st;

	*out = NULL;
	if (r == NULL)
		return false;
	r->fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (r->fd == -1 || fstat(r->fd, &st) == -1) {
		audit_diag(why, "%s: cannot open: %s", path,
		    strerrordesc_np(errno));
		reader_close(&r);
		return false;
	}
	if (S_ISREG(st.st_mode) && st.st_size > 0)
		r->total = (uint64_t)st.st_size;
	if (!look(r)) {
		audit_diag(why, "%s: %s", path, r->why.text);
		reader_close(&r);
		return false;
	}
	*out = r;
	return true;
}

bool
reader_open_bytes(struct shaken_sv bytes, struct reader **out,
    struct shaken_diag *why)
{
	struct reader *r = new_reader(why);

	*out = NULL;
	if (r == NULL)
		return false;
	r->mem = bytes;
	r->total = bytes.n;
	if (!look(r)) {
		audit_diag(why, "%s", r->why.text);
		reader_close(&r);
		return false;
	}
	*out = r;
	return true;
}

struct shaken_sv
reader_head(const struct reader *r)
{
	return (struct shaken_sv){ r->head, r->head_n };
}

const char *
reader_why(const struct reader *r)
{
	return r->why.text;
}

bool
reader_at_end(const struct reader *r)
{
	return r->end && r->head_at == r->head_n;
}

bool
reader_is_cut(const struct reader *r)
{
	return r->cut;
}

uint64_t
reader_done(const struct reader *r)
{
	return r->done - (r->raw_n - r->raw_at);
}

uint64_t
reader_total(const struct reader *r)
{
	return r->total;
}

void
reader_close(struct reader **r)
{
	if (*r == NULL)
		return;
	if ((*r)->gz)
		(void)inflateEnd(&(*r)->z);
	if ((*r)->fd > STDIN_FILENO)
		(void)close((*r)->fd);
	free((*r)->raw);
	free(*r);
	*r = NULL;
}
