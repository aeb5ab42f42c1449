/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <jansson.h>

#include "json_in.h"
#include "json_out.h"

#define LIT(s) { (s), sizeof(s) - 1 }

static char *
string_of(struct shaken_sv v)
{
	struct api_out o = { .failed = false };

	api_out_string(&o, v);
	return api_out_take(&o);
}

/* RFC 8259 section 7: what must be escaped, and what need not. */
Test(json_out, strings)
{
	static const struct {
		const char *name;
		struct shaken_sv in;
		const char *want;
	} rows[] = {
		{ "empty", { "", 0 }, "\"\"" },
		{ "plain", LIT("a b/<c>"), "\"a b/<c>\"" },
		{ "quote", LIT("a\"b"), "\"a\\\"b\"" },
		{ "backslash", LIT("\\n"), "\"\\\\n\"" },
		{ "control", LIT("\n\x1f"), "\"\\u000a\\u001f\"" },
		{ "NUL", { "a\0b", 3 }, "\"a\\u0000b\"" },
		{ "DEL", LIT("\x7f"), "\"\\u007f\"" },
		{ "two bytes", LIT("\xc3\xa9"), "\"\xc3\xa9\"" },
		{ "four bytes", LIT("\xf0\x9f\x93\x9e"),
		    "\"\xf0\x9f\x93\x9e\"" },
		{ "cut off", LIT("x\xf0\x9f\x93"), "\"x???\"" },
		{ "overlong", LIT("\xc0\xaf"), "\"??\"" },
		{ "surrogate", LIT("\xed\xa0\x80"), "\"???\"" },
		{ "past Unicode", LIT("\xf4\x90\x80\x80"),
		    "\"????\"" },
		{ "stray", LIT("\x80z"), "\"?z\"" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *text = string_of(rows[i].in);

		cr_expect_str_eq(text, rows[i].want, "%s: %s", rows[i].name,
		    text);
		free(text);
	}
}

static uint32_t
next(uint32_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 17;
	*x ^= *x << 5;
	return *x;
}

/* One character, often one that needs care. */
static size_t
random_char(uint32_t *seed, char *to)
{
	uint32_t r = next(seed), c = r >> 8;

	switch (r % 6) {
	case 0: c %= 0x20; break;
	case 1: c = (uint8_t)"\"\\/\x7f"[c % 4]; break;
	case 2: c = 0x80 + c % 0x780; break;
	case 3: c = 0xe000 + c % 0x2000; break;
	case 4: c = 0x10000 + c % 0x100000; break;
	default: c = ' ' + c % 0x5f; break;
	}
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 63));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 63));
		to[2] = (char)(0x80 | (c & 63));
		return 3;
	}
	to[0] = (char)(0xf0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 63));
	to[2] = (char)(0x80 | (c >> 6 & 63));
	to[3] = (char)(0x80 | (c & 63));
	return 4;
}

/* Whatever goes in, a JSON reader gets it back. */
Test(json_out, is_read_back)
{
	static char in[4 * 600];
	uint32_t seed = 2463534242;

	for (int round = 0; round < 2000; round++) {
		size_t n = 0, count = next(&seed) % 600;
		char *text;
		json_t *v;

		for (size_t i = 0; i < count; i++)
			n += random_char(&seed, in + n);
		text = string_of((struct shaken_sv){ in, n });
		v = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		cr_assert(json_is_string(v), "round %d: %s", round, text);
		cr_assert_eq(json_string_length(v), n);
		cr_assert_arr_eq(json_string_value(v), in, n);
		json_decref(v);
		free(text);
	}
}

/* And what is no UTF-8 still becomes JSON. */
Test(json_out, any_bytes)
{
	static char in[600];
	uint32_t seed = 88172645;

	for (int round = 0; round < 2000; round++) {
		size_t n = next(&seed) % sizeof(in);
		char *text;
		json_t *v;

		for (size_t i = 0; i < n; i++)
			in[i] = (char)(next(&seed) >> 7);
		text = string_of((struct shaken_sv){ in, n });
		v = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		cr_assert(json_is_string(v), "round %d", round);
		json_decref(v);
		free(text);
	}
}

/* Bytes that need six each, and a whole that outgrows its first buffer. */
Test(json_out, grows)
{
	struct api_out o = { .failed = false };
	char in[5000], *text;
	json_t *v;

	memset(in, 1, sizeof(in));
	api_out_text(&o, "[");
	for (int i = 0; i < 10; i++) {
		api_out_string(&o, (struct shaken_sv){ in, sizeof(in) });
		api_out_text(&o, i < 9 ? "," : "]");
	}
	text = api_out_take(&o);
	cr_assert_not_null(text);
	cr_expect_null(o.p);
	cr_expect_eq(strlen(text), 10 * (6 * sizeof(in) + 2) + 9 + 2);
	v = json_loads(text, 0, NULL);
	cr_expect_eq(json_array_size(v), 10);
	json_decref(v);
	free(text);
}

