/* SPDX-License-Identifier: Apache-2.0 */
/* error_dto.c - what went wrong with a request, for clients of all kinds. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "json_in.h"

static const struct row {
	int		 status;
	const char	*slug, *id, *text, *error;
} rows[API_CODES] = {
#define X(name, status, slug, id, text, error) \
	{ status, slug, id, text, error },
	API_CODE_MAP(X)
#undef X
};

static void
make_printable(char *s)
{
	for (; *s != '\0'; s++)
		if (*s < ' ' || *s > '~')
			*s = '?';
}

void
api_error_set(struct api_error *e, enum api_code code, const char *name,
    const char *fmt, ...)
{
	va_list ap;

	memset(e, 0, sizeof(*e));
	e->code = code;
	if (name != NULL)
		snprintf(e->name, sizeof(e->name), "%s", name);
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	make_printable(e->name);
	make_printable(e->text);
}

int
api_error_status(enum api_code code)
{
	return rows[code].status;
}

static const char *
title_of(int status)
{
	switch (status) {	/* RFC 9110 section 15 */
	case 401: return "Unauthorized";
	case 403: return "Forbidden";
	case 404: return "Not Found";
	case 405: return "Method Not Allowed";
	case 406: return "Not Acceptable";
	case 411: return "Length Required";
	case 413: return "Content Too Large";
	case 415: return "Unsupported Media Type";
	case 429: return "Too Many Requests";
	case 500: return "Internal Server Error";
	case 503: return "Service Unavailable";
	default: return "Bad Request";
	}
}

/* The values of %1 and %2 of the text. */
static json_t *
variables(const struct api_error *e)
{
	switch (e->code) {
	case API_MISSING:
		return json_pack("[s]", e->name);
	case API_INVALID:
		return json_pack("[s, s]", e->name, e->text);
	case API_ACCEPT:
	case API_MEDIA_TYPE:
	case API_MALFORMED:
	case API_FORBIDDEN:
	case API_TOO_LARGE:
	case API_TOO_MANY:
	case API_BUSY:
	case API_UNAVAILABLE:
		return json_pack("[s]", e->text);
	case API_MISSING_BODY:
	case API_NOT_FOUND:
	case API_LENGTH:
	case API_METHOD:
	case API_INTERNAL:
	case API_UNAUTHORIZED:
	case API_CODES:
		break;
	}
	return json_array();
}

/* The text with its variables in place, less "Error: ". */
static void
explain(const struct row *r, const json_t *vars, char *out, size_t cap)
{
	const char *p = r->text + strlen("Error: ");
	size_t n = 0;

	while (*p != '\0' && n < cap) {
		size_t plain = strcspn(p, "%");
		const char *value = p[plain] == '%' ? json_string_value(
		    json_array_get(vars, (size_t)(p[plain + 1] - '1'))) : "";

		n += (size_t)snprintf(out + n, cap - n, "%.*s%s", (int)plain, p,
		    value == NULL ? "" : value);
		p += plain + (p[plain] == '%' ? 2 : 0);
	}
}

static json_t *
problem(const struct api_error *e, const struct row *r)
{
	char detail[API_NAME_MAX + API_TEXT_MAX + 64];
	json_t *vars = variables(e), *o;

	explain(r, vars, detail, sizeof(detail));
	json_decref(vars);
	o = json_pack("{s:s, s:s, s:i, s:s, s:s}", "type", "about:blank",
	    "title", title_of(r->status), "status", r->status,
	    "code", r->slug, "detail", detail);
	if (e->name[0] != '\0')
		(void)json_object_set_new(o, "member", json_string(e->name));
	return o;
}

char *
api_error_body(const struct api_error *e, enum api_form form)
{
	const struct row *r = &rows[e->code];
	const char *kind = r->id[0] == 'S' ? "serviceException" :
	    "policyException";

	if (form == API_NATIVE)
		return api_json_text(problem(e, r));
	return api_json_text(json_pack("{s:{s:{s:s, s:s, s:o}}, s:s}",
	    "requestError", kind, "messageId", r->id, "text", r->text,
	    "variables", variables(e), "error", r->error));
}
