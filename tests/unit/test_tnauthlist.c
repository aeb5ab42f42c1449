/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "tnauthlist.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

#define SPC32 "3130303030303030303030303030303030303030303030303030303030303030"

/* want NULL: refused, with a part of the reason in diag */
static const struct {
	const char	*name, *hex;
	bool		 implicit;
	const char	*want, *diag;
} cases[] = {
	{ "R-114 spc", "3008a006160431323334", false, "spc 1234", "" },
	{ "R-114 range", "3014a1123010160b3132313535353531303030020164", false,
	    "range 12155551000+100", "" },
	{ "R-114 one", "300fa20d160b3132313535353531323132", false,
	    "one 12155551212", "" },
	{ "two codes", "3010a006160431323334a006160431323335", false,
	    "spc 1234,spc 1235", "" },
	{ "all three", "301ba006160431323334a1083006160131020102"
	    "a2071605392a233939", false,
	    "spc 1234,range 1+2,one 9*#99", "" },
	{ "lower case", "3008a00616043538336a", false, "spc 583j", "" },
	{ "code of 32", "3024a0221620" SPC32, false,
	    "spc 10000000000000000000000000000000", "" },
	{ "number of 15", "3013a211160f393939393939393939393939393939", false,
	    "one 999999999999999", "" },
	{ "star", "3007a20516032a3637", false, "one *67", "" },
	/* RFC 8226 section 9: below 10^2 */
	{ "10..99", "300ba10930071602313002015a", false, "range 10+90", "" },

	{ "R-115 empty", "", false, NULL, "DER" },
	{ "R-115 empty list", "3000", false, NULL, "DER" },
	{ "R-115 truncated", "3008a0061604313233", false, NULL, "DER" },
	{ "R-115 a byte more", "3008a00616043132333400", false, NULL, "DER" },
	{ "R-115 BER length", "308108a006160431323334", false, NULL, "DER" },
	{ "R-115 endless length", "3080a0061604313233340000", false, NULL,
	    "DER" },
	{ "R-115 no list", "a006160431323334", false, NULL, "DER" },
	{ "R-115 UTF8String", "3008a0060c0431323334", false, NULL, "DER" },
	{ "R-115 tag [3]", "3008a306160431323334", false, NULL, "DER" },
	{ "R-115 no code", "3004a0021600", false, NULL, "provider code" },
	{ "R-115 code NUL", "3008a006160431320034", false, NULL,
	    "provider code" },
	{ "R-115 code high bit", "3008a0061604313233b4", false, NULL,
	    "provider code" },
	{ "R-115 code of 33", "3025a023162130" SPC32, false, NULL,
	    "provider code" },
	{ "R-115 no digits", "3004a2021600", false, NULL, "number" },
	{ "R-115 number of 16", "3014a2121610"
	    "39393939393939393939393939393939", false, NULL, "number" },
	{ "R-115 plus", "3007a20516032b3637", false, NULL, "number" },
	{ "R-115 letter", "3007a2051603364137", false, NULL, "number" },
	{ "R-115 NUL in a number", "3007a2051603360037", false, NULL,
	    "number" },
	{ "R-115 count 1", "300ba109300716023130020101", false, NULL,
	    "count" },
	{ "R-115 count 0", "300ba109300716023130020100", false, NULL,
	    "count" },
	{ "R-115 count -1", "300ba1093007160231300201ff", false, NULL,
	    "count" },
	{ "R-115 10 and 91", "300ba10930071602313002015b", false, NULL,
	    "count" },
	{ "R-115 count of 9 bytes",
	    "3013a111300f160231300209010000000000000002", false, NULL,
	    "count" },
	{ "R-115 the last number and 2",
	    "3018a1163014160f393939393939393939393939393939020102", false,
	    NULL, "count" },
	{ "R-115 count with #", "300ba109300716023123020102", false, NULL,
	    "digits" },
	{ "R-115 count with *", "300ba10930071602312a020102", false, NULL,
	    "digits" },
	{ "R-115 no count", "3008a106300416023130", false, NULL, "DER" },
	{ "R-115 a member more", "300ea10c300a16023130020102020100", false,
	    NULL, "DER" },
	{ "R-115 good, then bad", "300ca006160431323334a2021600", false, NULL,
	    "number" },

	{ "R-116 implicit spc", "3006800431323334", false, NULL, "EXPLICIT" },
	{ "R-116 implicit spc, allowed", "3006800431323334", true, "spc 1234",
	    "" },
	{ "R-116 implicit range, allowed",
	    "3012a110160b3132313535353531303030020164", true,
	    "range 12155551000+100", "" },
	{ "R-116 implicit one, allowed", "300d820b3132313535353531323132",
	    true, "one 12155551212", "" },
	{ "R-116 explicit all the same", "3008a006160431323334", true,
	    "spc 1234", "" },
	{ "R-116 a mixture", "300ea006160431323334800431323335", true,
	    NULL, "DER" },
	{ "R-116 limits hold", "30028000", true, NULL, "provider code" },
};

