/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "media.h"

static const struct {
	const char *type;
	enum svc_media media;
} types[] = {
	{ "application/json", SVC_MEDIA_JSON },		/* */
	{ "application/json; charset=utf-8", SVC_MEDIA_JSON },
	{ "application/json;charset=utf-8", SVC_MEDIA_JSON },
	{ " Application/JSON ", SVC_MEDIA_JSON },
	{ "message/sip", SVC_MEDIA_SIP },
	{ "application/jso", SVC_MEDIA_NONE },
	{ "application/jsonx", SVC_MEDIA_NONE },
	{ "text/plain", SVC_MEDIA_NONE },
	{ "", SVC_MEDIA_NONE },
	{ NULL, SVC_MEDIA_NONE },
};

Test(media, content_type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		cr_expect_eq(svc_media_of(types[i].type), types[i].media,
		    "%s", types[i].type);
}

static const struct {
	const char *accept;
	enum svc_media standard, native;
} accepts[] = {
	{ NULL, SVC_MEDIA_JSON, SVC_MEDIA_JSON },	/* */
	{ "", SVC_MEDIA_JSON, SVC_MEDIA_JSON },
	{ "*/*", SVC_MEDIA_JSON, SVC_MEDIA_JSON },
	{ "application/*", SVC_MEDIA_JSON, SVC_MEDIA_JSON },
	{ "application/json", SVC_MEDIA_JSON, SVC_MEDIA_JSON },
	{ "APPLICATION/JSON;q=0.1", SVC_MEDIA_JSON, SVC_MEDIA_JSON },
	{ "text/plain", SVC_MEDIA_NONE, SVC_MEDIA_TEXT },
	{ "text/*", SVC_MEDIA_NONE, SVC_MEDIA_TEXT },
	{ "text/plain, */*", SVC_MEDIA_JSON, SVC_MEDIA_TEXT },
	{ "*/*, text/plain", SVC_MEDIA_JSON, SVC_MEDIA_TEXT }, /* libcurl's own
							       * comes first */
	{ "text/*, application/json", SVC_MEDIA_JSON, SVC_MEDIA_JSON },
	{ "*/*, text/plain;q=0", SVC_MEDIA_JSON, SVC_MEDIA_JSON },
	{ "*/*, text/xml", SVC_MEDIA_JSON, SVC_MEDIA_JSON },
	{ "application/json, text/plain, */*", SVC_MEDIA_JSON, SVC_MEDIA_JSON },
	{ "text/xml", SVC_MEDIA_NONE, SVC_MEDIA_NONE },
	{ "text/xml , application/json", SVC_MEDIA_JSON, SVC_MEDIA_JSON },
	{ "application/json;q=0", SVC_MEDIA_NONE, SVC_MEDIA_NONE },
	{ "application/json; q=0.000, text/plain", SVC_MEDIA_NONE,
	    SVC_MEDIA_TEXT },
	{ "application/json;v=1;q=0.5", SVC_MEDIA_JSON, SVC_MEDIA_JSON },
	{ "application/json;q=0.01", SVC_MEDIA_JSON, SVC_MEDIA_JSON },
	{ "message/sipfrag", SVC_MEDIA_NONE, SVC_MEDIA_FRAGMENT },
	{ "*/*, message/sipfrag;version=2.0", SVC_MEDIA_JSON,
	    SVC_MEDIA_FRAGMENT },
	{ "message/sipfrag;q=0", SVC_MEDIA_NONE, SVC_MEDIA_NONE },
	{ "message/sip", SVC_MEDIA_NONE, SVC_MEDIA_NONE },
	{ ",,;,", SVC_MEDIA_NONE, SVC_MEDIA_NONE },
};

Test(media, accept)
{
	for (size_t i = 0; i < sizeof(accepts) / sizeof(*accepts); i++) {
		cr_expect_eq(svc_media_accepted(accepts[i].accept, false,
		    false),
		    accepts[i].standard, "%s", accepts[i].accept);
		cr_expect_eq(svc_media_accepted(accepts[i].accept, true,
		    true),
		    accepts[i].native, "%s", accepts[i].accept);
	}
}
