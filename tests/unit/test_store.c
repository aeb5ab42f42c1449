/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <shaken/cert.h>
#include <shakencerts/store.h>

#define N(a) (sizeof(a) / sizeof((a)[0]))

static char dir[64];
static struct certs_store *store;

static void
setup(void)
{
	snprintf(dir, sizeof(dir), "/tmp/test_store.XXXXXX");
	cr_assert_not_null(mkdtemp(dir));
	cr_assert_eq(certs_store_open(dir, &store, NULL), SHAKEN_OK);
}

static void
teardown(void)
{
	char command[128];

	certs_store_close(&store);
	cr_expect_null(store);
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	cr_expect_eq(system(command), 0);
}

TestSuite(store, .init = setup, .fini = teardown);

static struct certs_stored
record(const char *url, struct shaken_sv pem)
{
	return (struct certs_stored){ .size = sizeof(struct certs_stored),
	    .url = url, .fetched = 1700000000, .until = 1700086400,
	    .etag = "\"a b\"", .last_modified = "Tue, 14 Nov 2023",
	    .pem = pem };
}

struct seen {			/* the last one, and how many */
	struct certs_stored	 in;
	char			 url[2048], etag[256], modified[256];
	char			 pem[SHAKEN_PEM_MAX];
	size_t			 n, corrupt;
};

static bool
on_stored(void *arg, const struct certs_stored *in)
{
	struct seen *s = arg;

	s->in = *in;
	snprintf(s->url, sizeof(s->url), "%s", in->url);
	snprintf(s->etag, sizeof(s->etag), "%s", in->etag);
	snprintf(s->modified, sizeof(s->modified), "%s", in->last_modified);
	memcpy(s->pem, in->pem.p, in->pem.n);
	s->n++;
	return true;
}

static struct seen *
look(void)
{
	static struct seen s;

	memset(&s, 0, sizeof(s));
	cr_assert_eq(certs_store_each(store, on_stored, &s, &s.corrupt),
	    SHAKEN_OK);
	return &s;
}

Test(store, round_trip)
{
	char big[SHAKEN_PEM_MAX + 1];
	/* DER has NULs and line ends in it */
	static const char der[] = "0\x82\0\n\n\r\0x";
	const struct shaken_sv bodies[] = { SHAKEN_SV_LIT("x"),
	    SHAKEN_SV_LIT("-----BEGIN\n\n-----END"), SHAKEN_SV_LIT(der),
	    { big, SHAKEN_PEM_MAX } };

	memset(big, '\n', sizeof(big));
	for (size_t i = 0; i < N(bodies); i++) {
		struct certs_stored in = record("https://h/1.pem", bodies[i]);
		struct seen *s;

		cr_assert_eq(certs_store_put(store, &in, NULL), SHAKEN_OK);
		s = look();
		cr_expect_eq(s->n, 1);
		cr_expect_eq(s->corrupt, 0);
		cr_expect_str_eq(s->url, in.url);
		cr_expect_str_eq(s->etag, in.etag);
		cr_expect_str_eq(s->modified, in.last_modified);
		cr_expect_eq(s->in.fetched, in.fetched);
		cr_expect_eq(s->in.until, in.until);
		cr_expect_eq(s->in.pem.n, bodies[i].n);
		cr_expect_arr_eq(s->pem, bodies[i].p, bodies[i].n);
	}
}

Test(store, no_etag)
{
	struct certs_stored in = record("https://h/1", SHAKEN_SV_LIT("x"));

	in.etag = in.last_modified = NULL;
	cr_assert_eq(certs_store_put(store, &in, NULL), SHAKEN_OK);
	cr_expect_str_eq(look()->etag, "");
	cr_expect_str_eq(look()->modified, "");
}

Test(store, refuses)
{
	char big[SHAKEN_PEM_MAX + 1] = { 0 }, url[4096];
	struct certs_stored ok = record("https://h/1", SHAKEN_SV_LIT("x")), in;

	memset(url, 'a', sizeof(url) - 1);
	url[sizeof(url) - 1] = '\0';
	in = ok, in.size--;
	cr_expect_eq(certs_store_put(store, &in, NULL), SHAKEN_E_ARG);
	in = ok, in.url = NULL;
	cr_expect_eq(certs_store_put(store, &in, NULL), SHAKEN_E_ARG);
	in = ok, in.url = "https://h/\nurl x";
	cr_expect_eq(certs_store_put(store, &in, NULL), SHAKEN_E_ARG);
	in = ok, in.etag = "a\nb";
	cr_expect_eq(certs_store_put(store, &in, NULL), SHAKEN_E_ARG);
	in = ok, in.last_modified = "a\rb";
	cr_expect_eq(certs_store_put(store, &in, NULL), SHAKEN_E_ARG);
	in = ok, in.pem.n = 0;
	cr_expect_eq(certs_store_put(store, &in, NULL), SHAKEN_E_ARG);
	in = ok, in.url = url;
	cr_expect_eq(certs_store_put(store, &in, NULL), SHAKEN_E_LIMIT);
	in = ok, in.pem = (struct shaken_sv){ big, sizeof(big) };
	cr_expect_eq(certs_store_put(store, &in, NULL), SHAKEN_E_LIMIT);
	cr_expect_eq(look()->n, 0);
}

