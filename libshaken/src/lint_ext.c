/* SPDX-License-Identifier: Apache-2.0 */
/* lint_ext.c - a certificate's extensions held against the STI profile. */
#include <string.h>

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "diag.h"
#include "lex.h"
#include "lint_cert.h"
#include "x509.h"

#define DELEGATE "RFC 9060 section 4.1"
#define SHA1_LEN 20

/* An extension that must be there, well-formed, and marked critical or not;
 * NULL where it is not.  The caller frees it.  crit of -1: it is missing; -2:
 * it is there twice, which shk_lint_extensions() tells. */
static void *
need(const struct shk_lint *l, int nid, const char *id, bool critical)
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
has(const struct shk_lint *l, int nid)
{
	return X509_get_ext_by_NID(l->x, nid, -1) >= 0;
}

void
shk_lint_basic_constraints(const struct shk_lint *l)
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
unsigned
shk_lint_usage_bits(const ASN1_BIT_STRING *ku)
{
	unsigned bits = 0;

	if (ku->length > 0)
		bits = ku->data[0];
	if (ku->length > 1)
		bits |= (unsigned)ku->data[1] << 8;
	return bits;
}

void
shk_lint_key_usage(const struct shk_lint *l)
{
	const unsigned ca_may = KU_KEY_CERT_SIGN | KU_DIGITAL_SIGNATURE |
	    KU_CRL_SIGN;
	ASN1_BIT_STRING *ku = need(l, NID_key_usage, "key-usage", true);
	unsigned bits;

	if (ku == NULL)
		return;
	bits = shk_lint_usage_bits(ku);
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

void
shk_lint_subject_key_id(const struct shk_lint *l)
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

void
shk_lint_authority_key_id(const struct shk_lint *l)
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
lint_policy(const struct shk_lint *l, const ASN1_OBJECT *policy)
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

void
shk_lint_policies(const struct shk_lint *l)
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

void
shk_lint_crl_points(const struct shk_lint *l)
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
is_delegate(const struct shk_lint *l)
{
	return l->role == LEAF && shaken_cert_n_tnauth(l->c) > 0 &&
	    shaken_cert_spc(l->c).n == 0;
}

static void
lint_tnauth_entries(const struct shk_lint *l, size_t n)
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

void
shk_lint_tnauthlist(const struct shk_lint *l)
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

void
shk_lint_constraints(const struct shk_lint *l)
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

void
shk_lint_extensions(const struct shk_lint *l)
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
