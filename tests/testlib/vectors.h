/* SPDX-License-Identifier: Apache-2.0 */
/* vectors.h - published keys and tokens; sources in tests/vectors/README.md. */
#ifndef TEST_VECTORS_H
#define TEST_VECTORS_H

#include <stddef.h>

/* RFC 8946 Appendix A: private and public key. */
extern const char test_rfc8946_key[], test_rfc8946_pub[];

/* RFC 8225 Appendix A.2: the public key; its private half as printed in
 * draft-ietf-stir-passport-08; and A.1, which pairs with neither. */
extern const char test_rfc8225_pub[], test_rfc8225_draft_key[],
    test_rfc8225_a1_key[];

/* G1 to G6: tokens printed in the RFCs. */
extern const char test_g1[], test_g2[], test_g3[], test_g4[], test_g5[],
    test_g6[];

/* D1 to D6: header and payload in canonical form, and the token that RFC 6979
 * gives with the key of RFC 8946. */
struct test_golden {
	const char	*name, *header, *payload, *token;
};
extern const struct test_golden test_golden[];
extern const size_t test_golden_n;

/* A file of tests/vectors as text; new, for free(); aborts on failure. */
char *test_read_file(const char *path);

#endif
