#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""audit_source.py PROBE - captures as tcpdump writes them of calls that sipp
makes, and files that are large or worthless, through what reads them for
"shaken audit"."""
import gzip
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest

import capture

PROBE = sys.argv.pop(1)
CALLS = 20


class Result:
    """What the probe printed."""

    def __init__(self, out, status):
        self.text, self.status, self.items, self.skips = out, status, [], {}
        for line in out.splitlines():
            words = line.split(" ")
            if words[0] == "item":
                self.items.append(words)
            elif words[0] == "skip":
                self.skips[words[1]] = int(words[2])
        found = re.search(r"peak (\d+) KiB", out)
        self.rss_mib = int(found[1]) / 1024 if found else 0


def probe(path, *args):
    run = subprocess.run([PROBE, path, *args], capture_output=True,
                         text=True, errors="replace", timeout=120)
    if run.returncode not in (0, 1, 2):
        raise AssertionError(f"{run.returncode}: {run.stderr}")
    return Result(run.stdout, run.returncode)


def free_port(kind):
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(what, seconds=10):
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            raise AssertionError("waited in vain")
        time.sleep(0.05)


def is_bound(port):
    """Whether somebody has the port, of UDP or TCP."""
    text = ""
    for name in ("udp", "tcp"):
        with open(f"/proc/net/{name}", encoding="ascii") as f:
            text += f.read()
    return f"0100007F:{port:04X} 00000000:0000" in text


class RealCalls(unittest.TestCase):
    """Each INVITE that sipp counts is in the capture, once."""

    def setUp(self):
        if shutil.which("sipp") is None:
            self.skipTest("sipp is not installed")
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)

    def sipp(self, *args):
        p = subprocess.Popen(["sipp", *args, "-nostdin"], cwd=self.dir.name,
                             stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
        self.addCleanup(lambda: (p.poll() is None and p.kill(), p.wait()))
        return p

    def calls(self, *args):
        """calls() of which the kernel kept every packet for tcpdump, which it
        does not on a machine that is too busy."""
        for _ in range(4):
            *found, said = self.calls_once(*args)
            if re.search(r"^0 packets dropped by kernel", said, re.M):
                return found
        return self.skipTest("tcpdump cannot keep up here")

    def calls_once(self, transport, *args):
        """CALLS calls over a transport; returns path of the capture, ports,
        and what tcpdump said."""
        kind = socket.SOCK_STREAM if transport[0] == "t" else socket.SOCK_DGRAM
        port, back = free_port(kind), free_port(kind)
        path = os.path.join(self.dir.name, "calls.pcap")
        dump = capture.tcpdump(self, path, *args, f"port {port}")
        if dump is None:
            self.skipTest("tcpdump may not capture here, or there is none")
        self.sipp("-sn", "uas", "-i", "127.0.0.1", "-p", str(port), "-t",
                  transport, "-nr")
        wait_for(lambda: is_bound(port))
        caller = self.sipp("-sn", "uac", "-i", "127.0.0.1", "-p", str(back),
                           "-t", transport, "-m", str(CALLS), "-r", "50",
                           "-d", "10", "-nr", f"127.0.0.1:{port}")
        self.assertEqual(caller.wait(timeout=30), 0)
        return path, port, back, capture.end(dump)

    def check(self, path, port, back):
        got = probe(path)
        self.assertEqual(len(got.items), CALLS, got.text)
        for item in got.items:
            self.assertEqual(item[3:5], [f"127.0.0.1:{back}",
                                         f"127.0.0.1:{port}"])
            self.assertEqual(item[6], "INVITE")
            self.assertLess(abs(int(item[1]) / 1e6 - time.time()), 60)
        # 180, 200, 200 of each; ACK and BYE
        self.assertEqual(got.skips.pop("sip-response", 0), 3 * CALLS,
                         got.text)
        self.assertEqual(got.skips.pop("sip-request", 0), 2 * CALLS,
                         got.text)
        self.assertEqual(got.skips, {}, got.text)

    def test_udp(self):
        self.check(*self.calls("u1", "-i", "lo"))

    def test_tcp(self):
        self.check(*self.calls("t1", "-i", "lo"))

    def test_tcp_any_cooked_gz(self):
        path, port, back = self.calls("t1", "-i", "any")
        with open(path, "rb") as f, gzip.open(path + ".gz", "wb") as out:
            shutil.copyfileobj(f, out)
        self.check(path + ".gz", port, back)

    def test_snaplen(self):
        path, _, _ = self.calls("u1", "-i", "lo", "-s", "96")
        got = probe(path)
        self.assertEqual(got.items, [])
        self.assertGreaterEqual(got.skips["snaplen"], CALLS)


class Hostile(unittest.TestCase):
    """Whatever is in a file, memory is bounded and there is an end."""
    RSS_MIB = 40 if not os.environ.get("SHAKEN_SANITIZED") else 400

    def pipe(self, chunks):
        p = subprocess.Popen([PROBE, "-"], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE)
        try:
            for chunk in chunks:
                p.stdin.write(chunk)
        except BrokenPipeError:
            pass
        out = p.communicate()[0].decode(errors="replace")
        self.assertIn(p.returncode, (0, 1, 2))
        return Result(out, p.returncode)

    def test_sparse_file(self):
        with tempfile.NamedTemporaryFile() as f:
            f.truncate(2 << 30)
            got = probe(f.name)
            self.assertIn("neither a capture", got.text)

    def test_text_without_lines(self):
        got = self.pipe([b"x" * (1 << 20)] * MIB)
        self.assertEqual((got.items, got.skips), ([], {"sip-junk": 1}))
        self.assertLess(got.rss_mib, self.RSS_MIB)

    def test_text_of_nothing_but_lines(self):
        got = self.pipe([b"INVITE sip:a@b SIP/2.0\n" * 45590] * MIB)
        self.assertEqual(got.items, [])
        self.assertLess(got.rss_mib, self.RSS_MIB)

    def test_one_line_of_json(self):
        got = self.pipe([b"{" * (1 << 20)] * MIB)
        self.assertEqual((got.items, got.skips), ([], {"line-long": 1}))
        self.assertLess(got.rss_mib, self.RSS_MIB)

    def test_gzip_bomb(self):
        # 64 MiB of blanks in some 64 KiB
        bomb = gzip.compress(b"{}" + b" " * (64 << 20) + b"\n{}")
        got = self.pipe([bomb])
        self.assertEqual(len(got.items), 1)
        self.assertEqual(got.skips, {"line-long": 1})
        self.assertLess(got.rss_mib, self.RSS_MIB)

    def test_random_packets(self):
        head = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101)
        noise = os.urandom(1 << 16)
        recs = b""
        for i in range(256):
            n = 40 + i
            # IPv4 or IPv6 in the first byte, so that more than that is read
            p = bytes([0x45 if i % 2 else 0x60]) + noise[i * 200:i * 200 + n]
            recs += struct.pack("<IIII", i, 0, len(p), len(p)) + p
        got = self.pipe([head] + [recs] * MIB)
        self.assertEqual(got.status, 0, got.text)
        self.assertEqual(got.items, [])
        self.assertIn(f"packets {256 * MIB}", got.text)
        self.assertLess(got.rss_mib, self.RSS_MIB)

    def test_fragments_and_streams_that_never_end(self):
        """Each packet begins a datagram, or a stream behind a hole."""
        def packets(chunk):
            out = bytearray()
            for i in range(500):
                n = chunk * 500 + i
                if i % 2:
                    p = struct.pack(">BBHHHBBHII", 0x45, 0, 1020, n & 0xffff,
                                    0x2000, 64, 17, 0, n, 1) + b"f" * 1000
                else:
                    p = struct.pack(">BBHHHBBHII", 0x45, 0, 1040, 1, 0, 64, 6,
                                    0, n, 1)
                    p += struct.pack(">HHIIBBHHH", 1, 2, 7, 0, 0x50, 0, 0, 0,
                                     0) + b"INVITE sip:a@b SIP/2.0\r\nx:"
                    p += b"s" * 974
                out += struct.pack("<IIII", 1, 0, len(p), len(p)) + p
            return bytes(out)
        head = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101)
        got = self.pipe([head] + [packets(i) for i in range(200)])
        self.assertEqual(got.status, 0, got.text)
        self.assertEqual(got.skips["fragment-incomplete"], 50000)
        self.assertEqual(got.skips["tcp-dropped"] + got.skips["sip-cut"],
                         50000)
        # 1024 datagrams, 16384 streams of a KiB
        self.assertLess(got.rss_mib, self.RSS_MIB + 40)


# 2048 is 2 GiB: "SHAKEN_AUDIT_MIB=2048 audit_source.py PROBE Hostile"
MIB = int(os.environ.get("SHAKEN_AUDIT_MIB", "64"))

if __name__ == "__main__":
    unittest.main()
