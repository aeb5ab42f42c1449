/* SPDX-License-Identifier: Apache-2.0 */
/* report.h - a verification told: to people, and as the JSON of the native
 * API, with every check where asked for. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "cli.h"

struct cli_report {
	const struct shaken_verify *v;	/* finished */
	const char	*style;		/* of verstat: NULL, plain or suffixed */
	bool		 explain;	/* v was made with SHAKEN_EXPLAIN */
};

/* The verdict and that of each value; NULL: no memory. */
json_t *cli_report_json(const struct cli_report *r);

/* The checks of value i, [{"check", "result", "detail", "rule", "hint"}]; NULL:
 * no memory. */
json_t *cli_report_checks(const struct cli_report *r, size_t i);

void cli_report_text(const struct cli_report *r, FILE *out);

#endif
