/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uri.c - the shape of the URIs that STIR uses.
 *
 *   x5u = "https://" host [ ":" ( "443" / "8443" ) ] path-abempty
 */
#include "diag.h"
#include "lex.h"
#include "uri.h"

static bool
is_host(char c)	/* RFC 3261 section 25.1, and the "_" that names have */
{
	return shk_is_alnum(c) || c == '-' || c == '.' || c == '_';
}

static bool
is_ipv6(char c)	/* no zone: it means nothing to another host */
{
	return shk_hex_value(c) >= 0 || c == ':' || c == '.';
}

bool
shk_uri_take_host(struct shaken_sv *in, struct shaken_sv *host)
{
	struct shaken_sv start = *in, run;

	if (shk_sv_eat(in, '[')) {
		run = shk_sv_span(in, is_ipv6);
		if (run.n == 0 || !shk_sv_eat(in, ']'))
			return false;
	} else {
		run = shk_sv_span(in, is_host);
		if (run.n == 0 || run.p[0] == '-' || run.p[0] == '.')
			return false;
	}
	*host = (struct shaken_sv){ start.p, start.n - in->n };
	return true;
}

bool
shk_uri_take_scheme(struct shaken_sv *in, struct shaken_sv scheme)
{
	struct shaken_sv head = *in;

	if (in->n <= scheme.n || in->p[scheme.n] != ':')
		return false;
	head.n = scheme.n;
	if (!shk_sv_name_is(head, scheme))
		return false;
	shk_skip(in, scheme.n + 1);
	return true;
}

/* Whether a path has only what RFC 3986 section 3.3 lets it have. */
static bool
path_ok(struct shaken_sv path)
{
	for (size_t i = 0; i < path.n; i++) {
		switch (path.p[i]) {
		case '%':	/* an escape that is none means two things */
			if (path.n - i < 3 ||
			    shk_hex_value(path.p[i + 1]) < 0 ||
			    shk_hex_value(path.p[i + 2]) < 0)
				return false;
			break;
		case '/': case ':': case '@': case '-': case '.': case '_':
		case '~': case '!': case '$': case '&': case '\'': case '(':
		case ')': case '*': case '+': case ',': case ';': case '=':
			break;
		default:
			if (!shk_is_alnum(path.p[i]))
				return false;
		}
	}
	return true;
}

/* ATIS-1000074: 443 or 8443; in a lab, any. */
static bool
port_ok(struct shaken_sv port, bool lab)
{
	unsigned v = 0;

	if (!lab)
		return shk_sv_equal(port, SHAKEN_SV_LIT(":443")) ||
		    shk_sv_equal(port, SHAKEN_SV_LIT(":8443"));
	if (!shk_sv_eat(&port, ':'))
		return false;
	for (size_t i = 0; i < port.n; i++) {
		if (!shk_is_digit(port.p[i]) || v > 6553)
			return false;
		v = v * 10 + (unsigned)(port.p[i] - '0');
	}
	return v >= 1 && v <= 65535;
}

static enum shaken_err
refuse(struct shaken_diag *diag, const char *why)
{
	shk_diag(diag, "x5u URI: %s", why);
	return SHAKEN_E_URI;
}

enum shaken_err
shk_uri_check_x5u(struct shaken_sv uri, bool lab, struct shaken_diag *diag)
{
	struct shaken_sv auth, host;

	shk_diag_clear(diag);
	if (uri.n > SHK_X5U_MAX) {
		shk_diag(diag, "x5u URI: %zu bytes, %d allowed", uri.n,
		    SHK_X5U_MAX);
		return SHAKEN_E_LIMIT;
	}
	if (!shk_uri_take_scheme(&uri, SHAKEN_SV_LIT("https")) &&
	    !(lab && shk_uri_take_scheme(&uri, SHAKEN_SV_LIT("http"))))
		return refuse(diag, "the scheme is not https");
	if (!shk_sv_eat(&uri, '/') || !shk_sv_eat(&uri, '/'))
		return refuse(diag, "no // after the scheme");

	if (shk_has(uri, '?'))
		return refuse(diag, "has a query");
	if (shk_has(uri, '#'))
		return refuse(diag, "has a fragment");
	auth = shk_take_until(&uri, '/');
	if (shk_has(auth, '@'))
		return refuse(diag, "has userinfo");
	if (!shk_uri_take_host(&auth, &host))
		return refuse(diag, "no host, or not a host name");
	if (auth.n > 0 && !port_ok(auth, lab))
		return refuse(diag, "not a host name with port 443 or 8443");
	if (!path_ok(uri))
		return refuse(diag, "a character that RFC 3986 does not allow");
	return SHAKEN_OK;
}
