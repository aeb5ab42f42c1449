/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x5u.c - findings about how a certificate chain is published.
 *
 * The rules for the URL and for HTTP are those of ATIS-1000074, for the body
 * those of its media type, application/pem-certificate-chain (RFC 8555 section
 * 9.1).
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <shaken/cert.h>
#include <shaken/chain.h>
#include <shaken/signer.h>
#include <shakencerts/x5u.h>

#include "fresh.h"
#include "text.h"
#include "url.h"

#define X5U "ATIS-1000074, x5u rules"
#define MEDIA "RFC 8555 section 9.1"
#define NO_INFO "RFC 8224 section 6.2.2"	/* 436 */
#define URI "RFC 3986 section 6.2"

#define MEDIA_TYPE "application/pem-certificate-chain"
#define FRESH_S 86400		/* a verifier keeps a chain for 24 hours at least */

struct lint {
	shaken_finding_fn	 fn;
	void			*ctx;
	bool			 refused; /* there was an error */
};

__attribute__((format(printf, 5, 6)))
static void
find(struct lint *l, enum shaken_severity severity, const char *id,
    const char *rule, const char *fmt, ...)
{
	struct shaken_finding f = {
		.severity = severity, .id = id, .rule = rule
	};
	char raw[SHAKEN_DIAG_MAX];
	struct shaken_diag text;
	va_list ap;

	va_start(ap, fmt);
	if (vsnprintf(raw, sizeof(raw), fmt, ap) < 0)
		raw[0] = '\0';
	va_end(ap);
	certs_diag(&text, "%s", raw);
	f.text = text.text;
	if (severity == SHAKEN_ERROR)
		l->refused = true;
	l->fn(&f, l->ctx);
}

/* -- the URL ------------------------------------------------------------ */

struct parts {			/* scheme://userinfo@host:port/path */
	struct shaken_sv	scheme, host, port, path;
	bool			has_userinfo, has_port, has_query,
				has_fragment;
};

/* Take what stands before the first of these characters; all if none is. */
static struct shaken_sv
take_span(struct shaken_sv *in, const char *stop)
{
	struct shaken_sv head = { in->p, 0 };

	while (head.n < in->n && (head.p[head.n] == '\0' ||
	    strchr(stop, head.p[head.n]) == NULL))
		head.n++;
	in->p += head.n;
	in->n -= head.n;
	return head;
}

static bool
split(struct shaken_sv url, struct parts *out)
{
	struct shaken_sv authority;

	*out = (struct parts){ .scheme = take_span(&url, ":/?#") };
	if (out->scheme.n == 0 || url.n < 3 || memcmp(url.p, "://", 3) != 0)
		return false;
	url.p += 3;
	url.n -= 3;
	authority = take_span(&url, "/?#");
	out->path = take_span(&url, "?#");
	out->has_query = url.n > 0 && url.p[0] == '?';
	out->has_fragment = memchr(url.p, '#', url.n) != NULL;
	while (memchr(authority.p, '@', authority.n) != NULL) {
		out->has_userinfo = true;
		(void)certs_take_until(&authority, '@');
	}
	if (authority.n > 0 && authority.p[0] == '[') {
		out->host = take_span(&authority, "]");
		if (authority.n == 0)
			return false;
		out->host.n++;	/* and the bracket */
		authority.p++;
		authority.n--;
	} else {
		out->host = take_span(&authority, ":");
	}
	out->has_port = authority.n > 0 && authority.p[0] == ':';
	if (out->has_port)
		out->port = (struct shaken_sv){ authority.p + 1,
			authority.n - 1 };
	return out->host.n > 0;
}

/* To the character: verifiers do not take "0443". */
static void
lint_port(struct lint *l, const struct parts *p)
{
	if (!p->has_port)
		return;
	if (certs_name_is(p->port, "443"))
		find(l, SHAKEN_NOTE, "x5u-port", URI, "names the default port: "
		    "caches keep it apart from the URL without it");
	else if (!certs_name_is(p->port, "8443"))
		find(l, SHAKEN_ERROR, "x5u-port", X5U, "port '%.*s' is neither "
		    "443 nor 8443", (int)(p->port.n < 16 ? p->port.n : 16),
		    p->port.p);
}

