/* SPDX-License-Identifier: Apache-2.0 */
/* oom_wrap.h - the wrapped allocators behind testlib/oom.h; included once, by
 * the test that is linked with --wrap. */
#include <stdlib.h>

#include <jansson.h>
#include <openssl/crypto.h>

#include "oom.h"

static long left = -1;	/* allocations until the one that fails; -1: none will */
static long count;
static bool with_openssl;

static bool
spend(void)
{
	count++;
	return left < 0 || left-- > 0;
}

void
test_oom_arm(long n, bool openssl)
{
	left = n;
	with_openssl = openssl;
	count = 0;
}

bool
test_oom_disarm(void)
{
	bool hit = left < 0;

	left = -1;
	return hit;
}

long
test_oom_count(void)
{
	return count;
}

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_reallocarray(void *p, size_t n, size_t size);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_reallocarray(void *p, size_t n, size_t size);

void *
__wrap_malloc(size_t n)
{
	return spend() ? __real_malloc(n) : NULL;
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return spend() ? __real_calloc(n, size) : NULL;
}

void *
__wrap_realloc(void *p, size_t n)
{
	return spend() ? __real_realloc(p, n) : NULL;
}

void *
__wrap_reallocarray(void *p, size_t n, size_t size)
{
	return spend() ? __real_reallocarray(p, n, size) : NULL;
}

static void *
ossl_malloc(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return !with_openssl || spend() ? __real_malloc(n) : NULL;
}

static void *
ossl_realloc(void *p, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return !with_openssl || spend() ? __real_realloc(p, n) : NULL;
}

static void
ossl_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

/* OpenSSL refuses once it has allocated anything: hence a constructor. */
__attribute__((constructor)) static void
count_all(void)
{
	if (!CRYPTO_set_mem_functions(ossl_malloc, ossl_realloc, ossl_free))
		abort();
	json_set_alloc_funcs(__wrap_malloc, free);
}
