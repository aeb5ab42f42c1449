/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fetch_probe.c - a cache that certs_test.py gives orders to.
 *
 *	fetch_probe pki DIR NOW		make the certificates of the test
 *	fetch_probe run DIR [OPTION=VALUE...]
 *
 * "run" reads one order a line from stdin and answers each with one line:
 *
 *	get NOW URL		hit|failed VERDICT TEXT, MS it took
 *	again NOW URL		the same, with certs_cache_refetch()
 *	many N NOW URL...	N gets at once, spread over the URLs
 *	flood N NOW PREFIX	N gets of PREFIX1.pem, PREFIX2.pem, ...
 *	put NOW URL FILE
 *	trust NAME		from now on: roots, revoked, none
 *	stats
 *	drop			free the cache with what is pending
 *
 * Names that end in .test are resolved here, so that no test asks a network.
 */
#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <shakencerts/cache.h>

#include "pki.h"
#include "probe.h"
#include "vectors.h"

#define WORDS 64
#define PORTS 16

/*
 * A resolver for *.test: libcurl finds this function before libc's.
 */
static int
resolve(const char *numeric, const char *service, const struct addrinfo *hints,
    struct addrinfo **res)
{
	int (*real)(const char *, const char *, const struct addrinfo *,
	    struct addrinfo **);

	*(void **)(void *)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	need(real != NULL);
	return real(numeric, service, hints, res);
}

/* Every form in which a machine can be told to talk to itself or its
 * neighbours. */
static const char *const inside[] = {
	"127.0.0.1", "0.0.0.0", "10.0.0.1", "169.254.169.254", "100.64.0.1",
	"::1", "::", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "fd00::1",
	"fe80::1", "2002:7f00:1::",
};

int
getaddrinfo(const char *node, const char *service,
    const struct addrinfo *hints, struct addrinfo **res)
{
	size_t n = node == NULL ? 0 : strlen(node);
	struct addrinfo **tail = res;

	if (n < 5 || strcmp(node + n - 5, ".test") != 0)
		return resolve(node, service, hints, res);
	if (strcmp(node, "unknown.test") == 0)
		return EAI_NONAME;
	if (strcmp(node, "slowname.test") == 0)
		sleep(4);
	if (strcmp(node, "inside.test") != 0)
		return resolve("127.0.0.1", service, hints, res);
	for (size_t i = 0; i < sizeof(inside) / sizeof(*inside); i++) {
		if (resolve(inside[i], service, hints, tail) != 0)
			continue;
		while (*tail != NULL)
			tail = &(*tail)->ai_next;
	}
	return *res == NULL ? EAI_NONAME : 0;
}

/*
 * The certificates of the test.
 */

/* A subjectAltName with DNS names: GeneralNames, RFC 5280 section 4.2.1.6. */
static struct shaken_sv
alt_names(const char *const *names, char *out)
{
	size_t n = 2;

	for (; *names != NULL; names++) {
		size_t len = strlen(*names);

		out[n++] = (char)0x82;
		out[n++] = (char)len;
		memcpy(out + n, *names, len);
		n += len;
	}
	need(n - 2 < 128);
	out[0] = 0x30;
	out[1] = (char)(n - 2);
	return (struct shaken_sv){ out, n };
}

