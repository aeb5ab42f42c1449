# SPDX-License-Identifier: Apache-2.0
"""The command line: help and usage, sign, verify."""
import json
import os
import re
import shutil
import subprocess
import time

from cli_base import (COMMANDS, DEST, MAN, MEMBERS, NOW, ORIG, UUID, X5U, Case,
                      claims, shaken, token, unb64)


class Help(Case):
    def test_every_command(self):
        overview = self.run_ok(['--help'])
        self.assertEqual(overview, self.run_ok(['help']))
        self.assertEqual(overview, self.run_ok(['-h']))
        for name in COMMANDS:
            with self.subTest(name):
                self.assertIn('\n  %s ' % name, overview)
                out = self.run_ok(name.split() + ['--help'])
                self.assertTrue(out.startswith('usage: shaken %s ' % name))
                self.assertEqual(out, self.run_ok(['help'] + name.split()))
                self.assertEqual(out, self.run_ok(name.split() + ['-h']))
                for line in out.splitlines():
                    self.assertLessEqual(len(line), 100, line)

    def test_help_and_man_page_agree(self):
        with open(MAN, encoding='utf-8') as f:
            man = f.read()
        in_man = set(re.findall(r'(?<=[ ])-([a-z][a-z0-9-]+)',
                                '\n'.join(line for line in man.splitlines()
                                          if 'Fl ' in line)))
        in_help = set()
        for name in COMMANDS:
            out = self.run_ok(['help'] + name.split())
            in_help |= set(re.findall(r'^  --([a-z0-9-]+)', out, re.M))
            self.assertIn('.Cm ' + name, man)
        self.assertEqual(in_help - in_man, set())
        self.assertEqual(in_man - in_help, {'version'})

    def test_group(self):
        out = self.run_ok(['help', 'cert'])
        for name in ('cert show', 'cert lint', 'cert csr'):
            self.assertIn(name, out)
        self.assertNotIn('testpki', out)
        self.assertEqual(out, self.run_ok(['cert', '--help']))

    def test_version(self):
        self.assertRegex(self.run_ok(['--version']),
                         r'\Ashaken \d+\.\d+\.\d+\n\Z')

    def test_usage_errors(self):
        table = [
            ([], 'no command given'),
            (['frob'], "unknown command 'frob'"),
            (['help', 'frob'], "unknown command 'frob'"),
            (['cert'], 'shaken help cert'),
            (['cert', 'frob'], "unknown command 'cert frob'"),
            (['cert show', 'x'], 'unknown command'),
            (['verify', '--frob'], '--frob'),
            (['verify', '--trust'], '--trust needs a value'),
            (['verify', '--json=1'], '--json takes no value'),
            (['verify', '-x'], '-x'),
            (['verify', '--at', '12x', 'y'], '--at 12x'),
            (['verify', '--at', '-1', 'y'], '--at -1'),
            (['verify', '--at', '', 'y'], '--at'),
            (['verify', '--at', '9' * 30, 'y'], '--at'),
            (['verify', '--at', '1', '--at', '2', 'y'], 'twice'),
            (['verify', '--cert', 'a', '--cert', 'b', 'y'], 'twice'),
            (['decode'], 'decode takes one'),
            (['decode', 'a', 'b'], 'decode takes one'),
            (['cert', 'show'], 'takes one file'),
            (['cache'], 'shaken help cache'),
            (['cache', 'frob'], "unknown command 'cache frob'"),
            (['testpki'], 'takes one directory'),
        ]
        for args, says in table:
            with self.subTest(args):
                self.run_cannot(args, says)

    def test_error_is_one_line_whatever_the_argument(self):
        self.run_cannot(['fr\nob\x1b[31m'], 'fr?ob?[31m')

    def test_stdout_that_does_not_take_it(self):
        with open('/dev/full', 'wb') as full:
            r = subprocess.run([shaken(), '--help'], stdout=full,
                               stderr=subprocess.PIPE, check=False)
        self.assertEqual(r.returncode, 2)
        self.assertRegex(r.stderr.decode(), r'\Ashaken: stdout: [^\n]+\n\Z')
        read, write = os.pipe()
        os.close(read)
        r = subprocess.run([shaken(), '--help'], stdout=write,
                           stderr=subprocess.PIPE, check=False)
        os.close(write)
        self.assertEqual(r.returncode, 2)


