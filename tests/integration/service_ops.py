# SPDX-License-Identifier: Apache-2.0
"""shakend in operation: who may do what, reload, drain, deadlines, slow clients,
TLS, metrics, logs."""
import concurrent.futures
import gzip
import hashlib
import http.client
import json
import os
import resource
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
import unittest

import service_lab
from service_lab import (Client, Daemon, Lab, DEST, JSON, ORIG, ORIGID, b64,
                         claims, drop_none, now, openssl, tampered)


def sha256(token):
    return hashlib.sha256(token.encode()).hexdigest()


def jwt(key_file, payload, head=None, secret=None):
    """Signed with ES256, or with HS256 where there is a secret."""
    head = head or {'alg': 'ES256', 'typ': 'JWT'}
    text = '.'.join(b64(json.dumps(x).encode()) for x in (head, payload))
    if secret is not None:
        sig = openssl('dgst', '-sha256', '-mac', 'hmac', '-macopt',
                      'hexkey:' + secret.hex(), '-binary',
                      input=text.encode())
    else:
        der = openssl('dgst', '-sha256', '-sign', key_file,
                      input=text.encode())
        sig, at = b'', 2
        for _ in range(2):
            n = der[at + 1]
            sig += der[at + 2:at + 2 + n].lstrip(b'\0').rjust(32, b'\0')
            at += 2 + n
    return text + '.' + b64(sig)


def free_port():
    with socket.create_server(('127.0.0.1', 0)) as s:
        return s.getsockname()[1]


def wait_until_open(port):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            socket.create_connection(('127.0.0.1', port)).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.02)
    raise AssertionError('nobody listens')


class LabTest(unittest.TestCase):
    """One lab for a class, a daemon or more for each test."""

    @classmethod
    def setUpClass(cls):
        cls.lab = Lab(service_lab.SHAKEN)

    @classmethod
    def tearDownClass(cls):
        cls.lab.close()

    def start(self, conf=None, **kw):
        daemon = Daemon(self.lab, conf, **kw)

        def stop():
            if daemon.process.poll() is None:
                self.assertEqual(daemon.stop(), 0, daemon.log())
        self.addCleanup(stop)
        return daemon

    def refused(self, conf, *words):
        """It does not start, and says why."""
        daemon = Daemon(self.lab, conf, wait=False)
        self.assertEqual(daemon.stop(0), 2, daemon.log())
        for word in words:
            self.assertIn(word, daemon.log())


class Tenants(LabTest):
    """R-064, R-141: nobody signs with another's key."""

    def setUp(self):
        openssl('ec', '-in', self.lab.path('sbc1.key'), '-pubout', '-out',
                self.lab.path('jwt.pem'))
        self.daemon = self.start({
            'auth': [('jwt_key', self.lab.path('jwt.pem')),
                     ('jwt_issuer', 'https://login.example.com'),
                     ('jwt_audience', 'shakend')],
            'key b': [('private_key', self.lab.path('b', 'key.pem')),
                      ('certificate', self.lab.path('b', 'chain.pem')),
                      ('x5u', self.lab.x5u('b.pem'))],
            'tenant one': [('token_sha256', sha256('secret-one')),
                           ('token_sha256', sha256('secret-one-new')),
                           ('keys', 'a'), ('attest', 'AB')],
            'tenant two': [('token_sha256', sha256('secret-two')),
                           ('jwt_subject', 'sbc2'), ('keys', 'b')],
            'tenant both': [('token_sha256', sha256('secret-both')),
                            ('keys', 'a'), ('keys', 'b')],
            'tenant none': [('token_sha256', sha256('secret-none'))],
        })

    def client(self, token=None):
        client = Client(self.daemon, token)
        self.addCleanup(client.conn.close)
        return client

    def test_without_credentials(self):
        for token in None, 'wrong', '', 'secret-on', 'secret-onee', 'x' * 5000:
            client = self.client(token)
            for answer in client.sign(), client.signing(), \
                    client.verify('x'), client.verification('x'):
                self.assertEqual(answer.status, 401, answer.text)
                self.assertEqual(answer.fields['WWW-Authenticate'], 'Bearer')
        client = self.client()
        for value in 'Basic c2VjcmV0', 'Bearer', 'Bearersecret-one', \
                sha256('secret-one'), 'Bearer ' + sha256('secret-one'):
            answer = client.get('/healthz')
            answer = client.post('/v1/sign', {}, Authorization=value)
            self.assertEqual(answer.status, 401, value)
        self.assertEqual(client.get('/healthz').status, 200)

    def test_own_key(self):
        for token, name in ('secret-one', 'a'), ('secret-one-new', 'a'), \
                ('secret-two', 'b'):
            answer = self.client(token).sign()
            self.assertEqual(answer.json()['key'], name)
            x5u = claims(answer.json()['identity'])[0]['x5u']
            self.assertEqual(x5u, self.lab.x5u(name + '.pem'))
            verdict = self.client(token).verify(answer.json()['identity'])
            self.assertEqual(verdict.json()['spc'],
                             {'a': '1234', 'b': '5678'}[name], verdict.text)

    def test_other_key(self):
        client = self.client('secret-one')
        self.assertEqual(client.sign(key='a').status, 200)
        other, absent = client.sign(key='b'), client.sign(key='nope')
        self.assertEqual(other.status, 403)
        self.assertEqual(other.body, absent.body)
        answer = client.post('/v1/sign?key=b',
                             {'orig': ORIG, 'dest': DEST, 'attest': 'A'})
        self.assertEqual(answer.status, 403)
        answer = client.post('/stir/v1/signing?key=b', {
            'signingRequest': service_lab.signing_request()})
        self.assertEqual(answer.status, 403)

    def test_key_to_choose(self):
        client = self.client('secret-both')
        answer = client.sign()
        self.assertEqual((answer.status, answer.json()['member']),
                         (400, 'key'))
        self.assertEqual(client.signing().json()['requestError']
                         ['serviceException']['variables'], ['key'])
        for name in 'a', 'b':
            self.assertEqual(client.sign(key=name).json()['key'], name)
            answer = client.sign('?key=' + name)
            self.assertEqual(answer.json()['key'], name)

    def test_no_key(self):
        self.assertEqual(self.client('secret-none').sign().status, 403)
        identity = self.client('secret-one').identity()
        self.assertEqual(self.client('secret-none').verify(identity).json()
                         ['verstat'], 'TN-Validation-Passed')

    def test_attest(self):
        client = self.client('secret-one')
        self.assertEqual(client.sign(attest='B').status, 200)
        self.assertEqual(client.sign(attest='C').status, 403)

    def test_metrics_from_here(self):
        self.assertEqual(self.client().get('/metrics').status, 200)

    def test_jwt(self):
        key = self.lab.path('sbc1.key')
        good = {'sub': 'sbc2', 'exp': now() + 60, 'aud': ['x', 'shakend'],
                'iss': 'https://login.example.com'}
        token = jwt(key, good)
        answer = self.client(token).sign()
        self.assertEqual((answer.status, answer.json()['key']), (200, 'b'))
        self.assertEqual(self.client(
            jwt(key, dict(good, aud='shakend'))).sign().status, 200)
        with open(self.lab.path('jwt.pem'), 'rb') as f:
            public = f.read()
        hs256 = {'alg': 'HS256', 'typ': 'JWT'}
        for bad in (
                jwt(self.lab.path('sbc9.key'), good),
                jwt(key, dict(good, sub='nobody')),
                jwt(key, drop_none(dict(good, sub=None))),
                jwt(key, dict(good, exp=now() - 60)),
                jwt(key, drop_none(dict(good, exp=None))),
                jwt(key, dict(good, exp=str(now() + 60))),
                jwt(key, dict(good, nbf=now() + 60)),
                jwt(key, dict(good, iss='https://elsewhere.example.com')),
                jwt(key, drop_none(dict(good, iss=None))),
                jwt(key, dict(good, aud='other')),
                jwt(key, drop_none(dict(good, aud=None))),
                # The public key as a shared secret, and no signature at all.
                jwt(None, good, hs256, public),
                jwt(key, good, {'alg': 'none', 'typ': 'JWT'}),
                jwt(key, good, {'alg': 'ES384', 'typ': 'JWT'}),
                token.rsplit('.', 1)[0] + '.',
                token[:-4], token + 'A', 'x.y.z', '..'):
            self.assertEqual(self.client(bad).sign().status, 401, bad)


