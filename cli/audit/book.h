/* SPDX-License-Identifier: Apache-2.0 */
/*
 * book.h - the chains of an audit, by URL: each found and judged once, shared by
 * all threads.
 *
 * Looked for in this order: in the store; in the directory, where a chain is
 * named by a line "URL FILE" of its file "urls" (as shaken cache export writes
 * it), by the SHA-256 of the URL and ".pem", by HOST/PATH as a mirror has it,
 * or by the last part of the path; on the network, when that was asked for.
 */
#ifndef AUDIT_BOOK_H
#define AUDIT_BOOK_H

#include <stdatomic.h>

#include "cli.h"
#include "net.h"

#define AUDIT_BOOK_MAX 8192	/* chains kept, about 10 KiB each */
#define AUDIT_SIGNER_MAX 63
#define AUDIT_NEAR 256

struct audit_chain {
	char			*url;	/* owned, as the following */
	struct shaken_chain	*chain;	/* NULL: there is none, and why */
	char			*pem;	/* as it came; n bytes */
	size_t			 n;
	struct shaken_diag	 why;
	char			 signer[AUDIT_SIGNER_MAX + 1]; /* of the leaf */
	uint64_t		 hash;
	bool			 kept;	/* lives as long as the book */
	bool			 ready;
	atomic_int		 tried;	/* to make a table for it */
	struct audit_chain	*next;	/* in its bucket */
};

struct audit_book_opts {
	const char		*dir, *store;	/* NULL: none */
	const struct cli_rules	*rules;		/* NULL: nothing is fetched */
};

struct audit_book;

/* trust is borrowed until the book is closed. */
enum cli_status audit_book_open(const struct audit_book_opts *opts,
    struct shaken_trust *trust, struct audit_book **out);
/* Takes the address of the pointer and clears it. */
void audit_book_close(struct audit_book **b);

/* What one thread found last; all zero at first.  A hit takes no lock. */
struct audit_near {
	struct audit_chain	*v[AUDIT_NEAR];
};

/* The chain of a URL, for audit_book_drop(); NULL: no memory. */
struct audit_chain *audit_book_get(struct audit_book *b,
    struct audit_near *near, struct shaken_sv url);
void audit_book_drop(struct audit_chain *c);

/* A chain that the caller has, judged; NULL: no memory. */
struct audit_chain *audit_chain_new(struct shaken_trust *trust,
    struct shaken_sv url, struct shaken_sv pem);

#endif
