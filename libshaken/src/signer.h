/* SPDX-License-Identifier: Apache-2.0 */
/* signer.h - a signer, as sign.c sees it. */
#ifndef SHK_SIGNER_H
#define SHK_SIGNER_H

#include <shaken/signer.h>

#include "constraints.h"
#include "ppt.h"

/* What is the same in every value of one signer and one type. */
struct shk_frame {
	struct shaken_sv	head;	/* base64url of the JOSE header, and "." */
	struct shaken_sv	tail;	/* ";info=<...>;alg=ES256;ppt=..." */
};

struct shaken_signer {
	struct shaken_signer_ops ops;
	void			*ctx;	/* owned, through ops.free */
	char			*text;	/* owned; the views below are in it */
	struct shaken_sv	 x5u;
	struct shk_frame	 frame[SHK_PPTS];
	struct shaken_cert	*cert;	/* owned; NULL: not known */
	struct shk_constraints	*constraints; /* of cert; owned; NULL: none */
};

#endif
