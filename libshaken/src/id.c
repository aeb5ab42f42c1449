/* SPDX-License-Identifier: Apache-2.0 */
/*
 * id.c - identities in canonical form (RFC 8224 sections 8.1, 8.3, 8.5).
 *
 *   name-addr = [ display-name ] "<" URI ">" *( ";" param )
 *   tel URI   = "tel:" number *( ";" param )                     RFC 3966
 *   sip URI   = ( "sip:" / "sips:" ) user [ ":" password ] "@" host
 *               [ ":" port ] *( ";" param ) [ "?" headers ]      RFC 3261
 *
 * user may itself be a telephone-subscriber: number *( ";" param ).
 */
#include <shaken/id.h>

#include "buf.h"
#include "lex.h"
#include "uri.h"

#define NUMBER_MAX	64	/* 15 digits, their separators and escapes */
#define GLOBAL_MIN	7	/* digits of the shortest global numbers */

static bool
is_unreserved(char c)	/* RFC 3986 section 2.3 */
{
	return shk_is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

static bool
is_user(char c)		/* RFC 3261 section 25.1: user, but for its escapes */
{
	return is_unreserved(c) ||
	    (c != '\0' && strchr("!*'()&=+$,;?/", c) != NULL);
}

static bool
is_display(char c)	/* token; and UTF-8, which is sent without quotes too */
{
	return shk_is_token(c) || (unsigned char)c >= 0x80;
}

/* Take one character, or the octet that "%HH" means.  False where a "%" has no
 * two hexadecimal digits after it. */
static bool
take_octet(struct shaken_sv *in, char *c, bool *escaped)
{
	int hi, lo;

	*c = in->p[0];
	*escaped = *c == '%';
	if (*escaped) {
		if (in->n < 3 || (hi = shk_hex_value(in->p[1])) < 0 ||
		    (lo = shk_hex_value(in->p[2])) < 0)
			return false;
		*c = (char)(hi << 4 | lo);
	}
	shk_skip(in, *escaped ? 3 : 1);
	return true;
}

/* Find a parameter in *( ";" name [ "=" value ] ); n is 0 where it is absent.
 * False when it is there twice: two readers might take either. */
static bool
find_param(struct shaken_sv params, struct shaken_sv want,
    struct shaken_sv *value)
{
	struct shaken_sv item, name;
	bool found = false;

	*value = (struct shaken_sv){ NULL, 0 };
	while (shk_sv_eat(&params, ';')) {
		item = shk_take_until(&params, ';');
		name = shk_take_until(&item, '=');
		if (!shk_sv_name_is(name, want))
			continue;
		if (found)
			return false;
		found = true;
		shk_sv_eat(&item, '=');
		*value = item;
	}
	return true;
}

static struct shaken_id
id_of_tn(const struct shaken_tn *tn)
{
	struct shaken_id id = { .kind = SHAKEN_ID_TN, .len = tn->len };

	memcpy(id.text, tn->digits, tn->len);
	return id;
}

/* Canonicalise a number whose characters may be escaped, as "#" must be in a
 * URI (RFC 3261 section 19.1.6). */
static enum shaken_err
canon_escaped(struct shaken_sv in, const char *country, struct shaken_tn *tn)
{
	char text[NUMBER_MAX];
	struct shk_buf b = shk_buf_over(text, sizeof(text));
	bool escaped;
	char c;

	*tn = (struct shaken_tn){ .len = 0 };
	while (in.n > 0) {
		if (!take_octet(&in, &c, &escaped))
			return SHAKEN_E_TN;
		shk_buf_add(&b, (struct shaken_sv){ &c, 1 });
	}
	if (b.full)
		return SHAKEN_E_LIMIT;
	return shaken_tn_canon(shk_buf_view(&b), country, tn);
}

static bool
starts_global(struct shaken_sv number)
{
	number.n = number.n < 3 ? number.n : 3;
	return (number.n > 0 && number.p[0] == '+') ||
	    shk_sv_name_is(number, SHAKEN_SV_LIT("%2B"));
}

/* Put the digits of a context in front of a local number.  The result need not
 * be a number: 911 is dialled in the context +1, "+1911" is nothing (RFC 3966
 * section 5.1.5).  What is too short, or a service code, stays local. */
static enum shaken_err
complete(struct shaken_sv context, struct shaken_tn *tn)
{
	struct shaken_tn whole;
	enum shaken_err err = canon_escaped(context, NULL, &whole);

	if (err != SHAKEN_OK)
		return err;
	if (whole.len + tn->len < GLOBAL_MIN ||
	    strpbrk(tn->digits, "#*") != NULL)
		return SHAKEN_OK;
	if (whole.len + tn->len > SHAKEN_TN_MAX)
		return SHAKEN_E_LIMIT;
	memcpy(whole.digits + whole.len, tn->digits, tn->len);
	whole.len += tn->len;
	*tn = whole;
	return SHAKEN_OK;
}

/* Read number *( ";" param ).  A phone-context that is a domain says nothing
 * about digits. */
static enum shaken_err
read_subscriber(struct shaken_sv in, const char *country, struct shaken_id *id)
{
	struct shaken_sv number = shk_take_until(&in, ';'), context;
	struct shaken_tn tn;
	enum shaken_err err;

	if (!find_param(in, SHAKEN_SV_LIT("phone-context"), &context))
		return SHAKEN_E_URI;
	if (starts_global(number) || !starts_global(context)) {
		err = canon_escaped(number, country, &tn);
	} else {
		err = canon_escaped(number, NULL, &tn);
		if (err == SHAKEN_OK)
			err = complete(context, &tn);
	}
	if (err == SHAKEN_OK)
		*id = id_of_tn(&tn);
	return err;
}

/* Append the user part: lower case, unreserved octets decoded, other escapes
 * with upper-case digits (RFC 3986 section 6.2.2).  False where a character may
 * not stand there. */
static bool
add_user(struct shk_buf *b, struct shaken_sv user)
{
	static const char hex[] = "0123456789ABCDEF";
	bool escaped;
	char c;

	while (user.n > 0) {
		if (!take_octet(&user, &c, &escaped))
			return false;
		if (escaped && !is_unreserved(c)) {
			unsigned char u = (unsigned char)c;
			char seq[3] = { '%', hex[u >> 4], hex[u & 15] };

			shk_buf_add(b, (struct shaken_sv){ seq, 3 });
			continue;
		}
		if (!is_user(c))
			return false;
		c = shk_ascii_lower(c);
		shk_buf_add(b, (struct shaken_sv){ &c, 1 });
	}
	return true;
}

/* A sip or sips URI taken apart; scheme is as the canonical form has it. */
struct sip_uri {
	struct shaken_sv	scheme, user, host;
	bool			phone;	/* user=phone */
};

static bool
split_sip(struct shaken_sv in, struct sip_uri *u)
{
	struct shaken_sv userinfo = shk_take_until(&in, '@'), kind;

	if (!shk_sv_eat(&in, '@') || shk_has(in, '@'))
		return false;	/* nobody's address, or two readings of it */
	u->user = shk_take_until(&userinfo, ':');
	if (u->user.n == 0 || !shk_uri_take_host(&in, &u->host))
		return false;
	if (shk_sv_eat(&in, ':') && shk_sv_span(&in, shk_is_digit).n == 0)
		return false;
	in = shk_take_until(&in, '?');
	if (in.n > 0 && in.p[0] != ';')
		return false;
	if (!find_param(in, SHAKEN_SV_LIT("user"), &kind))
		return false;
	u->phone = shk_sv_name_is(kind, SHAKEN_SV_LIT("phone"));
	return true;
}

static enum shaken_err
read_sip(const struct sip_uri *u, const char *country, struct shaken_id *id)
{
	struct shk_buf b = shk_buf_over(id->text, SHAKEN_ID_MAX);
	enum shaken_err err;

	/* what is no number after all is a URI (RFC 8224 section 8.1) */
	if (u->phone || starts_global(u->user)) {
		err = read_subscriber(u->user, country, id);
		if (err == SHAKEN_OK || err == SHAKEN_E_ARG)
			return err;
	}

	shk_buf_add(&b, u->scheme);
	if (!add_user(&b, u->user))
		return SHAKEN_E_URI;
	SHK_BUF_LIT(&b, "@");
	for (size_t i = 0; i < u->host.n; i++) {
		char c = shk_ascii_lower(u->host.p[i]);

		shk_buf_add(&b, (struct shaken_sv){ &c, 1 });
	}
	if (b.full)
		return SHAKEN_E_LIMIT;
	id->kind = SHAKEN_ID_URI;
	id->len = b.len;
	return SHAKEN_OK;
}

static enum shaken_err
read_uri(struct shaken_sv in, const char *country, struct shaken_id *id)
{
	struct sip_uri u;

	if (shk_uri_take_scheme(&in, SHAKEN_SV_LIT("tel")))
		return read_subscriber(in, country, id);
	if (shk_uri_take_scheme(&in, SHAKEN_SV_LIT("sip")))
		u.scheme = SHAKEN_SV_LIT("sip:");
	else if (shk_uri_take_scheme(&in, SHAKEN_SV_LIT("sips")))
		u.scheme = SHAKEN_SV_LIT("sips:");
	else
		return SHAKEN_E_URI;
	return split_sip(in, &u) ? read_sip(&u, country, id) : SHAKEN_E_URI;
}

/* Skip a display name where a "<" ends it.  False where a quoted one is
 * broken; what is no display name at all is left alone. */
static bool
skip_display_name(struct shaken_sv *in)
{
	struct shaken_sv at = *in, text;
	size_t left;

	if (at.n > 0 && at.p[0] == '"') {
		if (!shk_take_quoted(&at, &text))
			return false;
		shk_skip_lws(&at);
		*in = at;
		return at.n > 0 && at.p[0] == '<';
	}
	do {
		left = at.n;
		shk_sv_span(&at, is_display);
		shk_skip_lws(&at);
	} while (at.n < left);
	if (at.n > 0 && at.p[0] == '<')
		*in = at;
	return true;
}

/* Whether nothing but header parameters is left.  A comma would begin a second
 * identity. */
static bool
is_params(struct shaken_sv in)
{
	struct shaken_sv text;

	shk_skip_lws(&in);
	if (in.n > 0 && in.p[0] != ';')
		return false;
	while (in.n > 0) {
		if (in.p[0] == '"') {
			if (!shk_take_quoted(&in, &text))
				return false;
		} else {
			if (!shk_is_uri(in.p[0]) || in.p[0] == ',')
				return false;
			shk_skip(&in, 1);
		}
		shk_skip_lws(&in);
	}
	return true;
}

enum shaken_err
shaken_id_parse(struct shaken_sv in, const char *country,
    struct shaken_id *out)
{
	struct shaken_sv uri;
	bool angled;

	*out = (struct shaken_id){ .kind = SHAKEN_ID_NONE };
	shk_skip_lws(&in);
	in = shk_trim_end(in);
	if (!skip_display_name(&in))
		return SHAKEN_E_URI;
	angled = shk_sv_eat(&in, '<');
	if (!angled && !shk_has(in, ':'))
		return shaken_id_from_tn(in, country, out);

	uri = shk_sv_span(&in, shk_is_uri);
	if ((angled && !shk_sv_eat(&in, '>')) || !is_params(in))
		return SHAKEN_E_URI;
	return shaken_id_from_uri(uri, country, out);
}

enum shaken_err
shaken_id_from_tn(struct shaken_sv in, const char *country,
    struct shaken_id *out)
{
	struct shaken_tn tn;
	enum shaken_err err = shaken_tn_canon(in, country, &tn);

	*out = (struct shaken_id){ .kind = SHAKEN_ID_NONE };
	if (err == SHAKEN_OK)
		*out = id_of_tn(&tn);
	return err;
}

enum shaken_err
shaken_id_from_uri(struct shaken_sv in, const char *country,
    struct shaken_id *out)
{
	struct shaken_id id = { .kind = SHAKEN_ID_NONE };
	struct shaken_sv rest = in;
	enum shaken_err err = SHAKEN_E_URI;

	*out = id;
	shk_sv_span(&rest, shk_is_uri);
	if (rest.n == 0)	/* else a byte that no URI has */
		err = read_uri(in, country, &id);
	if (err == SHAKEN_OK)
		*out = id;
	return err;
}

bool
shaken_id_equal(const struct shaken_id *a, const struct shaken_id *b)
{
	return a->kind != SHAKEN_ID_NONE && a->kind == b->kind &&
	    a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}
