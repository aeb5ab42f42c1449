/* SPDX-License-Identifier: Apache-2.0 */
/* Target: shk_passport_from_payload() and shk_ppt_check() of every type, and the
 * digests of content.h.  What passes as a payload passes in canonical form too.
 * Seeds: tests/fuzz/corpus/claims/. */
#include <stdint.h>
#include <stdlib.h>

#include <shaken/content.h>

#include "digest.h"
#include "json.h"
#include "ppt.h"
#include "sv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
note(const struct shaken_rcdi *r, void *ctx)
{
	must(r->pointer.n > 0 && r->pointer.p[0] == '/');
	must(r->is_external ? r->result == SHAKEN_SKIPPED : r->uri.n == 0);
	++*(size_t *)ctx;
}

/* Every digest is shown once, and each has a result of any content. */
static void
check_content(const struct shaken_passport *p)
{
	enum shaken_result r;
	size_t n = 0;

	if (shaken_rcdi_each(p, note, &n) == SHAKEN_OK)
		must((p->claim[SHK_CLAIM_RCDI].type == SHK_JSON_ABSENT) ==
		    (n == 0));
	if (shaken_rcdi_check(p, SHAKEN_SV_LIT("/icn"), SHAKEN_SV_LIT("x"),
	    &r) != SHAKEN_OK)
		must(r == SHAKEN_FAIL);
	if (shaken_msgi_check(p, SHAKEN_SV_LIT("x"), &r) != SHAKEN_OK)
		must(r == SHAKEN_FAIL);
}

/* What a verifier takes, a signer may put in order and send on. */
static void
check_canonical(const struct shk_ppt *ppt, struct shaken_sv payload)
{
	char *text = malloc(payload.n + 1);
	struct shk_buf b = shk_buf_over(text, payload.n);
	struct shaken_passport again;
	json_t *obj = NULL;

	if (text != NULL && shk_json_parse(payload, &obj, NULL) == SHAKEN_OK &&
	    shk_json_canonical(obj, &b) == SHAKEN_OK && !b.full) {
		/* full: a number that is no integer became longer */
		if (shk_passport_from_payload(&again, shk_buf_view(&b)) !=
		    SHAKEN_E_NOMEM)
			must(shk_ppt_check(ppt, &again, NULL) == SHAKEN_OK);
		shk_passport_clear(&again);
	}
	json_decref(obj);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shaken_sv in = { (const char *)data, size };
	struct shaken_passport p;
	struct shk_digest d;

	if (size > SHAKEN_TOKEN_MAX)
		return 0;
	if (shk_digest_parse(in, &d))
		must(d.md != NULL && d.n >= 32 && d.n <= SHK_DIGEST_MAX);
	if (shk_passport_from_payload(&p, in) == SHAKEN_OK) {
		for (size_t i = 0; i < SHK_PPTS; i++) {
			struct shaken_diag why = { "" };
			const struct shk_ppt *ppt = shk_ppt_at(i);
			enum shaken_err err = shk_ppt_check(ppt, &p, &why);

			must((err == SHAKEN_OK) == (why.text[0] == '\0') ||
			    err == SHAKEN_E_NOMEM);
			if (err == SHAKEN_OK)
				check_canonical(ppt, in);
			p.ppt = ppt->name;
			check_content(&p);
		}
	}
	shk_passport_clear(&p);
	return 0;
}
