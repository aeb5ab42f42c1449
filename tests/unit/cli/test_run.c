/* SPDX-License-Identifier: Apache-2.0 */
/* test_run.c - many threads judge, and it comes out as with one.
 * ThreadSanitizer is the judge of how they do it. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include <shaken/signer.h>

#include "pki.h"
#include "run.h"

#define URLS 40
#define CALLS 3000	/* every other one is of the first URL, so that a table
			 * is made for its chain while others use it */
#define VALUE 1024

static struct test_pki pki;
static struct shaken_trust *trust;
static char dir[] = "/tmp/shaken-run-XXXXXX", chain_path[64], lines_path[64];

static void
sign(int i, char value[VALUE])
{
	struct shaken_signer_conf conf = { .size = sizeof(conf) };
	struct shaken_signer *signer;
	struct shaken_id orig, dest;
	struct shaken_sign_req req = { .size = sizeof(req),
		.ppt = SHAKEN_SV_LIT("shaken"), .orig = &orig, .dest = &dest,
		.n_dest = 1, .attest = SHAKEN_SV_LIT("A"),
		.origid = SHAKEN_SV_LIT("123e4567-e89b-12d3-a456-426655440000"),
		.iat = TEST_NOW, .now = TEST_NOW };
	char x5u[64];
	size_t n;

	/* the last of them names no file */
	snprintf(x5u, sizeof(x5u), "https://h%d.example/%s.pem", i,
	    i == URLS - 1 ? "none" : "chain");
	conf.x5u = shaken_sv_cstr(x5u);
	cr_assert_eq(shaken_id_from_tn(SHAKEN_SV_LIT("12155550112"), NULL,
	    &orig), SHAKEN_OK);
	cr_assert_eq(shaken_id_from_tn(SHAKEN_SV_LIT("12155550113"), NULL,
	    &dest), SHAKEN_OK);
	cr_assert_eq(shaken_signer_from_pem(shaken_sv_cstr(pki.leaf.key),
	    &conf, &signer, NULL), SHAKEN_OK);
	cr_assert_eq(shaken_sign(signer, &req, value, VALUE, &n, NULL),
	    SHAKEN_OK);
	value[n] = '\0';
	shaken_signer_free(&signer);
}

static void
write_files(void)
{
	static char value[URLS][VALUE];
	FILE *f;

	snprintf(chain_path, sizeof(chain_path), "%s/chain.pem", dir);
	snprintf(lines_path, sizeof(lines_path), "%s/calls", dir);
	f = fopen(chain_path, "w");
	cr_assert_not_null(f);
	cr_assert(fputs(pki.chain, f) >= 0 && fclose(f) == 0);
	for (int i = 0; i < URLS; i++)
		sign(i, value[i]);
	f = fopen(lines_path, "w");
	cr_assert_not_null(f);
	for (int i = 0; i < CALLS; i++)
		fprintf(f, "{\"identity\":\"%s\",\"orig\":\"12155550112\","
		    "\"dest\":\"12155550113\",\"time\":%lld}\n",
		    value[i % 2 == 0 ? 0 : i / 2 % URLS], (long long)TEST_NOW);
	cr_assert_eq(fclose(f), 0);
}

static void
setup(void)
{
	struct shaken_trust_opts opts = { .size = sizeof(opts),
		.crl_policy = SHAKEN_CRL_SOFT };

	test_pki_init(&pki);
	test_pki_make(&pki);
	cr_assert_eq(shaken_trust_new(&opts, &trust), SHAKEN_OK);
	cr_assert_eq(shaken_trust_add_anchors(trust,
	    shaken_sv_cstr(pki.root.pem), NULL, NULL), SHAKEN_OK);
	cr_assert_not_null(mkdtemp(dir));
	write_files();
}

static void
teardown(void)
{
	unlink(chain_path);
	unlink(lines_path);
	rmdir(dir);
	shaken_trust_free(&trust);
	test_pki_free(&pki);
}

/* The records; new. */
static char *
run(size_t threads, uint64_t by[AUDIT_RESULTS])
{
	struct audit_book_opts bopts = { .dir = dir };
	struct cli_policy policy = { .country = NULL };
	struct audit_conf conf = { .policy = &policy, .trust = trust };
	char *const file = lines_path;
	char *out = NULL;
	struct audit_run_opts opts = { .conf = &conf,
		.format = AUDIT_JSON_LINES, .threads = threads,
		.files = &file, .n_files = 1 };
	struct audit_tally *tally = calloc(1, sizeof(*tally));
	size_t n;
	FILE *f = open_memstream(&out, &n);

	cr_assert(tally != NULL && f != NULL);
	cr_assert_eq(audit_book_open(&bopts, trust, &conf.book), CLI_OK);
	cr_expect_eq(audit_run(&opts, f, tally), CLI_NO);
	audit_book_close(&conf.book);
	cr_assert_eq(fclose(f), 0);
	memcpy(by, tally->by, sizeof(tally->by));
	audit_tally_clear(tally);
	free(tally);
	return out;
}

TestSuite(run, .init = setup, .fini = teardown);

Test(run, threads)
{
	uint64_t by[AUDIT_RESULTS], by_one[AUDIT_RESULTS];
	char *one = run(1, by_one), *many = run(8, by);

	/* of odd calls those of URL 39, which has no chain */
	cr_expect_eq(by[AUDIT_UNDECIDED], CALLS / 2 / URLS);
	cr_expect_eq(by[AUDIT_PASSED], CALLS - by[AUDIT_UNDECIDED]);
	cr_expect(memcmp(by, by_one, sizeof(by)) == 0, "the counts differ");
	cr_expect(strcmp(one, many) == 0, "the records differ");
	free(one);
	free(many);
}
