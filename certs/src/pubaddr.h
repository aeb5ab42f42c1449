/* SPDX-License-Identifier: Apache-2.0 */
/* pubaddr.h - which addresses a stranger's URL may make us connect to. */
#ifndef CERTS_PUBADDR_H
#define CERTS_PUBADDR_H

#include <stdbool.h>
#include <sys/socket.h>

/* Whether sa is an IPv4 or IPv6 address of the public internet. */
bool certs_addr_is_public(const struct sockaddr *sa, socklen_t len);

#endif
