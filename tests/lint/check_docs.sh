#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check_docs.sh SHAKEN VERSION - documents against the tree: links lead to
# files, files that are named exist, man pages are well-formed and say what
# --help says, and the changelog knows this version.
set -eu
shaken=$1
version=$2
cd "$(dirname "$0")/../.."

bad=0
complain() {
	echo "$*" >&2
	bad=1
}

docs=$(find . -name '*.md' -not -path './build*' -not -path './.git/*')
for doc in $docs; do
	dir=$(dirname "$doc")
	for link in $(grep -oE '\]\([^)#: ]+\)' "$doc" | tr -d '()]'); do
		[ -e "$dir/$link" ] || complain "$doc: no $link to link to"
	done
	# `service_ops.Start.test_keys`: a test of tests/integration/.
	# shellcheck disable=SC2016 # these are backquotes of Markdown
	for test in $(grep -oE '`[a-z_]+\.[A-Z][A-Za-z]*\.test_[a-z_]+`' "$doc" |
	    tr -d '`'); do
		file=tests/integration/${test%%.*}.py
		class=${test#*.}
		if ! grep -q "^class ${class%.*}(" "$file" ||
		    ! grep -q "    def ${test##*.}(" "$file"; then
			complain "$doc: there is no test $test"
		fi
	done
	# `libshaken/src/verify.c`: a path of this tree, perhaps with a pattern.
	# shellcheck disable=SC2016 # these are backquotes of Markdown
	for path in $(grep -oE '`[a-z]+/[^` ]+`' "$doc" | tr -d '`'); do
		case $path in
		build/*)	continue ;; # made when it is built
		esac
		[ -d "${path%%/*}" ] || continue
		# shellcheck disable=SC2086 # a pattern names files
		ls -d $path >/dev/null 2>&1 || case $path in
		*[A-Z][A-Z]*)	;; # NAME stands for something
		*)		complain "$doc: no $path" ;;
		esac
	done
done

for page in docs/man/*.[0-9]; do
	out=$(mandoc -T lint -W warning "$page" 2>&1) || complain "$out"
done

# Every command and option of --help is in the man page.
overstrike=$(printf '.\b')
page=$(mandoc -T ascii docs/man/shaken.1 | sed "s/$overstrike//g")
in_page() {
	printf '%s\n' "$page" | grep -qE -- "(^|[^a-z0-9-])$1([^a-z0-9-]|\$)"
}
commands=$("$shaken" --help | sed -n 's/^  \([a-z][a-z ]*[a-z]\)  .*/\1/p' |
    tr ' ' '_')
[ -n "$commands" ] || complain "shaken --help names no command"
for words in $commands; do
	command=$(echo "$words" | tr _ ' ')
	in_page "$command" || complain "shaken.1 lacks the command $command"
	# shellcheck disable=SC2086 # "cert show" is two words
	for option in $("$shaken" $command --help | grep -oE -- '--[a-z0-9-]+' |
	    sort -u); do
		in_page "$option" ||
		    complain "shaken.1 lacks $option of $command"
	done
done

grep -q "^## \[$version\]" CHANGELOG.md ||
    complain "CHANGELOG.md does not tell of $version"

exit $bad
