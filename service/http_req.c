/* SPDX-License-Identifier: Apache-2.0 */
/* http_req.c - the life of one request. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/random.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <shaken/passport.h>

#include "http_int.h"

/* A body that is refused is read to its end up to this size, so that the
 * connection can go on and its client reads the answer. */
#define DISCARD_MAX (1024 * 1024)

struct req {			/* what MHD's req_cls points to */
	struct svc_req		 pub;	/* first: handlers have its address */
	struct svc_worker	*worker;
	struct MHD_Connection	*mhd;
	struct svc_conn		*conn;
	char			*path;	/* owned */
	char			*body;	/* owned */
	size_t			 cap;
	uint64_t		 discarded;
	struct svc_reply	 reply;	/* known before the body */
	bool			 has_run;
	unsigned		 status; /* answered; 0: not yet */
};

static struct req *
req_of(const struct svc_req *r)
{
	return (struct req *)(uintptr_t)r;
}

const char *
svc_req_header(const struct svc_req *r, const char *name)
{
	return MHD_lookup_connection_value(req_of(r)->mhd, MHD_HEADER_KIND,
	    name);
}

const char *
svc_req_arg(const struct svc_req *r, const char *name)
{
	return MHD_lookup_connection_value(req_of(r)->mhd,
	    MHD_GET_ARGUMENT_KIND, name);
}

struct list {
	const char	*name;
	char		*out;
	size_t		 size, len;
	bool		 found;
};

static enum MHD_Result
append_field(void *cls, enum MHD_ValueKind kind, const char *name,
    const char *value)
{
	struct list *l = cls;
	size_t n = value == NULL ? 0 : strlen(value);
	size_t comma = l->found ? 1 : 0;

	(void)kind;
	if (strcasecmp(name, l->name) != 0)
		return MHD_YES;
	if (comma + n < l->size - l->len) {
		memcpy(l->out + l->len, ",", comma);
		if (n > 0)
			memcpy(l->out + l->len + comma, value, n);
		l->len += comma + n;
		l->out[l->len] = '\0';
	}
	l->found = true;
	return MHD_YES;
}

const char *
svc_req_list(const struct svc_req *r, const char *name, char *out, size_t size)
{
	struct list l = { .name = name, .out = out, .size = size };

	*out = '\0';
	MHD_get_connection_values(req_of(r)->mhd, MHD_HEADER_KIND, append_field,
	    &l);
	return l.found ? out : NULL;
}

/* -- the beginning ------------------------------------------------------ */

/* The subject of the client's certificate: "" where it does not verify. */
static char *
read_subject(struct MHD_Connection *c)
{
	gnutls_typed_vdata_st purpose = { .type = GNUTLS_DT_KEY_PURPOSE_OID,
		.data = (unsigned char *)(uintptr_t)GNUTLS_KP_TLS_WWW_CLIENT };
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(c,
	    MHD_CONNECTION_INFO_GNUTLS_SESSION);
	const gnutls_datum_t *chain;
	gnutls_x509_crt_t leaf;
	gnutls_datum_t dn = { NULL, 0 };
	unsigned n, status;
	char *subject = NULL;

	if (info == NULL || info->tls_session == NULL ||
	    (chain = gnutls_certificate_get_peers(info->tls_session, &n)) ==
	    NULL || n == 0)
		return NULL;
	if (gnutls_certificate_verify_peers(info->tls_session, &purpose, 1,
	    &status) < 0 || status != 0 || gnutls_x509_crt_init(&leaf) < 0)
		return strdup("");
	if (gnutls_x509_crt_import(leaf, &chain[0], GNUTLS_X509_FMT_DER) >= 0 &&
	    gnutls_x509_crt_get_dn3(leaf, &dn, 0) >= 0)
		subject = strndup((const char *)dn.data, dn.size);
	gnutls_free(dn.data);
	gnutls_x509_crt_deinit(leaf);
	return subject != NULL ? subject : strdup("");
}

