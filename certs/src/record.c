/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record.c - one chain as a file:
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
 * named by the SHA-256 of the URL.  All lines are always there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "file.h"
#include "record.h"
#include "text.h"

#define MAGIC "shaken-chain 1 "
#define SUFFIX ".chain"
#define TIME_MAX (INT64_C(1) << 40)	/* sums of it fit */

static bool
hex_sha256(struct shaken_sv in, char out[CERTS_SHA256_HEX + 1])
{
	uint8_t md[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	bool ok = EVP_Digest(in.p, in.n, md, &n, EVP_sha256(), NULL) == 1 &&
	    n == CERTS_SHA256_HEX / 2;

	if (ok)
		certs_hex(md, n, out);
	ERR_clear_error();
	return ok;
}

bool
certs_record_name(const char *url, char name[CERTS_RECORD_NAME])
{
	if (!hex_sha256(shaken_sv_cstr(url), name))
		return false;
	memcpy(name + CERTS_SHA256_HEX, SUFFIX, sizeof(SUFFIX));
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

char *
certs_record_format(const struct certs_stored *in, size_t *n,
    enum shaken_err *err)
{
	char *file, *rest, hex[CERTS_SHA256_HEX + 1];
	const size_t first = sizeof(MAGIC) - 1 + CERTS_SHA256_HEX + 1;
	int head;

	*err = SHAKEN_E_ARG;
	if (in->url == NULL || !is_line(in->url) || !is_line(in->etag) ||
	    !is_line(in->last_modified) || in->pem.n == 0)
		return NULL;
	*err = SHAKEN_E_LIMIT;
	if (in->pem.n > SHAKEN_PEM_MAX)
		return NULL;
	*err = SHAKEN_E_NOMEM;
	file = malloc(CERTS_RECORD_MAX);
	if (file == NULL)
		return NULL;
	rest = file + first;
	head = snprintf(rest, CERTS_RECORD_HEAD - first, "url %s\n"
	    "fetched %lld\nuntil %lld\netag %s\nlast-modified %s\n\n", in->url,
	    (long long)in->fetched, (long long)in->until,
	    in->etag == NULL ? "" : in->etag,
	    in->last_modified == NULL ? "" : in->last_modified);
	if (head < 0 || (size_t)head >= CERTS_RECORD_HEAD - first) {
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
	    certs_number(shaken_sv_cstr(text), TIME_MAX, n);
}

bool
certs_record_parse(char *file, size_t n, const char *name,
    struct certs_stored *out)
{
	struct shaken_sv in = { file, n };
	char *digest, *url, *etag, *modified;
	char hex[CERTS_SHA256_HEX + 1], want[CERTS_RECORD_NAME];

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
	if (!certs_record_name(url, want) || strcmp(name, want) != 0)
		return false;
	out->url = url;
	out->etag = etag;
	out->last_modified = modified;
	out->pem = (struct shaken_sv){ in.p + 1, in.n - 1 };
	return true;
}

bool
certs_record_is_name(const char *name)
{
	return strlen(name) == CERTS_RECORD_NAME - 1 &&
	    strspn(name, "0123456789abcdef") == CERTS_SHA256_HEX &&
	    strcmp(name + CERTS_SHA256_HEX, SUFFIX) == 0;
}
