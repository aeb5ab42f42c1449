/* SPDX-License-Identifier: Apache-2.0 */
/* transfer.c - one request and its answer. */
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <openssl/crypto.h>

#include "pubaddr.h"
#include "fresh.h"
#include "text.h"
#include "transfer.h"

#define HEADERS_MAX (16 * 1024)	/* all header fields; real ones: below 2 KiB */
#define BODY_FIRST (8 * 1024)	/* most chains fit */

/* A header field value cannot hold what would start another line. */
static bool
is_field_value(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	return true;
}

static enum shaken_err
add_header(struct certs_transfer *t, const char *name, const char *value)
{
	struct curl_slist *list;
	char line[512];
	int n = snprintf(line, sizeof(line), "%s%s", name, value);

	if (n < 0 || (size_t)n >= sizeof(line) || !is_field_value(line))
		return SHAKEN_E_ARG;
	list = curl_slist_append(t->headers, line);
	if (list == NULL)
		return SHAKEN_E_NOMEM;
	t->headers = list;
	return SHAKEN_OK;
}

static enum shaken_err
add_headers(struct certs_transfer *t, const struct certs_fetch_req *req)
{
	enum shaken_err err = SHAKEN_OK;

	/* RFC 9110 section 13.1.3: with an etag, the date is not looked at */
	if (req->etag != NULL && req->etag[0] != '\0') {
		err = add_header(t, "If-None-Match: ", req->etag);
		t->conditional = true;
	} else if (req->last_modified != NULL &&
	    req->last_modified[0] != '\0') {
		err = add_header(t, "If-Modified-Since: ", req->last_modified);
		t->conditional = true;
	}
	for (size_t i = 0; err == SHAKEN_OK && i < req->n_headers; i++)
		err = add_header(t, req->headers[i], "");
	return err;
}

/* n bytes of p, and a NUL. */
static char *
copy(const char *p, size_t n)
{
	char *to = malloc(n + 1);

	if (to != NULL) {
		memcpy(to, p, n);
		to[n] = '\0';
	}
	return to;
}

enum shaken_err
certs_transfer_new(const struct certs_fetch_opts *opts,
    const struct certs_fetch_req *req, struct certs_transfer **out,
    struct shaken_diag *diag)
{
	struct certs_transfer *t = calloc(1, sizeof(*t));
	enum shaken_err err;

	*out = NULL;
	if (t == NULL)
		return SHAKEN_E_NOMEM;
	t->opts = opts;
	t->first = req->first;
	t->max_bytes = req->max_bytes != 0 ? req->max_bytes : opts->max_bytes;
	err = certs_url_check(opts, req->url, t->host, diag);
	if (err == SHAKEN_OK)
		err = add_headers(t, req);
	if (err != SHAKEN_OK)
		goto fail;
	err = SHAKEN_E_NOMEM;
	t->url = copy(req->url.p, req->url.n);
	if (t->url == NULL)
		goto fail;
	if (req->post.n > 0) {
		t->post = copy(req->post.p, req->post.n);
		t->post_n = req->post.n;
		if (t->post == NULL)
			goto fail;
	}
	*out = t;
	return SHAKEN_OK;
fail:
	certs_transfer_free(t);
	return err;
}

void
certs_transfer_free(struct certs_transfer *t)
{
	if (t == NULL)
		return;
	curl_easy_cleanup(t->easy);
	/* a login may stand in these */
	for (const struct curl_slist *h = t->headers; h != NULL; h = h->next)
		OPENSSL_cleanse(h->data, strlen(h->data));
	if (t->post != NULL)
		OPENSSL_cleanse(t->post, t->post_n);
	if (t->body != NULL)
		OPENSSL_cleanse(t->body, t->body_n);
	curl_slist_free_all(t->headers);
	free(t->body);
	free(t->post);
	free(t->url);
	free(t);
}

/* Judged here, an address cannot change between the judgement and its use.  One
 * that is refused ends the transfer: a name that has such an address beside
 * others is not tried on. */
static curl_socket_t
on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct certs_transfer *t = arg;
	const struct sockaddr *sa = &to->addr;
	char text[INET6_ADDRSTRLEN] = "an address of another family";

	(void)purpose;
	if (!t->opts->allow_private &&
	    !certs_addr_is_public(sa, (socklen_t)to->addrlen)) {
		if (sa->sa_family == AF_INET || sa->sa_family == AF_INET6)
			(void)getnameinfo(sa, (socklen_t)to->addrlen, text,
			    sizeof(text), NULL, 0, NI_NUMERICHOST);
		snprintf(t->refused, sizeof(t->refused), "%s", text);
		t->stop = CERTS_FETCH_ADDRESS;
		return CURL_SOCKET_BAD;
	}
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* Keep a value that fits; one that does not is as if it were not there. */
static void
keep(char *to, size_t cap, struct shaken_sv v)
{
	size_t n = v.n < cap ? v.n : 0;

	memcpy(to, v.p, n);
	to[n] = '\0';
}

