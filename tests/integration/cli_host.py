# SPDX-License-Identifier: Apache-2.0
"""A certificate host for the tests of the command line: an HTTPS server on an
address out of 127/8 with a CA of its own, whose pages may misbehave."""
import os
import random
import socket
import ssl
import subprocess
import threading
import time

TYPE = 'application/pem-certificate-chain'
GOOD = {'Content-Type': TYPE, 'Cache-Control': 'max-age=86400'}


def openssl(*args, data=None):
    return subprocess.run(['openssl', *args], input=data, check=True,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout


class Page:
    """What a path answers; body None: nothing, ever."""

    def __init__(self, body=b'', status='200 OK', fields=None, delay=0):
        self.body, self.status, self.delay = body, status, delay
        self.fields = GOOD if fields is None else fields

    def text(self):
        lines = ['HTTP/1.1 ' + self.status]
        lines += ['%s: %s' % f for f in self.fields.items()]
        lines.append('Content-Length: %d' % len(self.body))
        return '\r\n'.join(lines).encode() + b'\r\n\r\n' + self.body


class Host:
    """pages: path to Page.  Serves them on port 8443, which an x5u may have, and
    on another, which it may not."""

    def __init__(self, where):
        self.ip = '127.%d.%d.%d' % (random.randint(2, 250),
                                    random.randint(1, 250),
                                    random.randint(1, 250))
        self.pages, self.seen = {}, []
        self.lock = threading.Lock()
        self.ca = os.path.join(where, 'tls-ca.crt')
        self.make_certificates(where)
        self.sockets = [socket.create_server((self.ip, port), backlog=128)
                        for port in (8443, 0)]
        self.port = self.sockets[1].getsockname()[1]
        for s in self.sockets:
            threading.Thread(target=self.accept, args=(s,),
                             daemon=True).start()

    def make_certificates(self, where):
        ca_key = os.path.join(where, 'tls-ca.key')
        key, crt = (os.path.join(where, 'tls.' + e) for e in ('key', 'crt'))
        new = ('req', '-x509', '-newkey', 'ec', '-pkeyopt',
               'ec_paramgen_curve:P-256', '-nodes', '-days', '30')
        openssl(*new, '-subj', '/CN=Test CA', '-keyout', ca_key, '-out',
                self.ca)
        openssl(*new, '-subj', '/CN=host', '-keyout', key, '-out', crt,
                '-CA', self.ca, '-CAkey', ca_key, '-addext',
                'basicConstraints=critical,CA:FALSE', '-addext',
                'subjectAltName=IP:' + self.ip)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(crt, key)

    def url(self, path, port=8443):
        return 'https://%s:%d/%s' % (self.ip, port, path)

    def accept(self, listener):
        while True:
            try:
                conn, _ = listener.accept()
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
        page = self.pages.get(path, Page(status='404 Not Found'))
        if page.body is None:
            conn.settimeout(20)
            conn.recv(1)
            return False
        time.sleep(page.delay)
        conn.sendall(page.text())
        return True

    def count(self, path):
        with self.lock:
            return self.seen.count(path)

    def close(self):
        for s in self.sockets:
            s.close()
