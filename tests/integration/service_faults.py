# SPDX-License-Identifier: Apache-2.0
"""shakend when what is below it fails: memory, libcrypto, descriptors, disks, the
clock, names, certificate hosts, and the process itself.

A fault may cost the request that it hits, and that one is told so; never the
next one, and never a wrong "passed".  SHAKEN_FAULTS_LONG=1 makes of the samples
here the whole of it (scripts/soak.sh faults).
"""
import http.client
import json
import mmap
import os
import resource
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
import unittest

import service_lab
from service_lab import (Client, Daemon, DEST, JSON, ORIG, claims, now,
                         tampered)
from service_ops import LabTest, Load

LONG = os.environ.get('SHAKEN_FAULTS_LONG') == '1'
PRELOAD = os.environ.get('SHAKEN_FAULTS_LIB', '')
PASSED = 'TN-Validation-Passed'


class Faults:
    """The file that tests/testlib/preload/faults.c has mapped."""
    NAMES = ('alloc_at', 'allocs', 'live', 'crypto_at', 'crypto_calls',
             'crypto_returns', 'crypto_all', 'clock_s', 'disk_us', 'disk_left', 'failed')

    def __init__(self, where):
        self.path = os.path.join(where, 'faults')
        with open(self.path, 'wb') as f:
            f.write(bytes(8 * len(self.NAMES)))
        with open(self.path, 'r+b') as f:
            self.map = mmap.mmap(f.fileno(), 0)
        self.set(alloc_at=-1, crypto_at=-1, disk_left=-1)

    def set(self, **fields):
        for name, value in fields.items():
            struct.pack_into('q', self.map, 8 * self.NAMES.index(name), value)

    def get(self, name):
        return struct.unpack_from('q', self.map, 8 * self.NAMES.index(name))[0]

    def env(self):
        return {'LD_PRELOAD': PRELOAD, 'SHAKEN_FAULTS': self.path}


def body(identity=None):
    req = {'orig': ORIG, 'dest': DEST}
    req.update({'attest': 'A'} if identity is None else
               {'identity': identity})
    return json.dumps(req)


def ask(daemon, path, text):
    """Status and answer on a connection of its own; 0: it was closed."""
    conn = http.client.HTTPConnection('127.0.0.1', daemon.port, timeout=20)
    try:
        conn.request('POST', path, text, {'Content-Type': JSON})
        r = conn.getresponse()
        data = r.read()
        return r.status, json.loads(data) if data else {}
    except (http.client.HTTPException, ConnectionError):
        return 0, {}
    finally:
        conn.close()


