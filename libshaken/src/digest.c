/* SPDX-License-Identifier: Apache-2.0 */
/* digest.c - "sha256-" and a digest in base64. */
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "b64url.h"
#include "digest.h"
#include "lex.h"

#define BASE64_MAX 88	/* 64 bytes with padding */

/* RFC 4648 section 4: the other alphabet, the same code. */
static bool
decode(struct shaken_sv text, struct shk_digest *d)
{
	char url[BASE64_MAX];
	size_t n;

	if (text.n > sizeof(url) || shk_has(text, '-') || shk_has(text, '_'))
		return false;
	for (size_t i = 0; i < text.n; i++)
		url[i] = text.p[i] == '+' ? '-' : text.p[i] == '/' ? '_' :
		    text.p[i];
	return shk_b64url_decode((struct shaken_sv){ url, text.n }, true,
	    d->value, sizeof(d->value), &n) == SHAKEN_OK && n == d->n;
}

bool
shk_digest_parse(struct shaken_sv text, struct shk_digest *out)
{
	static const struct {
		struct shaken_sv name;
		const char *md;
		size_t n;
	} algs[] = {
		{ { "sha256", 6 }, "SHA256", 32 },
		{ { "sha384", 6 }, "SHA384", 48 },
		{ { "sha512", 6 }, "SHA512", 64 },
	};
	struct shaken_sv name = shk_take_until(&text, '-');

	*out = (struct shk_digest){ .md = NULL };
	if (!shk_sv_eat(&text, '-'))
		return false;
	for (size_t i = 0; i < 3; i++) {
		if (!shk_sv_equal(name, algs[i].name))
			continue;
		out->md = algs[i].md;
		out->n = algs[i].n;
		return decode(text, out);
	}
	return false;
}

enum shaken_err
shk_digest_check(const struct shk_digest *d, struct shaken_sv content,
    bool *same)
{
	uint8_t md[EVP_MAX_MD_SIZE];
	size_t n;

	*same = false;
	if (EVP_Q_digest(NULL, d->md, NULL, content.p == NULL ? "" : content.p,
	    content.n, md, &n) != 1) {
		ERR_clear_error();
		return SHAKEN_E_CRYPTO;
	}
	*same = n == d->n && memcmp(md, d->value, n) == 0;
	return SHAKEN_OK;
}
