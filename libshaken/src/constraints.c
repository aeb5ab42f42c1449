/* SPDX-License-Identifier: Apache-2.0 */
/*
 * constraints.c - what a certificate allows in the tokens it signs.
 *
 *   JWTClaimConstraints, RFC 8226 section 8:
 *   SEQUENCE { mustInclude     [0] JWTClaimNames OPTIONAL,
 *              permittedValues [1] SEQUENCE OF JWTClaimValues OPTIONAL }
 *   EnhancedJWTClaimConstraints, RFC 9118 section 4: the same, and
 *              mustExclude     [2] JWTClaimNames OPTIONAL
 *
 *   JWTClaimValues ::= SEQUENCE { claim IA5String,
 *                                 values SEQUENCE OF UTF8String }
 *   JWTClaimNames  ::= SEQUENCE OF IA5String
 *
 * EXPLICIT tags; at least one member, and one element in each list.
 */
#include <limits.h>
#include <stdlib.h>

#include <openssl/asn1t.h>
#include <openssl/err.h>

#include <shaken/cert.h>
#include <shaken/passport.h>

#include "constraints.h"
#include "diag.h"
#include "json.h"
#include "sv.h"
#include "utf8.h"
#include "x509.h"

/* Elements in one list; a token has a dozen claims.  It bounds the search for
 * a claim that is listed twice. */
#define LIST_MAX 256

/* One stack type for both kinds of strings: in C they are the same. */
DEFINE_STACK_OF(ASN1_STRING)

/* OpenSSL's templates paste type names together, hence these typedefs. */
typedef struct {
	ASN1_IA5STRING		*claim;
	STACK_OF(ASN1_STRING)	*values;
} CLAIM_VALUES;

DEFINE_STACK_OF(CLAIM_VALUES)

typedef struct {
	STACK_OF(ASN1_STRING)	*include;
	STACK_OF(CLAIM_VALUES)	*permitted;
	STACK_OF(ASN1_STRING)	*exclude;
} CONSTRAINTS;

ASN1_SEQUENCE(CLAIM_VALUES) = {
	ASN1_SIMPLE(CLAIM_VALUES, claim, ASN1_IA5STRING),
	ASN1_SEQUENCE_OF(CLAIM_VALUES, values, ASN1_UTF8STRING)
} static_ASN1_SEQUENCE_END(CLAIM_VALUES)

ASN1_SEQUENCE(PLAIN) = {
	ASN1_EXP_SEQUENCE_OF_OPT(CONSTRAINTS, include, ASN1_IA5STRING, 0),
	ASN1_EXP_SEQUENCE_OF_OPT(CONSTRAINTS, permitted, CLAIM_VALUES, 1)
} static_ASN1_SEQUENCE_END_name(CONSTRAINTS, PLAIN)

ASN1_SEQUENCE(ENHANCED) = {
	ASN1_EXP_SEQUENCE_OF_OPT(CONSTRAINTS, include, ASN1_IA5STRING, 0),
	ASN1_EXP_SEQUENCE_OF_OPT(CONSTRAINTS, permitted, CLAIM_VALUES, 1),
	ASN1_EXP_SEQUENCE_OF_OPT(CONSTRAINTS, exclude, ASN1_IA5STRING, 2)
} static_ASN1_SEQUENCE_END_name(CONSTRAINTS, ENHANCED)

struct shk_constraints {
	CONSTRAINTS	*asn1;	/* owned */
};

static struct shaken_sv
text(const ASN1_STRING *s)
{
	return (struct shaken_sv){
		(const char *)ASN1_STRING_get0_data(s),
		(size_t)ASN1_STRING_length(s)
	};
}

/* Claim names are ASCII (RFC 8225 section 9). */
static bool
is_name(struct shaken_sv v)
{
	for (size_t i = 0; i < v.n; i++)
		if (v.p[i] < ' ' || v.p[i] > '~')
			return false;
	return v.n > 0;
}

