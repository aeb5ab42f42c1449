/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <criterion/criterion.h>
#include <openssl/evp.h>

#include "b64url.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static const char *
encode(const void *in, size_t n, char *text, size_t cap)
{
	struct shk_buf b = shk_buf_over(text, cap - 1);

	shk_b64url_encode(&b, in, n);
	cr_assert(!b.full);
	text[b.len] = '\0';
	return text;
}

/* RFC 4648 section 10 without its padding; RFC 7515 appendix C; the header of
 * RFC 8225 appendix A. */
static const struct {
	const char	*name, *bytes;
	size_t		 n;
	const char	*text;
} vectors[] = {
	{ "rfc4648 empty",	"",		0, "" },
	{ "rfc4648 f",		"f",		1, "Zg" },
	{ "rfc4648 fo",		"fo",		2, "Zm8" },
	{ "rfc4648 foo",	"foo",		3, "Zm9v" },
	{ "rfc4648 foob",	"foob",		4, "Zm9vYg" },
	{ "rfc4648 fooba",	"fooba",	5, "Zm9vYmE" },
	{ "rfc4648 foobar",	"foobar",	6, "Zm9vYmFy" },
	{ "rfc7515 C",		"\x03\xec\xff\xe0\xc1", 5, "A-z_4ME" },
	{ "zero bytes",		"\0\0\0",	3, "AAAA" },
	{ "one bits",		"\xff\xff\xff",	3, "____" },
	{ "R-003 rfc8225 A",
	    "{\"alg\":\"ES256\",\"typ\":\"passport\",\"x5u\":"
	    "\"https://cert.example.org/passport.cer\"}", 78,
	    "eyJhbGciOiJFUzI1NiIsInR5cCI6InBhc3Nwb3J0IiwieDV1IjoiaHR0cHM6Ly9j"
	    "ZXJ0LmV4YW1wbGUub3JnL3Bhc3Nwb3J0LmNlciJ9" },
};

Test(b64url, vectors_both_ways)
{
	for (size_t i = 0; i < N(vectors); i++) {
		char text[256];
		uint8_t bytes[256];
		size_t len;

		cr_expect_str_eq(encode(vectors[i].bytes, vectors[i].n, text,
		    sizeof(text)), vectors[i].text, "%s", vectors[i].name);
		cr_expect_eq(shk_b64url_decode(shaken_sv_cstr(vectors[i].text),
		    false, bytes, sizeof(bytes), &len), SHAKEN_OK, "%s",
		    vectors[i].name);
		cr_expect_eq(len, vectors[i].n, "%s", vectors[i].name);
		cr_expect_arr_eq(bytes, vectors[i].bytes, vectors[i].n, "%s",
		    vectors[i].name);
	}
}

static const struct {
	const char	*name, *in;
	bool		 padding;
	const char	*want;	/* NULL: SHAKEN_E_SYNTAX */
} texts[] = {
	{ "length 1 mod 4",		"A",		false,	NULL },
	{ "length 5",			"AAAAA",	false,	NULL },
	{ "slack bits, 2 mod 4",	"Zh",		false,	NULL },
	{ "slack bits, 3 mod 4",	"Zm9",		false,	NULL },
	{ "base64 +",			"A+z_",		false,	NULL },
	{ "base64 /",			"A-z/",		false,	NULL },
	{ "blank inside",		"Zm 9v",	false,	NULL },
	{ "line end",			"Zm9v\n",	false,	NULL },
	{ "high bit",			"Zm9\xf6",	false,	NULL },
	{ "bad only in the tail",	"Zm9vY!",	false,	NULL },
	{ "R-036 padding, strict",	"Zg==",		false,	NULL },
	{ "R-036 padding 1, strict",	"Zm8=",		false,	NULL },
	{ "R-036 padding 2, tolerated",	"Zg==",		true,	"f" },
	{ "R-036 padding 1, tolerated",	"Zm8=",		true,	"fo" },
	{ "tolerant, none there",	"Zm8",		true,	"fo" },
	{ "tolerant, none needed",	"Zm9v",		true,	"foo" },
	{ "too little padding",		"Zg=",		true,	NULL },
	{ "too much padding",		"Zm9v=",	true,	NULL },
	{ "a group of padding",		"Zm9v====",	true,	NULL },
	{ "three of padding",		"Z===",		true,	NULL },
	{ "only padding",		"====",		true,	NULL },
	{ "padding inside",		"Zg==Zg==",	true,	NULL },
	{ "slack bits, padded",		"Zh==",		true,	NULL },
};

