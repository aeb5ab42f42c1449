#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# docs.sh - put what run.sh and growth.sh have left in build/bench-results/ into
# docs/performance.md, between its lines <!-- NAME --> and <!-- end -->, and the
# curves into docs/performance/.
set -eu
cd "$(dirname "$0")/.."
. bench/lib.sh

page=docs/performance.md
t=$(mktemp -d build/bench.XXXXXX)
trap 'rm -rf "$t"' EXIT

# table HEAD FILE: as Markdown.
table() {
	echo "$1" | sed 's/^/| /; s/$/ |/; s/;/ | /g'
	echo "$1" | sed 's/[^;]*/---/g; s/^/|/; s/$/|/; s/;/|/g'
	sed 's/^/| /; s/$/ |/; s/	/ | /g' "$2"
}

growth="requests/s;CPU us;p50 us;p99 us;memory MiB"
mkdir -p "$t/parts" docs/performance
{
	echo '```'
	cat "$results/machine"
	echo '```'
} >"$t/parts/machine"
table ";target;figure;ours;against;met" "$results/targets.tsv" \
    >"$t/parts/targets"
awk -F '\t' -v OFS='\t' '{ $2 = $2 == "a" ? "shakend" : "secsipidx"; print }' \
    "$results/wrk.tsv" >"$t/wrk"
table "operation;service;requests/s;CPU us;p50 us;p99 us;p99.9 us" "$t/wrk" \
    >"$t/parts/wrk"
for name in connections-idle connections-active keys certificates values rcd \
    threads; do
	[ -s "$results/$name.tsv" ] || continue
	table "$(echo "$name" | tr - ' ');$growth" "$results/$name.tsv" \
	    >"$t/parts/$name"
done
for png in "$results"/*.png; do
	[ ! -e "$png" ] || cp "$png" docs/performance/
done

awk -v parts="$t/parts/" '
	/^<!-- end -->$/ { skip = 0 }
	!skip
	/^<!-- [a-z-]+ -->$/ && $2 != "end" {
		file = parts $2
		if ((getline line < file) > 0) {
			do
				print line
			while ((getline line < file) > 0)
			skip = 1
		}
		close(file)
	}' "$page" >"$t/page"
cp "$t/page" "$page"
say "$page is made anew"
