/* SPDX-License-Identifier: Apache-2.0 */
/* one finding a row of the certificate profile, each with its section;
 * a clean certificate has none. */
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <shaken/cert.h>

#include "pki.h"
#include "vectors.h"

#define PROFILE "ATIS-1000080 section 6.4.1"
#define DELEGATE "RFC 9060 section 4.1"
#define DER(s) SHAKEN_SV_LIT(s)

/* -- what is wrong with each certificate -------------------------------- */

static void
add_ext(struct certs_spec *s, const struct certs_ext *e)
{
	s->exts = e;
	s->n_exts = 1;
}

#define SPOIL(name, body) \
	static void name(struct test_pki *p) { (void)p; body }
#define SPOIL_EXT(name, who, oid_, critical_, der_, body) \
	static void name(struct test_pki *p) \
	{ \
		static const struct certs_ext e = { \
			.oid = oid_, .critical = critical_, \
			.der = { der_, sizeof(der_) - 1 } \
		}; \
		add_ext(&p->who.spec, &e); \
		body \
	}

SPOIL(nothing, )
SPOIL(serial_zero, p->leaf.spec.serial = "00";)
SPOIL(serial_negative, p->leaf.spec.serial = "-7FFFFFFFFFFFFFFFFF";)
SPOIL(serial_20, p->leaf.spec.serial =
    "7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF";)
SPOIL(serial_21, p->leaf.spec.serial =
    "80FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF";)
SPOIL(serial_48_bits, p->leaf.spec.serial = "FFFFFFFFFFFF";)
SPOIL(serial_49_bits, p->leaf.spec.serial = "01FFFFFFFFFFFF";)
SPOIL(sha384, p->leaf.spec.digest = CERTS_SHA384;)
SPOIL(sha1, p->leaf.spec.digest = CERTS_SHA1;)
SPOIL(issuer_cn, p->inter.spec.subject.cn = "Test Issuing CA";)
SPOIL(issuer_o, p->inter.spec.subject.o = NULL;)

SPOIL(expired, p->leaf.spec.not_after = TEST_NOW - 1;)
SPOIL(last_second, p->leaf.spec.not_after = TEST_NOW;)
SPOIL(not_yet, p->leaf.spec.not_before = TEST_NOW + 1;)
SPOIL(first_second, p->leaf.spec.not_before = TEST_NOW;)
SPOIL(backwards, p->leaf.spec.not_before = TEST_NOW + 1;
    p->leaf.spec.not_after = TEST_NOW - 1;)
SPOIL(three_years, p->leaf.spec.not_after = p->leaf.spec.not_before +
    1096 * TEST_DAY;)
SPOIL(longer, p->leaf.spec.not_after = p->leaf.spec.not_before +
    1097 * TEST_DAY;)
SPOIL(long_root, p->root.spec.not_after = TEST_NOW + 7300 * TEST_DAY;)

SPOIL(no_c, p->leaf.spec.subject.c = NULL;)
SPOIL(small_c, p->leaf.spec.subject.c = "us";)
SPOIL(canada_us_policy, p->leaf.spec.subject.c = "CA";)
SPOIL(no_o, p->leaf.spec.subject.o = NULL;)
SPOIL(no_cn, p->leaf.spec.subject.cn = NULL;)
SPOIL(other_spc_cn, p->leaf.spec.subject.cn = "SHAKEN 9999";)
SPOIL(v3_cn, p->leaf.spec.subject.cn = "Comcast SHAKEN cert 1234";)
SPOIL(two_blanks_cn, p->leaf.spec.subject.cn = "SHAKEN  1234";)
SPOIL(plain_cn, p->leaf.spec.subject.cn = "Test 1234";)
SPOIL(inter_cn, p->inter.spec.subject.cn = "Test Issuing CA";)
SPOIL(inter_lower_cn, p->inter.spec.subject.cn = "Shaken Issuing CA";)
SPOIL(root_cn, p->root.spec.subject.cn = "SHAKEN CA";)
SPOIL(state, p->leaf.spec.subject.st = "NJ";)