/* Length-exact on the heap, so that a byte read beyond it is seen. */
static struct shaken_sv
unhex(const char *hex)
{
	size_t n = strlen(hex) / 2;
	char *p = malloc(n + (n == 0));

	cr_assert_not_null(p);
	for (size_t i = 0; i < n; i++) {
		char two[3] = { hex[2 * i], hex[2 * i + 1], '\0' };

		p[i] = (char)strtoul(two, NULL, 16);
	}
	return (struct shaken_sv){ p, n };
}

static void
show(const struct shk_tnauthlist *l, char *out, size_t cap)
{
	size_t at = 0;

	out[0] = '\0';
	for (size_t i = 0; i < shk_tnauthlist_n(l); i++) {
		static const char *const kinds[] = { "spc", "range", "one" };
		const struct shaken_tnauth *e = shk_tnauthlist_get(l, i);

		at += (size_t)snprintf(out + at, cap - at, "%s%s %.*s",
		    i == 0 ? "" : ",", kinds[e->kind], (int)e->value.n,
		    e->value.p);
		if (e->kind == SHAKEN_TNAUTH_RANGE)
			at += (size_t)snprintf(out + at, cap - at, "+%llu",
			    (unsigned long long)e->count);
		else
			cr_expect_eq(e->count, 1);
	}
}

Test(tnauthlist, parse_table)
{
	for (size_t i = 0; i < N(cases); i++) {
		const char *name = cases[i].name;
		struct shaken_sv der = unhex(cases[i].hex);
		struct shk_tnauthlist *l = NULL;
		struct shaken_diag diag = { "" };
		enum shaken_err err;
		char text[256];

		err = shk_tnauthlist_parse(der, cases[i].implicit, &l, &diag);
		cr_expect_eq(err, cases[i].want != NULL ? SHAKEN_OK :
		    SHAKEN_E_CERT, "%s", name);
		cr_expect_eq(l != NULL, cases[i].want != NULL, "%s", name);
		cr_expect(strstr(diag.text, cases[i].diag) != NULL, "%s: %s",
		    name, diag.text);
		show(l, text, sizeof(text));
		cr_expect_str_eq(text, cases[i].want != NULL ? cases[i].want :
		    "", "%s", name);
		shk_tnauthlist_free(&l);
		cr_expect_null(l);
		free((void *)(uintptr_t)der.p);
	}
}

/* R-114: what was read with the module's tags encodes to the same bytes. */
Test(tnauthlist, encode_gives_the_same_bytes)
{
	for (size_t i = 0; i < N(cases); i++) {
		struct shaken_sv der = unhex(cases[i].hex);
		struct shaken_tnauth entries[8];
		struct shk_tnauthlist *l = NULL;
		uint8_t out[128];
		size_t n, len = 0;

		if (shk_tnauthlist_parse(der, false, &l, NULL) == SHAKEN_OK) {
			n = shk_tnauthlist_n(l);
			cr_assert_leq(n, N(entries));
			for (size_t j = 0; j < n; j++)
				entries[j] = *shk_tnauthlist_get(l, j);
			cr_expect_eq(shk_tnauthlist_encode(entries, n, out,
			    sizeof(out), &len), SHAKEN_OK, "%s",
			    cases[i].name);
			cr_expect(len == der.n && memcmp(out, der.p, len) == 0,
			    "%s", cases[i].name);
			cr_expect_eq(shk_tnauthlist_encode(entries, n, out,
			    der.n - 1, &len), SHAKEN_E_LIMIT);
			cr_expect_eq(len, 0);
		}
		shk_tnauthlist_free(&l);
		free((void *)(uintptr_t)der.p);
	}
}

