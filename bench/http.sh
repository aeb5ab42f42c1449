#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# http.sh [--quick] - shakend beside secsipidx, the program behind Kamailio's
# module of that name: calls signed, and calls verified with the chain, over
# keep-alive connections, both in slices that alternate.  Then the time of an
# answer at half of the highest rate.
#
# What is compared: POST /v1/sign and /v1/verify with JSON, against POST
# /v1/sign-csv and /v1/check of "secsipidx -http-srv", which reads the leaf from
# a file and checks its dates, its intermediate and its root (-cert-verify 13);
# shakend does that as well, and revocation, scope, dest and iat besides.  Both
# log every request to a file.
#
# Rows go to build/bench-results/http.tsv.  SHAKEN_BUILD names a build directory
# to use instead of building.
set -eu
cd "$(dirname "$0")/.."
. bench/lib.sh

rounds=7
seconds=4
paced=2
case ${1:-} in
'')		;;
--quick)	rounds=3 seconds=2 paced=1 ;;
*)		die "usage: http.sh [--quick]" ;;
esac
bench_setup
connections=16

awk -v to="$t/leaf" '/BEGIN/ { n++ } { print > (to n ".pem") }' \
    "$t/pki/chain.pem"
mkdir "$t/store" "$t/import"
cp "$t/pki/chain.pem" "$t/import/"
echo "$x5u chain.pem" >"$t/import/urls"
"$bin/cli/shaken" cache import --store "$t/store" \
    --trust "$t/pki/root.pem" "$t/import" >/dev/null

start shakend '[fetch]' "store = $t/store"
ours=$pid
ours_port=$port

# The first port that is free, below those the kernel gives out.
theirs_port=
for p in 18090 18091 18092 18093 18094; do
	secsipidx -http-srv "127.0.0.1:$p" -k "$t/pki/key.pem" \
	    -fpubkey "$t/leaf1.pem" -expire 300 -cert-verify 13 \
	    -ca-file "$t/pki/root.pem" -ca-inter "$t/leaf2.pem" \
	    >"$t/secsipidx.log" 2>&1 &
	theirs=$!
	sleep 1
	if kill -0 "$theirs" 2>/dev/null; then
		pids="$pids $theirs"
		theirs_port=$p
		break
	fi
done
[ -n "$theirs_port" ] || { cat "$t/secsipidx.log" >&2; die "no secsipidx"; }

printf '{"orig":"%s","dest":"%s","attest":"A","origid":"%s"}\n' \
    "$orig" "$dest" "$origid" >"$t/sign.json"
printf '%s,%s,A,%s,%s' "$orig" "$dest" "$origid" "$x5u" >"$t/sign.csv"

# A call that both are to verify; made anew before it is too old.
make_call() {
	post "$theirs_port" /v1/sign-csv "$t/sign.csv" >"$t/identity"
	printf '{"identity":"%s","orig":"%s","dest":"%s"}\n' \
	    "$(cat "$t/identity")" "$orig" "$dest" >"$t/verify.json"
	for answer in "$(post "$ours_port" /v1/verify "$t/verify.json")" \
	    "$(post "$theirs_port" /v1/check "$t/identity")"; do
		case $answer in
		*TN-Validation-Passed*|OK*) ;;
		*)	die "a good call is not verified: $answer" ;;
		esac
	done
}

# And one that neither may: what is compared must look.
make_call
sed 's/\.\([^.]\{9\}\)\([^.]\{9\}\)\([^.;]*;info\)/.\2\1\3/' "$t/identity" \
    >"$t/bad"
case $(post "$theirs_port" /v1/check "$t/bad") in
OK*)	die "secsipidx does not look at signatures" ;;
esac

cpu() {
	sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 }'
}

# slice PID PORT PATH FILE: with wrk, and the CPU time of a request.
slice() {
	before=$(cpu "$1")
	line=$(BODY=$4 wrk -t1 -c"$connections" -d"${seconds}s" \
	    -s bench/post.lua "http://127.0.0.1:$2$3" | grep '^requests=')
	after=$(cpu "$1")
	[ "$(field errors "$line")" -eq 0 ] || die "$3: $line"
	echo "$line cpu_us=$(calc "%.1f" "($after - $before) * 1e6 / \
	    $(getconf CLK_TCK) / $(field requests "$line")")"
}

say "$rounds rounds of four slices of $seconds s, and of two at half the rate"
i=0
while [ $((i += 1)) -le "$rounds" ]; do
	make_call
	slice "$ours" "$ours_port" /v1/sign "$t/sign.json" >>"$t/sign.a"
	slice "$theirs" "$theirs_port" /v1/sign-csv "$t/sign.csv" >>"$t/sign.b"
	slice "$ours" "$ours_port" /v1/verify "$t/verify.json" >>"$t/verify.a"
	slice "$theirs" "$theirs_port" /v1/check "$t/identity" >>"$t/verify.b"
done

# of FILE FIELD: its median over the rounds.
of() {
	while read -r line; do
		field "$2" "$line"
	done <"$t/$1" | median
}

# ratio NAME: the median of the rounds' ratios.
ratio() {
	paste "$t/$1.a" "$t/$1.b" | sed 's/[a-z0-9_]*=//g' |
	    awk '{ print $2 / $9 }' | median
}

for op in sign verify; do
	for side in a b; do
		printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' $op $side \
		    "$(of $op.$side per_s)" "$(of $op.$side cpu_us)" \
		    "$(of $op.$side p50_us)" "$(of $op.$side p99_us)" \
		    "$(of $op.$side p999_us)"
	done
done >"$results/wrk.tsv"
awk -F '\t' 'BEGIN { f = "%-8s %-10s %10s %12s %9s %9s %9s\n"
    printf f, "", "", "requests/s", "CPU us each", "p50 us", "p99 us",
	"p99.9 us" }
    { printf f, $1, $2 == "a" ? "shakend" : "secsipidx", $3, $4, $5, $6, $7 }' \
    "$results/wrk.tsv"

{
	for op in sign verify; do
		case $op in
		sign)	name="shakend sign / secsipidx sign" want='>1.8' ;;
		*)	name="shakend verify / secsipidx check, with chain"
			want='>4.0' ;;
		esac
		row "$name" "$want" "$(calc %.2f "$(ratio $op)")" \
		    "$(of $op.a per_s)/s" "$(of $op.b per_s)/s"
	done
	for op in sign verify; do
		make_call
		rate=$(calc %d "$(of $op.a per_s) / 2")
		i=0
		while [ $((i += 1)) -le "$rounds" ]; do
			load --active 32 --rate "$rate" --seconds "$paced" \
			    "$ours_port" "/v1/$op" "$t/$op.json" \
			    >>"$t/$op.paced"
		done
		row "p99 of $op at half of the highest rate, ms" '<3' \
		    "$(calc %.2f "$(of $op.paced p99_us) / 1000")" \
		    "p99.9 $(of $op.paced p999_us) us" "$rate/s"
	done
} >"$results/http.tsv"
echo
show "$results/http.tsv"
