#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check_imports.sh LIBSHAKEN.so - the library cannot reach out: it imports no
# function that opens a file or a connection, reads a clock, the environment or
# a random pool, starts a thread, or ends the process.  So it never fetches what
# a certificate names nor reads the system's certificate store.
set -eu
export LC_ALL=C

imports() {
	nm -D --undefined-only "$1" | awk '{ sub(/@.*/, "", $2); print $2 }'
}
reaching_out='^(open|openat|creat|fopen|fdopen|freopen|read|write|pread|pwrite
    |mmap|socket|connect|send|sendto|recv|recvfrom|getaddrinfo|time|gettimeofday
    |clock_gettime|getenv|secure_getenv|setenv|getrandom|getentropy|random|rand
    |fork|execve|system|popen|pthread_create|thrd_create|exit|_exit|dlopen
    |printf|__printf_chk|puts|fputs|fprintf|__fprintf_chk|fwrite|syslog|perror
    |RAND_.*|BIO_new_file|BIO_new_fp|BIO_s_file|BIO_s_connect|BIO_s_socket
    |OSSL_HTTP_.*|OSSL_STORE_open.*|X509_STORE_set_default_paths.*
    |X509_STORE_load_.*|X509_LOOKUP_.*|X509_load_.*|SSL_.*|json_load_file
    |json_dump_file|json_loadf|json_dumpf)$'
reaching_out=$(printf %s "$reaching_out" | tr -d ' \n')

# nm is a program that does some of this: the list finds it.
imports "$(command -v nm)" | grep -qE "$reaching_out" ||
    { echo "check_imports.sh finds nothing in nm itself" >&2; exit 1; }
imports "$1" | grep -q '^EVP_' ||
    { echo "$1: not the library" >&2; exit 1; }

if imports "$1" | grep -E "$reaching_out"; then
	echo "$1 imports these" >&2
	exit 1
fi
