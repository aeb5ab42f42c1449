/* SPDX-License-Identifier: Apache-2.0 */
/* auth.h - from credentials to a tenant. */
#ifndef SVC_AUTH_H
#define SVC_AUTH_H

#include "state.h"

struct svc_credentials {	/* NULL where there is none */
	const char	*authorization;	/* the field's value */
	const char	*subject; /* of the client certificate, RFC 4514; "":
				   * it did not verify */
};

/*
 * Whose credentials these are.  NULL: nobody's.  Credentials that nobody has
 * are refused even where none would do.  Borrows from s.
 */
const struct svc_tenant *svc_auth(const struct svc_state *s,
    const struct svc_credentials *c, int64_t now);

#endif
