/* SPDX-License-Identifier: Apache-2.0 */
/* verdict.h - a verification in progress: verify.c runs the checks of checks.c
 * in the order of the table below, call.c makes one verdict of the values'. */
#ifndef SHK_VERDICT_H
#define SHK_VERDICT_H

#include <shaken/identity.h>
#include <shaken/verify.h>

#include "passport.h"
#include "ppt.h"

/*
 * Every check, in the order in which they are made: that of the error cases of
 * ATIS-1000082, but for E8 (no certificate), which comes where one is first
 * needed: nothing is fetched for a token that cannot pass.
 *
 *   X(id, name, case, code, rule, hint)
 */
#define SHK_CHECKS_BEFORE(X)						\
X(date_fresh, "date-fresh", SHAKEN_E3, 403,				\
    "RFC 8224 section 6.2 step 4",					\
    "compare the clocks of both sides; the Date field is the sender's")	\
X(identity_syntax, "identity-syntax", SHAKEN_E4, 438,			\
    "RFC 8224 section 4",						\
    "the header value must be token;info=<URI>;alg=ES256;ppt=shaken")	\
X(full_form, "full-form", SHAKEN_E4, 438,				\
    "RFC 8588 section 3, RFC 7515 section 7.1",				\
    "the token must be three base64url parts; was it cut on the way?")	\
X(ppt_param, "ppt-param", SHAKEN_E5, 438,				\
    "RFC 8224 section 6.2 step 1",					\
    "this PASSporT type is not verified here")				\
X(info_present, "info-present", SHAKEN_E6, 436,				\
    "RFC 8224 section 4",						\
    "the signer must add ;info=<URL of its certificate>")		\
X(info_uri, "info-uri", SHAKEN_E7, 436,					\
    "ATIS-1000074, x5u rules",						\
    "info must be <https://host/path>, port 443 or 8443, no query")	\
X(header_claims, "header-claims", SHAKEN_E9, 436,			\
    "RFC 8225 section 4, RFC 8588 section 3",				\
    "the JOSE header needs alg, ppt, typ and x5u, all strings")		\
X(x5u_is_info, "x5u-is-info", SHAKEN_E10, 436,				\
    "RFC 8224 section 4.1, RFC 3986 section 6.2.1",			\
    "x5u and info must be the same string")				\
X(typ, "typ", SHAKEN_E11, 437,						\
    "RFC 8225 section 4.1",						\
    "typ must be passport; a JWT library that writes JWT will not do")	\
X(alg, "alg", SHAKEN_E12, 437,						\
    "RFC 8588 section 3, RFC 8225 section 4.2",				\
    "alg must be ES256")						\
X(alg_param, "alg-param", SHAKEN_CASE_NONE, 438,			\
    "RFC 8224 section 4.1",						\
    "the header parameter alg must be the token's alg")			\
X(crit, "crit", SHAKEN_CASE_NONE, 438,					\
    "RFC 7515 section 4.1.11",						\
    "no critical JOSE extension is defined for PASSporTs")		\
X(ppt, "ppt", SHAKEN_E13, 438,						\
    "RFC 8225 section 8.1, RFC 8224 section 4.1",			\
    "the token's ppt must be supported, and that of the parameter")	\
X(claims, "claims", SHAKEN_E14, 438,					\
    "RFC 8225 section 5, RFC 8588 sections 4 and 5, or its ppt's RFC",	\
    "the payload needs dest, iat, orig and what its type asks for")	\
X(iat_fresh, "iat-fresh", SHAKEN_E15, 403,				\
    "RFC 8224 section 6.2 step 4",					\
    "compare the clocks of both sides; a replayed token is old too")	\
X(orig_match, "orig-match", SHAKEN_E16, 438,				\
    "RFC 8224 section 6.2.4",						\
    "orig must be the P-Asserted-Identity or From of the call")		\
X(dest_match, "dest-match", SHAKEN_E16, 438,				\
    "RFC 8224 section 6.2.4",						\
    "dest must hold the To of the call; was the call diverted?")

#define SHK_CHECKS_AFTER(X)						\
X(certificate, "certificate", SHAKEN_E8, 436,				\
    "RFC 8224 section 6.2 step 3",					\
    "the certificate could not be got from its x5u")			\
X(leaf, "leaf-profile", SHAKEN_E17, 437,				\
    "RFC 8226 section 4, ATIS-1000080 section 6.4.1",			\
    "the signer needs an end-entity certificate with a P-256 key")	\
X(tnauthlist, "tnauthlist", SHAKEN_E17, 437,				\
    "RFC 8226 section 9, ATIS-1000080 section 6.4.1",			\
    "an STI certificate names its provider in a TNAuthList")		\
X(constraints_form, "constraints-form", SHAKEN_E17, 437,		\
    "RFC 8226 section 8, RFC 9118 section 6",				\
    "a certificate has one claim constraints extension, well-formed")	\
X(path, "path", SHAKEN_E17, 437,					\
    "RFC 5280 section 6, RFC 8224 section 6.2 step 3",			\
    "the chain must end at a trusted STI-CA; are its roots up to date?") \
X(valid_now, "valid-now", SHAKEN_E17, 437,				\
    "RFC 5280 section 6.1.3",						\
    "the signer must renew its certificate")				\
X(valid_at_iat, "valid-at-iat", SHAKEN_E17, 437,			\
    "RFC 8224 section 6.2 step 4",					\
    "the token must be made while the certificate is valid")		\
