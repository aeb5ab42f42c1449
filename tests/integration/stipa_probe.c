/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stipa_probe.c - the STI-PA's documents and a call's key for certs_test.py and
 * cli_stipa.py, and one update with them.
 *
 *	stipa_probe make DIR BASE	lists and CRLs that name URLs under BASE
 *	stipa_probe list|crl|kept DIR KEEP BASE NOW [URL]
 *
 * An update prints failed|same|new, a figure, and the reason.
 */
#include <jwt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <shakencerts/stipa.h>

#include "pki.h"
#include "probe.h"
#include "vectors.h"

#define CALL_SERIAL "77"	/* of the certificate of calls */

/* A list with one root; quotes as JSON has them. */
static void
make_list(const char *dir, const char *name, const char *x5u,
    const struct test_cert *signer, long long sequence, long long exp,
    const char *root)
{
	jwt_t *jwt;
	char *text = malloc(2 * strlen(root) + LINE), *jws;
	int n = sprintf(text, "{\"version\":\"1.0\",\"sequence\":%lld,"
	    "\"exp\":%lld,\"trustList\":[\"", sequence, exp);

	for (; *root != '\0'; root++)
		n += sprintf(text + n, "%s", *root == '\n' ? "\\n" :
		    (char[]){ *root, '\0' });
	strcpy(text + n, "\"]}");
	need(jwt_new(&jwt) == 0 && jwt_add_grants_json(jwt, text) == 0 &&
	    jwt_add_header(jwt, "x5u", x5u) == 0 && jwt_set_alg(jwt,
	    JWT_ALG_ES256, (const unsigned char *)signer->key,
	    (int)strlen(signer->key)) == 0);
	jws = jwt_encode_str(jwt);
	need(jws != NULL);
	write_file(dir, name, jws, "");
	free(jws);
	free(text);
	jwt_free(jwt);
}

/* An authorityInfoAccess with one caIssuers URI, RFC 5280 section 4.2.2.1. */
static struct shaken_sv
aia(const char *url, char *out)
{
	static const char oid[] = "\x06\x08\x2b\x06\x01\x05\x05\x07\x30\x02";
	size_t len = strlen(url), n = sizeof(oid) - 1;

	need(len < 100);
	out[0] = 0x30;
	out[1] = (char)(n + len + 4);
	out[2] = 0x30;
	out[3] = (char)(n + len + 2);
	memcpy(out + 4, oid, n);
	out[4 + n] = (char)0x86;
	out[5 + n] = (char)len;
	memcpy(out + 6 + n, url, len);
	return (struct shaken_sv){ out, 6 + n + len };
}

/* One that revokes a certificate of issuer; NULL: one that nobody has. */
static void
make_crl(const char *dir, const char *name, const char *signer_url,
    const struct test_cert *signer, int64_t from, int64_t to,
    const struct certs_name *issuer)
{
	struct certs_crl_spec spec = test_crl_spec();
	struct certs_crl_entry entry = { .serial = CALL_SERIAL,
	    .issuer = issuer != NULL ? issuer : &signer->spec.subject };
	char der[200], *pem;
	struct certs_ext ext = { .oid = "1.3.6.1.5.5.7.1.1",
	    .der = aia(signer_url, der) };

	spec.this_update = from;
	spec.next_update = to;
	spec.entries = &entry;
	spec.n_entries = 1;
	spec.exts = &ext;
	spec.n_exts = 1;
	pem = test_crl_make(&spec, signer);
	write_file(dir, name, pem, "");
	free(pem);
}