static void
make_tls(const char *dir, int64_t now)
{
	static const char *const mine[] = { "localhost", "a.test", "b.test",
	    "inside.test", "slowname.test", NULL };
	static const char *const other[] = { "other.test", NULL };
	struct test_pki p;
	struct test_cert web = { .key = NULL };
	struct certs_ext san = { .oid = "2.5.29.17" };
	char der[160];

	test_pki_init(&p);
	p.root.spec.not_before = now - TEST_DAY;
	p.root.spec.not_after = now + TEST_DAY;
	test_cert_make(&p.root, NULL);
	write_file(dir, "tls-ca.pem", p.root.pem, "");
	for (int i = 0; i < 3; i++) {
		static const char *const file[] = { "tls.pem",
		    "tls-expired.pem", "tls-other.pem" };

		web.spec = (struct certs_spec){ .size = sizeof(web.spec),
		    .subject = { .cn = "web server" }, .exts = &san,
		    .n_exts = 1, .key_usage = CERTS_KU_DIGITAL_SIGNATURE,
		    .not_before = now - TEST_DAY / 2,
		    .not_after = i == 1 ? now - 60 : now + TEST_DAY / 2 };
		san.der = alt_names(i == 2 ? other : mine, der);
		test_cert_make(&web, &p.root);
		write_file(dir, file[i], web.pem, web.key);
		test_cert_free(&web);
	}
	test_pki_free(&p);
}

static void
make_pki(const char *dir, int64_t now)
{
	struct test_pki p, q;
	struct certs_crl_spec crl = test_crl_spec();
	struct certs_crl_entry entry = { .serial = "77",
	    .issuer = &p.inter.spec.subject };
	char *text;

	test_pki_init(&p);
	p.leaf.spec.serial = "77";
	test_pki_make(&p);
	write_file(dir, "roots.pem", p.root.pem, "");
	write_file(dir, "chain.pem", p.chain, "");
	write_file(dir, "swapped.pem", p.inter.pem, p.leaf.pem);
	write_file(dir, "withkey.pem", p.chain, p.leaf.key);
	write_file(dir, "pa.pem", p.pa.pem, "");
	crl.entries = &entry;
	crl.n_entries = 1;
	text = test_crl_make(&crl, &p.crl_signer);
	write_file(dir, "crl.pem", text, p.crl_signer.pem);
	free(text);

	/* the same provider's next certificate; one that ends in an hour */
	test_cert_free(&p.leaf);
	test_pki_init(&q);
	p.leaf.spec = q.leaf.spec;
	test_cert_make(&p.leaf, &p.inter);
	write_file(dir, "next.pem", p.leaf.pem, p.inter.pem);
	free(p.leaf.pem);
	p.leaf.pem = NULL;
	p.leaf.spec.not_after = TEST_NOW + 3600;
	test_cert_make(&p.leaf, &p.inter);
	write_file(dir, "short.pem", p.leaf.pem, p.inter.pem);
	free(p.leaf.pem);
	p.leaf.pem = NULL;
	p.leaf.spec.not_after = TEST_NOW - 3600;
	test_cert_make(&p.leaf, &p.inter);
	write_file(dir, "expired.pem", p.leaf.pem, p.inter.pem);
	test_pki_free(&p);

	/* a chain of somebody else's root */
	test_pki_make(&q);
	write_file(dir, "stranger.pem", q.chain, "");
	test_pki_free(&q);
	make_tls(dir, now);
}

static struct shaken_trust *
load_trust(const char *dir, const char *name)
{
	struct shaken_trust_opts o = { .size = sizeof(o),
	    .crl_policy = SHAKEN_CRL_SOFT };
	static const struct {
		const char	*file;
		enum shaken_err	(*add)(struct shaken_trust *, struct shaken_sv,
				    size_t *, struct shaken_diag *);
	} files[] = {
		{ "roots.pem", shaken_trust_add_anchors },
		{ "pa.pem", shaken_trust_add_crl_anchors },
	};
	struct shaken_trust *t;
	char path[LINE], *text;

	need(shaken_trust_new(&o, &t) == SHAKEN_OK);
	if (strcmp(name, "none") == 0)
		return t;
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i].file);
		text = test_read_file(path);
		need(files[i].add(t, shaken_sv_cstr(text), NULL, NULL) ==
		    SHAKEN_OK);
		free(text);
	}
	if (strcmp(name, "revoked") != 0)
		return t;
	snprintf(path, sizeof(path), "%s/crl.pem", dir);
	text = test_read_file(path);
	need(shaken_trust_add_crl(t, shaken_sv_cstr(text), NULL) ==
	    SHAKEN_OK);
	free(text);
	return t;
}

