/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store.c - chains on disk.
 *
 *	shaken-chain 1 <SHA-256 of all that follows, in hex>
 *	url https://cert.example.com/1.pem
 *	fetched 1700000000
 *	until 1700086400
 *	etag "33a64df5"
 *	last-modified Tue, 14 Nov 2023 22:13:20 GMT
 *
 *	-----BEGIN CERTIFICATE-----...
 *
 * in a file named by the SHA-256 of the URL.  All lines are always there.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include <shaken/cert.h>
#include <shakencerts/store.h>

#include "file.h"
#include "text.h"

#define MAGIC "shaken-chain 1 "
#define SUFFIX ".chain"
#define HEX_LEN 64
#define NAME_LEN (HEX_LEN + sizeof(SUFFIX))
#define HEAD_MAX 2048		/* the lines: a URL has 1024, an etag 127 */
#define FILE_MAX (HEAD_MAX + SHAKEN_PEM_MAX)

struct certs_store {
	int	dir;		/* open directory; not changed: needs no lock */
};

static bool
hex_sha256(struct shaken_sv in, char out[HEX_LEN + 1])
{
	uint8_t md[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	bool ok = EVP_Digest(in.p, in.n, md, &n, EVP_sha256(), NULL) == 1 &&
	    n == HEX_LEN / 2;

	if (ok)
		certs_hex(md, n, out);
	ERR_clear_error();
	return ok;
}

static bool
name_of(const char *url, char name[NAME_LEN])
{
	if (!hex_sha256(shaken_sv_cstr(url), name))
		return false;
	memcpy(name + HEX_LEN, SUFFIX, sizeof(SUFFIX));
	return true;
}

/* What stands in a line of its own. */
static bool
is_line(const char *s)
{
	for (; s != NULL && *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	return true;
}

/* The file of a chain, for free(); *n bytes.  NULL: err says why. */
static char *
format(const struct certs_stored *in, size_t *n, enum shaken_err *err)
{
	char *file, *rest, hex[HEX_LEN + 1];
	const size_t first = sizeof(MAGIC) - 1 + HEX_LEN + 1;
	int head;

	*err = SHAKEN_E_ARG;
	if (in->url == NULL || !is_line(in->url) || !is_line(in->etag) ||
	    !is_line(in->last_modified) || in->pem.n == 0)
		return NULL;
	*err = SHAKEN_E_LIMIT;
	if (in->pem.n > SHAKEN_PEM_MAX)
		return NULL;
	*err = SHAKEN_E_NOMEM;
	file = malloc(FILE_MAX);
	if (file == NULL)
		return NULL;
	rest = file + first;
	head = snprintf(rest, HEAD_MAX - first, "url %s\nfetched %lld\n"
	    "until %lld\netag %s\nlast-modified %s\n\n", in->url,
	    (long long)in->fetched, (long long)in->until,
	    in->etag == NULL ? "" : in->etag,
	    in->last_modified == NULL ? "" : in->last_modified);
	if (head < 0 || (size_t)head >= HEAD_MAX - first) {
		*err = SHAKEN_E_LIMIT;
		goto fail;
	}
	memcpy(rest + head, in->pem.p, in->pem.n);
	*n = first + (size_t)head + in->pem.n;
	if (!hex_sha256((struct shaken_sv){ rest, *n - first }, hex))
		goto fail;
	snprintf(file, first, "%s%s", MAGIC, hex);
	file[first - 1] = '\n';
	*err = SHAKEN_OK;
	return file;
fail:
	free(file);
	return NULL;
}

/* Take the line "NAME VALUE"; the value becomes a string in place. */
static bool
take_line(struct shaken_sv *in, const char *name, char **value)
{
	size_t n = strlen(name);
	const char *end = in->n == 0 ? NULL : memchr(in->p, '\n', in->n);

	if (end == NULL || (size_t)(end - in->p) < n + 1 ||
	    memcmp(in->p, name, n) != 0 || in->p[n] != ' ')
		return false;
	*value = (char *)(uintptr_t)(in->p + n + 1);
	(*value)[end - *value] = '\0';
	in->n -= (size_t)(end + 1 - in->p);
	in->p = end + 1;
	return is_line(*value);
}

static bool
take_number(struct shaken_sv *in, const char *name, int64_t *n)
{
	char *text;

	return take_line(in, name, &text) &&
	    certs_number(shaken_sv_cstr(text), INT64_MAX, n);
}

/* What format() wrote: out borrows from file, which is changed. */
static bool
parse(char *file, size_t n, const char *name, struct certs_stored *out)
{
	struct shaken_sv in = { file, n };
	char *digest, *url, *etag, *modified;
	char hex[HEX_LEN + 1], want[NAME_LEN];

	*out = (struct certs_stored){ .size = sizeof(*out) };
	if (!take_line(&in, "shaken-chain", &digest) ||
	    !hex_sha256(in, hex) || strncmp(digest, "1 ", 2) != 0 ||
	    strcmp(digest + 2, hex) != 0)
		return false;
	if (!take_line(&in, "url", &url) ||
	    !take_number(&in, "fetched", &out->fetched) ||
	    !take_number(&in, "until", &out->until) ||
	    !take_line(&in, "etag", &etag) ||
	    !take_line(&in, "last-modified", &modified) ||
	    in.n < 2 || in.p[0] != '\n')
		return false;
	if (!name_of(url, want) || strcmp(name, want) != 0)
		return false;
	out->url = url;
	out->etag = etag;
	out->last_modified = modified;
	out->pem = (struct shaken_sv){ in.p + 1, in.n - 1 };
	return true;
}

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
	char name[NAME_LEN], *file;
	enum shaken_err err;
	size_t n;

	certs_diag(diag, "%s", "");
	if (in->size != sizeof(*in))
		return SHAKEN_E_ARG;
	file = format(in, &n, &err);
	if (file == NULL)
		return err;
	if (!name_of(in->url, name)) {
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
	char name[NAME_LEN], *file = NULL;
	struct certs_stored in;
	bool ok = false;
	size_t n;

	if (name_of(url, name))
		file = certs_file_read(s->dir, name, FILE_MAX, &n);
	if (file != NULL && parse(file, n, name, &in)) {
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
	char name[NAME_LEN];

	return name_of(url, name) && unlinkat(s->dir, name, 0) == 0;
}

/* Whether a name can be that of a chain. */
static bool
is_chain_name(const char *name)
{
	return strlen(name) == NAME_LEN - 1 &&
	    strspn(name, "0123456789abcdef") == HEX_LEN &&
	    strcmp(name + HEX_LEN, SUFFIX) == 0;
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
	/* cppcheck-suppress readdirCalled ; d is this thread's own */
	while (more && (e = readdir(d)) != NULL) {
		if (!is_chain_name(e->d_name))
			continue;
		file = certs_file_read(s->dir, e->d_name, FILE_MAX, &n);
		if (file != NULL && parse(file, n, e->d_name, &in))
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
