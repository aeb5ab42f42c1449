/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_core.c - what the library costs beside the curve.
 *
 * One process, one thread.  Each operation is timed in slices that alternate
 * with slices of the bare OpenSSL operation, so that both see the same machine;
 * the figure is the median over the rounds of the ratio of their rates.  That
 * operation is what "openssl speed ecdsap256" times: one signature of 32 bytes
 * made, or verified, with a context that is ready.  Ours is the complete one,
 * from or to the Identity value.
 *
 *	bench_core [--json] [--rounds N]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <shaken/shaken.h>
#include <shakencerts/testpki.h>

#define X5U "https://cert.example.org/1234/2026-01.pem"
#define SLICE_NS INT64_C(2000000) /* shorter than the scheduler's, as a rule */
#define ROUNDS_MAX 1001

struct bench {
	struct shaken_signer	*signer;
	struct shaken_trust	*trust;
	struct shaken_chain	*chain, *fast; /* fast: with a table */
	char			*key, *root, *chain_pem;
	EVP_PKEY_CTX		*raw_sign, *raw_verify;
	unsigned char		 digest[32], raw_sig[80];
	size_t			 raw_sig_len;
	struct shaken_id	 orig, dest;
	int64_t			 now;
	char			 identity[SHAKEN_IDENTITY_MAX];
	size_t			 identity_len;
};

static void
must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench_core: %s failed\n", what);
	exit(2);
}

static int64_t
now_ns(void)
{
	struct timespec t;

	must(clock_gettime(CLOCK_MONOTONIC, &t) == 0, "clock_gettime");
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void
run_raw_sign(struct bench *b)
{
	size_t n = sizeof(b->raw_sig);

	must(EVP_PKEY_sign(b->raw_sign, b->raw_sig, &n, b->digest,
	    sizeof(b->digest)) == 1, "EVP_PKEY_sign");
	b->raw_sig_len = n;
}

static void
run_raw_verify(struct bench *b)
{
	must(EVP_PKEY_verify(b->raw_verify, b->raw_sig, b->raw_sig_len,
	    b->digest, sizeof(b->digest)) == 1, "EVP_PKEY_verify");
}

static void
run_sign(struct bench *b)
{
	struct shaken_sign_req req = {
		.size = sizeof(req),
		.ppt = SHAKEN_SV_LIT("shaken"),
		.orig = &b->orig, .dest = &b->dest, .n_dest = 1,
		.attest = SHAKEN_SV_LIT("A"),
		.origid = SHAKEN_SV_LIT("123e4567-e89b-12d3-a456-426655440000"),
		.iat = b->now, .now = b->now,
	};

	must(shaken_sign(b->signer, &req, b->identity, sizeof(b->identity),
	    &b->identity_len, NULL) == SHAKEN_OK, "shaken_sign");
}

static struct shaken_verify *
begin(struct bench *b, struct shaken_sv *value)
{
	struct shaken_call call = { .size = sizeof(call), .identity = value,
		.n_identity = 1, .orig = &b->orig, .dest = &b->dest,
		.n_dest = 1 };
	struct shaken_verify_opts opts = { .size = sizeof(opts),
		.now = b->now };
	struct shaken_verify *v = NULL;

	must(shaken_verify_begin(b->trust, &call, &opts, &v) == SHAKEN_OK,
	    "shaken_verify_begin");
	return v;
}

static void
finish(struct shaken_verify *v, struct shaken_chain *chain)
{
	shaken_verify_chain(v, 0, chain);
	must(shaken_verify_finish(v) == SHAKEN_OK, "shaken_verify_finish");
	must(shaken_verify_verdict(v)->verstat == SHAKEN_TN_VALIDATION_PASSED,
	    "verification");
	shaken_verify_free(&v);
}

static void
run_verify(struct bench *b)
{
	struct shaken_sv value = { b->identity, b->identity_len };

	finish(begin(b, &value), b->chain);
}

static void
run_verify_table(struct bench *b)
{
	struct shaken_sv value = { b->identity, b->identity_len };

	finish(begin(b, &value), b->fast);
}

static void
run_make_table(struct bench *b)
{
	struct shaken_chain *chain = NULL;

	must(shaken_chain_slow_copy(b->chain, &chain) == SHAKEN_OK &&
	    shaken_chain_speed_up(chain) == SHAKEN_OK, "table");
	shaken_chain_free(&chain);
}

static void
run_verify_cold(struct bench *b)
{
	struct shaken_sv value = { b->identity, b->identity_len };
	struct shaken_chain *chain = NULL;

	must(shaken_chain_new(b->trust, shaken_sv_cstr(b->chain_pem), &chain,
	    NULL) == SHAKEN_OK, "shaken_chain_new");
	finish(begin(b, &value), chain);
	shaken_chain_free(&chain);
}

static void
run_parse(struct bench *b)
{
	struct shaken_sv value = { b->identity, b->identity_len };
	struct shaken_verify *v = begin(b, &value);

	must(shaken_verify_x5u(v, 0).n > 0, "parse");
	shaken_verify_free(&v);
}

/* Operations a second over about one slice; the clock is read once a batch. */
static double
rate(void (*op)(struct bench *), long batch, struct bench *b)
{
	int64_t start = now_ns(), end;
	long n = 0;

	do {
		for (long i = 0; i < batch; i++)
			op(b);
		n += batch;
		end = now_ns();
	} while (end - start < SLICE_NS);
	return (double)n * 1e9 / (double)(end - start);
}

static int
by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double
median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), by_value);
	return v[n / 2];
}

