/* SPDX-License-Identifier: Apache-2.0 */
/* calls.h - a call with several Identity values, run to its verdicts. */
#ifndef TEST_CALLS_H
#define TEST_CALLS_H

#include <shaken/verify.h>

#include "pki.h"

#define TEST_X5U "https://cert.example.org/1234.pem"

struct test_call {		/* zero: nothing given, strict */
	const char	*identity[64];	/* up to the first NULL */
	const char	*orig, *dest, *target; /* NULL: not given */
	int64_t		 now;		/* 0: TEST_NOW */
	int64_t		 diverted_freshness;
	unsigned	 flags;
};

/* What calls need: a PKI without a fault, a trust in it that minds no CRLs, and
 * its chain.  Aborts on failure. */
void test_calls_init(struct test_pki *pki, struct shaken_trust **trust,
    struct shaken_chain **chain);
void test_calls_free(struct test_pki *pki, struct shaken_trust **trust,
    struct shaken_chain **chain);

/* Every value that wants a chain gets this one; trust may be NULL: the chain's.
 * In finished state, for shaken_verify_free(); aborts on failure. */
struct shaken_verify *test_call_run(struct shaken_trust *trust,
    struct shaken_chain *chain, const struct test_call *in);

/* What does not fit together in a verdict by the default verstat table; NULL:
 * it all does.  Cases and codes are those of ATIS-1000082. */
const char *test_misfit(const struct shaken_verdict *d);

/* An Identity value of type ppt ("": base) with that payload, ES256 with a PEM
 * private key; new, for free(). */
char *test_value(const char *key, const char *ppt, const char *payload);

/* Its token alone. */
char *test_token(const char *key, const char *ppt, const char *payload);

/* What shk_ppt_check() says to a payload of that type; diag may be NULL. */
enum shaken_err test_claims(const char *ppt, const char *payload,
    struct shaken_diag *diag);

#endif
