/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fail the 1st, 2nd, ... allocation of each public call in turn until none is
 * left to fail.  Each time the call must fail cleanly with nothing to show for
 * it, or succeed (OpenSSL shrugs off some failures); a leak or a use of what was
 * never made is for AddressSanitizer to see.  And no failure may turn into a
 * verdict that passes a bad call.
 */
#include <criterion/criterion.h>

#include <shaken/shaken.h>

#include "es256.h"
#include "forge.h"
#include "oom_wrap.h"
#include "pki.h"
#include "vectors.h"

#define X5U "https://cert.example.org/1234.pem"
#define UUID "123e4567-e89b-12d3-a456-426655440000"

static struct test_pki pki;
static struct shaken_id orig, dest, target;
static char *identity, *bad_identity, *crl, *diverted, *diverted_claims;
static struct shaken_signer *signer;
static struct shaken_trust *trust;
static struct shaken_chain *chain;

static enum shaken_err make_trust(struct shaken_trust **out);
static void make_diverted(void);

static struct shaken_signer_conf
conf(void)
{
	return (struct shaken_signer_conf){
		.size = sizeof(struct shaken_signer_conf),
		.x5u = SHAKEN_SV_LIT(X5U), .chain = shaken_sv_cstr(pki.chain) };
}

static struct shaken_sign_req
request(void)
{
	return (struct shaken_sign_req){
		.size = sizeof(struct shaken_sign_req),
		.ppt = SHAKEN_SV_LIT("shaken"), .orig = &orig, .dest = &dest,
		.n_dest = 1, .attest = SHAKEN_SV_LIT("A"),
		.origid = SHAKEN_SV_LIT(UUID), .iat = TEST_NOW, .now = TEST_NOW,
		.claims = SHAKEN_SV_LIT("{\"crn\":\"x\",\"rcd\":{\"nam\":\"n\"}}"),
	};
}

static void
setup(void)
{
	/* mustInclude { "crn" }, so that constraints are read and checked */
	static const char must[] = "\x30\x09\xa0\x07\x30\x05\x16\x03" "crn";
	struct certs_crl_spec spec = test_crl_spec();
	struct shaken_signer_conf c;
	struct shaken_sign_req req;
	char *list, *bad, *out = calloc(1, SHAKEN_IDENTITY_MAX);
	size_t len;

	test_pki_init(&pki);
	pki.leaf.spec.constraints = (struct shaken_sv){ must,
		sizeof(must) - 1 };
	test_pki_make(&pki);
	list = test_crl_make(&spec, &pki.crl_signer);
	crl = test_concat(list, pki.crl_signer.pem);
	free(list);
	c = conf();
	cr_assert_eq(shaken_id_parse(SHAKEN_SV_LIT("12155550121"), NULL, &orig),
	    SHAKEN_OK);
	cr_assert_eq(shaken_id_parse(SHAKEN_SV_LIT("12155550131"), NULL, &dest),
	    SHAKEN_OK);
	cr_assert_eq(shaken_signer_from_pem(shaken_sv_cstr(pki.leaf.key), &c,
	    &signer, NULL), SHAKEN_OK);
	req = request();
	cr_assert_eq(shaken_sign(signer, &req, out, SHAKEN_IDENTITY_MAX - 1,
	    &len, NULL), SHAKEN_OK);
	identity = out;
	bad_identity = strdup(identity);
	bad = strchr(bad_identity, ';') - 9; /* in the signature */
	*bad = *bad == 'A' ? 'B' : 'A';
	cr_assert_eq(make_trust(&trust), SHAKEN_OK);
	cr_assert_eq(shaken_chain_new(trust, shaken_sv_cstr(pki.chain), &chain,
	    NULL), SHAKEN_OK);
	make_diverted();
}

/* The call of identity, sent on with its token in opt. */
static void
make_diverted(void)
{
	struct shaken_sign_req req = request();
	size_t len;

	cr_assert_eq(shaken_id_parse(SHAKEN_SV_LIT("12155550132"), NULL,
	    &target), SHAKEN_OK);
	diverted_claims = test_text("{\"crn\":\"x\",\"div\":{\"tn\":"
	    "\"12155550131\"},\"mky\":[{\"alg\":\"b\",\"dig\":\"01\"},"
	    "{\"alg\":\"a\",\"dig\":\"02\"}],\"opt\":\"%.*s\","
	    "\"rcd\":{\"nam\":\"n\"},\"rcdi\":{\"/nam\":\"sha256-"
	    "sM275lTgzCte+LHOKHtU4SxG8shlOo6OS4ot8IJQImY\"}}",
	    (int)strcspn(identity, ";"), identity);
	req.ppt = SHAKEN_SV_LIT("div-o");
	req.attest = req.origid = (struct shaken_sv){ NULL, 0 };
	req.dest = &target;
	req.claims = shaken_sv_cstr(diverted_claims);
	diverted = calloc(1, SHAKEN_IDENTITY_MAX);
	cr_assert_eq(shaken_sign(signer, &req, diverted,
	    SHAKEN_IDENTITY_MAX - 1, &len, NULL), SHAKEN_OK);
}

