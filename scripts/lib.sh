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

# build DIR [CMAKE ARGUMENT...]: configure build/DIR, and build $build_target or
# all; what cmake and the compiler say is in build/DIR.log, and shown when they
# fail.
build() {
	dir=build/$1
	shift
	mkdir -p build
	{
		cmake -S . -B "$dir" -DSHAKEN_WERROR=ON "$@" &&
		    cmake --build "$dir" --target "${build_target:-all}" \
		    --parallel "$(nproc)"
	} >"$dir.log" 2>&1 || { cat "$dir.log" >&2; return 1; }
}