class Sign(Case):
    def test_one_line(self):
        #
        value = self.sign()
        self.assertRegex(value, r'\A[\w-]+\.[\w-]+\.[\w-]{86};info=<%s>;'
                         r'alg=ES256;ppt=shaken\Z' % re.escape(X5U))

    def test_bytes_are_canonical(self):
        # what the value must be, byte by byte
        uuid = '123e4567-e89b-12d3-a456-426655440000'
        value = self.sign('--dest', 'tel:+1-215-555-0111', orig=
                          '+1 (215) 555-0112', attest='B', origid=uuid)
        header, payload, _ = value.split(';')[0].split('.')
        self.assertEqual(unb64(header).decode(),
                         '{"alg":"ES256","ppt":"shaken","typ":"passport",'
                         '"x5u":"%s"}' % X5U)
        self.assertEqual(unb64(payload).decode(),
                         '{"attest":"B","dest":{"tn":["12155550111",'
                         '"12155550113"]},"iat":%d,"orig":{"tn":'
                         '"12155550112"},"origid":"%s"}' % (NOW, uuid))

    def test_json(self):
        out = json.loads(self.run_ok(self.sign_args('--json')))
        self.assertEqual(list(out), ['identity', 'passport'])
        self.assertEqual(list(out['passport']), ['header', 'payload'])
        header, payload, _ = out['identity'].split(';')[0].split('.')
        self.assertEqual(out['passport']['header'],
                         json.loads(unb64(header)))
        self.assertEqual(out['passport']['payload'],
                         json.loads(unb64(payload)))
        self.assertRegex(out['passport']['payload']['origid'], UUID)

    def test_origid_is_fresh(self):
        #
        ids = {json.loads(self.run_ok(self.sign_args('--json')))
               ['passport']['payload']['origid'] for _ in range(3)}
        self.assertEqual(len(ids), 3)
        self.run_cannot(self.sign_args(origid='trunk-7'), 'origid')

    def test_clock(self):
        args = self.sign_args('--json', iat=None)
        before = int(time.time())
        iat = json.loads(self.run_ok(args))['passport']['payload']['iat']
        self.assertTrue(before <= iat <= int(time.time()))

    def test_attestation_is_never_assumed(self):
        #
        for attest, says in ((None, '--attest is missing'), ('', 'attest'),
                             ('D', 'attest'), ('a', 'attest'),
                             ('AB', 'attest')):
            with self.subTest(attest):
                self.run_cannot(self.sign_args(attest=attest), says)
        for attest in 'ABC':
            self.sign(attest=attest)

    def test_missing(self):
        for name in ('key', 'x5u', 'orig', 'dest'):
            with self.subTest(name):
                self.run_cannot(self.sign_args(**{name: None}), '--' + name)

    def test_base(self):
        value = self.sign('--ppt', 'base', attest=None)
        self.assertTrue(value.endswith(';alg=ES256'))
        header, payload, _ = value.split(';')[0].split('.')
        self.assertNotIn('ppt', json.loads(unb64(header)))
        self.assertEqual(sorted(json.loads(unb64(payload))),
                         ['dest', 'iat', 'orig'])
        self.run_cannot(self.sign_args('--ppt', 'frob'), 'ppt')

    def test_country(self):
        #
        args = self.sign_args('--json', orig='2155550112')
        for more, want in (([], '2155550112'),
                           (['--country', '1'], '12155550112')):
            out = json.loads(self.run_ok(args + more))
            self.assertEqual(out['passport']['payload']['orig']['tn'], want)
        for bad in ('', '1234', 'US', '+1'):
            self.run_cannot(args + ['--country', bad], '--country')

    def test_ids(self):
        #
        out = json.loads(self.run_ok(self.sign_args(
            '--json', dest='"Bob" <sip:Bob@Example.COM:5070;lr>')))
        self.assertEqual(out['passport']['payload']['dest'],
                         {'uri': ['sip:bob@example.com']})
        for bad in ('', 'alice', '1' * 16, 'http://x', '12155550112x'):
            with self.subTest(bad):
                self.run_cannot(self.sign_args(orig=bad), '--orig')

    def test_claims(self):
        out = json.loads(self.run_ok(self.sign_args(
            '--json', '--claims', '{"rcd":{"nam":"James Bond"}}')))
        self.assertEqual(out['passport']['payload']['rcd'],
                         {'nam': 'James Bond'})
        #
        for bad, says in (('{"attest":"B"}', 'not signed'),
                          ('{"iat":1}', 'not signed'),
                          ('{"a":1,"a":2}', '--claims'), ('[]', '--claims'),
                          ('{', '--claims'), ('x', '--claims')):
            with self.subTest(bad):
                self.run_cannot(self.sign_args('--claims', bad), says)

    def test_x5u(self):
        #
        for bad in ('http://h.example/c', 'https://h.example:444/c',
                    'https://u@h.example/c', 'https://h.example/c?',
                    'https://h.example/c#', 'cert.pem', ''):
            with self.subTest(bad):
                self.run_cannot(self.sign_args(x5u=bad), '--x5u')
        self.sign(x5u='https://h.example:8443/c')

    def test_key_files(self):
        #
        chain = self.file('chain.pem')
        self.sign('--cert', chain)
        self.run_cannot(self.sign_args('--cert', chain,
                                       key='revoked-key.pem'), 'does not fit')
        self.run_cannot(self.sign_args('--cert', self.file('expired.pem'),
                                       key='expired-key.pem'), 'expired')
        self.run_cannot(self.sign_args('--cert', self.file('key.pem')),
                        '--cert')
        self.run_cannot(self.sign_args('--cert', self.write('empty', '')),
                        '--cert')
        self.run_cannot(self.sign_args(key='nothing.pem'), '--key')
        self.run_cannot(self.sign_args(key='root.pem'), '--key')
        big = self.write('big.pem', b'x' * (16 * 1024 + 1))
        self.run_cannot(self.sign_args(key=big), 'more than 16384 bytes')
        self.run_cannot(self.sign_args(key=self.dir), 'directory')

    def test_key_that_others_can_read(self):
        #
        with open(self.file('key.pem'), 'rb') as f:
            path = self.write('open.pem', f.read())
        os.chmod(path, 0o640)
        r = self.run_raw(self.sign_args(key=path))
        self.assertEqual(r.returncode, 0)
        self.assertRegex(r.stderr.decode(),
                         r'\Ashaken: --key [^\n]*others may read[^\n]*\n\Z')
        self.assertEqual(r.stdout.count(b'\n'), 1)

    def test_key_from_stdin(self):
        with open(self.file('key.pem'), 'rb') as f:
            key = f.read()
        args = self.sign_args()
        args[args.index('--key') + 1] = '-'
        self.assertEqual(self.run_ok(args, data=key).count('\n'), 1)