static void
teardown(void)
{
	free(diverted);
	free(diverted_claims);
	shaken_chain_free(&chain);
	shaken_trust_free(&trust);
	shaken_signer_free(&signer);
	free(identity);
	free(bad_identity);
	free(crl);
	test_pki_free(&pki);
}

TestSuite(oom, .init = setup, .fini = teardown);

/* OpenSSL allocates thousands of times to read a PEM; of those about so many are
 * failed, spread over all.  Of ours every single one is. */
#define OPENSSL_STEPS 400

static long
fail_each(const char *name, enum shaken_err (*op)(void), bool openssl)
{
	long n = 0, step = 1, errors = 0;
	bool hit = true;

	test_oom_arm(-1, openssl);
	cr_assert_eq(op(), SHAKEN_OK, "%s", name);
	test_oom_disarm();
	if (openssl && test_oom_count() > OPENSSL_STEPS)
		step = test_oom_count() / OPENSSL_STEPS;
	for (; hit; n += step) {
		enum shaken_err err;

		test_oom_arm(n, openssl);
		err = op();
		hit = test_oom_disarm();
		errors += err != SHAKEN_OK;
		cr_expect(hit || err == SHAKEN_OK, "%s: %s", name,
		    shaken_errname((int)err));
		/* what is ours is told for what it is */
		cr_expect(openssl || !hit || err == SHAKEN_E_NOMEM ||
		    err == SHAKEN_OK, "%s: %ld: %s", name, n,
		    shaken_errname((int)err));
	}
	cr_log_info("%s: %ld allocations, %ld errors", name, n - step, errors);
	return errors;
}

/* Once without a limit before, so that lazy initialisation is behind us. */
static void
sweep(const char *name, enum shaken_err (*op)(void), long ours, long all)
{
	cr_assert_eq(op(), SHAKEN_OK, "%s", name);
	cr_expect_geq(fail_each(name, op, false), ours, "%s", name);
	cr_expect_geq(fail_each(name, op, true), all, "%s", name);
}

static enum shaken_err
make_signer(void)
{
	struct shaken_signer_conf c = conf();
	struct shaken_signer *s = NULL;
	struct shaken_diag d;
	enum shaken_err err = shaken_signer_from_pem(
	    shaken_sv_cstr(pki.leaf.key), &c, &s, &d);

	if ((s == NULL) != (err != SHAKEN_OK))
		abort();
	shaken_signer_free(&s);
	return err;
}

static enum shaken_err
sign_once(void)
{
	static char out[SHAKEN_IDENTITY_MAX];
	struct shaken_sign_req req = request();
	size_t len;
	enum shaken_err err = shaken_sign(signer, &req, out, sizeof(out), &len,
	    NULL);

	if ((len == 0) != (err != SHAKEN_OK))
		abort();
	return err;
}

/* div-o with rcd and mky in it: each claim's form is looked at. */
static enum shaken_err
sign_diverted(void)
{
	static char out[SHAKEN_IDENTITY_MAX];
	struct shaken_sign_req req = request();
	size_t len;
	enum shaken_err err;

	req.ppt = SHAKEN_SV_LIT("div-o");
	req.attest = req.origid = (struct shaken_sv){ NULL, 0 };
	req.dest = &target;
	req.claims = shaken_sv_cstr(diverted_claims);
	err = shaken_sign(signer, &req, out, sizeof(out), &len, NULL);
	if ((len == 0) != (err != SHAKEN_OK))
		abort();
	return err;
}

static enum shaken_err
decode(void)
{
	struct shaken_passport *p = NULL;
	struct shaken_sv token = { identity,
		(size_t)(strchr(identity, ';') - identity) };
	enum shaken_err err = shaken_passport_decode(token, 0, &p, NULL);

	if (err == SHAKEN_OK && shaken_passport_n_dest(p) != 1)
		abort();
	shaken_passport_free(&p);
	return err;
}

static enum shaken_err
parse_cert(void)
{
	struct shaken_cert *c = NULL;
	enum shaken_err err = shaken_cert_parse(shaken_sv_cstr(pki.leaf.pem),
	    &c, NULL);

	shaken_cert_free(&c);
	return err;
}

