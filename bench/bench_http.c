/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_http.c - ask a service over keep-alive connections, at a rate.
 *
 *	bench_http [OPTION...] PORT PATH BODIES
 *
 * BODIES has one request's body in each line; they are sent in turn, as
 * POST http://127.0.0.1:PORT/PATH.
 *
 *	--active N	connections that ask (8)
 *	--idle N	connections that ask once before, and are kept (0)
 *	--rate N	requests a second; 0: as fast as answers come (0)
 *	--seconds N	how long (5)
 *	--requests N	or until so many were answered
 *	--type TYPE	Content-Type (application/json)
 *	--expect TEXT	what every answer must have in it
 *	--pid PID	the service, to look at its CPU time and memory
 *
 * Prints one line of NAME=VALUE.  A request's time counts from when it was due,
 * not from when a connection was free to send it, so that a service that stalls
 * does not hide it.  Exit status 1 where an answer was not as expected.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/timerfd.h>

#include "load.h"
#include "util.h"

#define CONNS_MAX 100000
#define EVENTS 256
#define NS INT64_C(1000000000)

struct load {
	struct sockaddr_in	 to;
	long			 n_active, n_idle, rate, seconds, max, pid;
	const char		*type, *expect;
	struct request		*reqs;	/* owned, n_reqs */
	size_t			 n_reqs, next_req;
	struct conn		*conns;	/* owned: active, then idle */
	size_t			*free;	/* owned stack of idle active ones */
	size_t			 n_free;
	int			 poll, timer;
	int64_t			 start_ns, end_ns;
	size_t			 asked, answered, errors;
	uint32_t		*us;	/* owned; each request's time */
	size_t			 us_cap;
};

/* -- the service -------------------------------------------------------- */

static double
cpu_us(long pid)
{
	unsigned long user = 0, sys = 0;
	char path[64], line[1024], *p;
	FILE *f;

	if (pid == 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	f = fopen(path, "r");
	bench_must(f != NULL && fgets(line, sizeof(line), f) != NULL, path);
	fclose(f);
	p = strrchr(line, ')');	/* proc(5): fields 14 and 15 */
	for (int field = 2; p != NULL && field < 14; field++)
		p = strchr(p + 1, ' ');
	bench_must(p != NULL, path);
	user = strtoul(p, &p, 10);
	sys = strtoul(p, NULL, 10);
	return (double)(user + sys) * 1e6 / (double)sysconf(_SC_CLK_TCK);
}

static unsigned long
rss_kib(long pid)
{
	unsigned long kib = 0;
	char path[64], line[256];
	FILE *f;

	if (pid == 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/%ld/status", pid);
	f = fopen(path, "r");
	bench_must(f != NULL, path);
	while (fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "VmRSS:", 6) == 0)
			kib = strtoul(line + 6, NULL, 10);
	fclose(f);
	return kib;
}

/* -- asking ------------------------------------------------------------- */

static void
count(struct load *l, const struct conn *c, bool good, int64_t now)
{
	if (l->answered == l->us_cap) {
		uint32_t *more;

		l->us_cap = l->us_cap == 0 ? 65536 : l->us_cap * 2;
		more = reallocarray(l->us, l->us_cap, sizeof(*l->us));
		bench_must(more != NULL, "memory");
		l->us = more;
	}
	l->us[l->answered++] = (uint32_t)((now - c->due_ns) / 1000);
	if (!good && l->errors++ == 0)
		fprintf(stderr, "bench: not as expected: %.400s\n", c->in);
}

static void
watch(const struct load *l, int op, size_t i, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.u64 = i };

	bench_must(epoll_ctl(l->poll, op, l->conns[i].fd, &e) == 0, "epoll");
}

static void
open_conn(struct load *l, size_t i, int op)
{
	conn_open(&l->conns[i], (const struct sockaddr *)&l->to,
	    sizeof(l->to));
	watch(l, op, i, EPOLLIN | EPOLLRDHUP);
}

/* A request on connection i; true: it goes on, false: i is free again. */
static bool
go(struct load *l, size_t i)
{
	struct conn *c = &l->conns[i];
	enum progress p = conn_go(c);

	if (p == ASKING)
		return true;
	count(l, c, p == ANSWERED && conn_is_good(c, l->expect),
	    bench_now_ns());
	if (p == BROKEN) {
		close(c->fd);
		free(c->in);
		open_conn(l, i, EPOLL_CTL_ADD);
	}
	return false;
}

static void
ask(struct load *l, size_t i, int64_t due)
{
	l->asked++;
	conn_ask(&l->conns[i], &l->reqs[l->next_req], due);
	l->next_req = (l->next_req + 1) % l->n_reqs;
	if (!go(l, i))
		l->free[l->n_free++] = i;
}

static bool
is_over(const struct load *l, int64_t now)
{
	return now >= l->end_ns || (l->max > 0 && l->asked >= (size_t)l->max);
}

/* Send what is due; when the next is, 0: as soon as a connection is free. */
static int64_t
send_due(struct load *l)
{
	int64_t now = bench_now_ns();

	while (l->n_free > 0 && !is_over(l, now)) {
		int64_t due = l->rate == 0 ? now : l->start_ns +
		    (int64_t)((double)l->asked * 1e9 / (double)l->rate);

		if (due > now)
			return due;
		ask(l, l->free[--l->n_free], due);
		now = bench_now_ns();
	}
	return 0;
}

static void
set_timer(const struct load *l, int64_t at)
{
	const struct itimerspec when = { .it_value = { at / NS, at % NS } };

	bench_must(timerfd_settime(l->timer, TFD_TIMER_ABSTIME, &when, NULL) ==
	    0, "timer");
}

