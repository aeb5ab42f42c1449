#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# soak.sh [STAGE [AMOUNT]] - what takes longer than the tests.
#
#	fuzz SECONDS	each fuzz target for so many seconds (600), as fuzz.sh
#	corpus		to tests/fuzz/corpus/ the few of what fuzzing found that
#			reach code which those there do not
#	coverage	what lines the corpora reach, to tests/fuzz/coverage.txt
#	differential TOKENS	so many tokens (1000000), judged by a second
#			implementation too, with a seed of the day
#	signatures N	so many (1000000), good and spoilt, verified with a
#			table and with EVP
#	valgrind	the unit tests under valgrind
#	analyzer	gcc -fanalyzer over all but four files, see there
#	garbage MIB	so much (2048) of each kind of garbage into what reads
#			files for "shaken audit"
#	load MINUTES	all kinds of load at once (60), and two minutes of it under
#			ThreadSanitizer
#	faults		all of what integration/service_faults samples
#
# Without arguments all of them.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

stage_fuzz() {
	scripts/fuzz.sh "${1:-600}"
}

# Nothing that looks like a private key: only published ones are in this tree.
stage_corpus() {
	for found in build/fuzz/corpus/*; do
		name=${found##*/}
		kept=tests/fuzz/corpus/$name
		"build/fuzz/tests/fuzz_$name" -set_cover_merge=1 \
		    -use_counters=0 "$kept" "$found" >build/fuzz/merge.log 2>&1 ||
		    { tail -n 20 build/fuzz/merge.log >&2; die "$name"; }
		git ls-files -o --exclude-standard "$kept" |
		    xargs -r grep -alE 'BEGIN .*PRIVATE' | xargs -r rm -f
	done
}

# cover seeds|corpus: what the files of either reach, as "file lines reached" in
# build/cover/seeds.txt or corpus.txt.
cover() {
	list=$1
	profiles=build/cover/profiles
	rm -rf "$profiles"
	set -- build/cover/tests/replay_*
	for target in "$@"; do
		name=${target##*/replay_}
		mkdir -p "build/fuzz/corpus/$name"
		more=build/fuzz/corpus/$name
		[ "$list" = corpus ] || more=tests/fuzz/corpus/$name
		find "tests/fuzz/corpus/$name" "$more" -type f -print0 |
		    LLVM_PROFILE_FILE="$profiles/$name-%p" xargs -0 "$target" \
		    >/dev/null
	done
	llvm-profdata merge -o build/cover/all.profdata "$profiles"/*
	objects=$(printf ' -object %s' "$@")
	# shellcheck disable=SC2086 # a list of words
	llvm-cov report -instr-profile=build/cover/all.profdata "$1" $objects \
	    "$PWD/libshaken/src" "$PWD/certs/src" "$PWD/api/src" \
	    >build/cover/report.txt
	# file, ten figures: the seventh and eighth are lines, and lines missed
	awk '{ sub(/^(\.\.\/)*/, "", $1) }
	    $1 ~ /^(libshaken|certs|api|service)\/.*\.c$/ && $9 < $8 {
		print $1, $8, $8 - $9 }' \
	    build/cover/report.txt | sort >"build/cover/$list.txt"
}

stage_coverage() {
	build_target=fuzz_targets
	build cover -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Debug \
	    -DSHAKEN_BENCH=OFF \
	    "-DCMAKE_C_FLAGS=-fprofile-instr-generate -fcoverage-mapping"
	cover seeds
	cover corpus
	{
		echo "Lines that the fuzz targets reach: with the seeds in"
		echo "tests/fuzz/corpus/, and with what fuzzing added to them in"
		echo "build/fuzz/corpus/.  Made by: scripts/soak.sh coverage"
		echo
		printf '%-34s %6s %7s %7s\n' file lines seeds corpus
		join -a 2 build/cover/seeds.txt build/cover/corpus.txt |
		    awk 'NF == 3 { $5 = $3; $4 = $2; $3 = 0 }
			{ printf "%-34s %6d %6.1f%% %6.1f%%\n", $1, $4,
			    100 * $3 / $4, 100 * $5 / $4 }'
	} >tests/fuzz/coverage.txt
}

