/* SPDX-License-Identifier: Apache-2.0 */
/* jws.c - the compact serialization of RFC 7515 section 7.1. */
#include <shaken/passport.h>

#include "diag.h"
#include "jws.h"
#include "lex.h"

static size_t
count_dots(struct shaken_sv s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == '.';
	return n;
}

/* The part up to the next dot, which is taken too; false: there is no dot. */
static bool
take_part(struct shaken_sv *rest, struct shaken_sv *part)
{
	*part = shk_take_until(rest, '.');
	return shk_sv_eat(rest, '.');
}

enum shaken_err
shk_jws_split(struct shaken_sv token, struct shk_jws *out,
    struct shaken_diag *diag)
{
	struct shk_jws jws = { 0 };
	struct shaken_sv rest = token;

	*out = jws;
	if (token.n > SHAKEN_TOKEN_MAX) {
		shk_diag(diag, "token has %zu bytes, %d allowed", token.n,
		    SHAKEN_TOKEN_MAX);
		return SHAKEN_E_LIMIT;
	}
	if (!take_part(&rest, &jws.header) || !take_part(&rest, &jws.payload) ||
	    shk_has(rest, '.')) {
		shk_diag(diag, "token has %zu parts, a full-form PASSporT has 3",
		    count_dots(token) + 1);
		return SHAKEN_E_SYNTAX;
	}
	jws.signature = rest;
	if (jws.header.n == 0 && jws.payload.n == 0) {
		shk_diag(diag, "token is in compact form, full form is required");
		return SHAKEN_E_SYNTAX;
	}
	if (jws.header.n == 0 || jws.payload.n == 0 || jws.signature.n == 0) {
		shk_diag(diag, "token part %d of 3 is empty",
		    jws.header.n == 0 ? 1 : jws.payload.n == 0 ? 2 : 3);
		return SHAKEN_E_SYNTAX;
	}
	jws.signed_bytes = (struct shaken_sv){ token.p,
	    jws.header.n + 1 + jws.payload.n };
	*out = jws;
	return SHAKEN_OK;
}