/*
 * Orders.
 */
struct probe {
	const char		*dir;
	struct certs_cache	*cache;
	struct shaken_trust	*trust;
	pthread_mutex_t		 lock;
	pthread_cond_t		 cond;
	/* of pending gets */
	size_t			 pending, hits, failed;
	struct shaken_chain	*chain;	/* the last one that came */
	struct shaken_diag	 why;
};

static int64_t
ms_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
on_chain(void *arg, struct shaken_chain *chain, const struct shaken_diag *why)
{
	struct probe *p = arg;

	pthread_mutex_lock(&p->lock);
	p->pending--;
	p->hits += chain != NULL;
	p->failed += chain == NULL;
	shaken_chain_free(&p->chain);
	if (chain != NULL)
		p->chain = shaken_chain_ref(chain);
	p->why = *why;
	pthread_cond_signal(&p->cond);
	pthread_mutex_unlock(&p->lock);
}

static void
wait_pending(struct probe *p)
{
	pthread_mutex_lock(&p->lock);
	while (p->pending > 0)
		pthread_cond_wait(&p->cond, &p->lock);
	pthread_mutex_unlock(&p->lock);
}

static void
show(enum certs_got got, struct shaken_chain *chain, int64_t now,
    const struct shaken_diag *why, int64_t since)
{
	struct shaken_diag d = { "" };
	struct shaken_sv serial = { "", 0 };
	bool ok = chain != NULL &&
	    shaken_chain_check(chain, now, &d) == SHAKEN_OK;

	if (chain != NULL)
		serial = shaken_cert_serial(shaken_chain_cert(chain, 0));
	printf("%s\t%s\t%.*s\t%s\t%lld\n", got == CERTS_HIT ? "hit" : "failed",
	    chain == NULL ? "-" : ok ? "trusted" : "untrusted",
	    (int)serial.n, serial.p, got == CERTS_HIT ? d.text : why->text,
	    (long long)(ms_now() - since));
}

static void
do_get(struct probe *p, int64_t now, const char *url)
{
	struct shaken_chain *chain;
	struct shaken_diag why;
	int64_t since = ms_now();
	enum certs_got got = certs_cache_wait(p->cache, p->trust,
	    shaken_sv_cstr(url), now, 0, &chain, &why);

	show(got, chain, now, &why, since);
	shaken_chain_free(&chain);
}

static void
do_again(struct probe *p, int64_t now, const char *url)
{
	struct shaken_diag why;
	int64_t since = ms_now();
	enum certs_got got;

	shaken_chain_free(&p->chain);
	p->pending = 1;
	got = certs_cache_refetch(p->cache, p->trust, shaken_sv_cstr(url), now,
	    on_chain, p, &why);
	if (got == CERTS_PENDING) {
		wait_pending(p);
		why = p->why;
	}
	p->pending = 0;
	show(p->chain != NULL ? CERTS_HIT : CERTS_FAILED, p->chain, now, &why,
	    since);
}

/* One of many: counts itself unless it is pending. */
static void
get_one(struct probe *p, int64_t now, const char *url)
{
	struct shaken_chain *chain = NULL;
	enum certs_got got;

	pthread_mutex_lock(&p->lock);
	p->pending++;
	pthread_mutex_unlock(&p->lock);
	got = certs_cache_get(p->cache, p->trust, shaken_sv_cstr(url), now,
	    on_chain, p, &chain, NULL);
	shaken_chain_free(&chain);
	if (got == CERTS_PENDING)
		return;
	pthread_mutex_lock(&p->lock);
	p->pending--;
	p->hits += got == CERTS_HIT;
	p->failed += got == CERTS_FAILED;
	pthread_mutex_unlock(&p->lock);
}

