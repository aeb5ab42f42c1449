/* SPDX-License-Identifier: Apache-2.0 */
/* tally.h - calls counted: by result, signer, attestation, case, host, hour. */
#ifndef AUDIT_TALLY_H
#define AUDIT_TALLY_H

#include "buf.h"
#include "calls.h"
#include "judge.h"
#include "skips.h"

#define AUDIT_HOST_MAX 79

struct audit_fact {		/* of one call, for the tally */
	enum audit_result	 result;
	enum shaken_case	 ecase;
	char			 attest; /* A, B or C; 0: it says none */
	int64_t			 now;
	char			 spc[SHAKEN_SPC_MAX + 1];
	char			 signer[AUDIT_SIGNER_MAX + 1];
	char			 host[AUDIT_HOST_MAX + 1]; /* of x5u */
};

/* Rows of one kind; when there are more, the rest is one row. */
#define AUDIT_ROWS_MAX 4096

struct audit_row {
	char		*name;	/* owned */
	char		*second; /* owned; the signer's name, else "" */
	int64_t		 hour;	/* of rows by hour, in seconds */
	uint64_t	 n, by[AUDIT_RESULTS];
	uint32_t	 next;	/* in its bucket */
};

#define AUDIT_BUCKETS 1024

struct audit_table {
	struct audit_row *v;	/* owned */
	size_t		 n, cap;
	struct audit_row rest;	/* of what had no row left */
	uint32_t	 bucket[AUDIT_BUCKETS];	/* index + 1; 0: nothing */
};

struct audit_tally {
	uint64_t		 n, by[AUDIT_RESULTS], differ;
	struct audit_calls_count count;	/* of copies */
	uint64_t		 attest[4][AUDIT_RESULTS]; /* A, B, C, none */
	uint64_t		 cases[SHAKEN_CASES];
	struct audit_table	 signers, hosts, hours;
	struct audit_skips	 skips;	/* of all files */
	size_t			 files;
	bool			 interrupted;
};

void audit_fact(const struct audit_judge *j, struct audit_fact *out);
/* False: no memory. */
bool audit_tally_add(struct audit_tally *t, const struct audit_fact *f);
void audit_tally_skips(struct audit_tally *t, const struct audit_skips *s);
/* Rows into the order in which they are shown: most calls first; hours by
 * time. */
void audit_tally_sort(struct audit_tally *t);
void audit_tally_clear(struct audit_tally *t);

const char *audit_attest_name(size_t i);

/* The summary, after audit_tally_sort(). */
void audit_tally_text(const struct audit_tally *t, struct audit_buf *out);
void audit_tally_json(const struct audit_tally *t, struct audit_buf *out);
void audit_tally_html(const struct audit_tally *t, struct audit_buf *out);

#endif
