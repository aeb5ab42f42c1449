/* SPDX-License-Identifier: Apache-2.0 */
/* One key process as shakend sees it: the real other end in threads of the
 * test, or the test itself, to answer as it should not. */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#include <criterion/criterion.h>
#include <openssl/x509.h>

#include "cert.h"
#include "es256.h"
#include "keyd_main.h"
#include "keyd_proc.h"
#include "pki.h"

#define LANES_MAX 4
#define CALLERS 8
#define EACH 100
/* base64url of {"alg":"ES256","ppt":"shaken","typ":"passport","x5u":X5U} */
#define X5U "https://cert.example.org/a.pem"
#define HEAD "eyJhbGciOiJFUzI1NiIsInBwdCI6InNoYWtlbiIsInR5cCI6InBhc3Nwb3J0IiwieD" \
	"V1IjoiaHR0cHM6Ly9jZXJ0LmV4YW1wbGUub3JnL2EucGVtIn0."

static struct test_pki pki;
static struct svc_keyd_keys keys;
static struct shk_es256 *public;

static int theirs[LANES_MAX];
static pthread_t served[LANES_MAX];

/* Once, for all tests of a process. */
static void
make_keys(void)
{
	struct shaken_signer_conf conf = { .size = sizeof(conf),
		.x5u = SHAKEN_SV_LIT(X5U) };
	static struct shaken_signer *signer;
	struct shaken_cert *cert = NULL;

	if (keys.n > 0)
		return;
	test_pki_init(&pki);
	test_pki_make(&pki);
	cr_assert_eq(shaken_signer_from_pem(shaken_sv_cstr(pki.leaf.key), &conf,
	    &signer, NULL), SHAKEN_OK);
	keys = (struct svc_keyd_keys){ &signer, 1, 1 };
	cr_assert_eq(shaken_cert_parse(shaken_sv_cstr(pki.chain), &cert, NULL),
	    SHAKEN_OK);
	cr_assert_eq(shk_es256_new(X509_get0_pubkey(shk_cert_x509(cert)),
	    &public), SHAKEN_OK);
	shaken_cert_free(&cert);
}

static struct svc_proc *
over(size_t lanes, long timeout_ms)
{
	int ours[LANES_MAX];
	struct svc_proc *p;

	for (size_t i = 0; i < lanes; i++) {
		int fds[2];

		cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
		ours[i] = fds[0];
		theirs[i] = fds[1];
	}
	p = svc_proc_over(ours, lanes, timeout_ms);
	cr_assert_not_null(p);
	make_keys();
	return p;
}

static void *
serve(void *arg)
{
	int fd = *(const int *)arg;

	cr_expect(svc_keyd_serve(fd, &keys));
	close(fd);
	return NULL;
}

static struct svc_proc *
start(size_t lanes)
{
	struct svc_proc *p = over(lanes, 60000);

	for (size_t i = 0; i < lanes; i++)
		cr_assert_eq(pthread_create(&served[i], NULL, serve,
		    &theirs[i]), 0);
	return p;
}

static void
post(void *arg)
{
	sem_post(arg);
}

/* Ask, and wait for it. */
static enum shaken_err
sign(struct svc_proc *p, uint16_t key, struct shaken_sv input, uint8_t *sig)
{
	sem_t done;
	struct svc_ask a = { .req = { key, input }, .done = post,
		.arg = &done };

	sem_init(&done, 0, 0);
	if (!svc_proc_ask(p, &a))
		return SHAKEN_E_CRYPTO;
	while (sem_wait(&done) != 0)
		;
	sem_destroy(&done);
	memcpy(sig, a.sig, sizeof(a.sig));
	return a.err;
}

static void
stop(struct svc_proc **p, size_t lanes)
{
	svc_proc_free(p);
	for (size_t i = 0; i < lanes; i++)
		pthread_join(served[i], NULL);
}

/* -- callers ------------------------------------------------------------ */

struct caller {
	pthread_t	 thread;
	struct svc_proc	*p;
	unsigned	 id, times;
	size_t		 long_input; /* bytes to add */
	unsigned	 good, failed;
};

static void *
call(void *arg)
{
	struct caller *c = arg;
	char *msg = malloc(sizeof(HEAD) + 40 + c->long_input);

	for (unsigned i = 0; i < c->times; i++) {
		uint8_t sig[SHAKEN_ES256_SIG];
		struct shaken_sv in = { msg, (size_t)snprintf(msg,
			sizeof(HEAD) + 40, HEAD "%ux%u", c->id, i) };
		bool good = false;

		memset(msg + in.n, 'x', c->long_input);
		in.n += c->long_input;
		if (sign(c->p, 0, in, sig) != SHAKEN_OK)
			c->failed++;
		else if (shk_es256_verify(public, in, sig, &good) == SHAKEN_OK)
			c->good += good;
	}
	free(msg);
	return NULL;
}

