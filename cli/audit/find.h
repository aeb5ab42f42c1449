/* SPDX-License-Identifier: Apache-2.0 */
/*
 * find.h - where the chains of an audit come from: files that URLs name, and the
 * network.
 *
 * Buffers have room for AUDIT_FIND_BYTES.  Thread-safe.
 */
#ifndef AUDIT_FIND_H
#define AUDIT_FIND_H

#include <shakencerts/fetch.h>

#include "cli.h"

#define AUDIT_FIND_BYTES SHAKEN_PEM_MAX

/* The file of a directory that a URL names by its SHA-256 and ".pem", as
 * HOST/PATH, or by the last part of its path. */
bool audit_find_file(const char *dir, const char *url, char *buf, size_t *n);

/* False: stop. */
typedef bool audit_found_fn(void *arg, struct shaken_sv url,
    struct shaken_sv bytes);

/* Each "URL FILE" of the directory's file "urls", where it has one.  False:
 * fn said so, or there is no memory. */
bool audit_find_listed(const char *dir, audit_found_fn *fn, void *arg);

/* Fetch a URL, and wait for it.  False: why says; no memory: why is "". */
bool audit_find_fetched(struct certs_fetcher *fetcher, const char *url,
    char *buf, size_t *n, struct shaken_diag *why);

/* SHA-256 in hexadecimal.  False: no memory. */
bool audit_sha256(struct shaken_sv in, char out[65]);

#endif
