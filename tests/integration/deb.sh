#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# deb.sh SOURCE_DIR CC - make the Debian packages, look into them, and where
# this is root install them, use what they bring, and purge them.
set -eu
source=$1
cc=$2
name=deb.sh

t=$(mktemp -d)
pid=
installed=
cleanup() {
	[ -z "$pid" ] || kill "$pid" 2>/dev/null || :
	[ -z "$installed" ] || dpkg -P libshaken-dev shakend >/dev/null 2>&1 || :
	rm -rf "$t"
}
trap cleanup EXIT
trap 'exit 1' INT TERM
fail() {
	echo "$name: $*" >&2
	exit 1
}
# quietly COMMAND...: what it says only when it fails.
quietly() {
	"$@" >"$t/log" 2>&1 || { cat "$t/log" >&2; fail "$1 failed"; }
}

# -- made with the flags that Debian builds packages with --
cd "$source"
quietly cmake -S . -B "$t/build" -DCMAKE_INSTALL_PREFIX=/usr \
    -DCMAKE_C_COMPILER="$cc" -DSHAKEN_TESTS=OFF -DSHAKEN_BENCH=OFF \
    -DCMAKE_C_FLAGS="$(dpkg-buildflags --get CFLAGS)" \
    -DCMAKE_EXE_LINKER_FLAGS="$(dpkg-buildflags --get LDFLAGS)" \
    -DCMAKE_SHARED_LINKER_FLAGS="$(dpkg-buildflags --get LDFLAGS)"
quietly cmake --build "$t/build" --parallel "$(nproc)"
cd "$t/build"
quietly cpack
cd /
version=$(sed -n 's/^project(shaken VERSION \([0-9.]*\).*/\1/p' \
    "$source/CMakeLists.txt")
arch=$(dpkg --print-architecture)
daemon=$t/build/shakend_${version}_$arch.deb
dev=$t/build/libshaken-dev_${version}_$arch.deb

# -- looked into --
field() {
	dpkg-deb --field "$1" "$2"
}
for package in "$daemon" "$dev"; do
	[ -f "$package" ] || fail "no ${package##*/}"
	for f in Maintainer Section Priority Description Installed-Size; do
		[ -n "$(field "$package" $f)" ] || fail "${package##*/}: no $f"
	done
	dpkg-deb -x "$package" "$t/tree"
	dpkg-deb --contents "$package" >"$t/list"
	awk '$2 != "root/root" { exit 1 }' "$t/list" ||
	    fail "${package##*/}: not all is root's"
	if grep -E '^.{5}w|^.{8}w|^...[sS]|^......[sS]' "$t/list" |
	    grep -v '^l'; then
		fail "${package##*/}: files that others may write, or set-id"
	fi
	sed 's/.* \.\//\//; s/ -> .*//' "$t/list" >>"$t/names"
done
if grep -vE '^/($|etc/($|shakend/)|usr/($|bin/|include/|lib/|share/))' \
    "$t/names"; then
	fail "files where no package puts any"
fi
grep -v '/$' "$t/names" >"$t/files"
multiarch=$("$cc" -print-multiarch)
for f in /usr/bin/shaken /usr/bin/shakend /etc/shakend/shakend.conf \
    "/usr/lib/$multiarch/libshaken.so.0" \
    "/usr/lib/$multiarch/libshakencerts.so.0" \
    "/usr/lib/$multiarch/libshaken.so" \
    "/usr/lib/$multiarch/pkgconfig/shaken.pc" \
    "/usr/lib/$multiarch/cmake/shaken/shakenConfig.cmake" \
    /usr/lib/systemd/system/shakend.service \
    /usr/include/shaken/shaken.h /usr/include/shakencerts/issue.h \
    /usr/share/doc/shakend/copyright /usr/share/doc/libshaken-dev/copyright \
    /usr/share/man/man1/shaken.1.gz /usr/share/man/man5/shakend.conf.5.gz \
    /usr/share/man/man8/shakend.8.gz; do
	grep -qxF "$f" "$t/files" || fail "$f is in no package"
done
[ "$(field "$dev" Depends)" = "shakend (= $version)" ] ||
    fail "libshaken-dev depends on $(field "$dev" Depends)"
for lib in libc6 libcurl4 libgnutls30 libinih1 libjansson4 libjwt0 \
    libmicrohttpd12 libssl3 adduser; do
	field "$daemon" Depends | tr , '\n' | grep -qE "^ *$lib( |\$)" ||
	    fail "shakend does not depend on $lib"
