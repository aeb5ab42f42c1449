/* SPDX-License-Identifier: Apache-2.0 */
/* Target: certs_url_check().  What it lets pass has only one reading: one
 * "://", a host in lower case, and no byte that parsers disagree on. */
#include <stdlib.h>

#include "url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
has(struct shaken_sv v, char c)
{
	return v.n > 0 && memchr(v.p, c, v.n) != NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct certs_fetch_opts strict = {
	    .size = sizeof(strict) }, lab = { .size = sizeof(lab), .allow_http = true, .any_port = true };
	struct shaken_sv url = { (const char *)data, size };
	char host[CERTS_HOST_MAX], again[CERTS_HOST_MAX];
	struct shaken_diag d;

	if (certs_url_check(&lab, url, host, &d) != SHAKEN_OK) {
		if (d.text[0] == '\0' ||
		    certs_url_check(&strict, url, host, &d) == SHAKEN_OK)
			abort();
		return 0;
	}
	if (size > CERTS_URL_MAX || host[0] == '\0' ||
	    strlen(host) >= sizeof(host) || has(url, '?') || has(url, '#') ||
	    has(url, '\\') || has(url, ' ') || has(url, '\0'))
		abort();
	for (const char *p = host; *p != '\0'; p++)
		if ((*p >= 'A' && *p <= 'Z') || *p == '@' || *p == '/')
			abort();
	if (certs_url_check(&strict, url, again, &d) == SHAKEN_OK &&
	    strcmp(host, again) != 0)
		abort();
	return 0;
}
