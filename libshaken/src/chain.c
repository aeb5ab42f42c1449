/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chain.c - judge a certificate chain once (RFC 8224 section 6.2.3, RFC 8226,
 * ATIS-1000080 section 6.4.1), and answer for it at any time after.
 */
#include <stdatomic.h>
#include <stdlib.h>

#include <openssl/err.h>

#include "cert.h"
#include "chain.h"
#include "diag.h"
#include "pem.h"
#include "trust.h"
#include "x509.h"

/* The depth limit of shk_x509_path(), a leaf and an anchor. */
#define PATH_MAX_CERTS (SHAKEN_CHAIN_MAX + 2)

struct said {			/* what a CRL says about a certificate */
	size_t			 cert;	/* its place in the path */
	const struct shk_crl	*crl;	/* borrowed from the trust */
	struct shk_crl_word	 word;
};

struct shaken_chain {
	atomic_size_t		 refs;
	struct shaken_trust	*trust;	/* a reference */
	struct shaken_cert	*certs[SHAKEN_CHAIN_MAX]; /* references */
	size_t			 n_certs;
	bool			 reordered; /* leaf was not first in the file */

	enum shaken_result	 steps[SHK_CHAIN_STEPS];
	struct shaken_diag	 why;	/* of the step that failed */
	struct shk_es256	*key;	/* a reference; NULL: the leaf may not
					 * sign */
	struct shaken_cert	*path[PATH_MAX_CERTS]; /* references */
	size_t			 n_path; /* leaf to anchor; 0: there is none */
	struct said		*said;	/* owned */
	size_t			 n_said;
};

static const struct shaken_cert *
leaf_of(const struct shaken_chain *c)
{
	return c->certs[0];
}

/* Each step gives its result, with the reason of a failure in c->why; or an
 * error, when it could not find out. */

static enum shaken_err
judge_leaf(struct shaken_chain *c, enum shaken_result *r)
{
	X509 *x = shk_cert_x509(leaf_of(c));
	enum shaken_err err;

	if (!shk_x509_extensions_ok(x, &c->why) ||
	    !shk_x509_may_sign(x, &c->why) ||
	    !shk_x509_digest_ok(X509_get_signature_nid(x), &c->why))
		return SHAKEN_OK;
	err = c->key != NULL ? SHAKEN_OK :
	    shk_es256_new(X509_get0_pubkey(x), &c->key);
	if (err == SHAKEN_OK)
		*r = SHAKEN_PASS;
	else
		shk_diag(&c->why, "its key cannot be used");
	return err == SHAKEN_E_NOMEM ? err : SHAKEN_OK;
}

static enum shaken_err
judge_tnauthlist(struct shaken_chain *c, enum shaken_result *r)
{
	const char *fault = shk_cert_tnauthlist_fault(leaf_of(c));

	if (shk_cert_tnauthlist(leaf_of(c)) != NULL)
		*r = SHAKEN_PASS;
	else
		shk_diag(&c->why, "%s", fault[0] != '\0' ? fault :
		    "RFC 8226 section 9: the certificate has no TNAuthList");
	return SHAKEN_OK;
}

static enum shaken_err
judge_constraints(struct shaken_chain *c, enum shaken_result *r)
{
	const char *fault = shk_cert_claim_constraints_fault(leaf_of(c));

	if (fault[0] != '\0')
		shk_diag(&c->why, "%s", fault);
	else if (shk_cert_claim_constraints(leaf_of(c)) != NULL)
		*r = SHAKEN_PASS;
	else
		*r = SHAKEN_SKIPPED;
	return SHAKEN_OK;
}

/* The certificates of the file besides the leaf, to build a path from. */
static STACK_OF(X509) *
others(const struct shaken_chain *c)
{
	STACK_OF(X509) *list = sk_X509_new_null();

	for (size_t i = 1; list != NULL && i < c->n_certs; i++)
		if (sk_X509_push(list, shk_cert_x509(c->certs[i])) <= 0) {
			sk_X509_free(list);
			list = NULL;
		}
	if (list != NULL)
		shk_x509_sort(list);
	return list;
}

