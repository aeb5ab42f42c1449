#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# soak.sh [SECONDS] - what takes longer than the tests: each fuzz target for so
# many seconds (60), then the unit tests under valgrind.  A crash is left in
# build/fuzz/ as NAME-crash-*; it belongs into tests/fuzz/corpus/ with its fix.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh
seconds=${1:-60}

scripts/deps.sh test
build fuzz -DCMAKE_C_COMPILER=clang -DSHAKEN_BENCH=OFF -DSHAKEN_FUZZ=ON \
    -DSHAKEN_SANITIZE=address,undefined

# What a run finds worth keeping stays in build/fuzz/corpus/ for the next one.
for target in build/fuzz/tests/fuzz_*; do
	[ -x "$target" ] || continue
	name=${target##*/fuzz_}
	say "fuzz $name for $seconds s"
	mkdir -p "build/fuzz/corpus/$name"
	"$target" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=1024 \
	    -print_final_stats=0 -verbosity=0 \
	    -artifact_prefix="build/fuzz/$name-" \
	    "build/fuzz/corpus/$name" "tests/fuzz/corpus/$name" \
	    >"build/fuzz/$name.log" 2>&1 ||
	    { cat "build/fuzz/$name.log" >&2; die "fuzz_$name failed"; }
done

# Criterion's workers keep their exit status to themselves: what tells is whether
# valgrind had anything to say.
build main -DCMAKE_C_COMPILER=gcc
for test in build/main/tests/test_*; do
	[ -x "$test" ] || continue
	say "valgrind ${test##*/}"
	valgrind --quiet --leak-check=full --errors-for-leak-kinds=definite \
	    --trace-children=yes --suppressions=tests/valgrind.supp \
	    "$test" -j1 >"$test.log" 2>&1 || { cat "$test.log" >&2; die "$test"; }
	! grep -q '^==[0-9]*== ' "$test.log" ||
	    { cat "$test.log" >&2; die "valgrind complains about $test"; }
done
say "nothing found"
