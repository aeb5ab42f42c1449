# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# lib.sh - what the scripts here share; sourced, with the working directory at
# the top of the tree.

# Say what is going on, so that it stands out from the output of tools.
say() {
	printf '==> %s\n' "$*"
}

die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 2
}

# build DIR [CMAKE ARGUMENT...]: configure and build in build/DIR; what cmake
# and the compiler say is shown when they fail, and is in build/DIR.log.
build() {
	dir=build/$1
	shift
	mkdir -p build
	cmake -S . -B "$dir" -DSHAKEN_WERROR=ON "$@" >"$dir.log" 2>&1 ||
	    { cat "$dir.log" >&2; return 1; }
	cmake --build "$dir" --parallel "$(nproc)" >>"$dir.log" 2>&1 ||
	    { cat "$dir.log" >&2; return 1; }
}