class Verify(Case):
    def test_passed(self):
        #
        value = self.sign()
        got = self.verify(value)
        self.assertEqual(list(got), MEMBERS + ['results'])
        self.assertEqual(list(got['results'][0]), MEMBERS)
        self.assertEqual(len(got['results']), 1)
        one = dict(got)
        del one['results']
        self.assertEqual(one, got['results'][0])
        origid = one.pop('origid')
        self.assertRegex(origid, UUID)
        self.assertEqual(one, {
            'verstat': 'TN-Validation-Passed', 'ppt': 'shaken',
            'attest': 'A', 'orig': {'tn': ORIG}, 'dest': {'tn': [DEST]},
            'div': None, 'iat': NOW, 'spc': '1234', 'x5u': X5U, 'case': None, 'code': None,
            'reason': None, 'detail': None})

    def test_text(self):
        value = self.sign()
        lines = self.run_ok(self.verify_args(value)).splitlines()
        self.assertEqual(lines[0], 'TN-Validation-Passed')
        self.assertEqual([line.split()[0] for line in lines[1:]],
                         ['attest', 'origid', 'orig', 'dest', 'iat', 'spc'])
        lines = self.run_ok(self.verify_args(value, orig='911'),
                            1).splitlines()
        self.assertEqual(lines[:4], ['No-TN-Validation', 'case      E16',
                                     'code      438',
                                     'reason    Invalid Identity Header'])
        self.assertTrue(lines[-1].startswith('detail    '))

    def test_one_time_one_answer(self):
        # the same bytes whenever it runs
        args = self.verify_args(self.sign(), '--json', '--explain')
        self.assertEqual(self.run_ok(args), self.run_ok(args))

    def test_explain(self):
        value = self.sign()
        for more, want in (({}, 0), ({'orig': '911'}, 1)):
            out = self.run_ok(self.verify_args(value, '--explain', **more),
                              want)
            for line in out.splitlines():
                self.assertLessEqual(len(line), 100, line)
            got = self.verify(value, '--explain', want=want, **more)
            self.assertEqual(list(got)[-2:], ['checks', 'results'])
            self.assertEqual(got['checks'], got['results'][0]['checks'])
            names = [c['check'] for c in got['checks']]
            self.assertEqual(len(names), len(set(names)))
            for c in got['checks']:
                self.assertEqual(sorted(c), ['check', 'detail', 'hint',
                                             'result', 'rule'])
                self.assertIn(c['result'], ('pass', 'fail', 'skipped'))
                self.assertTrue(c['rule'])
                self.assertEqual(bool(c['hint']), c['result'] == 'fail')
                self.assertIn('%-7s  %s' % (c['result'], c['check']), out)
            failed = [c for c in got['checks'] if c['result'] == 'fail']
            self.assertEqual(len(failed), want)
        # R-083, and the first failure is the verdict's
        self.assertEqual(failed[0]['detail'], got['detail'])
        self.assertEqual(got['attest'], 'A')
        # the checks are the same ones, in the same order
        self.assertEqual(names, [c['check'] for c in self.verify(
            value, '--explain')['checks']])

    def test_not_compared(self):
        got = self.verify(self.sign(), '--explain', orig=None, dest=None)
        result = {c['check']: c['result'] for c in got['checks']}
        self.assertEqual((result['orig-match'], result['dest-match']),
                         ('skipped', 'skipped'))

    def test_comparisons(self):
        #
        value = self.sign('--dest', '12155550199')
        self.verify(value, orig='tel:+1-215-555-0112')
        self.verify(value, orig='2155550112', country='1')
        self.verify(value, dest='12155550199')
        self.verify(value, '--dest', '911')
        self.fails(value, 'E16', 438, orig='12155550119')
        self.fails(value, 'E16', 438, dest='911')

    def test_freshness(self):
        # both ways, to the second
        value = self.sign()
        for skew in (-60, 60):
            self.verify(value, at=str(NOW + skew))
            self.verify(value, at=str(NOW), date=str(NOW + skew))
        for skew in (-61, 61):
            got = self.fails(value, 'E15', 403, at=str(NOW + skew))
            self.assertEqual(got['reason'], 'Stale Date')
            self.fails(value, 'E3', 403, date=str(NOW + skew))
        self.verify(value, at=str(NOW + 300), freshness='300')
        self.run_cannot(self.verify_args(value, freshness='0'),
                        '--freshness')
        self.run_cannot(self.verify_args(value, date='0'), '--date')

    def test_signature(self):
        #
        value = self.sign()
        head, payload, rest = value.split('.', 2)
        other = self.sign(attest='C').split('.')[1]
        got = self.fails('.'.join((head, other, rest)), 'E18', 438)
        self.assertEqual(got['verstat'], 'TN-Validation-Failed')
        self.fails('.'.join((head, payload, 'AAAA' + rest[4:])), 'E18', 438)

    def test_certificates(self):
        #
        value = self.sign()
        other = os.path.join(self.dir, 'other')
        self.run_ok(['testpki', other])
        for more in ({'trust': os.path.join(other, 'root.pem'), 'crl': None},
                     {'cert': self.file('revoked.pem')},
                     {'cert': self.file('expired.pem')},
                     {'at': str(NOW + 366 * 86400)}):
            with self.subTest(more):
                if 'at' in more:
                    value = self.sign(iat=more['at'])
                got = self.fails(value, 'E17', 437, **more)
                self.assertEqual(got['verstat'], 'TN-Validation-Failed')
        value = self.sign()
        hard = {'crl-policy': 'hard'}
        self.verify(value, **hard)
        self.fails(value, 'E17', 437, crl=None, **hard)
        self.verify(value, crl=None)
        self.fails(value, 'E8', 436, '--no-fetch', cert=None)
        self.run_cannot(self.verify_args(value, **{'crl-policy': 'none'}),
                        '--crl-policy')

    def test_policy(self):
        #
        value = self.sign()
        name = 'require-policy'
        self.verify(value, **{name: '2.16.840.1.114569.1.1.4'})
        self.verify(value, '--require-policy', '2.16.840.1.114569.1.1.4',
                    **{name: '1.2.3.4'})
        self.fails(value, 'E17', 437, **{name: '1.2.3.4'})
        self.run_cannot(self.verify_args(value, **{name: 'x'}), '--' + name)

    def test_trust_files(self):
        #
        value = self.sign()
        roots = os.path.join(self.dir, 'roots')
        os.mkdir(roots)
        self.run_cannot(self.verify_args(value, trust=roots), 'no *.pem')
        shutil.copy(self.file('root.pem'), roots)
        with open(os.path.join(roots, 'README'), 'w', encoding='ascii') as f:
            f.write('not a certificate')
        self.verify(value, trust=roots)
        self.verify(value, '--crl-trust', self.file('root.pem'))
        self.verify(value, '--trust', self.file('root.pem'))
        self.run_cannot(self.verify_args(value, trust=None), '--trust')
        for name in ('trust', 'crl', 'cert', 'crl-trust'):
            for bad in ('/nonexistent', self.write('empty', ''),
                        self.write('noise', bytes(range(256)) * 8)):
                with self.subTest((name, bad)):
                    self.run_cannot(self.verify_args(value, **{name: bad}),
                                    '--' + name)
        for name in ('trust', 'cert'):
            self.run_cannot(self.verify_args(
                value, **{name: self.file('key.pem')}), 'private key')

    def test_values(self):
        #
        good = self.sign()
        bad = good.replace(';info', 'A;info')
        for args, data in (([good], ''), (['Identity: ' + good], ''),
                           (['y:' + good], ''), (['-'], good),
                           (['-'], 'Identity: %s\r\n\r\n' % good),
                           (['-'], good.replace(';info', '\r\n ;info'))):
            with self.subTest((args[0][:20], data[:20])):
                got = self.verify(*args, data=data)
                self.assertEqual(len(got['results']), 1)
        for args, data in (([bad, good], ''), (['-'], bad + '\n' + good),
                           ([bad + ',' + good], ''), ([bad, '-'], good)):
            got = self.verify(args[-1], *args[:-1], data=data)
            self.assertEqual([r['verstat'] == 'TN-Validation-Passed'
                              for r in got['results']], [False, True])
        foreign = token({'iat': NOW}, {'ppt': 'x'}) + ';info=<x>;ppt=x'
        self.verify(good, foreign)
        self.fails(foreign, 'E5', 438)
        self.run_cannot(self.verify_args('-', '-'), 'twice')
        self.run_cannot(['verify', '--trust', self.file('root.pem')],
                        'no Identity')

    def test_no_identity(self):
        #
        for identity, data in (('', ''), ('-', ''), ('-', ' \n\r\n')):
            got = self.verify(identity, want=1, data=data)
            self.assertEqual(got, dict.fromkeys(MEMBERS, None) | {
                'verstat': 'No-TN-Validation', 'results': [],
                'detail': got['detail']})
            got = self.verify(identity, '--require-identity', want=1,
                              data=data)
            self.assertEqual((got['code'], got['reason']),
                             (428, 'Use Identity Header'))

    def test_style(self):
        #
        value = self.sign(attest='B')
        style = {'verstat-style': 'suffixed'}
        self.assertEqual(self.verify(value, **style)['verstat'],
                         'TN-Validation-Passed-B')
        got = self.verify(value, want=1, orig='911', **style)
        self.assertEqual(got['verstat'], 'No-TN-Validation')
        self.run_cannot(self.verify_args(value, **{'verstat-style': 'x'}),
                        '--verstat-style')

    def test_tolerances(self):
        #
        value = self.sign('--ppt', 'base', attest=None)
        self.verify(value, want=1)
        self.verify(value, '--accept-base')
        value = self.sign()
        padded = value.replace(';info', '==;info', 1)
        self.verify(padded, want=1)
        self.verify(padded, '--accept-padding')
        for payload, option, before, after in (
                (claims(dest={'tn': DEST}), '--accept-dest-string', 'E14',
                 'E18'),):
            value = token(payload) + ';info=<%s>' % X5U
            self.fails(value, before, 438)
            self.fails(value, after, 438, option)
        header = {'alg': 'ES256', 'ppt': 'shaken', 'typ': 'passport',
                  'x5u': 'http://h.example:99/c'}
        value = token(claims(), header) + ';info=<%s>' % header['x5u']
        self.fails(value, 'E7', 436)
        self.fails(value, 'E18', 438, '--accept-http')
