/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verdict_probe.c - the library's verdicts, for tests that make the calls.
 *
 *	verdict_probe DIR
 *
 * DIR has root.pem, pa.pem, and crl-TRUST.pem where that trust has a CRL.  An
 * order is an object on a line; chain is a file of DIR, value is in hex:
 *
 *	{"value": "65794a..", "orig": "1..", "dest": "1..", "now": 1700000000,
 *	 "date": 0, "trust": "soft", "chain": "good", "sweep": false}
 *
 * A trust whose name begins with "hard" wants a CRL for every certificate.  The
 * answer is an object with the verdict, and with what is in it that does not fit
 * together.  With "sweep" each byte of the value is made each other byte in
 * turn, and the answer is the list of [place, byte] that passed.
 */
#include <stdlib.h>
#include <string.h>

#include <shaken/verify.h>

#include "calls.h"
#include "forge.h"
#include "json.h"
#include "lex.h"
#include "probe.h"
#include "vectors.h"

#define POLICY "2.16.840.1.114569.1.1.4"
#define NAMES 160
#define VALUE_MAX (128 * 1024)

static const char *dir;

/* Chains and trusts by name, each made once. */
struct kept {
	char	*name;
	void	*made;	/* NULL: that chain cannot be made */
};
static struct kept chains[NAMES], trusts[NAMES];

