/* SPDX-License-Identifier: Apache-2.0 */
/* Target: shaken_passport_lint() over a header and a payload with a line feed
 * between them.  Findings are printable and have a rule; where the verifier
 * misses a base claim, there is an error, and where there is none, the token is
 * one that a strict reader takes. */
#include <stdint.h>
#include <stdlib.h>

#include "b64url.h"
#include "passport.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
count_errors(const struct shaken_finding *f, void *ctx)
{
	size_t *errors = ctx, len = strlen(f->text);

	*errors += f->severity == SHAKEN_ERROR;
	if (f->id[0] == '\0' || f->rule[0] == '\0' || len == 0 ||
	    len >= SHAKEN_DIAG_MAX)
		abort();
	for (size_t i = 0; i < len; i++)
		if (f->text[i] < ' ' || f->text[i] > '~')
			abort();
}

static void
lint(struct shaken_sv token)
{
	struct shaken_passport *p = NULL;
	struct shaken_sv attest;
	size_t errors = 0;

	if (shaken_passport_decode(token, 0, &p, NULL) != SHAKEN_OK)
		return;
	shaken_passport_lint(p, count_errors, &errors);
	if (shk_passport_check_claims(p, NULL) != SHAKEN_OK && errors == 0)
		abort();
	attest = shaken_passport_attest(p);
	if (errors == 0 && shaken_passport_ppt(p).n == 6 &&
	    memcmp(shaken_passport_ppt(p).p, "shaken", 6) == 0 &&
	    (attest.n != 1 || attest.p[0] < 'A' || attest.p[0] > 'C'))
		abort();
	shaken_passport_free(&p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t sig[SHAKEN_ES256_SIG];
	const uint8_t *lf = size == 0 ? NULL : memchr(data, '\n', size);
	struct shk_buf b;
	size_t n, cap;
	char *text;

	if (lf == NULL)
		return 0;
	n = (size_t)(lf - data);
	cap = SHK_B64URL_LEN(size) + SHK_B64URL_LEN(sizeof(sig)) + 8;
	text = malloc(cap);
	if (text == NULL)
		abort();
	b = shk_buf_over(text, cap);
	shk_b64url_encode(&b, data, n);
	SHK_BUF_LIT(&b, ".");
	shk_b64url_encode(&b, lf + 1, size - n - 1);
	SHK_BUF_LIT(&b, ".");
	shk_b64url_encode(&b, sig, sizeof(sig));
	if (b.full)
		abort();
	lint(shk_buf_view(&b));
	free(text);
	return 0;
}
