/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oom.h - fail the n-th allocation: ours, jansson's and OpenSSL's.
 *
 * The program must be linked with -Wl,--wrap for malloc, calloc, realloc and
 * reallocarray (tests/CMakeLists.txt).
 */
#ifndef TEST_OOM_H
#define TEST_OOM_H

#include <stdbool.h>

/* The n-th allocation from now (0: the next) fails, once; none after it; n < 0:
 * none at all.  Without openssl, only those of this project and of jansson are
 * counted and failed. */
void test_oom_arm(long n, bool openssl);

/* Stop; whether the failure happened. */
bool test_oom_disarm(void);

/* Allocations since test_oom_arm(). */
long test_oom_count(void);

#endif
