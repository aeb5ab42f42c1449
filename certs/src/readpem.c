/* SPDX-License-Identifier: Apache-2.0 */
/* readpem.c - PEM read without ever asking for a passphrase. */
#include <openssl/pem.h>

#include "readpem.h"

int
certs_no_passphrase(char *buf, int size, int rw, void *arg)
{
	(void)buf; (void)size; (void)rw; (void)arg;
	return -1;
}

EVP_PKEY *
certs_read_key(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = NULL;

	if (bio != NULL)
		key = PEM_read_bio_PrivateKey(bio, NULL, certs_no_passphrase,
		    NULL);
	BIO_free(bio);
	return key;
}

X509 *
certs_read_cert(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *cert = NULL;

	if (bio != NULL)
		cert = PEM_read_bio_X509(bio, NULL, certs_no_passphrase, NULL);
	BIO_free(bio);
	return cert;
}
