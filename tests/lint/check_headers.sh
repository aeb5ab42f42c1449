#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check_headers.sh CC CXX INCLUDE_DIR... - each public header stands alone, as
# the first line of a program in C11 or C++17 that has no other include path.
set -eu
cc=$1
cxx=$2
shift 2

paths=
for dir in "$@"; do
	paths="$paths -I$dir"
done

# alone COMPILER: does stdin compile?  Twice included, so that guards are seen.
# shellcheck disable=SC2086 # flags are words
alone() {
	"$@" -Wall -Wextra -Wundef -pedantic-errors -Werror -fsyntax-only \
	    $paths -
}
both() {
	printf '#include <%s>\n#include <%s>\nextern int unit;\n' "$1" "$1" \
	    >"$t/use.c"
	alone "$cc" -std=c11 -Wstrict-prototypes -x c <"$t/use.c" &&
	    alone "$cxx" -std=c++17 -x c++ <"$t/use.c"
}

t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
printf '#pragma once\nextern size_t shaken_x;\n' >"$t/planted.h"
paths="$paths -I$t"
if both planted.h 2>/dev/null; then
	echo "check_headers.sh does not find a header that lacks an include" >&2
	exit 1
fi

n=0
for dir in "$@"; do
	for h in "$dir"/*/*.h; do
		both "${h#"$dir"/}" ||
		    { echo "$h does not stand alone" >&2; exit 1; }
		n=$((n + 1))
	done
done
echo "$n headers"
[ $n -gt 0 ]