static bool
list_has(const STACK_OF(ASN1_STRING) *list, struct shaken_sv v)
{
	for (int i = 0; i < sk_ASN1_STRING_num(list); i++)
		if (shk_sv_equal(text(sk_ASN1_STRING_value(list, i)), v))
			return true;
	return false;
}

/* A list that is there has elements, and ok() accepts each. */
static bool
list_ok(const STACK_OF(ASN1_STRING) *list, bool (*ok)(struct shaken_sv))
{
	int n = sk_ASN1_STRING_num(list);

	for (int i = 0; i < n; i++)
		if (!ok(text(sk_ASN1_STRING_value(list, i))))
			return false;
	return list == NULL || (n > 0 && n <= LIST_MAX);
}

/* A claim listed twice is refused: no text says whether a value must be in both
 * of its lists or in one. */
static bool
permitted_ok(const STACK_OF(CLAIM_VALUES) *list)
{
	int n = sk_CLAIM_VALUES_num(list);

	if (list != NULL && (n <= 0 || n > LIST_MAX))
		return false;
	for (int i = 0; i < n; i++) {
		const CLAIM_VALUES *one = sk_CLAIM_VALUES_value(list, i);
		struct shaken_sv name = text(one->claim);

		if (!is_name(name) || !list_ok(one->values, shk_utf8_ok))
			return false;
		for (int j = 0; j < i; j++)
			if (shk_sv_equal(name, text(
			    sk_CLAIM_VALUES_value(list, j)->claim)))
				return false;
	}
	return true;
}

static bool
content_ok(const CONSTRAINTS *c)
{
	return (c->include != NULL || c->permitted != NULL ||
	    c->exclude != NULL) && list_ok(c->include, is_name) &&
	    permitted_ok(c->permitted) && list_ok(c->exclude, is_name);
}

static CONSTRAINTS *
decode(struct shaken_sv der, const ASN1_ITEM *item)
{
	const unsigned char *p = (const unsigned char *)der.p;
	unsigned char *again = NULL;
	CONSTRAINTS *c;
	bool ok;
	int n;

	if (der.n == 0 || der.n > SHAKEN_PEM_MAX)
		return NULL;
	c = (CONSTRAINTS *)ASN1_item_d2i(NULL, &p, (long)der.n, item);
	if (c == NULL)
		return NULL;
	n = ASN1_item_i2d((ASN1_VALUE *)c, &again, item);
	ok = n >= 0 && (size_t)n == der.n &&
	    memcmp(again, der.p, der.n) == 0 && content_ok(c);
	OPENSSL_free(again);
	if (!ok) {
		ASN1_item_free((ASN1_VALUE *)c, item);
		c = NULL;
	}
	return c;
}

/* RFC 9118 section 3: one that excludes a claim every token must have is to be
 * taken as if it were not there. */
static bool
excludes_base_claim(const CONSTRAINTS *c)
{
	return list_has(c->exclude, SHAKEN_SV_LIT("iat")) ||
	    list_has(c->exclude, SHAKEN_SV_LIT("orig")) ||
	    list_has(c->exclude, SHAKEN_SV_LIT("dest"));
}

enum shaken_err
shk_constraints_read(const X509 *cert, struct shk_constraints **out,
    struct shaken_diag *diag)
{
	struct shaken_sv plain, enhanced;
	struct shk_constraints *k;
	int n_plain, n_enhanced;

	*out = NULL;
	shk_diag_clear(diag);
	n_plain = shk_x509_pe(cert, SHK_PE_CONSTRAINTS, &plain);
	n_enhanced = shk_x509_pe(cert, SHK_PE_ENHANCED, &enhanced);
	if (n_plain == 0 && n_enhanced == 0)
		return SHAKEN_OK;
	if (n_plain + n_enhanced > 1) {
		shk_diag(diag, "RFC 9118 section 6: more than one claim "
		    "constraints extension");
		return SHAKEN_E_CERT;
	}