SPOIL(leaf_rsa, p->leaf.key_type = CERTS_KEY_RSA2048;)
SPOIL(leaf_p384, p->leaf.key_type = CERTS_KEY_P384;)
SPOIL(inter_p384, p->inter.key_type = CERTS_KEY_P384;)

SPOIL(no_basic, p->leaf.spec.basic = CERTS_BASIC_NONE;)
SPOIL_EXT(basic_not_critical, inter, "2.5.29.19", false,
    "\x30\x03\x01\x01\xff", p->inter.spec.basic = CERTS_BASIC_NONE;)
SPOIL(no_ca, p->inter.spec.basic = CERTS_BASIC_LEAF;)
SPOIL(path_len, p->inter.spec.has_path_len = true;)

SPOIL(no_usage, p->leaf.spec.key_usage = 0;)
SPOIL(leaf_two_uses, p->leaf.spec.key_usage |= CERTS_KU_CRL_SIGN;)
SPOIL(ca_no_cert_sign, p->inter.spec.key_usage = CERTS_KU_CRL_SIGN;)
SPOIL(ca_three_uses, p->inter.spec.key_usage |= CERTS_KU_DIGITAL_SIGNATURE;)
SPOIL(ca_four_uses, p->inter.spec.key_usage |= 0x40u;)
SPOIL_EXT(usage_not_critical, leaf, "2.5.29.15", false, "\x03\x02\x07\x80",
    p->leaf.spec.key_usage = 0;)
SPOIL_EXT(usage_unused_bits, leaf, "2.5.29.15", true, "\x03\x02\x00\x80",
    p->leaf.spec.key_usage = 0;)

SPOIL(no_ski, p->leaf.spec.no_ski = true;)
SPOIL_EXT(other_ski, leaf, "2.5.29.14", false,
    "\x04\x14" "01234567890123456789", p->leaf.spec.no_ski = true;)
SPOIL_EXT(short_ski, leaf, "2.5.29.14", false, "\x04\x02" "01",
    p->leaf.spec.no_ski = true;)

SPOIL(no_aki, p->leaf.spec.no_aki = true;)
SPOIL_EXT(empty_aki, leaf, "2.5.29.35", false, "\x30\x00",
    p->leaf.spec.no_aki = true;)
SPOIL_EXT(root_other_aki, root, "2.5.29.35", false, "\x30\x04\x80\x02" "01", )

static const char *const policy_13[] = { "2.16.840.1.114569.1.1.3" };
static const char *const policy_11[] = { "2.16.840.1.114569.1.1.1" };
static const char *const policy_other[] = { "1.3.6.1.4.1.99999.1" };
static const char *const policy_two[] = { TEST_POLICY, "1.2.3" };

static void
policies(struct certs_spec *s, const char *const *list, size_t n)
{
	s->policies = list;
	s->n_policies = n;
}

SPOIL(no_policy, policies(&p->leaf.spec, NULL, 0);)
SPOIL(cp_13, policies(&p->leaf.spec, policy_13, 1);)
SPOIL(cp_11, policies(&p->leaf.spec, policy_11, 1);)
SPOIL(cp_other, policies(&p->leaf.spec, policy_other, 1);)
SPOIL(cp_other_canada, policies(&p->leaf.spec, policy_other, 1);
    p->leaf.spec.subject.c = "CA";)
SPOIL(cp_two, policies(&p->leaf.spec, policy_two, 2);)
SPOIL(root_policy, policies(&p->root.spec, policy_13, 1);)
SPOIL_EXT(policy_critical, leaf, "2.5.29.32", true,
    "\x30\x0e\x30\x0c\x06\x0a\x60\x86\x48\x01\x86\xff\x09\x01\x01\x04",
    policies(&p->leaf.spec, NULL, 0);)

