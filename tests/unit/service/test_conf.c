/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "conf.h"

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define KEY "[key a]\nprivate_key = k\ncertificate = c\n" \
	"x5u = https://h/a\n"
#define LONG50 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* Load text as a file; what was complained of goes to *why, for free(). */
static struct svc_conf *
load(const char *text, char **why)
{
	char path[] = "/tmp/test_conf.XXXXXX";
	int fd = mkstemp(path);
	struct svc_conf *c;
	size_t len;
	FILE *diag = open_memstream(why, &len);

	cr_assert(fd >= 0 && diag != NULL);
	cr_assert(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	c = svc_conf_load(path, diag);
	fclose(diag);
	unlink(path);
	return c;
}

static const struct {
	const char *name, *text, *why;	/* why NULL: it loads */
} rows[] = {
	{ "empty", "", NULL },
	{ "comments", "# x\n; y\n\n[http]\nlisten = 127.0.0.1:1 ; here\n",
	    NULL },
	{ "unknown section", "[htpp]\n", ":1: [htpp]: no such section" },
	{ "unknown section with setting", "[htpp]\na = b\n",
	    ":1: [htpp]: no such section" },
	{ "unknown setting", "[http]\nlisten_on = x\n",
	    ":2: [http] listen_on: no such setting" },
	{ "setting of another section", "[http]\nfreshness = 5\n",
	    ":2: [http] freshness: no such setting" },
	{ "no section", "listen = 127.0.0.1:1\n", "no such section" },
	{ "no setting", "[http]\nlisten\n",
	    ":2: neither a section nor a setting" },
	{ "given twice", "[verify]\nfreshness = 5\n\nfreshness = 6\n",
	    ":4: [verify] freshness: given in line 2 already" },
	{ "list", "[http]\nlisten = 127.0.0.1:1\nlisten = [::1]:2\n", NULL },
	{ "number", "[verify]\nfreshness = 300\n", NULL },
	{ "number too large", "[verify]\nfreshness = 301\n", "out of range" },
	{ "number too small", "[verify]\nfreshness = 0\n", "out of range" },
	{ "no number", "[verify]\nfreshness = 5s\n", "not a whole number" },
	{ "huge number", "[verify]\nfreshness = 99999999999999999999\n",
	    "not a whole number" },
	{ "yes", "[http]\nallow_chunked = yes\n", NULL },
	{ "maybe", "[http]\nallow_chunked = true\n", "neither yes nor no" },
	{ "word", "[trust]\ncrl_policy = soft\n", NULL },
	{ "no such word", "[trust]\ncrl_policy = firm\n",
	    "not one of its words" },
	{ "part of a word", "[trust]\ncrl_policy = sof\n",
	    "not one of its words" },
	{ "empty string", "[log]\naudit =\n", "[log] audit: empty" },
	{ "sip without a domain", "[verify]\nverstat_uri = sip\n",
	    "needs domain" },
	{ "domain with a parameter", "[verify]\ndomain = a.example;x=y\n",
	    "not a domain name" },
	{ "name with blanks", "[tenant  a b]\n", "it needs a name" },
	{ "no name", "[key]\n", "it needs a name" },
	{ "name to hide", "[key .]\n", "it needs a name" },
	{ "name with slash", "[key a/b]\n", "it needs a name" },
	{ "name too long", "[key " LONG50 "]\n", "too long" },
	{ "name where none is", "[http x]\n", "this section has no name" },
	{ "line too long", "[log]\naudit = /" LONG50 LONG50 LONG50 LONG50 "\n",
	    ":2: longer than 198 bytes" },
	{ "key", KEY, NULL },
	{ "key without x5u", "[key a]\nprivate_key = k\ncertificate = c\n",
	    "[key a] has no x5u" },
	{ "key without anything", "[key a]\n", "[key a] has no private_key" },
	{ "tenant", KEY "[tenant t]\ntoken_sha256 = " HASH "\nkeys = a\n",
	    NULL },
	{ "two tokens", "[tenant t]\ntoken_sha256 = " HASH "\n"
	    "token_sha256 = 1" HASH "\n", "not 64 digits" },
	{ "tenant without credentials", "[tenant t]\n",
	    "[tenant t] has no credentials" },
	{ "same token", "[tenant t]\ntoken_sha256 = " HASH "\n[tenant u]\n"
	    "token_sha256 = " HASH "\n", "has a token_sha256 of [tenant t]" },
	{ "two anonymous", "[tenant t]\nanonymous = yes\n[tenant u]\n"
	    "anonymous = yes\n", "more than one tenant is anonymous" },
	{ "no such key", "[tenant t]\nanonymous = yes\nkeys = b\n",
	    "there is no [key b]" },
	{ "subject without CA", "[tenant t]\nclient_subject = CN=x\n",
	    "needs client_ca" },
	{ "JWT without key", "[tenant t]\njwt_subject = x\n",
	    "needs jwt_key" },
	{ "issuer without key", "[auth]\njwt_issuer = x\n", "need jwt_key" },
	{ "attest", "[tenant t]\nanonymous = yes\nattest = BC\n", NULL },
	{ "ppt", "[tenant t]\nanonymous = yes\nppt = div\nppt = shaken\n",
	    NULL },
	{ "ppt unknown", "[tenant t]\nanonymous = yes\nppt = divert\n",
	    "not shaken, div, div-o" },
	{ "attest D", "[tenant t]\nanonymous = yes\nattest = AD\n",
	    "not some of A, B and C" },
	{ "country", "[tenant t]\nanonymous = yes\ndefault_country = +1\n",
	    "not a country code" },
	{ "not an address", "[http]\nlisten = localhost:80\n",
	    "not a numeric address" },
	{ "no port", "[http]\nlisten = 127.0.0.1\n", "not a numeric address" },
	{ "not loopback", "[http]\nlisten = 192.0.2.1:80\n",
	    "is not loopback" },
	{ "plain allowed", "[http]\nlisten = 192.0.2.1:80\n"
	    "allow_plain_http = yes\n", NULL },
	{ "TLS, everybody", "[http]\nlisten = 192.0.2.1:80\n"
	    "tls_certificate = c\ntls_key = k\n", "no need of credentials" },
	{ "TLS, a tenant", "[http]\nlisten = 192.0.2.1:80\n"
	    "tls_certificate = c\ntls_key = k\n[tenant t]\ntoken_sha256 = "
	    HASH "\n", NULL },
	{ "a tenant, no TLS", "[http]\nlisten = 192.0.2.1:80\n[tenant t]\n"
	    "token_sha256 = " HASH "\n", "no tls_certificate" },
	{ "half of TLS", "[http]\ntls_key = k\n", "need each other" },
	{ "client CA without TLS", "[http]\nclient_ca = c\n",
	    "needs tls_certificate" },
	{ "prefix", "[http]\nprefix = /a/b-c\n", NULL },
	{ "prefix a/", "[http]\nprefix = /a/\n", "not a path" },
	{ "prefix a", "[http]\nprefix = a\n", "not a path" },
	{ "prefix with blank", "[http]\nprefix = /a b\n", "not only letters" },
	{ "verstat", "[verify]\nverstat = E3 failed\nverstat = E19  none\n",
	    NULL },
	{ "verstat E2", "[verify]\nverstat = E2 failed\n", "not a case" },
	{ "verstat E20", "[verify]\nverstat = E20 failed\n", "not a case" },
	{ "verstat passed", "[verify]\nverstat = E16 passed\n", "not a case" },
	{ "verstat alone", "[verify]\nverstat = E16\n", "not a case" },
	{ "hard without lists", "[trust]\nanchors = a\ncrl_policy = hard\n",
	    "no call could pass" },
	{ "soft without lists", "[trust]\nanchors = a\n", NULL },
	{ "port", "[fetch]\nallow_ports = 65535\n", NULL },
	{ "port 0", "[fetch]\nallow_ports = 0\n", "not a port" },
	{ "port 65536", "[fetch]\nallow_ports = 65536\n", "not a port" },
	{ "times", "[fetch]\ntotal_ms = 500\nconnect_ms = 600\n",
	    "connect_ms is more than total_ms" },
};

Test(conf, rows)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *why;
		struct svc_conf *c = load(rows[i].text, &why);

		if (rows[i].why == NULL)
			cr_expect(c != NULL && why[0] == '\0', "%s: %s",
			    rows[i].name, why);
		else
			cr_expect(c == NULL && strstr(why, rows[i].why) != NULL,
			    "%s: %s", rows[i].name, why);
		svc_conf_free(&c);
		free(why);
	}
}

