/* SPDX-License-Identifier: Apache-2.0 */
/* judge.h - one call to one verdict, by one thread of several. */
#ifndef AUDIT_JUDGE_H
#define AUDIT_JUDGE_H

#include <shaken/sip.h>

#include "book.h"
#include "buf.h"
#include "calls.h"
#include "line.h"
#include "policy.h"

/* Which clock a call is judged by. */
enum audit_clock {
	AUDIT_CLOCK_CALL,	/* when it was made, as far as anybody says:
				 * "time", the capture, Date, else now */
	AUDIT_CLOCK_CAPTURE,	/* when it was captured, and nothing else */
	AUDIT_CLOCK_FIXED,	/* now */
};

/* Which calls must lead to their Request-URI, as shakend's request_uri. */
enum audit_uri {
	AUDIT_URI_DIVERTED,	/* those with a div */
	AUDIT_URI_ALWAYS,
	AUDIT_URI_NEVER,
};

enum audit_result {
	AUDIT_PASSED,		/* TN-Validation-Passed */
	AUDIT_FAILED,		/* TN-Validation-Failed */
	AUDIT_UNDECIDED,	/* No-TN-Validation, with an Identity */
	AUDIT_UNSIGNED,		/* no Identity */
	AUDIT_UNREADABLE,	/* no call could be made out */
	AUDIT_RESULTS
};

const char *audit_result_name(enum audit_result r);

struct audit_conf {		/* shared by the threads, and not changed */
	const struct cli_policy	*policy;
	struct shaken_trust	*trust;
	struct audit_book	*book;
	enum audit_clock	 clock;
	enum audit_uri		 request_uri;
	int64_t			 now;
	unsigned		 flags;	/* more of enum shaken_verify_flags */
};

#define AUDIT_VALUES SHAKEN_SIP_IDENTITIES

/* A call on its way; used again for the next. */
struct audit_judge {
	const struct audit_conf	*conf;
	struct audit_near	 near;
	struct shaken_verify	*v;	/* finished; NULL: unreadable */
	struct audit_chain	*chain[SHAKEN_VALUES_MAX];
	const struct audit_call	*of;
	enum audit_result	 result;
	struct shaken_diag	 why;	/* it is unreadable */
	int64_t			 now;	/* the clock it was judged by */
	struct shaken_sip	 sip;	/* method n 0: it was JSON */
	struct audit_line	 line;
	struct shaken_sv	*identity; /* in sip or line */
	size_t			 n_identity;
	struct shaken_sv	 call_id;
	struct shaken_id	 orig, target, dest[AUDIT_LINE_VALUES];
	struct shaken_call	 vcall;
};

/* Judge call; what j has of it is valid until it judges the next or is
 * cleared.  explain: keep the checks.  False: no memory. */
bool audit_judge_run(struct audit_judge *j, const struct audit_call *call,
    bool explain);
/* Judge the same call again, and keep the checks. */
bool audit_judge_explain(struct audit_judge *j);
void audit_judge_clear(struct audit_judge *j);

#endif
