/* SPDX-License-Identifier: Apache-2.0 */
/* selfcheck.c - whether calls signed with a key will verify elsewhere. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <shaken/cert.h>
#include <shaken/chain.h>
#include <shaken/signer.h>
#include <shakencerts/selfcheck.h>
#include <shakencerts/x5u.h>

#include "text.h"

#define DAY INT64_C(86400)
#define HORIZON_MAX_S (30 * DAY)
#define NAMES_MAX 128		/* of findings, in one detail */

struct run {
	const struct certs_selfcheck	*in;
	struct shaken_trust		*none;	/* believes nobody: to parse under */
	struct shaken_chain		*chain;
	const struct shaken_cert	*leaf;	/* borrows from chain */
	certs_selfcheck_fn		 fn;
	void				*arg;
};

/* What a check is called, whatever comes out. */
struct about {
	const char		*name, *rule, *hint;
	enum shaken_severity	 severity;
};

__attribute__((format(printf, 4, 5)))
static void
report(const struct run *r, const struct about *a, enum shaken_result result,
    const char *fmt, ...)
{
	struct certs_selfcheck_item item = { .name = a->name, .rule = a->rule,
		.hint = a->hint, .result = result, .severity = a->severity };
	char raw[SHAKEN_DIAG_MAX];
	struct shaken_diag text;
	va_list ap;

	va_start(ap, fmt);
	if (vsnprintf(raw, sizeof(raw), fmt, ap) < 0)
		raw[0] = '\0';
	va_end(ap);
	certs_diag(&text, "%s", raw);
	item.detail = text.text;
	r->fn(r->arg, &item);
}

/* Findings of a lint, summed up. */
struct sum {
	unsigned	 n[SHAKEN_ERROR + 1]; /* by severity */
	char		 names[NAMES_MAX]; /* of warnings and errors; perhaps cut */
};

static void
add_finding(const struct shaken_finding *f, void *ctx)
{
	struct sum *s = ctx;
	size_t have = strlen(s->names);

	s->n[f->severity]++;
	if (f->severity != SHAKEN_NOTE)
		snprintf(s->names + have, sizeof(s->names) - have, "%s%s",
		    have == 0 ? "" : ", ", f->id);
}

static void
report_sum(const struct run *r, const struct about *a, const struct sum *s)
{
	if (s->n[SHAKEN_ERROR] + s->n[SHAKEN_WARN] == 0)
		report(r, a, SHAKEN_PASS, "no findings");
	else
		report(r, a, SHAKEN_FAIL, "errors %u, warnings %u: %s",
		    s->n[SHAKEN_ERROR], s->n[SHAKEN_WARN], s->names);
}

/* -- the key and its certificate ---------------------------------------- */

/* Two signers tell apart what is wrong: the key alone, or with the leaf. */
static enum shaken_err
check_key(const struct run *r, struct shaken_diag *diag)
{
	static const struct about a = { "key-match", "RFC 8224 section 6.1",
		"give the key that the certificate was requested with, and "
		"its chain leaf first", SHAKEN_ERROR };
	/* not what is checked here, but a signer must have one */
	struct shaken_signer_conf conf = { .size = sizeof(conf),
		.x5u = SHAKEN_SV_LIT("https://x5u.invalid/") };
	struct shaken_signer *signer = NULL;
	struct shaken_diag why;
	enum shaken_err err;

	if (r->in->key.n == 0) {
		report(r, &a, SHAKEN_SKIPPED, "no key was given");
		return SHAKEN_OK;
	}
	err = shaken_signer_from_pem(r->in->key, &conf, &signer, diag);
	shaken_signer_free(&signer);
	if (err != SHAKEN_OK)
		return err;
	conf.chain = r->in->chain;
	err = shaken_signer_from_pem(r->in->key, &conf, &signer, &why);
	shaken_signer_free(&signer);
	if (err == SHAKEN_E_NOMEM || err == SHAKEN_E_CRYPTO)
		return err;
	report(r, &a, err == SHAKEN_OK ? SHAKEN_PASS : SHAKEN_FAIL, "%s",
	    why.text);
	return SHAKEN_OK;
}

static void
check_scope(const struct run *r)
{
	static const struct about list = { "tnauthlist", "RFC 8226 section 9",
		"ask the CA for a certificate with a TNAuthList",
		SHAKEN_ERROR };
	static const struct about one = { "spc",
		"ATIS-1000080 section 6.4.1",
		"ask the CA for a certificate with one service provider code",
		SHAKEN_ERROR };
	size_t n = shaken_cert_n_tnauth(r->leaf);
	struct shaken_sv spc = shaken_cert_spc(r->leaf);

	report(r, &list, n > 0 ? SHAKEN_PASS : SHAKEN_FAIL, n > 0 ? "" :
	    "the leaf has none, or one that does not parse");
	if (spc.n == 0)
		report(r, &one, SHAKEN_FAIL, "there is none in the leaf");
	else
		report(r, &one, SHAKEN_PASS, "%.*s", (int)spc.n, spc.p);
}

