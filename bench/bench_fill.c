/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_fill.c - certificates in number, and calls signed with each of them.
 *
 *	bench_fill [OPTION...] PKI N >CALLS
 *
 * PKI is a directory of "shaken testpki".  Issues N certificates, each over a
 * key of its own, from its intermediate, and prints for each of them one line:
 * a request to verify a call that was signed with it.
 *
 *	--store DIR	put the chains into this store of a cache
 *	--keys DIR	write keyI.pem and chainI.pem, I from 0
 *	--values V	so many Identity values in each request, 1 to 8
 *	--rcd BYTES	an rcd claim with a name of so many bytes
 *	--ahead S	iat so many seconds ahead of the clock: a verifier that
 *			takes as much has longer until the calls are stale
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <shaken/shaken.h>
#include <shakencerts/issue.h>
#include <shakencerts/store.h>

#include "util.h"

#define ORIG "12155550121"
#define DEST "12155550131"
#define VALUES_MAX 8
#define RCD_MAX 4000
#define N_MAX 1000000
#define PATH_LEN 4096
#define HOUR 3600
#define THREADS 2

struct fill {
	const char		*pki, *keys;
	struct certs_store	*store;	/* NULL: none */
	char			*issuer, *issuer_key;
	unsigned char		 tnauthlist[64];
	size_t			 tnauthlist_n;
	char			 claims[RCD_MAX + 64]; /* "": none */
	struct shaken_id	 orig, dest;
	int64_t			 now;
	long			 values, ahead;
};

struct leaf {
	char	*key, *chain;		/* owned */
	char	 url[64];
};

static char *
pki_file(const struct fill *f, const char *name)
{
	char path[PATH_LEN];
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", f->pki, name);
	return bench_read(path, &n);
}

static struct leaf
make_leaf(const struct fill *f, long i)
{
	static const char *const policies[] = { "2.16.840.1.114569.1.1.4" };
	const struct certs_spec spec = {
		.size = sizeof(spec),
		.subject = { .c = "US", .o = "Benchmark",
			.cn = "SHAKEN 1234" },
		.not_before = f->now - HOUR, .not_after = f->now + 24 * HOUR,
		.basic = CERTS_BASIC_LEAF,
		.key_usage = CERTS_KU_DIGITAL_SIGNATURE,
		.policies = policies, .n_policies = 1,
		.tnauthlist = { (const char *)f->tnauthlist,
			f->tnauthlist_n },
	};
	struct leaf l = { .key = NULL };
	char *cert = NULL;
	size_t n;

	bench_must(certs_issue_key(CERTS_KEY_P256, &l.key) == SHAKEN_OK &&
	    certs_issue_cert(&spec, l.key, f->issuer, f->issuer_key, &cert) ==
	    SHAKEN_OK, "a certificate");
	n = strlen(cert) + strlen(f->issuer) + 1;
	l.chain = malloc(n);
	bench_must(l.chain != NULL, "memory");
	snprintf(l.chain, n, "%s%s", cert, f->issuer);
	snprintf(l.url, sizeof(l.url), "https://cert.example.org/%ld.pem", i);
	free(cert);
	return l;
}

static void
put_in_store(const struct fill *f, const struct leaf *l)
{
	const struct certs_stored stored = { .size = sizeof(stored),
		.url = l->url, .fetched = f->now, .until = f->now + 24 * HOUR,
		.pem = shaken_sv_cstr(l->chain) };

	bench_must(certs_store_put(f->store, &stored, NULL) == SHAKEN_OK,
	    "the store");
}

static void
write_file(const char *dir, const char *name, long i, const char *text)
{
	char path[PATH_LEN];
	size_t n = strlen(text);
	int fd;

	snprintf(path, sizeof(path), "%s/%s%ld.pem", dir, name, i);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bench_must(fd >= 0 && write(fd, text, n) == (ssize_t)n &&
	    close(fd) == 0, path);
}

static void
print_value(const struct fill *f, struct shaken_signer *signer, long i)
{
	int64_t iat = (int64_t)time(NULL) + f->ahead;
	struct shaken_sign_req req = { .size = sizeof(req),
		.ppt = SHAKEN_SV_LIT("shaken"),
		.orig = &f->orig, .dest = &f->dest, .n_dest = 1,
		.attest = SHAKEN_SV_LIT("A"), .iat = iat, .now = iat,
		.claims = shaken_sv_cstr(f->claims) };
	char value[SHAKEN_IDENTITY_MAX], origid[SHAKEN_UUID_LEN];
	uint8_t bytes[16] = { (uint8_t)i };
	size_t n;

	shaken_uuid(bytes, origid);
	req.origid = shaken_sv_cstr(origid);
	bench_must(shaken_sign(signer, &req, value, sizeof(value), &n, NULL) ==
	    SHAKEN_OK, "shaken_sign");
	printf("%s\"%.*s\"", i > 0 ? "," : "", (int)n, value);
}