/* Cache-Control may come in several fields, which are one list. */
static void
append(char *to, size_t cap, struct shaken_sv v)
{
	size_t have = strlen(to);
	int n = snprintf(to + have, cap - have, "%s%.*s",
	    have == 0 ? "" : ", ", (int)(v.n < cap ? v.n : cap), v.p);

	if (n < 0 || (size_t)n >= cap - have)
		to[have] = '\0';
}

static size_t
on_header(char *p, size_t size, size_t n, void *arg)
{
	struct certs_transfer *t = arg;
	struct shaken_sv line = { p, n }, name;

	(void)size;		/* is 1 */
	t->header_n += n;
	if (t->header_n > HEADERS_MAX) {
		t->stop = CERTS_FETCH_SIZE;
		return 0;
	}
	name = certs_take_until(&line, ':');
	line = certs_trim(line);
	if (certs_name_is(name, "etag"))
		keep(t->etag, sizeof(t->etag), line);
	else if (certs_name_is(name, "last-modified"))
		keep(t->last_modified, sizeof(t->last_modified), line);
	else if (certs_name_is(name, "content-type"))
		keep(t->content_type, sizeof(t->content_type), line);
	else if (certs_name_is(name, "cache-control"))
		append(t->cache_control, sizeof(t->cache_control), line);
	else if (certs_name_is(name, "expires"))
		keep(t->expires, sizeof(t->expires), line);
	else if (certs_name_is(name, "date"))
		keep(t->date, sizeof(t->date), line);
	else if (certs_name_is(name, "age"))
		keep(t->age, sizeof(t->age), line);
	else if ((certs_name_is(name, "content-encoding") &&
	    !certs_name_is(line, "identity")) ||
	    (certs_name_is(name, "transfer-encoding") &&
	    !certs_name_is(line, "chunked"))) {
		t->stop = CERTS_FETCH_CODING; /* nobody asked for it */
		return 0;
	}
	return n;
}

static size_t
on_body(char *p, size_t size, size_t n, void *arg)
{
	struct certs_transfer *t = arg;
	size_t cap = t->body_cap;
	long status = 0;
	char *body;

	(void)size;		/* is 1 */
	if (n > t->max_bytes - t->body_n) {
		t->stop = CERTS_FETCH_SIZE;
		return 0;
	}
	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status != 200) {	/* read on: the connection can serve again */
		t->body_n += n;
		return n;
	}
	while (cap - t->body_n < n)
		cap = cap == 0 ? BODY_FIRST : cap * 2;
	if (cap != t->body_cap) {
		body = realloc(t->body, cap);
		if (body == NULL) {
			t->stop = CERTS_FETCH_INTERNAL;
			return 0;
		}
		t->body = body;
		t->body_cap = cap;
	}
	memcpy(t->body + t->body_n, p, n);
	t->body_n += n;
	return n;
}

/* Whom to connect to, and whom to believe to be it. */
static bool
set_connection(struct certs_transfer *t, long left_ms)
{
	const struct certs_fetch_opts *o = t->opts;
	CURL *e = t->easy;
	long connect_ms = (long)o->connect_ms;

	if (connect_ms > left_ms)
		connect_ms = left_ms;
	return curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, left_ms) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, connect_ms) ==
	    CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_socket) ==
	    CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, t) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, o->allow_http ?
	    "https,http" : "https") == CURLE_OK &&
	    /* not even from the environment */
	    curl_easy_setopt(e, CURLOPT_PROXY, "") == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_SSLVERSION,
	    (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
	    (o->tls_ca == NULL ||
	    /* instead of the system's store, not beside it */
	    (curl_easy_setopt(e, CURLOPT_CAPATH, NULL) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_CAINFO, o->tls_ca) == CURLE_OK));
}

