/* SPDX-License-Identifier: Apache-2.0 */
/* Target: certs_x5u_lint_url() and certs_x5u_lint_answer().  A URL has an error
 * when it may not be fetched, or no call be verified with it; a body has one
 * when no chain can be made of it; findings are printable and have a rule. */
#include <stdint.h>
#include <stdlib.h>

#include <shaken/chain.h>
#include <shakencerts/x5u.h>

#include "uri.h"
#include "url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
on_finding(const struct shaken_finding *f, void *ctx)
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
try_url(struct shaken_sv in)
{
	const struct certs_fetch_opts strict = { .size = sizeof(strict) };
	size_t errors = 0;

	certs_x5u_lint_url(in, on_finding, &errors);
	if (errors == 0 &&
	    (certs_url_check(&strict, in, NULL, NULL) != SHAKEN_OK ||
	    shk_uri_check_x5u(in, false, NULL) != SHAKEN_OK))
		abort();
}

static void
try_body(struct shaken_sv in)
{
	struct certs_fetch_res res = { .end = CERTS_FETCH_OK, .status = 200,
		.body = in, .content_type = "", .cache_control = "",
		.fresh_s = -1 };
	struct shaken_chain *chain = NULL;
	struct shaken_trust *none = NULL;
	size_t errors = 0;

	certs_x5u_lint_answer(&res, on_finding, &errors);
	if (shaken_trust_new(NULL, &none) != SHAKEN_OK)
		return;
	if (shaken_chain_new(none, in, &chain, NULL) != SHAKEN_OK &&
	    errors == 0)
		abort();
	shaken_chain_free(&chain);
	shaken_trust_free(&none);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shaken_sv in = { (const char *)data, size };

	try_url(in);
	try_body(in);
	return 0;
}
