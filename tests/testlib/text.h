/* SPDX-License-Identifier: Apache-2.0 */
/* text.h - characters by their numbers. */
#ifndef TEST_TEXT_H
#define TEST_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Write c in UTF-8, whether there is such a character or not; returns the
 * bytes, at most 4. */
size_t test_put_utf8(uint32_t c, char *p);

#endif
