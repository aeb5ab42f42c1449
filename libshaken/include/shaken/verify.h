/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify.h - the verification service's half: a call in, a verdict out
 * (RFC 8224 section 6.2, RFC 8588, ATIS-1000074).
 *
 * No I/O: the library says which certificates it wants, the caller gets them
 * from a cache or the network, the library decides.
 *
 *	shaken_verify_begin()
 *	for each i below shaken_verify_n():
 *		url = shaken_verify_x5u(i); if it is not empty, get that chain
 *		shaken_verify_chain(i, chain), or _no_chain(i, why)
 *	shaken_verify_finish() -> shaken_verify_verdict()
 */
#ifndef SHAKEN_VERIFY_H
#define SHAKEN_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include <shaken/chain.h>
#include <shaken/err.h>
#include <shaken/id.h>
#include <shaken/passport.h>
#include <shaken/view.h>

SHAKEN_BEGIN_DECLS

/* Identity values looked at in one call; a call diverted ten times has 11. */
#define SHAKEN_VALUES_MAX 32

/* Value for the verstat parameter, 3GPP TS 24.229 section 7.2A.20.  Zero is
 * the value to use when nothing has been proved, so a cleared struct is safe. */
enum shaken_verstat {
	SHAKEN_NO_TN_VALIDATION = 0,
	SHAKEN_TN_VALIDATION_FAILED = 1,
	SHAKEN_TN_VALIDATION_PASSED = 2,
};

/* The verification error cases of ATIS-1000082, E3 to E19 (E1 and E2 are about
 * an API's request).  Zero: none of them applies. */
enum shaken_case {
	SHAKEN_CASE_NONE = 0,
	SHAKEN_E3 = 3, SHAKEN_E4, SHAKEN_E5, SHAKEN_E6, SHAKEN_E7, SHAKEN_E8,
	SHAKEN_E9, SHAKEN_E10, SHAKEN_E11, SHAKEN_E12, SHAKEN_E13, SHAKEN_E14,
	SHAKEN_E15, SHAKEN_E16, SHAKEN_E17, SHAKEN_E18, SHAKEN_E19,
};
#define SHAKEN_CASES 20 /* size of a table indexed by enum shaken_case */

enum shaken_result {
	SHAKEN_SKIPPED = 0,	/* not reached, or nothing to compare with */
	SHAKEN_PASS = 1,
	SHAKEN_FAIL = 2,
};

/* One step of a verification, as "explain" shows it. */
struct shaken_check {
	const char		*name;	/* "iat-fresh"; static, stable */
	const char		*rule;	/* "RFC 8224 section 6.2"; static */
	const char		*hint;	/* what to do about a failure; static */
	enum shaken_result	 result;
	const char		*detail; /* the facts; borrows from the verification;
					 * "" when there is nothing to say */
};

#define SHAKEN_SPC_MAX 32

struct shaken_verdict {
	enum shaken_verstat	verstat; /* of the call: of its calling number;
					 * of one value: PASSED is a good token,
					 * whatever its type speaks for */
	enum shaken_case	ecase;	/* SHAKEN_CASE_NONE when passed */
	int			code;	/* RFC 8224 section 6.2.2; 0 when passed */
	const char		*reason; /* its phrase; NULL when passed; static */
	const char		*check;	/* the failed check's name; NULL when passed */
	struct shaken_diag	detail;	/* "iat is 75 s old, 60 s allowed" */
	/* What the token claims.  Proved only when verstat is PASSED; given for
	 * a failed call too, where it could be read.  0 or "" where not. */
	char			attest;
	char			origid[SHAKEN_UUID_LEN];
	int64_t			iat;	/* seconds since 1970-01-01 UTC; -1: none */
	char			spc[SHAKEN_SPC_MAX + 1]; /* of the leaf */
	size_t			value;	/* index of the Identity value that decided */
};

