/* SPDX-License-Identifier: Apache-2.0 */
/* fresh.h - how long an HTTP answer says that it may be kept. */
#ifndef CERTS_FRESH_H
#define CERTS_FRESH_H

#include <stdint.h>

#include <shaken/view.h>

struct certs_fresh {		/* values of header fields; n 0: not there */
	struct shaken_sv	cache_control, expires, date, age;
};

/* Seconds from now (RFC 9111 section 4.2.1, less Age), 0 when it must not be
 * used again without asking, -1 when nothing is said. */
int64_t certs_fresh_s(const struct certs_fresh *f);

#endif
