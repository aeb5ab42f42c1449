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

"$build/bench/bench_core" --rounds 11 | grep 'known chain'
begin=$(date +%s%N)
/usr/bin/env time -f '%U s user, %S s system, %M KiB' "$shaken" audit \
    --trust "$t/pki/root.pem" --certs "$t/certs" --json "$t/calls" >"$t/out"
end=$(date +%s%N)
tail -n 1 "$t/out" | cut -c 1-80
echo "$n calls, $(nproc) cores: $((n * 1000000000 / (end - begin))) calls a second"
