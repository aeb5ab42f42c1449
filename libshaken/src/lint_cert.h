/* SPDX-License-Identifier: Apache-2.0 */
/* lint_cert.h - what lint.c, with the fields and names of a certificate, and
 * lint_ext.c, with its extensions, share. */
#ifndef SHK_LINT_CERT_H
#define SHK_LINT_CERT_H

#include "cert.h"
#include "lint.h"

#define PROFILE "ATIS-1000080 section 6.4.1"
#define US_POLICY "2.16.840.1.114569.1.1." /* and the policy's number */

enum shk_lint_role { ROOT, INTERMEDIATE, LEAF };

struct shk_lint {
	const struct shaken_cert *c;
	X509			*x;	/* borrows from c */
	enum shk_lint_role		 role;
	int64_t			 now;
	struct shk_findings	 to;
};

#define ERROR(l, id, rule, ...) \
	shk_find(&(l)->to, SHAKEN_ERROR, (id), (rule), __VA_ARGS__)
#define WARN(l, id, rule, ...) \
	shk_find(&(l)->to, SHAKEN_WARN, (id), (rule), __VA_ARGS__)
#define NOTE(l, id, rule, ...) \
	shk_find(&(l)->to, SHAKEN_NOTE, (id), (rule), __VA_ARGS__)

/* One row each. */
void shk_lint_basic_constraints(const struct shk_lint *l);
void shk_lint_key_usage(const struct shk_lint *l);
void shk_lint_subject_key_id(const struct shk_lint *l);
void shk_lint_authority_key_id(const struct shk_lint *l);
void shk_lint_policies(const struct shk_lint *l);
void shk_lint_crl_points(const struct shk_lint *l);
void shk_lint_tnauthlist(const struct shk_lint *l);
void shk_lint_constraints(const struct shk_lint *l);
void shk_lint_extensions(const struct shk_lint *l);

/* keyUsage as the KU_ bits of OpenSSL. */
unsigned shk_lint_usage_bits(const ASN1_BIT_STRING *ku);

#endif
