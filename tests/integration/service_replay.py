# SPDX-License-Identifier: Apache-2.0
"""Tokens that are used again and again (RFC 8224 section 12.1), and calls that
wait for certificates in too great a number."""
import json
import time
import unittest

import service_lab
from service_lab import Client, Daemon, Lab, b64, unb64

N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551


def turned(identity):
    """The same token with n - s for s, which verifies just as well."""
    token, rest = identity.split(';', 1)
    head, payload, sig = token.split('.')
    sig = unb64(sig)
    s = N - int.from_bytes(sig[32:], 'big')
    sig = sig[:32] + s.to_bytes(32, 'big')
    return '%s.%s.%s;%s' % (head, payload, b64(sig), rest)


class Replay(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab(service_lab.SHAKEN)

    @classmethod
    def tearDownClass(cls):
        cls.lab.close()

    def start(self, *verify, **conf):
        conf['verify'] = [('deadline_ms', '10000'), *verify]
        daemon = Daemon(self.lab, conf)
        self.addCleanup(lambda: self.assertEqual(daemon.stop(), 0))
        return daemon

    def verdicts(self, client, *identities):
        return [client.verify(i, '?explain=1').json() for i in identities]

    def test_rejected(self):
        daemon = self.start(('replay', 'reject'), ('replay_uses', '3'))
        client = Client(daemon)
        copied, other = client.identity(), client.identity()
        found = self.verdicts(client, copied, turned(copied), copied, copied,
                              turned(copied), other)
        self.assertEqual([v['case'] for v in found],
                         [None, None, None, 'E15', 'E15', None])
        self.assertEqual(found[3]['code'], 403)
        self.assertEqual(found[3]['detail'],
                         'this token was used 4 times, 3 allowed')
        self.assertEqual([c['result'] for c in found[0]['checks']
                          if c['check'] == 'replay'], ['pass'])
        # A forgery of it is a forgery, and uses nothing up.
        forged = service_lab.tampered(other, attest='B')
        self.assertEqual([v['case'] for v in self.verdicts(
            client, *[forged] * 5)], ['E18'] * 5)
        self.assertIsNone(self.verdicts(client, other)[0]['case'])
        self.assertEqual(daemon.metric('replays_total{answer="refused"}'), 2)
        self.assertEqual(daemon.events('verify')[4]['uses'], 5)
        # Both dialects of the standard say the same.
        answer = client.verification(copied)
        self.assertEqual(answer.json()['verificationResponse']['reasoncode'],
                         403)
        answer = client.verification(None, identityHeader=copied)
        result, = answer.json()['verificationResponse']['verifyResults']
        self.assertEqual(result['verifyResult']['reasonCode'], 403)

    def test_detected(self):
        daemon = self.start(('replay', 'detect'), ('replay_uses', '1'))
        client = Client(daemon)
        copied = client.identity()
        found = self.verdicts(client, copied, copied)
        self.assertEqual([v['case'] for v in found], [None, None])
        self.assertEqual(daemon.metric('replays_total{answer="passed"}'), 1)
        lines = daemon.events('verify')
        self.assertNotIn('uses', lines[0])
        self.assertEqual(lines[1]['uses'], 2)

    def test_off(self):
        daemon = self.start(('replay_uses', '1'))
        client = Client(daemon)
        copied = client.identity()
        found = self.verdicts(client, *[copied] * 5)
        self.assertEqual({v['case'] for v in found}, {None})
        self.assertEqual(daemon.metric('replays_total'), 0)

    def test_within_a_call(self):
        """A call that brings its token twice has used it once; after a reload
        it is still known."""
        daemon = self.start(('replay', 'reject'), ('replay_uses', '1'))
        client = Client(daemon)
        copied = client.identity()
        self.assertIsNone(self.verdicts(client, [copied, copied])[0]['case'])
        self.assertTrue(daemon.reload())
        self.assertEqual(self.verdicts(client, copied)[0]['case'], 'E15')


class Waiting(unittest.TestCase):
    def test_too_many(self):
        """One may wait, for a host that never answers; the next is told so at
        once, and a call whose certificate is at hand is none of them."""
        lab = Lab(service_lab.SHAKEN)
        self.addCleanup(lab.close)
        daemon = Daemon(lab, {
            'http': [('listen', '127.0.0.1:0'), ('threads', '2'),
                     ('max_waiting', '1')],
            'verify': [('deadline_ms', '3000')],
            'key slow': [('private_key', lab.path('b', 'key.pem')),
                         ('certificate', lab.path('b', 'chain.pem')),
                         ('x5u', lab.x5u('silent.pem'))]})
        self.addCleanup(lambda: self.assertEqual(daemon.stop(), 0))
        client, first = Client(daemon), Client(daemon)
        good = client.identity(key='a')
        self.assertEqual(client.verify(good).json()['verstat'],
                         'TN-Validation-Passed')
        slow = client.identity(key='slow')
        body = json.dumps({'identity': slow, 'orig': service_lab.ORIG,
                           'dest': service_lab.DEST})
        first.conn.request('POST', '/v1/verify', body,
                           {'Content-Type': service_lab.JSON})
        end = time.monotonic() + 5
        while daemon.metric('fetches_in_flight') == 0:
            self.assertLess(time.monotonic(), end)
        answer = client.verify(slow)
        self.assertEqual(answer.status, 503)
        self.assertEqual(answer.fields['Retry-After'], '1')
        self.assertEqual(answer.json()['code'], 'busy')
        self.assertEqual(daemon.metric('refused_total{reason="waiting"}'), 1)
        self.assertEqual(client.verify(good).json()['verstat'],
                         'TN-Validation-Passed')
        self.assertEqual(json.loads(first.conn.getresponse().read())['case'],
                         'E8')