SPOIL(no_crldp, p->leaf.spec.crl_url = NULL; p->leaf.spec.crl_issuer = NULL;)
SPOIL(no_crl_issuer, p->leaf.spec.crl_issuer = NULL;)
SPOIL(no_crl_url, p->leaf.spec.crl_url = NULL;)
SPOIL(ldap_crl, p->leaf.spec.crl_url = "ldap://pa.example.com/crl";)
SPOIL(http_crl, p->leaf.spec.crl_url = "http://pa.example.com/crl";)
SPOIL(root_crldp, p->root.spec.crl_url = TEST_CRL_URL;)

SPOIL(no_tnauthlist, p->leaf.spec.tnauthlist.n = 0;)
SPOIL(two_spcs, p->leaf.spec.tnauthlist = DER(
    "\x30\x10\xa0\x06\x16\x04" "1234" "\xa0\x06\x16\x04" "5678");)
SPOIL(spc_and_tn, p->leaf.spec.tnauthlist = DER("\x30\x17\xa0\x06\x16\x04"
    "1234" "\xa2\x0d\x16\x0b" "12155551212");)
SPOIL(tn_only, p->leaf.spec.tnauthlist = DER(
    "\x30\x0f\xa2\x0d\x16\x0b" "12155551212");)
SPOIL(lower_spc, p->leaf.spec.tnauthlist = DER(
    "\x30\x08\xa0\x06\x16\x04" "583j");
    p->leaf.spec.subject.cn = "SHAKEN 583j";)
SPOIL(truncated, p->leaf.spec.tnauthlist = DER(
    "\x30\x08\xa0\x06\x16\x04" "12");)
SPOIL(implicit, p->leaf.spec.tnauthlist = DER("\x30\x06\x80\x04" "1234");)
SPOIL(ca_tnauthlist, p->inter.spec.tnauthlist = DER(
    "\x30\x08\xa0\x06\x16\x04" "1234");)
SPOIL_EXT(tnauthlist_critical, leaf, "1.3.6.1.5.5.7.1.26", true,
    "\x30\x08\xa0\x06\x16\x04" "1234", p->leaf.spec.tnauthlist.n = 0;)

/* mustInclude { "confidence" } */
#define MUST_INCLUDE "\x30\x10\xa0\x0e\x30\x0c\x16\x0a" "confidence"
SPOIL(constraints, p->leaf.spec.constraints = DER(MUST_INCLUDE);)
SPOIL(tn_and_constraints, p->leaf.spec.constraints = DER(MUST_INCLUDE);
    p->leaf.spec.tnauthlist = DER(
    "\x30\x0f\xa2\x0d\x16\x0b" "12155551212");)
SPOIL(enhanced, p->leaf.spec.enhanced = DER(MUST_INCLUDE);)
SPOIL(both, p->leaf.spec.constraints = DER(MUST_INCLUDE);
    p->leaf.spec.enhanced = DER(MUST_INCLUDE);)
SPOIL(ca_constraints, p->inter.spec.constraints = DER(MUST_INCLUDE);)
SPOIL(empty_constraints, p->leaf.spec.constraints = DER("\x30\x00");)

SPOIL_EXT(other_ext, leaf, "1.2.3.4", false, "\x05\x00", )
SPOIL_EXT(critical_ext, leaf, "1.2.3.4", true, "\x05\x00", )
SPOIL_EXT(twice, leaf, "2.5.29.14", false,
    "\x04\x14" "01234567890123456789", )

/* -- and what a description cannot say ---------------------------------- */

static void
v1(X509 *x)
{
	cr_assert(X509_set_version(x, X509_VERSION_1));
}

static void
add_name(X509 *x, const char *type, const char *value)
{
	cr_assert(X509_NAME_add_entry_by_txt(X509_get_subject_name(x), type,
	    MBSTRING_UTF8, (const unsigned char *)value, -1, -1, 0));
}

static void two_c(X509 *x) { add_name(x, "C", "US"); }
static void two_o(X509 *x) { add_name(x, "O", "Another"); }
static void two_cn(X509 *x) { add_name(x, "CN", "SHAKEN 1234"); }
static void serial_attr(X509 *x) { add_name(x, "serialNumber", "1"); }

