# SPDX-License-Identifier: Apache-2.0
"""The command line: decode, cert, testpki, and hostile input to all."""
import base64
import json
import os
import random
import re
import stat
import time

from cli_base import DEST, NOW, ORIG, SIP, X5U, Case, b64, claims, token


class Decode(Case):
    def decode(self, arg, want=0, data=b''):
        out = self.run_ok(['decode', '--json', arg], want, data)
        self.assertEqual(out.count('\n'), 1)
        return json.loads(out)

    def test_value(self):
        #
        value = self.sign()
        for arg, data in ((value, ''), ('-', value), ('-', value + '\r\n'),
                          ('Identity: ' + value, ''),
                          (self.write('id', value), '')):
            got = self.decode(arg, data=data)
            self.assertEqual(list(got), ['sip', 'values'])
            self.assertIsNone(got['sip'])
            one, = got['values']
            self.assertEqual(list(one), [
                'error', 'info', 'alg', 'ppt', 'header', 'payload',
                'canonical', 'signature', 'findings'])
            self.assertEqual(one['payload']['orig'], {'tn': ORIG})
            self.assertEqual(one['info'], X5U)
            self.assertIs(one['canonical'], True)
            self.assertEqual(one['findings'], [])
        one, = self.decode(value.split(';')[0])['values']
        self.assertIsNone(one['info'])
        self.assertEqual(one['findings'], [])

    def test_no_trust_decision(self):
        # a forged token decodes as a genuine one does
        for arg in (self.sign(), token(claims())):
            out = self.run_ok(['decode', arg])
            self.assertIn('signature    not checked', out)
            for word in ('verified', 'Passed', 'valid', 'trusted'):
                self.assertNotIn(word, out)

    def test_findings(self):
        #
        good = token(claims())
        table = [
            (token(claims(attest='X')), 1, 'attest'),
            (token(claims(iat=str(NOW))), 1, 'iat'),
            (token(claims(dest={'tn': DEST})), 1, 'dest'),
            (token(json.dumps(claims())), 0, 'canonical'),
            (good + ';info=<https://other.example/c>', 1, 'info'),
            (good + ';info=' + X5U, 1, 'info'),
            (good + ';alg=ES256', 1, 'info'),
            (good + ';info=<%s>;alg=RS256' % X5U, 1, 'alg'),
            (good + ';info=<%s>;ppt="div"' % X5U, 1, 'ppt'),
            (good + '==', 1, 'base64url'),
            (good[:-2], 1, 'signature'),
        ]
        for arg, want, name in table:
            with self.subTest(arg[-40:]):
                one, = self.decode(arg, want)['values']
                ids = [f['id'] for f in one['findings']]
                self.assertIn(name, ids)
                for f in one['findings']:
                    self.assertEqual(list(f), ['severity', 'id', 'rule',
                                               'text'])
                self.assertEqual(want, int(any(
                    f['severity'] == 'error' for f in one['findings'])))
                self.assertIn(name + ': ', self.run_ok(['decode', arg],
                                                       want))

    def test_cannot(self):
        for arg in ('', 'x', 'a.b', 'a.b.c.d', '..' + b64(bytes(64)),
                    token('[]'), token('{"a":1,"a":1}'), token('{'),
                    token('{"a":' * 17 + '1' + '}' * 17),
                    token(b'{"a":"\xff"}'), token('{"a":"\\u0000"}'),
                    token('{"a":"%s"}' % ('x' * 17000)),
                    '/etc/hostname', 'no/such/file'):
            with self.subTest(arg[:40]):
                self.run_cannot(['decode', arg], '')
        self.run_cannot(['decode', self.dir], 'directory')

    def test_sip(self):
        #
        with open(os.path.join(SIP, 'attest-a-subscriber.sip'), 'rb') as f:
            message = f.read()
        path = self.write('call.sip', message)
        got = self.decode(path)
        self.assertEqual(got['values'], [])
        self.assertEqual((got['sip']['method'], got['sip']['orig'],
                          got['sip']['dest']),
                         ('INVITE', {'tn': '12155550112'},
                          {'tn': '12025550100'}))
        start, rest = message.split(b'\r\n', 1)
        value = self.sign().encode()
        for field in (b'Identity: ', b'y:', b'IDENTITY :\r\n '):
            signed = b'\r\n'.join((start, field + value, rest))
            got = self.decode('-', data=signed)
            self.assertEqual(got['values'][0]['payload']['orig'],
                             {'tn': ORIG})
        # one that is none does not hide the others
        signed = b'\r\n'.join((start, b'y: frob', b'y: ' + value, rest))
        got = self.decode('-', 1, data=signed)
        self.assertEqual([v['error'] is None for v in got['values']],
                         [False, True])
        # and a message that is none is refused
        self.run_cannot(['decode', '-'], 'SIP message', data=start + b'\r\n')

    def test_all_messages(self):
        names = [n for n in os.listdir(SIP) if n.endswith('.sip')]
        self.assertTrue(names)
        for name in names:
            with self.subTest(name):
                got = self.decode(os.path.join(SIP, name))
                self.assertIsNotNone(got['sip']['orig'])
                self.assertIsNotNone(got['sip']['dest'])
                self.run_ok(['decode', os.path.join(SIP, name)])

    def test_nothing_reaches_the_terminal(self):
        nasty = 'x\x1b[2J\x9b2J\x07'
        arg = token(claims(attest=nasty, rcd={'nam': nasty, nasty: 1}))
        message = ('INVITE sip:a@h SIP/2.0\r\nFrom: "%s" <sip:a@h>\r\n'
                   'To: <sip:b@h>\r\ny: %s\r\n\r\n' % ('x\x9b2J', arg))
        for args, data in ((['decode', arg], ''),
                           (['decode', '--json', arg], ''),
                           (['decode', '-'], message),
                           (['verify', '--trust', self.file('root.pem'),
                             '--no-fetch', '--explain',
                             arg + ';info=<%s>' % X5U], '')):
            r = self.run_raw(args, data)
            self.assertIn(r.returncode, (1, 2))
            text = (r.stdout + r.stderr).decode()
            self.assertIsNone(re.search('[\0-\x09\x0b-\x1f\x7f-\x9f]', text))


