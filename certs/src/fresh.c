/* SPDX-License-Identifier: Apache-2.0 */
/* fresh.c - how long an HTTP answer says that it may be kept. */
#include <stdbool.h>

#include <curl/curl.h>

#include "fresh.h"
#include "text.h"

/* RFC 9111 section 1.2.2: what is more than fits is as good as for ever. */
#define DELTA_MAX INT64_C(2147483648)
#define DATE_MAX 64		/* RFC 9110 section 5.6.7 has 29 */

/* Cache-Control's answer; -1: none.  s-maxage goes before max-age, since many
 * calls share this cache; of several, the shortest. */
static int64_t
cache_control_s(struct shaken_sv in)
{
	int64_t shared = -1, any = -1, v;

	while (in.n > 0) {
		struct shaken_sv arg = certs_take_until(&in, ',');
		struct shaken_sv name = certs_take_until(&arg, '=');
		int64_t *to = &any;

		name = certs_trim(name);
		arg = certs_trim(arg);
		if (arg.n >= 2 && arg.p[0] == '"' && arg.p[arg.n - 1] == '"') {
			arg.p++;
			arg.n -= 2;
		}
		if (certs_name_is(name, "no-store") ||
		    certs_name_is(name, "no-cache"))
			return 0;
		if (certs_name_is(name, "s-maxage"))
			to = &shared;
		else if (!certs_name_is(name, "max-age"))
			continue;
		if (!certs_number(arg, DELTA_MAX, &v))
			v = 0;	/* section 4.2.1: invalid is stale */
		if (*to < 0 || v < *to)
			*to = v;
	}
	return shared >= 0 ? shared : any;
}

/* Seconds since 1970; -1: no date. */
static int64_t
date_s(struct shaken_sv v)
{
	char text[DATE_MAX + 1];

	if (v.n == 0 || v.n > DATE_MAX)
		return -1;
	memcpy(text, v.p, v.n);
	text[v.n] = '\0';
	return curl_getdate(text, NULL);
}

int64_t
certs_fresh_s(const struct certs_fresh *f)
{
	int64_t life = cache_control_s(f->cache_control), age, from, to;

	if (life < 0 && f->expires.n > 0) {
		/* without a Date the two clocks cannot be told apart, and an
		 * Expires that is no date, "0" above all, has passed */
		from = date_s(f->date);
		to = date_s(f->expires);
		if (to >= 0 && from < 0)
			return -1;
		life = to > from ? to - from : 0;
	}
	if (life < 0)
		return -1;
	if (!certs_number(f->age, DELTA_MAX, &age))
		age = 0;
	return life > age ? life - age : 0;
}
