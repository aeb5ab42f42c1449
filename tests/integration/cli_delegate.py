# SPDX-License-Identifier: Apache-2.0
"""The command line: delegate certificates (RFC 9060) and claim constraints
(RFC 8226 section 8, RFC 9118) from the PKI to the verdict.

What testpki does not make, openssl does, with the CA's key out of the PKI.
"""
import json
import os
import shutil
import subprocess
import tempfile
import time

from cli_base import DEST, Case, shaken

FIRST, LAST, AFTER = '12155550200', '12155550299', '12155550300'
RANGE = FIRST + '..' + LAST
CONSTRAINTS, ENHANCED = '1.3.6.1.5.5.7.1.27', '1.3.6.1.5.5.7.1.33'
MUST_CRN = '3009a0073005160363726e'
EXCLUDE_CRN = '3009a2073005160363726e'
EXCLUDE_IAT = '3009a20730051603696174'
LIST = '1.3.6.1.5.5.7.1.26=DER:' \
    '3014a1123010160b3132313535353530323030020164'  # RANGE


class Delegates(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        shutil.rmtree(cls.pki)
        subprocess.run([shaken(), 'testpki', cls.pki, '--delegate', RANGE,
                        '--delegate', '+1 (215) 555-0112'], check=True,
                       stdout=subprocess.DEVNULL)

    def make(self, *more):
        """Another PKI, of the same shape but for these options."""
        where = tempfile.mkdtemp(dir=self.dir)
        self.run_ok(['testpki', where, '--force', '--delegate', RANGE] +
                    list(more))
        return where

    def openssl(self, *args):
        subprocess.run(['openssl'] + list(args), check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def issue(self, *exts, aki='authorityKeyIdentifier=keyid:always'):
        """A PKI whose delegate openssl makes, with these extensions."""
        where = tempfile.mkdtemp(dir=self.dir)
        path = {name: os.path.join(where, name) for name in
                ('csr', 'ext', 'leaf.pem', 'delegate-chain.pem')}
        lines = ['basicConstraints=critical,CA:FALSE',
                 'keyUsage=critical,digitalSignature',
                 'subjectKeyIdentifier=hash',
                 'crlDistributionPoints=crl', aki, *exts, '[crl]',
                 'fullname=URI:https://sti-pa.example/crl',
                 'CRLissuer=dirName:pa', '[pa]', 'C=US', 'O=Test STI-PA',
                 'CN=Test STI-PA CRL']
        with open(path['ext'], 'w', encoding='ascii') as f:
            f.write('\n'.join(lines) + '\n')
        self.openssl('req', '-new', '-subj', '/CN=forged', '-out', path['csr'],
                     '-key', self.file('delegate-key.pem'))
        self.openssl('x509', '-req', '-in', path['csr'], '-days', '1',
                     '-CA', self.file('delegate-ca.pem'),
                     '-CAkey', self.file('delegate-ca-key.pem'),
                     '-set_serial', '4711', '-extfile', path['ext'],
                     '-out', path['leaf.pem'])
        with open(path['delegate-chain.pem'], 'wb') as out:
            for name in (path['leaf.pem'], self.file('delegate-ca.pem')):
                with open(name, 'rb') as f:
                    out.write(f.read())
        for name in ('delegate-key.pem', 'root.pem', 'crl.pem'):
            shutil.copy(self.file(name), where)
        return where

    def signing(self, pki, *more, bound=True, **replace):
        """The delegate signs; not bound: its certificate is not asked."""
        opts = {'key': os.path.join(pki, 'delegate-key.pem'), 'orig': FIRST,
                'iat': str(int(time.time()))}
        if bound:
            opts['cert'] = os.path.join(pki, 'delegate-chain.pem')
        opts.update(replace)
        return self.sign_args(*more, **opts)

    def token(self, pki, *more, bound=True, **replace):
        return self.run_ok(self.signing(pki, *more, bound=bound,
                                        **replace)).rstrip('\n')

    def judge(self, pki, token, want, code=None, check=None, orig=FIRST,
              chain='delegate-chain.pem'):
        """want: what the detail says, None: it passes."""
        got = self.verify(token, '--explain', want=int(want is not None),
                          at=str(int(time.time())), orig=orig,
                          trust=os.path.join(pki, 'root.pem'),
                          crl=os.path.join(pki, 'crl.pem'),
                          cert=os.path.join(pki, chain))
        if want is None:
            self.assertEqual(got['verstat'], 'TN-Validation-Passed')
            return got
        self.assertIn(want, got['detail'])
        self.assertEqual(got['code'], code)
        self.assertNotEqual(got['verstat'], 'TN-Validation-Passed')
        failed = [c['check'] for c in got['results'][0]['checks']
                  if c['result'] == 'fail']
        self.assertEqual(failed[:1], [check])
        return got

    def test_shown(self):
        # what a delegate has is noted, and nothing is wrong with it
        pki = self.make('--delegate-ca', RANGE, '--delegate-claims',
                        '{"mustExclude":["rcd"]}')
        chain = os.path.join(pki, 'delegate-chain.pem')
        certs = json.loads(self.run_ok(['cert', 'show', '--json', chain]))
        leaf, ca, above = certs['certificates']
        numbers = [{'range': FIRST, 'count': 100}]
        self.assertEqual((leaf['ca'], leaf['spc'], leaf['tnauthlist']),
                         (False, None, numbers))
        self.assertEqual(leaf['constraints'], {'mustExclude': ['rcd']})
        self.assertEqual((ca['ca'], ca['tnauthlist']), (True, numbers))
        self.assertEqual((above['ca'], above['tnauthlist']), (True, []))
        self.assertEqual((leaf['issuer'], ca['issuer']),
                         (ca['subject'], above['subject']))
        out = self.run_ok(['cert', 'show', chain])
        self.assertIn('range ' + FIRST + ', 100 numbers\n', out)
        lint = json.loads(self.run_ok(['cert', 'lint', '--json', chain]))
        self.assertEqual(
            [[(f['severity'], f['id']) for f in c['findings']]
             for c in lint['certificates']],
            [[('note', 'tnauthlist'), ('note', 'claim-constraints')],
             [('note', 'tnauthlist')], []])

    def test_numbers(self):
        # first and last of the range, the one, and the next
        for orig in (FIRST, LAST, '12155550112'):
            got = self.judge(self.pki, self.token(self.pki, orig=orig), None,
                             orig=orig)
            self.assertEqual((got['orig']['tn'], got['attest']),
                             (orig, 'A'))
        for orig in (AFTER, '12155550199', '12155550113', '2155550200'):
            with self.subTest(orig):
                self.run_cannot(self.signing(self.pki, orig=orig),
                                'outside of the certificate\'s TNAuthList')
                self.judge(self.pki, self.token(self.pki, bound=False,
                                                orig=orig),
                           'outside of the certificate\'s TNAuthList', 437,
                           'orig-scope', orig=orig)

    def test_wider_than_its_parent(self):
        # by one number; the CA's list limits what is below it
        pki = self.make('--delegate-ca', FIRST + '..12155550298')
        self.judge(pki, self.token(pki), 'is not within the TNAuthList of '
                   'CN=SHAKEN 1234 delegate CA', 437, 'delegation')
        pki = self.make('--delegate-ca', FIRST + '..12155550250',
                        '--delegate-ca', '12155550251..' + LAST)
        self.judge(pki, self.token(pki), None)

    def test_order(self):
        # leaf, CA, intermediate, and key identifiers along it
        with open(self.file('delegate-chain.pem'), encoding='ascii') as f:
            leaf, ca, above = [c + '-----END CERTIFICATE-----\n' for c in
                               f.read().split('-----END CERTIFICATE-----\n')
                               [:-1]]
        token = self.token(self.pki)
        for order in ([leaf, above, ca], [ca, leaf, above],
                      [above, ca, leaf]):
            self.judge(self.pki, token, 'RFC 9060 section 7', 437,
                       'delegation',
                       chain=self.write('order.pem', ''.join(order)))
        pki = self.issue(LIST, aki='authorityKeyIdentifier=none')
        self.judge(pki, self.token(pki), 'RFC 9060 section 7', 437,
                   'delegation')
        pki = self.issue(LIST)
        self.judge(pki, self.token(pki), None)

    def test_constraints(self):
        # at signing, and again where that was left out
        table = [
            ('{"mustInclude":["crn"]}', ['--crn', 'x'], [], 'crn is absent'),
            ('{"permittedValues":{"attest":["B","C"]}}', ['--attest', 'B'],
             [], 'attest has a value'),
            ('{"mustExclude":["rcd"]}', ['--crn', 'x'], ['--nam', 'x'],
             'rcd is present'),
        ]
        for claims, good, bad, says in table:
            with self.subTest(claims):
                pki = self.make('--delegate-claims', claims)
                if '--attest' in good:
                    kept = self.token(pki, attest=good[1])
                else:
                    kept = self.token(pki, *good)
                self.judge(pki, kept, None)
                self.run_cannot(self.signing(pki, *bad), says)
                self.judge(pki, self.token(pki, *bad, bound=False), says, 438,
                           'claim-constraints')

    def test_both_extensions(self):
        # neither signs nor verifies
        pki = self.issue(LIST, CONSTRAINTS + '=DER:' + MUST_CRN,
                         ENHANCED + '=DER:' + EXCLUDE_CRN)
        self.run_cannot(self.signing(pki), 'RFC 9118 section 6')
        self.judge(pki, self.token(pki, bound=False), 'RFC 9118 section 6',
                   437, 'constraints-form')

    def test_excludes_a_base_claim(self):
        # such an extension counts as not there
        pki = self.issue(LIST, ENHANCED + '=DER:' + EXCLUDE_IAT)
        self.judge(pki, self.token(pki, '--crn', 'x'), None)
        pki = self.issue(LIST, ENHANCED + '=DER:' + EXCLUDE_CRN)
        self.run_cannot(self.signing(pki, '--crn', 'x'), 'crn is present')

    def test_refused(self):
        where = os.path.join(self.dir, 'refused')
        table = [
            (['--delegate', 'x@'], '--delegate'),
            (['--delegate', 'sip:a@b.example'], 'give a number'),
            (['--delegate', LAST + '..' + FIRST], 'above the first'),
            (['--delegate', FIRST + '..' + FIRST], 'above the first'),
            (['--delegate', FIRST + '..121555502990'], 'as many digits'),
            (['--delegate', '..' + LAST], '--delegate'),
            (['--delegate', '*67..*68'], 'no * or #'),
            (['--delegate', DEST] * 101, 'at most'),
            (['--delegate-ca', DEST], 'goes with --delegate'),
            (['--delegate-claims', '{}'], 'goes with --delegate'),
            (['--delegate', DEST, '--delegate-claims', '{}'], 'mustInclude'),
            (['--delegate', DEST, '--delegate-claims', '['], 'claims'),
        ]
        for args, says in table:
            with self.subTest(args[:2]):
                self.run_cannot(['testpki', where] + args, says)
                self.assertFalse(os.path.exists(where))
        self.run_ok(['testpki', where] + ['--delegate', RANGE] * 100)