/* All that is wrong is told, not just the first. */
Test(conf, all_lines)
{
	char *why;
	struct svc_conf *c = load("[http]\na = 1\n[verify]\nfreshness = x\n"
	    "[nope]\n", &why);

	cr_expect_null(c);
	cr_expect_not_null(strstr(why, ":2: "));
	cr_expect_not_null(strstr(why, ":4: "));
	cr_expect_not_null(strstr(why, ":5: "));
	free(why);
}

Test(conf, defaults)
{
	char *why;
	struct svc_conf *c = load(KEY, &why);

	cr_assert_not_null(c, "%s", why);
	cr_expect_eq(c->http.listen.n, 1);
	cr_expect_str_eq(c->http.listen.v[0], "127.0.0.1:8080");
	cr_expect_eq(c->verify.freshness, 60);	/* RFC 8224 section 4.1 */
	cr_expect_eq(c->verify.deadline_ms, 500);
	cr_expect_eq(c->trust.crl_policy, (long)SVC_CRL_SOFT);
	cr_expect_not(c->http.allow_plain_http);
	/* Without [tenant]: everybody, with all keys. */
	cr_assert_eq(c->n_tenants, 1);
	cr_expect(c->tenants[0].anonymous);
	cr_assert_eq(c->tenants[0].keys.n, 1);
	cr_expect_str_eq(c->tenants[0].keys.v[0], "a");
	svc_conf_free(&c);
	cr_expect_null(c);
	free(why);
}

