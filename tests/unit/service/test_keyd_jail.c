/* SPDX-License-Identifier: Apache-2.0 */
/* What a process that has given up everything can still do. */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <criterion/criterion.h>
#include <shakencerts/issue.h>

#include "keyd_jail.h"
#include "keyd_main.h"
#include "keyd_wire.h"

/* Raw system calls: what libc makes of it does not count. */
static void do_open(void) { syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY, 0); }
static void do_read(void) { char c; syscall(SYS_read, 0, &c, 1); }
static void do_write(void) { syscall(SYS_write, 2, "", 0); }
static void do_socket(void) { syscall(SYS_socket, AF_INET, SOCK_STREAM, 0); }
static void do_connect(void) { syscall(SYS_connect, 3, NULL, 0); }
static void do_fork(void) { syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); }
static void do_kill(void) { syscall(SYS_kill, getppid(), 0); }
static void do_prctl(void) { syscall(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0); }
static void do_sendmsg(void) { syscall(SYS_sendmsg, 3, NULL, 0); }
static void do_dup(void) { syscall(SYS_dup, 0); }

static void
do_execve(void)
{
	char *argv[] = { NULL };

	syscall(SYS_execve, "/bin/true", argv, argv);
}

static void
do_ptrace(void)
{
	syscall(SYS_ptrace, 0, 0, 0, 0);
}

static void
do_map_code(void)
{
	syscall(SYS_mmap, NULL, 4096, PROT_READ | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void
do_map_file(void)
{
	syscall(SYS_mmap, NULL, 4096, PROT_READ, MAP_PRIVATE, 0, 0);
}

static void
do_make_code(void)
{
	syscall(SYS_mprotect, NULL, 4096, PROT_READ | PROT_EXEC);
}

static void
do_memory(void)
{
	void *p = malloc(1 << 20);

	if (p == NULL)
		abort();
	memset(p, 1, 1 << 20);
	free(p);
}

static const struct {
	const char	*name;
	void		(*fn)(void);
	bool		 allowed;
} calls[] = {
	{ "memory", do_memory, true },
	{ "openat", do_open, false },
	{ "read", do_read, false },
	{ "write", do_write, false },
	{ "socket", do_socket, false },
	{ "connect", do_connect, false },
	{ "clone", do_fork, false },
	{ "execve", do_execve, false },
	{ "kill", do_kill, false },
	{ "ptrace", do_ptrace, false },
	{ "prctl", do_prctl, false },
	{ "sendmsg, which passes descriptors", do_sendmsg, false },
	{ "dup", do_dup, false },
	{ "mmap of code", do_map_code, false },
	{ "mmap of a file", do_map_file, false },
	{ "mprotect to code", do_make_code, false },
};

/* How a child ends that does this in the jail. */
static int
in_jail(void (*fn)(void))
{
	const char *why;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (!svc_jail_enter(&why))
			_exit(99);
		fn();
		_exit(0);
	}
	cr_assert(pid > 0 && waitpid(pid, &status, 0) == pid);
	return status;
}

Test(keyd_jail, calls)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		int status = in_jail(calls[i].fn);

		if (calls[i].allowed)
			cr_expect_eq(status, 0, "%s: %#x", calls[i].name,
			    (unsigned)status);
		else
			cr_expect(WIFSIGNALED(status) &&
			    WTERMSIG(status) == SIGSYS, "%s: %#x",
			    calls[i].name, (unsigned)status);
	}
}

static atomic_bool begun;

static void *
open_when_told(void *arg)
{
	char c;

	atomic_store(&begun, true);
	if (recv(*(const int *)arg, &c, 1, 0) == 1)
		do_open();
	return NULL;
}

static int fds[2];

static void
let_thread_open(void)
{
	(void)send(fds[1], "", 1, 0);
	for (;;)
		sched_yield();
}

/* A thread that was there before is in it, too. */
Test(keyd_jail, threads)
{
	int status;
	pid_t pid;

	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	pid = fork();
	if (pid == 0) {
		const char *why;
		pthread_t t;

		if (pthread_create(&t, NULL, open_when_told, &fds[0]) != 0)
			_exit(98);
		while (!atomic_load(&begun)) /* to begin takes more calls */
			sched_yield();
		if (!svc_jail_enter(&why))
			_exit(99);
		let_thread_open();
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS, "%#x",
	    (unsigned)status);
}

static struct shaken_signer *signer;

/* What the key process does there: all of a thousand signatures. */
static void
serve_all(void)
{
	struct svc_keyd_keys keys = { .v = &signer, .n = 1 };

	if (!svc_keyd_serve(fds[1], &keys))
		abort();
}

Test(keyd_jail, signing)
{
	struct shaken_signer_conf conf = { .size = sizeof(conf),
		.x5u = SHAKEN_SV_LIT("https://cert.example.org/a.pem") };
	struct svc_wire_req req = { 0, SHAKEN_SV_LIT("shaken probe") };
	struct svc_wire_sig sigs[SVC_WIRE_BATCH];
	uint8_t buf[1000];
	char *key;
	size_t n = 1, len;
	int status;
	pid_t pid;

	cr_assert_eq(certs_issue_key(CERTS_KEY_P256, &key), SHAKEN_OK);
	cr_assert_eq(shaken_signer_from_pem(shaken_sv_cstr(key), &conf, &signer,
	    NULL), SHAKEN_OK);
	free(key);
	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	pid = fork();
	if (pid == 0) {
		const char *why;

		close(fds[0]);
		if (!svc_jail_enter(&why))
			_exit(99);
		serve_all();
		_exit(0);
	}
	close(fds[1]);
	for (int i = 0; i < 1000; i++) {
		len = svc_wire_put_reqs(buf, sizeof(buf), &req, &n);
		cr_assert_eq(send(fds[0], buf, len, 0), (ssize_t)len);
		len = (size_t)recv(fds[0], buf, sizeof(buf), 0);
		cr_assert(svc_wire_get_sigs((struct shaken_sv){
		    (const char *)buf, len }, sigs, &n) && n == 1 &&
		    sigs[0].err == SHAKEN_OK);
	}
	close(fds[0]);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_expect_eq(status, 0, "%#x", (unsigned)status);
	shaken_signer_free(&signer);
}

Test(keyd_jail, prepare)
{
	struct rlimit rl;
	const char *why;
	int sig = 0;

	cr_assert(svc_jail_prepare(1000, &why));
	cr_expect_eq(prctl(PR_GET_DUMPABLE), 0);
	cr_expect_eq(prctl(PR_GET_PDEATHSIG, &sig), 0);
	cr_expect_eq(sig, SIGKILL);
	cr_expect(getrlimit(RLIMIT_CORE, &rl) == 0 && rl.rlim_max == 0);
	prctl(PR_SET_PDEATHSIG, 0);
}
