#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# installed.sh BUILD_DIR SOURCE_DIR CC CXX - install into an empty prefix, move
# it, and be a stranger who has nothing but what is in it.
set -eu
build=$1
source=$2
cc=$3
cxx=$4

t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
fail() {
	echo "installed.sh: $*" >&2
	exit 1
}

cmake --install "$build" --prefix "$t/first" >"$t/install.log"
mv "$t/first" "$t/usr"	# nothing may remember where it was
usr=$t/usr
lib=$(dirname "$(find "$usr" -name libshaken.so)")

# Complete, and nothing private.
for f in bin/shaken bin/shakend include/shaken/shaken.h \
    include/shakencerts/issue.h share/man/man1/shaken.1 \
    share/man/man5/shakend.conf.5 share/man/man8/shakend.8 \
    etc/shakend/shakend.conf; do
	[ -f "$usr/$f" ] || fail "$f is not installed"
done
! find "$usr" -name '*.a' -o -name '*_private*' -o -name '*_objs*' | grep . ||
    fail "private things are installed"
if grep -rlF -e "$build" -e "$source" "$usr/include" "$lib/cmake" \
    "$lib/pkgconfig"; then
	fail "installed files name the build tree"
fi
"$source/tests/lint/check_headers.sh" "$cc" "$cxx" "$usr/include" >/dev/null

# Versioned, and in need of nothing but what the packages say.
needs() {
	readelf -d "$lib/$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p' | sort |
	    tr '\n' ' '
}
soname() {
	readelf -d "$lib/$1" | sed -n 's/.*(SONAME).*\[\(.*\)\]$/\1/p'
}
[ "$(soname libshaken.so)" = libshaken.so.0 ] || fail "soname of libshaken"
[ "$(soname libshakencerts.so)" = libshakencerts.so.0 ] ||
    fail "soname of libshakencerts"
[ "$(needs libshaken.so)" = "libc.so.6 libcrypto.so.3 libjansson.so.4 " ] ||
    fail "libshaken.so needs $(needs libshaken.so)"
! ldd -r "$lib/libshaken.so" | grep -E 'undefined symbol|not found' ||
    fail "libshaken.so leaves symbols undefined"

# The command finds its libraries, without being told where.
"$usr/bin/shaken" --version >/dev/null
"$usr/bin/shakend" --version >/dev/null
"$usr/bin/shaken" testpki "$t/pki" >/dev/null
pki="$t/pki/key.pem $t/pki/chain.pem $t/pki/root.pem"

# shellcheck disable=SC2046,SC2086 # flags and file names are words here
runs() {
	LD_LIBRARY_PATH=$lib "$1" $pki >"$t/out" || fail "$1 failed"
	grep -q '^Identity: .*;alg=ES256;ppt=shaken$' "$t/out" ||
	    fail "no Identity"
	grep -q '^TN-Validation-Passed, ' "$t/out" || fail "not verified"
	! LD_LIBRARY_PATH=$lib "$1" $t/pki/key.pem $t/pki/chain.pem \
	    $t/other/root.pem >"$t/out" || fail "verified under a foreign root"
	grep -q '^TN-Validation-Failed, ' "$t/out" || fail "no verdict"
}
"$usr/bin/shaken" testpki "$t/other" >/dev/null

# pkg-config alone.
mkdir "$t/pc"
cp "$source/contrib/example/sign_verify.c" "$t/pc"
export PKG_CONFIG_PATH="$lib/pkgconfig"
# shellcheck disable=SC2046 # flags are words
(cd "$t/pc" && "$cc" -std=c11 -pedantic-errors -Wall -Wextra -Werror \
    sign_verify.c $(pkg-config --cflags --libs shaken) -o sign_verify)
runs "$t/pc/sign_verify"
pkg-config --exists 'shakencerts = '"$(pkg-config --modversion shaken)" ||
    fail "shakencerts.pc"

# find_package(shaken) alone.
unset PKG_CONFIG_PATH
cp -r "$source/contrib/example" "$t/cm"
cmake -S "$t/cm" -B "$t/cm/build" -DCMAKE_C_COMPILER="$cc" \
    -DCMAKE_PREFIX_PATH="$usr" >"$t/cmake.log" ||
    { cat "$t/cmake.log" >&2; fail "find_package"; }
cmake --build "$t/cm/build" >"$t/cmake.log" ||
    { cat "$t/cmake.log" >&2; fail "build with find_package"; }
runs "$t/cm/build/sign_verify"