static enum shaken_err
make_trust(struct shaken_trust **out)
{
	static const char *const policies[] = { TEST_POLICY };
	struct shaken_trust_opts opts = { .size = sizeof(opts),
		.policies = policies, .n_policies = 1 };
	enum shaken_err err = shaken_trust_new(&opts, out);

	if (err == SHAKEN_OK)
		err = shaken_trust_add_anchors(*out,
		    shaken_sv_cstr(pki.root.pem), NULL, NULL);
	if (err == SHAKEN_OK)
		err = shaken_trust_add_crl_anchors(*out,
		    shaken_sv_cstr(pki.pa.pem), NULL, NULL);
	if (err == SHAKEN_OK)
		err = shaken_trust_add_crl(*out, shaken_sv_cstr(crl), NULL);
	return err;
}

static enum shaken_err
load_trust(void)
{
	struct shaken_trust *t = NULL;
	enum shaken_err err = make_trust(&t);

	shaken_trust_free(&t);
	return err;
}

static enum shaken_err
make_chain(void)
{
	struct shaken_chain *c = NULL;
	enum shaken_err err = shaken_chain_new(trust, shaken_sv_cstr(pki.chain),
	    &c, NULL);

	shaken_chain_free(&c);
	return err;
}

static enum shaken_err
rejudge(void)
{
	struct shaken_chain *c = NULL;
	enum shaken_err err = shaken_chain_rejudge(chain, trust, &c);

	shaken_chain_free(&c);
	return err;
}

static enum shaken_err
verify(const char *value, bool good)
{
	struct shaken_sv sv = shaken_sv_cstr(value);
	struct shaken_call call = { .size = sizeof(call), .identity = &sv,
		.n_identity = 1, .orig = &orig, .dest = &dest, .n_dest = 1 };
	struct shaken_verify_opts opts = { .size = sizeof(opts),
		.now = TEST_NOW, .flags = SHAKEN_EXPLAIN };
	struct shaken_verify *v = NULL;
	enum shaken_verstat verstat;
	enum shaken_err err = shaken_verify_begin(trust, &call, &opts, &v);

	if (err == SHAKEN_OK) {
		shaken_verify_chain(v, 0, chain);
		err = shaken_verify_finish(v);
		verstat = shaken_verify_verdict(v)->verstat;
		if (err != SHAKEN_OK && verstat != SHAKEN_NO_TN_VALIDATION)
			abort();
		if (verstat == SHAKEN_TN_VALIDATION_PASSED && !good)
			abort(); /* a bad call passed */
	}
	shaken_verify_free(&v);
	return err;
}

/* One Identity value, two tokens. */
static enum shaken_err
verify_diverted(void)
{
	struct shaken_sv sv = shaken_sv_cstr(diverted);
	struct shaken_call call = { .size = sizeof(call), .identity = &sv,
		.n_identity = 1, .orig = &orig, .dest = &dest, .n_dest = 1,
		.target = &target };
	struct shaken_verify_opts opts = { .size = sizeof(opts),
		.now = TEST_NOW, .flags = SHAKEN_EXPLAIN };
	struct shaken_verify *v = NULL;
	enum shaken_err err = shaken_verify_begin(trust, &call, &opts, &v);

	for (size_t i = 0; err == SHAKEN_OK && i < 2; i++)
		shaken_verify_chain(v, i, chain);
	if (err == SHAKEN_OK)
		err = shaken_verify_finish(v);
	if (err == SHAKEN_OK && shaken_verify_verdict(v)->verstat !=
	    SHAKEN_TN_VALIDATION_PASSED)
		err = SHAKEN_E_CLAIM;
	shaken_verify_free(&v);
	return err;
}

#ifdef SHAKEN_P256_TABLE
/* A table for a chain of its own; then a call, for which memory may be short as
 * well. */
static enum shaken_err
speed_up(void)
{
	struct shaken_chain *c = NULL;
	enum shaken_err err = shaken_chain_slow_copy(chain, &c);

	if (err == SHAKEN_OK)
		err = shaken_chain_speed_up(c);
	if (shaken_chain_is_fast(c) != (err == SHAKEN_OK))
		abort();
	shaken_chain_free(&c);
	return err;
}

static enum shaken_err
verify_by_table(void)
{
	struct shaken_chain *slow = chain;
	enum shaken_err err;

	if (shaken_chain_slow_copy(slow, &chain) == SHAKEN_E_NOMEM) {
		chain = slow;
		return SHAKEN_E_NOMEM;
	}
	err = shaken_chain_speed_up(chain);
	if (err == SHAKEN_OK)
		err = verify(identity, true);
	shaken_chain_free(&chain);
	chain = slow;
	return err;
}
#endif

static void
ignore(const struct shaken_rcdi *r, void *ctx)
{
	(void)r;
	(void)ctx;
}