/* An Identity value of ours needs no escapes in JSON. */
static void
print_call(const struct fill *f, const struct leaf *l)
{
	const struct shaken_signer_conf conf = { .size = sizeof(conf),
		.x5u = shaken_sv_cstr(l->url),
		.chain = shaken_sv_cstr(l->chain) };
	struct shaken_signer *signer = NULL;

	bench_must(shaken_signer_from_pem(shaken_sv_cstr(l->key), &conf,
	    &signer, NULL) == SHAKEN_OK, "a signer");
	fputs("{\"orig\":\"" ORIG "\",\"dest\":\"" DEST "\",\"identity\":[",
	    stdout);
	for (long i = 0; i < f->values; i++)
		print_value(f, signer, i);
	fputs("]}\n", stdout);
	shaken_signer_free(&signer);
}

static void
set_claims(struct fill *f, const char *bytes)
{
	int n = (int)bench_number(bytes, 1, RCD_MAX);
	char name[RCD_MAX + 1];

	memset(name, 'n', (size_t)n);
	name[n] = '\0';
	snprintf(f->claims, sizeof(f->claims), "{\"rcd\":{\"nam\":\"%s\"}}",
	    name);
}

static long
parse_args(struct fill *f, int argc, char **argv)
{
	int i = 1;

	for (; i + 1 < argc && argv[i][0] == '-'; i += 2) {
		const char *value = argv[i + 1];

		if (strcmp(argv[i], "--store") == 0)
			bench_must(certs_store_open(value, &f->store, NULL) ==
			    SHAKEN_OK, value);
		else if (strcmp(argv[i], "--keys") == 0)
			f->keys = value;
		else if (strcmp(argv[i], "--values") == 0)
			f->values = bench_number(value, 1, VALUES_MAX);
		else if (strcmp(argv[i], "--rcd") == 0)
			set_claims(f, value);
		else if (strcmp(argv[i], "--ahead") == 0)
			f->ahead = bench_number(value, 0, 300);
		else
			break;
	}
	if (i + 2 != argc) {
		fputs("usage: bench_fill [--store DIR] [--keys DIR] "
		    "[--values V] [--rcd BYTES] [--ahead S] PKI N\n",
		    stderr);
		exit(2);
	}
	f->pki = argv[i];
	return bench_number(argv[i + 1], 1, N_MAX);
}

struct part {			/* every THREADS-th leaf, for a thread */
	pthread_t		 thread;
	const struct fill	*f;
	struct leaf		*leaves;
	long			 first, n;
};

static void *
make_part(void *arg)
{
	const struct part *p = arg;
	const struct fill *f = p->f;

	for (long i = p->first; i < p->n; i += THREADS) {
		struct leaf *l = &p->leaves[i];

		*l = make_leaf(f, i);
		if (f->store != NULL)
			put_in_store(f, l);
		if (f->keys != NULL) {
			write_file(f->keys, "key", i, l->key);
			write_file(f->keys, "chain", i, l->chain);
		}
	}
	return NULL;
}

static void
make_all(const struct fill *f, struct leaf *leaves, long n)
{
	struct part parts[THREADS];

	for (long i = 0; i < THREADS; i++) {
		parts[i] = (struct part){ .f = f, .leaves = leaves, .first = i,
			.n = n };
		bench_must(pthread_create(&parts[i].thread, NULL, make_part,
		    &parts[i]) == 0, "a thread");
	}
	for (long i = 0; i < THREADS; i++)
		pthread_join(parts[i].thread, NULL);
}

int
main(int argc, char **argv)
{
	static struct fill f = { .values = 1 };
	long n = parse_args(&f, argc, argv);
	struct leaf *leaves;

	f.now = (int64_t)time(NULL);
	f.issuer = pki_file(&f, "intermediate.pem");
	f.issuer_key = pki_file(&f, "intermediate-key.pem");
	bench_must(shaken_tnauthlist_encode_spc(SHAKEN_SV_LIT("1234"),
	    f.tnauthlist, sizeof(f.tnauthlist), &f.tnauthlist_n) == SHAKEN_OK &&
	    shaken_id_parse(SHAKEN_SV_LIT(ORIG), NULL, &f.orig) == SHAKEN_OK &&
	    shaken_id_parse(SHAKEN_SV_LIT(DEST), NULL, &f.dest) == SHAKEN_OK,
	    "setup");
	leaves = calloc((size_t)n, sizeof(*leaves));
	bench_must(leaves != NULL, "memory");
	/* First, as it takes minutes where there are many; calls grow stale. */
	make_all(&f, leaves, n);
	for (long i = 0; i < n; i++) {
		print_call(&f, &leaves[i]);
		free(leaves[i].key);
		free(leaves[i].chain);
	}
	bench_must(fflush(stdout) == 0, "writing");
	free(leaves);
	certs_store_close(&f.store);
	free(f.issuer);
	free(f.issuer_key);
	return 0;
}