static void
begin(struct caller *c, size_t n, struct svc_proc *p, unsigned times,
    size_t long_input)
{
	for (size_t i = 0; i < n; i++) {
		c[i] = (struct caller){ .p = p, .id = (unsigned)i,
			.times = times, .long_input = long_input };
		cr_assert_eq(pthread_create(&c[i].thread, NULL, call, &c[i]),
		    0);
	}
}

static void
finish(struct caller *c, size_t n, unsigned *good, unsigned *failed)
{
	*good = *failed = 0;
	for (size_t i = 0; i < n; i++) {
		pthread_join(c[i].thread, NULL);
		*good += c[i].good;
		*failed += c[i].failed;
	}
}

/* Everyone gets the signature of what he asked for. */
Test(keyd_proc, many_callers)
{
	for (size_t lanes = 1; lanes <= LANES_MAX; lanes *= 2) {
		struct svc_proc *p = start(lanes);
		struct caller c[CALLERS];
		uint64_t messages, signatures;
		unsigned good, failed;

		begin(c, CALLERS, p, EACH, 0);
		finish(c, CALLERS, &good, &failed);
		cr_expect_eq(good, CALLERS * EACH, "%zu lanes", lanes);
		cr_expect_eq(failed, 0);
		svc_proc_counts(p, &messages, &signatures);
		cr_expect_eq(signatures, CALLERS * EACH);
		cr_expect(messages > 0 && messages <= signatures);
		cr_expect(svc_proc_is_up(p));
		stop(&p, lanes);
	}
}

/* More than one message has room for. */
Test(keyd_proc, long_inputs)
{
	struct svc_proc *p = start(1);
	struct caller c[CALLERS];
	unsigned good, failed;

	begin(c, CALLERS, p, 10, 20000);
	finish(c, CALLERS, &good, &failed);
	cr_expect_eq(good, CALLERS * 10);
	stop(&p, 1);
}

Test(keyd_proc, refused)
{
	struct svc_proc *p = start(1);
	uint8_t sig[SHAKEN_ES256_SIG];

	cr_expect_eq(sign(p, 0, SHAKEN_SV_LIT("sign this"), sig),
	    SHAKEN_E_SYNTAX, "it is no oracle");
	cr_expect_eq(sign(p, 1, SHAKEN_SV_LIT("shaken probe"), sig),
	    SHAKEN_E_ARG, "no such key");
	cr_expect_eq(sign(p, 0, SHAKEN_SV_LIT("shaken probe"), sig),
	    SHAKEN_OK, "and goes on");
	cr_expect(svc_proc_is_up(p));
	stop(&p, 1);
}

/* -- the test as the other end ------------------------------------------ */

/* Take one message; how many are asked for. */
static size_t
take(uint8_t *buf)
{
	struct svc_wire_req reqs[SVC_WIRE_BATCH];
	ssize_t len = recv(theirs[0], buf, SVC_WIRE_MAX, 0);
	size_t n = 0;

	cr_assert_gt(len, 0);
	cr_assert(svc_wire_get_reqs((struct shaken_sv){ (const char *)buf,
	    (size_t)len }, reqs, &n));
	return n;
}

static void
give(uint8_t *buf, size_t n)
{
	static const struct svc_wire_sig sigs[SVC_WIRE_BATCH];
	size_t len = svc_wire_put_sigs(buf, SVC_WIRE_MAX, sigs, n);

	cr_assert_eq(send(theirs[0], buf, len, MSG_NOSIGNAL), (ssize_t)len);
}

/* Who comes while a message is under way is asked for with others. */
Test(keyd_proc, batches)
{
	static uint8_t buf[SVC_WIRE_MAX];
	struct svc_proc *p = over(1, 60000);
	struct caller c[CALLERS];
	unsigned good, failed;
	size_t n;

	begin(c, 1, p, 1, 0);
	cr_expect_eq(take(buf), 1);
	begin(c + 1, CALLERS - 1, p, 1, 0);
	usleep(300000);
	give(buf, 1);
	n = take(buf);
	cr_expect_gt(n, 1, "%zu", n);
	give(buf, n);
	for (size_t all = 1 + n; all < CALLERS; all += n)
		give(buf, n = take(buf));
	finish(c, CALLERS, &good, &failed);
	cr_expect_eq(failed, 0);
	svc_proc_free(&p);
	close(theirs[0]);
}

enum fault { CLOSES, SILENT, SHORT, ANOTHER_NUMBER, GARBAGE };
static const struct {
	const char	*name;
	enum fault	 fault;
} faults[] = {
	{ "closes", CLOSES },
	{ "does not answer", SILENT },
	{ "half an answer", SHORT },
	{ "for more than were asked", ANOTHER_NUMBER },
	{ "something else", GARBAGE },
};

