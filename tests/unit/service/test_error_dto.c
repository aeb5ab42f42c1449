/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <jansson.h>

#include "api.h"

/* every error of ATIS-1000082, with its status and exact text; R-138:
 * with the text of TS 24.229 section V.2.4.3 beside it. */
static const struct {
	enum api_code code;
	const char *name, *text;	/* given */
	int status;
	const char *kind, *id, *message, *variables, *error;
} rows[] = {
	{ API_MISSING_BODY, NULL, "", 400, "serviceException", "SVC4000",
	    "Error: Missing request body.", "[]", "Missing request body" },
	{ API_MISSING, "iat", "", 400, "serviceException", "SVC4001",
	    "Error: Missing mandatory parameter '%1'.", "[\"iat\"]",
	    "Missing mandatory parameter" },
	{ API_ACCEPT, NULL, "text/xml", 406, "serviceException", "SVC4002",
	    "Error: Requested response body type '%1' is not supported.",
	    "[\"text/xml\"]", "Requested response body type is not supported" },
	{ API_NOT_FOUND, NULL, "", 404, "serviceException", "SVC4003",
	    "Error: Requested resource was not found.", "[]",
	    "Requested resource not found" },
	{ API_MEDIA_TYPE, NULL, "application/json", 415, "serviceException",
	    "SVC4004", "Error: Unsupported request body type, expected '%1'.",
	    "[\"application/json\"]", "Unsupported request body type" },
	{ API_INVALID, "orig", "empty", 400, "serviceException", "SVC4005",
	    "Error: Invalid '%1' parameter value: %2.",
	    "[\"orig\",\"empty\"]", "Invalid parameter value" },
	{ API_MALFORMED, NULL, "line 1", 400, "serviceException", "SVC4006",
	    "Error: Failed to parse received message body: %1.",
	    "[\"line 1\"]", "Failed to parse message body" },
	{ API_LENGTH, NULL, "", 411, "serviceException", "SVC4007",
	    "Error: Missing mandatory Content-Length header.", "[]",
	    "Missing mandatory Content-Length header" },
	{ API_METHOD, NULL, "", 405, "policyException", "POL4050",
	    "Error: Method not allowed.", "[]", "Method not allowed" },
	{ API_INTERNAL, NULL, "secret", 500, "policyException", "POL5000",
	    "Error: Internal Server Error. Please try again later.", "[]",
	    "Internal server error" },
	/* Ours, built alike. */
	{ API_UNAUTHORIZED, NULL, "", 401, "policyException", "POL4010",
	    "Error: Unauthorized.", "[]", "Unauthorized" },
	{ API_FORBIDDEN, NULL, "no", 403, "policyException", "POL4030",
	    "Error: Forbidden: %1.", "[\"no\"]", "Forbidden" },
	{ API_TOO_LARGE, NULL, "65536", 413, "policyException", "POL4130",
	    "Error: Request body is larger than %1 bytes.", "[\"65536\"]",
	    "Request body too large" },
	{ API_TOO_MANY, NULL, "from here", 429, "policyException", "POL4290",
	    "Error: Too many requests %1.", "[\"from here\"]",
	    "Too many requests" },
	{ API_BUSY, NULL, "full", 503, "policyException", "POL5031",
	    "Error: Busy: %1.", "[\"full\"]", "Service busy" },
	{ API_UNAVAILABLE, NULL, "x", 503, "policyException", "POL5030",
	    "Error: Service unavailable: %1.", "[\"x\"]",
	    "Service unavailable" },
};

static json_t *
body(const struct api_error *e, enum api_form form)
{
	char *text = api_error_body(e, form);
	json_t *o;

	cr_assert_not_null(text);
	o = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	free(text);
	cr_assert_not_null(o);
	return o;
}

Test(error_dto, standard)
{
	cr_expect_eq(sizeof(rows) / sizeof(*rows), (size_t)API_CODES);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct api_error e;
		json_t *o, *x, *want;

		api_error_set(&e, rows[i].code, rows[i].name, "%s",
		    rows[i].text);
		cr_expect_eq(api_error_status(e.code), rows[i].status);
		o = body(&e, API_ATIS);
		x = json_object_get(json_object_get(o, "requestError"),
		    rows[i].kind);
		want = json_pack("{s:s, s:s, s:o}", "messageId", rows[i].id,
		    "text", rows[i].message, "variables",
		    json_loads(rows[i].variables, 0, NULL));
		cr_expect(json_equal(x, want), "%s", rows[i].id);
		cr_expect_str_eq(json_string_value(json_object_get(o, "error")),
		    rows[i].error);
		cr_expect_eq(json_object_size(o), 2);
		json_decref(want);
		json_decref(o);
	}
}

/* RFC 9457: the same facts, in one sentence. */
Test(error_dto, problem)
{
	static const struct {
		enum api_code code;
		const char *name, *text, *title, *slug, *detail;
	} problems[] = {
		{ API_INVALID, "orig", "tn is empty", "Bad Request",
		    "invalid-member",
		    "Invalid 'orig' parameter value: tn is empty." },
		{ API_MISSING, "dest", "", "Bad Request", "missing-member",
		    "Missing mandatory parameter 'dest'." },
		{ API_TOO_LARGE, NULL, "65536", "Content Too Large",
		    "body-too-large",
		    "Request body is larger than 65536 bytes." },
		{ API_INTERNAL, NULL, "/etc/key.pem", "Internal Server Error",
		    "internal",
		    "Internal Server Error. Please try again later." },
		/* What is in a value is no template. */
		{ API_MALFORMED, NULL, "%1 %2 %s", "Bad Request",
		    "malformed-body",
		    "Failed to parse received message body: %1 %2 %s." },
	};

	for (size_t i = 0; i < sizeof(problems) / sizeof(*problems); i++) {
		struct api_error e;
		json_t *o, *want;

		api_error_set(&e, problems[i].code, problems[i].name, "%s",
		    problems[i].text);
		o = body(&e, API_NATIVE);
		want = json_pack("{s:s, s:s, s:i, s:s, s:s}", "type",
		    "about:blank", "title", problems[i].title, "status",
		    api_error_status(e.code), "code", problems[i].slug,
		    "detail", problems[i].detail);
		if (problems[i].name != NULL)
			json_object_set_new(want, "member",
			    json_string(problems[i].name));
		cr_expect(json_equal(o, want), "%s", problems[i].detail);
		json_decref(want);
		json_decref(o);
	}
}

Test(error_dto, not_printable)
{
	struct api_error e;
	char big[1000];

	api_error_set(&e, API_INVALID, "a\xff\n", "%s", "\x01\xc3\xa9x");
	cr_expect_str_eq(e.name, "a??");
	cr_expect_str_eq(e.text, "???x");
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	api_error_set(&e, API_INVALID, big, "%s", big);
	cr_expect_eq(strlen(e.name), API_NAME_MAX - 1);
	cr_expect_eq(strlen(e.text), API_TEXT_MAX - 1);
	json_decref(body(&e, API_ATIS));
	json_decref(body(&e, API_NATIVE));
}
