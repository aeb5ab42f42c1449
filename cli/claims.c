/* SPDX-License-Identifier: Apache-2.0 */
/* claims.c - options that stand for claims of the PASSporT types. */
#include <stdlib.h>
#include <string.h>

#include "claims.h"

/* What --claims or --rcd gives, in a new object; NULL when it is none. */
static json_t *
load_object(const char *text)
{
	json_t *v = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

	if (json_is_object(v))
		return v;
	json_decref(v);
	return NULL;
}

/* Move value into obj under a name that is not taken. */
static enum cli_status
put(json_t *obj, const char *option, const char *name, json_t *value)
{
	if (value == NULL)
		return cli_cannot("--%s: this is no UTF-8", option);
	if (json_object_get(obj, name) != NULL) {
		json_decref(value);
		return cli_cannot("--%s: %s is given twice: give it once",
		    option, name);
	}
	return json_object_set_new(obj, name, value) == 0 ? CLI_OK :
	    cli_cannot("out of memory");
}

static enum cli_status
put_string(json_t *obj, const char *option, const char *name,
    const char *text)
{
	return text == NULL ? CLI_OK :
	    put(obj, option, name, json_string(text));
}

/* {"tn": ..} or {"uri": ..}, and hi */
static enum cli_status
put_div(json_t *obj, const struct cli_claims *c, const char *country)
{
	struct shaken_id id;
	enum cli_status st;
	json_t *div;

	if (c->div == NULL)
		return c->hi == NULL ? CLI_OK : cli_cannot("--hi is the index "
		    "of --div: give that too");
	st = cli_parse_id("--div", c->div, country, &id);
	if (st != CLI_OK)
		return st;
	div = cli_json_id(&id);
	st = div == NULL ? cli_cannot("out of memory") :
	    put_string(div, "hi", "hi", c->hi);
	if (st == CLI_OK)
		return put(obj, "div", "div", div);
	json_decref(div);
	return st;
}

/* The token alone, where a whole Identity value is given. */
static enum cli_status
put_opt(json_t *obj, const char *opt)
{
	size_t n;

	if (opt == NULL)
		return CLI_OK;
	n = strcspn(opt, ";");
	while (n > 0 && (opt[n - 1] == ' ' || opt[n - 1] == '\n'))
		n--;
	return put(obj, "opt", "opt", json_stringn(opt, n));
}

static enum cli_status
put_rph(json_t *obj, const struct cli_list *values)
{
	json_t *auth;

	if (values->n == 0)
		return CLI_OK;
	auth = json_array();
	for (size_t i = 0; auth != NULL && i < values->n; i++)
		if (json_array_append_new(auth, json_string(values->v[i])) !=
		    0) {
			json_decref(auth);
			return cli_cannot("--rph: this is no UTF-8");
		}
	return put(obj, "rph", "rph", json_pack("{s:o}", "auth", auth));
}

static enum cli_status
put_rcd(json_t *obj, const struct cli_claims *c)
{
	enum cli_status st;
	json_t *rcd;

	if (c->rcd == NULL && c->nam == NULL)
		return CLI_OK;
	rcd = c->rcd == NULL ? json_object() : load_object(c->rcd);
	if (rcd == NULL)
		return cli_cannot("--rcd: this is no JSON object");
	st = put_string(rcd, "nam", "nam", c->nam);
	if (st == CLI_OK)
		return put(obj, "rcd", "rcd", rcd);
	json_decref(rcd);
	return st;
}

static enum cli_status
put_all(json_t *obj, const struct cli_claims *c, const char *country)
{
	enum cli_status st = put_div(obj, c, country);

	if (st == CLI_OK)
		st = put_opt(obj, c->opt);
	if (st == CLI_OK)
		st = put_rph(obj, &c->rph);
	if (st == CLI_OK && c->sph)
		st = put_string(obj, "sph", "sph", "psap-callback");
	if (st == CLI_OK)
		st = put_rcd(obj, c);
	if (st == CLI_OK)
		st = put_string(obj, "crn", "crn", c->crn);
	if (st == CLI_OK)
		st = put_string(obj, "msgi", "msgi", c->msgi);
	return st;
}

enum cli_status
cli_make_claims(const struct cli_claims *c, const char *country, char **out)
{
	enum cli_status st;
	json_t *obj;

	*out = NULL;
	obj = c->json == NULL ? json_object() : load_object(c->json);
	if (obj == NULL)
		return cli_cannot("--claims: this is no JSON object with each "
		    "member once");
	st = put_all(obj, c, country);
	if (st == CLI_OK && json_object_size(obj) > 0) {
		*out = json_dumps(obj, JSON_COMPACT);
		if (*out == NULL)
			st = cli_cannot("out of memory");
	}
	json_decref(obj);
	return st;
}
