/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crl.c - certificate revocation lists (RFC 5280 sections 5 and 6.3).
 *
 * SHAKEN has one indirect CRL for all its CAs: the STI-PA signs it, each
 * certificate names it in cRLIssuer of its distribution point, and each entry
 * says whose serial number it means (section 5.3.3).
 */
#include <stdlib.h>

#include <openssl/err.h>

#include "crl.h"
#include "diag.h"
#include "ossl.h"
#include "x509.h"

static bool
has_dir_name(const GENERAL_NAMES *names)
{
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
		if (sk_GENERAL_NAME_value(names, i)->type == GEN_DIRNAME)
			return true;
	return false;
}

/* OpenSSL gives an entry whose certificateIssuer does not decode, and those
 * after it, to the CRL's issuer: so look at each here. */
static bool
entry_ok(const X509_REVOKED *r)
{
	GENERAL_NAMES *names;
	int critical;
	bool ok;

	for (int i = 0; i < X509_REVOKED_get_ext_count(r); i++) {
		X509_EXTENSION *e = X509_REVOKED_get_ext(r, i);

		switch (OBJ_obj2nid(X509_EXTENSION_get_object(e))) {
		case NID_certificate_issuer:
		case NID_crl_reason:
			break;
		default:
			if (X509_EXTENSION_get_critical(e))
				return false;
		}
	}
	names = X509_REVOKED_get_ext_d2i(r, NID_certificate_issuer, &critical,
	    NULL);
	ok = names == NULL ? critical == -1 /* absent */ : has_dir_name(names);
	GENERAL_NAMES_free(names);
	return ok;
}

static bool
entries_ok(X509_CRL *x509, struct shaken_diag *diag)
{
	STACK_OF(X509_REVOKED) *list = X509_CRL_get_REVOKED(x509);

	for (int i = 0; i < sk_X509_REVOKED_num(list); i++)
		if (!entry_ok(sk_X509_REVOKED_value(list, i))) {
			shk_diag(diag, "RFC 5280 section 5.3: entry %d has a "
			    "malformed certificateIssuer or an unknown "
			    "critical extension", i + 1);
			return false;
		}
	return true;
}

static bool
extensions_ok(const X509_CRL *x509, struct shaken_diag *diag)
{
	for (int i = 0; i < X509_CRL_get_ext_count(x509); i++) {
		X509_EXTENSION *e = X509_CRL_get_ext(x509, i);

		switch (OBJ_obj2nid(X509_EXTENSION_get_object(e))) {
		case NID_delta_crl:
			shk_diag(diag, "RFC 5280 section 5.2.4: a delta CRL is "
			    "of no use alone");
			return false;
		case NID_issuing_distribution_point:
		case NID_authority_key_identifier:
		case NID_crl_number:
			break;
		default:
			if (!X509_EXTENSION_get_critical(e))
				break;
			shk_diag(diag, "RFC 5280 section 5.2: unknown critical "
			    "CRL extension");
			return false;
		}
	}
	return true;
}

/* What is wrong with it, NULL: nothing. */
static const char *
idp_fault(const ISSUING_DIST_POINT *idp, int critical)
{
	if (idp == NULL || critical != 1)
		return "is malformed or not critical";
	if (idp->onlysomereasons != NULL)
		return "is for some reasons only: not supported";
	if ((idp->onlyuser > 0) + (idp->onlyCA > 0) + (idp->onlyattr > 0) > 1)
		return "has more than one of the onlyContains flags";
	if (idp->distpoint != NULL && idp->distpoint->type != 0)
		return "has a relative name: not supported";
	return NULL;
}

static bool
read_idp(struct shk_crl *c, struct shaken_diag *diag)
{
	const char *fault;
	int critical;

	c->idp = X509_CRL_get_ext_d2i(c->x509, NID_issuing_distribution_point,
	    &critical, NULL);
	if (c->idp == NULL && critical == -1)
		return true;
	fault = idp_fault(c->idp, critical);
	if (fault != NULL) {
		shk_diag(diag, "RFC 5280 section 5.2.5: "
		    "issuingDistributionPoint %s", fault);
		return false;
	}
	c->indirect = c->idp->indirectCRL > 0;
	return true;
}

static bool
read_window(struct shk_crl *c, struct shaken_diag *diag)
{
	const ASN1_TIME *until = X509_CRL_get0_nextUpdate(c->x509);

	if (until == NULL) {
		shk_diag(diag, "RFC 5280 section 5.1.2.5: the CRL has no "
		    "nextUpdate");
		return false;
	}
	if (shk_asn1_time(X509_CRL_get0_lastUpdate(c->x509), &c->from) &&
	    shk_asn1_time(until, &c->until))
		return true;
	shk_diag(diag, "RFC 5280 section 5.1.2: the CRL's times are no dates");
	return false;
}