static void
two_points(X509 *x)
{
	CRL_DIST_POINTS *list = X509_get_ext_d2i(x,
	    NID_crl_distribution_points, NULL, NULL);
	DIST_POINT *point = DIST_POINT_new();

	point->CRLissuer = GENERAL_NAMES_new();
	cr_assert(sk_DIST_POINT_push(list, point) > 0);
	cr_assert(X509_add1_ext_i2d(x, NID_crl_distribution_points, list, 0,
	    X509V3_ADD_REPLACE));
	CRL_DIST_POINTS_free(list);
}

static void
root_own_aki(X509 *x)
{
	AUTHORITY_KEYID *aki = AUTHORITY_KEYID_new();

	aki->keyid = ASN1_OCTET_STRING_dup(X509_get0_subject_key_id(x));
	cr_assert(X509_add1_ext_i2d(x, NID_authority_key_identifier, aki, 0,
	    X509V3_ADD_APPEND));
	AUTHORITY_KEYID_free(aki);
}

/* "SHAKEN 1234", a NUL, and more. */
static void
nul_cn(X509 *x)
{
	static const unsigned char cn[] = "SHAKEN 1234\0 X";
	X509_NAME *name = X509_get_subject_name(x);
	int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);

	X509_NAME_ENTRY_free(X509_NAME_delete_entry(name, at));
	cr_assert(X509_NAME_add_entry_by_NID(name, NID_commonName,
	    V_ASN1_UTF8STRING, cn, sizeof(cn) - 1, -1, 0));
}

/* Change a certificate and sign it again with its issuer's key. */
static void
forge(struct test_cert *c, const char *issuer_key, void (*change)(X509 *))
{
	BIO *in = BIO_new_mem_buf(c->pem, -1), *out = BIO_new(BIO_s_mem());
	BIO *key_in = BIO_new_mem_buf(issuer_key, -1);
	X509 *x = PEM_read_bio_X509(in, NULL, NULL, NULL);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(key_in, NULL, NULL, NULL);
	char *p;
	long n;

	cr_assert_not_null(x);
	change(x);
	cr_assert(X509_sign(x, key, EVP_sha256()) > 0);
	cr_assert(PEM_write_bio_X509(out, x));
	n = BIO_get_mem_data(out, &p);
	free(c->pem);
	c->pem = strndup(p, (size_t)n);
	EVP_PKEY_free(key);
	X509_free(x);
	BIO_free(key_in);
	BIO_free(out);
	BIO_free(in);
}

/* -- the table ---------------------------------------------------------- */

enum which { ROOT, INTER, LEAF };

/* want: the findings, "severity id" each.  Those without any are the passing
 * half of a rule. */