static struct svc_conn *
find_conn(const struct svc_worker *w, struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(c,
	    MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct svc_conn *conn = info == NULL ? NULL : info->socket_context;

	if (conn != NULL && w->http->client_certs && !conn->has_subject) {
		conn->subject = read_subject(c);
		conn->has_subject = true;
	}
	return conn;
}

/* 16 random bytes, without a system call for each; NULL: there are none. */
static const uint8_t *
random_id(struct svc_worker *w)
{
	if (w->n_ids == 0) {
		if (getrandom(w->ids, sizeof(w->ids), 0) != sizeof(w->ids))
			return NULL;
		w->n_ids = SVC_ID_POOL;
	}
	return w->ids[--w->n_ids];
}

const uint8_t *
svc_req_random(struct svc_req *r)
{
	return random_id(req_of(r)->worker);
}

/* The client's X-RequestID, or a new one where it is not fit to be shown. */
static void
set_id(struct req *r)
{
	static const uint8_t zero[16];
	const char *given = svc_req_header(&r->pub, "X-RequestID");
	const uint8_t *random;
	size_t n = given == NULL ? 0 : strlen(given);

	if (n > 0 && n <= SVC_REQUEST_ID_MAX) {
		size_t i = 0;

		while (i < n && given[i] > ' ' && given[i] <= '~')
			i++;
		if (i == n) {
			memcpy(r->pub.id, given, n + 1);
			return;
		}
	}
	random = random_id(r->worker);
	shaken_uuid(random != NULL ? random : zero, r->pub.id); /* no secret */
}

/* Content-Length; libmicrohttpd has refused what is no number. */
static void
set_length(struct req *r)
{
	const char *s = svc_req_header(&r->pub, "Content-Length");

	r->pub.is_chunked = svc_req_header(&r->pub, "Transfer-Encoding") !=
	    NULL;
	r->pub.has_length = s != NULL;
	for (; s != NULL && *s >= '0' && *s <= '9'; s++) {
		if (r->pub.length > UINT64_MAX / 16) {
			r->pub.length = UINT64_MAX;
			break;
		}
		r->pub.length = r->pub.length * 10 + (uint64_t)(*s - '0');
	}
}

/* A worker that had nothing to do so long has no queue. */
#define IDLE_US 1000
/* Of a busy worker's requests one in so many is looked at, and all while they
 * are found to wait: a queue is not there from one request to the next. */
#define SAMPLE 16

/*
 * How long its last bytes have been here: under load requests wait in their
 * sockets for a worker, where nothing else would see them.
 */
static int64_t
waited_ms(struct svc_worker *w, const struct svc_conn *conn)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	if (!w->http->sees_waiting || svc_now_us() - w->answered_us > IDLE_US ||
	    (!w->has_queue && ++w->unseen % SAMPLE != 0) ||
	    getsockopt(conn->fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0)
		return 0;
	w->has_queue = info.tcpi_last_data_recv > 0;
	return info.tcpi_last_data_recv;
}

static struct req *
begin(struct svc_worker *w, struct MHD_Connection *c, const char *url,
    const char *method)
{
	struct req *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->worker = w;
	r->mhd = c;
	r->conn = find_conn(w, c);
	r->path = strdup(url);
	if (r->conn == NULL || r->path == NULL) {
		free(r->path);
		free(r);
		return NULL;
	}
	atomic_store(&r->conn->deadline_ms,
	    svc_now_ms() + w->http->request_ms);
	r->pub.method = method;
	r->pub.path = r->path;
	r->pub.worker = w->index;
	r->pub.waited_ms = waited_ms(w, r->conn);
	r->pub.address = r->conn->has_address ? r->conn->address : NULL;
	r->pub.is_loopback = r->conn->is_loopback;
	r->pub.subject = r->conn->subject;
	set_id(r);
	set_length(r);
	atomic_fetch_add(&w->n_reqs, 1);
	return r;
}

/* -- the body ----------------------------------------------------------- */

static void
drop_body(struct req *r)
{
	free(r->body);
	r->body = NULL;
	r->cap = 0;
	r->pub.body = (struct shaken_sv){ NULL, 0 };
}

/* Room for n more bytes: what Content-Length says at once, else by doubling. */
static bool
make_room(struct req *r, size_t n)
{
	size_t want = r->pub.body.n + n;
	char *p;

	if (want <= r->cap)
		return true;
	if (r->pub.has_length && r->pub.length >= want)
		want = (size_t)r->pub.length;
	else if (want < r->cap * 2)
		want = r->cap * 2;
	p = realloc(r->body, want);
	if (p == NULL)
		return false;
	r->body = p;
	r->cap = want;
	return true;
}

static void
refuse(struct req *r, bool too_large)
{
	struct svc_http *h = r->worker->http;

	drop_body(r);
	h->ops->refuse(h->ctx, &r->pub, too_large, &r->reply);
}

/* Keep a piece of the body, or throw it away. */
static void
take(struct req *r, const char *p, size_t n)
{
	size_t max = r->worker->http->max_body;
	bool too_large = n > max || r->pub.body.n > max - n;

	if (r->reply.status == 0 && (too_large || !make_room(r, n)))
		refuse(r, too_large);
	if (r->reply.status != 0) {
		r->discarded += n;
		return;
	}
	memcpy(r->body + r->pub.body.n, p, n);
	r->pub.body = (struct shaken_sv){ r->body, r->pub.body.n + n };
}

/* -- the answer --------------------------------------------------------- */

static void
add_field(struct MHD_Response *m, const char *name, const char *value)
{
	if (value != NULL)
		(void)MHD_add_response_header(m, name, value);
}

static enum MHD_Result
send_reply(struct req *r, struct svc_reply *reply, bool close_after)
{
	struct MHD_Response *m;
	enum MHD_Result rc;

	m = MHD_create_response_from_buffer(reply->len,
	    reply->body != NULL ? reply->body : (void *)(uintptr_t)"",
	    reply->body != NULL ? MHD_RESPMEM_MUST_FREE :
	    MHD_RESPMEM_PERSISTENT);
	if (m == NULL) {
		free(reply->body);
		reply->body = NULL;
		return MHD_NO;
	}
	reply->body = NULL;
	add_field(m, "X-RequestID", r->pub.id);
	add_field(m, "Content-Type", reply->type);
	add_field(m, "Allow", reply->allow);
	add_field(m, "WWW-Authenticate", reply->challenge);
	add_field(m, "Cache-Control", reply->cache);
	add_field(m, "Retry-After", reply->retry);
	if (close_after || atomic_load(&r->worker->http->draining))
		add_field(m, "Connection", "close");
	r->status = reply->status;
	rc = MHD_queue_response(r->mhd, reply->status, m);
	MHD_destroy_response(m);
	return rc;
}

static enum MHD_Result
run(struct req *r)
{
	struct svc_http *h = r->worker->http;
	struct svc_reply reply = { .status = 0 };

	if (!r->has_run) {
		atomic_store(&r->conn->deadline_ms, 0);
		r->pub.start_us = svc_now_us();
		r->has_run = true;
	}
	if (r->reply.status != 0)
		return send_reply(r, &r->reply, false);
	h->ops->run(h->ctx, &r->pub, &reply);
	return reply.status == 0 ? MHD_YES : send_reply(r, &reply, false);
}

bool
svc_req_suspend(struct svc_req *r)
{
	struct svc_http *h = req_of(r)->worker->http;

	/* Counted first: whoever forbids it sees the count, or is seen. */
	atomic_fetch_add(&h->n_suspended, 1);
	if (atomic_load(&h->no_suspend)) {
		atomic_fetch_sub(&h->n_suspended, 1);
		return false;
	}
	MHD_suspend_connection(req_of(r)->mhd);
	return true;
}

void
svc_req_resume(struct svc_req *r)
{
	struct svc_http *h = req_of(r)->worker->http;

	MHD_resume_connection(req_of(r)->mhd);
	atomic_fetch_sub(&h->n_suspended, 1); /* r may be gone already */
}

/* Called with the header fields, then with every piece of the body, then once
 * more, and again after a suspension. */
enum MHD_Result
svc_on_request(void *cls, struct MHD_Connection *c, const char *url,
    const char *method, const char *version, const char *upload,
    size_t *upload_size, void **slot)
{
	struct svc_worker *w = cls;
	struct req *r = *slot;

	(void)version;
	if (r == NULL) {
		r = begin(w, c, url, method);
		if (r == NULL)
			return MHD_NO;
		*slot = r;
		w->http->ops->head(w->http->ctx, &r->pub, &r->reply);
		if (r->reply.status == 0 && r->pub.length > w->http->max_body)
			refuse(r, true);
		/* No use in reading what will be thrown away: but for a small
		 * body, whose client would not read the answer otherwise. */
		if (r->reply.status != 0 && (r->pub.length > DISCARD_MAX ||
		    svc_req_header(&r->pub, "Expect") != NULL))
			return send_reply(r, &r->reply, true);
		return MHD_YES;
	}
	if (*upload_size == 0)
		return run(r);
	take(r, upload, *upload_size);
	*upload_size = 0;
	if (r->discarded > DISCARD_MAX)
		return MHD_NO;
	return MHD_YES;
}

void
svc_on_completed(void *cls, struct MHD_Connection *c, void **slot,
    enum MHD_RequestTerminationCode how)
{
	struct svc_worker *w = cls;
	struct req *r = *slot;

	(void)c;
	*slot = NULL;
	if (r == NULL)
		return;
	w->http->ops->done(w->http->ctx, &r->pub,
	    how == MHD_REQUEST_TERMINATED_COMPLETED_OK ? r->status : 0);
	if (how == MHD_REQUEST_TERMINATED_COMPLETED_OK)
		atomic_store(&r->conn->deadline_ms, svc_now_ms() +
		    w->http->idle_ms + w->http->request_ms);
	atomic_fetch_sub(&w->n_reqs, 1);
	w->answered_us = svc_now_us();
	free(r->reply.body);
	drop_body(r);
	free(r->path);
	free(r);
}
