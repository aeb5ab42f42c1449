/* SPDX-License-Identifier: Apache-2.0 */
/* Target: api_sign_parse() and api_sign_from_sip().  Seeds: tests/fuzz/corpus/sign_dto/. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "api.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a message's Date may say; what is beyond SHAKEN_IAT_MAX is not signed. */
#define YEAR_9999 INT64_C(253402300799)

/* What a request that was accepted may hold. */
static void
check(const struct api_sign *s, enum api_form form, int64_t iat_max)
{
	bool attested = strcmp(s->ppt, "shaken") == 0;
	bool diverts = strncmp(s->ppt, "div", 3) == 0;

	if (s->attest.n != attested || (attested &&
	    strchr("ABC", s->attest.p[0]) == NULL))
		abort();
	if (!attested && s->origid.n != 0)
		abort();
	if (diverts != (s->div.kind != SHAKEN_ID_NONE) ||
	    (diverts && s->claims == NULL))
		abort();
	if (s->orig.kind == SHAKEN_ID_NONE || s->n_dest == 0 ||
	    s->n_dest > SHAKEN_DEST_MAX)
		abort();
	for (size_t i = 0; i < s->n_dest; i++)
		if (s->dest[i].kind == SHAKEN_ID_NONE)
			abort();
	if (s->iat == 0 || s->iat < -1 || s->iat > iat_max)
		abort();
	if (form != API_NATIVE && (s->iat < 0 ||
	    (attested && s->origid.n == 0)))
		abort();
	if (s->origid.n != 0 && s->origid.n != SHAKEN_UUID_LEN - 1)
		abort();
}

/* An answer and an error are JSON whatever is in them. */
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

static void
check_result(bool ok, const struct api_sign *s, const struct api_error *e,
    enum api_form form, int64_t iat_max)
{
	static const struct api_sign empty;

	if (ok) {
		check(s, form, iat_max);
		check_json(api_sign_answer(s, true, true, SHAKEN_SV_LIT("x")));
	} else {
		if (memcmp(s, &empty, sizeof(*s)) != 0)
			abort(); /* failure must leave out zeroed */
		check_json(api_error_body(e, form));
	}
}

static void
one(struct shaken_sv body, enum api_form form)
{
	struct api_sign s;
	struct api_error e;
	bool ok = api_sign_parse(body, form, NULL, "1", &s, &e);

	check_result(ok, &s, &e, form, SHAKEN_IAT_MAX - 1);
	api_sign_clear(&s);
}

static void
sip(struct shaken_sv message, const char *attest, const char *ppt,
    const char *dest)
{
	const struct api_sip_query q = { .attest = shaken_sv_cstr(attest),
		.ppt = shaken_sv_cstr(ppt), .dest = shaken_sv_cstr(dest) };
	struct api_sign s;
	struct api_error e;
	bool ok = api_sign_from_sip(message, &q, "1", &s, &e);

	check_result(ok, &s, &e, API_NATIVE, YEAR_9999);
	api_sign_clear(&s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shaken_sv body = { (const char *)data, size };

	one(body, API_ATIS);
	one(body, API_NATIVE);
	sip(body, "A", "", "");
	sip(body, "", "div", "");
	sip(body, "", "div-o", "12155550199");
	return 0;
}
