# SPDX-License-Identifier: Apache-2.0
"""shakend when there is too much: what is over is refused fast, what is let in is
answered in time, memory stays flat, and health and metrics answer all along."""
import re
import subprocess
import tempfile
import time
import unittest

import service_lab
from service_lab import Client, Daemon, Lab, ORIG, DEST
from service_ops import sha256

BODY = '{"orig":"%s","dest":"%s","attest":"A"}' % (ORIG, DEST)


class Load:
    """wrk in the background, signing: its connections ask again at once."""

    def __init__(self, daemon, connections, seconds):
        with tempfile.NamedTemporaryFile('w', suffix='.lua', dir=daemon.lab.dir,
                                         delete=False) as f:
            f.write('wrk.method = "POST"\nwrk.body = [[%s]]\n'
                    'wrk.headers["Content-Type"] = "application/json"\n' % BODY)
        self.process = subprocess.Popen(
            ['wrk', '-t1', '-c%d' % connections, '-d%ds' % seconds,
             '--timeout', '10s', '-s', f.name,
             'http://127.0.0.1:%d/v1/sign' % daemon.port],
            stdout=subprocess.PIPE, text=True)

    def end(self):
        """Answers, and how many of them were not 200."""
        out = self.process.communicate(timeout=60)[0]
        total = int(re.search(r'(\d+) requests in', out).group(1))
        other = re.search(r'Non-2xx or 3xx responses: (\d+)', out)
        assert 'Socket errors' not in out, out
        return total, int(other.group(1)) if other else 0


def rss_kib(daemon):
    with open('/proc/%d/status' % daemon.process.pid, encoding='ascii') as f:
        return int(re.search(r'VmRSS:\s+(\d+)', f.read()).group(1))


def is_sanitized(daemon):
    with open(daemon.program, 'rb') as f:
        return b'__asan_init' in f.read()


class Flood(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab(service_lab.SHAKEN)

    @classmethod
    def tearDownClass(cls):
        cls.lab.close()

    def start(self, http=(), **conf):
        conf['http'] = [('listen', '127.0.0.1:0'), ('threads', '1'), *http]
        daemon = Daemon(self.lab, conf)
        self.addCleanup(lambda: self.assertEqual(daemon.stop(), 0))
        return daemon

    def probe(self, daemon, seconds, more=0):
        """One call after the other, and for some seconds more until one is
        refused: [(status, seconds)], and the last refusal."""
        client, found, refusal = Client(daemon), [], None
        end = time.monotonic() + seconds
        while time.monotonic() < end or (
                refusal is None and time.monotonic() < end + more):
            start = time.monotonic()
            answer = client.post('/v1/sign', BODY)
            found.append((answer.status, time.monotonic() - start))
            if answer.status != 200:
                refusal = answer
        return found, refusal

    def test_more_than_can_be_answered(self):
        """Connections enough that one worker needs some 100 ms for a round of
        them, where 50 ms are allowed."""
        daemon = self.start([('queue_ms', '50')])
        client = Client(daemon)
        for _ in range(2000):                  # warm, for the memory
            client.sign()
        before = rss_kib(daemon)
        load = Load(daemon, 2500, 10)
        time.sleep(1.5)
        found, refusal = self.probe(daemon, 2, 6)
        self.assertEqual(Client(daemon).get('/healthz').status, 200)
        refused = daemon.metric('refused_total{reason="busy"}')
        grown = rss_kib(daemon) - before
        total, other = load.end()
        self.assertGreater(other, 0)
        self.assertGreater(total - other, total / 20, 'some are let in')
        self.assertGreater(refused, 0)
        self.assertEqual({s for s, _ in found} | {200, 503}, {200, 503})
        self.assertIsNotNone(refusal)
        self.assertEqual(refusal.fields['Retry-After'], '1')
        self.assertEqual(refusal.json()['code'], 'busy')
        # Some 10 KiB a connection, with its request; and nothing else grows.  A
        # sanitizer keeps what is freed.
        if not is_sanitized(daemon):
            self.assertLess(grown, 2500 * 24)
        # Nobody who is let in starves, on however slow a machine.
        self.assertLess(max((t for s, t in found if s == 200), default=0), 10)
        # No one is refused when the flood is over.
        self.assertEqual(Client(daemon).sign().status, 200)

    def test_not_busy(self):
        """Without a queue nothing is refused, however small the allowance."""
        daemon = self.start([('queue_ms', '20')])
        found, _ = self.probe(daemon, 1)
        self.assertEqual({s for s, _ in found}, {200})
        self.assertEqual(daemon.metric('refused_total'), 0)

    def test_address(self):
        daemon = self.start([('address_rate', '5'), ('address_burst', '10')])
        client = Client(daemon)
        answers = [client.signing() for _ in range(30)]
        good = [a for a in answers if a.status == 200]
        refused = [a for a in answers if a.status == 429]
        self.assertEqual(len(good) + len(refused), 30)
        self.assertGreaterEqual(len(good), 10)
        self.assertGreater(len(refused), 5)
        self.assertEqual(refused[0].fields['Retry-After'], '1')
        self.assertEqual(refused[0].json()['requestError']['policyException']
                         ['messageId'], 'POL4290')
        for path in ('/healthz', '/readyz', '/metrics'):
            self.assertEqual(client.get(path).status, 200, path)
        self.assertEqual(daemon.metric('refused_total{reason="address"}'),
                         len(refused))
        time.sleep(1.2)
        self.assertEqual(client.signing().status, 200)

    def test_tenant(self):
        """One client's flood is not another's."""
        daemon = self.start(**{
            'tenant few': [('token_sha256', sha256('f')), ('keys', 'a'),
                           ('rate', '5'), ('burst', '10')],
            'tenant many': [('token_sha256', sha256('m')), ('keys', 'a')]})
        few, many = Client(daemon, token='f'), Client(daemon, token='m')
        statuses = [few.sign().status for _ in range(30)]
        self.assertEqual(set(statuses), {200, 429})
        self.assertEqual(statuses[:10], [200] * 10)
        self.assertEqual({many.sign().status for _ in range(30)}, {200})
        # Whose credentials are wrong takes nothing from anybody.
        self.assertEqual(Client(daemon, token='x').sign().status, 401)
        self.assertEqual(daemon.metric('refused_total{reason="tenant"}'),
                         statuses.count(429))
