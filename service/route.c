/* SPDX-License-Identifier: Apache-2.0 */
/* route.c - which handler answers what, and what is asked of every request
 * before its body counts. */
#include <stdlib.h>
#include <string.h>

#include "admit.h"
#include "auth.h"
#include "route.h"

#define STANDARD(path, ep, ppt, run) \
	{ "POST", "/stir/v1/" path, true, false, SVC_TENANT, ep, API_ATIS, \
	    ppt, run }
#define NATIVE(path, ep, run) \
	{ "POST", "/v1/" path, true, false, SVC_TENANT, ep, API_NATIVE, NULL, \
	    run }
#define ADMIN(path, access, run) \
	{ "GET", path, false, false, access, SVC_EP_ADMIN, API_NATIVE, NULL, \
	    run }

static const struct svc_route routes[] = {
	STANDARD("signing", SVC_EP_SIGNING, NULL, svc_handle_sign),
	STANDARD("verification", SVC_EP_VERIFICATION, NULL, svc_handle_verify),
	/* A resource a type, as in TS 24.229 before and after release 17.10. */
	STANDARD("divSigning", SVC_EP_SIGNING, "div", svc_handle_sign),
	STANDARD("rphSigning", SVC_EP_SIGNING, "rph", svc_handle_sign),
	STANDARD("rcdSigning", SVC_EP_SIGNING, "rcd", svc_handle_sign),
	STANDARD("rcdVerification", SVC_EP_VERIFICATION, NULL,
	    svc_handle_verify),
	NATIVE("sign", SVC_EP_SIGN, svc_handle_sign),
	NATIVE("verify", SVC_EP_VERIFY, svc_handle_verify),
	ADMIN("/healthz", SVC_PUBLIC, svc_handle_health),
	ADMIN("/readyz", SVC_PUBLIC, svc_handle_ready),
	ADMIN("/metrics", SVC_LOCAL_OR_TENANT, svc_handle_metrics),
	{ "GET", "/certificates/", true, true, SVC_PUBLIC, SVC_EP_CERTIFICATE,
	    API_NATIVE, NULL, svc_handle_certificate },
};

/* -- replies ------------------------------------------------------------ */

void
svc_reply_json(struct svc_task *t, char *body, struct svc_reply *reply)
{
	struct api_error e;

	if (body == NULL) {
		api_error_set(&e, API_INTERNAL, NULL, "out of memory");
		svc_reply_error(t, &e, reply);
		return;
	}
	*reply = (struct svc_reply){ .status = 200,
		.type = "application/json", .body = body, .len = strlen(body) };
}

void
svc_reply_text(struct svc_task *t, struct shaken_sv text,
    struct svc_reply *reply)
{
	svc_reply_json(t, strndup(text.p, text.n), reply);
	if (reply->status == 200)
		reply->type = "text/plain; charset=utf-8";
}

void
svc_reply_fragment(struct svc_task *t, char *body, struct svc_reply *reply)
{
	svc_reply_json(t, body, reply);
	if (reply->status == 200)
		reply->type = "message/sipfrag;version=2.0";
}

/* Whose fault it is says how loud it is logged; a stranger's makes no noise. */
static enum svc_log_level
level_of(enum api_code code)
{
	int status = api_error_status(code);

	if (code == API_BUSY) /* thousands of them: the metrics tell */
		return SVC_DEBUG;
	return status >= 500 ? SVC_ERROR : status == 400 || status == 403 ?
	    SVC_INFO : SVC_DEBUG;
}

void
svc_reply_error(struct svc_task *t, const struct api_error *e,
    struct svc_reply *reply)
{
	enum api_form form = t->route != NULL ? t->route->form : API_ATIS;
	struct svc_line l;

