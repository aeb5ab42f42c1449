/* SPDX-License-Identifier: Apache-2.0 */
/*
 * count_probe.c - one operation, again and again, for counts.py to count the
 * instructions of.
 *
 *	count_probe sign|verify|verify-table|parse N
 *
 * Keys, times and the token that is verified are always the same ones (RFC 8946
 * Appendix A, RFC 6979), so the library takes the same steps in every run; only
 * a signature is a new one each time.  Prints what it was built with.
 */
#include <string.h>

#include <openssl/crypto.h>

#include <shaken/shaken.h>

#include "pki.h"
#include "probe.h"
#include "rfc6979.h"
#include "vectors.h"

#ifdef SHAKEN_P256_TABLE
#define TABLES "yes"
#else
#define TABLES "no"
#endif

static struct {
	struct test_pki		 pki;
	struct shaken_signer	*signer;
	struct shaken_trust	*trust;
	struct shaken_chain	*chain;
	struct shaken_id	 orig, dest;
	char			 identity[SHAKEN_IDENTITY_MAX];
	size_t			 len;
} all;

static void
sign_with(struct shaken_signer *signer, char *out, size_t *len)
{
	struct shaken_sign_req req = { .size = sizeof(req),
		.ppt = SHAKEN_SV_LIT("shaken"), .orig = &all.orig,
		.dest = &all.dest, .n_dest = 1, .attest = SHAKEN_SV_LIT("A"),
		.origid = SHAKEN_SV_LIT("123e4567-e89b-12d3-a456-426655440000"),
		.iat = TEST_NOW, .now = TEST_NOW };

	need(shaken_sign(signer, &req, out, SHAKEN_IDENTITY_MAX, len, NULL) ==
	    SHAKEN_OK);
}

static void
sign(void)
{
	static char out[SHAKEN_IDENTITY_MAX];
	size_t len;

	sign_with(all.signer, out, &len);
}

static struct shaken_verify *
begin(void)
{
	struct shaken_sv value = { all.identity, all.len };
	struct shaken_call call = { .size = sizeof(call), .identity = &value,
		.n_identity = 1, .orig = &all.orig, .dest = &all.dest,
		.n_dest = 1 };
	struct shaken_verify_opts opts = { .size = sizeof(opts),
		.now = TEST_NOW };
	struct shaken_verify *v = NULL;

	need(shaken_verify_begin(all.trust, &call, &opts, &v) == SHAKEN_OK);
	need(shaken_verify_x5u(v, 0).n > 0);
	return v;
}

static void
parse(void)
{
	struct shaken_verify *v = begin();

	shaken_verify_free(&v);
}

static void
verify(void)
{
	struct shaken_verify *v = begin();

	shaken_verify_chain(v, 0, all.chain);
	need(shaken_verify_finish(v) == SHAKEN_OK);
	need(shaken_verify_verdict(v)->verstat == SHAKEN_TN_VALIDATION_PASSED);
	shaken_verify_free(&v);
}

static void
setup(void)
{
	struct shaken_trust_opts opts = { .size = sizeof(opts),
		.crl_policy = SHAKEN_CRL_SOFT };
	struct shaken_signer_conf conf = { .size = sizeof(conf),
		.x5u = SHAKEN_SV_LIT("https://cert.example.org/1234.pem") };
	struct shaken_signer *fixed = NULL;
	void *key = test_rfc6979_new(test_rfc8946_key);

	test_pki_init(&all.pki);
	all.pki.leaf.key = strdup(test_rfc8946_key);
	test_pki_make(&all.pki);
	conf.chain = shaken_sv_cstr(all.pki.chain);
	need(shaken_signer_from_pem(shaken_sv_cstr(test_rfc8946_key), &conf,
	    &all.signer, NULL) == SHAKEN_OK);
	need(shaken_signer_new(&test_rfc6979_ops, key, &conf, &fixed, NULL) ==
	    SHAKEN_OK);
	need(shaken_id_parse(SHAKEN_SV_LIT("12155550121"), NULL, &all.orig) ==
	    SHAKEN_OK);
	need(shaken_id_parse(SHAKEN_SV_LIT("12155550131"), NULL, &all.dest) ==
	    SHAKEN_OK);
	sign_with(fixed, all.identity, &all.len);
	shaken_signer_free(&fixed);
	need(shaken_trust_new(&opts, &all.trust) == SHAKEN_OK);
	need(shaken_trust_add_anchors(all.trust,
	    shaken_sv_cstr(all.pki.root.pem), NULL, NULL) == SHAKEN_OK);
	need(shaken_chain_new(all.trust, shaken_sv_cstr(all.pki.chain),
	    &all.chain, NULL) == SHAKEN_OK);
}

/* What callgrind counts, by this name. */
__attribute__((noinline)) void measured(void (*op)(void), long n);

void
measured(void (*op)(void), long n)
{
	while (n-- > 0)
		op();
}

int
main(int argc, char **argv)
{
	void (*op)(void) = NULL;

	printf("cc=%s libcrypto=%s tables=%s\n", __VERSION__,
	    OpenSSL_version(OPENSSL_FULL_VERSION_STRING), TABLES);
	fflush(stdout);
	if (argc != 3)
		return argc == 1 ? 0 : 2;
	setup();
	if (strcmp(argv[1], "sign") == 0)
		op = sign;
	else if (strcmp(argv[1], "parse") == 0)
		op = parse;
	else if (strncmp(argv[1], "verify", 6) == 0)
		op = verify;
	need(op != NULL);
	if (strcmp(argv[1], "verify-table") == 0)
		need(shaken_chain_speed_up(all.chain) == SHAKEN_OK);
	op();	/* contexts are made with the first one */
	op();
	measured(op, strtol(argv[2], NULL, 10));
	shaken_chain_free(&all.chain);
	shaken_trust_free(&all.trust);
	shaken_signer_free(&all.signer);
	test_pki_free(&all.pki);
	return 0;
}