@unittest.skipUnless(PRELOAD, 'the sanitizers have allocators of their own')
class Below(LabTest):
    """The n-th allocation fails, or the n-th call to libcrypto."""

    def setUp(self):
        where = tempfile.mkdtemp(dir=self.lab.dir)
        self.faults = Faults(where)
        self.daemon = self.start({
            'http': [('listen', '127.0.0.1:0'), ('threads', '1')],
            'fetch': [('allow_private', 'yes'), ('negative_s', '1'),
                      ('tls_ca', self.lab.path('ca.crt'))]},
            env=self.faults.env())
        self.seen = {}

    def good(self):
        """Both requests, as if nothing had ever been."""
        status, answer = ask(self.daemon, '/v1/sign', body())
        self.assertEqual(status, 200, answer)
        identity = answer['identity']
        status, answer = ask(self.daemon, '/v1/verify', body(identity))
        self.assertEqual((status, answer['verstat']), (200, PASSED), answer)
        return identity

    def sweep(self, counter, path, text, allowed, step=1, **also):
        """Each n until nothing is left to fail.  allowed judges what is said
        with status 200; every other one must be an error of ours."""
        n = hits = 0
        while True:
            before = self.faults.get('failed')
            self.faults.set(**also, **{counter: n})
            status, answer = ask(self.daemon, path, text)
            self.faults.set(**{counter: -1})
            hit = self.faults.get('failed') > before
            self.assertIn(status, (0, 200, 500, 503), (n, answer))
            if status == 200:
                self.assertTrue(allowed(answer, hit), (n, answer))
            self.assertIsNone(self.daemon.process.poll(),
                              self.daemon.log()[-1500:])
            self.seen.setdefault((path, status), []).append(n)
            if not hit:
                return hits
            hits += 1
            n += step

    def signed(self, answer, hit):
        """An Identity that verifies, whatever failed on its way."""
        status, verdict = ask(self.daemon, '/v1/verify',
                              body(answer['identity']))
        return (status, verdict['verstat']) == (200, PASSED)

    def test_allocations(self):
        identity = self.good()
        bad = tampered(identity, orig={'tn': ORIG}, dest={'tn': [DEST]},
                       attest='B')
        live = []
        for _ in range(8):
            self.assertGreater(self.sweep('alloc_at', '/v1/sign', body(),
                                          self.signed), 20)
            self.assertGreater(self.sweep(
                'alloc_at', '/v1/verify', body(identity),
                lambda a, hit: a['case'] in (None, 'E8')), 20)
            self.assertGreater(self.sweep(
                'alloc_at', '/v1/verify', body(bad),
                lambda a, hit: a['verstat'] != PASSED), 20)
            self.good()
            time.sleep(0.3)
            live.append(self.faults.get('live'))
        # It goes up and down with caches and connections; a leak only up.
        self.assertLess(min(live[4:]) - min(live[:4]), 16384, live)

    def test_allocations_with_key_process(self):
        """On both sides: a signature that is late is not lost, and none is
        given out that is not good."""
        self.daemon.stop()
        self.daemon = self.start({
            'http': [('listen', '127.0.0.1:0'), ('threads', '1')],
            'keyd': [('enable', 'yes')]}, env=self.faults.env())
        self.good()
        for _ in range(3):
            self.assertGreater(self.sweep('alloc_at', '/v1/sign', body(),
                                          self.signed), 20)
            self.good()
        self.assertEqual(self.daemon.metric('requests_in_flight'), 1)

    def test_allocations_of_a_fetch(self):
        """Through TLS, the chain and the trust: what could not be fetched or
        read fails the call, and the next one is good."""
        step = 1 if LONG else 61
        n = 0
        while True:
            identity = self.new_url(n)
            before = self.faults.get('failed')
            self.faults.set(alloc_at=n)
            status, answer = ask(self.daemon, '/v1/verify', body(identity))
            self.faults.set(alloc_at=-1)
            self.assertIn(status, (0, 200, 500, 503), (n, answer))
            if status == 200:
                self.assertIn(answer['case'], (None, 'E8'), n)
                if answer['case'] is not None:
                    time.sleep(1.1)
                status, answer = ask(self.daemon, '/v1/verify',
                                     body(identity))
                self.assertIsNone(answer['case'], (n, answer))
            if self.faults.get('failed') == before:
                break
            n += step
        self.assertGreater(n, 1000)
        self.good()

    def new_url(self, n):
        """A token whose x5u is in no cache."""
        page = 'page-%d.pem' % n
        self.lab.host.pages[page] = self.lab.read('a', 'chain.pem')
        out = subprocess.run(
            [service_lab.SHAKEN, 'sign', '--key',
             self.lab.path('a', 'key.pem'), '--cert',
             self.lab.path('a', 'chain.pem'), '--x5u',
             self.lab.x5u(page), '--orig', ORIG, '--dest', DEST,
             '--attest', 'A'], check=True, stdout=subprocess.PIPE)
        return out.stdout.decode().strip()

    def test_libcrypto(self):
        """0 and -1 both are "no"; a signature that was not verified is never
        good, and one that was not made is not given out."""
        identity = self.good()
        bad = tampered(identity, orig={'tn': ORIG}, dest={'tn': [DEST]},
                       attest='B')
        # One that fails may be mended: a wrong signature has the chain fetched
        # anew, and looked at again.  When all fail from one on, nothing passes.
        for value, rest in (0, 0), (-1, 0), (0, 1), (-1, 1):
            for path, text, allowed in (
                    ('/v1/sign', body(), self.signed if rest == 0 else
                     lambda a, hit: not hit or self.later(a)),
                    ('/v1/verify', body(identity), lambda a, hit:
                     not hit or rest == 0 or a['verstat'] != PASSED),
                    ('/v1/verify', body(bad),
                     lambda a, hit: a['verstat'] != PASSED)):
                hits = self.sweep('crypto_at', path, text, allowed,
                                  crypto_returns=value, crypto_all=rest)
                self.assertGreater(hits, 3, (path, value, rest))
                time.sleep(1.1)     # what was not fetched may be again
                self.good()

    def later(self, answer):
        """It verifies when libcrypto works again."""
        self.faults.set(crypto_at=-1)
        return self.signed(answer, True)

    def test_clock(self):
        """An hour back and forth: tokens of the other time are stale, those of
        now are good, and certificates are fetched and kept as ever."""
        self.lab.host.seen.clear()
        old = self.good()
        for hours in 1, -1, 0, 1, 0:
            self.faults.set(clock_s=3600 * hours)
            identity = self.good()
            iat = claims(identity)[1]['iat']
            self.assertTrue(abs(iat - now() - 3600 * hours) < 5)
            case = ask(self.daemon, '/v1/verify', body(old))[1]['case']
            self.assertEqual(case, None if hours == 0 else 'E15', hours)
        self.assertLessEqual(self.lab.host.count('a.pem'), 3)

    def test_slow_disk(self):
        """The audit file takes 20 ms a line, and one line takes seconds: all
        are answered, and all lines are there."""
        audit = self.lab.path('slow-audit')
        store = tempfile.mkdtemp(dir=self.lab.dir)
        self.daemon.stop()
        self.daemon = self.start(
            {'log': [('audit', audit)],
             'fetch': [('allow_private', 'yes'), ('store', store),
                       ('tls_ca', self.lab.path('ca.crt'))]},
            env=self.faults.env())
        self.faults.set(disk_us=20000)
        self.good()
        loads = run_loads(self.daemon, 4, 1)
        self.faults.set(disk_us=2000000, disk_left=1)
        self.good()
        self.faults.set(disk_us=0)
        self.assertEqual([f for load in loads for f in load.failures], [])
        done = 2 * sum(load.count for load in loads) + 4
        with open(audit, encoding='ascii') as f:
            self.assertEqual(len(f.readlines()), done)
        self.assertEqual(self.daemon.metric('audit_lost_total'), 0)