/* The one of c->certs that wraps x, or a new one: the anchor. */
static enum shaken_err
wrap(const struct shaken_chain *c, X509 *x, struct shaken_cert **out,
    struct shaken_diag *why)
{
	for (size_t i = 0; i < c->n_certs; i++)
		if (shk_cert_x509(c->certs[i]) == x) {
			*out = shk_cert_ref(c->certs[i]);
			return SHAKEN_OK;
		}
	return shk_cert_new(x, c->trust->implicit_tnauthlist, out, why);
}

static enum shaken_err
judge_path(struct shaken_chain *c, enum shaken_result *r)
{
	STACK_OF(X509) *list = others(c), *path = NULL;
	enum shaken_err err;

	if (list == NULL)
		return SHAKEN_E_NOMEM;
	err = shk_x509_path(shk_cert_x509(leaf_of(c)), list, c->trust->anchors,
	    &path, &c->why);
	for (int i = 0; err == SHAKEN_OK && i < sk_X509_num(path); i++) {
		err = wrap(c, sk_X509_value(path, i), &c->path[c->n_path],
		    &c->why);
		if (err == SHAKEN_OK)
			c->n_path++;
	}
	sk_X509_pop_free(path, X509_free);
	sk_X509_free(list); /* its elements are borrowed */
	if (err == SHAKEN_OK)
		*r = SHAKEN_PASS;
	else
		while (c->n_path > 0) /* none is better than half of one */
			shaken_cert_free(&c->path[--c->n_path]);
	return err == SHAKEN_E_NOMEM ? err : SHAKEN_OK;
}

/* ATIS-1000080 section 6.4.1: all but the root carry the policy. */
static enum shaken_err
judge_policy(struct shaken_chain *c, enum shaken_result *r)
{
	const struct shaken_trust *t = c->trust;

	*r = SHAKEN_SKIPPED;
	if (t->n_policies == 0)
		return SHAKEN_OK;
	for (size_t i = 0; i + 1 < c->n_path; i++)
		if (!shk_x509_has_policy(shk_cert_x509(c->path[i]), t->policies,
		    t->n_policies)) {
			struct shaken_sv s = shaken_cert_subject(c->path[i]);

			shk_diag(&c->why, "certificate %.*s: none of its "
			    "policies is accepted", SHK_SV_ARG(s, 120));
			*r = SHAKEN_FAIL;
			return SHAKEN_OK;
		}
	*r = SHAKEN_PASS;
	return SHAKEN_OK;
}

/* RFC 9060 section 7: the file has the path in its order, and each AKI is the
 * SKI of the next. */
static bool
is_in_order(const struct shaken_chain *c)
{
	if (c->reordered)
		return false;
	for (size_t i = 0; i + 1 < c->n_path; i++)
		if (c->path[i] != c->certs[i] || !shk_x509_ids_match(
		    shk_cert_x509(c->path[i]), shk_cert_x509(c->path[i + 1])))
			return false;
	return true;
}

/* A path is delegated where a CA of it has a TNAuthList; each list then stays
 * within the next one up (RFC 9060 section 4.1). */
static enum shaken_err
judge_scope(struct shaken_chain *c, enum shaken_result *r)
{
	const struct shk_tnauthlist *list = shk_cert_tnauthlist(leaf_of(c));
	bool delegated = false;

	for (size_t i = 1; i < c->n_path; i++) {
		const struct shaken_cert *ca = c->path[i];
		struct shaken_sv name = shaken_cert_subject(ca);
		const struct shk_tnauthlist *up = shk_cert_tnauthlist(ca);
		const struct shaken_tnauth *outside;

		if (shk_cert_tnauthlist_fault(ca)[0] != '\0') {
			shk_diag(&c->why, "certificate %.*s: %s",
			    SHK_SV_ARG(name, 100),
			    shk_cert_tnauthlist_fault(ca));
			return SHAKEN_OK;
		}
		if (up == NULL)
			continue;
		delegated = true;
		if (!shk_tnauthlist_within(list, up, &outside)) {
			shk_diag(&c->why, "RFC 9060 section 4.1: %.*s is not "
			    "within the TNAuthList of %.*s",
			    SHK_SV_ARG(outside->value, SHAKEN_SPC_MAX),
			    SHK_SV_ARG(name, 120));
			return SHAKEN_OK;
		}
		list = up;
	}
	if (delegated && !is_in_order(c)) {
		shk_diag(&c->why, "RFC 9060 section 7: the chain is not in "
		    "order from leaf to root by AKI and SKI");
		return SHAKEN_OK;
	}
	*r = delegated ? SHAKEN_PASS : SHAKEN_SKIPPED;
	return SHAKEN_OK;
}

