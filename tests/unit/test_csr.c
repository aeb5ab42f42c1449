/* SPDX-License-Identifier: Apache-2.0 */
/* The request for an STI certificate: what ATIS-1000080 section 6.4.1 wants in
 * the certificate stands in it, and nothing is made of a wrong description. */
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <shakencerts/csr.h>
#include <shakencerts/issue.h>

static struct certs_csr_spec
good(void)
{
	return (struct certs_csr_spec){
		.size = sizeof(struct certs_csr_spec),
		.spc = "709J", .org = "Example Telecom", .country = "US",
		.crl_url = "https://pa.example.com/crl",
		.crl_issuer = "L=Bridgewater, ST=NJ, CN=STI-PA CRL, C=US, "
		    "O=STI-PA",
	};
}

static X509_REQ *
read_req(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509_REQ *req = PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL);

	BIO_free(bio);
	cr_assert_not_null(req);
	return req;
}

static void
name_is(const X509_NAME *name, const char *want)
{
	char text[256];
	BIO *bio = BIO_new(BIO_s_mem());
	int n;

	X509_NAME_print_ex(bio, name, 0,
	    XN_FLAG_SEP_COMMA_PLUS | XN_FLAG_FN_SN);
	n = BIO_read(bio, text, sizeof(text) - 1);
	text[n < 0 ? 0 : n] = '\0';
	cr_expect_str_eq(text, want);
	BIO_free(bio);
}

static void
has_tnauthlist(STACK_OF(X509_EXTENSION) *exts)
{
	/* TNAuthList { spc "709J" }, RFC 8226 section 9 */
	static const unsigned char der[] = {
		0x30, 0x08, 0xa0, 0x06, 0x16, 0x04, '7', '0', '9', 'J'
	};
	ASN1_OBJECT *oid = OBJ_txt2obj("1.3.6.1.5.5.7.1.26", 1);
	int at = X509v3_get_ext_by_OBJ(exts, oid, -1);
	X509_EXTENSION *e;

	ASN1_OBJECT_free(oid);
	cr_assert_geq(at, 0);
	e = sk_X509_EXTENSION_value(exts, at);
	cr_expect_eq(X509_EXTENSION_get_critical(e), 0);
	cr_expect_arr_eq(ASN1_STRING_get0_data(X509_EXTENSION_get_data(e)),
	    der, sizeof(der));
	cr_expect_eq(ASN1_STRING_length(X509_EXTENSION_get_data(e)),
	    (int)sizeof(der));
}

/* The issuer's attributes keep the order in which they were given. */
static void
has_crl_point(const STACK_OF(X509_EXTENSION) *exts)
{
	CRL_DIST_POINTS *list = X509V3_get_d2i(exts,
	    NID_crl_distribution_points, NULL, NULL);
	const DIST_POINT *p;
	const ASN1_STRING *url;
	const X509_NAME *issuer;
	int type;

	cr_assert_eq(sk_DIST_POINT_num(list), 1);
	p = sk_DIST_POINT_value(list, 0);
	url = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(
	    p->distpoint->name.fullname, 0), &type);
	cr_expect_eq(type, GEN_URI);
	cr_expect_eq(ASN1_STRING_length(url), 26);
	cr_expect_eq(memcmp(ASN1_STRING_get0_data(url),
	    "https://pa.example.com/crl", 26), 0);
	issuer = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(p->CRLissuer,
	    0), &type);
	cr_assert_eq(type, GEN_DIRNAME);
	name_is(issuer, "L=Bridgewater,ST=NJ,CN=STI-PA CRL,C=US,O=STI-PA");
	CRL_DIST_POINTS_free(list);
}

Test(csr, profile)
{
	struct certs_csr_spec spec = good();
	STACK_OF(X509_EXTENSION) *exts;
	struct shaken_diag diag;
	char *key = NULL, *pem = NULL;
	X509_REQ *req;
	char group[32];

	cr_assert_eq(certs_issue_key(CERTS_KEY_P256, &key), SHAKEN_OK);
	cr_assert_eq(certs_csr(&spec, key, &pem, &diag), SHAKEN_OK);
	cr_expect_str_eq(diag.text, "");
	req = read_req(pem);
	cr_expect_eq(X509_REQ_verify(req, X509_REQ_get0_pubkey(req)), 1);
	cr_expect_eq(X509_REQ_get_signature_nid(req), NID_ecdsa_with_SHA256);
	cr_assert_eq(EVP_PKEY_get_group_name(X509_REQ_get0_pubkey(req), group,
	    sizeof(group), NULL), 1);
	cr_expect_str_eq(group, "prime256v1");
	name_is(X509_REQ_get_subject_name(req),
	    "C=US,O=Example Telecom,CN=SHAKEN 709J");
	exts = X509_REQ_get_extensions(req);
	cr_expect_eq(sk_X509_EXTENSION_num(exts), 2);
	has_tnauthlist(exts);
	has_crl_point(exts);
	sk_X509_EXTENSION_pop_free(exts, X509_EXTENSION_free);
	X509_REQ_free(req);
	free(pem);

	spec.crl_url = spec.crl_issuer = NULL;
	cr_assert_eq(certs_csr(&spec, key, &pem, NULL), SHAKEN_OK);
	req = read_req(pem);
	exts = X509_REQ_get_extensions(req);
	cr_expect_eq(sk_X509_EXTENSION_num(exts), 1);
	sk_X509_EXTENSION_pop_free(exts, X509_EXTENSION_free);
	X509_REQ_free(req);
	free(pem);
	free(key);
}

