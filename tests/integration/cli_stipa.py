# SPDX-License-Identifier: Apache-2.0
"""The command line: the STI-PA's list and CRL, from a stand-in of it, and calls
that are verified with what came."""
import fcntl
import json
import os
import shutil
import subprocess
import time

import standin
from cli_base import DEST, ORIG, X5U, Case
from cli_host import Host, Page

NOW = 1700000000  # TEST_NOW of tests/testlib/pki.h: the documents' clock
PASSWORD = 's3cret "quoted"'
ROOTS, CRL, LIST = 'sti-ca.pem', 'crl.pem', 'trustlist.json'


def probe(name, *args):
    subprocess.run([os.path.join(os.environ['SHAKEN_PROBES'], name), *args],
                   check=True)


class Update(Case):
    """shaken stipa update."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.docs = os.path.join(cls.dir, 'docs')
        os.mkdir(cls.docs)
        probe('fetch_probe', 'pki', cls.docs, str(int(time.time())))

    def setUp(self):
        self.server = standin.Server(self.doc('tls.pem'))
        self.addCleanup(self.server.close)
        base = self.server.url('', 'localhost').rstrip('/')
        probe('stipa_probe', 'make', self.docs, base)
        self.pa = standin.StiPa(self.server, lambda n: self.read(self.doc(n)))
        self.pa.offer('list5')
        self.pa.offer_crl('crl1')
        self.keep = os.path.join(self.dir, 'keep')
        shutil.rmtree(self.keep, ignore_errors=True)
        os.mkdir(self.keep)
        self.opts = {
            'dir': self.keep, 'root': self.doc('stipa-root.pem'),
            'user': 'user', 'api': base + '/api/v1', 'crl-url': base + '/crl',
            'password-file': self.write('password', PASSWORD + '\n'),
            'tls-ca': self.doc('tls-ca.pem'), 'at': str(NOW)}

    def doc(self, name):
        return os.path.join(self.docs, name)

    def read(self, path):
        with open(path, 'rb') as f:
            return f.read()

    def kept(self):
        """name: content of all that is kept."""
        return {n: self.read(os.path.join(self.keep, n))
                for n in sorted(os.listdir(self.keep))}

    def args(self, *more, **replace):
        opts = {**self.opts, **{k.replace('_', '-'): v
                                for k, v in replace.items()}}
        args = ['stipa', 'update', '--lab']
        for name, value in opts.items():
            if value is not None:
                args += ['--' + name, value]
        return args + list(more)

    def update(self, *more, want=0, **replace):
        out = self.run_ok(self.args('--json', *more, **replace), want)
        self.assertEqual(out.count('\n'), 1)
        return json.loads(out)

    def refused(self, part, why, *more, **replace):
        """That part is refused with a reason like why; nothing changes."""
        before = self.kept()
        got = self.update(*more, want=1, **replace)
        self.assertEqual((got['changed'], got[part]['result']),
                         (False, 'refused'), got)
        self.assertRegex(got[part]['reason'], why)
        self.assertEqual(self.kept(), before)
        return got[part]

    def call(self, want, trust=None):
        """A call that is verified with what is kept."""
        args = ['sign', '--key', self.doc('call-key.pem'), '--x5u', X5U,
                '--orig', ORIG, '--dest', DEST, '--attest', 'A', '--iat',
                str(NOW)]
        os.chmod(self.doc('call-key.pem'), 0o600)
        value = self.run_ok(args).rstrip('\n')
        got = self.verify(
            value, want=0 if want is None else 1, at=str(NOW),
            trust=trust or os.path.join(self.keep, ROOTS),
            crl=os.path.join(self.keep, CRL), cert=self.doc('call.pem'),
            **{'crl-trust': self.opts['root'], 'crl-policy': 'hard'})
        self.assertEqual(got['case'], want, got)
        return got

    def test_good(self):
        """R-123: asked as the STI-PA wants it, checked, kept, and used."""
        self.assertEqual(self.update(), {
            'changed': True,
            'list': {'result': 'updated', 'reason': None, 'sequence': 5,
                     'expires': NOW + 3600, 'roots': 1},
            'crl': {'result': 'updated', 'reason': None, 'revoked': 1,
                    'this_update': NOW - 7200, 'next_update': NOW + 86400,
                    'refresh_at': NOW + 12 * 3600}})
        self.assertEqual(self.pa.logins, [('application/json', {
            'userId': 'user', 'password': PASSWORD})])
        self.assertEqual(list(self.kept()), [CRL, ROOTS, LIST])
        self.assertEqual(self.kept()[ROOTS], self.read(self.doc('root1.pem')))
        got = self.update()
        self.assertEqual((got['changed'], got['list']['result'],
                          got['crl']['result']),
                         (False, 'unchanged', 'unchanged'))
        self.call(None)
        # the root of the calls is no longer on the list
        self.pa.offer('list6')
        self.assertTrue(self.update('--list-only')['changed'])
        self.call('E17')

    def test_revoked(self):
        """A call passes until its certificate is on the CRL that came."""
        self.update()
        self.call(None)
        self.pa.offer_crl('crl3call')
        got = self.update()
        self.assertEqual((got['list']['result'], got['crl']['result']),
                         ('unchanged', 'updated'))
        self.assertRegex(self.call('E17')['detail'], 'revoked')

    def test_text(self):
        """One line for each, and what to do; reasons on stderr."""
        self.assertEqual(
            self.run_ok(self.args()),
            'list  updated: sequence 5, 1 root, expires 2023-11-14T23:13:20Z\n'
            'crl   updated: 1 revoked, next update 2023-11-15T22:13:20Z\n'
            'changed: have shakend reload (HUP)\n')
        self.assertEqual(
            self.run_ok(self.args()),
            'list  unchanged: sequence 5, 1 root, expires '
            '2023-11-14T23:13:20Z\n'
            'crl   unchanged: 1 revoked, next update 2023-11-15T22:13:20Z\n')
        self.server.pages.clear()
        for at, end in (NOW + 3599, 'expires'), (NOW + 3600, 'expired'):
            r = self.run_raw(self.args(at=str(at)))
            self.assertEqual(
                (r.returncode, r.stdout.decode()),
                (1, 'list  refused; kept: sequence 5, 1 root, %s '
                 '2023-11-14T23:13:20Z\n'
                 'crl   refused; what was kept stays\n' % end))
            self.assertRegex(r.stderr.decode(), r'\Ashaken: list: [^\n]*404'
                             r'[^\n]*\nshaken: crl: [^\n]*404[^\n]*\n\Z')

    def test_one_of_two(self):
        """One that is refused does not keep the other out."""
        self.pa.offer('list7wrong')
        got = self.update(want=1)
        self.assertEqual((got['changed'], got['list']['result'],
                          got['list']['sequence'], got['crl']['result']),
                         (True, 'refused', None, 'updated'))
        self.assertEqual(list(self.kept()), [CRL])
        self.pa.offer('list5')
        self.pa.offer_crl('crl3wrong')
        got = self.update(want=1)
        self.assertEqual((got['changed'], got['list']['result'],
                          got['crl']['result']), (True, 'updated', 'refused'))

    def test_parts(self):
        """--crl-only needs no login, --list-only no CRL."""
        got = self.update('--crl-only', user=None, password_file=None,
                          api=None)
        self.assertEqual((got['list'], got['crl']['result']),
                         (None, 'updated'))
        self.assertEqual(self.pa.logins, [])
        got = self.update('--list-only', crl_url=None)
        self.assertEqual((got['list']['result'], got['crl']),
                         ('updated', None))
        self.assertEqual(self.server.count('crl'), 1)

    def test_bad_lists(self):
        """R-123, R-124: the old roots stay, and calls are verified."""
        self.pa.offer('list6')
        self.update()
        self.refused_list('list5', 'sequence 5 is lower than 6')
        shutil.rmtree(self.keep)
        os.mkdir(self.keep)
        self.pa.offer('list5')
        self.update()
        for name, why in (('list7old', 'expired'), ('list7bad', 'entry 0'),
                          ('list7wrong', 'not signed by'),
                          ('list7else', 'b.test is not a host')):
            with self.subTest(name):
                self.assertEqual(self.refused_list(name, why)['sequence'], 5)
        # right for the STI-PA, but not for one with another root
        self.pa.offer('list5')
        self.refused('list', '.', '--list-only', root=self.doc('root1.pem'))
        self.call(None)

    def refused_list(self, name, why):
        self.pa.offer(name)
        return self.refused('list', why, '--list-only')

    def test_bad_answers(self):
        """R-123: no login, no JSON, no list, no chain."""
        self.update()
        good = dict(self.server.pages)
        for path, page, why in (
                ('api/v1/auth/login', (b'', '401 No'), 'status 401'),
                ('api/v1/auth/login', (b'{"status":"failure"}',), 'success'),
                ('api/v1/ca-list', (b'<html>',), 'success'),
                ('api/v1/ca-list', (b'{"status":"success","caList":"a.b"}',),
                 'JWS'),
                ('signer.pem', (b'', '404 No'), 'status 404')):
            with self.subTest((path, why)):
                self.server.pages.update(good)
                self.server.pages[path] = standin.answer(*page)
                self.refused('list', why, '--list-only')
        self.call(None)

    def test_bad_crls(self):
        """R-112: the old one stays."""
        self.pa.offer_crl('crl2')
        self.update()
        for name, why in (('crl1', 'older'), ('crl3late', 'out of date'),
                          ('crl3early', 'out of date'), ('crl3wrong', 'sign'),
                          (None, 'not a CRL'),
                          ('crl3else', 'b.test is not a host')):
            with self.subTest(name):
                self.pa.offer_crl(name)
                self.refused('crl', why, '--crl-only')
        self.call(None)

    def test_unreachable(self):
        """R-125, R-126: with nobody there, calls are verified with what is
        kept, from its file or from a directory of PEM files."""
        self.update()
        self.server.close()
        self.assertEqual(self.refused('list', '.')['sequence'], 5)
        self.refused('crl', '.')
        self.call(None)
        roots = os.path.join(self.dir, 'roots')
        os.mkdir(roots)
        shutil.copy(os.path.join(self.keep, ROOTS), roots)
        self.call(None, trust=roots)
        shutil.rmtree(self.keep)
        os.mkdir(self.keep)
        self.assertIsNone(self.refused('list', '.')['sequence'])

    def test_hosts(self):
        """R-113: a signer's certificate comes from the host of the CRL, or one
        that was named; others are not asked."""
        other = Host(self.dir)
        self.addCleanup(other.close)
        other.pages['crl'] = Page(self.read(self.doc('crl1')))
        both = self.write('both.pem', self.read(other.ca) +
                          self.read(self.opts['tls-ca']))
        opts = {'tls_ca': both, 'crl_url': other.url('crl', other.port)}
        self.refused('crl', 'localhost is not a host', '--crl-only', **opts)
        self.assertEqual((self.server.connections, other.count('crl')),
                         (0, 1))
        got = self.update('--crl-only', '--host', 'no.test', '--host',
                          'LocalHost', **opts)
        self.assertEqual(got['crl']['result'], 'updated')

    def test_secret(self):
        """The password is nowhere but in the request of the login."""
        self.update()
        self.pa.offer('list7bad')
        r = self.run_raw(self.args())
        said = r.stdout + r.stderr + b''.join(self.kept().values())
        for secret in b's3cret', b'T0k.en', b't0k.en':
            self.assertNotIn(secret, said)
        for body in (PASSWORD, PASSWORD + '\r\n'):
            self.pa.logins.clear()
            self.update('--list-only', want=1,
                        password_file=self.write('password', body))
            self.assertEqual(self.pa.logins[0][1]['password'], PASSWORD)

    def test_cannot(self):
        """Exit status 2, and the STI-PA is not asked."""
        text = self.write('text', 'x')
        for replace, says in (
                ({'dir': None}, '--dir'), ({'root': None}, '--root'),
                ({'user': None}, '--user'),
                ({'password_file': None}, '--password-file'),
                ({'crl_url': None}, '--crl-url'),
                ({'dir': '/nonexistent'}, '--dir /nonexistent: '),
                ({'dir': text}, '--dir'),
                ({'root': '/nonexistent'}, '--root /nonexistent: '),
                ({'root': text}, '--root'),
                ({'root': self.doc('call-key.pem')}, '--root'),
                ({'root': self.doc('signer.pem')}, 'self-signed'),
                ({'password_file': '/nonexistent'}, '--password-file'),
                ({'password_file': self.write('p0', '')}, 'one line'),
                ({'password_file': self.write('p1', '\n')}, 'one line'),
                ({'password_file': self.write('p2', 'a\nb\n')}, 'one line'),
                ({'password_file': self.write('p3', 'a\0b')}, 'one line'),
                ({'password_file': self.write('p4', 'a' * 1025)}, '1024'),
                ({'api': 'http://localhost/api'}, 'https'),
                ({'crl_url': 'crl.pem'}, 'https')):
            with self.subTest(replace):
                self.run_cannot(self.args(**replace), says)
        self.run_cannot(self.args('--list-only', '--crl-only'), '--crl-only')
        self.run_cannot(self.args('x'), 'options only')
        self.assertEqual(self.server.connections, 0)
        self.assertEqual(self.kept(), {})

    def test_directory(self):
        """One update at a time, in a directory that can be written to."""
        if os.geteuid() != 0:
            os.chmod(self.keep, 0o500)
            self.run_cannot(self.args(), 'Permission denied')
            os.chmod(self.keep, 0o700)
        fd = os.open(self.keep, os.O_RDONLY)
        self.addCleanup(os.close, fd)
        fcntl.flock(fd, fcntl.LOCK_EX)
        self.run_cannot(self.args(), 'another update')
        fcntl.flock(fd, fcntl.LOCK_UN)
        self.update()