Test(b64url, decode_table)
{
	for (size_t i = 0; i < N(texts); i++) {
		uint8_t bytes[16];
		size_t len = 99;
		enum shaken_err err;

		err = shk_b64url_decode(shaken_sv_cstr(texts[i].in),
		    texts[i].padding, bytes, sizeof(bytes), &len);
		if (texts[i].want == NULL) {
			cr_expect_eq(err, SHAKEN_E_SYNTAX, "%s", texts[i].name);
			cr_expect_eq(len, 0, "%s", texts[i].name);
			continue;
		}
		cr_expect_eq(err, SHAKEN_OK, "%s", texts[i].name);
		cr_expect_eq(len, strlen(texts[i].want), "%s", texts[i].name);
		cr_expect_arr_eq(bytes, texts[i].want, len, "%s",
		    texts[i].name);
	}
}

/* Any byte at any place of a group: accepted where RFC 4648 table 2 has it. */
Test(b64url, alphabet)
{
	for (int c = 0; c < 256; c++)
		for (size_t at = 0; at < 8; at++) {
			char in[8] = { 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A' };
			bool good = (c >= 'A' && c <= 'Z') ||
			    (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
			    c == '-' || c == '_';
			uint8_t out[6];
			size_t len;

			in[at] = (char)c;
			cr_expect_eq(shk_b64url_decode((struct shaken_sv){ in,
			    8 }, false, out, 6, &len),
			    good ? SHAKEN_OK : SHAKEN_E_SYNTAX,
			    "byte %d at %zu", c, at);
		}
}

/* OpenSSL's base64 with the two characters changed and the padding cut. */
Test(b64url, agrees_with_openssl)
{
	uint8_t in[200], back[200];
	unsigned char theirs[300];
	char ours[300];
	size_t len;

	srand(1);
	for (size_t n = 0; n <= sizeof(in); n++) {
		for (size_t i = 0; i < n; i++)
			in[i] = (uint8_t)rand();
		EVP_EncodeBlock(theirs, in, (int)n);
		for (unsigned char *p = theirs; *p != '\0'; p++)
			*p = *p == '+' ? '-' : *p == '/' ? '_' :
			    *p == '=' ? '\0' : *p;
		cr_assert_str_eq(encode(in, n, ours, sizeof(ours)),
		    (char *)theirs);
		cr_assert_eq(strlen(ours), SHK_B64URL_LEN(n));
		cr_assert_eq(shk_b64url_decode(shaken_sv_cstr(ours), false,
		    back, n, &len), SHAKEN_OK);
		cr_assert_eq(len, n);
		cr_assert_arr_eq(back, in, n);
	}
}

Test(b64url, signature_has_86_characters)	/* */
{
	uint8_t sig[64];
	char text[100];

	memset(sig, 0xa5, sizeof(sig));
	encode(sig, sizeof(sig), text, sizeof(text));
	cr_expect_eq(strlen(text), 86);
	cr_expect_null(strchr(text, '='));
}

Test(b64url, storage_of_the_caller)
{
	char text[8];
	uint8_t out[3];
	struct shk_buf b = shk_buf_over(text, 3);
	size_t len = 99;

	shk_b64url_encode(&b, "foo", 3);	/* needs 4 */
	cr_expect(b.full);
	cr_expect_eq(b.len, 0);
	b = shk_buf_over(text, 4);
	shk_b64url_encode(&b, "foo", 3);
	cr_expect(!b.full);
	b = shk_buf_over(text, 4);
	shk_b64url_encode(&b, "foobarfoobar", SIZE_MAX / 2);
	cr_expect(b.full);

	cr_expect_eq(shk_b64url_decode(SHAKEN_SV_LIT("Zm9v"), false, out, 2,
	    &len), SHAKEN_E_LIMIT);
	cr_expect_eq(len, 0);
	cr_expect_eq(shk_b64url_decode(SHAKEN_SV_LIT("Zm9v"), false, out, 3,
	    &len), SHAKEN_OK);
	cr_expect_eq(shk_b64url_decode((struct shaken_sv){ NULL, 0 }, true,
	    NULL, 0, &len), SHAKEN_OK);
	cr_expect_eq(len, 0);
}
