/* SPDX-License-Identifier: Apache-2.0 */
/* cache.h - what the commands about a cache on disk share. */
#ifndef CLI_CACHE_H
#define CLI_CACHE_H

#include <shakencerts/store.h>

#include "cli.h"

/* In a directory of PEM files: "URL FILE" lines. */
#define CLI_URLS "urls"

/* --store; make: a directory that is not there is made. */
enum cli_status cli_open_store(const char *dir, bool make,
    struct certs_store **out);

#endif
