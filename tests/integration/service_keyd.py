# SPDX-License-Identifier: Apache-2.0
"""[keyd]: private keys in a process of their own."""
import base64
import concurrent.futures
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import unittest

from service_lab import Client, Daemon, ORIG, openssl
from service_ops import LabTest, Load


def keyd_of(daemon, n=1, timeout=10):
    """The pids of its n key processes."""
    end = time.monotonic() + timeout
    while True:
        pids = []
        for pid in filter(str.isdigit, os.listdir('/proc')):
            try:
                with open('/proc/%s/stat' % pid, encoding='ascii') as f:
                    fields = f.read().rsplit(')', 1)[1].split()
            except OSError:
                continue
            if int(fields[1]) == daemon.process.pid and fields[0] != 'Z':
                pids.append(int(pid))
        if len(pids) == n:
            return pids if n != 1 else pids[0]
        assert time.monotonic() < end, (pids, daemon.log())
        time.sleep(0.01)


def is_alive(pid):
    """Neither gone nor waited for."""
    try:
        with open('/proc/%d/stat' % pid, encoding='ascii') as f:
            return f.read().rsplit(')', 1)[1].split()[0] != 'Z'
    except OSError:
        return False


def wait_until(condition, timeout=15):
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def memory(pid):
    """All that can be read of a process."""
    with open('/proc/%d/maps' % pid, encoding='ascii') as maps, \
            open('/proc/%d/mem' % pid, 'rb', 0) as mem:
        for line in maps:
            span, mode = line.split()[:2]
            start, end = (int(x, 16) for x in span.split('-'))
            # A sanitizer's shadow is endless, and empty.
            if mode[0] != 'r' or end - start > 1 << 30:
                continue
            try:
                mem.seek(start)
                yield mem.read(end - start)
            except (OSError, OverflowError, ValueError):
                continue


def needles(path):
    """A private key, as it may lie in memory."""
    with open(path, encoding='ascii') as f:
        pem = f.read()
    der = base64.b64decode(''.join(
        line for line in pem.splitlines() if '-' not in line))
    # OCTET STRING of 32 bytes: RFC 5915 section 3
    at = der.index(b'\x02\x01\x01\x04\x20') + 5
    scalar = der[at:at + 32]
    # base64 of the scalar at each of three offsets, what its ends share cut off
    base = [base64.b64encode(b'\0' * i + scalar)[4:40] for i in range(3)]
    return {
        'number': scalar, 'words': scalar[::-1],
        'hex': scalar.hex().encode(), 'HEX': scalar.hex().upper().encode(),
        'colons': ':'.join('%02x' % b for b in scalar).encode(),
        'file': pem.splitlines()[1].encode(),
        'base64': base[0], 'base64+1': base[1], 'base64+2': base[2],
    }


def found(pid, keys):
    names = set()
    for part in memory(pid):
        names.update(n for n, key in keys.items() if key in part)
    return names


def status(pid, name):
    with open('/proc/%d/status' % pid, encoding='ascii') as f:
        return re.search(r'(?m)^%s:\s*(.*)$' % name, f.read())[1]


class KeydTest(LabTest):

    def keyd(self, conf=None, **settings):
        conf = dict(conf or {})
        conf['keyd'] = [('enable', 'yes')] + list(settings.items())
        return self.start(conf)

    def good(self, client):
        """What it signs verifies."""
        answer = client.verify(client.identity()).json()
        self.assertEqual(answer['verstat'], 'TN-Validation-Passed', answer)

    def own_key(self, name):
        """A key of this test, to be replaced by it."""
        path = self.lab.path(self.id() + name)
        shutil.copy(self.lab.path(name, 'key.pem'), path)
        os.chmod(path, 0o600)
        return path

    def put(self, path, content):
        """As it is to be done: another file of the same name."""
        with open(path + '.new', 'w', encoding='ascii') as f:
            os.chmod(path + '.new', 0o600)
            f.write(content)
        os.rename(path + '.new', path)