def run_loads(daemon, n, seconds):
    """That many clients for so long; they are done."""
    loads = [Load(daemon) for _ in range(n)]
    for load in loads:
        load.start()
    time.sleep(seconds)
    for load in loads:
        load.done.set()
    for load in loads:
        load.join(30)
    return loads


class Around(LabTest):
    """Descriptors, file systems, names, certificate hosts."""

    def call(self, daemon, **changes):
        """The error case of a call that is good; None, as it should be."""
        client = Client(daemon)
        answer = client.verify(client.identity(**changes)).json()
        client.conn.close()
        return answer['case']

    def test_descriptors(self):
        """None is left, while it runs: who is connected is served, and when
        there are some again, so are the others: by a worker that has
        connections which stay, and by one that has none."""
        for threads in '1', '2':
            with self.subTest(threads=threads):
                self.run_out(self.start({'http': [
                    ('listen', '127.0.0.1:0'), ('threads', threads)]}))

    def run_out(self, daemon):
        kept = Client(daemon)
        self.assertEqual(kept.get('/healthz').status, 200)
        self.assertIsNone(self.call(daemon, key='a'))
        pid = daemon.process.pid
        limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        # None beyond the first gap: what is closed later makes no room.
        used = {int(n) for n in os.listdir('/proc/%d/fd' % pid)}
        gap = min(set(range(len(used) + 1)) - used)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (gap, limits[1]))
        waiting = [socket.create_connection(('127.0.0.1', daemon.port))
                   for _ in range(4)]
        for _ in range(20):
            answer = kept.verify(kept.identity(key='a'))
            self.assertEqual(answer.json()['verstat'], PASSED)
        ticks = cpu_ticks(pid)
        time.sleep(1)
        spent = cpu_ticks(pid) - ticks
        resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
        for s in waiting:
            s.close()
        self.assertIsNone(self.call(daemon, key='a'))
        self.assertLess(spent, 60, 'it spins on accept()')

    def small(self, size='64k'):
        """A file system of that size, full soon."""
        if os.geteuid() != 0:
            self.skipTest('mounting a file system takes root')
        where = tempfile.mkdtemp(dir=self.lab.dir)
        done = subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=' + size,
                               'tmpfs', where], capture_output=True,
                              check=False)
        if done.returncode != 0:
            self.skipTest('no mount here: %s' % done.stderr.decode().strip())
        self.addCleanup(subprocess.run, ['umount', '-l', where], check=True)
        return where

    def fill(self, where):
        path = os.path.join(where, 'filler')
        with open(path, 'ab', buffering=0) as f:
            try:
                while True:
                    f.write(bytes(512))
            except OSError:
                return path

    def test_full_disk(self):
        """Calls are served; each line is in the audit file or, told once, on
        standard error and in a counter.  No line is there by half."""
        where = self.small()
        audit = os.path.join(where, 'audit')
        daemon = self.start({
            'log': [('audit', audit)],
            'fetch': [('allow_private', 'yes'), ('store', where),
                      ('tls_ca', self.lab.path('ca.crt'))]})
        self.assertIsNone(self.call(daemon))
        filler = self.fill(where)
        for _ in range(20):     # what the last page still takes, and more
            self.assertIsNone(self.call(daemon))
        lost = daemon.metric('audit_lost_total')
        self.assertGreater(lost, 0)
        self.assertEqual(len(daemon.events('audit')), 1, daemon.log())
        self.assertIn('No space left', daemon.events('audit')[0]['message'])
        os.unlink(filler)
        self.assertIsNone(self.call(daemon))
        self.assertEqual(daemon.metric('audit_lost_total'), lost)
        again = daemon.wait_for('audit', 2)
        self.assertIn('%d lines are missing' % lost, again['message'])
        daemon.stop()
        with open(audit, encoding='ascii') as f:
            lines = [json.loads(line) for line in f]
        self.assertEqual(len(lines) + lost, 44)
        told = len(daemon.events('sign')) + len(daemon.events('verify'))
        self.assertEqual(told, 44)

    def test_full_store(self):
        """A chain that cannot be kept is used all the same, and counted."""
        where = self.small()
        self.fill(where)
        daemon = self.start({'fetch': [
            ('allow_private', 'yes'), ('store', where),
            ('tls_ca', self.lab.path('ca.crt'))]})
        self.assertIsNone(self.call(daemon))
        end = time.monotonic() + 5
        while daemon.metric('store_errors_total') < 1:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)

    def test_read_only(self):
        """It becomes read-only while it runs."""
        where = self.small()
        audit = os.path.join(where, 'audit')
        daemon = self.start({
            'log': [('audit', audit)],
            'fetch': [('allow_private', 'yes'), ('store', where),
                      ('tls_ca', self.lab.path('ca.crt'))]})
        self.assertIsNone(self.call(daemon))
        daemon.process.send_signal(signal.SIGSTOP)
        done = subprocess.run(['mount', '-o', 'remount,ro', where],
                              capture_output=True, check=False)
        daemon.process.send_signal(signal.SIGCONT)
        if done.returncode != 0:    # busy: the file is open for writing
            subprocess.run(['mount', '--bind', where, where], check=True)
            subprocess.run(['mount', '-o', 'remount,bind,ro', where],
                           check=True)
            self.addCleanup(subprocess.run, ['umount', '-l', where],
                            check=True)
        self.assertIsNone(self.call(daemon))
        self.assertTrue(daemon.reload())
        self.assertIn('Read-only file system', daemon.log())
        self.assertIsNone(self.call(daemon))

    def test_names(self):
        """No name resolves: E8 in the time that is left for it, and calls whose
        certificate is at hand do not notice."""
        daemon = self.start({
            'verify': [('deadline_ms', '1500')],
            'key n': [('private_key', self.lab.path('a', 'key.pem')),
                      ('certificate', self.lab.path('a', 'chain.pem')),
                      ('x5u', 'https://cr.shaken.invalid:8443/a.pem')]})
        client = Client(daemon)
        self.assertIsNone(client.verify(client.identity(key='a'))
                          .json()['case'])
        for _ in range(3):
            start = time.monotonic()
            answer = client.verify(client.identity(key='n')).json()
            self.assertLess(time.monotonic() - start, 3)
            self.assertEqual((answer['case'], answer['verstat']),
                             ('E8', 'No-TN-Validation'))
            self.assertIsNone(client.verify(client.identity(key='a'))
                              .json()['case'])

    def test_host_dies(self):
        """In the middle of a certificate: half of it is none."""
        half = self.lab.read('a', 'chain.pem')
        self.lab.host.cut['half.pem'] = half
        daemon = self.start({
            'fetch': [('allow_private', 'yes'), ('negative_s', '1'),
                      ('tls_ca', self.lab.path('ca.crt'))],
            'key a': Daemon.key(self, 'a', x5u=self.lab.x5u('half.pem'))})
        client = Client(daemon)
        answer = client.verify(client.identity()).json()
        self.assertEqual((answer['case'], answer['verstat']),
                         ('E8', 'No-TN-Validation'))
        del self.lab.host.cut['half.pem']
        self.lab.host.pages['half.pem'] = half
        time.sleep(1.2)
        self.assertIsNone(client.verify(client.identity()).json()['case'])


