#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""unit_calls.py SHAKEND SHAKEN UNIT... - does SystemCallFilter= of the units
permit what shakend does?

A daemon with a key process is traced from its start over a signature, a key
process that is killed, and a reload to its end.  Every system call that was made
must be in the list that the unit's groups come to.
"""
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

import service_lab
from service_keyd import keyd_of
from service_lab import Client, Daemon, Lab

SKIPPED = 77


def groups():
    """@group to its names, as this systemd has them."""
    text = subprocess.run(['systemd-analyze', 'syscall-filter'], check=True,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout.decode()
    found, at = {}, None
    for line in text.splitlines():
        if line.startswith('@'):
            at = found.setdefault(line.strip(), [])
        elif line.startswith(' ') and not line.strip().startswith('#'):
            at.append(line.strip())
    return found


def expand(name, all_groups):
    if name not in all_groups:
        return {name}
    return set().union(*(expand(n, all_groups) for n in all_groups[name]))


def permitted(lines, all_groups):
    """systemd.exec(5): the first decides what the list is; @default is in it."""
    names = expand('@default', all_groups)
    for line in lines:
        m = re.match(r'SystemCallFilter=(~?)(.*)', line)
        if not m:
            continue
        for word in m[2].split():
            if m[1]:
                names -= expand(word, all_groups)
            else:
                names |= expand(word, all_groups)
    return names


def traced(lab, out):
    """The names of all system calls of a daemon's life."""
    wrapper = lab.path('traced')
    with open(wrapper, 'w', encoding='ascii') as f:
        f.write('#!/bin/sh\nexec strace -D -f -qq -o %s %s "$@"\n' %
                (out, Daemon.program))
    os.chmod(wrapper, 0o755)
    Daemon.program = wrapper
    daemon = Daemon(lab, {'keyd': [('enable', 'yes')]})
    client = Client(daemon)
    for step in 'kill', 'reload', 'end':
        identity = client.identity()
        assert client.verify(identity).json()['case'] is None
        if step == 'kill':
            os.kill(keyd_of(daemon), signal.SIGKILL)
            daemon.wait_for('keyd', 2)
        elif step == 'reload':
            assert daemon.reload()
    assert daemon.stop() == 0
    time.sleep(0.5)  # what traces writes its last line
    with open(out, encoding='ascii', errors='replace') as f:
        return set(re.findall(r'(?m)^\d+ +([a-z_0-9]+)\(', f.read()))


def main():
    if subprocess.run(['strace', '-o', '/dev/null', 'true'],
                      check=False).returncode != 0:
        print('nothing may be traced here')
        sys.exit(SKIPPED)
    service_lab.SHAKEN = sys.argv[2]
    Daemon.program = sys.argv[1]
    lab = Lab(sys.argv[2])
    bad = 0
    try:
        with tempfile.TemporaryDirectory() as d:
            used = traced(lab, os.path.join(d, 'trace'))
        assert {'seccomp', 'pidfd_open', 'accept4', 'execve'} <= used, used
        everything = groups()
        for unit in sys.argv[3:]:
            with open(unit, encoding='ascii') as f:
                lines = f.read().splitlines()
            names = permitted(lines, everything)
            missing = used - names
            print('%s: %d of %d system calls permitted' %
                  (unit, len(used) - len(missing), len(used)))
            for name in sorted(missing):
                print('%s: %s is not permitted' % (unit, name))
            # It would be seen if one were not.
            without = permitted([s for s in lines if 'seccomp' not in s],
                                everything)
            assert 'seccomp' in used - without
            bad += len(missing)
    finally:
        lab.close()
    sys.exit(bad != 0)


if __name__ == '__main__':
    main()
