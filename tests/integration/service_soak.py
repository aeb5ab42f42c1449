# SPDX-License-Identifier: Apache-2.0
"""shakend under all kinds of load at once, for SHAKEN_SOAK seconds: nothing
fails, nothing is lost, and memory stays where it is (scripts/soak.sh load)."""
import os
import signal
import threading
import time
import unittest

from service_faults import PASSED, rss_kib
from service_lab import Client, Daemon, DEST, ORIG, tampered
from service_ops import LabTest, free_port, wait_until_open

SECONDS = int(os.environ.get('SHAKEN_SOAK', '0'))
# ThreadSanitizer's own memory grows with what it has seen.
WATCH_MEMORY = os.environ.get('SHAKEN_SOAK_MEMORY', '1') == '1'
COLD = 48


class Busy(Exception):
    pass


def check(answer):
    if answer.status == 503 and answer.json()['code'] == 'busy':
        raise Busy
    assert answer.status == 200, answer.text
    return answer.json()


class Worker(threading.Thread):
    """One kind of request, again and again; decisions are counted."""

    def __init__(self, daemon, turn):
        super().__init__(daemon=True)
        self.client, self.turn = Client(daemon), turn
        self.done = threading.Event()
        self.failures, self.decisions, self.turns = [], 0, 0
        self.busy = 0   # told to come again: the machine was not ours alone

    def run(self):
        while not self.done.is_set() and len(self.failures) < 5:
            try:
                self.turn(self)
            except Busy:
                self.busy += 1
            except Exception as e:      # whatever it is, it is a failure
                self.failures.append(repr(e))
            self.turns += 1

    def sign(self, key):
        answer = check(self.client.sign(key=key))
        self.decisions += 1
        return answer['identity']

    def verify(self, identity, **want):
        answer = check(self.client.verify(identity))
        self.decisions += 1
        assert {k: answer[k] for k in want} == want, answer


@unittest.skipUnless(SECONDS, 'scripts/soak.sh load')
class Soak(LabTest):

    def hot(self, w):
        w.verify(w.sign('a'), verstat=PASSED)

    def cold(self, w):
        """More hosts' URLs than the cache has room for."""
        w.verify(w.sign('cold%d' % (w.turns % COLD)), verstat=PASSED)

    def failing(self, w):
        good = w.sign('a')
        w.verify(tampered(good, orig={'tn': ORIG}, dest={'tn': [DEST]},
                          attest='C'), case='E18')
        w.verify(good.replace(';ppt=shaken', ';ppt=other'),
                 verstat='No-TN-Validation')
        w.verify(w.sign('gone'), case='E8', verstat='No-TN-Validation')
        for text in '{', '[]', '{"orig":1}', 'x' * 1000:
            assert w.client.post('/v1/verify', text).status in (400, 503)

    def metrics(self, w):
        assert w.client.get('/metrics').status == 200
        assert w.client.get('/readyz').status == 200
        w.done.wait(1)

    def reload(self, w):
        """Another key, and keys now in memory, now in the key process."""
        self.daemon.conf['key a'] = self.daemon.key('ba'[w.turns % 2])
        self.daemon.conf['keyd'] = [
            ('enable', 'yes' if w.turns // 2 % 2 == 0 else 'no')]
        self.daemon.write()
        before = self.reloads(w)
        self.daemon.process.send_signal(signal.SIGHUP)
        end = time.monotonic() + 10
        while self.reloads(w) == before:
            assert time.monotonic() < end
            time.sleep(0.05)
        w.done.wait(1)

    def reloads(self, w):
        return self.daemon.metric('reloads_total{result="done"}', w.client)

    def conf(self):
        lab = self.lab
        conf = {
            'http': [('listen', '127.0.0.1:%d' % self.port),
                     ('threads', '2')],
            'log': [('audit', lab.path('audit')), ('level', 'error')],
            'fetch': [('allow_private', 'yes'), ('cache_entries', '16'),
                      ('store', self.store), ('tls_ca', lab.path('ca.crt')),
                      ('total_ms', '10000'), ('connect_ms', '10000')],
            'key gone': Daemon.key(self, 'a', x5u=lab.x5u('gone.pem'))}
        for i in range(COLD):
            page = 'cold%d.pem' % i
            lab.host.pages[page] = lab.read('ab'[i % 2], 'chain.pem')
            conf['key cold%d' % i] = Daemon.key(self, 'ab'[i % 2],
                                                x5u=lab.x5u(page))
        return conf

    def test_all_at_once(self):
        self.store = self.lab.path('store')
        os.mkdir(self.store)
        self.port = free_port()
        self.daemon = self.start(self.conf(), wait=False)
        self.daemon.port = self.port    # nobody says it at this level
        wait_until_open(self.port)
        workers = [Worker(self.daemon, turn) for turn in (
            self.hot, self.hot, self.cold, self.failing, self.metrics,
            self.reload)]
        for w in workers:
            w.start()
        sizes, end = [], time.monotonic() + SECONDS
        while time.monotonic() < end and not any(w.failures for w in workers):
            time.sleep(1)
            sizes.append(rss_kib(self.daemon.process.pid))
        for w in workers:
            w.done.set()
        for w in workers:
            w.join(30)
            self.assertEqual(w.failures, [], w.turn.__name__)
            self.assertGreater(w.turns, 1, w.turn.__name__)
        lost = self.daemon.metric('audit_lost_total')
        self.assertEqual(self.daemon.stop(), 0)
        self.assertNotIn('Sanitizer', self.daemon.log())
        decisions = sum(w.decisions for w in workers)
        with open(self.lab.path('audit'), 'rb') as f:
            lines = sum(1 for _ in f)
        fifth = max(1, len(sizes) // 5)
        warm, last = max(sizes[fifth:2 * fifth]), max(sizes[-fifth:])
        print('%d s: %d decisions, %d lines of audit, %d told to come again, '
              '%d reloads, memory %d KiB after a fifth, %d KiB at the end' % (
                  SECONDS, decisions, lines, sum(w.busy for w in workers),
                  workers[-1].turns, warm, last), flush=True)
        self.assertEqual((lines, lost), (decisions, 0))
        if WATCH_MEMORY:
            self.assertLess(last, warm * 1.05, sizes)
