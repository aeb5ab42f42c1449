# SPDX-License-Identifier: Apache-2.0
"""What the tests of shakend share: a PKI, a certificate host that may misbehave,
the daemon, and a client that looks at every answer.

Everything is on loopback.  The certificate host is a real HTTPS server with a CA
of its own; it listens on port 8443 of an address out of 127/8, because an x5u may
have no other port.
"""
import base64
import contextlib
import http.client
import json
import os
import random
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time

ORIG, DEST = '12155551212', '12355551212'
ORIGID = 'de305d54-75b4-431b-adb2-eb6b9e546014'
UUID4 = re.compile('^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-'
                   '[0-9a-f]{12}$')
JSON = 'application/json'


def now():
    return int(time.time())


def unb64(text):
    return base64.urlsafe_b64decode(text + '=' * (-len(text) % 4))


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b'=').decode()


def claims(identity):
    """Header and payload of an Identity value."""
    head, payload, _ = identity.split(';')[0].split('.')
    return json.loads(unb64(head)), json.loads(unb64(payload))


def tampered(identity, **changes):
    """The same token with other claims, so its signature is wrong."""
    token, rest = identity.split(';', 1)
    head, payload, sig = token.split('.')
    data = json.loads(unb64(payload))
    data.update(changes)
    data = json.dumps(data, separators=(',', ':'), sort_keys=True)
    return '%s.%s.%s;%s' % (head, b64(data.encode()), sig, rest)


def openssl(*args, **kw):
    return subprocess.run(['openssl', *args], check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          **kw).stdout


class Lab:
    """A directory with two providers' PKIs and TLS certificates."""

    def __init__(self, shaken):
        self.dir = tempfile.mkdtemp(prefix='shakend-test.')
        for name, spc in (('a', '1234'), ('b', '5678')):
            subprocess.run([shaken, 'testpki', self.path(name), '--spc', spc],
                           check=True, stdout=subprocess.DEVNULL)
        self.host_ip = '127.%d.%d.%d' % (random.randint(2, 250),
                                         random.randint(1, 250),
                                         random.randint(1, 250))
        self.make_tls()
        self.host = CertHost(self)

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def read(self, *names):
        with open(self.path(*names), encoding='ascii') as f:
            return f.read()

    def make_cert(self, name, subject, *ext, issuer=None):
        key, crt = self.path(name + '.key'), self.path(name + '.crt')
        openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out',
                key)
        args = ['req', '-x509', '-new', '-key', key, '-subj', subject, '-days',
                '30', '-out', crt]
        if issuer is not None:
            args += ['-CA', self.path(issuer + '.crt'), '-CAkey',
                     self.path(issuer + '.key')]
        for e in ext:
            args += ['-addext', e]
        openssl(*args)

    def make_tls(self):
        usage = 'basicConstraints=critical,CA:FALSE'
        self.make_cert('ca', '/CN=Test CA')
        self.make_cert('host', '/CN=host', usage,
                       'subjectAltName=IP:' + self.host_ip, issuer='ca')
        self.make_cert('service', '/CN=service', usage,
                       'subjectAltName=IP:127.0.0.1', issuer='ca')
        client = usage, 'extendedKeyUsage=clientAuth'
        self.make_cert('sbc1', '/O=Example/CN=sbc1', *client, issuer='ca')
        self.make_cert('sbc9', '/O=Example/CN=sbc9', *client, issuer='ca')
        self.make_cert('web', '/O=Example/CN=sbc1', usage,
                       'extendedKeyUsage=serverAuth', issuer='ca')
        self.make_cert('ca2', '/CN=Another CA')
        self.make_cert('forged', '/O=Example/CN=sbc1', *client, issuer='ca2')

    def x5u(self, page):
        return 'https://%s:8443/%s' % (self.host_ip, page)

    def close(self):
        self.host.close()
        shutil.rmtree(self.dir)


