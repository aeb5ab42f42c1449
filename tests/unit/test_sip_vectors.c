/* SPDX-License-Identifier: Apache-2.0 */
/* test_sip_vectors.c - the whole messages of tests/vectors/sip/: who calls whom
 * in each of them. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include <shaken/sip.h>

static const struct message {
	const char		*file;
	enum shaken_id_kind	 kind;
	const char		*orig, *dest;
	const char		*country;
	size_t			 n_pai;
} messages[] = {
	{ "attest-a-subscriber", SHAKEN_ID_TN, "12155550112", "12025550100",
	    NULL, 1 },
	{ "attest-b-pbx-own-number-plan", SHAKEN_ID_TN, "12125550164",
	    "13125550147", NULL, 1 },
	/* */
	{ "attest-c-gateway-tel-uris", SHAKEN_ID_TN, "442079460000",
	    "14155550198", NULL, 1 },
	/* Two values in one field; the first is believed (RFC 3325 s. 9.1). */
	{ "pai-differs-from-from", SHAKEN_ID_TN, "12145550100", "18005550123",
	    NULL, 2 },
	{ "anonymous-from-with-pai", SHAKEN_ID_TN, "13035550188",
	    "17205550155", NULL, 1 },
	/* */
	{ "compact-names-and-folding", SHAKEN_ID_TN, "16175550119",
	    "16175550142", NULL, 0 },
	/* */
	{ "sips-uri-no-number", SHAKEN_ID_URI, "sips:alice@atlanta.example.com",
	    "sips:bob.jones@biloxi.example.com", NULL, 0 },
	/* R-056, both halves */
	{ "national-number-without-plus", SHAKEN_ID_TN, "12155550120",
	    "12155550131", "1", 0 },
	{ "national-number-without-plus", SHAKEN_ID_TN, "2155550120",
	    "2155550131", NULL, 0 },
	/* */
	{ "emergency-911", SHAKEN_ID_TN, "12155550145", "911", "1", 1 },
};

static size_t
load(const char *name, char *buf, size_t cap)
{
	char path[512];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/sip/%s.sip", VECTORS, name);
	f = fopen(path, "rb");
	cr_assert_not_null(f, "%s", path);
	n = fread(buf, 1, cap, f);
	fclose(f);
	return n;
}

Test(sip_vectors, who_calls_whom)
{
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		const struct message *m = &messages[i];
		char buf[4096];
		size_t n = load(m->file, buf, sizeof(buf));
		struct shaken_id orig, dest;
		struct shaken_diag diag;
		struct shaken_sip sip;

		cr_assert_eq(shaken_sip_parse((struct shaken_sv){ buf, n },
		    &sip, &diag), SHAKEN_OK, "%s: %s", m->file, diag.text);
		cr_expect(sip.method.n == 6 &&
		    memcmp(sip.method.p, "INVITE", 6) == 0, "%s", m->file);
		cr_expect_eq(sip.content_length, n - sip.len, "%s", m->file);
		cr_expect_eq(sip.n_pai, m->n_pai, "%s: %zu", m->file,
		    sip.n_pai);
		cr_assert_eq(shaken_sip_ids(&sip, m->country, &orig, &dest,
		    &diag), SHAKEN_OK, "%s: %s", m->file, diag.text);
		cr_expect_eq(orig.kind, m->kind, "%s", m->file);
		cr_expect_str_eq(orig.text, m->orig, "%s: %s", m->file,
		    orig.text);
		cr_expect_eq(dest.kind, m->kind, "%s", m->file);
		cr_expect_str_eq(dest.text, m->dest, "%s: %s", m->file,
		    dest.text);
	}
}
