/* SPDX-License-Identifier: Apache-2.0 */
/* cert.h - what the library itself asks of a certificate, besides cert.h. */
#ifndef SHK_CERT_H
#define SHK_CERT_H

#include <openssl/x509.h>

#include <shaken/cert.h>
#include <shaken/chain.h>

#include "constraints.h"
#include "tnauthlist.h"

/* Wrap x; a reference to it is taken.  A malformed TNAuthList or constraint
 * fails nothing here: it is reported below.  implicit: see tnauthlist.h. */
SHAKEN_MUST_USE enum shaken_err
shk_cert_new(X509 *x, bool implicit, struct shaken_cert **out,
    struct shaken_diag *diag);

/* Takes a reference; returns c. */
struct shaken_cert *shk_cert_ref(struct shaken_cert *c);

/* Borrows; its extensions are cached, so getters do not write to it. */
X509 *shk_cert_x509(const struct shaken_cert *c);

/* NULL: there is none, or a malformed one; borrow from c. */
const struct shk_tnauthlist *shk_cert_tnauthlist(const struct shaken_cert *c);
const struct shk_constraints *
shk_cert_claim_constraints(const struct shaken_cert *c);

/* What is wrong with the extension; "": nothing, or it is absent. */
const char *shk_cert_tnauthlist_fault(const struct shaken_cert *c);
const char *shk_cert_claim_constraints_fault(const struct shaken_cert *c);

#endif