static struct kept *
find(struct kept *table, const char *name)
{
	size_t i;

	for (i = 0; i < NAMES && table[i].name != NULL; i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	need(i < NAMES);
	return &table[i];
}

static char *
read_or_null(const char *path)
{
	FILE *f = fopen(path, "r");

	if (f == NULL)
		return NULL;
	fclose(f);
	return test_read_file(path);
}

static struct shaken_trust *
trust_of(const char *name)
{
	static const char *const policies[] = { POLICY };
	struct shaken_trust_opts opts = { .size = sizeof(opts),
		.policies = policies, .n_policies = 1,
		.crl_policy = strncmp(name, "hard", 4) == 0 ?
		    SHAKEN_CRL_HARD : SHAKEN_CRL_SOFT };
	struct kept *k = find(trusts, name);
	char *path, *pem;
	struct shaken_trust *t = NULL;

	if (k->name != NULL)
		return k->made;
	need(shaken_trust_new(&opts, &t) == SHAKEN_OK);
	path = test_text("%s/root.pem", dir);
	pem = test_read_file(path);
	need(shaken_trust_add_anchors(t, shaken_sv_cstr(pem), NULL, NULL) ==
	    SHAKEN_OK);
	free(path);
	free(pem);
	path = test_text("%s/pa.pem", dir);
	pem = test_read_file(path);
	need(shaken_trust_add_crl_anchors(t, shaken_sv_cstr(pem), NULL, NULL) ==
	    SHAKEN_OK);
	free(path);
	free(pem);
	path = test_text("%s/crl-%s.pem", dir, name);
	pem = read_or_null(path);
	if (pem != NULL)
		need(shaken_trust_add_crl(t, shaken_sv_cstr(pem), NULL) ==
		    SHAKEN_OK);
	free(path);
	free(pem);
	k->name = test_text("%s", name);
	k->made = t;
	return t;
}

static struct shaken_chain *
chain_of(struct shaken_trust *t, const char *trust, const char *name)
{
	char *key = test_text("%s %s", trust, name);
	struct kept *k = find(chains, key);
	struct shaken_chain *c = NULL;
	char *path, *pem;

	if (k->name != NULL) {
		free(key);
		return k->made;
	}
	path = test_text("%s/%s", dir, name);
	pem = test_read_file(path);
	if (shaken_chain_new(t, shaken_sv_cstr(pem), &c, NULL) != SHAKEN_OK)
		need(c == NULL);
	free(path);
	free(pem);
	k->name = key;
	k->made = c;
	return c;
}

static const char *
text_of(const json_t *order, const char *name)
{
	const char *s = json_string_value(json_object_get(order, name));

	need(s != NULL);
	return s;
}

static void
id_of(const json_t *order, const char *name, struct shaken_id *id)
{
	need(shaken_id_parse(shaken_sv_cstr(text_of(order, name)), NULL, id) ==
	    SHAKEN_OK);
}

struct run {
	struct shaken_trust	*trust;
	struct shaken_chain	*chain;	/* NULL: it could not be had */
	struct shaken_id	 orig, dest;
	struct shaken_call	 call;
	struct shaken_verify_opts opts;
};

/* For shaken_verify_free(). */
static struct shaken_verify *
verify(const struct run *r)
{
	struct shaken_verify *v = NULL;

	need(shaken_verify_begin(r->trust, &r->call, &r->opts, &v) ==
	    SHAKEN_OK);
	for (size_t i = 0; i < shaken_verify_n(v); i++) {
		if (shaken_verify_x5u(v, i).n == 0)
			continue;
		if (r->chain != NULL)
			shaken_verify_chain(v, i, r->chain);
		else
			shaken_verify_no_chain(v, i, "no chain");
	}
	need(shaken_verify_finish(v) == SHAKEN_OK);
	return v;
}

static void
say(json_t *answer)
{
	char *text = json_dumps(answer, JSON_COMPACT);

	need(text != NULL);
	puts(text);
	free(text);
	json_decref(answer);
	fflush(stdout);
}

static void
answer(const struct run *r)
{
	struct shaken_verify *v = verify(r);
	const struct shaken_verdict *d = shaken_verify_verdict(v);

	say(json_pack("{s:s, s:i, s:i, s:s?, s:s, s:s?, s:i}",
	    "verstat", shaken_verstat_name(d->verstat), "case", (int)d->ecase,
	    "code", d->code, "check", d->check, "detail", d->detail.text,
	    "misfit", test_misfit(d), "values", (int)shaken_verify_n(v)));
	shaken_verify_free(&v);
}

static void
sweep(const struct run *r, char *value, size_t n)
{
	json_t *passed = json_array();
	long calls = 0;

	for (size_t i = 0; i < n; i++) {
		char was = value[i];

		for (int b = 0; b < 256; b++) {
			struct shaken_verify *v;
			const struct shaken_verdict *d;

			if ((char)b == was)
				continue;
			value[i] = (char)b;
			v = verify(r);
			d = shaken_verify_verdict(v);
			need(test_misfit(d) == NULL);
			calls++;
			if (d->verstat == SHAKEN_TN_VALIDATION_PASSED)
				need(json_array_append_new(passed, json_pack(
				    "[i, i]", (int)i, b)) == 0);
			shaken_verify_free(&v);
		}
		value[i] = was;
	}
	say(json_pack("{s:I, s:o}", "calls", (json_int_t)calls, "passed",
	    passed));
}

static size_t
unhex(const char *hex, char *out)
{
	size_t n = strlen(hex) / 2;

	need(n <= VALUE_MAX);
	for (size_t i = 0; i < n; i++)
		out[i] = (char)(shk_hex_value(hex[2 * i]) << 4 |
		    shk_hex_value(hex[2 * i + 1]));
	return n;
}

static void
obey(const json_t *order)
{
	const char *hex = text_of(order, "value");
	const char *trust = text_of(order, "trust");
	struct run r = { .call = { .size = sizeof(r.call) },
		.opts = { .size = sizeof(r.opts) } };
	struct shaken_sv value;
	char *bytes;

	value.n = strlen(hex) / 2;
	bytes = malloc(value.n + 1);	/* as long as it is, for ASan */
	need(bytes != NULL && unhex(hex, bytes) == value.n);
	value.p = bytes;
	id_of(order, "orig", &r.orig);
	id_of(order, "dest", &r.dest);
	r.call.identity = &value;
	r.call.n_identity = 1;
	r.call.orig = &r.orig;
	r.call.dest = &r.dest;
	r.call.n_dest = 1;
	r.call.date = json_integer_value(json_object_get(order, "date"));
	r.opts.now = json_integer_value(json_object_get(order, "now"));
	r.trust = trust_of(trust);
	r.chain = chain_of(r.trust, trust, text_of(order, "chain"));
	if (json_is_true(json_object_get(order, "sweep")))
		sweep(&r, bytes, value.n);
	else
		answer(&r);
	free(bytes);
}

static void
forget(void)
{
	for (size_t i = 0; i < NAMES; i++) {
		struct shaken_chain *c = chains[i].made;
		struct shaken_trust *t = trusts[i].made;

		shaken_chain_free(&c);
		shaken_trust_free(&t);
		free(chains[i].name);
		free(trusts[i].name);
	}
}

int
main(int argc, char **argv)
{
	static char line[2 * VALUE_MAX + LINE];

	need(argc == 2);
	dir = argv[1];
	while (fgets(line, sizeof(line), stdin) != NULL) {
		json_t *order = json_loads(line, 0, NULL);

		need(order != NULL);
		obey(order);
		json_decref(order);
	}
	forget();
	return 0;
}
