/* SPDX-License-Identifier: Apache-2.0 */
/* Target: shk_passport_decode(), shk_passport_check_claims() and the checks of
 * begin.  Seeds: tests/fuzz/corpus/passport/. */
#include <stdint.h>
#include <stdlib.h>

#include <shaken/verify.h>

#include "passport.h"
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
check_inside(struct shaken_sv v, struct shaken_sv whole)
{
	must(v.n == 0 || (v.p >= whole.p && v.n <= whole.n -
	    (size_t)(v.p - whole.p)));
}

static void
check_token(struct shaken_sv token)
{
	struct shaken_passport p;

	if (shk_passport_decode(&p, token, 3, "1") != SHAKEN_OK)
		return; /* no memory */
	must((p.decoded == SHK_DECODED_ALL) == (p.diag.text[0] == '\0'));
	check_inside(p.jws.signed_bytes, token);
	if (p.decoded == SHK_DECODED_ALL) {
		const struct shk_ppt *ppt = shk_ppt_find(p.ppt);

		must(p.iat >= -1 && p.iat <= SHAKEN_IAT_MAX);
		must(p.n_dest <= SHAKEN_DEST_MAX);
		for (size_t i = 0; i < p.n_dest; i++)
			must(p.dest[i].kind != SHAKEN_ID_NONE);
		if (shk_passport_check_claims(&p, NULL) == SHAKEN_OK)
			must(p.iat >= 0 && p.n_dest > 0 &&
			    p.orig.kind != SHAKEN_ID_NONE);
		if (ppt != NULL && shk_ppt_check(ppt, &p, NULL) == SHAKEN_OK &&
		    ppt->role == SHK_DIVERTS)
			must(p.div.kind != SHAKEN_ID_NONE &&
			    !shk_passport_has_dest(&p, &p.div));
		(void)shaken_passport_is_canonical(&p);
	}
	shk_passport_clear(&p);
}

/* What is wanted for a value is what its token names, in opt or not. */
static void
check_x5u(const struct shaken_verify *v, size_t i)
{
	struct shaken_sv x5u = shaken_verify_x5u(v, i);
	const struct shaken_passport *p = shaken_verify_passport(v, i);

	must(x5u.n == 0 || (p != NULL &&
	    shk_sv_equal(x5u, shaken_passport_x5u(p))));
}

/* Without a chain no value may pass, whatever it says. */
static void
check_value(struct shaken_sv value)
{
	struct shaken_call call = { .size = sizeof(call), .identity = &value,
		.n_identity = 1 };
	struct shaken_verify_opts opts = { .size = sizeof(opts),
		.now = 1443208345, .flags = SHAKEN_EXPLAIN |
		SHAKEN_ACCEPT_BASE | SHAKEN_ACCEPT_PADDING };
	struct shaken_trust *t = NULL;
	struct shaken_verify *v = NULL;

	if (shaken_trust_new(NULL, &t) != SHAKEN_OK)
		return;
	if (shaken_verify_begin(t, &call, &opts, &v) == SHAKEN_OK) {
		must(shaken_verify_n(v) <= SHAKEN_VALUES_MAX);
		for (size_t i = 0; i < shaken_verify_n(v); i++)
			check_x5u(v, i);
		must(shaken_verify_finish(v) == SHAKEN_OK);
		must(shaken_verify_verdict(v)->verstat ==
		    SHAKEN_NO_TN_VALIDATION);
	}
	shaken_verify_free(&v);
	shaken_trust_free(&t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shaken_sv in = { (const char *)data, size };

	check_token(in);
	check_value(in);
	return 0;
}
