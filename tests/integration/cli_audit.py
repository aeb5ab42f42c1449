# SPDX-License-Identifier: Apache-2.0
"""shaken audit and shaken evidence verify (R-158)."""
import csv
import glob
import hashlib
import io
import json
import os
import shutil
import signal
import subprocess
import time

import jsonschema

from cli_base import DEST, NOW, ORIG, TREE, X5U, Case, b64, shaken

INVITE = '\r\n'.join([
    'INVITE sip:+{dest}@provider.example.com SIP/2.0',
    'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1', 'Max-Forwards: 70',
    'From: <sip:+{orig}@provider.example.com>;tag=1',
    'To: <sip:+{dest}@provider.example.com>{to_tag}', 'Call-ID: {call_id}',
    'CSeq: {cseq} INVITE', 'Date: {date}', '{identity}Content-Length: 0', '',
    ''])
HOSTILE = '=../../\x01"<script>alert(1)</script>'


def invite(identity, call_id='c1', **more):
    fields = {'orig': ORIG, 'dest': DEST, 'to_tag': '', 'cseq': 1,
              'date': time.strftime('%a, %d %b %Y %H:%M:%S GMT',
                                    time.gmtime(NOW))}
    fields.update(more)
    return INVITE.format(call_id=call_id, identity='' if identity is None else
                         'Identity: %s\r\n' % identity, **fields)