static enum shaken_err
check_path(const struct run *r)
{
	static const struct about a = { "path", "RFC 5280 section 6",
		"add the intermediates, leaf first; see that the root is "
		"on the list of trusted STI-CAs", SHAKEN_ERROR };
	struct shaken_chain *judged;
	struct shaken_diag why;
	enum shaken_err err;

	if (r->in->trust == NULL) {
		report(r, &a, SHAKEN_SKIPPED, "no roots were given");
		return SHAKEN_OK;
	}
	err = shaken_chain_rejudge(r->chain, r->in->trust, &judged);
	if (err != SHAKEN_OK)
		return err;
	err = shaken_chain_check(judged, r->in->now, &why);
	shaken_chain_free(&judged);
	report(r, &a, err == SHAKEN_OK ? SHAKEN_PASS : SHAKEN_FAIL, "%s",
	    why.text);
	return SHAKEN_OK;
}

static int64_t
horizon_of(const struct run *r, const struct shaken_cert *c)
{
	int64_t s = (shaken_cert_not_after(c) - shaken_cert_not_before(c)) / 3;

	if (r->in->horizon_s != 0)
		return r->in->horizon_s;
	return s < HORIZON_MAX_S ? s : HORIZON_MAX_S;
}

/* The certificate that expires first speaks: the chain ends with it. */
static void
check_expiry(const struct run *r)
{
	struct about a = { "expiry", "RFC 5280 section 4.1.2.5",
		"renew the certificate, and publish it under a new URL",
		SHAKEN_ERROR };
	const struct shaken_cert *first = r->leaf;
	size_t at = 1;
	int64_t left;

	for (size_t i = 0; i < shaken_chain_n(r->chain); i++) {
		const struct shaken_cert *c = shaken_chain_cert(r->chain, i);

		if (r->in->now < shaken_cert_not_before(c)) {
			report(r, &a, SHAKEN_FAIL, "certificate %zu is not "
			    "valid yet", i + 1);
			return;
		}
		if (shaken_cert_not_after(c) < shaken_cert_not_after(first)) {
			first = c;
			at = i + 1;
		}
	}
	left = shaken_cert_not_after(first) - r->in->now;
	if (left < 0) {
		report(r, &a, SHAKEN_FAIL, "certificate %zu expired %lld days "
		    "ago", at, (long long)(-left / DAY));
		return;
	}
	a.severity = SHAKEN_WARN;
	if (left < horizon_of(r, first))
		report(r, &a, SHAKEN_FAIL, "certificate %zu expires in %lld "
		    "days, less than the %lld asked for", at,
		    (long long)(left / DAY),
		    (long long)(horizon_of(r, first) / DAY));
	else
		report(r, &a, SHAKEN_PASS, "%lld days from now",
		    (long long)(left / DAY));
}

static void
check_profile(const struct run *r)
{
	static const struct about a = { "profile",
		"ATIS-1000080 section 6.4.1",
		"'shaken cert lint' tells about each finding", SHAKEN_WARN };
	struct sum s = { .n = { 0 } };

	for (size_t i = 0; i < shaken_chain_n(r->chain); i++)
		shaken_cert_lint(shaken_chain_cert(r->chain, i), r->in->now,
		    add_finding, &s);
	report_sum(r, &a, &s);
}

/* -- the x5u ------------------------------------------------------------ */

static const struct about x5u_form = { "x5u-form", "ATIS-1000074, x5u rules",
	"give an https URL on port 443 or 8443 without user information, query "
	"and fragment", SHAKEN_ERROR };
static const struct about x5u_answer = { "x5u-answer",
	"RFC 8224 section 6.2.2",
	"see that the host is reached from everywhere and answers 200",
	SHAKEN_ERROR };
static const struct about x5u_chain = { "x5u-chain", "RFC 8224 section 4.2",
	"publish this certificate at the URL, or sign with the one that is "
	"there", SHAKEN_ERROR };
static const struct about x5u_publication = { "x5u-publication",
	"ATIS-1000074, x5u rules",
	"'shaken cert lint URL' tells about each finding", SHAKEN_WARN };

