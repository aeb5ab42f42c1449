/* SPDX-License-Identifier: Apache-2.0 */
/* file.h - files that are replaced whole, in a directory held open. */
#ifndef CERTS_FILE_H
#define CERTS_FILE_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Open a directory that can be written to, and remove from it what interrupted
 * writes left.  -1 with errno. */
int certs_dir_open(const char *path);

/* As opendir(), with a place of its own; NULL with errno. */
DIR *certs_dir_list(int dir);

/* Write beside, sync, rename, sync the directory: after a power loss there is
 * the old file or the new one.  False with errno. */
bool certs_file_replace(int dir, const char *name, const char *data, size_t n);

/* A whole regular file with a NUL after it, for free(), and its length; NULL:
 * there is none, or it has more than max bytes. */
char *certs_file_read(int dir, const char *name, size_t max, size_t *n);

/* 2 * n digits and a NUL. */
void certs_hex(const uint8_t *in, size_t n, char *out);

#endif
