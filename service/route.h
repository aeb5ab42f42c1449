/* SPDX-License-Identifier: Apache-2.0 */
/* route.h - which handler answers what, and what all handlers share. */
#ifndef SVC_ROUTE_H
#define SVC_ROUTE_H

#include "media.h"
#include "svc.h"

struct svc_task;

/* Answer; or suspend the request and leave reply as it is. */
typedef void (*svc_run_fn)(struct svc_task *t, struct svc_reply *reply);

enum svc_access { SVC_PUBLIC, SVC_LOCAL_OR_TENANT, SVC_TENANT };

struct svc_route {
	const char		*method, *path;
	bool			 under_prefix;
	bool			 is_prefix; /* path is the beginning of one */
	enum svc_access		 access;
	enum svc_endpoint	 endpoint;
	enum api_form		 form;	/* of errors, at least */
	const char		*ppt;	/* what the resource stands for, or
					 * NULL */
	svc_run_fn		 run;
};

struct svc_task {		/* one request in the handlers' hands */
	struct svc		*svc;
	struct svc_req		*req;
	struct svc_share	*share;	/* owned; of the worker's lease */
	struct svc_state	*state;	/* its */
	const struct svc_route	*route;	/* NULL: no such resource */
	const char		*rest;	/* of the path, after a prefix */
	const struct svc_tenant	*tenant; /* NULL where nobody had to say */
	struct svc_counters	*counters;
	bool			 is_sip, wants_text, wants_fragment;
	void			*job;	/* a handler's own */
	void			(*job_free)(void *job);
};

void svc_handle_sign(struct svc_task *t, struct svc_reply *reply);
void svc_handle_verify(struct svc_task *t, struct svc_reply *reply);
void svc_handle_health(struct svc_task *t, struct svc_reply *reply);
void svc_handle_ready(struct svc_task *t, struct svc_reply *reply);
void svc_handle_metrics(struct svc_task *t, struct svc_reply *reply);
void svc_handle_certificate(struct svc_task *t, struct svc_reply *reply);

/* A reply of 200; body is moved in, NULL (no memory) makes it a 500. */
void svc_reply_json(struct svc_task *t, char *body, struct svc_reply *reply);
/* The same with text/plain, text copied. */
void svc_reply_text(struct svc_task *t, struct shaken_sv text,
    struct svc_reply *reply);
/* The same with message/sipfrag; body is moved in, as for JSON. */
void svc_reply_fragment(struct svc_task *t, char *body,
    struct svc_reply *reply);
void svc_reply_error(struct svc_task *t, const struct api_error *e,
    struct svc_reply *reply);

/* The request's default country code, NULL for none. */
const char *svc_task_country(const struct svc_task *t);
/* Begin a line about this request. */
void svc_task_line(const struct svc_task *t, struct svc_line *l,
    enum svc_log_level level, const char *event);
void svc_line_ids(struct svc_line *l, const char *key,
    const struct shaken_id *ids, size_t n);

#endif
