/* SPDX-License-Identifier: Apache-2.0 */
/* admit.c - which requests are let in when there are too many. */
#include "admit.h"
#include "limit.h"

/* Of requests that are late every so many is let in: clients that take no
 * refusal can keep a worker busy with nothing but refusing. */
#define LATE_ADMITTED 8

static bool
refuse(struct svc_task *t, enum svc_refusal r, enum api_code code,
    const char *why, struct api_error *e)
{
	svc_count(&t->counters->refused[r]);
	api_error_set(e, code, NULL, "%s", why);
	return false;
}

bool
svc_admit(struct svc_task *t, struct api_error *e)
{
	const struct svc_conf *c = t->svc->first;
	const struct svc_rate rate = { c->http.address_rate,
		c->http.address_burst };

	if (c->http.queue_ms > 0 && t->req->waited_ms > c->http.queue_ms &&
	    svc_tally(&t->counters->late) % LATE_ADMITTED != 0)
		return refuse(t, SVC_REFUSED_BUSY, API_BUSY, "there are more "
		    "requests than can be answered in time", e);
	if (t->req->address == NULL || svc_limit_take(t->svc->rates,
	    t->req->address, rate, svc_now_us()) == 0)
		return true;
	return refuse(t, SVC_REFUSED_ADDRESS, API_TOO_MANY,
	    "from this address", e);
}

bool
svc_admit_tenant(struct svc_task *t, struct api_error *e)
{
	const struct svc_rate rate = { t->tenant->conf->rate,
		t->tenant->conf->burst };

	if (svc_limit_take(t->svc->rates, t->tenant->limit_key, rate,
	    svc_now_us()) == 0)
		return true;
	return refuse(t, SVC_REFUSED_TENANT, API_TOO_MANY, "from this client",
	    e);
}

bool
svc_admit_waiting(struct svc_task *t, const char *what, struct api_error *e)
{
	long max = t->svc->first->http.max_waiting;

	if (svc_http_suspended(t->svc->http) < (unsigned)max)
		return true;
	svc_count(&t->counters->refused[SVC_REFUSED_WAITING]);
	api_error_set(e, API_BUSY, NULL, "too many calls wait for %s", what);
	return false;
}
