/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evidence.h - what a judgement stood on, in a file, and the judgement made
 * again from it (api/evidence.schema.json).
 *
 * A directory of evidence has one file a call, and once for all of them the
 * files of --trust, --crl-trust and --crl, named by their SHA-256.
 */
#ifndef AUDIT_EVIDENCE_H
#define AUDIT_EVIDENCE_H

#include "judge.h"

#define AUDIT_EVIDENCE_MAX (4 * 1024 * 1024) /* bytes of one call's file */

struct audit_evidence {
	const char	*dir;
	bool		 all;	/* of calls that passed, too */
	json_t		*trust;	/* owned: [{"use", "sha256"}] */
};

/* Copy what is trusted into dir, which is made where it does not exist. */
enum cli_status audit_evidence_open(const char *dir,
    const struct cli_policy *policy, struct audit_evidence *out);
void audit_evidence_close(struct audit_evidence *e);

/* Write the file of a call that was judged, if it is wanted.  Thread-safe. */
enum cli_status audit_evidence_keep(const struct audit_evidence *e,
    struct audit_judge *j);

/* Judge again by the file at path: with the roots and CRLs beside it, or with
 * those of given, where it has roots.  *now: what came out, new; *then: what
 * stands in the file, new. */
enum cli_status audit_evidence_verify(const char *path,
    const struct cli_policy *given, json_t **then, json_t **now);

/* Whether both say the same, whatever their wording. */
bool audit_evidence_same(const json_t *then, const json_t *now);

/* What a text says, without files; for tests.  NULL: why says. */
json_t *audit_evidence_read(struct shaken_sv text, struct shaken_diag *why);

#endif
