#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# keyd.sh [--quick] BUILD - what the key process ([keyd] enable) costs.
#
# Three daemons of the same build: with the key in memory, and with a key process
# of one and of two threads.  wrk asks each for signatures over 16 connections,
# in slices that alternate, so that all see the same machine.  Figures are
# medians over the rounds; of ratios, the median of each round's.
#
#	rate	signatures a second
#	ratio	to that of the key in memory
#	cpu	microseconds of processor a signature, of both processes
#	batch	signatures in one message to the key process
set -eu
rounds=9
seconds=2
if [ "${1:-}" = --quick ]; then
	rounds=3
	seconds=1
	shift
fi
[ $# -eq 1 ] || { echo "usage: bench/keyd.sh [--quick] BUILD" >&2; exit 2; }
command -v wrk >/dev/null || { echo "wrk is missing" >&2; exit 2; }
build=$1
t=$(mktemp -d)
pids=
# shellcheck disable=SC2086 # pids are words
trap 'kill $pids 2>/dev/null || true; wait; rm -rf "$t"' EXIT
trap 'exit 1' INT TERM

"$build/cli/shaken" testpki "$t/pki" >/dev/null
cat >"$t/post.lua" <<-'LUA'
	wrk.method = "POST"
	wrk.headers["Content-Type"] = "application/json"
	wrk.body = '{"orig":"12155551212","dest":"12355551212","attest":"A"}'
	done = function(s)
		local e = s.errors
		io.write(string.format("RATE %d %f %d\n", s.requests,
		    s.requests * 1e6 / s.duration, e.status + e.connect +
		    e.read + e.write + e.timeout))
	end
LUA

# start NAME LINE...: a daemon with these lines under [keyd].
start() {
	name=$1
	shift
	{
		printf '[http]\nlisten = 127.0.0.1:0\nqueue_ms = 0\n[keyd]\n'
		printf '%s\n' "$@"
		printf '[key a]\nprivate_key = %s/pki/key.pem\n' "$t"
		printf 'certificate = %s/pki/chain.pem\ncheck_x5u = no\n' "$t"
		printf 'x5u = https://cert.example.org/1234.pem\n'
		printf '[log]\nlevel = info\nformat = json\n'
	} >"$t/$name.conf"
	"$build/service/shakend" --config "$t/$name.conf" 2>"$t/$name.log" &
	echo $! >"$t/$name.pid"
	pids="$pids $!"
	for _ in $(seq 100); do
		grep -q '"listen"' "$t/$name.log" && break
		sleep 0.1
	done
	sed -n 's|.*http://\([0-9.:]*\).*|\1|p' "$t/$name.log" |
	    head -n 1 >"$t/$name.at"
	[ -s "$t/$name.at" ] || { cat "$t/$name.log" >&2; exit 1; }
}

# Clock ticks that a daemon and its key process have taken.
ticks() {
	pid=$(cat "$t/$1.pid")
	for p in $pid $(cat "/proc/$pid/task"/*/children); do
		cat "/proc/$p/stat"
	done | sed 's/.*) //' | awk '{ n += $12 + $13 } END { print n }'
}

# slice NAME: one line "rate cpu" to NAME.out.
slice() {
	before=$(ticks "$1")
	wrk -t1 -c16 -d"${seconds}s" -s "$t/post.lua" \
	    "http://$(cat "$t/$1.at")/v1/sign" >"$t/wrk"
	after=$(ticks "$1")
	awk -v ticks=$((after - before)) -v hz="$(getconf CLK_TCK)" '
	    $1 == "RATE" && $4 == 0 {
		printf "%.0f %.2f\n", $3, ticks * 1e6 / hz / $2
		good = 1
	    }
	    END { exit !good }' "$t/wrk" >>"$t/$1.out" || {
		echo "$1: requests failed" >&2
		cat "$t/wrk" >&2
		exit 1
	}
}

median() {
	sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# The metrics of the key process since it was started.
batch() {
	curl -s "http://$(cat "$t/$1.at")/metrics" | awk '
	    $1 == "shakend_keyd_messages" { m = $2 }
	    $1 == "shakend_keyd_signatures" { s = $2 }
	    END { if (m > 0) printf "%.2f", s / m; else printf "-" }'
}

names="memory keyd-1 keyd-2"
start memory 'enable = no'
start keyd-1 'enable = yes' 'threads = 1'
start keyd-2 'enable = yes' 'threads = 2'
for _ in $(seq "$rounds"); do
	for name in $names; do
		slice "$name"
	done
done
printf '%-8s %8s %6s %6s %6s\n' '' rate ratio cpu batch
for name in $names; do
	printf '%-8s %8.0f %6.2f %6.1f %6s\n' "$name" \
	    "$(cut -d' ' -f1 "$t/$name.out" | median)" \
	    "$(paste -d' ' "$t/$name.out" "$t/memory.out" |
		awk '{ print $1 / $3 }' | median)" \
	    "$(cut -d' ' -f2 "$t/$name.out" | median)" "$(batch "$name")"
done
