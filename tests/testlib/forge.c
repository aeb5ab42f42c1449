/* SPDX-License-Identifier: Apache-2.0 */
/* forge.c - tokens that no honest signer makes. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "b64url.h"
#include "es256.h"
#include "forge.h"

#define ROOM (64 * 1024)

static void
must(int ok)
{
	if (!ok)
		abort();
}

static struct shk_buf
new_buf(void)
{
	char *p = calloc(1, ROOM);

	must(p != NULL);
	return shk_buf_over(p, ROOM - 1);
}

char *
test_forge_n(const char *key, struct shaken_sv header,
    struct shaken_sv payload)
{
	struct shk_buf b = new_buf();
	uint8_t sig[SHAKEN_ES256_SIG];
	struct shk_es256 *k = NULL;

	shk_b64url_encode(&b, header.p, header.n);
	SHK_BUF_LIT(&b, ".");
	shk_b64url_encode(&b, payload.p, payload.n);
	must(shk_es256_from_pem(shaken_sv_cstr(key), &k) == SHAKEN_OK);
	must(shk_es256_sign(k, shk_buf_view(&b), sig) == SHAKEN_OK);
	shk_es256_free(&k);
	SHK_BUF_LIT(&b, ".");
	shk_b64url_encode(&b, sig, sizeof(sig));
	must(!b.full);
	return b.p;
}

char *
test_forge(const char *key, const char *header, const char *payload)
{
	return test_forge_n(key, shaken_sv_cstr(header),
	    shaken_sv_cstr(payload));
}

char *
test_with_signature(const char *token, const uint8_t *sig, size_t n)
{
	const char *dot = strrchr(token, '.');
	struct shk_buf b = new_buf();

	must(dot != NULL);
	shk_buf_add(&b, (struct shaken_sv){ token, (size_t)(dot + 1 - token) });
	shk_b64url_encode(&b, sig, n);
	return b.p;
}

void
test_signature(const char *token, uint8_t sig[SHAKEN_ES256_SIG])
{
	const char *dot = strrchr(token, '.');
	size_t n;

	must(dot != NULL);
	must(shk_b64url_decode(shaken_sv_cstr(dot + 1), false, sig,
	    SHAKEN_ES256_SIG, &n) == SHAKEN_OK);
	must(n == SHAKEN_ES256_SIG);
}

char *
test_identity(const char *token, const char *params)
{
	return test_text("%s%s", token, params);
}

char *
test_text(const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	must(vasprintf(&text, fmt, ap) >= 0);
	va_end(ap);
	return text;
}
