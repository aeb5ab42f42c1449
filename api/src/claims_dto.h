/* SPDX-License-Identifier: Apache-2.0 */
/* claims_dto.h - what the types of PASSporT have of their own in a request to
 * sign. */
#ifndef API_CLAIMS_DTO_H
#define API_CLAIMS_DTO_H

#include "json_in.h"

struct api_ppt {
	const char	*name;
	bool		 attested;	/* it has attest and origid */
	const char	*need[3];	/* members that it must have */
	const char	*may[2];	/* others that belong to it */
};

/* The type that is asked for, by the body, by the resource (may be NULL) or by
 * neither.  NULL with *e set. */
const struct api_ppt *api_ppt_asked(struct shaken_sv said, const char *resource,
    struct api_error *e);

/* Whether what the type needs is there; the standard forms need iat as well. */
bool api_ppt_need(const json_t *obj, const struct api_ppt *ppt, bool native,
    struct api_error *e);
/* Whether nothing of another type is there. */
bool api_ppt_only(const json_t *obj, const struct api_ppt *ppt,
    struct api_error *e);

/* out->claims and out->div of a request's members. */
bool api_claims_read(const json_t *obj, const struct api_ppt *ppt, bool native,
    const char *country, struct api_sign *out, struct api_error *e);
/* Of a diversion; opt n 0: none. */
bool api_claims_of_div(const struct shaken_id *div, struct shaken_sv hi,
    struct shaken_sv opt, struct api_sign *out, struct api_error *e);

#endif
