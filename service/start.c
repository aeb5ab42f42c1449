/* SPDX-License-Identifier: Apache-2.0 */
/* start.c - from a configuration file to a running service, and back. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sys/resource.h>

#include <openssl/crypto.h>

#include "notify.h"
#include "svc.h"
#include "wait.h"

/* Clients whose rate is remembered, 2 MiB. */
#define RATES 65536
#define TLS_FILE_MAX (256 * 1024)
/* Files besides connections: listeners, epolls, fetches, logs. */
#define FILES_RESERVED 512
/* For answers that need not wait for anything any more. */
#define ANSWER_MS 500

struct tls {			/* owned PEM texts, NULL: none */
	char	*cert, *key, *client_ca;
	size_t	 key_len;
};

static void
tls_clear(struct tls *tls)
{
	if (tls->key != NULL)
		OPENSSL_cleanse(tls->key, tls->key_len);
	free(tls->key);
	free(tls->cert);
	free(tls->client_ca);
	memset(tls, 0, sizeof(*tls));
}

static bool
tls_load(struct tls *tls, const struct svc_conf *c, FILE *diag)
{
	size_t len;

	memset(tls, 0, sizeof(*tls));
	if (c->http.tls_certificate == NULL)
		return true;
	tls->cert = svc_read_file("[http] tls_certificate",
	    c->http.tls_certificate, TLS_FILE_MAX, false, false, &len, diag);
	tls->key = svc_read_file("[http] tls_key", c->http.tls_key,
	    TLS_FILE_MAX, true, false, &tls->key_len, diag);
	if (c->http.client_ca != NULL)
		tls->client_ca = svc_read_file("[http] client_ca",
		    c->http.client_ca, TLS_FILE_MAX, false, false, &len, diag);
	if (tls->cert != NULL && tls->key != NULL &&
	    (tls->client_ca != NULL || c->http.client_ca == NULL))
		return true;
	tls_clear(tls);
	return false;
}

static bool
make_cache(struct svc *svc, const struct svc_conf *c, FILE *diag)
{
	uint16_t ports[16];
	struct certs_cache_opts o = { .size = sizeof(o),
		.fetch = { .size = sizeof(o.fetch),
			.total_ms = (unsigned)c->fetch.total_ms,
			.connect_ms = (unsigned)c->fetch.connect_ms,
			.max_bytes = (size_t)c->fetch.max_bytes,
			.max_parallel = (unsigned)c->fetch.max_parallel,
			.max_per_host = (unsigned)c->fetch.max_per_host,
			.tls_ca = c->fetch.tls_ca,
			.allow_private = c->fetch.allow_private,
			.allow_http = c->fetch.allow_http,
			.ports = ports },
		.max_entries = (size_t)c->fetch.cache_entries,
		.max_bytes_total = (size_t)c->fetch.cache_bytes,
		.negative_s = c->fetch.negative_s,
		.floor_s = c->fetch.floor_s,
		.stale_s = c->fetch.stale_s,
		.store_dir = c->fetch.store,
		.max_tables = (size_t)c->fetch.tables };
	struct shaken_diag why;
	enum shaken_err err;

	for (size_t i = 0; i < c->fetch.allow_ports.n; i++)
		ports[o.fetch.n_ports++] = (uint16_t)strtol(
		    c->fetch.allow_ports.v[i], NULL, 10);
	err = certs_cache_new(&o, &svc->cache, &why);
	/* Apart from the cache: our own x5u is no call's. */
	if (err == SHAKEN_OK)
		err = certs_fetcher_new(&o.fetch, &svc->fetcher, &why);
	if (err != SHAKEN_OK)
		fprintf(diag, "[fetch] %s\n", why.text[0] != '\0' ? why.text :
		    shaken_strerror((int)err));
	return err == SHAKEN_OK;
}