static const struct row {
	const char	*name, *raw_name;
	void		(*op)(struct bench *), (*raw)(struct bench *);
	long		 batch;
	int		 needs_table;
} rows[] = {
	{ "sign", "EVP_PKEY_sign", run_sign, run_raw_sign, 8, 0 },
	{ "verify, known chain", "EVP_PKEY_verify", run_verify,
	    run_raw_verify, 8, 0 },
	{ "verify, table", "EVP_PKEY_verify", run_verify_table,
	    run_raw_verify, 8, 1 },
	{ "verify, cold chain", "EVP_PKEY_verify", run_verify_cold,
	    run_raw_verify, 1, 0 },
	{ "parse and check only", "EVP_PKEY_verify", run_parse,
	    run_raw_verify, 64, 0 },
	{ "make a table", "EVP_PKEY_verify", run_make_table,
	    run_raw_verify, 1, 1 },
};

static void
measure(struct bench *b, const struct row *r, size_t rounds, int json,
    int first)
{
	static double ours[ROUNDS_MAX], raw[ROUNDS_MAX], ratio[ROUNDS_MAX];

	(void)rate(r->op, r->batch, b); /* warm */
	for (size_t i = 0; i < rounds; i++) {
		raw[i] = rate(r->raw, 8, b);
		ours[i] = rate(r->op, r->batch, b);
		ratio[i] = ours[i] / raw[i];
	}
	if (json)
		printf("%s{\"op\":\"%s\",\"raw\":\"%s\",\"per_s\":%.0f,"
		    "\"raw_per_s\":%.0f,\"ratio\":%.4f}", first ? "" : ",",
		    r->name, r->raw_name, median(ours, rounds),
		    median(raw, rounds), median(ratio, rounds));
	else
		printf("%-22s %10.0f /s   %-16s %10.0f /s   ratio %.3f\n",
		    r->name, median(ours, rounds), r->raw_name,
		    median(raw, rounds), median(ratio, rounds));
}

static EVP_PKEY *
read_key(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);

	must(key != NULL, "reading the key");
	BIO_free(bio);
	return key;
}

static EVP_PKEY *
read_cert_key(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *x = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	EVP_PKEY *key = X509_get_pubkey(x);

	must(key != NULL, "reading the certificate");
	X509_free(x);
	BIO_free(bio);
	return key;
}

static char *
pki_file(const struct certs_testpki *pki, const char *name)
{
	struct certs_testpki_file f;
	char *text = NULL;

	for (size_t i = 0; certs_testpki_file(pki, i, &f); i++)
		if (strcmp(f.name, name) == 0)
			text = strdup(f.pem);
	must(text != NULL, name);
	return text;
}

