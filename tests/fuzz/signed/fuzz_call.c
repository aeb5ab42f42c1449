/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Target: a verification from the value to the verdict, behind the signature:
 * whatever stands in header and payload is signed here, with a good certificate.
 * Seeds: tests/fuzz/corpus/call/.
 *
 *	FLAGS header '\n' payload '\n' parameters
 *
 * FLAGS is one byte: verify flags, and TAMPER.  What changes inputs knows where
 * JSON and parameters have their joints.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "b64url.h"
#include "calls.h"
#include "es256.h"
#include "json.h"
#include "lex.h"
#include "pki.h"
#include "sv.h"

#define TAMPER 0x80	/* change a bit of the signature */
#define TOLERANT (SHAKEN_ACCEPT_BASE | SHAKEN_ACCEPT_PADDING |		\
	SHAKEN_ACCEPT_DEST_STRING)
#define IN_MAX 8192
#define ORIG "12155550121"
#define DEST "12155550131"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
    unsigned seed);
/* Not there where seeds are replayed. */
__attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t *data, size_t size,
    size_t max);

static struct shk_es256 *key;
static struct shaken_trust *trust;
static struct shaken_chain *chain;
static struct shaken_id orig, dest;

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
init(void)
{
	struct shaken_trust_opts opts = { .size = sizeof(opts),
		.crl_policy = SHAKEN_CRL_SOFT };
	static struct test_pki pki;

	if (key != NULL)
		return;
	test_pki_init(&pki);
	test_pki_make(&pki);
	must(shaken_trust_new(&opts, &trust) == SHAKEN_OK);
	must(shaken_trust_add_anchors(trust, shaken_sv_cstr(pki.root.pem), NULL,
	    NULL) == SHAKEN_OK);
	must(shaken_chain_new(trust, shaken_sv_cstr(pki.chain), &chain, NULL) ==
	    SHAKEN_OK);
	must(shk_es256_from_pem(shaken_sv_cstr(pki.leaf.key), &key) ==
	    SHAKEN_OK);
	test_pki_free(&pki);
	must(shaken_id_parse(SHAKEN_SV_LIT(ORIG), NULL, &orig) == SHAKEN_OK);
	must(shaken_id_parse(SHAKEN_SV_LIT(DEST), NULL, &dest) == SHAKEN_OK);
}

/* -- the value ---------------------------------------------------------- */

struct input {
	unsigned		 flags;
	struct shaken_sv	 header, payload, params;
};

static void
split(const uint8_t *data, size_t size, struct input *in)
{
	struct shaken_sv rest = { (const char *)data + 1, size - 1 };

	in->flags = data[0];
	in->header = shk_take_until(&rest, '\n');
	(void)shk_sv_eat(&rest, '\n');
	in->payload = shk_take_until(&rest, '\n');
	(void)shk_sv_eat(&rest, '\n');
	in->params = rest;
}

/* New, of the length that it has, for free(). */
static struct shaken_sv
sign(const struct input *in)
{
	static char room[2 * IN_MAX];
	struct shk_buf b = shk_buf_over(room, sizeof(room));
	uint8_t sig[SHAKEN_ES256_SIG];
	char *copy;

	shk_b64url_encode(&b, in->header.p, in->header.n);
	SHK_BUF_LIT(&b, ".");
	shk_b64url_encode(&b, in->payload.p, in->payload.n);
	must(shk_es256_sign(key, shk_buf_view(&b), sig) == SHAKEN_OK);
	if ((in->flags & TAMPER) != 0)
		sig[in->flags & 63] ^= 1;
	SHK_BUF_LIT(&b, ".");
	shk_b64url_encode(&b, sig, sizeof(sig));
	shk_buf_add(&b, in->params);
	must(!b.full);
	copy = malloc(b.len);
	must(copy != NULL);
	memcpy(copy, b.p, b.len);
	return (struct shaken_sv){ copy, b.len };
}

/* -- what a call that passed has to say, read by another parser ---------- */

static bool
is_text(const json_t *v, const char *want)
{
	return json_is_string(v) && strcmp(json_string_value(v), want) == 0;
}