/* As many open files as we may, and no more connections than that. */
static unsigned
fit_connections(struct svc *svc, long wanted)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) != 0)
		return (unsigned)wanted;
	if (rl.rlim_cur < rl.rlim_max) {
		rl.rlim_cur = rl.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &rl);
		(void)getrlimit(RLIMIT_NOFILE, &rl);
	}
	if (rl.rlim_cur == RLIM_INFINITY ||
	    rl.rlim_cur >= (rlim_t)wanted + FILES_RESERVED)
		return (unsigned)wanted;
	wanted = rl.rlim_cur > 2 * FILES_RESERVED ?
	    (long)rl.rlim_cur - FILES_RESERVED : (long)rl.rlim_cur / 2;
	svc_log_event(svc->log, SVC_WARNING, "start", "max_connections is "
	    "%ld: no more files may be open", wanted);
	return (unsigned)wanted;
}

/* Sockets that were passed, instead of [http] listen. */
static bool
may_use(const struct svc_conf *c, const int *fds, size_t n, FILE *diag)
{
	for (size_t i = 0; i < n; i++) {
		struct svc_addr a = { .len = sizeof(a.ss) };
		char text[SVC_ADDR_TEXT];
		const char *why;
		int listens = 0;
		socklen_t len = sizeof(listens);

		if (getsockopt(fds[i], SOL_SOCKET, SO_ACCEPTCONN, &listens,
		    &len) != 0 || listens == 0 || getsockname(fds[i],
		    (struct sockaddr *)&a.ss, &a.len) != 0) {
			fprintf(diag, "passed descriptor %d is no listening "
			    "socket\n", fds[i]);
			return false;
		}
		svc_addr_format(&a, text);
		if (!svc_addr_is_loopback((struct sockaddr *)&a.ss) &&
		    !svc_conf_may_be_public(c, &why)) {
			fprintf(diag, "passed socket %s is not loopback, and "
			    "there is %s; allow_plain_http = yes permits it\n",
			    text, why);
			return false;
		}
	}
	return true;
}

static void
on_http_log(void *ctx, const char *line)
{
	struct svc *svc = ctx;

	svc_log_event(svc->log, SVC_DEBUG, "http", "%s", line);
}

static void
announce(struct svc *svc)
{
	struct svc_addr a;
	char text[SVC_ADDR_TEXT];

	for (size_t i = 0; svc_http_addr(svc->http, i, &a); i++) {
		svc_addr_format(&a, text);
		svc_log_event(svc->log, SVC_INFO, "listen", "%s%s",
		    svc->first->http.tls_certificate != NULL ?
		    "https://" : "http://", text);
	}
}

/* All of [http], and where to listen. */
struct plan {
	struct svc_http_conf	 http;
	struct svc_addr		*addrs;	/* owned */
	int			 fds[64];
	struct tls		 tls;
};

static bool
make_plan(struct plan *p, const struct svc_conf *c, FILE *diag)
{
	long threads = c->http.threads > 0 ? c->http.threads :
	    sysconf(_SC_NPROCESSORS_ONLN);
	int first;

	memset(p, 0, sizeof(*p));
	p->http.n_sockets = svc_listen_fds(&first);
	for (size_t i = 0; i < p->http.n_sockets; i++)
		p->fds[i] = first + (int)i;
	p->http.sockets = p->fds;
	if (!may_use(c, p->fds, p->http.n_sockets, diag))
		return false;
	if (p->http.n_sockets == 0) {
		p->addrs = calloc(c->http.listen.n, sizeof(*p->addrs));
		if (p->addrs == NULL)
			return false;
		p->http.addrs = p->addrs;
		p->http.n_addrs = c->http.listen.n;
	}
	for (size_t i = 0; i < p->http.n_addrs; i++)
		if (!svc_addr_parse(c->http.listen.v[i], &p->addrs[i]))
			return false; /* checked before */
	if (!tls_load(&p->tls, c, diag))
		return false;
	p->http.threads = threads > 0 ? (unsigned)threads : 1;
	p->http.max_body = (size_t)c->http.max_body;
	p->http.idle_timeout_s = (unsigned)c->http.idle_timeout_s;
	p->http.request_timeout_s = (unsigned)c->http.request_timeout_s;
	p->http.sees_waiting = c->http.queue_ms > 0;
	p->http.tls_cert = p->tls.cert;
	p->http.tls_key = p->tls.key;
	p->http.client_ca = p->tls.client_ca;
	p->http.ops = &svc_ops;
	return true;
}