class Tls(LabTest):
    """R-141: HTTPS and client certificates."""

    def conf(self, **more):
        http_conf = {'listen': '127.0.0.1:0', 'threads': '2',
                     'tls_certificate': self.lab.path('service.crt'),
                     'tls_key': self.lab.path('service.key'), **more}
        return list(http_conf.items())

    def context(self, name=None):
        context = ssl.create_default_context(cafile=self.lab.path('ca.crt'))
        if name is not None:
            context.load_cert_chain(self.lab.path(name + '.crt'),
                                    self.lab.path(name + '.key'))
        return context

    def test_tls(self):
        daemon = self.start({'http': self.conf()})
        client = Client(daemon, context=self.context())
        answer = client.verify(client.identity())
        self.assertEqual(answer.json()['verstat'], 'TN-Validation-Passed')
        old = self.context()
        old.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        old.maximum_version = ssl.TLSVersion.TLSv1_1
        old.set_ciphers('ALL:@SECLEVEL=0')
        with self.assertRaises((ssl.SSLError, OSError)):
            Client(daemon, context=old).get('/healthz')
        with self.assertRaises((http.client.HTTPException, OSError)):
            Client(daemon).get('/healthz')

    def test_client_certificates(self):
        daemon = self.start({
            'http': self.conf(client_ca=self.lab.path('ca.crt')),
            'tenant sbc': [('client_subject', 'CN=sbc1,O=Example'),
                           ('keys', 'a')]})
        for name, status in ('sbc1', 200), ('sbc9', 401), (None, 401), \
                ('web', 401), ('forged', 401):
            try:
                client = Client(daemon, context=self.context(name))
                self.assertEqual(client.sign().status, status, name)
                self.assertEqual(client.get('/healthz').status, 200)
                client.conn.close()
            except OSError: # refused in the handshake already
                self.assertEqual(name, 'forged')

    def test_bad_files(self):
        os.chmod(self.lab.path('sbc9.key'), 0o644)
        self.refused({'http': self.conf(tls_key=self.lab.path('sbc9.key'))},
                     'tls_key', 'others may read it')
        self.refused({'http': self.conf(tls_key=self.lab.path('nope'))},
                     'tls_key', 'No such file')
        self.refused({'http': self.conf(tls_key=self.lab.path('sbc1.key'))},
                     'TLS certificate and key')


