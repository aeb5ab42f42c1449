#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh [--quick|--all] [--docs] - one command for the table of targets: installs
# what is missing, makes a Release build, measures, and prints for each target
# the figure, both numbers it comes from, and whether it is met.
#
#	--quick	short slices, for a look
#	--all	the curves of growth.sh as well
#	--docs	put tables and curves into docs/performance.md
#
# What is left under build/bench-results/ is from the last run of each part, and
# --docs takes it from there.  SHAKEN_BUILD names a build directory to use
# instead of building.  Nothing else should run meanwhile.
set -eu
cd "$(dirname "$0")/.."
. bench/lib.sh

load=$(cut -d' ' -f1 /proc/loadavg)
quick=
all=--targets
docs=
for arg; do
	case $arg in
	--quick)	quick=yes ;;
	--all)		all= ;;
	--docs)		docs=yes ;;
	*)		die "usage: run.sh [--quick|--all] [--docs]" ;;
	esac
done
bench_setup
SHAKEN_BUILD=$bin
export SHAKEN_BUILD

# core NAME TARGET LABEL: a row out of what bench_core has measured; none where
# it does not know NAME.
core() {
	line=$(tr '}' '\n' <"$results/core.json" | grep -F "\"op\":\"$1\"" || :)
	[ -n "$line" ] || return 0
	# shellcheck disable=SC2046 # numbers are words
	set -- "$@" $(printf '%s\n' "$line" | sed 's/.*"per_s":\([0-9]*\).*'\
'"raw_per_s":\([0-9]*\).*"ratio":\([0-9.]*\).*/\3 \1 \2/')
	row "$3" "$2" "$4" "$5/s" "$6/s"
}

say "the library beside the bare curve operation"
rounds=25
[ -z "$quick" ] || rounds=7
"$bin/bench/bench_core" --json --rounds "$rounds" >"$results/core.json"
{
	core "sign" '>0.95' "sign a call / EVP_PKEY_sign"
	core "verify, known chain" '>0.95' \
	    "verify, known chain, no table / EVP_PKEY_verify"
	core "verify, table" '>2.0' \
	    "verify, known chain, with table / EVP_PKEY_verify"
} >"$results/core.tsv"
bench/http.sh ${quick:+--quick}
bench/growth.sh $all

cat "$results/core.tsv" "$results/http.tsv" "$results/growth-targets.tsv" \
    >"$results/targets.tsv"
{
	echo "$(nproc) x $(sed -n 's/^model name.*: //p' /proc/cpuinfo |
	    sort -u | head -n 1)"
	openssl version
	echo "Linux $(uname -r | cut -d- -f1), secsipidx" \
	    "$(dpkg-query -W -f '${Version}' secsipidx)"
	echo "load average before: $load"
} >"$results/machine"
say "targets"
cat "$results/machine"
show "$results/targets.tsv"
[ -z "$docs" ] || bench/docs.sh
