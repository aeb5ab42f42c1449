/* SPDX-License-Identifier: Apache-2.0 */
/* store.c - chains on disk. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <shakencerts/store.h>

#include "file.h"
#include "record.h"
#include "text.h"

struct certs_store {
	int	dir;		/* open directory; not changed: needs no lock */
};

enum shaken_err
certs_store_open(const char *dir, struct certs_store **out,
    struct shaken_diag *diag)
{
	struct certs_store *s = calloc(1, sizeof(*s));

	*out = NULL;
	certs_diag(diag, "%s", "");
	if (s == NULL)
		return SHAKEN_E_NOMEM;
	s->dir = certs_dir_open(dir);
	if (s->dir < 0) {
		certs_diag(diag, "%s: %s", dir, strerrordesc_np(errno));
		free(s);
		return SHAKEN_E_ARG;
	}
	*out = s;
	return SHAKEN_OK;
}

void
certs_store_close(struct certs_store **sp)
{
	struct certs_store *s = *sp;

	if (s == NULL)
		return;
	close(s->dir);
	free(s);
	*sp = NULL;
}

enum shaken_err
certs_store_put(struct certs_store *s, const struct certs_stored *in,
    struct shaken_diag *diag)
{
	char name[CERTS_RECORD_NAME], *file;
	enum shaken_err err;
	size_t n;

	certs_diag(diag, "%s", "");
	if (in->size != sizeof(*in))
		return SHAKEN_E_ARG;
	file = certs_record_format(in, &n, &err);
	if (file == NULL)
		return err;
	if (!certs_record_name(in->url, name)) {
		err = SHAKEN_E_NOMEM;
	} else if (!certs_file_replace(s->dir, name, file, n)) {
		certs_diag(diag, "%s: %s", name, strerrordesc_np(errno));
		err = SHAKEN_E_ARG;
	}
	free(file);
	return err;
}

bool
certs_store_touch(struct certs_store *s, const char *url, int64_t fetched,
    int64_t until)
{
	char name[CERTS_RECORD_NAME], *file = NULL;
	struct certs_stored in;
	bool ok = false;
	size_t n;

	if (certs_record_name(url, name))
		file = certs_file_read(s->dir, name, CERTS_RECORD_MAX, &n);
	if (file != NULL && certs_record_parse(file, n, name, &in)) {
		in.fetched = fetched;
		in.until = until;
		ok = certs_store_put(s, &in, NULL) == SHAKEN_OK;
	}
	free(file);
	return ok;
}

bool
certs_store_remove(struct certs_store *s, const char *url)
{
	char name[CERTS_RECORD_NAME];

	return certs_record_name(url, name) && unlinkat(s->dir, name, 0) == 0;
}

enum shaken_err
certs_store_each(struct certs_store *s, certs_store_fn fn, void *arg,
    size_t *corrupt)
{
	const struct dirent *e;
	struct certs_stored in;
	DIR *d = certs_dir_list(s->dir);
	size_t bad = 0, n;
	bool more = true;
	char *file;

	if (d == NULL)
		return SHAKEN_E_ARG;
	while (more && (e = readdir(d)) != NULL) {
		if (!certs_record_is_name(e->d_name))
			continue;
		file = certs_file_read(s->dir, e->d_name, CERTS_RECORD_MAX, &n);
		if (file != NULL && certs_record_parse(file, n, e->d_name, &in))
			more = fn(arg, &in);
		else
			bad++;
		free(file);
	}
	closedir(d);
	if (corrupt != NULL)
		*corrupt = bad;
	return SHAKEN_OK;
}