/* A name is what a TLS certificate and a change of address go by. */
static void
lint_host(struct lint *l, const struct parts *p)
{
	bool literal = p->host.p[0] == '[', upper = false;
	size_t digits = 0;

	for (size_t i = 0; i < p->host.n; i++) {
		char c = p->host.p[i];

		upper = upper || (c >= 'A' && c <= 'Z');
		digits += (c >= '0' && c <= '9') || c == '.';
	}
	if (literal || digits == p->host.n)
		find(l, SHAKEN_NOTE, "x5u-host", X5U, "the host is an address, "
		    "not a name");
	else if (upper)
		find(l, SHAKEN_NOTE, "x5u-host", URI, "the host is not in lower "
		    "case: caches keep it apart from the URL that is");
}

/* Whether one of the segments of path is seg. */
static bool
has_segment(struct shaken_sv path, const char *seg)
{
	(void)certs_take_until(&path, '/');
	while (path.n > 0) {
		struct shaken_sv s = certs_take_until(&path, '/');

		/* an empty last one is how a directory is written */
		if (s.n == strlen(seg) && memcmp(s.p, seg, s.n) == 0)
			return true;
	}
	return false;
}

static void
lint_path(struct lint *l, const struct parts *p)
{
	if (p->path.n <= 1)
		find(l, SHAKEN_WARN, "x5u-path", X5U, "there is no path, so a "
		    "new certificate cannot have a URL of its own");
	else if (has_segment(p->path, ".") || has_segment(p->path, ".."))
		find(l, SHAKEN_WARN, "x5u-path", URI, "'.' or '..' in the path: "
		    "some clients take it out, some do not");
	else if (has_segment(p->path, ""))
		find(l, SHAKEN_NOTE, "x5u-path", URI, "two slashes in a row: "
		    "some servers make them one");
}

static enum shaken_err
no_signature(void *ctx, struct shaken_sv msg, uint8_t sig[SHAKEN_ES256_SIG])
{
	(void)ctx;
	(void)msg;
	(void)sig;
	return SHAKEN_E_CRYPTO;
}

/* What both who fetches and who reads a token would take, down to the last
 * character: a signer is not made for another one. */
static enum shaken_err
try_url(struct shaken_sv url, struct shaken_diag *why)
{
	const struct certs_fetch_opts everybody = { .size = sizeof(everybody) };
	const struct shaken_signer_ops ops = { .size = sizeof(ops),
		.sign = no_signature };
	const struct shaken_signer_conf conf = { .size = sizeof(conf),
		.x5u = url };
	struct shaken_signer *signer = NULL;
	enum shaken_err err = certs_url_check(&everybody, url, NULL, why);

	if (err == SHAKEN_OK)
		err = shaken_signer_new(&ops, NULL, &conf, &signer, why);
	shaken_signer_free(&signer);
	return err;
}

void
certs_x5u_lint_url(struct shaken_sv url, shaken_finding_fn fn, void *ctx)
{
	struct lint l = { .fn = fn, .ctx = ctx };
	struct shaken_diag why = { "" };
	enum shaken_err err;
	struct parts p;

	if (!split(url, &p)) {
		find(&l, SHAKEN_ERROR, "x5u-form", X5U, "is no absolute URL "
		    "with a host");
		return;
	}
	if (!certs_name_is(p.scheme, "https"))
		find(&l, SHAKEN_ERROR, "x5u-scheme", X5U, "the scheme is not "
		    "https");
	if (p.has_userinfo)
		find(&l, SHAKEN_ERROR, "x5u-userinfo", X5U, "there is user "
		    "information before the host");
	lint_host(&l, &p);
	lint_port(&l, &p);
	lint_path(&l, &p);
	if (p.has_query)
		find(&l, SHAKEN_ERROR, "x5u-query", X5U, "there is a query, "
		    "perhaps an empty one");
	if (p.has_fragment)
		find(&l, SHAKEN_ERROR, "x5u-fragment", X5U, "there is a "
		    "fragment, perhaps an empty one");
	err = l.refused ? SHAKEN_OK : try_url(url, &why);
	if (err != SHAKEN_OK)
		find(&l, SHAKEN_ERROR, "x5u-form", X5U, "%s",
		    why.text[0] != '\0' ? why.text :
		    shaken_strerror((int)err));
}

