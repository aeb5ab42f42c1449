/* SPDX-License-Identifier: Apache-2.0 */
/* readpem.h - PEM read without ever asking for a passphrase. */
#ifndef CERTS_READPEM_H
#define CERTS_READPEM_H

#include <openssl/evp.h>
#include <openssl/x509.h>

/* For PEM_read_bio_*(): OpenSSL's default asks on the terminal. */
int certs_no_passphrase(char *buf, int size, int rw, void *arg);

/* The first of a text; NULL: there is none.  Owned by the caller. */
EVP_PKEY *certs_read_key(const char *pem);
X509 *certs_read_cert(const char *pem);

#endif
