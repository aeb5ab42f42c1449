/* SPDX-License-Identifier: Apache-2.0 */
/* Target: svc_media_of() and svc_media_accepted(), the Content-Type and Accept
 * of a stranger.  Seeds: tests/fuzz/corpus/media/. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "media.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
turn_case(char *p)
{
	for (; *p != '\0'; p++)
		if ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z'))
			*p = (char)(*p ^ 0x20);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum svc_media type, all, both, json;
	char *text = malloc(size + 1);	/* as the HTTP server gives it */

	must(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	type = svc_media_of(text);
	all = svc_media_accepted(text, true, true);
	both = svc_media_accepted(text, true, false);
	json = svc_media_accepted(text, false, false);
	must(all != SVC_MEDIA_SIP);	/* nothing is answered in it */
	must(both != SVC_MEDIA_SIP && both != SVC_MEDIA_FRAGMENT);
	must(both == SVC_MEDIA_NONE || all != SVC_MEDIA_NONE);
	must(json == SVC_MEDIA_JSON || json == SVC_MEDIA_NONE);
	must(json == SVC_MEDIA_NONE || both != SVC_MEDIA_NONE);

	turn_case(text);	/* RFC 9110 section 8.3.1: no difference */
	must(svc_media_of(text) == type);
	must(svc_media_accepted(text, true, true) == all);
	must(svc_media_accepted(text, true, false) == both);
	must(svc_media_accepted(text, false, false) == json);
	free(text);
	return 0;
}
