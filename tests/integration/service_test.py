#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""service_test.py SHAKEND SHAKEN [TEST...] - the built daemon, over HTTP."""
import sys
import unittest

import service_lab


def main():
    service_lab.Daemon.program = sys.argv[1]
    service_lab.SHAKEN = sys.argv[2]
    names = sys.argv[3:] or ['service_api', 'service_div', 'service_family',
                             'service_ops', 'service_openapi']
    suite = unittest.defaultTestLoader.loadTestsFromNames(names)
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    sys.exit(not result.wasSuccessful())


if __name__ == '__main__':
    main()
