/* SPDX-License-Identifier: Apache-2.0 */
/* verdict.c - what a failed check makes of a call (RFC 8224 section 6.2.2,
 * ATIS-1000082). */
#include "verdict.h"

const struct shk_check_row shk_check_rows[SHK_CHECKS_N] = {
#define X(id, name, ecase, code, rule, hint) { name, rule, hint, ecase, code },
	SHK_CHECKS(X)
#undef X
};

const char *
shaken_verstat_name(enum shaken_verstat s)
{
	switch (s) {
	case SHAKEN_TN_VALIDATION_PASSED: return "TN-Validation-Passed";
	case SHAKEN_TN_VALIDATION_FAILED: return "TN-Validation-Failed";
	case SHAKEN_NO_TN_VALIDATION: break;
	}
	return "No-TN-Validation";
}

enum shaken_verstat
shaken_case_verstat(enum shaken_case c)
{
	return c == SHAKEN_E17 || c == SHAKEN_E18 ?
	    SHAKEN_TN_VALIDATION_FAILED : SHAKEN_NO_TN_VALIDATION;
}

const char *
shaken_reason_phrase(int code)
{
	switch (code) {
	case 403: return "Stale Date";
	case 428: return "Use Identity Header";
	case 436: return "Bad Identity Info";
	case 437: return "Unsupported Credential";
	case 438: return "Invalid Identity Header";
	default: return NULL;
	}
}

static enum shaken_verstat
verstat_of(const struct shaken_verify *v, enum shaken_case c)
{
	return v->opts.verstat != NULL ? v->opts.verstat[c] :
	    shaken_case_verstat(c);
}

void
shk_refuse(const struct shaken_verify *v, enum shk_check check,
    struct shaken_verdict *d)
{
	const struct shk_check_row *r = &shk_check_rows[check];

	d->ecase = r->ecase;
	d->verstat = verstat_of(v, r->ecase);
	d->code = r->code;
	d->reason = shaken_reason_phrase(r->code);
	d->check = r->name;
}

bool
shk_is_ignored(const struct shk_value *x)
{
	return x->failed && (x->next == SHK_CHECK_ppt_param ||
	    (x->next == SHK_CHECK_ppt && x->ppt == NULL));
}
