/* SPDX-License-Identifier: Apache-2.0 */
/* metrics.c - counters, and their text for Prometheus. */
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "metrics.h"

struct svc_metrics {
	size_t			 n;
	struct svc_counters	*workers; /* owned, n */
	pthread_mutex_t		 lock;	/* of what follows */
	char			*names[SVC_METRIC_KEYS]; /* owned */
	unsigned		 n_names;
};

static const char *const endpoint_names[SVC_ENDPOINTS] = {
#define X(name, text) text,
	SVC_ENDPOINT_MAP(X)
#undef X
};

static const char *const refusal_names[SVC_REFUSALS] = {
#define X(name, text) text,
	SVC_REFUSAL_MAP(X)
#undef X
};

static const unsigned statuses[SVC_STATUSES] = {
#define X(n) n,
	SVC_STATUS_MAP(X)
#undef X
};

static const struct {
	const char *ppt, *attest;
} signed_names[SVC_SIGNED] = {
#define X(name, ppt, attest) { ppt, attest },
	SVC_SIGNED_MAP(X)
#undef X
};

/* Upper bounds; a signature takes 50 us, a fetch some 100 ms. */
static const int64_t bounds_us[SVC_BUCKETS - 1] = { 50, 100, 250, 500, 1000,
	2500, 5000, 10000, 50000, 100000, 250000, 500000 };

struct svc_metrics *
svc_metrics_new(size_t workers)
{
	struct svc_metrics *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->workers = aligned_alloc(SVC_CACHE_LINE,
	    workers * sizeof(*m->workers));
	m->names[0] = strdup("other");
	if (m->workers == NULL || m->names[0] == NULL) {
		free(m->workers);
		free(m->names[0]);
		free(m);
		return NULL;
	}
	memset(m->workers, 0, workers * sizeof(*m->workers));
	m->n = workers;
	m->n_names = 1;
	pthread_mutex_init(&m->lock, NULL);
	return m;
}

void
svc_metrics_free(struct svc_metrics **mp)
{
	struct svc_metrics *m = *mp;

	*mp = NULL;
	if (m == NULL)
		return;
	for (unsigned i = 0; i < m->n_names; i++)
		free(m->names[i]);
	pthread_mutex_destroy(&m->lock);
	free(m->workers);
	free(m);
}

struct svc_counters *
svc_metrics_worker(struct svc_metrics *m, size_t i)
{
	return &m->workers[i];
}

unsigned
svc_metrics_slot(void *arg, const char *name)
{
	struct svc_metrics *m = arg;
	unsigned slot;

	pthread_mutex_lock(&m->lock);
	for (slot = 1; slot < m->n_names; slot++)
		if (strcmp(m->names[slot], name) == 0)
			break;
	if (slot == m->n_names) {
		char *copy = slot < SVC_METRIC_KEYS ? strdup(name) : NULL;

		if (copy != NULL)
			m->names[m->n_names++] = copy;
		else
			slot = 0;
	}
	pthread_mutex_unlock(&m->lock);
	return slot;
}

void
svc_count_request(struct svc_counters *c, enum svc_endpoint ep,
    unsigned status)
{
	for (size_t i = 0; i < SVC_STATUSES; i++)
		if (statuses[i] == status) {
			svc_count(&c->requests[ep][i]);
			return;
		}
}

void
svc_count_signature(struct svc_counters *c, unsigned slot, const char *ppt,
    struct shaken_sv attest)
{
	for (size_t i = 0; i < SVC_SIGNED; i++)
		if (strcmp(signed_names[i].ppt, ppt) == 0 &&
		    strlen(signed_names[i].attest) == attest.n &&
		    (attest.n == 0 ||
		    signed_names[i].attest[0] == attest.p[0])) {
			svc_count(&c->signatures[slot][i]);
			return;
		}
}

void
svc_count_latency(struct svc_counters *c, enum svc_op op, int64_t us)
{
	size_t i = 0;

	while (i < SVC_BUCKETS - 1 && us > bounds_us[i])
		i++;
	svc_count(&c->latency[op][i]);
	if (us > 0)
		svc_count_n(&c->latency_us[op], (uint64_t)us);
}

/* The sum over all workers of the counter that lies at offset. */
static uint64_t
sum(const struct svc_metrics *m, size_t offset)
{
	uint64_t total = 0;

	for (size_t i = 0; i < m->n; i++) {
		const char *at = (const char *)&m->workers[i] + offset;

		total += atomic_load_explicit(
		    (const _Atomic uint64_t *)(const void *)at,
		    memory_order_relaxed);
	}
	return total;
}

#define SUM(m, member) sum((m), offsetof(struct svc_counters, member))

void
svc_metrics_head(FILE *out, const char *name, const char *type,
    const char *help)
{
	fprintf(out, "# HELP shakend_%s %s\n# TYPE shakend_%s %s\n", name, help,
	    name, type);
}

