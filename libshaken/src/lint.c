/* SPDX-License-Identifier: Apache-2.0 */
/* lint.c - certificates held against the STI profile: one function a row of
 * ATIS-1000080 section 6.4.1. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "cert.h"
#include "diag.h"
#include "lex.h"
#include "lint.h"
#include "x509.h"

#define PROFILE "ATIS-1000080 section 6.4.1"
#define DELEGATE "RFC 9060 section 4.1"
#define US_POLICY "2.16.840.1.114569.1.1." /* and the policy's number */

#define DAY INT64_C(86400)
#define LEAF_DAYS_LONG 1096	/* three years: the longest seen in the field */
#define SERIAL_OCTETS_MAX 20	/* RFC 5280 section 4.1.2.2 */
/* A random number of 64 bits is below 2^48 once in 65,536 times. */
#define SERIAL_BITS_MIN 49
#define SHA1_LEN 20

enum role { ROOT, INTERMEDIATE, LEAF };

struct lint {
	const struct shaken_cert *c;
	X509			*x;	/* borrows from c */
	enum role		 role;
	int64_t			 now;
	struct shk_findings	 to;
};

void
shk_find(const struct shk_findings *to, enum shaken_severity severity,
    const char *id, const char *rule, const char *fmt, ...)
{
	struct shaken_finding f = {
		.severity = severity, .id = id, .rule = rule
	};
	struct shaken_diag text = { "" };
	char raw[SHAKEN_DIAG_MAX];
	va_list ap;

	va_start(ap, fmt);
	if (vsnprintf(raw, sizeof(raw), fmt, ap) < 0)
		raw[0] = '\0';
	va_end(ap);
	shk_diag(&text, "%s", raw); /* what came from outside made printable */
	f.text = text.text;
	to->fn(&f, to->ctx);
}

#define ERROR(l, id, rule, ...) \
	shk_find(&(l)->to, SHAKEN_ERROR, (id), (rule), __VA_ARGS__)
#define WARN(l, id, rule, ...) \
	shk_find(&(l)->to, SHAKEN_WARN, (id), (rule), __VA_ARGS__)
#define NOTE(l, id, rule, ...) \
	shk_find(&(l)->to, SHAKEN_NOTE, (id), (rule), __VA_ARGS__)

/* -- what the rows share ------------------------------------------------ */

/* An extension that must be there, well-formed, and marked critical or not;
 * NULL where it is not.  The caller frees it.  crit of -1: it is missing; -2:
 * it is there twice, which lint_extensions() tells. */
static void *
need(const struct lint *l, int nid, const char *id, bool critical)
{
	int crit;
	void *ext = X509_get_ext_d2i(l->x, nid, &crit, NULL);

	if (ext == NULL && crit != -2)
		ERROR(l, id, PROFILE, "%s", crit == -1 ? "is missing" :
		    "is malformed");
	else if (ext != NULL && (crit == 1) != critical)
		ERROR(l, id, PROFILE, critical ? "is not critical" :
		    "is critical");
	return ext;
}

static bool
has(const struct lint *l, int nid)
{
	return X509_get_ext_by_NID(l->x, nid, -1) >= 0;
}

/* An attribute's value as UTF-8 for OPENSSL_free(); NULL where it is not there.
 * *n: how often it is. */
static char *
attribute(const X509_NAME *name, int nid, int *n)
{
	unsigned char *text = NULL;
	int at = -1, first = -1, len;

	*n = 0;
	while ((at = X509_NAME_get_index_by_NID(name, nid, at)) >= 0)
		if ((*n)++ == 0)
			first = at;
	if (first < 0)
		return NULL;
	len = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(
	    X509_NAME_get_entry(name, first)));
	for (int i = 0; i < len; i++)
		if (text[i] == '\0')
			text[i] = '?'; /* or it would hide what follows */
	return len < 0 ? NULL : (char *)text;
}