X(policy, "policy", SHAKEN_E17, 437,					\
    "ATIS-1000080 section 6.4.1",					\
    "the certificate policy is not among those configured")		\
X(delegation, "delegation", SHAKEN_E17, 437,				\
    "RFC 9060 sections 4.1, 6 and 7",					\
    "each certificate's numbers must lie within its parent's")		\
X(revocation, "revocation", SHAKEN_E17, 437,				\
    "RFC 5280 section 6.3, ATIS-1000080",				\
    "revoked, or no current CRL where one is required")			\
X(orig_scope, "orig-scope", SHAKEN_E17, 437,				\
    "RFC 8226 section 9, RFC 9060 section 4.1, RFC 8946 section 3",	\
    "the certificate does not speak for the number in orig, or div")	\
X(signature, "signature", SHAKEN_E18, 438,				\
    "RFC 7515 section 5.2, RFC 8224 section 6.2 step 5",		\
    "the token was changed, or signed with another key")		\
X(claim_constraints, "claim-constraints", SHAKEN_CASE_NONE, 438,	\
    "RFC 8226 section 8, RFC 9118 section 4",				\
    "the certificate forbids what the token claims")			\
X(attest, "attest", SHAKEN_E19, 438,					\
    "RFC 8588 section 4",						\
    "attest must be A, B or C")						\
X(origid, "origid", SHAKEN_CASE_NONE, 438,				\
    "RFC 8588 section 5",						\
    "origid should be a UUID")						\
X(replay, "replay", SHAKEN_E15, 403,					\
    "RFC 8224 section 12.1",						\
    "a token is for one call: was it copied, or the call forked widely?") \
X(div_chain, "div-chain", SHAKEN_CASE_NONE, 438,			\
    "RFC 8946 section 4.2",						\
    "each div must be in the dest of a good Identity of the same orig")

#define SHK_CHECKS(X) SHK_CHECKS_BEFORE(X) SHK_CHECKS_AFTER(X)

enum shk_check {
#define X(id, name, ecase, code, rule, hint) SHK_CHECK_##id,
	SHK_CHECKS(X)
#undef X
	SHK_CHECKS_N
};
/* The first that needs a certificate, and the first that needs to know what
 * became of the other values. */
#define SHK_CHECK_STAGE2 SHK_CHECK_certificate
#define SHK_CHECK_STAGE3 SHK_CHECK_div_chain

/* Diversions between the call's first target and its last.  A call diverted
 * more often is going in circles. */
#define SHK_DIV_MAX 10
/* Tokens around one token, each in the opt of the next. */
#define SHK_OPT_DEPTH_MAX 5
#define SHK_NONE SIZE_MAX	/* no value's index */

struct shk_value {	/* one Identity value, or a token in another's opt */
	struct shaken_sv	 text;	/* borrowed; n 0: of an opt */
	struct shaken_diag	 syntax; /* why it does not parse; "": it does */
	struct shaken_identity	 id;
	struct shaken_passport	 passport;
	const struct shk_ppt	*ppt;	/* of the token; NULL: not supported */
	enum shk_role		 role;	/* also of a value that failed before ppt
					 * was looked at */
	size_t			 inner;	/* the value that its opt is; SHK_NONE */
	unsigned		 depth;	/* values that it is the opt of, and so on */
	bool			 is_late; /* passed for what is diverted, only */
	size_t			 links;	/* diversions from root to it; 0: it is
					 * not linked to any */
	size_t			 root;	/* what was diverted, where links > 0 */
	struct shaken_chain	*chain;	/* owned reference; NULL: none given */
	struct shaken_diag	 no_chain; /* why */
	enum shk_check		 next;	/* the check to make next; the failed one */
	bool			 failed;
	struct shaken_verdict	 verdict;
	struct shaken_check	*explain; /* SHK_CHECKS_N rows, owned by the
					 * verification; NULL: not asked for */
	struct shaken_diag	*details; /* what they point to */
};

struct shaken_verify {
	struct shaken_trust	*trust;	/* owned reference */
	struct shaken_call	 call;
	struct shaken_verify_opts opts;
	enum shaken_err		 err;	/* ours: no decision can be made */
	struct shaken_verdict	 verdict;
	void			*explain; /* owned */
	size_t			 signatures, by_table; /* verified; of them */
	size_t			 n;
	struct shk_value	 value[]; /* n of them; an opt's stands behind the
					 * value that it is in */
};

/* One check.  why: the reason of a failure, and with SHAKEN_EXPLAIN the facts of
 * a pass or skip.  Sets v->err, and fails, where it could not be made. */
typedef enum shaken_result (*shk_check_fn)(struct shaken_verify *v,
    struct shk_value *x, struct shaken_diag *why);

extern const shk_check_fn shk_check_fns[SHK_CHECKS_N];

struct shk_check_row {
	const char		*name, *rule, *hint;
	enum shaken_case	 ecase;
	int			 code;
};

extern const struct shk_check_row shk_check_rows[SHK_CHECKS_N];

/* d is that of a failed check, but for its detail. */
void shk_refuse(const struct shaken_verify *v, enum shk_check check,
    struct shaken_verdict *d);

/* A type that is not ours says nothing about the call (RFC 8224 section 6.2
 * step 1). */
bool shk_is_ignored(const struct shk_value *x);

#endif
