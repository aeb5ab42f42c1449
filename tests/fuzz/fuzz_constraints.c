/* SPDX-License-Identifier: Apache-2.0 */
/* Target: shk_constraints_read(), _json(), _check(), and the encoder back.  The
 * first byte says which extension the others are.  Seeds:
 * tests/fuzz/corpus/constraints/. */
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/objects.h>

#include <shaken/cert.h>
#include <shaken/passport.h>

#include "constraints.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

/* A certificate with nothing in it but the extension. */
static X509 *
certificate(const char *oid, const uint8_t *p, size_t n)
{
	ASN1_OBJECT *o = OBJ_txt2obj(oid, 1);
	ASN1_OCTET_STRING *v = ASN1_OCTET_STRING_new();
	X509 *x = X509_new();
	X509_EXTENSION *e;

	must(o != NULL && v != NULL && x != NULL && n <= INT_MAX);
	must(ASN1_OCTET_STRING_set(v, p, (int)n) == 1);
	e = X509_EXTENSION_create_by_OBJ(NULL, o, 0, v);
	must(e != NULL && X509_add_ext(x, e, -1) == 1);
	X509_EXTENSION_free(e);
	ASN1_OCTET_STRING_free(v);
	ASN1_OBJECT_free(o);
	return x;
}

/* What is printed makes the same bytes again, but where a NUL in a value or the
 * length of it all is refused in JSON. */
static void
encode_again(const char *text, struct shaken_sv der, bool enhanced)
{
	uint8_t *again = malloc(der.n);
	enum shaken_err err;
	bool excludes;
	size_t n;

	must(again != NULL);
	err = shaken_constraints_encode(shaken_sv_cstr(text), again, der.n, &n,
	    &excludes, NULL);
	if (err == SHAKEN_OK)
		must(n == der.n && memcmp(again, der.p, n) == 0 &&
		    (enhanced || !excludes));
	else
		must(n == 0 && (strlen(text) > SHAKEN_TOKEN_MAX ||
		    strstr(text, "\\u0000") != NULL));
	free(again);
}

static json_t *
text_to_json(const struct shk_constraints *k, struct shaken_sv der,
    bool enhanced)
{
	char *text = shk_constraints_json(k);
	json_t *v;

	must(text != NULL);
	v = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	must(v != NULL);
	encode_again(text, der, enhanced);
	free(text);
	return v;
}

static bool
has(const json_t *list, const char *name)
{
	size_t i;
	json_t *v;

	json_array_foreach(list, i, v)
		if (strcmp(json_string_value(v), name) == 0)
			return true;
	return false;
}

/* Make the payload that the constraints ask for, and see that it pleases; then
 * one that breaks each of them, and see that it does not. */
static void
check(const struct shk_constraints *k, json_t *told)
{
	json_t *payload = json_object(), *v;
	const json_t *include = json_object_get(told, "mustInclude");
	json_t *permitted = json_object_get(told, "permittedValues");
	const json_t *exclude = json_object_get(told, "mustExclude");
	bool possible = true;
	const char *name;
	size_t i;

	must(include != NULL || permitted != NULL || exclude != NULL);
	json_array_foreach(include, i, v) {
		name = json_string_value(v);
		possible = possible && !has(exclude, name);
		must(json_object_set_new(payload, name, json_string("x")) == 0);
	}
	json_object_foreach(permitted, name, v)
		if (json_object_get(payload, name) != NULL)
			must(json_object_set(payload, name,
			    json_array_get(v, 0)) == 0);
	must(shk_constraints_check(k, payload, NULL) ==
	    (possible ? SHAKEN_OK : SHAKEN_E_CLAIM));

	json_object_foreach(permitted, name, v) {
		/* no value that is listed; an object is no string */
		json_t *odd = json_pack("{s:{s:O}}", name, "?", permitted);

		must(odd != NULL);
		if (json_array_size(include) == 0)
			must(shk_constraints_check(k, odd, NULL) ==
			    SHAKEN_E_CLAIM);
		json_decref(odd);
	}
	json_decref(payload);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shk_constraints *k;
	struct shaken_diag diag;
	struct shaken_sv der;
	enum shaken_err err;
	json_t *told;
	X509 *x;

	if (size == 0)
		return 0;
	x = certificate(data[0] & 1 ? "1.3.6.1.5.5.7.1.33" :
	    "1.3.6.1.5.5.7.1.27", data + 1, size - 1);
	err = shk_constraints_read(x, &k, &diag);
	must(err == SHAKEN_OK || (err == SHAKEN_E_CERT && k == NULL &&
	    diag.text[0] != '\0'));
	if (k != NULL) {
		der = (struct shaken_sv){ (const char *)data + 1, size - 1 };
		told = text_to_json(k, der, (data[0] & 1) != 0);
		check(k, told);
		json_decref(told);
	}
	shk_constraints_free(&k);
	X509_free(x);
	return 0;
}
