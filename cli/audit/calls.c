/* SPDX-License-Identifier: Apache-2.0 */
/* calls.c - from messages to calls. */
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include <shaken/sip.h>

#include "calls.h"

#define KEY_LEN 16		/* of SHA-256: nobody makes two that collide */
#define BUCKETS (AUDIT_SEEN_MAX * 2)
#define NOWHERE UINT32_MAX

struct seen {
	unsigned char		 key[KEY_LEN];
	struct audit_call	*held;	/* borrowed; NULL: it is gone */
	uint32_t		 next;	/* in its bucket */
};

struct audit_calls {
	struct audit_call	*head, **tail; /* held, oldest first; owned */
	size_t			 n, bytes;
	int64_t			 newest_us;
	uint64_t		 seq;
	const char		*only;
	struct audit_calls_count count;
	EVP_MD			*sha256; /* owned */
	EVP_MD_CTX		*md;	/* owned */
	uint64_t		 n_seen;
	uint32_t		 bucket[BUCKETS];
	struct seen		 seen[AUDIT_SEEN_MAX]; /* a ring */
};

struct audit_calls *
audit_calls_new(void)
{
	struct audit_calls *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->tail = &c->head;
	c->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	c->md = EVP_MD_CTX_new();
	for (size_t i = 0; i < BUCKETS; i++)
		c->bucket[i] = NOWHERE;
	if (c->sha256 == NULL || c->md == NULL)
		audit_calls_free(&c);
	return c;
}

void
audit_call_free(struct audit_call **c)
{
	if (*c != NULL)
		free((*c)->bytes);
	free(*c);
	*c = NULL;
}

void
audit_calls_free(struct audit_calls **calls)
{
	struct audit_calls *c = *calls;

	if (c == NULL)
		return;
	while (c->head != NULL) {
		struct audit_call *call = c->head;

		c->head = call->next;
		audit_call_free(&call);
	}
	EVP_MD_free(c->sha256);
	EVP_MD_CTX_free(c->md);
	free(c);
	*calls = NULL;
}

void
audit_calls_only(struct audit_calls *c, const char *call_id)
{
	c->only = call_id;
}

struct audit_calls_count
audit_calls_count(const struct audit_calls *c)
{
	return c->count;
}

/* -- what a message says ------------------------------------------------ */

static bool
is_name(struct shaken_sv v, const char *name)
{
	for (size_t i = 0; i < v.n; i++)
		if (name[i] == '\0' || (v.p[i] | 0x20) != name[i])
			return false;
	return name[v.n] == '\0';
}

/* The tag of From or To: a parameter behind the <> or, without these, behind
 * the URI (RFC 3261 section 20); n 0: none. */
static struct shaken_sv
tag_of(struct shaken_sv v)
{
	struct shaken_sv tag = { NULL, 0 };
	bool quoted = false, inside = false;
	size_t i, from, name;

	for (i = 0; i < v.n && (quoted || inside || v.p[i] != ';'); i++) {
		if (quoted && v.p[i] == '\\')
			i++;
		else if (v.p[i] == '"' && !inside)
			quoted = !quoted;
		else if (!quoted && (v.p[i] == '<' || v.p[i] == '>'))
			inside = v.p[i] == '<';
	}
	while (i < v.n) {
		for (i++; i < v.n && strchr(" \t\r\n", v.p[i]) != NULL; i++)
			;
		from = i;
		while (i < v.n && strchr(";= \t\r\n", v.p[i]) == NULL)
			i++;
		name = i - from;
		while (i < v.n && strchr("= \t\r\n", v.p[i]) != NULL)
			i++;
		tag.p = v.p + i;
		for (tag.n = 0; i < v.n && strchr("; \t\r\n", v.p[i]) == NULL;
		    i++)
			tag.n++;
		if (is_name((struct shaken_sv){ v.p + from, name }, "tag"))
			return tag;
		while (i < v.n && v.p[i] != ';')
			i++;
	}
	return (struct shaken_sv){ NULL, 0 };
}

static bool
digest(struct audit_calls *c, const struct shaken_sv *v, size_t n,
    unsigned char out[KEY_LEN])
{
	unsigned char md[EVP_MAX_MD_SIZE];
	bool ok = EVP_DigestInit_ex(c->md, c->sha256, NULL) == 1;

	for (size_t i = 0; ok && i < n; i++)	/* NUL is in no value */
		ok = EVP_DigestUpdate(c->md, v[i].p, v[i].n) == 1 &&
		    EVP_DigestUpdate(c->md, "", 1) == 1;
	ok = ok && EVP_DigestFinal_ex(c->md, md, NULL) == 1;
	if (ok)
		memcpy(out, md, KEY_LEN);
	return ok;
}

/* -- what was seen ------------------------------------------------------ */

static uint32_t *
bucket_of(struct audit_calls *c, const unsigned char key[KEY_LEN])
{
	uint32_t h;

	memcpy(&h, key, sizeof(h));
	return &c->bucket[h % BUCKETS];
}

static struct seen *
look_up(struct audit_calls *c, const unsigned char key[KEY_LEN])
{
	for (uint32_t i = *bucket_of(c, key); i != NOWHERE; i = c->seen[i].next)
		if (memcmp(c->seen[i].key, key, KEY_LEN) == 0)
			return &c->seen[i];
	return NULL;
}