/* More than there can be memory for: no text, rather than a part of it. */
Test(json_out, fails_whole)
{
	struct api_out o = { .failed = false };

	api_out_text(&o, "[");
	api_out_string(&o, (struct shaken_sv){ "", SIZE_MAX / 32 });
	cr_expect(o.failed);
	api_out_text(&o, "]");
	cr_expect_null(api_out_take(&o));
	cr_expect_null(o.p);
	cr_expect(!o.failed, "it can be used anew");

	api_out_raw(&o, (struct shaken_sv){ "", SIZE_MAX / 2 });
	cr_expect_null(api_out_take(&o));
}

/* No room: nothing is written past the end, and the quote still fits. */
Test(json_out, escape_is_bounded)
{
	char to[64];

	for (size_t room = 0; room < sizeof(to); room++) {
		char *end;

		memset(to, '#', sizeof(to));
		end = api_escape(to, to + room, SHAKEN_SV_LIT("a\x01z\x02"));
		cr_expect(end == NULL || end < to + room, "%zu", room);
		for (size_t i = room; i < sizeof(to); i++)
			cr_assert_eq(to[i], '#', "%zu of %zu", i, room);
	}
	cr_expect_null(api_escape(to, to + 13, SHAKEN_SV_LIT("a\x01z\x02")));
	cr_expect_eq(api_escape(to, to + sizeof(to),
	    SHAKEN_SV_LIT("a\x01z\x02")), to + 14);
}

/* -- trees -------------------------------------------------------------- */

static json_t *
random_scalar(uint32_t *seed)
{
	uint32_t r = next(seed);

	switch (r % 7) {
	case 0: return json_true();
	case 1: return json_false();
	case 2: return json_null();
	case 3: return json_real((double)(int32_t)next(seed) / 1024);
	case 4: return json_integer((json_int_t)next(seed) - INT32_MAX);
	case 5: return json_string("");
	default: return json_string("a\"\\\n\xc3\xa9");
	}
}

/* A tree of up to so many values, each put below one that was made before. */
static json_t *
random_tree(uint32_t *seed)
{
	json_t *holders[20] = { json_object() };
	size_t n = 1;

	for (uint32_t i = next(seed) % 40; i > 0; i--) {
		json_t *to = holders[next(seed) % n], *v;
		char name[16];

		switch (n == 20 ? 9 : next(seed) % 4) {
		case 0: v = json_object(); break;
		case 1: v = json_array(); break;
		default: v = random_scalar(seed); break;
		}
		snprintf(name, sizeof(name), "n%u\x01\"", next(seed) % 50);
		if (json_is_array(to))
			cr_assert_eq(json_array_append_new(to, v), 0);
		else if (json_object_get(to, name) == NULL)
			cr_assert_eq(json_object_set_new(to, name, v), 0);
		else {
			json_decref(v);
			continue;
		}
		if (json_is_object(v) || json_is_array(v))
			holders[n++] = v;
	}
	return holders[0];
}

Test(json_out, trees_are_read_back)
{
	uint32_t seed = 521288629;

	for (int round = 0; round < 2000; round++) {
		json_t *in = random_tree(&seed), *out;
		char *text = api_json_text(json_incref(in));

		out = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
		cr_assert(json_equal(in, out), "round %d: %s", round, text);
		json_decref(in);
		json_decref(out);
		free(text);
	}
}

Test(json_out, tree_is_compact_and_in_order)
{
	char *text = api_json_text(json_pack("{s:[i,{},[]],s:n,s:{s:b}}", "z",
	    -5, "a", "m", "t", 1));

	cr_expect_str_eq(text,
	    "{\"z\":[-5,{},[]],\"a\":null,\"m\":{\"t\":true}}");
	free(text);
	cr_expect_null(api_json_text(NULL));
}

/* Claims may nest deeper than what we make ourselves. */
Test(json_out, deep_trees)
{
	for (size_t depth = 1; depth < 100; depth++) {
		json_t *v = json_array();
		char *text;

		for (size_t i = 1; i < depth; i++)
			v = json_pack("[o]", v);
		text = api_json_text(v);
		cr_assert_eq(strlen(text), 2 * depth);
		cr_expect_eq(strspn(text, "["), depth);
		free(text);
	}
}
