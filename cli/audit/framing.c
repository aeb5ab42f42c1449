/* SPDX-License-Identifier: Apache-2.0 */
/*
 * framing.c - where a SIP message begins and ends (RFC 3261 sections 7.5 and
 * 18.3), in a datagram, a stream or a text.
 *
 * A message begins with a start line at the start of a line, ends its header at
 * the first blank line and its body where Content-Length says.  Where that does
 * not lead to another start line, bytes are dropped until there is one.  What
 * happens does not depend on how the bytes were cut into segments.
 */
#include <stdlib.h>
#include <string.h>

#include "framing.h"

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "SIP/2.0" with any two digits: a version that is not ours is still SIP. */
static bool
is_version(const char *p)
{
	return (p[0] | 0x20) == 's' && (p[1] | 0x20) == 'i' &&
	    (p[2] | 0x20) == 'p' && p[3] == '/' && is_digit(p[4]) &&
	    p[5] == '.' && is_digit(p[6]);
}
#define VERSION_LEN 7

/* A line without its end: does a message begin with it?  Wider than the
 * grammar, so that a malformed INVITE is seen and not passed over. */
static bool
is_start_line(struct shaken_sv line)
{
	size_t method = 0;

	while (line.n > 0 && (line.p[line.n - 1] == '\r' ||
	    line.p[line.n - 1] == ' '))
		line.n--;
	if (line.n >= VERSION_LEN + 4 && is_version(line.p))
		return line.p[7] == ' ' && is_digit(line.p[8]) &&
		    is_digit(line.p[9]) && is_digit(line.p[10]);
	while (method < line.n && line.p[method] > ' ' &&
	    line.p[method] < 0x7f && line.p[method] != ':')
		method++;
	return method > 0 && line.n > method + 2 + VERSION_LEN &&
	    line.p[method] == ' ' && line.p[line.n - VERSION_LEN - 1] == ' ' &&
	    is_version(line.p + line.n - VERSION_LEN);
}

/* Where the blank line behind a header ends; 0: it is not there.  The first
 * *seen bytes were searched before. */
static size_t
find_head_end(struct shaken_sv in, size_t *seen)
{
	const char *lf;

	while (*seen < in.n &&
	    (lf = memchr(in.p + *seen, '\n', in.n - *seen)) != NULL) {
		size_t at = (size_t)(lf - in.p);

		*seen = at;	/* two more bytes may be wanted */
		if (at + 1 < in.n && in.p[at + 1] == '\n')
			return at + 2;
		if (at + 2 < in.n && in.p[at + 1] == '\r' &&
		    in.p[at + 2] == '\n')
			return at + 3;
		if (at + 2 >= in.n)
			return 0;
		*seen = at + 1;
	}
	*seen = in.n;
	return 0;
}

/* What to do with a message; *body is what Content-Length says, 0 of one that
 * is malformed. */
static bool
is_wanted(struct shaken_sv head, struct audit_skips *skips, size_t *body)
{
	static const char invite[] = "INVITE ";
	struct shaken_sip m;

	*body = 0;
	if (shaken_sip_parse(head, &m, NULL) != SHAKEN_OK) {
		if (head.n >= sizeof(invite) - 1 &&
		    memcmp(head.p, invite, sizeof(invite) - 1) == 0)
			return true;
		audit_skip(skips, AUDIT_SKIP_SIP_MALFORMED);
		return false;
	}
	*body = m.content_length;
	if (m.method.n == 0) {
		audit_skip(skips, AUDIT_SKIP_SIP_RESPONSE);
		return false;
	}
	if (m.n_identity > 0 || (m.method.n == sizeof(invite) - 2 &&
	    memcmp(m.method.p, invite, m.method.n) == 0))
		return true;
	audit_skip(skips, AUDIT_SKIP_SIP_REQUEST);
	return false;
}

bool
framing_datagram(struct shaken_sv in, bool is_cut, struct audit_skips *skips,
    struct shaken_sv *out)
{
	struct shaken_sv line, rest = in;
	size_t head, body, seen = 0;
	const char *lf;

