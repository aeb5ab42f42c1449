/* SPDX-License-Identifier: Apache-2.0 */
/* Target: certs_record_format() and certs_record_parse().  What is formatted
 * parses to the same; what is not as it was formatted does not parse. */
#include <stdlib.h>

#include "record.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The next line as a string, for free(). */
static char *
line(struct shaken_sv *in)
{
	struct shaken_sv v = certs_take_until(in, '\n');
	char *s = malloc(v.n + 1);

	if (s == NULL)
		abort();
	if (v.n > 0)
		memcpy(s, v.p, v.n);
	s[v.n] = '\0';
	return s;
}

static void
round_trip(const struct certs_stored *in, size_t at)
{
	char name[CERTS_RECORD_NAME];
	struct certs_stored out;
	enum shaken_err err;
	size_t n;
	char *file = certs_record_format(in, &n, &err), *spoilt;

	if (file == NULL) {
		if (err == SHAKEN_OK)
			abort();
		return;
	}
	spoilt = malloc(n);
	if (spoilt == NULL || !certs_record_name(in->url, name) ||
	    !certs_record_is_name(name))
		abort();
	memcpy(spoilt, file, n);
	spoilt[at % n] ^= 0x20;
	if (certs_record_parse(spoilt, n, name, &out))
		abort();
	if (!certs_record_parse(file, n, name, &out) ||
	    strcmp(out.url, in->url) != 0 || strcmp(out.etag, in->etag) != 0 ||
	    strcmp(out.last_modified, in->last_modified) != 0 ||
	    out.fetched != in->fetched || out.until != in->until ||
	    out.pem.n != in->pem.n ||
	    memcmp(out.pem.p, in->pem.p, in->pem.n) != 0)
		abort();
	free(spoilt);
	free(file);
}

/* Bytes that nobody formatted: no digest of them is right. */
static void
foreign(const uint8_t *data, size_t size)
{
	char *file = malloc(size + 1);
	struct certs_stored out;

	if (file == NULL)
		abort();
	if (size > 0)
		memcpy(file, data, size);
	(void)certs_record_parse(file, size, "", &out);
	if (out.url != NULL || out.pem.n != 0)
		abort();
	free(file);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shaken_sv in = { (const char *)data, size };
	char *url = line(&in), *etag = line(&in), *modified = line(&in);
	struct certs_stored rec = { .size = sizeof(rec), .url = url,
	    .etag = etag, .last_modified = modified, .fetched = (int64_t)size,
	    .until = (int64_t)size << 20, .pem = in };

	round_trip(&rec, size);
	round_trip(&rec, in.n);
	foreign(data, size);
	free(url);
	free(etag);
	free(modified);
	return 0;
}