/* The first search sorts: let it not be when threads share the CRL.  (There is
 * X509_CRL_sort(), but it breaks the signature.) */
static void
sort_entries(X509_CRL *x509)
{
	STACK_OF(X509_REVOKED) *list = X509_CRL_get_REVOKED(x509);
	X509_REVOKED *entry;

	if (sk_X509_REVOKED_num(list) > 0)
		(void)X509_CRL_get0_by_serial(x509, &entry,
		    X509_REVOKED_get0_serialNumber(
		    sk_X509_REVOKED_value(list, 0)));
}

enum shaken_err
shk_crl_new(X509_CRL *x509, struct shk_crl **out, struct shaken_diag *diag)
{
	enum shaken_err err = SHAKEN_E_CERT;
	struct shk_crl *c;

	*out = NULL;
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return SHAKEN_E_NOMEM;
	if (X509_CRL_up_ref(x509) != 1) {
		free(c);
		return SHAKEN_E_NOMEM;
	}
	c->x509 = x509;
	if (!read_window(c, diag) ||
	    !shk_x509_digest_ok(X509_CRL_get_signature_nid(x509), diag) ||
	    !extensions_ok(x509, diag) || !read_idp(c, diag) ||
	    !entries_ok(x509, diag))
		goto out;
	sort_entries(x509);
	c->issuer = shk_x509_name_text(X509_CRL_get_issuer(x509));
	if (c->issuer == NULL) {
		err = SHAKEN_E_NOMEM;
		goto out;
	}
	*out = c;
	c = NULL; /* moved */
	err = SHAKEN_OK;
out:
	shk_crl_free(&c);
	ERR_clear_error();
	return err;
}

void
shk_crl_free(struct shk_crl **cp)
{
	struct shk_crl *c;

	if (cp == NULL || (c = *cp) == NULL)
		return;
	*cp = NULL;
	free(c->issuer);
	ISSUING_DIST_POINT_free(c->idp);
	X509_CRL_free(c->x509);
	free(c);
}

static enum shaken_err
check_signature(const struct shk_crl *c, X509 *signer,
    struct shaken_diag *diag)
{
	bool good = shk_x509_may_sign_crls(signer, diag), no_memory;

	if (good && X509_CRL_verify(c->x509, X509_get0_pubkey(signer)) != 1) {
		shk_diag(diag, "the signature is not that of its issuer");
		good = false;
	}
	no_memory = shk_ossl_no_memory();
	if (good)
		return SHAKEN_OK;
	return no_memory ? SHAKEN_E_NOMEM : SHAKEN_E_CERT;
}

/* One candidate: the whole of its path must be valid for the CRL to count. */
static enum shaken_err
try_signer(struct shk_crl *c, X509 *signer, STACK_OF(X509) *certs,
    STACK_OF(X509) *anchors, struct shaken_diag *diag)
{
	STACK_OF(X509) *path = NULL;
	int64_t from = c->from, until = c->until, a, b;
	enum shaken_err err;

	if (!shk_x509_extensions_ok(signer, diag))
		return SHAKEN_E_CERT;
	err = check_signature(c, signer, diag);
	if (err != SHAKEN_OK)
		return err;
	err = shk_x509_path(signer, certs, anchors, &path, diag);
	if (err != SHAKEN_OK)
		return err == SHAKEN_E_CREDENTIAL ? SHAKEN_E_CERT : err;
	for (int i = 0; i < sk_X509_num(path); i++) {
		X509 *x = sk_X509_value(path, i);

		if (!shk_asn1_time(X509_get0_notBefore(x), &a) ||
		    !shk_asn1_time(X509_get0_notAfter(x), &b)) {
			shk_diag(diag, "a validity in the signer's path is no "
			    "date");
			err = SHAKEN_E_CERT;
			break;
		}
		if (a > from)
			from = a;
		if (b < until) /* notAfter is still valid */
			until = b + 1;
	}
	sk_X509_pop_free(path, X509_free);
	if (err == SHAKEN_OK) {
		c->from = from;
		c->until = until;
	}
	return err;
}

