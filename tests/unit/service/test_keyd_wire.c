/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "keyd_wire.h"

#define SV(buf, len) ((struct shaken_sv){ (const char *)(buf), (len) })

static bool
sv_is(struct shaken_sv v, const char *text)
{
	return v.n == strlen(text) && memcmp(v.p, text, v.n) == 0;
}

/* As get() says of a message, it says nothing of its beginnings and of more. */
static void
whole_only(uint8_t *msg, size_t len, bool (*get)(struct shaken_sv),
    const char *name)
{
	cr_expect(get(SV(msg, len)), "%s", name);
	for (size_t n = 0; n < len; n++) {
		/* of its own, so that a read past the end is seen */
		char *cut = malloc(n + 1);

		memcpy(cut, msg, n);
		cr_expect_not(get(SV(cut, n)), "%s: %zu of %zu bytes", name, n,
		    len);
		free(cut);
	}
	msg[len] = 0;
	cr_expect_not(get(SV(msg, len + 1)), "%s: a byte more", name);
}

static bool
is_load(struct shaken_sv m)
{
	struct svc_wire_load l;

	return svc_wire_get_load(m, &l);
}

static bool
is_result(struct shaken_sv m)
{
	struct shaken_sv why;
	bool ok;

	return svc_wire_get_result(m, &ok, &why);
}

static bool
is_reqs(struct shaken_sv m)
{
	struct svc_wire_req reqs[SVC_WIRE_BATCH];
	size_t n;

	return svc_wire_get_reqs(m, reqs, &n);
}

static bool
is_sigs(struct shaken_sv m)
{
	struct svc_wire_sig sigs[SVC_WIRE_BATCH];
	size_t n;

	return svc_wire_get_sigs(m, sigs, &n);
}

Test(keyd_wire, load)
{
	struct svc_wire_load in = { .name = SHAKEN_SV_LIT("a"),
		.path = SHAKEN_SV_LIT("/etc/shakend/keys/key.pem"),
		.x5u = SHAKEN_SV_LIT("https://cr.example.com/a.pem") }, out;
	uint8_t msg[200];
	size_t len;

	for (int group = 0; group < 2; group++) {
		in.group_ok = group == 1;
		len = svc_wire_put_load(msg, sizeof(msg), &in);
		cr_assert(svc_wire_get_load(SV(msg, len), &out));
		cr_expect(sv_is(out.name, "a"));
		cr_expect(sv_is(out.path, "/etc/shakend/keys/key.pem"));
		cr_expect(sv_is(out.x5u, "https://cr.example.com/a.pem"));
		cr_expect_eq(out.group_ok, in.group_ok);
		whole_only(msg, len, is_load, "LOAD");
	}
	cr_expect_eq(svc_wire_put_load(msg, len - 1, &in), 0);
}

Test(keyd_wire, lock)
{
	uint8_t msg[8];
	size_t len = svc_wire_put_lock(msg, sizeof(msg));

	whole_only(msg, len, svc_wire_get_lock, "LOCK");
	cr_expect_eq(svc_wire_put_lock(msg, 1), 0);
}

Test(keyd_wire, result)
{
	struct shaken_sv why;
	uint8_t msg[40];
	size_t len = svc_wire_put_result(msg, sizeof(msg), false,
	    SHAKEN_SV_LIT("[key a] no such file\n"));
	bool ok = true;

	cr_assert(svc_wire_get_result(SV(msg, len), &ok, &why));
	cr_expect(!ok && sv_is(why, "[key a] no such file\n"));
	whole_only(msg, len, is_result, "RESULT");
	len = svc_wire_put_result(msg, sizeof(msg), true, SHAKEN_SV_LIT(""));
	cr_expect(svc_wire_get_result(SV(msg, len), &ok, &why) && ok);
	/* what does not fit is cut off */
	len = svc_wire_put_result(msg, 10, false, SHAKEN_SV_LIT("123456789"));
	cr_assert(svc_wire_get_result(SV(msg, len), &ok, &why));
	cr_expect(sv_is(why, "123456"));
}

