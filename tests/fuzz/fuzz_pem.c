/* SPDX-License-Identifier: Apache-2.0 */
/* Target: shk_pem_read(), and what reads a certificate: shk_cert_new(),
 * shaken_chain_new(), with the file's own certificates as anchors.
 * Seeds: tests/fuzz/corpus/pem/. */
#include <stdint.h>
#include <stdlib.h>

#include "cert.h"
#include "chain.h"
#include "pem.h"
#include "utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
check_cert(X509 *x)
{
	struct shaken_cert *c;
	struct shaken_tnauth e;
	size_t n = 0;

	if (shk_cert_new(x, true, &c, NULL) != SHAKEN_OK) {
		must(c == NULL);
		return;
	}
	must(shk_utf8_ok(shaken_cert_subject(c)));
	must(shk_utf8_ok(shaken_cert_issuer(c)));
	must(shaken_cert_serial(c).n > 0);
	must(shaken_cert_constraints(c).n == 0 ||
	    shk_cert_claim_constraints(c) != NULL);
	while (shaken_cert_tnauth(c, n, &e))
		n++;
	must(n == shaken_cert_n_tnauth(c));
	must(n == 0 || shk_cert_tnauthlist_fault(c)[0] == '\0');
	shaken_cert_free(&c);
}

/* However it is judged, a step never passes after one that failed, and the key
 * of a leaf is on offer only when it may sign. */
static void
check_chain(struct shaken_trust *t, struct shaken_sv in)
{
	struct shaken_chain *c;
	bool failed = false;
	const char *detail;

	if (shaken_chain_new(t, in, &c, NULL) != SHAKEN_OK) {
		must(c == NULL);
		return;
	}
	for (int i = 0; i < (int)SHK_CHAIN_STEPS; i++) {
		enum shaken_result r = shk_chain_step(c,
		    (enum shk_chain_step)i, &detail);

		must(!failed || r == SHAKEN_SKIPPED);
		must((r == SHAKEN_FAIL) == (detail[0] != '\0'));
		failed = failed || r == SHAKEN_FAIL;
	}
	must(!failed || shaken_chain_check(c, 1700000000, NULL) ==
	    SHAKEN_E_CREDENTIAL);
	must((shk_chain_key(c) != NULL) ==
	    (shk_chain_step(c, SHK_CHAIN_LEAF, &detail) == SHAKEN_PASS));
	(void)shk_chain_revocation(c, 1700000000, NULL);
	shaken_chain_free(&c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct shk_pem_limits max = {
		.bytes = SHAKEN_PEM_MAX, .certs = 4, .crls = 2
	};
	struct shaken_sv in = { (const char *)data, size };
	struct shaken_trust *t;
	struct shaken_diag diag;
	struct shk_pem p;
	enum shaken_err err;

	err = shk_pem_read(in, &max, &p, &diag);
	if (err == SHAKEN_OK) {
		must(sk_X509_num(p.certs) <= 4 && sk_X509_CRL_num(p.crls) <= 2);
		for (int i = 0; i < sk_X509_num(p.certs); i++)
			check_cert(sk_X509_value(p.certs, i));
	} else {
		must(p.certs == NULL && p.crls == NULL);
		must(diag.text[0] != '\0');
	}
	shk_pem_clear(&p);

	if (shaken_trust_new(NULL, &t) != SHAKEN_OK)
		return 0;
	(void)!shaken_trust_add_anchors(t, in, NULL, NULL); /* or none */
	check_chain(t, in);
	shaken_trust_free(&t);
	return 0;
}
