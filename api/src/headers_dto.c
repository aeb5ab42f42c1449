/* SPDX-License-Identifier: Apache-2.0 */
/*
 * headers_dto.c - a verdict as header fields for a proxy to paste: verstat
 * (3GPP TS 24.229 section 7.2A.20), attestation, Reason (RFC 3326, RFC 9410).
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "headers_dto.h"
#include "mark.h"
#include "verdict.h"

/* Digits of the shortest global number there is, +290 2xxx and the like. */
#define GLOBAL_MIN 7

struct headers {		/* what is being made */
	json_t			*lines;	/* owned */
	const struct api_verify	*req;
	const struct api_render	*r;
	const char		*verstat;
	bool			 ok;	/* no memory otherwise */
	bool			 is_marked; /* P-Asserted-Identity has it */
};

__attribute__((format(printf, 2, 3)))
static void
add_line(struct headers *h, const char *fmt, ...)
{
	json_t *line;
	va_list ap;

	if (!h->ok)
		return;
	va_start(ap, fmt);
	line = json_vsprintf(fmt, ap);
	va_end(ap);
	h->ok = json_array_append_new(h->lines, line) == 0;
}

/* -- verstat ------------------------------------------------------------ */

static bool
is_global_number(const struct shaken_id *id)
{
	return id->kind == SHAKEN_ID_TN && id->len >= GLOBAL_MIN &&
	    strspn(id->text, "0123456789") == id->len;
}

/* P-Asserted-Identity of the number that was verified, whatever came. */
static void
add_number(struct headers *h)
{
	const char *number = h->req->orig.text;

	if (h->is_marked || !is_global_number(&h->req->orig))
		return;
	h->is_marked = true;
	if (h->r->uri == API_URI_SIP && h->r->domain != NULL)
		add_line(h, "P-Asserted-Identity: <sip:+%s;verstat=%s@%s;"
		    "user=phone>", number, h->verstat, h->r->domain);
	else
		add_line(h, "P-Asserted-Identity: <tel:+%s;verstat=%s>",
		    number, h->verstat);
}

/* Whether an address, as we write it, is that of the number that was verified:
 * no other may get the verdict. */
static bool
is_caller(const struct headers *h, const char *value)
{
	struct shaken_id id;

	return shaken_id_parse(shaken_sv_cstr(value), h->req->country, &id) ==
	    SHAKEN_OK && id.kind == SHAKEN_ID_TN &&
	    shaken_id_equal(&id, &h->req->orig);
}

static void
add_pai(struct headers *h, struct shaken_sv value, bool may_mark)
{
	char plain[API_MARK_MAX], marked[API_MARK_MAX];

	if (!api_mark(value, NULL, false, plain))
		return;	/* nobody can tell what stands there */
	if (!may_mark || !is_caller(h, plain)) {
		add_line(h, "P-Asserted-Identity: %s", plain);
	} else if (h->r->uri != API_URI_KEEP) {
		add_number(h);
	} else if (api_mark(value, h->verstat, false, marked)) {
		add_line(h, "P-Asserted-Identity: %s", marked);
		h->is_marked = true;
	}
}

static void
add_pais(struct headers *h)
{
	bool may_mark = h->r->fields != API_FIELDS_FROM;

	for (size_t i = 0; i < h->req->n_pai; i++) {
		struct shaken_sv rest = h->req->pai[i], one;

		while (shaken_identity_next(&rest, &one))
			add_pai(h, one, may_mark);
	}
	/* Without a message, the caller is whom the client asserts. */
	if (h->r->fields == API_FIELDS_PAI ||
	    h->r->fields == API_FIELDS_BOTH ||
	    (h->r->fields == API_FIELDS_AUTO && h->req->from.n == 0))
		add_number(h);
}

static void
add_from(struct headers *h)
{
	char plain[API_MARK_MAX], marked[API_MARK_MAX];
	struct shaken_sv from = h->req->from;

	if (h->r->fields == API_FIELDS_PAI || from.n == 0 ||
	    (h->r->fields == API_FIELDS_AUTO && h->is_marked) ||
	    !api_mark(from, NULL, true, plain))
		return;
	if (is_caller(h, plain) && api_mark(from, h->verstat, true, marked))
		add_line(h, "From: %s", marked);
	else
		add_line(h, "From: %s", plain);
}

