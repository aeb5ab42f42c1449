/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run.h - files to records: one reader, workers that judge batches, and one
 * writer that brings them back into order.
 *
 * The reader is the writer too: when all batches are in use it waits for the
 * oldest and writes it.  So memory is bounded, and what is written does not
 * depend on how many threads there are.
 */
#ifndef AUDIT_RUN_H
#define AUDIT_RUN_H

#include "evidence.h"
#include "judge.h"
#include "record.h"
#include "tally.h"

struct audit_run_opts {
	const struct audit_conf	*conf;
	enum audit_format	 format;
	size_t			 threads; /* workers, at least 1 */
	const char		*only;	/* Call-ID of the one call to explain;
					 * NULL: all calls */
	bool			 explain_json;
	bool			 progress; /* on stderr */
	const struct audit_evidence *evidence; /* NULL: none is kept */
	char *const		*files;
	size_t			 n_files;
};

/* Records to out; counts to tally.  CLI_NO: some call did not pass.  After
 * SIGINT, what was done so far is written, and tally says so. */
enum cli_status audit_run(const struct audit_run_opts *opts, FILE *out,
    struct audit_tally *tally);

#endif
