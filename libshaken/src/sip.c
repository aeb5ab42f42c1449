/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sip.c - the header of a SIP message (RFC 3261 section 7), in one pass.
 *
 *   message    = *CRLF start-line CRLF *( field CRLF ) CRLF [ body ]
 *   start-line = method SP Request-URI SP "SIP/2.0"
 *              / "SIP/2.0" SP 3DIGIT [ SP reason ]
 *   field      = name *( SP / HTAB ) ":" value, where a line that begins with
 *                a blank continues the value
 *
 * A lone LF ends a line too.  A lone CR is refused: what is a line end to one
 * reader and none to the next hides header fields.
 */
#include <shaken/identity.h>
#include <shaken/sip.h>

#include "date.h"
#include "diag.h"
#include "lex.h"

struct reader {
	struct shaken_sv	 rest;	/* not read yet */
	size_t			 line;	/* the one read last, from 1 */
	bool			 cut;	/* there is more than rest shows */
	bool			 have_length;
	struct shaken_diag	*diag;
};

static enum shaken_err
fail(const struct reader *r, enum shaken_err err, const char *why)
{
	shk_diag(r->diag, "SIP message: %s, line %zu", why, r->line);
	return err;
}

static enum shaken_err
take_line(struct reader *r, struct shaken_sv *line)
{
	r->line++;
	*line = shk_take_until(&r->rest, '\n');
	if (!shk_sv_eat(&r->rest, '\n'))
		return r->cut ? fail(r, SHAKEN_E_LIMIT, "header is too long") :
		    fail(r, SHAKEN_E_SYNTAX, "no blank line after the header");
	if (line->n > 0 && line->p[line->n - 1] == '\r')
		line->n--;
	if (shk_has(*line, '\0') || shk_has(*line, '\r'))
		return fail(r, SHAKEN_E_SYNTAX, "NUL or lone CR");
	return SHAKEN_OK;
}

/* Take a line and those that continue it; the view covers the line ends
 * between them. */
static enum shaken_err
take_folded(struct reader *r, struct shaken_sv *field)
{
	struct shaken_sv more;
	enum shaken_err err = take_line(r, field);

	while (err == SHAKEN_OK && field->n > 0 && r->rest.n > 0 &&
	    (r->rest.p[0] == ' ' || r->rest.p[0] == '\t')) {
		err = take_line(r, &more);
		field->n = (size_t)(more.p - field->p) + more.n;
	}
	return err;
}

static bool
parse_start_line(struct shaken_sv line, struct shaken_sip *m)
{
	static const struct shaken_sv version = { "SIP/2.0", 7 };
	struct shaken_sv head = line;

	head.n = head.n < version.n ? head.n : version.n;
	if (shk_sv_name_is(head, version)) {	/* a response */
		shk_skip(&line, version.n);
		return shk_sv_eat(&line, ' ') &&
		    shk_sv_span(&line, shk_is_digit).n == 3 &&
		    (line.n == 0 || line.p[0] == ' ');
	}
	m->method = shk_sv_span(&line, shk_is_token);
	if (m->method.n == 0 || !shk_sv_eat(&line, ' '))
		return false;
	m->request_uri = shk_sv_span(&line, shk_is_uri);
	return m->request_uri.n > 0 && shk_sv_eat(&line, ' ') &&
	    shk_sv_name_is(line, version);
}

static bool
is_field(struct shaken_sv name, const char *full, char compact)
{
	return (name.n == 1 && shk_ascii_lower(name.p[0]) == compact) ||
	    shk_sv_name_is(name, shaken_sv_cstr(full));
}

static enum shaken_err
keep_length(struct reader *r, struct shaken_sv value, size_t *length)
{
	size_t v = 0;

	if (r->have_length)
		return fail(r, SHAKEN_E_SYNTAX, "second Content-Length");
	r->have_length = true;
	if (value.n == 0)
		return fail(r, SHAKEN_E_SYNTAX, "empty Content-Length");
	for (size_t i = 0; i < value.n; i++) {
		if (!shk_is_digit(value.p[i]))
			return fail(r, SHAKEN_E_SYNTAX,
			    "Content-Length is no number");
		if (v > (SIZE_MAX - 9) / 10)
			return fail(r, SHAKEN_E_LIMIT,
			    "Content-Length is too large");
		v = v * 10 + (size_t)(value.p[i] - '0');
	}
	*length = v;
	return SHAKEN_OK;
}

