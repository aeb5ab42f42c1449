#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_conformance.py [--check] - which test proves which requirement.

Requirements are in tests/vectors/conformance.csv; a test proves one by naming
it ("R-056") in a comment or in the name of a row.  Writes docs/conformance.md.
With --check writes nothing, and fails when that file is out of date, when a tag
names no requirement, or when a P1 requirement of this milestone has no test.
"""
import csv
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
MILESTONE = 1
TAG = re.compile(r"\bR-\d{3}\b")
TEST = re.compile(r"(?:ParameterizedTest\([^,]*,|Test\()\s*(\w+)\s*,\s*(\w+)")
HEAD = """\
# Conformance

Which test proves which requirement. Made by `tests/lint/check_conformance.py`
from `tests/vectors/conformance.csv` and the tags in the tests; not edited by
hand. P1 is needed for interoperation or safety, P2 is wanted. "not yet" is a
requirement of a later release, or a P2 that no test proves so far.

{done} of {all} requirements have a test.

| id | | requirement | source | proved by |
|---|---|---|---|---|
"""


def proofs(path):
    """(tag, name of the test) for every tag in one file."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    name = path.relative_to(TOP / "tests").as_posix()
    for i, line in enumerate(lines):
        for tag in TAG.findall(line):
            yield tag, name + (place(lines, i) if path.suffix == ".c" else "")


def place(lines, i):
    """The Criterion test a line of C belongs to: the one it is in, or the next
    one where it stands before it, in a table or a comment."""
    start = next((j for j in range(i, -1, -1)
                  if re.match(r"[A-Za-z}]", lines[j])), 0)
    inside = TEST.match(lines[start])
    after = inside or next(filter(None, map(TEST.match, lines[i:])), None)
    return ":" + after[2] if after else ""


def sources():
    """Every file that can be a test."""
    for folder in ("unit", "fuzz", "integration", "abi"):
        for path in sorted((TOP / "tests" / folder).rglob("*")):
            if path.suffix in (".c", ".py", ".sh") and path.is_file():
                yield path


def collect():
    """Requirement -> names of its tests."""
    found = {}
    for path in sources():
        for tag, name in proofs(path):
            found.setdefault(tag, {})[name] = None
    return {tag: list(names) for tag, names in found.items()}


def table(rows, found):
    """The document."""
    done = sum(1 for r in rows if r["id"] in found)
    text = HEAD.format(done=done, all=len(rows))
    for r in rows:
        tests = ", ".join(f"`{n}`" for n in found.get(r["id"], []))
        text += (f"| {r['id']} | {r['priority']} | {r['requirement']} | "
                 f"{r['source']} | {tests or 'not yet'} |\n")
    return text


def problems(rows, found):
    """What is wrong with the tags."""
    known = {r["id"] for r in rows}
    for tag in sorted(set(found) - known):
        yield f"{tag} in {', '.join(found[tag])}: no such requirement"
    for r in rows:
        if (r["priority"] == "P1" and r["milestone"]
                and int(r["milestone"]) <= MILESTONE and r["id"] not in found):
            yield f"{r['id']} has no test: {r['requirement']}"


def self_test():
    """The two faults that the check is there for are found."""
    row = {"id": "R-001", "priority": "P1", "milestone": "1", "requirement": "x"}
    assert list(problems([row], {"R-001": ["t"]})) == []
    assert len(list(problems([row], {}))) == 1
    assert len(list(problems([row], {"R-001": ["t"], "R-999": ["t"]}))) == 1
    code = ["static x rows[] = {", "\t{ \"R-001 a\" },", "};", "",
            "Test(tn, rows)", "{", "\t/* R-002 */", "}", "/* R-003 */",
            "Test(tn, next, .init = f)", "{", "}"]
    assert [place(code, i) for i in (1, 6, 8)] == [":rows", ":rows", ":next"]


def main():
    """Write the document, or check it."""
    self_test()
    check = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not check:
        sys.exit(__doc__)
    with open(TOP / "tests/vectors/conformance.csv", encoding="utf-8") as f:
        rows = list(csv.DictReader(f))
    found = collect()
    text = table(rows, found)
    doc = TOP / "docs" / "conformance.md"
    wrong = list(problems(rows, found))
    if not check:
        doc.write_text(text, encoding="utf-8")
    elif not doc.exists() or doc.read_text(encoding="utf-8") != text:
        wrong.append("docs/conformance.md is out of date: run "
                     "tests/lint/check_conformance.py")
    for line in wrong:
        print(line, file=sys.stderr)
    sys.exit(1 if wrong and check else 0)


if __name__ == "__main__":
    main()