/* "s1234 r12155551000+100 o*67" */
static struct shk_tnauthlist *
list(const char *from)
{
	struct shaken_tnauth entries[16];
	struct shk_tnauthlist *l = NULL;
	uint8_t der[512];
	size_t n = 0, len;

	while (*from != '\0') {
		struct shaken_tnauth *e = &entries[n++];
		size_t w = strcspn(from, " "), plus = strcspn(from, "+");
		char *end;

		cr_assert_leq(n, N(entries));
		e->kind = *from == 's' ? SHAKEN_TNAUTH_SPC : *from == 'r' ?
		    SHAKEN_TNAUTH_RANGE : SHAKEN_TNAUTH_ONE;
		e->value = (struct shaken_sv){ from + 1,
		    (plus < w ? plus : w) - 1 };
		e->count = plus < w ? strtoull(from + plus + 1, &end, 10) : 1;
		from += w + (from[w] == ' ');
	}
	cr_assert_eq(shk_tnauthlist_encode(entries, n, der, sizeof(der), &len),
	    SHAKEN_OK);
	cr_assert_eq(shk_tnauthlist_parse((struct shaken_sv){
	    (const char *)der, len }, false, &l, NULL), SHAKEN_OK);
	return l;
}

static const struct {
	const char		*name, *list;
	enum shaken_id_kind	 kind;
	const char		*id;
	enum shaken_result	 want;
} scope[] = {
	{ "R-122 the one", "o12155551212", SHAKEN_ID_TN, "12155551212",
	    SHAKEN_PASS },
	{ "R-122 another", "o12155551212", SHAKEN_ID_TN, "12155551213",
	    SHAKEN_FAIL },
	{ "R-122 a digit less", "o12155551212", SHAKEN_ID_TN, "1215555121",
	    SHAKEN_FAIL },
	{ "R-122 before the range", "r12155551000+100", SHAKEN_ID_TN,
	    "12155550999", SHAKEN_FAIL },
	{ "R-122 first of the range", "r12155551000+100", SHAKEN_ID_TN,
	    "12155551000", SHAKEN_PASS },
	{ "R-122 last of the range", "r12155551000+100", SHAKEN_ID_TN,
	    "12155551099", SHAKEN_PASS },
	{ "R-122 after the range", "r12155551000+100", SHAKEN_ID_TN,
	    "12155551100", SHAKEN_FAIL },
	{ "R-122 the same value, more digits", "r100+100", SHAKEN_ID_TN,
	    "0100", SHAKEN_FAIL },
	{ "leading zeros", "r0100+100", SHAKEN_ID_TN, "0199", SHAKEN_PASS },
	{ "entries add up", "o5551212 r12155551000+100 r8000000+10",
	    SHAKEN_ID_TN, "5551212", SHAKEN_PASS },
	{ "between the entries", "o5551212 r12155551000+100 r8000000+10",
	    SHAKEN_ID_TN, "8000010", SHAKEN_FAIL },
	{ "a range within a range", "r1000+1000 r1100+10", SHAKEN_ID_TN,
	    "1999", SHAKEN_PASS },
	{ "star code", "o*67 r100+100", SHAKEN_ID_TN, "*67", SHAKEN_PASS },
	{ "star code not listed", "o67 r100+100", SHAKEN_ID_TN, "*67",
	    SHAKEN_FAIL },
	{ "R-122 a provider's numbers are not listed", "s1234", SHAKEN_ID_TN,
	    "12155551212", SHAKEN_SKIPPED },
	{ "a code is no number", "s911 o112", SHAKEN_ID_TN, "911",
	    SHAKEN_SKIPPED },
	{ "URI, provider", "s1234", SHAKEN_ID_URI, "sip:alice@example.com",
	    SHAKEN_SKIPPED },
	{ "URI, numbers", "o12155551212", SHAKEN_ID_URI,
	    "sip:12155551212@example.com", SHAKEN_FAIL },
};