static enum shaken_err
keep_asserted(struct reader *r, struct shaken_sv list, struct shaken_sip *m)
{
	struct shaken_sv value;

	while (shaken_identity_next(&list, &value)) {
		if (m->n_pai == SHAKEN_SIP_PAI)
			return fail(r, SHAKEN_E_LIMIT,
			    "too many P-Asserted-Identity values");
		m->pai[m->n_pai++] = value;
	}
	return SHAKEN_OK;
}

static enum shaken_err
keep_identity(struct reader *r, struct shaken_sv value, struct shaken_sip *m)
{
	if (m->n_identity == SHAKEN_SIP_IDENTITIES)
		return fail(r, SHAKEN_E_LIMIT, "too many Identity fields");
	m->identity[m->n_identity++] = value;
	return SHAKEN_OK;
}

static enum shaken_err
keep_field(struct reader *r, struct shaken_sv name, struct shaken_sv value,
    struct shaken_sip *m)
{
	struct shaken_sv *slot;

	if (is_field(name, "From", 'f'))
		slot = &m->from;
	else if (is_field(name, "To", 't'))
		slot = &m->to;
	else if (is_field(name, "Call-ID", 'i'))
		slot = &m->call_id;
	else if (is_field(name, "Date", 0))
		slot = &m->date;
	else if (is_field(name, "Content-Length", 'l'))
		return keep_length(r, value, &m->content_length);
	else if (is_field(name, "P-Asserted-Identity", 0))
		return keep_asserted(r, value, m);
	else if (is_field(name, "Identity", 'y'))
		return keep_identity(r, value, m);
	else
		return SHAKEN_OK;

	if (slot->p != NULL)
		return fail(r, SHAKEN_E_SYNTAX,
		    "second From, To, Call-ID or Date");
	*slot = value;
	return SHAKEN_OK;
}

static enum shaken_err
parse_fields(struct reader *r, struct shaken_sip *m)
{
	struct shaken_sv field, name;
	enum shaken_err err;

	for (;;) {
		err = take_folded(r, &field);
		if (err != SHAKEN_OK || field.n == 0)
			return err;
		name = shk_sv_span(&field, shk_is_token);
		shk_skip_blanks(&field);
		if (name.n == 0 || !shk_sv_eat(&field, ':'))
			return fail(r, SHAKEN_E_SYNTAX, "no field name");
		shk_skip_lws(&field);
		err = keep_field(r, name, shk_trim_end(field), m);
		if (err != SHAKEN_OK)
			return err;
	}
}

enum shaken_err
shaken_sip_parse(struct shaken_sv in, struct shaken_sip *out,
    struct shaken_diag *diag)
{
	struct reader r = { .rest = in, .diag = diag };
	struct shaken_sip m = { .len = 0 };
	struct shaken_sv line;
	enum shaken_err err;

	*out = m;
	shk_diag_clear(diag);
	if (in.n > SHAKEN_SIP_MAX) {
		r.rest.n = SHAKEN_SIP_MAX;
		r.cut = true;
	}
	do			/* empty lines first: RFC 3261 section 7.5 */
		err = take_line(&r, &line);
	while (err == SHAKEN_OK && line.n == 0);
	if (err != SHAKEN_OK)
		return err;
	if (!parse_start_line(line, &m))
		return fail(&r, SHAKEN_E_SYNTAX, "no SIP/2.0 start line");
	err = parse_fields(&r, &m);
	if (err != SHAKEN_OK)
		return err;
	m.len = (size_t)(r.rest.p - in.p);
	m.header = (struct shaken_sv){ in.p, m.len };
	*out = m;
	return SHAKEN_OK;
}