class CertHost:
    """pages: path to PEM text, or None for one that never answers."""

    def __init__(self, lab):
        self.pages = {'a.pem': lab.read('a', 'chain.pem'),
                      'b.pem': lab.read('b', 'chain.pem'), 'silent.pem': None}
        self.cut = {}   # pages whose connection ends in the middle
        self.delay = 0
        self.seen = []
        self.lock = threading.Lock()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(lab.path('host.crt'),
                                     lab.path('host.key'))
        self.socket = socket.create_server((lab.host_ip, 8443), backlog=128)
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def accept(self):
        while True:
            try:
                conn, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(conn,),
                             daemon=True).start()

    def serve(self, conn):
        try:
            conn = self.context.wrap_socket(conn, server_side=True)
            while self.one(conn):
                pass
        except OSError:
            pass
        finally:
            conn.close()

    def one(self, conn):
        data = b''
        while b'\r\n\r\n' not in data:
            more = conn.recv(4096)
            if not more:
                return False
            data += more
        path = data.split(b' ')[1].decode().lstrip('/')
        with self.lock:
            self.seen.append(path)
        page = self.pages.get(path.split('?')[0], '')
        if page is None:
            conn.settimeout(10)
            conn.recv(1)
            return False
        time.sleep(self.delay)
        status = '200 OK' if page else '404 Not Found'
        body = page.encode()
        conn.sendall(('HTTP/1.1 %s\r\nContent-Length: %d\r\n'
                      'Content-Type: application/pem-certificate-chain\r\n\r\n'
                      % (status, len(body))).encode() + body)
        return True

    def count(self, path):
        with self.lock:
            return self.seen.count(path)

    def close(self):
        # Its thread ends before the number of the descriptor can be that of
        # the next host, whose callers it would serve with its own certificate.
        self.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join(10)
        self.socket.close()


class Answer:
    def __init__(self, status, fields, body):
        self.status, self.fields, self.body = status, fields, body
        self.text = body.decode()

    def json(self):
        return json.loads(self.text)


