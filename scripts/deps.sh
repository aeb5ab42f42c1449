#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# deps.sh [build|test|bench] - install what is missing from Debian's packages.
#
#	build	what building and running needs
#	test	that, and what the tests need (the default)
#	bench	what building and the benchmarks need
#
# Looks before it installs: when nothing is missing it needs neither root nor a
# network, and says nothing.
# shellcheck disable=SC2086 # package lists are words
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

build="gcc libc6-dev make cmake pkg-config libssl-dev libjansson-dev
    libcurl4-openssl-dev libjwt-dev libmicrohttpd-dev libgnutls28-dev
    libinih-dev libseccomp-dev uthash-dev libpcap0.8-dev zlib1g-dev curl
    openssl"
test="g++ binutils clang libclang-rt-dev llvm clang-tidy cppcheck gcovr valgrind
    shellcheck mandoc libcriterion-dev python3 python3-jsonschema python3-yaml
    python3-cryptography python3-jwt secsipidx wrk kamailio
    kamailio-utils-modules kamailio-json-modules sip-tester
    tcpdump chromium strace systemd dpkg-dev file"
bench="wrk gnuplot-nox secsipidx"

case ${1:-test} in
build)	want=$build ;;
test)	want="$build $test" ;;
bench)	want="$build $bench" ;;
*)	die "usage: deps.sh [build|test|bench]" ;;
esac

command -v dpkg-query >/dev/null ||
    die "this is no Debian; install what these packages hold:" $want

missing=
for p in $want; do
	case $(dpkg-query -W -f '${db:Status-Abbrev}' "$p" 2>/dev/null) in
	ii*)	;;
	*)	missing="$missing $p" ;;
	esac
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
	root="env"
elif command -v sudo >/dev/null; then
	root="sudo -n env"
else
	die "not root, and no sudo; run as root: apt-get install$missing"
fi
say "installing from Debian's packages:$missing"
apt="$root DEBIAN_FRONTEND=noninteractive apt-get -qq
    -o DPkg::Lock::Timeout=300"
# Programs are what is wanted, not services that start because they came.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
	trap '$root rm -f "$policy"' EXIT
	trap 'exit 1' INT TERM
	printf '#!/bin/sh\nexit 101\n' | $root tee "$policy" >/dev/null
	$root chmod 755 "$policy"
fi
$apt update
$apt install -y --no-install-recommends $missing </dev/null >/dev/null
