#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""counts.py PROBE BUILD_TYPE [--write] - the library's own instructions for one
signature and one verification, as callgrind counts them.

Those of libcrypto, libc and jansson are not ours, and libcrypto's vary with
every nonce; they are left out.  What remains is held against counts.json, and
may grow by 2 %.  Where the compiler or libcrypto is another one than that file
is of, the test is skipped.  With --write the file is made anew: do that in the
commit that says why.
"""
import json
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile

FILE = pathlib.Path(__file__).with_name('counts.json')
RUNS = {'sign': 200, 'verify': 20, 'verify-table': 20, 'parse': 20}
GROWTH = 1.02
SKIP = 77


def skip(why):
    print('skipped:', why)
    sys.exit(SKIP)


def built_with(probe, build_type):
    """What the figures depend on."""
    said = subprocess.run([probe], check=True, capture_output=True,
                          text=True).stdout
    cc, libcrypto, tables = re.match(
        r'cc=(.*) libcrypto=(\S+) tables=(\S+)', said).groups()
    return {'compiler': cc, 'libcrypto': libcrypto.rsplit('.', 1)[0],
            'tables': tables, 'build': build_type,
            'machine': platform.machine()}


def own(path, program):
    """The instructions in the program itself, by a file of callgrind's; where
    that names an object or a line by a number it was named before."""
    names = {}
    total, mine, is_call = 0, False, False
    for line in path.read_text(encoding='utf-8', errors='replace').splitlines():
        if line.startswith('ob='):
            number, _, name = line[3:].partition(' ')
            if name:
                names[number] = name
            mine = names[number] == program
        elif line.startswith('cob='):
            number, _, name = line[4:].partition(' ')
            if name:
                names[number] = name
        elif line.startswith('calls='):
            is_call = True      # the next line is what was called
        elif re.match(r'[-+*\d]', line):
            if mine and not is_call:
                total += int(line.split()[1])
            is_call = False
    return total


def count(probe, op):
    """Instructions of one operation."""
    n = RUNS[op]
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder, 'out')
        subprocess.run(
            ['valgrind', '--tool=callgrind', '--quiet',
             '--collect-atstart=no', '--toggle-collect=measured',
             '--callgrind-out-file=%s' % out, probe, op, str(n)],
            check=True, stdout=subprocess.DEVNULL)
        total = own(out, str(pathlib.Path(probe).resolve()))
    return total / n


def main():
    probe, build_type = sys.argv[1:3]
    if shutil.which('valgrind') is None:
        skip('there is no valgrind')
    built = built_with(probe, build_type)
    write = '--write' in sys.argv
    if not write:
        known = json.loads(FILE.read_text(encoding='ascii'))
        if built != known['built']:
            skip('the figures are of %s, this is %s' % (known['built'], built))
    counts = {op: round(count(probe, op)) for op in RUNS}
    if write:
        FILE.write_text(json.dumps({'built': built, 'counts': counts},
                                   indent=1) + '\n', encoding='ascii')
    failed = False
    for op, n in counts.items():
        was = n if write else known['counts'][op]
        grew = n > was * GROWTH
        print('%-14s %6d instructions of our own, %6d in counts.json%s' %
              (op, n, was, ': TOO MANY' if grew else ''))
        if n < was / GROWTH:
            print('  fewer: counts.py --write keeps it so')
        failed = failed or grew
    sys.exit(failed)


if __name__ == '__main__':
    main()
