/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <criterion/criterion.h>

#include "policy.h"

static const struct svc_key a = { .name = "a" }, b = { .name = "b" };

/* which key, for whom. */
Test(policy, key)
{
	static const struct svc_key *both[] = { &a, &b };
	static const struct {
		const char *name;
		size_t n_keys;	/* 0 none, 1: a, 2: a and b */
		const char *wanted;
		const struct svc_key *key;
		enum api_code code;
	} rows[] = {
		{ "only one", 1, NULL, &a, API_CODES },
		{ "only one, named", 1, "a", &a, API_CODES },
		{ "another's", 1, "b", NULL, API_FORBIDDEN },
		{ "nobody's", 1, "c", NULL, API_FORBIDDEN },
		{ "not said", 2, NULL, NULL, API_MISSING },
		{ "first", 2, "a", &a, API_CODES },
		{ "second", 2, "b", &b, API_CODES },
		{ "beginning of a name", 2, "", NULL, API_MISSING },
		{ "longer than a name", 2, "bb", NULL, API_FORBIDDEN },
		{ "none", 0, NULL, NULL, API_FORBIDDEN },
		{ "none, named", 0, "a", NULL, API_FORBIDDEN },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct svc_tenant t = { .keys = both,
			.n_keys = rows[i].n_keys };
		struct api_error e = { .code = API_CODES };

		cr_expect_eq(svc_policy_key(&t, shaken_sv_cstr(rows[i].wanted),
		    &e), rows[i].key, "%s", rows[i].name);
		cr_expect_eq(e.code, rows[i].code, "%s", rows[i].name);
	}
}

/* Which types: those that the tenant has, or all. */
Test(policy, ppt)
{
	static char div[] = "div", shaken[] = "shaken";
	static char *both[] = { div, shaken };
	static const struct {
		size_t n;
		const char *ppt;
		bool ok;
	} rows[] = {
		{ 0, "shaken", true }, { 0, "rph", true }, { 0, "div-o", true },
		{ 1, "div", true }, { 1, "shaken", false },
		{ 1, "div-o", false }, { 2, "shaken", true },
		{ 2, "rph", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct svc_conf_tenant conf = { .ppt = { both, rows[i].n } };
		struct svc_tenant t = { .conf = &conf };
		struct api_error e = { .code = API_CODES };

		cr_expect_eq(svc_policy_ppt(&t, rows[i].ppt, &e), rows[i].ok,
		    "%zu %s", rows[i].n, rows[i].ppt);
		cr_expect_eq(e.code, rows[i].ok ? API_CODES : API_FORBIDDEN);
	}
}

Test(policy, attest)
{
	static const struct {
		unsigned mask;
		const char *attest;
		bool ok;
	} rows[] = {
		{ 1, "A", true }, { 1, "B", false }, { 1, "C", false },
		{ 6, "A", false }, { 6, "B", true }, { 6, "C", true },
		{ 7, "D", false }, { 7, "a", false }, { 7, "", false },
		{ 7, "AB", false }, { 0, "C", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct svc_tenant t = { .attest = rows[i].mask };
		struct api_error e;

		cr_expect_eq(svc_policy_attest(&t,
		    shaken_sv_cstr(rows[i].attest), &e), rows[i].ok,
		    "%u %s", rows[i].mask, rows[i].attest);
	}
}

/* Q3: a stale iat is refused later on, unless the setting is to mend it. */
Test(policy, iat)
{
	static const struct {
		enum svc_stale what;
		int64_t iat, want;
	} rows[] = {
		{ SVC_STALE_REJECT, -1, 1000 },
		{ SVC_STALE_REJECT, 1000, 1000 },
		{ SVC_STALE_REJECT, 900, 900 },
		{ SVC_STALE_REJECT, 1100, 1100 },
		{ SVC_STALE_NOW, -1, 1000 }, { SVC_STALE_NOW, 940, 940 },
		{ SVC_STALE_NOW, 1060, 1060 }, { SVC_STALE_NOW, 939, 1000 },
		{ SVC_STALE_NOW, 1061, 1000 }, { SVC_STALE_NOW, 0, 1000 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct svc_conf_tenant c = { .on_stale_iat =
			(long)rows[i].what };
		struct svc_tenant t = { .conf = &c, .freshness_s = 60 };

		cr_expect_eq(svc_policy_iat(&t, rows[i].iat, 1000),
		    rows[i].want, "row %zu", i);
	}
}
