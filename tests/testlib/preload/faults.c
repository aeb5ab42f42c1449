/* SPDX-License-Identifier: Apache-2.0 */
/*
 * faults.c - what may go wrong below a running program, on order: preloaded
 * into it, and told what to do by whoever has the file $SHAKEN_FAULTS mapped
 * too (tests/integration/service_faults.py).
 *
 * The n-th allocation fails, or the n-th call to OpenSSL; the wall clock is off;
 * a disk is slow.  Counted is the memory in use, so that a leak shows.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/x509_vfy.h>

/* As service_faults.py has it; all are atomic. */
struct faults {
	int64_t	alloc_at;	/* allocations before the one that fails; -1: none */
	int64_t	allocs;		/* since it was set */
	int64_t	live;		/* bytes in use */
	int64_t	crypto_at;	/* as alloc_at: calls to OpenSSL */
	int64_t	crypto_calls;
	int64_t	crypto_returns;	/* what that one returns */
	int64_t	crypto_all;	/* not 0: and those after it */
	int64_t	clock_s;	/* added to the wall clock */
	int64_t	disk_us;	/* what a write or sync of a file takes more */
	int64_t	disk_left;	/* so many of them; -1: all */
	int64_t	failed;		/* faults that happened */
};

static struct faults none = { .alloc_at = -1, .crypto_at = -1 };
static struct faults *faults = &none;

#define GET(field) __atomic_load_n(&faults->field, __ATOMIC_SEQ_CST)
#define ADD(field, n) __atomic_fetch_add(&faults->field, (n), __ATOMIC_SEQ_CST)

/* Whether this is the one; all: or one after it. */
static int
is_the_one(int64_t *left, int all)
{
	int64_t n = __atomic_load_n(left, __ATOMIC_SEQ_CST);

	while (n >= 0)
		if ((n == 0 && all) || __atomic_compare_exchange_n(left, &n,
		    n - 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			break;
	if (n != 0)
		return 0;
	ADD(failed, 1);
	return 1;
}

__attribute__((constructor)) static void
start(void)
{
	const char *path = getenv("SHAKEN_FAULTS");
	int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
	void *p = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*faults),
	    PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (fd >= 0)
		close(fd);
	if (p != MAP_FAILED)
		faults = p;
}

/* -- memory ------------------------------------------------------------- */

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void __libc_free(void *p);

static int
fails(void)
{
	ADD(allocs, 1);
	if (!is_the_one(&faults->alloc_at, 0))
		return 0;
	errno = ENOMEM;
	return 1;
}

static void *
counted(void *p)
{
	if (p != NULL)
		ADD(live, (int64_t)malloc_usable_size(p));
	return p;
}

void *
malloc(size_t n)
{
	return fails() ? NULL : counted(__libc_malloc(n));
}

void *
calloc(size_t n, size_t size)
{
	return fails() ? NULL : counted(__libc_calloc(n, size));
}

void *
realloc(void *p, size_t n)
{
	size_t before = p == NULL ? 0 : malloc_usable_size(p);
	void *q;

	if (fails())
		return NULL;
	q = counted(__libc_realloc(p, n));
	if (q != NULL || n == 0)
		ADD(live, -(int64_t)before);
	return q;
}

void *
reallocarray(void *p, size_t n, size_t size)
{
	size_t all;

	if (__builtin_mul_overflow(n, size, &all)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(p, all);
}

void
free(void *p)
{
	if (p != NULL)
		ADD(live, -(int64_t)malloc_usable_size(p));
	__libc_free(p);
}

/* -- what is called beneath ----------------------------------------------- */

/* The function that this one stands in front of.  ISO C has no cast from an
 * object's address to a function's. */
#define BENEATH(name) \
	static __typeof__(&(name)) real; \
	if (real == NULL) { \
		void *found = dlsym(RTLD_NEXT, #name); \
		memcpy(&real, &found, sizeof(real)); \
	}

#define OPENSSL_CALL(name, params, args) \
int name params \
{ \
	BENEATH(name) \
	ADD(crypto_calls, 1); \
	return is_the_one(&faults->crypto_at, GET(crypto_all) != 0) ? \
	    (int)GET(crypto_returns) : real args; \
}

OPENSSL_CALL(EVP_PKEY_sign, (EVP_PKEY_CTX *ctx, unsigned char *sig, size_t *n,
    const unsigned char *in, size_t in_n), (ctx, sig, n, in, in_n))
OPENSSL_CALL(EVP_PKEY_verify, (EVP_PKEY_CTX *ctx, const unsigned char *sig,
    size_t n, const unsigned char *in, size_t in_n), (ctx, sig, n, in, in_n))
OPENSSL_CALL(EVP_DigestInit_ex2, (EVP_MD_CTX *ctx, const EVP_MD *md,
    const OSSL_PARAM params[]), (ctx, md, params))
OPENSSL_CALL(EVP_DigestUpdate, (EVP_MD_CTX *ctx, const void *in, size_t n),
    (ctx, in, n))
OPENSSL_CALL(EVP_DigestFinal_ex, (EVP_MD_CTX *ctx, unsigned char *out,
    unsigned *n), (ctx, out, n))
OPENSSL_CALL(EVP_Digest, (const void *in, size_t n, unsigned char *out,
    unsigned *out_n, const EVP_MD *md, ENGINE *e), (in, n, out, out_n, md, e))
OPENSSL_CALL(EVP_Q_digest, (OSSL_LIB_CTX *ctx, const char *name,
    const char *prop, const void *in, size_t n, unsigned char *out,
    size_t *out_n), (ctx, name, prop, in, n, out, out_n))
OPENSSL_CALL(X509_verify_cert, (X509_STORE_CTX *ctx), (ctx))
OPENSSL_CALL(RAND_bytes, (unsigned char *out, int n), (out, n))

/* -- the clock ---------------------------------------------------------- */

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	BENEATH(clock_gettime)
	int rc = real(id, ts);

	if (rc == 0 && id == CLOCK_REALTIME)
		ts->tv_sec += GET(clock_s);
	return rc;
}

time_t
time(time_t *out)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	if (out != NULL)
		*out = ts.tv_sec;
	return ts.tv_sec;
}

int
gettimeofday(struct timeval *tv, void *tz)
{
	struct timespec ts;

	(void)tz;
	if (clock_gettime(CLOCK_REALTIME, &ts) != 0)
		return -1;
	*tv = (struct timeval){ ts.tv_sec, ts.tv_nsec / 1000 };
	return 0;
}

/* -- the disk ----------------------------------------------------------- */

static void
be_slow(int fd)
{
	int64_t us = GET(disk_us), left = GET(disk_left);
	struct stat st;
	struct timespec ts;

	if (us == 0 || left == 0 || fstat(fd, &st) != 0 ||
	    !S_ISREG(st.st_mode))
		return;
	if (left > 0)
		ADD(disk_left, -1);
	ADD(failed, 1);
	ts = (struct timespec){ us / 1000000, us % 1000000 * 1000 };
	nanosleep(&ts, NULL);
}

ssize_t
write(int fd, const void *p, size_t n)
{
	BENEATH(write)
	be_slow(fd);
	return real(fd, p, n);
}

int
fsync(int fd)
{
	BENEATH(fsync)
	be_slow(fd);
	return real(fd);
}
