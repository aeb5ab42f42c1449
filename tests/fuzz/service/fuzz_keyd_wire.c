/* SPDX-License-Identifier: Apache-2.0 */
/* Target: svc_wire_get_...(), what shakend and its key process read of each
 * other.  Each message has one form: what is read and written again is the same.
 * Seeds: tests/fuzz/corpus/keyd_wire/. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "keyd_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t again[SVC_WIRE_MAX];

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
same(struct shaken_sv msg, size_t len)
{
	must(len == msg.n && memcmp(again, msg.p, len) == 0);
}

/* What comes to the key process. */
static bool
asked(struct shaken_sv msg)
{
	struct svc_wire_req reqs[SVC_WIRE_BATCH];
	struct svc_wire_load load;
	size_t n, all;

	if (svc_wire_get_load(msg, &load)) {
		same(msg, svc_wire_put_load(again, sizeof(again), &load));
		return true;
	}
	if (svc_wire_get_lock(msg)) {
		same(msg, svc_wire_put_lock(again, sizeof(again)));
		return true;
	}
	if (!svc_wire_get_reqs(msg, reqs, &n))
		return false;
	must(n > 0 && n <= SVC_WIRE_BATCH);
	all = n;
	same(msg, svc_wire_put_reqs(again, sizeof(again), reqs, &n));
	must(n == all);
	return true;
}

/* What comes to shakend. */
static bool
answered(struct shaken_sv msg)
{
	struct svc_wire_sig sigs[SVC_WIRE_BATCH];
	struct shaken_sv why;
	size_t n;
	bool ok;

	if (svc_wire_get_result(msg, &ok, &why)) {
		same(msg, svc_wire_put_result(again, sizeof(again), ok, why));
		return true;
	}
	if (!svc_wire_get_sigs(msg, sigs, &n))
		return false;
	must(n > 0 && n <= SVC_WIRE_BATCH);
	same(msg, svc_wire_put_sigs(again, sizeof(again), sigs, n));
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shaken_sv msg = { (const char *)data, size };

	if (size > SVC_WIRE_MAX)
		return 0;
	must(!(asked(msg) && answered(msg)));
	return 0;
}