static void
misbehave(enum fault fault, uint8_t *buf)
{
	size_t n = take(buf);

	switch (fault) {
	case CLOSES:
		close(theirs[0]);
		return;
	case SILENT:
		return;
	case SHORT:
		cr_expect_eq(send(theirs[0], buf, 1, 0), 1);
		return;
	case ANOTHER_NUMBER:
		give(buf, n + 1);
		return;
	case GARBAGE:
		cr_expect_eq(send(theirs[0], "\4\1\0\0", 4, 0), 4);
		return;
	}
}

/* All that wait are told, and nobody waits longer than it takes. */
Test(keyd_proc, faults)
{
	static uint8_t buf[SVC_WIRE_MAX];

	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		struct svc_proc *p = over(1, 300);
		uint8_t sig[SHAKEN_ES256_SIG];
		struct caller c[CALLERS];
		unsigned good, failed;

		begin(c, CALLERS, p, 2, 0);
		misbehave(faults[i].fault, buf);
		finish(c, CALLERS, &good, &failed);
		cr_expect_eq(failed, 2 * CALLERS, "%s: %u", faults[i].name,
		    failed);
		cr_expect_not(svc_proc_is_up(p), "%s", faults[i].name);
		cr_expect_eq(sign(p, 0, SHAKEN_SV_LIT("shaken probe"),
		    sig), SHAKEN_E_CRYPTO);
		svc_proc_free(&p);
		if (faults[i].fault != CLOSES)
			close(theirs[0]);
	}
}

/* What was asked for is done with, once, when it is freed. */
Test(keyd_proc, freed)
{
	struct svc_ask asks[2 * SVC_WIRE_BATCH];
	size_t n = sizeof(asks) / sizeof(*asks);
	struct svc_proc *p = over(2, 200);
	sem_t done;
	int times;

	sem_init(&done, 0, 0);
	for (size_t i = 0; i < n; i++) {
		asks[i] = (struct svc_ask){ .req.input =
		    SHAKEN_SV_LIT("shaken probe"), .done = post,
		    .arg = &done };
		cr_assert(svc_proc_ask(p, &asks[i]));
	}
	svc_proc_free(&p);
	cr_expect_eq(sem_getvalue(&done, &times), 0);
	cr_expect_eq(times, (int)n);
	for (size_t i = 0; i < n; i++)
		cr_expect_eq(asks[i].err, SHAKEN_E_CRYPTO, "%zu", i);
	sem_destroy(&done);
	close(theirs[0]);
	close(theirs[1]);
}

static const struct {
	const char	*name, *answer;
	size_t		 n;
	bool		 loaded, up;
	const char	*says;
} loads[] = {
	{ "done", "\4\1\0\0", 4, true, true, "" },
	{ "refused", "\4\0\2\0x\n", 6, false, true, "x\n" },
	{ "refused in a word", "\4\0\1\0x", 5, false, true, "[keyd] x\n" },
	{ "something else", "\5\1\0\0", 4, false, false,
	    "[keyd] the key process ended, or does not answer\n" },
	{ "nothing", "", 0, false, false,
	    "[keyd] the key process ended, or does not answer\n" },
};

/* What comes late is not taken for the answer to the next key. */
Test(keyd_proc, load)
{
	const struct svc_wire_load key = {
		.name = SHAKEN_SV_LIT("a"), .path = SHAKEN_SV_LIT("/a"),
		.x5u = SHAKEN_SV_LIT(X5U) };

	for (size_t i = 0; i < sizeof(loads) / sizeof(*loads); i++) {
		struct svc_proc *p = over(1, 200);
		char *text = NULL;
		size_t len;
		FILE *diag = open_memstream(&text, &len);

		if (loads[i].n > 0)
			cr_expect_eq(send(theirs[0], loads[i].answer,
			    loads[i].n, 0), (ssize_t)loads[i].n);
		cr_expect_eq(svc_proc_load(p, &key, diag), loads[i].loaded,
		    "%s", loads[i].name);
		cr_assert_eq(fclose(diag), 0);
		cr_expect_eq(strcmp(text, loads[i].says), 0, "%s: %s",
		    loads[i].name, text);
		cr_expect_eq(svc_proc_is_up(p), loads[i].up, "%s",
		    loads[i].name);
		free(text);
		svc_proc_free(&p);
		close(theirs[0]);
	}
}

/* The other way about: what the key process makes of a wrong message. */
Test(keyd_proc, wrong_requests)
{
	static const char *const messages[] = { "\4\1", "\1", "x" };
	static char big[SVC_WIRE_MAX + 1];

	make_keys();
	for (size_t i = 0; i <= sizeof(messages) / sizeof(*messages); i++) {
		bool last = i == sizeof(messages) / sizeof(*messages);
		const char *m = last ? big : messages[i];
		size_t len = last ? sizeof(big) : strlen(m);
		int fds[2];

		cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
		cr_assert_eq(send(fds[0], m, len, 0), (ssize_t)len);
		cr_expect_not(svc_keyd_serve(fds[1], &keys), "%zu", i);
		close(fds[0]);
		close(fds[1]);
	}
}
