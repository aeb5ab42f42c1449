/* SPDX-License-Identifier: Apache-2.0 */
/* json_in.c - reading members strictly, and saying which one is wrong. */
#include <stdlib.h>
#include <string.h>

#include "json_in.h"

/* jansson recurses: nesting is bounded before it sees the text.  Strings are
 * skipped; what else may be wrong is for jansson to find. */
static bool
is_deep(struct shaken_sv s)
{
	size_t depth = 0;
	bool in_string = false;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
		} else if (c == '"') {
			in_string = true;
		} else if (c == '{' || c == '[') {
			if (++depth > API_JSON_DEPTH_MAX)
				return true;
		} else if ((c == '}' || c == ']') && depth > 0) {
			depth--;
		}
	}
	return false;
}

/* jansson tells most failures of memory as faults of the text: what is right
 * the second time was right the first time. */
static bool
load(struct shaken_sv body, json_t **out, struct api_error *e)
{
	json_error_t why;

	*out = json_loadb(body.p, body.n, JSON_REJECT_DUPLICATES, NULL);
	if (*out == NULL)
		*out = json_loadb(body.p, body.n, JSON_REJECT_DUPLICATES, &why);
	if (*out == NULL && why.text[0] != '\0' && json_error_code(&why) !=
	    json_error_out_of_memory) {
		api_error_set(e, API_MALFORMED, NULL, "line %d, column %d: %s",
		    why.line, why.column, why.text);
		return false;
	}
	if (*out != NULL && api_json_is_whole(body, *out))
		return true;
	api_error_set(e, API_UNAVAILABLE, NULL, "out of memory");
	json_decref(*out);
	*out = NULL;
	return false;
}

bool
api_sv_is(struct shaken_sv v, const char *s)
{
	return v.n == strlen(s) && memcmp(v.p, s, v.n) == 0;
}

bool
api_json_parse(struct shaken_sv body, json_t **out, struct api_error *e)
{
	size_t blank = 0;

	*out = NULL;
	while (blank < body.n && strchr(" \t\r\n", body.p[blank]) != NULL &&
	    body.p[blank] != '\0')
		blank++;
	if (blank == body.n) {
		api_error_set(e, API_MISSING_BODY, NULL, "the body is empty");
		return false;
	}
	if (is_deep(body)) {
		api_error_set(e, API_MALFORMED, NULL, "nested too deeply");
		return false;
	}
	if (load(body, out, e) && json_is_object(*out))
		return true;
	if (*out != NULL) {
		api_error_set(e, API_MALFORMED, NULL, "not a JSON object");
		json_decref(*out);
	}
	*out = NULL;
	return false;
}

bool
api_json_need(const json_t *obj, const char *const *names, struct api_error *e)
{
	for (; *names != NULL; names++)
		if (json_object_get(obj, *names) == NULL) {
			api_error_set(e, API_MISSING, *names, "%s", "");
			return false;
		}
	return true;
}

json_t *
api_json_inner(json_t *doc, const char *name, struct api_error *e)
{
	const char *const names[] = { name, NULL };
	json_t *obj = json_object_get(doc, name);

	if (!api_json_need(doc, names, e))
		return NULL;
	if (json_is_object(obj))
		return obj;
	api_error_set(e, API_INVALID, name, "not an object");
	return NULL;
}

