#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Drives the built command line: exit status 0, 1 and 2, what goes to stdout
and what to stderr, the shape of --json, help, and hostile input.

usage: cli_test.py SHAKEN PROBES [unittest arguments]

PROBES is the directory with fetch_probe and stipa_probe.
"""
import os
import sys
import unittest

sys.dont_write_bytecode = True  # the tree may be read-only

from cli_audit import Audit  # noqa: F401
from cli_audit_files import AuditFiles  # noqa: F401
from cli_calls import Help, Sign, Verify  # noqa: F401
from cli_delegate import Delegates  # noqa: F401
from cli_family import Diverted, Types  # noqa: F401
from cli_files import Cert, Decode, Hostile  # noqa: F401
from cli_fetch import Cache, Check, Fetch, Lint  # noqa: F401
from cli_stipa import Update  # noqa: F401

if __name__ == '__main__':
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    os.environ['SHAKEN_UNDER_TEST'] = os.path.abspath(sys.argv.pop(1))
    os.environ['SHAKEN_PROBES'] = os.path.abspath(sys.argv.pop(1))
    unittest.main()