	k = calloc(1, sizeof(*k));
	if (k == NULL)
		return SHAKEN_E_NOMEM;
	k->asn1 = n_plain > 0 ? decode(plain, ASN1_ITEM_rptr(PLAIN)) :
	    decode(enhanced, ASN1_ITEM_rptr(ENHANCED));
	ERR_clear_error();
	if (k->asn1 == NULL) {
		shk_diag(diag, "%s: malformed claim constraints", n_plain > 0 ?
		    "RFC 8226 section 8" : "RFC 9118 section 4");
		shk_constraints_free(&k);
		return SHAKEN_E_CERT;
	}
	if (excludes_base_claim(k->asn1))
		shk_constraints_free(&k);
	*out = k;
	return SHAKEN_OK;
}

void
shk_constraints_free(struct shk_constraints **kp)
{
	struct shk_constraints *k;

	if (kp == NULL || (k = *kp) == NULL)
		return;
	*kp = NULL;
	ASN1_item_free((ASN1_VALUE *)k->asn1, ASN1_ITEM_rptr(ENHANCED));
	free(k);
}

/* Absent claims are NULL; a JSON null is there. */
static const json_t *
claim(const json_t *payload, struct shaken_sv name)
{
	return json_object_getn(payload, name.p, name.n);
}

/* "Contain one of" (RFC 8226) and "exactly match" (RFC 9118) are both taken as
 * the latter: a string as its characters, anything else as its serialization
 * of RFC 8225 section 9. */
static enum shaken_err
check_value(const CLAIM_VALUES *one, const json_t *v, bool *ok)
{
	struct shk_buf b;
	enum shaken_err err;
	char *p;

	*ok = false;
	if (json_is_string(v)) {
		*ok = list_has(one->values, (struct shaken_sv){
		    json_string_value(v), json_string_length(v) });
		return SHAKEN_OK;
	}
	p = malloc(SHAKEN_TOKEN_MAX);
	if (p == NULL)
		return SHAKEN_E_NOMEM;
	b = shk_buf_over(p, SHAKEN_TOKEN_MAX);
	err = shk_json_canonical(v, &b);
	if (err == SHAKEN_OK && !b.full)
		*ok = list_has(one->values, shk_buf_view(&b));
	free(p);
	return err == SHAKEN_E_NOMEM ? err : SHAKEN_OK;
}

static enum shaken_err
check_permitted(const STACK_OF(CLAIM_VALUES) *list, const json_t *payload,
    struct shaken_diag *diag)
{
	for (int i = 0; i < sk_CLAIM_VALUES_num(list); i++) {
		const CLAIM_VALUES *one = sk_CLAIM_VALUES_value(list, i);
		struct shaken_sv name = text(one->claim);
		const json_t *v = claim(payload, name);
		enum shaken_err err;
		bool ok;

		if (v == NULL)
			continue;
		err = check_value(one, v, &ok);
		if (err != SHAKEN_OK)
			return err;
		if (!ok) {
			shk_diag(diag, "claim %.*s has a value that the "
			    "certificate does not permit",
			    SHK_SV_ARG(name, 64));
			return SHAKEN_E_CLAIM;
		}
	}
	return SHAKEN_OK;
}

/* Every one of names there (or, with there false, none). */
static enum shaken_err
check_presence(const STACK_OF(ASN1_STRING) *names, const json_t *payload,
    bool there, struct shaken_diag *diag)
{
	for (int i = 0; i < sk_ASN1_STRING_num(names); i++) {
		struct shaken_sv name = text(sk_ASN1_STRING_value(names, i));

		if ((claim(payload, name) != NULL) != there) {
			shk_diag(diag, "claim %.*s is %s, which the certificate"
			    " does not allow", SHK_SV_ARG(name, 64),
			    there ? "absent" : "present");
			return SHAKEN_E_CLAIM;
		}
	}
	return SHAKEN_OK;
}

enum shaken_err
shk_constraints_check(const struct shk_constraints *k, const json_t *payload,
    struct shaken_diag *diag)
{
	enum shaken_err err;

