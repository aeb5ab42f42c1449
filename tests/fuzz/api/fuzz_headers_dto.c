/* SPDX-License-Identifier: Apache-2.0 */
/* Target: api_mark(), and the header fields of a verdict about a SIP message:
 * nothing that came from outside makes a line of its own, or a verstat.
 * Seeds: tests/fuzz/corpus/headers_dto/. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "mark.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
starts(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

/* Lines are whole, end in CRLF, and are of these names. */
static void
check_lines(const char *s)
{
	while (*s != '\0') {
		size_t n = strcspn(s, "\r\n");

		if (!starts(s, "P-Asserted-Identity: ") &&
		    !starts(s, "From: ") && !starts(s, "Reason: STIR;cause="))
			abort();
		if (s[n] != '\r' || s[n + 1] != '\n')
			abort();
		s += n + 2;
	}
}

static void
render(const struct api_verify *req, const struct shaken_verify *v)
{
	for (int f = API_FIELDS_AUTO; f <= API_FIELDS_NONE; f++)
		for (int u = API_URI_KEEP; u <= API_URI_SIP; u++) {
			const struct api_render r = {
				.fields = (enum api_fields)f,
				.uri = (enum api_uri)u, .domain = "d.example",
				.attestation = true, .ppi = API_PPI_FULL };
			char *text = api_verify_fragment(req, v, &r);

			if (text == NULL)
				abort();
			check_lines(text);
			free(text);
		}
}

static void
one_message(struct shaken_sv message)
{
	struct shaken_verify_opts opts = { .size = sizeof(opts),
		.now = 1700000000 };
	struct api_verify req;
	struct api_error e;
	struct shaken_trust *trust;
	struct shaken_verify *v;
	struct shaken_call call = { .size = sizeof(call) };

	if (!api_verify_from_sip(message, "1", &req, &e))
		return;
	call.identity = req.identity;
	call.n_identity = req.n_identity;
	call.orig = &req.orig;
	call.dest = req.dest;
	call.n_dest = req.n_dest;
	if (shaken_trust_new(NULL, &trust) != SHAKEN_OK ||
	    shaken_verify_begin(trust, &call, &opts, &v) != SHAKEN_OK ||
	    shaken_verify_finish(v) != SHAKEN_OK)
		abort();
	render(&req, v);
	shaken_verify_free(&v);
	shaken_trust_free(&trust);
	api_verify_clear(&req);
}

/* What is marked and unmarked is what was never marked. */
static void
one_value(struct shaken_sv value)
{
	char plain[API_MARK_MAX], marked[API_MARK_MAX], again[API_MARK_MAX];
	bool ok = api_mark(value, NULL, true, plain);

	if (strpbrk(plain, "\r\n") != NULL)
		abort();
	if (ok && (!api_mark(shaken_sv_cstr(plain), NULL, true, again) ||
	    strcmp(plain, again) != 0))
		abort();
	if (!api_mark(value, "No-TN-Validation", true, marked))
		return;
	if (!ok || !api_mark(shaken_sv_cstr(marked), NULL, true, again) ||
	    strcmp(plain, again) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shaken_sv in = { (const char *)data, size };

	one_value(in);
	one_message(in);
	return 0;
}