struct burst {
	struct probe	*p;
	size_t		 n;
	int64_t		 now;
	char *const	*urls;
	size_t		 n_urls;
};

static void *
run_burst(void *arg)
{
	struct burst *b = arg;

	for (size_t i = 0; i < b->n; i++)
		get_one(b->p, b->now, b->urls[i % b->n_urls]);
	return NULL;
}

#define THREADS 4

static void
do_many(struct probe *p, size_t n, int64_t now, char *const *urls,
    size_t n_urls)
{
	struct burst b = { p, n / THREADS, now, urls, n_urls };
	pthread_t t[THREADS];
	int64_t since = ms_now();

	p->hits = p->failed = 0;
	for (int i = 0; i < THREADS; i++)
		need(pthread_create(&t[i], NULL, run_burst, &b) == 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	wait_pending(p);
	printf("%zu\t%zu\t%lld\n", p->hits, p->failed,
	    (long long)(ms_now() - since));
}

static void
do_flood(struct probe *p, size_t n, int64_t now, const char *prefix)
{
	int64_t since = ms_now();
	char url[LINE];

	p->hits = p->failed = 0;
	for (size_t i = 0; i < n; i++) {
		snprintf(url, sizeof(url), "%s%zu.pem", prefix, i);
		get_one(p, now, url);
		/* as many as calls may wait at a time */
		pthread_mutex_lock(&p->lock);
		while (p->pending > 1000)
			pthread_cond_wait(&p->cond, &p->lock);
		pthread_mutex_unlock(&p->lock);
	}
	wait_pending(p);
	printf("%zu\t%zu\t%lld\n", p->hits, p->failed,
	    (long long)(ms_now() - since));
}

static void
do_put(struct probe *p, int64_t now, const char *url, const char *file)
{
	char *text = test_read_file(file);
	struct shaken_diag d;

	printf("%s\n", shaken_errname((int)certs_cache_put(p->cache, p->trust,
	    shaken_sv_cstr(url), shaken_sv_cstr(text), now, &d)));
	free(text);
}

static void
do_stats(struct probe *p)
{
	struct certs_cache_stats s;
	long rss = 0;
	FILE *f;

	certs_cache_stats(p->cache, &s);
#define P(name) printf("%s=%llu\t", #name, (unsigned long long)s.name)
	P(hits); P(negative_hits); P(misses); P(joined); P(rejudged); P(stale);
	P(fetches); P(not_modified); P(type_mismatches); P(evictions);
	P(store_loaded); P(store_corrupt); P(store_errors); P(entries);
	P(bad_entries); P(bytes); P(in_flight);
#undef P
	for (int i = 0; i < CERTS_FETCH_ENDS; i++)
		printf("%s=%llu\t", certs_fetch_end_name(
		    (enum certs_fetch_end)i), (unsigned long long)s.ends[i]);
	f = fopen("/proc/self/statm", "r");
	if (f != NULL && fscanf(f, "%*d %ld", &rss) == 1)
		printf("rss=%ld\t", rss * sysconf(_SC_PAGESIZE));
	if (f != NULL)
		fclose(f);
	printf("\n");
}

/* Free the cache while gets are pending: each must have been told. */
static void
do_drop(struct probe *p, int64_t now, const char *url)
{
	int64_t since = ms_now();

	p->hits = p->failed = 0;
	for (int i = 0; i < 10; i++)
		get_one(p, now, url);
	certs_cache_free(&p->cache);
	printf("%zu\t%zu\t%zu\t%s\t%lld\n", p->pending, p->hits, p->failed,
	    p->why.text, (long long)(ms_now() - since));
}

static void
obey(struct probe *p, char **word, size_t n)
{
	int64_t now = n > 1 ? strtoll(word[1], NULL, 10) : 0;

	if (strcmp(word[0], "get") == 0 && n == 3)
		do_get(p, now, word[2]);
	else if (strcmp(word[0], "again") == 0 && n == 3)
		do_again(p, now, word[2]);
	else if (strcmp(word[0], "many") == 0 && n > 3)
		do_many(p, (size_t)now, strtoll(word[2], NULL, 10), word + 3,
		    n - 3);
	else if (strcmp(word[0], "flood") == 0 && n == 4)
		do_flood(p, (size_t)now, strtoll(word[2], NULL, 10), word[3]);
	else if (strcmp(word[0], "put") == 0 && n == 4)
		do_put(p, now, word[2], word[3]);
	else if (strcmp(word[0], "drop") == 0 && n == 3)
		do_drop(p, now, word[2]);
	else if (strcmp(word[0], "stats") == 0)
		do_stats(p);
	else if (strcmp(word[0], "trust") == 0 && n == 2) {
		shaken_trust_free(&p->trust);
		p->trust = load_trust(p->dir, word[1]);
		printf("ok\n");
	} else
		printf("no such order\n");
	fflush(stdout);
}

static bool
set_option(struct certs_cache_opts *o, uint16_t *ports, const char *text)
{
	const char *v = strchr(text, '=');
	size_t n = v == NULL ? 0 : (size_t)(v++ - text);
	long long x = v == NULL ? 0 : strtoll(v, NULL, 10);

#define IS(name) (n == strlen(name) && strncmp(text, name, n) == 0)
	if (IS("total_ms"))		o->fetch.total_ms = (unsigned)x;
	else if (IS("connect_ms"))	o->fetch.connect_ms = (unsigned)x;
	else if (IS("max_parallel"))	o->fetch.max_parallel = (unsigned)x;
	else if (IS("max_per_host"))	o->fetch.max_per_host = (unsigned)x;
	else if (IS("allow_private"))	o->fetch.allow_private = x != 0;
	else if (IS("allow_http"))	o->fetch.allow_http = x != 0;
	else if (IS("tls_ca"))		o->fetch.tls_ca = v;
	else if (IS("max_entries"))	o->max_entries = (size_t)x;
	else if (IS("max_bytes_total"))	o->max_bytes_total = (size_t)x;
	else if (IS("stale_s"))		o->stale_s = x;
	else if (IS("store_dir"))	o->store_dir = v;
	else if (IS("port") && o->fetch.n_ports < PORTS)
		ports[o->fetch.n_ports++] = (uint16_t)x;
	else
		return false;
#undef IS
	return true;
}

static int
run(const char *dir, char **options)
{
	struct certs_cache_opts o = { .size = sizeof(o),
	    .fetch = { .size = sizeof(o.fetch) } };
	struct probe p = { .dir = dir, .lock = PTHREAD_MUTEX_INITIALIZER,
	    .cond = PTHREAD_COND_INITIALIZER };
	struct shaken_diag d;
	char line[LINE], *word[WORDS], *save;
	uint16_t ports[PORTS];

	o.fetch.ports = ports;
	for (; *options != NULL; options++)
		if (!set_option(&o, ports, *options)) {
			fprintf(stderr, "no such option: %s\n", *options);
			return 2;
		}
	if (certs_cache_new(&o, &p.cache, &d) != SHAKEN_OK) {
		printf("error %s\n", d.text);
		return 1;
	}
	p.trust = load_trust(dir, "roots");
	printf("ready\n");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		size_t n = 0;

		for (char *w = strtok_r(line, " \n", &save); w != NULL &&
		    n < WORDS; w = strtok_r(NULL, " \n", &save))
			word[n++] = w;
		if (n > 0)
			obey(&p, word, n);
	}
	certs_cache_free(&p.cache);
	shaken_chain_free(&p.chain);
	shaken_trust_free(&p.trust);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "pki") == 0)
		make_pki(argv[2], strtoll(argv[3], NULL, 10));
	else if (argc >= 3 && strcmp(argv[1], "run") == 0)
		return run(argv[2], argv + 3);
	else
		return 2;
	return 0;
}
