/* SPDX-License-Identifier: Apache-2.0 */
/* keyd_wire.c - what shakend and its key process say to each other. */
#include <string.h>

#include "keyd_wire.h"

#define HEAD 2			/* type, and a flag or a count */

struct out {
	uint8_t	*p;
	size_t	 cap, len;
	bool	 full;
};

/* -- writing ------------------------------------------------------------ */

static void
put(struct out *o, const void *p, size_t n)
{
	if (o->full || n > o->cap - o->len) {
		o->full = true;
		return;
	}
	if (n > 0)
		memcpy(o->p + o->len, p, n);
	o->len += n;
}

static void
put_number(struct out *o, size_t v)
{
	uint8_t b[2] = { (uint8_t)(v & 0xff), (uint8_t)(v >> 8 & 0xff) };

	if (v > UINT16_MAX)
		o->full = true;
	put(o, b, sizeof(b));
}

static void
put_text(struct out *o, struct shaken_sv text)
{
	put_number(o, text.n);
	put(o, text.p, text.n);
}

static void
put_head(struct out *o, enum svc_wire type, size_t second)
{
	uint8_t head[HEAD] = { (uint8_t)type, (uint8_t)second };

	put(o, head, sizeof(head));
}

static size_t
done(const struct out *o)
{
	return o->full ? 0 : o->len;
}

size_t
svc_wire_put_load(uint8_t *out, size_t cap, const struct svc_wire_load *load)
{
	struct out o = { .p = out, .cap = cap };

	put_head(&o, SVC_WIRE_LOAD, load->group_ok);
	put_text(&o, load->name);
	put_text(&o, load->path);
	put_text(&o, load->x5u);
	return done(&o);
}

size_t
svc_wire_put_lock(uint8_t *out, size_t cap)
{
	struct out o = { .p = out, .cap = cap };

	put_head(&o, SVC_WIRE_LOCK, 0);
	return done(&o);
}

size_t
svc_wire_put_result(uint8_t *out, size_t cap, bool ok, struct shaken_sv why)
{
	struct out o = { .p = out, .cap = cap };

	put_head(&o, SVC_WIRE_RESULT, ok);
	if (cap >= HEAD + 2 && why.n > cap - HEAD - 2)
		why.n = cap - HEAD - 2;
	put_text(&o, why);
	return done(&o);
}

size_t
svc_wire_put_reqs(uint8_t *out, size_t cap, const struct svc_wire_req *reqs,
    size_t *n)
{
	struct out o = { .p = out, .cap = cap };
	size_t want = *n < SVC_WIRE_BATCH ? *n : SVC_WIRE_BATCH;

	*n = 0;
	put_head(&o, SVC_WIRE_SIGN, 0);
	while (*n < want) {
		struct out before = o;

		put_number(&o, reqs[*n].key);
		put_text(&o, reqs[*n].input);
		if (o.full) {
			o = before;
			break;
		}
		++*n;
	}
	if (*n == 0)
		return 0;
	out[1] = (uint8_t)*n;
	return done(&o);
}

size_t
svc_wire_put_sigs(uint8_t *out, size_t cap, const struct svc_wire_sig *sigs,
    size_t n)
{
	struct out o = { .p = out, .cap = cap };

	if (n == 0 || n > SVC_WIRE_BATCH)
		return 0;
	put_head(&o, SVC_WIRE_SIGNED, n);
	for (size_t i = 0; i < n; i++) {
		put_number(&o, (size_t)sigs[i].err);
		if (sigs[i].err == SHAKEN_OK)
			put(&o, sigs[i].sig, sizeof(sigs[i].sig));
	}
	return done(&o);
}

/* -- reading ------------------------------------------------------------ */

static bool
take(struct shaken_sv *in, void *to, size_t n)
{
	if (n > in->n)
		return false;
	memcpy(to, in->p, n);
	in->p += n;
	in->n -= n;
	return true;
}

static bool
take_number(struct shaken_sv *in, uint16_t *v)
{
	uint8_t b[2];

	if (!take(in, b, sizeof(b)))
		return false;
	*v = (uint16_t)(b[0] | b[1] << 8);
	return true;
}

static bool
take_text(struct shaken_sv *in, struct shaken_sv *text)
{
	uint16_t n;

	if (!take_number(in, &n) || n > in->n)
		return false;
	*text = (struct shaken_sv){ in->p, n };
	in->p += n;
	in->n -= n;
	return true;
}

static bool
take_head(struct shaken_sv *in, enum svc_wire type, uint8_t second_max,
    uint8_t *second)
{
	uint8_t head[HEAD];

	if (!take(in, head, sizeof(head)))
		return false;
	*second = head[1];
	return head[0] == (uint8_t)type && head[1] <= second_max;
}

bool
svc_wire_get_load(struct shaken_sv msg, struct svc_wire_load *load)
{
	uint8_t group_ok;

	if (!take_head(&msg, SVC_WIRE_LOAD, 1, &group_ok))
		return false;
	load->group_ok = group_ok == 1;
	return take_text(&msg, &load->name) && take_text(&msg, &load->path) &&
	    take_text(&msg, &load->x5u) && msg.n == 0;
}

bool
svc_wire_get_lock(struct shaken_sv msg)
{
	uint8_t zero;

	return take_head(&msg, SVC_WIRE_LOCK, 0, &zero) && msg.n == 0;
}

bool
svc_wire_get_result(struct shaken_sv msg, bool *ok, struct shaken_sv *why)
{
	uint8_t flag;

	if (!take_head(&msg, SVC_WIRE_RESULT, 1, &flag))
		return false;
	*ok = flag == 1;
	return take_text(&msg, why) && msg.n == 0;
}

bool
svc_wire_get_reqs(struct shaken_sv msg, struct svc_wire_req *reqs, size_t *n)
{
	uint8_t count;

	*n = 0;
	if (!take_head(&msg, SVC_WIRE_SIGN, SVC_WIRE_BATCH, &count))
		return false;
	for (; *n < count; ++*n)
		if (!take_number(&msg, &reqs[*n].key) ||
		    !take_text(&msg, &reqs[*n].input))
			return false;
	return count > 0 && msg.n == 0;
}

/* Only what enum shaken_err has. */
static bool
is_err(uint16_t v)
{
	switch (v) {
#define X(name, value, text) case value:
	SHAKEN_ERR_MAP(X)
#undef X
		return true;
	default:
		return false;
	}
}

bool
svc_wire_get_sigs(struct shaken_sv msg, struct svc_wire_sig *sigs, size_t *n)
{
	uint8_t count;
	uint16_t err;

	*n = 0;
	if (!take_head(&msg, SVC_WIRE_SIGNED, SVC_WIRE_BATCH, &count))
		return false;
	for (; *n < count; ++*n) {
		if (!take_number(&msg, &err) || !is_err(err))
			return false;
		sigs[*n].err = (enum shaken_err)err;
		if (err == SHAKEN_OK &&
		    !take(&msg, sigs[*n].sig, sizeof(sigs[*n].sig)))
			return false;
	}
	return count > 0 && msg.n == 0;
}
