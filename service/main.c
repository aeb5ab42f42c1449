/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - shakend, the signing and verification service. */
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sys/stat.h>

#include "keyd_main.h"
#include "notify.h"
#include "reserve.h"
#include "svc.h"

#define CONF_DEFAULT "/etc/shakend/shakend.conf"
#define CANNOT 2		/* exit status, as that of shaken(1) */
#define US_S INT64_C(1000000)
#define WARN_EVERY_S 86400

static const char usage[] =
"usage: shakend [--config FILE] [--check]\n"
"\n"
"Signs and verifies calls (STIR/SHAKEN) for SIP proxies, over HTTP.\n"
"\n"
"  --config FILE      configuration; default " CONF_DEFAULT "\n"
"  --check            load everything the configuration names, and exit\n"
"  --settings[=man]   print every setting as a configuration file, or as the\n"
"                     list of shakend.conf(5), and exit\n"
"  --version          print the version and exit\n"
"  --help             print this and exit\n"
"\n"
"HUP loads the configuration, keys, certificates and lists anew; TERM ends\n"
"the service when the requests in flight are answered.\n";

struct args {
	const char	*conf;
	bool		 check;
};

/* Returns an exit status, or -1 to go on. */
static int
parse_args(int argc, char **argv, struct args *a)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "check", no_argument, NULL, 'C' },
		{ "settings", optional_argument, NULL, 's' },
		{ "version", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	int opt;

	*a = (struct args){ .conf = CONF_DEFAULT };
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 'c':
			a->conf = optarg;
			break;
		case 'C':
			a->check = true;
			break;
		case 's':
			if (optarg != NULL && strcmp(optarg, "man") == 0)
				svc_conf_print_man(stdout);
			else
				svc_conf_print(stdout);
			return fflush(stdout) == 0 ? 0 : CANNOT;
		case 'v':
			printf("shakend %s\n", shaken_version());
			return fflush(stdout) == 0 ? 0 : CANNOT;
		case 'h':
			fputs(usage, stdout);
			return fflush(stdout) == 0 ? 0 : CANNOT;
		default:
			fputs("shakend: try --help\n", stderr);
			return CANNOT;
		}
	}
	if (optind == argc)
		return -1;
	fprintf(stderr, "shakend: %s: no argument is expected\n",
	    argv[optind]);
	return CANNOT;
}

static void
reload(struct svc *svc)
{
	char text[64];

	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%lld",
	    (long long)svc_now_us());
	svc_notify(text);
	(void)svc_reload(svc); /* says itself what is wrong, and stays */
	svc_notify("READY=1");
}

/* A signal, or 0 after wait_us. */
static int
next_signal(const sigset_t *signals, int64_t wait_us)
{
	const struct timespec patience = { wait_us / US_S,
		wait_us % US_S * 1000 };
	int sig = sigtimedwait(signals, NULL, &patience);

	return sig > 0 ? sig : 0;
}

/* Until TERM or INT. */
static void
serve(struct svc *svc, const sigset_t *signals)
{
	int64_t warned_us = svc_now_us();

	for (;;) {
		int64_t left = WARN_EVERY_S * US_S + warned_us - svc_now_us();
		int64_t keyd = svc_tend_keyd(svc);
		int sig = next_signal(signals, left <= 0 ? 0 :
		    keyd >= 0 && keyd < left ? keyd : left);

		if (sig == SIGHUP)
			reload(svc);
		if (sig == SIGTERM || sig == SIGINT)
			return;
		if (svc_now_us() - warned_us >= WARN_EVERY_S * US_S) {
			struct svc_state *s = svc_state_now(svc);

			svc_state_warn(s, svc_wall_clock(), svc->log);
			svc_state_unref(&s);
			warned_us = svc_now_us();
		}
	}
}

int
main(int argc, char **argv)
{
	sigset_t signals;
	struct args a;
	struct svc svc;
	int status;

	/* For shakend itself to start, hence not in the usage. */
	if (argc >= 3 && strcmp(argv[1], "--role") == 0 &&
	    strcmp(argv[2], "keyd") == 0)
		return svc_keyd_main(argc - 3, argv + 3);
	status = parse_args(argc, argv, &a);
	if (status >= 0)
		return status;
	/* Blocked before any thread is made: all come to serve(). */
	sigemptyset(&signals);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	umask(027);

	if (!svc_reserve_start()) {
		fputs("shakend: out of memory\n", stderr);
		return CANNOT;
	}
	if (!svc_start(&svc, a.conf, a.check, stderr)) {
		fputs("shakend: not started\n", stderr);
		status = CANNOT;
	} else if (a.check) {
		fprintf(stderr, "%s: ok\n", a.conf);
		status = 0;
	} else {
		svc_notify("READY=1");
		serve(&svc, &signals);
		svc_notify("STOPPING=1");
		svc_drain(&svc);
		status = 0;
	}
	svc_stop(&svc);
	return status;
}
