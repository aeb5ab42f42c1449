/* SPDX-License-Identifier: Apache-2.0 */
/* record.h - one chain as a file of the store: its name and its bytes. */
#ifndef CERTS_RECORD_H
#define CERTS_RECORD_H

#include <shaken/cert.h>
#include <shakencerts/store.h>

#define CERTS_SHA256_HEX 64
#define CERTS_RECORD_NAME (CERTS_SHA256_HEX + sizeof(".chain"))
#define CERTS_RECORD_HEAD 2048	/* its lines: a URL has 1024, an etag 127 */
#define CERTS_RECORD_MAX (CERTS_RECORD_HEAD + SHAKEN_PEM_MAX)

/* The name of a URL's file; false: no memory. */
bool certs_record_name(const char *url, char name[CERTS_RECORD_NAME]);

/* Whether a file of that name can be one. */
bool certs_record_is_name(const char *name);

/* The file of a chain, for free(), *n bytes; NULL: *err says why. */
char *certs_record_format(const struct certs_stored *in, size_t *n,
    enum shaken_err *err);

/* What certs_record_format() made, whole and under its own name; else false.
 * out borrows from file, which is changed. */
bool certs_record_parse(char *file, size_t n, const char *name,
    struct certs_stored *out);

#endif
