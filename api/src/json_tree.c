/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_tree.c - a tree of jansson's as text.
 *
 * json_dumps() hands over every piece of a string through a callback and grows
 * its buffer by little; half of the time of an answer went there.
 */
#include <stdlib.h>
#include <string.h>

#include "json_in.h"
#include "json_out.h"

/* An answer with a claim as deep as a request may be. */
#define LEVELS (API_JSON_DEPTH_MAX + 8)

struct level {			/* an object or array that is being written */
	json_t	*v;		/* borrowed */
	void	*iter;		/* of an object: the next member */
	size_t	 i;		/* of an array: the next value */
};

static int
on_piece(const char *p, size_t n, void *arg)
{
	struct api_out *o = arg;

	api_out_raw(o, (struct shaken_sv){ p, n });
	return o->failed ? -1 : 0;
}

/* Not by json_dumps(): that leaves out what it has no memory for. */
static void
put_by_jansson(struct api_out *o, const json_t *v)
{
	if (json_dump_callback(v, on_piece, o,
	    JSON_COMPACT | JSON_ENCODE_ANY) != 0)
		o->failed = true;
}

static void
put_scalar(struct api_out *o, const json_t *v)
{
	switch (json_typeof(v)) {
	case JSON_STRING:
		api_out_string(o, (struct shaken_sv){ json_string_value(v),
		    json_string_length(v) });
		return;
	case JSON_TRUE: api_out_text(o, "true"); return;
	case JSON_FALSE: api_out_text(o, "false"); return;
	case JSON_NULL: api_out_text(o, "null"); return;
	case JSON_INTEGER:
	case JSON_REAL:
	case JSON_OBJECT:
	case JSON_ARRAY:
		break;
	}
	put_by_jansson(o, v);
}

/* Begin with what v holds, or write it. */
static bool
enter(struct api_out *o, json_t *v, struct level *stack, size_t *n)
{
	if (!json_is_object(v) && !json_is_array(v)) {
		put_scalar(o, v);
		return true;
	}
	if (*n == LEVELS)
		return false;
	api_out_text(o, json_is_object(v) ? "{" : "[");
	stack[(*n)++] = (struct level){ .v = v,
		.iter = json_object_iter(v) };
	return true;
}

/* The next value of this level, after its comma and name; NULL: no more. */
static json_t *
next(struct api_out *o, struct level *l)
{
	json_t *v;

	if (json_is_array(l->v)) {
		if (l->i > 0 && l->i < json_array_size(l->v))
			api_out_text(o, ",");
		return json_array_get(l->v, l->i++);
	}
	if (l->iter == NULL)
		return NULL;
	if (l->i++ > 0)
		api_out_text(o, ",");
	api_out_string(o, shaken_sv_cstr(json_object_iter_key(l->iter)));
	api_out_text(o, ":");
	v = json_object_iter_value(l->iter);
	l->iter = json_object_iter_next(l->v, l->iter);
	return v;
}

/* False: too deep. */
static bool
put_tree(struct api_out *o, json_t *v)
{
	struct level stack[LEVELS];
	size_t n = 0;
	bool ok = enter(o, v, stack, &n);

	while (ok && n > 0) {
		struct level *l = &stack[n - 1];
		json_t *one = next(o, l);

		if (one != NULL) {
			ok = enter(o, one, stack, &n);
			continue;
		}
		api_out_text(o, json_is_object(l->v) ? "}" : "]");
		n--;
	}
	return ok;
}

char *
api_json_text(json_t *v)
{
	struct api_out o = { .failed = false };

	if (v == NULL)
		return NULL;
	if (!put_tree(&o, v)) {	/* claims that nest without end */
		free(api_out_take(&o));
		put_by_jansson(&o, v);
	}
	json_decref(v);
	return api_out_take(&o);
}
