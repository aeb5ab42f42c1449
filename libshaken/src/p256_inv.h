/* SPDX-License-Identifier: Apache-2.0 */
/* p256_inv.h - inverses modulo the group order of P-256 (SEC 1 section 4.1.4
 * step 3), of public numbers: the time taken tells of them. */
#ifndef SHK_P256_INV_H
#define SHK_P256_INV_H

#include <stdint.h>

#define SHK_P256_BYTES 32

/* in: big-endian, 1 to n-1.  out: big-endian; may be in. */
void shk_p256_inverse(const uint8_t in[SHK_P256_BYTES],
    uint8_t out[SHK_P256_BYTES]);

#endif
