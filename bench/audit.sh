#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# audit.sh BUILD [CALLS [TOKENS]] - what shaken audit does in a second: CALLS
# lines of JSON (a million) made of TOKENS signed values (100), beside what one
# core verifies (bench_core), with time and memory.
set -eu
build=$1
calls=${2:-1000000}
tokens=${3:-100}
shaken=$build/cli/shaken
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT

"$shaken" testpki "$t/pki" >"$t/log"
mkdir "$t/certs"
cp "$t/pki/chain.pem" "$t/certs/chain.pem"
now=$(date +%s)
i=0
while [ "$i" -lt "$tokens" ]; do
	value=$("$shaken" sign --key "$t/pki/key.pem" \
	    --x5u https://cert.example.org/chain.pem --orig 12155550112 \
	    --dest 12155550113 --attest A --iat "$now")
	printf '{"identity":"%s","orig":"12155550112","dest":"12155550113","time":%s}\n' \
	    "$value" "$now"
	i=$((i + 1))
done >"$t/some"
n=0
while [ "$n" -lt "$calls" ]; do
	cat "$t/some"
	n=$((n + tokens))
done >"$t/calls"

"$build/bench/bench_core" --rounds 11 >"$t/core"
grep -E 'verify, (known chain|table)' "$t/core"
begin=$(date +%s%N)
/usr/bin/env time -o "$t/time" -f '%U %S %M' "$shaken" audit \
    --trust "$t/pki/root.pem" --certs "$t/certs" --json "$t/calls" >"$t/out"
end=$(date +%s%N)
tail -n 1 "$t/out" | cut -c 1-80
# One core's rates of bench_core, and of the audit: by the clock, and by what it
# had of the processors when others have the rest.
awk -v n="$n" -v ns="$((end - begin))" -v cores="$(nproc)" '
FILENAME ~ /core$/ && /verify, known chain/ { plain = $4 }
FILENAME ~ /core$/ && /verify, table/ { table = $3 }
FILENAME ~ /time$/ { cpu = $1 + $2; kib = $3 }
END {
	wall = n * 1e9 / ns
	printf "%d calls, %d cores, %.1f MiB: %d a second", n, cores,
	    kib / 1024, wall
	printf ", %d for each second of a processor\n", n / cpu
	printf "of the cores times the rate without a table: %.2f", \
	    wall / cores / plain
	printf ", with: %.2f; by processor time: %.2f, %.2f\n", \
	    wall / cores / table, n / cpu / plain, n / cpu / table
}' "$t/core" "$t/time"
