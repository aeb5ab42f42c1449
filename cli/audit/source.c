/* SPDX-License-Identifier: Apache-2.0 */
/* source.c - what kind of file it is, and its items by who reads that kind. */
#include <stdlib.h>
#include <string.h>

#include "capture.h"
#include "flow.h"
#include "framing.h"
#include "lines.h"
#include "source.h"

enum file_kind { FILE_PCAP, FILE_PCAPNG, FILE_TEXT, FILE_JSON, FILE_OTHER };

struct audit_source {
	struct reader		*r;	/* owned, as all below */
	enum file_kind		 kind;
	struct capture		*capture;
	struct flow		*flow;
	struct lines		 lines;
	struct framing		 framing;
	char			*chunk;	/* of a text */
	struct audit_skips	 skips;
	bool			 at_end; /* nothing more will be read */
	enum audit_next		 last;	/* AUDIT_ITEM: it goes on */
	struct shaken_diag	 why;
};

/* A byte order mark, and blank space, in front of a text. */
static struct shaken_sv
skip_blank(struct shaken_sv v)
{
	if (v.n >= 3 && memcmp(v.p, "\xef\xbb\xbf", 3) == 0) {
		v.p += 3;
		v.n -= 3;
	}
	while (v.n > 0 && memchr(" \t\r\n", v.p[0], 4) != NULL) {
		v.p++;
		v.n--;
	}
	return v;
}

static enum file_kind
kind_of(struct shaken_sv head)
{
	static const struct {
		char		 magic[4];
		enum file_kind	 kind;
	} magics[] = {		/* us and ns, in either byte order */
		{ { '\xa1', '\xb2', '\xc3', '\xd4' }, FILE_PCAP },
		{ { '\xd4', '\xc3', '\xb2', '\xa1' }, FILE_PCAP },
		{ { '\xa1', '\xb2', '\x3c', '\x4d' }, FILE_PCAP },
		{ { '\x4d', '\x3c', '\xb2', '\xa1' }, FILE_PCAP },
		{ { '\x0a', '\x0d', '\x0d', '\x0a' }, FILE_PCAPNG },
	};
	struct shaken_sv text;

	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (head.n >= 4 && memcmp(head.p, magics[i].magic, 4) == 0)
			return magics[i].kind;
	if (head.n > 0 && memchr(head.p, '\0', head.n) != NULL)
		return FILE_OTHER;
	text = skip_blank(head);
	return text.n > 0 && text.p[0] == '{' ? FILE_JSON : FILE_TEXT;
}

static bool
no_memory(struct shaken_diag *why)
{
	audit_diag(why, "out of memory");
	return false;
}

/* Step over a byte order mark: it is no part of the first line. */
static bool
skip_mark(struct audit_source *s)
{
	struct shaken_sv head = reader_head(s->r);
	char mark[3];
	size_t got;

	return head.n < 3 || memcmp(head.p, "\xef\xbb\xbf", 3) != 0 ||
	    reader_read(s->r, mark, sizeof(mark), &got);
}

/* Make what reads this kind of file. */
static bool
start(struct audit_source *s, const struct audit_source_opts *opts,
    struct shaken_diag *why)
{
	static const struct audit_source_opts defaults = { .max_streams = 0 };

	s->last = AUDIT_ITEM;
	s->kind = kind_of(reader_head(s->r));
	switch (s->kind) {
	case FILE_PCAP:
	case FILE_PCAPNG:
		s->flow = flow_new(opts != NULL ? opts : &defaults, &s->skips);
		return s->flow == NULL ? no_memory(why) :
		    capture_open(s->r, &s->capture, why);
	case FILE_JSON:
		return (skip_mark(s) && lines_init(&s->lines, s->r,
		    &s->skips)) || no_memory(why);
	case FILE_TEXT:
		s->framing.is_text = true;
		s->chunk = malloc(FRAMING_PUSH_MAX);
		return (skip_mark(s) && s->chunk != NULL) || no_memory(why);
	case FILE_OTHER:
		break;
	}
	audit_diag(why, "neither a capture (pcap, pcapng) nor text: give a "
	    "capture, SIP messages or lines of JSON, gzip'd or not");
	return false;
}

bool
audit_source_open(const char *path, const struct audit_source_opts *opts,
    struct audit_source **out, struct shaken_diag *why)
{
	struct audit_source *s = calloc(1, sizeof(*s));
	struct shaken_diag what;

	*out = NULL;
	if (s == NULL)
		return no_memory(why);
	if (!reader_open(path, &s->r, why)) {
		free(s);
		return false;
	}
	if (!start(s, opts, &what)) {
		audit_diag(why, "%s: %s", path, what.text);
		audit_source_close(&s);
		return false;
	}
	*out = s;
	return true;
}