	*reply = (struct svc_reply){
		.status = (unsigned)api_error_status(e->code),
		.type = form == API_NATIVE ? "application/problem+json" :
		    "application/json",
		.body = api_error_body(e, form) };
	if (reply->body != NULL)
		reply->len = strlen(reply->body);
	if (e->code == API_TOO_MANY || e->code == API_BUSY ||
	    e->code == API_UNAVAILABLE)
		reply->retry = "1"; /* a bucket has one more within a second */
	if (e->code == API_UNAUTHORIZED)
		reply->challenge = "Bearer";
	if (e->code == API_METHOD && t->route != NULL)
		reply->allow = t->route->method;
	svc_task_line(t, &l, level_of(e->code), "refused");
	svc_line_str(&l, "path", t->req->path);
	svc_line_int(&l, "status", api_error_status(e->code));
	svc_line_str(&l, "member", e->name);
	svc_line_str(&l, "detail", e->text);
	svc_log(t->svc->log, &l);
}

/* -- lines -------------------------------------------------------------- */

const char *
svc_task_country(const struct svc_task *t)
{
	return t->tenant == NULL ? NULL : t->tenant->conf->default_country;
}

void
svc_task_line(const struct svc_task *t, struct svc_line *l,
    enum svc_log_level level, const char *event)
{
	svc_line(l, level, event);
	svc_line_str(l, "request", t->req->id);
	svc_line_str(l, "tenant", t->tenant == NULL ? NULL : t->tenant->name);
}

void
svc_line_ids(struct svc_line *l, const char *key, const struct shaken_id *ids,
    size_t n)
{
	char text[SVC_VALUE_MAX] = "";
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		if (len + ids[i].len + 2 > sizeof(text))
			break;
		if (i > 0)
			text[len++] = ',';
		memcpy(text + len, ids[i].text, ids[i].len);
		len += ids[i].len;
	}
	svc_line_sv(l, key, (struct shaken_sv){ text, len });
}

/* -- before the body ---------------------------------------------------- */

/* The route of a path, and whether one has this method too. */
static const struct svc_route *
find_route(const char *path, const char *prefix, const char *method,
    const char **rest, bool *allowed)
{
	const struct svc_route *found = NULL;
	size_t n = strlen(prefix);
	bool under = strncmp(path, prefix, n) == 0;

	*allowed = false;
	for (size_t i = 0; i < sizeof(routes) / sizeof(*routes); i++) {
		const struct svc_route *r = &routes[i];
		const char *p = r->under_prefix ? path + n : path;
		size_t len = strlen(r->path);

		if ((r->under_prefix && !under) || strncmp(p, r->path, len) !=
		    0 || (!r->is_prefix && p[len] != '\0'))
			continue;
		found = r;
		*rest = p + len;
		*allowed = strcmp(method, r->method) == 0 ||
		    (strcmp(method, "HEAD") == 0 &&
		    strcmp(r->method, "GET") == 0);
		break;
	}
	return found;
}

static bool
check_access(struct svc_task *t, struct api_error *e)
{
	const struct svc_credentials c = {
		.authorization = svc_req_header(t->req, "Authorization"),
		.subject = t->req->subject };

	if (t->route->access == SVC_PUBLIC || (t->req->is_loopback &&
	    t->route->access == SVC_LOCAL_OR_TENANT))
		return true;
	t->tenant = svc_auth(t->state, &c, svc_wall_clock());
	if (t->tenant != NULL)
		return true;
	api_error_set(e, API_UNAUTHORIZED, NULL, "%s", "");
	return false;
}

