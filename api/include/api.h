/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api.h - the bodies of the HTTP API as structs: what a request asks, what an
 * answer says.  No HTTP in here, and no decision about a call.
 *
 * Three forms: the standard API in its two dialects, which share signing and
 * differ in verification (ATIS-1000082; 3GPP TS 24.229 Annex V), and our own.
 * openapi.yaml describes all of it.
 *
 * Parsing is strict: duplicate members, deep nesting, invalid UTF-8 and text
 * after the object are refused; so are unknown members where they would change
 * what is signed or compared.
 */
#ifndef SHAKEN_API_H
#define SHAKEN_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <shaken/shaken.h>

struct json_t;			/* jansson's */

enum api_form { API_ATIS = 0, API_3GPP = 1, API_NATIVE = 2 };

/* -- errors ------------------------------------------------------------- */

/*
 *   X(name, HTTP status, code of problem+json, messageId, text, 3GPP text)
 *
 * SVC4000 to SVC4007, POL4050 and POL5000 are ATIS-1000082's; the other POL are
 * built alike for what it does not have.  The 3GPP texts are those of TS 24.229
 * section V.2.4.3.
 */
#define API_CODE_MAP(X)							\
X(API_MISSING_BODY,	400, "missing-body",	"SVC4000",		\
    "Error: Missing request body.", "Missing request body")		\
X(API_MISSING,		400, "missing-member",	"SVC4001",		\
    "Error: Missing mandatory parameter '%1'.",				\
    "Missing mandatory parameter")					\
X(API_ACCEPT,		406, "not-acceptable",	"SVC4002",		\
    "Error: Requested response body type '%1' is not supported.",	\
    "Requested response body type is not supported")			\
X(API_NOT_FOUND,	404, "not-found",	"SVC4003",		\
    "Error: Requested resource was not found.",				\
    "Requested resource not found")					\
X(API_MEDIA_TYPE,	415, "unsupported-media-type", "SVC4004",	\
    "Error: Unsupported request body type, expected '%1'.",		\
    "Unsupported request body type")					\
X(API_INVALID,		400, "invalid-member",	"SVC4005",		\
    "Error: Invalid '%1' parameter value: %2.",				\
    "Invalid parameter value")						\
X(API_MALFORMED,	400, "malformed-body",	"SVC4006",		\
    "Error: Failed to parse received message body: %1.",		\
    "Failed to parse message body")					\
X(API_LENGTH,		411, "length-required",	"SVC4007",		\
    "Error: Missing mandatory Content-Length header.",			\
    "Missing mandatory Content-Length header")				\
X(API_METHOD,		405, "method-not-allowed", "POL4050",		\
    "Error: Method not allowed.", "Method not allowed")			\
X(API_INTERNAL,		500, "internal",	"POL5000",		\
    "Error: Internal Server Error. Please try again later.",		\
    "Internal server error")						\
X(API_UNAUTHORIZED,	401, "unauthorized",	"POL4010",		\
    "Error: Unauthorized.", "Unauthorized")				\
X(API_FORBIDDEN,	403, "forbidden",	"POL4030",		\
    "Error: Forbidden: %1.", "Forbidden")				\
X(API_TOO_LARGE,	413, "body-too-large",	"POL4130",		\
    "Error: Request body is larger than %1 bytes.",			\
    "Request body too large")						\
X(API_TOO_MANY,		429, "too-many-requests", "POL4290",		\
    "Error: Too many requests %1.", "Too many requests")		\
X(API_BUSY,		503, "busy",		"POL5031",		\
    "Error: Busy: %1.", "Service busy")					\
X(API_UNAVAILABLE,	503, "unavailable",	"POL5030",		\
    "Error: Service unavailable: %1.", "Service unavailable")

enum api_code {
#define X(name, status, slug, id, text, error) name,
	API_CODE_MAP(X)
#undef X
	API_CODES
};