	shk_diag_clear(diag);
	if (k == NULL)
		return SHAKEN_OK;
	err = check_presence(k->asn1->include, payload, true, diag);
	if (err == SHAKEN_OK)
		err = check_permitted(k->asn1->permitted, payload, diag);
	if (err == SHAKEN_OK)
		err = check_presence(k->asn1->exclude, payload, false, diag);
	return err;
}

/* A new array, NULL: no memory. */
static json_t *
json_strings(const STACK_OF(ASN1_STRING) *list)
{
	json_t *array = json_array();

	for (int i = 0; array != NULL && i < sk_ASN1_STRING_num(list); i++) {
		struct shaken_sv v = text(sk_ASN1_STRING_value(list, i));

		if (json_array_append_new(array, json_stringn(v.p, v.n)) != 0) {
			json_decref(array);
			array = NULL;
		}
	}
	return array;
}

static json_t *
json_permitted(const STACK_OF(CLAIM_VALUES) *list)
{
	json_t *object = json_object();

	for (int i = 0; object != NULL && i < sk_CLAIM_VALUES_num(list); i++) {
		const CLAIM_VALUES *one = sk_CLAIM_VALUES_value(list, i);
		struct shaken_sv name = text(one->claim);

		if (json_object_setn_new(object, name.p, name.n,
		    json_strings(one->values)) != 0) {
			json_decref(object);
			object = NULL;
		}
	}
	return object;
}

/* Text for free(), whatever functions jansson allocates with. */
static char *
dump(const json_t *v)
{
	size_t n = json_dumpb(v, NULL, 0, JSON_COMPACT);
	char *p = n == 0 ? NULL : malloc(n + 1);

	if (p != NULL && json_dumpb(v, p, n, JSON_COMPACT) != n) {
		free(p);
		p = NULL;
	}
	if (p != NULL)
		p[n] = '\0';
	return p;
}

char *
shk_constraints_json(const struct shk_constraints *k)
{
	const CONSTRAINTS *c = k->asn1;
	json_t *object = json_object();
	bool ok = object != NULL;
	char *out = NULL;

	if (c->include != NULL)
		ok = ok && json_object_set_new(object, "mustInclude",
		    json_strings(c->include)) == 0;
	if (c->permitted != NULL)
		ok = ok && json_object_set_new(object, "permittedValues",
		    json_permitted(c->permitted)) == 0;
	if (c->exclude != NULL)
		ok = ok && json_object_set_new(object, "mustExclude",
		    json_strings(c->exclude)) == 0;
	if (ok)
		out = dump(object);
	json_decref(object);
	return out;
}

/* -- from JSON ---------------------------------------------------------- */

static ASN1_STRING *
new_string(int type, const char *p, size_t n)
{
	ASN1_STRING *s = ASN1_STRING_type_new(type);

	if (s == NULL || n > INT_MAX || ASN1_STRING_set(s, p, (int)n) != 1) {
		ASN1_STRING_free(s);
		return NULL;
	}
	return s;
}

/* SHAKEN_E_CLAIM: from is no list of strings.  *out is set even then. */
static enum shaken_err
add_strings(const json_t *from, int type, STACK_OF(ASN1_STRING) **out)
{
	size_t n = json_array_size(from);

	if (!json_is_array(from) || n > LIST_MAX)
		return SHAKEN_E_CLAIM;
	if (*out == NULL)
		*out = sk_ASN1_STRING_new_null();
	if (*out == NULL)
		return SHAKEN_E_NOMEM;
	for (size_t i = 0; i < n; i++) {
		const json_t *v = json_array_get(from, i);
		ASN1_STRING *s;

		if (!json_is_string(v))
			return SHAKEN_E_CLAIM;
		s = new_string(type, json_string_value(v),
		    json_string_length(v));
		if (s == NULL || sk_ASN1_STRING_push(*out, s) <= 0) {
			ASN1_STRING_free(s);
			return SHAKEN_E_NOMEM;
		}
	}
	return SHAKEN_OK;
}

