# SPDX-License-Identifier: Apache-2.0
"""Calls through two real proxies with the configurations of contrib/kamailio.

    sipp ---> A, signs -----------> B, verifies ---> sipp
      `-----> A2, signs ---> relay ---^

Each proxy asks a shakend of its own; that of B gets the certificate from an
HTTPS host.  The relay is somebody in between who changes what passes.  What B is
sent is captured, for shaken audit.
"""
import collections
import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import audited  # noqa: E402
import capture  # noqa: E402
from service_lab import Daemon, Lab, claims, tampered  # noqa: E402

CONTRIB = os.path.join(HERE, '..', '..', '..', 'contrib', 'kamailio')
DOMAIN = 'provider.example.com'
TOKEN = 'of-these-proxies'
PROXY = '127.0.0.1'
OWNER, PBX, GATEWAY, STRANGER = ('127.0.0.%d' % i for i in (11, 12, 13, 14))
PASSED, FAILED, NONE = ('TN-Validation-Passed', 'TN-Validation-Failed',
                        'No-TN-Validation')
SPOOF = ';verstat=' + PASSED

REJECTED = 'E4', 'E14', 'E16'
NEW, OTHER = '12015550177', '12015550178'   # where calls are sent on to

Call = collections.namedtuple('Call', 'orig dest form')


def free_port(ip):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind((ip, 0))
        return s.getsockname()[1]


def numbers(area, n):
    """Of those set aside for fiction: 555-0100 to 555-0199."""
    return ['1%d5550%03d' % (area, 100 + i) for i in range(n)]


def calls(area, n, forms=('sip',)):
    return [Call(orig, dest, forms[i % len(forms)]) for i, (orig, dest) in
            enumerate(zip(numbers(area, n), numbers(area + 1, n)))]


class Message:
    """A request or response; fields by their names in lower case."""

    def __init__(self, text):
        self.text = text.replace('\r\n', '\n')
        head = re.sub(r'\n[ \t]+', ' ', self.text.split('\n\n')[0])
        self.start, *lines = head.strip().split('\n')
        self.fields = collections.defaultdict(list)
        for line in lines:
            name, value = line.split(':', 1)
            self.fields[name.strip().lower()].append(value.strip())

    def one(self, name):
        values = self.fields[name]
        assert len(values) == 1, '%d of %s in %s' % (len(values), name,
                                                     self.text)
        return values[0]


def received(path):
    """The messages that a sipp was sent, from its trace."""
    with open(path, encoding='utf-8', newline='') as f:
        parts = re.split(r'^-{20,}.*\n', f.read(), flags=re.M)
    return [Message(p.split('bytes :', 1)[1].lstrip()) for p in parts
            if ' message received ' in p[:200]]