Test(store, one_file_a_url)
{
	/* a name made from the URL's characters would make these one */
	static const char *const urls[] = { "https://h/a/b", "https://h/a_b",
	    "https://h/a%2Fb", "https://h/A/b" };

	for (size_t i = 0; i < N(urls); i++) {
		struct certs_stored in = record(urls[i], SHAKEN_SV_LIT("x"));

		cr_assert_eq(certs_store_put(store, &in, NULL), SHAKEN_OK);
		cr_assert_eq(certs_store_put(store, &in, NULL), SHAKEN_OK);
	}
	cr_expect_eq(look()->n, N(urls));
	cr_expect(certs_store_remove(store, urls[0]));
	cr_expect(!certs_store_remove(store, urls[0]));
	cr_expect_eq(look()->n, N(urls) - 1);
}

Test(store, touch)
{
	struct certs_stored in = record("https://h/1", SHAKEN_SV_LIT("body"));
	struct seen *s;

	cr_expect(!certs_store_touch(store, in.url, 1, 2));
	cr_assert_eq(certs_store_put(store, &in, NULL), SHAKEN_OK);
	cr_expect(certs_store_touch(store, in.url, 1800000000, 1800000001));
	s = look();
	cr_expect_eq(s->in.fetched, 1800000000);
	cr_expect_eq(s->in.until, 1800000001);
	cr_expect_str_eq(s->etag, in.etag);
	cr_expect_arr_eq(s->pem, "body", 4);
}

/* SHA-256 of "https://h/1", as sha256sum says. */
#define NAME "9b1332ee1fdd4a75884b7f862b436b42" \
	"b9b2abdab2f8e6a8be8b86fbdc2c45b8.chain"

static void
write_at(const char *name, const char *data, size_t n)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	cr_assert_not_null(f);
	cr_assert_eq(fwrite(data, 1, n, f), n);
	cr_assert_eq(fclose(f), 0);
}

static size_t
read_at(const char *name, char *out, size_t cap)
{
	char path[256];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "r");
	cr_assert_not_null(f, "%s", name);
	n = fread(out, 1, cap, f);
	fclose(f);
	return n;
}

/* Each byte changed, each length cut to: counted, and never shown. */
Test(store, corrupt)
{
	struct certs_stored in = record("https://h/1", SHAKEN_SV_LIT("body\n"));
	char whole[1024], spoilt[1025];
	size_t n;

	cr_assert_eq(certs_store_put(store, &in, NULL), SHAKEN_OK);
	n = read_at(NAME, whole, sizeof(whole));
	cr_assert_gt(n, 150);
	for (size_t i = 0; i < 2 * n; i++) {
		memcpy(spoilt, whole, n);
		if (i < n)
			spoilt[i] ^= 1;
		write_at(NAME, spoilt, i < n ? n : i - n);
		cr_assert_eq(look()->n, 0, "%zu", i);
		cr_assert_eq(look()->corrupt, 1, "%zu", i);
	}
	memcpy(spoilt, whole, n);
	spoilt[n] = 'x';
	write_at(NAME, spoilt, n + 1);
	cr_expect_eq(look()->corrupt, 1, "longer");
	write_at(NAME, whole, n);
	cr_expect_eq(look()->n, 1, "as it was");
}

/* What is no chain's file is left alone; what has the name of one, but is a
 * link, a directory or another URL's, is not read. */