	*out = (struct shaken_sv){ NULL, 0 };
	/* RFC 3261 section 7.5, RFC 5626 section 3.5.1; some send NULs */
	while (rest.n > 0 && (rest.p[0] == '\r' || rest.p[0] == '\n' ||
	    rest.p[0] == '\0' || rest.p[0] == ' ')) {
		rest.p++;
		rest.n--;
	}
	if (rest.n == 0) {
		audit_skip(skips, is_cut ? AUDIT_SKIP_SNAPLEN :
		    AUDIT_SKIP_KEEP_ALIVE);
		return false;
	}
	lf = memchr(rest.p, '\n', rest.n);
	line = (struct shaken_sv){ rest.p,
	    lf == NULL ? rest.n : (size_t)(lf - rest.p) };
	if (!is_start_line(line)) {
		audit_skip(skips, is_cut && lf == NULL ? AUDIT_SKIP_SNAPLEN :
		    AUDIT_SKIP_NOT_SIP);
		return false;
	}
	head = find_head_end(rest, &seen);
	if (head == 0) {
		audit_skip(skips, is_cut ? AUDIT_SKIP_SNAPLEN :
		    AUDIT_SKIP_SIP_CUT);
		return false;
	}
	if (!is_wanted((struct shaken_sv){ rest.p, head }, skips, &body))
		return false;
	*out = rest;
	if (body < rest.n - head) /* section 18.3: what follows is no part */
		out->n = head + body;
	return true;
}

/* -- streams ------------------------------------------------------------ */

static struct shaken_sv
rest_of(const struct framing *f)
{
	return (struct shaken_sv){ f->buf == NULL ? "" : f->buf + f->at,
	    f->n - f->at };
}

static void
drop(struct framing *f, size_t n)
{
	if (f->is_text)
		for (size_t i = 0; i < n; i++)
			f->line += f->buf[f->at + i] == '\n';
	f->at += n;
	f->seen = 0;
	f->no_blank -= n < f->no_blank ? n : f->no_blank;
	if (f->at == f->n) {	/* thousands of streams may be idle */
		free(f->buf);
		f->buf = NULL;
		f->at = f->n = f->cap = 0;
	}
}

/* Drop what was handed out. */
static void
settle(struct framing *f)
{
	if (f->done > 0)
		drop(f, f->done);
	f->done = 0;
}

bool
framing_push(struct framing *f, struct shaken_sv bytes)
{
	size_t want;
	char *p;

	settle(f);
	if (f->at > 0) {
		memmove(f->buf, f->buf + f->at, f->n - f->at);
		f->n -= f->at;
		f->at = 0;
	}
	if (bytes.n > f->cap - f->n) {
		want = f->n + bytes.n;	/* both are bounded */
		want = want < 2 * f->cap ? 2 * f->cap : want;
		if ((p = realloc(f->buf, want)) == NULL)
			return false;
		f->buf = p;
		f->cap = want;
	}
	if (bytes.n > 0)
		memcpy(f->buf + f->n, bytes.p, bytes.n);
	f->n += bytes.n;
	return true;
}

static void
drop_junk(struct framing *f, size_t n, struct audit_skips *skips)
{
	if (!f->in_junk)
		audit_skip(skips, AUDIT_SKIP_SIP_JUNK);
	f->in_junk = true;
	drop(f, n);
}

/* Drop up to a start line; false when more bytes are needed to see it. */
static bool
find_start(struct framing *f, bool at_end, struct audit_skips *skips)
{
	while (f->n > f->at) {
		struct shaken_sv rest = rest_of(f), line;
		const char *lf;
		size_t n;

		if (!f->in_line && (rest.p[0] == '\r' || rest.p[0] == '\n')) {
			drop(f, 1);
			continue;
		}
		n = rest.n < SHAKEN_SIP_MAX ? rest.n : SHAKEN_SIP_MAX;
		lf = n > f->seen ?
		    memchr(rest.p + f->seen, '\n', n - f->seen) : NULL;
		if (lf == NULL) {
			f->seen = n;
			if (n < SHAKEN_SIP_MAX && !f->in_line && !at_end)
				return false;
			f->in_line = true;
			drop_junk(f, n, skips);
			continue;
		}
		line = (struct shaken_sv){ rest.p, (size_t)(lf - rest.p) };
		if (!f->in_line && is_start_line(line)) {
			f->line_at = f->line + 1;
			f->seen = line.n < f->no_blank ? f->no_blank : line.n;
			f->in_head = true;
			f->in_junk = false;
			return true;
		}
		f->in_line = false;
		drop_junk(f, line.n + 1, skips);
	}
	return false;
}