Test(conf, values)
{
	char *why;
	struct svc_conf *c = load("[http]\nlisten=127.0.0.1:1\n"
	    "listen=[::1]:2\nthreads = 7\n[tenant t]\ntoken_sha256 = " HASH
	    "\non_stale_iat = now\ndialect = 3gpp\n[tenant u]\n"
	    "anonymous = yes\n", &why);

	cr_assert_not_null(c, "%s", why);
	cr_expect_eq(c->http.listen.n, 2);
	cr_expect_str_eq(c->http.listen.v[1], "[::1]:2");
	cr_expect_eq(c->http.threads, 7);
	cr_assert_eq(c->n_tenants, 2);
	cr_expect_str_eq(c->tenants[0].name, "t");
	cr_expect_eq(c->tenants[0].on_stale_iat, (long)SVC_STALE_NOW);
	cr_expect_eq(c->tenants[0].dialect, (long)SVC_DIALECT_3GPP);
	cr_expect_not(c->tenants[0].anonymous);
	cr_expect_str_eq(c->tenants[0].attest, "ABC");
	cr_expect(c->tenants[1].anonymous);
	svc_conf_free(&c);
	free(why);
}

Test(conf, no_file)
{
	char *why;
	size_t len;
	FILE *diag = open_memstream(&why, &len);

	cr_expect_null(svc_conf_load("/nonexistent/shakend.conf", diag));
	fclose(diag);
	cr_expect_str_eq(why,
	    "/nonexistent/shakend.conf: No such file or directory\n");
	free(why);
}

Test(conf, frozen)
{
	char *why;
	struct svc_conf *a = load("[http]\nthreads = 1\n[log]\nlevel = info\n",
	    &why), *b, *c;

	free(why);
	b = load("[http]\nthreads = 2\n[verify]\nfreshness = 5\n[fetch]\n"
	    "tls_ca = x\n", &why);
	free(why);
	c = load("[http]\nthreads = 1\n[verify]\nfreshness = 5\n", &why);
	free(why);
	cr_assert(a != NULL && b != NULL && c != NULL);
	cr_expect_str_eq(svc_conf_frozen(a, b, 0), "http");
	cr_expect_str_eq(svc_conf_frozen(a, b, 1), "fetch");
	cr_expect_null(svc_conf_frozen(a, b, 2));
	cr_expect_null(svc_conf_frozen(a, c, 0));
	svc_conf_free(&a);
	svc_conf_free(&b);
	svc_conf_free(&c);
}

static char *
read_file(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, 200000);

	cr_assert(f != NULL && text != NULL, "%s", path);
	cr_assert_gt(fread(text, 1, 199999, f), 0);
	fclose(f);
	return text;
}

static char *
printed(void (*fn)(FILE *out))
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	fn(out);
	fclose(out);
	return text;
}

/* The documents say what the table says. */
Test(conf, documents)
{
	char *conf = printed(svc_conf_print);
	char *man = printed(svc_conf_print_man);
	char *file = read_file(TREE "/contrib/shakend.conf");
	char *page = read_file(TREE "/docs/man/shakend.conf.5");

	cr_expect_str_eq(file, conf, "contrib/shakend.conf is not what "
	    "shakend --settings prints");
	cr_expect_not_null(strstr(page, man), "shakend.conf.5 does not have "
	    "what shakend --settings=man prints");
	free(conf);
	free(man);
	free(file);
	free(page);
}

/* Every example and default of the table is a value that it takes. */
Test(conf, examples)
{
	for (const struct svc_section *s = svc_sections; s->name != NULL; s++)
		for (const struct svc_item *it = s->items; it->key != NULL;
		    it++) {
			const char *value = it->dflt != NULL ? it->dflt :
			    it->example;
			char text[400], *why;
			struct svc_conf *c;

			cr_assert_not_null(value, "%s", it->key);
			snprintf(text, sizeof(text), "[%s%s]\n%s = %s\n",
			    s->name, s->kind == SVC_S_PLAIN ? "" : " n",
			    it->key, value);
			c = load(text, &why);
			/* It may lack another setting; its own line is fine. */
			cr_expect_null(strstr(why, ":2: "), "%s", why);
			svc_conf_free(&c);
			free(why);
		}
}

/* What is shipped is a configuration, and sets nothing. */
Test(conf, shipped)
{
	char *why, *text = read_file(TREE "/contrib/shakend.conf");
	struct svc_conf *c = load(text, &why);

	cr_expect(c != NULL, "%s", why);
	svc_conf_free(&c);
	free(why);
	free(text);
}
