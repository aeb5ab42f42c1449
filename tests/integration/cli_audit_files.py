# SPDX-License-Identifier: Apache-2.0
"""shaken audit: captures, chains from a real host, and a terminal (R-158)."""
import glob
import gzip
import json
import os
import pty
import re
import select
import struct
import subprocess
import time

from cli_audit import invite
from cli_base import DEST, NOW, ORIG, shaken
from cli_fetch import NetCase
from cli_host import Page

NEXT, ELSE = '12155550114', '12155550115'


def pcap(messages, at=NOW):
    """Of raw IPv4 (link type 101) with UDP, a packet a message."""
    out = struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101)
    for i, message in enumerate(messages):
        data = message.encode()
        packet = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 28 + len(data), i + 1,
                             0, 64, 17, 0, b'\xc0\0\2\1', b'\xc0\0\2\2')
        packet += struct.pack('>HHHH', 5060, 5060, 8 + len(data), 0) + data
        out += struct.pack('<IIII', at, i, len(packet), len(packet)) + packet
    return out


class AuditFiles(NetCase):
    def audit(self, *args, want=1):
        """Records and summary; nothing on stderr."""
        out = self.run_ok(['audit', '--trust', self.file('root.pem'), '--crl',
                           self.file('crl.pem'), '--json', *args], want)
        *rows, total = map(json.loads, out.splitlines())
        return rows, total['summary']

    def fetched(self, *args, **more):
        return self.audit('--fetch', *self.net, *args, **more)

    def signed(self, name='1.pem', **more):
        return self.sign(x5u=self.host.url(name), **more)

    def diverted(self, to=NEXT, request_uri=NEXT, call_id='d'):
        """A call to DEST that was sent on to request_uri, signed for to."""
        value = self.signed()
        div = self.signed(ppt='div', attest=None, div=DEST, dest=to)
        return invite(value + '\r\nIdentity: ' + div, call_id).replace(
            'INVITE sip:+' + DEST, 'INVITE sip:+' + request_uri, 1)

    def test_fetched_once(self):
        path = self.write('many.pcap', pcap(
            invite(self.signed(), str(i)) for i in range(50)))
        rows, total = self.fetched('--threads', '4', path, want=0)
        self.assertEqual((total['calls'], total['passed']), (50, 50))
        self.assertEqual(self.host.count('1.pem'), 1)
        self.assertEqual(rows[0]['src'], '192.0.2.1:5060')
        # nothing at all without --fetch
        self.host.seen = []
        self.assertEqual({r['case'] for r in self.audit(path)[0]}, {'E8'})
        self.assertEqual(self.host.seen, [])

    def test_what_hosts_do(self):
        other = self.other_pki()
        for name, page, case, detail in [
                ('404.pem', Page(status='404 Not Found'), 'E8', '404'),
                ('empty.pem', Page(b''), 'E8', '.'),
                ('silent.pem', Page(None), 'E8', 'within|time'),
                ('large.pem', Page(b'x' * 65537), 'E8', '65536'),
                ('junk.pem', Page(b'x'), 'E8', 'no certificate'),
                ('other.pem', Page(self.read(other('chain.pem'))), 'E17',
                 'issuer')]:
            with self.subTest(name):
                self.host.pages[name] = page
                path = self.write('one.sip', invite(self.signed(name)))
                rows, _ = self.fetched('--timeout', '500', path)
                self.assertEqual(rows[0]['case'], case, rows)
                self.assertRegex(rows[0]['detail'], detail)

    def test_same_from_gz(self):
        """However a capture is wrapped, the records differ in its name
        alone."""
        data = pcap([invite(self.signed(), 'a'), invite(None, 'b'),
                     self.diverted(), self.diverted(ELSE, NEXT, 'e')])
        outs = []
        for name, wrapped in [('c.pcap', data), ('c.gz', gzip.compress(data)),
                              ('c', gzip.compress(data[:200]) +
                               gzip.compress(data[200:]))]:
            path = self.write(name, wrapped)
            rows, total = self.fetched(path)
            self.assertEqual({r.pop('file') for r in rows}, {path})
            outs.append((rows, total))
        self.assertEqual(outs[0], outs[1])
        self.assertEqual(outs[0], outs[2])
        self.assertEqual([r['result'] for r in outs[0][0]],
                         ['passed', 'unsigned', 'passed', 'undecided'])
        # cut off in the middle of a packet, and of its gzip
        for name, cut in [('c1', data[:-10]), ('c2', gzip.compress(data)[:-9])]:
            r = self.run_raw(['audit', '--trust', self.file('root.pem'),
                              self.write(name, cut)])
            self.assertIn(r.returncode, (1, 2))
            self.assertEqual(r.returncode == 2, r.stderr != b'', r.stderr)

    def test_request_uri(self):
        """RFC 8946 section 4.2: a diversion must lead where the call goes;
        shakend's setting request_uri (R-158)."""
        plain = invite(self.signed(), 'p').replace(
            'INVITE sip:+' + DEST, 'INVITE sip:+' + ELSE, 1)
        path = self.write('d.pcap', pcap([
            self.diverted(), self.diverted(request_uri=ELSE, call_id='w'),
            plain]))
        for choice, want in [
                (None, ['passed', 'undecided', 'passed']),
                ('diverted', ['passed', 'undecided', 'passed']),
                ('always', ['passed', 'undecided', 'undecided']),
                ('never', ['passed', 'passed', 'passed'])]:
            more = [] if choice is None else ['--request-uri', choice]
            rows, _ = self.fetched(*more, path, want=int('undecided' in want))
            self.assertEqual([r['result'] for r in rows], want, choice)
        self.run_cannot(['audit', '--trust', self.file('root.pem'),
                         '--request-uri', 'x', path], '--request-uri x')

    def test_json_target(self):
        div = self.signed(ppt='div', attest=None, div=DEST, dest=NEXT)
        for to, want in (NEXT, 'passed'), (ELSE, 'undecided'):
            path = self.write('t.jsonl', json.dumps({
                'identity': [self.signed(), div], 'orig': ORIG, 'dest': DEST,
                'target': to, 'time': NOW}))
            rows, _ = self.fetched(path, want=int(want != 'passed'))
            self.assertEqual(rows[0]['result'], want)
        path = self.write('t.jsonl', '{"identity":"a","target":"x y"}')
        self.assertEqual(self.fetched(path)[0][0]['result'], 'unreadable')

    def test_evidence_of_diverted(self):
        """What is kept judges a diversion again, and holds it to its
        target."""
        where = self.new_dir('evidence')
        self.fetched('--evidence', where, '--evidence-all', self.write(
            'e.pcap', pcap([self.diverted(),
                            self.diverted(ELSE, NEXT, 'w')])))
        files = sorted(glob.glob(os.path.join(where, 'call-*.json')))
        self.assertEqual(len(files), 2)
        self.host.pages = {}
        for path in files:
            out = self.run_ok(['evidence', 'verify', path])
            self.assertTrue(out.startswith('same\n'), out)
        kept = json.loads(self.read(files[0]))
        self.assertEqual(kept['call']['target'], {'tn': NEXT})
        self.assertEqual(kept['verdict']['verstat'], 'TN-Validation-Passed')
        kept['call']['target'] = {'tn': ELSE}
        other = self.write('evidence/other', json.dumps(kept))
        self.run_ok(['evidence', 'verify', other], 1)
        kept['call']['target'] = {'tn': 'x'}
        self.write('evidence/other', json.dumps(kept))
        self.run_cannot(['evidence', 'verify', other], 'target')

    def test_terminal(self):
        """Progress for who looks, and for nobody else."""
        line = json.dumps({'identity': self.signed(), 'orig': ORIG,
                           'dest': DEST, 'time': NOW, 'pad': 'x' * 500})
        path = self.write('t.jsonl', (line + '\n') * 60000)
        args = [shaken(), 'audit', '--trust', self.file('root.pem'),
                '--summary', '--threads', '1', '--fetch', *self.net, path]
        master, slave = pty.openpty()
        with subprocess.Popen(args, stdout=subprocess.PIPE,
                              stderr=slave) as p:
            os.close(slave)
            seen, end = b'', time.monotonic() + 60
            while select.select([master], [], [], end - time.monotonic())[0]:
                try:
                    seen += os.read(master, 4096)
                except OSError:     # nobody has it open
                    break
            self.assertEqual(p.wait(60), 0)
            self.assertIn(b'60000  calls', p.stdout.read())
        os.close(master)
        self.assertRegex(seen.decode(), r'\r[1-9]\d* calls, [1-9]\d* a second, '
                         r'[1-9]\d?%, \d+:[0-5]\d left\x1b\[K')
        self.assertTrue(seen.endswith(b'\r\x1b[K'))  # and away again
        done = [int(n) for n in re.findall(rb'\r(\d+) calls', seen)]
        self.assertEqual(done, sorted(done))
        r = subprocess.run(args, stdout=subprocess.PIPE, check=True,
                           stderr=subprocess.PIPE)
        self.assertEqual(r.stderr, b'')