/* Whether text holds word, which is in upper case, in any case. */
static bool
mentions(const char *text, const char *word)
{
	struct shaken_sv want = shaken_sv_cstr(word);

	for (; strlen(text) >= want.n; text++)
		if (shk_sv_name_is((struct shaken_sv){ text, want.n }, want))
			return true;
	return false;
}

static void
check_once(const struct lint *l, const X509_NAME *name, int nid,
    const char *id, const char *what)
{
	char *text;
	int n;

	text = attribute(name, nid, &n);
	if (n != 1)
		ERROR(l, id, PROFILE, "%s is there %d times, 1 is asked for",
		    what, n);
	else if (text == NULL || text[0] == '\0')
		ERROR(l, id, PROFILE, "%s is empty", what);
	OPENSSL_free(text);
}

/* -- certificate fields ------------------------------------------------- */

static void
lint_version(const struct lint *l)
{
	long version = X509_get_version(l->x);

	if (version != X509_VERSION_3)
		ERROR(l, "version", PROFILE, "is v%ld, v3 is asked for",
		    version + 1);
}

static void
lint_serial(const struct lint *l)
{
	BIGNUM *bn = ASN1_INTEGER_to_BN(X509_get0_serialNumber(l->x), NULL);
	int bits = bn == NULL ? 0 : BN_num_bits(bn);

	if (bn == NULL || BN_is_negative(bn) || BN_is_zero(bn))
		ERROR(l, "serial", PROFILE, "is not positive");
	else if (bits / 8 + 1 > SERIAL_OCTETS_MAX)
		ERROR(l, "serial", "RFC 5280 section 4.1.2.2",
		    "has %d octets, %d are allowed", bits / 8 + 1,
		    SERIAL_OCTETS_MAX);
	else if (bits < SERIAL_BITS_MIN)
		WARN(l, "serial", PROFILE, "has %d bits; 64 random ones are "
		    "asked for", bits);
	BN_free(bn);
}

static void
lint_signature(const struct lint *l)
{
	int nid = X509_get_signature_nid(l->x);

	if (nid == NID_ecdsa_with_SHA256)
		return;
	if (nid == NID_ecdsa_with_SHA384)
		WARN(l, "signature-algorithm", PROFILE, "is ecdsa-with-SHA384; "
		    "the profile asks for SHA256, US certificate policy 1.4 "
		    "also allows this");
	else
		ERROR(l, "signature-algorithm", PROFILE, "is %s, "
		    "ecdsa-with-SHA256 is asked for", OBJ_nid2sn(nid));
}

static void
lint_public_key(const struct lint *l)
{
	const EVP_PKEY *key = X509_get0_pubkey(l->x);
	char group[64] = "";
	int nid;

	if (key == NULL || !EVP_PKEY_is_a(key, "EC")) {
		ERROR(l, "public-key", PROFILE, "is no EC key");
		return;
	}
	if (EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) != 1)
		group[0] = '\0';
	nid = OBJ_sn2nid(group);
	if (nid == NID_X9_62_prime256v1)
		return;
	if (nid == NID_secp384r1 && l->role != LEAF)
		WARN(l, "public-key", PROFILE, "is on P-384; the profile asks "
		    "for P-256, US certificate policy 1.4 also allows this");
	else
		ERROR(l, "public-key", PROFILE, "is on %s, P-256 is asked for",
		    group[0] == '\0' ? "an unnamed curve" : group);
}

static void
lint_validity(const struct lint *l)
{
	int64_t from = shaken_cert_not_before(l->c);
	int64_t until = shaken_cert_not_after(l->c);
	char text[SHK_TIME_TEXT];

	if (until < from)
		ERROR(l, "validity", "RFC 5280 section 4.1.2.5",
		    "ends before it begins");
	else if (l->now < from) {
		shk_time_text(from, text);
		ERROR(l, "validity", "RFC 5280 section 6.1.3",
		    "begins at %s", text);
	} else if (l->now > until) {
		shk_time_text(until, text);
		ERROR(l, "validity", "RFC 5280 section 6.1.3",
		    "ended at %s", text);
	}
	if (l->role == LEAF && until - from > LEAF_DAYS_LONG * DAY)
		NOTE(l, "validity", "RFC 8226 section 10",
		    "lasts %lld days; short-lived ones need no revocation",
		    (long long)((until - from) / DAY));
}

