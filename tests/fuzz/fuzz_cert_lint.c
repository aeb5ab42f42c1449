/* SPDX-License-Identifier: Apache-2.0 */
/* Target: shaken_cert_lint() over whatever parses as a certificate.  Findings
 * are printable and have a rule; the same certificate has the same ones; a leaf
 * without errors names a service provider or numbers. */
#include <stdint.h>
#include <stdlib.h>

#include <shaken/cert.h>

#define NOW INT64_C(1700000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct count {
	size_t	n, errors;
};

static void
count(const struct shaken_finding *f, void *ctx)
{
	struct count *c = ctx;
	size_t len = strlen(f->text);

	c->n++;
	c->errors += f->severity == SHAKEN_ERROR;
	if (f->id[0] == '\0' || f->rule[0] == '\0' || len == 0 ||
	    len >= SHAKEN_DIAG_MAX)
		abort();
	for (size_t i = 0; i < len; i++)
		if (f->text[i] < ' ' || f->text[i] > '~')
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shaken_sv in = { (const char *)data, size };
	struct count first = { 0 }, again = { 0 };
	struct shaken_cert *c = NULL;

	if (shaken_cert_parse(in, &c, NULL) != SHAKEN_OK)
		return 0;
	shaken_cert_lint(c, NOW, count, &first);
	shaken_cert_lint(c, NOW, count, &again);
	if (first.n != again.n)
		abort();
	if (first.errors == 0 && !shaken_cert_is_ca(c) &&
	    shaken_cert_n_tnauth(c) == 0)
		abort();
	shaken_cert_free(&c);
	return 0;
}
