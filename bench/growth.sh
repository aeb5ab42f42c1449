#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# growth.sh [--quick|--targets] - what a request costs as things become more:
# connections, keys, certificates in use, Identity values, rcd, threads.
#
#	--quick		short, and not to the end of each curve
#	--targets	only what the table of targets has of it
#	--curve NAME	only connections, keys, certs, values, rcd or threads
#
# Tables go to build/bench-results/NAME.tsv and curves beside them as PNG;
# targets to growth-targets.tsv.  SHAKEN_BUILD names a build directory to use
# instead of building.
# shellcheck disable=SC2086 # numbers are words
set -eu
cd "$(dirname "$0")/.."
. bench/lib.sh

seconds=4
rounds=5
connections="1 10 100 1000 10000"
keys="1 10 100 1000"
certs="10 1000 10000 100000"
values="1 2 4 8"
rcd="1 500 1000 2000 4000"
only=
case ${1:-} in
'')		;;
--quick)	seconds=1 rounds=3 connections="1 100 10000" keys="1 100"
		certs="10 1000" values="1 8" rcd="1 4000" ;;
--targets)	only=targets ;;
--curve)	only=${2:?which curve} ;;
*)		die "usage: growth.sh [--quick|--targets|--curve NAME]" ;;
esac
bench_setup
verified="--expect TN-Validation-Passed"
cache="cache_entries = 200000"
bytes="cache_bytes = 4294967296"

# fill N FILE [OPTION...]: N calls, and their chains in a new store beside it.
fill() {
	count=$1
	calls=$2
	shift 2
	mkdir "$calls.store"
	"$bin/bench/bench_fill" --store "$calls.store" "$@" "$t/pki" "$count" \
	    >"$calls"
}

# begin NAME [LINE]: shakend with the store of the calls of this name, LINE in its
# [fetch], and every chain of it used once.
begin() {
	start "$1.run" '[fetch]' "store = $t/$1.store" "$cache" "$bytes" \
	    ${2:+"$2"}
	load --requests "$(wc -l <"$t/$1")" --seconds 300 $verified "$port" \
	    /v1/verify "$t/$1" >/dev/null
}

# measure [OPTION...] CALLS: the line of one slice.
measure() {
	load --seconds "$seconds" --pid "$pid" $verified "$@"
}

# put FILE X LINE: a row of a table; x, requests/s, CPU us, p50, p99, MiB.
put() {
	printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$2" "$(field per_s "$3")" \
	    "$(field cpu_us "$3")" "$(field p50_us "$3")" \
	    "$(field p99_us "$3")" \
	    "$(calc %.1f "$(field rss_kib "$3") / 1024")" >>"$results/$1.tsv"
	printf '%-12s %8s  %s\n' "$1" "$2" "$3"
}

# curve NAME XLABEL COLUMN YLABEL [log]: a PNG of a table's column.
curve() {
	gnuplot <<EOF
set terminal png size 640,360 noenhanced font ",11"
set output "$results/$1-$3.png"
set xlabel "$2"
set ylabel "$4"
set yrange [0:*]
set grid
${5:+set logscale x}
plot "$results/$1.tsv" using 1:$3 with linespoints pt 7 lw 2 notitle
EOF
}

# -- targets ------------------------------------------------------------

idle_target() {
	say "10,000 idle connections"
	start idle
	line=$(load --idle 10000 --active 1 --seconds 1 --pid "$pid" "$port" \
	    /v1/sign "$t/sign.json")
	end "$pid"
	mib=$(calc %.1f "$(field rss_kib "$line") / 1024")
	row "memory with 10,000 idle connections, MiB" '<200' "$mib" \
	    "$mib MiB" "-" >>"$results/growth-targets.tsv"
}

# certs_row LABEL TARGET [LINE]: calls of 10,000 certificates beside those of 10.
certs_row() {
	begin few ${3:+"$3"}
	few=$pid few_port=$port
	begin many ${3:+"$3"}
	many=$pid many_port=$port
	rm -f "$t/few.lines" "$t/many.lines"
	i=0
	while [ $((i += 1)) -le "$rounds" ]; do
		pid=$few
		measure "$few_port" /v1/verify "$t/few" >>"$t/few.lines"
		pid=$many
		measure "$many_port" /v1/verify "$t/many" >>"$t/many.lines"
	done
	end "$few"
	end "$many"
	for side in few many; do
		while read -r line; do
			field per_s "$line"
		done <"$t/$side.lines" >"$t/$side.rates"
	done
	row "verify, 10,000 certificates in use / 10$1" "$2" "$(calc %.2f \
	    "$(paste "$t/many.rates" "$t/few.rates" |
	    awk '{ print $1 / $2 }' | median)")" \
	    "$(median <"$t/many.rates")/s" "$(median <"$t/few.rates")/s" \
	    >>"$results/growth-targets.tsv"
}