/* -- names -------------------------------------------------------------- */

static void
lint_issuer(const struct lint *l)
{
	const X509_NAME *issuer = X509_get_issuer_name(l->x);
	char *cn;
	int n;

	if (l->role == ROOT)	/* its own subject */
		return;
	if (X509_NAME_cmp(issuer, X509_get_subject_name(l->x)) == 0) {
		ERROR(l, "issuer", PROFILE, "is the subject itself, and no CA");
		return;
	}
	check_once(l, issuer, NID_countryName, "issuer", "C");
	check_once(l, issuer, NID_organizationName, "issuer", "O");
	check_once(l, issuer, NID_commonName, "issuer", "CN");
	cn = attribute(issuer, NID_commonName, &n);
	if (cn != NULL && !mentions(cn, "SHAKEN"))
		ERROR(l, "issuer", PROFILE, "CN does not mention SHAKEN");
	OPENSSL_free(cn);
}

/* Whether one of the policies is of the US certificate policy. */
static bool
is_us(const struct lint *l)
{
	CERTIFICATEPOLICIES *list = X509_get_ext_d2i(l->x,
	    NID_certificate_policies, NULL, NULL);
	bool us = false;
	char oid[80];

	for (int i = 0; i < sk_POLICYINFO_num(list); i++)
		if (OBJ_obj2txt(oid, sizeof(oid), sk_POLICYINFO_value(list,
		    i)->policyid, 1) > 0 &&
		    strncmp(oid, US_POLICY, sizeof(US_POLICY) - 1) == 0)
			us = true;
	CERTIFICATEPOLICIES_free(list);
	return us;
}