class Apart(KeydTest):
    """The process that reads requests has no key."""

    def test_memory(self):
        keys = needles(self.lab.path('a', 'key.pem'))
        for enable in 'no', 'yes':
            daemon = self.start({'keyd': [('enable', enable)]})
            client = Client(daemon)
            for _ in range(20):
                self.good(client)
            self.assertTrue(daemon.reload())
            self.good(client)
            names = found(daemon.process.pid, keys)
            if enable == 'no':  # this is how it is found where it is
                self.assertIn('words', names)
                continue
            self.assertEqual(names, set())
            try:
                self.assertIn('words', found(keyd_of(daemon), keys))
            except PermissionError:
                pass  # nobody but root may look there

    def test_pipelined(self):
        """Requests sent at once are answered in their order, though each waits
        for the key process."""
        daemon = self.keyd()
        dests = ['1235555%04d' % i for i in range(40)]
        with socket.create_connection(('127.0.0.1', daemon.port), 20) as s:
            for dest in dests:
                body = json.dumps({'orig': ORIG, 'dest': dest, 'attest': 'A'})
                s.sendall(('POST /v1/sign HTTP/1.1\r\nHost: h\r\n'
                           'Content-Type: application/json\r\n'
                           'Content-Length: %d\r\n\r\n%s' %
                           (len(body), body)).encode())
            got = b''
            while got.count(b'"key":"a"') < len(dests):
                data = s.recv(65536)
                self.assertTrue(data, got)
                got += data
        self.assertEqual(re.findall(r'"dest":\{"tn":\["(\d+)"\]',
                                    got.decode()), dests)

    def test_jail(self):
        daemon = self.keyd(threads='3')
        pid = keyd_of(daemon)
        self.good(Client(daemon))
        self.assertEqual(status(pid, 'Seccomp'), '2')
        self.assertEqual(status(pid, 'NoNewPrivs'), '1')
        self.assertEqual(status(pid, 'Threads'), '3')
        self.assertEqual(status(daemon.process.pid, 'Seccomp'),
                         status(os.getpid(), 'Seccomp'))
        with open('/proc/%d/limits' % pid, encoding='ascii') as f:
            self.assertRegex(f.read(), r'Max core file size +0 +0 ')
        if os.geteuid() == 0:  # it is root's now: not dumpable
            fds = os.listdir('/proc/%d/fd' % pid)
            self.assertEqual(sorted(map(int, fds)), list(range(6)))
            for fd in '3', '4', '5':
                self.assertIn('socket:', os.readlink('/proc/%d/fd/%s' %
                                                     (pid, fd)))

    def test_by_hand(self):
        for args in [], ['1'], ['0', '1'], ['65', '1'], ['1', 'x'], ['1', '1']:
            done = subprocess.run([Daemon.program, '--role', 'keyd', *args],
                                  stdin=subprocess.DEVNULL, timeout=20,
                                  stderr=subprocess.PIPE, check=False)
            self.assertEqual(done.returncode, 2, args)