/* Tolerances, all off by default (0); each admits what a rule forbids. */
enum shaken_verify_flags {
	SHAKEN_ACCEPT_BASE = 1,		/* PASSporTs without ppt */
	SHAKEN_ACCEPT_PADDING = 2,	/* "=" in base64url */
	SHAKEN_ACCEPT_DEST_STRING = 4,	/* dest.tn that is no array */
	SHAKEN_ACCEPT_HTTP = 8,		/* http x5u, and any port; for labs */
	SHAKEN_REQUIRE_IDENTITY = 16,	/* no usable Identity: 428 */
	SHAKEN_REQUIRE_UUID = 32,	/* origid that is no UUID: 438 */
	SHAKEN_EXPLAIN = 64,		/* no tolerance: keep every check's result */
};

/* Bytes that tell one token from another. */
#define SHAKEN_TOKEN_ID 32

/*
 * Asked of a token that has passed all checks of its own: was it used before?
 * The library remembers nothing, so this is for a caller that does.
 *
 *   arg	opts->replayed_arg
 *   id		SHAKEN_TOKEN_ID bytes, the same for every copy of one token,
 *		however its Identity value or its signature is spelt (s and n - s
 *		count as one); borrowed for the call
 *   until	the last second in which the token is fresh
 *   why	to be filled when the answer is true: what "detail" says
 *
 * True: the value fails at check "replay", as one that is not fresh (E15, 403).
 * It is called in shaken_verify_finish() and must not use the verification.
 */
typedef bool (*shaken_replayed_fn)(void *arg, const uint8_t *id, int64_t until,
    struct shaken_diag *why);

struct shaken_verify_opts {
	size_t		size;		/* sizeof(struct shaken_verify_opts) */
	int64_t		now;		/* seconds since 1970-01-01 UTC */
	int64_t		freshness_s;	/* both ways; 0: 60, RFC 8224 section 4.1 */
	unsigned	flags;		/* enum shaken_verify_flags */
	const char	*country;	/* default country code for numbers of the
					 * call and of the token; NULL: none */
	const enum shaken_verstat *verstat; /* SHAKEN_CASES entries: what to answer
					 * for each case; NULL: ATIS-1000082's.  PASSED
					 * in it is SHAKEN_E_ARG */
	int64_t		diverted_freshness_s; /* how old what was diverted may
					 * be, under a div that is fresh: RFC
					 * 8946 section 4.2 has up to 10800 for
					 * transfers by a trusted party; less
					 * than freshness_s: as that */
	shaken_replayed_fn replayed;	/* NULL: not asked */
	void		*replayed_arg;	/* borrowed until shaken_verify_free() */
};

struct shaken_call {		/* all borrowed until shaken_verify_free() */
	size_t			 size;	/* sizeof(struct shaken_call) */
	const struct shaken_sv	*identity; /* header values, commas not yet split */
	size_t			 n_identity;
	const struct shaken_id	*orig;	/* P-Asserted-Identity or From; NULL:
					 * not compared, the checks say so */
	const struct shaken_id	*dest;	/* To; several: any of them may match */
	size_t			 n_dest; /* 0: not compared */
	int64_t			 date;	/* Date field, seconds, however late;
					 * 0: none came */
	const struct shaken_id	*target; /* Request-URI, or whom the call is
					 * for: where diversions must have led;
					 * NULL: not known, then no diversion
					 * may fail */
};

struct shaken_verify; /* opaque: one call, one thread at a time */

/*
 * Parse every Identity value and make all checks that need no certificate.
 *
 *   trust	chains not judged under it are judged again in finish; a
 *		reference is taken
 *   call	borrowed until shaken_verify_free()
 *   opts	copied, but for what it points to
 *   *out	owned by the caller; NULL on failure
 *
 * A call that cannot be verified is an answer, not an error: this returns
 * SHAKEN_OK and the verdict reports it.
 * Returns SHAKEN_OK, SHAKEN_E_ARG, SHAKEN_E_NOMEM.
 */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
shaken_verify_begin(struct shaken_trust *trust, const struct shaken_call *call,
    const struct shaken_verify_opts *opts, struct shaken_verify **out);

/* Values: those of the Identity fields in their order, then the tokens that div-o
 * tokens have in opt, to a depth of 5.  Those past SHAKEN_VALUES_MAX are not
 * looked at. */
