/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "metrics.h"

static char *
print(struct svc_metrics *m)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	svc_metrics_print(m, out);
	fclose(out);
	return text;
}

Test(metrics, workers_add_up)
{
	struct svc_metrics *m = svc_metrics_new(3);
	char *text;

	for (size_t i = 0; i < 3; i++) {
		struct svc_counters *c = svc_metrics_worker(m, i);

		svc_count_request(c, SVC_EP_SIGN, 200);
		svc_count(&c->verdicts[SHAKEN_TN_VALIDATION_FAILED]
		    [SHAKEN_E17]);
	}
	svc_count_request(svc_metrics_worker(m, 1), SVC_EP_SIGN, 503);
	svc_count_request(svc_metrics_worker(m, 1), SVC_EP_SIGN, 0);
	text = print(m);
	cr_expect_not_null(strstr(text, "\nshakend_requests_total{endpoint="
	    "\"sign\",code=\"200\"} 3\n"));
	cr_expect_not_null(strstr(text, "\nshakend_requests_total{endpoint="
	    "\"sign\",code=\"503\"} 1\n"));
	cr_expect_not_null(strstr(text, "\nshakend_verdicts_total{verstat="
	    "\"TN-Validation-Failed\",case=\"E17\"} 3\n"));
	free(text);
	svc_metrics_free(&m);
}

Test(metrics, slots)
{
	struct svc_metrics *m = svc_metrics_new(1);
	unsigned a = svc_metrics_slot(m, "a"), b = svc_metrics_slot(m, "b");
	char name[16], *text;

	cr_expect_neq(a, b);
	cr_expect_neq(a, 0);
	cr_expect_eq(svc_metrics_slot(m, "a"), a);
	/* Those that there is no room for share the first. */
	for (int i = 0; i < SVC_METRIC_KEYS; i++) {
		snprintf(name, sizeof(name), "k%d", i);
		cr_expect_lt(svc_metrics_slot(m, name), SVC_METRIC_KEYS);
	}
	cr_expect_eq(svc_metrics_slot(m, "one too many"), 0);
	cr_expect_eq(svc_metrics_slot(m, "b"), b);
	svc_count_signature(svc_metrics_worker(m, 0), b, "shaken",
	    SHAKEN_SV_LIT("C"));
	text = print(m);
	cr_expect_not_null(strstr(text, "shakend_signatures_total{key=\"b\","
	    "ppt=\"shaken\",attest=\"C\"} 1\n"));
	free(text);
	svc_metrics_free(&m);
}

/* Each type has its place, and what is none has none. */
Test(metrics, signatures)
{
	static const struct {
		const char *ppt, *attest;
		int times;
	} rows[] = {
		{ "shaken", "A", 1 }, { "shaken", "B", 2 }, { "shaken", "C", 3 },
		{ "div", "", 4 }, { "div-o", "", 5 }, { "rph", "", 6 },
		{ "rcd", "", 7 }, { "msg", "", 8 },
		{ "div", "A", 0 }, { "shaken", "", 0 }, { "shaken", "D", 0 },
		{ "passport", "", 0 },
	};
	struct svc_metrics *m = svc_metrics_new(1);
	char *text, line[128];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		for (int n = 0; n < (rows[i].times == 0 ? 1 : rows[i].times);
		    n++)
			svc_count_signature(svc_metrics_worker(m, 0), 0,
			    rows[i].ppt, shaken_sv_cstr(rows[i].attest));
	text = print(m);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(line, sizeof(line), "shakend_signatures_total{key="
		    "\"other\",ppt=\"%s\",attest=\"%s\"}", rows[i].ppt,
		    rows[i].attest);
		cr_expect_eq(strstr(text, line) != NULL, rows[i].times > 0,
		    "%s", line);
		snprintf(line + strlen(line), sizeof(line) - strlen(line),
		    " %d\n", rows[i].times);
		cr_expect_eq(strstr(text, line) != NULL, rows[i].times > 0,
		    "%s", line);
	}
	free(text);
	svc_metrics_free(&m);
}

/* Buckets are cumulative and hold their upper bound. */
Test(metrics, histogram)
{
	static const struct { int64_t us; } seen[] = { { 0 }, { 50 }, { 51 },
		{ 500000 }, { 500001 }, { 90000000 } };
	struct svc_metrics *m = svc_metrics_new(1);
	char *text;

	for (size_t i = 0; i < sizeof(seen) / sizeof(*seen); i++)
		svc_count_latency(svc_metrics_worker(m, 0), SVC_OP_VERIFY,
		    seen[i].us);
	text = print(m);
#define LINE(le, n) cr_expect_not_null(strstr(text, "_bucket{op=\"verify\"," \
	"le=\"" le "\"} " n "\n"), "%s", le)
	LINE("5e-05", "2");
	LINE("0.0001", "3");
	LINE("0.25", "3");
	LINE("0.5", "4");
	LINE("+Inf", "6");
#undef LINE
	cr_expect_not_null(strstr(text, "_sum{op=\"verify\"} 91.000102\n"));
	cr_expect_not_null(strstr(text, "_count{op=\"verify\"} 6\n"));
	free(text);
	svc_metrics_free(&m);
}