#define API_NAME_MAX 64
#define API_TEXT_MAX 256

struct api_error {
	enum api_code	code;
	char	name[API_NAME_MAX];	/* the parameter; "" where none */
	char	text[API_TEXT_MAX];	/* the explanation, one line, no dot */
};

/* name: NULL for "".  What is not printable ASCII becomes '?', what does not
 * fit is cut off. */
__attribute__((format(printf, 4, 5)))
void api_error_set(struct api_error *e, enum api_code code, const char *name,
    const char *fmt, ...);

/* HTTP status, 400 to 503. */
int api_error_status(enum api_code code);

/*
 * The body: for clients of both dialects {"requestError": {..}, "error": ".."},
 * for API_NATIVE problem details (RFC 9457).  New, NUL-terminated, for free();
 * NULL: no memory.
 */
char *api_error_body(const struct api_error *e, enum api_form form);

/* -- signing ------------------------------------------------------------ */

struct api_sign {		/* views borrow from doc, or from the message */
	const char		*ppt;	/* "shaken", "div", "div-o", "rph",
					 * "rcd" or "msg"; static */
	struct shaken_sv	 attest; /* "A", "B" or "C"; of shaken alone,
					 * like origid */
	struct shaken_sv	 origid; /* a UUID; n 0: absent (native only) */
	struct shaken_id	 orig;
	struct shaken_id	*dest;	/* owned, n_dest */
	size_t			 n_dest;
	struct shaken_id	 div;	/* of div and div-o alone */
	int64_t			 iat;	/* -1: absent (native only) */
	struct shaken_sv	 key;	/* n 0: absent */
	struct shaken_sv	 request_id; /* n 0: absent */
	char			*claims; /* owned; further claims as a JSON
					 * object, NULL: none */
	struct json_t		*doc;	/* owned */
};

/*
 * Read a request to sign.
 *
 *   body	JSON, borrowed
 *   form	API_NATIVE, or else the standard one
 *   ppt	the type that the resource stands for ("div" for divSigning),
 *		which the body may repeat; NULL: that is for the body to say, and
 *		"shaken" where it does not
 *   country	as in shaken_tn_canon()
 *   out	for api_sign_clear(), cleared on failure
 *
 * What the type needs must be there, and nothing of another type.  Whether the
 * claims are of their form is for shaken_sign() to say.
 */
bool api_sign_parse(struct shaken_sv body, enum api_form form, const char *ppt,
    const char *country, struct api_sign *out, struct api_error *e);

struct api_sip_query {		/* what a message does not say; n 0: absent */
	struct shaken_sv	attest;	/* of shaken */
	struct shaken_sv	ppt;	/* shaken where absent, div or div-o */
	struct shaken_sv	dest;	/* of a diversion: the new target, where
					 * the Request-URI is the old one yet */
};

/*
 * The same from an INVITE: iat from the Date field.  Of a diversion (RFC 8946
 * section 4.1) div is what shaken_sip_div() finds, and there must be an Identity
 * from orig to div: for div-o that token is opt, and without a Date its iat is
 * iat.
 */
bool api_sign_from_sip(struct shaken_sv message, const struct api_sip_query *q,
    const char *country, struct api_sign *out, struct api_error *e);
void api_sign_clear(struct api_sign *s);

/* Why shaken_sign() found a claim wrong, as an error of the member that it
 * is. */
void api_sign_refused(const struct shaken_diag *why, struct api_error *e);

/* New, for free(); NULL: no memory.  API_ATIS gives identity, API_3GPP
 * identityHeader; both where both. */
char *api_sign_answer(const struct api_sign *req, bool atis, bool threegpp,
    struct shaken_sv identity);
char *api_sign_answer_native(struct shaken_sv identity, const char *key);

/* -- verification ------------------------------------------------------- */

