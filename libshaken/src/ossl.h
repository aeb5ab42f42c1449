/* SPDX-License-Identifier: Apache-2.0 */
/* ossl.h - what OpenSSL says of what went wrong. */
#ifndef SHK_OSSL_H
#define SHK_OSSL_H

#include <stdbool.h>

/* Whether OpenSSL's error queue tells of a lack of memory; empties it.  A check
 * that failed for that must not be taken for its answer. */
bool shk_ossl_no_memory(void);

#endif