static enum shaken_err
encode_extensions(void)
{
	static const struct shaken_tnauth range = {
		.kind = SHAKEN_TNAUTH_RANGE, .value = { "12155551000", 11 },
		.count = 100,
	};
	enum shaken_err err;
	uint8_t out[128];
	bool enhanced;
	size_t len;

	err = shaken_tnauthlist_encode(&range, 1, out, sizeof(out), &len);
	if (err == SHAKEN_OK)
		err = shaken_constraints_encode(SHAKEN_SV_LIT("{"
		    "\"mustInclude\":[\"a\"],\"permittedValues\":{\"a\":"
		    "[\"x\",\"y\"]},\"mustExclude\":[\"b\"]}"), out,
		    sizeof(out), &len, &enhanced, NULL);
	if ((err == SHAKEN_OK) != (len > 0))
		abort();
	return err;
}

static enum shaken_err
digests(void)
{
	struct shaken_passport *p = NULL;
	struct shaken_sv token = { diverted, strcspn(diverted, ";") };
	enum shaken_result r = SHAKEN_PASS;
	enum shaken_err err = shaken_passport_decode(token, 0, &p, NULL);

	if (err == SHAKEN_OK)
		err = shaken_rcdi_each(p, ignore, NULL);
	if (err == SHAKEN_OK)
		err = shaken_rcdi_check(p, SHAKEN_SV_LIT("/nam"),
		    SHAKEN_SV_LIT("\"n\""), &r);
	if (err == SHAKEN_OK && r != SHAKEN_FAIL)
		abort();
	shaken_passport_free(&p);
	return err;
}

static enum shaken_err
verify_good(void)
{
	return verify(identity, true);
}

static enum shaken_err
verify_bad(void)
{
	return verify(bad_identity, false);
}

Test(oom, signer)	{ sweep("signer", make_signer, 3, 10); }
Test(oom, sign)		{ sweep("sign", sign_once, 1, 1); }
Test(oom, sign_diverted) { sweep("sign div-o", sign_diverted, 10, 10); }
Test(oom, verify_diverted)
{
	sweep("verify div-o", verify_diverted, 10, 10);
}
Test(oom, encode_extensions)
{
	sweep("extensions", encode_extensions, 3, 10);
}
Test(oom, digests)	{ sweep("digests", digests, 10, 10); }
Test(oom, decode)	{ sweep("decode", decode, 3, 3); }
Test(oom, cert)		{ sweep("cert", parse_cert, 1, 5); }
Test(oom, trust)	{ sweep("trust", load_trust, 3, 10); }
Test(oom, chain)	{ sweep("chain", make_chain, 3, 10); }
Test(oom, rejudge)	{ sweep("rejudge", rejudge, 3, 10); }
Test(oom, verify)	{ sweep("verify", verify_good, 3, 5); }
#ifdef SHAKEN_P256_TABLE
Test(oom, speed_up)	{ sweep("speed up", speed_up, 3, 10); }
Test(oom, verify_by_table)
{
	sweep("verify by table", verify_by_table, 3, 10);
}
#endif
Test(oom, verify_bad)	{ sweep("verify bad", verify_bad, 3, 5); }

/* What a signature allocates is the curve's own: the library adds nothing once
 * its contexts are warm. */
Test(oom, allocations_of_one_signature)
{
	static char out[SHAKEN_IDENTITY_MAX];
	struct shaken_signer_conf c = conf();
	struct shaken_sign_req req = request();
	struct shaken_signer *s = NULL;
	struct shk_es256 *key = NULL;
	uint8_t sig[SHAKEN_ES256_SIG];
	long bare = 0;
	size_t len;

	c.chain = req.claims = (struct shaken_sv){ NULL, 0 };
	cr_assert_eq(shaken_signer_from_pem(shaken_sv_cstr(pki.leaf.key), &c,
	    &s, NULL), SHAKEN_OK);
	cr_assert_eq(shk_es256_from_pem(shaken_sv_cstr(pki.leaf.key), &key),
	    SHAKEN_OK);
	for (int i = 0; i < 3; i++) {
		test_oom_arm(-1, true);
		cr_assert_eq(shk_es256_sign(key, SHAKEN_SV_LIT("m"), sig),
		    SHAKEN_OK);
		bare = test_oom_count();
		test_oom_arm(-1, true);
		cr_assert_eq(shaken_sign(s, &req, out, sizeof(out), &len,
		    NULL), SHAKEN_OK);
	}
	cr_log_info("%ld allocations, %ld of them of ECDSA", test_oom_count(),
	    bare);
	cr_expect_eq(test_oom_count(), bare);
	test_oom_disarm();
	shaken_signer_free(&s);
	shk_es256_free(&key);
}
