# SPDX-License-Identifier: Apache-2.0
"""tcpdump for the tests, where it may capture."""
import os
import shutil
import subprocess
import time


def tcpdump(test, path, *args):
    """tcpdump that is ready and writes to path, until the test is over; None
    where it may not."""
    if shutil.which("tcpdump") is None:
        return None
    p = subprocess.Popen(["tcpdump", "-U", "-B", "16384", "-Z", "root",
                          "-w", path, *args],
                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                         text=True)
    p.path = path
    test.addCleanup(end, p)
    while True:
        line = p.stderr.readline()
        if "listening on" in line:
            return p
        if not line:
            return None


def end(dump):
    """What was seen is in its file afterwards; returns what it says of it."""
    if dump.stderr.closed:
        return ""
    if dump.poll() is None:
        size = -1
        while size != os.path.getsize(dump.path):   # until no more comes
            size = os.path.getsize(dump.path)
            time.sleep(1.2)     # tcpdump looks each second
        dump.terminate()
    said = dump.stderr.read()
    dump.wait()
    dump.stderr.close()
    return said
