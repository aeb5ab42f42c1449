/* SPDX-License-Identifier: Apache-2.0 */
/* Target: api_verify_parse() in all forms, and the answer to what it accepts.
 * Seeds: tests/fuzz/corpus/verify_dto/. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "api.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_json(char *text)
{
	json_t *o;

	if (text == NULL)
		abort();
	o = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(o))
		abort();
	json_decref(o);
	free(text);
}

/* The answer to a call that is verified without any certificate. */
static void
answer(const struct api_verify *req)
{
	const struct shaken_call call = { .size = sizeof(call),
		.identity = req->identity, .n_identity = req->n_identity,
		.orig = &req->orig, .dest = req->dest, .n_dest = req->n_dest,
		.date = req->time, .target = req->target.kind ==
		    SHAKEN_ID_NONE ? NULL : &req->target };
	const struct shaken_verify_opts opts = { .size = sizeof(opts),
		.now = 1700000000, .flags = SHAKEN_EXPLAIN };
	const struct api_render r = { .suffixed = true, .explain = true,
		.attestation = true };
	struct shaken_trust *trust;
	struct shaken_verify *v;

	if (shaken_trust_new(NULL, &trust) != SHAKEN_OK)
		abort();
	if (shaken_verify_begin(trust, &call, &opts, &v) != SHAKEN_OK ||
	    shaken_verify_finish(v) != SHAKEN_OK)
		abort();
	if (shaken_verify_n(v) < req->n_identity)
		abort(); /* a value of the request is one of the call */
	if (shaken_verify_verdict(v)->verstat == SHAKEN_TN_VALIDATION_PASSED)
		abort();
	check_json(api_verify_answer(req, v, &r));
	shaken_verify_free(&v);
	shaken_trust_free(&trust);
}

static void
one(struct shaken_sv body, enum api_form form)
{
	struct api_verify v, empty;
	struct api_error e;

	memset(&empty, 0, sizeof(empty));
	if (api_verify_parse(body, form, NULL, form != API_NATIVE, &v, &e)) {
		if (v.orig.kind == SHAKEN_ID_NONE || v.n_dest == 0)
			abort(); /* nothing to compare with: never accepted */
		if (form != API_NATIVE && v.n_identity == 0)
			abort();
		answer(&v);
	} else {
		if (memcmp(&v, &empty, sizeof(v)) != 0)
			abort(); /* failure must leave out zeroed */
		check_json(api_error_body(&e, form));
	}
	api_verify_clear(&v);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shaken_sv body = { (const char *)data, size };

	one(body, API_ATIS);
	one(body, API_NATIVE);
	return 0;
}
