/* SPDX-License-Identifier: Apache-2.0 */
/* headers_dto.h - a verdict as header fields, for a proxy to paste. */
#ifndef API_HEADERS_DTO_H
#define API_HEADERS_DTO_H

#include "json_in.h"

/* Arrays of whole header fields without line ends, for the call
 * as it goes on, and for its responses; NULL: no memory. */
json_t *api_header_lines(const struct api_verify *req,
    const struct shaken_verify *v, const struct api_render *r);
json_t *api_reason_lines(const struct api_verify *req,
    const struct shaken_verify *v, const struct api_render *r);

#endif
