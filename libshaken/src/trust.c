/* SPDX-License-Identifier: Apache-2.0 */
/* trust.c - anchors, CRLs and acceptance policy. */
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include <shaken/cert.h>
#include <shaken/chain.h>

#include "diag.h"
#include "pem.h"
#include "trust.h"
#include "x509.h"

/* CRLs in one file; there is one in the world of SHAKEN. */
#define CRLS_PER_FILE 64

/* Size of the options of release 0.1; a later field may be missing: then 0. */
#define OPTS_SIZE_V0 \
	(offsetof(struct shaken_trust_opts, implicit_tnauthlist) + sizeof(bool))

/* OBJ_txt2obj() is lax: what does not come back as it was is no dotted OID. */
static ASN1_OBJECT *
read_oid(const char *text)
{
	ASN1_OBJECT *o = text == NULL ? NULL : OBJ_txt2obj(text, 1);
	char again[128];

	if (o != NULL && (OBJ_obj2txt(again, sizeof(again), o, 1) <= 0 ||
	    strcmp(again, text) != 0)) {
		ASN1_OBJECT_free(o);
		o = NULL;
	}
	return o;
}

static enum shaken_err
read_policies(struct shaken_trust *t, const struct shaken_trust_opts *o)
{
	if (o->n_policies == 0)
		return SHAKEN_OK;
	if (o->policies == NULL)
		return SHAKEN_E_ARG;
	t->policies = calloc(o->n_policies, sizeof(*t->policies));
	if (t->policies == NULL)
		return SHAKEN_E_NOMEM;
	for (size_t i = 0; i < o->n_policies; i++) {
		t->policies[i] = read_oid(o->policies[i]);
		if (t->policies[i] == NULL)
			return SHAKEN_E_ARG;
		t->n_policies++;
	}
	return SHAKEN_OK;
}

enum shaken_err
shaken_trust_new(const struct shaken_trust_opts *opts,
    struct shaken_trust **out)
{
	struct shaken_trust_opts o = { 0 };
	struct shaken_trust *t;
	enum shaken_err err;

	if (out == NULL)
		return SHAKEN_E_ARG;
	*out = NULL;
	if (opts != NULL) {
		if (opts->size < OPTS_SIZE_V0)
			return SHAKEN_E_ARG;
		memcpy(&o, opts, opts->size < sizeof(o) ? opts->size :
		    sizeof(o));
	}
	if (o.crl_policy != SHAKEN_CRL_HARD && o.crl_policy != SHAKEN_CRL_SOFT)
		return SHAKEN_E_ARG;

	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return SHAKEN_E_NOMEM;
	atomic_init(&t->refs, 1);
	t->crl_policy = o.crl_policy;
	t->implicit_tnauthlist = o.implicit_tnauthlist;
	err = read_policies(t, &o);
	if (err == SHAKEN_OK) {
		*out = t;
		t = NULL; /* moved */
	}
	shaken_trust_free(&t);
	ERR_clear_error();
	return err;
}

struct shaken_trust *
shaken_trust_ref(struct shaken_trust *t)
{
	if (t != NULL)
		atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
	return t;
}

