#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check_exports.sh LIB.so LIB.map INCLUDE_DIR - three lists that must agree:
# what the library exports, what its map names, what its headers declare with
# SHAKEN_API.  And every symbol carries the version of the map's node.
set -eu
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
export LC_ALL=C

nm -D --defined-only --with-symbol-versions "$1" |
    awk '$2 ~ /^[TDBRVW]$/ { print $3 }' | sort >"$t/versioned"
sed 's/@.*//' "$t/versioned" >"$t/so"
sed -n 's/^[[:space:]]*\([a-z0-9_]*\);$/\1/p' "$2" | sort >"$t/map"
cat "$3"/*/*.h | tr '\n\t' '  ' | grep -oE 'SHAKEN_API [^;{(]*\(' |
    grep -oE '[a-z0-9_]+\($' | tr -d '(' | grep -v '^__attribute__$' |
    sort >"$t/headers"

node=$(sed -n 's/^\([A-Z0-9_.]*\) {$/\1/p' "$2")
sed "s/\$/@@$node/" "$t/so" >"$t/expected"

[ -s "$t/so" ]
diff -u "$t/map" "$t/so"
diff -u "$t/map" "$t/headers"
diff -u "$t/expected" "$t/versioned"
echo "$(wc -l <"$t/so") symbols of $node"