/* Length, media types: the rules for a request with a body. */
static bool
check_body(struct svc_task *t, struct api_error *e)
{
	bool native = t->route->form == API_NATIVE;
	char list[512];
	const char *accept = svc_req_list(t->req, "Accept", list, sizeof(list));
	enum svc_media in, out;

	if (!t->req->has_length && !(t->req->is_chunked &&
	    t->svc->first->http.allow_chunked)) {
		api_error_set(e, API_LENGTH, NULL, "%s", "");
		return false;
	}
	if (!t->req->is_chunked && t->req->length == 0) {
		api_error_set(e, API_MISSING_BODY, NULL, "%s", "");
		return false;
	}
	in = svc_media_of(svc_req_header(t->req, "Content-Type"));
	if (in != SVC_MEDIA_JSON && !(native && in == SVC_MEDIA_SIP)) {
		api_error_set(e, API_MEDIA_TYPE, NULL, "application/json%s",
		    native ? " or message/sip" : "");
		return false;
	}
	out = svc_media_accepted(accept, native,
	    t->route->endpoint == SVC_EP_VERIFY);
	if (out == SVC_MEDIA_NONE) {
		api_error_set(e, API_ACCEPT, NULL, "%s", accept);
		return false;
	}
	t->is_sip = in == SVC_MEDIA_SIP;
	t->wants_text = out == SVC_MEDIA_TEXT;
	t->wants_fragment = out == SVC_MEDIA_FRAGMENT;
	return true;
}

/* Errors under /v1/ are ours even where there is no such resource. */
static const struct svc_route nowhere = { .endpoint = SVC_EP_OTHER,
	.form = API_NATIVE, .method = "" };

static bool
is_native(const char *path, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(path, prefix, n) == 0 &&
	    strncmp(path + n, "/v1/", 4) == 0;
}

static bool
let_in(struct svc_task *t, struct api_error *e)
{
	if (t->route->access != SVC_TENANT)
		return check_access(t, e);
	return svc_admit(t, e) && check_access(t, e) &&
	    svc_admit_tenant(t, e) && check_body(t, e);
}

static void
head(void *ctx, struct svc_req *r, struct svc_reply *reply)
{
	struct svc *svc = ctx;
	const char *prefix = svc->first->http.prefix;
	struct svc_task *t = calloc(1, sizeof(*t));
	struct api_error e;
	bool allowed;

	r->task = t;
	if (t == NULL) {
		reply->status = 503;
		return;
	}
	t->svc = svc;
	t->req = r;
	t->share = svc_lease_take(svc->leases, r->worker);
	t->state = t->share->state;
	t->counters = svc_metrics_worker(svc->metrics, r->worker);
	t->route = find_route(r->path, prefix, r->method, &t->rest, &allowed);
	if (t->route == NULL) {
		if (is_native(r->path, prefix))
			t->route = &nowhere;
		api_error_set(&e, API_NOT_FOUND, NULL, "%s", "");
		svc_reply_error(t, &e, reply);
	} else if (!allowed) {
		api_error_set(&e, API_METHOD, NULL, "%s", "");
		svc_reply_error(t, &e, reply);
	} else if (!let_in(t, &e)) {
		svc_reply_error(t, &e, reply);
	}
}

static void
refuse(void *ctx, struct svc_req *r, bool too_large, struct svc_reply *reply)
{
	struct svc *svc = ctx;
	struct api_error e;

	if (too_large)
		api_error_set(&e, API_TOO_LARGE, NULL, "%ld",
		    svc->first->http.max_body);
	else
		api_error_set(&e, API_UNAVAILABLE, NULL, "out of memory");
	svc_reply_error(r->task, &e, reply);
}

static void
run(void *ctx, struct svc_req *r, struct svc_reply *reply)
{
	struct svc_task *t = r->task;

	(void)ctx;
	t->route->run(t, reply);
}

static void
done(void *ctx, struct svc_req *r, unsigned status)
{
	struct svc_task *t = r->task;

	(void)ctx;
	if (t == NULL)
		return;
	svc_count_request(t->counters, t->route == NULL ? SVC_EP_OTHER :
	    t->route->endpoint, status);
	if (t->job_free != NULL)
		t->job_free(t->job);
	svc_lease_give(t->svc->leases, r->worker, &t->share);
	free(t);
}

const struct svc_http_ops svc_ops = { .head = head, .refuse = refuse,
	.run = run, .done = done };
