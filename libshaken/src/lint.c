/* SPDX-License-Identifier: Apache-2.0 */
/* lint.c - certificates held against the STI profile: one function a row of
 * ATIS-1000080 section 6.4.1.  Those of extensions are in lint_ext.c. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "diag.h"
#include "lex.h"
#include "lint_cert.h"
#include "x509.h"

#define DAY INT64_C(86400)
#define LEAF_DAYS_LONG 1096	/* three years: the longest seen in the field */
#define SERIAL_OCTETS_MAX 20	/* RFC 5280 section 4.1.2.2 */
/* A random number of 64 bits is below 2^48 once in 65,536 times. */
#define SERIAL_BITS_MIN 49

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

/* -- what the rows share ------------------------------------------------ */

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
check_once(const struct shk_lint *l, const X509_NAME *name, int nid,
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
lint_version(const struct shk_lint *l)
{
	long version = X509_get_version(l->x);

	if (version != X509_VERSION_3)
		ERROR(l, "version", PROFILE, "is v%ld, v3 is asked for",
		    version + 1);
}

static void
lint_serial(const struct shk_lint *l)
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
lint_signature(const struct shk_lint *l)
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
lint_public_key(const struct shk_lint *l)
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
lint_validity(const struct shk_lint *l)
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
lint_issuer(const struct shk_lint *l)
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
is_us(const struct shk_lint *l)
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
lint_subject_country(const struct shk_lint *l)
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
lint_subject_org(const struct shk_lint *l)
{
	check_once(l, X509_get_subject_name(l->x), NID_organizationName,
	    "subject-o", "O");
}

/* "SHAKEN 1234"; ATIS-1000080 v003 allowed "Example SHAKEN cert 1234". */
static void
lint_leaf_cn(const struct shk_lint *l, const char *cn)
{
	struct shaken_sv spc = shaken_cert_spc(l->c);
	char want[sizeof("SHAKEN ") + SHAKEN_SPC_MAX], code[SHAKEN_SPC_MAX + 1];

	if (spc.n == 0)		/* shk_lint_tnauthlist() tells */
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
lint_subject_cn(const struct shk_lint *l)
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
lint_subject_others(const struct shk_lint *l)
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

/* -- all of it ---------------------------------------------------------- */

/* A CA by basicConstraints; without them, by what its key is for. */
static enum shk_lint_role
role_of(const struct shaken_cert *c, X509 *x)
{
	ASN1_BIT_STRING *ku = X509_get_ext_d2i(x, NID_key_usage, NULL, NULL);
	bool ca = shaken_cert_is_ca(c) ||
	    (ku != NULL && (shk_lint_usage_bits(ku) & KU_KEY_CERT_SIGN) != 0);

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
	static void (*const rows[])(const struct shk_lint *) = {
		lint_version, lint_serial, lint_signature, lint_issuer,
		lint_validity, lint_subject_country, lint_subject_org,
		lint_subject_cn, lint_subject_others, lint_public_key,
		shk_lint_basic_constraints, shk_lint_key_usage, shk_lint_subject_key_id,
		shk_lint_authority_key_id, shk_lint_policies, shk_lint_crl_points,
		shk_lint_tnauthlist, shk_lint_constraints, shk_lint_extensions,
	};
	struct shk_lint l = {
		.c = c, .x = shk_cert_x509(c), .now = now,
		.to = { .fn = fn, .ctx = ctx },
	};

	l.role = role_of(c, l.x);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		rows[i](&l);
	ERR_clear_error();
}
