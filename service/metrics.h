/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metrics.h - counters, and their text for Prometheus (format 0.0.4).
 *
 * Every worker counts into its own block, which only it writes; a scrape adds
 * them up.
 */
#ifndef SVC_METRICS_H
#define SVC_METRICS_H

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

#include <shaken/verify.h>

#include "cacheline.h"

/* Names that a [key] may have over the life of the process; those beyond share
 * the first. */
#define SVC_METRIC_KEYS 1024

#define SVC_ENDPOINT_MAP(X)						\
	X(SVC_EP_SIGNING,	"signing")	/* standard API */	\
	X(SVC_EP_VERIFICATION,	"verification")				\
	X(SVC_EP_SIGN,		"sign")		/* native */		\
	X(SVC_EP_VERIFY,	"verify")				\
	X(SVC_EP_CERTIFICATE,	"certificate")				\
	X(SVC_EP_ADMIN,		"admin")				\
	X(SVC_EP_OTHER,		"other")

enum svc_endpoint {
#define X(name, text) name,
	SVC_ENDPOINT_MAP(X)
#undef X
	SVC_ENDPOINTS
};

/* Every status that is ever answered. */
#define SVC_STATUS_MAP(X) \
	X(200) X(304) X(400) X(401) X(403) X(404) X(405) X(406) X(408) X(411) \
	X(413) X(415) X(429) X(500) X(503)

enum svc_status {
#define X(n) SVC_STATUS_##n,
	SVC_STATUS_MAP(X)
#undef X
	SVC_STATUSES
};

/* What is signed: a type, and of shaken the attestation. */
#define SVC_SIGNED_MAP(X)						\
	X(SVC_SHAKEN_A, "shaken", "A") X(SVC_SHAKEN_B, "shaken", "B")	\
	X(SVC_SHAKEN_C, "shaken", "C") X(SVC_DIV, "div", "")		\
	X(SVC_DIV_O, "div-o", "") X(SVC_RPH, "rph", "")			\
	X(SVC_RCD, "rcd", "") X(SVC_MSG, "msg", "")

enum svc_signed {
#define X(name, ppt, attest) name,
	SVC_SIGNED_MAP(X)
#undef X
	SVC_SIGNED
};

/* Why a request was not let in. */
#define SVC_REFUSAL_MAP(X)						\
	X(SVC_REFUSED_BUSY,	"busy")		/* waited too long */	\
	X(SVC_REFUSED_WAITING,	"waiting")	/* for certificates */	\
	X(SVC_REFUSED_ADDRESS,	"address")	/* asks too often */	\
	X(SVC_REFUSED_TENANT,	"tenant")

enum svc_refusal {
#define X(name, text) name,
	SVC_REFUSAL_MAP(X)
#undef X
	SVC_REFUSALS
};

enum svc_op { SVC_OP_SIGN = 0, SVC_OP_VERIFY = 1, SVC_OPS = 2 };
#define SVC_BUCKETS 13		/* of a histogram, with the last, +Inf */

/* All only ever grow; no two workers write to one line of memory. */
struct svc_counters {
	_Alignas(SVC_CACHE_LINE) _Atomic uint64_t requests[SVC_ENDPOINTS][SVC_STATUSES];
	_Atomic uint64_t verdicts[3][SHAKEN_CASES]; /* by enum shaken_verstat */
	_Atomic uint64_t signatures[SVC_METRIC_KEYS][SVC_SIGNED]; /* by slot */
	_Atomic uint64_t latency[SVC_OPS][SVC_BUCKETS];
	_Atomic uint64_t latency_us[SVC_OPS];
	_Atomic uint64_t refused[SVC_REFUSALS];
	_Atomic uint64_t late;	/* requests that had waited too long */
	_Atomic uint64_t replays[2]; /* calls let by, refused */
	_Atomic uint64_t verified[2]; /* signatures; [1]: with a table */
	_Atomic uint64_t heartbeats;
	_Atomic uint64_t deadlines; /* verifications that waited too long */
};

/* Count one more; returns how many there were. */
static inline uint64_t
svc_tally(_Atomic uint64_t *c)
{
	return atomic_fetch_add_explicit(c, 1, memory_order_relaxed);
}

static inline void
svc_count_n(_Atomic uint64_t *c, uint64_t n)
{
	atomic_fetch_add_explicit(c, n, memory_order_relaxed);
}

static inline void
svc_count(_Atomic uint64_t *c)
{
	(void)svc_tally(c);
}

struct svc_metrics;	/* opaque; thread-safe */

struct svc_metrics *svc_metrics_new(size_t workers); /* NULL: no memory */
void svc_metrics_free(struct svc_metrics **m);
struct svc_counters *svc_metrics_worker(struct svc_metrics *m, size_t i);

/* The place of a key's counters: the same name, the same place. */
unsigned svc_metrics_slot(void *m, const char *name);

void svc_count_request(struct svc_counters *c, enum svc_endpoint ep,
    unsigned status);
/* attest: n 0 for what has none. */
void svc_count_signature(struct svc_counters *c, unsigned slot,
    const char *ppt, struct shaken_sv attest);
void svc_count_latency(struct svc_counters *c, enum svc_op op, int64_t us);

/* All counters. */
void svc_metrics_print(struct svc_metrics *m, FILE *out);
/* "# HELP" and "# TYPE" of one more family, for who has its values. */
void svc_metrics_head(FILE *out, const char *name, const char *type,
    const char *help);

#endif
