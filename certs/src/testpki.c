/* SPDX-License-Identifier: Apache-2.0 */
/* testpki.c - a throw-away PKI in the profile of ATIS-1000080 section 6.4.1. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <shaken/cert.h>
#include <shakencerts/issue.h>
#include <shakencerts/testpki.h>

#define FILES 16
#define DAY INT64_C(86400)
#define DAYS_MAX 3650
#define BEFORE (60 * DAY)	/* CAs are older than the expired leaf */
#define NOW_MAX INT64_C(100000000000) /* later ends lie within year 9999 */
#define SPC_MAX 32
#define TNAUTHLIST_MAX 64 /* one SPC of that length with its headers has 38 */

#define CRL_URL "https://sti-pa.example/crl"

/* US certificate policy 1.4. */
static const char *const policy[] = { "2.16.840.1.114569.1.1.4" };

static const struct certs_name crl_issuer = {
	.c = "US", .o = "Test STI-PA", .cn = "Test STI-PA CRL",
};
static const struct certs_name intermediate_name = {
	.c = "US", .o = "Test STI-CA", .cn = "SHAKEN Test Intermediate",
};
static const struct certs_name root_name = {
	.c = "US", .o = "Test STI-CA", .cn = "SHAKEN Test ROOT",
};

struct certs_testpki {
	struct {
		const char	*name;
		char		*pem;	/* owned */
		bool		 secret;
	} file[FILES];
	size_t n;
};

struct plan {			/* what all certificates here depend on */
	struct certs_testpki	*pki;
	int64_t			 now, end;
	const struct certs_testpki_opts *opts; /* for the delegate */
	char			 leaf_cn[sizeof("SHAKEN ") + SPC_MAX];
	char			 delegate_cn[sizeof("SHAKEN  delegate") +
				    SPC_MAX];
	char			 delegate_ca_cn[sizeof("SHAKEN  delegate CA") +
				    SPC_MAX];
	uint8_t			 tnauthlist_buf[TNAUTHLIST_MAX];
	struct shaken_sv	 tnauthlist; /* the service provider code */
};

/* Keep a followed by b (may be NULL) as a file; both borrowed. */
static enum shaken_err
keep(struct certs_testpki *p, const char *name, bool secret, const char *a,
    const char *b)
{
	size_t n = strlen(a) + (b == NULL ? 0 : strlen(b)) + 1;
	char *text = malloc(n);

	if (text == NULL)
		return SHAKEN_E_NOMEM;
	assert(p->n < FILES);
	snprintf(text, n, "%s%s", a, b == NULL ? "" : b);
	p->file[p->n].name = name;
	p->file[p->n].pem = text;
	p->file[p->n].secret = secret;
	p->n++;
	return SHAKEN_OK;
}

/* The text of a file made before. */
static const char *
get(const struct certs_testpki *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->file[i].name, name) == 0)
			return p->file[i].pem;
	return NULL;
}

static enum shaken_err
make_key(struct certs_testpki *p, const char *name)
{
	enum shaken_err err;
	char *key = NULL;

	err = certs_issue_key(CERTS_KEY_P256, &key);
	if (err == SHAKEN_OK)
		err = keep(p, name, true, key, NULL);
	if (key != NULL)
		OPENSSL_cleanse(key, strlen(key));
	free(key);
	return err;
}

/* A key, and a certificate over it, followed by the issuer's where tail. */
static enum shaken_err
make_cert(struct certs_testpki *p, const struct certs_spec *spec,
    const char *name, const char *key_name, const char *issuer,
    const char *issuer_key, bool tail)
{
	enum shaken_err err;
	char *pem = NULL;

	err = make_key(p, key_name);
	if (err == SHAKEN_OK)
		err = certs_issue_cert(spec, get(p, key_name), issuer,
		    issuer_key, &pem);
	if (err == SHAKEN_OK)
		err = keep(p, name, false, pem, tail ? issuer : NULL);
	free(pem);
	return err;
}