static bool
is_number(const json_t *v, const char *want)
{
	char digits[32];
	size_t n = 0;

	if (!json_is_string(v))
		return false;
	for (const char *p = json_string_value(v); *p != '\0'; p++)
		if (shk_is_digit(*p) && n < sizeof(digits) - 1)
			digits[n++] = *p;
	digits[n] = '\0';
	return strcmp(digits, want) == 0;
}

static void
check_header(struct shaken_sv text)
{
	json_error_t why;
	json_t *h = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, &why);

	if (h == NULL) {	/* a number that jansson has no room for */
		must(json_error_code(&why) == json_error_numeric_overflow);
		return;
	}
	must(is_text(json_object_get(h, "alg"), "ES256"));
	must(is_text(json_object_get(h, "ppt"), "shaken"));
	must(is_text(json_object_get(h, "typ"), "passport"));
	must(is_text(json_object_get(h, "x5u"), TEST_X5U));
	must(json_object_get(h, "crit") == NULL);
	json_decref(h);
}

static void
check_claims(struct shaken_sv text)
{
	json_error_t why;
	json_t *c = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, &why);
	json_t *o, *tns, *tn, *attest;
	bool found = false;
	size_t i;

	if (c == NULL) {
		must(json_error_code(&why) == json_error_numeric_overflow);
		return;
	}
	o = json_object_get(c, "orig");
	must(json_object_size(o) == 1);
	must(is_number(json_object_get(o, "tn"), ORIG));
	tns = json_object_get(json_object_get(c, "dest"), "tn");
	must(json_is_array(tns));
	json_array_foreach(tns, i, tn) {
		must(json_is_string(tn));
		found |= is_number(tn, DEST);
	}
	must(found);
	must(json_is_integer(json_object_get(c, "iat")));
	must(llabs(json_integer_value(json_object_get(c, "iat")) - TEST_NOW) <=
	    60);
	attest = json_object_get(c, "attest");
	must(is_text(attest, "A") || is_text(attest, "B") ||
	    is_text(attest, "C"));
	must(json_is_string(json_object_get(c, "origid")));
	json_decref(c);
}

/* Nothing follows a failure, and all that passed did pass its signature. */
static void
check_rows(const struct shaken_verify *v)
{
	const struct shaken_verdict *d = shaken_verify_verdict_of(v, 0);
	const struct shaken_check *c;
	size_t n = shaken_verify_checks(v, 0, &c), failed = n;

	for (size_t i = 0; i < n; i++) {
		if (failed < n)
			must(c[i].result == SHAKEN_SKIPPED);
		if (c[i].result == SHAKEN_FAIL) {
			must(strcmp(c[i].name, d->check) == 0);
			failed = i;
		}
		if (d->check == NULL && strcmp(c[i].name, "signature") == 0)
			must(c[i].result == SHAKEN_PASS);
	}
	must((failed < n) == (d->check != NULL) || n == 0);
}

/* Whether the signature is as it was made: nothing of the parameters may be
 * taken for more of it. */
static bool
is_untouched(const struct input *in)
{
	return (in->flags & TAMPER) == 0 &&
	    (in->params.n == 0 || in->params.p[0] == ';');
}

