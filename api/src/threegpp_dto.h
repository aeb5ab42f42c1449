/* SPDX-License-Identifier: Apache-2.0 */
/* threegpp_dto.h - verification answers of 3GPP TS 24.229 Annex V. */
#ifndef API_THREEGPP_DTO_H
#define API_THREEGPP_DTO_H

#include "api.h"

/* New, for free(); NULL: no memory. */
char *api_answer_3gpp(const struct api_verify *req,
    const struct shaken_verify *v, bool suffixed);

#endif
