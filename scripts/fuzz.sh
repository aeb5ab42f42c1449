#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# fuzz.sh SECONDS - each fuzz target for so many seconds under ASan and UBSan,
# as many at once as there are processors.
#
# What a target finds worth keeping stays in build/fuzz/corpus/NAME for the next
# run; a run of 30 s or more makes that small again.  A crash is left as
# build/fuzz/NAME-crash-*; it belongs into tests/fuzz/corpus/ with its fix.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

# one SECONDS NAME: 255 tells xargs to start no more.
one() {
	target=build/fuzz/tests/fuzz_$2
	corpus=build/fuzz/corpus/$2
	log=build/fuzz/$2.log
	fixed="setarch -R"
	$fixed true 2>/dev/null || fixed=
	mkdir -p "$corpus"
	$fixed "$target" -max_total_time="$1" -timeout=5 -rss_limit_mb=2048 \
	    -print_final_stats=1 -artifact_prefix="build/fuzz/$2-" \
	    "$corpus" "tests/fuzz/corpus/$2" >"$log" 2>&1 ||
	    { tail -n 40 "$log" >&2; say "fuzz_$2 failed" >&2; exit 255; }
	say "fuzz $2: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") \
runs"
	[ "$1" -ge 30 ] || return 0
	rm -rf "$corpus.small"
	mkdir "$corpus.small"
	$fixed "$target" -merge=1 "$corpus.small" "tests/fuzz/corpus/$2" \
	    "$corpus" >>"$log" 2>&1 || { tail -n 40 "$log" >&2; exit 255; }
	rm -rf "$corpus"
	mv "$corpus.small" "$corpus"
}

case ${1:-} in
--one)		one "$2" "$3"; exit ;;
''|*[!0-9]*)	die "usage: fuzz.sh SECONDS" ;;
esac

build_target=fuzz_targets
build fuzz -DCMAKE_C_COMPILER=clang -DSHAKEN_BENCH=OFF -DSHAKEN_FUZZ=ON \
    -DSHAKEN_SANITIZE=address,undefined
find tests/fuzz -name 'fuzz_*.c' | sed 's/.*fuzz_\(.*\)\.c/\1/' | sort |
    xargs -P "$(nproc)" -n 1 "$0" --one "$1"