static void
lint_subject_country(const struct lint *l)
{
	const X509_NAME *subject = X509_get_subject_name(l->x);
	char *c;
	int n;

	check_once(l, subject, NID_countryName, "subject-c", "C");
	c = attribute(subject, NID_countryName, &n);
	if (c != NULL && (strlen(c) != 2 || strspn(c,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 2))
		ERROR(l, "subject-c", PROFILE, "C is \"%s\", two capital "
		    "letters of ISO 3166 are asked for", c);
	else if (c != NULL && strcmp(c, "US") != 0 && is_us(l))
		WARN(l, "subject-c", "US certificate policy 1.4",
		    "C is %s, US is asked for with this policy", c);
	OPENSSL_free(c);
}

static void
lint_subject_org(const struct lint *l)
{
	check_once(l, X509_get_subject_name(l->x), NID_organizationName,
	    "subject-o", "O");
}

/* "SHAKEN 1234"; ATIS-1000080 v003 allowed "Example SHAKEN cert 1234". */
static void
lint_leaf_cn(const struct lint *l, const char *cn)
{
	struct shaken_sv spc = shaken_cert_spc(l->c);
	char want[sizeof("SHAKEN ") + SHAKEN_SPC_MAX], code[SHAKEN_SPC_MAX + 1];

	if (spc.n == 0)		/* lint_tnauthlist() tells */
		return;
	snprintf(code, sizeof(code), "%.*s", SHK_SV_ARG(spc, SHAKEN_SPC_MAX));
	snprintf(want, sizeof(want), "SHAKEN %s", code);
	if (strcmp(cn, want) == 0)
		return;
	if (mentions(cn, "SHAKEN") && strstr(cn, code) != NULL)
		WARN(l, "subject-cn", PROFILE, "CN is \"%.80s\", \"%s\" is "
		    "asked for since version 5", cn, want);
	else
		ERROR(l, "subject-cn", PROFILE, "CN is \"%.80s\", \"%s\" is "
		    "asked for", cn, want);
}

static void
lint_subject_cn(const struct lint *l)
{
	const X509_NAME *subject = X509_get_subject_name(l->x);
	char *cn;
	int n;

	check_once(l, subject, NID_commonName, "subject-cn", "CN");
	cn = attribute(subject, NID_commonName, &n);
	if (cn == NULL)
		return;
	if (l->role == LEAF)
		lint_leaf_cn(l, cn);
	else if (!mentions(cn, "SHAKEN"))
		ERROR(l, "subject-cn", PROFILE, "CN of a CA does not mention "
		    "SHAKEN");
	if (l->role == ROOT && !mentions(cn, "ROOT"))
		ERROR(l, "subject-cn", PROFILE, "CN of a root does not mention "
		    "ROOT");
	OPENSSL_free(cn);
}

static void
lint_subject_others(const struct lint *l)
{
	const X509_NAME *subject = X509_get_subject_name(l->x);

	for (int i = 0; i < X509_NAME_entry_count(subject); i++) {
		int nid = OBJ_obj2nid(X509_NAME_ENTRY_get_object(
		    X509_NAME_get_entry(subject, i)));

		if (nid != NID_countryName && nid != NID_organizationName &&
		    nid != NID_commonName && nid != NID_serialNumber)
			NOTE(l, "subject-others", PROFILE, "the subject also "
			    "has %s", nid == NID_undef ? "an attribute that "
			    "is not known" : OBJ_nid2sn(nid));
	}
}

/* -- extensions --------------------------------------------------------- */

static void
lint_basic_constraints(const struct lint *l)
{
	BASIC_CONSTRAINTS *bc = need(l, NID_basic_constraints,
	    "basic-constraints", true);

	if (bc != NULL && l->role != LEAF && !bc->ca)
		ERROR(l, "basic-constraints", PROFILE, "cA is FALSE, and "
		    "keyUsage has keyCertSign");
	if (bc != NULL && !bc->ca && bc->pathlen != NULL)
		ERROR(l, "basic-constraints", "RFC 5280 section 4.2.1.9",
		    "pathLenConstraint without cA");
	BASIC_CONSTRAINTS_free(bc);
}

/* X.690 section 11.2.2: in DER a list of named bits ends with a bit that is
 * set. */
static bool
is_der_bits(const ASN1_BIT_STRING *bits)
{
	int unused = (bits->flags & ASN1_STRING_FLAG_BITS_LEFT) != 0 ?
	    (int)(bits->flags & 7) : 0;

	return bits->length > 0 &&
	    (bits->data[bits->length - 1] >> unused & 1) != 0;
}

/* KU_*.  X509_get_key_usage() gives none when another extension is bad. */
static unsigned
usage_bits(const ASN1_BIT_STRING *ku)
{
	unsigned bits = 0;

	if (ku->length > 0)
		bits = ku->data[0];
	if (ku->length > 1)
		bits |= (unsigned)ku->data[1] << 8;
	return bits;
}

static void
lint_key_usage(const struct lint *l)
{
	const unsigned ca_may = KU_KEY_CERT_SIGN | KU_DIGITAL_SIGNATURE |
	    KU_CRL_SIGN;
	ASN1_BIT_STRING *ku = need(l, NID_key_usage, "key-usage", true);
	unsigned bits;

	if (ku == NULL)
		return;
	bits = usage_bits(ku);
	if (l->role == LEAF && bits != KU_DIGITAL_SIGNATURE)
		ERROR(l, "key-usage", PROFILE, "of a leaf is not "
		    "digitalSignature alone");
	if (l->role != LEAF && (bits & KU_KEY_CERT_SIGN) == 0)
		ERROR(l, "key-usage", PROFILE, "of a CA lacks keyCertSign");
	if (l->role != LEAF && (bits & ~ca_may) != 0)
		ERROR(l, "key-usage", PROFILE, "of a CA has more than "
		    "keyCertSign, digitalSignature and cRLSign");
	if (!is_der_bits(ku))
		WARN(l, "key-usage", "X.690 section 11.2.2", "is not in DER: "
		    "it ends with bits that are not set");
	ASN1_BIT_STRING_free(ku);
}

static void
lint_subject_key_id(const struct lint *l)
{
	ASN1_OCTET_STRING *ski = need(l, NID_subject_key_identifier,
	    "subject-key-id", false);
	unsigned char sha1[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	if (ski != NULL && (X509_pubkey_digest(l->x, EVP_sha1(), sha1,
	    &n) != 1 || ASN1_STRING_length(ski) != SHA1_LEN ||
	    memcmp(ASN1_STRING_get0_data(ski), sha1, SHA1_LEN) != 0))
		ERROR(l, "subject-key-id", PROFILE, "is not the SHA-1 of the "
		    "public key");
	ASN1_OCTET_STRING_free(ski);
}

static void
lint_authority_key_id(const struct lint *l)
{
	const ASN1_OCTET_STRING *ski = X509_get0_subject_key_id(l->x);
	AUTHORITY_KEYID *aki;

	if (l->role == ROOT && !has(l, NID_authority_key_identifier))
		return;		/* may, and need not */
	aki = need(l, NID_authority_key_identifier, "authority-key-id", false);
	if (aki == NULL)
		return;
	if (aki->keyid == NULL)
		ERROR(l, "authority-key-id", PROFILE, "has no keyIdentifier");
	else if (l->role == ROOT && (ski == NULL ||
	    ASN1_OCTET_STRING_cmp(aki->keyid, ski) != 0))
		ERROR(l, "authority-key-id", PROFILE, "of a root is not its "
		    "subjectKeyIdentifier");
	AUTHORITY_KEYID_free(aki);
}

static void
lint_policy(const struct lint *l, const ASN1_OBJECT *policy)
{
	char oid[80] = "";
	const char *number = oid + sizeof(US_POLICY) - 1;

	OBJ_obj2txt(oid, sizeof(oid), policy, 1);
	if (strncmp(oid, US_POLICY, sizeof(US_POLICY) - 1) != 0)
		NOTE(l, "certificate-policies", PROFILE, "%s is not of the US "
		    "certificate policy", oid);
	else if (strcmp(number, "3") != 0 && strcmp(number, "4") != 0)
		WARN(l, "certificate-policies", "US certificate policy 1.4",
		    "%s is neither version 1.3 nor 1.4", oid);
}

static void
lint_policies(const struct lint *l)
{
	CERTIFICATEPOLICIES *list;

	if (l->role == ROOT) {
		if (has(l, NID_certificate_policies))
			ERROR(l, "certificate-policies", PROFILE,
			    "a root has none");
		return;
	}
	list = need(l, NID_certificate_policies, "certificate-policies",
	    false);
	if (list != NULL && sk_POLICYINFO_num(list) != 1)
		ERROR(l, "certificate-policies", PROFILE, "has %d, 1 is asked "
		    "for", sk_POLICYINFO_num(list));
	else if (list != NULL)
		lint_policy(l, sk_POLICYINFO_value(list, 0)->policyid);
	CERTIFICATEPOLICIES_free(list);
}

/* One URL to fetch with HTTP, and nothing else. */
static bool
is_http_point(const DIST_POINT_NAME *n)
{
	const GENERAL_NAME *name;
	struct shaken_sv url;
	const ASN1_STRING *s;
	int type;

	if (n == NULL || n->type != 0 || /* 0: fullName */
	    sk_GENERAL_NAME_num(n->name.fullname) != 1)
		return false;
	name = sk_GENERAL_NAME_value(n->name.fullname, 0);
	s = GENERAL_NAME_get0_value(name, &type);
	if (type != GEN_URI)
		return false;
	url.p = (const char *)ASN1_STRING_get0_data(s);
	url.n = (size_t)ASN1_STRING_length(s);
	return (url.n > 8 && shk_sv_name_is((struct shaken_sv){ url.p, 8 },
	    SHAKEN_SV_LIT("https://"))) || (url.n > 7 && shk_sv_name_is(
	    (struct shaken_sv){ url.p, 7 }, SHAKEN_SV_LIT("http://")));
}

static bool
is_one_directory_name(const GENERAL_NAMES *names)
{
	int type = -1;

	if (sk_GENERAL_NAME_num(names) == 1)
		GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, 0),
		    &type);
	return type == GEN_DIRNAME;
}