struct api_verify {		/* views borrow from doc, or from the message */
	enum api_form		 form;
	struct shaken_sv	 identity[SHAKEN_VALUES_MAX]; /* not empty, not
					 * a list */
	size_t			 n_identity;
	struct shaken_id	 orig;
	struct shaken_id	*dest;	/* owned, n_dest */
	size_t			 n_dest;
	struct shaken_id	 target; /* Request-URI; NONE: not given, or no
					 * subscriber's (urn:service:sos) */
	bool			 is_target_meant; /* the client says that the
					 * call must lead there */
	int64_t			 time;	/* 0: absent (native only) */
	struct shaken_sv	 from, pai[SHAKEN_SIP_PAI]; /* field values as
					 * they came; n 0: not from a message */
	size_t			 n_pai;
	struct shaken_sv	 request_id; /* n 0: absent */
	const struct json_t	*fields; /* protectedHeaders: an array of
					 * strings; NULL: absent */
	const char		*country; /* as given; borrowed */
	struct json_t		*doc;	/* owned */
};

/*
 * Read a request to verify.
 *
 *   form	API_NATIVE, or any other: the body's members say which dialect
 *   need_identity	a standard request without Identity is an error
 *   out	for api_verify_clear(), cleared on failure
 *
 * Other parameters and result as in api_sign_parse().
 */
bool api_verify_parse(struct shaken_sv body, enum api_form form,
    const char *country, bool need_identity, struct api_verify *out,
    struct api_error *e);
bool api_verify_from_sip(struct shaken_sv message, const char *country,
    struct api_verify *out, struct api_error *e);
void api_verify_clear(struct api_verify *v);

/* The value of the verstat parameter; static.  suffixed:
 * "TN-Validation-Passed-A". */
const char *api_verstat(const struct shaken_verdict *d, bool suffixed);

/* Where verstat goes: to P-Asserted-Identity where the call has one, else to
 * From; to P-Asserted-Identity, made where there is none; to From; to both; or
 * nowhere. */
enum api_fields { API_FIELDS_AUTO = 0, API_FIELDS_PAI = 1, API_FIELDS_FROM = 2,
	API_FIELDS_BOTH = 3, API_FIELDS_NONE = 4 };
/* The URI of P-Asserted-Identity: as it came, or made of the number. */
enum api_uri { API_URI_KEEP = 0, API_URI_TEL = 1, API_URI_SIP = 2 };
enum api_reason { API_REASON_STIR = 0, API_REASON_SIP = 1,
	API_REASON_NONE = 2 };
enum api_ppi { API_PPI_COMPACT = 0, API_PPI_FULL = 1, API_PPI_NONE = 2 };

struct api_render {		/* how a verdict is shown; zero: plain */
	bool		 suffixed;	/* as api_verstat() */
	bool		 explain;	/* with every check; native only */
	enum api_fields	 fields;
	enum api_uri	 uri;
	const char	*domain;	/* for API_URI_SIP; NULL: as _TEL */
	bool		 attestation;	/* P-Attestation-Indicator and
					 * P-Origination-ID too */
	enum api_reason	 reason;
	enum api_ppi	 ppi;
};

/* The answer, in the request's form.  v is finished.  New, for free(); NULL: no
 * memory. */
char *api_verify_answer(const struct api_verify *req,
    const struct shaken_verify *v, const struct api_render *r);

/*
 * The same as header fields (message/sipfrag, RFC 3420), each with its line
 * end: first those of the call as it goes on, which replace all of their name,
 * then Reason fields for its responses.  What came from outside adds no line
 * and no verstat to them.  New, for free(); NULL: no memory.
 */
char *api_verify_fragment(const struct api_verify *req,
    const struct shaken_verify *v, const struct api_render *r);

/* A probe as session border controllers send it every few seconds, from
 * 9999999999 to 7777777777; country as the identities were read with. */
bool api_is_heartbeat(const struct shaken_id *orig,
    const struct shaken_id *dest, size_t n_dest, const char *country);

#endif