static enum shaken_err
make_cas(const struct plan *plan)
{
	struct certs_testpki *p = plan->pki;
	struct certs_spec spec = {
		.size = sizeof(spec),
		.subject = root_name,
		.not_before = plan->now - BEFORE,
		.not_after = plan->end + DAYS_MAX * DAY,
		.basic = CERTS_BASIC_CA,
		.key_usage = CERTS_KU_KEY_CERT_SIGN | CERTS_KU_CRL_SIGN,
	};
	enum shaken_err err;

	err = make_cert(p, &spec, "root.pem", "root-key.pem", NULL, NULL,
	    false);
	if (err != SHAKEN_OK)
		return err;
	spec.subject = intermediate_name;
	spec.not_after = plan->end;
	spec.key_usage = CERTS_KU_KEY_CERT_SIGN;
	spec.policies = policy;
	spec.n_policies = 1;
	spec.crl_url = CRL_URL;
	spec.crl_issuer = &crl_issuer;
	return make_cert(p, &spec, "intermediate.pem", "intermediate-key.pem",
	    get(p, "root.pem"), get(p, "root-key.pem"), false);
}

static struct certs_spec
leaf_spec(const struct plan *plan)
{
	return (struct certs_spec){
		.size = sizeof(struct certs_spec),
		.subject = {
			.c = "US", .o = "Test Service Provider",
			.cn = plan->leaf_cn,
		},
		.not_before = plan->now - 3600,
		.not_after = plan->end,
		.basic = CERTS_BASIC_LEAF,
		.key_usage = CERTS_KU_DIGITAL_SIGNATURE,
		.policies = policy,
		.n_policies = 1,
		.crl_url = CRL_URL,
		.crl_issuer = &crl_issuer,
		.tnauthlist = plan->tnauthlist,
	};
}

static enum shaken_err
make_leaf(const struct plan *plan, const struct certs_spec *spec,
    const char *name, const char *key_name)
{
	struct certs_testpki *p = plan->pki;

	return make_cert(p, spec, name, key_name, get(p, "intermediate.pem"),
	    get(p, "intermediate-key.pem"), true);
}

/* The provider's CA, and a customer's certificate for numbers below it (RFC
 * 9060 section 4); each file has its path up to the intermediate (section 7). */
static enum shaken_err
make_delegate(const struct plan *plan)
{
	const struct certs_testpki_opts *opts = plan->opts;
	struct certs_testpki *p = plan->pki;
	struct certs_spec spec = leaf_spec(plan);
	enum shaken_err err;

	if (opts->delegate.n == 0)
		return SHAKEN_OK;
	spec.subject.cn = plan->delegate_ca_cn;
	spec.basic = CERTS_BASIC_CA;
	spec.key_usage = CERTS_KU_KEY_CERT_SIGN;
	if (opts->delegate_ca.n > 0)
		spec.tnauthlist = opts->delegate_ca;
	err = make_leaf(plan, &spec, "delegate-ca.pem", "delegate-ca-key.pem");
	if (err != SHAKEN_OK)
		return err;
	spec = leaf_spec(plan);
	spec.subject.o = "Test Customer";
	spec.subject.cn = plan->delegate_cn;
	spec.tnauthlist = opts->delegate;
	spec.constraints = opts->constraints;
	spec.enhanced = opts->enhanced;
	return make_cert(p, &spec, "delegate-chain.pem", "delegate-key.pem",
	    get(p, "delegate-ca.pem"), get(p, "delegate-ca-key.pem"), true);
}

/* The STI-PA has a root of its own; here one root has to do. */
static enum shaken_err
make_crl(const struct plan *plan, const char *revoked)
{
	struct certs_testpki *p = plan->pki;
	struct certs_spec signer = {
		.size = sizeof(signer),
		.subject = crl_issuer,
		.not_before = plan->now - BEFORE,
		.not_after = plan->end,
		.basic = CERTS_BASIC_LEAF,
		.key_usage = CERTS_KU_CRL_SIGN,
	};
	struct certs_crl_entry entry = {
		.serial = revoked, .issuer = &intermediate_name,
	};
	struct certs_crl_spec spec = {
		.size = sizeof(spec),
		.this_update = plan->now - 3600,
		.next_update = plan->end,
		.number = 1,
		.indirect = true,
		.idp_url = CRL_URL,
		.entries = &entry,
		.n_entries = 1,
	};
	char *cert = NULL, *crl = NULL;
	enum shaken_err err;

	err = make_key(p, "crl-key.pem");
	if (err == SHAKEN_OK)
		err = certs_issue_cert(&signer, get(p, "crl-key.pem"),
		    get(p, "root.pem"), get(p, "root-key.pem"), &cert);
	if (err == SHAKEN_OK)
		err = certs_issue_crl(&spec, cert, get(p, "crl-key.pem"), &crl);
	if (err == SHAKEN_OK)
		err = keep(p, "crl.pem", false, crl, cert);
	free(crl);
	free(cert);
	return err;
}