class Ends(KeydTest):
    """What if the key process does."""

    def test_killed(self):
        daemon = self.keyd()
        client = Client(daemon)
        before = keyd_of(daemon)
        os.kill(before, signal.SIGKILL)
        daemon.wait_for('keyd', 2)
        self.good(client)
        self.assertNotEqual(keyd_of(daemon), before)
        self.assertIn('signal 9', daemon.events('keyd')[0]['message'])
        self.assertEqual(daemon.events('keyd')[1]['message'], 'started again')
        self.assertEqual(
            daemon.metric('keyd_restarts_total{result="done"'), 1)
        self.assertEqual(daemon.metric('keyd_up'), 1)

    def test_another_key_meanwhile(self):
        """A file that holds another key by now is not signed with."""
        path = self.own_key('a')
        daemon = self.keyd({'key a': Daemon.key(self, 'a', private_key=path)})
        client = Client(daemon)
        self.good(client)
        self.put(path, self.lab.read('b', 'key.pem'))
        os.kill(keyd_of(daemon), signal.SIGKILL)
        daemon.wait_for('keyd', 3)
        answer = client.sign()
        self.assertEqual(answer.status, 503, answer.text)
        self.assertIn('key process', answer.text)
        ready = client.get('/readyz')
        self.assertEqual(ready.status, 503)
        self.assertIn('key process has ended', ready.json()['why'])
        self.assertEqual(client.get('/healthz').status, 200)
        self.assertIn('is not that of certificate', daemon.log())
        self.assertEqual(daemon.metric('keyd_up'), 0)
        # Tried again, ever more seldom.
        wait_until(lambda: daemon.metric(
            'keyd_restarts_total{result="failed"') >= 3)
        self.put(path, self.lab.read('a', 'key.pem'))
        wait_until(lambda: client.get('/readyz').status == 200)
        self.good(client)

    def test_stopped(self):
        """One that does not answer is replaced."""
        daemon = self.keyd(timeout_ms='300')
        client = Client(daemon)
        before = keyd_of(daemon)
        os.kill(before, signal.SIGSTOP)
        start = time.monotonic()
        self.assertEqual(client.sign().status, 503)
        self.assertTrue(0.2 < time.monotonic() - start < 5)
        wait_until(lambda: client.sign().status == 200)
        self.assertFalse(is_alive(before))
        self.good(client)

    def test_nobody_stands_still(self):
        """While calls wait for the key process, its worker serves others, and
        not more calls than may wait."""
        daemon = self.keyd({'http': [('listen', '127.0.0.1:0'),
                                     ('threads', '1'), ('max_waiting', '3')]},
                           timeout_ms='3000')
        other = Client(daemon)
        good = other.identity()
        self.good(other)        # its certificate is at hand
        os.kill(keyd_of(daemon), signal.SIGSTOP)
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            jobs = [pool.submit(lambda: Client(daemon).sign())
                    for _ in range(3)]
            wait_until(lambda: daemon.metric('requests_in_flight') >= 4)
            start = time.monotonic()
            answer = other.sign()
            self.assertEqual(answer.status, 503)
            self.assertIn('too many calls wait for a signature', answer.text)
            self.assertEqual(answer.fields['Retry-After'], '1')
            self.assertEqual(other.verify(good).json()['case'], None)
            self.assertLess(time.monotonic() - start, 1)
            self.assertEqual({job.result().status for job in jobs}, {503})
        wait_until(lambda: other.sign().status == 200)
        self.good(other)

    def test_under_load(self):
        """Every answer is a signature that is good, or says to try again."""
        daemon = self.keyd()
        answers = []

        def ask(n):
            client = Client(daemon)
            for _ in range(n):
                answer = client.sign()
                answers.append((answer.status, answer.text))

        with concurrent.futures.ThreadPoolExecutor() as pool:
            jobs = [pool.submit(ask, 200) for _ in range(4)]
            for _ in range(3):
                time.sleep(0.1)
                os.kill(keyd_of(daemon), signal.SIGKILL)
                daemon.wait_for('keyd')
            for job in jobs:
                job.result()
        self.assertEqual(len(answers), 800)
        self.assertLessEqual({s for s, _ in answers}, {200, 503})
        client = Client(daemon)
        wait_until(lambda: client.sign().status == 200)
        self.good(client)

    def test_orphan(self):
        """It ends with shakend, however that ends."""
        for sig, ended in (signal.SIGKILL, -9), (signal.SIGTERM, 0):
            daemon = self.keyd()
            pid = keyd_of(daemon)
            self.good(Client(daemon))
            self.assertEqual(daemon.stop(sig), ended)
            wait_until(lambda: not is_alive(pid))

    def test_term_to_all(self):
        """A service manager may tell every process: this one waits."""
        daemon = self.keyd()
        pid = keyd_of(daemon)
        for sig in signal.SIGTERM, signal.SIGINT, signal.SIGHUP:
            os.kill(pid, sig)
        self.good(Client(daemon))
        self.assertEqual(keyd_of(daemon), pid)
        load = Load(daemon)
        load.start()
        time.sleep(0.3)
        os.kill(pid, signal.SIGTERM)
        self.assertEqual(daemon.stop(), 0)
        load.done.set()
        load.join(20)
        for failure in load.failures:  # afterwards nobody listens
            self.assertIn('ConnectionRefused', failure)
        self.assertGreater(load.count, 10)