class Start(LabTest):
    """What does not start, and says why."""

    def test_exposed(self):
        plain = [('listen', '0.0.0.0:0')]
        tls = plain + [('tls_certificate', self.lab.path('service.crt')),
                       ('tls_key', self.lab.path('service.key'))]
        tenant = [('token_sha256', sha256('x')), ('keys', 'a')]
        self.refused({'http': plain, 'tenant t': tenant}, 'tls_certificate',
                     'allow_plain_http')
        self.refused({'http': tls}, 'credentials')
        self.refused({'http': tls, 'tenant t': [('anonymous', 'yes')]},
                     'anonymous')
        self.start({'http': tls, 'tenant t': tenant})
        self.start({'http': plain + [('allow_plain_http', 'yes')]})

    def key(self, **changes):
        items = {'private_key': self.lab.path('a', 'key.pem'),
                 'certificate': self.lab.path('a', 'chain.pem'),
                 'x5u': self.lab.x5u('a.pem'), **changes}
        return {'key a': list(items.items())}

    def test_keys(self):
        self.refused(self.key(private_key=self.lab.path('b', 'key.pem')),
                     '[key a]')
        self.refused(self.key(certificate=self.lab.path('a', 'key.pem')),
                     '[key a]', 'private key')
        self.refused(self.key(x5u='http://cr.example.com/a.pem'), '[key a]')
        self.refused(self.key(private_key=self.lab.path('nope')),
                     'No such file')
        self.refused(self.key(private_key=self.lab.dir), 'not a file')
        readable = self.lab.path('readable.pem')
        shutil.copy(self.lab.path('a', 'key.pem'), readable)
        for mode, allowed, ok in (
                (0o600, 'no', True), (0o400, 'no', True), (0o640, 'no', False),
                (0o604, 'no', False), (0o640, 'yes', True),
                (0o644, 'yes', False), (0o660, 'yes', False)):
            os.chmod(readable, mode)
            conf = self.key(private_key=readable, allow_group_readable=allowed)
            if ok:
                self.assertEqual(Client(self.start(conf)).sign().status, 200)
            else:
                self.refused(conf, 'may read it')

    def test_port_in_use(self):
        daemon = self.start()
        self.refused({'http': [('listen', '127.0.0.1:%d' % daemon.port)]},
                     'in use')

    def test_check(self):
        def check(conf):
            daemon = Daemon.__new__(Daemon)
            daemon.lab, daemon.conf = self.lab, conf
            daemon.file = self.lab.path('check.conf')
            daemon.write()
            return subprocess.run([Daemon.program, '--check', '--config',
                                   daemon.file], stderr=subprocess.PIPE,
                                  check=False)
        good = check(self.key())
        self.assertEqual((good.returncode, b'ok' in good.stderr), (0, True))
        bad = check({'http': [('listne', 'x')], 'nonsense': [],
                     'verify': [('freshness', 'soon')]})
        self.assertEqual(bad.returncode, 2)
        for line in b'check.conf:2: [http] listne: no such setting', \
                b'check.conf:3: [nonsense]: no such section', \
                b'check.conf:5: [verify] freshness: not a whole number':
            self.assertIn(line, bad.stderr)

    def test_expired(self):
        daemon = self.start(self.key(
            private_key=self.lab.path('a', 'expired-key.pem'),
            certificate=self.lab.path('a', 'expired.pem')))
        warning = daemon.wait_for('key-expiry')
        self.assertEqual((warning['level'], warning['key']), ('error', 'a'))
        client = Client(daemon)
        self.assertEqual(client.sign().status, 503)
        answer = client.signing()
        self.assertEqual(answer.status, 503)
        self.assertNotIn('identity', answer.text)
        ready = client.get('/readyz')
        self.assertEqual(ready.status, 503)
        self.assertIn('certificate', ready.json()['why'])
        self.assertEqual(client.get('/healthz').status, 200)

    def test_expiry_ahead(self):
        daemon = self.start({'log': [('expiry_warning_days', '1000')]})
        warning = daemon.wait_for('key-expiry')
        self.assertEqual((warning['level'], warning['key']), ('warning', 'a'))
        left = daemon.metric('key_expiry_seconds{key="a"}')
        self.assertTrue(0 < left < 366 * 86400)

    def test_key_check(self):
        """What its x5u serves, and its certificate, at start and reload."""
        def checks(daemon):
            return {e['check']: e['level'] for e in daemon.events('key-check')
                    if e['level'] != 'info'}
        daemon = self.start(self.key(check_x5u='yes'))
        time.sleep(0.5)
        self.assertEqual(checks(daemon), {})
        self.assertEqual(self.lab.host.count('a.pem'), 1)
        daemon.conf.update(self.key(check_x5u='yes',
                                    x5u=self.lab.x5u('b.pem')))
        daemon.write()
        self.assertTrue(daemon.reload())
        end = time.monotonic() + 10
        while not checks(daemon):
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)
        self.assertEqual(checks(daemon), {'x5u-chain': 'warning'})
        # It is signed with all the same.
        self.assertEqual(Client(daemon).sign().status, 200)
        daemon = self.start({
            **self.key(private_key=self.lab.path('a', 'revoked-key.pem'),
                       certificate=self.lab.path('a', 'revoked.pem'))})
        self.assertEqual(daemon.wait_for('key-check')['check'], 'path')

    def test_ready(self):
        """What is not configured need not work."""
        for conf, sign, verify in (({}, True, True),
                                   ({'trust': []}, True, False)):
            daemon = self.start(conf)
            self.assertEqual(Client(daemon).get('/readyz').json(), {
                'ready': True, 'sign': sign, 'verify': verify})

    def test_socket_activation(self):
        listener = socket.create_server(('127.0.0.1', 0))
        port = listener.getsockname()[1]
        conf = Daemon.__new__(Daemon)
        conf.lab, conf.file = self.lab, self.lab.path('activated.conf')
        conf.conf = {'http': [('listen', '127.0.0.1:1')], **self.key()}
        conf.write()
        process = subprocess.Popen(
            ['sh', '-c', 'exec 3<&%d; LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"' %
             listener.fileno(), 'sh', Daemon.program, '--config', conf.file],
            pass_fds=[listener.fileno()], stderr=subprocess.PIPE)
        listener.close()
        conf.port = port
        self.assertEqual(Client(conf).sign().status, 200)
        process.terminate()
        self.assertEqual(process.wait(10), 0)
        process.stderr.close()

    def test_notify(self):
        path = self.lab.path('notify')
        inbox = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        inbox.bind(path)
        inbox.settimeout(10)
        daemon = self.start(env={'NOTIFY_SOCKET': path})
        self.assertEqual(inbox.recv(100), b'READY=1')
        daemon.reload()
        self.assertTrue(inbox.recv(100).startswith(b'RELOADING=1\n'))
        self.assertEqual(inbox.recv(100), b'READY=1')
        daemon.stop()
        self.assertEqual(inbox.recv(100), b'STOPPING=1')
        inbox.close()