static enum shaken_err
add_permitted(json_t *from, STACK_OF(CLAIM_VALUES) **out)
{
	enum shaken_err err = SHAKEN_OK;
	const char *name;
	json_t *values;

	if (!json_is_object(from) || json_object_size(from) > LIST_MAX)
		return SHAKEN_E_CLAIM;
	*out = sk_CLAIM_VALUES_new_null();
	if (*out == NULL)
		return SHAKEN_E_NOMEM;
	json_object_foreach(from, name, values) {
		CLAIM_VALUES *one = (CLAIM_VALUES *)ASN1_item_new(
		    ASN1_ITEM_rptr(CLAIM_VALUES));

		if (one == NULL || sk_CLAIM_VALUES_push(*out, one) <= 0) {
			ASN1_item_free((ASN1_VALUE *)one,
			    ASN1_ITEM_rptr(CLAIM_VALUES));
			return SHAKEN_E_NOMEM;
		}
		if (ASN1_STRING_set(one->claim, name, -1) != 1)
			return SHAKEN_E_NOMEM;
		err = add_strings(values, V_ASN1_UTF8STRING, &one->values);
		if (err != SHAKEN_OK)
			return err;
	}
	return SHAKEN_OK;
}

static enum shaken_err
from_json(json_t *object, CONSTRAINTS *c)
{
	enum shaken_err err = SHAKEN_OK;
	const char *name;
	json_t *v;

	json_object_foreach(object, name, v) {
		if (strcmp(name, "mustInclude") == 0)
			err = add_strings(v, V_ASN1_IA5STRING, &c->include);
		else if (strcmp(name, "permittedValues") == 0)
			err = add_permitted(v, &c->permitted);
		else if (strcmp(name, "mustExclude") == 0)
			err = add_strings(v, V_ASN1_IA5STRING, &c->exclude);
		else
			err = SHAKEN_E_CLAIM;
		if (err != SHAKEN_OK)
			return err;
	}
	return content_ok(c) ? SHAKEN_OK : SHAKEN_E_CLAIM;
}

static enum shaken_err
write_der(const CONSTRAINTS *c, uint8_t *out, size_t cap, size_t *len)
{
	unsigned char *der = NULL;
	enum shaken_err err = SHAKEN_OK;
	int n = ASN1_item_i2d((const ASN1_VALUE *)c, &der,
	    ASN1_ITEM_rptr(ENHANCED));	/* PLAIN where nothing is excluded */

	if (n < 0)
		return SHAKEN_E_NOMEM;
	if ((size_t)n > cap) {
		err = SHAKEN_E_LIMIT;
	} else {
		memcpy(out, der, (size_t)n);
		*len = (size_t)n;
	}
	OPENSSL_free(der);
	return err;
}

enum shaken_err
shaken_constraints_encode(struct shaken_sv json, uint8_t *out, size_t cap,
    size_t *len, bool *enhanced, struct shaken_diag *diag)
{
	json_t *object = NULL;
	CONSTRAINTS *c = NULL;
	enum shaken_err err;

	shk_diag_clear(diag);
	if (len != NULL)
		*len = 0;
	if (enhanced != NULL)
		*enhanced = false;
	if (len == NULL || enhanced == NULL || out == NULL || json.p == NULL)
		return SHAKEN_E_ARG;
	err = shk_json_parse(json, &object, diag);
	if (err != SHAKEN_OK)
		return err;
	c = (CONSTRAINTS *)ASN1_item_new(ASN1_ITEM_rptr(ENHANCED));
	err = c == NULL ? SHAKEN_E_NOMEM : from_json(object, c);
	if (err == SHAKEN_E_CLAIM)
		shk_diag(diag, "not of the form {\"mustInclude\": [NAME], "
		    "\"permittedValues\": {NAME: [VALUE]}, "
		    "\"mustExclude\": [NAME]}, with no list empty");
	if (err == SHAKEN_OK)
		err = write_der(c, out, cap, len);
	if (err == SHAKEN_OK)
		*enhanced = c->exclude != NULL;
	ASN1_item_free((ASN1_VALUE *)c, ASN1_ITEM_rptr(ENHANCED));
	json_decref(object);
	ERR_clear_error();
	return err;
}
