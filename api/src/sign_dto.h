/* SPDX-License-Identifier: Apache-2.0 */
/* sign_dto.h - what signing requests share, in JSON or as a SIP message. */
#ifndef API_SIGN_DTO_H
#define API_SIGN_DTO_H

#include "api.h"

/* A, B or C. */
bool api_check_attest(struct shaken_sv attest, struct api_error *e);

#endif