static void
lint_crl_points(const struct lint *l)
{
	static const char id[] = "crl-distribution-points";
	CRL_DIST_POINTS *list;

	if (l->role == ROOT) {
		if (has(l, NID_crl_distribution_points))
			ERROR(l, id, PROFILE, "a root has none");
		return;
	}
	list = need(l, NID_crl_distribution_points, id, false);
	if (list != NULL && sk_DIST_POINT_num(list) != 1) {
		ERROR(l, id, PROFILE, "has %d, 1 is asked for",
		    sk_DIST_POINT_num(list));
	} else if (list != NULL) {
		const DIST_POINT *p = sk_DIST_POINT_value(list, 0);

		if (!is_http_point(p->distpoint))
			ERROR(l, id, PROFILE, "does not hold one http or https "
			    "URL");
		if (!is_one_directory_name(p->CRLissuer))
			ERROR(l, id, PROFILE, "cRLIssuer does not name the "
			    "issuer of the CRL");
	}
	CRL_DIST_POINTS_free(list);
}

/* Of the STIR extension arc; the caller knows that it is there. */
static bool
is_critical(const X509 *x, enum shk_pe arc)
{
	char want[32], oid[80];

	snprintf(want, sizeof(want), "1.3.6.1.5.5.7.1.%d", (int)arc);
	for (int i = 0; i < X509_get_ext_count(x); i++) {
		X509_EXTENSION *e = X509_get_ext(x, i);

		if (OBJ_obj2txt(oid, sizeof(oid), X509_EXTENSION_get_object(e),
		    1) > 0 && strcmp(oid, want) == 0)
			return X509_EXTENSION_get_critical(e) == 1;
	}
	return false;
}