static void
make(const char *dir, const char *base)
{
	struct test_pki p, other;
	struct test_cert signer = { .key = NULL };
	char x5u[LINE], elsewhere[] = "https://b.test:443/signer.pem";
	const int64_t now = TEST_NOW;

	test_pki_init(&p);
	test_pki_init(&other);
	p.leaf.spec.serial = CALL_SERIAL;
	test_pki_make(&p);
	test_pki_make(&other);
	signer.spec = (struct certs_spec){ .size = sizeof(signer.spec),
	    .subject = { .o = "STI-PA", .cn = "list" },
	    .basic = CERTS_BASIC_LEAF,
	    .key_usage = CERTS_KU_DIGITAL_SIGNATURE,
	    .not_before = now - TEST_DAY, .not_after = now + TEST_DAY * 30 };
	test_cert_make(&signer, &p.pa);
	write_file(dir, "stipa-root.pem", p.pa.pem, "");
	write_file(dir, "signer.pem", signer.pem, "");
	write_file(dir, "root1.pem", p.root.pem, "");
	write_file(dir, "root2.pem", other.root.pem, "");
	write_file(dir, "crlsigner.pem", p.crl_signer.pem, "");
	write_file(dir, "call.pem", p.chain, "");
	write_file(dir, "call-key.pem", p.leaf.key, "");

	snprintf(x5u, sizeof(x5u), "%s/signer.pem", base);
	make_list(dir, "list5", x5u, &signer, 5, now + 3600, p.root.pem);
	make_list(dir, "list6", x5u, &signer, 6, now + 7200, other.root.pem);
	make_list(dir, "list7old", x5u, &signer, 7, now, other.root.pem);
	make_list(dir, "list7bad", x5u, &signer, 7, now + 7200, "no PEM");
	make_list(dir, "list7else", elsewhere, &signer, 7, now + 7200,
	    other.root.pem);
	make_list(dir, "list7wrong", x5u, &other.leaf, 7, now + 7200,
	    other.root.pem);

	snprintf(x5u, sizeof(x5u), "%s/crlsigner.pem", base);
	make_crl(dir, "crl1", x5u, &p.crl_signer, now - 7200, now + TEST_DAY,
	    NULL);
	make_crl(dir, "crl2", x5u, &p.crl_signer, now - 3600, now + 3600, NULL);
	make_crl(dir, "crl3call", x5u, &p.crl_signer, now - 1800, now + 3600,
	    &p.inter.spec.subject);
	make_crl(dir, "crl3late", x5u, &p.crl_signer, now - 1800, now, NULL);
	make_crl(dir, "crl3early", x5u, &p.crl_signer, now + 1, now + 3600,
	    NULL);
	make_crl(dir, "crl3wrong", x5u, &other.crl_signer, now - 1800,
	    now + 3600, NULL);
	make_crl(dir, "crl3else", elsewhere, &p.crl_signer, now - 1800,
	    now + 3600, NULL);
	test_cert_free(&signer);
	test_pki_free(&p);
	test_pki_free(&other);
}

static void
show(enum certs_update done, long long figure, const struct shaken_diag *d)
{
	printf("%s\t%lld\t%s\n", done == CERTS_UPDATE_NEW ? "new" :
	    done == CERTS_UPDATE_SAME ? "same" : "failed", figure,
	    done == CERTS_UPDATE_FAILED ? d->text : "");
}

static int
update(char **argv)
{
	struct certs_stipa_opts o = { .size = sizeof(o), .dir = argv[3],
	    .user = "user", .password = "s3cret \"quoted\"",
	    .now = strtoll(argv[5], NULL, 10) };
	const char *host = "localhost";
	struct certs_trustlist *t = NULL;
	struct certs_crl_facts f;
	struct shaken_diag d = { "" };
	enum certs_update done;
	enum shaken_err err;
	char ca[LINE], root[LINE], api[LINE], *text;
	bool expired;

	snprintf(ca, sizeof(ca), "%s/tls-ca.pem", argv[2]);
	snprintf(root, sizeof(root), "%s/stipa-root.pem", argv[2]);
	snprintf(api, sizeof(api), "%s/api/v1", argv[4]);
	text = test_read_file(root);
	o.root = shaken_sv_cstr(text);
	o.api = api;
	o.fetch.tls_ca = ca;
	o.fetch.allow_private = o.fetch.any_port = true;
	if (strcmp(argv[1], "list") == 0) {
		done = certs_stipa_trustlist(&o, &t, &d);
		show(done, t == NULL ? -1 : certs_trustlist_sequence(t), &d);
	} else if (strcmp(argv[1], "crl") == 0) {
		o.hosts = &host;
		o.n_hosts = 1;
		done = certs_stipa_crl(&o, argv[6], &f, &d);
		show(done, done == CERTS_UPDATE_FAILED ? -1 :
		    f.refresh_at - o.now, &d);
	} else {
		err = certs_stipa_kept(&o, &t, &expired, &d);
		printf("%s\t%lld\t%s\n", shaken_errname((int)err),
		    t == NULL ? -1LL : (long long)certs_trustlist_sequence(t),
		    expired ? "expired" : "");
	}
	certs_trustlist_free(&t);
	free(text);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "make") == 0)
		make(argv[2], argv[3]);
	else if (argc >= 6)
		return update(argv);
	else
		return 2;
	return 0;
}
