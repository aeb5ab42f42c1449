# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# lib.sh - what the benchmark scripts share; sourced, with the working directory
# at the top of the tree.
. scripts/lib.sh

# shellcheck disable=SC2034 # for those who source this
{
results=build/bench-results
x5u=https://cert.example.org/1234.pem
orig=12155550121
dest=12155550131
origid=de305d54-75b4-431b-adb2-eb6b9e546014
}
pids=

bench_stop() {
	for p in $pids; do
		kill "$p" 2>/dev/null || :
	done
	wait
	rm -rf "$t"
}

# What is needed: packages, a Release build in $bin, a directory $t, a PKI.
# SHAKEN_BUILD names a build directory to use instead of building.
bench_setup() {
	if [ -n "${SHAKEN_BUILD:-}" ]; then
		bin=$SHAKEN_BUILD
	else
		scripts/deps.sh bench
		say "building, with what the compiler says in build/bench.log"
		build bench -DCMAKE_BUILD_TYPE=Release -DSHAKEN_TESTS=OFF
		bin=build/bench
	fi
	mkdir -p "$results"
	t=$(mktemp -d build/bench.XXXXXX)
	trap bench_stop EXIT
	trap 'exit 1' INT TERM
	"$bin/cli/shaken" testpki "$t/pki" >/dev/null
}

# field NAME LINE: the value of NAME in a line of NAME=VALUE.
field() {
	printf '%s\n' "$2" | tr ' ' '\n' | sed -n "s/^$1=//p"
}

# The median of the numbers that come in, one a line.
median() {
	sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# calc FORMAT EXPRESSION: both of awk.
calc() {
	awk "BEGIN { printf \"$1\", $2 }"
}

# row NAME TARGET FIGURE OURS THEIRS: one line of the table of targets.  TARGET
# is a number with ">" or "<" in front, FIGURE one with a unit behind or without.
row() {
	met=$(awk -v want="$2" -v is="$3" 'BEGIN {
	    if (want == "-") { print "-"; exit }
	    limit = substr(want, 2) + 0
	    print ((want ~ /^>/ ? is + 0 >= limit : is + 0 < limit) ? \
		"yes" : "no") }')
	printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "$5" "$met"
}

# show FILE: rows, in columns.
show() {
	awk -F '\t' 'BEGIN { f = "%-50s %-9s %-10s %-22s %-24s %s\n"
	    printf f, "", "target", "figure", "ours", "against", "met" }
	    { printf f, $1, $2, $3, $4, $5, $6 }' "$1"
}

# start NAME [LINE...]: shakend with LINEs at the end of its configuration; sets
# $pid and $port.  Its log goes to a file, as a service's does.  Nobody is turned
# away: how long a queue gets is what some of this measures.
start() {
	base=$t/$1
	shift
	cat >"$base.conf" <<EOF
[http]
listen = 127.0.0.1:0
threads = ${threads:-0}
queue_ms = 0
[key main]
private_key = $t/pki/key.pem
certificate = $t/pki/chain.pem
x5u = $x5u
check_x5u = no
[trust]
anchors = $t/pki/root.pem
crls = $t/pki/crl.pem
[verify]
freshness = 300
EOF
	[ $# -eq 0 ] || printf '%s\n' "$@" >>"$base.conf"
	: >"$base.log"
	"$bin/service/shakend" --config "$base.conf" 2>"$base.log" &
	pid=$!
	pids="$pids $pid"
	port=
	tries=0
	while [ -z "$port" ]; do
		if [ $((tries += 1)) -gt 600 ] || ! kill -0 "$pid" 2>/dev/null; then
			cat "$base.log" >&2
			die "shakend does not start"
		fi
		sleep 0.1
		port=$(sed -n '/"event":"listen"/s/.*:\([0-9]*\)".*/\1/p' \
		    "$base.log")
	done
}

# end PID: one of those that were started.
end() {
	kill "$1"
	wait "$1" || :
}

# post PORT PATH FILE: one answer.
post() {
	curl -sS -m 10 -H 'Content-Type: application/json' --data-binary \
	    "@$3" "http://127.0.0.1:$1$2"
}

# load ...: bench_http, whose failure is ours.
load() {
	"$bin/bench/bench_http" "$@" || die "bench_http $*"
}