def cpu_ticks(pid):
    with open('/proc/%d/stat' % pid, encoding='ascii') as f:
        fields = f.read().rsplit(')', 1)[1].split()
    return int(fields[11]) + int(fields[12])


def rss_kib(pid):
    with open('/proc/%d/status' % pid, encoding='ascii') as f:
        for line in f:
            if line.startswith('VmRSS:'):
                return int(line.split()[1])
    raise AssertionError('no VmRSS')


class Process(LabTest):
    """It is stopped, killed, and reloaded again and again."""

    def test_stopped(self):
        """For two seconds under load: late, and complete."""
        daemon = self.start()
        loads = [Load(daemon) for _ in range(4)]
        for load in loads:
            load.start()
        for _ in range(3 if LONG else 1):
            time.sleep(0.3)
            daemon.process.send_signal(signal.SIGSTOP)
            time.sleep(2)
            daemon.process.send_signal(signal.SIGCONT)
        time.sleep(0.3)
        for load in loads:
            load.done.set()
            load.join(20)
            self.assertEqual(load.failures, [])
        self.assertEqual(daemon.metric('deadlines_total'), 0)

    def test_killed(self):
        """Under load, with a store and an audit file: it serves again within a
        second, and what was answered before is written down."""
        rounds = 200 if LONG else 10
        store = tempfile.mkdtemp(dir=self.lab.dir)
        audit = self.lab.path('killed-audit')
        conf = {'log': [('audit', audit)],
                'fetch': [('allow_private', 'yes'), ('store', store),
                          ('tls_ca', self.lab.path('ca.crt'))]}
        self.lab.host.seen.clear()
        answered, slowest = 0, 0.0
        for i in range(rounds):
            start = time.monotonic()
            daemon = Daemon(self.lab, conf)
            client = Client(daemon)
            self.assertEqual(client.sign().status, 200)
            slowest = max(slowest, time.monotonic() - start)
            self.assertIsNone(client.verify(client.identity()).json()['case'])
            loads = [Load(daemon) for _ in range(2)]
            for load in loads:
                load.start()
            time.sleep(0.05 + i % 7 * 0.02)
            self.assertEqual(daemon.stop(signal.SIGKILL), -9)
            for load in loads:
                load.done.set()
                load.join(20)
            answered += 3 + sum(len(load.x5u) for load in loads)
            if i > 0:   # the store survives: it is not fetched again
                self.assertEqual(self.lab.host.count('a.pem'), 1)
        self.assertLess(slowest, 1)
        with open(audit, encoding='ascii') as f:
            lines = [json.loads(line) for line in f]
        self.assertGreaterEqual(len(lines), answered)

    def test_reloaded(self):
        """Under load: no request fails, and memory stays where it is."""
        rounds = 1000 if LONG else 50
        daemon = self.start()
        loads = [Load(daemon) for _ in range(2)]
        for load in loads:
            load.start()
        sizes = []
        for i in range(rounds):
            daemon.conf['key a'] = daemon.key('ba'[i % 2])
            daemon.write()
            self.assertTrue(daemon.reload(), daemon.log())
            sizes.append(rss_kib(daemon.process.pid))
        for load in loads:
            load.done.set()
            load.join(20)
            self.assertEqual(load.failures, [])
            self.assertGreater(load.count, 10)
        warm = max(sizes[:rounds // 2])
        self.assertLess(max(sizes[rounds // 2:]), warm * 1.05, sizes)
        self.assertEqual(daemon.metric('reloads_total{result="done"}'),
                         rounds)
