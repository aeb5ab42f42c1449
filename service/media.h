/* SPDX-License-Identifier: Apache-2.0 */
/* media.h - media types of requests and answers (RFC 9110 section 8.3 and
 * 12.5). */
#ifndef SVC_MEDIA_H
#define SVC_MEDIA_H

#include <stdbool.h>

/* FRAGMENT: header fields, message/sipfrag (RFC 3420). */
enum svc_media { SVC_MEDIA_NONE = 0, SVC_MEDIA_JSON, SVC_MEDIA_TEXT,
	SVC_MEDIA_SIP, SVC_MEDIA_FRAGMENT };

/* Of a Content-Type; NONE: absent, or another. */
enum svc_media svc_media_of(const char *content_type);

/*
 * What an Accept field asks for: the first type it names that we have, so
 * "text/plain" and "application/json, text/plain" differ; else what a wildcard
 * allows, for clients add one on their own.  Absent: JSON.
 * text, fragment: whether there is text/plain, message/sipfrag at all.  NONE:
 * nothing that we have.
 */
enum svc_media svc_media_accepted(const char *accept, bool text,
    bool fragment);

#endif
