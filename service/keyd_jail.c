/* SPDX-License-Identifier: Apache-2.0 */
/* keyd_jail.c - what the key process gives up before it answers. */
#include <signal.h>

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <openssl/crypto.h>
#include <seccomp.h>

#include "keyd_jail.h"

/* For one key's numbers, and for those of the signatures under way. */
#define SECURE_KEY 1024
#define SECURE_BASE 65536
#define SECURE_MIN 32

bool
svc_jail_prepare(size_t n_keys, const char **why)
{
	const struct rlimit none = { 0, 0 };
	size_t size = SECURE_BASE;

	*why = "prctl or setrlimit failed";
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 ||
	    setrlimit(RLIMIT_CORE, &none) != 0)
		return false;
	while (size < SECURE_BASE + n_keys * SECURE_KEY)
		size *= 2;
	/* 2: not locked, for RLIMIT_MEMLOCK is less.  It serves even so. */
	*why = "no memory for keys";
	return CRYPTO_secure_malloc_init(size, SECURE_MIN) != 0;
}

/* gcc says it one way, clang the other. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define WITH_ASAN 1
#endif

/* What a signature takes: packets, locks, random numbers, memory; and an end. */
static const int allowed[] = {
	SCMP_SYS(recvfrom), SCMP_SYS(sendto), SCMP_SYS(futex),
	SCMP_SYS(getrandom), SCMP_SYS(getpid), /* OpenSSL looks for a fork */
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
	SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(sched_yield),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall),
	SCMP_SYS(exit), SCMP_SYS(exit_group),
#ifdef WITH_ASAN
	SCMP_SYS(sigaltstack),	/* where a function does not return */
#endif
};

static int
add_rules(scmp_filter_ctx f)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(allowed) / sizeof(*allowed);
	    i++)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, allowed[i], 0);
	/* Memory, but of no file, and never to be executed. */
	if (rc == 0)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
		    SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS));
	if (rc == 0)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	return rc;
}

bool
svc_jail_enter(const char **why)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_KILL_PROCESS);
	bool ok = f != NULL &&
	    seccomp_attr_set(f, SCMP_FLTATR_CTL_NNP, 1) == 0 &&
	    seccomp_attr_set(f, SCMP_FLTATR_CTL_TSYNC, 1) == 0 &&
	    add_rules(f) == 0 && seccomp_load(f) == 0;

	*why = ok ? NULL : "seccomp is refused: the kernel, or a filter around "
	    "this process, does not permit it";
	if (f != NULL)
		seccomp_release(f);
	return ok;
}