/* Ask every CRL about every certificate below the anchor. */
static enum shaken_err
ask_crls(struct shaken_chain *c)
{
	const struct shaken_trust *t = c->trust;
	enum shaken_err err;

	if (t->n_crls == 0 || c->n_path < 2)
		return SHAKEN_OK;
	c->said = calloc((c->n_path - 1) * t->n_crls, sizeof(*c->said));
	if (c->said == NULL)
		return SHAKEN_E_NOMEM;
	for (size_t i = 0; i + 1 < c->n_path; i++)
		for (size_t j = 0; j < t->n_crls; j++) {
			struct said s = { .cert = i, .crl = t->crls[j] };

			err = shk_crl_ask(s.crl, shk_cert_x509(c->path[i]),
			    shk_cert_x509(c->path[i + 1]), &s.word);
			if (err != SHAKEN_OK)
				return err;
			if (s.word.covers || s.word.revoked)
				c->said[c->n_said++] = s;
		}
	return SHAKEN_OK;
}

static enum shaken_err
judge(struct shaken_chain *c)
{
	static enum shaken_err (*const steps[SHK_CHAIN_STEPS])(
	    struct shaken_chain *, enum shaken_result *) = {
		[SHK_CHAIN_LEAF] = judge_leaf,
		[SHK_CHAIN_TNAUTHLIST] = judge_tnauthlist,
		[SHK_CHAIN_CONSTRAINTS] = judge_constraints,
		[SHK_CHAIN_PATH] = judge_path,
		[SHK_CHAIN_POLICY] = judge_policy,
		[SHK_CHAIN_SCOPE] = judge_scope,
	};
	enum shaken_err err;

	for (size_t i = 0; i < SHK_CHAIN_STEPS; i++) {
		enum shaken_result r = SHAKEN_FAIL;

		err = steps[i](c, &r);
		if (err != SHAKEN_OK)
			return err;
		c->steps[i] = r;
		if (r == SHAKEN_FAIL)
			return SHAKEN_OK;
	}
	return ask_crls(c);
}

/* key: the leaf's, where it is there already, with what was done for it; else
 * NULL. */
static enum shaken_err
make(struct shaken_trust *t, X509 *const *certs, size_t n, bool reordered,
    struct shk_es256 *key, struct shaken_chain **out, struct shaken_diag *diag)
{
	struct shaken_chain *c;
	enum shaken_err err = SHAKEN_OK;

	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return SHAKEN_E_NOMEM;
	atomic_init(&c->refs, 1);
	c->trust = shaken_trust_ref(t);
	c->reordered = reordered;
	c->key = shk_es256_ref(key);
	for (size_t i = 0; i < n && err == SHAKEN_OK; i++) {
		err = shk_cert_new(certs[i], t->implicit_tnauthlist,
		    &c->certs[i], diag);
		if (err == SHAKEN_OK)
			c->n_certs++;
	}
	if (err == SHAKEN_OK)
		err = judge(c);
	if (err == SHAKEN_OK) {
		*out = c;
		c = NULL; /* moved */
	}
	shaken_chain_free(&c);
	ERR_clear_error();
	return err;
}

/* Where the leaf is: first, but where a CA is first and just one is none. */
static size_t
find_leaf(X509 *const *certs, size_t n)
{
	size_t at = 0, leaves = 0;

	for (size_t i = n; i-- > 0;) {
		(void)X509_check_purpose(certs[i], -1, 0); /* cache */
		if (!shk_x509_is_ca(certs[i])) {
			at = i;
			leaves++;
		}
	}
	return leaves == 1 ? at : 0;
}

enum shaken_err
shaken_chain_new(struct shaken_trust *t, struct shaken_sv in,
    struct shaken_chain **out, struct shaken_diag *diag)
{
	static const struct shk_pem_limits max = {
		.bytes = SHAKEN_PEM_MAX, .certs = SHAKEN_CHAIN_MAX
	};
	X509 *certs[SHAKEN_CHAIN_MAX], *leaf; /* borrowed from p */
	size_t n, at;
	struct shk_pem p;
	enum shaken_err err;