Test(store, strange_files)
{
	struct certs_stored in = record("https://h/1", SHAKEN_SV_LIT("x"));
	char whole[1024], path[256], target[256];
	static const char other[] = "0000000000000000000000000000000000000000"
	    "000000000000000000000000.chain";
	size_t n;

	cr_assert_eq(certs_store_put(store, &in, NULL), SHAKEN_OK);
	n = read_at(NAME, whole, sizeof(whole));
	write_at("README", "x", 1);
	write_at("short.chain", whole, n);
	write_at("9B1332EE1FDD4A75884B7F862B436B42B9B2ABDAB2F8E6A8BE8B86FBDC2C"
	    "45B8.chain", whole, n);
	cr_expect_eq(look()->n, 1);
	cr_expect_eq(look()->corrupt, 0);
	write_at(other, whole, n);
	cr_expect_eq(look()->n, 1);
	cr_expect_eq(look()->corrupt, 1, "another URL's");
	snprintf(path, sizeof(path), "%s/%s", dir, other);
	snprintf(target, sizeof(target), "%s/%s", dir, NAME);
	cr_assert_eq(unlink(path), 0);
	cr_assert_eq(symlink(target, path), 0);
	cr_expect_eq(look()->corrupt, 1, "a link");
	cr_assert_eq(unlink(path), 0);
	cr_assert_eq(mkdir(path, 0700), 0);
	cr_expect_eq(look()->corrupt, 1, "a directory");
	cr_assert_eq(rmdir(path), 0);
	cr_assert_eq(mkfifo(path, 0600), 0);
	cr_expect_eq(look()->corrupt, 1, "a pipe");
}

Test(store, mode)
{
	struct certs_stored in = record("https://h/1", SHAKEN_SV_LIT("x"));
	char path[256];
	struct stat st;

	cr_assert_eq(certs_store_put(store, &in, NULL), SHAKEN_OK);
	snprintf(path, sizeof(path), "%s/%s", dir, NAME);
	cr_assert_eq(stat(path, &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0600);
}

/* What an interrupted write left goes when it is old, not when somebody may
 * still be at it. */
Test(store, leftovers)
{
	struct timespec old[2] = { { .tv_sec = time(NULL) - 7200 },
	    { .tv_sec = time(NULL) - 7200 } };
	char path[256];

	write_at(".tmp-00", "x", 1);
	write_at(".tmp-01", "x", 1);
	snprintf(path, sizeof(path), "%s/.tmp-00", dir);
	cr_assert_eq(utimensat(AT_FDCWD, path, old, 0), 0);
	certs_store_close(&store);
	cr_assert_eq(certs_store_open(dir, &store, NULL), SHAKEN_OK);
	cr_expect_neq(access(path, F_OK), 0);
	snprintf(path, sizeof(path), "%s/.tmp-01", dir);
	cr_expect_eq(access(path, F_OK), 0);
}

/* A writer that is killed at any moment leaves the old chain or the new one. */
Test(store, killed)
{
	static char a[20000], b[20000];
	struct certs_stored in = record("https://h/1",
	    (struct shaken_sv){ a, sizeof(a) });

	memset(a, 'a', sizeof(a));
	memset(b, 'b', sizeof(b));
	cr_assert_eq(certs_store_put(store, &in, NULL), SHAKEN_OK);
	for (int i = 0; i < 30; i++) {
		struct timespec wait = { .tv_nsec = (i * 700000) % 9000000 };
		struct seen *s;
		pid_t child = fork();

		cr_assert_geq(child, 0);
		while (child == 0) {
			in.pem.p = in.pem.p == a ? b : a;
			if (certs_store_put(store, &in, NULL) != SHAKEN_OK)
				_exit(1);
		}
		nanosleep(&wait, NULL);
		cr_assert_eq(kill(child, SIGKILL), 0);
		cr_assert_eq(waitpid(child, NULL, 0), child);
		s = look();
		cr_assert_eq(s->n, 1);
		cr_assert_eq(s->corrupt, 0);
		cr_assert_eq(memcmp(s->pem, s->pem[0] == 'a' ? a : b,
		    sizeof(a)), 0);
	}
}

Test(store, not_a_directory)
{
	struct certs_store *s;
	struct shaken_diag d;
	char path[256];

	write_at("file", "x", 1);
	snprintf(path, sizeof(path), "%s/file", dir);
	cr_expect_eq(certs_store_open(path, &s, &d), SHAKEN_E_ARG);
	cr_expect_null(s);
	cr_expect_not_null(strstr(d.text, path));
	snprintf(path, sizeof(path), "%s/none", dir);
	cr_expect_eq(certs_store_open(path, &s, &d), SHAKEN_E_ARG);
	cr_expect_not_null(strstr(d.text, "No such file"));
}

/* The disk is full, or the directory is gone: said, and nothing is left. */
Test(store, cannot_write)
{
	struct certs_stored in = record("https://h/1", SHAKEN_SV_LIT("x"));
	struct shaken_diag d;

	cr_assert_eq(rmdir(dir), 0);
	cr_expect_eq(certs_store_put(store, &in, &d), SHAKEN_E_ARG);
	cr_expect_neq(d.text[0], '\0');
	cr_expect(!certs_store_touch(store, in.url, 1, 2));
	cr_expect(!certs_store_remove(store, in.url));
}
