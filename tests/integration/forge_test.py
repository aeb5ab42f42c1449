#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""forge_test.py PROBE SHAKEN SHAKEND [TEST...] - the calls of forge_table.py,
through the library, the command, and the three forms of a shakend that runs.
All have to say what the standards ask for; all have to say the same."""
import os
import re
import shutil
import sys
import tempfile
import time
import unittest

from forge_calls import Call
from forge_fronts import (Command, Http, Library, PASSED, daemon,
                          service_lab)
from forge_pki import Pki
from forge_table import CASES, FAILED, PHRASES, rows

PROGRAMS = []
SAMPLE = 11     # every so many bytes of a value are changed over HTTP


def wanted(want):
    """verstat (None: either that refuses), case (None: any) and code."""
    if want == 'pass':
        return PASSED, None, 0
    if want in CASES:
        return ('TN-Validation-Failed' if want in FAILED else
                'No-TN-Validation'), want, CASES[want]
    return None, None, int(want)


def fault(got, want):
    """What is wrong with a verdict; None: nothing."""
    verstat, case, code = wanted(want)
    if got.code != code:
        return 'code %d' % got.code
    if code and (got.verstat == PASSED or verstat not in (None, got.verstat)):
        return got.verstat
    if not code and got.verstat != PASSED:
        return got.verstat
    if case is not None and got.case not in (None, case):
        return 'case %s' % got.case
    if got.reason is not None and got.reason != PHRASES.get(code):
        return 'reason %s' % got.reason
    return None


class Forgeries(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        probe, shaken, shakend = PROGRAMS
        service_lab.Daemon.program, service_lab.SHAKEN = shakend, shaken
        cls.dir = tempfile.mkdtemp(prefix='shaken-forge-')
        cls.lab = service_lab.Lab(shaken)
        cls.pki = Pki(int(time.time()))
        cls.write_pki()
        cls.daemons = {t: daemon(cls.lab, cls.dir, t)
                       for t in ('soft', 'hard-old')}
        cls.library = Library(probe, cls.dir)
        cls.fronts = [cls.library, Command(shaken, cls.lab, cls.dir)]
        cls.http = {t: [Http(form, d) for form in
                        ('native', 'atis', 'threegpp')]
                    for t, d in cls.daemons.items()}

    @classmethod
    def write_pki(cls):
        day = 86400
        files = {'root': cls.pki.root.pem, 'pa': cls.pki.pa.pem,
                 'crl-soft': cls.pki.crl(), 'crl-hard': cls.pki.crl(),
                 'crl-hard-old': cls.pki.crl(start=-3 * day, end=-day),
                 'crl-hard-early': cls.pki.crl(start=day, end=2 * day)}
        for name, (pem, _) in cls.pki.chains.items():
            files[name] = pem
            cls.lab.host.pages[name + '.pem'] = pem
        for name, pem in files.items():
            with open(os.path.join(cls.dir, name + '.pem'), 'w',
                      encoding='utf-8', newline='') as f:
                f.write(pem)

    @classmethod
    def tearDownClass(cls):
        for d in cls.daemons.values():
            d.stop()
        assert cls.library.close() == 0
        cls.lab.close()
        shutil.rmtree(cls.dir)

    def call(self):
        return Call(self.pki, int(time.time()), self.lab.x5u)

    def fronts_of(self, row):
        yield from self.fronts
        if row.http is not None and not row.clock:
            yield from self.http[row.trust]

    def check(self, row):
        """Faults of one row, a line each."""
        cases = {}
        for front in self.fronts_of(row):
            call = row.bend(self.call())
            got = front.ask(call, call.value(), row.trust)
            want = row.want
            if front.fetches and row.http not in ('same', '400', None):
                want = row.http
            if isinstance(front, Http) and row.http == '400':
                if got is not None:
                    yield '%s: %s for a request that is none' % (
                        front.name, got)
                continue
            wrong = 'refused the request' if got is None else fault(got, want)
            if wrong is not None:
                yield '%s: %s instead of %s (%s)' % (front.name, wrong, want,
                                                     row.cite)
            elif front.name in ('library', 'command', 'native'):
                cases.setdefault((want, got.case), []).append(front.name)
        if len({want for want, _ in cases}) < len(cases):
            yield 'they differ: %s' % cases

    def test_table(self):
        names = [row.name for row in rows]
        self.assertEqual(len(names), len(set(names)))
        for row in rows:
            with self.subTest(row.name):
                self.assertTrue(row.cite)
                wrong = '\n'.join(self.check(row))
                self.assertTrue(wrong == '', wrong)
        print('%d forged calls' % len(rows))

    def test_every_byte(self):
        """R-025: no byte of a value may be another, but for those that mean the
        same."""
        call = self.call()
        value = call.value()
        self.library.order(call, value, sweep=True)
        got = self.library.answer()
        self.assertEqual(got['calls'], 255 * len(value))
        want = [[i, b] for i in range(len(value)) for b in range(256)
                if b != value[i] and is_alike(
                    value[:i] + bytes([b]) + value[i + 1:], call)]
        self.assertTrue(want)
        self.assertEqual(got['passed'], want)
        print('%d changed bytes, %d mean the same' % (got['calls'],
                                                      len(want)))

    def test_some_bytes_everywhere(self):
        """The same, sampled: what the others say is what the library says."""
        seen = set()
        length = len(self.call().value())
        for i in range(0, length, SAMPLE):
            for front in self.fronts[1:] + self.http['soft']:
                call = self.call()
                value = call.value()
                value = value[:i] + (b'A' if value[i:i + 1] != b'A' else
                                     b'B') + value[i + 1:]
                a = self.library.ask(call, value)
                b = front.ask(call, value)
                seen.add(a.code)
                with self.subTest(byte=i, front=front.name):
                    self.assertEqual((a.verstat, a.code),
                                     (b.verstat, b.code), value)
        self.assertTrue(seen >= {436, 438}, seen)


TOKEN = r"[A-Za-z0-9\-.!%*_+`'~]+"
LWS = r'(?:[ \t]|\r?\n(?=[ \t]|\Z))*'        # RFC 3261 section 25.1
PARAM = re.compile(r'%s(%s)%s(?:=%s(<[^<>\s]*>|"[^"\\]*"|[^\s;,"<>]*)%s)?' % (
    LWS, TOKEN, LWS, LWS, LWS))


def is_alike(value, call):
    """Whether a value with one changed byte still is a good one (RFC 8224
    section 4): the token as it was, and parameters that say nothing else."""
    try:
        value = value.decode('ascii')
    except UnicodeDecodeError:
        return False
    return any(is_good(one, call) for one in value.split(','))


def is_good(one, call):
    token, *params = one.split(';')
    if re.fullmatch('%s%s%s' % (LWS, re.escape(call.good), LWS),
                    token) is None:
        return False
    found = {}
    for p in params:
        m = PARAM.fullmatch(p)
        name = m and m[1].lower()
        if m is None or name in found:
            return False
        found[name] = m[2]
    return found.get('info') == '<%s>' % call.served() and \
        found.get('alg', 'ES256') in ('ES256', '"ES256"') and \
        found.get('ppt', 'shaken') in ('shaken', '"shaken"')


def main():
    PROGRAMS[:] = sys.argv[1:4]
    unittest.main(argv=sys.argv[:1] + sys.argv[4:], verbosity=2,
                  warnings='ignore')   # SHA-1, which is what a row is about


if __name__ == '__main__':
    main()