/* Remember a call, in the place of the one that came longest ago. */
static void
remember(struct audit_calls *c, const unsigned char key[KEY_LEN],
    struct audit_call *call)
{
	uint32_t i = (uint32_t)(c->n_seen++ % AUDIT_SEEN_MAX), *at;
	struct seen *s = &c->seen[i];

	if (c->n_seen > AUDIT_SEEN_MAX) {
		at = bucket_of(c, s->key);
		while (*at != i)
			at = &c->seen[*at].next;
		*at = s->next;
	}
	memcpy(s->key, key, KEY_LEN);
	s->held = call;
	call->slot = i + 1;
	at = bucket_of(c, key);
	s->next = *at;
	*at = i;
}

/* -- in and out --------------------------------------------------------- */

/* What the item has, in place of what the call had. */
static bool
fill(struct audit_call *call, const struct audit_item *item)
{
	char *bytes = malloc(item->bytes.n == 0 ? 1 : item->bytes.n);

	if (bytes == NULL)
		return false;
	memcpy(bytes, item->bytes.p, item->bytes.n);
	free(call->bytes);
	call->bytes = bytes;
	call->n = item->bytes.n;
	call->kind = item->kind;
	call->pos = item->pos;
	call->time_us = item->time_us;
	memcpy(call->src, item->src, sizeof(call->src));
	memcpy(call->dst, item->dst, sizeof(call->dst));
	return true;
}

static struct audit_call *
append(struct audit_calls *c, const struct audit_item *item, const char *file)
{
	struct audit_call *call = calloc(1, sizeof(*call));

	if (call == NULL || !fill(call, item)) {
		free(call);
		return NULL;
	}
	call->file = file;
	call->seq = ++c->seq;
	call->copies = 1;
	*c->tail = call;
	c->tail = &call->next;
	c->n++;
	c->bytes += call->n;
	return call;
}

/* Another copy of a call that was seen. */
static bool
merge(struct audit_calls *c, struct audit_call *call,
    const struct audit_item *item, size_t n, const unsigned char *identity)
{
	c->count.copies++;
	if (call == NULL)
		return true;
	call->copies++;
	if (n == call->n_identity)
		call->differ |= memcmp(identity, call->identity, KEY_LEN) != 0;
	if (n <= call->n_identity)
		return true;
	c->bytes -= call->n;
	if (!fill(call, item)) {
		c->bytes += call->n;
		return false;
	}
	c->bytes += call->n;
	call->n_identity = n;
	call->differ = false;
	memcpy(call->identity, identity, KEY_LEN);
	return true;
}

static bool
put_sip(struct audit_calls *c, const struct audit_item *item, const char *file)
{
	unsigned char key[KEY_LEN], identity[KEY_LEN];
	struct audit_item head = *item;
	struct audit_call *call;
	struct shaken_sip m;
	struct seen *s;

	if (shaken_sip_parse(item->bytes, &m, NULL) != SHAKEN_OK)
		return c->only != NULL || append(c, item, file) != NULL;
	head.bytes = m.header;	/* of the body nothing is wanted */
	if (c->only != NULL && (m.call_id.n != strlen(c->only) ||
	    memcmp(m.call_id.p, c->only, m.call_id.n) != 0))
		return true;
	if (tag_of(m.to).n > 0) {
		c->count.in_dialog++;
		return true;
	}
	if (!digest(c, (struct shaken_sv[]){ m.method, m.call_id,
	    tag_of(m.from) }, 3, key) ||
	    !digest(c, m.identity, m.n_identity, identity))
		return false;
	s = look_up(c, key);
	if (s != NULL)
		return merge(c, s->held, &head, m.n_identity, identity);
	call = append(c, &head, file);
	if (call == NULL)
		return false;
	call->n_identity = m.n_identity;
	memcpy(call->identity, identity, KEY_LEN);
	remember(c, key, call);
	return true;
}

bool
audit_calls_put(struct audit_calls *c, const struct audit_item *item,
    const char *file)
{
	if (item->time_us > c->newest_us)
		c->newest_us = item->time_us;
	if (item->kind == AUDIT_JSON && c->only != NULL &&
	    memmem(item->bytes.p, item->bytes.n, c->only,
	    strlen(c->only)) == NULL &&
	    memchr(item->bytes.p, '\\', item->bytes.n) == NULL)
		return true;	/* who judges the others looks closer */
	if (item->kind == AUDIT_JSON)
		return append(c, item, file) != NULL;
	return put_sip(c, item, file);
}

struct audit_call *
audit_calls_take(struct audit_calls *c, bool end)
{
	struct audit_call *call = c->head;

	if (call == NULL)
		return NULL;
	if (!end && call->kind == AUDIT_SIP && c->n <= AUDIT_HOLD_MAX &&
	    c->bytes <= AUDIT_HOLD_BYTES &&
	    c->newest_us - call->time_us <= AUDIT_HOLD_US)
		return NULL;
	c->head = call->next;
	if (c->head == NULL)
		c->tail = &c->head;
	call->next = NULL;
	c->n--;
	c->bytes -= call->n;
	if (call->slot > 0)	/* copies to come are only counted */
		c->seen[call->slot - 1].held = NULL;
	return call;
}