stage_differential() {
	build main -DCMAKE_C_COMPILER=gcc
	/usr/bin/python3 -B -W ignore tests/integration/forge_differential.py \
	    build/main/tests/verdict_probe "${1:-1000000}" "$(date +%Y%m%d)"
}

stage_signatures() {
	build main -DCMAKE_C_COMPILER=gcc
	SHAKEN_SIGNATURES=${1:-1000000} build/main/tests/test_p256_table \
	    --filter p256_table/random --verbose
}

# Criterion's workers keep their exit status to themselves: what tells is whether
# valgrind had anything to say.
stage_valgrind() {
	build main -DCMAKE_C_COMPILER=gcc
	for test in build/main/tests/test_*; do
		[ -x "$test" ] || continue
		say "valgrind ${test##*/}"
		valgrind --quiet --leak-check=full \
		    --errors-for-leak-kinds=definite --trace-children=yes \
		    --suppressions=tests/valgrind.supp "$test" -j1 \
		    >"$test.log" 2>&1 || { cat "$test.log" >&2; die "$test"; }
		! grep -q '^==[0-9]*== ' "$test.log" ||
		    { cat "$test.log" >&2; die "valgrind complains: $test"; }
	done
}

# Not where uthash is used most: the paths through its macros have no end.  Not leaks: gcc 12 does not
# see that what is in an array has an owner; LeakSanitizer and valgrind look.
stage_analyzer() {
	find libshaken certs api service cli -name '*.c' \
	    ! -path certs/src/cache.c ! -path certs/src/table.c \
	    ! -path cli/audit/frag.c ! -path cli/audit/stream.c | sort |
	    xargs -P "$(nproc)" -n 1 gcc -c -o /dev/null -O2 -std=gnu11 \
	    -D_GNU_SOURCE -DSHAKEN_VERSION='"0"' -Werror -fanalyzer \
	    -Wno-analyzer-malloc-leak -Ilibshaken/include -Ilibshaken/src \
	    -Icerts/include -Icerts/src -Iapi/include -Iapi/src -Icli \
	    -Icli/audit
}

stage_garbage() {
	build main -DCMAKE_C_COMPILER=gcc
	SHAKEN_AUDIT_MIB=${1:-2048} /usr/bin/python3 -B \
	    tests/integration/audit_source.py build/main/tests/audit_probe \
	    Hostile
}

# daemon DIR TEST: an integration test of the daemon in build/DIR.
daemon() {
	python3 -B tests/integration/service_test.py \
	    "build/$1/service/shakend" "build/$1/cli/shaken" "$2"
}

stage_load() {
	build main -DCMAKE_C_COMPILER=gcc
	SHAKEN_SOAK=$((60 * ${1:-60})) daemon main service_soak
	build tsan -DCMAKE_C_COMPILER=clang -DSHAKEN_BENCH=OFF \
	    -DSHAKEN_SANITIZE=thread
	SHAKEN_SOAK=120 SHAKEN_SOAK_MEMORY=0 daemon tsan service_soak
}

stage_faults() {
	build main -DCMAKE_C_COMPILER=gcc
	SHAKEN_FAULTS_LONG=1 \
	    SHAKEN_FAULTS_LIB=$PWD/build/main/tests/testlib/libfaults.so \
	    daemon main service_faults
}

case ${1:-all} in
fuzz|corpus|coverage|differential|signatures|valgrind|analyzer|garbage|load|\
faults) ;;
all)	set -- all ;;
*)	die "usage: soak.sh [fuzz|corpus|coverage|differential|signatures" \
	    "|valgrind|analyzer|garbage|load|faults [AMOUNT]]" ;;
esac
scripts/deps.sh test
if [ "$1" != all ]; then
	say "stage $1"
	"stage_$1" ${2:+"$2"}
else
	for stage in fuzz corpus coverage differential signatures valgrind \
	    analyzer garbage load faults; do
		"$0" "$stage"
	done
fi
say "nothing found"
