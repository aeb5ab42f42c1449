#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# peers.sh SHAKEN VECTORS - what other programs signed (VECTORS/peers) verifies,
# offline and at the time it was made (R-154); and no longer, when one character
# of it is another, the call is another, or the time is (R-025, R-026, R-073,
# R-074, R-075).
set -eu
shaken=$1
vectors=$2

fail() {
	echo "peers.sh: $name: $*" >&2
	exit 1
}

# A member of meta.json; the files have one member, or one element, a line.
meta() {
	sed -n "s/^ \"$1\": \"*\([^\",]*\)\"*,*\$/\1/p" "$dir/meta.json"
}
elements() {
	sed -n 's/^  "\([^"]*\)",*$/\1/p' "$dir/meta.json"
}

# verify STATUS VERSTAT [OPTION...] IDENTITY: what the command must answer.
verify() {
	status=$1
	verstat=$2
	shift 2
	rc=0
	said=$("$shaken" verify --trust "$dir/ca.pem" --cert "$dir/cert.pem" \
	    "$@" 2>&1) || rc=$?
	[ "$rc" -eq "$status" ] || fail "exit $rc, not $status, for $*: $said"
	case $said in
	"$verstat"*)	;;
	*)		fail "no $verstat for $*: $said" ;;
	esac
}

# change TEXT N: the N-th character of TEXT replaced by another of base64url.
change() {
	printf '%s' "$1" | awk -v n="$2" '{
		c = substr($0, n, 1) == "A" ? "B" : "A"
		print substr($0, 1, n - 1) c substr($0, n + 1) }'
}

n=0
for dir in "$vectors"/peers/*; do
	name=${dir##*/}
	at=$(meta verify_at)
	orig=$(meta orig)
	identity=$(cat "$dir/identity.txt")
	payload=${identity#*.}
	payload=${payload%%.*}
	header=${identity%%.*}
	from=$((${#header} + 2))
	to=$((${#header} + 1 + ${#payload}))

	[ "$(meta expect)" = accept ] || fail "what is expected of it?"
	for dest in $(elements); do
		verify 0 TN-Validation-Passed --at "$at" --orig "$orig" \
		    --dest "$dest" "$identity"
		n=$((n + 1))
	done
	for i in $from $(((from + to) / 2)) $((to - 1)); do
		verify 1 "" --at "$at" --orig "$orig" --dest "$dest" \
		    "$(change "$identity" "$i")"
	done
	verify 1 TN-Validation-Failed --at "$at" --orig "$orig" --dest "$dest" \
	    "$(change "$identity" $((to + 10)))"
	verify 1 No-TN-Validation --at $((at + 61)) --orig "$orig" \
	    --dest "$dest" "$identity"
	verify 1 "" --at "$at" --orig 12125550199 --dest "$dest" "$identity"
	verify 1 "" --at "$at" --orig "$orig" --dest 12125550199 "$identity"
done
[ "$n" -ge 8 ] || { echo "peers.sh: no vectors in $vectors" >&2; exit 1; }
echo "$n calls of other signers verified"