/* A leaf for numbers, not for a provider: ATIS-1000080 does not speak of it. */
static bool
is_delegate(const struct lint *l)
{
	return l->role == LEAF && shaken_cert_n_tnauth(l->c) > 0 &&
	    shaken_cert_spc(l->c).n == 0;
}

static void
lint_tnauth_entries(const struct lint *l, size_t n)
{
	struct shaken_sv spc = shaken_cert_spc(l->c);

	if (is_delegate(l))
		NOTE(l, "tnauthlist", DELEGATE, "holds numbers and no service "
		    "provider code: a delegate certificate");
	else if (n != 1)
		ERROR(l, "tnauthlist", PROFILE, "has %zu entries, 1 is asked "
		    "for", n);
	for (size_t i = 0; i < spc.n; i++)
		if (!shk_is_digit(spc.p[i]) &&
		    !(spc.p[i] >= 'A' && spc.p[i] <= 'Z')) {
			ERROR(l, "tnauthlist", PROFILE, "service provider "
			    "code \"%.*s\" is not of A-Z 0-9",
			    SHK_SV_ARG(spc, SHAKEN_SPC_MAX));
			break;
		}
}

static void
lint_tnauthlist(const struct lint *l)
{
	const char *fault = shk_cert_tnauthlist_fault(l->c);
	size_t n = shaken_cert_n_tnauth(l->c);
	struct shaken_sv der;

	if (shk_x509_pe(l->x, SHK_PE_TNAUTHLIST, &der) == 0) {
		if (l->role == LEAF)
			ERROR(l, "tnauthlist", PROFILE, "is missing");
		return;
	}
	if (l->role != LEAF)
		NOTE(l, "tnauthlist", DELEGATE, "a CA has none, unless it "
		    "issues delegate certificates");
	if (is_critical(l->x, SHK_PE_TNAUTHLIST))
		ERROR(l, "tnauthlist", PROFILE, "is critical");
	if (n == 0)
		ERROR(l, "tnauthlist", "RFC 8226 section 9", "%s", fault);
	else if (l->role == LEAF)
		lint_tnauth_entries(l, n);
}

