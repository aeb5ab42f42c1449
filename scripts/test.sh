#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test.sh [STAGE...] - install what is missing, build, and run all tests.
#
#	asan		clang with AddressSanitizer and UBSan: unit tests,
#			seeds of the fuzz targets, integration tests
#	tsan		clang with ThreadSanitizer: the tests that start threads
#	coverage	gcc with gcov: 90 % of the lines of libshaken, or more
#	static		clang-tidy and cppcheck
#	fuzz		clang with libFuzzer, ASan and UBSan: each fuzz target for
#			SHAKEN_FUZZ_S seconds (1), with the same seed each time:
#			what fails did not before the change
#	main		gcc, the build that is released: every test there is
#
# Without arguments all of them, main at the end.  A stage that fails does not
# keep the next from running.  Everything is left under build/.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

# run DIR [CTEST ARGUMENT...]: the tests of build/DIR.  One that fails is tried
# once more, and says so: processes on a busy machine miss each other.  With
# addresses that are not random where that is allowed: the sanitizers' run time
# of this age does not find room for itself on every kernel otherwise.
run() {
	dir=build/$1
	shift
	fixed="setarch -R"
	$fixed true 2>/dev/null || fixed=
	$fixed ctest --test-dir "$dir" --no-tests=error --output-on-failure \
	    --timeout 300 --repeat until-pass:2 \
	    --parallel "$(nproc)" "$@"
}

stage_asan() {
	build asan -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Debug \
	    -DSHAKEN_BENCH=OFF -DSHAKEN_SANITIZE=address,undefined
	run asan -R '^(unit|corpus|integration)/'
}

stage_tsan() {
	build_target=thread_tests
	build tsan -DCMAKE_C_COMPILER=clang -DSHAKEN_BENCH=OFF \
	    -DSHAKEN_SANITIZE=thread
	run tsan -L threads
}

stage_coverage() {
	build coverage -DCMAKE_C_COMPILER=gcc -DCMAKE_BUILD_TYPE=Debug \
	    -DSHAKEN_BENCH=OFF -DSHAKEN_COVERAGE=ON
	find build/coverage -name '*.gcda' -delete # an earlier run's
	run coverage -R '^(unit|corpus)/' --quiet
	gcovr --root . --filter libshaken/src/ --object-directory build/coverage \
	    --txt build/coverage.txt --fail-under-line 90 --print-summary \
	    build/coverage
}

stage_static() {
	build main -DCMAKE_C_COMPILER=gcc
	find libshaken certs api service cli bench -name '*.c' -print0 |
	    xargs -0 -P "$(nproc)" -n 4 clang-tidy --quiet -p build/main \
	    2>build/tidy.log # counts of what was not shown
	# Suppressed is what does not follow the flow of the code.
	cppcheck --quiet -j "$(nproc)" --error-exitcode=1 --std=c11 \
	    --enable=warning,portability --suppress=readdirCalled \
	    --suppress=nullPointerRedundantCheck --suppress=arrayIndexThenCheck \
	    --library=posix,openssl,tests/lint/cppcheck.cfg \
	    -Ilibshaken/include -Ilibshaken/src -Icerts/include -Icerts/src \
	    -Iapi/include -Iapi/src -Icli -Icli/audit \
	    libshaken/src certs/src api/src service cli bench
}

stage_fuzz() {
	scripts/fuzz.sh "${SHAKEN_FUZZ_S:-1}" 1
}

stage_main() {
	build main -DCMAKE_C_COMPILER=gcc
	run main
}

# Of a stage that failed, once more where the output ends: the tests, or what
# libFuzzer said, with the input in base64.
why() {
	case $1 in
	fuzz)
		while read -r name; do
			tail -n 40 "build/fuzz/$name.log"
		done <build/fuzz/failed ;;
	asan|tsan|coverage|main)
		cat "build/$1/Testing/Temporary/LastTestsFailed.log" ;;
	esac
}

if [ $# -eq 0 ]; then
	scripts/deps.sh test
	set -- asan tsan coverage static fuzz main
fi
if [ $# -eq 1 ]; then
	case $1 in
	asan|tsan|coverage|static|fuzz|main)
		say "stage $1"; "stage_$1"; exit ;;
	*)	die "unknown stage $1; they are: asan tsan coverage static fuzz" \
		    "main" ;;
	esac
fi

# Each in a shell of its own, so that "set -e" ends it and not this one.
failed=
for stage in "$@"; do
	"$0" "$stage" || failed="$failed $stage"
done
for stage in $failed; do
	say "stage $stage failed" >&2
	why "$stage" >&2 || true
done
[ -z "$failed" ] || die "failed:$failed"