json_t *
api_header_lines(const struct api_verify *req, const struct shaken_verify *v,
    const struct api_render *r)
{
	const struct shaken_verdict *d = shaken_verify_verdict(v);
	struct headers h = { .lines = json_array(), .req = req, .r = r,
		.verstat = api_verstat(d, r->suffixed) };

	h.ok = h.lines != NULL;
	if (r->fields != API_FIELDS_NONE) {
		add_pais(&h);
		add_from(&h);
	}
	if (r->attestation && api_has_passed(d)) {
		if (d->attest >= 'A' && d->attest <= 'C')
			add_line(&h, "P-Attestation-Indicator: %c", d->attest);
		/* what the signer wrote must mean nothing in a header field */
		if (d->origid[0] != '\0' &&
		    api_is_among(shaken_sv_cstr(d->origid), "-._"))
			add_line(&h, "P-Origination-ID: %s", d->origid);
	}
	if (h.ok)
		return h.lines;
	json_decref(h.lines);
	return NULL;
}

/* -- Reason ------------------------------------------------------------- */

/* The part of a token that tells it from others (RFC 9410 section 6): its
 * signature, or all of it; n 0: it has none that may stand in quotes. */
static struct shaken_sv
ppi_of(struct shaken_sv token, enum api_ppi how)
{
	size_t dots = 0, start = 0;

	for (size_t i = 0; i < token.n; i++)
		if (token.p[i] == '.') {
			dots++;
			start = i + 1;
		}
	if (how == API_PPI_NONE || dots != 2 || start == token.n ||
	    token.n > SHAKEN_TOKEN_MAX || !api_is_among(token, "-_."))
		return (struct shaken_sv){ NULL, 0 };
	if (how == API_PPI_FULL)
		return token;
	return (struct shaken_sv){ token.p + start, token.n - start };
}

static void
add_reason(struct headers *h, const struct shaken_verdict *d,
    struct shaken_sv token)
{
	struct shaken_sv ppi = ppi_of(token, h->r->ppi);
	bool full = h->r->ppi == API_PPI_FULL;

	if (ppi.n > 0)
		add_line(h, "Reason: STIR;cause=%d;text=\"%s\";ppi=\"%s%.*s\"",
		    d->code, d->reason, full ? "" : "..", (int)ppi.n, ppi.p);
	else
		add_line(h, "Reason: STIR;cause=%d;text=\"%s\"", d->code,
		    d->reason);
}

/* RFC 9410 section 5: one for each value that failed.  A type that is not ours
 * is no error of the call, unless that is all there is. */
static void
add_stir(struct headers *h, const struct shaken_verify *v)
{
	const struct shaken_verdict *all = shaken_verify_verdict(v);
	size_t n = 0;

	for (size_t i = 0; i < h->req->n_identity; i++) {
		const struct shaken_verdict *d = shaken_verify_verdict_of(v, i);

		if (d->code == 0 || (d->ecase == SHAKEN_E5 &&
		    (api_has_passed(all) || all->value != i)))
			continue;
		add_reason(h, d, api_token_of(h->req, i));
		n++;
	}
	/* Where no value is at fault, but all together. */
	if (all->code != 0 && (n == 0 || !api_is_of_value(v)))
		add_reason(h, all, (struct shaken_sv){ NULL, 0 });
}

json_t *
api_reason_lines(const struct api_verify *req, const struct shaken_verify *v,
    const struct api_render *r)
{
	const struct shaken_verdict *d = shaken_verify_verdict(v);
	struct headers h = { .lines = json_array(), .req = req, .r = r };

	h.ok = h.lines != NULL;
	if (r->reason == API_REASON_STIR)
		add_stir(&h, v);
	else if (r->reason == API_REASON_SIP && d->code != 0)
		/* RFC 3326 section 2: one of a protocol that allows no more */
		add_line(&h, "Reason: SIP;cause=%d;text=\"%s\"", d->code,
		    d->reason);
	if (h.ok)
		return h.lines;
	json_decref(h.lines);
	return NULL;
}

/* -- both --------------------------------------------------------------- */

char *
api_verify_fragment(const struct api_verify *req,
    const struct shaken_verify *v, const struct api_render *r)
{
	json_t *lines = api_header_lines(req, v, r), *line;
	json_t *reasons = api_reason_lines(req, v, r);
	char *out = NULL, *p;
	size_t size = 1, i;

	if (lines == NULL || reasons == NULL ||
	    json_array_extend(lines, reasons) != 0)
		goto out;
	json_array_foreach(lines, i, line)
		size += json_string_length(line) + 2;
	p = out = malloc(size);
	if (out == NULL)
		goto out;
	json_array_foreach(lines, i, line) {
		memcpy(p, json_string_value(line), json_string_length(line));
		p += json_string_length(line);
		*p++ = '\r';
		*p++ = '\n';
	}
	*p = '\0';
out:
	json_decref(lines);
	json_decref(reasons);
	return out;
}
