# SPDX-License-Identifier: Apache-2.0
"""The ways to a verdict: the library, the command, and shakend in each of its
three forms.  Each takes a Call and gives a Verdict."""
import json
import os
import subprocess
from collections import namedtuple

import service_lab
from forge_pki import POLICY

# case: None where a form does not tell it; code 0: passed.
Verdict = namedtuple('Verdict', 'verstat case code reason')
PASSED = 'TN-Validation-Passed'


class Library:
    """verdict_probe, which is asked a line at a time."""
    name, fetches = 'library', False

    def __init__(self, program, where):
        self.process = subprocess.Popen([program, where],
                                        stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def order(self, call, value, trust='soft', **more):
        order = {'value': value.hex(), 'orig': call.orig, 'dest': call.dest,
                 'now': call.now + call.at, 'date': call.date, 'trust': trust,
                 'chain': call.chain + '.pem'}
        order.update(more)
        self.process.stdin.write(json.dumps(order) + '\n')

    def answer(self):
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, 'the probe ended: %s' % self.process.wait()
        return json.loads(line)

    def ask_raw(self, call, value, trust='soft'):
        self.order(call, value, trust)
        a = self.answer()
        assert a['misfit'] is None, a
        return a

    def ask(self, call, value, trust='soft'):
        a = self.ask_raw(call, value, trust)
        return Verdict(a['verstat'], 'E%d' % a['case'] if a['case'] else None,
                       a['code'], None)

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait(30)


class Command:
    """shaken verify, which fetches the certificate from where x5u says."""
    name, fetches = 'command', True

    def __init__(self, program, lab, where):
        self.program, self.lab, self.where = program, lab, where

    def ask(self, call, value, trust='soft'):
        crl = os.path.join(self.where, 'crl-%s.pem' % trust)
        args = [self.program, 'verify', '--json', '--orig', call.orig,
                '--dest', call.dest, '--at', str(call.now + call.at),
                '--trust', os.path.join(self.where, 'root.pem'),
                '--crl-trust', os.path.join(self.where, 'pa.pem'),
                '--crl-policy', trust[:4], '--require-policy', POLICY,
                '--tls-ca', self.lab.path('ca.crt'), '--allow-private',
                '--timeout', '20000']
        if os.path.exists(crl):
            args += ['--crl', crl]
        if call.date:
            args += ['--date', str(call.date)]
        r = subprocess.run(args + ['-'], input=value + b'\n', timeout=60,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           check=False)
        assert r.returncode in (0, 1) and not r.stderr, (args, r)
        a = json.loads(r.stdout)
        assert (r.returncode == 0) == (a['verstat'] == PASSED), a
        return Verdict(a['verstat'], a['case'], a['code'] or 0, a['reason'])


class Http:
    """A form of the API of a shakend that runs; None: the request cannot be
    made, or was refused with 400."""
    fetches = True

    def __init__(self, form, daemon):
        self.name, self.daemon = form, daemon
        self.client = service_lab.Client(daemon)
        self.get = getattr(self, form)

    def ask(self, call, value, trust='soft'):
        del trust               # that of the daemon
        try:
            text = value.decode()
        except UnicodeDecodeError:
            text = None
        answer = self.get(call, text) if text is not None and \
            '\0' not in text else self.bytes(value)
        if answer.status == 400:
            return None
        assert answer.status == 200, (answer.status, answer.text)
        return self.read(answer.json())

    def bytes(self, value):
        """What JSON cannot hold, put into it all the same."""
        body = b'{"identity":"' + value + \
            b'","orig":"12155550121","dest":"12155550131"}'
        return self.client.post('/v1/verify', body)

    def native(self, call, text):
        return self.client.verify(text, orig=call.orig, dest=call.dest,
                                  time=call.date or None)

    def request(self, call):
        return {'from': {'tn': call.orig}, 'to': {'tn': [call.dest]},
                'time': call.date or service_lab.now()}

    def atis(self, call, text):
        return self.client.post('/stir/v1/verification', {
            'verificationRequest': dict(self.request(call), identity=text)})

    def threegpp(self, call, text):
        return self.client.post('/stir/v1/verification', {
            'verificationRequest': dict(self.request(call),
                                        identityHeader=text)})

    def read(self, a):
        if self.name == 'native':
            return Verdict(a['verstat'], a['case'], a['code'] or 0,
                           a['reason'])
        a = a['verificationResponse']
        if self.name == 'atis':
            return Verdict(a['verstat'], None, a.get('reasoncode', 0),
                           a.get('reasontext'))
        # The first of those that say what the verdict of all is.
        results = [r['verifyResult'] for r in a['verifyResults']]
        if a['verstatValue'] == PASSED:
            assert any(r['status'] == 'pass' for r in results), a
            return Verdict(PASSED, None, 0, None)
        assert all(r['status'] == 'fail' for r in results), a
        return Verdict(a['verstatValue'], None, results[0]['reasonCode'],
                       results[0]['reasonText'])


def daemon(lab, where, trust):
    """A shakend that believes in the PKI of the test alone."""
    crl = os.path.join(where, 'crl-%s.pem' % trust)
    conf = [('anchors', os.path.join(where, 'root.pem')),
            ('crl_anchors', os.path.join(where, 'pa.pem')),
            ('crl_policy', trust[:4]), ('policies', POLICY)]
    if os.path.exists(crl):
        conf.append(('crls', crl))
    d = service_lab.Daemon(lab, {'trust': conf})
    assert d.urls, d.log()
    return d