Test(tnauthlist, covers_table)
{
	for (size_t i = 0; i < N(scope); i++) {
		struct shk_tnauthlist *l = list(scope[i].list);
		struct shaken_id id = { .kind = scope[i].kind };

		id.len = strlen(scope[i].id);
		memcpy(id.text, scope[i].id, id.len + 1);
		cr_expect_eq(shk_tnauthlist_covers(l, &id), scope[i].want,
		    "%s", scope[i].name);
		cr_expect_eq(shk_tnauthlist_covers(NULL, &id), SHAKEN_FAIL);
		shk_tnauthlist_free(&l);
	}
}

static const struct {
	const char	*name, *child, *parent, *outside; /* NULL: within */
} delegation[] = {
	{ "R-121 equal", "r100+100", "r100+100", NULL },
	{ "R-121 subset", "r110+10 o199", "r100+100", NULL },
	{ "R-121 the number before", "o099", "r100+100", "099" },
	{ "R-121 starts before", "r100+100", "r101+100", "100" },
	{ "R-121 ends after", "r101+100", "r100+100", "101" },
	{ "R-121 second entry", "o150 o200", "r100+100", "200" },
	{ "R-121 over two that touch", "r150+100", "r100+100 r200+100", NULL },
	{ "R-121 over two, in any order", "r150+100", "r200+100 r100+100",
	    NULL },
	{ "R-121 over two that overlap", "r150+100", "r100+100 r180+100",
	    NULL },
	{ "R-121 over a gap of one", "r150+100", "r100+100 r201+100", "150" },
	{ "R-121 a gap that one number fills", "r150+100",
	    "r100+100 r201+100 o200", NULL },
	{ "R-121 other count of digits", "o0100", "r100+100", "0100" },
	{ "R-121 star code", "o*67", "o*67", NULL },
	{ "R-121 other star code", "o*67", "o*68", "*67" },
	{ "R-121 numbers under a provider", "r100+100 o5551212", "s1234",
	    NULL },
	{ "R-121 the provider itself", "s1234", "s1234 o100", NULL },
	{ "R-121 its code in lower case", "s583j", "s583J", NULL },
	{ "R-121 another provider", "s1235", "s1234", "1235" },
	{ "R-121 a provider under numbers", "s1234", "r1000+1000", "1234" },
};

Test(tnauthlist, within_table)
{
	for (size_t i = 0; i < N(delegation); i++) {
		const char *want = delegation[i].outside;
		const struct shaken_tnauth *outside = NULL;
		struct shk_tnauthlist *child = list(delegation[i].child);
		struct shk_tnauthlist *parent = list(delegation[i].parent);

		cr_expect_eq(shk_tnauthlist_within(child, parent, &outside),
		    want == NULL, "%s", delegation[i].name);
		cr_expect_eq(outside == NULL, want == NULL, "%s",
		    delegation[i].name);
		if (outside != NULL && want != NULL)
			cr_expect(outside->value.n == strlen(want) &&
			    memcmp(outside->value.p, want, strlen(want)) == 0,
			    "%s", delegation[i].name);
		shk_tnauthlist_free(&child);
		shk_tnauthlist_free(&parent);
	}
}

static const struct {
	const char	*name, *spc, *hex;
	enum shaken_err	 err;
} encoded[] = {
	{ "vector", "1234", "3008a006160431323334", SHAKEN_OK },
	{ "letters", "314K", "3008a00616043331344b", SHAKEN_OK },
	{ "32", "10000000000000000000000000000000", "3024a0221620" SPC32,
	    SHAKEN_OK },
	{ "33", "100000000000000000000000000000000", "", SHAKEN_E_ARG },
	{ "empty", "", "", SHAKEN_E_ARG },
	{ "lower case", "583j", "", SHAKEN_E_ARG },
	{ "blank", "12 4", "", SHAKEN_E_ARG },
};

Test(tnauthlist, encode_spc_table)
{
	for (size_t i = 0; i < N(encoded); i++) {
		struct shaken_sv want = unhex(encoded[i].hex);
		struct shaken_sv spc = shaken_sv_cstr(encoded[i].spc);
		uint8_t out[64];
		size_t len = 99;

		cr_expect_eq(shaken_tnauthlist_encode_spc(spc, out,
		    sizeof(out), &len), encoded[i].err, "%s",
		    encoded[i].name);
		cr_expect(len == want.n && memcmp(out, want.p, len) == 0, "%s",
		    encoded[i].name);
		if (want.n > 0)
			cr_expect_eq(shaken_tnauthlist_encode_spc(spc, out,
			    want.n - 1, &len), SHAKEN_E_LIMIT, "%s",
			    encoded[i].name);
		free((void *)(uintptr_t)want.p);
	}
}