class Daemon:
    """shakend, with a configuration that the test completes.

    conf maps a section to a list of (key, value); what is there replaces the
    section's defaults.
    """
    program = None

    def __init__(self, lab, conf=None, wait=True, env=None, **kw):
        self.lab = lab
        self.conf = {
            'http': [('listen', '127.0.0.1:0'), ('threads', '2')],
            'key a': self.key('a'),
            'trust': [('anchors', lab.path('a', 'root.pem')),
                      ('anchors', lab.path('b', 'root.pem')),
                      ('crls', lab.path('a', 'crl.pem')),
                      ('crls', lab.path('b', 'crl.pem'))],
            # A machine that is busy with other tests may take its time.
            'fetch': [('allow_private', 'yes'), ('tls_ca', lab.path('ca.crt')),
                      ('total_ms', '10000'), ('connect_ms', '10000')],
            'verify': [('deadline_ms', '10000')],
        }
        self.conf.update(conf or {})
        self.file = tempfile.mktemp(prefix='shakend.', suffix='.conf',
                                    dir=lab.dir)
        self.write()
        self.lines = []
        self.urls = []
        self.ready = threading.Event()
        self.process = subprocess.Popen(
            [self.program, '--config', self.file], stderr=subprocess.PIPE,
            env=dict(os.environ, **(env or {})), **kw)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        if wait:
            assert self.ready.wait(20), self.log()

    def key(self, name, **changes):
        items = {'private_key': self.lab.path(name, 'key.pem'),
                 'certificate': self.lab.path(name, 'chain.pem'),
                 'x5u': self.lab.x5u(name + '.pem')}
        items.update(changes)
        return list(items.items())

    def write(self):
        with open(self.file, 'w', encoding='ascii') as f:
            for section, items in self.conf.items():
                f.write('[%s]\n' % section)
                if section.startswith('key ') and \
                        'check_x5u' not in dict(items):
                    f.write('check_x5u = no\n')
                for k, v in items:
                    f.write('%s = %s\n' % (k, v))

    def read(self):
        for line in self.process.stderr:
            line = line.decode()
            self.lines.append(line)
            with contextlib.suppress(ValueError):
                event = json.loads(line)
                if event['event'] == 'listen':
                    self.urls.append(event['message'])
                    self.port = int(event['message'].rsplit(':', 1)[1])
                    self.ready.set()
        self.ready.set()

    def log(self):
        return ''.join(self.lines)

    def events(self, name):
        found, what = [], '"event":"%s"' % name
        for line in list(self.lines):
            if what not in line:    # of a soak there are millions
                continue
            with contextlib.suppress(ValueError):
                event = json.loads(line)
                if event['event'] == name:
                    found.append(event)
        return found

    def wait_for(self, name, n=1, timeout=10):
        """The n-th event of this name."""
        end = time.monotonic() + timeout
        while len(self.events(name)) < n:
            assert time.monotonic() < end, 'no %s in: %s' % (name, self.log())
            time.sleep(0.01)
        return self.events(name)[n - 1]

    def reload(self):
        before = len(self.ended_reloads())
        self.process.send_signal(signal.SIGHUP)
        end = time.monotonic() + 20
        while len(self.ended_reloads()) == before:
            assert time.monotonic() < end, self.log()
            time.sleep(0.005)
        return self.ended_reloads()[-1]['message'] == 'done'

    def ended_reloads(self):
        return [e for e in self.events('reload')
                if e['message'] == 'done' or e['message'].startswith('failed')]

    def stop(self, sig=signal.SIGTERM, timeout=30):
        """Its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(sig)
        status = self.process.wait(timeout)
        self.reader.join(5)
        self.process.stderr.close()
        return status

    def metric(self, name, client=None):
        """The sum of all series of a metric, by the beginning of their name."""
        text = (client or Client(self)).get('/metrics').text
        return sum(float(line.rsplit(' ', 1)[1]) for line in text.splitlines()
                   if line.startswith('shakend_' + name))


class Client:
    """One connection, kept; and what no answer may ever hold."""

    def __init__(self, daemon, token=None, context=None, timeout=20):
        if context is None:
            self.conn = http.client.HTTPConnection('127.0.0.1', daemon.port,
                                                   timeout=timeout)
        else:
            self.conn = http.client.HTTPSConnection(
                '127.0.0.1', daemon.port, timeout=timeout, context=context)
        self.daemon, self.token = daemon, token

    def send(self, method, path, body=None, **fields):
        fields = {k.replace('_', '-'): v for k, v in fields.items()
                  if v is not None}
        if self.token is not None:
            fields.setdefault('Authorization', 'Bearer ' + self.token)
        self.conn.request(method, path, body, fields)
        r = self.conn.getresponse()
        answer = Answer(r.status, r.headers, r.read())
        for secret in (self.daemon.lab.dir, 'key.pem', 'PRIVATE'):
            assert secret not in answer.text, answer.text
        return answer

    def get(self, path, **fields):
        return self.send('GET', path, **fields)

    def post(self, path, body, **fields):
        """body: text, or what is to be JSON."""
        fields.setdefault('Content_Type', JSON)
        if not isinstance(body, (str, bytes)):
            body = json.dumps(body)
        return self.send('POST', path, body, **fields)

    # The four requests, with what they need.

    def signing(self, **changes):
        return self.post('/stir/v1/signing',
                         {'signingRequest': signing_request(**changes)})

    def verification(self, identity, **changes):
        return self.post('/stir/v1/verification', {'verificationRequest':
                         verification_request(identity=identity, **changes)})

    def sign(self, query='', **changes):
        req = {'orig': ORIG, 'dest': DEST, 'attest': 'A'}
        req.update(changes)
        return self.post('/v1/sign' + query, drop_none(req))

    def verify(self, identity, query='', **changes):
        req = {'identity': identity, 'orig': ORIG, 'dest': DEST}
        req.update(changes)
        return self.post('/v1/verify' + query, drop_none(req))

    def identity(self, **changes):
        """A new Identity value."""
        answer = self.sign(**changes)
        assert answer.status == 200, answer.text
        return answer.json()['identity']


def drop_none(d):
    return {k: v for k, v in d.items() if v is not None}


def signing_request(**changes):
    req = {'attest': 'A', 'orig': {'tn': ORIG}, 'dest': {'tn': [DEST]},
           'iat': now(), 'origid': ORIGID}
    req.update(changes)
    return drop_none(req)


def verification_request(**changes):
    req = {'from': {'tn': ORIG}, 'to': {'tn': [DEST]}, 'time': now()}
    req.update(changes)
    return drop_none(req)