enum shaken_err
shk_crl_authenticate(struct shk_crl *c, STACK_OF(X509) *certs,
    STACK_OF(X509) *anchors, struct shaken_diag *diag)
{
	STACK_OF(X509) *places[] = { certs, anchors };
	const X509_NAME *issuer = X509_CRL_get_issuer(c->x509);
	enum shaken_err err;

	ERR_clear_error(); /* what stands there is not ours */
	shk_diag(diag, "the certificate of its signer %.120s is neither in the "
	    "file nor an anchor", c->issuer);
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		for (int j = 0; j < sk_X509_num(places[i]); j++) {
			X509 *x = sk_X509_value(places[i], j);

			if (X509_NAME_cmp(X509_get_subject_name(x), issuer)
			    != 0)
				continue;
			err = try_signer(c, x, certs, anchors, diag);
			if (err == SHAKEN_OK)
				shk_diag_clear(diag);
			if (err != SHAKEN_E_CERT)
				return err;
		}
	return SHAKEN_E_CERT;
}

static const GENERAL_NAMES *
idp_names(const struct shk_crl *c)
{
	return c->idp == NULL || c->idp->distpoint == NULL ? NULL :
	    c->idp->distpoint->name.fullname;
}

static bool
share_a_name(const GENERAL_NAMES *a, const GENERAL_NAMES *b)
{
	for (int i = 0; i < sk_GENERAL_NAME_num(a); i++)
		for (int j = 0; j < sk_GENERAL_NAME_num(b); j++)
			if (GENERAL_NAME_cmp(sk_GENERAL_NAME_value(a, i),
			    sk_GENERAL_NAME_value(b, j)) == 0)
				return true;
	return false;
}

static bool
names_issuer(const GENERAL_NAMES *names, const X509_NAME *issuer)
{
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *n = sk_GENERAL_NAME_value(names, i);

		if (n->type == GEN_DIRNAME &&
		    X509_NAME_cmp(n->d.directoryName, issuer) == 0)
			return true;
	}
	return false;
}

/* RFC 5280 section 6.3.3 (b): the CRL is one that this distribution point of
 * cert means. */
static bool
is_meant(const struct shk_crl *c, const DIST_POINT *dp, const X509 *cert)
{
	const X509_NAME *issuer = X509_CRL_get_issuer(c->x509);
	const GENERAL_NAMES *names = idp_names(c);

	if (dp->CRLissuer != NULL ? !names_issuer(dp->CRLissuer, issuer) :
	    X509_NAME_cmp(X509_get_issuer_name(cert), issuer) != 0)
		return false;
	if (names == NULL)
		return true;
	return dp->distpoint != NULL && dp->distpoint->type == 0 &&
	    share_a_name(dp->distpoint->name.fullname, names);
}

static bool
is_in_scope(const struct shk_crl *c, X509 *cert)
{
	if (c->idp == NULL)
		return true;
	if (c->idp->onlyattr > 0)
		return false;
	if (c->idp->onlyuser > 0)
		return !shk_x509_is_ca(cert);
	return c->idp->onlyCA <= 0 || shk_x509_is_ca(cert);
}

enum shaken_err
shk_crl_ask(const struct shk_crl *c, X509 *cert, X509 *issuer,
    struct shk_crl_word *word)
{
	CRL_DIST_POINTS *points;
	X509_REVOKED *entry; /* borrowed from the CRL */
	enum shaken_err err;
	bool meant = false;

	*word = (struct shk_crl_word){ false, false };
	ERR_clear_error(); /* what stands there is not ours */
	if (!is_in_scope(c, cert))
		return SHAKEN_OK;
	if (!c->indirect) {
		if (X509_NAME_cmp(X509_CRL_get_issuer(c->x509),
		    X509_get_issuer_name(cert)) != 0)
			return SHAKEN_OK;
		err = check_signature(c, issuer, NULL);
		if (err != SHAKEN_OK)
			return err == SHAKEN_E_NOMEM ? err : SHAKEN_OK;
	}

	points = X509_get_ext_d2i(cert, NID_crl_distribution_points, NULL,
	    NULL);
	if (points == NULL && shk_ossl_no_memory())
		return SHAKEN_E_NOMEM;
	for (int i = 0; i < sk_DIST_POINT_num(points); i++) {
		const DIST_POINT *dp = sk_DIST_POINT_value(points, i);

		if (!is_meant(c, dp, cert))
			continue;
		meant = true;
		if (dp->reasons == NULL) /* else others list the rest */
			word->covers = true;
	}
	/* a CA's own CRL without a scope speaks for all that it issued */
	if (!c->indirect && idp_names(c) == NULL)
		word->covers = true;
	/* one that cert does not point at, because it points at none, cannot
	 * clear it; being listed is bad news all the same */
	if (word->covers || meant || points == NULL)
		word->revoked = X509_CRL_get0_by_cert(c->x509, &entry, cert)
		    != 0;
	CRL_DIST_POINTS_free(points);
	ERR_clear_error();
	return SHAKEN_OK;
}
