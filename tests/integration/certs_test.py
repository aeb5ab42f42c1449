#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""certs_test.py FETCH_PROBE STIPA_PROBE - web servers that misbehave, a cache in
front of them, and a stand-in STI-PA.

Servers on loopback, with TLS of a CA of their own, serve what the name of a
path says; fetch_probe.c holds the cache that is tested.  The clock that the
cache sees is given with each order, so nothing waits for a day to pass.
"""
import json
import os
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import unittest

import standin
from standin import Server, answer

PROBE = None
STIPA = None
DIR = None
NOW = 1700000000  # TEST_NOW of tests/testlib/pki.h
DAY = 86400


def read(name):
    with open(os.path.join(DIR, name), "rb") as f:
        return f.read()


def silent(conn, _):
    """Say nothing until the client gives up."""
    conn.settimeout(5)
    conn.recv(1)
    return False


class Mute:
    """A port that accepts and says nothing, or (closed) does not accept."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.close = self.socket.close


class Probe:
    """A cache in a process of its own."""

    def __init__(self, servers, **options):
        options = {"allow_private": 1, "tls_ca": os.path.join(DIR, "tls-ca.pem"),
                   "total_ms": 10000, "connect_ms": 10000, **options}
        words = ["%s=%s" % (k, v) for k, v in options.items() if v is not None]
        words += ["port=%d" % s.port for s in servers]
        self.process = subprocess.Popen(
            [PROBE, "run", DIR, *words], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        self.hello = self.process.stdout.readline().strip()

    def order(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the probe died")
        return line.rstrip("\n").split("\t")

    def get(self, url, now=NOW, verb="get"):
        """(hit?, trusted?, serial, text, ms)"""
        got, trusted, serial, text, ms = self.order(verb, now, url)
        return got == "hit", trusted == "trusted", serial, text, int(ms)

    def stats(self):
        return {k: int(v) for k, v in
                (w.split("=") for w in self.order("stats") if w)}

    def close(self):
        self.process.stdin.close()
        code = self.process.wait(timeout=30)
        self.process.stdout.close()
        return code


class Case(unittest.TestCase):
    def setUp(self):
        self.server = self.serve()
        self.chain = read("chain.pem")

    def serve(self, cert="tls.pem"):
        server = Server(cert and os.path.join(DIR, cert))
        self.addCleanup(server.close)
        return server

    def probe(self, *servers, **options):
        p = Probe(servers or [self.server], **options)
        self.addCleanup(self.ended, p)
        self.assertEqual(p.hello, "ready")
        return p

    def ended(self, p):
        self.assertEqual(p.close(), 0, "the probe (its sanitizer?) failed")

    def refused(self, p, url, end, text, now=NOW):
        """Getting url fails, counted as end, with a reason like text."""
        before = p.stats()[end]
        hit, _, _, why, _ = p.get(url, now)
        self.assertFalse(hit, url)
        self.assertRegex(why, text)
        self.assertEqual(p.stats()[end], before + 1, p.stats())


class Fetch(Case):
    def test_good_chain(self):
        """R-094 (first half): fetched, judged, trusted."""
        self.server.pages["1.pem"] = answer(
            self.chain, "200 OK",
            "Content-Type: application/pem-certificate-chain")
        p = self.probe()
        hit, trusted, serial, _, _ = p.get(self.server.url("1.pem"))
        self.assertEqual((hit, trusted, serial), (True, True, "77"))
        self.assertEqual(p.stats()["type_mismatches"], 0)

    def test_schemes(self):
        """R-086: no connection is made for another scheme."""
        p = self.probe()
        tail = "//a.test:%d/1.pem" % self.server.port
        for scheme in "http:", "ftp:", "gopher:", "HTTP:", "ldap:":
            self.refused(p, scheme + tail, "url", "scheme")
        for url in ("data:,x", "file:///etc/passwd", "file:" + tail, "https:",
                    "a", "//a/b", "https:///1.pem", "https:/a.test/1.pem",
                    "https://%61.test/1.pem", "https:a.test/1.pem", "https://[::1/1.pem"):
            self.refused(p, url, "url", ".")
        self.assertEqual(self.server.connections, 0)

    def test_ports(self):
        """R-087: 443 and 8443, and what a lab adds."""
        other = self.serve()
        p = self.probe()  # not other's port
        self.refused(p, other.url("1.pem"), "url", "port")
        self.refused(p, "https://a.test:0/", "url", ".")
        self.refused(p, "https://a.test:65536/", "url", ".")
        self.assertEqual(other.connections, 0)

    def test_userinfo_query_fragment(self):
        """R-088: not even empty ones."""
        p = self.probe()
        port = self.server.port
        for form in ("https://u@a.test:%d/1", "https://u:p@a.test:%d/1",
                     "https://@a.test:%d/1", "https://a.test:%d/1?x=1",
                     "https://a.test:%d/1?", "https://a.test:%d/1#f",
                     "https://a.test:%d/1#", "https://a.test:%d\\@b.test/1"):
            self.refused(p, form % port, "url", ".")
        self.assertEqual(self.server.connections, 0)

    def test_redirects(self):
        """R-089: not followed."""
        p = self.probe()
        self.server.pages["target.pem"] = answer(self.chain)
        for code in 301, 302, 303, 307, 308:
            path = "%d.pem" % code
            self.server.pages[path] = answer(
                b"", "%d Elsewhere" % code,
                "Location: " + self.server.url("target.pem"))
            self.refused(p, self.server.url(path), "status",
                         "status %d, not followed" % code)
        self.assertEqual(self.server.count("target.pem"), 0)

    def test_status(self):
        """R-090: only 200 brings a chain, whatever its body."""
        p = self.probe()
        for code in 201, 204, 206, 304, 403, 404, 410, 500, 503:
            path = "%d.pem" % code
            body = b"" if code in (204, 304) else self.chain
            self.server.pages[path] = answer(body, "%d No" % code,
                                             length=code not in (204, 304))
            self.refused(p, self.server.url(path), "status",
                         "status %d" % code)

    def test_silent(self):
        """R-090: ends within the limit and a tenth."""
        self.server.pages["*"] = silent
        p = self.probe(total_ms=2000)
        ms = p.get(self.server.url("1.pem"))[4]
        self.assertEqual(p.stats()["timeout"], 1)
        self.assertGreaterEqual(ms, 1990)
        self.assertLess(ms, 2200)

    def test_no_tls_answer(self):
        """R-090: a port that accepts and says nothing."""
        mute = Mute()
        self.addCleanup(mute.close)
        p = self.probe(mute, connect_ms=1000)
        ms = p.get("https://a.test:%d/1.pem" % mute.port)[4]
        self.assertEqual(p.stats()["timeout"], 1)
        self.assertLess(ms, 1300)

    def test_nobody_listens(self):
        gone = Mute()
        gone.close()
        p = self.probe(gone)
        self.refused(p, "https://a.test:%d/1.pem" % gone.port, "connect",
                     "connect")

    def test_drip(self):
        """R-091: a byte now and then does not prolong it."""
        def drip(conn, _):
            conn.sendall(answer(b"", "200 OK", "Content-Length: 1000",
                                length=False))
            for _ in range(100):
                conn.sendall(b"-")
                time.sleep(0.05)
            return False
        self.server.pages["*"] = drip
        p = self.probe(total_ms=1500)
        ms = p.get(self.server.url("1.pem"))[4]
        self.assertEqual(p.stats()["timeout"], 1)
        self.assertLess(ms, 1800)

    def test_endless(self):
        """R-091: stopped at 64 KiB, announced or not, chunked or not."""
        sent = [0]

        def endless(conn, _):
            conn.sendall(answer(b"", "200 OK", length=False))
            try:
                while sent[0] < 50000000:
                    sent[0] += conn.send(b"x" * 65536)
            finally:
                return False

        def chunked(conn, _):
            conn.sendall(answer(b"", "200 OK", "Transfer-Encoding: chunked",
                                length=False))
            for _ in range(200):
                conn.sendall(b"1000\r\n" + b"x" * 4096 + b"\r\n")
            return False
        self.server.pages["endless"] = endless
        self.server.pages["chunked"] = chunked
        self.server.pages["announced"] = answer(
            b"", "200 OK", "Content-Length: 65537", length=False)
        p = self.probe()
        rss = p.stats()["rss"]
        for path in "endless", "chunked", "announced":
            self.refused(p, self.server.url(path), "size", "65536|size")
        self.assertLess(sent[0], 20000000)
        self.assertLess(p.stats()["rss"] - rss, 8000000)

    def test_size_limit_exact(self):
        """R-091: 65,536 bytes are taken, one more is not."""
        pad = self.chain + b"\n" * (65536 - len(self.chain))
        self.server.pages["max"] = answer(pad)
        self.server.pages["over"] = answer(pad + b"\n")
        p = self.probe()
        self.assertTrue(p.get(self.server.url("max"))[1])
        self.refused(p, self.server.url("over"), "size", "size|65536")

    def test_header_flood(self):
        """R-091: header fields are bounded too."""
        def flood(conn, _):
            conn.sendall(b"HTTP/1.1 200 OK\r\n")
            for i in range(100000):
                conn.sendall(b"X-%d: %s\r\n" % (i, b"x" * 1000))
            return False
        self.server.pages["*"] = flood
        p = self.probe()
        hit, _, _, _, ms = p.get(self.server.url("1.pem"))
        self.assertFalse(hit)
        self.assertLess(ms, 5000)

    def test_compressed(self):
        """R-091: nobody asked for it, so nobody unpacks it."""
        p = self.probe()
        for field in ("Content-Encoding: gzip", "Content-Encoding: br",
                      "Content-Encoding: identity, gzip",
                      "Transfer-Encoding: gzip, chunked"):
            path = re.sub(r"\W", "", field)
            self.server.pages[path] = answer(self.chain, "200 OK", field)
            self.refused(p, self.server.url(path), "coding", "compressed")

    def test_addresses(self):
        """R-092: no form of an inside address gets a connection."""
        p = self.probe(allow_private=0)
        port = self.server.port
        # a name with twelve inside addresses; names for loopback; literals in
        # every notation that a parser might take
        for host in ("inside.test", "a.test", "localhost", "127.0.0.1",
                     "127.1", "2130706433", "0x7f000001", "0177.0.0.1",
                     "0.0.0.0", "0", "[::1]", "[::]", "[::ffff:127.0.0.1]",
                     "[::ffff:7f00:1]", "[64:ff9b::7f00:1]",
                     "169.254.169.254", "[fe80::1]", "[fd00::1]"):
            hit, _, _, why, ms = p.get("https://%s:%d/1.pem" % (host, port))
            self.assertFalse(hit, host)
            self.assertRegex(why, "no public address", host)
            self.assertLess(ms, 2000, host)
        self.assertEqual(self.server.connections, 0)

    def test_tls(self):
        """R-093: a certificate that is not good is not good enough."""
        expired = self.serve(cert="tls-expired.pem")
        other = self.serve(cert="tls-other.pem")
        p = self.probe(self.server, expired, other)
        for s in self.server, expired, other:
            s.pages["*"] = answer(self.chain)
        self.refused(p, expired.url("1.pem"), "tls", "expired")
        self.refused(p, other.url("1.pem"), "tls", "name|match")
        self.refused(p, self.server.url("1.pem", "127.0.0.1"), "tls",
                     "name|match")
        self.assertTrue(p.get(self.server.url("1.pem"))[0])
        system = self.probe(tls_ca=None)
        self.refused(system, self.server.url("1.pem"), "tls",
                     "self.signed|issuer|unable")

    def test_old_tls(self):
        """R-093: TLS 1.1 is refused, even where the system would take it."""
        conf = os.path.join(DIR, "lax.cnf")
        with open(conf, "w") as f:
            f.write("openssl_conf = i\n[i]\nssl_conf = s\n[s]\n"
                    "system_default = d\n[d]\nMinProtocol = TLSv1\n"
                    "CipherString = ALL:@SECLEVEL=0\n")
        os.environ["OPENSSL_CONF"] = conf
        self.addCleanup(os.environ.pop, "OPENSSL_CONF")
        old = self.serve()
        old.context.minimum_version = ssl.TLSVersion.TLSv1
        old.context.maximum_version = ssl.TLSVersion.TLSv1_1
        old.context.set_ciphers("ALL:@SECLEVEL=0")
        p = self.probe(old)
        self.refused(p, old.url("1.pem"), "tls", ".")

    def test_plain_http_for_labs(self):
        plain = self.serve(cert=None)
        plain.pages["*"] = answer(self.chain)
        strict = self.probe(plain)
        self.refused(strict, plain.url("1.pem"), "url", "scheme")
        self.assertEqual(plain.connections, 0)
        lab = self.probe(plain, allow_http=1)
        self.assertTrue(lab.get(plain.url("1.pem"))[1])

    def test_no_proxy_from_the_environment(self):
        os.environ["https_proxy"] = "http://127.0.0.1:%d" % self.server.port
        self.addCleanup(os.environ.pop, "https_proxy")
        self.server.pages["*"] = answer(self.chain)
        p = self.probe()
        self.assertTrue(p.get(self.server.url("1.pem"))[1])

    def test_content_type(self):
        """R-098: any type is accepted, and counted."""
        p = self.probe()
        for i, kind in enumerate(("text/plain", "application/octet-stream",
                                  "application/x-pem-file", "")):
            fields = ["Content-Type: " + kind] if kind else []
            path = "%d.pem" % i
            self.server.pages[path] = answer(self.chain, "200 OK", *fields)
            self.assertTrue(p.get(self.server.url(path))[1], kind)
        self.assertEqual(p.stats()["type_mismatches"], 4)

    def test_bodies(self):
        """R-099: texts as they are found in the field."""
        p = self.probe()
        good = {
            "crlf": self.chain.replace(b"\n", b"\r\n"),
            "bom": b"\xef\xbb\xbf" + self.chain,
            "leading": b"subject=CN = SHAKEN\n\n" + self.chain,
            "nonewline": self.chain.rstrip(b"\n"),
            "swapped": read("swapped.pem"),
        }
        for path, body in good.items():
            self.server.pages[path] = answer(body)
            self.assertTrue(p.get(self.server.url(path))[1], path)
        for path, body in {"empty": b"", "html": b"<html>no</html>",
                           "cut": self.chain[:300],
                           "pkcs7": self.chain.replace(b"CERTIFICATE",
                                                       b"PKCS7")}.items():
            self.server.pages[path] = answer(body)
            self.refused(p, self.server.url(path), "content", ".")

    def test_der(self):
        der = ssl.PEM_cert_to_DER_cert(
            self.chain.decode().split("-----END CERTIFICATE-----")[0] +
            "-----END CERTIFICATE-----\n")
        self.server.pages["*"] = answer(der)
        hit, trusted, serial, _, _ = self.probe().get(self.server.url("1.cer"))
        # without its intermediate it is read, and not trusted
        self.assertEqual((hit, trusted, serial), (True, False, "77"))

    def test_private_key(self):
        """R-099: refused under a name of its own, its text nowhere."""
        self.server.pages["*"] = answer(read("withkey.pem"))
        p = self.probe()
        url = self.server.url("1.pem")
        self.refused(p, url, "secret", "private key")
        secret = read("withkey.pem").split(b"PRIVATE KEY-----\n")[1][:20]
        self.assertNotIn(secret.decode(), p.get(url)[3])

    def test_names(self):
        p = self.probe()
        self.refused(p, "https://unknown.test:%d/1" % self.server.port, "dns",
                     "resolve")

    def test_slow_name(self):
        """A name that resolves slowly ends at the limit, and keeps no other
        fetch waiting: not while it lasts, nor when it is given up."""
        self.server.pages["*"] = answer(self.chain)
        p = self.probe(total_ms=2000)
        slow = self.server.url("1.pem", "slowname.test")
        fast = [self.server.url("%d.pem" % i) for i in range(3)]
        hits, failed, ms = map(int, p.order("many", 16, NOW, slow, *fast))
        self.assertEqual((hits, failed), (12, 4))
        self.assertGreater(ms, 1990)
        self.assertLess(ms, 2400)  # the resolver takes four seconds
        start = time.monotonic()
        self.assertTrue(p.get(self.server.url("after.pem"))[0])
        self.assertLess(time.monotonic() - start, 1)


class Cache(Case):
    def setUp(self):
        super().setUp()
        self.server.pages["1.pem"] = answer(self.chain)
        self.url = self.server.url("1.pem")

    def fetches(self):
        return self.server.count("1.pem")

    def test_second_call(self):
        """R-094: from the cache; kept 24 hours; same verdict."""
        p = self.probe()
        first = p.get(self.url)[:4]
        self.assertEqual(p.get(self.url, NOW + DAY - 1)[:4], first)
        self.assertEqual(self.fetches(), 1)
        self.assertEqual(p.get(self.url, NOW + DAY)[:4], first)
        self.assertEqual(self.fetches(), 2)

    def test_lifetimes(self):
        """R-094: a shorter life than 24 hours is not heeded, a longer one is,
        up to seven days; Expires as Cache-Control."""
        date = "Date: Tue, 14 Nov 2023 22:13:20 GMT"
        rows = {
            "none": ([], DAY),
            "short": (["Cache-Control: max-age=60"], DAY),
            "no-store": (["Cache-Control: no-store"], DAY),
            "long": (["Cache-Control: max-age=172800"], 2 * DAY),
            "age": (["Cache-Control: max-age=172800", "Age: 3600"],
                    2 * DAY - 3600),
            "year": (["Cache-Control: max-age=31536000"], 7 * DAY),
            "expires": ([date, "Expires: Fri, 17 Nov 2023 22:13:20 GMT"],
                        3 * DAY),
        }
        p = self.probe()
        for path, (fields, life) in rows.items():
            with self.subTest(path):
                self.server.pages[path] = answer(self.chain, "200 OK", *fields)
                url = self.server.url(path)
                for now in NOW, NOW + life - 1:
                    self.assertTrue(p.get(url, now)[1])
                    self.assertEqual(self.server.count(path), 1)
                self.assertTrue(p.get(url, NOW + life)[1])
                self.assertEqual(self.server.count(path), 2)

    def test_not_after(self):
        """R-094: never beyond the leaf's notAfter."""
        self.server.pages["1.pem"] = answer(
            read("short.pem"), "200 OK", "Cache-Control: max-age=864000")
        p = self.probe()
        self.assertTrue(p.get(self.url)[1])
        self.assertTrue(p.get(self.url, NOW + 3599)[1])
        self.assertEqual(self.fetches(), 1)
        self.server.pages["1.pem"] = answer(self.chain)
        self.assertEqual(p.get(self.url, NOW + 3601)[1:3], (True, "77"))

    def test_bad_chain_is_not_kept_long(self):
        """A chain that is not trusted is given, so that the verdict can say
        why, and asked for again soon."""
        p = self.probe()
        for body in read("expired.pem"), read("stranger.pem"):
            self.server.pages["x"] = answer(body)
            url = self.server.url("x")
            self.assertEqual(p.get(url)[:2], (True, False))
            self.assertEqual(p.get(url, NOW + 29)[:2], (True, False))
            self.assertEqual(self.server.count("x"), 1)
            self.server.pages["x"] = answer(self.chain)
            self.assertEqual(p.get(url, NOW + 30)[:2], (True, True))
            self.server.seen.clear()
            p = self.probe()

    def test_single_flight(self):
        """R-095: 10,000 simultaneous calls, one fetch."""
        self.server.pages["1.pem"] = lambda conn, _: (
            time.sleep(0.5), conn.sendall(answer(self.chain)))
        p = self.probe()
        hits, failed, _ = map(int, p.order("many", 100, NOW, self.url))
        self.assertEqual((hits, failed, self.fetches()), (100, 0, 1))
        other = self.server.url("2.pem")
        self.server.pages["2.pem"] = self.server.pages["1.pem"]
        hits, failed, _ = map(int, p.order("many", 10000, NOW, other))
        self.assertEqual((hits, failed), (10000, 0))
        self.assertEqual(self.server.count("2.pem"), 1)
        self.assertEqual(p.stats()["fetches"], 2)

    def test_negative(self):
        """R-096: 30 seconds, then tried again."""
        self.server.pages["1.pem"] = answer(b"", "503 Not now")
        p = self.probe()
        why = p.get(self.url)[3]
        for now in NOW, NOW + 29:
            self.assertEqual(p.get(self.url, now)[3], why)
        self.assertEqual(self.fetches(), 1)
        self.assertEqual(p.stats()["negative_hits"], 2)
        self.server.pages["1.pem"] = answer(self.chain)
        self.assertTrue(p.get(self.url, NOW + 30)[1])
        # a clock set back does not prolong it
        self.server.pages["2.pem"] = answer(b"", "503 Not now")
        url = self.server.url("2.pem")
        p.get(url)
        p.get(url, NOW - 3600)
        self.assertEqual(self.server.count("2.pem"), 2)

    def test_refetch(self):
        """R-100: a chain that was replaced behind its URL."""
        p = self.probe()
        self.assertEqual(p.get(self.url)[2], "77")
        self.server.pages["1.pem"] = answer(read("next.pem"))
        self.assertEqual(p.get(self.url, NOW + 60)[2], "77")
        hit, trusted, serial, _, _ = p.get(self.url, NOW + 60, "again")
        self.assertTrue(hit and trusted)
        self.assertNotEqual(serial, "77")
        self.assertEqual(p.get(self.url, NOW + 60)[2], serial)
        # not more than once in 30 seconds
        hit, _, _, why, _ = p.get(self.url, NOW + 89, "again")
        self.assertFalse(hit)
        self.assertRegex(why, "just now")
        self.assertEqual(self.fetches(), 2)

    def test_refetch_fails(self):
        """R-100: the kept chain stays, and the host is left alone."""
        p = self.probe()
        p.get(self.url)
        self.server.pages["1.pem"] = answer(b"", "500 No")
        hit, _, _, why, _ = p.get(self.url, NOW + 60, "again")
        self.assertFalse(hit)
        self.assertRegex(why, "500")
        self.assertFalse(p.get(self.url, NOW + 61, "again")[0])
        self.assertTrue(p.get(self.url, NOW + 61)[1])
        self.assertEqual(self.fetches(), 2)

    def revalidating(self, field, value, condition):
        def page(conn, fields):
            if fields.get(condition) == value.lower():
                conn.sendall(answer(b"", "304 Not Modified", length=False))
            else:
                conn.sendall(answer(self.chain, "200 OK",
                                    "%s: %s" % (field, value)))
        self.server.pages["1.pem"] = page
        p = self.probe()
        first = p.get(self.url)[:4]
        self.assertEqual(p.get(self.url, NOW + DAY)[:4], first)
        self.assertEqual(p.get(self.url, NOW + 2 * DAY - 1)[:4], first)
        self.assertEqual(self.fetches(), 2)
        self.assertEqual(p.stats()["not_modified"], 1)

    def test_etag(self):
        self.revalidating("ETag", '"a1"', "if-none-match")

    def test_last_modified(self):
        self.revalidating("Last-Modified", "Tue, 14 Nov 2023 22:13:20 GMT",
                          "if-modified-since")

    def test_renewed_ahead_of_time(self):
        """A chain in use is renewed in its last tenth, and no call waits."""
        p = self.probe()
        for now in NOW, NOW + 1, NOW + 2, NOW + DAY * 8 // 10:
            p.get(self.url, now)
        self.assertEqual(self.fetches(), 1)
        self.server.pages["1.pem"] = lambda conn, _: (
            time.sleep(0.3), conn.sendall(answer(read("next.pem"))))
        hit, _, serial, _, ms = p.get(self.url, NOW + DAY * 95 // 100)
        self.assertEqual((hit, serial), (True, "77"))
        self.assertLess(ms, 200)
        deadline = time.monotonic() + 5
        while p.stats()["fetches"] < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertNotEqual(p.get(self.url, NOW + DAY + 1)[2], "77")
        self.assertEqual(self.fetches(), 2)

    def test_idle_is_not_renewed(self):
        p = self.probe()
        p.get(self.url)
        p.get(self.url, NOW + DAY * 95 // 100)
        time.sleep(0.2)
        self.assertEqual(self.fetches(), 1)

    def test_stale_if_error(self):
        """Only by setting, only for so long, only while the host fails."""
        strict, lax = self.probe(), self.probe(stale_s=3600)
        for p in strict, lax:
            self.assertTrue(p.get(self.url)[1])
        self.server.pages["1.pem"] = answer(b"", "500 No")
        self.assertFalse(strict.get(self.url, NOW + DAY)[0])
        self.assertTrue(lax.get(self.url, NOW + DAY)[1])
        n = self.fetches()
        self.assertTrue(lax.get(self.url, NOW + DAY + 10)[1])
        self.assertEqual(self.fetches(), n)  # known to fail: at once
        self.assertEqual(lax.stats()["stale"], 1)
        self.assertTrue(lax.get(self.url, NOW + DAY + 3599)[1])
        self.assertFalse(lax.get(self.url, NOW + DAY + 3600 + 30)[0])

    def test_stale_not_past_not_after(self):
        self.server.pages["1.pem"] = answer(read("short.pem"))
        p = self.probe(stale_s=7200)
        self.assertTrue(p.get(self.url)[1])
        self.server.pages["1.pem"] = answer(b"", "500 No")
        self.assertFalse(p.get(self.url, NOW + 3601)[0])

    def test_trust_changes(self):
        """A kept chain is judged under the trust of the call: revoked means
        refused at the next one, without a fetch."""
        p = self.probe()
        self.assertTrue(p.get(self.url)[1])
        for trust, ok in (("revoked", False), ("roots", True),
                          ("none", False)):
            p.order("trust", trust)
            self.assertEqual(p.get(self.url, NOW + 1)[:2], (True, ok), trust)
        self.assertEqual(self.fetches(), 1)
        self.assertEqual(p.stats()["rejudged"], 3)
        # and once it is not trusted, its owner is asked again soon
        p.get(self.url, NOW + 31)
        self.assertEqual(self.fetches(), 2)

    def test_bounded(self):
        """R-097: many URLs, by count and by bytes; a known good chain stays."""
        self.server.pages["*"] = answer(read("stranger.pem"))
        p = self.probe(max_entries=100, max_per_host=16)
        self.assertTrue(p.get(self.url)[1])
        p.order("flood", 1000, NOW, self.server.url("x"))
        s = p.stats()
        self.assertEqual(s["entries"], 26)  # a quarter for the bad, and it
        self.assertEqual(s["bad_entries"], 25)
        self.assertEqual(s["evictions"], 975)
        self.assertTrue(p.get(self.url)[1])
        self.assertEqual(self.fetches(), 1)
        q = self.probe(max_bytes_total=1000000, max_per_host=16)
        q.order("flood", 300, NOW, self.server.url("y"))
        self.assertLessEqual(q.stats()["bytes"], 250000)
        self.assertGreater(q.stats()["bad_entries"], 3)

    def test_least_recently_used_goes(self):
        self.server.pages["*"] = answer(self.chain)
        p = self.probe(max_entries=8)  # 6 good ones
        for i in 1, 2, 3, 4, 5, 6, 1, 7, 8:
            p.get(self.server.url("%d.pem" % i))
        self.server.seen.clear()
        for i in 1, 4, 5, 6, 7, 8:
            self.assertTrue(p.get(self.server.url("%d.pem" % i))[1])
        self.assertEqual(self.server.seen, [])
        p.get(self.server.url("2.pem"))
        self.assertEqual(self.server.seen, ["2.pem"])

    def test_flood(self):
        """R-097: 20,000 URLs that fail; memory stays, a good call passes."""
        p = self.probe(max_per_host=16, max_entries=2000)
        self.assertTrue(p.get(self.url)[1])
        p.order("flood", 2000, NOW, self.server.url("x"))
        rss = p.stats()["rss"]
        p.order("flood", 20000, NOW, self.server.url("y"))
        s = p.stats()
        self.assertLessEqual(s["bad_entries"], 500)
        self.assertEqual(s["in_flight"], 0)
        self.assertLess(s["rss"] - rss, 16000000 if "asan" not in PROBE
                        else 400000000)
        self.assertLess(p.get(self.url)[4], 100)
        self.assertEqual(self.fetches(), 1)

    def test_slow_host_delays_nobody(self):
        """A host that does not answer has its few turns; others are served."""
        slow = self.serve()
        slow.pages["*"] = silent
        p = self.probe(self.server, slow, total_ms=3000, max_parallel=8)
        urls = [slow.url("%d.pem" % i, "b.test") for i in range(50)]
        hits, failed, ms = map(int, p.order(
            "many", 4 * 51, NOW, *urls[:25], self.url, *urls[25:]))
        self.assertEqual((hits, failed), (4, 200))
        self.assertLess(ms, 4000)
        self.assertLessEqual(slow.most_busy, 4)

    def test_slow_hosts_delay_no_known_one(self):
        """Many names that never answer, as one attacker can have: a host with
        good chains keeps turns of its own, for certificates not seen yet."""
        mute = Mute()
        self.addCleanup(mute.close)
        self.server.pages["*"] = answer(self.chain)
        p = self.probe(self.server, mute, total_ms=2000, max_parallel=8)
        self.assertTrue(p.get(self.url)[1])
        slow = ["https://h%d.test:%d/1.pem" % (i, mute.port)
                for i in range(40)]
        hits, failed, ms = map(int, p.order(
            "many", 4 * 41, NOW, *slow, self.server.url("new.pem")))
        self.assertEqual((hits, failed), (4, 160))
        # and without that, a stranger's would have waited in vain
        hits, failed, ms = map(int, p.order(
            "many", 4 * 41, NOW + 60, *slow, self.server.url("x", "b.test")))
        self.assertEqual((hits, failed), (0, 164))

    def test_queue_is_bounded(self):
        """More distinct URLs than can wait: refused at once, not kept as a
        failure of theirs."""
        slow = self.serve()
        slow.pages["*"] = silent
        p = self.probe(slow, total_ms=1000)
        p.order("flood", 900, NOW, slow.url("x", "b.test"))
        self.assertEqual(p.stats()["in_flight"], 0)
        self.assertLessEqual(slow.most_busy, 4)

    def test_shutdown(self):
        """Pending gets are told, and the cache ends at once."""
        self.server.pages["1.pem"] = silent
        p = self.probe()
        pending, hits, failed, why, ms = p.order("drop", NOW, self.url)
        self.assertEqual((pending, hits, failed), ("0", "0", "10"))
        self.assertRegex(why, "shutting down")
        self.assertLess(int(ms), 2000)

    def test_put(self):
        p = self.probe()
        url = self.server.url("put.pem")
        path = os.path.join(DIR, "chain.pem")
        self.assertEqual(p.order("put", NOW, url, path), ["SHAKEN_OK"])
        self.assertTrue(p.get(url)[1])
        self.assertEqual(self.server.connections, 0)
        self.assertEqual(p.order("put", NOW, "http://a.test/x", path),
                         ["SHAKEN_E_URI"])
        key = os.path.join(DIR, "withkey.pem")
        self.assertEqual(p.order("put", NOW, url, key), ["SHAKEN_E_SECRET"])


class Store(Case):
    def setUp(self):
        super().setUp()
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)
        self.server.pages["*"] = answer(self.chain, "200 OK", 'ETag: "e"')
        self.url = self.server.url("1.pem")

    def run_one(self, *urls, now=NOW, **options):
        p = Probe([self.server], store_dir=self.dir.name, **options)
        results = [p.get(u, now)[:4] for u in urls]
        stats = p.stats()
        self.assertEqual(p.close(), 0)
        return results, stats

    def test_restart_is_warm(self):
        cold, _ = self.run_one(self.url)
        self.assertTrue(cold[0][1])
        self.assertEqual(len(os.listdir(self.dir.name)), 1)
        self.server.seen.clear()
        warm, stats = self.run_one(self.url, now=NOW + DAY - 1)
        self.assertEqual(warm, cold)
        self.assertEqual(self.server.seen, [])
        self.assertEqual(stats["store_loaded"], 1)
        self.run_one(self.url, now=NOW + DAY)
        self.assertEqual(self.server.seen, ["1.pem"])

    def test_revalidated_after_restart(self):
        asked = []

        def page(conn, fields):
            asked.append(fields.get("if-none-match"))
            conn.sendall(answer(b"", "304 Not Modified", length=False))
        self.run_one(self.url)
        self.server.pages["*"] = page
        results, _ = self.run_one(self.url, now=NOW + DAY)
        self.assertTrue(results[0][1])
        results, _ = self.run_one(self.url, now=NOW + 2 * DAY - 1)
        self.assertTrue(results[0][1])
        self.assertEqual(asked, ['"e"'])

    def test_only_good_ones_are_stored(self):
        self.server.pages["bad"] = answer(read("stranger.pem"))
        self.server.pages["none"] = answer(b"", "404 No")
        self.run_one(self.server.url("bad"), self.server.url("none"))
        self.assertEqual(os.listdir(self.dir.name), [])

    def test_evicted_ones_go(self):
        urls = [self.server.url("%d.pem" % i) for i in range(10)]
        self.run_one(*urls, max_entries=4)
        self.assertEqual(len(os.listdir(self.dir.name)), 3)

    def test_corrupt_files(self):
        """Cut or changed anywhere: passed over, counted, fetched anew."""
        self.run_one(self.url)
        path = os.path.join(self.dir.name, os.listdir(self.dir.name)[0])
        with open(path, "rb") as f:
            whole = f.read()
        spoilt = [b"", whole[:10], whole[:100], whole[:-1], whole + b"x",
                  whole.replace(b"fetched 17", b"fetched 18"),
                  whole.replace(b"1.pem", b"2.pem"), b"\0" * len(whole)]
        for i, data in enumerate(spoilt):
            with self.subTest(i):
                with open(path, "wb") as f:
                    f.write(data)
                self.server.seen.clear()
                results, stats = self.run_one(self.url)
                self.assertTrue(results[0][1])
                self.assertEqual(stats["store_corrupt"], 1)
                self.assertEqual(self.server.seen, ["1.pem"])

    def test_no_trust_comes_from_disk(self):
        self.run_one(self.url)
        p = Probe([self.server], store_dir=self.dir.name)
        p.order("trust", "revoked")
        self.assertEqual(p.get(self.url)[:2], (True, False))
        self.assertEqual(p.close(), 0)

    def test_directory_is_checked(self):
        p = Probe([self.server], store_dir="/nonexistent/dir")
        self.assertRegex(p.hello, "error /nonexistent/dir: No such file")
        p.close()
        p = Probe([self.server], tls_ca="/nonexistent/ca.pem")
        self.assertRegex(p.hello, "error /nonexistent/ca.pem: ")
        p.close()


class StiPa(Case):
    """Updates from the STI-PA."""

    def setUp(self):
        super().setUp()
        self.base = self.server.url("", "localhost").rstrip("/")
        self.keep = tempfile.TemporaryDirectory()
        self.addCleanup(self.keep.cleanup)
        subprocess.run([STIPA, "make", DIR, self.base], check=True)
        self.pa = standin.StiPa(self.server, read)
        self.pages = self.server.pages
        self.pa.offer("list5")

    def update(self, verb="list", now=NOW, *more):
        line = subprocess.run(
            [STIPA, verb, DIR, self.keep.name, self.base, str(now), *more],
            check=True, stdout=subprocess.PIPE, text=True).stdout
        done, figure, why = line.rstrip("\n").split("\t")
        return done, int(figure), why

    def kept(self, name="sti-ca.pem"):
        try:
            with open(os.path.join(self.keep.name, name), "rb") as f:
                return f.read()
        except FileNotFoundError:
            return None

    def test_list(self):
        """R-123: fetched as the STI-PA wants it asked, checked, kept."""
        self.assertEqual(self.update(), ("new", 5, ""))
        self.assertEqual(self.pa.logins, [("application/json", {
            "userId": "user", "password": 's3cret "quoted"'})])
        self.assertEqual(self.pa.tokens, ["t0k.en"])  # raw, no "Bearer"
        self.assertEqual(self.kept(), read("root1.pem"))
        self.assertEqual(self.update(), ("same", 5, ""))
        self.pa.offer("list6")
        self.assertEqual(self.update(), ("new", 6, ""))
        self.assertEqual(self.kept(), read("root2.pem"))

    def test_rollback(self):
        """R-124: a lower sequence is refused, also when the kept list has
        expired; nothing changes."""
        self.pa.offer("list6")
        self.update()
        self.pa.offer("list5")
        for now in NOW, NOW + 3599:
            done, _, why = self.update(now=now)
            self.assertEqual(done, "failed")
            self.assertRegex(why, "sequence 5 is lower than 6")
        self.assertEqual(self.kept(), read("root2.pem"))

    def test_bad_lists(self):
        """R-123: each is refused, and the old roots stay."""
        self.update()
        before = {n: self.kept(n) for n in ("sti-ca.pem", "trustlist.json")}
        for name, why in (("list7old", "expired"), ("list7bad", "entry 0"),
                          ("list7wrong", "not signed by"),
                          ("list7else", "b.test is not a host")):
            with self.subTest(name):
                self.pa.offer(name)
                self.assertRegex(self.update()[2], why)
                for file, text in before.items():
                    self.assertEqual(self.kept(file), text)

    def test_bad_answers(self):
        """R-123: the STI-PA fails in every way an API can."""
        self.update()
        good = dict(self.pages)
        rows = (
            ("api/v1/auth/login", answer(b"", "401 No"), "status 401"),
            ("api/v1/auth/login", answer(b'{"status":"failure"}'), "success"),
            ("api/v1/auth/login", answer(b'{"status":"success"}'), "Token"),
            ("api/v1/auth/login", answer(b"<html>"), "success"),
            ("api/v1/ca-list", answer(b"", "500 No"), "status 500"),
            ("api/v1/ca-list", answer(b'{"status":"success"}'), "caList"),
            ("api/v1/ca-list", answer(b'{"status":"success","caList":5}'),
             "caList"),
            ("api/v1/ca-list", answer(b'{"status":"success","caList":"a.b"}'),
             "JWS"),
            ("signer.pem", answer(b"", "404 No"), "status 404"),
            ("signer.pem", answer(b"no chain"), "x5u"),
        )
        for path, page, why in rows:
            with self.subTest(why):
                self.pages.update(good)
                self.pages[path] = page
                done, _, text = self.update()
                self.assertEqual(done, "failed")
                self.assertRegex(text, why)
        self.assertEqual(self.kept(), read("root1.pem"))

    def test_restart_while_the_pa_is_down(self):
        """R-125: the kept list is checked anew, and says if it has expired."""
        self.assertEqual(self.update("kept")[0], "SHAKEN_E_ARG")
        self.update()
        self.server.pages.clear()
        self.assertEqual(self.update()[0], "failed")
        self.assertEqual(self.update("kept"), ("SHAKEN_OK", 5, ""))
        self.assertEqual(self.update("kept", NOW + 3599),
                         ("SHAKEN_OK", 5, ""))
        self.assertEqual(self.update("kept", NOW + 3600),
                         ("SHAKEN_OK", 5, "expired"))
        # what lies on the disk is believed no more than what comes
        path = os.path.join(self.keep.name, "trustlist.json")
        with open(path) as f:
            kept = json.load(f)
        kept["jws"] = read("list7wrong").decode()
        with open(path, "w") as f:
            json.dump(kept, f)
        self.assertEqual(self.update("kept")[0], "SHAKEN_E_CREDENTIAL")

    def crl(self, name, now=NOW, url=None):
        self.pa.offer_crl(name)
        return self.update("crl", now, url or self.base + "/crl")

    def test_crl(self):
        """R-110, R-112: with its signer's certificate, and when to ask
        again."""
        self.assertEqual(self.crl("crl1"), ("new", 12 * 3600, ""))
        self.assertIn(b"-----BEGIN X509 CRL-----", self.kept("crl.pem"))
        self.assertIn(read("crlsigner.pem"), self.kept("crl.pem"))
        self.assertEqual(self.crl("crl1"), ("same", 12 * 3600, ""))
        self.assertEqual(self.crl("crl2"), ("new", 3900, ""))

    def test_crl_refused(self):
        """R-112: expired, not yet, wrong signer, played back, no CRL."""
        self.crl("crl2")
        before = self.kept("crl.pem")
        for name, why in (("crl1", "older"), ("crl3late", "out of date"),
                          ("crl3early", "out of date"),
                          ("crl3wrong", "sign"), (None, "not a CRL"),
                          ("crl3else", "b.test is not a host")):
            with self.subTest(name):
                done, _, text = self.crl(name)
                self.assertEqual(done, "failed")
                self.assertRegex(text, why)
                self.assertEqual(self.kept("crl.pem"), before)

    def test_crl_hosts(self):
        """R-113: a host that is not on the list is not asked."""
        for url in (self.server.url("crl", "a.test"),
                    self.server.url("crl", "127.0.0.1")):
            done, _, why = self.crl("crl1", url=url)
            self.assertEqual(done, "failed")
            self.assertRegex(why, "is not a host")
        self.assertEqual(self.server.connections, 0)


def main():
    global PROBE, STIPA, DIR
    PROBE = os.path.abspath(sys.argv.pop(1))
    STIPA = os.path.abspath(sys.argv.pop(1))
    with tempfile.TemporaryDirectory() as DIR:
        subprocess.run([PROBE, "pki", DIR, str(int(time.time()))], check=True)
        unittest.main(verbosity=2)


if __name__ == "__main__":
    main()