/* -- the answer --------------------------------------------------------- */

static void
lint_type(struct lint *l, const char *content_type)
{
	struct shaken_sv v = shaken_sv_cstr(content_type);

	if (v.n == 0)
		find(l, SHAKEN_WARN, "x5u-type", X5U, "there is no "
		    "Content-Type, " MEDIA_TYPE " is asked for");
	else if (!certs_name_is(certs_trim(certs_take_until(&v, ';')),
	    MEDIA_TYPE))
		find(l, SHAKEN_WARN, "x5u-type", X5U, "Content-Type is %.80s, "
		    MEDIA_TYPE " is asked for", content_type);
}

static void
lint_caching(struct lint *l, const struct certs_fetch_res *res)
{
	/* what the host says, whatever age a cache on the way gave it */
	int64_t s = certs_fresh_s(&(struct certs_fresh){
		.cache_control = shaken_sv_cstr(res->cache_control) });

	if (s < 0)
		s = res->fresh_s;
	if (s < 0)
		find(l, SHAKEN_WARN, "x5u-cache", X5U, "neither Cache-Control "
		    "nor Expires says how long it may be kept, 24 hours are "
		    "asked for");
	else if (s < FRESH_S)
		find(l, SHAKEN_WARN, "x5u-cache", X5U, "may be kept for %lld "
		    "seconds, %d are asked for", (long long)s, FRESH_S);
}

/* How a fetch that failed did; what is not here is no fault of the URL. */
static void
lint_end(struct lint *l, const struct certs_fetch_res *res)
{
	const char *why = res->why.text;

	switch (res->end) {
	case CERTS_FETCH_URL:
		find(l, SHAKEN_ERROR, "x5u-form", X5U, "%s", why);
		break;
	case CERTS_FETCH_ADDRESS:
		find(l, SHAKEN_ERROR, "x5u-address", NO_INFO, "%s", why);
		break;
	case CERTS_FETCH_TLS:
		find(l, SHAKEN_ERROR, "x5u-tls", X5U, "%s", why);
		break;
	case CERTS_FETCH_STATUS:
		if (res->status / 100 == 3)
			find(l, SHAKEN_ERROR, "x5u-redirect", X5U, "is "
			    "redirected with status %d, which verifiers do "
			    "not follow", res->status);
		else
			find(l, SHAKEN_ERROR, "x5u-status", X5U, "%s, 200 is "
			    "asked for", why);
		break;
	case CERTS_FETCH_CODING:
	case CERTS_FETCH_SIZE:
		find(l, SHAKEN_ERROR, "x5u-body", NO_INFO, "%s", why);
		break;
	case CERTS_FETCH_DNS:
	case CERTS_FETCH_CONNECT:
	case CERTS_FETCH_TIMEOUT:
	case CERTS_FETCH_HTTP:
	case CERTS_FETCH_CONTENT:
	case CERTS_FETCH_SECRET:
		find(l, SHAKEN_ERROR, "x5u-answer", NO_INFO, "%s", why);
		break;
	case CERTS_FETCH_OK:
	case CERTS_FETCH_BUSY:
	case CERTS_FETCH_STOPPED:
	case CERTS_FETCH_INTERNAL:
	case CERTS_FETCH_ENDS:
		break;
	}
}

/* -- the body ----------------------------------------------------------- */

struct body {
	struct shaken_cert	*cert[SHAKEN_CHAIN_MAX]; /* owned */
	size_t			 n;
	bool			 has_text; /* around the certificates */
};

static bool
is_blank(struct shaken_sv v)
{
	return certs_trim(v).n == 0;
}

/* Take the next certificate with its lines, and tell of text before it. */
static bool
take_block(struct shaken_sv *in, struct shaken_sv *block, bool *has_text)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----";
	static const char end[] = "-----END CERTIFICATE-----";
	struct shaken_sv rest = *in;
	const char *p, *q = NULL;

	p = rest.n == 0 ? NULL : memmem(rest.p, rest.n, begin,
	    sizeof(begin) - 1);
	if (p != NULL)
		q = memmem(p, rest.n - (size_t)(p - rest.p), end,
		    sizeof(end) - 1);
	if (q == NULL) {
		*has_text = *has_text || !is_blank(rest);
		return false;
	}
	q += sizeof(end) - 1;
	*has_text = *has_text || !is_blank((struct shaken_sv){ rest.p,
	    (size_t)(p - rest.p) });
	*block = (struct shaken_sv){ p, (size_t)(q - p) };
	*in = (struct shaken_sv){ q, rest.n - (size_t)(q - rest.p) };
	return true;
}