static void
make_pki(struct bench *b)
{
	struct certs_testpki_opts opts = { .size = sizeof(opts),
		.now = b->now };
	struct certs_testpki *pki = NULL;

	must(certs_testpki_new(&opts, &pki) == SHAKEN_OK, "test PKI");
	b->key = pki_file(pki, "key.pem");
	b->root = pki_file(pki, "root.pem");
	b->chain_pem = pki_file(pki, "chain.pem");
	certs_testpki_free(&pki);
}

static void
setup(struct bench *b)
{
	struct shaken_trust_opts opts = { .size = sizeof(opts),
		.crl_policy = SHAKEN_CRL_SOFT };
	struct shaken_signer_conf conf = { .size = sizeof(conf),
		.x5u = SHAKEN_SV_LIT(X5U) };
	EVP_PKEY *priv, *pub;

	b->now = (int64_t)time(NULL);
	make_pki(b);
	conf.chain = shaken_sv_cstr(b->chain_pem);
	must(shaken_signer_from_pem(shaken_sv_cstr(b->key), &conf, &b->signer,
	    NULL) == SHAKEN_OK, "signer");
	must(shaken_trust_new(&opts, &b->trust) == SHAKEN_OK, "trust");
	must(shaken_trust_add_anchors(b->trust, shaken_sv_cstr(b->root), NULL,
	    NULL) == SHAKEN_OK, "anchors");
	must(shaken_chain_new(b->trust, shaken_sv_cstr(b->chain_pem),
	    &b->chain, NULL) == SHAKEN_OK, "chain");
	must(shaken_chain_slow_copy(b->chain, &b->fast) == SHAKEN_OK, "copy");
	if (shaken_chain_speed_up(b->fast) != SHAKEN_OK)
		shaken_chain_free(&b->fast); /* not with this libcrypto */
	must(shaken_id_parse(SHAKEN_SV_LIT("12155550121"), NULL, &b->orig) ==
	    SHAKEN_OK, "orig");
	must(shaken_id_parse(SHAKEN_SV_LIT("12155550131"), NULL, &b->dest) ==
	    SHAKEN_OK, "dest");

	memset(b->digest, 0x5a, sizeof(b->digest));
	priv = read_key(b->key);
	pub = read_cert_key(b->chain_pem);
	b->raw_sign = EVP_PKEY_CTX_new_from_pkey(NULL, priv, NULL);
	b->raw_verify = EVP_PKEY_CTX_new_from_pkey(NULL, pub, NULL);
	must(EVP_PKEY_sign_init(b->raw_sign) == 1 &&
	    EVP_PKEY_verify_init(b->raw_verify) == 1, "contexts");
	EVP_PKEY_free(priv);
	EVP_PKEY_free(pub);
	run_raw_sign(b);
	run_sign(b);
}

static void
teardown(struct bench *b)
{
	EVP_PKEY_CTX_free(b->raw_sign);
	EVP_PKEY_CTX_free(b->raw_verify);
	shaken_signer_free(&b->signer);
	shaken_chain_free(&b->chain);
	shaken_chain_free(&b->fast);
	shaken_trust_free(&b->trust);
	free(b->key);
	free(b->root);
	free(b->chain_pem);
}

int
main(int argc, char **argv)
{
	static struct bench b;
	const size_t n = sizeof(rows) / sizeof(rows[0]);
	size_t rounds = 251;
	int json = 0;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0) {
			json = 1;
		} else if (strcmp(argv[i], "--rounds") == 0 && i + 1 < argc) {
			rounds = strtoul(argv[++i], NULL, 10);
			must(rounds > 0 && rounds <= ROUNDS_MAX, "--rounds");
		} else {
			fprintf(stderr, "usage: bench_core [--json] "
			    "[--rounds N]\n");
			return 2;
		}
	}
	setup(&b);
	if (json)
		printf("[");
	for (size_t i = 0; i < n; i++)
		if (b.fast != NULL || !rows[i].needs_table)
			measure(&b, &rows[i], rounds, json, i == 0);
	if (json)
		printf("]\n");
	teardown(&b);
	return 0;
}
