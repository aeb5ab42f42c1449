/* SPDX-License-Identifier: Apache-2.0 */
/*
 * criterion.h - stands in for Criterion under ThreadSanitizer, which has its
 * shadow where Criterion wants its memory.  As much as tests with threads need:
 * the tests of one file, one after the other, in one process.
 */
#ifndef PLAIN_CRITERION_H
#define PLAIN_CRITERION_H

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define PLAIN_TESTS_MAX 32

static struct {
	void		(*fn)(void);
	const char	 *name;
} plain_tests[PLAIN_TESTS_MAX];
static size_t plain_n;
static struct plain_suite {	/* of a file's one suite; NULL: nothing to do */
	void		(*init)(void);
	void		(*fini)(void);
} plain_suite;
static atomic_int plain_failed;

static inline void
plain_add(void (*fn)(void), const char *name)
{
	if (plain_n == PLAIN_TESTS_MAX)
		abort();
	plain_tests[plain_n].fn = fn;
	plain_tests[plain_n++].name = name;
}

static inline void
plain_check(int good, int fatal, const char *file, int line, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "%s:%d: %s\n", file, line, what);
	atomic_store(&plain_failed, 1);
	if (fatal)
		exit(1);
}

/* A 0 is added where the macro below wants one argument more than there may be:
 * C11 has no empty "...". */
#define Test(...)		PLAIN_TEST(__VA_ARGS__, 0)
#define cr_assert(...)		PLAIN(1, IS, __VA_ARGS__, 0)
#define cr_assert_eq(...)	PLAIN(1, EQ, __VA_ARGS__, 0)
#define cr_assert_gt(...)	PLAIN(1, GT, __VA_ARGS__, 0)
#define cr_assert_not_null(...)	PLAIN(1, NOT_NULL, __VA_ARGS__, 0)
#define cr_expect(...)		PLAIN(0, IS, __VA_ARGS__, 0)
#define cr_expect_not(...)	PLAIN(0, NOT, __VA_ARGS__, 0)
#define cr_expect_eq(...)	PLAIN(0, EQ, __VA_ARGS__, 0)
#define cr_expect_not(...)	PLAIN(0, NOT, __VA_ARGS__, 0)
#define cr_expect_null(...)	PLAIN(0, NOT, __VA_ARGS__, 0)
#define cr_expect_gt(...)	PLAIN(0, GT, __VA_ARGS__, 0)

#define PLAIN_TEST(suite, name, ...)					\
	static void suite##_##name(void);				\
	__attribute__((constructor)) static void			\
	suite##_##name##_add(void)					\
	{								\
		plain_add(suite##_##name, #suite "/" #name);		\
	}								\
	static void suite##_##name(void)

#define TestSuite(suite, ...)						\
	__attribute__((constructor)) static void			\
	suite##_suite(void)						\
	{								\
		plain_suite = (struct plain_suite){ __VA_ARGS__ };	\
	}								\
	struct plain_suite

#define PLAIN(fatal, how, ...)						\
	plain_check(PLAIN_##how(__VA_ARGS__), (fatal), __FILE__, __LINE__, \
	    #how " " #__VA_ARGS__)
#define PLAIN_IS(cond, ...)	((cond) ? 1 : 0)
#define PLAIN_NOT(cond, ...)	((cond) ? 0 : 1)
#define PLAIN_EQ(a, b, ...)	((a) == (b))
#define PLAIN_GT(a, b, ...)	((a) > (b))
#define PLAIN_NOT_NULL(p, ...)	((p) != NULL)

int
main(void)
{
	for (size_t i = 0; i < plain_n; i++) {
		printf("%s\n", plain_tests[i].name);
		if (plain_suite.init != NULL)
			plain_suite.init();
		plain_tests[i].fn();
		if (plain_suite.fini != NULL)
			plain_suite.fini();
	}
	return plain_n > 0 ? atomic_load(&plain_failed) : 1;
}

#endif
