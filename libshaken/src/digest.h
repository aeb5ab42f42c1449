/* SPDX-License-Identifier: Apache-2.0 */
/* digest.h - "sha256-" and a digest in base64, as RFC 9795 section 6 and RFC
 * 9475 section 3.2 write one. */
#ifndef SHK_DIGEST_H
#define SHK_DIGEST_H

#include <stdbool.h>
#include <stdint.h>

#include <shaken/err.h>
#include <shaken/view.h>

#define SHK_DIGEST_MAX 64	/* bytes of SHA-512 */

struct shk_digest {
	const char	*md;	/* OpenSSL's name of it; static */
	size_t		 n;	/* bytes of value */
	uint8_t		 value[SHK_DIGEST_MAX];
};

/* Names in lower case; the alphabet with "+" and "/", its padding may be left
 * out.  False: text is no such digest, or not of the length of its name. */
bool shk_digest_parse(struct shaken_sv text, struct shk_digest *out);

/* Whether d is the digest of content.  SHAKEN_OK, SHAKEN_E_CRYPTO. */
SHAKEN_MUST_USE enum shaken_err
shk_digest_check(const struct shk_digest *d, struct shaken_sv content,
    bool *same);

#endif
