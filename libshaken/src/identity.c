/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity.c - the SIP Identity header field value (RFC 8224 section 4).
 *
 *   value = token *( ";" param )
 *   param = name [ "=" ( "<" uri ">" / quoted-string / text ) ]
 *
 * with linear white space anywhere between.  Wider than the ABNF, which wants
 * info first and every value a token: what is sent is told by its own name, and
 * the verdict says better than a parser what is wrong with it.
 */
#include <shaken/identity.h>

#include "diag.h"
#include "lex.h"

struct param {
	struct shaken_sv name, value;
	char quote;	/* '<', '"', or 0: how the value stood */
};

static bool
is_digest(char c)	/* base64url and "."; and "+/=", for jws.c to judge */
{
	static const struct shk_set set = { { SHK_TOKEN_0 | SHK_BIT('/') |
	    SHK_BIT('='), SHK_TOKEN_1 } };

	return shk_set_has(&set, c);
}

static bool
is_text(char c)
{
	return shk_is_uri(c) && c != ';' && c != ',';
}

/* Take one parameter.  False, with *in where it went wrong and *why, when there
 * is none. */
static bool
take_param(struct shaken_sv *in, struct param *p, const char **why)
{
	*p = (struct param){ .quote = 0 };
	shk_skip_lws(in);
	p->name = shk_sv_span(in, shk_is_token);
	if (p->name.n == 0) {
		*why = "no parameter name after \";\"";
		return false;
	}
	shk_skip_lws(in);
	if (!shk_sv_eat(in, '='))
		return true;
	shk_skip_lws(in);

	if (in->n > 0 && in->p[0] == '"') {
		p->quote = '"';
		if (!shk_take_quoted(in, &p->value)) {
			*why = "quoted string without end";
			return false;
		}
	} else if (shk_sv_eat(in, '<')) {
		p->quote = '<';
		p->value = shk_sv_span(in, shk_is_uri);
		if (!shk_sv_eat(in, '>')) {
			*why = "URI in <> without end";
			return false;
		}
	} else {
		p->value = shk_sv_span(in, is_text);
	}
	shk_skip_lws(in);
	return true;
}

/* Keep a parameter that has a meaning.  An info that is no URI in <> is kept
 * too, marked: it is the verifier's case E7 and not E6. */
static bool
keep_param(const struct param *p, bool *have_info,
    struct shaken_identity *id, const char **why)
{
	struct shaken_sv *slot;

	*why = "parameter given twice";
	if (shk_sv_name_is(p->name, SHAKEN_SV_LIT("info"))) {
		if (*have_info)
			return false;
		*have_info = true;
		id->info = p->value;
		id->info_bare = p->quote != '<' || p->value.n == 0;
		return true;
	}
	if (shk_sv_name_is(p->name, SHAKEN_SV_LIT("alg")))
		slot = &id->alg;
	else if (shk_sv_name_is(p->name, SHAKEN_SV_LIT("ppt")))
		slot = &id->ppt;
	else
		return true;	/* generic-param: ignored, RFC 8224 section 4 */
	if (slot->n > 0)
		return false;
	*why = "alg or ppt without a value";
	*slot = p->value;
	return p->value.n > 0 && p->quote != '<';
}

static bool
skip_name(struct shaken_sv *in, struct shaken_sv name)
{
	struct shaken_sv at = *in, head = { in->p, name.n };

	if (in->n < name.n || !shk_sv_name_is(head, name))
		return false;
	shk_skip(&at, name.n);
	shk_skip_lws(&at);
	if (!shk_sv_eat(&at, ':'))
		return false;
	*in = at;
	return true;
}

/* Skip "Identity:" or "y:", which people paste along. */
static void
skip_field_name(struct shaken_sv *in)
{
	if (!skip_name(in, SHAKEN_SV_LIT("Identity")))
		(void)skip_name(in, SHAKEN_SV_LIT("y"));
}

static bool
parse(struct shaken_sv *in, struct shaken_identity *id, const char **why)
{
	bool have_info = false;
	struct param p;

	shk_skip_lws(in);
	skip_field_name(in);
	shk_skip_lws(in);
	id->token = shk_sv_span(in, is_digest);
	if (id->token.n == 0) {
		*why = "no token";
		return false;
	}
	shk_skip_lws(in);
	while (shk_sv_eat(in, ';')) {
		if (!take_param(in, &p, why) ||
		    !keep_param(&p, &have_info, id, why))
			return false;
	}
	*why = "neither \";\" nor the end of the value";
	return in->n == 0;
}

enum shaken_err
shaken_identity_parse(struct shaken_sv in, struct shaken_identity *out,
    struct shaken_diag *diag)
{
	struct shaken_identity id = { .info_bare = false };
	struct shaken_sv at = in;
	const char *why;

	*out = id;
	shk_diag_clear(diag);
	if (in.n > SHAKEN_IDENTITY_MAX) {
		shk_diag(diag, "Identity: %zu bytes, %d allowed", in.n,
		    SHAKEN_IDENTITY_MAX);
		return SHAKEN_E_LIMIT;
	}
	if (!parse(&at, &id, &why)) {
		shk_diag(diag, "Identity: %s at byte %zu", why, in.n - at.n);
		return SHAKEN_E_SYNTAX;
	}
	*out = id;
	return SHAKEN_OK;
}

/* The length of what stands before the next comma outside of <> and "". */
static size_t
element_len(struct shaken_sv in)
{
	char close = 0;	/* what ends the quotation we are in */
	size_t i;

	if (!shk_has(in, ','))
		return in.n;	/* as it should be */
	for (i = 0; i < in.n; i++) {
		char c = in.p[i];

		if (close == 0 && c == ',')
			break;
		if (close == '"' && c == '\\' && i + 1 < in.n)
			i++;
		else if (c == close)
			close = 0;
		else if (close == 0 && (c == '"' || c == '<'))
			close = c == '<' ? '>' : '"';
	}
	return i;
}

bool
shaken_identity_next(struct shaken_sv *rest, struct shaken_sv *value)
{
	*value = (struct shaken_sv){ NULL, 0 };
	while (rest->n > 0 && value->n == 0) {	/* an empty one is no value */
		struct shaken_sv v = *rest;

		v.n = element_len(v);
		shk_skip(rest, v.n);
		shk_sv_eat(rest, ',');
		shk_skip_lws(&v);
		*value = shk_trim_end(v);
	}
	return value->n > 0;
}