static bool
start_http(struct svc *svc, struct plan *p, FILE *diag)
{
	char why[256];

	p->http.max_connections = fit_connections(svc,
	    svc->first->http.max_connections);
	p->http.ctx = svc;
	p->http.timer = svc->timer;
	p->http.log = on_http_log;
	if (svc_http_start(&p->http, &svc->http, why, sizeof(why)))
		return true;
	fprintf(diag, "%s\n", why);
	return false;
}

bool
svc_start(struct svc *svc, const char *path, bool check_only, FILE *diag)
{
	struct svc_conf *c = svc_conf_load(path, diag);
	struct plan p;
	bool ok;

	memset(svc, 0, sizeof(*svc));
	pthread_mutex_init(&svc->lock, NULL);
	svc->conf_path = path;
	if (c == NULL)
		return false;
	ok = make_plan(&p, c, diag);
	if (ok)
		svc->metrics = svc_metrics_new(svc_http_workers(&p.http));
	ok = svc->metrics != NULL;
	if (!ok) {
		svc_conf_free(&c);
		goto out;
	}
	svc->state = svc_state_load(c, svc_metrics_slot, svc->metrics, diag);
	ok = svc->state != NULL;
	if (!ok)
		goto out;
	svc->first = svc_conf_ref(svc->state->conf);
	c = svc->state->conf;
	svc->leases = svc_leases_new(svc_http_workers(&p.http), svc->state);
	ok = svc->leases != NULL && make_cache(svc, c, diag);
	if (!ok || check_only)
		goto out;
	svc->log = svc_log_open((enum svc_log_level)c->log.level,
	    (enum svc_log_format)c->log.format, c->log.audit);
	ok = svc->log != NULL;
	if (!ok) {
		fprintf(diag, "[log] audit: %s: %s\n", c->log.audit,
		    strerrordesc_np(errno));
		goto out;
	}
	svc->timer = svc_timer_new();
	svc->rates = svc_slots_new(RATES);
	svc->tokens = svc_slots_new((size_t)c->verify.replay_entries);
	ok = svc->timer != NULL && svc->rates != NULL &&
	    svc->tokens != NULL && start_http(svc, &p, diag);
	if (ok) {
		atomic_store(&svc->loaded_at, svc_wall_clock());
		svc_inspect(svc, svc->state);
		announce(svc);
	}
out:
	tls_clear(&p.tls);
	free(p.addrs);
	return ok;
}

void
svc_drain(struct svc *svc)
{
	const struct timespec tick = { 0, 10000000 };
	int64_t grace_ms = svc->first->http.grace_s * 1000;

	atomic_store(&svc->draining, true);
	svc_log_event(svc->log, SVC_INFO, "end", "draining");
	if (svc_http_drain(svc->http, grace_ms))
		grace_ms = 0;
	else
		svc_log_event(svc->log, SVC_WARNING, "end",
		    "requests are left after %lld ms", (long long)grace_ms);
	/* Those that still wait for a certificate are answered without it. */
	while (svc_http_no_suspend(svc->http) > 0) {
		svc_timer_ring_all(svc->timer, svc_wait_alarm);
		nanosleep(&tick, NULL);
	}
	if (grace_ms > 0)
		(void)svc_http_drain(svc->http, ANSWER_MS);
}

void
svc_stop(struct svc *svc)
{
	svc_http_stop(&svc->http);
	certs_cache_free(&svc->cache);
	certs_fetcher_free(&svc->fetcher);
	if (svc->timer != NULL)
		svc_timer_free(&svc->timer);
	svc_slots_free(&svc->rates);
	svc_slots_free(&svc->tokens);
	svc_leases_free(&svc->leases);
	svc_state_unref(&svc->state);
	svc_conf_free(&svc->first);
	svc_metrics_free(&svc->metrics);
	svc_log_close(&svc->log);
	pthread_mutex_destroy(&svc->lock);
}
