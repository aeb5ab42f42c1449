#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# banned.sh [TOP] - what no product file may call or hold.  First it shows that
# it would find each of them.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "${1:-$here/../..}"

# Unbounded, locale-bound, not thread-safe, deaf to errors, or predictable.
everywhere='strcpy|strcat|stpcpy|strncpy|strncat|sprintf|vsprintf|gets|strtok
    |atoi|atol|atoll|atof|scanf|sscanf|fscanf|vsscanf|alloca|setjmp
    |longjmp|is(alnum|alpha|blank|cntrl|digit|graph|lower|print|punct|space
    |upper|xdigit)|tolower|toupper|strerror|gmtime
    |localtime|ctime|asctime|mktime|strptime|setlocale|rand|srand|random|drand48
    |system|popen|tmpnam|tempnam|mktemp|setenv|putenv
    |X509_STORE_set_default_paths'

# libshaken has no I/O, clock, environment, randomness, locale, log or way out.
pure='strcasecmp|strncasecmp|printf|fprintf|vprintf|vfprintf|puts|fputs|perror
    |syslog|fopen|fdopen|open|openat|read|write|socket|connect|time
    |gettimeofday|clock_gettime|getenv|secure_getenv|getrandom|RAND_bytes
    |RAND_priv_bytes|exit|_exit|quick_exit
    |err|errx|warn|warnx|BIO_new_file|BIO_new_fp|json_load_file|json_dumpf
    |json_loadf|pthread_create|thrd_create'

# calls NAMES FILE...: where one of them is called.
calls() {
	names=$(printf %s "$1" | tr -d ' \n\t')
	shift
	awk -f "$here/code.awk" "$@" |
	    grep -E "(^|[^A-Za-z0-9_>.])($names)[[:space:]]*\\("
}

# What neither a comment nor code may hold: something left open.
open_ends() {
	grep -nwE 'TODO|FIXME|XXX|HACK' "$@"
}

# The licence stands in line 1, or under the line that names the interpreter.
unlicensed() {
	for f in "$@"; do
		sed -n '1{/^#!/n;p;}' "$f" |
		    grep -q 'SPDX-License-Identifier: Apache-2\.0' || echo "$f"
	done
}

# refused WHAT COMMAND...: complain if the command finds something.
bad=0
refused() {
	what=$1
	shift
	if found=$("$@") && [ -n "$found" ]; then
		printf '%s:\n%s\n' "$what" "$found" >&2
		bad=1
	fi
}

t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
missed() {
	echo "banned.sh does not find $1" >&2
	exit 1
}
for f in strcpy isdigit strerror rand; do
	printf 'int f(void)\n{\n\treturn %s (1);\n}\n' "$f" >"$t/bad.c"
	calls "$everywhere" "$t/bad.c" >/dev/null || missed "$f"
done
printf '\tif (a) exit(1);\n' >"$t/bad.c"
calls "$pure" "$t/bad.c" >/dev/null || missed exit
printf '/* a TODO */\n' >"$t/bad.c"
open_ends "$t/bad.c" >/dev/null || missed TODO
[ -n "$(unlicensed "$t/bad.c")" ] || missed "a file without licence"
printf '/* gets() and\n * rand() */ const char *s = "atoi(1)"; o.random(1);\n' \
    >"$t/good.c"
! calls "$everywhere" "$t/good.c" || missed "that this is no call"

product=
for dir in libshaken certs api cli service bench contrib; do
	[ ! -d $dir ] || product="$product $(find $dir -name '*.[ch]')"
done
library=$(find libshaken -name '*.[ch]')
sources=$(find . \( -name build -o -name .git -o -name vectors \) -prune -o \
    \( -name '*.[ch]' -o -name '*.sh' -o -name '*.py' -o -name '*.awk' \
    -o -name '*.cmake' -o -name '*.map' -o -name CMakeLists.txt \) -print)
# shellcheck disable=SC2086 # file names of this tree have no blanks
{
	refused "banned calls" calls "$everywhere" $product
	refused "calls that have no place in libshaken" calls "$pure" $library
	refused "left open" open_ends $product
	refused "no licence in line 1" unlicensed $sources
}
exit $bad
