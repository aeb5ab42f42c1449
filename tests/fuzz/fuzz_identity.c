/* SPDX-License-Identifier: Apache-2.0 */
/* Target: shaken_identity_parse(), shaken_identity_next().  Views stay inside
 * the input, failure leaves nothing behind, and what was read reads the same
 * when it is written again. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <shaken/identity.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_inside(struct shaken_sv v, struct shaken_sv in)
{
	if (v.n != 0 && (v.p < in.p || v.n > (size_t)(in.p + in.n - v.p)))
		abort();
}

static bool
same(struct shaken_sv a, struct shaken_sv b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* Outside of quotes a backslash is itself, inside it is not. */
static bool
has_backslash(struct shaken_sv v)
{
	return v.n > 0 && memchr(v.p, '\\', v.n) != NULL;
}

static void
check_rewritten(const struct shaken_identity *id)
{
	struct shaken_identity again;
	size_t cap = id->token.n + id->info.n + id->alg.n + id->ppt.n + 64;
	char *text = malloc(cap);
	int n;

	if (text == NULL)
		abort();
	if (has_backslash(id->alg) || has_backslash(id->ppt)) {
		free(text);
		return;
	}
	n = snprintf(text, cap, "%.*s", (int)id->token.n, id->token.p);
	if (id->info.n > 0 && !id->info_bare)
		n += snprintf(text + n, cap - (size_t)n, ";info=<%.*s>",
		    (int)id->info.n, id->info.p);
	if (id->alg.n > 0)
		n += snprintf(text + n, cap - (size_t)n, ";alg=\"%.*s\"",
		    (int)id->alg.n, id->alg.p);
	if (id->ppt.n > 0)
		n += snprintf(text + n, cap - (size_t)n, "\r\n ; PPT = \"%.*s\"",
		    (int)id->ppt.n, id->ppt.p);
	if ((size_t)n < SHAKEN_IDENTITY_MAX) {
		if (shaken_identity_parse((struct shaken_sv){ text, (size_t)n },
		    &again, NULL) != SHAKEN_OK)
			abort();
		if (!same(id->token, again.token) ||
		    !same(id->alg, again.alg) || !same(id->ppt, again.ppt) ||
		    (!id->info_bare && !same(id->info, again.info)))
			abort();
	}
	free(text);
}

static void
check_parse(struct shaken_sv in)
{
	struct shaken_identity id;
	struct shaken_diag d;

	if (shaken_identity_parse(in, &id, &d) != SHAKEN_OK) {
		if (id.token.n || id.info.n || id.alg.n || id.ppt.n ||
		    id.info_bare || d.text[0] == '\0')
			abort();
		return;
	}
	if (id.token.n == 0 || d.text[0] != '\0')
		abort();
	check_inside(id.token, in);
	check_inside(id.info, in);
	check_inside(id.alg, in);
	check_inside(id.ppt, in);
	check_rewritten(&id);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shaken_sv in = { (const char *)data, size }, rest = in, v;
	const char *last = in.p;

	check_parse(in);
	while (shaken_identity_next(&rest, &v)) {
		check_inside(v, in);
		check_inside(rest, in);
		if (v.n == 0 || v.p < last || memchr(" \t\r\n", v.p[v.n - 1], 4))
			abort();
		last = v.p + v.n;
		check_parse(v);
	}
	if (v.n != 0 || rest.n != 0)
		abort();
	return 0;
}
