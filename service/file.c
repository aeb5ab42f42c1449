/* SPDX-License-Identifier: Apache-2.0 */
/* file.c - reading files that the configuration names. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#include <openssl/crypto.h>

#include "state.h"

static bool
is_private(const struct stat *st, bool group_ok)
{
	return (st->st_mode & (group_ok ? 0037 : 0077)) == 0;
}

static bool
read_all(int fd, char *to, size_t want, size_t *len)
{
	while (*len < want) {
		ssize_t k = read(fd, to + *len, want - *len);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return false;
		if (k == 0)
			break;
		*len += (size_t)k;
	}
	return true;
}

char *
svc_read_file(const char *what, const char *path, size_t max, bool secret,
    bool group_ok, size_t *len, FILE *diag)
{
	const char *why = NULL;
	char *text = NULL;
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	*len = 0;
	if (fd < 0 || fstat(fd, &st) != 0)
		why = strerrordesc_np(errno);
	else if (!S_ISREG(st.st_mode))
		why = "not a file";
	else if (secret && !is_private(&st, group_ok))
		why = group_ok ? "others may read it: chmod o=,g-wx it" :
		    "its group or others may read it: chmod go= it";
	else if ((text = malloc(max + 1)) == NULL)
		why = "out of memory";
	else if (!read_all(fd, text, max + 1, len))
		why = strerrordesc_np(errno);
	else if (*len > max)
		why = "too long";
	if (fd >= 0)
		close(fd);
	if (why == NULL) {
		text[*len] = '\0';
		return text;
	}
	fprintf(diag, "%s: %s: %s\n", what, path, why);
	if (text != NULL)
		OPENSSL_cleanse(text, *len);
	free(text);
	*len = 0;
	return NULL;
}
