/* SPDX-License-Identifier: Apache-2.0 */
/*
 * url.c - which URLs may be fetched at all.
 *
 * Read with curl's own parser, so that what is judged here is what is connected
 * to later; where that parser is lenient, the bytes are looked at before.
 */
#include <stdlib.h>

#include <curl/curl.h>

#include "text.h"
#include "url.h"

static enum shaken_err
refuse(struct shaken_diag *diag, const char *why)
{
	certs_diag(diag, "%s", why);
	return SHAKEN_E_URI;
}

/* What RFC 3986 lets stand in a URI, but for query and fragment; a backslash,
 * for one, is a slash to some parsers. */
static bool
is_allowed(char c)
{
	return c > ' ' && c < 0x7f && strchr("\"<>\\^`{|}?#", c) == NULL;
}

/* Exactly "scheme://authority", the latter without escapes or userinfo: that
 * parser also takes one slash or three, and unescapes names. */
static bool
authority_ok(const char *url)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:[]";
	const char *p = strchr(url, ':');
	size_t n;

	if (p == NULL || strncmp(p, "://", 3) != 0)
		return false;
	n = strspn(p + 3, allowed);
	return n > 0 && (p[3 + n] == '/' || p[3 + n] == '\0');
}

static bool
port_ok(const struct certs_fetch_opts *opts, const char *port)
{
	int64_t n;

	if (!certs_number(shaken_sv_cstr(port), 65536, &n) || n < 1 ||
	    n > 65535)
		return false;
	if (n == 443 || n == 8443 || opts->any_port)
		return true;
	for (size_t i = 0; i < opts->n_ports; i++)
		if (opts->ports[i] == n)
			return true;
	return false;
}

/* The rules about the parts of a URL that curl could parse. */
static enum shaken_err
judge(const struct certs_fetch_opts *opts, CURLU *u, char *host,
    struct shaken_diag *diag)
{
	char *scheme = NULL, *name = NULL, *port = NULL;
	enum shaken_err err = SHAKEN_E_NOMEM;
	bool http;

	if (curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK)
		goto out;
	http = opts->allow_http && strcmp(scheme, "http") == 0;
	if (!http && strcmp(scheme, "https") != 0) {
		err = refuse(diag, "the scheme is not https");
		goto out;
	}
	if (curl_url_get(u, CURLUPART_HOST, &name, 0) != CURLUE_OK ||
	    curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) !=
	    CURLUE_OK)
		goto out;
	if (!(http && strcmp(port, "80") == 0) && !port_ok(opts, port))
		err = refuse(diag, "the port is not 443 or 8443");
	else if (strlen(name) >= CERTS_HOST_MAX)
		err = refuse(diag, "the host name is too long");
	else
		err = SHAKEN_OK;
	if (err == SHAKEN_OK && host != NULL)
		for (size_t i = 0, n = strlen(name) + 1; i < n; i++)
			host[i] = certs_lower(name[i]);
out:
	curl_free(scheme);
	curl_free(name);
	curl_free(port);
	return err;
}

enum shaken_err
certs_url_check(const struct certs_fetch_opts *opts, struct shaken_sv url,
    char *host, struct shaken_diag *diag)
{
	char text[CERTS_URL_MAX + 1];
	enum shaken_err err;
	CURLUcode rc;
	CURLU *u;

	if (url.n > CERTS_URL_MAX)
		return refuse(diag, "the URL is too long");
	for (size_t i = 0; i < url.n; i++) {
		if (!is_allowed(url.p[i]))
			return refuse(diag, "a query, a fragment, or a "
			    "character that RFC 3986 does not allow");
		text[i] = url.p[i];
	}
	text[url.n] = '\0';
	if (!authority_ok(text))
		return refuse(diag, "no host name, or userinfo before it");

	u = curl_url();
	if (u == NULL)
		return SHAKEN_E_NOMEM;
	rc = curl_url_set(u, CURLUPART_URL, text, CURLU_DISALLOW_USER |
	    CURLU_PATH_AS_IS | CURLU_NON_SUPPORT_SCHEME);
	if (rc == CURLUE_OUT_OF_MEMORY)
		err = SHAKEN_E_NOMEM;
	else if (rc != CURLUE_OK)
		err = refuse(diag, "not a URL");
	else
		err = judge(opts, u, host, diag);
	curl_url_cleanup(u);
	return err;
}