/* Leave a message alone of which the header does not end. */
static void
give_up_head(struct framing *f, enum audit_skip why, struct audit_skips *skips)
{
	struct shaken_sv rest = rest_of(f);
	const char *lf = memchr(rest.p, '\n', rest.n);

	audit_skip(skips, why);
	f->in_head = false;
	f->in_junk = true;	/* it is counted already */
	drop(f, (size_t)(lf - rest.p) + 1);
}

/* Read the header when it is all there. */
static bool
find_head(struct framing *f, bool at_end, struct audit_skips *skips)
{
	struct shaken_sv rest = rest_of(f);
	size_t head;

	rest.n = rest.n < SHAKEN_SIP_MAX ? rest.n : SHAKEN_SIP_MAX;
	head = find_head_end(rest, &f->seen);
	if (head == 0) {
		/* Not to be searched again for each start line in it. */
		f->no_blank = f->seen;
		if (rest.n == SHAKEN_SIP_MAX)
			give_up_head(f, AUDIT_SKIP_SIP_LONG, skips);
		else if (at_end)
			give_up_head(f, AUDIT_SKIP_SIP_CUT, skips);
		return false;
	}
	f->messages++;
	f->head = head;
	f->has_crlf = rest.p[head - 2] == '\r';
	rest.n = head;
	f->deliver = is_wanted(rest, skips, &f->body);
	f->seen = head;
	if (f->body <= FRAMING_BODY_MAX)
		return true;
	audit_skip(skips, AUDIT_SKIP_SIP_LONG);
	f->body = 0;
	f->deliver = false;
	return true;
}

/*
 * How much of the body a text has; false: more bytes are needed to see it.
 * Content-Length counts line ends as they were sent.  Where the text has lost
 * its CRs it counts too many, and a start line that begins inside ends the body.
 */
static bool
text_body(const struct framing *f, bool at_end, size_t *body)
{
	struct shaken_sv rest = rest_of(f);
	size_t end = f->head + f->body, at = f->head;
	const char *lf;

	if (rest.n > end + SHAKEN_SIP_MAX)
		rest.n = end + SHAKEN_SIP_MAX;
	*body = (end < rest.n ? end : rest.n) - f->head;
	if (f->has_crlf)
		return true;
	/* The line at the end must be there as a whole. */
	if (!at_end && rest.n < end + SHAKEN_SIP_MAX &&
	    memchr(rest.p + end, '\n', rest.n - end) == NULL)
		return false;
	while (at < end && at < rest.n &&
	    (lf = memchr(rest.p + at, '\n', rest.n - at)) != NULL) {
		size_t n = (size_t)(lf - rest.p) - at;

		if (is_start_line((struct shaken_sv){ rest.p + at, n })) {
			*body = at - f->head;
			return true;
		}
		at += n + 1;
	}
	return true;
}

bool
framing_next(struct framing *f, bool at_end, struct audit_skips *skips,
    struct shaken_sv *out)
{
	size_t body;

	settle(f);
	for (;;) {
		*out = (struct shaken_sv){ NULL, 0 };
		if (f->head == 0) {
			if (!f->in_head && !find_start(f, at_end, skips))
				return false;
			if (!find_head(f, at_end, skips)) {
				if (f->in_head)
					return false;
				continue;
			}
		}
		if (f->n - f->at < f->head + f->body && !at_end)
			return false;
		body = f->n - f->at - f->head;
		body = body < f->body ? body : f->body;
		if (f->is_text && !text_body(f, at_end, &body))
			return false;
		*out = (struct shaken_sv){ f->buf + f->at, f->head + body };
		f->head = 0;
		f->in_head = false;
		if (f->deliver) {
			f->done = out->n;
			return true;
		}
		drop(f, out->n);
	}
}

void
framing_gap(struct framing *f)
{
	f->done = 0;
	drop(f, f->n - f->at);
	f->head = 0;
	f->in_head = f->in_line = false;
	f->in_junk = true;	/* the tail of what was lost is no more junk */
}

bool
framing_is_empty(const struct framing *f)
{
	return f->n - f->at == f->done;
}

void
framing_clear(struct framing *f)
{
	free(f->buf);
	*f = (struct framing){ .is_text = f->is_text };
}