static void
print_requests(const struct svc_metrics *m, FILE *out)
{
	svc_metrics_head(out, "requests_total", "counter",
	    "HTTP requests answered.");
	for (size_t ep = 0; ep < SVC_ENDPOINTS; ep++)
		for (size_t st = 0; st < SVC_STATUSES; st++) {
			uint64_t n = SUM(m, requests[ep][st]);

			if (n > 0)
				fprintf(out, "shakend_requests_total{endpoint="
				    "\"%s\",code=\"%u\"} %" PRIu64 "\n",
				    endpoint_names[ep], statuses[st], n);
		}
}

static void
print_verdicts(const struct svc_metrics *m, FILE *out)
{
	svc_metrics_head(out, "verdicts_total", "counter",
	    "Calls verified, by verstat and error case (ATIS-1000082).");
	for (size_t v = 0; v < 3; v++)
		for (size_t c = 0; c < SHAKEN_CASES; c++) {
			uint64_t n = SUM(m, verdicts[v][c]);
			char name[8] = "";

			if (c != SHAKEN_CASE_NONE)
				snprintf(name, sizeof(name), "E%zu", c);
			if (n > 0)
				fprintf(out, "shakend_verdicts_total{verstat="
				    "\"%s\",case=\"%s\"} %" PRIu64 "\n",
				    shaken_verstat_name((enum shaken_verstat)v),
				    name, n);
		}
}

static void
print_signatures(const struct svc_metrics *m, FILE *out)
{
	svc_metrics_head(out, "signatures_total", "counter",
	    "Tokens signed, by key, type and attestation.");
	for (size_t slot = 0; slot < m->n_names; slot++)
		for (size_t i = 0; i < SVC_SIGNED; i++) {
			uint64_t n = SUM(m, signatures[slot][i]);

			if (n > 0)
				fprintf(out, "shakend_signatures_total{key="
				    "\"%s\",ppt=\"%s\",attest=\"%s\"} %"
				    PRIu64 "\n", m->names[slot],
				    signed_names[i].ppt,
				    signed_names[i].attest, n);
		}
}

static void
print_refusals(const struct svc_metrics *m, FILE *out)
{
	svc_metrics_head(out, "refused_total", "counter",
	    "Requests that were not let in, by reason.");
	for (size_t i = 0; i < SVC_REFUSALS; i++)
		fprintf(out, "shakend_refused_total{reason=\"%s\"} %" PRIu64
		    "\n", refusal_names[i], SUM(m, refused[i]));
}

static void
print_latency(const struct svc_metrics *m, FILE *out)
{
	static const char *const ops[SVC_OPS] = { "sign", "verify" };

	svc_metrics_head(out, "latency_seconds", "histogram",
	    "From a request's last byte to its answer.");
	for (size_t op = 0; op < SVC_OPS; op++) {
		uint64_t n = 0;

		for (size_t i = 0; i < SVC_BUCKETS; i++) {
			n += SUM(m, latency[op][i]);
			fprintf(out, "shakend_latency_seconds_bucket{op=\"%s\","
			    "le=\"", ops[op]);
			if (i < SVC_BUCKETS - 1)
				fprintf(out, "%g",
				    (double)bounds_us[i] / 1e6);
			else
				fputs("+Inf", out);
			fprintf(out, "\"} %" PRIu64 "\n", n);
		}
		fprintf(out, "shakend_latency_seconds_sum{op=\"%s\"} %.6f\n"
		    "shakend_latency_seconds_count{op=\"%s\"} %" PRIu64 "\n",
		    ops[op], (double)SUM(m, latency_us[op]) / 1e6, ops[op], n);
	}
}

void
svc_metrics_print(struct svc_metrics *m, FILE *out)
{
	print_requests(m, out);
	print_verdicts(m, out);
	pthread_mutex_lock(&m->lock);
	print_signatures(m, out);
	pthread_mutex_unlock(&m->lock);
	print_refusals(m, out);
	svc_metrics_head(out, "late_total", "counter", "Requests that had "
	    "waited longer than queue_ms; some of them are let in.");
	fprintf(out, "shakend_late_total %" PRIu64 "\n", SUM(m, late));
	svc_metrics_head(out, "replays_total", "counter", "Calls with a token "
	    "that was used more often than replay_uses.");
	fprintf(out, "shakend_replays_total{answer=\"passed\"} %" PRIu64 "\n"
	    "shakend_replays_total{answer=\"refused\"} %" PRIu64 "\n",
	    SUM(m, replays[0]), SUM(m, replays[1]));
	print_latency(m, out);
	svc_metrics_head(out, "signatures_verified_total", "counter",
	    "Signatures of others, verified with a table of the key or plainly."
	    );
	for (size_t i = 0; i < 2; i++)
		fprintf(out, "shakend_signatures_verified_total{with=\"%s\"} %"
		    PRIu64 "\n", i == 1 ? "table" : "plain",
		    SUM(m, verified[i]));
	svc_metrics_head(out, "heartbeats_total", "counter",
	    "Probes of session border controllers, counted nowhere else.");
	fprintf(out, "shakend_heartbeats_total %" PRIu64 "\n",
	    SUM(m, heartbeats));
	svc_metrics_head(out, "deadlines_total", "counter",
	    "Verifications answered without a certificate that was late.");
	fprintf(out, "shakend_deadlines_total %" PRIu64 "\n",
	    SUM(m, deadlines));
}