class Audit(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.certs = os.path.join(cls.dir, 'certs')
        os.mkdir(cls.certs)
        shutil.copy(os.path.join(cls.pki, 'chain.pem'), cls.certs)

    def args(self, *more, certs=True):
        return ['audit', '--trust', self.file('root.pem'), '--crl',
                self.file('crl.pem'), *(['--certs', self.certs] if certs else
                                        []), *more]

    def lines(self, *rows):
        return self.write('calls.jsonl', ''.join(json.dumps(r) + '\n'
                                                 for r in rows))

    def mixed(self):
        """A file with a call of each result but failed."""
        good = self.sign()
        return self.lines(
            {'identity': good, 'orig': ORIG, 'dest': DEST, 'time': NOW},
            {'identity': [good], 'orig': ORIG, 'dest': [DEST],
             'time': NOW + 61, 'call_id': HOSTILE},
            {'identity': good, 'orig': '12155550199', 'dest': DEST,
             'time': NOW},
            {'orig': ORIG, 'dest': DEST, 'time': NOW},
            {'identity': 5})

    def records(self, *args, want=1):
        out = self.run_ok(self.args('--json', *args), want)
        rows = [json.loads(line) for line in out.splitlines()]
        return rows[:-1], rows[-1]['summary']

    def test_results(self):
        rows, total = self.records(self.mixed())
        self.assertEqual([(r['n'], r['result'], r['case']) for r in rows], [
            (1, 'passed', None), (2, 'undecided', 'E15'),
            (3, 'undecided', 'E16'), (4, 'unsigned', None),
            (5, 'unreadable', None)])
        self.assertEqual((rows[0]['orig'], rows[0]['dest'], rows[0]['spc'],
                          rows[0]['attest'], rows[0]['x5u'],
                          rows[0]['judged_at']),
                         (ORIG, [DEST], '1234', 'A', X5U, NOW))
        self.assertEqual(rows[1]['call_id'], HOSTILE)
        self.assertEqual((total['calls'], total['passed'],
                          total['undecided'], total['unsigned'],
                          total['unreadable'], total['cases']),
                         (5, 1, 2, 1, 1, {'E15': 1, 'E16': 1}))
        self.assertEqual([(s['spc'], s['passed']) for s in total['signers']],
                         [('1234', 1)])
        self.assertEqual(total['hosts'][0]['host'], 'cert.example.org')

    def test_all_verified(self):
        path = self.lines({'identity': self.sign(), 'orig': ORIG,
                           'dest': DEST, 'time': NOW})
        _, total = self.records(path, want=0)
        self.assertEqual(total['passed'], 1)
        # other clocks
        rows, _ = self.records('--at', str(NOW + 61), path)
        self.assertEqual(rows[0]['case'], 'E15')
        rows, _ = self.records('--at-capture', path)
        self.assertEqual(rows[0]['result'], 'unreadable')

    def test_verdicts_are_those_of_verify(self):
        """Field for field as shaken verify has them."""
        for orig, at in (ORIG, NOW), (ORIG, NOW + 61), (DEST, NOW):
            value = self.sign()
            rows, _ = self.records(self.lines(
                {'identity': value, 'orig': orig, 'dest': DEST, 'time': at}),
                want=0 if (orig, at) == (ORIG, NOW) else 1)
            out = self.run_raw(self.verify_args(
                value, '--json', orig=orig, at=str(at))).stdout
            verdict = json.loads(out)
            for name in ('verstat', 'case', 'code', 'reason', 'detail',
                         'attest', 'origid', 'iat', 'spc', 'x5u', 'ppt'):
                self.assertEqual(rows[0][name], verdict[name], name)

    def test_one_call(self):
        """Copies of an INVITE are one call, judged by the one with the most
        Identity values."""
        good = self.sign()
        path = self.write('m.sip', ''.join([
            invite(None), invite(good), invite(good, cseq=2),
            invite(good, to_tag=';tag=9', cseq=3),
            invite(good, call_id='c2'), invite(None, call_id='c3')]))
        rows, total = self.records(path)
        self.assertEqual([(r['call_id'], r['result'], r['copies'])
                          for r in rows],
                         [('c1', 'passed', 3), ('c2', 'passed', 1),
                          ('c3', 'unsigned', 1)])
        self.assertEqual((total['copies'], total['in_dialog']), (2, 1))

    def test_chains(self):
        """Where they are looked for."""
        path = self.lines({'identity': self.sign(), 'orig': ORIG,
                           'dest': DEST, 'time': NOW})
        chain = self.file('chain.pem')
        sha = hashlib.sha256(X5U.encode()).hexdigest()
        for name, listed in [('chain.pem', ''), (sha + '.pem', ''),
                             ('cert.example.org/chain.pem', ''),
                             ('any.pem', '%s any.pem\n' % X5U)]:
            where = os.path.join(self.dir, 'where')
            shutil.rmtree(where, ignore_errors=True)
            os.makedirs(os.path.dirname(os.path.join(where, name)))
            shutil.copy(chain, os.path.join(where, name))
            if listed:
                self.write('where/urls', listed)
            self.run_ok(self.args('--certs', where, path, certs=False))
        rows = [json.loads(x) for x in self.run_ok(self.args(
            '--json', path, certs=False), 1).splitlines()]
        self.assertEqual(rows[0]['case'], 'E8')
        store = os.path.join(self.dir, 'store')
        self.run_ok(['cache', 'import', '--store', store, '--trust',
                     self.file('root.pem'),
                     self.write('list', '%s %s\n' % (X5U, chain))])
        self.run_ok(self.args('--store', store, path, certs=False))

    def test_traversal(self):
        """A URL names no file outside of the directory."""
        shutil.copy(self.file('chain.pem'), os.path.join(self.dir, 'up.pem'))
        for x5u in 'https://../up.pem', 'https://h/../../up.pem':
            value = self.sign()
            rest = value.split('.', 1)[1]
            header = json.dumps({'alg': 'ES256', 'ppt': 'shaken', 'typ':
                                 'passport', 'x5u': x5u})
            value = b64(header) + '.' + rest.replace(X5U, x5u)
            rows, _ = self.records(self.lines(
                {'identity': value, 'orig': ORIG, 'dest': DEST,
                 'time': NOW}))
            self.assertNotEqual(rows[0]['result'], 'passed')
            self.assertIsNone(rows[0]['signer'])

    def test_threads(self):
        """The same bytes come out, however many threads there are."""
        good = self.sign()
        path = self.lines(*({'identity': good, 'orig': ORIG, 'dest': DEST,
                             'time': NOW + i % 3 * 40, 'call_id': str(i)}
                            for i in range(3000)))
        outs = {n: self.run_ok(self.args('--json', '--threads', str(n), path),
                               1) for n in (1, 2, 7)}
        self.assertEqual(outs[1], outs[2])
        self.assertEqual(outs[1], outs[7])
        self.assertEqual(outs[1].count('\n'), 3001)

    def test_csv(self):
        out = self.run_ok(self.args('--csv', self.mixed()), 1)
        rows = list(csv.DictReader(io.StringIO(out, newline='')))
        self.assertEqual([r['result'] for r in rows],
                         ['passed', 'undecided', 'undecided', 'unsigned',
                          'unreadable'])
        self.assertEqual(rows[1]['call_id'], "'" + HOSTILE)
        for r in rows:
            for cell in r.values():
                self.assertNotIn(cell[:1], ('=', '+', '-', '@'))

    def test_text(self):
        out = self.run_ok(self.args(self.mixed()), 1)
        self.assertRegex(out, r'(?m)^1  \S+  passed  -  A  1234  %s  %s' %
                         (ORIG, DEST))
        self.assertRegex(out, r'(?m)^ +5  calls$')
        self.assertEqual(self.run_ok(self.args('--summary', self.mixed()),
                                     1).count('passed  -'), 0)

    def test_explain(self):
        out = self.run_ok(self.args('--explain', '--call-id', HOSTILE,
                                    self.mixed()), 1)
        self.assertRegex(out, r'(?m)^fail +iat-fresh +.*61 s old')
        self.assertIn('hint: ', out)
        self.run_cannot(self.args('--explain', '--call-id', 'other',
                                  self.mixed()), '--call-id other')

    def test_evidence(self):
        where = os.path.join(self.dir, 'evidence')
        shutil.rmtree(where, ignore_errors=True)
        self.run_ok(self.args('--summary', '--evidence', where,
                              self.mixed()), 1)
        files = sorted(glob.glob(os.path.join(where, '*.json')))
        self.assertEqual(len(files), 2)
        with open(os.path.join(TREE, 'api', 'evidence.schema.json'),
                  encoding='utf-8') as f:
            schema = json.load(f)
        jsonschema.Draft202012Validator.check_schema(schema)
        for path in files:
            self.assertRegex(os.path.basename(path),
                             r'^call-\d{9}-[0-9a-f]{16}\.json$')
            with open(path, encoding='utf-8') as f:
                jsonschema.validate(json.load(f), schema)
            out = self.run_ok(['evidence', 'verify', path])
            self.assertTrue(out.startswith('same\n'), out)
            self.run_ok(['evidence', 'verify', '--trust',
                         self.file('root.pem'), '--crl',
                         self.file('crl.pem'), path])
        self.check_changed(files[0])

    def check_changed(self, path):
        """What was changed since comes out otherwise, or not at all."""
        with open(path, encoding='utf-8') as f:
            e = json.load(f)
        for change, want in [
                (lambda e: e.update(judged_at=NOW), 1),
                (lambda e: e['verdict'].update(
                    verstat='TN-Validation-Passed'), 1),
                (lambda e: e['policy'].update(freshness=3600), 1),
                (lambda e: e.update(evidence=2), 2),
                (lambda e: e['trust'][0].update(sha256='../' + '0' * 61), 2),
                (lambda e: e['call'].update(orig={'tn': 'x'}), 2)]:
            copy = json.loads(json.dumps(e))
            change(copy)
            other = os.path.join(os.path.dirname(path), 'other')
            with open(other, 'w', encoding='utf-8') as f:
                json.dump(copy, f)
            r = self.run_raw(['evidence', 'verify', other])
            self.assertEqual(r.returncode, want, r.stderr)
        os.remove(other)
        root = os.path.join(os.path.dirname(path), e['trust'][0]['sha256'])
        with open(root, 'ab') as f:
            f.write(b'\n')
        self.run_cannot(['evidence', 'verify', path], 'digest')

    def test_page(self):
        """Whole, without script, and nothing of it from elsewhere."""
        page = os.path.join(self.dir, 'page.html')
        self.run_ok(self.args('--summary', '--html', page, self.mixed()), 1)
        with open(page, encoding='ascii') as f:
            text = f.read()
        self.assertIn("default-src 'none'", text)
        self.assertNotRegex(text, r'(?i)<script|javascript:|\son\w+=')
        self.assertNotRegex(text, r'(?i)\b(src|href)=|url\(|@import')
        browser = shutil.which('chromium')
        if browser is None:
            self.skipTest('there is no chromium')
        home = os.path.join(self.dir, 'browser')
        shot = os.path.join(self.dir, 'page.png')
        r = subprocess.run(
            [browser, '--headless', '--no-sandbox', '--disable-gpu',
             '--user-data-dir=' + home, '--enable-logging=stderr',
             '--disable-background-networking', '--window-size=400,1600',
             '--host-resolver-rules=MAP * ~NOTFOUND', '--screenshot=' + shot,
             'file://' + page], timeout=60, check=False, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertNotIn('CONSOLE', r.stderr)
        with open(shot, 'rb') as f:
            data = f.read()
        self.assertTrue(data.startswith(b'\x89PNG'))
        self.assertGreater(len(data), 10000)  # a blank one has 6 KiB

    def test_interrupt(self):
        """Ctrl-C: what was done is written, and the status says it."""
        line = json.dumps({'identity': self.sign(), 'orig': ORIG,
                           'dest': DEST, 'time': NOW}) + '\n'
        path = self.write('many.jsonl', line * 100000)
        with subprocess.Popen(
                [shaken()] + self.args('--json', path),
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                bufsize=0) as p:
            first = p.stdout.readline()
            p.send_signal(signal.SIGINT)
            out, err = p.communicate(timeout=60)
        self.assertEqual((p.returncode, err),
                         (2, b'shaken: interrupted: there is more\n'))
        rows = (first + out).decode().splitlines()
        total = json.loads(rows[-1])['summary']
        self.assertTrue(total['interrupted'])
        self.assertEqual(total['calls'], len(rows) - 1)
        self.assertLess(total['calls'], 100000)

    def test_closed_pipe(self):
        with open('/dev/full', 'wb') as full:
            r = subprocess.run([shaken()] + self.args(self.mixed()),
                               stdout=full, stderr=subprocess.PIPE,
                               check=False)
        self.assertEqual(r.returncode, 2)
        self.assertIn(b'stdout', r.stderr)

    def test_usage(self):
        path = self.mixed()
        for args, says in [
                (self.args(), 'no file'),
                (['audit', path], '--trust is missing'),
                (self.args('--csv', '--json', path), '--csv and --json'),
                (self.args('--at', '1', '--at-capture', path), '--at and'),
                (self.args('--explain', path), '--call-id'),
                (self.args('--threads', '0', path), '--threads 0'),
                (self.args('--evidence-all', path), '--evidence too'),
                (self.args(os.path.join(self.dir, 'nothing')), 'nothing'),
                (['evidence', 'verify'], 'one file')]:
            self.run_cannot(args, says)
