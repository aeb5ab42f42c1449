#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# bench.sh SHAKEN SHAKEND BENCH - the programs of bench/, in the directory BENCH,
# measure what they say: calls with many certificates verify, a rate is kept, a
# wrong answer is an error, what is idle stays connected.
set -eu
shaken=$1
shakend=$2
bench=$3

t=$(mktemp -d)
pid=
stop() {
	[ -z "$pid" ] || kill "$pid" 2>/dev/null || :
	wait
	rm -rf "$t"
}
trap stop EXIT
trap 'exit 1' INT TERM
fail() {
	echo "bench.sh: $*" >&2
	exit 1
}

"$shaken" testpki "$t/pki" >/dev/null
mkdir "$t/store" "$t/keys"
"$bench/bench_fill" --store "$t/store" --keys "$t/keys" --values 2 --rcd 20 \
    --ahead 60 "$t/pki" 3 >"$t/calls"
[ "$(wc -l <"$t/calls")" -eq 3 ] || fail "not one call for each certificate"
for i in 0 1 2; do
	[ "$(openssl x509 -in "$t/keys/chain$i.pem" -noout -pubkey)" = \
	    "$(openssl pkey -in "$t/keys/key$i.pem" -pubout)" ] ||
	    fail "key $i is not that of its certificate"
done

cat >"$t/conf" <<EOF
[http]
listen = 127.0.0.1:0
threads = 1
[trust]
anchors = $t/pki/root.pem
crls = $t/pki/crl.pem
[verify]
freshness = 300
[fetch]
store = $t/store
EOF
"$shakend" --config "$t/conf" 2>"$t/log" &
pid=$!
port=
tries=0
while [ -z "$port" ]; do
	if [ $((tries += 1)) -gt 200 ] || ! kill -0 "$pid"; then
		fail "shakend does not start: $(cat "$t/log")"
	fi
	sleep 0.1
	port=$(sed -n '/"event":"listen"/s/.*:\([0-9]*\)".*/\1/p' "$t/log")
done

run() {
	"$bench/bench_http" --pid "$pid" "$@" "$port" /v1/verify "$t/calls" \
	    >"$t/out"
}
value() {
	tr ' ' '\n' <"$t/out" | sed -n "s/^$1=//p"
}
good="--expect TN-Validation-Passed"

# shellcheck disable=SC2086 # two words
run $good --requests 30 --active 3 --idle 20 || fail "$(cat "$t/out")"
[ "$(value requests)" -eq 30 ] || fail "30 were to be made: $(cat "$t/out")"
[ "$(value errors)" -eq 0 ] || fail "errors: $(cat "$t/out")"
[ "$(value rss_kib)" -gt 1000 ] || fail "no memory: $(cat "$t/out")"
[ "$(value p50_us)" -le "$(value p99_us)" ] || fail "$(cat "$t/out")"
[ "$(grep -c '"event":"verify"' "$t/log")" -eq 50 ] ||
    fail "the service knows of others"

# shellcheck disable=SC2086 # two words
run $good --rate 50 --seconds 2 || fail "$(cat "$t/out")"
n=$(value requests)
if [ "$n" -lt 95 ] || [ "$n" -gt 101 ]; then
	fail "not 50 a second: $(cat "$t/out")"
fi

! run --expect no-such-thing --requests 5 || fail "a wrong answer is none"
[ "$(value errors)" -eq 5 ] || fail "errors: $(cat "$t/out")"