	shk_diag_clear(diag);
	if (out == NULL)
		return SHAKEN_E_ARG;
	*out = NULL;
	if (t == NULL || (in.p == NULL && in.n > 0))
		return SHAKEN_E_ARG;
	err = shk_pem_read(in, &max, &p, diag);
	if (err != SHAKEN_OK)
		return err;
	n = (size_t)sk_X509_num(p.certs);
	if (n == 0) {
		shk_diag(diag, "there is no certificate in it");
		err = SHAKEN_E_CERT;
	} else {
		for (size_t i = 0; i < n; i++)
			certs[i] = sk_X509_value(p.certs, (int)i);
		at = find_leaf(certs, n);
		leaf = certs[at];
		memmove(&certs[1], &certs[0], at * sizeof(certs[0]));
		certs[0] = leaf;
		err = make(t, certs, n, at != 0, NULL, out, diag);
	}
	shk_pem_clear(&p);
	return err;
}

static enum shaken_err
make_again(const struct shaken_chain *c, struct shaken_trust *t,
    struct shk_es256 *key, struct shaken_chain **out)
{
	X509 *certs[SHAKEN_CHAIN_MAX]; /* borrowed from c */

	for (size_t i = 0; i < c->n_certs; i++)
		certs[i] = shk_cert_x509(c->certs[i]);
	return make(t, certs, c->n_certs, c->reordered, key, out, NULL);
}

enum shaken_err
shaken_chain_rejudge(const struct shaken_chain *c, struct shaken_trust *t,
    struct shaken_chain **out)
{
	if (out == NULL)
		return SHAKEN_E_ARG;
	*out = NULL;
	if (c == NULL || t == NULL)
		return SHAKEN_E_ARG;
	return make_again(c, t, c->key, out);
}

enum shaken_err
shaken_chain_speed_up(struct shaken_chain *c)
{
	if (c == NULL)
		return SHAKEN_E_ARG;
	return c->key == NULL ? SHAKEN_E_CREDENTIAL :
	    shk_es256_speed_up(c->key);
}

bool
shaken_chain_is_fast(const struct shaken_chain *c)
{
	return c != NULL && c->key != NULL && shk_es256_is_fast(c->key);
}

enum shaken_err
shaken_chain_slow_copy(const struct shaken_chain *c, struct shaken_chain **out)
{
	if (out == NULL)
		return SHAKEN_E_ARG;
	*out = NULL;
	return c == NULL ? SHAKEN_E_ARG : make_again(c, c->trust, NULL, out);
}

uint64_t
shaken_chain_uses(const struct shaken_chain *c)
{
	return c == NULL || c->key == NULL ? 0 : shk_es256_uses(c->key);
}

struct shaken_chain *
shaken_chain_ref(struct shaken_chain *c)
{
	if (c != NULL)
		atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
	return c;
}

void
shaken_chain_free(struct shaken_chain **cp)
{
	struct shaken_chain *c;

	if (cp == NULL || (c = *cp) == NULL)
		return;
	*cp = NULL;
	if (atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) != 1)
		return;
	free(c->said);
	for (size_t i = 0; i < c->n_path; i++)
		shaken_cert_free(&c->path[i]);
	shk_es256_free(&c->key);
	for (size_t i = 0; i < c->n_certs; i++)
		shaken_cert_free(&c->certs[i]);
	shaken_trust_free(&c->trust);
	free(c);
}

const struct shaken_trust *
shaken_chain_trust(const struct shaken_chain *c)
{
	return c->trust;
}

size_t
shaken_chain_n(const struct shaken_chain *c)
{
	return c->n_certs;
}

const struct shaken_cert *
shaken_chain_cert(const struct shaken_chain *c, size_t i)
{
	return i < c->n_certs ? c->certs[i] : NULL;
}

enum shaken_result
shk_chain_step(const struct shaken_chain *c, enum shk_chain_step step,
    const char **detail)
{
	*detail = c->steps[step] == SHAKEN_FAIL ? c->why.text : "";
	return c->steps[step];
}

bool
shk_chain_valid_at(const struct shaken_chain *c, int64_t at,
    struct shaken_diag *diag)
{
	char when[SHK_TIME_TEXT];

