/* SPDX-License-Identifier: Apache-2.0 */
/* media.c - media types of requests and answers. */
#include <stddef.h>
#include <string.h>

#include "media.h"

/* Whether the n bytes at p are name; ASCII case does not matter. */
static bool
is(const char *p, size_t n, const char *name)
{
	if (strlen(name) != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = p[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (c != name[i])
			return false;
	}
	return true;
}

/* Skip blanks; the length of what stands there before a blank, ";" or ",". */
static size_t
word(const char **p)
{
	*p += strspn(*p, " \t");
	return strcspn(*p, " \t;,");
}

enum svc_media
svc_media_of(const char *type)
{
	size_t n;

	if (type == NULL)
		return SVC_MEDIA_NONE;
	n = word(&type);
	if (is(type, n, "application/json"))
		return SVC_MEDIA_JSON;
	return is(type, n, "message/sip") ? SVC_MEDIA_SIP : SVC_MEDIA_NONE;
}

/* Whether a parameter of the range at p says q=0: never. */
static bool
is_refused(const char *p, const char *end)
{
	while ((p = memchr(p, ';', (size_t)(end - p))) != NULL) {
		size_t n;

		p++;
		n = word(&p);
		if (p >= end)
			return false;
		if (n >= 3 && (p[0] == 'q' || p[0] == 'Q') && p[1] == '=' &&
		    p[2] == '0' && strspn(p + 3, ".0") == n - 3)
			return true;
	}
	return false;
}

enum svc_media
svc_media_accepted(const char *accept, bool text, bool fragment)
{
	enum svc_media any = SVC_MEDIA_NONE;

	if (accept == NULL || accept[strspn(accept, " \t")] == '\0')
		return SVC_MEDIA_JSON;
	for (const char *p = accept; *p != '\0';) {
		size_t n = word(&p);
		const char *end = p + strcspn(p, ",");
		enum svc_media named = SVC_MEDIA_NONE, m = SVC_MEDIA_NONE;

		if (is(p, n, "application/json"))
			named = SVC_MEDIA_JSON;
		else if (text && is(p, n, "text/plain"))
			named = SVC_MEDIA_TEXT;
		else if (fragment && is(p, n, "message/sipfrag"))
			named = SVC_MEDIA_FRAGMENT;
		else if (is(p, n, "application/*") || is(p, n, "*/*"))
			m = SVC_MEDIA_JSON;
		else if (text && is(p, n, "text/*"))
			m = SVC_MEDIA_TEXT;
		if (is_refused(p, end))
			named = m = SVC_MEDIA_NONE;
		if (named != SVC_MEDIA_NONE)
			return named;
		if (any == SVC_MEDIA_NONE)
			any = m;
		p = end + (*end == ',');
	}
	return any;
}