done
dpkg-deb -e "$daemon" "$t/control"
grep -qx 'activate-noawait ldconfig' "$t/control/triggers" ||
    fail "ldconfig is not run"
[ "$(cat "$t/control/conffiles")" = /etc/shakend/shakend.conf ] ||
    fail "conffiles"
(cd "$t/tree" && md5sum --quiet -c "$t/control/md5sums") ||
    fail "md5sums"
if grep -rlF -e "$t" -e "$source" "$t/tree" "$t/control"; then
	fail "files that name the build tree"
fi
for f in "$t"/tree/usr/bin/* "$t"/tree/usr/lib/"$multiarch"/*.so.?; do
	if readelf -d "$f" | grep -E 'R(UN)?PATH'; then
		fail "${f##*/} looks for libraries in a place of its own"
	fi
done

# -- used --
skip() {
	echo "$name: not installed: $*" >&2
	exit 77
}
[ "$(id -u)" -eq 0 ] || skip "not root"
while read -r f; do
	[ ! -e "$f" ] || skip "$f is there already"
done <"$t/files"
for f in /etc/shakend /var/lib/shakend /var/log/shakend; do
	[ ! -e "$f" ] || skip "$f is there already"
done
! getent passwd shakend >/dev/null || skip "user shakend is there already"
installed=yes
quietly dpkg -i "$daemon" "$dev"

[ "$(shaken --version)" = "shaken $version" ] || fail "shaken --version"
[ "$(shakend --version)" = "shakend $version" ] || fail "shakend --version"
shakend --check 2>"$t/log" || { cat "$t/log" >&2; fail "as installed"; }
if command -v systemd-analyze >/dev/null; then
	quietly systemd-analyze verify --man=no \
	    /usr/lib/systemd/system/shakend.service
fi
shaken testpki "$t/pki" >/dev/null
chmod 755 "$t"
chown -R shakend: "$t/pki"
cat >"$t/shakend.conf" <<EOF
[http]
listen = 127.0.0.1:0
[key test]
private_key = $t/pki/key.pem
certificate = $t/pki/chain.pem
x5u = https://cr.example.com/1234/chain.pem
[trust]
anchors = $t/pki/root.pem
crls = $t/pki/crl.pem
EOF
as_user() {
	exec setpriv --reuid shakend --regid shakend --clear-groups "$@"
}
(as_user shakend --check --config "$t/shakend.conf") 2>"$t/log" ||
    { cat "$t/log" >&2; fail "shakend --check"; }
(as_user shakend --config "$t/shakend.conf") 2>"$t/log" &
pid=$!
i=0
url=
while [ -z "$url" ] && [ $((i += 1)) -le 100 ]; do
	sleep 0.1
	url=$(sed -n '/"event":"listen"/s/.*"\(http[^"]*\)".*/\1/p' "$t/log")
done
[ -n "$url" ] || { cat "$t/log" >&2; fail "shakend does not start"; }
curl -sS --fail -H 'Content-Type: application/json' -H 'Accept: text/plain' \
    -d '{"orig":"12155551212","dest":"12355551212","attest":"A"}' \
    "$url/v1/sign" >"$t/identity" || fail "no Identity"
shaken verify --trust "$t/pki/root.pem" --crl "$t/pki/crl.pem" \
    --cert "$t/pki/chain.pem" --orig 12155551212 --dest 12355551212 \
    "$(cat "$t/identity")" >"$t/log2" || { cat "$t/log2" >&2; fail "verify"; }
kill -TERM "$pid"
wait "$pid" || fail "shakend ended with $?"
pid=

cp "$source/contrib/example/sign_verify.c" "$t"
# shellcheck disable=SC2046 # flags are words
(cd "$t" && "$cc" -std=c11 -Werror sign_verify.c \
    $(pkg-config --cflags --libs shaken) -o sign_verify)
"$t/sign_verify" "$t/pki/key.pem" "$t/pki/chain.pem" "$t/pki/root.pem" |
    grep -q '^TN-Validation-Passed, ' || fail "the example program"

# -- gone --
quietly dpkg -P libshaken-dev shakend
installed=
for f in $(cat "$t/files") /etc/shakend /var/lib/shakend /var/log/shakend \
    /usr/include/shaken /usr/share/doc/shakend; do
	[ ! -e "$f" ] || fail "$f is left"
done
for db in passwd group; do
	! getent "$db" shakend || fail "shakend is left in $db"
done
! ldconfig -p | grep libshaken || fail "ldconfig still knows the libraries"