	for (size_t i = 0; i < c->n_path; i++) {
		const struct shaken_cert *x = c->path[i];
		struct shaken_sv name = shaken_cert_subject(x);
		bool early = at < shaken_cert_not_before(x);

		if (!early && at <= shaken_cert_not_after(x))
			continue;
		shk_time_text(early ? shaken_cert_not_before(x) :
		    shaken_cert_not_after(x), when);
		shk_diag(diag, "certificate %.*s %s %s", SHK_SV_ARG(name, 160),
		    early ? "is not valid before" : "expired", when);
		return false;
	}
	if (c->n_path == 0)
		shk_diag(diag, "there is no path to a trust anchor");
	return c->n_path > 0;
}

/* Why nothing covers certificate i at now: the most useful of what was said. */
static void
say_uncovered(const struct shaken_chain *c, size_t i, int64_t now,
    struct shaken_diag *diag)
{
	struct shaken_sv name = shaken_cert_subject(c->path[i]);
	char when[SHK_TIME_TEXT];

	for (size_t j = 0; j < c->n_said; j++) {
		const struct shk_crl *crl = c->said[j].crl;
		bool early = now < crl->from;

		if (c->said[j].cert != i || !c->said[j].word.covers)
			continue;
		shk_time_text(early ? crl->from : crl->until, when);
		shk_diag(diag, "certificate %.*s: the CRL of %.80s %s %s",
		    SHK_SV_ARG(name, 80), crl->issuer,
		    early ? "is not valid before" : "expired", when);
		return;
	}
	shk_diag(diag, "certificate %.*s: no CRL %s", SHK_SV_ARG(name, 120),
	    c->trust->n_crls == 0 ? "is loaded" : "speaks for it");
}

enum shaken_result
shk_chain_revocation(const struct shaken_chain *c, int64_t now,
    struct shaken_diag *diag)
{
	bool covered[PATH_MAX_CERTS] = { false };

	if (c->n_path == 0) {
		shk_diag(diag, "there is no path to a trust anchor");
		return SHAKEN_FAIL;
	}
	for (size_t i = 0; i < c->n_said; i++) {
		const struct said *s = &c->said[i];
		struct shaken_sv name = shaken_cert_subject(c->path[s->cert]);

		if (now < s->crl->from || now >= s->crl->until)
			continue;
		if (s->word.revoked) {
			shk_diag(diag, "certificate %.*s is revoked by the CRL "
			    "of %.80s", SHK_SV_ARG(name, 120),
			    s->crl->issuer);
			return SHAKEN_FAIL;
		}
		if (s->word.covers)
			covered[s->cert] = true;
	}
	for (size_t i = 0; i + 1 < c->n_path; i++)
		if (!covered[i]) {
			say_uncovered(c, i, now, diag);
			return c->trust->crl_policy == SHAKEN_CRL_SOFT ?
			    SHAKEN_SKIPPED : SHAKEN_FAIL;
		}
	return SHAKEN_PASS;
}

enum shaken_result
shk_chain_covers(const struct shaken_chain *c, const struct shaken_id *orig,
    struct shaken_diag *diag)
{
	enum shaken_result r = shk_tnauthlist_covers(
	    shk_cert_tnauthlist(leaf_of(c)), orig);

	if (r == SHAKEN_FAIL)
		shk_diag(diag, "RFC 8226 section 9: %.64s is outside of the "
		    "certificate's TNAuthList", orig->text);
	return r;
}

const struct shk_constraints *
shk_chain_constraints(const struct shaken_chain *c)
{
	return shk_cert_claim_constraints(leaf_of(c));
}

struct shk_es256 *
shk_chain_key(const struct shaken_chain *c)
{
	return c->key;
}

enum shaken_err
shaken_chain_check(const struct shaken_chain *c, int64_t now,
    struct shaken_diag *diag)
{
	shk_diag_clear(diag);
	if (c == NULL)
		return SHAKEN_E_ARG;
	for (size_t i = 0; i < SHK_CHAIN_STEPS; i++)
		if (c->steps[i] == SHAKEN_FAIL) {
			shk_diag(diag, "%s", c->why.text);
			return SHAKEN_E_CREDENTIAL;
		}
	if (!shk_chain_valid_at(c, now, diag) ||
	    shk_chain_revocation(c, now, diag) == SHAKEN_FAIL)
		return SHAKEN_E_CREDENTIAL;
	shk_diag_clear(diag); /* an uncovered one, under SHAKEN_CRL_SOFT */
	return SHAKEN_OK;
}