SHAKEN_API size_t shaken_verify_n(const struct shaken_verify *v);

/* The URL whose chain value i needs.  n is 0 when no chain can change its
 * result.  Borrows from the call or from v. */
SHAKEN_API struct shaken_sv
shaken_verify_x5u(const struct shaken_verify *v, size_t i);

/* Give value i its chain; a reference is taken. */
SHAKEN_API void
shaken_verify_chain(struct shaken_verify *v, size_t i, struct shaken_chain *c);

/* Say why there is none (E8); why is copied, NULL is fine. */
SHAKEN_API void
shaken_verify_no_chain(struct shaken_verify *v, size_t i, const char *why);

/*
 * Make the remaining checks and decide.
 *
 * Only a shaken token (or, where accepted, one without ppt) makes a call pass:
 * one good value of a trusted chain is enough (RFC 8224 section 6.2.1), and rph,
 * rcd and msg have nothing to do with it.  Values of an unsupported ppt are
 * ignored where others are there.  When all fail, the one that came furthest
 * speaks.
 *
 * Diversions (RFC 8946 section 4.2): each div must be in the dest of a good token
 * of the same orig, and so on down to one that is no div, in at most 10 steps;
 * one that is not fails at "div-chain".  The call passes when target is in the
 * dest of the good token, or of a diversion that leads back to one; without
 * target, when no diversion failed.
 *
 * Returns SHAKEN_OK when a decision was reached; else SHAKEN_E_NOMEM or
 * SHAKEN_E_CRYPTO, and every verdict stays NO_TN_VALIDATION.
 */
SHAKEN_API SHAKEN_MUST_USE enum shaken_err
shaken_verify_finish(struct shaken_verify *v);

/* The call's verdict, that of value i, and value i's token (NULL where it did
 * not decode).  Never NULL otherwise; borrow from v. */
SHAKEN_API const struct shaken_verdict *
shaken_verify_verdict(const struct shaken_verify *v);
SHAKEN_API const struct shaken_verdict *
shaken_verify_verdict_of(const struct shaken_verify *v, size_t i);
SHAKEN_API const struct shaken_passport *
shaken_verify_passport(const struct shaken_verify *v, size_t i);

/* The checks of value i in the order in which they are made, all of them;
 * those after a failure are SHAKEN_SKIPPED.  Returns how many; 0 without
 * SHAKEN_EXPLAIN.  *checks borrows from v. */
SHAKEN_API size_t
shaken_verify_checks(const struct shaken_verify *v, size_t i,
    const struct shaken_check **checks);

/* Signatures that were verified on the way, good or not; *by_table (may be NULL):
 * how many of them with a chain that was fast (shaken_chain_speed_up()). */
SHAKEN_API size_t
shaken_verify_signatures(const struct shaken_verify *v, size_t *by_table);

/* Free *v and set it to NULL; NULL and *v == NULL are fine. */
SHAKEN_API void shaken_verify_free(struct shaken_verify **v);

/* "TN-Validation-Passed", "TN-Validation-Failed" or "No-TN-Validation". */
SHAKEN_API const char *shaken_verstat_name(enum shaken_verstat s);

/*
 * Whether a value among those of a call is a div or div-o (RFC 8946): by its ppt
 * parameter, and where that was left out by the token itself.  Whether it is good
 * is not looked at.  For callers who give a target only where a diversion must
 * lead to it.
 *
 *   identity	header values, commas not yet split; those past SHAKEN_VALUES_MAX
 *		are not looked at
 *
 * False also when there is no memory to look into a token.  Thread-safe.
 */
SHAKEN_API bool
shaken_is_diverted(const struct shaken_sv *identity, size_t n_identity);

/* The default of opts->verstat: what ATIS-1000082 answers in a case. */
SHAKEN_API enum shaken_verstat shaken_case_verstat(enum shaken_case c);

/* The default reason phrase of RFC 8224 section 13.2; NULL for another code. */
SHAKEN_API const char *shaken_reason_phrase(int code);

SHAKEN_END_DECLS

#endif
