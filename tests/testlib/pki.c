/* SPDX-License-Identifier: Apache-2.0 */
/* pki.c - a PKI for tests. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/pem.h>

#include "pki.h"

static const char *const policies[] = { TEST_POLICY };

static const struct certs_name crl_issuer = {
	.c = "US", .st = "NJ", .l = "Bridgewater", .o = "STI-PA",
	.cn = "STI-PA CRL",
};

/* TNAuthList { spc "1234" } */
static const char spc_1234[] = "\x30\x08\xa0\x06\x16\x04" TEST_SPC;

static void
need(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "test PKI: %s failed\n", what);
		abort();
	}
}

static struct certs_spec
base_spec(const char *o, const char *cn)
{
	return (struct certs_spec){
		.size = sizeof(struct certs_spec),
		.subject = { .c = "US", .o = o, .cn = cn },
		.not_before = TEST_NOW - TEST_DAY,
		.not_after = TEST_NOW + 365 * TEST_DAY,
	};
}

static struct certs_spec
ca_spec(const char *o, const char *cn)
{
	struct certs_spec s = base_spec(o, cn);

	s.basic = CERTS_BASIC_CA;
	s.key_usage = CERTS_KU_KEY_CERT_SIGN | CERTS_KU_CRL_SIGN;
	return s;
}

/* What ATIS-1000080 section 6.4.1 wants on all but roots. */
static void
add_profile(struct certs_spec *s)
{
	s->policies = policies;
	s->n_policies = 1;
	s->crl_url = TEST_CRL_URL;
	s->crl_issuer = &crl_issuer;
}

void
test_pki_init(struct test_pki *p)
{
	*p = (struct test_pki){ 0 };
	p->root.spec = ca_spec("Test STI-CA", "SHAKEN Root CA");
	p->inter.spec = ca_spec("Test STI-CA", "SHAKEN Issuing CA");
	add_profile(&p->inter.spec);

	p->leaf.spec = base_spec("Test Provider", "SHAKEN " TEST_SPC);
	p->leaf.spec.basic = CERTS_BASIC_LEAF;
	p->leaf.spec.key_usage = CERTS_KU_DIGITAL_SIGNATURE;
	p->leaf.spec.tnauthlist = SHAKEN_SV_LIT(spc_1234);
	add_profile(&p->leaf.spec);

	p->pa.spec = ca_spec("STI-PA", "STI-PA Root");
	p->crl_signer.spec = base_spec("STI-PA", "STI-PA CRL");
	p->crl_signer.spec.subject = crl_issuer;
	p->crl_signer.spec.basic = CERTS_BASIC_LEAF;
	p->crl_signer.spec.key_usage = CERTS_KU_CRL_SIGN;
}

void
test_cert_make(struct test_cert *c, const struct test_cert *issuer)
{
	if (c->key == NULL)
		need(certs_issue_key(c->key_type, &c->key) == SHAKEN_OK, "key");
	if (c->pem == NULL)
		need(certs_issue_cert(&c->spec, c->key,
		    issuer == NULL ? NULL : issuer->pem,
		    issuer == NULL ? NULL : issuer->key, &c->pem) == SHAKEN_OK,
		    c->spec.subject.cn);
}

void
test_cert_free(struct test_cert *c)
{
	free(c->key);
	free(c->pem);
	*c = (struct test_cert){ 0 };
}

char *
test_concat(const char *a, const char *b)
{
	size_t na = strlen(a), nb = strlen(b);
	char *out = malloc(na + nb + 1);

	need(out != NULL, "malloc");
	memcpy(out, a, na);
	memcpy(out + na, b, nb + 1);
	return out;
}

void
test_pki_make(struct test_pki *p)
{
	test_cert_make(&p->root, NULL);
	test_cert_make(&p->inter, &p->root);
	test_cert_make(&p->leaf, &p->inter);
	test_cert_make(&p->pa, NULL);
	test_cert_make(&p->crl_signer, &p->pa);
	free(p->chain);
	p->chain = test_concat(p->leaf.pem, p->inter.pem);
}

void
test_pki_free(struct test_pki *p)
{
	test_cert_free(&p->root);
	test_cert_free(&p->inter);
	test_cert_free(&p->leaf);
	test_cert_free(&p->pa);
	test_cert_free(&p->crl_signer);
	free(p->chain);
	p->chain = NULL;
}

struct certs_crl_spec
test_crl_spec(void)
{
	return (struct certs_crl_spec){
		.size = sizeof(struct certs_crl_spec),
		.this_update = TEST_NOW - TEST_DAY,
		.next_update = TEST_NOW + TEST_DAY,
		.number = 1,
		.indirect = true,
		.idp_url = TEST_CRL_URL,
	};
}

char *
test_crl_make(const struct certs_crl_spec *spec, const struct test_cert *issuer)
{
	char *pem = NULL;

	need(certs_issue_crl(spec, issuer->pem, issuer->key, &pem) ==
	    SHAKEN_OK, "CRL");
	return pem;
}

struct shaken_chain *
test_chain_make(const char *roots, const char *pem)
{
	struct shaken_trust_opts o = {
		.size = sizeof(o), .crl_policy = SHAKEN_CRL_SOFT
	};
	struct shaken_chain *c = NULL;
	struct shaken_trust *t = NULL;

	need(shaken_trust_new(&o, &t) == SHAKEN_OK, "trust");
	need(shaken_trust_add_anchors(t, shaken_sv_cstr(roots), NULL, NULL) ==
	    SHAKEN_OK, "anchors");
	need(shaken_chain_new(t, shaken_sv_cstr(pem), &c, NULL) == SHAKEN_OK,
	    "chain");
	shaken_trust_free(&t);
	return c;
}

size_t
test_pem_to_der(const char *pem, unsigned char *out, size_t cap)
{
	char *name = NULL, *header = NULL;
	unsigned char *der = NULL;
	long n = 0;
	BIO *bio = BIO_new_mem_buf(pem, -1);

	need(bio != NULL &&
	    PEM_read_bio(bio, &name, &header, &der, &n) == 1, "PEM");
	need(n > 0 && (size_t)n <= cap, "DER buffer");
	memcpy(out, der, (size_t)n);
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(der);
	BIO_free(bio);
	return (size_t)n;
}