static void
lint_constraints(const struct lint *l)
{
	static const char id[] = "claim-constraints";
	const char *fault = shk_cert_claim_constraints_fault(l->c);
	struct shaken_sv der;
	int old = shk_x509_pe(l->x, SHK_PE_CONSTRAINTS, &der);
	int enhanced = shk_x509_pe(l->x, SHK_PE_ENHANCED, &der);

	if (old + enhanced == 0)
		return;
	if (old > 0 && enhanced > 0)
		ERROR(l, id, "RFC 9118 section 6",
		    "both kinds, of RFC 8226 and of RFC 9118");
	else if (fault[0] != '\0')
		ERROR(l, id, old > 0 ? "RFC 8226 section 8" :
		    "RFC 9118 section 4", "%s", fault);
	else if (l->role != LEAF)
		ERROR(l, id, "RFC 8226 section 8", "in a CA certificate");
	else if (is_delegate(l))
		NOTE(l, id, DELEGATE, "limits what the delegate may claim");
	else
		WARN(l, id, PROFILE, "is not in the profile; RFC 8226 and RFC "
		    "9118 allow it");
}

static void
lint_extensions(const struct lint *l)
{
	static const char *const known[] = {
		"2.5.29.14", "2.5.29.15", "2.5.29.19", "2.5.29.31",
		"2.5.29.32", "2.5.29.35", "1.3.6.1.5.5.7.1.26",
		"1.3.6.1.5.5.7.1.27", "1.3.6.1.5.5.7.1.33",
	};
	const size_t n = sizeof(known) / sizeof(*known);

	for (int i = 0; i < X509_get_ext_count(l->x); i++) {
		X509_EXTENSION *e = X509_get_ext(l->x, i);
		const ASN1_OBJECT *type = X509_EXTENSION_get_object(e);
		char oid[80] = "";
		size_t k = 0;

		OBJ_obj2txt(oid, sizeof(oid), type, 1);
		while (k < n && strcmp(known[k], oid) != 0)
			k++;
		if (X509_get_ext_by_OBJ(l->x, type, -1) < i)
			ERROR(l, "extensions", "RFC 5280 section 4.2",
			    "extension %s is there twice", oid);
		else if (k == n)
			ERROR(l, "extensions", PROFILE, "%sextension %s is not "
			    "in the profile", X509_EXTENSION_get_critical(e) ==
			    1 ? "critical " : "", oid);
	}
}

/* -- all of it ---------------------------------------------------------- */

/* A CA by basicConstraints; without them, by what its key is for. */
static enum role
role_of(const struct shaken_cert *c, X509 *x)
{
	ASN1_BIT_STRING *ku = X509_get_ext_d2i(x, NID_key_usage, NULL, NULL);
	bool ca = shaken_cert_is_ca(c) ||
	    (ku != NULL && (usage_bits(ku) & KU_KEY_CERT_SIGN) != 0);

	ASN1_BIT_STRING_free(ku);
	if (!ca)
		return LEAF;
	return X509_NAME_cmp(X509_get_subject_name(x),
	    X509_get_issuer_name(x)) == 0 ? ROOT : INTERMEDIATE;
}

void
shaken_cert_lint(const struct shaken_cert *c, int64_t now,
    shaken_finding_fn fn, void *ctx)
{
	static void (*const rows[])(const struct lint *) = {
		lint_version, lint_serial, lint_signature, lint_issuer,
		lint_validity, lint_subject_country, lint_subject_org,
		lint_subject_cn, lint_subject_others, lint_public_key,
		lint_basic_constraints, lint_key_usage, lint_subject_key_id,
		lint_authority_key_id, lint_policies, lint_crl_points,
		lint_tnauthlist, lint_constraints, lint_extensions,
	};
	struct lint l = {
		.c = c, .x = shk_cert_x509(c), .now = now,
		.to = { .fn = fn, .ctx = ctx },
	};

	l.role = role_of(c, l.x);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		rows[i](&l);
	ERR_clear_error();
}
