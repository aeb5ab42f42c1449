/* SPDX-License-Identifier: Apache-2.0 */
/* replay.c - tokens that were used before. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "replay.h"

/* Its uses, with this request's; NULL: no place to note them, which values of a
 * call do not exceed. */
static struct svc_use *
use(struct svc_uses *u, const uint8_t *id, int64_t until)
{
	struct svc_slot *slot;
	struct svc_use *x;

	for (size_t i = 0; i < u->n; i++)
		if (memcmp(u->of[i].key, id, SVC_SLOT_KEY) == 0)
			return &u->of[i];
	if (u->n == SHAKEN_VALUES_MAX)
		return NULL;
	x = &u->of[u->n++];
	memcpy(x->key, id, SVC_SLOT_KEY);
	slot = svc_slots_hold(u->slots, id, u->now);
	slot->until = until;
	x->times = ++slot->n;
	svc_slots_release(u->slots, slot);
	return x;
}

bool
svc_replayed(void *arg, const uint8_t *id, int64_t until,
    struct shaken_diag *why)
{
	struct svc_uses *u = arg;
	const struct svc_use *x = use(u, id, until);

	if (x == NULL)
		return false;
	if (x->times > u->most)
		u->most = x->times;
	snprintf(why->text, sizeof(why->text), "this token was used %" PRIu64
	    " times, %u allowed", x->times, u->allowed);
	return u->reject && x->times > u->allowed;
}

bool
svc_uses_exceed(const struct svc_uses *u)
{
	return u->most > u->allowed;
}