Test(tnauthlist, encode_spc_arguments)
{
	uint8_t out[64];
	size_t len = 99;

	cr_expect_eq(shaken_tnauthlist_encode_spc(SHAKEN_SV_LIT("1234"), NULL,
	    sizeof(out), &len), SHAKEN_E_ARG);
	cr_expect_eq(len, 0);
	cr_expect_eq(shaken_tnauthlist_encode_spc(SHAKEN_SV_LIT("1234"), out,
	    sizeof(out), NULL), SHAKEN_E_ARG);
}

Test(tnauthlist, encode_table)
{
	static const struct {
		const char		*name;
		enum shaken_tnauth_kind	 kind;
		const char		*value;
		uint64_t		 count;
		const char		*hex;
		enum shaken_err		 err;
	} rows[] = {
		{ "spc", SHAKEN_TNAUTH_SPC, "1234", 1,
		    "3008a006160431323334", SHAKEN_OK },
		{ "range", SHAKEN_TNAUTH_RANGE, "12155551000",
		    100, "3014a1123010160b3132313535353531303030020164",
		    SHAKEN_OK },
		{ "one", SHAKEN_TNAUTH_ONE, "12155551212", 1,
		    "300fa20d160b3132313535353531323132", SHAKEN_OK },
		{ "no digits", SHAKEN_TNAUTH_ONE, "", 1, "",
		    SHAKEN_E_ARG },
		{ "16 digits", SHAKEN_TNAUTH_ONE,
		    "1234567890123456", 1, "", SHAKEN_E_ARG },
		{ "a range of one", SHAKEN_TNAUTH_RANGE, "10",
		    1, "", SHAKEN_E_ARG },
		{ "a range into more digits", SHAKEN_TNAUTH_RANGE,
		    "90", 11, "", SHAKEN_E_ARG },
		{ "a range of star codes", SHAKEN_TNAUTH_RANGE,
		    "*67", 2, "", SHAKEN_E_ARG },
	};
	struct shaken_tnauth any = {
		.kind = SHAKEN_TNAUTH_ONE, .count = 1,
		.value = SHAKEN_SV_LIT("1"),
	};
	uint8_t out[64];
	size_t len;

	for (size_t i = 0; i < N(rows); i++) {
		struct shaken_sv want = unhex(rows[i].hex);
		struct shaken_tnauth e = {
			.kind = rows[i].kind, .count = rows[i].count,
			.value = shaken_sv_cstr(rows[i].value),
		};

		len = 99;
		cr_expect_eq(shaken_tnauthlist_encode(&e, 1, out,
		    sizeof(out), &len), rows[i].err, "%s", rows[i].name);
		cr_expect(len == want.n && memcmp(out, want.p, len) == 0, "%s",
		    rows[i].name);
		if (want.n > 0)
			cr_expect_eq(shaken_tnauthlist_encode(&e, 1,
			    out, want.n - 1, &len), SHAKEN_E_LIMIT, "%s",
			    rows[i].name);
		free((void *)(uintptr_t)want.p);
	}
	cr_expect_eq(shaken_tnauthlist_encode(&any, 0, out,
	    sizeof(out), &len), SHAKEN_E_ARG);
	cr_expect_eq(shaken_tnauthlist_encode(NULL, 1, out, sizeof(out), &len),
	    SHAKEN_E_ARG);
	cr_expect_eq(shaken_tnauthlist_encode(&any, 1, NULL, 0, &len),
	    SHAKEN_E_ARG);
	cr_expect_eq(shaken_tnauthlist_encode(&any, 1, out,
	    sizeof(out), NULL), SHAKEN_E_ARG);
}

Test(tnauthlist, free_of_nothing)
{
	struct shk_tnauthlist *l = NULL;

	shk_tnauthlist_free(NULL);
	shk_tnauthlist_free(&l);
	cr_expect_eq(shk_tnauthlist_n(NULL), 0);
	cr_expect_eq(shk_tnauthlist_spc(NULL).n, 0);
}
