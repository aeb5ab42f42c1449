#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# fuzz.sh SECONDS [SEED] - each fuzz target for so many seconds under ASan and
# UBSan, as many at once as there are processors.  With the same seed and an empty
# build/fuzz/corpus/ it tries the same inputs again; 0, or none, is another one
# each time.
#
# What a target finds worth keeping stays in build/fuzz/corpus/NAME for the next
# run; one of 30 s or more, without a seed, makes that small again.  A crash is
# left as build/fuzz/NAME-crash-*, keeps no other target from its turn, and is
# told of at the end; it belongs into tests/fuzz/corpus/ with its fix.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

# one SECONDS SEED NAME
one() {
	target=build/fuzz/tests/fuzz_$3
	corpus=build/fuzz/corpus/$3
	log=build/fuzz/$3.log
	fixed="setarch -R"
	$fixed true 2>/dev/null || fixed=
	mkdir -p "$corpus"
	$fixed "$target" -max_total_time="$1" -seed="$2" -timeout=10 \
	    -rss_limit_mb=2048 -print_final_stats=1 \
	    -artifact_prefix="build/fuzz/$3-" \
	    "$corpus" "tests/fuzz/corpus/$3" >"$log" 2>&1 || fail "$3"
	say "fuzz $3: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") \
runs"
	[ "$1" -ge 30 ] && [ "$2" -eq 0 ] || return 0
	rm -rf "$corpus.small"
	mkdir "$corpus.small"
	$fixed "$target" -merge=1 "$corpus.small" "tests/fuzz/corpus/$3" \
	    "$corpus" >>"$log" 2>&1 || fail "$3"
	rm -rf "$corpus"
	mv "$corpus.small" "$corpus"
}

fail() {
	echo "$1" >>build/fuzz/failed
	say "fuzz $1: failed"
	exit 1
}

case ${1:-} in
--one)		shift; one "$@"; exit ;;
''|0*|*[!0-9]*)	die "usage: fuzz.sh SECONDS [SEED]" ;;
esac

build_target=fuzz_targets
build fuzz -DCMAKE_C_COMPILER=clang -DSHAKEN_BENCH=OFF -DSHAKEN_FUZZ=ON \
    -DSHAKEN_SANITIZE=address,undefined
rm -f build/fuzz/failed
find tests/fuzz -name 'fuzz_*.c' | sed 's/.*fuzz_\(.*\)\.c/\1/' | sort |
    xargs -P "$(nproc)" -n 1 "$0" --one "$1" "${2:-0}" && exit
[ -s build/fuzz/failed ] || die "no target was run"
die "failed: $(tr '\n' ' ' <build/fuzz/failed)"