class Relay:
    """Passes datagrams on; INVITEs as changes, by called number, has it."""

    def __init__(self, to):
        self.to = to
        self.changes = {}
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((PROXY, 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            data = self.socket.recv(65536).decode()
            if data.startswith('INVITE '):
                dest = re.search(r'^To:.*?\+(\d+)', data, re.M).group(1)
                data = self.changes.get(dest, lambda m: m)(data)
            self.socket.sendto(data.encode(), (PROXY, self.to))


def with_identity(change):
    def run(message):
        return re.sub(r'^(Identity: *)(.*?)\r$', lambda m: m.group(1) +
                      change(m.group(2)) + '\r', message, flags=re.M)
    return run


# What somebody in between may not do, and may do.
FORGED = [
    lambda m: re.sub(r'(?m)^((From|P-Asserted-Identity):.*\+15)12', r'\g<1>13',
                     m),
    lambda m: re.sub(r'(?m)^(To:.*\+15)13', r'\g<1>14', m),
    with_identity(lambda v: tampered(v, attest='A')),
    with_identity(lambda v: re.sub(r'\.(.{9})(.{9})([^.;]*;)', r'.\2\1\3', v,
                                   count=1)),
]
HARMLESS = [
    lambda m: re.sub(r'(?m)^P-Asserted-Identity:.*\n', '', m),
    with_identity(lambda v: v.replace(
        ';alg=ES256;ppt=shaken', ' ;alg=ES256;\r\n\tppt="shaken"')),
    lambda m: re.sub(
        r'(?m)^(P-Asserted-Identity: *)(<.*?>)', r'\1"A, \\"B\\" <tel:+1>" \2, '
        '<tel:+12135550199%s>' % SPOOF, m),
    lambda m: re.sub(
        r'(?m)^(P-Asserted-Identity: *<.*?>)', r'\1\r\nP-Asserted-Identity: '
        '<tel:+12135550199%s>' % SPOOF, m),
]


def diverted(lab, to, says):
    """Somebody sends a call on to another number, and signs for one."""
    def run(message):
        orig, dest = (re.search(r'(?m)^%s:.*?\+(1[-\d]+)' % f, message).group(1)
                      for f in ('From', 'To'))
        value = signed(lab, '--orig', orig, '--div', dest, '--dest', says,
                       '--ppt', 'div')
        rest = message.split('\r\n', 1)[1]
        return 'INVITE sip:+%s@%s SIP/2.0\r\nIdentity: %s\r\n%s' % (
            to, DOMAIN, value, rest)
    return run


def signed(lab, *args):
    return subprocess.run(
        [SHAKEN, 'sign', '--key', lab.path('a', 'key.pem'), '--x5u',
         lab.x5u('a.pem'), *args], check=True, stdout=subprocess.PIPE,
        encoding='ascii').stdout.strip()


def stale(value):
    return tampered(value, iat=int(time.time()) - 90)


class Proxies(unittest.TestCase):
    """With message/sip and text/plain."""
    defines = []
    diverts = True
    maxDiff = None

    def setUp(self):
        self.lab = Lab(SHAKEN)
        self.addCleanup(self.lab.close)
        self.processes = {}
        self.addCleanup(self.end)
        self.a, self.a2, self.b, self.uas = (
            free_port(PROXY) for _ in range(4))
        tenant = 'tenant proxy', [
            ('token_sha256', hashlib.sha256(TOKEN.encode()).hexdigest())]
        self.signer = Daemon(self.lab, dict([
            (tenant[0], tenant[1] + [('keys', 'a')]), ('trust', [])]))
        self.addCleanup(self.signer.stop)
        # What the proxy is to reject must be failed: text says no code.
        # Its log of level debug has the Identity values.
        self.verifier = Daemon(self.lab, dict([tenant, ('verify', [
            ('verstat', case + ' failed') for case in REJECTED]),
            ('log', [('level', 'debug')])]))
        self.addCleanup(self.verifier.stop)
        self.relay = Relay(self.b)
        for name in 'originating.cfg', 'terminating.cfg':
            shutil.copy(os.path.join(CONTRIB, name), self.lab.dir)
        self.owned = calls(215, 80, ('sip', 'tel'))
        self.write_customers()
        self.sipp('uas', '-sf', os.path.join(HERE, 'uas.xml'), '-i', PROXY,
                  '-p', str(self.uas))
        self.proxy('proxy-b', 'terminating.cfg', self.b, self.uas,
                   self.verifier.port, '-A', 'REJECT="^(436|437|438)$"')
        self.proxy('proxy-a', 'originating.cfg', self.a, self.b,
                   self.signer.port)
        self.proxy('proxy-a2', 'originating.cfg', self.a2, self.relay.port,
                   self.signer.port)

    def write_customers(self):
        lines = ['$sht(owner=>+%s) = "%s";' % (c.orig, OWNER)
                 for c in self.owned]
        lines += ['$sht(peer=>%s) = "B";' % PBX,
                  '$sht(peer=>%s) = "C";' % GATEWAY]
        with open(self.lab.path('customers.cfg'), 'w', encoding='ascii') as f:
            f.write('event_route[htable:mod-init] {\n%s\n}\n' %
                    '\n'.join(lines))

    def start(self, name, args):
        with open(self.lab.path(name + '.log'), 'wb') as log:
            process = subprocess.Popen(args, stdin=subprocess.DEVNULL,
                                       stdout=log, stderr=log,
                                       cwd=self.lab.dir)
        self.processes[name] = process
        return process

    def sipp(self, name, *args):
        return self.start(name, [
            'sipp', '-nostdin', '-trace_msg', '-message_file',
            self.lab.path(name + '.msg'), *args])

    def proxy(self, name, config, port, to, shakend, *args):
        os.mkdir(self.lab.path(name))
        process = self.start(name, [
            'kamailio', '-f', self.lab.path(config), '-DD', '-E', '-P',
            self.lab.path(name + '.pid'), '-w', self.lab.path(name), '-Y',
            self.lab.path(name), '-m', '64', '-M', '8',
            '-A', 'SIP_LISTEN=udp:%s:%d' % (PROXY, port),
            '-A', 'NEXT_HOP="sip:%s:%d"' % (PROXY, to),
            '-A', 'DOMAIN="%s"' % DOMAIN, '-A', 'TOKEN="%s"' % TOKEN,
            '-A', 'SHAKEND="http://127.0.0.1:%d"' % shakend,
            *self.defines, *args])
        end = time.monotonic() + 20
        while not self.answers(port):
            self.assertIsNone(process.poll(), self.log(name))
            self.assertLess(time.monotonic(), end, self.log(name))

    def answers(self, port):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind((PROXY, 0))
            s.settimeout(0.2)
            s.sendto(('OPTIONS sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP %s:%d;branch='
                      'z9hG4bK%d\r\nFrom: <sip:t@t>;tag=1\r\nTo: <sip:t@t>\r\n'
                      'Call-ID: %f\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 9\r\n'
                      'Content-Length: 0\r\n\r\n' % (
                          DOMAIN, *s.getsockname(), time.monotonic_ns(),
                          time.monotonic())).encode(), (PROXY, port))
            try:
                return s.recv(4096).startswith(b'SIP/2.0 405')
            except OSError:
                return False

    def log(self, name):
        with open(self.lab.path(name + '.log'), encoding='utf-8',
                  errors='replace') as f:
            return '%s:\n%s' % (name, f.read()[-6000:])

    def end(self):
        for process in self.processes.values():
            if process.poll() is None:
                process.terminate()
        for process in self.processes.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    # -- callers ---------------------------------------------------------

    def place(self, name, ip, port, those, code=200, spoof='',
              extra='Subject: none', pai=True):
        """Start a sipp that makes these calls; each must end with code."""
        with open(self.lab.path(name + '.csv'), 'w', encoding='ascii') as f:
            f.write('SEQUENTIAL\n')
            for c in those:
                f.write(';'.join(self.line(c, pai)) + ';\n')
        with open(os.path.join(HERE, 'uac.xml' if code == 200 else
                               'uac_refused.xml'), encoding='ascii') as f:
            scenario = f.read().replace('438', str(code))
        with open(self.lab.path(name + '.xml'), 'w', encoding='ascii') as f:
            f.write(scenario)
        self.sipp(name, '-sf', self.lab.path(name + '.xml'), '-inf',
                  self.lab.path(name + '.csv'), '-m', str(len(those)), '-r',
                  '30', '-i', ip, '-p', str(free_port(ip)), '-timeout', '25',
                  '-timeout_error', '-key', 'spoof', spoof, '-key', 'extra',
                  extra, '%s:%d' % (PROXY, port))

    @staticmethod
    def line(c, pai):
        spelt = '+1-%s-%s-%s' % (c.orig[1:4], c.orig[4:7], c.orig[7:])
        if c.form == 'tel':
            uri = 'tel:' + spelt, ''
        else:
            uri = 'sip:+' + c.orig, '@customer.example.net'
        if not pai:
            asserted = 'Organization: none asserted'
        elif c.form == 'tel':
            asserted = 'P-Asserted-Identity: <tel:%s>' % spelt
        else:
            asserted = ('P-Asserted-Identity: "C, \'1\'" '
                        '<sip:+%s@pbx.example.net>, <tel:+%s>' %
                        (c.orig, c.orig))
        to = 'tel:+' + c.dest if c.form == 'tel' else \
            'sip:+%s@%s' % (c.dest, DOMAIN)
        return [*uri, to, asserted]

    def finish(self, *names):
        """All calls of these ended as they should."""
        for name in names:
            status = self.processes[name].wait(40)
            self.assertEqual(status, 0, '\n'.join(map(self.log, (
                name, 'proxy-a', 'proxy-a2', 'proxy-b', 'uas'))))

    # -- the called side -------------------------------------------------

    def arrived(self):
        """The INVITEs that reached it, by calling and called number."""
        found = {}
        for m in received(self.lab.path('uas.msg')):
            if m.start.startswith('INVITE '):
                key = tuple(re.search(r'\+(1[-\d]{10,14})', m.one(name))
                            .group(1).replace('-', '')
                            for name in ('from', 'to'))
                found[key] = m
        return found

    def check_marked(self, m, verstat, orig, in_pai=True):
        """verstat is with the calling number, and nowhere else."""
        self.assertEqual(m.text.count('verstat='), 1, m.text)
        marked = m.one('p-asserted-identity' if in_pai else 'from')
        found = re.search(r'<(?:sip|tel):\+([-\d]+);verstat=%s[@>]' % verstat,
                          marked)
        self.assertIsNotNone(found, m.text)
        self.assertEqual(found.group(1).replace('-', ''), orig)

    def check_signed(self, those, attest, in_pai=True):
        for c in those:
            m = self.found.pop((c.orig, c.dest))
            header, payload = claims(m.one('identity'))
            self.assertEqual(header['x5u'], self.lab.x5u('a.pem'))
            self.assertEqual((payload['attest'], payload['orig']['tn'],
                              payload['dest']['tn']),
                             (attest, c.orig, [c.dest]))
            self.check_marked(m, PASSED, c.orig, in_pai)

    def check_unmarked(self, those, in_pai):
        for c in those:
            self.check_marked(self.found.pop((c.orig, c.dest)), NONE, c.orig,
                              in_pai)

    def check_diverted(self, those, verstat):
        for c in those:
            m = self.found.pop((c.orig, c.dest))
            self.assertEqual([claims(v)[0]['ppt'] for v in
                              m.fields['identity']], ['div', 'shaken'])
            self.check_marked(m, verstat, c.orig)

    # -- all of it -------------------------------------------------------

    def test_calls(self):
        pbx, gateway = calls(312, 60), calls(415, 60, ('sip', 'tel'))
        forged, changed = calls(512, 40), calls(602, 20)
        old, unsigned = calls(702, 10), calls(802, 10, ('sip', 'tel'))
        transit = calls(905, 1)
        for i, c in enumerate(forged):
            self.relay.changes[c.dest] = FORGED[i % len(FORGED)]
        for i, c in enumerate(changed):
            self.relay.changes[c.dest] = HARMLESS[i % len(HARMLESS)]
        for c in old:
            self.relay.changes[c.dest] = with_identity(stale)
        sent_on, misled = calls(612, 10), calls(614, 10)
        for c in sent_on:
            self.relay.changes[c.dest] = diverted(self.lab, NEW, NEW)
        for c in misled:
            self.relay.changes[c.dest] = diverted(self.lab, NEW, OTHER)
        dump = capture.tcpdump(self, self.lab.path('b.pcap'), '-i', 'lo', '-s',
                               '0', 'udp and dst port %d' % self.b)

        self.place('owned', OWNER, self.a, self.owned,
                   extra='Identity: a.b.c;info=<https://x.example/>')
        self.place('pbx', PBX, self.a, pbx, extra='X-Padding: ' + 'x' * 9000)
        self.place('gateway', GATEWAY, self.a, gateway, spoof=SPOOF)
        self.place('transit', GATEWAY, self.a, transit,
                   extra='Identity: ' + signed(
                       self.lab, '--orig', transit[0].orig, '--dest',
                       transit[0].dest, '--attest', 'A'))
        self.place('forged', GATEWAY, self.a2, forged, code=438)
        self.place('changed', GATEWAY, self.a2, changed, spoof=SPOOF)
        self.place('old', GATEWAY, self.a2, old)
        self.place('unsigned', STRANGER, self.b, unsigned, spoof=SPOOF,
                   pai=False)
        self.place('stranger', STRANGER, self.a, calls(903, 5), code=403)
        if self.diverts:
            self.place('sent_on', GATEWAY, self.a2, sent_on)
            self.place('misled', GATEWAY, self.a2, misled)
            self.finish('sent_on', 'misled')
        self.finish('owned', 'pbx', 'gateway', 'transit', 'forged', 'changed',
                    'old', 'unsigned', 'stranger')

        self.found = self.arrived()
        if self.diverts:
            self.check_diverted(sent_on, PASSED)
            self.check_diverted(misled, NONE)
        self.check_signed(self.owned, 'A')
        self.check_signed(pbx, 'B')
        self.check_signed(gateway, 'C')
        self.check_signed(transit, 'A')
        self.check_signed(changed[0::4], 'C', in_pai=False)
        self.check_signed(changed[1::4] + changed[2::4] + changed[3::4], 'C')
        self.check_unmarked(old, in_pai=True)
        self.check_unmarked(unsigned, in_pai=False)
        self.assertEqual(self.found, {}, 'calls that should not have come')
        self.check_from('gateway', SPOOF)
        self.check_from('changed', SPOOF)
        self.check_from('pbx', '')
        self.check_reasons()
        self.assertEqual(self.lab.host.count('a.pem'), 1)
        self.check_audit(dump)

        # Without the service calls go on, unsigned and unverified.
        self.assertEqual(self.signer.stop(), 0)
        self.assertEqual(self.verifier.stop(), 0)
        alone = calls(904, 5)
        self.place('alone', GATEWAY, self.a, alone, spoof=SPOOF)
        self.finish('alone')
        self.found = self.arrived()
        for c in alone:
            m = self.found[c.orig, c.dest]
            self.assertEqual(m.fields['identity'], [])
            self.check_marked(m, NONE, c.orig)

    def check_audit(self, dump):
        """shaken audit says of the calls to B what shakend said."""
        if dump is None:
            print('tcpdump may not capture here: no audit', file=sys.stderr)
            return
        self.assertRegex(capture.end(dump), r'(?m)^0 packets dropped')
        records, total = audited.audit(SHAKEN, self.lab,
                                       self.lab.path('b.pcap'))
        audited.compare(self, records, self.verifier, REJECTED)
        audited.judge_again(self, SHAKEN, records)
        self.assertEqual(self.lab.host.count('a.pem'), 2)   # one was its own
        self.assertEqual((total['calls'], total['unsigned']),
                         (281 + 20 * self.diverts, 10))
        self.assertEqual(total['passed'], 221 + 10 * self.diverts)

    def check_from(self, name, spoof):
        """The caller gets its From back as it was."""
        answers = received(self.lab.path(name + '.msg'))
        self.assertGreater(len(answers), 0)
        for m in answers:
            self.assertRegex(m.one('from'),
                             r'<(sip|tel):\+1[-\d]{10,13}%s[@>]' % spoof)

    def reasons(self):
        answers = [m for m in received(self.lab.path('old.msg'))
                   if 'INVITE' in m.one('cseq') and ' 100 ' not in m.start]
        self.assertGreater(len(answers), 0)
        return [m.fields['reason'] for m in answers]

    def check_reasons(self):
        for r in self.reasons():
            self.assertEqual(r, [])


class ProxiesWithJson(Proxies):
    """With the standard API, which has a code and a reason."""
    defines = ['-A', 'WITH_JSON']
    diverts = False     # it has one Identity value, and no Request-URI

    def check_reasons(self):
        for r in self.reasons():
            self.assertEqual(r, ['STIR;cause=403;text="Stale Date"'])


PASTE = r'''#!KAMAILIO
listen=udp:127.0.0.1:%d
children=1
auto_aliases=no
pv_buffer_size=65536
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "textopsx.so"
loadmodule "http_client.so"
%s
request_route {
	route(VERIFY_FIELDS);
	$du = "sip:127.0.0.1:%d";
	forward();
}
'''


class Pasted(unittest.TestCase):
    """The route of docs/proxies.md that pastes message/sipfrag."""

    def setUp(self):
        self.lab = Lab(SHAKEN)
        self.addCleanup(self.lab.close)
        self.daemon = Daemon(self.lab, {'verify': [
            ('verstat_field', 'pai'), ('reason', 'none'),
            ('attestation_fields', 'yes')]})
        self.addCleanup(self.daemon.stop)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((PROXY, 0))
        self.socket.settimeout(0.5)
        self.addCleanup(self.socket.close)
        with open(os.path.join(HERE, '..', '..', '..', 'docs', 'proxies.md'),
                  encoding='utf-8') as f:
            route = re.search('```\n(modparam.*?VERIFY_FIELDS.*?)```', f.read(),
                              re.S).group(1)
        self.port = free_port(PROXY)
        config = self.lab.path('paste.cfg')
        with open(config, 'w', encoding='ascii') as f:
            f.write(PASTE % (self.port, route.replace(
                '127.0.0.1:8080', '127.0.0.1:%d' % self.daemon.port),
                self.socket.getsockname()[1]))
        with open(self.lab.path('paste.log'), 'wb') as log:
            proxy = subprocess.Popen(
                ['kamailio', '-f', config, '-DD', '-E', '-Y', self.lab.dir,
                 '-w', self.lab.dir, '-m', '64', '-M', '8'],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.addCleanup(proxy.wait, 20)
        self.addCleanup(proxy.terminate)

    def forwarded(self, *fields):
        """What the proxy makes of a call with these fields."""
        lines = ['INVITE sip:+12355551212@b.example SIP/2.0',
                 'Via: SIP/2.0/UDP %s:%d;branch=z9hG4bK1' %
                 self.socket.getsockname(),
                 'From: <sip:+12155551212@a.example>;tag=1',
                 'To: <sip:+12355551212@b.example>', 'Call-ID: 1',
                 'CSeq: 1 INVITE', 'Max-Forwards: 9', *fields,
                 'Content-Length: 0', '', '']
        end = time.monotonic() + 20
        while True:     # until it is up
            self.socket.sendto('\r\n'.join(lines).encode(),
                               (PROXY, self.port))
            try:
                return Message(self.socket.recv(65536).decode())
            except socket.timeout:
                with open(self.lab.path('paste.log'), encoding='utf-8') as f:
                    self.assertLess(time.monotonic(), end, f.read())

    def test_paste(self):
        value = signed(self.lab, '--orig', '12155551212', '--dest',
                       '12355551212', '--attest', 'B')
        m = self.forwarded('P-Asserted-Identity: "A" <sip:+12155551212%s@x>, '
                           '<tel:+13035550199%s>' % (SPOOF, SPOOF),
                           'Identity: ' + value)
        self.assertEqual(m.fields['p-asserted-identity'], [
            '"A" <sip:+12155551212;verstat=%s@x>' % PASSED,
            '<tel:+13035550199>'])
        self.assertEqual(m.one('p-attestation-indicator'), 'B')
        self.assertEqual(m.one('p-origination-id'), claims(value)[1]['origid'])
        self.assertEqual(m.one('identity'), value)


if __name__ == '__main__':
    SHAKEN, Daemon.program = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
