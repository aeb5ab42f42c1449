/* SPDX-License-Identifier: Apache-2.0 */
/* find.c - where the chains of an audit come from. */
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "cache.h"
#include "find.h"

/* -- files -------------------------------------------------------------- */

static bool
read_file(const char *dir, const char *name, char *buf, size_t *n)
{
	char path[PATH_MAX];
	FILE *f;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", dir, name) >=
	    sizeof(path))
		return false;
	f = fopen(path, "re");
	if (f == NULL)
		return false;
	*n = fread(buf, 1, AUDIT_FIND_BYTES, f);
	fclose(f);
	return *n > 0;
}

/* URLs are strangers': a name made of one has letters, digits and a few marks
 * that mean nothing to a file system, and no part that begins with a dot. */
static bool
is_plain(const char *path)
{
	for (const char *p = path; *p != '\0'; p++)
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX"
		    "YZ0123456789-._~:/%", *p) == NULL ||
		    (*p == '.' && (p == path || p[-1] == '/')))
			return false;
	return path[0] != '\0';
}

bool
audit_sha256(struct shaken_sv in, char out[65])
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned n;

	if (EVP_Digest(in.p, in.n, md, &n, EVP_sha256(), NULL) != 1)
		return false;
	for (unsigned i = 0; i < n; i++)
		snprintf(out + (size_t)i * 2, 3, "%02x", md[i]);
	return true;
}

bool
audit_find_file(const char *dir, const char *url, char *buf, size_t *n)
{
	const char *rest = strstr(url, "://"), *last;
	char name[65 + 4];

	if (audit_sha256(shaken_sv_cstr(url), name)) {
		memcpy(name + 64, ".pem", 5);
		if (read_file(dir, name, buf, n))
			return true;
	}
	if (rest == NULL || !is_plain(rest + 3))
		return false;
	rest += 3;
	last = strrchr(rest, '/');
	return read_file(dir, rest, buf, n) || (last != NULL &&
	    last[1] != '\0' && read_file(dir, last + 1, buf, n));
}

bool
audit_find_listed(const char *dir, audit_found_fn *fn, void *arg)
{
	char path[PATH_MAX], *line = NULL, *buf = malloc(AUDIT_FIND_BYTES);
	size_t cap = 0, n;
	bool ok = buf != NULL;
	FILE *f = NULL;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", dir, CLI_URLS) <
	    sizeof(path))
		f = fopen(path, "re");
	while (ok && f != NULL && getline(&line, &cap, f) > 0) {
		char *name = line + strcspn(line, " \t\r\n"), *url = line;

		if (*name != ' ' && *name != '\t')
			continue;
		*name++ = '\0';
		name += strspn(name, " \t");
		name[strcspn(name, "\r\n")] = '\0';
		if (is_plain(name) && read_file(dir, name, buf, &n))
			ok = fn(arg, shaken_sv_cstr(url),
			    (struct shaken_sv){ buf, n });
	}
	if (f != NULL)
		fclose(f);
	free(line);
	free(buf);
	return ok;
}

/* -- the network -------------------------------------------------------- */

struct fetch {
	pthread_mutex_t		 lock;
	pthread_cond_t		 cond;
	char			*buf;	/* borrowed, as the following */
	size_t			*n;
	struct shaken_diag	*why;
	bool			 ok, done;
};

/* In the fetcher's thread: bytes are copied there, and judged elsewhere. */
static void
on_fetched(void *arg, const struct certs_fetch_res *res)
{
	struct fetch *f = arg;

	pthread_mutex_lock(&f->lock);
	f->ok = res->end == CERTS_FETCH_OK && res->body.n > 0 &&
	    res->body.n <= AUDIT_FIND_BYTES;
	if (f->ok) {
		memcpy(f->buf, res->body.p, res->body.n);
		*f->n = res->body.n;
	} else {
		*f->why = res->why;
		if (f->why->text[0] == '\0')
			snprintf(f->why->text, sizeof(f->why->text),
			    "the answer is empty, or too long");
	}
	f->done = true;
	pthread_cond_signal(&f->cond);
	pthread_mutex_unlock(&f->lock);
}

bool
audit_find_fetched(struct certs_fetcher *fetcher, const char *url, char *buf,
    size_t *n, struct shaken_diag *why)
{
	struct certs_fetch_req req = { .size = sizeof(req),
		.url = shaken_sv_cstr(url) };
	struct fetch f = { .buf = buf, .n = n, .why = why };
	enum shaken_err err;

	why->text[0] = '\0';
	pthread_mutex_init(&f.lock, NULL);
	pthread_cond_init(&f.cond, NULL);
	err = certs_fetcher_submit(fetcher, &req, on_fetched, &f, why);
	if (err == SHAKEN_OK) {
		pthread_mutex_lock(&f.lock);
		while (!f.done)
			pthread_cond_wait(&f.cond, &f.lock);
		pthread_mutex_unlock(&f.lock);
	} else if (err != SHAKEN_E_NOMEM && why->text[0] == '\0') {
		snprintf(why->text, sizeof(why->text), "%s",
		    shaken_strerror((int)err));
	}
	pthread_cond_destroy(&f.cond);
	pthread_mutex_destroy(&f.lock);
	return f.ok;
}
