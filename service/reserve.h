/* SPDX-License-Identifier: Apache-2.0 */
/* reserve.h - memory for jansson when there is none. */
#ifndef SVC_RESERVE_H
#define SVC_RESERVE_H

#include <stdbool.h>

/*
 * Give jansson an allocator that does not fail.  Its lexer (2.14) drops bytes
 * for which there is no memory: when the quote that ends a string is among them,
 * it copies on past the end of its buffers.  So a reserve is given back to the
 * heap when memory runs out, and the process ends when that is not enough.
 *
 * Before any thread is made, and before jansson is used; false: no memory.
 */
bool svc_reserve_start(void);

#endif
