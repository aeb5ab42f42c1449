/* SPDX-License-Identifier: Apache-2.0 */
/* Digests of "abc": FIPS 180-4's, in base64 by coreutils. */
#include <criterion/criterion.h>

#include "digest.h"

#define ABC256 "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0"
#define ABC384 "ywB1P0WjXou1oD1pmsZQBycsMqsO3tFjGotgWkP/W+2AhgcroefMI1i67KE0" \
	"yCWn"
#define ABC512 "3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj" \
	"/uu9RU1EI2Q86A4qmslPpUyknw"

static const struct {
	const char	*name, *text;
	bool		 good;
} texts[] = {
	{ "sha256", "sha256-" ABC256, true },
	{ "sha384", "sha384-" ABC384, true },
	{ "sha512", "sha512-" ABC512, true },
	{ "padded [R-150]", "sha256-" ABC256 "=", true },
	{ "padded too much", "sha256-" ABC256 "==", false },
	{ "upper case", "SHA256-" ABC256, false },
	{ "with a hyphen", "sha-256-" ABC256, false },
	{ "sha1", "sha1-qZk+NkcGgWq6PiVxeFDCbJzQ2J0", false },
	{ "no algorithm", ABC256, false },
	{ "nothing behind it", "sha256-", false },
	{ "empty", "", false },
	{ "too short", "sha512-" ABC256, false },
	{ "too long", "sha256-" ABC512, false },
	{ "much too long", "sha512-" ABC512 ABC512, false },
	{ "base64url", "sha256-ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0",
	    false },
	{ "a slack bit", "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa1",
	    false },
	{ "a blank", "sha256- " ABC256, false },
};

Test(digest, texts)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct shk_digest d;
		bool same = !texts[i].good;

		cr_expect_eq(shk_digest_parse(shaken_sv_cstr(texts[i].text),
		    &d), texts[i].good, "%s", texts[i].name);
		if (!texts[i].good)
			continue;
		cr_expect_eq(shk_digest_check(&d, SHAKEN_SV_LIT("abc"), &same),
		    SHAKEN_OK);
		cr_expect(same, "%s", texts[i].name);
		cr_expect_eq(shk_digest_check(&d, SHAKEN_SV_LIT("abd"), &same),
		    SHAKEN_OK);
		cr_expect_not(same, "%s", texts[i].name);
		cr_expect_eq(shk_digest_check(&d, SHAKEN_SV_LIT(""), &same),
		    SHAKEN_OK);
		cr_expect_not(same, "%s", texts[i].name);
	}
}