static void
check(const struct shaken_verify *v, const struct input *in)
{
	const struct shaken_verdict *d = shaken_verify_verdict(v);
	const struct shaken_verdict *own = shaken_verify_verdict_of(v, 0);
	bool passed = d->verstat == SHAKEN_TN_VALIDATION_PASSED;

	must(test_misfit(d) == NULL);
	check_rows(v);
	must((in->flags & TAMPER) == 0 || !passed);
	must(!is_untouched(in) || own->check == NULL ||
	    strcmp(own->check, "signature") != 0);
	if (passed && (in->flags & TOLERANT) == 0) {
		must(own->verstat == SHAKEN_TN_VALIDATION_PASSED);
		check_header(in->header);
		check_claims(in->payload);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shaken_verify_opts opts = { .size = sizeof(opts),
		.now = TEST_NOW };
	struct shaken_sv value;
	struct shaken_call call = { .size = sizeof(call), .identity = &value,
		.n_identity = 1, .orig = &orig, .dest = &dest, .n_dest = 1 };
	struct shaken_verify *v = NULL;
	struct input in;

	if (size == 0 || size > IN_MAX)
		return 0;
	init();
	split(data, size, &in);
	opts.flags = in.flags & ~(unsigned)TAMPER;
	value = sign(&in);
	must(shaken_verify_begin(trust, &call, &opts, &v) == SHAKEN_OK);
	for (size_t i = 0; i < shaken_verify_n(v); i++)
		if (shaken_verify_x5u(v, i).n > 0)
			shaken_verify_chain(v, i, chain);
	must(shaken_verify_finish(v) == SHAKEN_OK);
	if (shaken_verify_n(v) > 0)
		check(v, &in);
	shaken_verify_free(&v);
	free((char *)(uintptr_t)value.p);
	return 0;
}

/* -- changes at the joints ---------------------------------------------- */

static const char *const words[] = { "null", "true", "0", "-1", "1.5", "1e400",
	"\"\"", "\"x\"", "[]", "{}", "\"A\"", "\"C\"", "\"D\"", "1700000060",
	"1700000061", "1699999940", "\"" ORIG "\"", "\"+1 (215) 555-0121\"",
	"[\"" DEST "\"]", "{\"tn\":[\"" DEST "\"]}", "{\"tn\":\"" ORIG "\"}",
	"{\"uri\":\"sip:a@b\"}", "\"\\u0031\"", "\"\\ud83d\\ude00\"",
	"\"shaken\"", "\"div\"", "\"ES256\"", "\"none\"", "\"passport\"",
	"\"crit\":[]", "\"orig\":{\"tn\":\"1\"}", "\"attest\":\"B\"",
	"\"rcd\":{\"nam\":\"x\"}", "\"mky\":[]", "\"crn\":\"x\"", ";", ",",
	";ppt=shaken", ";alg=ES256", ";info=<" TEST_X5U ">", "<>", "\\", " " };

static uint32_t
next(uint32_t *seed)	/* xorshift */
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* A place behind a joint, from a random one on; size: there is none. */
static size_t
joint(const uint8_t *data, size_t size, uint32_t *seed)
{
	size_t i = next(seed) % size;

	while (i < size && strchr("{}[]:,;=\n", data[i]) == NULL)
		i++;
	return i < size ? i + 1 : size;
}

/* Replace cut bytes at a place; returns the new size. */
static size_t
splice(uint8_t *data, size_t size, size_t max, size_t at, size_t cut,
    struct shaken_sv with)
{
	if (cut > size - at)
		cut = size - at;
	if (size - cut + with.n > max)
		return size;
	memmove(data + at + with.n, data + at + cut, size - at - cut);
	memcpy(data + at, with.p, with.n);
	return size - cut + with.n;
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	uint32_t s = seed | 1;
	char copy[64];
	size_t at, end;
	struct shaken_sv with;

	(void)next(&s);
	if (size < 2 || next(&s) % 2 == 0)
		return LLVMFuzzerMutate == NULL ? size :
		    LLVMFuzzerMutate(data, size, max);
	at = joint(data, size, &s);
	if (at == size)
		return size;
	for (end = at; end < size && strchr("}],;\n", data[end]) == NULL; end++)
		;
	with = shaken_sv_cstr(words[next(&s) % (sizeof(words) /
	    sizeof(words[0]))]);
	switch (next(&s) % 4) {
	case 0:		/* another value */
		return splice(data, size, max, at, end - at, with);
	case 1:		/* one more */
		return splice(data, size, max, at, 0, with);
	case 2:		/* without it */
		return splice(data, size, max, at, end - at + 1,
		    (struct shaken_sv){ "", 0 });
	default:	/* the same in another place */
		with.n = end - at < sizeof(copy) ? end - at : sizeof(copy);
		memcpy(copy, data + at, with.n);
		with.p = copy;
		return splice(data, size, max, joint(data, size, &s), 0, with);
	}
}
