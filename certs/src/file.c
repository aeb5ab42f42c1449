/* SPDX-License-Identifier: Apache-2.0 */
/* file.c - files that are replaced whole. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <openssl/rand.h>

#include "file.h"

#define TMP ".tmp-"
#define TMP_OLD_S 3600		/* nobody is still writing that */
#define NONCE_LEN 8

void
certs_hex(const uint8_t *in, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[in[i] >> 4];
		out[2 * i + 1] = digits[in[i] & 15];
	}
	out[2 * n] = '\0';
}

DIR *
certs_dir_list(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (d == NULL && fd >= 0)
		close(fd);
	return d;
}

static void
sweep(int dir, DIR *d)
{
	const struct dirent *e;
	struct stat st;

	while ((e = readdir(d)) != NULL)
		if (strncmp(e->d_name, TMP, sizeof(TMP) - 1) == 0 &&
		    fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    time(NULL) - st.st_mtime > TMP_OLD_S)
			(void)unlinkat(dir, e->d_name, 0);
}

int
certs_dir_open(const char *path)
{
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), saved;
	DIR *d;

	if (dir < 0)
		return -1;
	d = certs_dir_list(dir);
	if (d == NULL || faccessat(dir, ".", W_OK | X_OK, AT_EACCESS) != 0) {
		saved = errno;
		if (d != NULL)
			closedir(d);
		close(dir);
		errno = saved;
		return -1;
	}
	sweep(dir, d);
	closedir(d);
	return dir;
}

static bool
write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		p += done;
		n -= (size_t)done;
	}
	return true;
}

bool
certs_file_replace(int dir, const char *name, const char *data, size_t n)
{
	char tmp[sizeof(TMP) + 2 * NONCE_LEN];
	uint8_t nonce[NONCE_LEN];
	bool ok;
	int fd, saved;

	if (RAND_bytes(nonce, sizeof(nonce)) != 1) {
		errno = EAGAIN;
		return false;
	}
	memcpy(tmp, TMP, sizeof(TMP));
	certs_hex(nonce, sizeof(nonce), tmp + sizeof(TMP) - 1);
	fd = openat(dir, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC |
	    O_NOFOLLOW, 0600);
	if (fd < 0)
		return false;
	ok = write_all(fd, data, n) && fsync(fd) == 0;
	ok = close(fd) == 0 && ok;
	ok = ok && renameat(dir, tmp, dir, name) == 0;
	if (!ok) {
		saved = errno;
		(void)unlinkat(dir, tmp, 0);
		errno = saved;
		return false;
	}
	return fsync(dir) == 0;
}

char *
certs_file_read(int dir, const char *name, size_t max, size_t *n)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
	    O_NONBLOCK);
	char *file = NULL;
	struct stat st;
	size_t size = 0;
	ssize_t got = 0;

	*n = 0;
	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size >= 0 &&
	    (uintmax_t)st.st_size <= max) {
		size = (size_t)st.st_size;
		file = malloc(size + 1);
	}
	while (file != NULL && *n < size) {
		got = read(fd, file + *n, size - *n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		*n += (size_t)got;
	}
	close(fd);
	if (file == NULL || got < 0) {
		free(file);
		return NULL;
	}
	file[*n] = '\0';
	return file;
}