/* The first asserted identity that can be read, a number before a URI. */
static bool
read_asserted(const struct shaken_sip *m, const char *country,
    struct shaken_id *out)
{
	struct shaken_id id;
	bool found = false;

	for (size_t i = 0; i < m->n_pai; i++) {
		if (shaken_id_parse(m->pai[i], country, &id) != SHAKEN_OK)
			continue;
		if (!found || id.kind == SHAKEN_ID_TN)
			*out = id;
		if (id.kind == SHAKEN_ID_TN)
			return true;
		found = true;
	}
	return found;
}

static enum shaken_err
read_field(const char *name, struct shaken_sv value, const char *country,
    struct shaken_id *id, struct shaken_diag *diag)
{
	enum shaken_err err = SHAKEN_E_SYNTAX;

	if (value.n > 0)
		err = shaken_id_parse(value, country, id);
	if (err != SHAKEN_OK)
		shk_diag(diag, "%s: %s", name,
		    value.n == 0 ? "missing" : shaken_strerror((int)err));
	return err;
}

enum shaken_err
shaken_sip_ids(const struct shaken_sip *m, const char *country,
    struct shaken_id *orig, struct shaken_id *dest, struct shaken_diag *diag)
{
	struct shaken_id from, to;
	enum shaken_err err;

	*orig = *dest = (struct shaken_id){ .kind = SHAKEN_ID_NONE };
	shk_diag_clear(diag);
	err = read_field("To", m->to, country, &to, diag);
	if (err != SHAKEN_OK)
		return err;
	if (m->from.n == 0 || !read_asserted(m, country, &from))
		err = read_field("From", m->from, country, &from, diag);
	if (err != SHAKEN_OK)
		return err;
	*orig = from;
	*dest = to;
	return SHAKEN_OK;
}

/* -- diversion ---------------------------------------------------------- */

/* An entry that says whom the call was for at some time. */
struct past {
	struct shaken_id	id;	/* kind NONE: not found */
	struct shaken_sv	index;
};

/* The parameter index behind a name-addr (RFC 7044 section 5): 1*DIGIT *("."
 * 1*DIGIT). */
static struct shaken_sv
index_of(struct shaken_sv value)
{
	struct shaken_sv none = { NULL, 0 }, name, index;

	(void)shk_take_until(&value, '>');
	while (value.n > 0) {
		(void)shk_take_until(&value, ';');
		(void)shk_sv_eat(&value, ';');
		shk_skip_lws(&value);
		name = shk_sv_span(&value, shk_is_token);
		shk_skip_lws(&value);
		if (!shk_sv_name_is(name, SHAKEN_SV_LIT("index")) ||
		    !shk_sv_eat(&value, '='))
			continue;
		shk_skip_lws(&value);
		index = value;
		do
			if (shk_sv_span(&value, shk_is_digit).n == 0)
				return none;
		while (shk_sv_eat(&value, '.'));
		index.n -= value.n;
		return index;
	}
	return none;
}

/* Keep of a list what may be it: equal to like where given, else unlike. */
static void
keep_past(struct shaken_sv list, const char *country,
    const struct shaken_id *like, const struct shaken_id *unlike, bool first,
    struct past *out)
{
	struct shaken_sv value;
	struct shaken_id id;

	while (shaken_identity_next(&list, &value)) {
		if (first && out->id.kind != SHAKEN_ID_NONE)
			return;
		if (shaken_id_parse(value, country, &id) != SHAKEN_OK ||
		    (like != NULL ? !shaken_id_equal(&id, like) :
		    shaken_id_equal(&id, unlike)))
			continue;
		out->id = id;
		out->index = index_of(value);
	}
}

/* The last entry in all fields of that name, or the first one. */
static struct past
find_past(const struct shaken_sip *m, const char *name, const char *country,
    const struct shaken_id *like, const struct shaken_id *unlike, bool first)
{
	struct reader r = { .rest = m->header };
	struct past past = { .id = { .kind = SHAKEN_ID_NONE } };
	struct shaken_sv field, key;

	while (r.rest.n > 0 && take_folded(&r, &field) == SHAKEN_OK) {
		key = shk_sv_span(&field, shk_is_token);
		shk_skip_blanks(&field);
		if (shk_sv_name_is(key, shaken_sv_cstr(name)) &&
		    shk_sv_eat(&field, ':'))
			keep_past(field, country, like, unlike, first, &past);
	}
	return past;
}

