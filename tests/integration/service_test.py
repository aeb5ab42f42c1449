#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""service_test.py SHAKEND SHAKEN [TEST...] - the built daemon, over HTTP."""
import pathlib
import sys
import unittest

import service_lab


def main():
    service_lab.Daemon.program = sys.argv[1]
    service_lab.SHAKEN = sys.argv[2]
    here = pathlib.Path(__file__)
    names = sys.argv[3:] or sorted(
        {p.stem for p in here.parent.glob('service_*.py')} -
        {here.stem, 'service_lab'})
    suite = unittest.defaultTestLoader.loadTestsFromNames(names)
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    sys.exit(not result.wasSuccessful())


if __name__ == '__main__':
    main()