static void
check_form(const struct run *r)
{
	struct about a = x5u_form;
	struct sum s = { .n = { 0 } };

	certs_x5u_lint_url(r->in->x5u, add_finding, &s);
	if (s.n[SHAKEN_ERROR] == 0)
		a.severity = SHAKEN_WARN;
	report_sum(r, &a, &s);
}

static bool
is_same(const struct shaken_cert *a, const struct shaken_cert *b)
{
	uint8_t x[32], y[32];

	shaken_cert_sha256(a, x);
	shaken_cert_sha256(b, y);
	return memcmp(x, y, sizeof(x)) == 0;
}

/* What is served, beside what calls are signed with. */
static void
compare(const struct run *r, const struct shaken_chain *served)
{
	size_t n = shaken_chain_n(r->chain);
	struct shaken_sv serial;
	struct about a = x5u_chain;

	if (!is_same(r->leaf, shaken_chain_cert(served, 0))) {
		serial = shaken_cert_serial(shaken_chain_cert(served, 0));
		report(r, &a, SHAKEN_FAIL, "another certificate is served, "
		    "serial number %.*s", (int)serial.n, serial.p);
		return;
	}
	a.severity = SHAKEN_WARN;
	for (size_t i = 1; i < n || i < shaken_chain_n(served); i++)
		if (i >= n || i >= shaken_chain_n(served) ||
		    !is_same(shaken_chain_cert(r->chain, i),
		    shaken_chain_cert(served, i))) {
			report(r, &a, SHAKEN_FAIL, "the leaf is this one, "
			    "certificate %zu is not", i + 1);
			return;
		}
	report(r, &a, SHAKEN_PASS, "%zu certificates", n);
}

static enum shaken_err
check_answer(const struct run *r)
{
	const struct certs_fetch_res *res = r->in->answer;
	struct about publication = x5u_publication;
	struct shaken_chain *served = NULL;
	struct sum s = { .n = { 0 } };
	struct shaken_diag why;
	enum shaken_err err;

	if (res->end != CERTS_FETCH_OK) {
		report(r, &x5u_answer, SHAKEN_FAIL, "%s", res->why.text);
		report(r, &x5u_chain, SHAKEN_SKIPPED, "%s", "");
		report(r, &x5u_publication, SHAKEN_SKIPPED, "%s", "");
		return SHAKEN_OK;
	}
	report(r, &x5u_answer, SHAKEN_PASS, "in %u ms", res->ms);
	err = shaken_chain_new(r->none, res->body, &served, &why);
	if (err == SHAKEN_E_NOMEM)
		return err;
	if (err == SHAKEN_OK)
		compare(r, served);
	else
		report(r, &x5u_chain, SHAKEN_FAIL, "%s", why.text);
	shaken_chain_free(&served);
	certs_x5u_lint_answer(res, add_finding, &s);
	if (s.n[SHAKEN_ERROR] > 0)
		publication.severity = SHAKEN_ERROR;
	report_sum(r, &publication, &s);
	return SHAKEN_OK;
}

static enum shaken_err
check_x5u(const struct run *r)
{
	if (r->in->x5u.n == 0)
		report(r, &x5u_form, SHAKEN_SKIPPED, "no URL was given");
	else
		check_form(r);
	if (r->in->x5u.n > 0 && r->in->answer != NULL)
		return check_answer(r);
	report(r, &x5u_answer, SHAKEN_SKIPPED, "not asked");
	report(r, &x5u_chain, SHAKEN_SKIPPED, "%s", "");
	report(r, &x5u_publication, SHAKEN_SKIPPED, "%s", "");
	return SHAKEN_OK;
}

enum shaken_err
certs_selfcheck(const struct certs_selfcheck *in, certs_selfcheck_fn fn,
    void *arg, struct shaken_diag *diag)
{
	struct run r = { .in = in, .fn = fn, .arg = arg };
	enum shaken_err err;

	certs_diag(diag, "%s", "");
	if (in->size != sizeof(*in) || in->horizon_s < 0)
		return SHAKEN_E_ARG;
	err = shaken_trust_new(NULL, &r.none);
	if (err == SHAKEN_OK)
		err = shaken_chain_new(r.none, in->chain, &r.chain, diag);
	if (err != SHAKEN_OK)
		goto out;
	r.leaf = shaken_chain_cert(r.chain, 0);
	err = check_key(&r, diag);
	if (err != SHAKEN_OK)
		goto out;
	check_scope(&r);
	err = check_path(&r);
	if (err != SHAKEN_OK)
		goto out;
	check_expiry(&r);
	check_profile(&r);
	err = check_x5u(&r);
out:
	shaken_chain_free(&r.chain);
	shaken_trust_free(&r.none);
	return err;
}
