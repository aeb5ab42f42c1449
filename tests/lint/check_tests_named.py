#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_tests_named.py BUILD DOC... - every test that a document names is one
that ctest runs."""
import re
import subprocess
import sys


def main():
    listed = subprocess.run(['ctest', '--test-dir', sys.argv[1], '-N'],
                            check=True, stdout=subprocess.PIPE, text=True)
    tests = set(re.findall(r'#\d+: (\S+)', listed.stdout))
    missing = []
    for path in sys.argv[2:]:
        with open(path, encoding='utf-8') as f:
            named = set(re.findall(
                r'`((?:unit|integration|lint|abi|corpus)/\w+)`', f.read()))
        assert named, path + ' names no test: is the pattern right?'
        missing += ['%s: %s' % (path, t) for t in sorted(named - tests)]
    print('\n'.join(missing))
    sys.exit(bool(missing))


if __name__ == '__main__':
    main()
