/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include <criterion/criterion.h>

#include "addr.h"

static const struct {
	const char *in, *out;	/* out NULL: refused */
	bool is_loopback;
} rows[] = {
	{ "127.0.0.1:8080", "127.0.0.1:8080", true },
	{ "127.255.0.9:1", "127.255.0.9:1", true },
	{ "128.0.0.1:1", "128.0.0.1:1", false },
	{ "0.0.0.0:0", "0.0.0.0:0", false },
	{ "[::1]:65535", "[::1]:65535", true },
	{ "[::]:80", "[::]:80", false },
	{ "[::ffff:127.0.0.1]:80", "[::ffff:127.0.0.1]:80", true },
	{ "[::ffff:192.0.2.1]:80", "[::ffff:192.0.2.1]:80", false },
	{ "[2001:db8::1]:80", "[2001:db8::1]:80", false },
	{ "::1:80", NULL, false },
	{ "[127.0.0.1:80", NULL, false },
	{ "127.0.0.1", NULL, false },
	{ "127.0.0.1:", NULL, false },
	{ "127.0.0.1:65536", NULL, false },
	{ "127.0.0.1:http", NULL, false },
	{ "127.0.0.1:-1", NULL, false },
	{ "127.0.0.1:80x", NULL, false },
	{ "localhost:80", NULL, false },
	{ ":80", NULL, false },
	{ "[]:80", NULL, false },
	{ "", NULL, false },
};

Test(addr, rows)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct svc_addr a;
		char text[SVC_ADDR_TEXT];
		bool ok = svc_addr_parse(rows[i].in, &a);

		cr_expect_eq(ok, rows[i].out != NULL, "%s", rows[i].in);
		if (!ok || rows[i].out == NULL)
			continue;
		svc_addr_format(&a, text);
		cr_expect_str_eq(text, rows[i].out);
		cr_expect_eq(svc_addr_is_loopback((struct sockaddr *)&a.ss),
		    rows[i].is_loopback, "%s", rows[i].in);
	}
}

Test(addr, listen)
{
	struct svc_addr a, b;
	int fds[3], more[1];

	cr_assert(svc_addr_parse("127.0.0.1:0", &a));
	cr_assert(svc_addr_listen(&a, fds, 3));
	b = a;			/* has a port now */
	cr_expect_not(svc_addr_listen(&b, more, 1), "somebody listens there");
	for (size_t i = 0; i < 3; i++)
		close(fds[i]);
	cr_expect(svc_addr_listen(&b, more, 1));
	close(more[0]);
}
