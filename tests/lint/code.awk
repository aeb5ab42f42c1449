# SPDX-License-Identifier: Apache-2.0
# code.awk - C without its comments and without what its strings hold, each
# line with "file:line:" in front, so that a search finds code only.
FNR == 1 { inside = 0 }
{
	code = ""
	rest = $0
	while (rest != "") {
		if (inside) {
			if ((at = index(rest, "*/")) == 0)
				break
			rest = substr(rest, at + 2)
			inside = 0
		} else if (match(rest, /^"([^"\\]|\\.)*"/)) {
			code = code "\"\""
			rest = substr(rest, RLENGTH + 1)
		} else if (match(rest, /^'([^'\\]|\\.)+'/)) {
			code = code "' '"
			rest = substr(rest, RLENGTH + 1)
		} else if (substr(rest, 1, 2) == "/*") {
			code = code " "
			rest = substr(rest, 3)
			inside = 1
		} else {
			code = code substr(rest, 1, 1)
			rest = substr(rest, 2)
		}
	}
	print FILENAME ":" FNR ":" code
}
