# SPDX-License-Identifier: Apache-2.0
"""The command line: what it fetches, and what it keeps."""
import hashlib
import json
import os
import re
import shutil
import time

from cli_base import NOW, Case, b64, claims
from cli_host import GOOD, TYPE, Host, Page, openssl

DAY = 86400


class NetCase(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.host = Host(cls.dir)

    @classmethod
    def tearDownClass(cls):
        cls.host.close()
        super().tearDownClass()

    def setUp(self):
        self.chain = self.read(self.file('chain.pem'))
        self.host.pages = {'1.pem': Page(self.chain)}
        self.host.seen = []
        self.url = self.host.url('1.pem')
        self.net = ['--tls-ca', self.host.ca, '--allow-private']

    def read(self, path):
        with open(path, 'rb') as f:
            return f.read()

    def serve(self, name, **page):
        body = page.pop('body', self.chain)
        self.host.pages[name] = Page(body, **page)
        return self.host.url(name)

    def new_dir(self, name):
        path = os.path.join(self.dir, name)
        shutil.rmtree(path, ignore_errors=True)
        return path

    def other_pki(self, *more):
        path = self.new_dir('other')
        self.run_ok(['testpki', path, *more])
        return lambda name: os.path.join(path, name)


class Fetch(NetCase):
    """shaken verify without --cert."""

    def passed(self, value, *more, **replace):
        got = self.verify(value, *self.net, *more, cert=None, **replace)
        self.assertEqual(got['verstat'], 'TN-Validation-Passed')
        return got

    def refused(self, value, detail, *more, ecase='E8', **replace):
        got = self.fails(value, ecase, 436, *more, cert=None, **replace)
        self.assertRegex(got['detail'], detail)

    def signed(self, path='1.pem', **replace):
        return self.sign(x5u=self.host.url(path), **replace)

    def token(self, x5u):
        """Signed by hand: the command does not sign for such an x5u."""
        header = {'alg': 'ES256', 'ppt': 'shaken', 'typ': 'passport',
                  'x5u': x5u}
        text = '.'.join(b64(json.dumps(p, separators=(',', ':'),
                                       sort_keys=True))
                        for p in (header, claims()))
        der = openssl('dgst', '-sha256', '-sign', self.file('key.pem'),
                      data=text.encode())
        n = der[3]
        r, s = der[4:4 + n], der[6 + n:]
        sig = b''.join(v.lstrip(b'\0').rjust(32, b'\0') for v in (r, s))
        return '%s.%s;info=<%s>;alg=ES256;ppt=shaken' % (text, b64(sig), x5u)

    def test_fetched(self):
        # 200 brings the chain
        self.passed(self.signed())
        self.assertEqual(self.host.seen, ['1.pem'])
        # and the verdict is that of the same chain from a file
        value = self.signed()
        got = self.verify(value, *self.net, '--explain', cert=None)
        self.assertEqual(got, self.verify(value, '--explain'))

    def test_nothing_is_fetched_in_vain(self):
        # not for a call that cannot pass, nor where there is --cert
        value = self.signed()
        self.verify(value, *self.net, want=1, cert=None, orig='911')
        self.verify(value, *self.net, want=1, cert=None, at=str(NOW + 61))
        self.verify(value, *self.net)
        self.assertEqual(self.host.seen, [])

    def test_private_address(self):
        #
        value = self.signed()
        self.refused(value, 'no public address', '--tls-ca', self.host.ca)
        self.assertEqual(self.host.seen, [])

    def test_tls(self):
        #
        value = self.signed()
        self.refused(value, '(?i)certificate|issuer', '--allow-private')
        self.assertEqual(self.host.seen, [])
        for bad in ('/nonexistent', self.write('empty', '')):
            self.run_cannot(self.verify_args(
                value, cert=None, **{'tls-ca': bad}), bad)

    def test_ports(self):
        #
        value = self.token(self.host.url('1.pem', self.host.port))
        self.refused(value, '443', *self.net, ecase='E7')
        self.assertEqual(self.host.seen, [])
        self.passed(value, '--allow-port', str(self.host.port))
        self.passed(value, '--allow-port', '1', '--allow-port',
                    str(self.host.port))
        self.refused(value, 'port', *self.net, '--allow-port', '1')
        got = self.verify(value, '--lab', '--tls-ca', self.host.ca,
                          cert=None)
        self.assertEqual(got['spc'], '1234')
        for bad in ('0', '65536', '', 'x', '1x', '-1'):
            self.run_cannot(self.verify_args(
                value, cert=None, **{'allow-port': bad}), '--allow-port')
        self.run_cannot(self.verify_args(
            value, *['--allow-port', '1'] * 17, cert=None), 'at most 16')

    def test_scheme(self):
        # also where a port is allowed
        value = self.token('http://%s:%d/1.pem' % (self.host.ip,
                                                   self.host.port))
        self.refused(value, 'https', *self.net, ecase='E7')
        self.refused(value, 'scheme', *self.net, '--lab')
        self.assertEqual(self.host.seen, [])

    def test_answers(self):
        #
        key = self.read(self.file('key.pem'))
        table = [
            ({'status': '302 Found', 'fields': {'Location': self.url}},
             'status 302, not followed'),
            ({'status': '404 Not Found'}, 'status 404'),
            ({'status': '500 No'}, 'status 500'),
            ({'body': b'<html>'}, 'certificate'),
            ({'body': self.chain + key}, 'private key'),
            ({'body': b'x' * 65537}, '65536|size'),
        ]
        for i, (page, detail) in enumerate(table):
            with self.subTest(detail):
                name = 'bad%d' % i
                self.serve(name, **page)
                self.refused(self.signed(name), detail, *self.net)
        self.assertEqual(self.host.count('1.pem'), 0)

    def test_timeout(self):
        # within the limit and a tenth, and the start of a program
        self.serve('silent', body=None)
        value = self.signed('silent')
        start = time.monotonic()
        self.refused(value, '(?i)time|answer', *self.net, '--timeout', '800')
        self.assertTrue(0.75 < time.monotonic() - start < 2.5)
        self.serve('slow', delay=1.5)
        self.passed(self.signed('slow'), '--timeout', '8000')
        for bad in ('0', '600001'):
            self.run_cannot(self.verify_args(
                value, cert=None, timeout=bad), '--timeout')

    def test_side_by_side(self):
        # several x5u of one call within one deadline
        values = []
        for i in range(6):
            self.serve('%d.slow' % i, delay=1)
            values.append(self.signed('%d.slow' % i))
        start = time.monotonic()
        got = self.passed(values[-1], *values[:-1], '--timeout', '10000')
        self.assertEqual(len(got['results']), 6)
        # four at a time to one host: two seconds, not six
        self.assertLess(time.monotonic() - start, 4.5)

    def test_one_that_is_dead_fails_no_other(self):
        self.serve('silent', body=None)
        got = self.passed(self.signed(), self.signed('silent'), '--timeout',
                          '800')
        self.assertEqual([r['case'] for r in got['results']], ['E8', None])

    def test_single_flight(self):
        # values with the same x5u
        self.passed(self.signed(), self.signed(), self.signed())
        self.assertEqual(self.host.seen, ['1.pem'])

    def test_store(self):
        # the second call needs no fetch
        store = self.new_dir('store')
        value = self.signed()
        self.run_cannot(self.verify_args(
            value, cert=None, store=store), store)
        os.mkdir(store)
        self.passed(value, store=store)
        got = self.passed(value, '--explain', store=store)
        self.assertEqual(self.host.seen, ['1.pem'])
        self.assertEqual(len(os.listdir(store)), 1)
        self.run_cannot(self.verify_args(value, store=store), '--store')
        # what is kept is judged anew: another trust, another answer
        other = self.other_pki()
        self.fails(value, 'E17', 437, *self.net, cert=None, store=store,
                   trust=other('root.pem'), crl=None)
        # and without the network
        again = self.verify(value, '--explain', '--no-fetch', cert=None,
                            store=store)
        self.assertEqual(got, again)
        self.assertEqual(self.host.seen, ['1.pem'])

    def test_no_fetch(self):
        value = self.signed()
        self.refused(value, '--cert', '--no-fetch')
        store = self.new_dir('store')
        self.run_cannot(self.verify_args(
            value, '--no-fetch', cert=None, store=store), store)
        os.mkdir(store)
        self.refused(value, 'not in the store', '--no-fetch', store=store)
        self.assertEqual(self.host.seen, [])

    def test_only_good_ones_are_kept(self):
        store = self.new_dir('store')
        os.mkdir(store)
        self.serve('old.pem', body=self.read(self.file('expired.pem')))
        self.fails(self.signed('old.pem', key='expired-key.pem'), 'E17', 437,
                   *self.net, cert=None, store=store)
        self.assertEqual(os.listdir(store), [])

    def age(self, store, seconds):
        """Make what is kept older."""
        name, = os.listdir(store)
        path = os.path.join(store, name)
        rest = self.read(path).split(b'\n', 1)[1]
        rest = re.sub(rb'^fetched \d+', b'fetched %d' % (NOW - seconds),
                      rest, flags=re.M)
        digest = hashlib.sha256(rest).hexdigest().encode()
        with open(path, 'wb') as f:
            f.write(b'shaken-chain 1 ' + digest + b'\n' + rest)

    def test_replaced_behind_its_url(self):
        #
        store = self.new_dir('store')
        os.mkdir(store)
        other = self.other_pki()
        both = ['--trust', other('root.pem'), '--crl', other('crl.pem')]
        self.passed(self.signed(), *both, store=store)
        self.serve('1.pem', body=self.read(other('chain.pem')))
        value = self.sign('--key', other('key.pem'), key=None, x5u=self.url)
        # fetched just now: the verdict stands
        self.fails(value, 'E18', 438, *self.net, *both, cert=None,
                   store=store)
        self.assertEqual(self.host.count('1.pem'), 1)
        self.age(store, 60)
        self.passed(value, *both, store=store)
        self.assertEqual(self.host.count('1.pem'), 2)
        self.passed(value, *both, store=store)
        self.assertEqual(self.host.count('1.pem'), 2)

    def test_refetch_that_changes_nothing(self):
        # one refetch, then the answer is final
        store = self.new_dir('store')
        os.mkdir(store)
        value = self.signed()
        self.passed(value, store=store)
        self.age(store, 60)
        head, payload, rest = value.split('.', 2)
        forged = '.'.join((head, payload, 'AAAA' + rest[4:]))
        self.fails(forged, 'E18', 438, *self.net, cert=None, store=store)
        self.assertEqual(self.host.count('1.pem'), 2)
        self.fails(forged, 'E18', 438, *self.net, cert=None, store=store)
        self.assertEqual(self.host.count('1.pem'), 2)


class Lint(NetCase):
    """shaken cert show and lint of a URL."""

    def findings(self, url, want, *more):
        got = json.loads(self.run_ok(['cert', 'lint', '--json', *self.net,
                                      *more, url], want))
        self.assertEqual(list(got), ['x5u', 'certificates'])
        self.assertEqual(list(got['x5u']), ['url', 'findings'])
        self.assertEqual(got['x5u']['url'], url)
        for f in got['x5u']['findings']:
            self.assertEqual(list(f), ['severity', 'id', 'rule', 'text'])
            self.assertRegex(f['rule'], '^(ATIS|RFC)')
        return [(f['severity'], f['id']) for f in got['x5u']['findings']]

    def test_show(self):
        out = self.run_ok(['cert', 'show', '--json', *self.net, self.url])
        self.assertEqual(out, self.run_ok(['cert', 'show', '--json',
                                           self.file('chain.pem')]))
        for url, more, says in (
                (self.host.url('none'), self.net, 'status 404'),
                (self.url, [], 'no public address'),
                (self.url, ['--allow-private'], self.url),
                ('http://x.example/', self.net, 'scheme'),
                (self.serve('html', body=b'<html>'), self.net, 'html'),
                (self.serve('key', body=self.read(self.file('key.pem'))),
                 self.net, 'private key'),
                (self.serve('silent', body=None),
                 self.net + ['--timeout', '300'], 'silent')):
            with self.subTest(says):
                self.run_cannot(['cert', 'show', *more, url], says)
        port = self.host.url('1.pem', self.host.port)
        self.run_cannot(['cert', 'show', *self.net, port], 'port')
        self.run_ok(['cert', 'show', *self.net, '--allow-port',
                     str(self.host.port), port])
        self.run_ok(['cert', 'show', '--tls-ca', self.host.ca, '--lab', port])

    def test_clean(self):
        #
        note = [('note', 'x5u-host')]  # there is no name on loopback
        self.assertEqual(self.findings(self.url, 0), note)
        out = self.run_ok(['cert', 'lint', *self.net, self.url])
        self.assertTrue(out.startswith(self.url + ':\n  note '))
        self.assertEqual(out.count('no findings'), 2)

    def test_answers(self):
        # content type, caching, redirect, status; order, root, form
        def fields(**change):
            f = dict(GOOD)
            f.update({k.replace('_', '-'): v for k, v in change.items()})
            return {'fields': {k: v for k, v in f.items() if v is not None}}
        blocks = re.findall(rb'-----BEGIN[^-]*-----[^-]*-----END[^-]*-----\n',
                            self.chain)
        leaf, inter = blocks
        root = self.read(self.file('root.pem'))
        key = self.read(self.file('key.pem'))
        der = openssl('x509', '-outform', 'DER', data=leaf)
        table = [
            (fields(Content_Type='text/plain'), 1, 'warning', 'x5u-type'),
            (fields(Content_Type=None), 1, 'warning', 'x5u-type'),
            (fields(Content_Type=TYPE + '; charset=utf-8'), 0, None, None),
            (fields(Content_Type=TYPE.upper()), 0, None, None),
            (fields(Cache_Control=None), 1, 'warning', 'x5u-cache'),
            (fields(Cache_Control='max-age=86399'), 1, 'warning',
             'x5u-cache'),
            (fields(Cache_Control='no-store'), 1, 'warning', 'x5u-cache'),
            (fields(Cache_Control='public, max-age=604800'), 0, None, None),
            (fields(Age='5000'), 0, None, None),
            ({'status': '301 Moved', 'fields': {'Location': self.url}}, 1,
             'error', 'x5u-redirect'),
            ({'status': '404 Not Found'}, 1, 'error', 'x5u-status'),
            (fields(Content_Encoding='gzip'), 1, 'error', 'x5u-body'),
            ({'body': b'x' * 65537}, 1, 'error', 'x5u-body'),
            ({'body': b'<html>'}, 1, 'error', 'x5u-body'),
            ({'body': b''}, 1, 'error', 'x5u-body'),
            ({'body': der}, 1, 'error', 'x5u-body'),
            ({'body': leaf + inter[:200] + inter[260:]}, 1, 'error',
             'x5u-body'),
            ({'body': leaf * 11}, 1, 'error', 'x5u-body'),
            ({'body': self.chain + key}, 1, 'error', 'x5u-secret'),
            ({'body': inter + leaf}, 1, 'error', 'x5u-order'),
            ({'body': leaf + root}, 1, 'warning', 'x5u-order'),
            ({'body': self.chain + root}, 0, 'note', 'x5u-root'),
            ({'body': b'subject=x\n' + self.chain}, 1, 'warning',
             'x5u-text'),
            ({'body': b'\xef\xbb\xbf' + self.chain}, 1, 'warning',
             'x5u-text'),
            ({'body': self.chain + b'x'}, 1, 'warning', 'x5u-text'),
            ({'body': self.chain.replace(b'\n', b'\r\n')}, 0, None, None),
            ({'body': leaf + b'\n\n' + inter.rstrip()}, 0, None, None),
        ]
        for i, (page, want, severity, name) in enumerate(table):
            with self.subTest((i, name)):
                got = self.findings(self.serve('p%d' % i, **page), want)
                self.assertEqual(got.pop(0), ('note', 'x5u-host'))
                if name is None:
                    self.assertEqual(got, [])
                else:
                    self.assertIn((severity, name), got)

    def test_forms(self):
        # what is wrong with a URL is told without asking it
        at = self.host.ip
        table = [
            ('http://%s:8443/1.pem', 'error', 'x5u-scheme'),
            ('ftp://%s/1.pem', 'error', 'x5u-scheme'),
            ('https://%%s:%d/1.pem' % self.host.port, 'error', 'x5u-port'),
            ('https://%s:/1.pem', 'error', 'x5u-port'),
            ('https://%s:0443x/1.pem', 'error', 'x5u-port'),
            ('https://u@%s:8443/1.pem', 'error', 'x5u-userinfo'),
            ('https://@%s:8443/1.pem', 'error', 'x5u-userinfo'),
            ('https://%s:8443/1.pem?', 'error', 'x5u-query'),
            ('https://%s:8443/1.pem?x=1', 'error', 'x5u-query'),
            ('https://%s:8443/1.pem#', 'error', 'x5u-fragment'),
            ('https://%s:8443/1.pem?#', 'error', 'x5u-fragment'),
            ('https://%s:8443/a b', 'error', 'x5u-form'),
            ('https://%s:8443/' + 'x' * 1024, 'error', 'x5u-form'),
            ('https:///%s', 'error', 'x5u-form'),
            ('://%s', 'error', 'x5u-form'),
        ]
        for form, severity, name in table:
            with self.subTest(form[:40]):
                self.assertIn((severity, name), self.findings(form % at, 1))
        self.assertEqual(self.host.seen, [])

    def test_paths(self):
        #
        for path, want, severity in (('', 1, 'warning'),
                                     ('a/../1.pem', 1, 'warning'),
                                     ('./1.pem', 1, 'warning'),
                                     ('a//1.pem', 0, 'note'),
                                     ('a/1', 0, None), ('a/', 0, None),
                                     ('.../1..pem', 0, None)):
            with self.subTest(path):
                got = self.findings(self.serve(path), want)
                self.assertEqual([s for s, name in got
                                  if name == 'x5u-path'],
                                 [] if severity is None else [severity])

    def test_hosts(self):
        # what no connection is needed for
        fail = ['--timeout', '1']
        for url, name in (('https://CERT.invalid/1.pem', 'x5u-host'),
                          ('https://cert.invalid:443/1.pem', 'x5u-port'),
                          ('https://[::1]:8443/1.pem', 'x5u-host')):
            got = self.findings(url, 1, *fail)
            self.assertIn(('note', name), got)
        self.assertEqual([s for s, _ in self.findings(
            'https://cert.invalid/1.pem', 1, *fail)], ['error'])

    def test_port_of_a_lab(self):
        # fetched where it is allowed, and a finding all the same
        url = self.host.url('1.pem', self.host.port)
        got = self.findings(url, 1, '--allow-port', str(self.host.port))
        self.assertEqual([f for f in got if f[0] == 'error'],
                         [('error', 'x5u-port')])
        self.assertEqual(self.host.seen, ['1.pem'])

    def test_connection(self):
        # as findings
        got = json.loads(self.run_ok(['cert', 'lint', '--json', self.url], 1))
        self.assertIn('x5u-address', [f['id'] for f in got['x5u']['findings']])
        self.assertEqual(got['certificates'], [])
        out = self.run_ok(['cert', 'lint', '--allow-private', self.url], 1)
        self.assertRegex(out, 'error +x5u-tls: .*ATIS')
        self.assertIn(('error', 'x5u-answer'), self.findings(
            self.serve('silent', body=None), 1, '--timeout', '300'))
        self.run_cannot(['cert', 'lint', '--tls-ca', '/nonexistent',
                         self.url], '/nonexistent')
        self.run_cannot(['cert', 'lint', '--timeout', '0', self.url],
                        '--timeout')

    def test_certificates_are_linted_too(self):
        #
        url = self.serve('x', body=self.read(self.file('expired.pem')))
        got = json.loads(self.run_ok(['cert', 'lint', '--json', *self.net,
                                      url], 1))
        self.assertEqual([f['id'] for f in
                          got['certificates'][0]['findings']], ['validity'])
        self.run_ok(['cert', 'lint', *self.net, '--at', str(NOW - 2 * DAY),
                     url])


class Check(NetCase):
    """shaken cert check."""

    NAMES = ['key-match', 'tnauthlist', 'spc', 'path', 'expiry', 'profile',
             'x5u-form', 'x5u-answer', 'x5u-chain', 'x5u-publication']

    def args(self, *more, **replace):
        opts = {'key': self.file('key.pem'), 'cert': self.file('chain.pem'),
                'x5u': self.url, 'trust': self.file('root.pem')}
        opts.update(replace)
        args = ['cert', 'check', *self.net]
        for name, value in opts.items():
            if value is not None:
                args += ['--' + name, value]
        return args + list(more)

    def check(self, want, *more, **replace):
        got = json.loads(self.run_ok(self.args('--json', *more, **replace),
                                     want))
        self.assertEqual(list(got), ['ok', 'checks'])
        self.assertEqual(got['ok'], want == 0)
        self.assertEqual([c['check'] for c in got['checks']], self.NAMES)
        for c in got['checks']:
            self.assertEqual(list(c), ['check', 'result', 'detail', 'rule',
                                       'hint'])
            self.assertEqual(c['hint'] is not None,
                             c['result'] in ('error', 'warning'))
        return {c['check']: c['result'] for c in got['checks']}

    def one_fails(self, name, result, *more, skipped=(), **replace):
        got = self.check(1, *more, **replace)
        want = dict.fromkeys(self.NAMES, 'pass')
        want[name] = result
        want.update(dict.fromkeys(skipped, 'skipped'))
        self.assertEqual(got, want)

    def test_good(self):
        self.assertEqual(set(self.check(0).values()), {'pass'})
        out = self.run_ok(self.args())
        self.assertEqual([line.split()[:2] for line in out.splitlines()
                          if line[0] != ' '],
                         [['pass', name] for name in self.NAMES])
        for line in out.splitlines():
            self.assertLessEqual(len(line), 100)

    def test_key_and_certificate(self):
        # the key is that of another certificate
        self.one_fails('key-match', 'error', key=self.file('revoked-key.pem'))

    def test_path(self):
        #
        self.one_fails('path', 'error', trust=self.other_pki()('root.pem'))
        got = self.check(0, trust=None)
        self.assertEqual(got['path'], 'skipped')

    def test_expiry(self):
        # a third of its life, 30 days at most, or what is asked for
        self.one_fails('expiry', 'warning', '--at', str(NOW + 340 * DAY))
        self.check(0, '--at', str(NOW + 330 * DAY))
        self.one_fails('expiry', 'warning', '--days', '400')
        self.check(0, '--days', '10', '--at', str(NOW + 340 * DAY))
        got = self.check(1, '--at', str(NOW + 370 * DAY))
        self.assertEqual((got['expiry'], got['path']), ('error', 'error'))
        got = self.check(1, '--at', str(NOW - 370 * DAY))
        self.assertEqual(got['expiry'], 'error')
        other = self.other_pki('--days', '6')
        url = self.serve('short', body=self.read(other('chain.pem')))
        opts = {'key': other('key.pem'), 'cert': other('chain.pem'),
                'trust': other('root.pem'), 'x5u': url}
        self.check(0, '--at', str(NOW + 3 * DAY), **opts)
        self.one_fails('expiry', 'warning', '--at', str(NOW + 5 * DAY),
                       **opts)
        for bad in ('0', '3651', 'x'):
            self.run_cannot(self.args(days=bad), '--days')

    def test_no_scope(self):
        # an intermediate has no TNAuthList, and signs no calls
        got = self.check(1, key=self.file('intermediate-key.pem'),
                         cert=self.file('intermediate.pem'))
        self.assertEqual((got['key-match'], got['tnauthlist'], got['spc']),
                         ('error', 'error', 'error'))

    def test_what_is_served(self):
        # this very chain
        leaf = self.chain.split(b'-----END CERTIFICATE-----\n')[0]
        leaf += b'-----END CERTIFICATE-----\n'
        root = self.read(self.file('root.pem'))
        other = self.read(self.file('revoked.pem'))
        for body, result in ((other, 'error'), (leaf, 'warning'),
                             (self.chain + root, 'warning')):
            self.one_fails('x5u-chain', result,
                           x5u=self.serve('served', body=body))
        got = self.check(1, x5u=self.serve('served', body=b'<html>'))
        self.assertEqual((got['x5u-chain'], got['x5u-publication']),
                         ('error', 'error'))

    def test_publication(self):
        #
        self.one_fails('x5u-publication', 'warning', x5u=self.serve(
            'type', fields={'Content-Type': 'text/plain',
                            'Cache-Control': 'max-age=86400'}))

    def test_no_answer(self):
        #
        after = ('x5u-chain', 'x5u-publication')
        self.one_fails('x5u-answer', 'error', skipped=after,
                       x5u=self.host.url('none'))
        self.one_fails('x5u-answer', 'error', '--timeout', '300',
                       skipped=after, x5u=self.serve('silent', body=None))
        got = self.check(0, '--no-fetch', x5u='https://cert.invalid/1.pem')
        self.assertEqual([n for n in self.NAMES if got[n] == 'skipped'],
                         ['x5u-answer', *after])

    def test_form(self):
        #
        for url in ('http://x.example/1', 'https://x.example/1?',
                    'https://x.example:444/1', 'x'):
            got = self.check(1, x5u=url)
            self.assertEqual((got['x5u-form'], got['x5u-answer']),
                             ('error', 'error'), url)
        self.one_fails('x5u-form', 'warning', '--no-fetch',
                       skipped=self.NAMES[-3:], x5u='https://x.example/')

    def test_cannot(self):
        for name in ('key', 'cert', 'x5u'):
            self.run_cannot(self.args(**{name: None}), '--' + name)
        empty = self.write('empty', '')
        for name, bad in (('key', empty), ('key', self.file('root.pem')),
                          ('key', '/nonexistent'), ('cert', empty),
                          ('cert', self.file('key.pem')),
                          ('cert', '/nonexistent'), ('trust', empty),
                          ('x5u', '')):
            with self.subTest((name, bad)):
                self.run_cannot(self.args(**{name: bad}), '--' + name)
        self.run_cannot(self.args('x'), 'options only')
        self.net[1] = empty
        self.run_cannot(self.args(), empty)


class Cache(NetCase):
    """shaken cache."""

    def setUp(self):
        super().setUp()
        self.store = self.new_dir('store')
        self.more = ['--store', self.store, '--trust', self.file('root.pem')]

    def list(self):
        got = json.loads(self.run_ok(['cache', 'list', '--json', '--store',
                                      self.store]))
        self.assertEqual(list(got), ['chains', 'corrupt'])
        return got

    def urls(self):
        return [c['url'] for c in self.list()['chains']]

    def prefetch(self, want, urls, *more):
        data = ''.join(u + '\n' for u in urls)
        got = json.loads(self.run_ok(['cache', 'prefetch', '--json',
                                      *self.more, *self.net, *more, '-'],
                                     want, data))
        self.assertEqual(list(got), ['loaded', 'kept', 'refused', 'results'])
        for r in got['results']:
            self.assertEqual(list(r), ['url', 'result', 'detail'])
            self.assertEqual(r['detail'] is not None,
                             r['result'] == 'refused')
        return got

    def import_list(self, want, text, *more):
        path = self.write('list', text)
        return json.loads(self.run_ok(['cache', 'import', '--json',
                                       *self.more, *more, path], want))

    def test_prefetch(self):
        #
        pages = ['%03d.pem' % i for i in range(120)]
        urls = [self.serve(p) for p in pages]
        got = self.prefetch(0, ['# all of them', '', *urls])
        self.assertEqual((got['loaded'], got['kept'], got['refused']),
                         (120, 0, 0))
        self.assertEqual(self.urls(), urls)
        self.assertEqual(sorted(self.host.seen), pages)
        got = self.prefetch(0, urls + urls[:1])
        self.assertEqual((got['loaded'], got['kept']), (0, 121))
        self.assertEqual(len(self.host.seen), 120)
        # and the calls need no fetch
        value = self.sign(x5u=urls[7])
        self.verify(value, '--no-fetch', cert=None, store=self.store)

    def test_prefetch_refuses(self):
        stranger = self.read(self.other_pki()('chain.pem'))
        urls = [self.url, self.host.url('none'),
                self.serve('stranger', body=stranger),
                self.serve('old', body=self.read(self.file('expired.pem'))),
                self.serve('silent', body=None), 'http://x.example/',
                'https://x.example/1?']
        got = self.prefetch(1, urls, '--timeout', '2000')
        self.assertEqual([r['result'] for r in got['results']],
                         ['loaded'] + ['refused'] * 6)
        for r, says in zip(got['results'][1:], (
                '404', '', 'expired', '', 'scheme', 'query')):
            self.assertIn(says, r['detail'])
        self.assertEqual(self.urls(), [self.url])
        out = self.run_ok(['cache', 'prefetch', *self.more, *self.net,
                           self.write('list', '\n'.join(urls[:2]))], 1)
        self.assertEqual(out, 'refused  %s: HTTP status 404\n'
                         '0 loaded, 1 kept, 1 refused\n' % urls[1])

    def test_import(self):
        #
        shutil.copy(self.file('chain.pem'), os.path.join(self.dir, 'c.pem'))
        urls = ['https://a.example/1.pem', 'https://b.example:8443/2.pem']
        got = self.import_list(0, '# two\n\n%s c.pem\r\n%s  %s\n' % (
            urls[0], urls[1], self.file('chain.pem')))
        self.assertEqual((got['loaded'], got['refused']), (2, 0))
        self.assertEqual(self.urls(), urls)
        for c in self.list()['chains']:
            self.assertAlmostEqual(c['until'], NOW + 7 * DAY, delta=600)
            self.assertEqual((c['spc'], c['fresh']), ('1234', True))
        self.import_list(0, urls[0] + ' c.pem', '--days', '1')
        self.assertAlmostEqual(self.list()['chains'][0]['until'], NOW + DAY,
                               delta=600)
        value = self.sign(x5u=urls[0])
        got = self.verify(value, *self.net, cert=None, store=self.store)
        self.assertEqual(got['verstat'], 'TN-Validation-Passed')

    def test_import_never_past_not_after(self):
        #
        other = self.other_pki('--days', '2')
        self.more[-1] = other('root.pem')
        self.import_list(0, 'https://a.example/1 ' + other('chain.pem'))
        one, = self.list()['chains']
        self.assertEqual(one['until'], one['not_after'])

    def test_import_refuses(self):
        empty, html = self.write('empty', ''), self.write('html', '<html>')
        big = self.write('big', b'x' * 65537)
        good, url = self.file('chain.pem'), 'https://a.example/1.pem'
        stranger = self.other_pki()('chain.pem')
        port = 'https://a.example:444/1.pem'
        rows = [(url, good), (url, 'nothing'), (url, empty), (url, html),
                (url, big), (url, self.file('key.pem')),
                (url, self.file('expired.pem')), (url, stranger),
                ('http://a.example/1', good), (port, good)]
        text = ''.join('%s %s\n' % r for r in rows)
        got = self.import_list(1, text)
        self.assertEqual([r['result'] for r in got['results']],
                         ['loaded'] + ['refused'] * 9)
        self.assertIn('private key', got['results'][5]['detail'])
        self.assertEqual(self.urls(), [url])
        #
        for more in (['--allow-port', '444'], ['--lab']):
            self.import_list(0, '%s %s' % (port, good), *more)
        for text, says in (('', 'no URL'), ('# x\n', 'no URL'),
                           ('\n\n%s x\n%s\n' % (url, url), 'line 4')):
            path = self.write('list', text)
            self.run_cannot(['cache', 'import', *self.more, path], says)
        self.run_cannot(['cache', 'import', *self.more, '--days', '8', path],
                        '--days')
        self.run_cannot(['cache', 'import', *self.more, '/nonexistent'],
                        '/nonexistent')
        self.run_cannot(['cache', 'import', *self.more, self.dir], 'urls')

    def test_export_and_import_again(self):
        self.prefetch(0, [self.serve('%d.pem' % i) for i in range(5)])
        before = self.urls()
        where = self.new_dir('exported')
        out = self.run_ok(['cache', 'export', '--store', self.store, where])
        self.assertEqual(out, '5 chains\n')
        self.assertEqual(sorted(os.listdir(where)),
                         ['%05d.pem' % i for i in range(1, 6)] + ['urls'])
        self.assertEqual(self.read(os.path.join(where, '00003.pem')),
                         self.chain)
        self.run_cannot(['cache', 'export', '--store', self.store, where],
                        'not there yet')
        self.run_cannot(['cache', 'export', '--store', self.store],
                        'one directory')
        self.more[1] = self.store = self.new_dir('second')
        self.run_ok(['cache', 'import', *self.more, where])
        self.assertEqual(self.urls(), before)

    def test_purge(self):
        urls = [self.serve('%d.pem' % i) for i in range(4)]
        self.prefetch(0, urls)
        args = ['cache', 'purge', '--store', self.store]
        self.run_cannot(args, '--expired')
        self.assertEqual(self.run_ok(args + ['--expired']), '0 removed\n')
        self.assertEqual(self.run_ok(args + [urls[1]]), '1 removed\n')
        self.assertEqual(self.run_ok(args + [urls[1]], 1),
                         'not there  %s\n0 removed\n' % urls[1])
        got = json.loads(self.run_ok(args + ['--json', urls[0], urls[1]], 1))
        self.assertEqual(got, {'removed': 1, 'missing': [urls[1]]})
        self.assertEqual(self.urls(), urls[2:])
        self.age()
        self.assertEqual([c['fresh'] for c in self.list()['chains']],
                         [False, False])
        self.assertIn('old ', self.run_ok(['cache', 'list', '--store',
                                           self.store]))
        self.assertEqual(self.run_ok(args + ['--expired']), '2 removed\n')
        self.prefetch(0, urls)
        self.assertEqual(self.run_ok(args + ['--all']), '4 removed\n')
        self.assertEqual(self.run_ok(['cache', 'list', '--store',
                                      self.store]), '0 chains\n')

    def age(self):
        for name in os.listdir(self.store):
            path = os.path.join(self.store, name)
            rest = self.read(path).split(b'\n', 1)[1]
            rest = re.sub(rb'^until \d+', b'until %d' % (NOW - 1), rest,
                          flags=re.M)
            digest = hashlib.sha256(rest).hexdigest().encode()
            with open(path, 'wb') as f:
                f.write(b'shaken-chain 1 ' + digest + b'\n' + rest)

    def test_corrupt_files(self):
        self.prefetch(0, [self.url, self.serve('2.pem')])
        name = sorted(os.listdir(self.store))[0]
        with open(os.path.join(self.store, name), 'ab') as f:
            f.write(b'x')
        got = self.list()
        self.assertEqual((len(got['chains']), got['corrupt']), (1, 1))
        self.assertIn('1 files that do not read back', self.run_ok(
            ['cache', 'list', '--store', self.store]))

    def test_usage(self):
        for cmd in ('list', 'purge', 'export', 'import', 'prefetch'):
            args = ['--all'] if cmd == 'purge' else [] if cmd == 'list' else [
                self.write('list', 'https://a.example/1 x')]
            if cmd in ('import', 'prefetch'):
                args += ['--trust', self.file('root.pem')]
            with self.subTest(cmd):
                self.run_cannot(['cache', cmd, *args], '--store')
                bad = '/nonexistent/store'
                self.run_cannot(['cache', cmd, '--store', bad, *args], bad)
        for cmd in ('import', 'prefetch'):
            self.run_cannot(['cache', cmd, '--store', self.store, 'x'],
                            '--trust')
            self.run_cannot(['cache', cmd, *self.more], 'one list')
            self.run_cannot(['cache', cmd, *self.more, '--allow-port', 'x',
                             self.write('list', 'https://a.example/1 x')],
                            '--allow-port')
        self.run_cannot(['cache', 'list', '--store', self.store, 'x'],
                        'options only')
        self.assertFalse(os.path.exists(self.store))
