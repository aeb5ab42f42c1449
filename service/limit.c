/* SPDX-License-Identifier: Apache-2.0 */
/* limit.c - how often a client may ask. */
#include <string.h>

#include <netinet/in.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "limit.h"

/* Of a bucket is kept when it will be full again: what is missing in it is the
 * time until then. */
int64_t
svc_limit_take(struct svc_slots *s, const uint8_t key[SVC_SLOT_KEY],
    struct svc_rate rate, int64_t now_us)
{
	int64_t now = now_us * 1000, each, wait;
	struct svc_slot *slot;

	if (rate.per_s <= 0)
		return 0;
	each = INT64_C(1000000000) / rate.per_s;
	slot = svc_slots_hold(s, key, now);
	slot->n = 1; /* in use */
	if (slot->until < now)
		slot->until = now;
	wait = slot->until - now - (rate.burst - 1) * each;
	if (wait <= 0)
		slot->until += each;
	svc_slots_release(s, slot);
	return wait <= 0 ? 0 : (wait + 999) / 1000;
}

bool
svc_limit_key_of(const struct sockaddr *sa, uint8_t key[SVC_SLOT_KEY])
{
	const struct sockaddr_in6 *in6 = (const void *)sa;
	const struct sockaddr_in *in = (const void *)sa;

	memset(key, 0, SVC_SLOT_KEY);
	if (sa->sa_family == AF_INET) {
		memcpy(key, &in->sin_addr, 4);
	} else if (sa->sa_family != AF_INET6) {
		return false;
	} else if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		memcpy(key, &in6->sin6_addr.s6_addr[12], 4);
	} else {
		memcpy(key, &in6->sin6_addr, 8);
		key[8] = 6;
	}
	return true;
}

bool
svc_limit_key_of_name(const char *name, uint8_t key[SVC_SLOT_KEY])
{
	uint8_t md[EVP_MAX_MD_SIZE];

	if (EVP_Q_digest(NULL, "SHA256", NULL, name, strlen(name), md, NULL) !=
	    1) {
		ERR_clear_error();
		return false;
	}
	memcpy(key, md, SVC_SLOT_KEY);
	return true;
}
