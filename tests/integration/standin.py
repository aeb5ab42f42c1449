# SPDX-License-Identifier: Apache-2.0
"""Servers on loopback that answer what a test wants, and on one of them a
stand-in for the STI-PA."""
import json
import socket
import ssl
import threading


def answer(body=b"", status="200 OK", *fields, length=True):
    head = ["HTTP/1.1 " + status, *fields]
    if length:
        head.append("Content-Length: %d" % len(body))
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


class Server:
    """An HTTPS server; pages maps a path to bytes, or to a function of the
    connection and the request's header fields."""

    def __init__(self, cert=None):  # a file with its key too; None: http
        self.pages = {}
        self.seen = []  # paths, in the order in which they were asked for
        self.connections = 0
        self.busy = self.most_busy = 0
        self.lock = threading.Lock()
        self.context = None
        if cert is not None:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(cert)
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.socket.getsockname()[1]
        self.stopping = False
        threading.Thread(target=self.accept, daemon=True).start()

    def url(self, path, host="a.test"):
        scheme = "http" if self.context is None else "https"
        return "%s://%s:%d/%s" % (scheme, host, self.port, path)

    def accept(self):
        while True:
            try:
                conn, _ = self.socket.accept()
            except OSError:
                return
            with self.lock:
                self.connections += 1
            threading.Thread(target=self.serve, args=(conn,),
                             daemon=True).start()

    def serve(self, conn):
        try:
            if self.context is not None:
                conn = self.context.wrap_socket(conn, server_side=True)
            while self.one(conn):
                pass
        except OSError:
            pass
        finally:
            conn.close()

    def one(self, conn):
        data = b""
        while b"\r\n\r\n" not in data:
            more = conn.recv(4096)
            if not more:
                return False
            data += more
        head, body = data.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        path = lines[0].split(" ")[1][1:]
        fields = dict(line.lower().split(": ", 1) for line in lines[1:])
        length = int(fields.get("content-length", 0))
        while len(body) < length:
            body += conn.recv(4096)
        fields["body"] = body
        with self.lock:
            self.seen.append(path)
            self.busy += 1
            self.most_busy = max(self.most_busy, self.busy)
        try:
            page = self.pages.get(path, self.pages.get("*"))
            if page is None:
                page = answer(b"no such page", "404 Not Found")
            if callable(page):
                return page(conn, fields) is not False
            conn.sendall(page)
        finally:
            with self.lock:
                self.busy -= 1
        return True

    def count(self, path):
        with self.lock:
            return self.seen.count(path)

    def close(self):
        self.socket.close()


class StiPa:
    """The STI-PA's API as it is: login, list, signer's chain, CRL.  docs() has
    the bytes of a document that stipa_probe made."""

    def __init__(self, server, docs):
        self.docs, self.pages = docs, server.pages
        self.logins, self.tokens = [], []
        self.pages["api/v1/auth/login"] = self.login
        for name in ("signer.pem", "crlsigner.pem"):
            self.pages[name] = answer(docs(name))

    def login(self, conn, fields):
        self.logins.append((fields.get("content-type"),
                            json.loads(fields["body"])))
        conn.sendall(answer(b'{"status":"success","accessToken":"T0k.en"}'))

    def offer(self, name):
        body = json.dumps({"status": "success",
                           "caList": self.docs(name).decode()}).encode()

        def page(conn, fields):
            self.tokens.append(fields.get("authorization"))
            conn.sendall(answer(body))
        self.pages["api/v1/ca-list"] = page

    def offer_crl(self, name):
        self.pages["crl"] = answer(self.docs(name) if name else b"no CRL")