class Cert(Case):
    def test_show(self):
        got = json.loads(self.run_ok(['cert', 'show', '--json',
                                      self.file('chain.pem')]))
        leaf, inter = got['certificates']
        self.assertEqual(leaf['subject'],
                         'CN=SHAKEN 1234,O=Test Service Provider,C=US')
        self.assertEqual(leaf['issuer'], inter['subject'])
        self.assertEqual((leaf['ca'], inter['ca']), (False, True))
        self.assertEqual((leaf['spc'], inter['spc']), ('1234', None))
        self.assertEqual(leaf['tnauthlist'], [{'spc': '1234'}])
        self.assertEqual(leaf['not_after'] // 86400, NOW // 86400 + 365)
        self.assertRegex(leaf['sha256'], '^[0-9a-f]{64}$')
        out = self.run_ok(['cert', 'show', self.file('chain.pem')])
        self.assertEqual(out.count('\nissuer  '), 2)

    def test_inputs(self):
        #
        with open(self.file('chain.pem'), 'rb') as f:
            pem = f.read()
        first = pem.split(b'-----END')[0] + b'-----END CERTIFICATE-----'
        der = base64.b64decode(b''.join(first.splitlines()[1:-1]))
        for data, n in ((pem, 2), (first, 1), (der, 1),
                        (b'\xef\xbb\xbfsubject=x\r\n' +
                         pem.replace(b'\n', b'\r\n'), 2),
                        (pem * 2, 4)):
            got = json.loads(self.run_ok(['cert', 'show', '--json', '-'],
                                         data=data))
            self.assertEqual(len(got['certificates']), n)
        for data, says in ((b'', '-'), (b'x', '-'), (der[:-1], '-'),
                           (b'x' * 65537, 'more than 65536 bytes'),
                           (pem + b'-----BEGIN CERTIFICATE-----\n', '')):
            with self.subTest(data[:10]):
                for cmd in ('show', 'lint'):
                    self.run_cannot(['cert', cmd, '-'], says, data=data)
        self.run_cannot(['cert', 'show', self.file('key.pem')],
                        'private key')
        self.run_cannot(['cert', 'show', '/nonexistent'], '/nonexistent')

    def test_lint(self):
        #
        for name in ('root.pem', 'chain.pem', 'revoked.pem'):
            out = self.run_ok(['cert', 'lint', self.file(name)])
            self.assertIn('no findings', out)
        out = self.run_ok(['cert', 'lint', self.file('expired.pem')], 1)
        self.assertRegex(out, r'error +validity: .*\(RFC 5280 section')
        at = str(NOW - 2 * 86400)
        self.run_ok(['cert', 'lint', '--at', at, self.file('expired.pem')])
        got = json.loads(self.run_ok(['cert', 'lint', '--json',
                                      self.file('expired.pem')], 1))
        leaf, inter = got['certificates']
        self.assertEqual([f['id'] for f in leaf['findings']], ['validity'])
        self.assertEqual(inter['findings'], [])

    def csr(self, *more, **replace):
        opts = {'spc': '709J', 'org': 'Example Telecom', 'country': 'US'}
        opts.update(replace)
        args = ['cert', 'csr']
        for name, value in opts.items():
            if value is not None:
                args += ['--' + name, value]
        return args + list(more)

    def test_csr(self):
        key = os.path.join(self.dir, 'csr-key.pem')
        out = self.run_ok(self.csr(key=key))
        self.assertTrue(out.startswith('-----BEGIN CERTIFICATE REQUEST-----'))
        self.assertEqual(stat.S_IMODE(os.stat(key).st_mode), 0o600)
        der = base64.b64decode(''.join(out.splitlines()[1:-1]))
        self.assertIn(bytes.fromhex('3008a0061604') + b'709J', der)
        self.assertIn(b'SHAKEN 709J', der)
        with open(key, 'rb') as f:
            before = f.read()
        # an existing key is used, and stays as it is
        request = os.path.join(self.dir, 'request.csr')
        self.assertEqual(self.run_ok(self.csr('--out', request, key=key)),
                         '')
        with open(request, 'rb') as f:
            again = base64.b64decode(b''.join(f.read().splitlines()[1:-1]))
        spki = der.index(bytes.fromhex('06082a8648ce3d030107034200'))
        self.assertIn(der[spki:spki + 78], again)
        with open(key, 'rb') as f:
            self.assertEqual(f.read(), before)
        self.run_cannot(self.csr('--out', request, key=key), 'already')

    def test_csr_refused(self):
        key = os.path.join(self.dir, 'never.pem')
        for name, value in (('spc', None), ('spc', 'a'), ('org', None),
                            ('org', ''), ('country', None),
                            ('country', 'us')):
            with self.subTest((name, value)):
                self.run_cannot(self.csr(key=key, **{name: value}), '')
                self.assertFalse(os.path.exists(key))
        self.run_cannot(self.csr(), '--key')
        self.run_cannot(self.csr(key='-'), '--key')
        self.run_cannot(self.csr(key=self.file('root.pem')), '--key')
        self.run_cannot(self.csr('--crl-issuer', 'CN=x', key=key), 'CRL URL')
        self.run_cannot(self.csr(key='/nonexistent/key.pem'), '/nonexistent')

    def test_testpki(self):
        where = os.path.join(self.dir, 'new')
        self.run_ok(['testpki', where, '--spc', '709J', '--days', '10'])
        names = os.listdir(where)
        for name in ('root.pem', 'chain.pem', 'key.pem', 'crl.pem'):
            self.assertIn(name, names)
        for name in names:
            with open(os.path.join(where, name), encoding='ascii') as f:
                secret = 'PRIVATE KEY' in f.read()
            mode = stat.S_IMODE(os.stat(os.path.join(where, name)).st_mode)
            self.assertEqual(mode & 0o77, 0 if secret else mode & 0o77)
            self.assertEqual(name.endswith('key.pem'), secret)
        self.assertEqual(len(names), 12)  # and no delegate
        with open(os.path.join(where, 'key.pem'), 'rb') as f:
            key = f.read()
        self.run_cannot(['testpki', where], '--force')
        os.unlink(os.path.join(where, 'root.pem'))
        self.run_cannot(['testpki', where], '--force')
        self.assertFalse(os.path.exists(os.path.join(where, 'root.pem')))
        with open(os.path.join(where, 'key.pem'), 'rb') as f:
            self.assertEqual(f.read(), key)
        self.run_ok(['testpki', where, '--force'])
        self.assertEqual(sorted(os.listdir(where)), sorted(names))
        with open(os.path.join(where, 'key.pem'), 'rb') as f:
            self.assertNotEqual(f.read(), key)
        for args, says in ((['--spc', 'a'], '--spc'),
                           (['--days', '0'], '--days'),
                           (['--days', '3651'], '--days'), ([], 'director')):
            arg = '/dev/null' if says == 'director' else where + 'x'
            self.run_cannot(['testpki', arg] + args, says)
            self.assertFalse(os.path.exists(where + 'x'))


class Hostile(Case):
    """Whatever comes in: an answer or a refusal, soon."""

    def try_all(self, data):
        value = data.decode('latin-1').replace('\0', '')
        for args in (['decode', '-'], ['decode', '--json', '-'],
                     self.verify_args('-', '--explain'),
                     self.verify_args('-', '--json'),
                     ['cert', 'show', '-'], ['cert', 'lint', '-'],
                     ['decode', value[:100000]],
                     self.sign_args(orig=value[:100000])):
            start = time.monotonic()
            r = self.run_raw(args, data)
            self.assertLess(time.monotonic() - start, 20)
            self.assertIn(r.returncode, (0, 1, 2), r.stderr)
            if r.returncode == 2:
                self.assertEqual(r.stdout, b'')
                self.assertRegex(r.stderr, rb'\Ashaken: [^\n]*\n\Z')
            else:
                self.assertEqual(r.stderr, b'')

    def test_shapes(self):
        good = self.sign().encode()
        shapes = {
            'NUL': b'\0', 'NULs': bytes(1000), 'dots': b'.' * 5000,
            'commas': b',' * 200000, 'semicolons': b';' * 5000,
            'quotes': b'"' * 5000, 'angles': b'<' * 5000,
            'lines': b'\n ' * 100000, 'no end': good[:-1] + b'"',
            'many': (good + b'\n') * 40, 'joined': b','.join([good] * 40),
            'long': b'a' * 1100000, 'bytes': bytes(range(256)) * 64,
            'deep': token('{"a":' * 2000 + '1' + '}' * 2000).encode(),
            'sip': b'INVITE x SIP/2.0\r\n' + b'y: x\r\n' * 10000 + b'\r\n',
            'sip open': b'INVITE x SIP/2.0\r\nFrom: "' + b'x' * 100000,
            'pem': b'-----BEGIN CERTIFICATE-----\n' * 2000,
            'pem end': b'-----END CERTIFICATE-----\n' * 2000,
            'der': b'\x30\x84\xff\xff\xff\xff' + bytes(100),
        }
        for name, data in shapes.items():
            with self.subTest(name):
                self.try_all(data)

    def test_changed_values(self):
        good = self.sign().encode()
        rng = random.Random(8224)
        for _ in range(12):
            data = bytearray(good)
            for _ in range(rng.randrange(1, 4)):
                data[rng.randrange(len(data))] = rng.randrange(256)
            with self.subTest(bytes(data)):
                self.try_all(bytes(data))

    def test_changed_certificates(self):
        value = self.sign()
        with open(self.file('chain.pem'), 'rb') as f:
            good = f.read()
        rng = random.Random(5280)
        passed = 0
        for _ in range(40):
            data = bytearray(good)
            at = rng.randrange(len(data))
            data[at] = rng.choice(b'ABCDEFabcdef0123+/\n')
            path = self.write('changed.pem', bytes(data))
            r = self.run_raw(self.verify_args(value, cert=path))
            self.assertIn(r.returncode, (0, 1, 2))
            self.assertNotIn(b'Sanitizer', r.stderr)
            passed += r.returncode == 0
        self.assertLess(passed, 20)  # most changes must tell