static const struct {
	const char	*name;
	enum which	 which;
	void		(*spoil)(struct test_pki *);
	void		(*change)(X509 *);
	const char	*want;
	const char	*rule;	/* of the first finding */
} rows[] = {
	{ "R-155 clean root", ROOT, nothing, NULL, "", NULL },
	{ "R-155 clean intermediate", INTER, nothing, NULL, "", NULL },
	{ "R-155 clean leaf", LEAF, nothing, NULL, "", NULL },

	{ "version 1", LEAF, nothing, v1, "error version", PROFILE },
	{ "serial 0", LEAF, serial_zero, NULL, "error serial", PROFILE },
	{ "serial negative", LEAF, serial_negative, NULL, "error serial",
	    PROFILE },
	{ "serial of 20 octets", LEAF, serial_20, NULL, "", NULL },
	{ "serial of 21 octets", LEAF, serial_21, NULL, "error serial",
	    "RFC 5280 section 4.1.2.2" },
	{ "serial of 48 bits", LEAF, serial_48_bits, NULL, "warning serial",
	    PROFILE },
	{ "serial of 49 bits", LEAF, serial_49_bits, NULL, "", NULL },
	{ "ecdsa-with-SHA384", LEAF, sha384, NULL,
	    "warning signature-algorithm", PROFILE },
	{ "ecdsa-with-SHA1", LEAF, sha1, NULL, "error signature-algorithm",
	    PROFILE },
	{ "issuer not SHAKEN", LEAF, issuer_cn, NULL, "error issuer",
	    PROFILE },
	{ "issuer without O", LEAF, issuer_o, NULL, "error issuer", PROFILE },

	{ "expired", LEAF, expired, NULL, "error validity",
	    "RFC 5280 section 6.1.3" },
	{ "last second", LEAF, last_second, NULL, "", NULL },
	{ "not yet", LEAF, not_yet, NULL, "error validity",
	    "RFC 5280 section 6.1.3" },
	{ "first second", LEAF, first_second, NULL, "", NULL },
	{ "ends before it begins", LEAF, backwards, NULL, "error validity",
	    "RFC 5280 section 4.1.2.5" },
	{ "three years", LEAF, three_years, NULL, "", NULL },
	{ "longer", LEAF, longer, NULL, "note validity",
	    "RFC 8226 section 10" },
	{ "root of 20 years", ROOT, long_root, NULL, "", NULL },

	{ "no C", LEAF, no_c, NULL, "error subject-c", PROFILE },
	{ "two C", LEAF, nothing, two_c, "error subject-c", PROFILE },
	{ "C in small letters", LEAF, small_c, NULL, "error subject-c",
	    PROFILE },
	{ "C of another country, US policy", LEAF, canada_us_policy, NULL,
	    "warning subject-c", "US certificate policy 1.4" },
	{ "C of another country, its policy", LEAF, cp_other_canada, NULL,
	    "note certificate-policies", PROFILE },
	{ "no O", LEAF, no_o, NULL, "error subject-o", PROFILE },
	{ "two O", LEAF, nothing, two_o, "error subject-o", PROFILE },
	{ "no CN", LEAF, no_cn, NULL, "error subject-cn", PROFILE },
	{ "two CN", LEAF, nothing, two_cn, "error subject-cn", PROFILE },
	{ "CN with another SPC", LEAF, other_spc_cn, NULL,
	    "error subject-cn", PROFILE },
	{ "CN of version 3", LEAF, v3_cn, NULL, "warning subject-cn",
	    PROFILE },
	{ "CN with two blanks", LEAF, two_blanks_cn, NULL,
	    "warning subject-cn", PROFILE },
	{ "CN without SHAKEN", LEAF, plain_cn, NULL, "error subject-cn",
	    PROFILE },
	{ "CN with a NUL", LEAF, nothing, nul_cn,
	    "warning subject-cn", PROFILE },
	{ "CA without SHAKEN", INTER, inter_cn, NULL, "error subject-cn",
	    PROFILE },
	{ "CA with Shaken", INTER, inter_lower_cn, NULL, "", NULL },
	{ "root without ROOT", ROOT, root_cn, NULL, "error subject-cn",
	    PROFILE },
	{ "subject with ST", LEAF, state, NULL, "note subject-others",
	    PROFILE },
	{ "subject with serialNumber", LEAF, nothing, serial_attr, "", NULL },

	{ "RSA leaf", LEAF, leaf_rsa, NULL, "error public-key", PROFILE },
	{ "P-384 leaf", LEAF, leaf_p384, NULL, "error public-key", PROFILE },
	{ "P-384 CA", INTER, inter_p384, NULL, "warning public-key",
	    PROFILE },

	{ "no basicConstraints", LEAF, no_basic, NULL,
	    "error basic-constraints", PROFILE },
	{ "basicConstraints not critical", INTER, basic_not_critical, NULL,
	    "error basic-constraints", PROFILE },
	{ "keyCertSign and no CA", INTER, no_ca, NULL,
	    "error basic-constraints", PROFILE },
	{ "CA with pathLen", INTER, path_len, NULL, "", NULL },

	{ "no keyUsage", LEAF, no_usage, NULL, "error key-usage", PROFILE },
	{ "leaf with cRLSign", LEAF, leaf_two_uses, NULL, "error key-usage",
	    PROFILE },
	{ "CA without keyCertSign", INTER, ca_no_cert_sign, NULL,
	    "error key-usage", PROFILE },
	{ "CA with digitalSignature", INTER, ca_three_uses, NULL, "", NULL },
	{ "CA with nonRepudiation", INTER, ca_four_uses, NULL,
	    "error key-usage", PROFILE },
	{ "keyUsage not critical", LEAF, usage_not_critical, NULL,
	    "error key-usage", PROFILE },
	{ "keyUsage with a wrong count of unused bits", LEAF,
	    usage_unused_bits, NULL, "warning key-usage",
	    "X.690 section 11.2.2" },

	{ "no SKI", LEAF, no_ski, NULL, "error subject-key-id", PROFILE },
	{ "SKI that is no SHA-1", LEAF, other_ski, NULL,
	    "error subject-key-id", PROFILE },
	{ "SKI of 2 octets", LEAF, short_ski, NULL, "error subject-key-id",
	    PROFILE },

	{ "no AKI", LEAF, no_aki, NULL, "error authority-key-id", PROFILE },
	{ "AKI without keyIdentifier", LEAF, empty_aki, NULL,
	    "error authority-key-id", PROFILE },
	{ "root with its own AKI", ROOT, nothing, root_own_aki, "", NULL },
	{ "root with another AKI", ROOT, root_other_aki, NULL,
	    "error authority-key-id", PROFILE },

	{ "no policy", LEAF, no_policy, NULL, "error certificate-policies",
	    PROFILE },
	{ "policy 1.3", LEAF, cp_13, NULL, "", NULL },
	{ "policy 1.1", LEAF, cp_11, NULL, "warning certificate-policies",
	    "US certificate policy 1.4" },
	{ "policy of another country", LEAF, cp_other, NULL,
	    "note certificate-policies", PROFILE },
	{ "two policies", LEAF, cp_two, NULL, "error certificate-policies",
	    PROFILE },
	{ "policy on a root", ROOT, root_policy, NULL,
	    "error certificate-policies", PROFILE },
	{ "policy critical", LEAF, policy_critical, NULL,
	    "error certificate-policies", PROFILE },

	{ "no CRLDP", LEAF, no_crldp, NULL, "error crl-distribution-points",
	    PROFILE },
	{ "CRLDP without cRLIssuer", LEAF, no_crl_issuer, NULL,
	    "error crl-distribution-points", PROFILE },
	{ "CRLDP without URL", LEAF, no_crl_url, NULL,
	    "error crl-distribution-points", PROFILE },
	{ "CRLDP with ldap", LEAF, ldap_crl, NULL,
	    "error crl-distribution-points", PROFILE },
	{ "CRLDP with http", LEAF, http_crl, NULL, "", NULL },
	{ "two CRLDP", LEAF, nothing, two_points,
	    "error crl-distribution-points", PROFILE },
	{ "CRLDP on a root", ROOT, root_crldp, NULL,
	    "error crl-distribution-points", PROFILE },

	{ "no TNAuthList", LEAF, no_tnauthlist, NULL, "error tnauthlist",
	    PROFILE },
	{ "two SPCs", LEAF, two_spcs, NULL, "error tnauthlist", PROFILE },
	{ "SPC and number", LEAF, spc_and_tn, NULL, "error tnauthlist",
	    PROFILE },
	{ "number alone", LEAF, tn_only, NULL, "note tnauthlist",
	    DELEGATE },
	{ "SPC in small letters", LEAF, lower_spc, NULL, "error tnauthlist",
	    PROFILE },
	{ "TNAuthList cut off", LEAF, truncated, NULL, "error tnauthlist",
	    "RFC 8226 section 9" },
	{ "TNAuthList with IMPLICIT tags", LEAF, implicit, NULL,
	    "error tnauthlist", "RFC 8226 section 9" },
	{ "TNAuthList critical", LEAF, tnauthlist_critical, NULL,
	    "error tnauthlist", PROFILE },
	{ "TNAuthList on a CA", INTER, ca_tnauthlist, NULL,
	    "note tnauthlist", DELEGATE },

	{ "constraints", LEAF, constraints, NULL, "warning claim-constraints",
	    PROFILE },
	{ "constraints of a delegate", LEAF, tn_and_constraints, NULL,
	    "note tnauthlist, note claim-constraints", DELEGATE },
	{ "enhanced constraints", LEAF, enhanced, NULL,
	    "warning claim-constraints", PROFILE },
	{ "both kinds of constraints", LEAF, both, NULL,
	    "error claim-constraints", "RFC 9118 section 6" },
	{ "constraints of a CA", INTER, ca_constraints, NULL,
	    "error claim-constraints", "RFC 8226 section 8" },
	{ "empty constraints", LEAF, empty_constraints, NULL,
	    "error claim-constraints", "RFC 8226 section 8" },

	{ "another extension", LEAF, other_ext, NULL, "error extensions",
	    PROFILE },
	{ "another extension, critical", LEAF, critical_ext, NULL,
	    "error extensions", PROFILE },
	{ "an extension twice", LEAF, twice, NULL, "error extensions",
	    "RFC 5280 section 4.2" },
};

