/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shaken.h - all of libshaken: PASSporTs built and verified (RFC 8224 to 8226,
 * RFC 8588).
 *
 * The library has no globals, does no I/O, reads no clock and starts no thread.
 * Each header says what is immutable and shared and what belongs to one thread
 * at a time.  In option structs the first member is the struct's size, and zero
 * is the strict choice.
 */
#ifndef SHAKEN_SHAKEN_H
#define SHAKEN_SHAKEN_H

#include <shaken/cert.h>
#include <shaken/chain.h>
#include <shaken/content.h>
#include <shaken/err.h>
#include <shaken/id.h>
#include <shaken/identity.h>
#include <shaken/lint.h>
#include <shaken/passport.h>
#include <shaken/sign.h>
#include <shaken/signer.h>
#include <shaken/sip.h>
#include <shaken/tn.h>
#include <shaken/trust.h>
#include <shaken/verify.h>
#include <shaken/view.h>

SHAKEN_BEGIN_DECLS

/* Version of the library that is running ("0.1.0"); static. */
SHAKEN_API const char *shaken_version(void);

SHAKEN_END_DECLS

#endif