/* 127 bits, the first of them set: never short, never negative. */
static enum shaken_err
random_serial(char hex[33])
{
	unsigned char bytes[16];

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return SHAKEN_E_CRYPTO;
	bytes[0] = (unsigned char)((bytes[0] & 0x7f) | 0x40);
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(hex + 2 * i, 3, "%02X", bytes[i]);
	return SHAKEN_OK;
}

static enum shaken_err
make_all(const struct plan *plan)
{
	struct certs_spec good = leaf_spec(plan), old = good, bad = good;
	enum shaken_err err;
	char revoked[33];

	err = random_serial(revoked);
	if (err == SHAKEN_OK)
		err = make_cas(plan);
	if (err == SHAKEN_OK)
		err = make_leaf(plan, &good, "chain.pem", "key.pem");
	bad.serial = revoked;
	if (err == SHAKEN_OK)
		err = make_leaf(plan, &bad, "revoked.pem", "revoked-key.pem");
	old.not_before = plan->now - 30 * DAY;
	old.not_after = plan->now - DAY;
	if (err == SHAKEN_OK)
		err = make_leaf(plan, &old, "expired.pem", "expired-key.pem");
	if (err == SHAKEN_OK)
		err = make_delegate(plan);
	if (err == SHAKEN_OK)
		err = make_crl(plan, revoked);
	return err;
}

enum shaken_err
certs_testpki_new(const struct certs_testpki_opts *opts,
    struct certs_testpki **out)
{
	struct plan plan = { 0 };
	enum shaken_err err;
	const char *spc;
	unsigned days;

	if (out == NULL)
		return SHAKEN_E_ARG;
	*out = NULL;
	if (opts == NULL || opts->size != sizeof(*opts) ||
	    opts->days > DAYS_MAX || opts->now < BEFORE || opts->now > NOW_MAX)
		return SHAKEN_E_ARG;
	spc = opts->spc == NULL ? "1234" : opts->spc;
	days = opts->days == 0 ? 365 : opts->days;
	err = shaken_tnauthlist_encode_spc(shaken_sv_cstr(spc),
	    plan.tnauthlist_buf, sizeof(plan.tnauthlist_buf),
	    &plan.tnauthlist.n);
	if (err != SHAKEN_OK)
		return err == SHAKEN_E_NOMEM ? err : SHAKEN_E_ARG;
	plan.opts = opts;
	plan.tnauthlist.p = (const char *)plan.tnauthlist_buf;
	snprintf(plan.leaf_cn, sizeof(plan.leaf_cn), "SHAKEN %s", spc);
	snprintf(plan.delegate_cn, sizeof(plan.delegate_cn),
	    "SHAKEN %s delegate", spc);
	snprintf(plan.delegate_ca_cn, sizeof(plan.delegate_ca_cn),
	    "SHAKEN %s delegate CA", spc);
	plan.now = opts->now;
	plan.end = opts->now + days * DAY;

	plan.pki = calloc(1, sizeof(*plan.pki));
	if (plan.pki == NULL)
		return SHAKEN_E_NOMEM;
	err = make_all(&plan);
	if (err != SHAKEN_OK)
		certs_testpki_free(&plan.pki);
	*out = plan.pki;
	return err;
}

bool
certs_testpki_file(const struct certs_testpki *p, size_t i,
    struct certs_testpki_file *out)
{
	*out = (struct certs_testpki_file){ 0 };
	if (i >= p->n)
		return false;
	out->name = p->file[i].name;
	out->pem = p->file[i].pem;
	out->secret = p->file[i].secret;
	return true;
}

void
certs_testpki_free(struct certs_testpki **pp)
{
	struct certs_testpki *p;

	if (pp == NULL || (p = *pp) == NULL)
		return;
	*pp = NULL;
	for (size_t i = 0; i < p->n; i++) {
		OPENSSL_cleanse(p->file[i].pem, strlen(p->file[i].pem));
		free(p->file[i].pem);
	}
	free(p);
}