class Load(threading.Thread):
    """Sign and verify without pause; what fails is kept."""

    def __init__(self, daemon):
        super().__init__(daemon=True)
        self.server, self.failures, self.x5u = daemon, [], []
        self.done = threading.Event()
        self.count = 0

    def run(self):
        client = Client(self.server)
        while not self.done.is_set():
            try:
                identity = client.identity()
                self.x5u.append(claims(identity)[0]['x5u'])
                answer = client.verify(identity)
                if answer.json()['verstat'] != 'TN-Validation-Passed':
                    self.failures.append(answer.text)
            except Exception as e:  # whatever it is, it is a failed request
                self.failures.append(repr(e))
                client = Client(self.server)
            self.count += 1
        client.conn.close()


class Reload(LabTest):

    def test_under_load(self):
        daemon = self.start()
        Client(daemon).verify(Client(daemon).identity())
        loads = [Load(daemon) for _ in range(4)]
        for load in loads:
            load.start()
        for i in range(10):
            name = 'ba'[i % 2]
            daemon.conf['key a'] = daemon.key(name)
            daemon.write()
            self.assertTrue(daemon.reload(), daemon.log())
            # The next token has the new x5u.
            x5u = claims(Client(daemon).identity())[0]['x5u']
            self.assertEqual(x5u, self.lab.x5u(name + '.pem'))
        time.sleep(0.2)
        for load in loads:
            load.done.set()
        for load in loads:
            load.join(20)
            self.assertEqual(load.failures, [])
            self.assertGreater(load.count, 10)
            self.assertEqual(len(set(load.x5u)), 2)
        self.assertEqual(daemon.metric('reloads_total{result="done"}'), 10)

    def test_bad_one(self):
        """The old one goes on, and the log says why."""
        daemon = self.start()
        client = Client(daemon)
        for section, items, why in (
                ('http', [('listne', 'x')], 'no such setting'),
                ('key a', daemon.key('a', certificate=self.lab.path(
                    'b', 'chain.pem')), '[key a]'),
                ('trust', [('anchors', self.lab.path('nope')),
                           ('crl_policy', 'soft')], 'nope'),
                ('tenant t', [('keys', 'zzz')], 'zzz')):
            before = dict(daemon.conf)
            daemon.conf[section] = items
            daemon.write()
            self.assertFalse(daemon.reload())
            self.assertIn(why, daemon.log())
            answer = client.verify(client.identity())
            self.assertEqual(answer.json()['verstat'], 'TN-Validation-Passed')
            daemon.conf = before
        self.assertEqual(daemon.metric('reloads_total{result="failed"}'), 4)
        daemon.write()
        self.assertTrue(daemon.reload())

    def test_trust_goes(self):
        """What is in the cache is judged anew."""
        self.lab.host.seen.clear()
        daemon = self.start()
        client = Client(daemon)
        identity = client.identity()
        self.assertEqual(client.verify(identity).json()['case'], None)
        daemon.conf['trust'] = [('anchors', self.lab.path('b', 'root.pem')),
                                ('crls', self.lab.path('b', 'crl.pem'))]
        daemon.write()
        self.assertTrue(daemon.reload())
        body = client.verify(identity).json()
        self.assertEqual((body['case'], body['verstat']),
                         ('E17', 'TN-Validation-Failed'))
        self.assertEqual(self.lab.host.count('a.pem'), 1)

    def test_token_goes(self):
        tenant = [('token_sha256', sha256('old')), ('keys', 'a')]
        daemon = self.start({'tenant t': tenant})
        client = Client(daemon, 'old')
        self.assertEqual(client.sign().status, 200)
        daemon.conf['tenant t'] = [('token_sha256', sha256('new')),
                                   ('keys', 'a')]
        daemon.write()
        self.assertTrue(daemon.reload())
        self.assertEqual(client.sign().status, 401)
        self.assertEqual(Client(daemon, 'new').sign().status, 200)

    def test_frozen(self):
        daemon = self.start()
        daemon.conf['http'] = [('listen', '127.0.0.1:0'), ('threads', '1')]
        daemon.write()
        self.assertTrue(daemon.reload())
        self.assertIn('[http] has changed: that needs a restart', daemon.log())

    def test_while_suspended(self):
        """A request ends with the state it began with."""
        self.lab.host.delay = 0.6
        daemon = self.start({'verify': [('deadline_ms', '5000')]})
        identity = Client(daemon).identity()
        with concurrent.futures.ThreadPoolExecutor() as pool:
            pending = pool.submit(lambda: Client(daemon).verify(identity))
            time.sleep(0.2)
            self.assertTrue(daemon.reload())
            self.assertEqual(pending.result().json()['verstat'],
                             'TN-Validation-Passed')
        self.lab.host.delay = 0

    def test_crl(self):
        """A revoked signer, and one whose list is not there."""
        revoked = [('private_key', self.lab.path('a', 'revoked-key.pem')),
                   ('certificate', self.lab.path('a', 'revoked.pem')),
                   ('x5u', self.lab.x5u('revoked.pem'))]
        self.lab.host.pages['revoked.pem'] = self.lab.read('a', 'revoked.pem')
        daemon = self.start({'key a': revoked})
        client = Client(daemon)
        identity = client.identity()
        self.assertEqual(client.verify(identity).json()['case'], 'E17')
        daemon.conf['trust'] = [('anchors', self.lab.path('a', 'root.pem')),
                                ('crl_policy', 'soft')]
        daemon.write()
        self.assertTrue(daemon.reload())
        self.assertEqual(client.verify(identity).json()['case'], None)


