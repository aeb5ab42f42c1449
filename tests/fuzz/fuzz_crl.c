/* SPDX-License-Identifier: Apache-2.0 */
/* Target: shk_crl_new(), shk_crl_authenticate() and shk_crl_ask(), on the
 * certificates and CRLs of one file, all of which are taken for anchors.
 * Seeds: tests/fuzz/corpus/crl/. */
#include <stdint.h>
#include <stdlib.h>

#include <shaken/trust.h>

#include "crl.h"
#include "pem.h"
#include "x509.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
check(X509_CRL *x509, STACK_OF(X509) *certs)
{
	struct shaken_diag diag = { "" };
	int n = sk_X509_num(certs);
	struct shk_crl *c;
	int64_t from, until;

	if (shk_crl_new(x509, &c, &diag) != SHAKEN_OK) {
		must(c == NULL && diag.text[0] != '\0');
		return;
	}
	from = c->from;
	until = c->until;
	if (shk_crl_authenticate(c, certs, certs, &diag) == SHAKEN_OK)
		must(c->from >= from && c->until <= until);
	else
		must(c->from == from && c->until == until);
	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++) {
			X509 *cert = sk_X509_value(certs, i);
			struct shk_crl_word word;

			must(shk_crl_ask(c, cert, sk_X509_value(certs, j),
			    &word) == SHAKEN_OK);
			/* a direct one is heard about its own only */
			must(c->indirect || (!word.covers && !word.revoked) ||
			    X509_NAME_cmp(X509_CRL_get_issuer(x509),
			    X509_get_issuer_name(cert)) == 0);
		}
	shk_crl_free(&c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct shk_pem_limits max = {
		.bytes = 65536, .certs = 4, .crls = 4
	};
	struct shaken_sv in = { (const char *)data, size };
	struct shk_pem p;

	if (shk_pem_read(in, &max, &p, NULL) != SHAKEN_OK)
		return 0;
	for (int i = 0; i < sk_X509_num(p.certs); i++)
		if (!shk_x509_extensions_ok(sk_X509_value(p.certs, i), NULL))
			goto out;
	for (int i = 0; i < sk_X509_CRL_num(p.crls); i++)
		check(sk_X509_CRL_value(p.crls, i), p.certs);
out:
	shk_pem_clear(&p);
	return 0;
}