static bool
set_request(struct certs_transfer *t)
{
	CURL *e = t->easy;

	return curl_easy_setopt(e, CURLOPT_URL, t->url) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_PATH_AS_IS, 1L) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L) ==
	    CURLE_OK &&
	    /* no multiplexing: one request more or less says nothing about
	     * another one's fate */
	    curl_easy_setopt(e, CURLOPT_HTTP_VERSION,
	    (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_USERAGENT, t->opts->user_agent) ==
	    CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_HTTPHEADER, t->headers) == CURLE_OK &&
	    (t->post == NULL ||
	    (curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE, (long)t->post_n) ==
	    CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_POSTFIELDS, t->post) == CURLE_OK));
}

bool
certs_transfer_start(struct certs_transfer *t, int64_t now_ms)
{
	CURL *e = curl_easy_init();

	t->easy = e;
	return e != NULL &&
	    set_connection(t, (long)(t->deadline_ms - now_ms)) &&
	    set_request(t) &&
	    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	    /* A name that is still being looked up when the deadline comes
	     * would keep the whole thread waiting; this leaves it to the
	     * resolver's own thread to clean up when it returns. */
	    curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->error) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_PRIVATE, t) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_MAXFILESIZE_LARGE,
	    (curl_off_t)t->max_bytes) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header) ==
	    CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_HEADERDATA, t) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_WRITEDATA, t) == CURLE_OK;
}

static enum certs_fetch_end
end_of(const struct certs_transfer *t, CURLcode rc)
{
	if (t->stop == CERTS_FETCH_ADDRESS)
		return t->stop;
	if (t->stop != CERTS_FETCH_OK)
		return t->res.status == 200 ? t->stop : CERTS_FETCH_STATUS;
	switch ((int)rc) {	/* curl has a hundred codes */
	case CURLE_OK:
		return t->res.status == 200 || t->res.not_modified ?
		    CERTS_FETCH_OK : CERTS_FETCH_STATUS;
	case CURLE_COULDNT_RESOLVE_HOST:
		return CERTS_FETCH_DNS;
	case CURLE_COULDNT_CONNECT:
		return CERTS_FETCH_CONNECT;
	case CURLE_OPERATION_TIMEDOUT:
		return CERTS_FETCH_TIMEOUT;
	case CURLE_FILESIZE_EXCEEDED:
		return CERTS_FETCH_SIZE;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
		return CERTS_FETCH_TLS;
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_URL_MALFORMAT:
		return CERTS_FETCH_URL;
	case CURLE_OUT_OF_MEMORY:
		return CERTS_FETCH_INTERNAL;
	default:
		return CERTS_FETCH_HTTP;
	}
}

static void
explain(struct certs_transfer *t, CURLcode rc)
{
	struct shaken_diag *why = &t->res.why;

	switch ((int)t->res.end) { /* curl has words for the others */
	case CERTS_FETCH_OK:
		break;
	case CERTS_FETCH_ADDRESS:
		certs_diag(why, "%s is no public address", t->refused);
		break;
	case CERTS_FETCH_STATUS:
		certs_diag(why, "HTTP status %d%s", t->res.status,
		    t->res.status / 100 == 3 ? ", not followed" : "");
		break;
	case CERTS_FETCH_CODING:
		certs_diag(why, "a compressed answer");
		break;
	case CERTS_FETCH_SIZE:
		certs_diag(why, "more than %zu bytes", t->max_bytes);
		break;
	default:
		certs_diag(why, "%s", t->error[0] != '\0' ? t->error :
		    curl_easy_strerror(rc));
	}
}

void
certs_transfer_done(struct certs_transfer *t, CURLcode rc)
{
	struct certs_fetch_res *r = &t->res;
	long status = 0;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	r->status = (int)status;
	r->not_modified = t->conditional && status == 304;
	r->end = end_of(t, rc);
	explain(t, rc);
	r->etag = t->etag;
	r->last_modified = t->last_modified;
	r->content_type = t->content_type;
	r->cache_control = t->cache_control;
	r->fresh_s = certs_fresh_s(&(struct certs_fresh){
		.cache_control = shaken_sv_cstr(t->cache_control),
		.expires = shaken_sv_cstr(t->expires),
		.date = shaken_sv_cstr(t->date),
		.age = shaken_sv_cstr(t->age),
	});
	if (r->end == CERTS_FETCH_OK)
		r->body = (struct shaken_sv){ t->body, t->body_n };
}

void
certs_transfer_fail(struct certs_transfer *t, enum certs_fetch_end end,
    const char *why)
{
	t->res = (struct certs_fetch_res){
		.end = end, .fresh_s = -1, .etag = "", .last_modified = "",
		.content_type = "", .cache_control = "",
	};
	certs_diag(&t->res.why, "%s", why);
}
