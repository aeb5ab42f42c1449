#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# report.sh [PNG] - the picture in docs/audit.md: a made-up night of calls of three
# providers and some who are none, through "shaken audit --html", seen by
# Chromium.  The page and its calls stay in build/report/.  SHAKEN_BUILD names a
# build directory to use instead of building.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

png=${1:-docs/audit/report.png}
[ -n "${SHAKEN_BUILD:-}" ] || { build main; SHAKEN_BUILD=build/main; }
shaken=$SHAKEN_BUILD/cli/shaken
dir=build/report
rm -rf "$dir"
mkdir -p "$dir/certs"
for spc in 1234 5678 9012; do
	"$shaken" testpki --spc "$spc" "$dir/$spc" >"$dir/log"
	cp "$dir/$spc/chain.pem" "$dir/certs/$spc.pem"
done

# From eight in the evening until six.
evening=$(date -u -d '20:00 today' +%s)
i=0
while [ "$i" -lt 400 ]; do
	at=$((evening + i * i * 9 / 40))
	spc=1234 attest=A orig=$((12155550100 + i % 100)) late=0 cert=
	[ $((i % 3)) -ne 1 ] || { spc=5678 attest=B; }
	[ $((i % 7)) -ne 2 ] || { spc=9012 attest=C; }
	[ $((i % 41)) -ne 5 ] || late=90
	[ $((i % 53)) -ne 7 ] || cert=gone-
	value=$("$shaken" sign --key "$dir/$spc/key.pem" --iat "$at" --x5u \
	    "https://cr.provider-$spc.example/$cert$spc.pem" --orig "$orig" \
	    --dest 12125550199 --attest "$attest")
	# somebody else's number, and a signature of something else
	[ $((i % 29)) -ne 3 ] || orig=12025550147
	[ $((i % 67)) -ne 9 ] || value=$(printf '%s' "$value" |
	    sed 's/\.\([^.;]\)\([^.;]\)\([^.;]*;\)/.\2\1\3/')
	member="\"identity\":\"$value\","
	[ $((i % 19)) -ne 4 ] || member=
	printf '{%s"orig":"%s","dest":"12125550199","time":%s}\n' "$member" \
	    "$orig" $((at + late))
	i=$((i + 1))
done >"$dir/night.jsonl"

"$shaken" audit --trust "$dir/1234/root.pem" --trust "$dir/5678/root.pem" \
    --trust "$dir/9012/root.pem" --certs "$dir/certs" --summary \
    --html "$dir/report.html" "$dir/night.jsonl" || [ $? -eq 1 ]
mkdir -p "$(dirname "$png")"
chromium --headless --no-sandbox --disable-gpu --hide-scrollbars \
    --user-data-dir="$dir/browser" --window-size=900,1500 \
    --screenshot="$png" "file://$PWD/$dir/report.html" 2>"$dir/log"
say "$png, $(wc -c <"$png") bytes"