Test(keyd_wire, requests)
{
	struct svc_wire_req in[SVC_WIRE_BATCH + 1], out[SVC_WIRE_BATCH];
	uint8_t msg[1000];
	size_t n = SVC_WIRE_BATCH + 1, len;

	for (size_t i = 0; i < n; i++)
		in[i] = (struct svc_wire_req){ (uint16_t)(300 * i),
			{ "abcdefghijklmnopqrstuvwxyz", i % 27 } };
	len = svc_wire_put_reqs(msg, sizeof(msg), in, &n);
	cr_expect_eq(n, SVC_WIRE_BATCH, "no more in one message");
	cr_assert(svc_wire_get_reqs(SV(msg, len), out, &n));
	cr_expect_eq(n, SVC_WIRE_BATCH);
	for (size_t i = 0; i < n; i++)
		cr_expect(out[i].key == in[i].key && out[i].input.n == i % 27 &&
		    memcmp(out[i].input.p, in[i].input.p, i % 27) == 0);
	whole_only(msg, len, is_reqs, "SIGN");
	n = 3; /* only as many as fit: 2, then 4 and 0 bytes, 4 and 1, ... */
	len = svc_wire_put_reqs(msg, 2 + 4 + 5 + 5, in, &n);
	cr_expect_eq(n, 2);
	cr_expect(is_reqs(SV(msg, len)));
	n = 1;
	cr_expect_eq(svc_wire_put_reqs(msg, 5, in, &n), 0);
	cr_expect_eq(n, 0);
}

Test(keyd_wire, signatures)
{
	struct svc_wire_sig in[3] = { { .err = SHAKEN_OK },
		{ .err = SHAKEN_E_SYNTAX }, { .err = SHAKEN_OK } };
	struct svc_wire_sig out[SVC_WIRE_BATCH];
	uint8_t msg[200];
	size_t len, n;

	memset(in[0].sig, 'a', sizeof(in[0].sig));
	memset(in[2].sig, 'c', sizeof(in[2].sig));
	len = svc_wire_put_sigs(msg, sizeof(msg), in, 3);
	cr_assert(svc_wire_get_sigs(SV(msg, len), out, &n));
	cr_expect_eq(n, 3);
	cr_expect_eq(out[1].err, SHAKEN_E_SYNTAX);
	for (size_t i = 0; i < 3; i += 2)
		cr_expect(out[i].err == SHAKEN_OK &&
		    memcmp(out[i].sig, in[i].sig, sizeof(in[i].sig)) == 0);
	whole_only(msg, len, is_sigs, "SIGNED");
	cr_expect_eq(svc_wire_put_sigs(msg, len - 1, in, 3), 0);
	cr_expect_eq(svc_wire_put_sigs(msg, sizeof(msg), in, 0), 0);
}

static const struct {
	const char	*name;
	const char	*bytes;
	size_t		 n;
} wrong[] = {
#define ROW(name, bytes) { name, bytes, sizeof(bytes) - 1 }
	ROW("nothing", ""),
	ROW("type 0", "\0\0"),
	ROW("type 6", "\6\0"),
	ROW("LOAD with flag 2", "\1\2\0\0\0\0\0\0"),
	ROW("LOCK with flag 1", "\2\1"),
	ROW("SIGN of none", "\3\0"),
	ROW("SIGN of one, that is not there", "\3\1"),
	ROW("SIGN of one, and two are there", "\3\1\0\0\0\0\0\0\0\0"),
	ROW("SIGN that is longer than it says", "\3\1\0\0\0\0x"),
	ROW("SIGN that says more than there is", "\3\1\0\0\xff\xffx"),
	ROW("RESULT with flag 2", "\4\2\0\0"),
	ROW("SIGNED of none", "\5\0"),
	ROW("SIGNED with an error that nobody has", "\5\1\xe7\3"),
	ROW("SIGNED well without a signature", "\5\1\0\0"),
};

Test(keyd_wire, wrong)
{
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct shaken_sv m = { wrong[i].bytes, wrong[i].n };

		cr_expect(!is_load(m) && !svc_wire_get_lock(m) && !is_reqs(m) &&
		    !is_result(m) && !is_sigs(m), "%s", wrong[i].name);
	}
}

/* More than the arrays have. */
Test(keyd_wire, too_many)
{
	uint8_t msg[2 + 4 * (SVC_WIRE_BATCH + 1)] = { SVC_WIRE_SIGN,
		SVC_WIRE_BATCH };

	cr_expect(is_reqs(SV(msg, sizeof(msg) - 4)));
	msg[1]++;
	cr_expect_not(is_reqs(SV(msg, sizeof(msg))));
	memset(msg, 1, sizeof(msg)); /* not wholly, but not past the arrays */
	msg[0] = SVC_WIRE_SIGNED;
	msg[1] = SVC_WIRE_BATCH + 1;
	cr_expect_not(is_sigs(SV(msg, sizeof(msg))));
}