# Like for like; and with tables, which 256 of them have at a time.
certs_target() {
	say "10,000 certificates in use against 10"
	fill 10000 "$t/many" --ahead 280
	fill 10 "$t/few" --ahead 280
	certs_row ", no tables" '>0.9' 'tables = 0'
	certs_row ", 256 tables" -
}

# -- curves -------------------------------------------------------------

grow_connections() {
	for state in idle active; do
		: >"$results/connections-$state.tsv"
		for n in $connections; do
			start connections
			case $state in
			idle)	set -- --active 8 --idle "$n" ;;
			active)	set -- --active "$n" ;;
			esac
			put "connections-$state" "$n" "$(load --seconds \
			    "$seconds" --pid "$pid" "$@" "$port" /v1/sign \
			    "$t/sign.json")"
			end "$pid"
		done
	done
	curve connections-idle "idle connections" 6 "memory, MiB" log
	curve connections-active "active connections" 2 "signed/s" log
}

grow_keys() {
	mkdir "$t/keys"
	last=${keys##* }
	"$bin/bench/bench_fill" --keys "$t/keys" "$t/pki" "$last" >/dev/null
	: >"$results/keys.tsv"
	for n in $keys; do
		i=0
		: >"$t/keys.conf.in"
		: >"$t/keys.json"
		names=
		while [ $i -lt "$n" ]; do
			printf '[key k%d]\nprivate_key = %s\ncertificate = %s
x5u = %s\ncheck_x5u = no\n' $i "$t/keys/key$i.pem" "$t/keys/chain$i.pem" \
			    "https://cert.example.org/$i.pem" >>"$t/keys.conf.in"
			printf '{"orig":"%s","dest":"%s","attest":"A","key":"k%d"}
' $orig $dest $i >>"$t/keys.json"
			names="$names
keys = k$i"
			i=$((i + 1))
		done
		start keys "$(cat "$t/keys.conf.in")" "[tenant all]" \
		    "anonymous = yes" "$names"
		put keys "$n" "$(load --seconds "$seconds" --pid "$pid" \
		    "$port" /v1/sign "$t/keys.json")"
		end "$pid"
	done
	curve keys "keys" 2 "signed/s" log
}

grow_certs() {
	: >"$results/certificates.tsv"
	for n in $certs; do
		fill "$n" "$t/certs" --ahead 280
		begin certs
		put certificates "$n" "$(measure "$port" /v1/verify "$t/certs")"
		end "$pid"
		rm -rf "$t/certs.store" "$t/certs"
	done
	curve certificates "certificates in use" 2 "verified/s" log
	curve certificates "certificates in use" 6 "memory, MiB" log
}

# grow_calls NAME XLABEL OPTION N...: calls of another shape.
grow_calls() {
	name=$1
	label=$2
	option=$3
	shift 3
	: >"$results/$name.tsv"
	for n; do
		fill 10 "$t/$name" "$option" "$n"
		begin "$name"
		put "$name" "$n" "$(measure "$port" /v1/verify "$t/$name")"
		end "$pid"
		rm -rf "${t:?}/$name.store" "${t:?}/$name"
	done
	curve "$name" "$label" 3 "CPU time of a verification, us"
}

grow_threads() {
	: >"$results/threads.tsv"
	fill 10 "$t/threads" --ahead 200
	for n in 1 2; do
		threads=$n
		begin threads
		put threads "$n" "$(measure "$port" /v1/verify "$t/threads")"
		end "$pid"
	done
	threads=0
}

printf '{"orig":"%s","dest":"%s","attest":"A"}\n' "$orig" "$dest" \
    >"$t/sign.json"
if [ -z "$only" ] || [ "$only" = targets ]; then
	: >"$results/growth-targets.tsv"
	idle_target
	certs_target
	show "$results/growth-targets.tsv"
fi
[ "$only" != targets ] || exit 0
say "curves"
for curve in ${only:-connections keys certs values rcd threads}; do
	case $curve in
	connections)	grow_connections ;;
	keys)		grow_keys ;;
	certs)		grow_certs ;;
	values)		grow_calls values "Identity values" --values $values ;;
	rcd)		grow_calls rcd "bytes of the name in rcd" --rcd $rcd ;;
	threads)	grow_threads ;;
	*)		die "no curve $curve" ;;
	esac
done