class Waiting(LabTest):
    """Certificates that come late, or never."""

    def setUp(self):
        self.lab.host.seen.clear()
        self.lab.host.delay = 0

    def silent(self, deadline_ms=300, **http_conf):
        daemon = self.start({
            'http': [('listen', '127.0.0.1:0'), ('threads', '2'),
                     *http_conf.items()],
            'fetch': [('allow_private', 'yes'), ('total_ms', '3000'),
                      ('connect_ms', '3000'),
                      ('tls_ca', self.lab.path('ca.crt'))],
            'verify': [('deadline_ms', str(deadline_ms))],
            'key s': [('private_key', self.lab.path('a', 'key.pem')),
                      ('certificate', self.lab.path('a', 'chain.pem')),
                      ('x5u', self.lab.x5u('silent.pem'))]})
        return daemon, Client(daemon).identity(key='s')

    def test_deadline(self):
        daemon, identity = self.silent()
        for _ in range(2):
            start = time.monotonic()
            body = Client(daemon).verify(identity).json()
            took = time.monotonic() - start
            self.assertEqual((body['case'], body['code'], body['verstat'],
                              body['detail']),
                             ('E8', 436, 'No-TN-Validation',
                              'not fetched within 300 ms'))
            self.assertTrue(0.28 < took < 0.6, took)
        self.assertEqual(daemon.metric('deadlines_total'), 2)
        # Others do not wait with it.
        start = time.monotonic()
        pending = threading.Thread(
            target=lambda: Client(daemon).verify(identity))
        pending.start()
        client = Client(daemon)
        for _ in range(20):
            self.assertEqual(client.sign(key='a').status, 200)
        self.assertTrue(pending.is_alive() or time.monotonic() - start > 0.25)
        pending.join()

    def test_one_fetch(self):
        self.lab.host.delay = 0.3
        daemon = self.start({'verify': [('deadline_ms', '10000')]})
        identity = Client(daemon).identity()
        with concurrent.futures.ThreadPoolExecutor(100) as pool:
            answers = list(pool.map(
                lambda _: Client(daemon).verify(identity).json()['verstat'],
                range(100)))
        self.assertEqual(set(answers), {'TN-Validation-Passed'})
        self.assertEqual(self.lab.host.count('a.pem'), 1)
        Client(daemon).verify(identity)
        self.assertEqual(self.lab.host.count('a.pem'), 1)

    def test_late_one_is_kept(self):
        self.lab.host.delay = 0.5
        daemon = self.start({'verify': [('deadline_ms', '100')]})
        client = Client(daemon)
        identity = client.identity()
        self.assertEqual(client.verify(identity).json()['case'], 'E8')
        time.sleep(0.8)
        self.assertEqual(client.verify(identity).json()['case'], None)
        self.assertEqual(self.lab.host.count('a.pem'), 1)

    def test_client_goes_away(self):
        daemon, identity = self.silent()
        body = json.dumps({'identity': identity, 'orig': ORIG, 'dest': DEST})
        head = ('POST /v1/verify HTTP/1.1\r\nHost: h\r\nContent-Type: %s\r\n'
                'Content-Length: %d\r\n\r\n' % (JSON, len(body)))
        for _ in range(20):
            s = socket.create_connection(('127.0.0.1', daemon.port))
            s.sendall((head + body).encode())
            time.sleep(0.01)
            s.close()
        end = time.monotonic() + 5
        while daemon.metric('requests_in_flight') > 1:  # the scrape itself
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)
        self.assertEqual(Client(daemon).sign(key='a').status, 200)

    def test_rotated(self):
        """Another certificate behind a URL that is in the cache."""
        pages = self.lab.host.pages
        pages['r.pem'] = self.lab.read('a', 'chain.pem')
        daemon = self.start({
            'key a': Daemon.key(self, 'a', x5u=self.lab.x5u('r.pem')),
            'fetch': [('allow_private', 'yes'), ('negative_s', '1'),
                      ('tls_ca', self.lab.path('ca.crt'))]})
        client = Client(daemon)
        old = client.identity()
        self.assertEqual(client.verify(old).json()['case'], None)
        pages['r.pem'] = self.lab.read('b', 'chain.pem')
        daemon.conf['key a'] = daemon.key('b', x5u=self.lab.x5u('r.pem'))
        daemon.write()
        self.assertTrue(daemon.reload())
        time.sleep(1.2)  # it was fetched just now, or else
        self.assertEqual(client.verify(client.identity()).json()['case'], None)
        self.assertEqual(self.lab.host.count('r.pem'), 2)
        # Once in negative_s: else a wrong signature is just that.
        for _ in range(20):
            self.assertEqual(client.verify(old).json()['case'], 'E18')
        self.assertLessEqual(self.lab.host.count('r.pem'), 3)

    def test_term_while_suspended(self):
        daemon, identity = self.silent(deadline_ms=1500)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            pending = pool.submit(lambda: Client(daemon).verify(identity))
            time.sleep(0.5)
            start = time.monotonic()
            self.assertEqual(daemon.stop(), 0)
            self.assertGreater(time.monotonic() - start, 0.8)
            answer = pending.result()
        self.assertEqual((answer.status, answer.json()['case']), (200, 'E8'))

    def test_grace_is_over(self):
        daemon, identity = self.silent(deadline_ms=20000, grace_s='1')
        with concurrent.futures.ThreadPoolExecutor() as pool:
            pending = pool.submit(lambda: Client(daemon).verify(identity))
            time.sleep(0.5)
            start = time.monotonic()
            self.assertEqual(daemon.stop(), 0)
            self.assertTrue(0.8 < time.monotonic() - start < 4)
            answer = pending.result()
        self.assertEqual((answer.status, answer.json()['case']), (200, 'E8'))


