/* SPDX-License-Identifier: Apache-2.0 */
/* trust.h - what a trust holds, for chain.c. */
#ifndef SHK_TRUST_H
#define SHK_TRUST_H

#include <stdatomic.h>

#include <openssl/x509.h>

#include <shaken/trust.h>

#include "crl.h"

struct shaken_trust {		/* owns all that it points to */
	atomic_size_t		 refs;
	enum shaken_crl_policy	 crl_policy;
	bool			 implicit_tnauthlist;
	ASN1_OBJECT		**policies;
	size_t			 n_policies;
	STACK_OF(X509)		*anchors;	/* of a call's chain */
	STACK_OF(X509)		*crl_anchors;	/* of a CRL's signer only */
	struct shk_crl		**crls;
	size_t			 n_crls;
};

#endif
