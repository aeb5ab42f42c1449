#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# secsipidx.sh SHAKEN - each way with secsipidx, the program behind Kamailio's
# module of that name: what one signs the other verifies.  Exit 77, "skipped",
# where it is not installed.
set -eu
shaken=$1
command -v secsipidx >/dev/null || exit 77

t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
orig=12155550112
dest=12025550100
x5u=https://cert.example.com/chain.pem
origid=1d0f2a3b-4c5d-4e6f-8a7b-9c0d1e2f3a4b
now=$(date +%s)

fail() {
	echo "secsipidx.sh: $*" >&2
	exit 1
}

for pki in pki other; do
	"$shaken" testpki "$t/$pki" >/dev/null
	openssl x509 -in "$t/$pki/chain.pem" -noout -pubkey >"$t/$pki.pub"
done

# Ours, read by it: under our key, and not under another.
"$shaken" sign --key "$t/pki/key.pem" --cert "$t/pki/chain.pem" --x5u "$x5u" \
    --orig "$orig" --dest "$dest" --attest B --origid "$origid" >"$t/ours"
check() {
	secsipidx -check -fidentity "$t/ours" -fpubkey "$t/$1.pub" -expire 60 \
	    >"$t/out" 2>&1
}
check pki || fail "it refuses ours: $(cat "$t/out")"
! check other || fail "it accepts ours under another key"

# Its own, read by us.
secsipidx -sign-full -orig-tn "$orig" -dest-tn "$dest" -attest B \
    -orig-id "$origid" -x5u "$x5u" -k "$t/pki/key.pem" -iat "$now" >"$t/theirs"
verify() {
	"$shaken" verify --trust "$t/pki/root.pem" --cert "$t/pki/chain.pem" \
	    --crl "$t/pki/crl.pem" --at "$now" --orig "$1" --dest "$dest" - \
	    <"$t/theirs" >"$t/out" 2>&1
}
verify "$orig" || fail "we refuse its: $(cat "$t/out")"
grep -q '^TN-Validation-Passed' "$t/out" || fail "no verdict: $(cat "$t/out")"
! verify 12125550199 || fail "we accept its for another caller"