static bool
is_among(const char *name, const char *const *names)
{
	for (; *names != NULL; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

bool
api_json_only(json_t *obj, const char *const *names, struct api_error *e)
{
	const char *name;
	json_t *v;

	json_object_foreach(obj, name, v)
		if (!is_among(name, names)) {
			api_error_set(e, API_INVALID, name, "unknown member");
			return false;
		}
	return true;
}

bool
api_json_string(const json_t *obj, const char *name, struct shaken_sv *out,
    struct api_error *e)
{
	const json_t *v = json_object_get(obj, name);

	*out = (struct shaken_sv){ NULL, 0 };
	if (v == NULL)
		return true;
	if (!json_is_string(v) || json_string_length(v) == 0) {
		api_error_set(e, API_INVALID, name, json_is_string(v) ?
		    "empty" : "not a string");
		return false;
	}
	*out = (struct shaken_sv){ json_string_value(v),
	    json_string_length(v) };
	return true;
}

bool
api_json_time(const json_t *obj, const char *name, int64_t *out,
    struct api_error *e)
{
	const json_t *v = json_object_get(obj, name);

	if (v == NULL)
		return true;
	if (!json_is_integer(v) || json_integer_value(v) <= 0) {
		api_error_set(e, API_INVALID, name, "not a positive integer");
		return false;
	}
	if (json_integer_value(v) >= SHAKEN_IAT_MAX) {
		api_error_set(e, API_INVALID, name, "not in seconds");
		return false;
	}
	*out = json_integer_value(v);
	return true;
}

typedef enum shaken_err (*read_fn)(struct shaken_sv in, const char *country,
    struct shaken_id *out);

static bool
read_id(const json_t *v, read_fn fn, const char *country, const char *name,
    const char *what, struct shaken_id *out, struct api_error *e)
{
	enum shaken_err err;

	if (!json_is_string(v)) {
		api_error_set(e, API_INVALID, name, "%s is not a string", what);
		return false;
	}
	err = fn((struct shaken_sv){ json_string_value(v),
	    json_string_length(v) }, country, out);
	if (err != SHAKEN_OK)
		api_error_set(e, API_INVALID, name, "%s is %s", what,
		    err == SHAKEN_E_LIMIT ? "too long" :
		    shaken_strerror((int)err));
	return err == SHAKEN_OK;
}

static const char *const id_members[] = { "tn", "uri", NULL };
static const read_fn id_readers[] = { shaken_id_from_tn, shaken_id_from_uri };

static bool
need_object(const json_t *v, const char *name, struct api_error *e)
{
	if (json_is_object(v))
		return true;
	api_error_set(e, API_INVALID, name,
	    "not an object with the member tn or uri");
	return false;
}

bool
api_json_id(const json_t *obj, const char *name, const char *country,
    struct shaken_id *out, struct api_error *e)
{
	const json_t *v = json_object_get(obj, name);
	size_t found = 0;

	if (!need_object(v, name, e))
		return false;
	for (size_t i = 0; id_members[i] != NULL; i++) {
		const json_t *one = json_object_get(v, id_members[i]);

		if (one == NULL)
			continue;
		found++;
		if (!read_id(one, id_readers[i], country, name, id_members[i],
		    out, e))
			return false;
	}
	if (found == 1)
		return true;
	*out = (struct shaken_id){ .kind = SHAKEN_ID_NONE };
	api_error_set(e, API_INVALID, name, found == 0 ?
	    "neither tn nor uri in it" : "tn and uri, where one is due");
	return false;
}

/* Append what a string, or an array of strings, names. */
static bool
read_ids(const json_t *v, read_fn fn, const char *country, const char *name,
    const char *what, struct shaken_id *out, size_t *n, struct api_error *e)
{
	bool is_array = json_is_array(v);
	size_t count = is_array ? json_array_size(v) : 1;

	for (size_t i = 0; i < count; i++) {
		if (*n == SHAKEN_DEST_MAX) {
			api_error_set(e, API_INVALID, name,
			    "more than %d of them", SHAKEN_DEST_MAX);
			return false;
		}
		if (!read_id(is_array ? json_array_get(v, i) : v, fn, country,
		    name, what, &out[*n], e))
			return false;
		++*n;
	}
	return true;
}

/* Room for the ids that v names at most. */
static bool
make_ids(size_t count, const char *name, struct shaken_id **out,
    struct api_error *e)
{
	if (count == 0) {
		api_error_set(e, API_INVALID, name, "nobody in it");
		return false;
	}
	if (count > SHAKEN_DEST_MAX)
		count = SHAKEN_DEST_MAX;
	*out = calloc(count, sizeof(**out));
	if (*out == NULL)
		api_error_set(e, API_INTERNAL, NULL, "out of memory");
	return *out != NULL;
}

static size_t
count_of(const json_t *v)
{
	return v == NULL ? 0 : json_is_array(v) ? json_array_size(v) : 1;
}

bool
api_json_ids(const json_t *obj, const char *name, const char *country,
    struct shaken_id **out, size_t *n, struct api_error *e)
{
	const json_t *v = json_object_get(obj, name);
	bool ok;

	*out = NULL;
	*n = 0;
	if (!need_object(v, name, e))
		return false;
	ok = make_ids(count_of(json_object_get(v, "tn")) +
	    count_of(json_object_get(v, "uri")), name, out, e);
	for (size_t i = 0; ok && id_members[i] != NULL; i++) {
		const json_t *some = json_object_get(v, id_members[i]);

		ok = some == NULL || read_ids(some, id_readers[i], country,
		    name, id_members[i], *out, n, e);
	}
	if (!ok) {
		free(*out);
		*out = NULL;
		*n = 0;
	}
	return ok;
}

bool
api_json_any_id(const json_t *obj, const char *name, const char *country,
    struct shaken_id *out, struct api_error *e)
{
	return read_id(json_object_get(obj, name), shaken_id_parse, country,
	    name, "it", out, e);
}

bool
api_json_any_ids(const json_t *obj, const char *name, const char *country,
    struct shaken_id **out, size_t *n, struct api_error *e)
{
	const json_t *v = json_object_get(obj, name);

	*out = NULL;
	*n = 0;
	if (make_ids(count_of(v), name, out, e) &&
	    read_ids(v, shaken_id_parse, country, name, "it", *out, n, e))
		return true;
	free(*out);
	*out = NULL;
	*n = 0;
	return false;
}

static bool
is_ascii(struct shaken_sv v)
{
	for (size_t i = 0; i < v.n; i++)
		if ((unsigned char)v.p[i] >= 0x80)
			return false;
	return true;
}

json_t *
api_json_of(struct shaken_sv v)
{
	json_t *s;

	if (v.n == 0)
		return json_null();
	if (is_ascii(v))
		return json_stringn_nocheck(v.p, v.n);
	s = json_stringn(v.p, v.n);
	return s != NULL ? s : json_null();
}

json_t *
api_json_of_id(const struct shaken_id *id)
{
	switch (id->kind) {
	case SHAKEN_ID_TN: return json_pack("{s:s}", "tn", id->text);
	case SHAKEN_ID_URI: return json_pack("{s:s}", "uri", id->text);
	case SHAKEN_ID_NONE: break;
	}
	return json_null();
}