#define SET(member, value) { .member = value }

/* Each row replaces the members that it names; "" takes one away. */
static const struct {
	const char		*name;
	struct certs_csr_spec	 with;
	enum shaken_err		 want;
} rows[] = {
	{ "as it is", { 0 }, SHAKEN_OK },
	{ "SPC of 32", SET(spc, "01234567890123456789012345678901"),
	    SHAKEN_OK },
	{ "SPC of 33", SET(spc, "012345678901234567890123456789012"),
	    SHAKEN_E_ARG },
	{ "SPC in small letters", SET(spc, "709j"), SHAKEN_E_ARG },
	{ "SPC with a blank", SET(spc, "70 9"), SHAKEN_E_ARG },
	{ "no SPC", SET(spc, ""), SHAKEN_E_ARG },
	{ "organization in UTF-8", SET(org, "Soci\xc3\xa9t\xc3\xa9"),
	    SHAKEN_OK },
	{ "organization in Latin-1", SET(org, "Soci\xe9t\xe9"),
	    SHAKEN_E_ARG },
	{ "organization of 64", SET(org, "0123456789012345678901234567890123"
	    "456789012345678901234567890123"), SHAKEN_OK },
	{ "organization of 65", SET(org, "0123456789012345678901234567890123"
	    "4567890123456789012345678901234"), SHAKEN_E_ARG },
	{ "no organization", SET(org, ""), SHAKEN_E_ARG },
	{ "country in small letters", SET(country, "us"), SHAKEN_E_ARG },
	{ "country of three", SET(country, "USA"), SHAKEN_E_ARG },
	{ "no country", SET(country, ""), SHAKEN_E_ARG },
	{ "CRL URL alone", SET(crl_issuer, ""), SHAKEN_OK },
	{ "CRL issuer alone", SET(crl_url, ""), SHAKEN_E_ARG },
	{ "CRL issuer without =", SET(crl_issuer, "STI-PA"), SHAKEN_E_ARG },
	{ "CRL issuer with an unknown attribute", SET(crl_issuer, "X=1"),
	    SHAKEN_E_ARG },
	{ "CRL issuer with an empty value", SET(crl_issuer, "C=US, O=, CN=x"),
	    SHAKEN_E_ARG },
	{ "CRL issuer that ends in a comma", SET(crl_issuer, "C=US,"),
	    SHAKEN_E_ARG },
	{ "CRL issuer with = past a comma", SET(crl_issuer, "C,O=x"),
	    SHAKEN_E_ARG },
};

static const char *
pick(const char *with, const char *or)
{
	if (with == NULL)
		return or;
	return with[0] == '\0' ? NULL : with;
}

Test(csr, members)
{
	char *key = NULL;

	cr_assert_eq(certs_issue_key(CERTS_KEY_P256, &key), SHAKEN_OK);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct certs_csr_spec spec = good();
		struct shaken_diag diag;
		enum shaken_err err;
		char *pem = key;

		spec.spc = pick(rows[i].with.spc, spec.spc);
		spec.org = pick(rows[i].with.org, spec.org);
		spec.country = pick(rows[i].with.country, spec.country);
		spec.crl_url = pick(rows[i].with.crl_url, spec.crl_url);
		spec.crl_issuer = pick(rows[i].with.crl_issuer,
		    spec.crl_issuer);
		err = certs_csr(&spec, key, &pem, &diag);
		cr_expect_eq(err, rows[i].want, "%s: %s", rows[i].name,
		    shaken_errname((int)err));
		cr_expect_eq(pem == NULL, err != SHAKEN_OK, "%s",
		    rows[i].name);
		cr_expect_eq(diag.text[0] == '\0', err == SHAKEN_OK, "%s: %s",
		    rows[i].name, diag.text);
		free(pem);
	}
	free(key);
}

/* only a key on P-256. */
Test(csr, keys)
{
	static const enum certs_key_type wrong[] = {
		CERTS_KEY_P384, CERTS_KEY_RSA2048
	};
	struct certs_csr_spec spec = good();
	char *key = NULL, *pem = NULL;

	for (size_t i = 0; i < 2; i++) {
		cr_assert_eq(certs_issue_key(wrong[i], &key), SHAKEN_OK);
		cr_expect_eq(certs_csr(&spec, key, &pem, NULL), SHAKEN_E_KEY);
		cr_expect_null(pem);
		free(key);
	}
	cr_expect_eq(certs_csr(&spec, "no key", &pem, NULL), SHAKEN_E_KEY);
	cr_expect_eq(certs_csr(&spec, NULL, &pem, NULL), SHAKEN_E_KEY);
	cr_expect_eq(certs_csr(NULL, "", &pem, NULL), SHAKEN_E_ARG);
	spec.size--;
	cr_expect_eq(certs_csr(&spec, "", &pem, NULL), SHAKEN_E_ARG);
}