void
shaken_trust_free(struct shaken_trust **tp)
{
	struct shaken_trust *t;

	if (tp == NULL || (t = *tp) == NULL)
		return;
	*tp = NULL;
	if (atomic_fetch_sub_explicit(&t->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < t->n_crls; i++)
		shk_crl_free(&t->crls[i]);
	free(t->crls);
	sk_X509_pop_free(t->crl_anchors, X509_free);
	sk_X509_pop_free(t->anchors, X509_free);
	for (size_t i = 0; i < t->n_policies; i++)
		ASN1_OBJECT_free(t->policies[i]);
	free(t->policies);
	free(t);
}

static bool
is_anchor(X509 *x, struct shaken_diag *diag)
{
	char *name;
	bool ok = shk_x509_extensions_ok(x, diag) &&
	    X509_self_signed(x, 1) == 1;

	if (!ok) {
		name = shk_x509_name_text(X509_get_subject_name(x));
		shk_diag(diag, "%.150s is no trust anchor: it is malformed or "
		    "not self-signed", name == NULL ? "?" : name);
		free(name);
	}
	return ok;
}

/* Replace *list by one that has more as well; all of more, or none. */
static enum shaken_err
append(STACK_OF(X509) **list, STACK_OF(X509) *more)
{
	STACK_OF(X509) *all = *list == NULL ? sk_X509_new_null() :
	    X509_chain_up_ref(*list);

	if (all == NULL ||
	    X509_add_certs(all, more, X509_ADD_FLAG_UP_REF) != 1) {
		sk_X509_pop_free(all, X509_free);
		return SHAKEN_E_NOMEM;
	}
	shk_x509_sort(all);
	sk_X509_pop_free(*list, X509_free);
	*list = all;
	return SHAKEN_OK;
}

static enum shaken_err
add_anchors(STACK_OF(X509) **list, struct shaken_sv in, size_t *n,
    struct shaken_diag *diag)
{
	static const struct shk_pem_limits max = {
		.bytes = SHAKEN_ANCHORS_MAX, .certs = SHAKEN_ANCHORS_MAX
	};
	struct shk_pem p;
	enum shaken_err err;

	err = shk_pem_read(in, &max, &p, diag);
	if (err != SHAKEN_OK)
		return err;
	if (sk_X509_num(p.certs) == 0) {
		shk_diag(diag, "there is no certificate in it");
		err = SHAKEN_E_CERT;
	}
	for (int i = 0; err == SHAKEN_OK && i < sk_X509_num(p.certs); i++)
		if (!is_anchor(sk_X509_value(p.certs, i), diag))
			err = SHAKEN_E_CERT;
	if (err == SHAKEN_OK)
		err = append(list, p.certs);
	if (err == SHAKEN_OK && n != NULL)
		*n = (size_t)sk_X509_num(p.certs);
	shk_pem_clear(&p);
	ERR_clear_error();
	return err;
}

enum shaken_err
shaken_trust_add_anchors(struct shaken_trust *t, struct shaken_sv in,
    size_t *n, struct shaken_diag *diag)
{
	shk_diag_clear(diag);
	if (n != NULL)
		*n = 0;
	if (t == NULL || (in.p == NULL && in.n > 0))
		return SHAKEN_E_ARG;
	return add_anchors(&t->anchors, in, n, diag);
}

enum shaken_err
shaken_trust_add_crl_anchors(struct shaken_trust *t, struct shaken_sv in,
    size_t *n, struct shaken_diag *diag)
{
	shk_diag_clear(diag);
	if (n != NULL)
		*n = 0;
	if (t == NULL || (in.p == NULL && in.n > 0))
		return SHAKEN_E_ARG;
	return add_anchors(&t->crl_anchors, in, n, diag);
}

static enum shaken_err
load_crl(const struct shaken_trust *t, X509_CRL *x509, STACK_OF(X509) *certs,
    struct shk_crl **out, struct shaken_diag *diag)
{
	enum shaken_err err = shk_crl_new(x509, out, diag);

	/* a direct one is held against the CA of each path, see chain.c */
	if (err != SHAKEN_OK || !(*out)->indirect)
		return err;
	err = shk_crl_authenticate(*out, certs, t->crl_anchors != NULL ?
	    t->crl_anchors : t->anchors, diag);
	if (err != SHAKEN_OK)
		shk_crl_free(out);
	return err;
}

static enum shaken_err
add_crls(struct shaken_trust *t, const struct shk_pem *p,
    struct shaken_diag *diag)
{
	size_t n = (size_t)sk_X509_CRL_num(p->crls), have = t->n_crls;
	enum shaken_err err = SHAKEN_OK;
	struct shk_crl **all;

	if (n == 0) {
		shk_diag(diag, "there is no CRL in it");
		return SHAKEN_E_CERT;
	}
	all = reallocarray(t->crls, have + n, sizeof(*all));
	if (all == NULL)
		return SHAKEN_E_NOMEM;
	t->crls = all;
	for (size_t i = 0; i < n && err == SHAKEN_OK; i++) {
		err = load_crl(t, sk_X509_CRL_value(p->crls, (int)i), p->certs,
		    &all[t->n_crls], diag);
		if (err == SHAKEN_OK)
			t->n_crls++;
	}
	while (err != SHAKEN_OK && t->n_crls > have)
		shk_crl_free(&all[--t->n_crls]);
	return err;
}

enum shaken_err
shaken_trust_add_crl(struct shaken_trust *t, struct shaken_sv in,
    struct shaken_diag *diag)
{
	static const struct shk_pem_limits max = {
		.bytes = SHAKEN_CRL_MAX,
		.certs = SHAKEN_CHAIN_MAX,
		.crls = CRLS_PER_FILE,
	};
	struct shk_pem p;
	enum shaken_err err;

	shk_diag_clear(diag);
	if (t == NULL || (in.p == NULL && in.n > 0))
		return SHAKEN_E_ARG;
	err = shk_pem_read(in, &max, &p, diag);
	if (err != SHAKEN_OK)
		return err;
	err = add_crls(t, &p, diag);
	shk_pem_clear(&p);
	ERR_clear_error();
	return err;
}
