#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check_includes.sh [TOP] - who may include whom (docs/architecture.md).  First
# it plants wrong includes and shows that it finds them.
set -eu
top=$(cd "${1:-$(dirname "$0")/../..}" && pwd)

# By folder, which <...> may stand there besides libc's.  A public header needs
# nothing but public ones.  Own headers, in "...", must be of the same folder.
outside() {
	case $1 in
	libshaken/include/*)	echo '^shaken/' ;;
	libshaken/src/*)	echo '^(shaken|openssl)/|^jansson\.h$' ;;
	certs/include/*)	echo '^(shaken|shakencerts)/' ;;
	certs/src/*)		echo '^(shaken|shakencerts|openssl|curl)/'
				echo '^(jansson|jwt|uthash|utlist)\.h$' ;;
	cli/audit/capture.c)	echo '^shaken/|^pcap/pcap\.h$' ;;
	cli/audit/reader.c)	echo '^shaken/|^zlib\.h$' ;;
	cli/audit/*)		echo '^(shaken|shakencerts)/'
				echo '^openssl/(rand|crypto|evp)\.h$'
				echo '^(jansson|uthash|utlist)\.h$' ;;
	cli/*)			echo '^(shaken|shakencerts)/'
				echo '^openssl/(rand|crypto)\.h$|^jansson\.h$' ;;
	api/*)			echo '^shaken/|^(api|jansson)\.h$' ;;
	service/policy.*|service/route.*)
				echo '^shaken/|^api\.h$' ;;
	service/http*)		echo '^(shaken|gnutls)/|^microhttpd\.h$' ;;
	service/keyd_jail.*)	echo '^openssl/|^seccomp\.h$' ;;
	service/*)		echo '^(shaken|shakencerts|openssl|gnutls)/'
				echo '^(api|ini|jansson|jwt|microhttpd)\.h$' ;;
	bench/*)		echo '^(shaken|shakencerts|openssl)/' ;;
	contrib/*)		echo '^(shaken|shakencerts)/' ;;
	*)			echo '^$' ;; # nothing
	esac
}

# In libshaken/src a module includes modules of its own layer and below.
layer() {
	case $1 in
	sv|lex|diag|buf|date|err|ossl|utf8)		echo 1 ;;
	b64url|json|scan|tn|uri|id|identity|sip|jws)	echo 2 ;;
	es256|p256_*|pem|tnauthlist|constraints|x509|crl|cert|digest)
							echo 3 ;;
	trust|chain|passport|passport_lint|ppt|ppt_*|lint|lint_*|mky|rcd|content|token_id)
							echo 4 ;;
	signer|sign|verify|verdict|checks|call)			echo 5 ;;
	*)						echo 0 ;; # nobody said
	esac
}

libc='^(arpa|net|netinet|sys)/|^(assert|dirent|endian|err|errno|fcntl|fnmatch
    |ftw|getopt|glob|ifaddrs|inttypes|limits|math|netdb|poll|pthread|pwd|sched
    |semaphore|signal|spawn|stdalign|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|string
    |strings|termios|threads|time|unistd)\.h$'
libc=$(printf %s "$libc" | tr -d ' \n')

# check FILE: complain about the includes of one file.
check() {
	own=6 # outside of libshaken there are no layers
	case $1 in
	libshaken/src/*)
		own=$(basename "$1")
		own=$(layer "${own%.[ch]}")
		[ "$own" -gt 0 ] || echo "$1: in which layer is it?"
		;;
	esac
	sed -n 's/^ *# *include *\([<"][^>"]*\)[>"].*/\1/p' "$1" | while read -r inc; do
		name=${inc#?}
		case $inc in
		'<'*)
			printf '%s\n' "$libc" "$(outside "$1")" >"$t/may"
			echo "$name" | grep -qE -f "$t/may" ||
			    echo "$1: <$name>"
			;;
		'"'*)
			case $1:$name in
			*/include/*)	echo "$1: \"$name\" is private" ;;
			*:*/*)		echo "$1: \"$name\" is elsewhere" ;;
			esac
			[ "$(layer "${name%.h}")" -le "$own" ] ||
			    echo "$1: \"$name\" is of a higher layer"
			;;
		esac
	done
}

# check_tree: all of the working directory; fails when there is something to
# complain about.
check_tree() {
	found=$(find libshaken certs api service cli bench contrib -name '*.[ch]' 2>/dev/null |
	    sort | while read -r f; do check "$f"; done)
	[ -z "$found" ] || { echo "$found"; return 1; }
}

t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
# planted FILE INCLUDE: a tree whose only fault is this include is refused.
planted() {
	rm -rf "$t/tree"
	mkdir -p "$t/tree/$(dirname "$1")"
	printf '#include <stdio.h>\n#include %s\n' "$2" >"$t/tree/$1"
	(cd "$t/tree" && check_tree >/dev/null) || return 0
	echo "check_includes.sh does not find $2 in $1" >&2
	exit 1
}
planted libshaken/src/tn.c '"verdict.h"'
planted libshaken/src/tn.c '<curl/curl.h>'
planted libshaken/include/shaken/tn.h '<openssl/evp.h>'
planted libshaken/include/shaken/tn.h '"sv.h"'
planted certs/src/fetch.c '"../../libshaken/src/sv.h"'
planted cli/shaken.c '<openssl/x509.h>'
planted cli/audit/packet.c '<pcap/pcap.h>'
planted cli/audit/source.c '<zlib.h>'
planted service/policy.c '<openssl/evp.h>'
planted service/http.c '<jansson.h>'
planted bench/bench.c '<jansson.h>'
planted libshaken/src/unheard_of.c '<stdlib.h>'
planted libshaken/src/verify.c '<jwt.h>'
printf '#include <openssl/evp.h>\n#include "sv.h"\n' \
    >"$t/tree/libshaken/src/verify.c"
(cd "$t/tree" && check_tree) ||
    { echo "check_includes.sh refuses what is right" >&2; exit 1; }

cd "$top"
check_tree >&2
