/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "forge.h"
#include "pki.h"
#include "ppt.h"

static void
must(bool ok)
{
	if (!ok)
		abort();
}

void
test_calls_init(struct test_pki *pki, struct shaken_trust **trust,
    struct shaken_chain **chain)
{
	struct shaken_trust_opts opts = { .size = sizeof(opts),
		.crl_policy = SHAKEN_CRL_SOFT };

	test_pki_init(pki);
	test_pki_make(pki);
	must(shaken_trust_new(&opts, trust) == SHAKEN_OK);
	must(shaken_trust_add_anchors(*trust, shaken_sv_cstr(pki->root.pem),
	    NULL, NULL) == SHAKEN_OK);
	must(shaken_chain_new(*trust, shaken_sv_cstr(pki->chain), chain,
	    NULL) == SHAKEN_OK);
}

void
test_calls_free(struct test_pki *pki, struct shaken_trust **trust,
    struct shaken_chain **chain)
{
	shaken_chain_free(chain);
	shaken_trust_free(trust);
	test_pki_free(pki);
}

static const struct shaken_id *
read_id(const char *text, struct shaken_id *id)
{
	if (text == NULL)
		return NULL;
	must(shaken_id_parse(shaken_sv_cstr(text), NULL, id) == SHAKEN_OK);
	return id;
}

struct shaken_verify *
test_call_run(struct shaken_trust *trust, struct shaken_chain *chain,
    const struct test_call *in)
{
	static struct shaken_sv values[64];	/* borrowed by the result */
	static struct shaken_id orig, dest, target;
	struct shaken_call call = { .size = sizeof(call), .identity = values,
		.orig = read_id(in->orig, &orig),
		.dest = read_id(in->dest, &dest), .n_dest = in->dest != NULL,
		.target = read_id(in->target, &target) };
	struct shaken_verify_opts opts = { .size = sizeof(opts),
		.now = in->now == 0 ? TEST_NOW : in->now, .flags = in->flags,
		.diverted_freshness_s = in->diverted_freshness };
	struct shaken_verify *v = NULL;

	for (; call.n_identity < 64 && in->identity[call.n_identity] != NULL;
	    call.n_identity++)
		values[call.n_identity] =
		    shaken_sv_cstr(in->identity[call.n_identity]);
	if (trust == NULL)
		trust = (struct shaken_trust *)(uintptr_t)
		    shaken_chain_trust(chain);
	must(shaken_verify_begin(trust, &call, &opts, &v) == SHAKEN_OK);
	for (size_t i = 0; i < shaken_verify_n(v); i++)
		if (shaken_verify_x5u(v, i).n > 0)
			shaken_verify_chain(v, i, chain);
	must(shaken_verify_finish(v) == SHAKEN_OK);
	return v;
}

/* By case; of a verdict without one any code will do. */
static const int code_of[SHAKEN_CASES] = {
	[SHAKEN_E3] = 403, [SHAKEN_E4] = 438, [SHAKEN_E5] = 438,
	[SHAKEN_E6] = 436, [SHAKEN_E7] = 436, [SHAKEN_E8] = 436,
	[SHAKEN_E9] = 436, [SHAKEN_E10] = 436, [SHAKEN_E11] = 437,
	[SHAKEN_E12] = 437, [SHAKEN_E13] = 438, [SHAKEN_E14] = 438,
	[SHAKEN_E15] = 403, [SHAKEN_E16] = 438, [SHAKEN_E17] = 437,
	[SHAKEN_E18] = 438, [SHAKEN_E19] = 438,
};

const char *
test_misfit(const struct shaken_verdict *d)
{
	bool passed = d->verstat == SHAKEN_TN_VALIDATION_PASSED;
	bool failed = d->verstat == SHAKEN_TN_VALIDATION_FAILED;
	const char *phrase = shaken_reason_phrase(d->code);

	if (passed != (d->check == NULL))
		return "check";
	if (passed != (d->detail.text[0] == '\0'))
		return "detail";
	if (passed && (d->ecase != SHAKEN_CASE_NONE || d->code != 0))
		return "a fault, and passed";
	if (d->ecase != SHAKEN_CASE_NONE && d->code != code_of[d->ecase])
		return "code";
	if (failed != (d->ecase == SHAKEN_E17 || d->ecase == SHAKEN_E18))
		return "verstat";
	if ((d->code != 0) != (d->reason != NULL) || (phrase != NULL &&
	    strcmp(d->reason, phrase) != 0))
		return "reason";
	return NULL;
}

char *
test_token(const char *key, const char *ppt, const char *payload)
{
	bool base = ppt[0] == '\0';
	char *header = test_text("{\"alg\":\"ES256\",%s%s%s\"typ\":\"passport\","
	    "\"x5u\":\"" TEST_X5U "\"}", base ? "" : "\"ppt\":\"", ppt,
	    base ? "" : "\",");
	char *token = test_forge(key, header, payload);

	free(header);
	return token;
}

char *
test_value(const char *key, const char *ppt, const char *payload)
{
	char *token = test_token(key, ppt, payload);
	char *value = test_text("%s;info=<" TEST_X5U ">;alg=ES256%s%s", token,
	    ppt[0] == '\0' ? "" : ";ppt=", ppt);

	free(token);
	return value;
}

enum shaken_err
test_claims(const char *ppt, const char *payload, struct shaken_diag *diag)
{
	struct shaken_passport p;
	enum shaken_err err;

	err = shk_passport_from_payload(&p, shaken_sv_cstr(payload));
	if (err == SHAKEN_OK)
		err = shk_ppt_check(shk_ppt_find(shaken_sv_cstr(ppt)), &p,
		    diag);
	shk_passport_clear(&p);
	return err;
}