/* Until time is up and every request is answered, or half a minute is over. */
static void
run(struct load *l)
{
	struct epoll_event events[EVENTS];
	int64_t limit = l->end_ns + 30 * NS, now;

	while ((now = bench_now_ns()) < limit && (!is_over(l, now) ||
	    l->n_free < (size_t)l->n_active)) {
		int64_t next = send_due(l);
		int n;

		set_timer(l, next);	/* 0: disarmed */
		n = epoll_wait(l->poll, events, EVENTS, 100);
		for (int i = 0; i < n; i++) {
			uint64_t which = events[i].data.u64, dummy;

			if (which == UINT64_MAX)
				(void)!read(l->timer, &dummy, sizeof(dummy));
			else if (l->conns[which].req != NULL &&
			    !go(l, which) && which < (size_t)l->n_active)
				l->free[l->n_free++] = which;
		}
	}
}

/* -- setup -------------------------------------------------------------- */

/* The kept ones ask one after the other, and wait for their answers. */
static void
open_all(struct load *l)
{
	size_t n = (size_t)(l->n_active + l->n_idle);

	for (size_t i = 0; i < n; i++) {
		struct epoll_event e;

		open_conn(l, i, EPOLL_CTL_ADD);
		if (i < (size_t)l->n_active) {
			l->free[l->n_free++] = i;
			continue;
		}
		conn_ask(&l->conns[i], &l->reqs[i % l->n_reqs],
		    bench_now_ns());
		while (go(l, i))
			bench_must(epoll_wait(l->poll, &e, 1, 5000) > 0,
			    "an idle connection is not answered");
	}
	bench_must(l->errors == 0, "answers to idle connections");
	l->answered = 0;
}

static void
setup(struct load *l, char **arg)
{
	struct epoll_event e = { .events = EPOLLIN, .data.u64 = UINT64_MAX };
	struct rlimit files;
	size_t n = (size_t)(l->n_active + l->n_idle);
	char host[32];
	long port = bench_number(arg[0], 1, 65535);

	snprintf(host, sizeof(host), "127.0.0.1:%ld", port);
	l->to = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	l->reqs = load_requests(arg[2], host, arg[1], l->type, &l->n_reqs);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	l->conns = calloc(n, sizeof(*l->conns));
	l->free = calloc((size_t)l->n_active, sizeof(*l->free));
	l->poll = epoll_create1(EPOLL_CLOEXEC);
	l->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	bench_must(l->conns != NULL && l->free != NULL, "memory");
	bench_must(l->poll >= 0 && l->timer >= 0 &&
	    epoll_ctl(l->poll, EPOLL_CTL_ADD, l->timer, &e) == 0, "epoll");
	open_all(l);
}

static void
usage(void)
{
	fputs("usage: bench_http [--active N] [--idle N] [--rate N] "
	    "[--seconds N] [--requests N]\n    [--type TYPE] [--expect TEXT] "
	    "[--pid PID] PORT PATH BODIES\n", stderr);
	exit(2);
}

static char **
parse_args(struct load *l, int argc, char **argv)
{
	const struct {
		const char	*name;
		long		*to, min, max;
	} numbers[] = {
		{ "--active", &l->n_active, 1, CONNS_MAX },
		{ "--idle", &l->n_idle, 0, CONNS_MAX },
		{ "--rate", &l->rate, 0, 1000000 },
		{ "--seconds", &l->seconds, 1, 600 },
		{ "--requests", &l->max, 1, 100000000 },
		{ "--pid", &l->pid, 1, 1L << 22 },
	};
	const size_t n = sizeof(numbers) / sizeof(*numbers);
	int i = 1;

	for (; i + 1 < argc && argv[i][0] == '-'; i += 2) {
		size_t k = 0;

		while (k < n && strcmp(argv[i], numbers[k].name) != 0)
			k++;
		if (k < n)
			*numbers[k].to = bench_number(argv[i + 1],
			    numbers[k].min, numbers[k].max);
		else if (strcmp(argv[i], "--type") == 0)
			l->type = argv[i + 1];
		else if (strcmp(argv[i], "--expect") == 0)
			l->expect = argv[i + 1];
		else
			usage();
	}
	if (argc - i != 3)
		usage();
	return argv + i;
}

/* -- the result --------------------------------------------------------- */

static int
by_value(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static uint32_t
quantile(const struct load *l, double q)
{
	return l->answered == 0 ? 0 :
	    l->us[(size_t)((double)(l->answered - 1) * q)];
}

int
main(int argc, char **argv)
{
	static struct load l = { .n_active = 8, .seconds = 5,
		.type = "application/json", .expect = "" };
	char **arg = parse_args(&l, argc, argv);
	double before, after, seconds;

	setup(&l, arg);
	before = cpu_us(l.pid);
	l.start_ns = bench_now_ns();
	l.end_ns = l.start_ns + l.seconds * NS;
	run(&l);
	seconds = (double)(bench_now_ns() - l.start_ns) / 1e9;
	after = cpu_us(l.pid);
	qsort(l.us, l.answered, sizeof(*l.us), by_value);
	printf("requests=%zu per_s=%.0f errors=%zu p50_us=%u p99_us=%u "
	    "p999_us=%u cpu_us=%.1f rss_kib=%lu\n", l.answered,
	    (double)l.answered / seconds, l.errors + l.asked - l.answered,
	    quantile(&l, 0.5), quantile(&l, 0.99), quantile(&l, 0.999),
	    l.answered == 0 ? 0 : (after - before) / (double)l.answered,
	    rss_kib(l.pid));
	return l.errors > 0 || l.asked > l.answered;
}