enum shaken_err
shaken_sip_div(const struct shaken_sip *m, const struct shaken_id *target,
    const char *country, struct shaken_id *div, struct shaken_sv *hi,
    struct shaken_diag *diag)
{
	struct past past = { .id = { .kind = SHAKEN_ID_NONE } };

	*div = past.id;
	*hi = past.index;
	shk_diag_clear(diag);
	if (m->n_identity == 0) {
		shk_diag(diag, "the request has no Identity that a div could "
		    "stand on");
		return SHAKEN_E_CLAIM;
	}
	if (shaken_id_parse(m->request_uri, country, &past.id) == SHAKEN_OK &&
	    !shaken_id_equal(&past.id, target))
		past.index = find_past(m, "History-Info", country, &past.id,
		    NULL, false).index;
	else
		past = find_past(m, "History-Info", country, NULL, target,
		    false);
	if (past.id.kind == SHAKEN_ID_NONE)
		past = find_past(m, "Diversion", country, NULL, target, true);
	if (past.id.kind == SHAKEN_ID_NONE) {
		shk_diag(diag, "nothing was diverted: the request was for "
		    "%.128s before", target->text);
		return SHAKEN_E_CLAIM;
	}
	*div = past.id;
	*hi = past.index;
	return SHAKEN_OK;
}

/* -- Date --------------------------------------------------------------- */

/* Take exactly n digits. */
static bool
take_digits(struct shaken_sv *in, size_t n, int *v)
{
	*v = 0;
	if (in->n < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!shk_is_digit(in->p[i]))
			return false;
		*v = *v * 10 + (in->p[i] - '0');
	}
	shk_skip(in, n);
	return true;
}

/* Take one of some three-letter words; *v is its index. */
static bool
take_word(struct shaken_sv *in, const char *words, int *v)
{
	if (in->n < 3)
		return false;
	for (*v = 0; *words != '\0'; words += 3, ++*v) {
		if (memcmp(in->p, words, 3) == 0) {
			shk_skip(in, 3);
			return true;
		}
	}
	return false;
}

static bool
parse_date(struct shaken_sv in, int64_t *t)
{
	int wday, day, month, year, hour, min, sec, last;
	int64_t days;

	shk_skip_lws(&in);
	in = shk_trim_end(in);
	if (!take_word(&in, "SunMonTueWedThuFriSat", &wday) ||
	    !shk_sv_eat(&in, ',') || !shk_sv_eat(&in, ' ') ||
	    !take_digits(&in, 2, &day) || !shk_sv_eat(&in, ' ') ||
	    !take_word(&in, "JanFebMarAprMayJunJulAugSepOctNovDec", &month) ||
	    !shk_sv_eat(&in, ' ') ||
	    !take_digits(&in, 4, &year) || !shk_sv_eat(&in, ' ') ||
	    !take_digits(&in, 2, &hour) || !shk_sv_eat(&in, ':') ||
	    !take_digits(&in, 2, &min) || !shk_sv_eat(&in, ':') ||
	    !take_digits(&in, 2, &sec) ||
	    !shk_sv_equal(in, SHAKEN_SV_LIT(" GMT")))
		return false;

	month++;	/* from 1 */
	last = month == 12 ? 31 : (int)(shk_days(year, month + 1, 1) -
	    shk_days(year, month, 1));
	if (year < 1970 || day < 1 || day > last || hour > 23 || min > 59 ||
	    sec > 59)
		return false;
	days = shk_days(year, month, day);
	*t = days * 86400 + hour * 3600 + min * 60 + sec;
	return (days + 4) % 7 == wday;	/* 1970-01-01 was a Thursday */
}

int64_t
shaken_sip_date(const struct shaken_sip *m)
{
	int64_t t;

	if (m->date.p == NULL)
		return 0;
	return parse_date(m->date, &t) && t > 0 ? t : -1;
}