bool
audit_source_open_bytes(struct shaken_sv bytes,
    const struct audit_source_opts *opts, struct audit_source **out,
    struct shaken_diag *why)
{
	struct audit_source *s = calloc(1, sizeof(*s));

	*out = NULL;
	if (s == NULL)
		return no_memory(why);
	if (!reader_open_bytes(bytes, &s->r, why) || !start(s, opts, why)) {
		audit_source_close(&s);
		return false;
	}
	*out = s;
	return true;
}

static enum audit_next
end(struct audit_source *s, bool is_cut)
{
	if (is_cut)
		audit_skip(&s->skips, AUDIT_SKIP_FILE_CUT);
	s->at_end = true;
	return AUDIT_END;
}

/* Read the next packet into the flow.  False: it failed, why says why. */
static bool
read_packet(struct audit_source *s)
{
	enum capture_next got;
	struct packet p;

	got = capture_next(s->capture, &p, &s->why);
	switch (got) {
	case CAPTURE_FAIL:
		return false;
	case CAPTURE_CUT:
	case CAPTURE_END:
		(void)end(s, got == CAPTURE_CUT);
		flow_end(s->flow);
		return true;
	case CAPTURE_PACKET:
		break;
	}
	return flow_add(s->flow, &p) || no_memory(&s->why);
}

static enum audit_next
next_packet(struct audit_source *s, struct audit_item *item)
{
	bool failed;

	while (!flow_next(s->flow, item, &failed)) {
		if (failed) {
			(void)no_memory(&s->why);
			return AUDIT_FAIL;
		}
		if (s->at_end)
			return AUDIT_END;
		if (!read_packet(s))
			return AUDIT_FAIL;
	}
	return AUDIT_ITEM;
}

static enum audit_next
next_line(struct audit_source *s, struct audit_item *item)
{
	if (!lines_next(&s->lines, &item->bytes)) {
		audit_diag(&s->why, "%s", reader_why(s->r));
		return AUDIT_FAIL;
	}
	item->kind = AUDIT_JSON;
	item->pos = s->lines.line;
	return item->bytes.n > 0 ? AUDIT_ITEM : end(s, reader_is_cut(s->r));
}

static enum audit_next
next_message(struct audit_source *s, struct audit_item *item)
{
	size_t got;

	while (!framing_next(&s->framing, s->at_end, &s->skips,
	    &item->bytes)) {
		if (s->at_end)
			return AUDIT_END;
		if (!reader_read(s->r, s->chunk, FRAMING_PUSH_MAX, &got)) {
			audit_diag(&s->why, "%s", reader_why(s->r));
			return AUDIT_FAIL;
		}
		if (got == 0)
			(void)end(s, reader_is_cut(s->r));
		else if (!framing_push(&s->framing, (struct shaken_sv){
		    s->chunk, got })) {
			(void)no_memory(&s->why);
			return AUDIT_FAIL;
		}
	}
	item->kind = AUDIT_SIP;
	item->pos = s->framing.line_at;
	return AUDIT_ITEM;
}

enum audit_next
audit_source_next(struct audit_source *s, struct audit_item *item)
{
	memset(item, 0, sizeof(*item));
	if (s->last != AUDIT_ITEM)
		return s->last;
	s->last = s->capture != NULL ? next_packet(s, item) :
	    s->kind == FILE_JSON ? next_line(s, item) : next_message(s, item);
	return s->last;
}

const char *
audit_source_why(const struct audit_source *s)
{
	return s->why.text;
}

const char *
audit_source_kind(const struct audit_source *s)
{
	switch (s->kind) {
	case FILE_PCAP:		return "pcap";
	case FILE_PCAPNG:	return "pcapng";
	case FILE_JSON:		return "JSON lines";
	case FILE_TEXT:
	case FILE_OTHER:	break;
	}
	return "SIP text";
}

uint64_t
audit_source_done_bytes(const struct audit_source *s)
{
	return reader_done(s->r);
}

uint64_t
audit_source_total_bytes(const struct audit_source *s)
{
	return reader_total(s->r);
}

const struct audit_skips *
audit_source_skips(const struct audit_source *s)
{
	return &s->skips;
}

void
audit_source_close(struct audit_source **s)
{
	if (*s == NULL)
		return;
	capture_close(&(*s)->capture);
	flow_free(&(*s)->flow);
	lines_clear(&(*s)->lines);
	framing_clear(&(*s)->framing);
	free((*s)->chunk);
	reader_close(&(*s)->r);
	free(*s);
	*s = NULL;
}