struct found {
	char		 text[512];	/* as in want */
	const char	*rule;
};

static void
take(const struct shaken_finding *f, void *ctx)
{
	struct found *to = ctx;
	size_t n = strlen(to->text);

	cr_expect(f->text[0] != '\0');
	cr_expect(strlen(f->text) < SHAKEN_DIAG_MAX);
	if (n == 0)
		to->rule = f->rule;
	snprintf(to->text + n, sizeof(to->text) - n, "%s%s %s",
	    n == 0 ? "" : ", ", shaken_severity_name(f->severity), f->id);
}

static void
lint(const char *pem, struct found *found)
{
	struct shaken_diag diag = { "" };
	struct shaken_cert *c = NULL;

	*found = (struct found){ 0 };
	cr_assert_eq(shaken_cert_parse(shaken_sv_cstr(pem), &c, &diag),
	    SHAKEN_OK, "%s", diag.text);
	shaken_cert_lint(c, TEST_NOW, take, found);
	shaken_cert_free(&c);
}

Test(lint, profile)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct test_pki p;
		struct test_cert *c;
		struct found found;

		test_pki_init(&p);
		rows[i].spoil(&p);
		test_pki_make(&p);
		c = rows[i].which == ROOT ? &p.root :
		    rows[i].which == INTER ? &p.inter : &p.leaf;
		if (rows[i].change != NULL)
			forge(c, rows[i].which == LEAF ? p.inter.key :
			    p.root.key, rows[i].change);
		lint(c->pem, &found);
		cr_expect_str_eq(found.text, rows[i].want, "%s: found \"%s\"",
		    rows[i].name, found.text);
		if (rows[i].rule != NULL && found.rule != NULL)
			cr_expect_str_eq(found.rule, rows[i].rule, "%s: %s",
			    rows[i].name, found.rule);
		test_pki_free(&p);
	}
}

/* Signed by its own key, and no CA: it is its own issuer, and names none. */
Test(lint, self_signed_leaf)
{
	struct test_pki p;
	struct found found;

	test_pki_init(&p);
	test_cert_make(&p.leaf, NULL);
	lint(p.leaf.pem, &found);
	cr_expect_str_eq(found.text, "error issuer, error authority-key-id",
	    "%s", found.text);
	test_pki_free(&p);
}

/* RFC 9118 Figure 1 is an example, and no certificate of the profile. */
Test(lint, rfc9118_figure_1)
{
	char *pem = test_read_file(VECTORS "/rfc9118-figure1.pem");
	struct found found;

	lint(pem, &found);
	cr_expect_not_null(strstr(found.text, "warning claim-constraints"),
	    "%s", found.text);
	free(pem);
}