class Ending(LabTest):

    def test_drain_under_load(self):
        """What was accepted is answered."""
        daemon = self.start()
        Client(daemon).verify(Client(daemon).identity())
        loads = [Load(daemon) for _ in range(4)]
        for load in loads:
            load.start()
        time.sleep(0.5)
        self.assertEqual(daemon.stop(), 0)
        for load in loads:
            load.done.set()
            load.join(20)
            # Afterwards nobody listens; before, nothing failed.
            for failure in load.failures:
                self.assertIn('ConnectionRefused', failure)
            self.assertGreater(load.count, 10)

    def test_ready_while_draining(self):
        self.lab.host.pages['a.pem'] = None
        self.addCleanup(self.lab.host.pages.update,
                        {'a.pem': self.lab.read('a', 'chain.pem')})
        daemon = self.start({'verify': [('deadline_ms', '1000')]})
        client, kept = Client(daemon), Client(daemon)
        identity = client.identity()
        self.assertEqual(kept.get('/readyz').status, 200)
        pending = threading.Thread(target=lambda: client.verify(identity))
        pending.start()
        time.sleep(0.3)
        daemon.process.send_signal(signal.SIGTERM)
        daemon.wait_for('end')
        answer = kept.get('/readyz')
        self.assertEqual((answer.status, answer.fields['Connection']),
                         (503, 'close'))
        with self.assertRaises(ConnectionRefusedError):
            Client(daemon).get('/healthz')
        pending.join()
        self.assertEqual(daemon.stop(), 0)

    def test_kill(self):
        """Nothing is left to repair."""
        daemon = self.start()
        port = daemon.port
        Client(daemon).sign()
        self.assertEqual(daemon.stop(signal.SIGKILL), -9)
        again = self.start({'http': [('listen', '127.0.0.1:%d' % port)]})
        self.assertEqual(Client(again).sign().status, 200)