/* Whether a verifier can make a chain of it. */
static enum shaken_err
try_chain(struct shaken_sv in, struct shaken_diag *why)
{
	struct shaken_chain *chain = NULL;
	struct shaken_trust *none = NULL;
	enum shaken_err err;

	certs_diag(why, "%s", "");
	err = shaken_trust_new(NULL, &none);
	if (err == SHAKEN_OK)
		err = shaken_chain_new(none, in, &chain, why);
	if (err != SHAKEN_OK && why->text[0] == '\0')
		certs_diag(why, "%s", shaken_strerror((int)err));
	shaken_chain_free(&chain);
	shaken_trust_free(&none);
	return err;
}

/* False: there was a finding that leaves nothing to be said. */
static bool
read_body(struct lint *l, struct shaken_sv in, struct body *b)
{
	struct shaken_diag why;
	struct shaken_sv block;
	enum shaken_err err = try_chain(in, &why);

	if (err == SHAKEN_E_SECRET)
		find(l, SHAKEN_ERROR, "x5u-secret", NO_INFO, "there is a "
		    "private key in it: it is no secret any more");
	else if (err != SHAKEN_OK)
		find(l, SHAKEN_ERROR, "x5u-body", MEDIA, "%s", why.text);
	if (err != SHAKEN_OK)
		return false;
	while (b->n < SHAKEN_CHAIN_MAX &&
	    take_block(&in, &block, &b->has_text)) {
		err = shaken_cert_parse(block, &b->cert[b->n], &why);
		if (err != SHAKEN_OK) {
			find(l, SHAKEN_ERROR, "x5u-body", MEDIA, "certificate "
			    "%zu: %s", b->n + 1, why.text);
			return false;
		}
		b->n++;
	}
	if (b->n == 0)
		find(l, SHAKEN_ERROR, "x5u-body", MEDIA, "is not written as "
		    "PEM with the label CERTIFICATE");
	return b->n > 0;
}

static bool
is_issued_by(const struct shaken_cert *c, const struct shaken_cert *issuer)
{
	struct shaken_sv a = shaken_cert_issuer(c);
	struct shaken_sv b = shaken_cert_subject(issuer);

	return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

static void
lint_order(struct lint *l, const struct body *b)
{
	if (shaken_cert_is_ca(b->cert[0]))
		find(l, SHAKEN_ERROR, "x5u-order", MEDIA, "the first "
		    "certificate is not the leaf");
	for (size_t i = 0; i + 1 < b->n; i++)
		if (!is_issued_by(b->cert[i], b->cert[i + 1])) {
			find(l, SHAKEN_WARN, "x5u-order", MEDIA, "certificate "
			    "%zu did not issue certificate %zu", i + 2, i + 1);
			break;
		}
}

static void
lint_body(struct lint *l, struct shaken_sv in)
{
	struct body b = { .n = 0 };

	if (read_body(l, in, &b)) {
		if (b.has_text)
			find(l, SHAKEN_WARN, "x5u-text", MEDIA, "there is text "
			    "around the certificates");
		lint_order(l, &b);
		for (size_t i = 0; i < b.n; i++)
			if (is_issued_by(b.cert[i], b.cert[i]))
				find(l, SHAKEN_NOTE, "x5u-root", MEDIA,
				    "certificate %zu is a root, which nobody "
				    "believes for being sent", i + 1);
	}
	for (size_t i = 0; i < b.n; i++)
		shaken_cert_free(&b.cert[i]);
}

void
certs_x5u_lint_answer(const struct certs_fetch_res *res, shaken_finding_fn fn,
    void *ctx)
{
	struct lint l = { .fn = fn, .ctx = ctx };

	if (res->end != CERTS_FETCH_OK) {
		lint_end(&l, res);
		return;
	}
	lint_type(&l, res->content_type);
	lint_caching(&l, res);
	lint_body(&l, res->body);
}