class Loads(KeydTest):
    """Start and reload: whole, or not at all."""

    def test_new_key(self):
        daemon = self.keyd()
        client = Client(daemon)
        first = keyd_of(daemon)
        self.good(client)
        daemon.conf['key a'] = daemon.key('b')
        daemon.write()
        self.assertTrue(daemon.reload())
        identity = client.identity()
        self.assertIn('b.pem', identity)
        self.assertEqual(client.verify(identity).json()['case'], None)
        wait_until(lambda: not is_alive(first))  # with the key that it had
        self.assertEqual(daemon.events('keyd'), [])

    def test_several_keys(self):
        daemon = self.keyd({'key b': Daemon.key(self, 'b')})
        client = Client(daemon)
        for name in 'a', 'b', 'a':
            identity = client.identity(key=name)
            self.assertIn(name + '.pem', identity)
            self.assertEqual(client.verify(identity).json()['case'], None)

    def test_switched(self):
        daemon = self.start()
        client = Client(daemon)
        for enable, n in ('yes', 1), ('no', 0), ('yes', 1):
            daemon.conf['keyd'] = [('enable', enable)]
            daemon.write()
            self.assertTrue(daemon.reload())
            self.good(client)
            keyd_of(daemon, n)

    def bad_keys(self):
        """What a key file must not be, and what is said of it."""
        path = self.own_key('a')
        yield path, 'no P-256', lambda: self.put(path, openssl(
            'ecparam', '-name', 'secp384r1', '-genkey', '-noout').decode()), \
            'not an unencrypted private key on P-256'
        yield path, 'nothing', lambda: self.put(path, ''), \
            'not an unencrypted private key'
        yield path, 'of another', lambda: self.put(path, self.lab.read(
            'b', 'key.pem')), 'is not that of certificate'
        yield path, 'too long', lambda: self.put(path, 'x' * 20000), 'too long'
        yield path, 'missing', lambda: os.unlink(path), 'No such file'

        def public():
            self.put(path, self.lab.read('a', 'key.pem'))
            os.chmod(path, 0o644)
        yield path, 'public', public, 'others may read it'

    def test_bad_key(self):
        for path, name, spoil, why in self.bad_keys():
            with self.subTest(name):
                conf = {'key a': Daemon.key(self, 'a', private_key=path)}
                self.put(path, self.lab.read('a', 'key.pem'))
                daemon = self.keyd(conf)
                client = Client(daemon)
                pid = keyd_of(daemon)
                spoil()
                self.assertFalse(daemon.reload())
                self.assertIn(why, daemon.log())
                self.assertNotIn('PRIVATE', daemon.log())
                self.good(client)  # with what it has
                self.assertEqual(keyd_of(daemon), pid)
                checked = subprocess.run(
                    [Daemon.program, '--check', '--config', daemon.file],
                    stderr=subprocess.PIPE, timeout=30, check=False)
                self.assertEqual(checked.returncode, 2)
                self.assertIn(why, checked.stderr.decode())
                self.assertEqual(daemon.stop(), 0)

    def test_check(self):
        daemon = self.keyd()
        checked = subprocess.run(
            [Daemon.program, '--check', '--config', daemon.file],
            stderr=subprocess.PIPE, timeout=30, check=False)
        self.assertEqual(checked.returncode, 0, checked.stderr)


if __name__ == '__main__':
    unittest.main()