class Hostile(LabTest):
    """Clients that are slow, broken, or many."""

    def raw(self, daemon, data, timeout=10):
        s = socket.create_connection(('127.0.0.1', daemon.port),
                                     timeout=timeout)
        self.addCleanup(s.close)
        s.sendall(data)
        return s

    def test_slow(self):
        """A byte now and then does not hold a connection for ever."""
        daemon = self.start({'http': [
            ('listen', '127.0.0.1:0'), ('threads', '1'),
            ('request_timeout_s', '1'), ('idle_timeout_s', '1')]})
        head = (b'POST /v1/sign HTTP/1.1\r\nHost: h\r\n'
                b'Content-Type: application/json\r\n')
        victims = [self.raw(daemon, data) for data in (
            b'', b'POST /v1', head, head + b'Content-Length: 50\r\n\r\n{')]
        start = time.monotonic()
        left = list(victims)
        while left and time.monotonic() - start < 8:
            for s in list(left):
                s.settimeout(0.05)
                try:
                    s.send(b'X' if s is not victims[0] else b'')
                    if s.recv(1000) == b'':
                        left.remove(s)
                except socket.timeout:
                    pass
                except OSError:
                    left.remove(s)
            # Others are served meanwhile.
            self.assertEqual(Client(daemon).sign().status, 200)
        self.assertEqual(left, [])
        self.assertLess(time.monotonic() - start, 6)

    def test_broken(self):
        daemon = self.start()
        for data in (b'\r\n\r\n\r\n', b'GET\r\n\r\n', b'\0' * 1000,
                     b'GET / HTTP/9.9\r\n\r\n', b'GET /healthz HTTP/1.1\r\n\r\n',
                     b'POST /v1/sign HTTP/1.1\r\nHost: h\r\n'
                     b'Content-Length: -5\r\n\r\n',
                     b'POST /v1/sign HTTP/1.1\r\nHost: h\r\n'
                     b'Content-Length: 99999999999999999999999\r\n\r\n',
                     b'POST /v1/sign HTTP/1.1\r\nHost: h\r\n'
                     b'Content-Length: 0x10\r\n\r\n',
                     b'GET /' + b'a' * 100000 + b' HTTP/1.1\r\n\r\n',
                     b'GET / HTTP/1.1\r\n' + b'A: b\r\n' * 20000 + b'\r\n',
                     b'\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'):
            s = socket.create_connection(('127.0.0.1', daemon.port), timeout=5)
            try:
                s.sendall(data)
                s.shutdown(socket.SHUT_WR)
                answer = b''
                while chunk := s.recv(4096):
                    answer += chunk
                self.assertNotIn(b' 200 ', answer.split(b'\r\n')[0])
            except OSError:
                pass
            s.close()
            self.assertEqual(Client(daemon).sign().status, 200)

    def test_pipelined(self):
        daemon = self.start()
        s = self.raw(daemon, b'GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n' * 50)
        got = b''
        while got.count(b'200 OK') < 50:
            got += s.recv(65536)
        self.assertEqual(got.count(b'ok\n'), 50)

    def test_idle_connections(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        n = 10000 if hard == resource.RLIM_INFINITY or hard > 12000 else 500
        resource.setrlimit(resource.RLIMIT_NOFILE,
                           (min(hard, max(soft, n + 500)) if hard !=
                            resource.RLIM_INFINITY else n + 500, hard))
        daemon = self.start()
        idle = []
        try:
            for _ in range(n):
                idle.append(socket.create_connection(
                    ('127.0.0.1', daemon.port)))
            client = Client(daemon)
            start = time.monotonic()
            for _ in range(50):
                self.assertEqual(client.sign().status, 200)
                self.assertEqual(Client(daemon).get('/healthz').status, 200)
            self.assertLess(time.monotonic() - start, 10)
            self.assertGreaterEqual(daemon.metric('connections '), n)
        finally:
            for s in idle:
                s.close()
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    def test_too_many_connections(self):
        daemon = self.start({'http': [('listen', '127.0.0.1:0'),
                                      ('threads', '1'),
                                      ('max_connections', '16')]})
        idle = [self.raw(daemon, b'') for _ in range(16)]
        time.sleep(0.2)
        with self.assertRaises((http.client.HTTPException, OSError)):
            Client(daemon).get('/healthz')
        for s in idle:
            s.close()
        time.sleep(0.2)
        self.assertEqual(Client(daemon).get('/healthz').status, 200)
        self.assertGreaterEqual(daemon.metric('connections_refused_total'), 1)


class Records(LabTest):
    """Logs, audit and metrics."""

    def test_audit(self):
        audit = self.lab.path('audit.log')
        port = free_port()
        daemon = self.start({
            'log': [('audit', audit), ('level', 'error')],
            'http': [('listen', '127.0.0.1:%d' % port)]}, wait=False)
        daemon.port = port  # at this level the log does not tell
        wait_until_open(port)
        client = Client(daemon)
        answer = client.post('/v1/sign', {
            'orig': ORIG, 'dest': [DEST, '911'], 'attest': 'B',
            'origid': ORIGID}, X_RequestID='req-1')
        client.post('/v1/verify', {
            'identity': answer.json()['identity'], 'orig': ORIG,
            'dest': '1999'}, X_RequestID='req-2')
        client.sign(attest='X')
        with open(audit, encoding='ascii') as f:
            sign, verify = [json.loads(line) for line in f]
        for name, value in {
                'event': 'sign', 'request': 'req-1', 'tenant': 'anonymous',
                'key': 'a', 'orig': ORIG, 'dest': DEST + ',911',
                'attest': 'B', 'origid': ORIGID,
                'x5u': self.lab.x5u('a.pem')}.items():
            self.assertEqual(sign[name], value)
        self.assertTrue(abs(sign['iat'] - now()) < 5)
        for name, value in {
                'event': 'verify', 'request': 'req-2', 'orig': ORIG,
                'dest': '1999', 'verstat': 'No-TN-Validation', 'case': 'E16',
                'code': 438, 'check': 'dest-match', 'attest': 'B',
                'origid': ORIGID}.items():
            self.assertEqual(verify[name], value)
        self.assertEqual(daemon.log(), '')
        # Moved away and opened anew.
        os.rename(audit, audit + '.1')
        daemon.process.send_signal(signal.SIGHUP)
        end = time.monotonic() + 5
        while not os.path.exists(audit):
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)
        client.sign()
        with open(audit, encoding='ascii') as f:
            self.assertEqual(len(f.readlines()), 1)

    def trace(self, *args, status=0):
        p = subprocess.run([service_lab.SHAKEN, 'trace', *args],
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           text=True)
        self.assertEqual(p.returncode, status, p.stderr)
        return [json.loads(line) for line in p.stdout.splitlines()], p.stderr

    def test_trace(self):
        """A call is found again by its numbers, origid and time, in several
        files, gzip'd or not; what is no record is told."""
        audit = self.lab.path('trace.log')
        daemon = self.start({'log': [('audit', audit)]})
        client = Client(daemon)
        client.sign(origid=ORIGID, dest=[DEST, '911'])
        identity = client.identity(orig='12155550199')
        client.verify(identity, orig='12155550199')
        with open(audit, encoding='ascii') as f:
            lines = f.readlines()
        first = self.lab.path('trace.log.1.gz')
        with gzip.open(first, 'wt') as f:
            f.write(lines[0])
        with open(audit, 'w', encoding='ascii') as f:
            f.writelines(lines[1:])
        records = [json.loads(line) for line in lines]
        files = first, audit
        for args, want in (
                ([], [0, 1, 2]),
                (['--tn', '+1 (215) 555-0199'], [1, 2]),
                (['--tn', 'tel:+' + ORIG, '--tn', '911'], [0]),
                (['--tn', ORIG, '--tn', '12155550199'], []),
                (['--orig', DEST], []),
                (['--orig', '215-555-0199', '--country', '1'], [1, 2]),
                (['--dest', '911'], [0]),
                (['--origid', ORIGID.upper()], [0]),
                (['--since', records[0]['time'], '--until', str(now() + 1)],
                 [0, 1, 2]),
                (['--until', str(now() - 3600)], []),
                (['--since', '2100-01-01T00:00:00Z'], [])):
            found, err = self.trace(*args, *files, status=0 if want else 1)
            self.assertEqual(found, [records[i] for i in want], args)
            self.assertEqual(err, '')
        with open(audit, 'a', encoding='ascii') as f:
            f.write('{"time":"yesterday"}\n')
        found, err = self.trace('--dest', '911', *files)
        self.assertEqual(found, records[:1])
        self.assertIn('1 of 3 lines are no records', err)
        for args in ((), ('--until', 'x', audit), ('--tn', 'x y', audit),
                     ('--since', '2026-11-21', audit), (audit + '.none',)):
            found, err = self.trace(*args, status=2)
            self.assertEqual(found, [])
            self.assertEqual(len(err.splitlines()), 1, err)

    def test_nothing_secret(self):
        for level in 'info', 'debug':
            daemon = self.start({
                'log': [('level', level)],
                'tenant t': [('token_sha256', sha256('secret-token')),
                             ('keys', 'a')]})
            client = Client(daemon, 'secret-token')
            identity = client.identity()
            client.verify(identity)
            Client(daemon, 'secret-toke').sign()
            daemon.stop()
            self.assertNotIn('secret-toke', daemon.log())
            self.assertNotIn('PRIVATE', daemon.log())
            signature = identity.split(';')[0].rsplit('.', 1)[1]
            self.assertEqual(signature in daemon.log(), level == 'debug')

    def test_text_format(self):
        daemon = self.start({'log': [('format', 'text')]}, wait=False)
        end = time.monotonic() + 10
        while 'listen' not in daemon.log():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)
        daemon.port = int(daemon.log().split(':')[-1])
        Client(daemon).verify('x y')
        time.sleep(0.1)
        self.assertRegex(daemon.log(), r'(?m)^<6>verify request=[0-9a-f-]+ '
                         r'tenant=anonymous orig=12155551212 .* case=E4 '
                         r'code=438 .*detail=".* .*" .*ms=[0-9.]+$')

    def test_tables(self):
        """A certificate that is used a lot gets a table, where that is
        allowed; answers stay what they were."""
        fetch = [('allow_private', 'yes'), ('tls_ca', self.lab.path('ca.crt')),
                 ('total_ms', '10000'), ('connect_ms', '10000')]
        for tables in 0, 1:
            daemon = self.start({'fetch': fetch + [('tables', str(tables))]})
            client = Client(daemon)
            identity = client.identity()
            token, _, rest = identity.partition(';')
            spoilt = token[:-20] + ('A' if token[-20] != 'A' else 'B') + \
                token[-19:] + ';' + rest
            for _ in range(520):
                self.assertEqual(client.verify(identity).json()['verstat'],
                                 'TN-Validation-Passed')
            end = time.monotonic() + 20
            while tables and '\nshakend_tables 1\n' not in \
                    client.get('/metrics').text:
                if '\nshakend_table_errors_total 0\n' not in \
                        client.get('/metrics').text:
                    self.skipTest('built with SHAKEN_P256_TABLE=OFF')
                self.assertLess(time.monotonic(), end)
                time.sleep(0.05)
            before = client.get('/metrics').text
            self.assertEqual(client.verify(identity).json()['verstat'],
                             'TN-Validation-Passed')
            self.assertEqual(client.verify(spoilt).json()['verstat'],
                             'TN-Validation-Failed')
            after = client.get('/metrics').text
            for text in before, after:
                self.assertIn('\nshakend_tables %d\n' % tables, text)
                self.assertIn('\nshakend_tables_made_total %d\n' % tables,
                              text)
                self.assertIn('\nshakend_table_errors_total 0\n', text)
            grew = {}
            for how in 'plain', 'table':
                name = 'shakend_signatures_verified_total{with="%s"} ' % how
                was, now_is = (int(text.split(name)[1].split()[0])
                               for text in (before, after))
                grew[how] = now_is - was
            self.assertEqual(grew['plain'] > 0, tables == 0, grew)
            self.assertEqual(grew['table'] > 0, tables == 1, grew)

    def test_metrics(self):
        daemon = self.start()
        client = Client(daemon)
        identity = client.identity(attest='B')
        client.verify(identity)
        client.verify(identity)
        client.verify(identity, orig='1999')
        client.sign(attest='X')
        text = client.get('/metrics').text
        for line in (
                'shakend_requests_total{endpoint="sign",code="200"} 1',
                'shakend_requests_total{endpoint="sign",code="400"} 1',
                'shakend_requests_total{endpoint="verify",code="200"} 3',
                'shakend_signatures_total{key="a",ppt="shaken",attest="B"} 1',
                'shakend_verdicts_total{verstat="TN-Validation-Passed",'
                'case=""} 2',
                'shakend_verdicts_total{verstat="No-TN-Validation",'
                'case="E16"} 1',
                'shakend_latency_seconds_count{op="verify"} 3',
                'shakend_cache_gets_total{result="miss"} 1',
                'shakend_cache_gets_total{result="hit"} 1',
                'shakend_fetches_total{end="ok"} 1',
                'shakend_latency_seconds_bucket{op="sign",le="+Inf"} 1'):
            self.assertIn(line + '\n', text)
        # Every series has its type, once, and no series comes twice.
        types = [line.split()[2] for line in text.splitlines()
                 if line.startswith('# TYPE')]
        self.assertEqual(len(types), len(set(types)))
        series = [line.rsplit(' ', 1)[0] for line in text.splitlines()
                  if not line.startswith('#')]
        self.assertEqual(len(series), len(set(series)))
        for name in series:
            family = name.split('{')[0]
            for suffix in '_bucket', '_sum', '_count':
                if family.removesuffix(suffix) in types:
                    family = family.removesuffix(suffix)
            self.assertIn(family, types)
